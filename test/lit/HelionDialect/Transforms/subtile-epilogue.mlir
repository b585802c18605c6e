// RUN: helion-opt %s --helion-subtile-epilogue --split-input-file --verify-diagnostics | FileCheck %s

// The sum is cut in two; what follows is done for one half, to the store, before the other. The
// bias and the mask come in halves, the factor of a row is shared. The product stays whole.
// CHECK-LABEL: helion.kernel @matmul
// CHECK:         %[[NEXT:.*]] = arith.addi %[[BEGIN:.*]], %c32_i32 : i32
// CHECK:         %[[COLUMNS:.*]] = helion.make_tile %[[BEGIN]] to %c100_i32 : i32 -> <64>
// CHECK:         %[[LEFT:.*]] = helion.make_tile %[[BEGIN]] to %c100_i32 : i32 -> <32>
// CHECK:         %[[LEFT_MASK:.*]] = helion.tile_mask %[[LEFT]]
// CHECK:         %[[RIGHT:.*]] = helion.make_tile %[[NEXT]] to %c100_i32 : i32 -> <32>
// CHECK:         %[[RIGHT_MASK:.*]] = helion.tile_mask %[[RIGHT]]
// CHECK:         %[[SUM:.*]] = scf.for
// CHECK:           helion.load %arg1[%{{.*}}, %[[COLUMNS]]]
// CHECK:           helion.dot {{.*}} -> tensor<64x64xf32>
// CHECK:         }
// CHECK:         %[[PAIRS:.*]] = helion.reshape %[[SUM]] : tensor<64x64xf32> -> tensor<64x2x32xf32>
// CHECK:         %[[LAST:.*]] = helion.permute %[[PAIRS]] {order = array<i64: 0, 2, 1>} : tensor<64x2x32xf32> -> tensor<64x32x2xf32>
// CHECK:         %[[L:.*]], %[[R:.*]] = helion.split %[[LAST]] : tensor<64x32x2xf32> -> tensor<64x32xf32>
// CHECK:         helion.load %arg3[%{{.*}}] {{.*}} -> tensor<64xf32>
// CHECK-NOT:     helion.load %arg3
// CHECK:         helion.load %arg2[%[[LEFT]]] mask %[[LEFT_MASK]] : tensor<32xi1> {{.*}} -> tensor<32xf16>
// CHECK:         arith.addf %[[L]], %{{.*}} : tensor<64x32xf32>
// CHECK:         arith.mulf {{.*}} : tensor<64x32xf32>
// CHECK:         %[[H:.*]] = helion.convert {{.*}} -> tensor<64x32xf16>
// CHECK:         helion.store %[[H]], %arg4[%{{.*}}, %[[LEFT]]]
// CHECK:         helion.load %arg2[%[[RIGHT]]] mask %[[RIGHT_MASK]]
// CHECK:         arith.addf %[[R]], %{{.*}} : tensor<64x32xf32>
// CHECK:         helion.store %{{.*}}, %arg4[%{{.*}}, %[[RIGHT]]]
// CHECK-NOT:     helion.store
// CHECK:         helion.return
helion.kernel @matmul(%x: memref<128x64xf16>, %y: memref<64x100xf16>, %bias: memref<100xf16>, %scale: memref<128xf32>, %out: memref<128x100xf16>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c64 = arith.constant 64 : i32
  %c100 = arith.constant 100 : i32
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %c0 to %c64 {exact} : i32 -> <64>
  %columns = helion.make_tile %begin to %c100 : i32 -> <64>
  %mask = helion.tile_mask %columns : <64> -> tensor<64xi1>
  %expanded = helion.expand_dims %mask {axis = 0 : i64} : tensor<64xi1> -> tensor<1x64xi1>
  %wide = helion.broadcast %expanded : tensor<1x64xi1> -> tensor<64x64xi1>
  %0 = scf.for %i = %c0 to %c64 step %c16 iter_args(%acc = %zero) -> (tensor<64x64xf32>) : i32 {
    %k = helion.make_tile %i to %c64 {exact} : i32 -> <16>
    %a = helion.load %x[%rows, %k] {ordinal = 0 : i64} : memref<128x64xf16>, !helion.tile<64>, !helion.tile<16> -> tensor<64x16xf16>
    %b = helion.load %y[%k, %columns] {ordinal = 1 : i64} : memref<64x100xf16>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xf16>
    %c = helion.dot %a, %b, %acc : tensor<64x64xf32> : tensor<64x16xf16>, tensor<16x64xf16> -> tensor<64x64xf32>
    scf.yield %c : tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  %1 = helion.load %bias[%columns] mask %mask : tensor<64xi1> {ordinal = 2 : i64} : memref<100xf16>, !helion.tile<64> -> tensor<64xf16>
  %2 = helion.convert %1 : tensor<64xf16> -> tensor<64xf32>
  %3 = helion.expand_dims %2 {axis = 0 : i64} : tensor<64xf32> -> tensor<1x64xf32>
  %4 = helion.broadcast %3 : tensor<1x64xf32> -> tensor<64x64xf32>
  %5 = arith.addf %0, %4 : tensor<64x64xf32>
  %6 = helion.load %scale[%rows] {ordinal = 3 : i64} : memref<128xf32>, !helion.tile<64> -> tensor<64xf32>
  %7 = helion.expand_dims %6 {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>
  %8 = helion.broadcast %7 : tensor<64x1xf32> -> tensor<64x64xf32>
  %9 = arith.mulf %5, %8 : tensor<64x64xf32>
  %10 = helion.convert %9 : tensor<64x64xf32> -> tensor<64x64xf16>
  helion.store %10, %out[%rows, %columns] mask %wide : tensor<64x64xi1> {ordinal = 4 : i64} : tensor<64x64xf16>, memref<128x100xf16>, !helion.tile<64>, !helion.tile<64>
  helion.return
}

// -----

// Four parts of two sums that meet, one of them of a product without a loop; a value that a branch
// leaves is cut like them, one that follows from them goes through a branch in parts. The tensor
// is read and written through the same indices: parts do not meet.
// CHECK-LABEL: helion.kernel @gated
// CHECK:         %[[SUM:.*]] = scf.for
// CHECK:         helion.reshape %[[SUM]] : tensor<64x64xf32> -> tensor<64x2x32xf32>
// CHECK-COUNT-2: helion.reshape %{{.*}} : tensor<64x32xf32> -> tensor<64x2x16xf32>
// CHECK:         %[[CHOSEN:.*]] = scf.if %{{.*}} -> (tensor<64xf32>)
// CHECK:         helion.reshape %[[CHOSEN]] : tensor<64xf32> -> tensor<2x32xf32>
// CHECK:         helion.permute %{{.*}} {order = array<i64: 1, 0>} : tensor<2x32xf32> -> tensor<32x2xf32>
// CHECK:         %[[DOT:.*]] = helion.dot %{{.*}} -> tensor<64x64xf32>
// CHECK:         helion.reshape %[[DOT]] :
// CHECK:         scf.if %{{.*}} -> (tensor<64x16xf32>, tensor<64x16xf32>, tensor<64x16xf32>, tensor<64x16xf32>)
// CHECK-COUNT-4:   math.exp2 {{.*}} : tensor<64x16xf32>
// CHECK:         %[[OLD:.*]] = helion.load %arg2[%[[ROWS:.*]], %[[TILE:.*]]] {ordinal = 4 : i64}
// CHECK:         %[[NEW:.*]] = arith.addf %{{.*}}, %[[OLD]] : tensor<64x16xf32>
// CHECK:         helion.store %[[NEW]], %arg2[%[[ROWS]], %[[TILE]]]
// CHECK:         helion.load %arg2
// CHECK:         helion.store
// CHECK:         helion.load %arg2
// CHECK:         helion.store
// CHECK:         helion.load %arg2
// CHECK:         helion.store
// CHECK-NOT:     helion.store
helion.kernel @gated(%x: memref<64x64xf16>, %y: memref<64x64xf16>, %out: memref<64x64xf32>, %bias: memref<64xf32>, %flag: i1)
    attributes {helion.config = #helion.config<{epilogue_subtile = 4 : i64}>} {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %none = arith.constant dense<0.0> : tensor<64xf32>
  %all = helion.slice %c0 : i32 -> <64>
  %columns = helion.make_tile %c0 to %c64 {exact} : i32 -> <64>
  %0 = scf.for %i = %c0 to %c64 step %c16 iter_args(%acc = %zero) -> (tensor<64x64xf32>) : i32 {
    %k = helion.make_tile %i to %c64 {exact} : i32 -> <16>
    %a = helion.load %x[%all, %k] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<16> -> tensor<64x16xf16>
    %b = helion.load %y[%k, %columns] {ordinal = 1 : i64} : memref<64x64xf16>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xf16>
    %c = helion.dot %a, %b, %acc : tensor<64x64xf32> : tensor<64x16xf16>, tensor<16x64xf16> -> tensor<64x64xf32>
    scf.yield %c : tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  %1 = scf.if %flag -> (tensor<64xf32>) {
    %loaded = helion.load %bias[%columns] {ordinal = 2 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
    scf.yield %loaded : tensor<64xf32>
  } else {
    scf.yield %none : tensor<64xf32>
  }
  %2 = helion.expand_dims %1 {axis = 0 : i64} : tensor<64xf32> -> tensor<1x64xf32>
  %3 = helion.broadcast %2 : tensor<1x64xf32> -> tensor<64x64xf32>
  %4 = helion.load %x[%all, %all] {ordinal = 3 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %5 = helion.dot %4, %4 : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  %6 = arith.mulf %0, %5 : tensor<64x64xf32>
  %7 = arith.addf %6, %3 : tensor<64x64xf32>
  %8 = scf.if %flag -> (tensor<64x64xf32>) {
    %power = math.exp2 %7 : tensor<64x64xf32>
    scf.yield %power : tensor<64x64xf32>
  } else {
    scf.yield %7 : tensor<64x64xf32>
  }
  %9 = helion.load %out[%all, %columns] {ordinal = 4 : i64} : memref<64x64xf32>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf32>
  %10 = arith.addf %8, %9 : tensor<64x64xf32>
  helion.store %10, %out[%all, %columns] {ordinal = 5 : i64} : tensor<64x64xf32>, memref<64x64xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}

// -----

// One part may read what another wrote: both loads stay in front of both stores. The whole of the
// loaded tile is asked for as well and stays.
// CHECK-LABEL: helion.kernel @shifted
// CHECK:         %[[WHOLE:.*]] = helion.load %arg1{{.*}} -> tensor<64x64xf32>
// CHECK:         helion.load %arg1{{.*}} -> tensor<64x32xf32>
// CHECK:         helion.load %arg1{{.*}} -> tensor<64x32xf32>
// CHECK:         helion.reduce sum %[[WHOLE]]
// CHECK:         helion.store {{.*}} : tensor<64x32xf32>
// CHECK:         helion.store {{.*}} : tensor<64x32xf32>
helion.kernel @shifted(%x: memref<64x64xf16>, %out: memref<64x128xf32>, %sums: memref<64xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  %all = helion.slice %c0 : i32 -> <64>
  %later = helion.slice %c8 : i32 -> <64>
  %a = helion.load %x[%all, %all] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %0 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  %1 = helion.load %out[%all, %later] {ordinal = 1 : i64} : memref<64x128xf32>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf32>
  %2 = helion.reduce sum %1 dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
  helion.store %2, %sums[%all] {ordinal = 2 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  %3 = arith.addf %0, %1 : tensor<64x64xf32>
  helion.store %3, %out[%all, %all] {ordinal = 3 : i64} : tensor<64x64xf32>, memref<64x128xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}

// -----

// A loop that sums up nothing has its products stored in parts; one that carries them in half
// precision leaves a sum of products, too.
// CHECK-LABEL: helion.kernel @stored_in_a_loop
// CHECK:         scf.for
// CHECK:           helion.dot
// CHECK:           helion.split
// CHECK-COUNT-2:   helion.store {{.*}} : tensor<64x32xf32>
// CHECK:         }
// CHECK:         %[[SUM:.*]] = scf.for {{.*}} -> (tensor<64x64xf16>)
// CHECK:           helion.dot
// CHECK-NOT:       helion.split
// CHECK:         helion.reshape %[[SUM]] : tensor<64x64xf16> -> tensor<64x2x32xf16>
// CHECK-COUNT-2: helion.store {{.*}} : tensor<64x32xf16>
helion.kernel @stored_in_a_loop(%x: memref<64x64xf16>, %out: memref<640x64xf32>, %sums: memref<64x64xf16>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c640 = arith.constant 640 : i32
  %zero = arith.constant dense<0.0> : tensor<64x64xf16>
  %all = helion.slice %c0 : i32 -> <64>
  %a = helion.load %x[%all, %all] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  scf.for %i = %c0 to %c640 step %c64 : i32 {
    %rows = helion.make_tile %i to %c640 {exact} : i32 -> <64>
    %0 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    helion.store %0, %out[%rows, %all] {ordinal = 1 : i64} : tensor<64x64xf32>, memref<640x64xf32>, !helion.tile<64>, !helion.tile<64>
  } {helion.loop = 0 : i64}
  %1 = scf.for %i = %c0 to %c640 step %c64 iter_args(%sum = %zero) -> (tensor<64x64xf16>) : i32 {
    %2 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    %3 = helion.convert %2 : tensor<64x64xf32> -> tensor<64x64xf16>
    %4 = arith.addf %3, %sum : tensor<64x64xf16>
    scf.yield %4 : tensor<64x64xf16>
  } {helion.loop = 1 : i64}
  helion.store %1, %sums[%all, %all] {ordinal = 2 : i64} : tensor<64x64xf16>, memref<64x64xf16>, !helion.tile<64>, !helion.tile<64>
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @row_maximum
// CHECK-NOT:     helion.split
helion.kernel @row_maximum(%x: memref<64x64xf16>, %out: memref<64xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %all = helion.slice %c0 : i32 -> <64>
  %a = helion.load %x[%all, %all] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  // expected-remark @+1 {{what follows the matrix products is not split as epilogue_subtile = 2 asks for: helion.reduce needs all columns at once}}
  %0 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  %1 = helion.reduce max %0 dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
  helion.store %1, %out[%all] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}

// -----

helion.kernel @narrow(%x: memref<64x32xf16>, %out: memref<32x32xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 4 : i64}>} {
  %c0 = arith.constant 0 : i32
  %all = helion.slice %c0 : i32 -> <64>
  %few = helion.slice %c0 : i32 -> <32>
  %a = helion.load %x[%all, %few] {ordinal = 0 : i64} : memref<64x32xf16>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xf16>
  %b = helion.permute %a {order = array<i64: 1, 0>} : tensor<64x32xf16> -> tensor<32x64xf16>
  // expected-remark @+1 {{8 columns are less than the 16 that are worth a store}}
  %0 = helion.dot %b, %a : tensor<32x64xf16>, tensor<64x32xf16> -> tensor<32x32xf32>
  helion.store %0, %out[%few, %few] {ordinal = 1 : i64} : tensor<32x32xf32>, memref<32x32xf32>, !helion.tile<32>, !helion.tile<32>
  helion.return
}

// -----

helion.kernel @carried_on(%x: memref<64x64xf16>, %out: memref<64x64xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c9 = arith.constant 9 : i32
  %all = helion.slice %c0 : i32 -> <64>
  %a = helion.load %x[%all, %all] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  // expected-remark @+1 {{a later loop carries the columns}}
  %0 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  %1 = arith.addf %0, %0 : tensor<64x64xf32>
  %2 = scf.for %i = %c0 to %c9 step %c1 iter_args(%power = %1) -> (tensor<64x64xf32>) : i32 {
    %next = arith.mulf %power, %power : tensor<64x64xf32>
    scf.yield %next : tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  helion.store %2, %out[%all, %all] {ordinal = 1 : i64} : tensor<64x64xf32>, memref<64x64xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}

// -----

helion.kernel @flattened(%x: memref<64x64xf16>, %out: memref<64x64xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64, range_flattens = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c9 = arith.constant 9 : i32
  %all = helion.slice %c0 : i32 -> <64>
  // expected-remark @+1 {{range_flattens makes one loop of this one and what follows it}}
  scf.for %i = %c0 to %c9 step %c1 : i32 {
    %a = helion.load %x[%all, %all] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %0 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    helion.store %0, %out[%all, %all] {ordinal = 1 : i64} : tensor<64x64xf32>, memref<64x64xf32>, !helion.tile<64>, !helion.tile<64>
  } {helion.loop = -1 : i64}
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @two_dimensions
// CHECK-NOT:     helion.split
// expected-remark @+1 {{there is nothing, or no product}}
helion.kernel @pointwise(%x: memref<64xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %all = helion.slice %c0 : i32 -> <64>
  %0 = helion.load %x[%all] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  helion.store %0, %x[%all] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}
helion.kernel @two_dimensions(%x: memref<64x64xf16>, %out: memref<64x64xf32>)
    attributes {helion.config = #helion.config<{epilogue_subtile = 2 : i64}>} {
  %c0 = arith.constant 0 : i32
  %all = helion.slice %c0 : i32 -> <64>
  %a = helion.load %x[%all, %all] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  // expected-remark @+1 {{a value has the columns in two dimensions}}
  %0 = helion.dot %a, %a : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
  %1 = helion.permute %0 {order = array<i64: 1, 0>} : tensor<64x64xf32> -> tensor<64x64xf32>
  %2 = arith.addf %0, %1 : tensor<64x64xf32>
  helion.store %2, %out[%all, %all] {ordinal = 1 : i64} : tensor<64x64xf32>, memref<64x64xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}
