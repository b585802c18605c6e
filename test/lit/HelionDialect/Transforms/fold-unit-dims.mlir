// RUN: helion-opt %s --helion-fold-unit-dims --split-input-file | FileCheck %s

// Flash attention with one head per program: a tile of extent 1 becomes a scalar index, the
// batched dots become plain ones, carried values lose the batch.
// CHECK-LABEL: helion.kernel @attention
// CHECK-NOT:     tensor<1x
// CHECK:         %[[Q:.*]] = helion.load %{{.*}}[%[[PID:.*]], %{{.*}}, %{{.*}}] {ordinal = 0 : i64} : memref<64x1024x64xbf16>, i32, !helion.tile<128>, !helion.tile<64> -> tensor<128x64xbf16>
// CHECK:         scf.for {{.*}} iter_args(%{{.*}}, %[[ACC:.*]] = %{{.*}}) -> (tensor<128xf32>, tensor<128x64xf32>)
// CHECK:           %[[K:.*]] = helion.load %{{.*}}[%[[PID]],
// CHECK-SAME:        -> tensor<32x64xbf16>
// CHECK:           %[[KT:.*]] = helion.permute %[[K]] {order = array<i64: 1, 0>} : tensor<32x64xbf16> -> tensor<64x32xbf16>
// CHECK:           %[[QK:.*]] = helion.dot %[[Q]], %[[KT]] : tensor<128x64xbf16>, tensor<64x32xbf16> -> tensor<128x32xf32>
// CHECK:           %[[MAX:.*]] = helion.reduce max %[[QK]] dims [1] : (tensor<128x32xf32>) -> tensor<128xf32>
// CHECK:           %[[E:.*]] = helion.expand_dims %[[MAX]] {axis = 1 : i64} : tensor<128xf32> -> tensor<128x1xf32>
// CHECK:           %[[B:.*]] = helion.broadcast %[[E]] : tensor<128x1xf32> -> tensor<128x32xf32>
// CHECK:           arith.subf %[[QK]], %[[B]] : tensor<128x32xf32>
// CHECK:           helion.dot %{{.*}}, %{{.*}}, %[[ACC]] : tensor<128x64xf32>
// CHECK-SAME:        tensor<128x32xbf16>, tensor<32x64xbf16> -> tensor<128x64xf32>
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         helion.store %{{.*}}, %{{.*}}[%[[PID]], %{{.*}}, %{{.*}}] {ordinal = 3 : i64} : tensor<128x64xbf16>
helion.kernel @attention(%q: memref<64x1024x64xbf16>, %k: memref<64x1024x64xbf16>,
                         %v: memref<64x1024x64xbf16>, %o: memref<64x1024x64xbf16>) {
  %pid = helion.program_id 0 : i32
  %row = helion.program_id 1 : i32
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %c1024 = arith.constant 1024 : i32
  %tb = helion.make_tile %pid to %c64 {exact} : i32 -> !helion.tile<1>
  %tm = helion.make_tile %row to %c1024 {exact} : i32 -> !helion.tile<128>
  %all = helion.slice %c0 : i32 -> !helion.tile<64>
  %qv = helion.load %q[%tb, %tm, %all] {ordinal = 0 : i64}
      : memref<64x1024x64xbf16>, !helion.tile<1>, !helion.tile<128>, !helion.tile<64> -> tensor<1x128x64xbf16>
  %m0 = arith.constant dense<0xFF800000> : tensor<1x128xf32>
  %zero = arith.constant 0.0 : f32
  %a0 = helion.full %zero : f32 -> tensor<1x128x64xf32>
  %r:2 = scf.for %i = %c0 to %c1024 step %c32 iter_args(%m = %m0, %acc = %a0)
      -> (tensor<1x128xf32>, tensor<1x128x64xf32>) : i32 {
    %tn = helion.make_tile %i to %c1024 {exact} : i32 -> !helion.tile<32>
    %kv = helion.load %k[%tb, %tn, %all] {ordinal = 1 : i64}
        : memref<64x1024x64xbf16>, !helion.tile<1>, !helion.tile<32>, !helion.tile<64> -> tensor<1x32x64xbf16>
    %kt = helion.permute %kv {order = array<i64: 0, 2, 1>} : tensor<1x32x64xbf16> -> tensor<1x64x32xbf16>
    %qk = helion.dot %qv, %kt : tensor<1x128x64xbf16>, tensor<1x64x32xbf16> -> tensor<1x128x32xf32>
    %mx = helion.reduce max %qk dims [2] : (tensor<1x128x32xf32>) -> tensor<1x128xf32>
    %me = helion.expand_dims %mx {axis = 2 : i64} : tensor<1x128xf32> -> tensor<1x128x1xf32>
    %mb = helion.broadcast %me : tensor<1x128x1xf32> -> tensor<1x128x32xf32>
    %d = arith.subf %qk, %mb : tensor<1x128x32xf32>
    %p = math.exp2 %d : tensor<1x128x32xf32>
    %ph = helion.convert %p : tensor<1x128x32xf32> -> tensor<1x128x32xbf16>
    %vv = helion.load %v[%tb, %tn, %all] {ordinal = 2 : i64}
        : memref<64x1024x64xbf16>, !helion.tile<1>, !helion.tile<32>, !helion.tile<64> -> tensor<1x32x64xbf16>
    %next = helion.dot %ph, %vv, %acc : tensor<1x128x64xf32> : tensor<1x128x32xbf16>, tensor<1x32x64xbf16> -> tensor<1x128x64xf32>
    scf.yield %mx, %next : tensor<1x128xf32>, tensor<1x128x64xf32>
  } {helion.loop = 0 : i64}
  %out = helion.convert %r#1 : tensor<1x128x64xf32> -> tensor<1x128x64xbf16>
  helion.store %out, %o[%tb, %tm, %all] {ordinal = 3 : i64}
      : tensor<1x128x64xbf16>, memref<64x1024x64xbf16>, !helion.tile<1>, !helion.tile<128>, !helion.tile<64>
  helion.return
}

// -----

// The matrices of a dot keep their extents of 1, a batch above 1 stays; values around it are squeezed.
// CHECK-LABEL: helion.kernel @thin_dots
// CHECK:         %[[A:.*]] = helion.load %{{.*}} -> tensor<64xf16>
// CHECK:         %[[A2:.*]] = helion.expand_dims %[[A]] {axis = 0 : i64} : tensor<64xf16> -> tensor<1x64xf16>
// CHECK:         %[[D:.*]] = helion.dot %[[A2]], %{{.*}} : tensor<1x64xf16>, tensor<64x32xf16> -> tensor<1x32xf32>
// CHECK:         %[[R:.*]] = helion.reshape %[[D]] : tensor<1x32xf32> -> tensor<32xf32>
// CHECK:         arith.negf %[[R]] : tensor<32xf32>
// CHECK:         helion.dot %{{.*}}, %{{.*}} : tensor<4x16x32xf16>, tensor<4x32x16xf16> -> tensor<4x16x16xf32>
helion.kernel @thin_dots(%x: memref<64x64xf16>, %y: memref<64x32xf16>, %z: memref<64x32xf32>,
                         %u: memref<4x16x32xf16>, %w: memref<4x16x16xf32>) {
  %c0 = arith.constant 0 : i32
  %one = helion.slice %c0 : i32 -> !helion.tile<1>
  %k = helion.slice %c0 : i32 -> !helion.tile<64>
  %n = helion.slice %c0 : i32 -> !helion.tile<32>
  %b = helion.slice %c0 : i32 -> !helion.tile<4>
  %m = helion.slice %c0 : i32 -> !helion.tile<16>
  %a = helion.load %x[%one, %k] {ordinal = 0 : i64} : memref<64x64xf16>, !helion.tile<1>, !helion.tile<64> -> tensor<1x64xf16>
  %c = helion.load %y[%k, %n] {ordinal = 1 : i64} : memref<64x32xf16>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xf16>
  %d = helion.dot %a, %c : tensor<1x64xf16>, tensor<64x32xf16> -> tensor<1x32xf32>
  %e = arith.negf %d : tensor<1x32xf32>
  helion.store %e, %z[%one, %n] {ordinal = 2 : i64} : tensor<1x32xf32>, memref<64x32xf32>, !helion.tile<1>, !helion.tile<32>
  %f = helion.load %u[%b, %m, %n] {ordinal = 3 : i64} : memref<4x16x32xf16>, !helion.tile<4>, !helion.tile<16>, !helion.tile<32> -> tensor<4x16x32xf16>
  %g = helion.permute %f {order = array<i64: 0, 2, 1>} : tensor<4x16x32xf16> -> tensor<4x32x16xf16>
  %h = helion.dot %f, %g : tensor<4x16x32xf16>, tensor<4x32x16xf16> -> tensor<4x16x16xf32>
  helion.store %h, %w[%b, %m, %m] {ordinal = 4 : i64} : tensor<4x16x16xf32>, memref<4x16x16xf32>, !helion.tile<4>, !helion.tile<16>, !helion.tile<16>
  helion.return
}

// -----

// Index tensors and masks keep the extents of 1 that broadcast, and lose those that all share.
// A shifted tile of extent 1 adds its offset; `index_dims` is renumbered.
// CHECK-LABEL: helion.kernel @indices
// CHECK-SAME:    %[[X:[a-z0-9]+]]: memref<8x64x64xf32>, %[[I:[a-z0-9]+]]: memref<64xi32>, %[[OFF:[a-z0-9]+]]: i64
// CHECK:         %[[BEGIN:.*]] = helion.program_id 0
// CHECK:         %[[G:.*]] = helion.load %[[I]]{{.*}} -> tensor<32xi32>
// CHECK:         %[[G2:.*]] = helion.expand_dims %[[G]] {axis = 1 : i64} : tensor<32xi32> -> tensor<32x1xi32>
// CHECK:         %[[WIDE:.*]] = arith.extsi %[[BEGIN]] : i32 to i64
// CHECK:         %[[AT:.*]] = arith.addi %[[WIDE]], %[[OFF]] : i64
// CHECK:         helion.load %[[X]][%[[AT]], %[[G2]], %{{.*}}] mask %{{.*}} : tensor<1x64xi1> {index_dims = array<i64: -1, -1, 1>, ordinal = 1 : i64} : memref<8x64x64xf32>, i64, tensor<32x1xi32>, !helion.tile<64> -> tensor<32x64xf32>
helion.kernel @indices(%x: memref<8x64x64xf32>, %i: memref<64xi32>, %off: i64) {
  %b = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  %t = helion.make_tile %b to %c8 {exact} : i32 -> !helion.tile<1>
  %s = helion.shift_tile %t, %off : !helion.tile<1>, i64
  %r = helion.slice %c0 : i32 -> !helion.tile<32>
  %all = helion.slice %c0 : i32 -> !helion.tile<64>
  %g = helion.load %i[%r] {ordinal = 0 : i64} : memref<64xi32>, !helion.tile<32> -> tensor<32xi32>
  %g1 = helion.expand_dims %g {axis = 0 : i64} : tensor<32xi32> -> tensor<1x32xi32>
  %g2 = helion.expand_dims %g1 {axis = 2 : i64} : tensor<1x32xi32> -> tensor<1x32x1xi32>
  %n = helion.tile_index %all : !helion.tile<64> -> tensor<64xi32>
  %n1 = helion.expand_dims %n {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
  %n2 = helion.expand_dims %n1 {axis = 0 : i64} : tensor<1x64xi32> -> tensor<1x1x64xi32>
  %k = arith.constant dense<5> : tensor<1x1x64xi32>
  %m = arith.cmpi slt, %n2, %k : tensor<1x1x64xi32>
  %v = helion.load %x[%s, %g2, %all] mask %m : tensor<1x1x64xi1> {ordinal = 1 : i64, index_dims = array<i64: 0, -1, 2>}
      : memref<8x64x64xf32>, !helion.tile<1>, tensor<1x32x1xi32>, !helion.tile<64> -> tensor<1x32x64xf32>
  %w = helion.convert %v : tensor<1x32x64xf32> -> tensor<1x32x64xf32>
  helion.store %w, %x[%s, %g2, %all] {ordinal = 2 : i64, index_dims = array<i64: 0, -1, 2>}
      : tensor<1x32x64xf32>, memref<8x64x64xf32>, !helion.tile<1>, tensor<1x32x1xi32>, !helion.tile<64>
  helion.return
}

// -----

// A tensor of one element is a scalar: loads, indices, masks, arithmetic, branches, atomics.
// CHECK-LABEL: helion.kernel @scalars
// CHECK:         %[[B:.*]] = helion.program_id 0
// CHECK:         %[[V:.*]] = helion.load %{{.*}}[%[[B]]] mask %{{.*}} : i1 {ordinal = 0 : i64} : memref<64xf32>, i32 -> f32
// CHECK:         %[[F:.*]] = arith.sitofp %[[B]] : i32 to f32
// CHECK:         %[[S:.*]] = arith.select %{{.*}}, %[[V]], %[[F]] : f32
// CHECK:         %[[IF:.*]] = scf.if %{{.*}} -> (f32)
// CHECK:           helion.extern "tanh"(%[[S]]) : (f32) -> f32
// CHECK:           helion.inline_asm "a" "=r,=r,r" %[[S]] {pure} : (f32) -> (f32, f32)
// CHECK:         scf.while (%{{.*}} = %[[IF]]) : (f32) -> f32
// CHECK:         helion.atomic_rmw add relaxed %{{.*}}, %{{.*}}[%[[B]]] {ordinal = 1 : i64} : f32, memref<64xf32>, i32
// CHECK:         %[[OLD:.*]] = helion.full %{{.*}} : f32 -> tensor<8xf32>
// CHECK-NOT:     helion.broadcast
// CHECK:         helion.store %[[OLD]]
helion.kernel @scalars(%x: memref<64xf32>, %p: i1) {
  %b = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %t = helion.make_tile %b to %c64 {exact} : i32 -> !helion.tile<1>
  %m = helion.full %p : i1 -> tensor<1xi1>
  %v = helion.load %x[%t] mask %m : tensor<1xi1> {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<1> -> tensor<1xf32>
  %i = helion.tile_index %t : !helion.tile<1> -> tensor<1xi32>
  %f = arith.sitofp %i : tensor<1xi32> to tensor<1xf32>
  %s = arith.select %m, %v, %f : tensor<1xi1>, tensor<1xf32>
  %r = scf.if %p -> (tensor<1xf32>) {
    %h = helion.extern "tanh" (%s) : (tensor<1xf32>) -> tensor<1xf32>
    scf.yield %h : tensor<1xf32>
  } else {
    %a:2 = helion.inline_asm "a" "=r,=r,r" %s {pure} : (tensor<1xf32>) -> (tensor<1xf32>, tensor<1xf32>)
    scf.yield %a#1 : tensor<1xf32>
  }
  %w = scf.while (%c = %r) : (tensor<1xf32>) -> tensor<1xf32> {
    scf.condition(%p) %c : tensor<1xf32>
  } do {
  ^bb0(%c: tensor<1xf32>):
    %n = arith.negf %c : tensor<1xf32>
    scf.yield %n : tensor<1xf32>
  }
  %old = helion.atomic_rmw add relaxed %w, %x[%t] {ordinal = 1 : i64} : tensor<1xf32>, memref<64xf32>, !helion.tile<1>
  %wide = helion.broadcast %old : tensor<1xf32> -> tensor<8xf32>
  %u = helion.slice %c0 : i32 -> !helion.tile<8>
  helion.store %wide, %x[%u] {ordinal = 2 : i64} : tensor<8xf32>, memref<64xf32>, !helion.tile<8>
  helion.return
}

// -----

// Reductions over nothing vanish, an arg reduction gives 0; others are renumbered, region and all.
// CHECK-LABEL: helion.kernel @reductions
// CHECK:         %[[V:.*]] = helion.load {{.*}} -> tensor<32x64xf32>
// CHECK:         helion.reduce %[[V]] dims [1] : (tensor<32x64xf32>) -> tensor<32xf32> {
// CHECK:         helion.store %[[V]], %{{.*}} {ordinal = 2
// CHECK:         %[[Z:.*]] = helion.full %c0_i32 : i32 -> tensor<32x64xi32>
// CHECK:         helion.store %[[Z]], %{{.*}} {ordinal = 3
// CHECK:         helion.store %{{.*}}, %{{.*}} {ordinal = 4 : i64} : f32
helion.kernel @reductions(%x: memref<1x32x64xf32>, %y: memref<32x64xf32>, %i: memref<32x64xi32>, %s: memref<f32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<1>
  %b = helion.slice %c0 : i32 -> !helion.tile<32>
  %c = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%a, %b, %c] {ordinal = 0 : i64}
      : memref<1x32x64xf32>, !helion.tile<1>, !helion.tile<32>, !helion.tile<64> -> tensor<1x32x64xf32>
  %p = helion.reduce %v dims [0, 2] : (tensor<1x32x64xf32>) -> tensor<32xf32> {
  ^bb0(%l: f32, %r: f32):
    %q = arith.addf %l, %r : f32
    helion.yield %q : f32
  }
  %pe = helion.expand_dims %p {axis = 1 : i64} : tensor<32xf32> -> tensor<32x1xf32>
  %pb = helion.broadcast %pe : tensor<32x1xf32> -> tensor<32x64xf32>
  helion.store %pb, %y[%b, %c] {ordinal = 1 : i64} : tensor<32x64xf32>, memref<32x64xf32>, !helion.tile<32>, !helion.tile<64>
  %m = helion.reduce max %v dims [0] : (tensor<1x32x64xf32>) -> tensor<32x64xf32>
  helion.store %m, %y[%b, %c] {ordinal = 2 : i64} : tensor<32x64xf32>, memref<32x64xf32>, !helion.tile<32>, !helion.tile<64>
  %am = helion.reduce argmax %v dims [0] : (tensor<1x32x64xf32>) -> tensor<32x64xi32>
  helion.store %am, %i[%b, %c] {ordinal = 3 : i64} : tensor<32x64xi32>, memref<32x64xi32>, !helion.tile<32>, !helion.tile<64>
  %all = helion.reduce sum %v dims [0, 1, 2] : (tensor<1x32x64xf32>) -> f32
  helion.store %all, %s[] {ordinal = 4 : i64} : f32, memref<f32>
  helion.return
}

// -----

// Reshape, permute, join and split.
// CHECK-LABEL: helion.kernel @shapes
// CHECK:         %[[V:.*]] = helion.load {{.*}} -> tensor<64xf32>
// CHECK:         %[[J:.*]] = helion.join %[[V]], %[[V]] : tensor<64xf32> -> tensor<64x2xf32>
// CHECK:         %[[L:.*]], %{{.*}} = helion.split %[[J]] : tensor<64x2xf32> -> tensor<64xf32>
// CHECK:         %[[R:.*]] = helion.reshape %[[L]] : tensor<64xf32> -> tensor<8x8xf32>
// CHECK:         %[[P:.*]] = helion.permute %[[R]] {order = array<i64: 1, 0>} : tensor<8x8xf32> -> tensor<8x8xf32>
// CHECK:         helion.store %[[P]]
helion.kernel @shapes(%x: memref<1x64xf32>, %y: memref<8x8xf32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<1>
  %b = helion.slice %c0 : i32 -> !helion.tile<64>
  %c = helion.slice %c0 : i32 -> !helion.tile<8>
  %v = helion.load %x[%a, %b] {ordinal = 0 : i64} : memref<1x64xf32>, !helion.tile<1>, !helion.tile<64> -> tensor<1x64xf32>
  %t = helion.permute %v {order = array<i64: 1, 0>} : tensor<1x64xf32> -> tensor<64x1xf32>
  %j = helion.join %t, %t : tensor<64x1xf32> -> tensor<64x1x2xf32>
  %l, %r = helion.split %j : tensor<64x1x2xf32> -> tensor<64x1xf32>
  %s = helion.reshape %l : tensor<64x1xf32> -> tensor<8x1x8xf32>
  %p = helion.permute %s {order = array<i64: 2, 1, 0>} : tensor<8x1x8xf32> -> tensor<8x1x8xf32>
  %q = helion.reshape %p : tensor<8x1x8xf32> -> tensor<8x8xf32>
  helion.store %q, %y[%c, %c] {ordinal = 1 : i64} : tensor<8x8xf32>, memref<8x8xf32>, !helion.tile<8>, !helion.tile<8>
  helion.return
}

// -----

// Nothing to do.
// CHECK-LABEL: helion.kernel @untouched
// CHECK:         helion.load %{{.*}} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
// CHECK-NEXT:    helion.store
helion.kernel @untouched(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @swap
// CHECK:         %[[B:.*]] = helion.program_id 0
// CHECK:         helion.atomic_cas relaxed %{{.*}}, %{{.*}}, %{{.*}}[%[[B]], %{{.*}}] {ordinal = 0 : i64} : tensor<16xi32>, memref<64x64xi32>, i32, !helion.tile<16>
helion.kernel @swap(%x: memref<64x64xi32>, %e: i32) {
  %i = helion.program_id 0 : i32
  %c64 = arith.constant 64 : i32
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<1>
  %u = helion.make_tile %c0 to %c64 {exact} : i32 -> !helion.tile<16>
  %v = helion.full %e : i32 -> tensor<1x16xi32>
  %0 = helion.atomic_cas relaxed %v, %v, %x[%t, %u] {ordinal = 0 : i64} : tensor<1x16xi32>, memref<64x64xi32>, !helion.tile<1>, !helion.tile<16>
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @addresses
// CHECK:         %[[A:.*]] = helion.load
// CHECK-SAME:      -> i64
// CHECK:         helion.load %{{.*}}[%{{.*}}] at %{{.*}} : {{.*}} -> tensor<16xf32>
helion.kernel @addresses(%like: memref<16xf32>, %p: memref<1xi64>, %o: memref<1x16xf32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %t = helion.make_tile %c0 to %c1 {exact} : i32 -> !helion.tile<1>
  %a = helion.load %p[%t] {ordinal = 0 : i64} : memref<1xi64>, !helion.tile<1> -> tensor<1xi64>
  %ae = helion.expand_dims %a {axis = 1 : i64} : tensor<1xi64> -> tensor<1x1xi64>
  %all = helion.slice %c0 : i32 -> !helion.tile<16>
  %v = helion.load %like[%all] at %ae : tensor<1x1xi64> {ordinal = 1 : i64, index_dims = array<i64: 1>} : memref<16xf32>, !helion.tile<16> -> tensor<1x16xf32>
  helion.store %v, %o[%t, %all] {ordinal = 2 : i64} : tensor<1x16xf32>, memref<1x16xf32>, !helion.tile<1>, !helion.tile<16>
  helion.return
}

// -----

// Called functions, scaled dots and prints see the shapes that the author wrote.
// CHECK-LABEL: helion.kernel @full_shapes
// CHECK:         helion.call "f"(%{{.*}}) : (tensor<1x64xf32>) -> tensor<64x1xf32>
// CHECK:         helion.print "x" %{{.*}} : tensor<1x64xf32>
// CHECK:         helion.dot_scaled %{{.*}} scale %{{.*}} : tensor<1x1xi8>, %{{.*}} lhs = e4m3 rhs = e4m3 : tensor<1x32xf8E4M3FN>, tensor<32x64xf8E4M3FN> -> tensor<1x64xf32>
// CHECK:         helion.store %{{.*}} : tensor<64xf32>
helion.kernel @full_shapes(%x: memref<1x64xf32>, %w: memref<1x32xf8E4M3FN>, %s: memref<1x1xi8>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<1>
  %b = helion.slice %c0 : i32 -> !helion.tile<64>
  %k = helion.slice %c0 : i32 -> !helion.tile<32>
  %v = helion.load %x[%a, %b] {ordinal = 0 : i64} : memref<1x64xf32>, !helion.tile<1>, !helion.tile<64> -> tensor<1x64xf32>
  %u = helion.call "f"(%v) : (tensor<1x64xf32>) -> tensor<64x1xf32>
  helion.print "x" %v : tensor<1x64xf32>
  %l = helion.load %w[%a, %k] {ordinal = 1 : i64} : memref<1x32xf8E4M3FN>, !helion.tile<1>, !helion.tile<32> -> tensor<1x32xf8E4M3FN>
  %sl = helion.load %s[%a, %a] {ordinal = 2 : i64} : memref<1x1xi8>, !helion.tile<1>, !helion.tile<1> -> tensor<1x1xi8>
  %r = arith.constant dense<1.0> : tensor<32x64xf8E4M3FN>
  %d = helion.dot_scaled %l scale %sl : tensor<1x1xi8>, %r lhs = e4m3 rhs = e4m3 : tensor<1x32xf8E4M3FN>, tensor<32x64xf8E4M3FN> -> tensor<1x64xf32>
  %t = helion.permute %u {order = array<i64: 1, 0>} : tensor<64x1xf32> -> tensor<1x64xf32>
  %y = arith.addf %t, %d : tensor<1x64xf32>
  helion.store %y, %x[%a, %b] {ordinal = 3 : i64} : tensor<1x64xf32>, memref<1x64xf32>, !helion.tile<1>, !helion.tile<64>
  helion.return
}

// -----

// A scan along one element changes nothing, others are renumbered. So are sorts and gathers, whose results may keep
// an extent of 1.
// CHECK-LABEL: helion.kernel @order
// CHECK:         %[[V:.*]] = helion.load {{.*}} -> tensor<32x64xi32>
// CHECK:         %[[S:.*]] = helion.scan sum %[[V]] axis 1 : (tensor<32x64xi32>) -> tensor<32x64xi32>
// CHECK:         helion.store %[[S]]
// CHECK:         helion.store %[[V]]
// CHECK:         %[[K:.*]], %[[P:.*]] = helion.sort %[[V]] : tensor<32x64xi32> -> tensor<32x1xi32>, tensor<32x1xi32>
// CHECK:         %[[FLAT:.*]] = helion.reshape %[[K]] : tensor<32x1xi32> -> tensor<32xi32>
// CHECK:         helion.store %[[FLAT]]
// CHECK:         %[[G:.*]] = helion.gather %[[V]][%{{.*}}] axis 1 : (tensor<32x64xi32>, tensor<32x1xi32>) -> tensor<32x1xi32>
// CHECK:         helion.reshape %[[G]] : tensor<32x1xi32> -> tensor<32xi32>
// CHECK:         %[[B:.*]] = helion.broadcast %{{.*}} : tensor<32x1xi32> -> tensor<32x8xi32>
// CHECK:         helion.store %[[B]]
helion.kernel @order(%x: memref<1x32x64xi32>, %y: memref<32x64xi32>, %w: memref<32xi32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<1>
  %b = helion.slice %c0 : i32 -> !helion.tile<32>
  %c = helion.slice %c0 : i32 -> !helion.tile<64>
  %d = helion.slice %c0 : i32 -> !helion.tile<8>
  %v = helion.load %x[%a, %b, %c] {ordinal = 0 : i64}
      : memref<1x32x64xi32>, !helion.tile<1>, !helion.tile<32>, !helion.tile<64> -> tensor<1x32x64xi32>
  %0 = helion.scan sum %v axis 2 : (tensor<1x32x64xi32>) -> tensor<1x32x64xi32>
  %1 = helion.reshape %0 : tensor<1x32x64xi32> -> tensor<32x64xi32>
  helion.store %1, %y[%b, %c] {ordinal = 1 : i64} : tensor<32x64xi32>, memref<32x64xi32>, !helion.tile<32>, !helion.tile<64>
  %2 = helion.scan sum %v axis 0 reverse : (tensor<1x32x64xi32>) -> tensor<1x32x64xi32>
  %3 = helion.reshape %2 : tensor<1x32x64xi32> -> tensor<32x64xi32>
  helion.store %3, %y[%b, %c] {ordinal = 2 : i64} : tensor<32x64xi32>, memref<32x64xi32>, !helion.tile<32>, !helion.tile<64>
  %s, %p = helion.sort %v : tensor<1x32x64xi32> -> tensor<1x32x1xi32>, tensor<1x32x1xi32>
  %4 = helion.reshape %s : tensor<1x32x1xi32> -> tensor<32xi32>
  helion.store %4, %w[%b] {ordinal = 3 : i64} : tensor<32xi32>, memref<32xi32>, !helion.tile<32>
  %5 = helion.gather %v[%p] axis 2 : (tensor<1x32x64xi32>, tensor<1x32x1xi32>) -> tensor<1x32x1xi32>
  %6 = helion.reshape %5 : tensor<1x32x1xi32> -> tensor<32xi32>
  helion.store %6, %w[%b] {ordinal = 4 : i64} : tensor<32xi32>, memref<32xi32>, !helion.tile<32>
  %n = arith.constant dense<0> : tensor<1x32x8xi32>
  %7 = helion.gather %5[%n] axis 2 : (tensor<1x32x1xi32>, tensor<1x32x8xi32>) -> tensor<1x32x8xi32>
  %8 = helion.reshape %7 : tensor<1x32x8xi32> -> tensor<32x8xi32>
  helion.store %8, %y[%b, %d] {ordinal = 5 : i64} : tensor<32x8xi32>, memref<32x64xi32>, !helion.tile<32>, !helion.tile<8>
  helion.return
}

// -----

// One value with extents of 1 for two readers: one keeps them, the other has none left.
// CHECK-LABEL: helion.kernel @two_readers
// CHECK:         %[[I:.*]] = helion.load {{.*}} -> tensor<5xi32>
// CHECK-DAG:     helion.broadcast %{{.*}} : tensor<1x5xi32> -> tensor<2x5xi32>
// CHECK-DAG:     helion.broadcast %{{.*}} : tensor<1x5x1xi32> -> tensor<2x5x4xi32>
helion.kernel @two_readers(%n: memref<5xi32>, %o: memref<2x5xi32>, %p: memref<2x5x4xi32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<2>
  %b = helion.slice %c0 : i32 -> !helion.tile<5>
  %c = helion.slice %c0 : i32 -> !helion.tile<4>
  %i = helion.load %n[%b] {ordinal = 0 : i64} : memref<5xi32>, !helion.tile<5> -> tensor<5xi32>
  %i1 = helion.expand_dims %i {axis = 0 : i64} : tensor<5xi32> -> tensor<1x5xi32>
  %i2 = helion.expand_dims %i1 {axis = 2 : i64} : tensor<1x5xi32> -> tensor<1x5x1xi32>
  %wide = helion.broadcast %i2 : tensor<1x5x1xi32> -> tensor<2x5x1xi32>
  %flat = helion.reshape %wide : tensor<2x5x1xi32> -> tensor<2x5xi32>
  helion.store %flat, %o[%a, %b] {ordinal = 1 : i64} : tensor<2x5xi32>, memref<2x5xi32>, !helion.tile<2>, !helion.tile<5>
  %all = helion.broadcast %i2 : tensor<1x5x1xi32> -> tensor<2x5x4xi32>
  helion.store %all, %p[%a, %b, %c] {ordinal = 2 : i64} : tensor<2x5x4xi32>, memref<2x5x4xi32>, !helion.tile<2>, !helion.tile<5>, !helion.tile<4>
  helion.return
}

// -----

// A value and its transposition, which differ in where their extent of 1 is.
// CHECK-LABEL: helion.kernel @outer_product
// CHECK:         %[[X:[0-9]+]] = helion.load {{.*}} -> tensor<4x8xf32>
// CHECK-DAG:     %[[ROW:.*]] = helion.expand_dims %[[X]] {axis = 1 : i64} : tensor<4x8xf32> -> tensor<4x1x8xf32>
// CHECK-DAG:     %[[COLUMN:.*]] = helion.expand_dims %{{.*}} {axis = 2 : i64} : tensor<4x8xf32> -> tensor<4x8x1xf32>
// CHECK-DAG:     %[[A:.*]] = helion.broadcast %[[COLUMN]]
// CHECK-DAG:     %[[B:.*]] = helion.broadcast %[[ROW]]
// CHECK:         arith.mulf %[[A]], %[[B]] : tensor<4x8x8xf32>
helion.kernel @outer_product(%x: memref<4x8xf32>, %o: memref<4x8x8xf32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> <4>
  %b = helion.slice %c0 : i32 -> <8>
  %3 = helion.load %x[%a, %b] {ordinal = 0 : i64} : memref<4x8xf32>, !helion.tile<4>, !helion.tile<8> -> tensor<4x8xf32>
  %4 = helion.expand_dims %3 {axis = 1 : i64} : tensor<4x8xf32> -> tensor<4x1x8xf32>
  %5 = helion.permute %4 {order = array<i64: 0, 2, 1>} : tensor<4x1x8xf32> -> tensor<4x8x1xf32>
  %8 = helion.broadcast %5 : tensor<4x8x1xf32> -> tensor<4x8x8xf32>
  %9 = helion.broadcast %4 : tensor<4x1x8xf32> -> tensor<4x8x8xf32>
  %10 = arith.mulf %8, %9 : tensor<4x8x8xf32>
  helion.store %10, %o[%a, %b, %b] {ordinal = 1 : i64} : tensor<4x8x8xf32>, memref<4x8x8xf32>, !helion.tile<4>, !helion.tile<8>, !helion.tile<8>
  helion.return
}
