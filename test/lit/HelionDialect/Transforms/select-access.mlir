// RUN: helion-opt %s --helion-select-access --split-input-file --verify-diagnostics | FileCheck %s

// Two and more tiles with strides that are multiples of 16 bytes; the dimension of stride 1 may
// stand anywhere; scalars move the base.
// CHECK-LABEL: helion.kernel @chosen
// CHECK:         helion.load {{.*}} {access = 1 : i32, ordinal = 0 : i64}
// CHECK:         helion.load {{.*}} {access = 1 : i32, ordinal = 1 : i64}
// CHECK:         helion.load {{.*}} {access = 1 : i32, ordinal = 2 : i64}
// CHECK:         helion.store {{.*}} {access = 1 : i32, ordinal = 3 : i64}
// CHECK:         helion.store {{.*}} {access = 1 : i32, ordinal = 4 : i64}
helion.kernel @chosen(%x: memref<64x64xbf16>, %xt: memref<64x64xbf16, strided<[1, 64]>>, %b: memref<4x?x64xbf16, strided<[4096, 64, 1]>>, %i: i32)
    attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  %s = helion.slice %i : i32 -> !helion.tile<8>
  %0 = helion.load %x[%t, %s] {ordinal = 0 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<8> -> tensor<16x8xbf16>
  %1 = helion.load %xt[%t, %s] {ordinal = 1 : i64} : memref<64x64xbf16, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<8> -> tensor<16x8xbf16>
  %2 = helion.load %b[%i, %t, %s] {ordinal = 2 : i64} : memref<4x?x64xbf16, strided<[4096, 64, 1]>>, i32, !helion.tile<16>, !helion.tile<8> -> tensor<16x8xbf16>
  helion.store %0, %x[%t, %s] {ordinal = 3 : i64} : tensor<16x8xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<8>
  %u = helion.shift_tile %t, %i : !helion.tile<16>, i32
  helion.store %1, %x[%u, %s] {ordinal = 4 : i64} : tensor<16x8xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<8>
  helion.return
}

// -----

// Each operation has its own entry, by its ordinal; without one it is addressed by pointers, which
// needs no remark.
// CHECK-LABEL: helion.kernel @per_operation
// CHECK:         helion.load {{.*}} {access = 0 : i32, ordinal = 0 : i64}
// CHECK:         helion.store {{.*}} {access = 1 : i32, ordinal = 1 : i64}
// CHECK:         helion.store {{.*}} {access = 0 : i32, ordinal = 2 : i64}
// CHECK-LABEL: helion.kernel @no_configuration
// CHECK:         helion.load {{.*}} {ordinal = 0 : i64}
helion.kernel @per_operation(%x: memref<64x64xbf16>, %i: i32)
    attributes {helion.config = #helion.config<{indexing = ["pointer", "tensor_descriptor"]}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  %0 = helion.load %x[%t, %t] {ordinal = 0 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  helion.store %0, %x[%t, %t] {ordinal = 1 : i64} : tensor<16x16xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16>
  helion.store %0, %x[%t, %t] {ordinal = 2 : i64} : tensor<16x16xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16>
  helion.return
}
helion.kernel @no_configuration(%x: memref<64xbf16>, %i: i32) {
  %0 = helion.load %x[%i] {ordinal = 0 : i64} : memref<64xbf16>, i32 -> bf16
  helion.return
}

// -----

// Block pointers do not outlive Triton 3.7.
// CHECK-LABEL: helion.kernel @block_pointer
// CHECK:         helion.load {{.*}} {access = 0 : i32, ordinal = 0 : i64}
helion.kernel @block_pointer(%x: memref<64x64xbf16>, %i: i32)
    attributes {helion.config = #helion.config<{indexing = "block_ptr"}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  // expected-remark @+1 {{addressed by plain pointers of block structure: Triton 3.8 and later have no block pointers}}
  %0 = helion.load %x[%t, %t] {ordinal = 0 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  helion.return
}

// -----

// Each reason against a descriptor.
// CHECK-LABEL: helion.kernel @refused
// CHECK-NOT:     access = 1
// CHECK:         helion.return
helion.kernel @refused(%x: memref<64x64xbf16>, %odd: memref<64x63xbf16>, %dynamic: memref<64x64xbf16, strided<[?, 1]>>,
                       %affine: memref<64x64xbf16, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>,
                       %bools: memref<64x64xi1>, %column: memref<64x1xf32>, %wide: memref<64x64xf32, strided<[64, 4]>>,
                       %deep: memref<2x2x2x2x2x64xf32>, %i: i32)
    attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  %small = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<4>
  %one = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<1>
  %two = helion.slice %i : i32 -> !helion.tile<2>
  %stepped = helion.slice %i {step = 2 : i64} : i32 -> !helion.tile<16>
  %rows = arith.constant dense<3> : tensor<16x1xi32>
  %false = arith.constant dense<false> : tensor<16x16xi1>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: the tensor has no strided layout}}
  %0 = helion.load %affine[%t, %t] {ordinal = 0 : i64} : memref<64x64xbf16, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: the operation is masked}}
  %1 = helion.load %x[%t, %t] mask %false : tensor<16x16xi1> {ordinal = 1 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: the operation is masked}}
  helion.store %1, %x[%t, %t] mask %false : tensor<16x16xi1> {ordinal = 2 : i64} : tensor<16x16xbf16>, memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: it moves a single element}}
  %2 = helion.load %x[%i, %i] {ordinal = 3 : i64} : memref<64x64xbf16>, i32, i32 -> bf16
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: elements are smaller than a byte}}
  %3 = helion.load %bools[%t, %t] {ordinal = 4 : i64} : memref<64x64xi1>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xi1>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: a tensor is among the indices}}
  %4 = helion.load %x[%rows, %t] {ordinal = 5 : i64, index_dims = array<i64: -1, 1>} : memref<64x64xbf16>, tensor<16x1xi32>, !helion.tile<16> -> tensor<16x16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: a slice has a step}}
  %5 = helion.load %x[%t, %stepped] {ordinal = 6 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: two dimensions have stride 1}}
  %6 = helion.load %column[%t, %one] {ordinal = 7 : i64} : memref<64x1xf32>, !helion.tile<16>, !helion.tile<1> -> tensor<16x1xf32>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: a stride is not known to be a multiple of 16 bytes}}
  %7 = helion.load %odd[%t, %t] {ordinal = 8 : i64} : memref<64x63xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: a stride is not known to be a multiple of 16 bytes}}
  %8 = helion.load %dynamic[%t, %t] {ordinal = 9 : i64} : memref<64x64xbf16, strided<[?, 1]>>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: a stride is not known to be a multiple of 16 bytes}}
  %9 = helion.load %x[%t, %i] {ordinal = 10 : i64} : memref<64x64xbf16>, !helion.tile<16>, i32 -> tensor<16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: tiles index 1 dimensions, not 2 to 5}}
  %10 = helion.load %x[%i, %t] {ordinal = 11 : i64} : memref<64x64xbf16>, i32, !helion.tile<16> -> tensor<16xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: tiles index 6 dimensions, not 2 to 5}}
  %11 = helion.load %deep[%two, %two, %two, %two, %two, %t] {ordinal = 12 : i64} : memref<2x2x2x2x2x64xf32>, !helion.tile<2>, !helion.tile<2>, !helion.tile<2>, !helion.tile<2>, !helion.tile<2>, !helion.tile<16> -> tensor<2x2x2x2x2x16xf32>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: no tile of at least 16 bytes indexes a dimension of stride 1}}
  %12 = helion.load %x[%t, %small] {ordinal = 13 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<4> -> tensor<16x4xbf16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: no tile of at least 16 bytes indexes a dimension of stride 1}}
  %13 = helion.load %wide[%t, %t] {ordinal = 14 : i64} : memref<64x64xf32, strided<[64, 4]>>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: the dimensions are reordered}}
  %14 = helion.load %x[%t, %t] {ordinal = 15 : i64, index_dims = array<i64: 1, 0>} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  helion.return
}

// -----

// Hints: loads count among loads, stores among stores; the author's own win.
// CHECK-LABEL: helion.kernel @hints
// CHECK:         helion.load {{.*}} {access = 0 : i32, cache = 2 : i32, eviction = 1 : i32, load_ordinal = 0 : i64, ordinal = 0 : i64}
// CHECK:         helion.store {{.*}} {access = 0 : i32, cache = 4 : i32, ordinal = 1 : i64}
// CHECK:         helion.load {{.*}} {access = 0 : i32, eviction = 2 : i32, load_ordinal = 1 : i64, ordinal = 2 : i64}
// CHECK:         helion.load {{.*}} {access = 0 : i32, cache = 1 : i32, load_ordinal = 2 : i64, ordinal = 3 : i64}
// CHECK:         helion.store {{.*}} {access = 0 : i32, ordinal = 4 : i64}
// CHECK:         helion.load {{.*}} {access = 0 : i32, cache = 6 : i32, eviction = 0 : i32, load_ordinal = 3 : i64, ordinal = 5 : i64}
// CHECK:         helion.load {{.*}} {access = 0 : i32, load_ordinal = 4 : i64, ordinal = 6 : i64}
// CHECK:         helion.store {{.*}} {access = 0 : i32, cache = 5 : i32, ordinal = 7 : i64}
// CHECK:         helion.store {{.*}} {access = 0 : i32, cache = 2 : i32, ordinal = 8 : i64}
// CHECK-LABEL: helion.kernel @one_for_all
// CHECK:         helion.load {{.*}} {access = 0 : i32, cache = 1 : i32, eviction = 2 : i32, load_ordinal = 0 : i64, ordinal = 0 : i64}
// CHECK:         helion.store {{.*}} {access = 0 : i32, cache = 3 : i32, ordinal = 1 : i64}
helion.kernel @hints(%x: memref<64xf32>, %i: i32)
    attributes {helion.config = #helion.config<{
      load_eviction_policies = ["first", "last", "", "first"], load_cache_modifiers = [".cg", "", ".ca", ".cg"],
      store_cache_modifiers = [".cs", "", ".wt", ".wt"]}>} {
  %0 = helion.load %x[%i] {ordinal = 0 : i64, load_ordinal = 0 : i64} : memref<64xf32>, i32 -> f32
  helion.store %0, %x[%i] {ordinal = 1 : i64} : f32, memref<64xf32>, i32
  %1 = helion.load %x[%i] {ordinal = 2 : i64, load_ordinal = 1 : i64} : memref<64xf32>, i32 -> f32
  %2 = helion.load %x[%i] {ordinal = 3 : i64, load_ordinal = 2 : i64} : memref<64xf32>, i32 -> f32
  helion.store %0, %x[%i] {ordinal = 4 : i64} : f32, memref<64xf32>, i32
  %3 = helion.load %x[%i] {ordinal = 5 : i64, load_ordinal = 3 : i64, eviction = 0 : i32, cache = 6 : i32} : memref<64xf32>, i32 -> f32
  %4 = helion.load %x[%i] {ordinal = 6 : i64, load_ordinal = 4 : i64} : memref<64xf32>, i32 -> f32
  helion.store %0, %x[%i] {ordinal = 7 : i64} : f32, memref<64xf32>, i32
  helion.store %0, %x[%i] {ordinal = 8 : i64, cache = 2 : i32} : f32, memref<64xf32>, i32
  helion.return
}
helion.kernel @one_for_all(%x: memref<64xf32>, %i: i32)
    attributes {helion.config = #helion.config<{
      load_eviction_policies = "last", load_cache_modifiers = ".ca", store_cache_modifiers = ".wb"}>} {
  %0 = helion.load %x[%i] {ordinal = 0 : i64, load_ordinal = 0 : i64} : memref<64xf32>, i32 -> f32
  helion.store %0, %x[%i] {ordinal = 1 : i64} : f32, memref<64xf32>, i32
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @addresses
// CHECK:         helion.load {{.*}} {access = 0 : i32, index_dims = array<i64: 1>, ordinal = 0 : i64}
helion.kernel @addresses(%x: memref<64xf32>, %i: i32, %p: i64)
    attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  %a = helion.full %p : i64 -> tensor<4x1xi64>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: each of a stack of tensors lies where its address says}}
  %0 = helion.load %x[%t] at %a : tensor<4x1xi64> {ordinal = 0 : i64, index_dims = array<i64: 1>} : memref<64xf32>, !helion.tile<16> -> tensor<4x16xf32>
  helion.return
}

// -----

// A descriptor is made in front of the loop: of the plane that a division by 4 gives, not of one that
// depends on the iteration, or on a division that might have no result.
// CHECK-LABEL: helion.kernel @planes
// CHECK:         helion.load {{.*}} {access = 1 : i32, ordinal = 0 : i64}
// CHECK:         helion.load {{.*}} {access = 0 : i32, ordinal = 1 : i64}
// CHECK:         helion.load {{.*}} {access = 0 : i32, ordinal = 2 : i64}
helion.kernel @planes(%x: memref<8x64x64xf32>, %h: i32, %group: i32)
    attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c4 = arith.constant 4 : i32
  %c8 = arith.constant 8 : i32
  %t = helion.make_tile %h to %h {exact} : i32 -> !helion.tile<16>
  scf.for %i = %c0 to %c8 step %c1 : i32 {
    %p = arith.floordivsi %h, %c4 : i32
    %a = helion.load %x[%p, %t, %t] {ordinal = 0 : i64} : memref<8x64x64xf32>, i32, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    // expected-remark @+1 {{it would have to be made anew in each iteration of the loop}}
    %b = helion.load %x[%i, %t, %t] {ordinal = 1 : i64} : memref<8x64x64xf32>, i32, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
    %q = arith.floordivsi %h, %group : i32
    // expected-remark @+1 {{it would have to be made anew in each iteration of the loop}}
    %c = helion.load %x[%q, %t, %t] {ordinal = 2 : i64} : memref<8x64x64xf32>, i32, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf32>
  } {helion.loop = 0 : i64}
  helion.return
}
