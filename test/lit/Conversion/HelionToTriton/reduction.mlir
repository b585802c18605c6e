// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s

// Floats and integers: maximum and minimum propagate NaN.
// CHECK-LABEL: tt.func public @kinds
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}> ({
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT:      %[[C:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK-NEXT:      tt.reduce.return %[[C]] : f32
// CHECK-NEXT:    }) : (tensor<64x32xf32>) -> tensor<64xf32>
// CHECK:         <{axis = 0 : i32}>
// CHECK:           arith.mulf
// CHECK:         }) : (tensor<64x32xf32>) -> tensor<32xf32>
// CHECK:           arith.maximumf
// CHECK:           arith.minimumf
// CHECK:           arith.addi
// CHECK:           arith.muli
// CHECK:           arith.maxsi
// CHECK:           arith.minsi
// CHECK:           arith.andi
// CHECK:           arith.ori
// CHECK:           arith.xori
helion.kernel @kinds() {
  %v = arith.constant dense<1.0> : tensor<64x32xf32>
  %i = arith.constant dense<1> : tensor<64x32xi32>
  %0 = helion.reduce sum %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xf32>)
  %1 = helion.reduce prod %v dims [0] : (tensor<64x32xf32>) -> (tensor<32xf32>)
  %2 = helion.reduce max %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xf32>)
  %3 = helion.reduce min %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xf32>)
  %4 = helion.reduce sum %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %5 = helion.reduce prod %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %6 = helion.reduce max %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %7 = helion.reduce min %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %8 = helion.reduce and %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %9 = helion.reduce or %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %10 = helion.reduce xor %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  helion.return
}

// -----

// Several dimensions: one after the other, the last first, down to a scalar.
// CHECK-LABEL: tt.func public @several
// CHECK:         %[[A:.*]] = "tt.reduce"(%{{.*}}) <{axis = 2 : i32}>
// CHECK:         }) : (tensor<4x8x16xf32>) -> tensor<4x8xf32>
// CHECK:         %[[B:.*]] = "tt.reduce"(%[[A]]) <{axis = 0 : i32}>
// CHECK:         }) : (tensor<4x8xf32>) -> tensor<8xf32>
// CHECK:         tt.store %{{.*}}, %[[B]]
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 2 : i32}>
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}>
// CHECK:         %[[S:.*]] = "tt.reduce"(%{{.*}}) <{axis = 0 : i32}>
// CHECK:         }) : (tensor<4xf32>) -> f32
// CHECK:         tt.store %{{.*}}, %[[S]] : !tt.ptr<f32>
helion.kernel @several(%o: memref<8xf32>) {
  %c0 = arith.constant 0 : i32
  %s = helion.slice %c0 : i32 -> !helion.tile<8>
  %v = arith.constant dense<1.0> : tensor<4x8x16xf32>
  %0 = helion.reduce sum %v dims [0, 2] : (tensor<4x8x16xf32>) -> (tensor<8xf32>)
  helion.store %0, %o[%s] {ordinal = 0 : i64} : tensor<8xf32>, memref<8xf32>, !helion.tile<8>
  %1 = helion.reduce sum %v dims [0, 1, 2] : (tensor<4x8x16xf32>) -> (f32)
  helion.store %1, %o[%c0] {ordinal = 1 : i64} : f32, memref<8xf32>, i32
  helion.return
}

// -----

// Positions ride along. NaN wins over numbers, the lower position among equals.
// CHECK-LABEL: tt.func public @argmax
// CHECK:         %[[V:.*]] = arith.constant dense<1.000000e+00> : tensor<64x32xf32>
// CHECK:         %[[R:.*]] = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
// CHECK:         %[[E:.*]] = tt.expand_dims %[[R]] {axis = 0 : i32} : tensor<32xi32> -> tensor<1x32xi32>
// CHECK:         %[[P:.*]] = tt.broadcast %[[E]] : tensor<1x32xi32> -> tensor<64x32xi32>
// CHECK:         %[[Q:.*]]:2 = "tt.reduce"(%[[V]], %[[P]]) <{axis = 1 : i32}> ({
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[I:.*]]: i32, %[[B:.*]]: f32, %[[J:.*]]: i32):
// CHECK-DAG:       %[[ANAN:.*]] = arith.cmpf uno, %[[A]], %[[A]] : f32
// CHECK-DAG:       %[[BNAN:.*]] = arith.cmpf uno, %[[B]], %[[B]] : f32
// CHECK-DAG:       %[[BNUM:.*]] = arith.cmpf ord, %[[B]], %[[B]] : f32
// CHECK-DAG:       %[[GREATER:.*]] = arith.cmpf ogt, %[[A]], %[[B]] : f32
// CHECK-DAG:       %[[NAN:.*]] = arith.andi %[[ANAN]], %[[BNUM]] : i1
// CHECK-DAG:       %[[BETTER:.*]] = arith.ori %[[GREATER]], %[[NAN]] : i1
// CHECK-DAG:       %[[BOTH:.*]] = arith.andi %[[ANAN]], %[[BNAN]] : i1
// CHECK-DAG:       %[[SAME:.*]] = arith.cmpf oeq, %[[A]], %[[B]] : f32
// CHECK-DAG:       %[[EQUAL:.*]] = arith.ori %[[SAME]], %[[BOTH]] : i1
// CHECK-DAG:       %[[EARLIER:.*]] = arith.cmpi slt, %[[I]], %[[J]] : i32
// CHECK-DAG:       %[[TIE:.*]] = arith.andi %[[EQUAL]], %[[EARLIER]] : i1
// CHECK:           %[[WINS:.*]] = arith.ori %[[BETTER]], %[[TIE]] : i1
// CHECK:           %[[X:.*]] = arith.select %[[WINS]], %[[A]], %[[B]] : f32
// CHECK:           %[[Y:.*]] = arith.select %[[WINS]], %[[I]], %[[J]] : i32
// CHECK:           tt.reduce.return %[[X]], %[[Y]] : f32, i32
// CHECK:         }) : (tensor<64x32xf32>, tensor<64x32xi32>) -> (tensor<64xf32>, tensor<64xi32>)
// CHECK:         arith.extsi %[[Q]]#1 : tensor<64xi32> to tensor<64xi64>
helion.kernel @argmax() {
  %v = arith.constant dense<1.0> : tensor<64x32xf32>
  %0 = helion.reduce argmax %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xi64>)
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @argmin
// CHECK:         arith.cmpf olt
// CHECK:         }) : (tensor<32xf32>, tensor<32xi32>) -> (f32, i32)
// CHECK:         arith.cmpi slt, %[[A:.*]], %[[B:.*]] : i32
// CHECK:         arith.cmpi eq, %[[A]], %[[B]] : i32
// CHECK:         }) : (tensor<64x32xi32>, tensor<64x32xi32>) -> (tensor<32xi32>, tensor<32xi32>)
// CHECK-NOT:     arith.extsi
// CHECK:         tt.return
helion.kernel @argmin() {
  %v = arith.constant dense<1.0> : tensor<32xf32>
  %i = arith.constant dense<1> : tensor<64x32xi32>
  %0 = helion.reduce argmin %v dims [0] : (tensor<32xf32>) -> (i32)
  %1 = helion.reduce argmin %i dims [0] : (tensor<64x32xi32>) -> (tensor<32xi32>)
  helion.return
}

// -----

// The author's own combine function, over several inputs.
// CHECK-LABEL: tt.func public @combine
// CHECK:         "tt.reduce"(%[[V:.*]], %[[W:.*]]) <{axis = 1 : i32}> ({
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[I:.*]]: i32, %[[B:.*]]: f32, %[[J:.*]]: i32):
// CHECK-NEXT:      %[[C:.*]] = arith.cmpf ogt, %[[A]], %[[B]] : f32
// CHECK-NEXT:      %[[X:.*]] = arith.select %[[C]], %[[A]], %[[B]] : f32
// CHECK-NEXT:      %[[Y:.*]] = arith.addi %[[I]], %[[J]] : i32
// CHECK-NEXT:      tt.reduce.return %[[X]], %[[Y]] : f32, i32
// CHECK-NEXT:    }) : (tensor<64x32xf32>, tensor<64x32xi32>) -> (tensor<64xf32>, tensor<64xi32>)
helion.kernel @combine() {
  %v = arith.constant dense<1.0> : tensor<64x32xf32>
  %w = arith.constant dense<1> : tensor<64x32xi32>
  %0:2 = helion.reduce %v, %w dims [1] : (tensor<64x32xf32>, tensor<64x32xi32>) -> (tensor<64xf32>, tensor<64xi32>) {
  ^bb0(%a: f32, %i: i32, %b: f32, %j: i32):
    %c = arith.cmpf ogt, %a, %b : f32
    %x = arith.select %c, %a, %b : f32
    %y = arith.addi %i, %j : i32
    helion.yield %x, %y : f32, i32
  }
  helion.return
}

// -----

// The larger boolean is true, which is -1 as a signed number.
// CHECK-LABEL: tt.func public @booleans
// CHECK:           arith.ori %{{.*}}, %{{.*}} : i1
// CHECK-NEXT:      tt.reduce.return
// CHECK:           arith.andi %{{.*}}, %{{.*}} : i1
// CHECK-NEXT:      tt.reduce.return
// CHECK:           arith.cmpi ugt, %{{.*}}, %{{.*}} : i1
// CHECK:           arith.cmpi ult, %{{.*}}, %{{.*}} : i1
helion.kernel @booleans() {
  %b = arith.constant dense<true> : tensor<64x32xi1>
  %0 = helion.reduce max %b dims [1] : (tensor<64x32xi1>) -> (tensor<64xi1>)
  %1 = helion.reduce min %b dims [1] : (tensor<64x32xi1>) -> (tensor<64xi1>)
  %2 = helion.reduce argmax %b dims [1] : (tensor<64x32xi1>) -> (tensor<64xi64>)
  %3 = helion.reduce argmin %b dims [1] : (tensor<64x32xi1>) -> (tensor<64xi64>)
  helion.return
}

// -----

// Triton makes a tf32 dot of a sum of an outer product's factors in this order; the other
// order stays a sum.
// CHECK-LABEL: tt.func public @outer_product
// CHECK:         %[[A:.*]] = tt.broadcast %{{.*}} : tensor<16x8x1xf32> -> tensor<16x8x32xf32>
// CHECK:         %[[B:.*]] = tt.broadcast %{{.*}} : tensor<1x8x32xf32> -> tensor<16x8x32xf32>
// CHECK:         %[[P:.*]] = arith.mulf %[[B]], %[[A]]
// CHECK:         "tt.reduce"(%[[P]]) <{axis = 1 : i32}>
// CHECK:         arith.mulf %[[B]], %[[A]]
helion.kernel @outer_product() {
  %a = arith.constant dense<1.0> : tensor<16x8x1xf32>
  %b = arith.constant dense<1.0> : tensor<1x8x32xf32>
  %0 = helion.broadcast %a : tensor<16x8x1xf32> -> tensor<16x8x32xf32>
  %1 = helion.broadcast %b : tensor<1x8x32xf32> -> tensor<16x8x32xf32>
  %2 = arith.mulf %0, %1 : tensor<16x8x32xf32>
  %3 = helion.reduce sum %2 dims [1] : (tensor<16x8x32xf32>) -> (tensor<16x32xf32>)
  %4 = arith.mulf %1, %0 : tensor<16x8x32xf32>
  %5 = helion.reduce sum %4 dims [1] : (tensor<16x8x32xf32>) -> (tensor<16x32xf32>)
  helion.return
}

// -----

// A running sum, and a combine region from the last element down.
// CHECK-LABEL: tt.func public @scans
// CHECK:         %[[V:.*]] = arith.constant dense<1.000000e+00>
// CHECK:         "tt.scan"(%[[V]]) <{axis = 1 : i32, reverse = false}> ({
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32):
// CHECK-NEXT:      %[[C:.*]] = arith.addf %[[A]], %[[B]] : f32
// CHECK-NEXT:      tt.scan.return %[[C]] : f32
// CHECK-NEXT:    }) : (tensor<64x32xf32>) -> tensor<64x32xf32>
// CHECK:         "tt.scan"(%[[V]], %{{.*}}) <{axis = 0 : i32, reverse = true}> ({
// CHECK-NEXT:    ^bb0(%[[X:.*]]: f32, %[[I:.*]]: i32, %[[Y:.*]]: f32, %[[J:.*]]: i32):
// CHECK-NEXT:      %[[S:.*]] = arith.addf %[[Y]], %[[X]] : f32
// CHECK-NEXT:      tt.scan.return %[[S]], %[[I]] : f32, i32
// CHECK-NEXT:    }) : (tensor<64x32xf32>, tensor<64x32xi32>) -> (tensor<64x32xf32>, tensor<64x32xi32>)
helion.kernel @scans() {
  %v = arith.constant dense<1.0> : tensor<64x32xf32>
  %i = arith.constant dense<1> : tensor<64x32xi32>
  %0 = helion.scan sum %v axis 1 : (tensor<64x32xf32>) -> tensor<64x32xf32>
  %1:2 = helion.scan %v, %i axis 0 reverse : (tensor<64x32xf32>, tensor<64x32xi32>) -> (tensor<64x32xf32>, tensor<64x32xi32>) {
  ^bb0(%x: f32, %n: i32, %y: f32, %m: i32):
    %s = arith.addf %y, %x : f32
    helion.yield %s, %n : f32, i32
  }
  helion.return
}

// -----

// Dimensions that a reshape merged are reduced one by one.
// CHECK-LABEL: tt.func public @merged
// CHECK:         %[[M:.*]] = tt.reshape %{{.*}} : tensor<4x16x2xf32> -> tensor<4x32xf32>
// CHECK:         %[[E:.*]] = math.exp %[[M]] : tensor<4x32xf32>
// CHECK:         %[[S:.*]] = tt.reshape %[[E]] : tensor<4x32xf32> -> tensor<4x16x2xf32>
// CHECK:         %[[R:.*]] = "tt.reduce"(%[[S]]) <{axis = 2 : i32}>
// CHECK:         "tt.reduce"(%[[R]]) <{axis = 1 : i32}>
// CHECK:         "tt.reduce"(%[[E]]) <{axis = 0 : i32}>
helion.kernel @merged(%x: memref<4x16x2xf32>) {
  %c0 = arith.constant 0 : i32
  %i = helion.slice %c0 : i32 -> !helion.tile<4>
  %j = helion.slice %c0 : i32 -> !helion.tile<16>
  %k = helion.slice %c0 : i32 -> !helion.tile<2>
  %v = helion.load %x[%i, %j, %k] {ordinal = 0 : i64} : memref<4x16x2xf32>, !helion.tile<4>, !helion.tile<16>, !helion.tile<2> -> tensor<4x16x2xf32>
  %m = helion.reshape %v : tensor<4x16x2xf32> -> tensor<4x32xf32>
  %e = math.exp %m : tensor<4x32xf32>
  %0 = helion.reduce sum %e dims [1] : (tensor<4x32xf32>) -> tensor<4xf32>
  %1 = helion.reduce sum %e dims [0] : (tensor<4x32xf32>) -> tensor<32xf32>
  helion.return
}
