// RUN: helion-opt %s --helion-to-ttir | FileCheck %s --check-prefixes=CHECK,OLD
// RUN: helion-opt %s --helion-to-ttir='bare-tensordesc=true cache-policy-attr=true' | FileCheck %s --check-prefixes=CHECK,NEW

// Scalars move the base; sizes, strides and coordinates are those of the tiles' dimensions.
// CHECK-LABEL: tt.func public @batched
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<bf16>{{.*}}, %[[I:.*]]: i32, %[[J:.*]]: i32, %[[K:.*]]: i32)
// CHECK-DAG:     %[[PLANE:.*]] = arith.constant 8192 : i32
// CHECK-DAG:     %[[ROWS:.*]] = arith.constant 64 : i32
// CHECK-DAG:     %[[COLUMNS:.*]] = arith.constant 128 : i32
// CHECK-DAG:     %[[STRIDE:.*]] = arith.constant 128 : i64
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1 : i64
// CHECK:         %[[OFFSET:.*]] = arith.muli %[[I]], %[[PLANE]] : i32
// CHECK:         %[[P:.*]] = tt.addptr %[[X]], %[[OFFSET]] : !tt.ptr<bf16>, i32
// OLD:           %[[D:.*]] = tt.make_tensor_descriptor %[[P]], [%[[ROWS]], %[[COLUMNS]]], [%[[STRIDE]], %[[ONE]]] : <bf16>, <tensor<16x32xbf16>>
// NEW:           %[[D:.*]] = tt.make_tensor_descriptor %[[P]], [%[[ROWS]], %[[COLUMNS]]], [%[[STRIDE]], %[[ONE]]] : <bf16>, <16x32xbf16>
// OLD:           %[[V:.*]] = tt.descriptor_load %[[D]][%[[J]], %[[K]]] cacheModifier = cg evictionPolicy = evict_first : !tt.tensordesc<tensor<16x32xbf16>> -> tensor<16x32xbf16>
// NEW:           %[[V:.*]] = tt.descriptor_load %[[D]][%[[J]], %[[K]]] {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_first>} : !tt.tensordesc<16x32xbf16> -> tensor<16x32xbf16>
// OLD:           tt.descriptor_store %[[D]][%[[J]], %[[K]]], %[[V]] : !tt.tensordesc<tensor<16x32xbf16>>, tensor<16x32xbf16>
// NEW:           tt.descriptor_store %[[D]][%[[J]], %[[K]]], %[[V]] : !tt.tensordesc<16x32xbf16>, tensor<16x32xbf16>
// CHECK-NOT:     tt.trans
helion.kernel @batched(%x: memref<4x64x128xbf16>, %i: i32, %j: i32, %k: i32) {
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %t = helion.make_tile %j to %c64 {exact} : i32 -> !helion.tile<16>
  %u = helion.make_tile %k to %c128 {exact} : i32 -> !helion.tile<32>
  %v = helion.load %x[%i, %t, %u] {ordinal = 0 : i64, access = 1 : i32, eviction = 1 : i32, cache = 2 : i32} : memref<4x64x128xbf16>, i32, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xbf16>
  helion.store %v, %x[%i, %t, %u] {ordinal = 1 : i64, access = 1 : i32} : tensor<16x32xbf16>, memref<4x64x128xbf16>, i32, !helion.tile<16>, !helion.tile<32>
  helion.return
}

// The dimension of stride 1 goes last: blocks are transposed behind a load, before a store.
// CHECK-LABEL: tt.func public @transposed
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<bf16>{{.*}}, %[[J:.*]]: i32, %[[K:.*]]: i32)
// OLD:           %[[D:.*]] = tt.make_tensor_descriptor %[[X]], [%c128_i32, %c64_i32], [%c64_i64, %c1_i64] : <bf16>, <tensor<32x16xbf16>>
// NEW:           %[[D:.*]] = tt.make_tensor_descriptor %[[X]], [%c128_i32, %c64_i32], [%c64_i64, %c1_i64] : <bf16>, <32x16xbf16>
// CHECK:         %[[V:.*]] = tt.descriptor_load %[[D]][%[[K]], %[[J]]] : {{.*}} -> tensor<32x16xbf16>
// CHECK:         %[[VT:.*]] = tt.trans %[[V]] {order = array<i32: 1, 0>} : tensor<32x16xbf16> -> tensor<16x32xbf16>
// CHECK:         %[[W:.*]] = arith.addf %[[VT]], %[[VT]] : tensor<16x32xbf16>
// CHECK:         %[[WT:.*]] = tt.trans %[[W]] {order = array<i32: 1, 0>} : tensor<16x32xbf16> -> tensor<32x16xbf16>
// CHECK:         tt.descriptor_store %[[D]][%[[K]], %[[J]]], %[[WT]]
helion.kernel @transposed(%x: memref<64x128xbf16, strided<[1, 64]>>, %j: i32, %k: i32) {
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %t = helion.make_tile %j to %c64 {exact} : i32 -> !helion.tile<16>
  %u = helion.make_tile %k to %c128 {exact} : i32 -> !helion.tile<32>
  %v = helion.load %x[%t, %u] {ordinal = 0 : i64, access = 1 : i32} : memref<64x128xbf16, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xbf16>
  %w = arith.addf %v, %v : tensor<16x32xbf16>
  helion.store %w, %x[%t, %u] {ordinal = 1 : i64, access = 1 : i32} : tensor<16x32xbf16>, memref<64x128xbf16, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<32>
  helion.return
}

// A square block has the same type either way.
// CHECK-LABEL: tt.func public @transposed_square
// CHECK:         %[[V:.*]] = tt.descriptor_load %{{.*}}[%{{.*}}, %{{.*}}] : {{.*}} -> tensor<16x16xbf16>
// CHECK:         %[[VT:.*]] = tt.trans %[[V]] {order = array<i32: 1, 0>} : tensor<16x16xbf16> -> tensor<16x16xbf16>
// CHECK:         %[[W:.*]] = arith.addf %[[VT]], %[[VT]]
// CHECK:         %[[WT:.*]] = tt.trans %[[W]] {order = array<i32: 1, 0>} : tensor<16x16xbf16> -> tensor<16x16xbf16>
// CHECK:         tt.descriptor_store %{{.*}}[%{{.*}}, %{{.*}}], %[[WT]]
helion.kernel @transposed_square(%x: memref<64x128xbf16, strided<[1, 64]>>, %j: i32, %k: i32) {
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %t = helion.make_tile %j to %c64 {exact} : i32 -> !helion.tile<16>
  %u = helion.make_tile %k to %c128 {exact} : i32 -> !helion.tile<16>
  %v = helion.load %x[%t, %u] {ordinal = 0 : i64, access = 1 : i32} : memref<64x128xbf16, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  %w = arith.addf %v, %v : tensor<16x16xbf16>
  helion.store %w, %x[%t, %u] {ordinal = 1 : i64, access = 1 : i32} : tensor<16x16xbf16>, memref<64x128xbf16, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<16>
  helion.return
}

// Three dimensions, the first contiguous: the order is a rotation, its inverse another one.
// CHECK-LABEL: tt.func public @rotated
// CHECK:         tt.make_tensor_descriptor %{{.*}}, [%c4_i32, %c2_i32, %c64_i32], [%c128_i64, %c64_i64, %c1_i64]
// CHECK:         %[[V:.*]] = tt.descriptor_load {{.*}} -> tensor<4x2x16xbf16>
// CHECK:         tt.trans %[[V]] {order = array<i32: 2, 0, 1>} : tensor<4x2x16xbf16> -> tensor<16x4x2xbf16>
// CHECK:         tt.trans %{{.*}} {order = array<i32: 1, 2, 0>} : tensor<16x4x2xbf16> -> tensor<4x2x16xbf16>
// CHECK:         tt.descriptor_store
helion.kernel @rotated(%x: memref<64x4x2xbf16, strided<[1, 128, 64]>>, %j: i32) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %t = helion.make_tile %j to %c64 {exact} : i32 -> !helion.tile<16>
  %u = helion.slice %c0 : i32 -> !helion.tile<4>
  %w = helion.slice %c0 : i32 -> !helion.tile<2>
  %v = helion.load %x[%t, %u, %w] {ordinal = 0 : i64, access = 1 : i32} : memref<64x4x2xbf16, strided<[1, 128, 64]>>, !helion.tile<16>, !helion.tile<4>, !helion.tile<2> -> tensor<16x4x2xbf16>
  %a = arith.addf %v, %v : tensor<16x4x2xbf16>
  helion.store %a, %x[%t, %u, %w] {ordinal = 1 : i64, access = 1 : i32} : tensor<16x4x2xbf16>, memref<64x4x2xbf16, strided<[1, 128, 64]>>, !helion.tile<16>, !helion.tile<4>, !helion.tile<2>
  helion.return
}

// Sizes that arguments give, in the types that descriptors want.
// CHECK-LABEL: tt.func public @dynamic_sizes
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<f32>{{.*}}, %[[N:.*]]: i64, %[[J:.*]]: i64)
// CHECK-DAG:     %[[COORDINATE:.*]] = arith.trunci %[[J]] : i64 to i32
// CHECK-DAG:     %[[SIZE:.*]] = arith.trunci %[[N]] : i64 to i32
// CHECK:         %[[D:.*]] = tt.make_tensor_descriptor %[[X]], [%[[SIZE]], %c64_i32], [%c64_i64, %c1_i64]
// CHECK:         tt.descriptor_load %[[D]][%[[COORDINATE]], %c0_i32]
helion.kernel @dynamic_sizes(%x: memref<?x64xf32>, %n: i64, %j: i64) {
  %c0 = arith.constant 0 : i32
  %x0 = helion.view %x sizes(%n : i64) : memref<?x64xf32>
  %t = helion.make_tile %j to %n {exact} : i64 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x0[%t, %s] {ordinal = 0 : i64, access = 1 : i32} : memref<?x64xf32>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xf32>
  helion.store %v, %x0[%t, %s] {ordinal = 1 : i64, access = 1 : i32} : tensor<16x64xf32>, memref<?x64xf32>, !helion.tile<16>, !helion.tile<64>
  helion.return
}

// Atomic operations. Integers have a sign, those of 64 bits are added without; the value is turned
// like that of a store.
// CHECK-LABEL: tt.func public @reductions
// OLD:           %[[F:.*]] = tt.make_tensor_descriptor %{{.*}} : <f32>, <tensor<16x32xf32>>
// OLD:           tt.descriptor_reduce add, %[[F]][%{{.*}}, %{{.*}}], %{{.*}} : !tt.tensordesc<tensor<16x32xf32>>, tensor<16x32xf32>
// NEW:           tt.descriptor_reduce add, %{{.*}} : !tt.tensordesc<16x32xf32>, tensor<16x32xf32>
// OLD:           tt.descriptor_reduce max, %{{.*}} : !tt.tensordesc<tensor<16x32xsi64>>, tensor<16x32xi64>
// OLD:           tt.descriptor_reduce min, %{{.*}} : !tt.tensordesc<tensor<16x32xui64>>, tensor<16x32xi64>
// OLD:           tt.descriptor_reduce add, %{{.*}} : !tt.tensordesc<tensor<16x32xui64>>, tensor<16x32xi64>
// OLD:           tt.descriptor_reduce or, %{{.*}} : !tt.tensordesc<tensor<16x32xsi64>>, tensor<16x32xi64>
// CHECK:         %[[T:.*]] = tt.trans %{{.*}} {order = array<i32: 1, 0>} : tensor<16x32xi64> -> tensor<32x16xi64>
// OLD:           tt.descriptor_reduce xor, %{{.*}}, %[[T]] : !tt.tensordesc<tensor<32x16xsi64>>, tensor<32x16xi64>
// CHECK:         tt.atomic_rmw fadd, relaxed
helion.kernel @reductions(%x: memref<64x128xf32>, %n: memref<64x128xi64>, %nt: memref<64x128xi64, strided<[1, 64]>>, %j: i32, %f: f32, %l: i64) {
  %c64 = arith.constant 64 : i32
  %t = helion.make_tile %j to %c64 {exact} : i32 -> !helion.tile<16>
  %u = helion.make_tile %j to %c64 {exact} : i32 -> !helion.tile<32>
  %vf = helion.full %f : f32 -> tensor<16x32xf32>
  %vl = helion.full %l : i64 -> tensor<16x32xi64>
  %0 = helion.atomic_rmw add relaxed %vf, %x[%t, %u] {ordinal = 0 : i64, access = 1 : i32} : tensor<16x32xf32>, memref<64x128xf32>, !helion.tile<16>, !helion.tile<32>
  %1 = helion.atomic_rmw max relaxed %vl, %n[%t, %u] {ordinal = 1 : i64, access = 1 : i32} : tensor<16x32xi64>, memref<64x128xi64>, !helion.tile<16>, !helion.tile<32>
  %2 = helion.atomic_rmw umin relaxed %vl, %n[%t, %u] {ordinal = 2 : i64, access = 1 : i32} : tensor<16x32xi64>, memref<64x128xi64>, !helion.tile<16>, !helion.tile<32>
  %3 = helion.atomic_rmw add relaxed %vl, %n[%t, %u] {ordinal = 3 : i64, access = 1 : i32} : tensor<16x32xi64>, memref<64x128xi64>, !helion.tile<16>, !helion.tile<32>
  %4 = helion.atomic_rmw or relaxed %vl, %n[%t, %u] {ordinal = 4 : i64, access = 1 : i32} : tensor<16x32xi64>, memref<64x128xi64>, !helion.tile<16>, !helion.tile<32>
  %5 = helion.atomic_rmw xor relaxed %vl, %nt[%t, %u] {ordinal = 5 : i64, access = 1 : i32} : tensor<16x32xi64>, memref<64x128xi64, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<32>
  %6 = helion.atomic_rmw add relaxed %vf, %x[%t, %u] {ordinal = 6 : i64, access = 0 : i32} : tensor<16x32xf32>, memref<64x128xf32>, !helion.tile<16>, !helion.tile<32>
  helion.return
}
