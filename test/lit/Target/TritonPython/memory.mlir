// RUN: helion-translate --ttir-to-triton-python --origin-lines=false %s --split-input-file | FileCheck %s

// CHECK-LABEL: def hints(
// CHECK-NEXT: x = tl.load(p, cache_modifier=".cg", eviction_policy="evict_first")
// CHECK-NEXT: y = tl.load(p, eviction_policy="evict_last")
// CHECK-NEXT: z = tl.load(p, volatile=True)
// CHECK-NEXT: tl.store(p, x + y * z, cache_modifier=".wt")
tt.func public @hints(%p: !tt.ptr<f32> loc("p")) {
  %x = tt.load %p cacheModifier = cg evictionPolicy = evict_first : !tt.ptr<f32> loc("x")
  %y = tt.load %p {cachePolicy = #tt.cache_policy<cache_modifier = none, eviction_policy = evict_last>} : !tt.ptr<f32> loc("y")
  %z = tt.load %p {isVolatile = true} : !tt.ptr<f32> loc("z")
  %m = arith.mulf %y, %z : f32
  %s = arith.addf %x, %m : f32
  tt.store %p, %s cacheModifier = wt : !tt.ptr<f32>
  tt.return
}

// -----

// CHECK-LABEL: def atomics(
// CHECK-NEXT: tl.atomic_add(p, 1, sem="relaxed")
// CHECK-NEXT: old = tl.atomic_max(p.to(tl.pointer_type(tl.uint32), bitcast=True), x.to(tl.uint32, bitcast=True), mask=m).to(tl.int32, bitcast=True)
// CHECK-NEXT: seen = tl.atomic_cas(p, old, x, sem="acq_rel", scope="sys")
// CHECK-NEXT: tl.atomic_xchg(p, seen, scope="cta")
tt.func public @atomics(%p: tensor<4x!tt.ptr<i32>> loc("p"), %x: tensor<4xi32> loc("x"), %m: tensor<4xi1> loc("m")) {
  %one = arith.constant dense<1> : tensor<4xi32>
  %true = arith.constant dense<true> : tensor<4xi1>
  %0 = tt.atomic_rmw add, relaxed, gpu, %p, %one, %true : (tensor<4x!tt.ptr<i32>>, tensor<4xi32>, tensor<4xi1>) -> tensor<4xi32>
  %1 = tt.atomic_rmw umax, acq_rel, gpu, %p, %x, %m : (tensor<4x!tt.ptr<i32>>, tensor<4xi32>, tensor<4xi1>) -> tensor<4xi32> loc("old")
  %2 = tt.atomic_cas acq_rel, sys, %p, %1, %x : (tensor<4x!tt.ptr<i32>>, tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32> loc("seen")
  %3 = tt.atomic_rmw exch, acq_rel, cta, %p, %2 : (tensor<4x!tt.ptr<i32>>, tensor<4xi32>) -> tensor<4xi32>
  tt.return
}

// -----

// A host descriptor brings sizes and strides along that Python does not pass.
// CHECK-LABEL: def descriptors(host, q, n):
// CHECK-NEXT: desc = tl.make_tensor_descriptor(q, shape=[n, 64], strides=[64, 1], block_shape=[32, 64], padding_option="nan")
// CHECK-NEXT: x = host.load([n, 0])
// CHECK-NEXT: desc.store([0, n], x)
// CHECK-NEXT: host.atomic_add([0, 0], x)
tt.func public @descriptors(%host: !tt.tensordesc<tensor<32x64xf16>> loc("host"), %0: i32, %1: i32, %2: i64, %3: i64, %q: !tt.ptr<f16> loc("q"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c64l = arith.constant 64 : i64
  %c1l = arith.constant 1 : i64
  %desc = tt.make_tensor_descriptor %q, [%n, %c64], [%c64l, %c1l] {padding = 2 : i32} : <f16>, <tensor<32x64xf16>> loc("desc")
  %x = tt.descriptor_load %host[%n, %c0] : !tt.tensordesc<tensor<32x64xf16>> -> tensor<32x64xf16> loc("x")
  tt.descriptor_store %desc[%c0, %n], %x : !tt.tensordesc<tensor<32x64xf16>>, tensor<32x64xf16>
  tt.descriptor_reduce add, %host[%c0, %c0], %x : !tt.tensordesc<tensor<32x64xf16>>, tensor<32x64xf16>
  tt.return
}

// -----

// Integers of the source are signed.
// CHECK-LABEL: def unsigned_reductions(
// CHECK-NEXT: signed = tl.make_tensor_descriptor(p, shape=[n, 64], strides=[64, 1], block_shape=[16, 64])
// CHECK-NEXT: unsigned = tl.make_tensor_descriptor(tl.cast(p, tl.pointer_type(tl.uint32), bitcast=True), shape=[n, 64], strides=[64, 1], block_shape=[16, 64])
// CHECK-NEXT: signed.atomic_max([0, 0], x)
// CHECK-NEXT: unsigned.atomic_max([0, 0], x.to(tl.uint32, bitcast=True))
tt.func public @unsigned_reductions(%p: !tt.ptr<i32> loc("p"), %x: tensor<16x64xi32> loc("x"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c64l = arith.constant 64 : i64
  %c1l = arith.constant 1 : i64
  %signed = tt.make_tensor_descriptor %p, [%n, %c64], [%c64l, %c1l] : <i32>, <tensor<16x64xsi32>> loc("signed")
  %unsigned = tt.make_tensor_descriptor %p, [%n, %c64], [%c64l, %c1l] : <i32>, <tensor<16x64xui32>> loc("unsigned")
  tt.descriptor_reduce max, %signed[%c0, %c0], %x : !tt.tensordesc<tensor<16x64xsi32>>, tensor<16x64xi32>
  tt.descriptor_reduce max, %unsigned[%c0, %c0], %x : !tt.tensordesc<tensor<16x64xui32>>, tensor<16x64xi32>
  tt.return
}
