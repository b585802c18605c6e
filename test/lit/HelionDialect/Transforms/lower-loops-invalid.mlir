// RUN: helion-opt %s --helion-lower-loops --split-input-file --verify-diagnostics

helion.kernel @not_bound(%n: i32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  // expected-error @+1 {{expects bound block sizes but got @b0}}
  helion.tile_for (%t) = (%n) to (%n) blocks [@b0] : i32 {
  } {ordinal = 0 : i64}
  helion.return
}
