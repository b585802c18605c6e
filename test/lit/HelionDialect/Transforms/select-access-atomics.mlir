// RUN: helion-opt %s --helion-select-access --split-input-file --verify-diagnostics | FileCheck %s

// What the tensor memory unit can do, each by its entry. The mask says where the tensor ends, as
// the unit knows itself.
// CHECK-LABEL: helion.kernel @chosen
// CHECK:         helion.atomic_rmw add relaxed %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] {access = 1 : i32, ordinal = 0 : i64}
// CHECK:         helion.atomic_rmw add {{.*}} {access = 1 : i32, ordinal = 1 : i64}
// CHECK:         helion.atomic_rmw add {{.*}} {access = 0 : i32, ordinal = 2 : i64}
// CHECK:         helion.atomic_rmw umax {{.*}} {access = 1 : i32, ordinal = 3 : i64}
// CHECK:         helion.atomic_rmw xor {{.*}} {access = 1 : i32, ordinal = 4 : i64}
helion.kernel @chosen(%x: memref<64x64xf32>, %h: memref<64x64xbf16>, %n: memref<4x64x64xi64>, %w: memref<64x64xi32>, %i: i32, %f: f32, %g: bf16, %l: i64)
    attributes {helion.config = #helion.config<{atomic_indexing = ["tensor_descriptor", "tensor_descriptor", "pointer", "tensor_descriptor", "tensor_descriptor"]}>} {
  %t = helion.make_tile %i to %i : i32 -> !helion.tile<16>
  %u = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<8>
  %m = helion.tile_mask %t : <16> -> tensor<16xi1>
  %e = helion.expand_dims %m {axis = 1 : i64} : tensor<16xi1> -> tensor<16x1xi1>
  %vf = helion.full %f : f32 -> tensor<16x8xf32>
  %vg = helion.full %g : bf16 -> tensor<16x8xbf16>
  %vl = helion.full %l : i64 -> tensor<16x8xi64>
  %vi = helion.full %i : i32 -> tensor<16x8xi32>
  %0 = helion.atomic_rmw add relaxed %vf, %x[%t, %u] mask %e : tensor<16x1xi1> {helion.tensor_bounds, ordinal = 0 : i64} : tensor<16x8xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<8>
  %1 = helion.atomic_rmw add relaxed %vg, %h[%t, %u] {ordinal = 1 : i64} : tensor<16x8xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<8>
  %2 = helion.atomic_rmw add relaxed %vg, %h[%t, %u] {ordinal = 2 : i64} : tensor<16x8xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<8>
  %3 = helion.atomic_rmw umax relaxed %vl, %n[%i, %t, %u] {ordinal = 3 : i64} : tensor<16x8xi64>, memref<4x64x64xi64>, i32, !helion.tile<16>, !helion.tile<8>
  %4 = helion.atomic_rmw xor relaxed %vi, %w[%t, %u] {ordinal = 4 : i64} : tensor<16x8xi32>, memref<64x64xi32>, !helion.tile<16>, !helion.tile<8>
  helion.return
}

// -----

// Each reason against it.
// CHECK-LABEL: helion.kernel @refused
// CHECK-NOT:     access = 1
// CHECK:         helion.return
helion.kernel @refused(%x: memref<64x64xf32>, %d: memref<64x64xf64>, %n: memref<64x64xi32>, %odd: memref<64x63xf32>, %long: memref<64x64xi64>, %i: i32, %f: f32, %g: f64, %w: i32, %l: i64)
    attributes {helion.config = #helion.config<{atomic_indexing = "tensor_descriptor"}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  %v = helion.full %f : f32 -> tensor<16x16xf32>
  %vd = helion.full %g : f64 -> tensor<16x16xf64>
  %vn = helion.full %w : i32 -> tensor<16x16xi32>
  %row = helion.full %f : f32 -> tensor<16xf32>
  %rows = arith.constant dense<3> : tensor<16x1xi32>
  %false = arith.constant dense<false> : tensor<16x16xi1>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: what stood in memory before is used}}
  %0 = helion.atomic_rmw add relaxed %v, %x[%t, %t] {ordinal = 0 : i64} : tensor<16x16xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<16>
  helion.store %0, %x[%t, %t] {ordinal = 0 : i64} : tensor<16x16xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{its semantics are acq_rel, not relaxed}}
  %1 = helion.atomic_rmw add acq_rel %v, %x[%t, %t] {ordinal = 1 : i64} : tensor<16x16xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{the tensor memory unit has no max of f32}}
  %2 = helion.atomic_rmw max relaxed %v, %x[%t, %t] {ordinal = 2 : i64} : tensor<16x16xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{the tensor memory unit has no add of f64}}
  %3 = helion.atomic_rmw add relaxed %vd, %d[%t, %t] {ordinal = 3 : i64} : tensor<16x16xf64>, memref<64x64xf64>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{the tensor memory unit has no xchg of i32}}
  %4 = helion.atomic_rmw xchg relaxed %vn, %n[%t, %t] {ordinal = 4 : i64} : tensor<16x16xi32>, memref<64x64xi32>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{a tensor is among the indices}}
  %5 = helion.atomic_rmw add relaxed %v, %x[%rows, %t] {ordinal = 5 : i64, index_dims = array<i64: -1, 1>} : tensor<16x16xf32>, memref<64x64xf32>, tensor<16x1xi32>, !helion.tile<16>
  // expected-remark @+1 {{the operation is masked}}
  %6 = helion.atomic_rmw add relaxed %v, %x[%t, %t] mask %false : tensor<16x16xi1> {ordinal = 6 : i64} : tensor<16x16xf32>, memref<64x64xf32>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{a stride is not known to be a multiple of 16 bytes}}
  %7 = helion.atomic_rmw add relaxed %v, %odd[%t, %t] {ordinal = 7 : i64} : tensor<16x16xf32>, memref<64x63xf32>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{tiles index 1 dimensions, not 2 to 5}}
  %8 = helion.atomic_rmw add relaxed %row, %x[%i, %t] {ordinal = 8 : i64} : tensor<16xf32>, memref<64x64xf32>, i32, !helion.tile<16>
  %vl = helion.full %l : i64 -> tensor<16x16xi64>
  // expected-remark @+1 {{the tensor memory unit has no bitwise operations of 64 bits}}
  %10 = helion.atomic_rmw or relaxed %vl, %long[%t, %t] {ordinal = 10 : i64} : tensor<16x16xi64>, memref<64x64xi64>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{the tensor memory unit compares nothing}}
  %9 = helion.atomic_cas relaxed %vn, %vn, %n[%t, %t] {ordinal = 9 : i64} : tensor<16x16xi32>, memref<64x64xi32>, !helion.tile<16>, !helion.tile<16>
  helion.return
}
