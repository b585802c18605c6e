// RUN: helion-opt %s --helion-mask --split-input-file --verify-diagnostics

helion.kernel @escape(%x: memref<64x100xf32>, %o: memref<64xf32>, %n: i32) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c64 = arith.constant 64 : i32
  %tm = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %z = arith.constant dense<0.0> : tensor<4x32xf32>
  %r = scf.for %k = %c0 to %n step %c32 iter_args(%acc = %z) -> (tensor<4x32xf32>) : i32 {
    // expected-note @+1 {{this is the tile}}
    %tk = helion.make_tile %k to %n : i32 -> !helion.tile<32>
    %v = helion.load %x[%tm, %tk] {ordinal = 0 : i64} : memref<64x100xf32>, !helion.tile<4>, !helion.tile<32> -> tensor<4x32xf32>
    scf.yield %v : tensor<4x32xf32>
  }
  // expected-error @+1 {{expects the tile that ends in dimension 1 to be in scope, in order to mask the lanes behind its end, but got a value that left the loop over it}}
  %s = helion.reduce max %r dims [1] : (tensor<4x32xf32>) -> tensor<4xf32>
  helion.store %s, %o[%tm] {ordinal = 1 : i64} : tensor<4xf32>, memref<64xf32>, !helion.tile<4>
  helion.return
}

// -----

helion.kernel @ragged_reshape(%x: memref<4x64xf32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %c0 to %n : i32 -> !helion.tile<32>
  %u = helion.slice %c0 : i32 -> !helion.tile<4>
  %a = helion.load %x[%u, %t] {ordinal = 0 : i64} : memref<4x64xf32>, !helion.tile<4>, !helion.tile<32> -> tensor<4x32xf32>
  // expected-error @+1 {{expects a tile that ends early in the outermost of the dimensions that are merged only, and not to be split, but got 'tensor<4x32xf32>' as 'tensor<128xf32>'}}
  %b = helion.reshape %a : tensor<4x32xf32> -> tensor<128xf32>
  %s = helion.reduce max %b dims [0] : (tensor<128xf32>) -> f32
  helion.store %s, %x[%c0, %c0] {ordinal = 1 : i64} : f32, memref<4x64xf32>, i32, i32
  helion.return
}

// -----

helion.kernel @ragged_split(%x: memref<64xf32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %t = helion.make_tile %c0 to %n : i32 -> !helion.tile<32>
  %a = helion.load %x[%t] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<32> -> tensor<32xf32>
  // expected-error @+1 {{expects a tile that ends early in the outermost of the dimensions that are merged only, and not to be split, but got 'tensor<32xf32>' as 'tensor<8x4xf32>'}}
  %b = helion.reshape %a : tensor<32xf32> -> tensor<8x4xf32>
  %s = helion.reduce max %b dims [0, 1] : (tensor<8x4xf32>) -> f32
  helion.store %s, %x[%c0] {ordinal = 1 : i64} : f32, memref<64xf32>, i32
  helion.return
}

// -----

helion.kernel @region(%x: memref<100xf32>) {
  %c0 = arith.constant 0 : i32
  %m = helion.slice %c0 : i32 -> !helion.tile<100>
  %a = helion.load %x[%m] {ordinal = 0 : i64} : memref<100xf32>, !helion.tile<100> -> tensor<100xf32>
  // expected-error @+1 {{expects the attribute `neutral` with an element of 'f32' for input 0}}
  %s = helion.reduce %a dims [0] : (tensor<100xf32>) -> f32 {
  ^bb0(%l: f32, %r: f32):
    %q = arith.mulf %l, %r : f32
    helion.yield %q : f32
  }
  helion.store %s, %x[%c0] {ordinal = 1 : i64} : f32, memref<100xf32>, i32
  helion.return
}

// -----

helion.kernel @table(%x: memref<3xi32>) {
  %c0 = arith.constant 0 : i32
  %u = helion.slice %c0 : i32 -> !helion.tile<3>
  // expected-error @+1 {{expects extents that are powers of two of a constant with several values but got 'tensor<3xi32>'}}
  %a = arith.constant dense<[1, 2, 3]> : tensor<3xi32>
  helion.store %a, %x[%u] {ordinal = 0 : i64} : tensor<3xi32>, memref<3xi32>, !helion.tile<3>
  helion.return
}
