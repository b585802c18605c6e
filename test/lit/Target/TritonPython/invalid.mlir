// RUN: helion-translate --ttir-to-triton-python %s --split-input-file --verify-diagnostics

tt.func public @no_function(%x: tensor<4xf32>, %p: tensor<4x!tt.ptr<f32>>) {
  // expected-error @+1 {{'math.tan' op has no spelling in Triton's language}}
  %0 = math.tan %x : tensor<4xf32>
  tt.store %p, %0 : tensor<4x!tt.ptr<f32>>
  tt.return
}

// -----

tt.func public @elements(%p: tensor<2x!tt.ptr<i32>>) {
  // expected-error @+1 {{'arith.constant' op has no spelling in Triton's language: its elements differ}}
  %0 = arith.constant dense<[1, 2]> : tensor<2xi32>
  tt.store %p, %0 : tensor<2x!tt.ptr<i32>>
  tt.return
}

// -----

// expected-error @+1 {{'tt.func' op has no spelling in Triton's language: it reads the sizes that a host descriptor brings along}}
tt.func public @sizes(%d: !tt.tensordesc<tensor<4xf16>>, %n: i32, %s: i64, %p: !tt.ptr<i32>) {
  tt.store %p, %n : !tt.ptr<i32>
  tt.return
}
