// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s

// CHECK-LABEL: tt.func public @attributes
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<i32>{{.*}}, %[[B:.*]]: i32, %[[N:.*]]: i32)
// CHECK:         tt.store %{{.*}}, %[[B]] : !tt.ptr<i32>
// CHECK:         %[[SIZE:.*]] = arith.constant 32 : i32
// CHECK:         %[[LAST:.*]] = arith.addi %[[B]], %[[SIZE]] : i32
// CHECK:         %[[END:.*]] = arith.minsi %[[LAST]], %[[N]] : i32
// CHECK:         tt.store %{{.*}}, %[[END]] : !tt.ptr<i32>
// CHECK:         %[[ID:.*]] = arith.divsi %[[B]], %{{.*}} : i32
// CHECK:         tt.store %{{.*}}, %[[ID]] : !tt.ptr<i32>
// CHECK-NOT:     helion.make_tile
helion.kernel @attributes(%x: memref<3xi32>, %b: i32, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %t = helion.make_tile %b to %n : i32 -> !helion.tile<32>
  %begin = helion.tile_begin %t : !helion.tile<32> -> i32
  helion.store %begin, %x[%c0] {ordinal = 0 : i64} : i32, memref<3xi32>, i32
  %end = helion.tile_end %t : !helion.tile<32> -> i32
  helion.store %end, %x[%c1] {ordinal = 1 : i64} : i32, memref<3xi32>, i32
  %id = helion.tile_id %t : !helion.tile<32> -> i32
  helion.store %id, %x[%c2] {ordinal = 2 : i64} : i32, memref<3xi32>, i32
  helion.return
}

// -----

// No lane of an exact tile is dead: its end needs no minimum.
// CHECK-LABEL: tt.func public @exact_end
// CHECK:         %[[END:.*]] = arith.addi
// CHECK-NOT:     arith.minsi
// CHECK:         tt.store %{{.*}}, %[[END]]
helion.kernel @exact_end(%x: memref<3xi64>, %b: i64, %n: i64) {
  %t = helion.make_tile %b to %n {exact} : i64 -> !helion.tile<32>
  %end = helion.tile_end %t : !helion.tile<32> -> i64
  helion.store %end, %x[%b] {ordinal = 1 : i64} : i64, memref<3xi64>, i64
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @indices
// CHECK-SAME:    %[[B:[a-z0-9]+]]: i32, %[[D:[a-z0-9]+]]: i32, %[[N:[a-z0-9]+]]: i32)
// CHECK:         %[[R:.*]] = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
// CHECK:         %[[BS:.*]] = tt.splat %[[B]] : i32 -> tensor<32xi32>
// CHECK:         %[[I:.*]] = arith.addi %[[BS]], %[[R]] : tensor<32xi32>
// CHECK:         tt.store %{{.*}}, %[[I]]
//
// The indices of a shifted tile move; which of its lanes are live does not.
// CHECK:         %[[MOVED:.*]] = arith.addi %[[B]], %[[D]] : i32
// CHECK:         %[[MS:.*]] = tt.splat %[[MOVED]] : i32 -> tensor<32xi32>
// CHECK:         %[[J:.*]] = arith.addi %[[MS]], %{{.*}} : tensor<32xi32>
// CHECK:         %[[OS:.*]] = tt.splat %[[B]] : i32 -> tensor<32xi32>
// CHECK:         %[[O:.*]] = arith.addi %[[OS]], %{{.*}} : tensor<32xi32>
// CHECK:         %[[NS:.*]] = tt.splat %[[N]] : i32 -> tensor<32xi32>
// CHECK:         %[[LIVE:.*]] = arith.cmpi slt, %[[O]], %[[NS]] : tensor<32xi32>
// CHECK:         tt.store %{{.*}}, %[[J]], %[[LIVE]]
helion.kernel @indices(%x: memref<64xi32>, %b: i32, %d: i32, %n: i32) {
  %t = helion.make_tile %b to %n : i32 -> !helion.tile<32>
  %i = helion.tile_index %t : !helion.tile<32> -> tensor<32xi32>
  helion.store %i, %x[%t] {ordinal = 0 : i64} : tensor<32xi32>, memref<64xi32>, !helion.tile<32>
  %u = helion.shift_tile %t, %d : !helion.tile<32>, i32
  %j = helion.tile_index %u : !helion.tile<32> -> tensor<32xi32>
  %m = helion.tile_mask %u : !helion.tile<32> -> tensor<32xi1>
  helion.store %j, %x[%t] mask %m : tensor<32xi1> {ordinal = 1 : i64} : tensor<32xi32>, memref<64xi32>, !helion.tile<32>
  helion.return
}

// -----

// Indices of 64 bits; slices with a step; the mask of an exact tile.
// CHECK-LABEL: tt.func public @wide
// CHECK:         %[[R:.*]] = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
// CHECK:         %[[W:.*]] = arith.extsi %[[R]] : tensor<32xi32> to tensor<32xi64>
// CHECK:         %[[THREE:.*]] = arith.constant dense<3> : tensor<32xi64>
// CHECK:         arith.muli %[[W]], %[[THREE]] : tensor<32xi64>
// CHECK:         arith.constant dense<true> : tensor<32xi1>
helion.kernel @wide(%x: memref<64xi64>, %b: i64) {
  %s = helion.slice %b {step = 3 : i64} : i64 -> !helion.tile<32>
  %i = helion.tile_index %s : !helion.tile<32> -> tensor<32xi64>
  %t = helion.make_tile %b to %b {exact} : i64 -> !helion.tile<32>
  %m = helion.tile_mask %t : !helion.tile<32> -> tensor<32xi1>
  helion.store %i, %x[%t] mask %m : tensor<32xi1> {ordinal = 0 : i64} : tensor<32xi64>, memref<64xi64>, !helion.tile<32>
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @program_ids
// CHECK:         tt.get_program_id x : i32
// CHECK:         tt.get_program_id y : i32
// CHECK:         tt.get_program_id z : i32
helion.kernel @program_ids(%x: memref<64xi32>) {
  %0 = helion.program_id 0 : i32
  %1 = helion.program_id 1 : i32
  %2 = helion.program_id 2 : i32
  helion.store %0, %x[%1] {ordinal = 0 : i64} : i32, memref<64xi32>, i32
  helion.store %0, %x[%2] {ordinal = 1 : i64} : i32, memref<64xi32>, i32
  helion.return
}
