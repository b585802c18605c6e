// RUN: helion-opt %s --helion-mask --helion-select-access --split-input-file | FileCheck %s

// A tile that ends with the tensor needs no mask of a descriptor, which reads zeros beyond and writes
// nothing there. A tile that ends before, one that has moved, or a mask of the user's does.
// CHECK-LABEL: helion.kernel @ragged
// CHECK:         helion.load %{{[a-z0-9]+}}[%{{[^ ]*}}, %{{[^ ]*}}] {access = 1 : i32, ordinal = 0 : i64}
// CHECK:         helion.load {{.*}} mask {{.*}} {access = 0 : i32, ordinal = 1 : i64}
// CHECK:         helion.load {{.*}} mask {{.*}} {access = 0 : i32, ordinal = 2 : i64}
// CHECK:         helion.store %{{[^ ]*}}, %{{[a-z0-9]+}}[%{{[^ ]*}}, %{{[^ ]*}}] {access = 1 : i32, ordinal = 3 : i64}
// CHECK-NOT:     helion.tensor_bounds
helion.kernel @ragged(%x: memref<100x64xbf16>, %i: i32)
    attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %c0 = arith.constant 0 : i32
  %c100 = arith.constant 100 : i32
  %c90 = arith.constant 90 : i32
  %c64 = arith.constant 64 : i32
  %t = helion.make_tile %i to %c100 : i32 -> <16>
  %before = helion.make_tile %i to %c90 : i32 -> <16>
  %moved = helion.shift_tile %t, %i : <16>, i32
  %s = helion.make_tile %c0 to %c64 {exact} : i32 -> <64>
  %0 = helion.load %x[%t, %s] {ordinal = 0 : i64} : memref<100x64xbf16>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xbf16>
  %1 = helion.load %x[%before, %s] {ordinal = 1 : i64} : memref<100x64xbf16>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xbf16>
  %2 = helion.load %x[%moved, %s] {ordinal = 2 : i64} : memref<100x64xbf16>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xbf16>
  helion.store %0, %x[%t, %s] {ordinal = 3 : i64} : tensor<16x64xbf16>, memref<100x64xbf16>, !helion.tile<16>, !helion.tile<64>
  helion.store %1, %x[%before, %s] {ordinal = 4 : i64} : tensor<16x64xbf16>, memref<100x64xbf16>, !helion.tile<16>, !helion.tile<64>
  helion.store %2, %x[%moved, %s] {ordinal = 5 : i64} : tensor<16x64xbf16>, memref<100x64xbf16>, !helion.tile<16>, !helion.tile<64>
  helion.return
}
