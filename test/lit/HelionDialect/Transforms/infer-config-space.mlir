// RUN: helion-opt %s --helion-infer-config-space --split-input-file | FileCheck %s

// One dimension, reduced twice, has one number; the columns of the tile have none.
// CHECK-LABEL: helion.kernel @softmax
// CHECK-SAME:    reduces = true, reductions = [{dot = false, extent = 1000 : i64}]
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
// CHECK-SAME:    reductions = [{dot = false, extent = 700 : i64}, {dot = true, extent = 4096 : i64}]
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

// -----

// A dimension that a reduction and a product sum over, as the keys of attention.
// CHECK-LABEL: helion.kernel @both
// CHECK-SAME:    reductions = [{dot = true, extent = 4096 : i64}]
helion.kernel @both(%x: memref<16x4096xf16>, %y: memref<4096x32xf16>, %out: memref<16x32xf32>) {
  %c0 = arith.constant 0 : i32
  %c16 = arith.constant 16 : i32
  helion.grid (%t) = (%c0) to (%c16) blocks [16] : i32 {
    %all = helion.slice %c0 : i32 -> !helion.tile<4096>
    %columns = helion.slice %c0 : i32 -> !helion.tile<32>
    %a = helion.load %x[%t, %all] {ordinal = 0 : i64} : memref<16x4096xf16>, !helion.tile<16>, !helion.tile<4096> -> tensor<16x4096xf16>
    %b = helion.load %y[%all, %columns] {ordinal = 1 : i64} : memref<4096x32xf16>, !helion.tile<4096>, !helion.tile<32> -> tensor<4096x32xf16>
    %max = helion.reduce max %a dims [1] : (tensor<16x4096xf16>) -> tensor<16xf16>
    %dot = helion.dot %a, %b : tensor<16x4096xf16>, tensor<4096x32xf16> -> tensor<16x32xf32>
    helion.store %dot, %out[%t, %columns] {ordinal = 2 : i64} : tensor<16x32xf32>, memref<16x32xf32>, !helion.tile<16>, !helion.tile<32>
  }
  helion.return
}

// -----

// All that there is to choose from. The second load and the first loop are gone: what comes behind them
// moves up, a loop of two dimensions by two numbers. Products of blocks count by their factors.
// CHECK-LABEL: helion.kernel @space
// CHECK-SAME:    helion.config_space = {atomics = 1 : i64, barriers = 0 : i64
// CHECK-SAME:    blocks = [{max = 128 : i64, min = 16 : i64, name = @b0, ordinal = 1 : i64},
// CHECK-SAME:              {max = 64 : i64, min = 1 : i64, name = @b1, ordinal = 0 : i64}, {name = @b2, size = 4 : i64}]
// CHECK-SAME:    dots = {{\[\[}}{bits = 16 : i64, extents = [@b0, 64]}, {bits = 16 : i64, extents = [64, @b1]}]]
// CHECK-SAME:    loads = 2 : i64
// CHECK-SAME:    loops = [{blocks = [@b0, @b1], grid = true}, {blocks = [@b2, @b2], grid = false}, {blocks = [@b2], grid = false}]
// CHECK-SAME:    reduces = false, reductions = [], stored_bits = 16 : i64, stores = 1 : i64
// CHECK-SAME:    values = [{bits = 32 : i64, extents = [@b1, 2]}, {bits = 16 : i64, extents = [@b0, 64]}, {bits = 16 : i64, extents = [64, @b1]},
// CHECK-SAME:              {bits = 32 : i64, extents = [@b0, @b1]}, {bits = 16 : i64, extents = [@b0, @b1]}]
// CHECK:         helion.load {{.*}} {load_ordinal = 0 : i64, ordinal = 0 : i64}
// CHECK:         helion.load {{.*}} {load_ordinal = 1 : i64, ordinal = 1 : i64}
// CHECK:         helion.tile_for
// CHECK:         } {ordinal = 0 : i64}
// CHECK:         helion.tile_for
// CHECK:         } {ordinal = 2 : i64}
// CHECK:         helion.store {{.*}} {ordinal = 2 : i64}
// CHECK:         helion.atomic_rmw {{.*}} {ordinal = 0 : i64}
helion.kernel @space(%x: memref<96x64xf16>, %y: memref<64x80xf16>, %out: memref<96x80xbf16>, %count: memref<4xi32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c8 = arith.constant 8 : i32
  %c80 = arith.constant 80 : i32
  %c96 = arith.constant 96 : i32
  helion.block @b0 {ordinal = 1 : i64, min = 16 : i64, max = 128 : i64}
  helion.block @b1 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  helion.block @b2 {size = 4 : i64}
  helion.block @b3 {factor = 2 : i64, of = [@b1]}
  %pairs = helion.full %c1 : i32 -> tensor<?xi32, #helion.dims<[@b3]>>
  helion.grid (%m, %n) = (%c0, %c0) to (%c96, %c80) blocks [@b0, @b1] : i32 {
    %all = helion.slice %c0 : i32 -> !helion.tile<64>
    %v = helion.load %x[%m, %all] {ordinal = 0 : i64, load_ordinal = 0 : i64} : memref<96x64xf16>, !helion.tile<@b0>, !helion.tile<64> -> tensor<?x64xf16, #helion.dims<[@b0, 64]>>
    %w = helion.load %y[%all, %n] {ordinal = 2 : i64, load_ordinal = 2 : i64} : memref<64x80xf16>, !helion.tile<64>, !helion.tile<@b1> -> tensor<64x?xf16, #helion.dims<[64, @b1]>>
    %d = helion.dot %v, %w : tensor<?x64xf16, #helion.dims<[@b0, 64]>>, tensor<64x?xf16, #helion.dims<[64, @b1]>> -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
    %s = helion.tile_for (%i, %j) = (%c0, %c0) to (%c8, %c8) blocks [@b2, @b2] : i32 iter_args(%a = %c0 : i32) {
      %next = arith.addi %a, %c1 : i32
      helion.yield %next : i32
    } {ordinal = 1 : i64}
    %t = helion.tile_for (%i) = (%c0) to (%c8) blocks [@b2] : i32 iter_args(%a = %s : i32) {
      %next = arith.addi %a, %c1 : i32
      helion.yield %next : i32
    } {ordinal = 3 : i64}
    %r = helion.convert %d : tensor<?x?xf32, #helion.dims<[@b0, @b1]>> -> tensor<?x?xbf16, #helion.dims<[@b0, @b1]>>
    helion.store %r, %out[%m, %n] {ordinal = 3 : i64} : tensor<?x?xbf16, #helion.dims<[@b0, @b1]>>, memref<96x80xbf16>, !helion.tile<@b0>, !helion.tile<@b1>
    %old = helion.atomic_rmw add relaxed %t, %count[%c0] {ordinal = 1 : i64} : i32, memref<4xi32>, i32
  }
  helion.return
}
