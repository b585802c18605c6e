// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s

// CHECK-LABEL: tt.func public @atomics
// CHECK:         %[[M:.*]] = arith.cmpi slt
// CHECK:         tt.atomic_rmw fadd, relaxed, gpu, %{{.*}}, %{{.*}}, %[[M]] : (tensor<16x!tt.ptr<f32>>, tensor<16xf32>, tensor<16xi1>) -> tensor<16xf32>
// CHECK:         tt.atomic_rmw max, acq_rel, gpu, %{{.*}}, %{{.*}} : (!tt.ptr<i32>, i32) -> i32
// CHECK:         tt.atomic_rmw min, relaxed
// CHECK:         tt.atomic_rmw exch, release
// CHECK:         tt.atomic_rmw add, acquire
// CHECK:         tt.atomic_rmw and, relaxed
// CHECK:         tt.atomic_rmw or, relaxed
// CHECK:         tt.atomic_rmw xor, relaxed
helion.kernel @atomics(%x: memref<64x8xf32>, %y: memref<64xi32>, %i: i32, %n: i32, %s: f32) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<16>
  %m = helion.tile_mask %t : !helion.tile<16> -> tensor<16xi1>
  %v = helion.full %s : f32 -> tensor<16xf32>
  %0 = helion.atomic_rmw add relaxed %v, %x[%t, %i] mask %m : tensor<16xi1> {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  %1 = helion.atomic_rmw max acq_rel %i, %y[%i] {ordinal = 1 : i64} : i32, memref<64xi32>, i32
  %2 = helion.atomic_rmw min relaxed %i, %y[%i] {ordinal = 2 : i64} : i32, memref<64xi32>, i32
  %3 = helion.atomic_rmw xchg release %i, %y[%i] {ordinal = 3 : i64} : i32, memref<64xi32>, i32
  %4 = helion.atomic_rmw add acquire %i, %y[%i] {ordinal = 4 : i64} : i32, memref<64xi32>, i32
  %5 = helion.atomic_rmw and relaxed %i, %y[%i] {ordinal = 5 : i64} : i32, memref<64xi32>, i32
  %6 = helion.atomic_rmw or relaxed %i, %y[%i] {ordinal = 6 : i64} : i32, memref<64xi32>, i32
  %7 = helion.atomic_rmw xor relaxed %i, %y[%i] {ordinal = 7 : i64} : i32, memref<64xi32>, i32
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @unsigned
// CHECK:         tt.atomic_rmw umax, relaxed
// CHECK:         tt.atomic_rmw umin, relaxed
helion.kernel @unsigned(%y: memref<64xi32>, %i: i32) {
  %0 = helion.atomic_rmw umax relaxed %i, %y[%i] {ordinal = 0 : i64} : i32, memref<64xi32>, i32
  %1 = helion.atomic_rmw umin relaxed %i, %y[%i] {ordinal = 1 : i64} : i32, memref<64xi32>, i32
  helion.return
}

// -----

// The bits of floats are ordered as integers are, backwards where the sign is set. A NaN gets the
// bits that lie beyond all.
// CHECK-LABEL: tt.func public @float_extrema
// CHECK:         %[[M:.*]] = arith.cmpi slt
// CHECK:         %[[UNO:.*]] = arith.cmpf uno, %[[V:[0-9]+]], %[[V]] : tensor<16xf32>
// CHECK:         %[[RAW:.*]] = tt.bitcast %[[V]] : tensor<16xf32> -> tensor<16xi32>
// CHECK:         %[[NAN:.*]] = arith.constant dense<2143289344> : tensor<16xi32>
// CHECK:         %[[BITS:.*]] = arith.select %[[UNO]], %[[NAN]], %[[RAW]]
// CHECK:         %[[P:.*]] = tt.bitcast %{{.*}} : tensor<16x!tt.ptr<f32>> -> tensor<16x!tt.ptr<i32>>
// CHECK:         %[[POS:.*]] = arith.cmpi sge, %[[BITS]]
// CHECK:         %[[MPOS:.*]] = arith.andi %[[M]], %[[POS]]
// CHECK:         %[[A:.*]] = tt.atomic_rmw max, acq_rel, gpu, %[[P]], %[[BITS]], %[[MPOS]]
// CHECK:         %[[SIGN:.*]] = arith.cmpi slt, %[[BITS]]
// CHECK:         %[[MNEG:.*]] = arith.andi %[[M]], %[[SIGN]]
// CHECK:         %[[B:.*]] = tt.atomic_rmw umin, acq_rel, gpu, %[[P]], %[[BITS]], %[[MNEG]]
// CHECK:         %[[OLD:.*]] = arith.select %[[POS]], %[[A]], %[[B]]
// CHECK:         tt.bitcast %[[OLD]] : tensor<16xi32> -> tensor<16xf32>
// CHECK:         %[[NEG:.*]] = arith.constant -2251799813685248 : i64
// CHECK:         arith.select %{{.*}}, %[[NEG]]
// CHECK:         tt.atomic_rmw min, relaxed, gpu, %{{.*}}, %{{.*}}, %{{.*}} : (!tt.ptr<i64>, i64, i1) -> i64
// CHECK:         tt.atomic_rmw umax, relaxed, gpu, %{{.*}}, %{{.*}}, %{{.*}} : (!tt.ptr<i64>, i64, i1) -> i64
helion.kernel @float_extrema(%x: memref<64xf32>, %y: memref<64xf64>, %o: memref<64xf32>, %i: i32, %n: i32, %s: f32, %d: f64) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<16>
  %m = helion.tile_mask %t : !helion.tile<16> -> tensor<16xi1>
  %v = helion.full %s : f32 -> tensor<16xf32>
  %0 = helion.atomic_rmw max acq_rel %v, %x[%t] mask %m : tensor<16xi1> {ordinal = 0 : i64} : tensor<16xf32>, memref<64xf32>, !helion.tile<16>
  helion.store %0, %o[%t] mask %m : tensor<16xi1> {ordinal = 2 : i64} : tensor<16xf32>, memref<64xf32>, !helion.tile<16>
  %1 = helion.atomic_rmw min relaxed %d, %y[%i] {ordinal = 1 : i64} : f64, memref<64xf64>, i32
  helion.return
}

// -----

// An exchange moves bits.
// CHECK-LABEL: tt.func public @exchange_of_floats
// CHECK:         %[[P:.*]] = tt.bitcast %{{.*}} : !tt.ptr<f32> -> !tt.ptr<i32>
// CHECK:         tt.atomic_rmw exch, relaxed, gpu, %[[P]], %{{.*}} : (!tt.ptr<i32>, i32) -> i32
helion.kernel @exchange_of_floats(%x: memref<64xf32>, %i: i32, %s: f32) {
  %0 = helion.atomic_rmw xchg relaxed %s, %x[%i] {ordinal = 0 : i64} : f32, memref<64xf32>, i32
  helion.return
}

// -----

// Lanes that are off swap 0 for 0 in the first element.
// CHECK-LABEL: tt.func public @swap
// CHECK-SAME:    %[[X:.*]]: !tt.ptr<i32>
// CHECK:         %[[M:.*]] = arith.cmpi slt
// CHECK:         %[[PLACES:.*]] = tt.addptr %{{.*}} : tensor<16x!tt.ptr<i32>>
// CHECK:         %[[FIRST:.*]] = tt.splat %[[X]] : !tt.ptr<i32> -> tensor<16x!tt.ptr<i32>>
// CHECK:         %[[P:.*]] = arith.select %[[M]], %[[PLACES]], %[[FIRST]]
// CHECK:         %[[C:.*]] = arith.select %[[M]], %{{.*}}, %[[Z:.*]] : tensor<16xi1>, tensor<16xi32>
// CHECK:         %[[V:.*]] = arith.select %[[M]], %{{.*}}, %[[Z]] : tensor<16xi1>, tensor<16xi32>
// CHECK:         tt.atomic_cas acq_rel, gpu, %[[P]], %[[C]], %[[V]] : (tensor<16x!tt.ptr<i32>>, tensor<16xi32>, tensor<16xi32>) -> tensor<16xi32>
helion.kernel @swap(%x: memref<64xi32>, %i: i32, %n: i32) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<16>
  %m = helion.tile_mask %t : !helion.tile<16> -> tensor<16xi1>
  %e = helion.full %i : i32 -> tensor<16xi32>
  %v = helion.full %n : i32 -> tensor<16xi32>
  %0 = helion.atomic_cas acq_rel %e, %v, %x[%t] mask %m : tensor<16xi1> {ordinal = 0 : i64} : tensor<16xi32>, memref<64xi32>, !helion.tile<16>
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @swap_of_floats
// CHECK:         %[[P:.*]] = tt.bitcast %{{.*}} : !tt.ptr<f64> -> !tt.ptr<i64>
// CHECK:         tt.atomic_cas relaxed, gpu, %[[P]], %{{.*}}, %{{.*}} : (!tt.ptr<i64>, i64, i64) -> i64
helion.kernel @swap_of_floats(%x: memref<64xf64>, %i: i32, %e: f64, %v: f64) {
  %0 = helion.atomic_cas relaxed %e, %v, %x[%i] {ordinal = 0 : i64} : f64, memref<64xf64>, i32
  helion.return
}
