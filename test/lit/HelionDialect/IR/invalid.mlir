// RUN: helion-opt %s --verify-diagnostics --split-input-file

// Each chunk is named after the constraint in the operations' descriptions that it breaks; chunks
// that hold stand in front of them.

helion.kernel @k_holds(%x: memref<4xf32>, %n: i32, %s: f64, %b: i1) {
  helion.return
}

// -----

// expected-error @+1 {{'helion.kernel' op expects no results but got 1}}
helion.kernel @k1() -> i32 {
  helion.return
}

// -----

// expected-error @+1 {{'helion.kernel' op expects memref or scalar arguments but got 'tensor<4xf32>' as argument 1}}
helion.kernel @k2(%n: i32, %x: tensor<4xf32>) {
  helion.return
}

// -----

helion.kernel @b_holds() {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 1 : i64}
  helion.block @b1 {size = 32 : i64}
  helion.block @b2 {factor = 1 : i64, of = [@b0, @b1]}
  helion.return
}

// -----

helion.kernel @b1_product_and_size() {
  // expected-error @+1 {{'helion.block' op expects either a size, or an ordinal with min and max, or a factor with blocks}}
  helion.block @b0 {factor = 2 : i64, of = [@b1], size = 32 : i64}
  helion.return
}

// -----

helion.kernel @b3() {
  // expected-error @+1 {{'helion.block' op expects a factor of 1 or more but got 0}}
  helion.block @b0 {factor = 0 : i64, of = [@b1]}
  helion.return
}

// -----

helion.kernel @b1_neither() {
  // expected-error @+1 {{'helion.block' op expects either a size, or an ordinal with min and max, or a factor with blocks}}
  helion.block @b0 {min = 1 : i64, max = 64 : i64}
  helion.return
}

// -----

helion.kernel @b1_both() {
  // expected-error @+1 {{'helion.block' op expects either a size, or an ordinal with min and max, or a factor with blocks}}
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64, size = 32 : i64}
  helion.return
}

// -----

helion.kernel @b2_min() {
  // expected-error @+1 {{'helion.block' op expects 1 <= min <= max but got min 0 and max 64}}
  helion.block @b0 {ordinal = 0 : i64, min = 0 : i64, max = 64 : i64}
  helion.return
}

// -----

helion.kernel @b2_max() {
  // expected-error @+1 {{'helion.block' op expects 1 <= min <= max but got min 64 and max 32}}
  helion.block @b0 {ordinal = 0 : i64, min = 64 : i64, max = 32 : i64}
  helion.return
}

// -----

helion.kernel @v_holds(%x: memref<?x8xf32, strided<[?, 1]>>, %n: i32, %m: i64) {
  %v = helion.view %x sizes(%n : i32) strides(%m : i64) : memref<?x8xf32, strided<[?, 1]>>
  helion.return
}

// -----

helion.kernel @v1(%x: memref<?x8xf32>, %n: i32) {
  // expected-error @+1 {{'helion.view' op expects one size per dynamic extent (1) but got 2}}
  %v = helion.view %x sizes(%n, %n : i32, i32) : memref<?x8xf32>
  helion.return
}

// -----

helion.kernel @v2(%x: memref<4x8xf32, strided<[?, 1]>>) {
  // expected-error @+1 {{'helion.view' op expects one stride per dynamic stride (1) but got 0}}
  %v = helion.view %x : memref<4x8xf32, strided<[?, 1]>>
  helion.return
}

// -----

helion.kernel @v_layout(%x: memref<4x8xf32, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>) {
  // expected-error @+1 {{'helion.view' op expects a strided layout but got 'memref<4x8xf32, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>'}}
  %v = helion.view %x : memref<4x8xf32, affine_map<(d0, d1) -> (d0 floordiv 2, d1)>>
  helion.return
}

// -----

helion.kernel @g_holds(%n: i32) {
  helion.block @b0 {size = 32 : i64}
  helion.grid (%t, %u) = (%n, %n) to (%n, %n) blocks [@b0, 16] : i32 {
  }
  helion.return
}

// -----

helion.kernel @g1(%n: i32) {
  // expected-error @+1 {{'helion.grid' op expects one block, one tile and two bounds per dimension but got 1 lower bounds, 1 upper bounds, 2 blocks, 1 region arguments}}
  "helion.grid"(%n, %n) <{blocks = [32, 32]}> ({
  ^bb0(%t: !helion.tile<32>):
  }) : (i32, i32) -> ()
  helion.return
}

// -----

helion.kernel @g1_no_dimension() {
  // expected-error @+1 {{'helion.grid' op expects one block, one tile and two bounds per dimension but got 0 lower bounds, 0 upper bounds, 0 blocks, 0 region arguments}}
  "helion.grid"() <{blocks = []}> ({
  ^bb0:
  }) : () -> ()
  helion.return
}

// -----

helion.kernel @g1_syntax(%n: i32) {
  // expected-error @+1 {{expects one tile, one block and two bounds per dimension}}
  helion.grid (%t, %u) = (%n) to (%n) blocks [32] : i32 {
  }
  helion.return
}

// -----

helion.kernel @g2(%n: i32) {
  // expected-error @+1 {{'helion.grid' op expects region argument 0 to be a tile of 32 : i64 but got '!helion.tile<16>'}}
  "helion.grid"(%n, %n) <{blocks = [32]}> ({
  ^bb0(%t: !helion.tile<16>):
  }) : (i32, i32) -> ()
  helion.return
}

// -----

helion.kernel @t_holds(%n: i32, %s: f32) {
  %r = helion.tile_for (%t) = (%n) to (%n) blocks [32] : i32 iter_args(%a = %s : f32) {
    helion.yield %a : f32
  } {ordinal = 0 : i64}
  helion.return
}

// -----

helion.kernel @t1(%n: i32) {
  // expected-error @+1 {{'helion.tile_for' op expects one block, one tile and two bounds per dimension but got 1 lower bounds, 1 upper bounds, 2 blocks, 1 region arguments}}
  "helion.tile_for"(%n, %n) <{blocks = [32, 32], ordinal = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0>}> ({
  ^bb0(%t: !helion.tile<32>):
    helion.yield
  }) : (i32, i32) -> ()
  helion.return
}

// -----

helion.kernel @t2(%n: i32) {
  // expected-error @+1 {{'helion.tile_for' op expects region argument 0 to be a tile of 32 : i64 but got 'i32'}}
  "helion.tile_for"(%n, %n) <{blocks = [32], ordinal = 0 : i64, operandSegmentSizes = array<i32: 1, 1, 0>}> ({
  ^bb0(%t: i32):
    helion.yield
  }) : (i32, i32) -> ()
  helion.return
}

// -----

helion.kernel @t3_count(%n: i32, %s: f32) {
  // expected-error @+1 {{'helion.tile_for' op expects as many carried values, yielded values and results as inits (1) but got 1, 2 and 1}}
  %r = helion.tile_for (%t) = (%n) to (%n) blocks [32] : i32 iter_args(%a = %s : f32) {
    helion.yield %a, %a : f32, f32
  } {ordinal = 0 : i64}
  helion.return
}

// -----

helion.kernel @t3_type(%n: i32, %s: f32) {
  // expected-error @+1 {{'helion.tile_for' op expects one type for carried value 0 but got 'f32', 'f32', 'i32' and 'f32'}}
  %r = helion.tile_for (%t) = (%n) to (%n) blocks [32] : i32 iter_args(%a = %s : f32) {
    helion.yield %n : i32
  } {ordinal = 0 : i64}
  helion.return
}

// -----

helion.kernel @l_holds(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %rows = arith.constant dense<3> : tensor<1x8xi32>
  %mask = arith.constant dense<true> : tensor<16x1xi1>
  %u = helion.slice %i : i32 -> !helion.tile<8>
  %a = helion.load %x[%t, %i] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, i32 -> tensor<16xf32>
  %b = helion.load %x[%t, %u] {ordinal = 0 : i64, index_dims = array<i64: 1, 0>} : memref<64x8xf32>, !helion.tile<16>, !helion.tile<8> -> tensor<8x16xf32>
  %c = helion.load %x[%t, %rows] mask %mask : tensor<16x1xi1> {ordinal = 0 : i64, index_dims = array<i64: 0, -1>} : memref<64x8xf32>, !helion.tile<16>, tensor<1x8xi32> -> tensor<16x8xf32>
  helion.return
}

// -----

helion.kernel @l1(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  // expected-error @+1 {{'helion.load' op expects one index per dimension of the base (2) but got 1}}
  %a = helion.load %x[%t] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16> -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @l1_index_dims(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  // expected-error @+1 {{'helion.load' op expects one entry of index_dims per index (2) but got 1}}
  %a = helion.load %x[%t, %i] {ordinal = 0 : i64, index_dims = array<i64: 0>} : memref<64x8xf32>, !helion.tile<16>, i32 -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @l2(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  // expected-error @+1 {{'helion.load' op expects the element type of the base ('f32') but got 'f16'}}
  %a = helion.load %x[%t, %i] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, i32 -> tensor<16xf16>
  helion.return
}

// -----

helion.kernel @l3_extent(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  // expected-error @+1 {{'helion.load' op expects extent 16 : i64 in dimension 0 but got 32 : i64}}
  %a = helion.load %x[%t, %i] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, i32 -> tensor<32xf32>
  helion.return
}

// -----

helion.kernel @l3_dimension(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  // expected-error @+1 {{'helion.load' op expects a value with dimension 1 for the tile at index 1 but got 'tensor<16xf32>'}}
  %a = helion.load %x[%t, %t] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, !helion.tile<16> -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @l3_scalar(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  // expected-error @+1 {{'helion.load' op expects a value with dimension 0 for the tile at index 0 but got 'f32'}}
  %a = helion.load %x[%t, %i] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, i32 -> f32
  helion.return
}

// -----

helion.kernel @l3_symbol(%x: memref<64xf32>, %n: i32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b1 {ordinal = 1 : i64, min = 1 : i64, max = 64 : i64}
  helion.grid (%t) = (%n) to (%n) blocks [@b0] : i32 {
    // expected-error @+1 {{'helion.load' op expects extent @b0 in dimension 0 but got @b1}}
    %a = helion.load %x[%t] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<@b0> -> tensor<?xf32, #helion.dims<[@b1]>>
  }
  helion.return
}

// -----

helion.kernel @l4_index(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %rows = arith.constant dense<3> : tensor<8xi32>
  // expected-error @+1 {{'helion.load' op expects an index tensor that broadcasts to 'tensor<16xf32>' but got 'tensor<8xi32>'}}
  %a = helion.load %x[%t, %rows] {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, tensor<8xi32> -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @l4_mask(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %mask = arith.constant dense<true> : tensor<16x1xi1>
  // expected-error @+1 {{'helion.load' op expects a mask that broadcasts to 'tensor<16xf32>' but got 'tensor<16x1xi1>'}}
  %a = helion.load %x[%t, %i] mask %mask : tensor<16x1xi1> {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, i32 -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @l4_scalar_mask(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %true = arith.constant true
  // expected-error @+1 {{'helion.load' op expects a mask that broadcasts to 'tensor<16xf32>' but got 'i1'}}
  %a = helion.load %x[%t, %i] mask %true : i1 {ordinal = 0 : i64} : memref<64x8xf32>, !helion.tile<16>, i32 -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @s_holds(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<16xf32>
  helion.store %v, %x[%t, %i] {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @s1(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<16xf32>
  // expected-error @+1 {{'helion.store' op expects one index per dimension of the base (2) but got 3}}
  helion.store %v, %x[%t, %i, %i] {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32, i32
  helion.return
}

// -----

helion.kernel @s2(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.arange : tensor<16xi32>
  // expected-error @+1 {{'helion.store' op expects the element type of the base ('f32') but got 'i32'}}
  helion.store %v, %x[%t, %i] {ordinal = 0 : i64} : tensor<16xi32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @s3(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<8xf32>
  // expected-error @+1 {{'helion.store' op expects extent 16 : i64 in dimension 0 but got 8 : i64}}
  helion.store %v, %x[%t, %i] {ordinal = 0 : i64} : tensor<8xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @s4(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<16xf32>
  %mask = arith.constant dense<true> : tensor<8xi1>
  // expected-error @+1 {{'helion.store' op expects a mask that broadcasts to 'tensor<16xf32>' but got 'tensor<8xi1>'}}
  helion.store %v, %x[%t, %i] mask %mask : tensor<8xi1> {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @atomic_l_holds(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<16xf32>
  %o = helion.atomic_rmw add relaxed %v, %x[%t, %i] {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @atomic_l1(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<16xf32>
  // expected-error @+1 {{'helion.atomic_rmw' op expects one index per dimension of the base (2) but got 3}}
  %o = helion.atomic_rmw add relaxed %v, %x[%t, %i, %i] {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32, i32
  helion.return
}

// -----

helion.kernel @atomic_l2(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.arange : tensor<16xi32>
  // expected-error @+1 {{'helion.atomic_rmw' op expects the element type of the base ('f32') but got 'i32'}}
  %o = helion.atomic_rmw add relaxed %v, %x[%t, %i] {ordinal = 0 : i64} : tensor<16xi32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @atomic_l3(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<8xf32>
  // expected-error @+1 {{'helion.atomic_rmw' op expects extent 16 : i64 in dimension 0 but got 8 : i64}}
  %o = helion.atomic_rmw add relaxed %v, %x[%t, %i] {ordinal = 0 : i64} : tensor<8xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @atomic_l4(%x: memref<64x8xf32>, %i: i32, %s: f32) {
  %t = helion.slice %i : i32 -> !helion.tile<16>
  %v = helion.full %s : f32 -> tensor<16xf32>
  %mask = arith.constant dense<true> : tensor<8xi1>
  // expected-error @+1 {{'helion.atomic_rmw' op expects a mask that broadcasts to 'tensor<16xf32>' but got 'tensor<8xi1>'}}
  %o = helion.atomic_rmw add relaxed %v, %x[%t, %i] mask %mask : tensor<8xi1> {ordinal = 0 : i64} : tensor<16xf32>, memref<64x8xf32>, !helion.tile<16>, i32
  helion.return
}

// -----

helion.kernel @c_holds() {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x16xf32>
  %d = arith.constant dense<1.0> : tensor<4x16xf32>
  %e = arith.constant dense<1.0> : tensor<2x4x8xf16>
  %f = arith.constant dense<1.0> : tensor<2x8x16xf16>
  %0 = helion.dot %a, %b, %d : tensor<4x16xf32> : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<4x16xf32>
  %1 = helion.dot %e, %f : tensor<2x4x8xf16>, tensor<2x8x16xf16> -> tensor<2x4x16xf32>
  helion.return
}

// -----

helion.kernel @c1_rank() {
  %a = arith.constant dense<1.0> : tensor<8xf32>
  // expected-error @+1 {{'helion.dot' op expects rank 2 or 3, the same for all, but got 'tensor<8xf32>', 'tensor<8xf32>' and 'tensor<8xf32>'}}
  %0 = helion.dot %a, %a : tensor<8xf32>, tensor<8xf32> -> tensor<8xf32>
  helion.return
}

// -----

helion.kernel @c1_same() {
  %a = arith.constant dense<1.0> : tensor<2x4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x16xf32>
  // expected-error @+1 {{'helion.dot' op expects rank 2 or 3, the same for all, but got 'tensor<2x4x8xf32>', 'tensor<8x16xf32>' and 'tensor<2x4x16xf32>'}}
  %0 = helion.dot %a, %b : tensor<2x4x8xf32>, tensor<8x16xf32> -> tensor<2x4x16xf32>
  helion.return
}

// -----

helion.kernel @c2_k() {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<4x16xf32>
  // expected-error @+1 {{'helion.dot' op expects [B,] M x K, [B,] K x N and [B,] M x N but got 'tensor<4x8xf32>', 'tensor<4x16xf32>' and 'tensor<4x16xf32>'}}
  %0 = helion.dot %a, %b : tensor<4x8xf32>, tensor<4x16xf32> -> tensor<4x16xf32>
  helion.return
}

// -----

helion.kernel @c2_m() {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x16xf32>
  // expected-error @+1 {{'helion.dot' op expects [B,] M x K, [B,] K x N and [B,] M x N but got 'tensor<4x8xf32>', 'tensor<8x16xf32>' and 'tensor<8x16xf32>'}}
  %0 = helion.dot %a, %b : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<8x16xf32>
  helion.return
}

// -----

helion.kernel @c2_n() {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x16xf32>
  // expected-error @+1 {{'helion.dot' op expects [B,] M x K, [B,] K x N and [B,] M x N but got 'tensor<4x8xf32>', 'tensor<8x16xf32>' and 'tensor<4x8xf32>'}}
  %0 = helion.dot %a, %b : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<4x8xf32>
  helion.return
}

// -----

helion.kernel @c2_b() {
  %a = arith.constant dense<1.0> : tensor<2x4x8xf32>
  %b = arith.constant dense<1.0> : tensor<3x8x16xf32>
  // expected-error @+1 {{'helion.dot' op expects [B,] M x K, [B,] K x N and [B,] M x N but got 'tensor<2x4x8xf32>', 'tensor<3x8x16xf32>' and 'tensor<2x4x16xf32>'}}
  %0 = helion.dot %a, %b : tensor<2x4x8xf32>, tensor<3x8x16xf32> -> tensor<2x4x16xf32>
  helion.return
}

// -----

helion.kernel @c3() {
  %a = arith.constant dense<1.0> : tensor<4x8xf32>
  %b = arith.constant dense<1.0> : tensor<8x16xf32>
  %d = arith.constant dense<1.0> : tensor<4x16xf16>
  // expected-error @+1 {{'helion.dot' op expects an accumulator of the result's type 'tensor<4x16xf32>' but got 'tensor<4x16xf16>'}}
  %0 = helion.dot %a, %b, %d : tensor<4x16xf16> : tensor<4x8xf32>, tensor<8x16xf32> -> tensor<4x16xf32>
  helion.return
}

// -----

helion.kernel @r_holds() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  %0 = helion.reduce sum %x dims [0, 1] : (tensor<4x8xf32>) -> (f32)
  %1 = helion.reduce %x dims [0] : (tensor<4x8xf32>) -> (tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    helion.yield %c : f32
  }
  %2 = helion.reduce argmin %x dims [1] : (tensor<4x8xf32>) -> (tensor<4xi64>)
  helion.return
}

// -----

helion.kernel @r1_both() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects either a kind or a combine region}}
  %0 = helion.reduce sum %x dims [0] : (tensor<4x8xf32>) -> (tensor<8xf32>) {
  ^bb0(%a: f32, %b: f32):
    %c = arith.addf %a, %b : f32
    helion.yield %c : f32
  }
  helion.return
}

// -----

helion.kernel @r1_neither() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects either a kind or a combine region}}
  %0 = helion.reduce %x dims [0] : (tensor<4x8xf32>) -> (tensor<8xf32>)
  helion.return
}

// -----

helion.kernel @r1_inputs() {
  // expected-error @+1 {{'helion.reduce' op expects at least one input}}
  "helion.reduce"() <{dims = array<i64: 0>, kind = 0 : i32}> ({}) : () -> ()
  helion.return
}

// -----

helion.kernel @r2_range() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects distinct ascending dims below 2 but got [2]}}
  %0 = helion.reduce sum %x dims [2] : (tensor<4x8xf32>) -> (tensor<4x8xf32>)
  helion.return
}

// -----

helion.kernel @r2_order() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects distinct ascending dims below 2 but got [1, 0]}}
  %0 = helion.reduce sum %x dims [1, 0] : (tensor<4x8xf32>) -> (f32)
  helion.return
}

// -----

helion.kernel @r2_twice() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects distinct ascending dims below 2 but got [1, 1]}}
  %0 = helion.reduce sum %x dims [1, 1] : (tensor<4x8xf32>) -> (tensor<4xf32>)
  helion.return
}

// -----

helion.kernel @r3() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects results with the extents that stay, but got 'tensor<8xf32>' from 'tensor<4x8xf32>'}}
  %0 = helion.reduce sum %x dims [1] : (tensor<4x8xf32>) -> (tensor<8xf32>)
  helion.return
}

// -----

helion.kernel @r4_dims() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects one input, one dim and an integer result of an arg reduction}}
  %0 = helion.reduce argmax %x dims [0, 1] : (tensor<4x8xf32>) -> (i64)
  helion.return
}

// -----

helion.kernel @r4_integer() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects one input, one dim and an integer result of an arg reduction}}
  %0 = helion.reduce argmax %x dims [1] : (tensor<4x8xf32>) -> (tensor<4xf32>)
  helion.return
}

// -----

helion.kernel @r4_inputs() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reduce' op expects one input, one dim and an integer result of an arg reduction}}
  %0:2 = helion.reduce argmin %x, %x dims [1] : (tensor<4x8xf32>, tensor<4x8xf32>) -> (tensor<4xi64>, tensor<4xi64>)
  helion.return
}

// -----

helion.kernel @f_holds(%s: f32) {
  %0 = helion.full %s : f32 -> tensor<4xf32>
  helion.return
}

// -----

helion.kernel @f1(%s: f32) {
  // expected-error @+1 {{'helion.full' op expects a value of the element type 'f16' but got 'f32'}}
  %0 = helion.full %s : f32 -> tensor<4xf16>
  helion.return
}

// -----

helion.kernel @e_holds() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  %0 = helion.expand_dims %x {axis = 2 : i64} : tensor<4x8xf32> -> tensor<4x8x1xf32>
  helion.return
}

// -----

helion.kernel @e1_axis() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.expand_dims' op expects an axis from 0 to 2 but got 3}}
  %0 = helion.expand_dims %x {axis = 3 : i64} : tensor<4x8xf32> -> tensor<4x8x1xf32>
  helion.return
}

// -----

helion.kernel @e1_shape() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.expand_dims' op expects the source with a 1 at axis 1 but got 'tensor<4x8x1xf32>' from 'tensor<4x8xf32>'}}
  %0 = helion.expand_dims %x {axis = 1 : i64} : tensor<4x8xf32> -> tensor<4x8x1xf32>
  helion.return
}

// -----

helion.kernel @x_holds() {
  %x = arith.constant dense<1.0> : tensor<4x1xf32>
  %0 = helion.broadcast %x : tensor<4x1xf32> -> tensor<4x8xf32>
  helion.return
}

// -----

helion.kernel @x1_extent() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.broadcast' op expects extents that are equal or 1 in the source but got 'tensor<4x8xf32>' and 'tensor<8x8xf32>'}}
  %0 = helion.broadcast %x : tensor<4x8xf32> -> tensor<8x8xf32>
  helion.return
}

// -----

helion.kernel @x1_rank() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.broadcast' op expects extents that are equal or 1 in the source but got 'tensor<4x8xf32>' and 'tensor<2x4x8xf32>'}}
  %0 = helion.broadcast %x : tensor<4x8xf32> -> tensor<2x4x8xf32>
  helion.return
}

// -----

helion.kernel @h_holds() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  %0 = helion.reshape %x : tensor<4x8xf32> -> tensor<2x16xf32>
  helion.return
}

// -----

helion.kernel @h1() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reshape' op expects as many elements as the source (32) but got 16}}
  %0 = helion.reshape %x : tensor<4x8xf32> -> tensor<16xf32>
  helion.return
}

// -----

helion.kernel @h1_scalar() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.reshape' op expects as many elements as the source (32) but got 1}}
  %0 = helion.reshape %x : tensor<4x8xf32> -> f32
  helion.return
}

// -----

helion.kernel @p_holds() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  %0 = helion.permute %x {order = array<i64: 1, 0>} : tensor<4x8xf32> -> tensor<8x4xf32>
  helion.return
}

// -----

helion.kernel @p1_twice() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.permute' op expects a permutation of 2 dimensions but got [0, 0]}}
  %0 = helion.permute %x {order = array<i64: 0, 0>} : tensor<4x8xf32> -> tensor<4x4xf32>
  helion.return
}

// -----

helion.kernel @p1_range() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.permute' op expects a permutation of 2 dimensions but got [0, 2]}}
  %0 = helion.permute %x {order = array<i64: 0, 2>} : tensor<4x8xf32> -> tensor<4x8xf32>
  helion.return
}

// -----

helion.kernel @p1_count() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.permute' op expects a permutation of 2 dimensions but got [0, 1, 0]}}
  %0 = helion.permute %x {order = array<i64: 0, 1, 0>} : tensor<4x8xf32> -> tensor<4x8xf32>
  helion.return
}

// -----

helion.kernel @p2() {
  %x = arith.constant dense<1.0> : tensor<4x8xf32>
  // expected-error @+1 {{'helion.permute' op expects extents that follow the order but got 'tensor<4x8xf32>' from 'tensor<4x8xf32>'}}
  %0 = helion.permute %x {order = array<i64: 1, 0>} : tensor<4x8xf32> -> tensor<4x8xf32>
  helion.return
}

// -----

helion.kernel @d_holds(%s: f32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %0 = helion.full %s : f32 -> tensor<?x8xf32, #helion.dims<[@b0, 8]>>
  helion.return
}

// -----

helion.kernel @d1(%s: f32) {
  // expected-error @+1 {{expects one entry of #helion.dims per dimension (2) but got 1}}
  %0 = helion.full %s : f32 -> tensor<?x8xf32, #helion.dims<[@b0]>>
  helion.return
}

// -----

helion.kernel @d2_static(%s: f32) {
  // expected-error @+1 {{expects a symbol in #helion.dims exactly where the shape is dynamic but got @b0 for dimension 1}}
  %0 = helion.full %s : f32 -> tensor<?x8xf32, #helion.dims<[@b0, @b0]>>
  helion.return
}

// -----

helion.kernel @d2_dynamic(%s: f32) {
  // expected-error @+1 {{expects a symbol in #helion.dims exactly where the shape is dynamic but got 8 : i64 for dimension 0}}
  %0 = helion.full %s : f32 -> tensor<?x8xf32, #helion.dims<[8, 8]>>
  helion.return
}

// -----

helion.kernel @d3(%s: f32) {
  // expected-error @+1 {{expects entry 1 of #helion.dims to be the extent 8 but got 16}}
  %0 = helion.full %s : f32 -> tensor<?x8xf32, #helion.dims<[@b0, 16]>>
  helion.return
}

// -----

helion.kernel @tile_extent(%i: i32) {
  // expected-error @+1 {{expects a symbol or an extent of at least 0 but got -1 : i64}}
  %0 = helion.slice %i : i32 -> !helion.tile<-1>
  helion.return
}

// -----

helion.kernel @program_id_axis() {
  // expected-error @+1 {{'helion.program_id' op attribute 'axis' failed to satisfy constraint: 32-bit signless integer attribute whose minimum value is 0 whose maximum value is 2}}
  %0 = helion.program_id 3 : i32
  helion.return
}

// -----

// Blocks are declared by kernels alone.
// expected-error @+1 {{'helion.block' op expects parent op 'helion.kernel'}}
helion.block @b0 {size = 32 : i64}

// -----

helion.kernel @scan_n1(%z: i32) {
  %x = helion.full %z : i32 -> tensor<64xi32>
  // expected-error @+1 {{'helion.scan' op expects either a kind or a combine region}}
  %0 = helion.scan %x axis 0 : (tensor<64xi32>) -> tensor<64xi32>
  helion.return
}

// -----

helion.kernel @scan_n2(%z: i32) {
  %x = helion.full %z : i32 -> tensor<64xi32>
  // expected-error @+1 {{'helion.scan' op expects an axis below 1 but got 1}}
  %0 = helion.scan sum %x axis 1 : (tensor<64xi32>) -> tensor<64xi32>
  helion.return
}

// -----

helion.kernel @scan_n3(%z: i32) {
  %x = helion.full %z : i32 -> tensor<64xi32>
  // expected-error @+1 {{'helion.scan' op expects results of the inputs' types, at least one, but got ('tensor<64xi64>') for ('tensor<64xi32>')}}
  %0 = helion.scan sum %x axis 0 : (tensor<64xi32>) -> tensor<64xi64>
  helion.return
}

// -----

helion.kernel @sort_o1(%z: i32) {
  %x = helion.full %z : i32 -> tensor<4x64xi32>
  // expected-error @+1 {{'helion.sort' op expects the source's type but for the last extent, but got 'tensor<4x8xi64>' for 'tensor<4x64xi32>'}}
  %s, %p = helion.sort %x : tensor<4x64xi32> -> tensor<4x8xi64>, tensor<4x8xi32>
  helion.return
}

// -----

helion.kernel @sort_o1_extent(%z: i32) {
  %x = helion.full %z : i32 -> tensor<4x64xi32>
  // expected-error @+1 {{'helion.sort' op expects at most 64 elements in order but got 65}}
  %s, %p = helion.sort %x : tensor<4x64xi32> -> tensor<4x65xi32>, tensor<4x65xi32>
  helion.return
}

// -----

helion.kernel @sort_o2(%z: i32) {
  %x = helion.full %z : i32 -> tensor<4x64xi32>
  // expected-error @+1 {{'helion.sort' op expects positions of the shape of 'tensor<4x8xi32>' but got 'tensor<4x64xi32>'}}
  %s, %p = helion.sort %x : tensor<4x64xi32> -> tensor<4x8xi32>, tensor<4x64xi32>
  helion.return
}

// -----

helion.kernel @gather_a1(%z: i32) {
  %x = helion.full %z : i32 -> tensor<4x64xi32>
  %i = helion.full %z : i32 -> tensor<8x64xi32>
  // expected-error @+1 {{'helion.gather' op expects equal extents but along axis 1 but got 'tensor<4x64xi32>' and 'tensor<8x64xi32>'}}
  %0 = helion.gather %x[%i] axis 1 : (tensor<4x64xi32>, tensor<8x64xi32>) -> tensor<8x64xi32>
  helion.return
}

// -----

helion.kernel @gather_a2(%z: i32) {
  %x = helion.full %z : i32 -> tensor<4x64xi32>
  %i = helion.full %z : i32 -> tensor<4x8xi32>
  // expected-error @+1 {{'helion.gather' op expects the shape of the indices but got 'tensor<4x64xi32>' for 'tensor<4x8xi32>'}}
  %0 = helion.gather %x[%i] axis 1 : (tensor<4x64xi32>, tensor<4x8xi32>) -> tensor<4x64xi32>
  helion.return
}
