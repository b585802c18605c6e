// RUN: helion-opt %s --helion-mask --split-input-file | FileCheck %s

// 12 elements in 16 lanes are 3 x 4 in 4 x 4 lanes: the lanes of the last row hold what is none.
// CHECK-LABEL: helion.kernel @split
// CHECK:         %[[V:.*]] = helion.load
// CHECK-SAME:      -> tensor<4x16xf32>
// CHECK:         %[[LANE:.*]] = helion.arange : tensor<16xi32>
// CHECK:         %[[C4:.*]] = arith.constant dense<4> : tensor<16xi32>
// CHECK:         %[[ROW:.*]] = arith.divui %[[LANE]], %[[C4]]
// CHECK:         arith.remui %[[ROW]]
// CHECK:         arith.remui %[[LANE]]
// CHECK:         %[[ELEMENT:.*]] = arith.addi
// CHECK:         %[[C12:.*]] = arith.constant dense<12> : tensor<16xi32>
// CHECK:         %[[FROM:.*]] = arith.remui %[[ELEMENT]], %[[C12]]
// CHECK:         %[[THIN:.*]] = helion.expand_dims %[[FROM]] {axis = 0 : i64}
// CHECK:         %[[ALL:.*]] = helion.broadcast %[[THIN]] : tensor<1x16xi32> -> tensor<4x16xi32>
// CHECK:         %[[G:.*]] = helion.gather %[[V]][%[[ALL]]] axis 1
// CHECK:         %[[R:.*]] = helion.reshape %[[G]] : tensor<4x16xf32> -> tensor<4x4x4xf32>
// CHECK:         %[[LIVE:.*]] = arith.select %{{.*}}, %[[R]], %{{.*}} : tensor<4x4x4xi1>
// CHECK:         helion.reduce sum %[[LIVE]] dims [1]
helion.kernel @split(%x: memref<64x12xf32>, %o: memref<64x4xf32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %t = helion.make_tile %i to %c64 {exact} : i32 -> !helion.tile<4>
  %all = helion.slice %c0 : i32 -> !helion.tile<12>
  %four = helion.slice %c0 : i32 -> !helion.tile<4>
  %v = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<64x12xf32>, !helion.tile<4>, !helion.tile<12> -> tensor<4x12xf32>
  %r = helion.reshape %v : tensor<4x12xf32> -> tensor<4x3x4xf32>
  %s = helion.reduce sum %r dims [1] : (tensor<4x3x4xf32>) -> tensor<4x4xf32>
  helion.store %s, %o[%t, %four] {ordinal = 1 : i64} : tensor<4x4xf32>, memref<64x4xf32>, !helion.tile<4>, !helion.tile<4>
  helion.return
}

// -----

// Dimensions that stay together stay where they are, behind a tile that ends early too.
// CHECK-LABEL: helion.kernel @merge
// CHECK:         %[[V:.*]] = helion.load
// CHECK-SAME:      -> tensor<4x4x4xf32>
// CHECK:         %[[M:.*]] = helion.reshape %[[V]] : tensor<4x4x4xf32> -> tensor<4x16xf32>
// CHECK:         %[[G:.*]] = helion.gather %[[M]]{{.*}} axis 1 : (tensor<4x16xf32>, tensor<4x16xi32>) -> tensor<4x16xf32>
// CHECK-NOT:     helion.reshape
// CHECK:         helion.store %[[G]]
helion.kernel @merge(%x: memref<63x4x3xf32>, %o: memref<63x12xf32>) {
  %i = helion.program_id 0 : i32
  %c0 = arith.constant 0 : i32
  %c63 = arith.constant 63 : i32
  %t = helion.make_tile %i to %c63 : i32 -> !helion.tile<4>
  %all = helion.slice %c0 : i32 -> !helion.tile<12>
  %four = helion.slice %c0 : i32 -> !helion.tile<4>
  %three = helion.slice %c0 : i32 -> !helion.tile<3>
  %v = helion.load %x[%t, %four, %three] {ordinal = 0 : i64} : memref<63x4x3xf32>, !helion.tile<4>, !helion.tile<4>, !helion.tile<3> -> tensor<4x4x3xf32>
  %r = helion.reshape %v : tensor<4x4x3xf32> -> tensor<4x12xf32>
  helion.store %r, %o[%t, %all] {ordinal = 1 : i64} : tensor<4x12xf32>, memref<63x12xf32>, !helion.tile<4>, !helion.tile<12>
  helion.return
}

// -----

// Of nothing there is nothing to move.
// CHECK-LABEL: helion.kernel @nothing
// CHECK:         %[[Z:.*]] = arith.constant dense<0.000000e+00> : tensor<1xf32>
// CHECK:         helion.store %[[Z]]
helion.kernel @nothing(%x: memref<4x0xf32>, %o: memref<0xf32>) {
  %c0 = arith.constant 0 : i32
  %four = helion.slice %c0 : i32 -> !helion.tile<4>
  %none = helion.slice %c0 : i32 -> !helion.tile<0>
  %v = helion.load %x[%four, %none] {ordinal = 0 : i64} : memref<4x0xf32>, !helion.tile<4>, !helion.tile<0> -> tensor<4x0xf32>
  %r = helion.reshape %v : tensor<4x0xf32> -> tensor<0xf32>
  helion.store %r, %o[%none] {ordinal = 1 : i64} : tensor<0xf32>, memref<0xf32>, !helion.tile<0>
  helion.return
}
