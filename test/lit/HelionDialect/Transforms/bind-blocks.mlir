// RUN: helion-opt %s --helion-bind-blocks --split-input-file | FileCheck %s
// RUN: helion-opt %s --helion-bind-blocks --canonicalize --split-input-file | FileCheck %s --check-prefix=FOLDED

// Types, block arguments, results of any dialect and the blocks of loops get numbers; fixed blocks
// take no entry of the configuration; the declarations go, and what there was to choose from.
// CHECK-LABEL: helion.kernel @types
// CHECK-NOT:     helion.config_space
// CHECK-NOT:     helion.block @
// CHECK:         helion.grid (%[[T:.*]], %{{.*}}) = {{.*}} blocks [16, 4] : i32 {
// CHECK-DAG:       %[[B:.*]] = arith.constant 16 : i32
// CHECK-DAG:       %[[W:.*]] = arith.constant 4 : i64
// CHECK:           helion.tile_end %[[T]] : <16> -> i32
// CHECK:           %[[Z:.*]] = helion.full %{{.*}} : f32 -> tensor<16x8xf32>
// CHECK:           %[[R:.*]] = helion.tile_for (%[[K:.*]]) = (%{{.*}}) to (%[[B]]) blocks [8] : i32
// CHECK-SAME:        iter_args(%[[A:.*]] = %[[Z]] : tensor<16x8xf32>) {
// CHECK:             %[[L:.*]] = helion.load %{{.*}}[%[[T]], %[[K]]]
// CHECK-SAME:          !helion.tile<16>, !helion.tile<8> -> tensor<16x8xf32>
// CHECK:             arith.addf %[[A]], %[[L]] : tensor<16x8xf32>
// CHECK:             helion.yield %{{.*}} : tensor<16x8xf32>
// CHECK:           helion.reduce %[[R]] dims [1] : (tensor<16x8xf32>) -> tensor<16xf32>
// CHECK-NOT:     #helion.dims
// CHECK:         helion.return
helion.kernel @types(%x: memref<64x32xf32>, %o: memref<64xf32>, %n: i32, %m: i64, %s: f32)
    attributes {helion.config = #helion.config<{block_sizes = [16, 8]}>, helion.config_space = {loads = 1 : i64}} {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b1 {ordinal = 1 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b2 {size = 4 : i64}
  %c0 = arith.constant 0 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%n, %n) blocks [@b0, @b2] : i32 {
    %b = helion.block_size @b0 : i32
    %w = helion.block_size @b2 : i64
    %p = arith.addi %w, %m : i64
    %e = helion.tile_end %t : !helion.tile<@b0> -> i32
    %z = helion.full %s : f32 -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
    %r = helion.tile_for (%k) = (%c0) to (%b) blocks [@b1] : i32
        iter_args(%a = %z : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>) {
      %l = helion.load %x[%t, %k] {ordinal = 0 : i64} : memref<64x32xf32>, !helion.tile<@b0>, !helion.tile<@b1> -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %y = arith.addf %a, %l : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      helion.yield %y : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
    } {ordinal = 0 : i64}
    %q = helion.reduce %r dims [1] : (tensor<?x?xf32, #helion.dims<[@b0, @b1]>>) -> (tensor<?xf32, #helion.dims<[@b0]>>) {
    ^bb0(%f: f32, %g: f32):
      %h = arith.addf %f, %g : f32
      helion.yield %h : f32
    }
    helion.store %q, %o[%t] {ordinal = 1 : i64} : tensor<?xf32, #helion.dims<[@b0]>>, memref<64xf32>, !helion.tile<@b0>
  }
  helion.return
}

// -----

// The order of declarations does not matter, their ordinals do; tiles that are shifted, extents
// that are numbers already, and kernels without a block.
// CHECK-LABEL: helion.kernel @ordinals
// CHECK:         helion.grid (%[[T:.*]], %{{.*}}) = {{.*}} blocks [64, 1] : i32
// CHECK:           helion.shift_tile %[[T]], %{{.*}} : <64>, i32
// CHECK:           helion.full %{{.*}} : f32 -> tensor<1x7x64xf32>
// CHECK-LABEL: helion.kernel @nothing
helion.kernel @ordinals(%n: i32, %s: f32) attributes {helion.config = #helion.config<{block_sizes = [64, 1]}>} {
  helion.block @columns {ordinal = 1 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @rows {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %c0 = arith.constant 0 : i32
  helion.grid (%t, %u) = (%c0, %c0) to (%n, %n) blocks [@rows, @columns] : i32 {
    %v = helion.shift_tile %t, %n : !helion.tile<@rows>, i32
    %z = helion.full %s : f32 -> tensor<?x7x?xf32, #helion.dims<[@columns, 7, @rows]>>
  }
  helion.return
}
helion.kernel @nothing(%n: i32) attributes {helion.config = #helion.config<{}>} {
  helion.return
}

// -----

// Branches on block sizes fold.
// FOLDED-LABEL: helion.kernel @branch
// FOLDED-NOT:     scf.if
// FOLDED:         %[[V:.*]] = helion.full %arg1 : f32 -> tensor<16xf32>
// FOLDED-NEXT:    helion.store %[[V]]
helion.kernel @branch(%o: memref<64xf32>, %s: f32, %u: f32) attributes {helion.config = #helion.config<{block_sizes = [16]}>} {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %b = helion.block_size @b0 : i32
  %small = arith.cmpi slt, %b, %c32 : i32
  helion.grid (%t) = (%c0) to (%c64) blocks [@b0] : i32 {
    %v = scf.if %small -> (tensor<?xf32, #helion.dims<[@b0]>>) {
      %x = helion.full %s : f32 -> tensor<?xf32, #helion.dims<[@b0]>>
      scf.yield %x : tensor<?xf32, #helion.dims<[@b0]>>
    } else {
      %y = helion.full %u : f32 -> tensor<?xf32, #helion.dims<[@b0]>>
      scf.yield %y : tensor<?xf32, #helion.dims<[@b0]>>
    }
    helion.store %v, %o[%t] {ordinal = 0 : i64} : tensor<?xf32, #helion.dims<[@b0]>>, memref<64xf32>, !helion.tile<@b0>
  }
  helion.return
}

// -----

// Products of blocks follow the sizes of theirs.
// CHECK-LABEL: helion.kernel @products
// CHECK-NOT:     helion.block @
// CHECK:         helion.full %{{.*}} : f32 -> tensor<32x64xf32>
// CHECK:         arith.constant 64 : i32
helion.kernel @products(%s: f32, %n: i32)
    attributes {helion.config = #helion.config<{block_sizes = [16]}>} {
  helion.block @p0 {factor = 2 : i64, of = [@b0]}
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b1 {size = 4 : i64}
  helion.block @p1 {factor = 1 : i64, of = [@b1, @b0]}
  %z = helion.full %s : f32 -> tensor<?x?xf32, #helion.dims<[@p0, @p1]>>
  %b = helion.block_size @p1 : i32
  %c = arith.addi %b, %n : i32
  helion.return
}
