// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s

// CHECK-LABEL: tt.func public @creation
// CHECK-SAME:    (%[[S:.*]]: f32)
// CHECK:         tt.splat %[[S]] : f32 -> tensor<64x32xf32>
// CHECK:         arith.constant dense<1.500000e+00> : tensor<64xf32>
// CHECK:         tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
// CHECK:         %[[R:.*]] = tt.make_range {end = 8 : i32, start = 0 : i32} : tensor<8xi32>
// CHECK:         arith.extsi %[[R]] : tensor<8xi32> to tensor<8xi64>
helion.kernel @creation(%s: f32) {
  %0 = helion.full %s : f32 -> tensor<64x32xf32>
  %half = arith.constant 1.5 : f32
  %1 = helion.full %half : f32 -> tensor<64xf32>
  %2 = helion.arange : tensor<64xi32>
  %3 = helion.arange : tensor<8xi64>
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @views
// CHECK:         %[[V:.*]] = tt.expand_dims %{{.*}} {axis = 1 : i32} : tensor<64xf32> -> tensor<64x1xf32>
// CHECK:         %[[B:.*]] = tt.broadcast %[[V]] : tensor<64x1xf32> -> tensor<64x32xf32>
// CHECK:         tt.trans %[[B]] {order = array<i32: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
// CHECK:         tt.reshape %[[B]] : tensor<64x32xf32> -> tensor<2048xf32>
helion.kernel @views(%s: f32) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = helion.expand_dims %x {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>
  %1 = helion.broadcast %0 : tensor<64x1xf32> -> tensor<64x32xf32>
  %2 = helion.broadcast %1 : tensor<64x32xf32> -> tensor<64x32xf32>
  %3 = helion.permute %2 {order = array<i64: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
  %4 = helion.reshape %2 : tensor<64x32xf32> -> tensor<2048xf32>
  helion.return
}

// -----

// Between scalars and tensors of one element.
// CHECK-LABEL: tt.func public @scalars
// CHECK-SAME:    %[[S:[a-z0-9]+]]: f32)
// CHECK:         %[[T:.*]] = tt.splat %[[S]] : f32 -> tensor<1x1xf32>
// CHECK:         %[[F:.*]] = tt.reshape %[[T]] : tensor<1x1xf32> -> tensor<1xf32>
// CHECK:         %[[U:.*]] = tt.unsplat %[[F]] : tensor<1xf32>
// CHECK:         %[[V:.*]] = tt.unsplat %{{.*}} : tensor<1xf32>
// CHECK:         arith.addf %[[U]], %[[V]] : f32
helion.kernel @scalars(%o: memref<1xf32>, %s: f32) {
  %c0 = arith.constant 0 : i32
  %0 = helion.reshape %s : f32 -> tensor<1x1xf32>
  %1 = helion.reshape %0 : tensor<1x1xf32> -> f32
  %2 = helion.full %s : f32 -> tensor<1xf32>
  %3 = helion.reshape %2 : tensor<1xf32> -> f32
  %4 = arith.addf %1, %3 : f32
  %5 = helion.reshape %4 : f32 -> f32
  helion.store %5, %o[%c0] {ordinal = 0 : i64} : f32, memref<1xf32>, i32
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @pairs
// CHECK:         %[[J:.*]] = tt.join %{{.*}}, %{{.*}} : tensor<64xf32> -> tensor<64x2xf32>
// CHECK:         tt.split %[[J]] : tensor<64x2xf32> -> tensor<64xf32>
// CHECK:         %[[P:.*]] = tt.join %{{.*}}, %{{.*}} : tensor<1xf32> -> tensor<1x2xf32>
// CHECK:         %[[R:.*]] = tt.reshape %[[P]] : tensor<1x2xf32> -> tensor<2xf32>
// CHECK:         %[[Q:.*]] = tt.reshape %[[R]] : tensor<2xf32> -> tensor<1x2xf32>
// CHECK:         %[[A:.*]], %[[B:.*]] = tt.split %[[Q]] : tensor<1x2xf32> -> tensor<1xf32>
// CHECK:         tt.unsplat %[[A]] : tensor<1xf32>
// CHECK:         tt.unsplat %[[B]] : tensor<1xf32>
helion.kernel @pairs(%s: f32) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = helion.join %x, %x : tensor<64xf32> -> tensor<64x2xf32>
  %1:2 = helion.split %0 : tensor<64x2xf32> -> tensor<64xf32>
  %2 = helion.join %s, %s : f32 -> tensor<2xf32>
  %3:2 = helion.split %2 : tensor<2xf32> -> f32
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @gathers
// CHECK:         tt.gather %{{.*}}[%{{.*}}] {axis = 1 : i32} : (tensor<64x32xf32>, tensor<64x16xi32>) -> tensor<64x16xf32>
// More indices than elements: Triton wants as many of these.
// CHECK:         %[[E:.*]] = tt.expand_dims %{{.*}} {axis = 2 : i32} : tensor<64x32xf32> -> tensor<64x32x1xf32>
// CHECK:         %[[B:.*]] = tt.broadcast %[[E]] : tensor<64x32x1xf32> -> tensor<64x32x4xf32>
// CHECK:         %[[S:.*]] = tt.reshape %[[B]] : tensor<64x32x4xf32> -> tensor<64x128xf32>
// CHECK:         %[[I:.*]] = arith.muli %{{.*}}, %{{.*}} : tensor<64x128xi32>
// CHECK:         tt.gather %[[S]][%[[I]]] {axis = 1 : i32} : (tensor<64x128xf32>, tensor<64x128xi32>) -> tensor<64x128xf32>
helion.kernel @gathers() {
  %v = arith.constant dense<1.0> : tensor<64x32xf32>
  %i = arith.constant dense<3> : tensor<64x16xi32>
  %0 = helion.gather %v[%i] axis 1 : (tensor<64x32xf32>, tensor<64x16xi32>) -> tensor<64x16xf32>
  %j = arith.constant dense<3> : tensor<64x128xi32>
  %1 = helion.gather %v[%j] axis 1 : (tensor<64x32xf32>, tensor<64x128xi32>) -> tensor<64x128xf32>
  helion.return
}
