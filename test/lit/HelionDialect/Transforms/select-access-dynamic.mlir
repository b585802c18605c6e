// RUN: helion-opt %s --helion-mask --helion-select-access --split-input-file --verify-diagnostics | FileCheck %s

// Tiles that end where a dynamic tensor does need no mask by descriptors, if its rows start where
// descriptors can address.
// CHECK-LABEL: helion.kernel @rows
// CHECK:         helion.load %{{.*}}[%{{.*}}, %{{.*}}] {access = 1 : i32
// CHECK:         helion.store %{{.*}}, %{{.*}}[%{{.*}}, %{{.*}}] {access = 1 : i32
helion.kernel @rows(%m: i32, %n: i32, %ld: i64 {helion.aligned}, %x: memref<?x?xf32, strided<[?, 1]>>) attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %c0 = arith.constant 0 : i32
  %v = helion.view %x sizes(%m, %n : i32, i32) strides(%ld : i64) : memref<?x?xf32, strided<[?, 1]>>
  %i = helion.make_tile %c0 to %m : i32 -> !helion.tile<16>
  %j = helion.make_tile %c0 to %n : i32 -> !helion.tile<32>
  %a = helion.load %v[%i, %j] {ordinal = 0 : i64} : memref<?x?xf32, strided<[?, 1]>>, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xf32>
  helion.store %a, %v[%i, %j] {ordinal = 1 : i64} : tensor<16x32xf32>, memref<?x?xf32, strided<[?, 1]>>, !helion.tile<16>, !helion.tile<32>
  helion.return
}

// -----

// Nothing is known of the stride; the tile ends elsewhere.
// CHECK-LABEL: helion.kernel @refused
helion.kernel @refused(%m: i32, %n: i32, %k: i32, %ld: i64, %x: memref<?x?xf32, strided<[?, 1]>>) attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %c0 = arith.constant 0 : i32
  %v = helion.view %x sizes(%m, %n : i32, i32) strides(%ld : i64) : memref<?x?xf32, strided<[?, 1]>>
  %i = helion.make_tile %c0 to %m : i32 -> !helion.tile<16>
  %j = helion.make_tile %c0 to %n : i32 -> !helion.tile<32>
  %l = helion.make_tile %c0 to %k : i32 -> !helion.tile<32>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: a stride is not known to be a multiple of 16 bytes}}
  %a = helion.load %v[%i, %j] {ordinal = 0 : i64} : memref<?x?xf32, strided<[?, 1]>>, !helion.tile<16>, !helion.tile<32> -> tensor<16x32xf32>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: the operation is masked}}
  helion.store %a, %v[%i, %l] {ordinal = 1 : i64} : tensor<16x32xf32>, memref<?x?xf32, strided<[?, 1]>>, !helion.tile<16>, !helion.tile<32>
  helion.return
}
