// RUN: helion-opt %s --helion-insert-barriers --split-input-file | FileCheck %s

// What was written is read by other threads.
// CHECK-LABEL: helion.kernel @read_after_write
// CHECK:         helion.store
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    helion.load
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.return
helion.kernel @read_after_write(%x: memref<1024xf32>, %y: memref<1024xf32>, %i: i32, %j: i32, %n: i32) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
  %u = helion.make_tile %j to %n : i32 -> !helion.tile<256>
  %v = helion.load %y[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
  helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  %w = helion.load %x[%u] {ordinal = 2 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
  helion.store %w, %y[%t] {ordinal = 3 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  helion.return
}

// -----

// Each element is read and overwritten by one thread.
// CHECK-LABEL: helion.kernel @in_place
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.return
helion.kernel @in_place(%x: memref<1024xf32>, %i: i32, %n: i32) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
  %w = arith.addf %v, %v : tensor<256xf32>
  helion.store %w, %x[%t] {ordinal = 1 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  helion.return
}

// -----

// 32 warps have more threads than there are elements: each is read by several threads and written
// by one.
// CHECK-LABEL: helion.kernel @shared_elements
// CHECK:         helion.load
// CHECK:         gpu.barrier
// CHECK:         helion.store
helion.kernel @shared_elements(%x: memref<1024xf32>, %i: i32, %n: i32)
    attributes {helion.config = #helion.config<{num_warps = 32 : i64}>} {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
  helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  helion.return
}

// -----

// Rows and columns that are known to differ.
// CHECK-LABEL: helion.kernel @apart
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.return
helion.kernel @apart(%x: memref<4x1024xf32>, %f: f32, %i: i32) {
  %v = helion.full %f : f32 -> tensor<16xf32>
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c16 = arith.constant 16 : i32
  %s = helion.slice %c0 : i32 -> !helion.tile<16>
  %u = helion.slice %c16 : i32 -> !helion.tile<16>
  %j = arith.addi %i, %c1 : i32
  helion.store %v, %x[%c0, %s] {ordinal = 0 : i64} : tensor<16xf32>, memref<4x1024xf32>, i32, !helion.tile<16>
  %a = helion.load %x[%c1, %s] {ordinal = 1 : i64} : memref<4x1024xf32>, i32, !helion.tile<16> -> tensor<16xf32>
  %b = helion.load %x[%c0, %u] {ordinal = 2 : i64} : memref<4x1024xf32>, i32, !helion.tile<16> -> tensor<16xf32>
  helion.store %b, %x[%c0, %s] {ordinal = 3 : i64} : tensor<16xf32>, memref<4x1024xf32>, i32, !helion.tile<16>
  helion.return
}

// -----

// The parts of a tile.
// CHECK-LABEL: helion.kernel @parts
// CHECK:         helion.store
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.store
// CHECK:         gpu.barrier
// CHECK:         helion.store
// CHECK:         helion.return
helion.kernel @parts(%x: memref<1024xf32>, %f: f32, %i: i32, %n: i32) {
  %v = helion.full %f : f32 -> tensor<16xf32>
  %c15 = arith.constant 15 : i32
  %c16 = arith.constant 16 : i32
  %j = arith.addi %i, %c16 : i32
  %k = arith.addi %i, %c15 : i32
  %s = helion.make_tile %i to %n : i32 -> !helion.tile<16>
  %t = helion.make_tile %j to %n : i32 -> !helion.tile<16>
  %u = helion.make_tile %k to %n : i32 -> !helion.tile<16>
  helion.store %v, %x[%s] {ordinal = 0 : i64} : tensor<16xf32>, memref<1024xf32>, !helion.tile<16>
  helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<16xf32>, memref<1024xf32>, !helion.tile<16>
  helion.store %v, %x[%u] {ordinal = 2 : i64} : tensor<16xf32>, memref<1024xf32>, !helion.tile<16>
  helion.return
}

// -----

// Neighbours within an iteration are apart, those of two iterations meet.
// CHECK-LABEL: helion.kernel @neighbours
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.load %{{.*}} {ordinal = 2
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    scf.for
// CHECK:           gpu.barrier
// CHECK-NEXT:      helion.load
// CHECK-NOT:       gpu.barrier
// CHECK:         helion.return
helion.kernel @neighbours(%x: memref<1024xf32>, %lo: i32, %n: i32, %step: i32) {
  %c1 = arith.constant 1 : i32
  %j = arith.addi %lo, %c1 : i32
  %v = helion.load %x[%lo] {ordinal = 0 : i64} : memref<1024xf32>, i32 -> f32
  helion.store %v, %x[%j] {ordinal = 1 : i64} : f32, memref<1024xf32>, i32
  %y = helion.load %x[%lo] {ordinal = 2 : i64} : memref<1024xf32>, i32 -> f32
  scf.for %i = %lo to %n step %step : i32 {
    %k = arith.addi %i, %c1 : i32
    %w = helion.load %x[%i] {ordinal = 3 : i64} : memref<1024xf32>, i32 -> f32
    helion.store %w, %x[%k] {ordinal = 4 : i64} : f32, memref<1024xf32>, i32
  }
  helion.return
}

// -----

// One element is read by all threads and written by one.
// CHECK-LABEL: helion.kernel @scalar
// CHECK:         helion.load
// CHECK:         gpu.barrier
// CHECK:         helion.store
helion.kernel @scalar(%x: memref<1024xf32>, %i: i32) {
  %v = helion.load %x[%i] {ordinal = 0 : i64} : memref<1024xf32>, i32 -> f32
  %w = arith.addf %v, %v : f32
  helion.store %w, %x[%i] {ordinal = 1 : i64} : f32, memref<1024xf32>, i32
  helion.return
}

// -----

// Elements that move within the tile: all are read before any is overwritten.
// CHECK-LABEL: helion.kernel @permuted
// CHECK:         helion.load %{{.*}}[%{{.*}}] {ordinal = 1
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    helion.store
helion.kernel @permuted(%x: memref<1024xf32>, %p: memref<1024xi32>, %i: i32, %n: i32) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
  %q = helion.load %p[%t] {ordinal = 0 : i64} : memref<1024xi32>, !helion.tile<256> -> tensor<256xi32>
  %v = helion.load %x[%q] {ordinal = 1 : i64} : memref<1024xf32>, tensor<256xi32> -> tensor<256xf32>
  helion.store %v, %x[%t] {ordinal = 2 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  helion.return
}

// -----

// The second loop reads what the first one wrote: one barrier between them, none inside.
// CHECK-LABEL: helion.kernel @two_loops
// CHECK:         scf.for
// CHECK-NOT:       gpu.barrier
// CHECK:           helion.store{{.*$}}
// CHECK:         }
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    scf.for
// CHECK-NOT:       gpu.barrier
// CHECK:         helion.return
helion.kernel @two_loops(%x: memref<1024xf32>, %y: memref<1024xf32>, %lo: i32, %n: i32, %step: i32) {
  scf.for %i = %lo to %n step %step : i32 {
    %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
    %v = helion.load %y[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  }
  scf.for %i = %lo to %n step %step : i32 {
    %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
    %v = helion.load %x[%t] {ordinal = 2 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
    helion.store %v, %y[%t] {ordinal = 3 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  }
  helion.return
}

// -----

// An iteration reads what the one before wrote, one tile further on.
// CHECK-LABEL: helion.kernel @carried
// CHECK:         scf.for
// CHECK:           gpu.barrier
// CHECK-NEXT:      helion.load
// CHECK:           helion.store{{.*$}}
// CHECK:         }
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.return
helion.kernel @carried(%x: memref<2048xf32>, %lo: i32, %n: i32, %step: i32) {
  scf.for %i = %lo to %n step %step : i32 {
    %t = helion.make_tile %i to %n : i32 -> !helion.tile<256>
    %u = helion.shift_tile %t, %step : !helion.tile<256>, i32
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<2048xf32>, !helion.tile<256> -> tensor<256xf32>
    helion.store %v, %x[%u] {ordinal = 1 : i64} : tensor<256xf32>, memref<2048xf32>, !helion.tile<256>
  }
  helion.return
}

// -----

// Every iteration reads and writes the same tile, so that none may be fetched early; different tiles
// stay apart.
// CHECK-LABEL: helion.kernel @accumulated
// CHECK:         scf.for
// CHECK:           gpu.barrier
// CHECK-NEXT:      helion.load %arg0[%0]
// CHECK:           helion.load %arg1
// CHECK-NOT:       gpu.barrier
// CHECK:         helion.return
helion.kernel @accumulated(%x: memref<1024xf32>, %y: memref<1024xf32>, %lo: i32, %n: i32, %step: i32) {
  %t = helion.make_tile %lo to %n : i32 -> !helion.tile<256>
  scf.for %i = %lo to %n step %step : i32 {
    %u = helion.make_tile %i to %n : i32 -> !helion.tile<256>
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
    %w = helion.load %y[%u] {ordinal = 1 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
    %s = arith.addf %v, %w : tensor<256xf32>
    helion.store %s, %x[%t] {ordinal = 2 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
    helion.store %s, %y[%u] {ordinal = 3 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  }
  helion.return
}

// -----

// Tiles of a grid are independent, whichever program has them.
// CHECK-LABEL: helion.kernel @persistent
// CHECK-NOT:     gpu.barrier
// CHECK:         helion.return
helion.kernel @persistent(%x: memref<1024xf32>, %lo: i32, %n: i32, %step: i32) {
  scf.for %i = %lo to %n step %step : i32 {
    %b = arith.muli %i, %step : i32
    %t = helion.make_tile %b to %n : i32 -> !helion.tile<256>
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<1024xf32>, !helion.tile<256> -> tensor<256xf32>
    helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  } {helion.loop = -1 : i64}
  helion.return
}

// -----

// Atomic operations go well together; what they leave is read after a barrier. Tensors in the same
// memory are one.
// CHECK-LABEL: helion.kernel @atomics
// CHECK:         helion.atomic_rmw add relaxed
// CHECK-NEXT:    helion.atomic_rmw add relaxed
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    helion.load
helion.kernel @atomics(%x: memref<1024xf32>, %y: memref<1024xf32> {helion.storage = 0 : i64},
                       %v: f32, %i: i32, %j: i32) {
  %a = helion.atomic_rmw add relaxed %v, %x[%i] {ordinal = 0 : i64} : f32, memref<1024xf32>, i32
  %b = helion.atomic_rmw add relaxed %v, %x[%j] {ordinal = 1 : i64} : f32, memref<1024xf32>, i32
  %w = helion.load %y[%i] {ordinal = 0 : i64} : memref<1024xf32>, i32 -> f32
  helion.store %w, %y[%i] {ordinal = 1 : i64} : f32, memref<1024xf32>, i32
  helion.return
}

// -----

// All that was written comes before the release.
// CHECK-LABEL: helion.kernel @released
// CHECK:         helion.store
// CHECK-NEXT:    gpu.barrier
// CHECK-NEXT:    helion.atomic_rmw xchg release
helion.kernel @released(%x: memref<1024xf32>, %flag: memref<1xi32>, %f: f32, %i: i32, %one: i32) {
  %v = helion.full %f : f32 -> tensor<256xf32>
  %t = helion.make_tile %i to %i : i32 -> !helion.tile<256>
  helion.store %v, %x[%t] {ordinal = 0 : i64} : tensor<256xf32>, memref<1024xf32>, !helion.tile<256>
  %a = helion.atomic_rmw xchg release %one, %flag[%i] {ordinal = 0 : i64} : i32, memref<1xi32>, i32
  helion.return
}
