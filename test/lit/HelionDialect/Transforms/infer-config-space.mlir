// RUN: helion-opt %s --helion-infer-config-space --split-input-file | FileCheck %s

// One dimension, reduced twice, has one number; the columns of the tile have none.
// CHECK-LABEL: helion.kernel @softmax
// CHECK-SAME:    helion.reductions = array<i64: 1000>
// CHECK:         helion.reduce max %{{.*}} dims [1] {helion.reduction = 0 : i64}
// CHECK:         helion.reduce sum %{{.*}} dims [1] {helion.reduction = 0 : i64}
helion.kernel @softmax(%x: memref<8x1000xf32>, %out: memref<8x1000xf32>) {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 8 : i64}
  helion.grid (%t) = (%c0) to (%c8) blocks [@b0] : i32 {
    %all = helion.slice %c0 : i32 -> !helion.tile<1000>
    %row = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<8x1000xf32>, !helion.tile<@b0>, !helion.tile<1000> -> tensor<?x1000xf32, #helion.dims<[@b0, 1000]>>
    %top = helion.reduce max %row dims [1] : (tensor<?x1000xf32, #helion.dims<[@b0, 1000]>>) -> tensor<?xf32, #helion.dims<[@b0]>>
    %column = helion.expand_dims %top {axis = 1 : i64} : tensor<?xf32, #helion.dims<[@b0]>> -> tensor<?x1xf32, #helion.dims<[@b0, 1]>>
    %tops = helion.broadcast %column : tensor<?x1xf32, #helion.dims<[@b0, 1]>> -> tensor<?x1000xf32, #helion.dims<[@b0, 1000]>>
    %distance = arith.subf %row, %tops : tensor<?x1000xf32, #helion.dims<[@b0, 1000]>>
    %sum = helion.reduce sum %distance dims [1] : (tensor<?x1000xf32, #helion.dims<[@b0, 1000]>>) -> tensor<?xf32, #helion.dims<[@b0]>>
    helion.store %distance, %out[%t, %all] {ordinal = 1 : i64} : tensor<?x1000xf32, #helion.dims<[@b0, 1000]>>, memref<8x1000xf32>, !helion.tile<@b0>, !helion.tile<1000>
  }
  helion.return
}

// -----

// A reduction over the tile itself, one whose dimension a scan needs whole, and a short product: none
// of them can be walked in parts, or would gain from it.
// CHECK-LABEL: helion.kernel @whole
// CHECK-NOT:     helion.reduction
helion.kernel @whole(%x: memref<8x64xf32>, %y: memref<64x16xf32>, %out: memref<64xf32>, %flat: memref<8xf32>, %product: memref<8x16xf32>) {
  %c0 = arith.constant 0 : i32
  %c8 = arith.constant 8 : i32
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 8 : i64}
  helion.grid (%t) = (%c0) to (%c8) blocks [@b0] : i32 {
    %all = helion.slice %c0 : i32 -> !helion.tile<64>
    %few = helion.slice %c0 : i32 -> !helion.tile<16>
    %row = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<8x64xf32>, !helion.tile<@b0>, !helion.tile<64> -> tensor<?x64xf32, #helion.dims<[@b0, 64]>>
    %down = helion.reduce sum %row dims [0] : (tensor<?x64xf32, #helion.dims<[@b0, 64]>>) -> tensor<64xf32>
    helion.store %down, %out[%all] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
    %running = helion.scan sum %row axis 1 : (tensor<?x64xf32, #helion.dims<[@b0, 64]>>) -> (tensor<?x64xf32, #helion.dims<[@b0, 64]>>)
    %last = helion.reduce max %running dims [1] : (tensor<?x64xf32, #helion.dims<[@b0, 64]>>) -> tensor<?xf32, #helion.dims<[@b0]>>
    helion.store %last, %flat[%t] {ordinal = 2 : i64} : tensor<?xf32, #helion.dims<[@b0]>>, memref<8xf32>, !helion.tile<@b0>
    %left = helion.load %x[%t, %all] {ordinal = 3 : i64} : memref<8x64xf32>, !helion.tile<@b0>, !helion.tile<64> -> tensor<?x64xf32, #helion.dims<[@b0, 64]>>
    %right = helion.load %y[%all, %few] {ordinal = 4 : i64} : memref<64x16xf32>, !helion.tile<64>, !helion.tile<16> -> tensor<64x16xf32>
    %dot = helion.dot %left, %right : tensor<?x64xf32, #helion.dims<[@b0, 64]>>, tensor<64x16xf32> -> tensor<?x16xf32, #helion.dims<[@b0, 16]>>
    helion.store %dot, %product[%t, %few] {ordinal = 5 : i64} : tensor<?x16xf32, #helion.dims<[@b0, 16]>>, memref<8x16xf32>, !helion.tile<@b0>, !helion.tile<16>
  }
  helion.return
}

// -----

// Reductions come before products, whatever their order in the kernel.
// CHECK-LABEL: helion.kernel @order
// CHECK-SAME:    helion.reductions = array<i64: 700, 4096>
// CHECK:         helion.dot {{.*}} {helion.reduction = 1 : i64}
// CHECK:         helion.reduce sum {{.*}} {helion.reduction = 0 : i64}
helion.kernel @order(%x: memref<16x4096xf16>, %y: memref<4096x700xf16>, %out: memref<16xf32>) {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  helion.grid (%t) = (%c0) to (%c16) blocks [16] : i32 {
    %all = helion.slice %c0 : i32 -> !helion.tile<4096>
    %columns = helion.slice %c0 : i32 -> !helion.tile<700>
    %a = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<16x4096xf16>, !helion.tile<16>, !helion.tile<4096> -> tensor<16x4096xf16>
    %b = helion.load %y[%all, %columns] {ordinal = 1 : i64} : memref<4096x700xf16>, !helion.tile<4096>, !helion.tile<700> -> tensor<4096x700xf16>
    %dot = helion.dot %a, %b : tensor<16x4096xf16>, tensor<4096x700xf16> -> tensor<16x700xf32>
    %sum = helion.reduce sum %dot dims [1] : (tensor<16x700xf32>) -> tensor<16xf32>
    helion.store %sum, %out[%t] {ordinal = 2 : i64} : tensor<16xf32>, memref<16xf32>, !helion.tile<16>
  }
  helion.return
}
