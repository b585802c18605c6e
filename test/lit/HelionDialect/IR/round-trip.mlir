// RUN: helion-opt %s --verify-roundtrip --split-input-file | FileCheck %s
// RUN: helion-opt %s --verify-roundtrip --mlir-print-op-generic --split-input-file | helion-opt --split-input-file | FileCheck %s

// Kernels, blocks, configurations, names of arguments, both kinds of scalars.
// CHECK-LABEL: helion.kernel @kernel(
// CHECK-SAME:    %{{.*}}: memref<64x32xf32, strided<[1, 64]>> {helion.name = "x"}
// CHECK-SAME:    %{{.*}}: i32 {helion.name = "n"}, %{{.*}}: f32)
// CHECK-SAME:    attributes {helion.config = #helion.config<{block_sizes = [64, 32], indexing = ["pointer", "tensor_descriptor"], num_warps = 8 : i64, range_flattens = [unit, true]}>}
// CHECK:         helion.block @b0 {max = 4096 : i64, min = 16 : i64, ordinal = 0 : i64}
// CHECK:         helion.block @b1 {size = 32 : i64}
// CHECK:         helion.block @b2 {factor = 2 : i64, of = [@b0, @b1]}
// CHECK:         helion.block_size @b0 : i32
// CHECK:         helion.block_size @b1 : i64
// CHECK:         helion.return
helion.kernel @kernel(%x: memref<64x32xf32, strided<[1, 64]>> {helion.name = "x"},
                      %n: i32 {helion.name = "n"}, %s: f32)
    attributes {helion.config = #helion.config<{
      block_sizes = [64, 32], indexing = ["pointer", "tensor_descriptor"],
      num_warps = 8 : i64, range_flattens = [unit, true]}>} {
  helion.block @b0 {ordinal = 0 : i64, min = 16 : i64, max = 4096 : i64}
  helion.block @b1 {size = 32 : i64}
  helion.block @b2 {factor = 2 : i64, of = [@b0, @b1]}
  %0 = helion.block_size @b0 : i32
  %1 = helion.block_size @b1 : i64
  helion.return
}

// -----

// Grids and loops of both index types, with and without carried values.
// CHECK-LABEL: helion.kernel @loops
// CHECK:         helion.grid (%[[T0:.*]], %[[T1:.*]]) = (%{{.*}}, %{{.*}}) to (%{{.*}}, %{{.*}}) blocks [@b0, @b1] : i64 {
// CHECK:           helion.tile_for (%{{.*}}) = (%{{.*}}) to (%{{.*}}) blocks [@b1] : i32 {
// CHECK-NEXT:      } {ordinal = 0 : i64}
// CHECK:           %{{.*}}:2 = helion.tile_for (%{{.*}}, %{{.*}}) = (%{{.*}}, %{{.*}}) to (%{{.*}}, %{{.*}}) blocks [@b0, @b1] : i32
// CHECK-SAME:        iter_args(%[[A:.*]] = %{{.*}} : tensor<?x16xf32, #helion.dims<[@b0, 16]>>, %[[B:.*]] = %{{.*}} : i32) {
// CHECK-NEXT:        helion.yield %[[A]], %[[B]] : tensor<?x16xf32, #helion.dims<[@b0, 16]>>, i32
// CHECK-NEXT:      } {ordinal = 1 : i64}
helion.kernel @loops(%m: i64, %n: i32, %z: f32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b1 {ordinal = 1 : i64, min = 1 : i64, max = 64 : i64}
  %c0 = arith.constant 0 : i64
  %c0_i32 = arith.constant 0 : i32
  helion.grid (%t0, %t1) = (%c0, %c0) to (%m, %m) blocks [@b0, @b1] : i64 {
    helion.tile_for (%t2) = (%c0_i32) to (%n) blocks [@b1] : i32 {
    } {ordinal = 0 : i64}
    %init = helion.full %z : f32 -> tensor<?x16xf32, #helion.dims<[@b0, 16]>>
    %r:2 = helion.tile_for (%t2, %t3) = (%c0_i32, %c0_i32) to (%n, %n) blocks [@b0, @b1] : i32
        iter_args(%a = %init : tensor<?x16xf32, #helion.dims<[@b0, 16]>>, %b = %n : i32) {
      helion.yield %a, %b : tensor<?x16xf32, #helion.dims<[@b0, 16]>>, i32
    } {ordinal = 1 : i64}
  }
  helion.return
}

// -----

// Loops whose blocks are bound.
// CHECK-LABEL: helion.kernel @bound_loops
// CHECK:         helion.grid (%{{.*}}) = (%{{.*}}) to (%{{.*}}) blocks [64] : i32 {
// CHECK:           helion.tile_for (%{{.*}}) = (%{{.*}}) to (%{{.*}}) blocks [32] : i32 {
helion.kernel @bound_loops(%n: i32) {
  %c0 = arith.constant 0 : i32
  helion.grid (%t0) = (%c0) to (%n) blocks [64] : i32 {
    helion.tile_for (%t1) = (%c0) to (%n) blocks [32] : i32 {
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @tiles
// CHECK:         %[[PID:.*]] = helion.program_id 2 : i32
// CHECK:         %[[T:.*]] = helion.make_tile %[[PID]] to %{{.*}} : i32 -> <64>
// CHECK:         helion.make_tile %{{.*}} to %{{.*}} {exact} : i64 -> <32>
// CHECK:         helion.slice %[[PID]] : i32 -> <128>
// CHECK:         helion.slice %[[PID]] {step = 2 : i64} : i32 -> <128>
// CHECK:         helion.shift_tile %[[T]], %[[PID]] : <64>, i32
// CHECK:         helion.tile_begin %[[T]] : <64> -> i32
// CHECK:         helion.tile_end %[[T]] : <64> -> i32
// CHECK:         helion.tile_id %[[T]] : <64> -> i64
// CHECK:         helion.tile_index %[[T]] : <64> -> tensor<64xi32>
// CHECK:         helion.tile_mask %[[T]] : <64> -> tensor<64xi1>
helion.kernel @tiles(%n: i32, %m: i64) {
  %pid = helion.program_id 2 : i32
  %t = helion.make_tile %pid to %n : i32 -> !helion.tile<64>
  %e = helion.make_tile %m to %m {exact} : i64 -> !helion.tile<32>
  %all = helion.slice %pid : i32 -> !helion.tile<128>
  %even = helion.slice %pid {step = 2 : i64} : i32 -> !helion.tile<128>
  %u = helion.shift_tile %t, %pid : !helion.tile<64>, i32
  %b = helion.tile_begin %t : !helion.tile<64> -> i32
  %f = helion.tile_end %t : !helion.tile<64> -> i32
  %i = helion.tile_id %t : !helion.tile<64> -> i64
  %j = helion.tile_index %t : !helion.tile<64> -> tensor<64xi32>
  %k = helion.tile_mask %t : !helion.tile<64> -> tensor<64xi1>
  helion.return
}

// -----

// Each kind of index, masks, hints and ways of access; scalars; prepared and scheduled types.
// CHECK-LABEL: helion.kernel @memory
// CHECK:         %[[V:.*]] = helion.view %{{.*}} sizes(%{{.*}} : i32) strides(%{{.*}} : i64) : memref<?x8xf32, strided<[?, 1]>>
// CHECK:         helion.view %{{.*}} : memref<64x8xf32>
// CHECK:         helion.grid (%[[T:.*]]) =
// CHECK:           %[[A:.*]] = helion.load %[[V]][%[[T]], %[[S:.*]]] {ordinal = 0 : i64} : memref<?x8xf32, strided<[?, 1]>>, !helion.tile<@b0>, !helion.tile<8> -> tensor<?x8xf32, #helion.dims<[@b0, 8]>>
// CHECK:           helion.load %{{.*}}[%[[T]], %[[S]]] {access = 1 : i32, cache = 2 : i32, eviction = 1 : i32, index_dims = array<i64: 1, 0>, load_ordinal = 1 : i64, ordinal = 1 : i64}
// CHECK-SAME:        -> tensor<8x?xf32, #helion.dims<[8, @b0]>>
// CHECK:           helion.load %{{.*}}[%{{.*}}, %{{.*}}] {ordinal = 2 : i64} : memref<64x8xf32>, i32, i32 -> f32
// CHECK:           helion.load %{{.*}}[%{{.*}}, %{{.*}}] mask %{{.*}} : tensor<16x1xi1> {ordinal = 3 : i64} : memref<64x8xf32>, tensor<16x1xi64>, tensor<1x4xi32> -> tensor<16x4xf32>
// CHECK:           helion.load %{{.*}}[] {ordinal = 4 : i64} : memref<f32> -> f32
// CHECK:           helion.store %[[A]], %{{.*}}[%[[T]], %[[S]]] {access = 0 : i32, cache = 5 : i32, eviction = 2 : i32, ordinal = 5 : i64}
// CHECK:           helion.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] mask %{{.*}} : i1 {ordinal = 6 : i64} : f32, memref<64x8xf32>, i32, i32
// CHECK:           helion.atomic_rmw add relaxed %[[A]], %{{.*}}[%[[T]], %[[S]]] {ordinal = 7 : i64}
// CHECK:           helion.atomic_rmw xchg acq_rel %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] mask %{{.*}} : i1 {ordinal = 8 : i64}
helion.kernel @memory(%x: memref<?x8xf32, strided<[?, 1]>>, %y: memref<64x8xf32>, %p: memref<f32>,
                      %m: i32, %ld: i64, %gi: memref<16xi64>) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %c0 = arith.constant 0 : i32
  %true = arith.constant true
  %rows = arith.constant dense<3> : tensor<16x1xi64>
  %columns = arith.constant dense<2> : tensor<1x4xi32>
  %mask = arith.constant dense<true> : tensor<16x1xi1>
  %v = helion.view %x sizes(%m : i32) strides(%ld : i64) : memref<?x8xf32, strided<[?, 1]>>
  %w = helion.view %y : memref<64x8xf32>
  helion.grid (%t) = (%c0) to (%m) blocks [@b0] : i32 {
    %s = helion.slice %c0 : i32 -> !helion.tile<8>
    %a = helion.load %v[%t, %s] {ordinal = 0 : i64} : memref<?x8xf32, strided<[?, 1]>>, !helion.tile<@b0>, !helion.tile<8> -> tensor<?x8xf32, #helion.dims<[@b0, 8]>>
    %b = helion.load %y[%t, %s] {ordinal = 1 : i64, load_ordinal = 1 : i64, index_dims = array<i64: 1, 0>, eviction = 1 : i32, cache = 2 : i32, access = 1 : i32} : memref<64x8xf32>, !helion.tile<@b0>, !helion.tile<8> -> tensor<8x?xf32, #helion.dims<[8, @b0]>>
    %c = helion.load %y[%c0, %m] {ordinal = 2 : i64} : memref<64x8xf32>, i32, i32 -> f32
    %d = helion.load %y[%rows, %columns] mask %mask : tensor<16x1xi1> {ordinal = 3 : i64} : memref<64x8xf32>, tensor<16x1xi64>, tensor<1x4xi32> -> tensor<16x4xf32>
    %e = helion.load %p[] {ordinal = 4 : i64} : memref<f32> -> f32
    helion.store %a, %y[%t, %s] {ordinal = 5 : i64, eviction = 2 : i32, cache = 5 : i32, access = 0 : i32} : tensor<?x8xf32, #helion.dims<[@b0, 8]>>, memref<64x8xf32>, !helion.tile<@b0>, !helion.tile<8>
    helion.store %c, %y[%c0, %m] mask %true : i1 {ordinal = 6 : i64} : f32, memref<64x8xf32>, i32, i32
    %f = helion.atomic_rmw add relaxed %a, %y[%t, %s] {ordinal = 7 : i64} : tensor<?x8xf32, #helion.dims<[@b0, 8]>>, memref<64x8xf32>, !helion.tile<@b0>, !helion.tile<8>
    %g = helion.atomic_rmw xchg acq_rel %c, %y[%c0, %m] mask %true : i1 {ordinal = 8 : i64} : f32, memref<64x8xf32>, i32, i32
  }
  helion.return
}

// -----

// Every kind and ordering of an atomic.
// CHECK-LABEL: helion.kernel @atomics
// CHECK:         helion.atomic_rmw and relaxed
// CHECK:         helion.atomic_rmw or acquire
// CHECK:         helion.atomic_rmw xor release
// CHECK:         helion.atomic_rmw max acq_rel
// CHECK:         helion.atomic_rmw min relaxed
helion.kernel @atomics(%x: memref<8xi32>, %i: i32) {
  %a = helion.atomic_rmw and relaxed %i, %x[%i] {ordinal = 0 : i64} : i32, memref<8xi32>, i32
  %b = helion.atomic_rmw or acquire %i, %x[%i] {ordinal = 1 : i64} : i32, memref<8xi32>, i32
  %c = helion.atomic_rmw xor release %i, %x[%i] {ordinal = 2 : i64} : i32, memref<8xi32>, i32
  %d = helion.atomic_rmw max acq_rel %i, %x[%i] {ordinal = 3 : i64} : i32, memref<8xi32>, i32
  %e = helion.atomic_rmw min relaxed %i, %x[%i] {ordinal = 4 : i64} : i32, memref<8xi32>, i32
  helion.return
}

// -----

// The default precision does not show.
// CHECK-LABEL: helion.kernel @dots
// CHECK:         helion.dot %{{.*}}, %{{.*}} : tensor<64x32xbf16>, tensor<32x64xbf16> -> tensor<64x64xf32>
// CHECK:         helion.dot %{{.*}}, %{{.*}}, %{{.*}} : tensor<64x64xf32> {precision = 0 : i32} : tensor<64x32xf32>, tensor<32x64xf32> -> tensor<64x64xf32>
// CHECK:         helion.dot %{{.*}}, %{{.*}} {precision = 2 : i32} : tensor<2x64x32xf32>, tensor<2x32x64xf32> -> tensor<2x64x64xf32>
helion.kernel @dots() {
  %a = arith.constant dense<1.0> : tensor<64x32xbf16>
  %b = arith.constant dense<1.0> : tensor<32x64xbf16>
  %c = helion.dot %a, %b {precision = 1 : i32} : tensor<64x32xbf16>, tensor<32x64xbf16> -> tensor<64x64xf32>
  %d = arith.constant dense<1.0> : tensor<64x32xf32>
  %e = arith.constant dense<1.0> : tensor<32x64xf32>
  %f = helion.dot %d, %e, %c : tensor<64x64xf32> {precision = 0 : i32} : tensor<64x32xf32>, tensor<32x64xf32> -> tensor<64x64xf32>
  %g = arith.constant dense<1.0> : tensor<2x64x32xf32>
  %h = arith.constant dense<1.0> : tensor<2x32x64xf32>
  %i = helion.dot %g, %h {precision = 2 : i32} : tensor<2x64x32xf32>, tensor<2x32x64xf32> -> tensor<2x64x64xf32>
  helion.return
}

// -----

// Every kind of reduction, to tensors and scalars, one and many dims, a combine region.
// CHECK-LABEL: helion.kernel @reductions
// CHECK:         helion.reduce sum %[[X:.*]] dims [1] : (tensor<64x32xf32>) -> tensor<64xf32>
// CHECK:         helion.reduce prod %[[X]] dims [0] : (tensor<64x32xf32>) -> tensor<32xf32>
// CHECK:         helion.reduce max %[[X]] dims [0, 1] : (tensor<64x32xf32>) -> f32
// CHECK:         helion.reduce min
// CHECK:         helion.reduce argmax %[[X]] dims [1] : (tensor<64x32xf32>) -> tensor<64xi64>
// CHECK:         helion.reduce argmin
// CHECK:         helion.reduce and
// CHECK:         helion.reduce or
// CHECK:         helion.reduce xor
// CHECK:         helion.reduce %[[X]], %[[X]] dims [1] : (tensor<64x32xf32>, tensor<64x32xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[B:.*]]: f32, %[[C:.*]]: f32, %[[D:.*]]: f32):
// CHECK:           helion.yield %[[A]], %[[D]] : f32, f32
helion.kernel @reductions(%x: memref<64x32xf32>) {
  %c0 = arith.constant 0 : i32
  %r = helion.slice %c0 : i32 -> !helion.tile<64>
  %c = helion.slice %c0 : i32 -> !helion.tile<32>
  %v = helion.load %x[%r, %c] {ordinal = 0 : i64} : memref<64x32xf32>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xf32>
  %i = helion.convert %v : tensor<64x32xf32> -> tensor<64x32xi32>
  %0 = helion.reduce sum %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xf32>)
  %1 = helion.reduce prod %v dims [0] : (tensor<64x32xf32>) -> (tensor<32xf32>)
  %2 = helion.reduce max %v dims [0, 1] : (tensor<64x32xf32>) -> (f32)
  %3 = helion.reduce min %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xf32>)
  %4 = helion.reduce argmax %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xi64>)
  %5 = helion.reduce argmin %v dims [1] : (tensor<64x32xf32>) -> (tensor<64xi32>)
  %6 = helion.reduce and %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %7 = helion.reduce or %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %8 = helion.reduce xor %i dims [1] : (tensor<64x32xi32>) -> (tensor<64xi32>)
  %9:2 = helion.reduce %v, %v dims [1] : (tensor<64x32xf32>, tensor<64x32xf32>) -> (tensor<64xf32>, tensor<64xf32>) {
  ^bb0(%a: f32, %b: f32, %d: f32, %e: f32):
    helion.yield %a, %e : f32, f32
  }
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @shapes
// CHECK:         helion.full %{{.*}} : f32 -> tensor<?x64xf32, #helion.dims<[@b0, 64]>>
// CHECK:         %[[I:.*]] = helion.arange : tensor<64xi32>
// CHECK:         helion.arange : tensor<8xi64>
// CHECK:         helion.expand_dims %[[I]] {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
// CHECK:         helion.broadcast %{{.*}} : tensor<64x1xi32> -> tensor<64x32xi32>
// CHECK:         helion.reshape %{{.*}} : tensor<64x32xi32> -> tensor<2048xi32>
// CHECK:         helion.reshape %{{.*}} : f32 -> tensor<1x1xf32>
// CHECK:         helion.reshape %{{.*}} : tensor<1x1xf32> -> f32
// CHECK:         helion.permute %{{.*}} {order = array<i64: 1, 0>} : tensor<64x32xi32> -> tensor<32x64xi32>
// CHECK:         helion.join %[[I]], %[[I]] : tensor<64xi32> -> tensor<64x2xi32>
// CHECK:         helion.join %{{.*}}, %{{.*}} : f32 -> tensor<2xf32>
// CHECK:         %{{.*}}, %{{.*}} = helion.split %{{.*}} : tensor<64x2xi32> -> tensor<64xi32>
helion.kernel @shapes(%z: f32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %0 = helion.full %z : f32 -> tensor<?x64xf32, #helion.dims<[@b0, 64]>>
  %1 = helion.arange : tensor<64xi32>
  %2 = helion.arange : tensor<8xi64>
  %3 = helion.expand_dims %1 {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
  %4 = helion.broadcast %3 : tensor<64x1xi32> -> tensor<64x32xi32>
  %5 = helion.reshape %4 : tensor<64x32xi32> -> tensor<2048xi32>
  %6 = helion.reshape %z : f32 -> tensor<1x1xf32>
  %7 = helion.reshape %6 : tensor<1x1xf32> -> f32
  %8 = helion.permute %4 {order = array<i64: 1, 0>} : tensor<64x32xi32> -> tensor<32x64xi32>
  %9 = helion.join %1, %1 : tensor<64xi32> -> tensor<64x2xi32>
  %10 = helion.join %z, %7 : f32 -> tensor<2xf32>
  %11:2 = helion.split %9 : tensor<64x2xi32> -> tensor<64xi32>
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @elementwise
// CHECK:         helion.convert %{{.*}} : f32 -> bf16
// CHECK:         helion.convert %{{.*}} {user} : tensor<64xf32> -> tensor<64xf8E4M3FN>
// CHECK:         helion.convert %{{.*}} {unsigned_result} : tensor<64xf32> -> tensor<64xi8>
// CHECK:         helion.convert %{{.*}} {unsigned_source} : tensor<64xi8> -> tensor<64xf16>
// CHECK:         helion.inline_asm "mul.f32 $0, $1, $2;" "=r,r,r" %{{.*}}, %{{.*}} {pack = 2 : i64, pure} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
// CHECK:         helion.inline_asm "trap;" "" {{.*}}: () -> ()
// CHECK:         helion.extern "tanh"(%{{.*}}) : (tensor<64xf32>) -> tensor<64xf32>
// CHECK:         helion.extern "pow"(%{{.*}}, %{{.*}}) : (f32, f32) -> f32
helion.kernel @elementwise(%z: f32) {
  %x = helion.full %z : f32 -> tensor<64xf32>
  %0 = helion.convert %z : f32 -> bf16
  %1 = helion.convert %x {user} : tensor<64xf32> -> tensor<64xf8E4M3FN>
  %2 = helion.convert %x {unsigned_result} : tensor<64xf32> -> tensor<64xi8>
  %3 = helion.convert %2 {unsigned_source} : tensor<64xi8> -> tensor<64xf16>
  %4 = helion.inline_asm "mul.f32 $0, $1, $2;" "=r,r,r" %x, %x {pure, pack = 2 : i64} : (tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>)
  helion.inline_asm "trap;" "" : () -> ()
  %5 = helion.extern "tanh"(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %6 = helion.extern "pow"(%z, %z) : (f32, f32) -> f32
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @order
// CHECK:         helion.scan sum %{{.*}} axis 1 : (tensor<64x32xi32>) -> tensor<64x32xi32>
// CHECK:         helion.scan %{{.*}}, %{{.*}} axis 0 reverse : (tensor<64x32xi32>, tensor<64x32xi32>) -> (tensor<64x32xi32>, tensor<64x32xi32>) {
// CHECK:         helion.sort %{{.*}} : tensor<64x32xi32> -> tensor<64x8xi32>, tensor<64x8xi32>
// CHECK:         helion.gather %{{.*}}[%{{.*}}] axis 1 : (tensor<64x32xi32>, tensor<64x8xi32>) -> tensor<64x8xi32>
helion.kernel @order(%z: i32) {
  %x = helion.full %z : i32 -> tensor<64x32xi32>
  %0 = helion.scan sum %x axis 1 : (tensor<64x32xi32>) -> tensor<64x32xi32>
  %1:2 = helion.scan %x, %0 axis 0 reverse : (tensor<64x32xi32>, tensor<64x32xi32>) -> (tensor<64x32xi32>, tensor<64x32xi32>) {
  ^bb0(%a: i32, %i: i32, %b: i32, %j: i32):
    helion.yield %a, %i : i32, i32
  }
  %s, %p = helion.sort %x : tensor<64x32xi32> -> tensor<64x8xi32>, tensor<64x8xi32>
  %2 = helion.gather %x[%p] axis 1 : (tensor<64x32xi32>, tensor<64x8xi32>) -> tensor<64x8xi32>
  helion.return
}
