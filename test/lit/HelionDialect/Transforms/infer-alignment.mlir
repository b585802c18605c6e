// RUN: helion-opt %s --helion-infer-alignment --split-input-file | FileCheck %s

// The stride of contiguous rows, and where the loop over their elements ends; the number of rows does
// not matter.
// CHECK-LABEL: helion.kernel @rows(
// CHECK-SAME:    %{{[a-z0-9]+}}: i32, %{{[a-z0-9]+}}: i32 {helion.aligned}, %{{[a-z0-9]+}}: i64 {helion.aligned}, %{{[a-z0-9]+}}: memref
helion.kernel @rows(%m: i32, %n: i32, %ld: i64, %x: memref<?x?xf32, strided<[?, 1]>>) {
  %c0 = arith.constant 0 : i32
  helion.block @b0 {max = 64 : i64, min = 1 : i64, ordinal = 0 : i64}
  helion.block @b1 {max = 64 : i64, min = 1 : i64, ordinal = 1 : i64}
  %v = helion.view %x sizes(%m, %n : i32, i32) strides(%ld : i64) : memref<?x?xf32, strided<[?, 1]>>
  helion.grid (%i) = (%c0) to (%m) blocks [@b0] : i32 {
    helion.tile_for (%j) = (%c0) to (%n) blocks [@b1] : i32 {
      %a = helion.load %v[%i, %j] {ordinal = 0 : i64} : memref<?x?xf32, strided<[?, 1]>>, !helion.tile<@b0>, !helion.tile<@b1> -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      helion.store %a, %v[%i, %j] {ordinal = 1 : i64} : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>, memref<?x?xf32, strided<[?, 1]>>, !helion.tile<@b0>, !helion.tile<@b1>
    } {ordinal = 0 : i64}
  }
  helion.return
}

// -----

// No vector goes along a dimension whose stride is not 1.
// CHECK-LABEL: helion.kernel @strided(
// CHECK-NOT:     helion.aligned
helion.kernel @strided(%n: i32, %step: i32, %x: memref<?xf32, strided<[?]>>) {
  %c0 = arith.constant 0 : i32
  helion.block @b0 {max = 64 : i64, min = 1 : i64, ordinal = 0 : i64}
  %v = helion.view %x sizes(%n : i32) strides(%step : i32) : memref<?xf32, strided<[?]>>
  helion.grid (%i) = (%c0) to (%n) blocks [@b0] : i32 {
    %a = helion.load %v[%i] {ordinal = 0 : i64} : memref<?xf32, strided<[?]>>, !helion.tile<@b0> -> tensor<?xf32, #helion.dims<[@b0]>>
    helion.store %a, %v[%i] {ordinal = 1 : i64} : tensor<?xf32, #helion.dims<[@b0]>>, memref<?xf32, strided<[?]>>, !helion.tile<@b0>
  }
  helion.return
}

// -----

// Bounds that are computed stay unknown.
// CHECK-LABEL: helion.kernel @computed(
// CHECK-NOT:     helion.aligned
helion.kernel @computed(%n: i32, %x: memref<64xf32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  helion.block @b0 {max = 64 : i64, min = 1 : i64, ordinal = 0 : i64}
  %end = arith.subi %n, %c1 : i32
  helion.grid (%i) = (%c0) to (%end) blocks [@b0] : i32 {
    %a = helion.load %x[%i] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<@b0> -> tensor<?xf32, #helion.dims<[@b0]>>
    helion.store %a, %x[%i] {ordinal = 1 : i64} : tensor<?xf32, #helion.dims<[@b0]>>, memref<64xf32>, !helion.tile<@b0>
  }
  helion.return
}
