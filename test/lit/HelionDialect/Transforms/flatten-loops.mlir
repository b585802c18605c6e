// RUN: helion-opt %s --helion-flatten-loops --canonicalize --cse --split-input-file | FileCheck %s

// Rows of 70 in blocks of 4 by 16: 64 lanes at a time of 50 * 70. What lies in memory as the lanes
// are numbered is addressed by the tile itself; what has fewer dimensions by the lanes' indices.
// Operations that spread or reorder dimensions fall away.
// CHECK-LABEL: helion.kernel @rows
// CHECK-SAME:    (%[[X:.*]]: memref<50x70xf32>, %[[Y:.*]]: memref<70xf32>, %[[Z:.*]]: memref<50xf32>, %[[O:.*]]: memref<70x50xf32>)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : i32
// CHECK-DAG:     %[[N:.*]] = arith.constant 3500 : i32
// CHECK:         helion.grid (%[[T:.*]]) = (%[[C0]]) to (%[[N]]) blocks [64] : i32 {
// CHECK:           %[[LANE:.*]] = helion.tile_index %[[T]] : <64> -> tensor<64xi32>
// CHECK:           %[[ROW:.*]] = helion.full %c70_i32 : i32 -> tensor<64xi32>
// CHECK-DAG:       %[[J:.*]] = arith.remsi %[[LANE]], %[[ROW]] : tensor<64xi32>
// CHECK-DAG:       %[[I:.*]] = arith.divsi %[[LANE]], %[[ROW]] : tensor<64xi32>
// CHECK:           %[[A:.*]] = helion.load %[[X]][%[[C0]], %[[T]]] {{.*}} !helion.tile<64> -> tensor<64xf32>
// CHECK:           %[[B:.*]] = helion.load %[[Y]][%[[J]]] {{.*}} tensor<64xi32> -> tensor<64xf32>
// CHECK:           %[[C:.*]] = helion.load %[[Z]][%[[I]]] {{.*}} tensor<64xi32> -> tensor<64xf32>
// CHECK-NOT:       helion.expand_dims
// CHECK-NOT:       helion.broadcast
// CHECK:           %[[S:.*]] = arith.addf %[[A]], %[[B]] : tensor<64xf32>
// CHECK:           %[[D:.*]] = arith.mulf %[[S]], %[[C]] : tensor<64xf32>
// CHECK:           %[[LOWER:.*]] = arith.cmpi sge, %[[I]], %[[J]] : tensor<64xi32>
// CHECK:           %[[R:.*]] = arith.select %[[LOWER]], %[[D]], %{{.*}} : tensor<64xi1>, tensor<64xf32>
// CHECK:           helion.store %[[R]], %[[O]][%[[J]], %[[I]]] {ordinal = 3 : i64} : tensor<64xf32>, memref<70x50xf32>, tensor<64xi32>, tensor<64xi32>
// CHECK:         } {helion.flattened}
helion.kernel @rows(%x: memref<50x70xf32>, %y: memref<70xf32>, %z: memref<50xf32>, %o: memref<70x50xf32>)
    attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c50 = arith.constant 50 : i32
  %c70 = arith.constant 70 : i32
  %zero = arith.constant 0.0 : f32
  helion.grid (%t, %u) = (%c0, %c0) to (%c50, %c70) blocks [4, 16] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<50x70xf32>, !helion.tile<4>, !helion.tile<16> -> tensor<4x16xf32>
    %b = helion.load %y[%u] {ordinal = 1 : i64} : memref<70xf32>, !helion.tile<16> -> tensor<16xf32>
    %c = helion.load %z[%t] {ordinal = 2 : i64} : memref<50xf32>, !helion.tile<4> -> tensor<4xf32>
    %b1 = helion.expand_dims %b {axis = 0 : i64} : tensor<16xf32> -> tensor<1x16xf32>
    %b2 = helion.broadcast %b1 : tensor<1x16xf32> -> tensor<4x16xf32>
    %c1 = helion.reshape %c : tensor<4xf32> -> tensor<4x1xf32>
    %c2 = helion.broadcast %c1 : tensor<4x1xf32> -> tensor<4x16xf32>
    %s = arith.addf %a, %b2 : tensor<4x16xf32>
    %d = arith.mulf %s, %c2 : tensor<4x16xf32>
    %i = helion.tile_index %t : !helion.tile<4> -> tensor<4xi32>
    %i1 = helion.expand_dims %i {axis = 1 : i64} : tensor<4xi32> -> tensor<4x1xi32>
    %i2 = helion.broadcast %i1 : tensor<4x1xi32> -> tensor<4x16xi32>
    %j = helion.tile_index %u : !helion.tile<16> -> tensor<16xi32>
    %j1 = helion.expand_dims %j {axis = 0 : i64} : tensor<16xi32> -> tensor<1x16xi32>
    %j2 = helion.broadcast %j1 : tensor<1x16xi32> -> tensor<4x16xi32>
    %lower = arith.cmpi sge, %i2, %j2 : tensor<4x16xi32>
    %zeros = helion.full %zero : f32 -> tensor<4x16xf32>
    %r = arith.select %lower, %d, %zeros : tensor<4x16xi1>, tensor<4x16xf32>
    %p = helion.permute %r {order = array<i64: 1, 0>} : tensor<4x16xf32> -> tensor<16x4xf32>
    helion.store %p, %o[%u, %t] {ordinal = 3 : i64} : tensor<16x4xf32>, memref<70x50xf32>, !helion.tile<16>, !helion.tile<4>
  }
  helion.return
}

// -----

// Extents that are arguments: the launch knows their product. A row is as long as the stride says,
// where that is the same argument.
// CHECK-LABEL: helion.kernel @arguments
// CHECK-SAME:    %[[M:[a-z0-9]+]]: i32, %[[N:[a-z0-9]+]]: i32)
// CHECK:         %[[TOTAL:.*]] = arith.muli %[[M]], %[[N]] : i32
// CHECK:         helion.grid (%[[T:.*]]) = (%c0_i32) to (%[[TOTAL]]) blocks [32] : i32 {
// CHECK:           %[[A:.*]] = helion.load %{{.*}}[%c0_i32, %[[T]]]
// CHECK:           helion.store %[[A]], %{{.*}}[%{{.*}}, %{{.*}}] {{.*}} tensor<32xi32>, tensor<32xi32>
helion.kernel @arguments(%x: memref<?x?xf32, strided<[?, 1]>>, %o: memref<?x?xf32, strided<[?, 1]>>, %stride: i32, %m: i32, %n: i32)
    attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %in = helion.view %x sizes(%m, %n : i32, i32) strides(%n : i32) : memref<?x?xf32, strided<[?, 1]>>
  %out = helion.view %o sizes(%m, %n : i32, i32) strides(%stride : i32) : memref<?x?xf32, strided<[?, 1]>>
  helion.grid (%t, %u) = (%c0, %c0) to (%m, %n) blocks [4, 8] : i32 {
    %a = helion.load %in[%t, %u] {ordinal = 0 : i64} : memref<?x?xf32, strided<[?, 1]>>, !helion.tile<4>, !helion.tile<8> -> tensor<4x8xf32>
    helion.store %a, %out[%t, %u] {ordinal = 1 : i64} : tensor<4x8xf32>, memref<?x?xf32, strided<[?, 1]>>, !helion.tile<4>, !helion.tile<8>
  }
  helion.return
}

// -----

// Three dimensions that do not start at 0: the offset is added behind the division.
// CHECK-LABEL: helion.kernel @offsets
// CHECK:         helion.grid (%[[T:.*]]) = (%c0_i32) to (%c120_i32) blocks [16] : i32 {
// CHECK:           %[[LANE:.*]] = helion.tile_index %[[T]]
// CHECK:           %[[K:.*]] = arith.remsi %[[LANE]], %{{.*}} : tensor<16xi32>
// CHECK:           %[[REST:.*]] = arith.divsi %[[LANE]], %{{.*}} : tensor<16xi32>
// CHECK:           %[[J0:.*]] = arith.remsi %[[REST]], %{{.*}} : tensor<16xi32>
// CHECK:           %[[I:.*]] = arith.divsi %[[REST]], %{{.*}} : tensor<16xi32>
// CHECK:           %[[J:.*]] = arith.addi %[[J0]], %{{.*}} : tensor<16xi32>
// CHECK:           helion.load %{{.*}}[%[[I]], %[[J]], %[[K]]]
helion.kernel @offsets(%x: memref<4x8x6xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c3 = arith.constant 3 : i32
  %c4 = arith.constant 4 : i32
  %c6 = arith.constant 6 : i32
  %c8 = arith.constant 8 : i32
  helion.grid (%t, %u, %v) = (%c0, %c3, %c0) to (%c4, %c8, %c6) blocks [2, 4, 2] : i32 {
    %a = helion.load %x[%t, %u, %v] {ordinal = 0 : i64} : memref<4x8x6xf32>, !helion.tile<2>, !helion.tile<4>, !helion.tile<2> -> tensor<2x4x2xf32>
    helion.store %a, %x[%t, %u, %v] {ordinal = 1 : i64} : tensor<2x4x2xf32>, memref<4x8x6xf32>, !helion.tile<2>, !helion.tile<4>, !helion.tile<2>
  }
  helion.return
}

// -----

// A device loop in a grid; a loop that adds up element by element, indices from memory, a shifted
// tile and a branch are no obstacle.
// CHECK-LABEL: helion.kernel @loops
// CHECK:         helion.tile_for (%[[T:.*]]) = (%c0_i32) to (%c60_i32) blocks [16] : i32 {
// CHECK-DAG:       %[[LANE:.*]] = helion.tile_index %[[T]] : <16> -> tensor<16xi32>
// CHECK-DAG:       %[[I:.*]] = arith.divsi %[[LANE]], %{{.*}} : tensor<16xi32>
// CHECK-DAG:       %[[J:.*]] = arith.remsi %[[LANE]], %{{.*}} : tensor<16xi32>
// CHECK:           %[[P:.*]] = helion.load %{{.*}}[%[[I]]] {{.*}} -> tensor<16xi32>
// CHECK:           %[[SUM:.*]] = helion.tile_for (%[[K:.*]]) = {{.*}} iter_args(%[[S:.*]] = %{{.*}} : tensor<16xf32>) {
// CHECK:             %[[L:.*]] = helion.tile_begin %[[K]]
// CHECK:             %[[A:.*]] = helion.load %{{.*}}[%[[L]], %c0_i32, %[[T]]] {{.*}} -> tensor<16xf32>
// CHECK:             %[[NEXT:.*]] = arith.addf %[[S]], %[[A]] : tensor<16xf32>
// CHECK:             helion.yield %[[NEXT]] : tensor<16xf32>
// CHECK-DAG:       %[[MOVED:.*]] = arith.addi %[[J]], %{{.*}} : tensor<16xi32>
// CHECK-DAG:       %[[R:.*]] = arith.select %arg3, %[[SUM]], %{{.*}} : tensor<16xf32>
// CHECK:           helion.store %[[R]], %{{.*}}[%[[P]], %[[MOVED]]]
// CHECK:         } {ordinal = 0 : i64}
helion.kernel @loops(%x: memref<3x10x6xf32>, %p: memref<10xi32>, %o: memref<10x7xf32>, %flag: i1)
    attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c3 = arith.constant 3 : i32
  %c6 = arith.constant 6 : i32
  %c10 = arith.constant 10 : i32
  %zero = arith.constant 0.0 : f32
  helion.grid (%g) = (%c0) to (%c1) blocks [1] : i32 {
    helion.tile_for (%t, %u) = (%c0, %c0) to (%c10, %c6) blocks [2, 8] : i32 {
      %i = helion.load %p[%t] {ordinal = 0 : i64} : memref<10xi32>, !helion.tile<2> -> tensor<2xi32>
      %i1 = helion.expand_dims %i {axis = 1 : i64} : tensor<2xi32> -> tensor<2x1xi32>
      %zeros = helion.full %zero : f32 -> tensor<2x8xf32>
      %sum = helion.tile_for (%k) = (%c0) to (%c3) blocks [1] : i32 iter_args(%s = %zeros : tensor<2x8xf32>) {
        %l = helion.tile_begin %k : !helion.tile<1> -> i32
        %a = helion.load %x[%l, %t, %u] {ordinal = 1 : i64} : memref<3x10x6xf32>, i32, !helion.tile<2>, !helion.tile<8> -> tensor<2x8xf32>
        %next = arith.addf %s, %a : tensor<2x8xf32>
        helion.yield %next : tensor<2x8xf32>
      } {ordinal = 2 : i64}
      %moved = helion.shift_tile %u, %c1 : !helion.tile<8>, i32
      %r = scf.if %flag -> (tensor<2x8xf32>) {
        scf.yield %sum : tensor<2x8xf32>
      } else {
        scf.yield %zeros : tensor<2x8xf32>
      }
      helion.store %r, %o[%i1, %moved] {index_dims = array<i64: -1, 1>, ordinal = 2 : i64} : tensor<2x8xf32>, memref<10x7xf32>, tensor<2x1xi32>, !helion.tile<8>
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

// The only index of a tile of one element is one for each lane, of another loop a number.
// CHECK-LABEL: helion.kernel @one_element
// CHECK:         helion.grid (%[[G:.*]]) =
// CHECK:           helion.tile_for (%[[T:.*]]) = (%c0_i32) to (%c60_i32) blocks [8] : i32 {
// CHECK:             %[[I:.*]] = arith.divsi
// CHECK:             %[[K:.*]] = helion.tile_begin %[[G]]
// CHECK:             %[[A:.*]] = helion.load %{{.*}}[%[[K]], %[[I]], %{{.*}}] {{.*}} i32, tensor<8xi32>, tensor<8xi32> -> tensor<8xf32>
// CHECK:             helion.store %[[A]], %{{.*}}[%{{.*}}, %c0_i32, %[[T]]]
helion.kernel @one_element(%x: memref<3x10x6xf32>, %o: memref<3x10x6xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c3 = arith.constant 3 : i32
  %c6 = arith.constant 6 : i32
  %c10 = arith.constant 10 : i32
  helion.grid (%g) = (%c0) to (%c3) blocks [1] : i32 {
    helion.tile_for (%t, %u) = (%c0, %c0) to (%c10, %c6) blocks [1, 8] : i32 {
      %at = helion.tile_begin %t : !helion.tile<1> -> i32
      %a = helion.load %x[%g, %at, %u] {ordinal = 0 : i64} : memref<3x10x6xf32>, !helion.tile<1>, i32, !helion.tile<8> -> tensor<1x8xf32>
      %first = helion.tile_begin %g : !helion.tile<1> -> i32
      helion.store %a, %o[%first, %t, %u] {ordinal = 1 : i64} : tensor<1x8xf32>, memref<3x10x6xf32>, i32, !helion.tile<1>, !helion.tile<8>
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

// Accesses to what is read and written stay comparable: through one index list they are linear,
// through several they are not.
// CHECK-LABEL: helion.kernel @in_place
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<10x6xf32>, %[[Y:[a-z0-9]+]]: memref<10x6xf32>)
// CHECK:         helion.grid (%[[T:.*]]) =
// CHECK-DAG:       %[[A:.*]] = helion.load %[[X]][%c0_i32, %[[T]]]
// CHECK-DAG:       helion.store %[[A]], %[[X]][%c0_i32, %[[T]]]
// CHECK-DAG:       %[[B:.*]] = helion.load %[[Y]][%c0_i32, %{{.*}}] {{.*}} tensor<32xi32> -> tensor<32xf32>
// CHECK-DAG:       helion.store %[[B]], %[[Y]][%{{.*}}, %{{.*}}] {{.*}} tensor<32xi32>, tensor<32xi32>
helion.kernel @in_place(%x: memref<10x6xf32>, %y: memref<10x6xf32>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c6 = arith.constant 6 : i32
  %c10 = arith.constant 10 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%c10, %c6) blocks [4, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<10x6xf32>, !helion.tile<4>, !helion.tile<8> -> tensor<4x8xf32>
    helion.store %a, %x[%t, %u] {ordinal = 1 : i64} : tensor<4x8xf32>, memref<10x6xf32>, !helion.tile<4>, !helion.tile<8>
    %b = helion.load %y[%c0, %u] {ordinal = 2 : i64} : memref<10x6xf32>, i32, !helion.tile<8> -> tensor<8xf32>
    %b1 = helion.expand_dims %b {axis = 0 : i64} : tensor<8xf32> -> tensor<1x8xf32>
    %b2 = helion.broadcast %b1 : tensor<1x8xf32> -> tensor<4x8xf32>
    helion.store %b2, %y[%t, %u] {ordinal = 3 : i64} : tensor<4x8xf32>, memref<10x6xf32>, !helion.tile<4>, !helion.tile<8>
  }
  helion.return
}

// -----

// Each lane of an atomic operation stands for one element; a constant is made anew.
// CHECK-LABEL: helion.kernel @atomics
// CHECK:         %[[ONES:.*]] = arith.constant dense<1.000000e+00> : tensor<32xf32>
// CHECK:         helion.grid (%[[T:.*]]) =
// CHECK:           helion.atomic_rmw add relaxed %[[ONES]], %{{.*}}[%c0_i32, %[[T]]]
// CHECK:           helion.tile_mask %[[T]] : <32> -> tensor<32xi1>
helion.kernel @atomics(%x: memref<5x9xf32>, %o: memref<5x9xi1>) attributes {helion.config = #helion.config<{flatten_loops = [true]}>} {
  %c0 = arith.constant 0 : i32
  %c5 = arith.constant 5 : i32
  %c9 = arith.constant 9 : i32
  %ones = arith.constant dense<1.0> : tensor<4x8xf32>
  helion.grid (%t, %u) = (%c0, %c0) to (%c5, %c9) blocks [4, 8] : i32 {
    %old = helion.atomic_rmw add relaxed %ones, %x[%t, %u] {ordinal = 0 : i64} : tensor<4x8xf32>, memref<5x9xf32>, !helion.tile<4>, !helion.tile<8>
    %m = helion.tile_mask %u : !helion.tile<8> -> tensor<8xi1>
    %m1 = helion.expand_dims %m {axis = 0 : i64} : tensor<8xi1> -> tensor<1x8xi1>
    %m2 = helion.broadcast %m1 : tensor<1x8xi1> -> tensor<4x8xi1>
    helion.store %m2, %o[%t, %u] {ordinal = 1 : i64} : tensor<4x8xi1>, memref<5x9xi1>, !helion.tile<4>, !helion.tile<8>
  }
  helion.return
}

// -----

// Nothing is asked of the first loop of several dimensions.
// CHECK-LABEL: helion.kernel @not_asked
// CHECK:         helion.grid (%{{.*}}, %{{.*}}) =
// CHECK:         helion.grid (%{{.*}}) = (%c0_i32) to (%c64_i32) blocks [64]
helion.kernel @not_asked(%x: memref<8x8xf32>) attributes {helion.config = #helion.config<{flatten_loops = [false, true]}>} {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%c8, %c8) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<8x8xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
    helion.store %a, %x[%t, %u] {ordinal = 1 : i64} : tensor<8x8xf32>, memref<8x8xf32>, !helion.tile<8>, !helion.tile<8>
  }
  helion.grid (%t, %u) = (%c0, %c0) to (%c8, %c8) blocks [8, 8] : i32 {
    %a = helion.load %x[%t, %u] {ordinal = 2 : i64} : memref<8x8xf32>, !helion.tile<8>, !helion.tile<8> -> tensor<8x8xf32>
    helion.store %a, %x[%t, %u] {ordinal = 3 : i64} : tensor<8x8xf32>, memref<8x8xf32>, !helion.tile<8>, !helion.tile<8>
  }
  helion.return
}
