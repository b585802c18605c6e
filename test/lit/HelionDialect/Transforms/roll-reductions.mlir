// RUN: helion-opt %s --helion-roll-reductions --split-input-file -verify-diagnostics | FileCheck %s

// The maximum has a loop of its own, what needs it comes in the next one, and so does the store.
// CHECK-LABEL: helion.kernel @normalized
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<8x1000xf32>, %[[OUT:[a-z0-9]+]]: memref<8x1000xf32>
// CHECK-DAG:     %[[ROWS:.*]] = helion.make_tile
// CHECK:         %[[LEAST:.*]] = helion.full %{{.*}} : f32 -> tensor<2xf32>
// CHECK:         %[[TOP:.*]] = helion.tile_for (%[[T:.*]]) = (%{{.*}}) to (%{{.*}}) blocks [256] : i32 iter_args(%[[SO_FAR:.*]] = %[[LEAST]] : tensor<2xf32>) {
// CHECK-NEXT:      %[[PART:.*]] = helion.load %[[X]][%[[ROWS]], %[[T]]] {{.*}} -> tensor<2x256xf32>
// CHECK-NEXT:      %[[PART_TOP:.*]] = helion.reduce max %[[PART]] dims [1] : (tensor<2x256xf32>) -> tensor<2xf32>
// CHECK-NEXT:      %[[NEXT:.*]] = arith.maximumf %[[SO_FAR]], %[[PART_TOP]]
// CHECK-NEXT:      helion.yield %[[NEXT]]
// CHECK:         %[[COLUMN:.*]] = helion.expand_dims %[[TOP]]
// CHECK:         helion.tile_for (%[[U:.*]]) = (%{{.*}}) to (%{{.*}}) blocks [256] : i32 {
// CHECK-NEXT:      %[[AGAIN:.*]] = helion.load %[[X]][%[[ROWS]], %[[U]]] {{.*}} -> tensor<2x256xf32>
// CHECK-NEXT:      %[[TOPS:.*]] = helion.broadcast %[[COLUMN]] : tensor<2x1xf32> -> tensor<2x256xf32>
// CHECK-NEXT:      %[[QUOTIENT:.*]] = arith.divf %[[AGAIN]], %[[TOPS]]
// CHECK-NEXT:      helion.store %[[QUOTIENT]], %[[OUT]][%[[ROWS]], %[[U]]]
// CHECK-NOT:     helion.reduction
helion.kernel @normalized(%x: memref<8x1000xf32>, %out: memref<8x1000xf32>) attributes {
    helion.config = #helion.config<{reduction_loops = [256]}>, helion.reductions = array<i64: 1000>} {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  %t = helion.make_tile %c0 to %c8 {exact} : i32 -> !helion.tile<2>
  %all = helion.slice %c0 : i32 -> !helion.tile<1000>
  %row = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<8x1000xf32>, !helion.tile<2>, !helion.tile<1000> -> tensor<2x1000xf32>
  %top = helion.reduce max %row dims [1] {helion.reduction = 0 : i64} : (tensor<2x1000xf32>) -> tensor<2xf32>
  %column = helion.expand_dims %top {axis = 1 : i64} : tensor<2xf32> -> tensor<2x1xf32>
  %tops = helion.broadcast %column : tensor<2x1xf32> -> tensor<2x1000xf32>
  %quotient = arith.divf %row, %tops : tensor<2x1000xf32>
  helion.store %quotient, %out[%t, %all] {ordinal = 1 : i64} : tensor<2x1000xf32>, memref<8x1000xf32>, !helion.tile<2>, !helion.tile<1000>
  helion.return
}

// -----

// Positions and constants are made for each chunk; a `:` that starts later moves the tile.
// CHECK-LABEL: helion.kernel @positions
// CHECK:         helion.tile_for (%[[T:.*]]) = {{.*}} blocks [16] : i32
// CHECK-DAG:       %[[MOVED:.*]] = helion.shift_tile %[[T]], %{{.*}}
// CHECK-DAG:       %[[INDEX:.*]] = helion.tile_index %[[T]] : <16> -> tensor<16xi32>
// CHECK-DAG:       %[[LIMIT:.*]] = helion.full %{{.*}} : i32 -> tensor<16xi32>
// CHECK-DAG:       arith.cmpi slt, %[[INDEX]], %[[LIMIT]] : tensor<16xi32>
// CHECK-DAG:       helion.load %{{.*}}[%[[MOVED]]] {{.*}} -> tensor<16xf32>
helion.kernel @positions(%x: memref<80xf32>, %out: memref<1xf32>) attributes {
    helion.config = #helion.config<{reduction_loops = [16]}>, helion.reductions = array<i64: 64>} {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  %zero = arith.constant 0.0 : f32
  %all = helion.slice %c16 : i32 -> !helion.tile<64>
  %range = helion.arange : tensor<64xi32>
  %limit = helion.full %c16 : i32 -> tensor<64xi32>
  %zeros = helion.full %zero : f32 -> tensor<64xf32>
  %chosen = arith.cmpi slt, %range, %limit : tensor<64xi32>
  %row = helion.load %x[%all] {ordinal = 0 : i64} : memref<80xf32>, !helion.tile<64> -> tensor<64xf32>
  %some = arith.select %chosen, %row, %zeros : tensor<64xi1>, tensor<64xf32>
  %sum = helion.reduce sum %some dims [0] {helion.reduction = 0 : i64} : (tensor<64xf32>) -> f32
  helion.store %sum, %out[%c0] {ordinal = 1 : i64} : f32, memref<1xf32>, i32
  helion.return
}

// -----

// The contraction of a dot adds to its accumulator.
// CHECK-LABEL: helion.kernel @product
// CHECK:         helion.tile_for {{.*}} blocks [64] : i32 iter_args(%[[ACC:.*]] = %{{.*}} : tensor<16x32xf32>) {
// CHECK:           %[[A:.*]] = helion.load {{.*}} -> tensor<16x64xf16>
// CHECK:           %[[B:.*]] = helion.load {{.*}} -> tensor<64x32xf16>
// CHECK:           %[[SUM:.*]] = helion.dot %[[A]], %[[B]], %[[ACC]]
// CHECK-NEXT:      helion.yield %[[SUM]]
helion.kernel @product(%x: memref<16x1024xf16>, %y: memref<1024x32xf16>, %out: memref<16x32xf32>) attributes {
    helion.config = #helion.config<{reduction_loops = [64]}>, helion.reductions = array<i64: 1024>} {
  %c0 = arith.constant 0 : i32
  %rows = helion.slice %c0 : i32 -> !helion.tile<16>
  %columns = helion.slice %c0 : i32 -> !helion.tile<32>
  %all = helion.slice %c0 : i32 -> !helion.tile<1024>
  %a = helion.load %x[%rows, %all] {ordinal = 0 : i64} : memref<16x1024xf16>, !helion.tile<16>, !helion.tile<1024> -> tensor<16x1024xf16>
  %b = helion.load %y[%all, %columns] {ordinal = 1 : i64} : memref<1024x32xf16>, !helion.tile<1024>, !helion.tile<32> -> tensor<1024x32xf16>
  %dot = helion.dot %a, %b {helion.reduction = 0 : i64} : tensor<16x1024xf16>, tensor<1024x32xf16> -> tensor<16x32xf32>
  helion.store %dot, %out[%rows, %columns] {ordinal = 2 : i64} : tensor<16x32xf32>, memref<16x32xf32>, !helion.tile<16>, !helion.tile<32>
  helion.return
}

// -----

// What the second load reads has been written by then.
// CHECK-LABEL: helion.kernel @written
// CHECK-NOT:     helion.tile_for
// expected-remark @+1 {{reduction 0 over 64 elements is not rolled: a tensor that is written is read again}}
helion.kernel @written(%x: memref<64xf32>, %out: memref<1xf32>) attributes {
    helion.config = #helion.config<{reduction_loops = [16]}>, helion.reductions = array<i64: 64>} {
  %c0 = arith.constant 0 : i32
  %all = helion.slice %c0 : i32 -> !helion.tile<64>
  %row = helion.load %x[%all] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  %double = arith.addf %row, %row : tensor<64xf32>
  helion.store %double, %x[%all] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  %again = helion.load %x[%all] {ordinal = 2 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  %product = arith.mulf %again, %double : tensor<64xf32>
  %sum = helion.reduce sum %product dims [0] {helion.reduction = 0 : i64} : (tensor<64xf32>) -> f32
  helion.store %sum, %out[%c0] {ordinal = 3 : i64} : f32, memref<1xf32>, i32
  helion.return
}
