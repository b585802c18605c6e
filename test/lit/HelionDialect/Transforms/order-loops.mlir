// RUN: helion-opt %s --helion-order-loops --canonicalize --split-input-file | FileCheck %s
// RUN: helion-opt %s --helion-order-loops --helion-map-grid --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=GRID
// RUN: helion-opt %s --helion-order-loops --helion-lower-loops --canonicalize --split-input-file | FileCheck %s --check-prefix=LOOPS

// loop_orders = [[1, 0]]: the first dimension varies fastest.
// CHECK-LABEL: helion.kernel @ordered
// CHECK:         helion.grid (%[[U:.*]], %[[T:.*]]) = (%{{.*}}, %{{.*}}) to (%c48_i32, %c64_i32) blocks [16, 16] : i32 {
// CHECK:           helion.load %{{.*}}[%[[T]], %[[U]]]
// GRID-LABEL: helion.kernel @ordered
// GRID-SAME:    helion.grid = [{block = 16 : i64, lower = 0 : i64, upper = 48 : i64}, {block = 16 : i64, lower = 0 : i64, upper = 64 : i64}]
// GRID-DAG:     %[[FOUR:.*]] = arith.constant 4 : i32
// GRID-DAG:     %[[SIZE:.*]] = arith.constant 16 : i32
// GRID:         %[[PID:.*]] = helion.program_id 0 : i32
// GRID-DAG:     %[[FAST:.*]] = arith.remsi %[[PID]], %[[FOUR]] : i32
// GRID-DAG:     %[[SLOW:.*]] = arith.divsi %[[PID]], %[[FOUR]] : i32
// GRID-DAG:     %[[ROW:.*]] = arith.muli %[[FAST]], %[[SIZE]] : i32
// GRID-DAG:     %[[COLUMN:.*]] = arith.muli %[[SLOW]], %[[SIZE]] : i32
// GRID-DAG:     %[[T:.*]] = helion.make_tile %[[ROW]] to %c64_i32 {exact}
// GRID-DAG:     %[[U:.*]] = helion.make_tile %[[COLUMN]] to %c48_i32 {exact}
// GRID:         helion.load %{{.*}}[%[[T]], %[[U]]]
helion.kernel @ordered(%x: memref<64x48xf32>) attributes {helion.config = #helion.config<{loop_orders = [[1, 0]]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c48 = arith.constant 48 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%c64, %c48) blocks [16, 16] : i32 {
    %v = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x48xf32>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    helion.store %v, %x[%t, %u] {ordinal = 1 : i64} : tensor<16x16xf32>, memref<64x48xf32>, !helion.tile<16>, !helion.tile<16>
  }
  helion.return
}

// -----

// A device loop: carried values stay where they are, and each dimension keeps its entry of the
// range_* lists.
// CHECK-LABEL: helion.kernel @loop
// CHECK:         helion.tile_for (%[[W:.*]], %[[U:.*]], %[[V:.*]]) = (%c2_i32, %c0_i32, %c1_i32) to (%c8_i32, %c64_i32, %c48_i32) blocks [1, 32, 16] : i32
// CHECK-SAME:      iter_args(%[[S:.*]] = %{{.*}} : f32) {
// CHECK:           helion.load %{{.*}}[%[[U]], %[[V]], %[[W]]] {{.*}} !helion.tile<32>, !helion.tile<16>, !helion.tile<1>
// CHECK:           arith.addf %[[S]], %{{.*}} : f32
// CHECK:         } {helion.loop_dims = array<i64: 2, 0, 1>, ordinal = 1 : i64}
// LOOPS-LABEL: helion.kernel @loop
// LOOPS:         scf.for %{{.*}} = %c2_i32 to %c8_i32
// LOOPS:           scf.for %{{.*}} = %c0_i32 to %c64_i32
// LOOPS:             scf.for %{{.*}} = %c1_i32 to %c48_i32
// LOOPS:             } {helion.loop = 2 : i64}
// LOOPS:           } {helion.loop = 1 : i64}
// LOOPS:         } {helion.loop = 3 : i64}
helion.kernel @loop(%x: memref<64x48x8xf32>, %out: memref<4xf32>)
    attributes {helion.config = #helion.config<{loop_orders = [[2, 0, 1]]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c4 = arith.constant 4 : i32
  %c8 = arith.constant 8 : i32
  %c48 = arith.constant 48 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant 0.0 : f32
  helion.grid (%t) = (%c0) to (%c4) blocks [1] : i32 {
    %sum = helion.tile_for (%u, %v, %w) = (%c0, %c1, %c2) to (%c64, %c48, %c8) blocks [32, 16, 1] : i32 iter_args(%s = %zero : f32) {
      %a = helion.load %x[%u, %v, %w] {ordinal = 0 : i64} : memref<64x48x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1> -> tensor<32x16x1xf32>
      %p = helion.reduce sum %a dims [0, 1, 2] : (tensor<32x16x1xf32>) -> f32
      %n = arith.addf %s, %p : f32
      helion.yield %n : f32
    } {ordinal = 1 : i64}
    %begin = helion.tile_begin %t : !helion.tile<1> -> i32
    helion.store %sum, %out[%begin] {ordinal = 1 : i64} : f32, memref<4xf32>, i32
  }
  helion.return
}

// -----

// Nothing is asked of the first loop, and of the second what it is.
// CHECK-LABEL: helion.kernel @as_it_is
// CHECK:         helion.grid (%[[T:.*]], %[[U:.*]]) = (%arg0, %arg1) to (%arg1, %arg0) blocks [32, 16] : i32 {
// CHECK:         helion.tile_for (%{{.*}}, %{{.*}}) = (%arg0, %arg1) to (%arg1, %arg0) blocks [8, 4] : i32 {
// CHECK:         } {ordinal = 0 : i64}
helion.kernel @as_it_is(%m: i32, %n: i32) attributes {helion.config = #helion.config<{loop_orders = [[0, 1]]}>} {
  helion.grid (%t, %u) = (%m, %n) to (%n, %m) blocks [32, 16] : i32 {
    helion.tile_for (%v, %w) = (%m, %n) to (%n, %m) blocks [8, 4] : i32 {
      helion.print "m" %m : i32
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

// Order and groups together: dimension 2 is the slowest and stays outside the groups, which are
// made of the planes of 10 by 3 tiles of dimensions 0 and 1.
// GRID-LABEL: helion.kernel @grouped_planes
// GRID:         %[[PID:.*]] = helion.program_id 0 : i32
// GRID-DAG:     %[[IN:.*]] = arith.remsi %[[PID]], %c30_i32 : i32
// GRID-DAG:     %[[PLANE:.*]] = arith.divsi %[[PID]], %c30_i32 : i32
// GRID-DAG:     arith.divsi %[[IN]], %c12_i32 : i32
// GRID-DAG:     arith.remsi %[[IN]], %c12_i32 : i32
// GRID-DAG:     %[[V:.*]] = helion.make_tile %[[PLANE]] to %c8_i32 {exact} : i32 -> <1>
// GRID:         helion.load %{{.*}}[%{{.*}}, %{{.*}}, %[[V]]]
helion.kernel @grouped_planes(%x: memref<160x48x8xf32>)
    attributes {helion.config = #helion.config<{l2_groupings = [4], loop_orders = [[2, 0, 1]]}>} {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  %c160 = arith.constant 160 : i32
  %c48 = arith.constant 48 : i32
  helion.grid (%t, %u, %v) = (%c0, %c0, %c0) to (%c160, %c48, %c8) blocks [16, 16, 1] : i32 {
    %a = helion.load %x[%t, %u, %v] {ordinal = 0 : i64} : memref<160x48x8xf32>, !helion.tile<16>, !helion.tile<16>, !helion.tile<1> -> tensor<16x16x1xf32>
    helion.store %a, %x[%t, %u, %v] {ordinal = 1 : i64} : tensor<16x16x1xf32>, memref<160x48x8xf32>, !helion.tile<16>, !helion.tile<16>, !helion.tile<1>
  }
  helion.return
}

// -----

// One launch axis per dimension, the fastest along x: with this order dimension 0, then 2, then 1.
// GRID-LABEL: helion.kernel @axes
// GRID-SAME:    helion.grid = {axes = [2, 1, 0], dims = [{block = 16 : i64, lower = 0 : i64, upper = {arg = 2 : i64}}, {block = 1 : i64, lower = 0 : i64, upper = 8 : i64}, {block = 32 : i64, lower = 0 : i64, upper = {arg = 1 : i64}}]}
// GRID-DAG:     %[[X:.*]] = helion.program_id 0 : i32
// GRID-DAG:     %[[Y:.*]] = helion.program_id 1 : i32
// GRID-DAG:     %[[Z:.*]] = helion.program_id 2 : i32
// GRID-NOT:     arith.divsi
// GRID-DAG:     %[[A:.*]] = arith.muli %[[X]], %c32_i32 : i32
// GRID-DAG:     %[[T:.*]] = helion.make_tile %[[A]] to %{{.*}} : i32 -> <32>
// GRID-DAG:     %[[B:.*]] = arith.muli %[[Z]], %c16_i32 : i32
// GRID-DAG:     %[[U:.*]] = helion.make_tile %[[B]] to %{{.*}} : i32 -> <16>
// GRID-DAG:     %[[V:.*]] = helion.make_tile %[[Y]] to %c8_i32 {exact} : i32 -> <1>
// GRID:         helion.load %{{.*}}[%[[T]], %[[U]], %[[V]]]
helion.kernel @axes(%x: memref<?x?x8xf32>, %m: i32, %n: i32)
    attributes {helion.config = #helion.config<{loop_orders = [[1, 2, 0]], pid_type = "xyz"}>} {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  helion.grid (%t, %u, %v) = (%c0, %c0, %c0) to (%m, %n, %c8) blocks [32, 16, 1] : i32 {
    %a = helion.load %x[%t, %u, %v] {ordinal = 0 : i64} : memref<?x?x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1> -> tensor<32x16x1xf32>
    helion.store %a, %x[%t, %u, %v] {ordinal = 1 : i64} : tensor<32x16x1xf32>, memref<?x?x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1>
  }
  helion.return
}
