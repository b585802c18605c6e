// RUN: helion-opt %s --convert-helion-to-triton --split-input-file --verify-diagnostics

// What the schedule should have taken away.
helion.kernel @loop(%n: i32) {
  // expected-error @+1 {{cannot be expressed in Triton's IR}}
  helion.tile_for (%t) = (%n) to (%n) blocks [32] : i32 {
  } {ordinal = 0 : i64}
  helion.return
}

// -----

helion.kernel @not_bound(%s: f32) {
  // expected-error @+1 {{cannot be expressed in Triton's IR}}
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %0 = helion.full %s : f32 -> tensor<?xf32, #helion.dims<[@b0]>>
  helion.return
}

// -----

// The math libraries know f32 and f64.
helion.kernel @extern_of_half(%h: f16) {
  // expected-error @+1 {{cannot be expressed in Triton's IR}}
  %0 = helion.extern "tanh"(%h) : (f16) -> f16
  helion.return
}

// -----

// Triton's inline assembly has results.
helion.kernel @inline_asm_without_results() {
  // expected-error @+1 {{cannot be expressed in Triton's IR}}
  helion.inline_asm "trap;" "" : () -> ()
  helion.return
}

// -----

// No view says what the extents and strides are.
helion.kernel @strides_unknown(%x: memref<4x8xf32, strided<[?, 1]>>, %i: i32) {
  // expected-error @+1 {{cannot be expressed in Triton's IR}}
  %0 = helion.load %x[%i, %i] {ordinal = 0 : i64} : memref<4x8xf32, strided<[?, 1]>>, i32, i32 -> f32
  helion.return
}

// -----

helion.kernel @no_semaphore(%n: i32) {
  // expected-error @+1 {{expects a kernel argument marked as semaphore but got none}}
  helion.barrier
  helion.return
}
