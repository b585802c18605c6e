// RUN: helion-opt %s --helion-partition-data --split-input-file | FileCheck %s

// Rows come from the tile that indexes them. What has no rows is loaded once; the operand with rows
// and the result are loaded and stored part by part.
// CHECK-LABEL: helion.kernel @matmul
// CHECK:         %[[T0:.*]] = helion.make_tile %[[BEGIN:.*]] to %{{.*}} : i32 -> <64>
// CHECK:         %[[C64:.*]] = arith.constant 64 : i32
// CHECK:         %[[NEXT:.*]] = arith.addi %[[BEGIN]], %[[C64]] : i32
// CHECK:         %[[T1:.*]] = helion.make_tile %[[NEXT]] to %{{.*}} : i32 -> <64>
// CHECK:         %[[SUMS:.*]]:2 = scf.for {{.*}} iter_args(%[[A0:.*]] = %{{.*}}, %[[A1:.*]] = %{{.*}}) -> (tensor<64x64xf32>, tensor<64x64xf32>)
// CHECK:           %[[K:.*]] = helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <32>
// CHECK:           %[[X0:.*]] = helion.load %arg0[%[[T0]], %[[K]]]
// CHECK:           %[[X1:.*]] = helion.load %arg0[%[[T1]], %[[K]]]
// CHECK:           %[[Y:.*]] = helion.load %arg1
// CHECK-NOT:       helion.load
// CHECK:           %[[D0:.*]] = helion.dot %[[X0]], %[[Y]], %[[A0]] {{.*}} -> tensor<64x64xf32>
// CHECK:           %[[D1:.*]] = helion.dot %[[X1]], %[[Y]], %[[A1]] {{.*}} -> tensor<64x64xf32>
// CHECK:           scf.yield %[[D0]], %[[D1]]
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         helion.store %[[SUMS]]#0, %arg2[%[[T0]],
// CHECK:         helion.store %[[SUMS]]#1, %arg2[%[[T1]],
// CHECK-NOT:     helion.store
helion.kernel @matmul(%x: memref<1000x64xf16>, %y: memref<64x64xf16>, %out: memref<1000x64xf32>)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 2]}>} {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %c1000 = arith.constant 1000 : i32
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c128 : i32
  %rows = helion.make_tile %begin to %c1000 : i32 -> <128>
  %columns = helion.slice %c0 : i32 -> <64>
  %0 = scf.for %i = %c0 to %c64 step %c32 iter_args(%acc = %zero) -> (tensor<128x64xf32>) : i32 {
    %k = helion.make_tile %i to %c64 {exact} : i32 -> <32>
    %a = helion.load %x[%rows, %k] {ordinal = 0 : i64} : memref<1000x64xf16>, !helion.tile<128>, !helion.tile<32> -> tensor<128x32xf16>
    %b = helion.load %y[%k, %columns] {ordinal = 1 : i64} : memref<64x64xf16>, !helion.tile<32>, !helion.tile<64> -> tensor<32x64xf16>
    %c = helion.dot %a, %b, %acc : tensor<128x64xf32> : tensor<128x32xf16>, tensor<32x64xf16> -> tensor<128x64xf32>
    scf.yield %c : tensor<128x64xf32>
  } {helion.loop = 0 : i64}
  helion.store %0, %out[%rows, %columns] {ordinal = 2 : i64} : tensor<128x64xf32>, memref<1000x64xf32>, !helion.tile<128>, !helion.tile<64>
  helion.return
}

// -----

// All that attention carries has rows. The two chains share keys and values, and never meet. Both are
// loaded first.
// CHECK-LABEL: helion.kernel @attention
// CHECK:         %[[Q0:.*]] = helion.load %arg0[%[[T0:[0-9]+]],
// CHECK:         %[[Q1:.*]] = helion.load %arg0[%[[T1:[0-9]+]],
// CHECK:         %[[R:.*]]:4 = scf.for {{.*}} iter_args(%[[ACC0:.*]] = %{{.*}}, %[[ACC1:.*]] = %{{.*}}, %[[TOP0:.*]] = %{{.*}}, %[[TOP1:.*]] = %{{.*}}) -> (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>)
// CHECK:           %[[KEYS:.*]] = helion.load %arg1
// CHECK:           %[[VALUES:.*]] = helion.load %arg2
// CHECK:           %[[S0:.*]] = helion.dot %[[Q0]], %[[KEYS]]
// CHECK:           %[[S1:.*]] = helion.dot %[[Q1]], %[[KEYS]]
// CHECK:           %[[M0:.*]] = helion.reduce max %[[S0]]
// CHECK:           %[[M1:.*]] = helion.reduce max %[[S1]]
// CHECK:           %[[N0:.*]] = arith.maximumf %[[TOP0]], %[[M0]] : tensor<64xf32>
// CHECK:           %[[N1:.*]] = arith.maximumf %[[TOP1]], %[[M1]] : tensor<64xf32>
// CHECK:           %[[P0:.*]] = math.exp2
// CHECK:           %[[P1:.*]] = math.exp2
// CHECK:           %[[PV0:.*]] = helion.dot %{{.*}}, %[[VALUES]], %[[ACC0]]
// CHECK:           %[[PV1:.*]] = helion.dot %{{.*}}, %[[VALUES]], %[[ACC1]]
// CHECK:           scf.yield %[[PV0]], %[[PV1]], %[[N0]], %[[N1]]
// CHECK:         helion.store %[[R]]#0, %{{.*}}[%[[T0]], %{{.*}}]
// CHECK:         helion.store %[[R]]#1, %{{.*}}[%[[T1]], %{{.*}}]
// CHECK:         helion.store %[[R]]#2, %{{.*}}[%[[T0]]]
// CHECK:         helion.store %[[R]]#3, %{{.*}}[%[[T1]]]
helion.kernel @attention(%q: memref<256x64xf16>, %k: memref<64x256xf16>, %v: memref<256x64xf16>, %out: memref<256x64xf32>, %lse: memref<256xf32>)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 2]}>} {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c128 = arith.constant 128 : i32
  %c256 = arith.constant 256 : i32
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c128 : i32
  %rows = helion.make_tile %begin to %c256 {exact} : i32 -> <128>
  %dims = helion.slice %c0 : i32 -> <64>
  %acc = helion.full %zero : f32 -> tensor<128x64xf32>
  %top = helion.full %least : f32 -> tensor<128xf32>
  %query = helion.load %q[%rows, %dims] {ordinal = 0 : i64} : memref<256x64xf16>, !helion.tile<128>, !helion.tile<64> -> tensor<128x64xf16>
  %0:2 = scf.for %i = %c0 to %c256 step %c32 iter_args(%a = %acc, %t = %top) -> (tensor<128x64xf32>, tensor<128xf32>) : i32 {
    %n = helion.make_tile %i to %c256 {exact} : i32 -> <32>
    %keys = helion.load %k[%dims, %n] {ordinal = 1 : i64} : memref<64x256xf16>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xf16>
    %scores = helion.dot %query, %keys : tensor<128x64xf16>, tensor<64x32xf16> -> tensor<128x32xf32>
    %most = helion.reduce max %scores dims [1] : (tensor<128x32xf32>) -> tensor<128xf32>
    %next = arith.maximumf %t, %most : tensor<128xf32>
    %column = helion.expand_dims %next {axis = 1 : i64} : tensor<128xf32> -> tensor<128x1xf32>
    %wide = helion.broadcast %column : tensor<128x1xf32> -> tensor<128x32xf32>
    %difference = arith.subf %scores, %wide : tensor<128x32xf32>
    %p = math.exp2 %difference : tensor<128x32xf32>
    %half = helion.convert %p : tensor<128x32xf32> -> tensor<128x32xf16>
    %values = helion.load %v[%n, %dims] {ordinal = 2 : i64} : memref<256x64xf16>, !helion.tile<32>, !helion.tile<64> -> tensor<32x64xf16>
    %d = helion.dot %half, %values, %a : tensor<128x64xf32> : tensor<128x32xf16>, tensor<32x64xf16> -> tensor<128x64xf32>
    scf.yield %d, %next : tensor<128x64xf32>, tensor<128xf32>
  } {helion.loop = 0 : i64}
  helion.store %0#0, %out[%rows, %dims] {ordinal = 3 : i64} : tensor<128x64xf32>, memref<256x64xf32>, !helion.tile<128>, !helion.tile<64>
  helion.store %0#1, %lse[%rows] {ordinal = 4 : i64} : tensor<128xf32>, memref<256xf32>, !helion.tile<128>
  helion.return
}

// -----

// The first entry is the grid's: it holds for all loops inside, and for a product without one. The
// number that both products are compared with stays whole for the columns, which are as many.
// CHECK-LABEL: helion.kernel @square
// CHECK:         helion.dot {{.*}} -> tensor<64x128xf32>
// CHECK:         helion.dot {{.*}} -> tensor<64x128xf32>
// CHECK:         helion.full %{{.*}} : f32 -> tensor<64xf32>
// CHECK:         helion.full %{{.*}} : f32 -> tensor<64xf32>
// CHECK:         %[[WHOLE:.*]] = helion.full %{{.*}} : f32 -> tensor<128xf32>
// CHECK:         helion.store %{{.*}} : tensor<64xf32>
// CHECK:         helion.store %{{.*}} : tensor<64xf32>
// CHECK:         helion.store %[[WHOLE]], {{.*}} : tensor<128xf32>
helion.kernel @square(%x: memref<128x64xf16>, %y: memref<64x128xf16>, %out: memref<2x128xf32>)
    attributes {helion.config = #helion.config<{_triton_range_value_data_partition_factor = 2, _triton_range_id_data_partition_factor = 0}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %one = arith.constant 1.0 : f32
  %rows = helion.slice %c0 : i32 -> <128>
  %dims = helion.slice %c0 : i32 -> <64>
  %a = helion.load %x[%rows, %dims] {ordinal = 0 : i64} : memref<128x64xf16>, !helion.tile<128>, !helion.tile<64> -> tensor<128x64xf16>
  %b = helion.load %y[%dims, %rows] {ordinal = 1 : i64} : memref<64x128xf16>, !helion.tile<64>, !helion.tile<128> -> tensor<64x128xf16>
  %d = helion.dot %a, %b : tensor<128x64xf16>, tensor<64x128xf16> -> tensor<128x128xf32>
  %most = helion.reduce max %d dims [1] : (tensor<128x128xf32>) -> tensor<128xf32>
  %ones = helion.full %one : f32 -> tensor<128xf32>
  %sum = arith.addf %most, %ones : tensor<128xf32>
  helion.store %sum, %out[%c0, %rows] {ordinal = 2 : i64} : tensor<128xf32>, memref<2x128xf32>, i32, !helion.tile<128>
  helion.store %ones, %out[%c1, %rows] {ordinal = 3 : i64} : tensor<128xf32>, memref<2x128xf32>, i32, !helion.tile<128>
  helion.return
}

// -----

// Positions, shapes, branches and four parts.
// CHECK-LABEL: helion.kernel @ways
// CHECK-COUNT-4: helion.tile_index %{{.*}} : <64> -> tensor<64xi32>
// CHECK-COUNT-3: helion.arange : tensor<64xi32>
// CHECK:         %[[RANGE:.*]] = helion.arange : tensor<64xi32>
// CHECK:         %[[C192:.*]] = arith.constant 192 : i32
// CHECK:         %[[SPREAD:.*]] = helion.full %[[C192]] : i32 -> tensor<64xi32>
// CHECK:         arith.addi %[[RANGE]], %[[SPREAD]] : tensor<64xi32>
// CHECK:         scf.for {{.*}} -> (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>)
// CHECK-COUNT-4:   helion.dot
// CHECK:           %[[IF:.*]]:4 = scf.if %{{.*}} -> (tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>, tensor<64x64xf32>)
// CHECK-COUNT-4:     arith.mulf
// CHECK:             scf.yield %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} :
// CHECK:           scf.yield %[[IF]]#0, %[[IF]]#1, %[[IF]]#2, %[[IF]]#3
// CHECK:         helion.reshape %{{.*}} : tensor<64x64xf32> -> tensor<64x2x32xf32>
// CHECK:         helion.permute %{{.*}} : tensor<64x2x32xf32> -> tensor<64x32x2xf32>
// CHECK:         helion.split %{{.*}} : tensor<64x32x2xf32> -> tensor<64x32xf32>
// CHECK-COUNT-4: helion.store {{.*}} : tensor<64x32xf32>
// CHECK-NOT:     helion.store
helion.kernel @ways(%x: memref<256x64xf16>, %y: memref<64x64xf16>, %out: memref<256x32xf32>, %flag: i1)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 4]}>} {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %c256 = arith.constant 256 : i32
  %zero = arith.constant dense<0.0> : tensor<256x64xf32>
  %rows = helion.make_tile %c0 to %c256 {exact} : i32 -> <256>
  %columns = helion.slice %c0 : i32 -> <64>
  %half = helion.slice %c0 : i32 -> <32>
  %position = helion.tile_index %rows : !helion.tile<256> -> tensor<256xi32>
  %number = helion.arange : tensor<256xi32>
  %0 = scf.for %i = %c0 to %c64 step %c32 iter_args(%acc = %zero) -> (tensor<256x64xf32>) : i32 {
    %k = helion.make_tile %i to %c64 {exact} : i32 -> <32>
    %a = helion.load %x[%rows, %k] {ordinal = 0 : i64} : memref<256x64xf16>, !helion.tile<256>, !helion.tile<32> -> tensor<256x32xf16>
    %b = helion.load %y[%k, %columns] {ordinal = 1 : i64} : memref<64x64xf16>, !helion.tile<32>, !helion.tile<64> -> tensor<32x64xf16>
    %c = helion.dot %a, %b, %acc : tensor<256x64xf32> : tensor<256x32xf16>, tensor<32x64xf16> -> tensor<256x64xf32>
    %chosen = scf.if %flag -> (tensor<256x64xf32>) {
      %twice = arith.mulf %c, %c : tensor<256x64xf32>
      scf.yield %twice : tensor<256x64xf32>
    } else {
      scf.yield %c : tensor<256x64xf32>
    }
    scf.yield %chosen : tensor<256x64xf32>
  } {helion.loop = 0 : i64}
  %equal = arith.cmpi eq, %position, %number : tensor<256xi32>
  %expanded = helion.expand_dims %equal {axis = 1 : i64} : tensor<256xi1> -> tensor<256x1xi1>
  %wide = helion.broadcast %expanded : tensor<256x1xi1> -> tensor<256x64xi1>
  %kept = arith.select %wide, %0, %zero : tensor<256x64xi1>, tensor<256x64xf32>
  %pairs = helion.reshape %kept : tensor<256x64xf32> -> tensor<256x2x32xf32>
  %turned = helion.permute %pairs {order = array<i64: 0, 2, 1>} : tensor<256x2x32xf32> -> tensor<256x32x2xf32>
  %left, %right = helion.split %turned : tensor<256x32x2xf32> -> tensor<256x32xf32>
  helion.store %left, %out[%rows, %half] {ordinal = 2 : i64} : tensor<256x32xf32>, memref<256x32xf32>, !helion.tile<256>, !helion.tile<32>
  helion.return
}

// -----

// One part is the whole.
// CHECK-LABEL: helion.kernel @unasked
// CHECK:         helion.dot {{.*}} -> tensor<128x64xf32>
helion.kernel @unasked(%x: memref<128x64xf16>, %y: memref<64x64xf16>, %out: memref<128x64xf32>)
    attributes {helion.config = #helion.config<{data_partition_factors = [1, 1]}>} {
  %c0 = arith.constant 0 : i32
  %rows = helion.slice %c0 : i32 -> <128>
  %dims = helion.slice %c0 : i32 -> <64>
  %a = helion.load %x[%rows, %dims] {ordinal = 0 : i64} : memref<128x64xf16>, !helion.tile<128>, !helion.tile<64> -> tensor<128x64xf16>
  %b = helion.load %y[%dims, %dims] {ordinal = 1 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %d = helion.dot %a, %b : tensor<128x64xf16>, tensor<64x64xf16> -> tensor<128x64xf32>
  helion.store %d, %out[%rows, %dims] {ordinal = 2 : i64} : tensor<128x64xf32>, memref<128x64xf32>, !helion.tile<128>, !helion.tile<64>
  helion.return
}
