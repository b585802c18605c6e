// RUN: helion-opt %s --helion-to-ttir --split-input-file | FileCheck %s

// Addresses: the first index of each tile moves a scalar base, the lanes of the tiles are offsets.
// Nothing is masked; a slice that starts at 0 moves no base.
// CHECK-LABEL: tt.func public @pointers
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<f32>{{.*}}, %[[O:.*]]: !tt.ptr<f32>{{.*}}, %[[I:.*]]: i32)
// CHECK-DAG:     %[[ROW:.*]] = arith.constant 32 : i32
// CHECK-DAG:     %[[ROWS:.*]] = arith.constant dense<32> : tensor<16x1xi32>
// CHECK:         %[[BASE:.*]] = arith.muli %[[I]], %[[ROW]] : i32
// CHECK:         %[[R0:.*]] = tt.make_range {end = 16 : i32, start = 0 : i32} : tensor<16xi32>
// CHECK:         %[[R1:.*]] = tt.expand_dims %[[R0]] {axis = 1 : i32} : tensor<16xi32> -> tensor<16x1xi32>
// CHECK:         %[[R2:.*]] = arith.muli %[[R1]], %[[ROWS]] : tensor<16x1xi32>
// CHECK:         %[[R3:.*]] = tt.broadcast %[[R2]] : tensor<16x1xi32> -> tensor<16x32xi32>
// CHECK:         %[[C0:.*]] = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32>
// CHECK:         %[[C1:.*]] = tt.expand_dims %[[C0]] {axis = 0 : i32} : tensor<32xi32> -> tensor<1x32xi32>
// CHECK:         %[[C2:.*]] = tt.broadcast %[[C1]] : tensor<1x32xi32> -> tensor<16x32xi32>
// CHECK:         %[[LANES:.*]] = arith.addi %[[R3]], %[[C2]] : tensor<16x32xi32>
// CHECK:         %[[P:.*]] = tt.addptr %[[X]], %[[BASE]] : !tt.ptr<f32>, i32
// CHECK:         %[[PS:.*]] = tt.splat %[[P]] : !tt.ptr<f32> -> tensor<16x32x!tt.ptr<f32>>
// CHECK:         %[[PT:.*]] = tt.addptr %[[PS]], %[[LANES]] : tensor<16x32x!tt.ptr<f32>>, tensor<16x32xi32>
// CHECK:         %[[V:.*]] = tt.load %[[PT]] : tensor<16x32x!tt.ptr<f32>>
// CHECK:         %[[Q:.*]] = tt.addptr %[[O]], %[[BASE]] : !tt.ptr<f32>, i32
// CHECK:         tt.store %{{.*}}, %[[V]] : tensor<16x32x!tt.ptr<f32>>
// CHECK:         tt.return
helion.kernel @pointers(%x: memref<64x32xf32>, %o: memref<64x32xf32>, %i: i32) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %t = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<32>
  %v = helion.load %x[%t, %s] {ordinal = 0 : i64} : memref<64x32xf32>, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xf32>
  helion.store %v, %o[%t, %s] {ordinal = 1 : i64} : tensor<16x32xf32>, memref<64x32xf32>, !helion.tile<16>, !helion.tile<32>
  helion.return
}

// -----

// In a loop over tiles the lanes do not change: what is left inside is scalar, up to the splat.
// CHECK-LABEL: tt.func public @invariant_lanes
// CHECK:         %[[LANES:.*]] = arith.addi %{{.*}}, %{{.*}} : tensor<16x32xi32>
// CHECK:         scf.for %[[K:.*]] =
// CHECK-NEXT:      %[[OFFSET:.*]] = arith.addi %{{.*}}, %[[K]] : i32
// CHECK-NEXT:      %[[P:.*]] = tt.addptr %{{.*}}, %[[OFFSET]] : !tt.ptr<f32>, i32
// CHECK-NEXT:      %[[PS:.*]] = tt.splat %[[P]]
// CHECK-NEXT:      %[[PT:.*]] = tt.addptr %[[PS]], %[[LANES]]
// CHECK-NEXT:      tt.load %[[PT]]
helion.kernel @invariant_lanes(%x: memref<64x128xf32>, %o: memref<64x128xf32>, %i: i32) {
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c128 = arith.constant 128 : i32
  %t = helion.make_tile %i to %c128 {exact} : i32 -> !helion.tile<16>
  scf.for %k = %c0 to %c128 step %c32 : i32 {
    %s = helion.make_tile %k to %c128 {exact} : i32 -> !helion.tile<32>
    %v = helion.load %x[%t, %s] {ordinal = 0 : i64} : memref<64x128xf32>, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xf32>
    helion.store %v, %o[%t, %s] {ordinal = 1 : i64} : tensor<16x32xf32>, memref<64x128xf32>, !helion.tile<16>, !helion.tile<32>
  }
  helion.return
}

// -----

// Masked lanes of a load are 0; a mask is broadcast to the value.
// CHECK-LABEL: tt.func public @masked
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<16x8xf16>
// CHECK-DAG:     %[[END:.*]] = arith.constant dense<100> : tensor<16xi32>
// CHECK:         %[[LIVE:.*]] = arith.cmpi slt, %{{.*}}, %[[END]] : tensor<16xi32>
// CHECK:         %[[COLUMN:.*]] = tt.expand_dims %[[LIVE]] {axis = 1 : i32} : tensor<16xi1> -> tensor<16x1xi1>
// CHECK:         %[[MASK:.*]] = tt.broadcast %[[COLUMN]] : tensor<16x1xi1> -> tensor<16x8xi1>
// CHECK:         %[[V:.*]] = tt.load %[[P:.*]], %[[MASK]], %[[ZERO]] : tensor<16x8x!tt.ptr<f16>>
// CHECK:         tt.store %[[P]], %[[V]], %[[MASK]] : tensor<16x8x!tt.ptr<f16>>
helion.kernel @masked(%x: memref<100x8xf16>, %i: i32) {
  %c0 = arith.constant 0 : i32
  %c100 = arith.constant 100 : i32
  %t = helion.make_tile %i to %c100 : i32 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<8>
  %m = helion.tile_mask %t : !helion.tile<16> -> tensor<16xi1>
  %n = helion.expand_dims %m {axis = 1 : i64} : tensor<16xi1> -> tensor<16x1xi1>
  %v = helion.load %x[%t, %s] mask %n : tensor<16x1xi1> {ordinal = 0 : i64} : memref<100x8xf16>, !helion.tile<16>, !helion.tile<8> -> tensor<16x8xf16>
  helion.store %v, %x[%t, %s] mask %n : tensor<16x1xi1> {ordinal = 1 : i64} : tensor<16x8xf16>, memref<100x8xf16>, !helion.tile<16>, !helion.tile<8>
  helion.return
}

// -----

// Single elements: no tensors at all. A tensor of rank 0 is its base.
// CHECK-LABEL: tt.func public @scalars
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<f32>{{.*}}, %[[S:.*]]: !tt.ptr<f32>{{.*}}, %[[I:.*]]: i32, %[[M:.*]]: i1)
// CHECK:         %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:         %[[P:.*]] = tt.addptr %[[X]], %{{.*}} : !tt.ptr<f32>, i32
// CHECK:         %[[V:.*]] = tt.load %[[P]], %[[M]], %[[ZERO]] : !tt.ptr<f32>
// CHECK:         tt.store %[[S]], %[[V]] : !tt.ptr<f32>
// CHECK:         %[[W:.*]] = tt.load %[[S]] : !tt.ptr<f32>
// CHECK:         tt.store %[[X]], %[[W]], %[[M]] : !tt.ptr<f32>
helion.kernel @scalars(%x: memref<64x8xf32>, %s: memref<f32>, %i: i32, %m: i1) {
  %c0 = arith.constant 0 : i32
  %v = helion.load %x[%i, %i] mask %m : i1 {ordinal = 0 : i64} : memref<64x8xf32>, i32, i32 -> f32
  helion.store %v, %s[] {ordinal = 1 : i64} : f32, memref<f32>
  %w = helion.load %s[] {ordinal = 2 : i64} : memref<f32> -> f32
  helion.store %w, %x[%c0, %c0] mask %m : i1 {ordinal = 3 : i64} : f32, memref<64x8xf32>, i32, i32
  helion.return
}

// -----

// Booleans are bytes in memory: what is not 0 is true, true is 1.
// CHECK-LABEL: tt.func public @booleans
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<i8>
// CHECK-DAG:     %[[ZERO:.*]] = arith.constant 0 : i8
// CHECK-DAG:     %[[ZEROS:.*]] = arith.constant dense<0> : tensor<16xi8>
// CHECK:         %[[V:.*]] = tt.load %{{.*}}, %{{.*}}, %[[ZEROS]] : tensor<16x!tt.ptr<i8>>
// CHECK:         %[[B:.*]] = arith.cmpi ne, %[[V]], %[[ZEROS]] : tensor<16xi8>
// CHECK:         %[[W:.*]] = arith.extui %[[B]] : tensor<16xi1> to tensor<16xi8>
// CHECK:         tt.store %{{.*}}, %[[W]] : tensor<16x!tt.ptr<i8>>
// CHECK:         %[[S:.*]] = tt.load %[[P:.*]] : !tt.ptr<i8>
// CHECK:         %[[SB:.*]] = arith.cmpi ne, %[[S]], %[[ZERO]] : i8
// CHECK:         %[[SW:.*]] = arith.extui %[[SB]] : i1 to i8
// CHECK:         tt.store %[[P]], %[[SW]], %[[SB]] : !tt.ptr<i8>
helion.kernel @booleans(%x: memref<64xi1>, %i: i32, %n: i32) {
  %t = helion.make_tile %i to %n : i32 -> !helion.tile<16>
  %m = helion.tile_mask %t : !helion.tile<16> -> tensor<16xi1>
  %v = helion.load %x[%t] mask %m : tensor<16xi1> {ordinal = 0 : i64} : memref<64xi1>, !helion.tile<16> -> tensor<16xi1>
  helion.store %v, %x[%t] {ordinal = 1 : i64} : tensor<16xi1>, memref<64xi1>, !helion.tile<16>
  %b = helion.load %x[%i] {ordinal = 2 : i64} : memref<64xi1>, i32 -> i1
  helion.store %b, %x[%i] mask %b : i1 {ordinal = 3 : i64} : i1, memref<64xi1>, i32
  helion.return
}

// -----

// Strides that arguments give: scalars and lanes are multiplied in the index type of the tile.
// CHECK-LABEL: tt.func public @dynamic_strides
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<f32>{{.*}}, %[[N:.*]]: i32, %[[LD:.*]]: i64, %[[S:.*]]: i32, %[[I:.*]]: i32, %[[J:.*]]: i64)
// CHECK-DAG:     %[[LD32:.*]] = arith.trunci %[[LD]] : i64 to i32
// CHECK-DAG:     %[[ROW:.*]] = arith.muli %[[I]], %[[LD32]] : i32
// CHECK-DAG:     %[[LDS:.*]] = tt.splat %[[LD32]] : i32 -> tensor<16xi32>
// CHECK-DAG:     %[[LANES:.*]] = arith.muli %{{.*}}, %[[LDS]] : tensor<16xi32>
// CHECK-DAG:     %[[S64:.*]] = arith.extsi %[[S]] : i32 to i64
// CHECK-DAG:     %[[COLUMN:.*]] = arith.muli %[[J]], %[[S64]] : i64
// CHECK-DAG:     %[[ROW64:.*]] = arith.extsi %[[ROW]] : i32 to i64
// CHECK-DAG:     %[[BASE:.*]] = arith.addi %[[ROW64]], %[[COLUMN]] : i64
// CHECK:         %[[P:.*]] = tt.addptr %[[X]], %[[BASE]] : !tt.ptr<f32>, i64
// CHECK:         tt.addptr %{{.*}}, %[[LANES]]
helion.kernel @dynamic_strides(%x: memref<?x8xf32, strided<[?, ?]>>, %n: i32, %ld: i64, %s: i32, %i: i32, %j: i64) {
  %v = helion.view %x sizes(%n : i32) strides(%ld, %s : i64, i32) : memref<?x8xf32, strided<[?, ?]>>
  %t = helion.make_tile %i to %n {exact} : i32 -> !helion.tile<16>
  %a = helion.load %v[%t, %j] {ordinal = 0 : i64} : memref<?x8xf32, strided<[?, ?]>>, !helion.tile<16>, i64 -> tensor<16xf32>
  helion.store %a, %v[%t, %j] {ordinal = 1 : i64} : tensor<16xf32>, memref<?x8xf32, strided<[?, ?]>>, !helion.tile<16>, i64
  helion.return
}

// -----

// A transposed tensor: the lanes of its first dimension are neighbours.
// CHECK-LABEL: tt.func public @transposed
// CHECK:         %[[R:.*]] = tt.expand_dims %{{.*}} {axis = 1 : i32} : tensor<16xi32> -> tensor<16x1xi32>
// CHECK:         %[[RS:.*]] = tt.broadcast %[[R]] : tensor<16x1xi32> -> tensor<16x8xi32>
// CHECK:         %[[C:.*]] = tt.expand_dims %{{.*}} {axis = 0 : i32} : tensor<8xi32> -> tensor<1x8xi32>
// CHECK:         %[[C64:.*]] = arith.muli %[[C]], %{{.*}} : tensor<1x8xi32>
// CHECK:         %[[CS:.*]] = tt.broadcast %[[C64]] : tensor<1x8xi32> -> tensor<16x8xi32>
// CHECK:         arith.addi %[[RS]], %[[CS]] : tensor<16x8xi32>
helion.kernel @transposed(%x: memref<64x8xf32, strided<[1, 64]>>, %i: i32, %n: i32) {
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %i to %n {exact} : i32 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<8>
  %a = helion.load %x[%t, %s] {ordinal = 0 : i64} : memref<64x8xf32, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<8> -> tensor<16x8xf32>
  helion.store %a, %x[%t, %s] {ordinal = 1 : i64} : tensor<16x8xf32>, memref<64x8xf32, strided<[1, 64]>>, !helion.tile<16>, !helion.tile<8>
  helion.return
}

// -----

// index_dims: the first index makes the last dimension of the value.
// CHECK-LABEL: tt.func public @reordered
// CHECK:         %[[R:.*]] = tt.expand_dims %{{.*}} {axis = 0 : i32} : tensor<16xi32> -> tensor<1x16xi32>
// CHECK:         %[[R8:.*]] = arith.muli %[[R]], %{{.*}} : tensor<1x16xi32>
// CHECK:         %[[RS:.*]] = tt.broadcast %[[R8]] : tensor<1x16xi32> -> tensor<8x16xi32>
// CHECK:         %[[C:.*]] = tt.expand_dims %{{.*}} {axis = 1 : i32} : tensor<8xi32> -> tensor<8x1xi32>
// CHECK:         %[[CS:.*]] = tt.broadcast %[[C]] : tensor<8x1xi32> -> tensor<8x16xi32>
// CHECK:         tt.load %{{.*}} : tensor<8x16x!tt.ptr<f32>>
helion.kernel @reordered(%x: memref<64x8xf32>, %o: memref<8x16xf32>, %i: i32, %n: i32) {
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %i to %n {exact} : i32 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<8>
  %a = helion.load %x[%t, %s] {ordinal = 0 : i64, index_dims = array<i64: 1, 0>} : memref<64x8xf32>, !helion.tile<16>, !helion.tile<8> -> tensor<8x16xf32>
  %u = helion.slice %c0 : i32 -> !helion.tile<16>
  helion.store %a, %o[%s, %u] {ordinal = 1 : i64} : tensor<8x16xf32>, memref<8x16xf32>, !helion.tile<8>, !helion.tile<16>
  helion.return
}

// -----

// A dimension of stride 0 (an expanded tensor) costs nothing.
// CHECK-LABEL: tt.func public @expanded
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<f32>{{.*}}, %[[O:.*]]: !tt.ptr<f32>
// CHECK-NOT:     arith.muli
// CHECK:         %[[C:.*]] = tt.expand_dims %{{.*}} {axis = 0 : i32} : tensor<8xi32> -> tensor<1x8xi32>
// CHECK:         %[[CS:.*]] = tt.broadcast %[[C]] : tensor<1x8xi32> -> tensor<16x8xi32>
// CHECK:         %[[XS:.*]] = tt.splat %[[X]] : !tt.ptr<f32> -> tensor<16x8x!tt.ptr<f32>>
// CHECK:         %[[P:.*]] = tt.addptr %[[XS]], %[[CS]]
// CHECK:         tt.load %[[P]]
helion.kernel @expanded(%x: memref<64x8xf32, strided<[0, 1]>>, %o: memref<64x8xf32>, %i: i32, %n: i32) {
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %i to %n {exact} : i32 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<8>
  %a = helion.load %x[%t, %s] {ordinal = 0 : i64} : memref<64x8xf32, strided<[0, 1]>>, !helion.tile<16>, !helion.tile<8> -> tensor<16x8xf32>
  helion.store %a, %o[%t, %s] {ordinal = 1 : i64} : tensor<16x8xf32>, memref<64x8xf32>, !helion.tile<16>, !helion.tile<8>
  helion.return
}

// -----

// Gathers: index tensors are offsets like lanes; those of 64 bits widen the others.
// CHECK-LABEL: tt.func public @gather
// CHECK:         %[[J:.*]] = tt.load %{{.*}} : tensor<16x!tt.ptr<i64>>
// CHECK:         %[[K:.*]] = tt.expand_dims %[[J]] {axis = 1 : i32} : tensor<16xi64> -> tensor<16x1xi64>
// CHECK:         %[[K8:.*]] = arith.muli %[[K]], %{{.*}} : tensor<16x1xi64>
// CHECK:         %[[KS:.*]] = tt.broadcast %[[K8]] : tensor<16x1xi64> -> tensor<16x8xi64>
// CHECK:         %[[C:.*]] = tt.broadcast %{{.*}} : tensor<1x8xi32> -> tensor<16x8xi32>
// CHECK:         %[[CW:.*]] = arith.extsi %[[C]] : tensor<16x8xi32> to tensor<16x8xi64>
// CHECK:         %[[OFFSETS:.*]] = arith.addi %[[KS]], %[[CW]] : tensor<16x8xi64>
// CHECK:         tt.addptr %{{.*}}, %[[OFFSETS]] : tensor<16x8x!tt.ptr<f32>>, tensor<16x8xi64>
helion.kernel @gather(%x: memref<64x8xf32>, %g: memref<16xi64>, %i: i32, %n: i32) {
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %i to %n {exact} : i32 -> !helion.tile<16>
  %s = helion.slice %c0 : i32 -> !helion.tile<8>
  %j = helion.load %g[%t] {ordinal = 0 : i64} : memref<16xi64>, !helion.tile<16> -> tensor<16xi64>
  %k = helion.expand_dims %j {axis = 1 : i64} : tensor<16xi64> -> tensor<16x1xi64>
  %b = helion.load %x[%k, %s] {ordinal = 1 : i64, index_dims = array<i64: -1, 1>} : memref<64x8xf32>, tensor<16x1xi64>, !helion.tile<8> -> tensor<16x8xf32>
  helion.store %b, %x[%k, %s] {ordinal = 2 : i64, index_dims = array<i64: -1, 1>} : tensor<16x8xf32>, memref<64x8xf32>, tensor<16x1xi64>, !helion.tile<8>
  helion.return
}

// -----

// Steps and shifts.
// CHECK-LABEL: tt.func public @slices
// CHECK-SAME:    (%[[X:.*]]: !tt.ptr<f32>{{.*}}, %[[I:.*]]: i32, %[[D:.*]]: i64)
// CHECK-DAG:     %[[TWO:.*]] = arith.constant dense<2> : tensor<16xi32>
// CHECK-DAG:     %[[R:.*]] = tt.make_range {end = 16 : i32, start = 0 : i32}
// CHECK-DAG:     %[[EVEN:.*]] = arith.muli %[[R]], %[[TWO]] : tensor<16xi32>
// CHECK:         tt.addptr %{{.*}}, %[[EVEN]]
// CHECK:         %[[D32:.*]] = arith.trunci %[[D]] : i64 to i32
// CHECK:         %[[MOVED:.*]] = arith.addi %[[I]], %[[D32]] : i32
// CHECK:         tt.addptr %[[X]], %[[MOVED]]
helion.kernel @slices(%x: memref<64xf32>, %i: i32, %d: i64) {
  %s = helion.slice %i {step = 2 : i64} : i32 -> !helion.tile<16>
  %a = helion.load %x[%s] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<16> -> tensor<16xf32>
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  %u = helion.shift_tile %t, %d : !helion.tile<16>, i64
  helion.store %a, %x[%u] {ordinal = 1 : i64} : tensor<16xf32>, memref<64xf32>, !helion.tile<16>
  helion.return
}

// -----

// Each row lies where its address says; offsets within it are those of the tensor it is like.
// CHECK-LABEL: tt.func public @addresses
// CHECK:         %[[A:.*]] = tt.load %{{.*}} : tensor<4x!tt.ptr<i64>>
// CHECK:         %[[COLUMN:.*]] = tt.expand_dims %[[A]] {axis = 1 : i32}
// CHECK:         %[[ROWS:.*]] = tt.int_to_ptr %[[COLUMN]] : tensor<4x1xi64> -> tensor<4x1x!tt.ptr<f32>>
// CHECK:         %[[MOVED:.*]] = tt.addptr %[[ROWS]], %{{.*}} : tensor<4x1x!tt.ptr<f32>>, tensor<4x1xi32>
// CHECK:         %[[ALL:.*]] = tt.broadcast %[[MOVED]] : tensor<4x1x!tt.ptr<f32>> -> tensor<4x8x!tt.ptr<f32>>
// CHECK:         %[[P:.*]] = tt.addptr %[[ALL]], %{{.*}} : tensor<4x8x!tt.ptr<f32>>, tensor<4x8xi32>
// CHECK:         tt.load %[[P]]
// CHECK:         %[[ONE:.*]] = tt.int_to_ptr %{{.*}} : i64 -> !tt.ptr<f32>
// CHECK:         %[[MOVED:.*]] = tt.addptr %[[ONE]], %{{.*}} : !tt.ptr<f32>, i32
// CHECK:         tt.store %[[MOVED]]
helion.kernel @addresses(%like: memref<64x8xf32>, %p: memref<4xi64>, %i: i32) {
  %c0 = arith.constant 0 : i32
  %each = helion.slice %c0 : i32 -> !helion.tile<4>
  %all = helion.slice %c0 : i32 -> !helion.tile<8>
  %a = helion.load %p[%each] {ordinal = 0 : i64} : memref<4xi64>, !helion.tile<4> -> tensor<4xi64>
  %ae = helion.expand_dims %a {axis = 1 : i64} : tensor<4xi64> -> tensor<4x1xi64>
  %v = helion.load %like[%i, %all] at %ae : tensor<4x1xi64> {ordinal = 1 : i64, index_dims = array<i64: -1, 1>} : memref<64x8xf32>, i32, !helion.tile<8> -> tensor<4x8xf32>
  %b = helion.load %p[%i] {ordinal = 2 : i64} : memref<4xi64>, i32 -> i64
  %w = helion.reduce sum %v dims [0, 1] : (tensor<4x8xf32>) -> f32
  helion.store %w, %like[%i, %c0] at %b : i64 {ordinal = 3 : i64} : f32, memref<64x8xf32>, i32, i32
  helion.return
}
