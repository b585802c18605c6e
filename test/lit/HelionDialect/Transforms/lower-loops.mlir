// RUN: helion-opt %s --helion-lower-loops --split-input-file | FileCheck %s

// The tile starts at the induction variable; 64 is a multiple of 32, 100 is not, what an argument
// says is not known.
// CHECK-LABEL: helion.kernel @one_dimension
// CHECK-SAME:    %[[O:[a-z0-9]+]]: memref<128xi32>, %[[N:[a-z0-9]+]]: i32)
// CHECK-DAG:     %[[C0:.*]] = arith.constant 0 : i32
// CHECK-DAG:     %[[C64:.*]] = arith.constant 64 : i32
// CHECK-DAG:     %[[C100:.*]] = arith.constant 100 : i32
// CHECK:         %[[STEP:.*]] = arith.constant 32 : i32
// CHECK:         scf.for %[[I:.*]] = %[[C0]] to %[[C64]] step %[[STEP]] : i32 {
// CHECK-NEXT:      %[[T:.*]] = helion.make_tile %[[I]] to %[[C64]] {exact} : i32 -> <32>
// CHECK-NEXT:      %[[B:.*]] = helion.tile_begin %[[T]] : <32> -> i32
// CHECK-NEXT:      %[[E:.*]] = helion.tile_end %[[T]] : <32> -> i32
// CHECK-NEXT:      helion.store %[[E]], %[[O]][%[[B]]]
// CHECK-NEXT:    } {helion.loop = 0 : i64}
// CHECK:         scf.for %[[J:.*]] = %[[C0]] to %[[C100]] step %{{.*}} : i32 {
// CHECK-NEXT:      helion.make_tile %[[J]] to %[[C100]] : i32 -> <32>
// CHECK:         } {helion.loop = 1 : i64}
// CHECK:         scf.for %[[K:.*]] = %[[C0]] to %[[N]] step %{{.*}} : i32 {
// CHECK-NEXT:      helion.make_tile %[[K]] to %[[N]] : i32 -> <32>
// CHECK:         } {helion.loop = 2 : i64}
// CHECK-NOT:     helion.tile_for
helion.kernel @one_dimension(%o: memref<128xi32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c100 = arith.constant 100 : i32
  helion.tile_for (%t) = (%c0) to (%c64) blocks [32] : i32 {
    %b = helion.tile_begin %t : !helion.tile<32> -> i32
    %e = helion.tile_end %t : !helion.tile<32> -> i32
    helion.store %e, %o[%b] {ordinal = 0 : i64} : i32, memref<128xi32>, i32
  } {ordinal = 0 : i64}
  helion.tile_for (%t) = (%c0) to (%c100) blocks [32] : i32 {
  } {ordinal = 1 : i64}
  helion.tile_for (%t) = (%c0) to (%n) blocks [32] : i32 {
  } {ordinal = 2 : i64}
  helion.return
}

// -----

// A range that starts elsewhere: its length decides. Blocks of 1 are always exact.
// CHECK-LABEL: helion.kernel @lower_bound
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i64 -> <32>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} : i64 -> <32>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i64 -> <1>
helion.kernel @lower_bound(%n: i64) {
  %c4 = arith.constant 4 : i64
  %c64 = arith.constant 64 : i64
  %c100 = arith.constant 100 : i64
  helion.tile_for (%t) = (%c4) to (%c100) blocks [32] : i64 {
  } {ordinal = 0 : i64}
  helion.tile_for (%t) = (%c4) to (%c64) blocks [32] : i64 {
  } {ordinal = 1 : i64}
  helion.tile_for (%t) = (%c4) to (%n) blocks [1] : i64 {
  } {ordinal = 2 : i64}
  helion.return
}

// -----

// Two dimensions become a nest, the first outermost; carried values go through both loops; each
// loop has an ordinal of its own. Loops nest, and bounds may come from outer tiles.
// CHECK-LABEL: helion.kernel @carried
// CHECK-SAME:    (%[[N:.*]]: i32, %[[S:.*]]: f32, %[[O:.*]]: memref<8xf32>)
// CHECK:         %[[R:.*]]:2 = scf.for %[[I:.*]] = %c0_i32 to %[[N]] step %c32_i32 iter_args(%[[A:.*]] = %[[S]], %[[B:.*]] = %[[N]]) -> (f32, i32) : i32 {
// CHECK-NEXT:      %[[T:.*]] = helion.make_tile %[[I]] to %[[N]] : i32 -> <32>
// CHECK-NEXT:      %[[Q:.*]]:2 = scf.for %[[J:.*]] = %c64_i32 to %c100_i32 step %c4_i32 iter_args(%[[C:.*]] = %[[A]], %[[D:.*]] = %[[B]]) -> (f32, i32) : i32 {
// CHECK-NEXT:        %[[U:.*]] = helion.make_tile %[[J]] to %c100_i32 {exact} : i32 -> <4>
// CHECK-NEXT:        %[[E:.*]] = helion.tile_end %[[T]]
// CHECK:             %[[P:.*]] = scf.for %[[K:.*]] = %c0_i32 to %[[E]] step %{{.*}} iter_args(%[[F:.*]] = %[[C]]) -> (f32) : i32 {
// CHECK-NEXT:          helion.make_tile %[[K]] to %[[E]] : i32 -> <8>
// CHECK-NEXT:          %[[G:.*]] = arith.addf %[[F]], %[[C]] : f32
// CHECK-NEXT:          scf.yield %[[G]] : f32
// CHECK-NEXT:        } {helion.loop = 2 : i64}
// CHECK-NEXT:        %[[H:.*]] = arith.addi %[[D]], %[[E]] : i32
// CHECK-NEXT:        scf.yield %[[P]], %[[H]] : f32, i32
// CHECK-NEXT:      } {helion.loop = 1 : i64}
// CHECK-NEXT:      scf.yield %[[Q]]#0, %[[Q]]#1 : f32, i32
// CHECK-NEXT:    } {helion.loop = 0 : i64}
// CHECK-NEXT:    helion.store %[[R]]#0, %[[O]][%[[R]]#1]
helion.kernel @carried(%n: i32, %s: f32, %o: memref<8xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c100 = arith.constant 100 : i32
  %r:2 = helion.tile_for (%t, %u) = (%c0, %c64) to (%n, %c100) blocks [32, 4] : i32 iter_args(%a = %s : f32, %b = %n : i32) {
    %e = helion.tile_end %t : !helion.tile<32> -> i32
    %q = helion.tile_for (%v) = (%c0) to (%e) blocks [8] : i32 iter_args(%c = %a : f32) {
      %y = arith.addf %c, %a : f32
      helion.yield %y : f32
    } {ordinal = 2 : i64}
    %d = arith.addi %b, %e : i32
    helion.yield %q, %d : f32, i32
  } {ordinal = 0 : i64}
  helion.store %r#0, %o[%r#1] {ordinal = 0 : i64} : f32, memref<8xf32>, i32
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @nest_without_values
// CHECK:         scf.for %[[I:.*]] = {{.*}} : i32 {
// CHECK-NEXT:      %[[T:.*]] = helion.make_tile %[[I]] to
// CHECK-NEXT:      scf.for %[[J:.*]] = {{.*}} : i32 {
// CHECK-NEXT:        %[[U:.*]] = helion.make_tile %[[J]] to
// CHECK-NEXT:        %[[V:.*]] = helion.load %[[X:.*]][%[[T]], %[[U]]]
// CHECK-NEXT:        helion.store %[[V]], %[[X]][%[[T]], %[[U]]]
// CHECK-NEXT:      } {helion.loop = 1 : i64}
// CHECK-NEXT:    } {helion.loop = 0 : i64}
helion.kernel @nest_without_values(%x: memref<64x64xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  helion.tile_for (%t, %u) = (%c0, %c0) to (%c64, %c64) blocks [16, 32] : i32 {
    %v = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x64xf32>, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xf32>
    helion.store %v, %x[%t, %u] {ordinal = 1 : i64} : tensor<16x32xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<32>
  } {ordinal = 0 : i64}
  helion.return
}

// -----

// Bounds that are multiples of the block, however they are computed, leave no dead lane: here 64
// divides the multiples of 128 at which the grid's tiles begin and end, and what is rounded down
// to it. What is rounded to 32 is not enough, nor a tile that may end early.
// CHECK-LABEL: helion.kernel @multiples
// CHECK:         %[[T:.*]] = helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <128>
// CHECK:         %[[B:.*]] = helion.tile_begin %[[T]]
// CHECK:         %[[E:.*]] = helion.tile_end %[[T]]
// CHECK:         helion.make_tile %{{.*}} to %[[E]] {exact} : i32 -> <64>
// CHECK:         helion.make_tile %{{.*}} to %[[E]] {exact} : i32 -> <64>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <64>
// CHECK:           helion.make_tile %{{.*}} to %[[E]] {exact} : i32 -> <32>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} : i32 -> <64>
// CHECK:         %[[L:.*]] = helion.make_tile %{{.*}} to %{{.*}} : i32 -> <128>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} : i32 -> <64>
helion.kernel @multiples(%n: i32) {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %c1024 = arith.constant 1024 : i32
  %p = helion.program_id 0 : i32
  %first = arith.muli %p, %c128 : i32
  %t = helion.make_tile %first to %c1024 {exact} : i32 -> !helion.tile<128>
  %b = helion.tile_begin %t : !helion.tile<128> -> i32
  %e = helion.tile_end %t : !helion.tile<128> -> i32
  helion.tile_for (%k) = (%b) to (%e) blocks [64] : i32 {
  } {ordinal = 0 : i64}
  %window = arith.subi %b, %n : i32
  %start = arith.maxsi %window, %c0 : i32
  %whole = arith.divsi %start, %c64 : i32
  %rounded = arith.muli %whole, %c64 : i32
  helion.tile_for (%k) = (%rounded) to (%e) blocks [64] : i32 {
  } {ordinal = 1 : i64}
  %either = arith.cmpi slt, %rounded, %n : i32
  %chosen = arith.select %either, %rounded, %c128 : i32
  helion.tile_for (%k) = (%c0) to (%chosen) blocks [64] : i32 {
    %kb = helion.tile_begin %k : !helion.tile<64> -> i32
    helion.tile_for (%j) = (%kb) to (%e) blocks [32] : i32 {
    } {ordinal = 3 : i64}
  } {ordinal = 2 : i64}
  %half = arith.muli %whole, %c32 : i32
  helion.tile_for (%k) = (%half) to (%e) blocks [64] : i32 {
  } {ordinal = 4 : i64}
  %last = helion.make_tile %first to %n : i32 -> !helion.tile<128>
  %lb = helion.tile_begin %last : !helion.tile<128> -> i32
  %le = helion.tile_end %last : !helion.tile<128> -> i32
  helion.tile_for (%k) = (%lb) to (%le) blocks [64] : i32 {
  } {ordinal = 5 : i64}
  helion.return
}

// -----

// Tiles of a tile need no common multiple, as long as the outer one is whole.
// CHECK-LABEL: helion.kernel @tiles_of_a_tile
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <128>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <64>
helion.kernel @tiles_of_a_tile(%n: i32) {
  %t = helion.make_tile %n to %n {exact} : i32 -> !helion.tile<128>
  %b = helion.tile_begin %t : !helion.tile<128> -> i32
  %e = helion.tile_end %t : !helion.tile<128> -> i32
  helion.tile_for (%k) = (%b) to (%e) blocks [64] : i32 {
  } {ordinal = 0 : i64}
  helion.return
}

// -----

// Whoever uses the tiles of such a loop masks their lanes.
// CHECK-LABEL: helion.kernel @lanes_masked
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i32 -> <32>
helion.kernel @lanes_masked(%n: i32) {
  %c0 = arith.constant 0 : i32
  helion.tile_for (%t) = (%c0) to (%n) blocks [32] : i32 {
    %i = helion.tile_index %t : !helion.tile<32> -> tensor<32xi32>
    helion.print "" %i : tensor<32xi32>
  } {ordinal = 0 : i64, helion.lanes_masked}
  helion.return
}
