// RUN: helion-opt %s --helion-annotate-loops --split-input-file --verify-diagnostics | FileCheck %s

// Unrolled whole, without the other options of the loop; the loop over tiles has the first entries.
// CHECK-LABEL: helion.kernel @static
// CHECK:         scf.for
// CHECK-COUNT-3:   math.exp
// CHECK-NOT:       math.exp
// CHECK:         } {tt.flatten, tt.loop_unroll_factor = 2 : i32, tt.num_stages = 4 : i32}
// CHECK-NEXT:    helion.return
helion.kernel @static(%n: i32, %o: memref<8xf32>, %s: f32)
    attributes {helion.config = #helion.config<{
      range_flattens = [true, true], range_num_stages = [4, 3], range_unroll_factors = [2, 4], static_ranges = [false, true]}>} {
  %c0 = arith.constant 0 : i32
  %c2 = arith.constant 2 : i32
  %c6 = arith.constant 6 : i32
  scf.for %j = %c0 to %n step %c2 : i32 {
    %0 = scf.for %i = %c0 to %c6 step %c2 iter_args(%x = %s) -> (f32) : i32 {
      %d = math.exp %x : f32
      scf.yield %d : f32
    } {helion.loop = 0 : i64}
    helion.store %0, %o[%j] {ordinal = 0 : i64} : f32, memref<8xf32>, i32
  } {helion.loop = -1 : i64}
  helion.return
}

// -----

// Two nested loops of 2 and 3 trips.
// CHECK-LABEL: helion.kernel @nested
// CHECK-NOT:     scf.for
// CHECK-COUNT-6: math.exp
// CHECK-NOT:     math.exp
// CHECK:         helion.return
helion.kernel @nested(%o: memref<8xf32>, %s: f32)
    attributes {helion.config = #helion.config<{static_ranges = [false, true, true]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c3 = arith.constant 3 : i32
  %0 = scf.for %j = %c0 to %c2 step %c1 iter_args(%y = %s) -> (f32) : i32 {
    %1 = scf.for %i = %c0 to %c3 step %c1 iter_args(%x = %y) -> (f32) : i32 {
      %d = math.exp %x : f32
      scf.yield %d : f32
    } {helion.loop = 1 : i64}
    scf.yield %1 : f32
  } {helion.loop = 0 : i64}
  helion.store %0, %o[%c0] {ordinal = 0 : i64} : f32, memref<8xf32>, i32
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @not_static
// CHECK-COUNT-2: scf.for
helion.kernel @not_static(%n: i32) attributes {helion.config = #helion.config<{static_ranges = [false, true, true]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c65 = arith.constant 65 : i32
  // expected-remark @+1 {{not unrolled: the number of trips is not known}}
  scf.for %j = %c0 to %n step %c1 : i32 {
  } {helion.loop = 0 : i64}
  // expected-remark @+1 {{not unrolled: it has 65 trips, more than 64}}
  scf.for %j = %c0 to %c65 step %c1 : i32 {
  } {helion.loop = 1 : i64}
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @specialized
// CHECK:         } {tt.warp_specialize}
helion.kernel @specialized(%n: i32) attributes {helion.config = #helion.config<{range_unroll_factors = [0, 2]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  // expected-remark @+1 {{not unrolled: its warps are specialized}}
  scf.for %j = %c0 to %n step %c1 : i32 {
  } {helion.loop = 0 : i64, tt.warp_specialize}
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @sums
// CHECK-NOT:     tt.loop_unroll_factor
helion.kernel @sums(%n: i32)
    attributes {helion.config = #helion.config<{range_unroll_factors = [0, 2]}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %x = arith.constant dense<1.0> : tensor<16x16xf32>
  %zero = arith.constant dense<0.0> : tensor<16xf32>
  // expected-remark @+1 {{not unrolled: it sums up reductions, and Triton fails on such loops}}
  %0 = scf.for %j = %c0 to %n step %c1 iter_args(%a = %zero) -> (tensor<16xf32>) : i32 {
    %r = helion.reduce sum %x dims [1] : (tensor<16x16xf32>) -> tensor<16xf32>
    %s = arith.addf %a, %r : tensor<16xf32>
    scf.yield %s : tensor<16xf32>
  } {helion.loop = 0 : i64}
  helion.return
}
