// RUN: helion-opt %s --split-input-file --verify-diagnostics

// expected-error @+1 {{expects a pointer to a scalar but got 'tensor<4xf32>'}}
tt.func private @pointer_to_tensor(%x: !tt.ptr<tensor<4xf32>>)

// -----

tt.func public @range() {
  // expected-error @+1 {{expects a tensor of 32 elements, end - start, but got 'tensor<64xi32>'}}
  %0 = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<64xi32>
  tt.return
}

// -----

tt.func public @expand_dims(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects an axis from 0 to 1 but got 2}}
  %0 = tt.expand_dims %x {axis = 2 : i32} : tensor<4xf32> -> tensor<4x1xf32>
  tt.return
}

// -----

tt.func public @broadcast(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{expects to repeat axes of extent 1 only but got 'tensor<4x2xf32>' to 'tensor<4x8xf32>'}}
  %0 = tt.broadcast %x : tensor<4x2xf32> -> tensor<4x8xf32>
  tt.return
}

// -----

tt.func public @reshape(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{expects 8 elements in the result but got 16}}
  %0 = tt.reshape %x : tensor<4x2xf32> -> tensor<16xf32>
  tt.return
}

// -----

tt.func public @trans_order(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{expects a permutation of 2 axes but got [0, 0]}}
  %0 = tt.trans %x {order = array<i32: 0, 0>} : tensor<4x2xf32> -> tensor<4x4xf32>
  tt.return
}

// -----

tt.func public @trans_result(%x: tensor<4x2xf32>) {
  // expected-error @+1 {{expects the result 'tensor<2x4xf32>' but got 'tensor<4x2xf32>'}}
  %0 = tt.trans %x {order = array<i32: 1, 0>} : tensor<4x2xf32> -> tensor<4x2xf32>
  tt.return
}

// -----

tt.func public @split(%x: tensor<4x4xf32>) {
  // expected-error @+1 {{expects the halves of 'tensor<4x4xf32>' along a last axis of extent 2 but got 'tensor<4xf32>'}}
  %0, %1 = tt.split %x : tensor<4x4xf32> -> tensor<4xf32>
  tt.return
}

// -----

tt.func public @gather(%x: tensor<4xf32>, %i: tensor<8xi32>) {
  // expected-error @+1 {{expects the result 'tensor<8xf32>' but got 'tensor<4xf32>'}}
  %0 = tt.gather %x[%i] {axis = 0 : i32} : (tensor<4xf32>, tensor<8xi32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func public @bitcast(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects types of one width but got 'f32' to 'i64'}}
  %0 = tt.bitcast %x : tensor<4xf32> -> tensor<4xi64>
  tt.return
}

// -----

tt.func public @bitcast_pointer(%x: !tt.ptr<f32>) {
  // expected-error @+1 {{expects pointers on both sides or on neither but got '!tt.ptr<f32>' to 'i64'}}
  %0 = tt.bitcast %x : !tt.ptr<f32> -> i64
  tt.return
}

// -----

tt.func public @narrowing(%x: tensor<4xf32>) {
  // expected-error @+1 {{expects a rounding mode where it narrows but got none}}
  %0 = tt.fp_to_fp %x : tensor<4xf32> -> tensor<4xf16>
  tt.return
}

// -----

tt.func public @widening(%x: tensor<4xf16>) {
  // expected-error @+1 {{expects no rounding mode where it widens but got one}}
  %0 = tt.fp_to_fp %x, rounding = rtz : tensor<4xf16> -> tensor<4xf32>
  tt.return
}

// -----

tt.func public @hints(%x: !tt.ptr<f32>) {
  // expected-error @+1 {{expects cache hints in one spelling but got cachePolicy beside cacheModifier or evictionPolicy}}
  %0 = tt.load %x cacheModifier = cg {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : !tt.ptr<f32>
  tt.return
}

// -----

tt.func public @descriptor_rank(%x: !tt.ptr<f32>, %m: i32, %ld: i64) {
  // expected-error @+1 {{expects one extent and one stride per axis of 'tensor<4x4xf32>' but got 1}}
  %0 = tt.make_tensor_descriptor %x, [%m], [%ld] : <f32>, <tensor<4x4xf32>>
  tt.return
}

// -----

tt.func public @descriptor_type(%x: !tt.ptr<f32>, %m: i32, %ld: i64) {
  // expected-error @+1 {{expects blocks of 'f32' but got 'tensor<4xf16>'}}
  %0 = tt.make_tensor_descriptor %x, [%m], [%ld] : <f32>, <tensor<4xf16>>
  tt.return
}

// -----

tt.func public @descriptor_load(%d: !tt.tensordesc<4x4xf16>, %m: i32) {
  // expected-error @+1 {{expects 2 indices, one per axis of the block, but got 1}}
  %0 = tt.descriptor_load %d[%m] : !tt.tensordesc<4x4xf16> -> tensor<4x4xf16>
  tt.return
}

// -----

tt.func public @descriptor_store(%d: !tt.tensordesc<4x4xf16>, %m: i32, %x: tensor<4x4xf32>) {
  // expected-error @+1 {{expects a value like the block 'tensor<4x4xf16>' but got 'tensor<4x4xf32>'}}
  tt.descriptor_store %d[%m, %m], %x : !tt.tensordesc<4x4xf16>, tensor<4x4xf32>
  tt.return
}

// -----

tt.func public @dot_rank(%a: tensor<4xf16>, %c: tensor<4xf32>) {
  // expected-error @+1 {{expects operands and result of rank 2, or 3 with a batch, but got 'tensor<4xf16>' * 'tensor<4xf16>' -> 'tensor<4xf32>'}}
  %0 = tt.dot %a, %a, %c : tensor<4xf16> * tensor<4xf16> -> tensor<4xf32>
  tt.return
}

// -----

tt.func public @dot_shape(%a: tensor<4x8xf16>, %c: tensor<4x8xf32>) {
  // expected-error @+1 {{expects shapes [M, K] * [K, N] -> [M, N] but got 'tensor<4x8xf16>' * 'tensor<4x8xf16>' -> 'tensor<4x8xf32>'}}
  %0 = tt.dot %a, %a, %c : tensor<4x8xf16> * tensor<4x8xf16> -> tensor<4x8xf32>
  tt.return
}

// -----

tt.func public @reduce_result(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{expects the result 'tensor<4xf32>' but got 'tensor<8xf32>'}}
  %0 = "tt.reduce"(%x) <{axis = 1 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    tt.reduce.return %a : f32
  }) : (tensor<4x8xf32>) -> tensor<8xf32>
  tt.return
}

// -----

tt.func public @reduce_region(%x: tensor<4x8xf32>) {
  // expected-error @+1 {{expects the combine region to take ('f32', 'f32') but got ('f32', 'i32')}}
  %0 = "tt.reduce"(%x) <{axis = 1 : i32}> ({
  ^bb0(%a: f32, %b: i32):
    tt.reduce.return %a : f32
  }) : (tensor<4x8xf32>) -> tensor<4xf32>
  tt.return
}

// -----

tt.func public @scan_axis(%x: tensor<8xf32>) {
  // expected-error @+1 {{expects an axis of 'tensor<8xf32>' but got 1}}
  %0 = "tt.scan"(%x) <{axis = 1 : i32, reverse = false}> ({
  ^bb0(%a: f32, %b: f32):
    tt.scan.return %a : f32
  }) : (tensor<8xf32>) -> tensor<8xf32>
  tt.return
}

// -----

tt.func public @returns(%x: i32) -> f32 {
  // expected-error @+1 {{expects the result types of @returns ('f32') but got ('i32')}}
  tt.return %x : i32
}

// -----

tt.func public @call(%x: i32) {
  // expected-error @+1 {{expects a tt.func but found none named @missing}}
  tt.call @missing(%x) : (i32) -> ()
  tt.return
}
