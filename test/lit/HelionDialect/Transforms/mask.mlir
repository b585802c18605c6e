// RUN: helion-opt %s --helion-mask --split-input-file | FileCheck %s

// A ragged matmul: loads and the store are masked by their tiles, each mask made once behind its
// tile; the zeros of masked lanes serve the dot.
// CHECK-LABEL: helion.kernel @matmul
// CHECK:         %[[TM:.*]] = helion.make_tile %{{.*}} to %c100_i32
// CHECK-NEXT:    %[[LM:.*]] = helion.tile_mask %[[TM]] : <64> -> tensor<64xi1>
// CHECK:         %[[TN:.*]] = helion.make_tile %{{.*}} to %c90_i32
// CHECK-NEXT:    %[[LN:.*]] = helion.tile_mask %[[TN]]
// CHECK:         %[[MN:.*]] = arith.andi %{{.*}}, %{{.*}} : tensor<64x32xi1>
// CHECK:         scf.for
// CHECK:           %[[TK:.*]] = helion.make_tile
// CHECK-NEXT:      helion.tile_mask %[[TK]]
// CHECK-NOT:       helion.tile_mask
// CHECK:           %[[KN:.*]] = arith.andi %{{.*}}, %{{.*}} : tensor<32x32xi1>
// CHECK:           %[[MK:.*]] = arith.andi %{{.*}}, %{{.*}} : tensor<64x32xi1>
// CHECK-NEXT:      %[[A:.*]] = helion.load %{{.*}}[%[[TM]], %[[TK]]] mask %[[MK]] : tensor<64x32xi1>
// CHECK-NEXT:      %[[B:.*]] = helion.load %{{.*}}[%[[TK]], %[[TN]]] mask %[[KN]] : tensor<32x32xi1>
// CHECK-NEXT:      helion.dot %[[A]], %[[B]]
// CHECK:         helion.store %{{.*}}, %{{.*}}[%[[TM]], %[[TN]]] mask %[[MN]]
helion.kernel @matmul(%x: memref<100x70xf16>, %y: memref<70x90xf16>, %o: memref<100x90xf32>) {
  %i = helion.program_id 0 : i32
  %j = helion.program_id 1 : i32
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c70 = arith.constant 70 : i32
  %c90 = arith.constant 90 : i32
  %c100 = arith.constant 100 : i32
  %tm = helion.make_tile %i to %c100 : i32 -> !helion.tile<64>
  %tn = helion.make_tile %j to %c90 : i32 -> !helion.tile<32>
  %z = arith.constant dense<0.0> : tensor<64x32xf32>
  %r = scf.for %k = %c0 to %c70 step %c32 iter_args(%acc = %z) -> (tensor<64x32xf32>) : i32 {
    %tk = helion.make_tile %k to %c70 : i32 -> !helion.tile<32>
    %a = helion.load %x[%tm, %tk] {ordinal = 0 : i64} : memref<100x70xf16>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xf16>
    %b = helion.load %y[%tk, %tn] {ordinal = 1 : i64} : memref<70x90xf16>, !helion.tile<32>, !helion.tile<32> -> tensor<32x32xf16>
    %d = helion.dot %a, %b, %acc : tensor<64x32xf32> : tensor<64x32xf16>, tensor<32x32xf16> -> tensor<64x32xf32>
    scf.yield %d : tensor<64x32xf32>
  }
  helion.store %r, %o[%tm, %tn] {ordinal = 2 : i64} : tensor<64x32xf32>, memref<100x90xf32>, !helion.tile<64>, !helion.tile<32>
  helion.return
}

// -----

// A row of 100 becomes one of 128. The neutral element goes in front of the reductions, a mask of
// extent 1 along the rows that divide suffices for memory.
// CHECK-LABEL: helion.kernel @softmax
// CHECK:         %[[END:.*]] = arith.constant dense<100> : tensor<128xi32>
// CHECK:         %[[LANE:.*]] = helion.arange : tensor<128xi32>
// CHECK:         %[[LIVE:.*]] = arith.cmpi slt, %[[LANE]], %[[END]] : tensor<128xi32>
// CHECK:         %[[ROW:.*]] = helion.expand_dims %[[LIVE]] {axis = 0 : i64} : tensor<128xi1> -> tensor<1x128xi1>
// CHECK:         %[[ALL:.*]] = helion.broadcast %[[ROW]] : tensor<1x128xi1> -> tensor<4x128xi1>
// CHECK:         %[[S:.*]] = helion.slice %{{.*}} -> <128>
// CHECK:         %[[V:.*]] = helion.load %{{.*}}[%{{.*}}, %[[S]]] mask %[[ROW]] : tensor<1x128xi1>
// CHECK-SAME:      -> tensor<4x128xf32>
// CHECK:         %[[INF:.*]] = arith.constant dense<0xFF800000> : tensor<4x128xf32>
// CHECK:         %[[VM:.*]] = arith.select %[[ALL]], %[[V]], %[[INF]]
// CHECK:         helion.reduce max %[[VM]]
// CHECK:         %[[E:.*]] = math.exp
// CHECK:         %[[EM:.*]] = arith.select %[[ALL]], %[[E]], %{{.*}} : tensor<4x128xi1>
// CHECK:         helion.reduce sum %[[EM]]
// CHECK:         helion.store %{{.*}} mask %[[ROW]] : tensor<1x128xi1>
helion.kernel @softmax(%x: memref<64x100xf32>, %o: memref<64x100xf32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %tm = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %all = helion.slice %c0 : i32 -> !helion.tile<100>
  %v = helion.load %x[%tm, %all] {ordinal = 0 : i64} : memref<64x100xf32>, !helion.tile<4>, !helion.tile<100> -> tensor<4x100xf32>
  %m = helion.reduce max %v dims [1] : (tensor<4x100xf32>) -> tensor<4xf32>
  %me = helion.expand_dims %m {axis = 1 : i64} : tensor<4xf32> -> tensor<4x1xf32>
  %mb = helion.broadcast %me : tensor<4x1xf32> -> tensor<4x100xf32>
  %d = arith.subf %v, %mb : tensor<4x100xf32>
  %e = math.exp %d : tensor<4x100xf32>
  %s = helion.reduce sum %e dims [1] : (tensor<4x100xf32>) -> tensor<4xf32>
  %se = helion.expand_dims %s {axis = 1 : i64} : tensor<4xf32> -> tensor<4x1xf32>
  %sb = helion.broadcast %se : tensor<4x1xf32> -> tensor<4x100xf32>
  %r = arith.divf %e, %sb : tensor<4x100xf32>
  helion.store %r, %o[%tm, %all] {ordinal = 1 : i64} : tensor<4x100xf32>, memref<64x100xf32>, !helion.tile<4>, !helion.tile<100>
  helion.return
}

// -----

// Masked lanes hold 0, twice that is 0: the sum needs no select.
// CHECK-LABEL: helion.kernel @sum
// CHECK:         helion.load %{{.*}} mask
// CHECK-NOT:     arith.select
// CHECK:         helion.reduce sum %{{.*}} dims [1] : (tensor<4x128xf32>) -> tensor<4xf32>
// CHECK:         helion.store %{{.*}}, %{{.*}}[%{{.*}}] {ordinal = 1 : i64}
helion.kernel @sum(%x: memref<64x100xf32>, %o: memref<64xf32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %tm = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %all = helion.slice %c0 : i32 -> !helion.tile<100>
  %v = helion.load %x[%tm, %all] {ordinal = 0 : i64} : memref<64x100xf32>, !helion.tile<4>, !helion.tile<100> -> tensor<4x100xf32>
  %two = arith.constant dense<2.0> : tensor<4x100xf32>
  %q = arith.mulf %v, %two : tensor<4x100xf32>
  %s = helion.reduce sum %q dims [1] : (tensor<4x100xf32>) -> tensor<4xf32>
  helion.store %s, %o[%tm] {ordinal = 1 : i64} : tensor<4xf32>, memref<64xf32>, !helion.tile<4>
  helion.return
}

// -----

// What dead lanes hold is followed through loops: still 0 after it, where the tile is out of scope.
// CHECK-LABEL: helion.kernel @carried
// CHECK:         scf.for
// CHECK:           helion.load %{{.*}} mask
// CHECK-NOT:     arith.select
// CHECK:         helion.reduce sum
helion.kernel @carried(%x: memref<64x100xf32>, %o: memref<64xf32>, %n: i32) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %tm = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %z = arith.constant dense<0.0> : tensor<4x32xf32>
  %r = scf.for %k = %c0 to %n step %c32 iter_args(%acc = %z) -> (tensor<4x32xf32>) : i32 {
    %tk = helion.make_tile %k to %n : i32 -> !helion.tile<32>
    %v = helion.load %x[%tm, %tk] {ordinal = 0 : i64} : memref<64x100xf32>, !helion.tile<4>, !helion.tile<32> -> tensor<4x32xf32>
    %a = arith.addf %acc, %v : tensor<4x32xf32>
    scf.yield %a : tensor<4x32xf32>
  }
  %s = helion.reduce sum %r dims [1] : (tensor<4x32xf32>) -> tensor<4xf32>
  helion.store %s, %o[%tm] {ordinal = 1 : i64} : tensor<4xf32>, memref<64xf32>, !helion.tile<4>
  helion.return
}

// -----

// What a loop carries over the lanes of its own tile is read after it: lanes behind the end keep
// their value, and the maximum sees no zero of a masked load.
// CHECK-LABEL: helion.kernel @running_maximum
// CHECK:         scf.for {{.*}} iter_args(%[[OLD:.*]] = %{{.*}})
// CHECK:           %[[M:.*]] = helion.broadcast %{{.*}} : tensor<1x32xi1> -> tensor<4x32xi1>
// CHECK:           %[[NEXT:.*]] = arith.maximumf %[[OLD]], %{{.*}} : tensor<4x32xf32>
// CHECK:           %[[KEPT:.*]] = arith.select %[[M]], %[[NEXT]], %[[OLD]] : tensor<4x32xi1>
// CHECK-NEXT:      scf.yield %[[KEPT]]
// CHECK-NOT:     arith.select
// CHECK:         helion.reduce max
helion.kernel @running_maximum(%x: memref<64x100xf32>, %o: memref<64xf32>, %n: i32) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %tm = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %z = arith.constant dense<0.0> : tensor<4x32xf32>
  %r = scf.for %k = %c0 to %n step %c32 iter_args(%acc = %z) -> (tensor<4x32xf32>) : i32 {
    %tk = helion.make_tile %k to %n : i32 -> !helion.tile<32>
    %v = helion.load %x[%tm, %tk] {ordinal = 0 : i64} : memref<64x100xf32>, !helion.tile<4>, !helion.tile<32> -> tensor<4x32xf32>
    %a = arith.maximumf %acc, %v : tensor<4x32xf32>
    scf.yield %a : tensor<4x32xf32>
  }
  %s = helion.reduce max %r dims [1] : (tensor<4x32xf32>) -> tensor<4xf32>
  helion.store %s, %o[%tm] {ordinal = 1 : i64} : tensor<4xf32>, memref<64xf32>, !helion.tile<4>
  helion.return
}

// -----

// A ragged key loop: -inf for the maximum, 0 for the product along K; the other side of the
// product is 0 already.
// CHECK-LABEL: helion.kernel @attn
// CHECK:           %[[K:.*]] = helion.load %{{.*}} mask
// CHECK:           %[[S:.*]] = helion.dot
// CHECK-NOT:       arith.select
// CHECK:           %[[INF:.*]] = arith.constant dense<0xFF800000> : tensor<64x32xf32>
// CHECK:           %[[SM:.*]] = arith.select %[[MASK:.*]], %[[S]], %[[INF]]
// CHECK:           helion.reduce max %[[SM]]
// CHECK:           %[[P:.*]] = helion.convert %{{.*}} : tensor<64x32xf32> -> tensor<64x32xf16>
// CHECK:           %[[Z:.*]] = arith.constant dense<0.000000e+00> : tensor<64x32xf16>
// CHECK:           %[[PM:.*]] = arith.select %[[MASK]], %[[P]], %[[Z]]
// CHECK:           helion.dot %[[PM]], %[[K]], %{{.*}}
// CHECK:         helion.store %{{.*}}#1, %{{.*}} {ordinal = 2 : i64}
helion.kernel @attn(%q: memref<64x16xf16>, %k: memref<100x16xf16>, %o: memref<64x16xf32>) {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c100 = arith.constant 100 : i32
  %m = helion.slice %c0 : i32 -> !helion.tile<64>
  %d = helion.slice %c0 : i32 -> !helion.tile<16>
  %qv = helion.load %q[%m, %d] {ordinal = 0 : i64} : memref<64x16xf16>, !helion.tile<64>, !helion.tile<16> -> tensor<64x16xf16>
  %m0 = arith.constant dense<0xFF800000> : tensor<64xf32>
  %a0 = arith.constant dense<0.0> : tensor<64x16xf32>
  %r:2 = scf.for %i = %c0 to %c100 step %c32 iter_args(%mi = %m0, %acc = %a0) -> (tensor<64xf32>, tensor<64x16xf32>) : i32 {
    %t = helion.make_tile %i to %c100 : i32 -> !helion.tile<32>
    %kv = helion.load %k[%t, %d] {ordinal = 1 : i64} : memref<100x16xf16>, !helion.tile<32>, !helion.tile<16> -> tensor<32x16xf16>
    %kt = helion.permute %kv {order = array<i64: 1, 0>} : tensor<32x16xf16> -> tensor<16x32xf16>
    %s = helion.dot %qv, %kt : tensor<64x16xf16>, tensor<16x32xf16> -> tensor<64x32xf32>
    %mx = helion.reduce max %s dims [1] : (tensor<64x32xf32>) -> tensor<64xf32>
    %mn = arith.maximumf %mi, %mx : tensor<64xf32>
    %me = helion.expand_dims %mn {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>
    %mb = helion.broadcast %me : tensor<64x1xf32> -> tensor<64x32xf32>
    %df = arith.subf %s, %mb : tensor<64x32xf32>
    %p = math.exp2 %df : tensor<64x32xf32>
    %ph = helion.convert %p : tensor<64x32xf32> -> tensor<64x32xf16>
    %nx = helion.dot %ph, %kv, %acc : tensor<64x16xf32> : tensor<64x32xf16>, tensor<32x16xf16> -> tensor<64x16xf32>
    scf.yield %mn, %nx : tensor<64xf32>, tensor<64x16xf32>
  }
  helion.store %r#1, %o[%m, %d] {ordinal = 2 : i64} : tensor<64x16xf32>, memref<64x16xf32>, !helion.tile<64>, !helion.tile<16>
  helion.return
}

// -----

// Tiles of 100 and 48 become tiles of 128 and 64 that end where they did; their number counts
// by the old extent. A combine region is given its neutral element.
// CHECK-LABEL: helion.kernel @odd
// CHECK-SAME:    %{{.*}}: memref<300xf32>, %[[N:.*]]: i32, %{{.*}}: memref<300xi32>
// CHECK:         %[[LIVE:.*]] = arith.cmpi slt
// CHECK:         %[[END:.*]] = arith.addi %[[BEGIN:.*]], %c100_i32 : i32
// CHECK-NEXT:    %[[T:.*]] = helion.make_tile %[[BEGIN]] to %[[END]] : i32 -> <128>
// CHECK:         %[[NEXT:.*]] = arith.addi %[[BEGIN]], %c48_i32 : i32
// CHECK-NEXT:    %[[LIMIT:.*]] = arith.minsi %[[NEXT]], %[[N]] : i32
// CHECK-NEXT:    %[[U:.*]] = helion.make_tile %[[BEGIN]] to %[[LIMIT]] : i32 -> <64>
// CHECK-NEXT:    %[[UM:.*]] = helion.tile_mask %[[U]] : <64> -> tensor<64xi1>
// CHECK:         %[[TB:.*]] = helion.tile_begin %[[T]]
// CHECK:         %[[ID:.*]] = arith.divsi %[[TB]], %{{.*}} : i32
// CHECK:         helion.tile_end %[[T]]
// CHECK:         helion.load %{{.*}}[%[[T]]] mask %[[LIVE]] : tensor<128xi1>
// CHECK:         helion.load %{{.*}}[%[[U]]] mask %[[UM]] : tensor<64xi1>
// CHECK:         arith.constant dense<0xFF800000> : tensor<128xf32>
// CHECK:         helion.reduce argmax
// CHECK:         %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<64xf32>
// CHECK-NEXT:    %[[W:.*]] = arith.select %[[UM]], %{{.*}}, %[[ONE]]
// CHECK-NEXT:    helion.reduce %[[W]]
// CHECK:         helion.store %{{.*}}, %{{.*}}[%[[ID]]]
helion.kernel @odd(%x: memref<300xf32>, %n: i32, %o: memref<300xi32>) {
  %i = helion.program_id 0 : i32
  %c300 = arith.constant 300 : i32
  %t = helion.make_tile %i to %c300 {exact} : i32 -> !helion.tile<100>
  %u = helion.make_tile %i to %n : i32 -> !helion.tile<48>
  %id = helion.tile_id %t : !helion.tile<100> -> i32
  %e = helion.tile_end %t : !helion.tile<100> -> i32
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<300xf32>, !helion.tile<100> -> tensor<100xf32>
  %w = helion.load %x[%u] {ordinal = 1 : i64} : memref<300xf32>, !helion.tile<48> -> tensor<48xf32>
  %a = helion.reduce argmax %v dims [0] : (tensor<100xf32>) -> i32
  %b = helion.reduce %w dims [0] {neutral = [1.0 : f32]} : (tensor<48xf32>) -> f32 {
  ^bb0(%l: f32, %r: f32):
    %q = arith.mulf %l, %r : f32
    helion.yield %q : f32
  }
  helion.store %b, %x[%id] {ordinal = 2 : i64} : f32, memref<300xf32>, i32
  helion.store %a, %o[%e] {ordinal = 3 : i64} : i32, memref<300xi32>, i32
  helion.return
}

// -----

// Dead lanes of an index tensor are no addresses; the author's mask is kept. An atomic is masked
// like a store.
// CHECK-LABEL: helion.kernel @gather
// CHECK:         %[[T:.*]] = helion.make_tile
// CHECK-NEXT:    %[[M:.*]] = helion.tile_mask %[[T]]
// CHECK-NEXT:    %[[ME:.*]] = helion.expand_dims %[[M]] {axis = 1 : i64} : tensor<32xi1> -> tensor<32x1xi1>
// CHECK:         helion.load %{{.*}}[%[[T]]] mask %[[M]]
// CHECK:         %[[USER:.*]] = helion.expand_dims %{{.*}} : tensor<64xi1> -> tensor<1x64xi1>
// CHECK-DAG:     %[[UB:.*]] = helion.broadcast %[[USER]] : tensor<1x64xi1> -> tensor<32x64xi1>
// CHECK-DAG:     %[[MB:.*]] = helion.broadcast %[[ME]] : tensor<32x1xi1> -> tensor<32x64xi1>
// CHECK:         %[[BOTH:.*]] = arith.andi %[[UB]], %[[MB]]
// CHECK:         helion.load %{{.*}} mask %[[BOTH]] : tensor<32x64xi1>
// CHECK:         helion.store %{{.*}} mask %[[ME]] : tensor<32x1xi1>
// CHECK:         helion.atomic_rmw add relaxed %{{.*}} mask %[[ME]] : tensor<32x1xi1>
helion.kernel @gather(%x: memref<64x100xf32>, %idx: memref<70xi32>, %o: memref<70x100xf32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c70 = arith.constant 70 : i32
  %t = helion.make_tile %i to %c70 : i32 -> !helion.tile<32>
  %all = helion.slice %c0 : i32 -> !helion.tile<64>
  %ix = helion.load %idx[%t] {ordinal = 0 : i64} : memref<70xi32>, !helion.tile<32> -> tensor<32xi32>
  %ie = helion.expand_dims %ix {axis = 1 : i64} : tensor<32xi32> -> tensor<32x1xi32>
  %ti = helion.tile_index %all : !helion.tile<64> -> tensor<64xi32>
  %l = arith.constant dense<50> : tensor<64xi32>
  %m = arith.cmpi slt, %ti, %l : tensor<64xi32>
  %me = helion.expand_dims %m {axis = 0 : i64} : tensor<64xi1> -> tensor<1x64xi1>
  %v = helion.load %x[%ie, %all] mask %me : tensor<1x64xi1> {ordinal = 1 : i64, index_dims = array<i64: -1, 1>} : memref<64x100xf32>, tensor<32x1xi32>, !helion.tile<64> -> tensor<32x64xf32>
  helion.store %v, %o[%t, %all] {ordinal = 2 : i64} : tensor<32x64xf32>, memref<70x100xf32>, !helion.tile<32>, !helion.tile<64>
  %old = helion.atomic_rmw add relaxed %v, %x[%ie, %all] {ordinal = 3 : i64, index_dims = array<i64: -1, 1>} : tensor<32x64xf32>, memref<64x100xf32>, tensor<32x1xi32>, !helion.tile<64>
  helion.return
}

// -----

// The matrix unit needs K >= 16: both sides get zeros, interleaved.
// CHECK-LABEL: helion.kernel @short
// CHECK:         %[[J:.*]] = helion.join %{{.*}}, %{{.*}} : tensor<64x8xf16> -> tensor<64x8x2xf16>
// CHECK-NEXT:    %[[A:.*]] = helion.reshape %[[J]] : tensor<64x8x2xf16> -> tensor<64x16xf16>
// CHECK:         helion.join %{{.*}}, %{{.*}} : tensor<8x32xf16> -> tensor<8x32x2xf16>
// CHECK-NEXT:    %[[P:.*]] = helion.permute %{{.*}} {order = array<i64: 0, 2, 1>} : tensor<8x32x2xf16> -> tensor<8x2x32xf16>
// CHECK-NEXT:    %[[B:.*]] = helion.reshape %[[P]] : tensor<8x2x32xf16> -> tensor<16x32xf16>
// CHECK-NEXT:    helion.dot %[[A]], %[[B]] : tensor<64x16xf16>, tensor<16x32xf16> -> tensor<64x32xf32>
helion.kernel @short(%x: memref<64x8xf16>, %y: memref<8x32xf16>, %o: memref<64x32xf32>) {
  %c0 = arith.constant 0 : i32
  %m = helion.slice %c0 : i32 -> !helion.tile<64>
  %n = helion.slice %c0 : i32 -> !helion.tile<32>
  %k = helion.slice %c0 : i32 -> !helion.tile<8>
  %a = helion.load %x[%m, %k] {ordinal = 0 : i64} : memref<64x8xf16>, !helion.tile<64>, !helion.tile<8> -> tensor<64x8xf16>
  %b = helion.load %y[%k, %n] {ordinal = 1 : i64} : memref<8x32xf16>, !helion.tile<8>, !helion.tile<32> -> tensor<8x32xf16>
  %d = helion.dot %a, %b : tensor<64x8xf16>, tensor<8x32xf16> -> tensor<64x32xf32>
  helion.store %d, %o[%m, %n] {ordinal = 2 : i64} : tensor<64x32xf32>, memref<64x32xf32>, !helion.tile<64>, !helion.tile<32>
  helion.return
}

// -----

// Everything divides: nothing is masked, nothing is touched.
// CHECK-LABEL: helion.kernel @divides
// CHECK-NOT:     mask
// CHECK-NOT:     arith.select
// CHECK:         helion.return
helion.kernel @divides(%x: memref<64x128xf32>, %o: memref<64xf32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %tm = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %all = helion.slice %c0 : i32 -> !helion.tile<128>
  %v = helion.load %x[%tm, %all] {ordinal = 0 : i64} : memref<64x128xf32>, !helion.tile<4>, !helion.tile<128> -> tensor<4x128xf32>
  %e = math.exp %v : tensor<4x128xf32>
  %s = helion.reduce max %e dims [1] : (tensor<4x128xf32>) -> tensor<4xf32>
  helion.store %s, %o[%tm] {ordinal = 1 : i64} : tensor<4xf32>, memref<64xf32>, !helion.tile<4>
  helion.return
}

// -----

// Only the dimension that does not divide is masked; the sum over the other one is not. What is
// scattered by a tensor of indices is bounded by the value.
// CHECK-LABEL: helion.kernel @one_dimension
// CHECK:         %[[M:.*]] = helion.tile_mask %{{.*}} : <32> -> tensor<32xi1>
// CHECK:         %[[E:.*]] = helion.expand_dims %[[M]] {axis = 1 : i64}
// CHECK:         helion.load %{{.*}} mask %[[E]] : tensor<32x1xi1>
// CHECK-NOT:     arith.select
// CHECK:         helion.reduce sum
// CHECK:         helion.store %{{.*}}, %{{.*}}[%{{.*}}] mask %[[M]] : tensor<32xi1>
// CHECK-SAME:      tensor<32xi32>
helion.kernel @one_dimension(%x: memref<?x128xf32>, %o: memref<64xf32>, %n: i32) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %tm = helion.make_tile %i to %n : i32 -> !helion.tile<32>
  %all = helion.slice %c0 : i32 -> !helion.tile<128>
  %v = helion.load %x[%tm, %all] {ordinal = 0 : i64} : memref<?x128xf32>, !helion.tile<32>, !helion.tile<128> -> tensor<32x128xf32>
  %e = math.exp %v : tensor<32x128xf32>
  %s = helion.reduce sum %e dims [1] : (tensor<32x128xf32>) -> tensor<32xf32>
  %where = helion.arange : tensor<32xi32>
  helion.store %s, %o[%where] {ordinal = 1 : i64, index_dims = array<i64: -1>} : tensor<32xf32>, memref<64xf32>, tensor<32xi32>
  helion.return
}

// -----

// Neutral elements of integers and booleans; a shifted tile has the live lanes of its source.
// CHECK-LABEL: helion.kernel @integers
// CHECK:         %[[M:.*]] = helion.tile_mask %[[T:.*]] : <32> -> tensor<32xi1>
// CHECK:         helion.load %{{.*}} mask %[[M]]
// CHECK:         arith.constant dense<2147483647> : tensor<32xi32>
// CHECK:         helion.reduce min
// CHECK:         arith.constant dense<-1> : tensor<32xi32>
// CHECK:         helion.reduce and
// CHECK:         arith.constant dense<1> : tensor<32xi32>
// CHECK:         helion.reduce prod
// CHECK-NOT:     arith.select
// CHECK:         helion.reduce xor
// CHECK:         arith.constant dense<true> : tensor<32xi1>
// CHECK:         helion.reduce and
helion.kernel @integers(%x: memref<?xi32>, %n: i32) {
  %i = helion.program_id 0 : i32
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<32>
  %u = helion.shift_tile %t, %i : !helion.tile<32>, i32
  %v = helion.load %x[%u] {ordinal = 0 : i64} : memref<?xi32>, !helion.tile<32> -> tensor<32xi32>
  %a = helion.reduce min %v dims [0] : (tensor<32xi32>) -> i32
  %b = helion.reduce and %v dims [0] : (tensor<32xi32>) -> i32
  %c = helion.reduce prod %v dims [0] : (tensor<32xi32>) -> i32
  %d = helion.reduce xor %v dims [0] : (tensor<32xi32>) -> i32
  %five = arith.constant dense<5> : tensor<32xi32>
  %g = arith.cmpi sgt, %v, %five : tensor<32xi32>
  %e = helion.reduce and %g dims [0] : (tensor<32xi1>) -> i1
  %f = arith.select %e, %a, %b : i32
  %h = arith.addi %c, %d : i32
  %k = arith.addi %f, %h : i32
  helion.store %k, %x[%i] {ordinal = 1 : i64} : i32, memref<?xi32>, i32
  helion.return
}

// -----

// A swap is masked as other memory operations are; what it gives in dead lanes is not known.
// CHECK-LABEL: helion.kernel @swap
// CHECK:         %[[M:.*]] = helion.tile_mask
// CHECK:         %[[OLD:.*]] = helion.atomic_cas relaxed %{{.*}} mask %[[M]] : tensor<16xi1>
// CHECK:         %[[LIVE:.*]] = arith.select %[[M]], %[[OLD]]
// CHECK:         helion.reduce sum %[[LIVE]]
helion.kernel @swap(%x: memref<100xi32>, %o: memref<1xi32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c100 = arith.constant 100 : i32
  %t = helion.make_tile %i to %c100 : i32 -> !helion.tile<16>
  %w = helion.full %i : i32 -> tensor<16xi32>
  %v = helion.full %c0 : i32 -> tensor<16xi32>
  %0 = helion.atomic_cas relaxed %w, %v, %x[%t] {ordinal = 0 : i64} : tensor<16xi32>, memref<100xi32>, !helion.tile<16>
  %s = helion.reduce sum %0 dims [0] : (tensor<16xi32>) -> i32
  helion.store %s, %o[%c0] {ordinal = 1 : i64} : i32, memref<1xi32>, i32
  helion.return
}

// -----

// Addresses end where their tile does, and the load with them.
// CHECK-LABEL: helion.kernel @addresses
// CHECK:         %[[TM:.*]] = helion.make_tile
// CHECK-NEXT:    %[[M:.*]] = helion.tile_mask %[[TM]] : <16> -> tensor<16xi1>
// CHECK-NEXT:    %[[COLUMN:.*]] = helion.expand_dims %[[M]] {axis = 1 : i64}
// CHECK:         helion.load %{{.*}} at %{{.*}} mask %[[COLUMN]] : tensor<16x1xi1>
// CHECK:         helion.store %{{.*}} at %{{.*}} mask %[[COLUMN]] : tensor<16x1xi1>
helion.kernel @addresses(%like: memref<8xf32>, %p: memref<100xi64>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c100 = arith.constant 100 : i32
  %t = helion.make_tile %i to %c100 : i32 -> !helion.tile<16>
  %a = helion.load %p[%t] {ordinal = 0 : i64} : memref<100xi64>, !helion.tile<16> -> tensor<16xi64>
  %ae = helion.expand_dims %a {axis = 1 : i64} : tensor<16xi64> -> tensor<16x1xi64>
  %all = helion.slice %c0 : i32 -> !helion.tile<8>
  %v = helion.load %like[%all] at %ae : tensor<16x1xi64> {ordinal = 1 : i64, index_dims = array<i64: 1>} : memref<8xf32>, !helion.tile<8> -> tensor<16x8xf32>
  helion.store %v, %like[%all] at %ae : tensor<16x1xi64> {ordinal = 2 : i64, index_dims = array<i64: 1>} : tensor<16x8xf32>, memref<8xf32>, !helion.tile<8>
  helion.return
}

// -----

// A scaled dot: what masked loads leave is zero already; what was computed is made zero, scales included.
// CHECK-LABEL: helion.kernel @scaled
// CHECK:         %[[A:.*]] = helion.load
// CHECK:         %[[B:.*]] = helion.load
// CHECK:         %[[S:.*]] = helion.load
// CHECK:         %[[N:.*]] = arith.addi %[[S]]
// CHECK:         helion.dot_scaled %[[A]] scale %[[S]] : tensor<32x4xi8>, %[[B]]
// CHECK:         %[[Z:.*]] = arith.select %{{.*}}, %[[N]], %{{.*}} : tensor<32x4xi1>, tensor<32x4xi8>
// CHECK:         helion.dot_scaled %[[A]] scale %[[Z]] : tensor<32x4xi8>, %[[B]]
helion.kernel @scaled(%x: memref<32x96xf8E4M3FN>, %y: memref<96x32xbf16>, %z: memref<32x3xi8>) {
  %c0 = arith.constant 0 : i32
  %m = helion.slice %c0 : i32 -> !helion.tile<32>
  %k = helion.slice %c0 : i32 -> !helion.tile<96>
  %g = helion.slice %c0 : i32 -> !helion.tile<3>
  %a = helion.load %x[%m, %k] {ordinal = 0 : i64} : memref<32x96xf8E4M3FN>, !helion.tile<32>, !helion.tile<96> -> tensor<32x96xf8E4M3FN>
  %b = helion.load %y[%k, %m] {ordinal = 1 : i64} : memref<96x32xbf16>, !helion.tile<96>, !helion.tile<32> -> tensor<96x32xbf16>
  %s = helion.load %z[%m, %g] {ordinal = 2 : i64} : memref<32x3xi8>, !helion.tile<32>, !helion.tile<3> -> tensor<32x3xi8>
  %one = arith.constant dense<1> : tensor<32x3xi8>
  %n = arith.addi %s, %one : tensor<32x3xi8>
  %c = helion.dot_scaled %a scale %s : tensor<32x3xi8>, %b lhs = e4m3 rhs = bf16 : tensor<32x96xf8E4M3FN>, tensor<96x32xbf16> -> tensor<32x32xf32>
  %d = helion.dot_scaled %a scale %n : tensor<32x3xi8>, %b, %c : tensor<32x32xf32> lhs = e4m3 rhs = bf16 : tensor<32x96xf8E4M3FN>, tensor<96x32xbf16> -> tensor<32x32xf32>
  helion.return
}

// -----

// A result of a called function ends where the operand does that `operand_dims` names; without it
// nobody knows, and nothing is masked.
// CHECK-LABEL: helion.kernel @call
// CHECK:         %[[M:.*]] = helion.tile_mask
// CHECK:         %[[Y:.*]] = helion.call "f"
// CHECK:         %[[K:.*]] = arith.select %[[M]], %[[Y]]
// CHECK:         helion.reduce sum %[[K]]
// CHECK:         %[[Z:.*]] = helion.call "g"
// CHECK:         helion.reduce sum %[[Z]]
helion.kernel @call(%x: memref<100xf32>, %i: i32) {
  %c100 = arith.constant 100 : i32
  %t = helion.make_tile %i to %c100 : i32 -> !helion.tile<32>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<100xf32>, !helion.tile<32> -> tensor<32xf32>
  %y = helion.call "f"(%i, %v) {operand_dims = [array<i64: 1, 0>]} : (i32, tensor<32xf32>) -> tensor<32xf32>
  %s = helion.reduce sum %y dims [0] : (tensor<32xf32>) -> f32
  %z = helion.call "g"(%i, %v) : (i32, tensor<32xf32>) -> tensor<32xf32>
  %r = helion.reduce sum %z dims [0] : (tensor<32xf32>) -> f32
  %u = arith.addf %s, %r : f32
  helion.store %u, %x[%i] {ordinal = 1 : i64} : f32, memref<100xf32>, i32
  helion.return
}

// -----

// A merged dimension dies with the tile in its outermost part: each lane of the tile's mask counts
// for all that was merged into it. Zeros survive the merge, and a split gives the tile back.
// CHECK-LABEL: helion.kernel @merged
// CHECK:         %[[T:.*]] = helion.make_tile
// CHECK:         %[[L:.*]] = helion.tile_mask %[[T]] : <32> -> tensor<32xi1>
// CHECK:         %[[E:.*]] = helion.expand_dims %[[L]] {axis = 1 : i64} : tensor<32xi1> -> tensor<32x1xi1>
// CHECK:         %[[B:.*]] = helion.broadcast %[[E]] : tensor<32x1xi1> -> tensor<32x4xi1>
// CHECK:         %[[M:.*]] = helion.reshape %[[B]] : tensor<32x4xi1> -> tensor<128xi1>
// CHECK:         %[[N:.*]] = helion.tile_mask %[[T]] : <32> -> tensor<32xi1>
// CHECK:         %[[A:.*]] = helion.reshape %{{.*}} : tensor<32x4xf32> -> tensor<128xf32>
// CHECK:         helion.reduce sum %[[A]] dims [0]
// CHECK:         %[[S:.*]] = arith.select %[[M]], %[[A]], %{{.*}} : tensor<128xi1>, tensor<128xf32>
// CHECK:         helion.reduce max %[[S]] dims [0]
// CHECK:         %[[R:.*]] = helion.reshape %[[A]] : tensor<128xf32> -> tensor<32x2x2xf32>
// CHECK:         helion.reduce max %[[R]] dims [1, 2]
// CHECK:         %[[P:.*]] = arith.select %[[N]], %{{.*}} : tensor<32xi1>, tensor<32xf32>
// CHECK:         helion.reduce max %[[P]] dims [0]
helion.kernel @merged(%x: memref<64x4xf32>, %o: memref<3xf32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %t = helion.make_tile %c0 to %n : i32 -> !helion.tile<32>
  %u = helion.slice %c0 : i32 -> !helion.tile<4>
  %v = helion.load %x[%t, %u] {ordinal = 0 : i64} : memref<64x4xf32>, !helion.tile<32>, !helion.tile<4> -> tensor<32x4xf32>
  %a = helion.reshape %v : tensor<32x4xf32> -> tensor<128xf32>
  %sum = helion.reduce sum %a dims [0] : (tensor<128xf32>) -> f32
  %max = helion.reduce max %a dims [0] : (tensor<128xf32>) -> f32
  %r = helion.reshape %a : tensor<128xf32> -> tensor<32x2x2xf32>
  %rows = helion.reduce max %r dims [1, 2] : (tensor<32x2x2xf32>) -> tensor<32xf32>
  %all = helion.reduce max %rows dims [0] : (tensor<32xf32>) -> f32
  helion.store %sum, %o[%c0] {ordinal = 1 : i64} : f32, memref<3xf32>, i32
  helion.store %max, %o[%c1] {ordinal = 2 : i64} : f32, memref<3xf32>, i32
  helion.store %all, %o[%c2] {ordinal = 3 : i64} : f32, memref<3xf32>, i32
  helion.return
}
