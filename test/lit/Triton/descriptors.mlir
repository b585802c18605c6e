// The spelling of descriptors and cache hints, before Triton 3.8, in 3.8, from 3.9 on.
// RUN: helion-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: tt.func public @wrapped
// CHECK-SAME: !tt.tensordesc<tensor<64x64xf16>>
tt.func public @wrapped(%x: !tt.ptr<f16>, %host: !tt.tensordesc<tensor<64x64xf16>>, %m: i32, %ld: i64) {
  %c1 = arith.constant 1 : i64
  // CHECK: tt.make_tensor_descriptor %{{.*}}, [%{{.*}}, %{{.*}}], [%{{.*}}, %{{.*}}] {padding = 2 : i32} : <f16>, <tensor<64x64xf16>>
  %0 = tt.make_tensor_descriptor %x, [%m, %m], [%ld, %c1] {padding = 2 : i32} : <f16>, <tensor<64x64xf16>>
  // CHECK: tt.descriptor_load %{{.*}}[%{{.*}}, %{{.*}}] evictionPolicy = evict_first : !tt.tensordesc<tensor<64x64xf16>> -> tensor<64x64xf16>
  %1 = tt.descriptor_load %0[%m, %m] evictionPolicy = evict_first : !tt.tensordesc<tensor<64x64xf16>> -> tensor<64x64xf16>
  // CHECK: tt.descriptor_store %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : !tt.tensordesc<tensor<64x64xf16>>, tensor<64x64xf16>
  tt.descriptor_store %host[%m, %m], %1 : !tt.tensordesc<tensor<64x64xf16>>, tensor<64x64xf16>
  // CHECK: tt.descriptor_reduce add, %{{.*}}[%{{.*}}, %{{.*}}], %{{.*}} : !tt.tensordesc<tensor<64x64xf16>>, tensor<64x64xf16>
  tt.descriptor_reduce add, %host[%m, %m], %1 : !tt.tensordesc<tensor<64x64xf16>>, tensor<64x64xf16>
  tt.return
}

// CHECK-LABEL: tt.func public @bare
// CHECK-SAME: !tt.tensordesc<32x64xsi32>
tt.func public @bare(%x: !tt.ptr<f16>, %host: !tt.tensordesc<32x64xsi32>, %m: i32, %ld: i64) {
  %c1 = arith.constant 1 : i64
  // CHECK: tt.make_tensor_descriptor %{{.*}}, [%{{.*}}, %{{.*}}], [%{{.*}}, %{{.*}}] : <f16>, <64x64xf16>
  %0 = tt.make_tensor_descriptor %x, [%m, %m], [%ld, %c1] : <f16>, <64x64xf16>
  // CHECK: tt.descriptor_load %{{.*}}[%{{.*}}, %{{.*}}] {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_first>} : !tt.tensordesc<64x64xf16> -> tensor<64x64xf16>
  %1 = tt.descriptor_load %0[%m, %m] {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_first>} : !tt.tensordesc<64x64xf16> -> tensor<64x64xf16>
  // CHECK: tt.descriptor_load %{{.*}} : !tt.tensordesc<32x64xsi32> -> tensor<32x64xi32>
  %2 = tt.descriptor_load %host[%m, %m] : !tt.tensordesc<32x64xsi32> -> tensor<32x64xi32>
  // CHECK: tt.load %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : !tt.ptr<f16>
  %3 = tt.load %x {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : !tt.ptr<f16>
  // CHECK: tt.store %{{.*}}, %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = wb, eviction_policy = evict_last>} : !tt.ptr<f16>
  tt.store %x, %3 {cachePolicy = #tt.cache_policy<cache_modifier = wb, eviction_policy = evict_last>} : !tt.ptr<f16>
  tt.return
}
