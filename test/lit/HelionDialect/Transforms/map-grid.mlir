// RUN: helion-opt %s --helion-map-grid --split-input-file | FileCheck %s
// RUN: helion-opt %s --helion-map-grid --canonicalize --cse --split-input-file | FileCheck %s --check-prefix=CANON

// One dimension: the program id is the tile. 100 is no multiple of 32, 128 is.
// CHECK-LABEL: helion.kernel @ragged
// CHECK-SAME:    helion.grid = [{block = 32 : i64, lower = 0 : i64, upper = 100 : i64}]
// CHECK-NOT:     helion.grid (
// CHECK:         %[[END:.*]] = arith.constant 100 : i32
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK:         %[[SIZE:.*]] = arith.constant 32 : i32
// CHECK:         %[[BEGIN:.*]] = arith.muli %[[PID]], %[[SIZE]] : i32
// CHECK:         %[[T:.*]] = helion.make_tile %[[BEGIN]] to %[[END]] : i32 -> <32>
// CHECK:         helion.load %{{.*}}[%[[T]]]
// CHECK:         helion.return
helion.kernel @ragged(%x: memref<100xf32>) {
  %c0 = arith.constant 0 : i32
  %c100 = arith.constant 100 : i32
  helion.grid (%t) = (%c0) to (%c100) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<100xf32>, !helion.tile<32> -> tensor<32xf32>
  }
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @exact
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <32>
helion.kernel @exact(%x: memref<128xf32>) {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  helion.grid (%t) = (%c0) to (%c128) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<128xf32>, !helion.tile<32> -> tensor<32xf32>
  }
  helion.return
}

// -----

// Exactness is that of the range, not of its end. Blocks of 1 are always exact.
// CHECK-LABEL: helion.kernel @lower_bound
// CHECK-SAME:    helion.grid = [{block = 32 : i64, lower = 4 : i64, upper = 100 : i64}, {block = 32 : i64, lower = 4 : i64, upper = 128 : i64}, {block = 1 : i64, lower = 4 : i64, upper = {arg = 1 : i64}}]
// CHECK:         helion.make_tile %{{.*}} to %c100_i32 {exact} : i32 -> <32>
// CHECK:         helion.make_tile %{{.*}} to %c128_i32 : i32 -> <32>
// CHECK:         helion.make_tile %{{.*}} to %arg1 {exact} : i32 -> <1>
helion.kernel @lower_bound(%o: memref<128xi32>, %n: i32) {
  %c4 = arith.constant 4 : i32
  %c100 = arith.constant 100 : i32
  %c128 = arith.constant 128 : i32
  helion.grid (%t, %u, %v) = (%c4, %c4, %c4) to (%c100, %c128, %n) blocks [32, 32, 1] : i32 {
    %a = helion.tile_begin %t : !helion.tile<32> -> i32
    helion.store %a, %o[%a] {ordinal = 0 : i64} : i32, memref<128xi32>, i32
  }
  helion.return
}

// -----

// Bounds may be arguments, of 64 bits too; the launch finds them by position.
// CHECK-LABEL: helion.kernel @arguments
// CHECK-SAME:    (%{{.*}}: memref<?xf32>, %[[LOWER:.*]]: i64, %[[UPPER:.*]]: i64)
// CHECK-SAME:    helion.grid = [{block = 32 : i64, lower = {arg = 1 : i64}, upper = {arg = 2 : i64}}]
// CHECK:         %[[PID:.*]] = helion.program_id 0 : i32
// CHECK:         %[[WIDE:.*]] = arith.extsi %[[PID]] : i32 to i64
// CHECK:         %[[OFFSET:.*]] = arith.muli %[[WIDE]], %{{.*}} : i64
// CHECK:         %[[BEGIN:.*]] = arith.addi %[[OFFSET]], %[[LOWER]] : i64
// CHECK:         helion.make_tile %[[BEGIN]] to %[[UPPER]] : i64 -> <32>
helion.kernel @arguments(%x: memref<?xf32>, %lo: i64, %hi: i64) {
  helion.grid (%t) = (%lo) to (%hi) blocks [32] : i64 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<?xf32>, !helion.tile<32> -> tensor<32xf32>
  }
  helion.return
}

// -----

// Two dimensions: the last one varies fastest. 64 and 48 in blocks of 16 make 4 by 3 tiles.
// CANON-LABEL: helion.kernel @two
// CANON-DAG:     %[[THREE:.*]] = arith.constant 3 : i32
// CANON-DAG:     %[[SIZE:.*]] = arith.constant 16 : i32
// CANON:         %[[PID:.*]] = helion.program_id 0 : i32
// CANON-DAG:     %[[FAST:.*]] = arith.remsi %[[PID]], %[[THREE]] : i32
// CANON-DAG:     %[[SLOW:.*]] = arith.divsi %[[PID]], %[[THREE]] : i32
// CANON-DAG:     %[[ROW:.*]] = arith.muli %[[SLOW]], %[[SIZE]] : i32
// CANON-DAG:     %[[COLUMN:.*]] = arith.muli %[[FAST]], %[[SIZE]] : i32
// CANON-DAG:     %[[T:.*]] = helion.make_tile %[[ROW]] to %c64_i32 {exact}
// CANON-DAG:     %[[U:.*]] = helion.make_tile %[[COLUMN]] to %c48_i32 {exact}
// CANON:         helion.load %{{.*}}[%[[T]], %[[U]]]
helion.kernel @two(%x: memref<64x48xf32>) {
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

// Groups of 4 tiles of the slower dimension: within a group it varies fastest. The last group is
// as high as what is left of the 10 rows of tiles.
// CANON-LABEL: helion.kernel @grouped
// CANON-DAG:     %[[FOUR:.*]] = arith.constant 4 : i32
// CANON-DAG:     %[[TEN:.*]] = arith.constant 10 : i32
// CANON-DAG:     %[[WIDTH:.*]] = arith.constant 12 : i32
// CANON:         %[[PID:.*]] = helion.program_id 0 : i32
// CANON:         %[[GROUP:.*]] = arith.divsi %[[PID]], %[[WIDTH]] : i32
// CANON:         %[[FIRST:.*]] = arith.muli %[[GROUP]], %[[FOUR]] : i32
// CANON:         %[[REST:.*]] = arith.subi %[[TEN]], %[[FIRST]] : i32
// CANON:         %[[HEIGHT:.*]] = arith.minsi %[[REST]], %[[FOUR]] : i32
// CANON:         %[[WITHIN:.*]] = arith.remsi %[[PID]], %[[WIDTH]] : i32
// CANON:         %[[UP:.*]] = arith.remsi %[[WITHIN]], %[[HEIGHT]] : i32
// CANON:         %[[SLOW:.*]] = arith.addi %[[FIRST]], %[[UP]] : i32
// CANON:         %[[FAST:.*]] = arith.divsi %[[WITHIN]], %[[HEIGHT]] : i32
// CANON:         %[[ROW:.*]] = arith.muli %[[SLOW]], %{{.*}} : i32
// CANON:         %[[T:.*]] = helion.make_tile %[[ROW]] to %c160_i32 {exact}
// CANON:         %[[COLUMN:.*]] = arith.muli %[[FAST]], %{{.*}} : i32
// CANON:         %[[U:.*]] = helion.make_tile %[[COLUMN]] to %c48_i32 {exact}
// CANON:         helion.load %{{.*}}[%[[T]], %[[U]]]
helion.kernel @grouped(%x: memref<160x48xf32>) attributes {helion.config = #helion.config<{l2_groupings = [4]}>} {
  %c0 = arith.constant 0 : i32
  %c160 = arith.constant 160 : i32
  %c48 = arith.constant 48 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%c160, %c48) blocks [16, 16] : i32 {
    %v = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<160x48xf32>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    helion.store %v, %x[%t, %u] {ordinal = 1 : i64} : tensor<16x16xf32>, memref<160x48xf32>, !helion.tile<16>, !helion.tile<16>
  }
  helion.return
}

// -----

// Three dimensions, none of them known: the slowest is what remains.
// CANON-LABEL: helion.kernel @three
// CANON-SAME:    %[[M:[a-z0-9]+]]: i32, %[[N:[a-z0-9]+]]: i32)
// CANON:         %[[NM:.*]] = arith.divsi %{{.*}}, %c16_i32 : i32
// CANON:         %[[PID:.*]] = helion.program_id 0 : i32
// CANON-DAG:     %[[FAST:.*]] = arith.remsi %[[PID]], %c8_i32 : i32
// CANON-DAG:     %[[REST:.*]] = arith.divsi %[[PID]], %c8_i32 : i32
// CANON-DAG:     %[[MIDDLE:.*]] = arith.remsi %[[REST]], %[[NM]] : i32
// CANON-DAG:     %[[SLOW:.*]] = arith.divsi %[[REST]], %[[NM]] : i32
// CANON-DAG:     %[[A:.*]] = arith.muli %[[SLOW]], %c32_i32 : i32
// CANON-DAG:     %[[T:.*]] = helion.make_tile %[[A]] to %[[M]] : i32 -> <32>
// CANON-DAG:     %[[B:.*]] = arith.muli %[[MIDDLE]], %c16_i32 : i32
// CANON-DAG:     %[[U:.*]] = helion.make_tile %[[B]] to %[[N]] : i32 -> <16>
// CANON-DAG:     %[[V:.*]] = helion.make_tile %[[FAST]] to %c8_i32 {exact} : i32 -> <1>
// CANON:         helion.load %{{.*}}[%[[T]], %[[U]], %[[V]]]
helion.kernel @three(%x: memref<?x?x8xf32>, %m: i32, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  helion.grid (%t, %u, %v) = (%c0, %c0, %c0) to (%m, %n, %c8) blocks [32, 16, 1] : i32 {
    %a = helion.load %x[%t, %u, %v] {ordinal = 0 : i64} : memref<?x?x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1> -> tensor<32x16x1xf32>
    helion.store %a, %x[%t, %u, %v] {ordinal = 1 : i64} : tensor<32x16x1xf32>, memref<?x?x8xf32>, !helion.tile<32>, !helion.tile<16>, !helion.tile<1>
  }
  helion.return
}

// -----

// Two grids, flat: 4 tiles of the first, then 3 of the second. Each has its own share of the
// configuration.
// CANON-LABEL: helion.kernel @several
// CANON-SAME:    helion.grid = {grids = {{\[\[}}{block = 32 : i64, lower = 0 : i64, upper = 128 : i64}], [{block = 16 : i64, lower = 0 : i64, upper = 48 : i64}, {block = 1 : i64, lower = 0 : i64, upper = 3 : i64}]]}
// CANON:         %[[PID:.*]] = helion.program_id 0 : i32
// CANON:         %[[FIRST:.*]] = arith.cmpi slt, %[[PID]], %c4_i32 : i32
// CANON:         scf.if %[[FIRST]] {
// CANON:           %[[BEGIN:.*]] = arith.muli %[[PID]], %c32_i32 : i32
// CANON:           %[[T:.*]] = helion.make_tile %[[BEGIN]] to %c128_i32 {exact}
// CANON:           helion.load %{{.*}}[%[[T]]]
// CANON:         } else {
// CANON:           %[[REST:.*]] = arith.subi %[[PID]], %c4_i32 : i32
// CANON:           %[[FAST:.*]] = arith.remsi %[[REST]], %c3_i32 : i32
// CANON:           %[[SLOW:.*]] = arith.divsi %[[REST]], %c3_i32 : i32
// CANON:           %[[U:.*]] = helion.make_tile %{{.*}} to %c48_i32 {exact} : i32 -> <16>
// CANON:           helion.load %{{.*}}[%[[U]], %{{.*}}]
// CANON:         }
// CANON:         helion.return
helion.kernel @several(%x: memref<128xf32>, %y: memref<48x3xf32>)
    attributes {helion.config = #helion.config<{pid_type = "flat"}>} {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  helion.grid (%t) = (%c0) to (%c128) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<128xf32>, !helion.tile<32> -> tensor<32xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<32xf32>, memref<128xf32>, !helion.tile<32>
  }
  %c48 = arith.constant 48 : i32
  %c3 = arith.constant 3 : i32
  helion.grid (%u, %w) = (%c0, %c0) to (%c48, %c3) blocks [16, 1] : i32 {
    %v = helion.load %y[%u, %w] {ordinal = 2 : i64} : memref<48x3xf32>, !helion.tile<16>, !helion.tile<1> -> tensor<16x1xf32>
    helion.store %v, %y[%u, %w] {ordinal = 3 : i64} : tensor<16x1xf32>, memref<48x3xf32>, !helion.tile<16>, !helion.tile<1>
  }
  helion.return
}

// -----

// The second grid has entry 0 of l2_groupings: the first has one dimension.
// CANON-LABEL: helion.kernel @own_entries
// CANON:         } else {
// CANON:           %[[REST:.*]] = arith.subi %{{.*}}, %c1_i32 : i32
// CANON:           arith.divsi %[[REST]], %c4_i32 : i32
helion.kernel @own_entries(%x: memref<64x32xf32>)
    attributes {helion.config = #helion.config<{l2_groupings = [2]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c32 = arith.constant 32 : i32
  helion.grid (%t) = (%c0) to (%c64) blocks [64] : i32 {
    %a = helion.tile_index %t : !helion.tile<64> -> tensor<64xi32>
    helion.print "t: " %a : tensor<64xi32>
  }
  helion.grid (%u, %w) = (%c0, %c0) to (%c64, %c32) blocks [16, 16] : i32 {
    %v = helion.load %x[%u, %w] {ordinal = 2 : i64} : memref<64x32xf32>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    helion.store %v, %x[%u, %w] {ordinal = 3 : i64} : tensor<16x16xf32>, memref<64x32xf32>, !helion.tile<16>, !helion.tile<16>
  }
  helion.return
}

// -----

// Persistent grids have a loop each; the barrier stays between them, and with it the bound that
// the second one reads.
// CANON-LABEL: helion.kernel @barrier
// CANON-SAME:    helion.grid = {cooperative, grids = {{\[\[}}{block = 32 : i64, lower = 0 : i64, upper = 4096 : i64}], unit], programs = 132 : i64}
// CANON:         scf.for
// CANON:           helion.store
// CANON:         } {helion.loop = -2 : i64}
// CANON:         helion.barrier
// CANON:         %[[N:.*]] = helion.load %{{.*}}[%c0_i32]
// CANON:         scf.for
// CANON:           helion.make_tile %{{.*}} to %[[N]]
// CANON:         } {helion.loop = -1 : i64}
helion.kernel @barrier(%x: memref<4096xf32>, %n: memref<1xi32>)
    attributes {helion.config = #helion.config<{pid_type = "persistent_blocked"}>} {
  %c0 = arith.constant 0 : i32
  %c4096 = arith.constant 4096 : i32
  helion.grid (%t) = (%c0) to (%c4096) blocks [32] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<4096xf32>, !helion.tile<32> -> tensor<32xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<32xf32>, memref<4096xf32>, !helion.tile<32>
  }
  helion.barrier
  %end = helion.load %n[%c0] {ordinal = 2 : i64} : memref<1xi32>, i32 -> i32
  helion.grid (%t) = (%c0) to (%end) blocks [16] : i32 {
    %v = helion.load %x[%t] {ordinal = 3 : i64} : memref<4096xf32>, !helion.tile<16> -> tensor<16xf32>
    helion.store %v, %x[%t] {ordinal = 4 : i64} : tensor<16xf32>, memref<4096xf32>, !helion.tile<16>
  }
  helion.return
}

// -----

// A bound made of block sizes is a number by now.
// CHECK-LABEL: helion.kernel @arithmetic
// CHECK-SAME:    helion.grid = [{block = 1 : i64, lower = 0 : i64, upper = 4 : i64}]
helion.kernel @arithmetic(%x: memref<4xi32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c16 = arith.constant 16 : i32
  %n = arith.divsi %c64, %c16 : i32
  helion.grid (%t) = (%c0) to (%n) blocks [1] : i32 {
    %a = helion.tile_begin %t : !helion.tile<1> -> i32
    helion.store %a, %x[%a] {ordinal = 0 : i64} : i32, memref<4xi32>, i32
  }
  helion.return
}
