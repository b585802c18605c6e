// RUN: helion-opt %s --helion-to-ttir --verify-diagnostics | FileCheck %s --check-prefixes=CHECK,CUDA
// RUN: helion-opt %s --helion-to-ttir='cache-policy-attr=true' | FileCheck %s --check-prefix=ATTR
// RUN: helion-opt %s --helion-to-ttir='target=hip:gfx942' | FileCheck %s --check-prefixes=CHECK,HIP

// CHECK-LABEL: tt.func public @hints
// CHECK:         tt.load %{{.*}} evictionPolicy = evict_first : !tt.ptr<f32>
// CHECK:         tt.load %{{.*}} evictionPolicy = evict_last : !tt.ptr<f32>
// CHECK:         tt.load %{{.*}} cacheModifier = ca :
// CHECK:         tt.load %{{.*}} cacheModifier = cg : !tt.ptr<f32>
// CHECK:         tt.load %{{.*}} cacheModifier = cv : !tt.ptr<f32>
// CHECK:         tt.load %[[P:[0-9a-z]+]] : !tt.ptr<f32>
// CHECK:         tt.store %{{.*}} cacheModifier = wb : !tt.ptr<f32>
// CHECK:         tt.store %{{.*}} cacheModifier = cs : !tt.ptr<f32>
// CHECK:         tt.store %{{.*}} cacheModifier = wt : !tt.ptr<f32>
// CHECK:         tt.store %{{.*}} evictionPolicy = evict_first :
// CHECK:         tt.store %[[P]], %{{[0-9]+}} : !tt.ptr<f32>

// ATTR-LABEL: tt.func public @hints
// ATTR:         tt.load %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_first>} : !tt.ptr<f32>
// ATTR:         tt.load %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>} : !tt.ptr<f32>
// ATTR:         tt.load %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = ca, eviction_policy = evict_normal>} : !tt.ptr<f32>
// ATTR:         tt.load %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : !tt.ptr<f32>
// ATTR:         tt.load %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cv, eviction_policy = evict_normal>} : !tt.ptr<f32>
// ATTR:         tt.load %[[P:[0-9a-z]+]] : !tt.ptr<f32>
// ATTR:         tt.store %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = wb, eviction_policy = evict_normal>} : !tt.ptr<f32>
// ATTR:         tt.store %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = cs, eviction_policy = evict_normal>} : !tt.ptr<f32>
// ATTR:         tt.store %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = wt, eviction_policy = evict_normal>} : !tt.ptr<f32>
// ATTR:         tt.store %{{.*}} {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_first>} : !tt.ptr<f32>
// ATTR:         tt.store %[[P]], %{{[0-9]+}} : !tt.ptr<f32>
helion.kernel @hints(%x: memref<64xf32>, %i: i32) {
  %0 = helion.load %x[%i] {ordinal = 0 : i64, eviction = 1 : i32} : memref<64xf32>, i32 -> f32
  %1 = helion.load %x[%i] {ordinal = 1 : i64, eviction = 2 : i32} : memref<64xf32>, i32 -> f32
  %2 = helion.load %x[%i] {ordinal = 2 : i64, cache = 1 : i32} : memref<64xf32>, i32 -> f32
  %3 = helion.load %x[%i] {ordinal = 3 : i64, cache = 2 : i32} : memref<64xf32>, i32 -> f32
  %4 = helion.load %x[%i] {ordinal = 4 : i64, eviction = 0 : i32, cache = 6 : i32} : memref<64xf32>, i32 -> f32
  %5 = helion.load %x[%i] {ordinal = 5 : i64} : memref<64xf32>, i32 -> f32
  helion.store %0, %x[%i] {ordinal = 6 : i64, cache = 3 : i32} : f32, memref<64xf32>, i32
  helion.store %1, %x[%i] {ordinal = 7 : i64, cache = 4 : i32} : f32, memref<64xf32>, i32
  helion.store %2, %x[%i] {ordinal = 8 : i64, cache = 5 : i32} : f32, memref<64xf32>, i32
  helion.store %3, %x[%i] {ordinal = 9 : i64, eviction = 1 : i32} : f32, memref<64xf32>, i32
  %6 = arith.addf %4, %5 : f32
  helion.store %6, %x[%i] {ordinal = 10 : i64} : f32, memref<64xf32>, i32
  helion.return
}

// PTX has no instruction with both.
// CHECK-LABEL: tt.func public @both
// CUDA:          tt.load %{{.*}} cacheModifier = ca : !tt.ptr<f32>
// CUDA:          tt.store %{{.*}} cacheModifier = wt : !tt.ptr<f32>
// HIP:           tt.load %{{.*}} cacheModifier = ca evictionPolicy = evict_last : !tt.ptr<f32>
// HIP:           tt.store %{{.*}} cacheModifier = wt evictionPolicy = evict_first : !tt.ptr<f32>
helion.kernel @both(%x: memref<64xf32>, %i: i32) {
  // expected-remark @+1 {{the eviction policy is dropped: PTX has none beside a cache modifier}}
  %0 = helion.load %x[%i] {ordinal = 0 : i64, eviction = 2 : i32, cache = 1 : i32} : memref<64xf32>, i32 -> f32
  // expected-remark @+1 {{the eviction policy is dropped: PTX has none beside a cache modifier}}
  helion.store %0, %x[%i] {ordinal = 1 : i64, eviction = 1 : i32, cache = 5 : i32} : f32, memref<64xf32>, i32
  helion.return
}
