// RUN: helion-opt %s --helion-online-softmax-fusion --split-input-file -verify-diagnostics | FileCheck %s

// One loop: what was summed up shrinks by 2^(k old - k new) before the tile's part is added.
// CHECK-LABEL: helion.kernel @rows
// CHECK:         %[[R:.*]]:2 = helion.tile_for (%[[T:.*]]) = {{.*}} blocks [64] : i32 iter_args(%[[TOP:.*]] = %{{.*}} : tensor<2xf32>, %[[SUM:.*]] = %{{.*}} : tensor<2xf32>) {
// CHECK:           %[[NEW:.*]] = arith.maximumf %[[TOP]]
// CHECK:           %[[EMPTY:.*]] = arith.cmpf oeq, %[[NEW]]
// CHECK:           %[[SAFE:.*]] = arith.select %[[EMPTY]], %{{.*}}, %[[NEW]]
// CHECK:           %[[BEFORE:.*]] = arith.select %{{.*}}, %[[SAFE]], %[[TOP]]
// CHECK:           %[[EXP:.*]] = math.exp2 %{{.*}} : tensor<2x64xf32>
// CHECK:           %[[PART:.*]] = helion.reduce sum %[[EXP]]
// CHECK:           %[[SHRINK:.*]] = math.exp2 %{{.*}} : tensor<2xf32>
// CHECK:           %[[SHRUNK:.*]] = arith.mulf %[[SUM]], %[[SHRINK]]
// CHECK:           %[[NEXT:.*]] = arith.addf %[[SHRUNK]], %[[PART]]
// CHECK:           helion.yield %[[NEW]], %[[NEXT]]
// CHECK-NOT:     helion.tile_for
// CHECK:         helion.store %[[R]]#1
helion.kernel @rows(%x: memref<2x512xf32>, %out: memref<2xf32>) {
  %c0 = arith.constant 0 : i32
  %c512 = arith.constant 512 : i32
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %rows = helion.slice %c0 : i32 -> !helion.tile<2>
  %lowest = helion.full %least : f32 -> tensor<2xf32>
  %none = helion.full %zero : f32 -> tensor<2xf32>
  %top = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%m = %lowest : tensor<2xf32>) {
    %v = helion.load %x[%rows, %t] {ordinal = 0 : i64} : memref<2x512xf32>, !helion.tile<2>, !helion.tile<64> -> tensor<2x64xf32>
    %part = helion.reduce max %v dims [1] : (tensor<2x64xf32>) -> tensor<2xf32>
    %new = arith.maximumf %m, %part : tensor<2xf32>
    helion.yield %new : tensor<2xf32>
  } {ordinal = 0 : i64}
  %column = helion.expand_dims %top {axis = 1 : i64} : tensor<2xf32> -> tensor<2x1xf32>
  %sum = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%s = %none : tensor<2xf32>) {
    %v = helion.load %x[%rows, %t] {ordinal = 1 : i64} : memref<2x512xf32>, !helion.tile<2>, !helion.tile<64> -> tensor<2x64xf32>
    %tops = helion.broadcast %column : tensor<2x1xf32> -> tensor<2x64xf32>
    %distance = arith.subf %v, %tops : tensor<2x64xf32>
    %exp = math.exp %distance : tensor<2x64xf32>
    %part = helion.reduce sum %exp dims [1] : (tensor<2x64xf32>) -> tensor<2xf32>
    %next = arith.addf %s, %part : tensor<2xf32>
    helion.yield %next : tensor<2xf32>
  } {ordinal = 1 : i64}
  helion.store %sum, %out[%rows] {ordinal = 2 : i64} : tensor<2xf32>, memref<2xf32>, !helion.tile<2>
  helion.return
}

// -----

// The division by the row's sum moves behind the loop, so that three loops become one.
// CHECK-LABEL: helion.kernel @attention
// CHECK:         %[[R:.*]]:3 = helion.tile_for
// CHECK-NOT:       arith.divf
// CHECK:           helion.yield
// CHECK-NOT:     helion.tile_for
// CHECK:         %[[COLUMN:.*]] = helion.expand_dims %[[R]]#1
// CHECK:         %[[SUMS:.*]] = helion.broadcast %[[COLUMN]] : tensor<16x1xf32> -> tensor<16x32xf32>
// CHECK:         arith.divf %[[R]]#2, %[[SUMS]]
helion.kernel @attention(%scores: memref<16x512xf32>, %v: memref<512x32xf16>, %out: memref<16x32xf32>) {
  %c0 = arith.constant 0 : i32
  %c512 = arith.constant 512 : i32
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %rows = helion.slice %c0 : i32 -> !helion.tile<16>
  %columns = helion.slice %c0 : i32 -> !helion.tile<32>
  %lowest = helion.full %least : f32 -> tensor<16xf32>
  %none = helion.full %zero : f32 -> tensor<16xf32>
  %nothing = helion.full %zero : f32 -> tensor<16x32xf32>
  %top = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%m = %lowest : tensor<16xf32>) {
    %s = helion.load %scores[%rows, %t] {ordinal = 0 : i64} : memref<16x512xf32>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xf32>
    %part = helion.reduce max %s dims [1] : (tensor<16x64xf32>) -> tensor<16xf32>
    %new = arith.maximumf %m, %part : tensor<16xf32>
    helion.yield %new : tensor<16xf32>
  } {ordinal = 0 : i64}
  %column = helion.expand_dims %top {axis = 1 : i64} : tensor<16xf32> -> tensor<16x1xf32>
  %sum = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%l = %none : tensor<16xf32>) {
    %s = helion.load %scores[%rows, %t] {ordinal = 0 : i64} : memref<16x512xf32>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xf32>
    %tops = helion.broadcast %column : tensor<16x1xf32> -> tensor<16x64xf32>
    %distance = arith.subf %s, %tops : tensor<16x64xf32>
    %exp = math.exp %distance : tensor<16x64xf32>
    %part = helion.reduce sum %exp dims [1] : (tensor<16x64xf32>) -> tensor<16xf32>
    %next = arith.addf %l, %part : tensor<16xf32>
    helion.yield %next : tensor<16xf32>
  } {ordinal = 1 : i64}
  %total = helion.expand_dims %sum {axis = 1 : i64} : tensor<16xf32> -> tensor<16x1xf32>
  %result = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%acc = %nothing : tensor<16x32xf32>) {
    %s = helion.load %scores[%rows, %t] {ordinal = 0 : i64} : memref<16x512xf32>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xf32>
    %tops = helion.broadcast %column : tensor<16x1xf32> -> tensor<16x64xf32>
    %distance = arith.subf %s, %tops : tensor<16x64xf32>
    %exp = math.exp %distance : tensor<16x64xf32>
    %totals = helion.broadcast %total : tensor<16x1xf32> -> tensor<16x64xf32>
    %p = arith.divf %exp, %totals : tensor<16x64xf32>
    %half = helion.convert %p : tensor<16x64xf32> -> tensor<16x64xf16>
    %w = helion.load %v[%t, %columns] {ordinal = 1 : i64} : memref<512x32xf16>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xf16>
    %next = helion.dot %half, %w, %acc : tensor<16x32xf32> : tensor<16x64xf16>, tensor<64x32xf16> -> tensor<16x32xf32>
    helion.yield %next : tensor<16x32xf32>
  } {ordinal = 2 : i64}
  helion.store %result, %out[%rows, %columns] {ordinal = 2 : i64} : tensor<16x32xf32>, memref<16x32xf32>, !helion.tile<16>, !helion.tile<32>
  helion.return
}

// -----

// The kernel's author wants it as it is.
// CHECK-LABEL: helion.kernel @switched_off
// CHECK-COUNT-2: helion.tile_for
helion.kernel @switched_off(%x: memref<512xf32>, %out: memref<1xf32>) attributes {helion.separate_softmax_loops} {
  %c0 = arith.constant 0 : i32
  %c512 = arith.constant 512 : i32
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %top = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%m = %least : f32) {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<512xf32>, !helion.tile<64> -> tensor<64xf32>
    %part = helion.reduce max %v dims [0] : (tensor<64xf32>) -> f32
    %new = arith.maximumf %m, %part : f32
    helion.yield %new : f32
  } {ordinal = 0 : i64}
  %sum = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%s = %zero : f32) {
    %v = helion.load %x[%t] {ordinal = 1 : i64} : memref<512xf32>, !helion.tile<64> -> tensor<64xf32>
    %tops = helion.full %top : f32 -> tensor<64xf32>
    %distance = arith.subf %v, %tops : tensor<64xf32>
    %exp = math.exp %distance : tensor<64xf32>
    %part = helion.reduce sum %exp dims [0] : (tensor<64xf32>) -> f32
    %next = arith.addf %s, %part : f32
    helion.yield %next : f32
  } {ordinal = 1 : i64}
  helion.store %sum, %out[%c0] {ordinal = 2 : i64} : f32, memref<1xf32>, i32
  helion.return
}

// -----

// Squares of the exponentials do not shrink by the same factor.
// CHECK-LABEL: helion.kernel @squares
// CHECK-COUNT-2: helion.tile_for
helion.kernel @squares(%x: memref<512xf32>, %out: memref<1xf32>) {
  %c0 = arith.constant 0 : i32
  %c512 = arith.constant 512 : i32
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %top = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%m = %least : f32) {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<512xf32>, !helion.tile<64> -> tensor<64xf32>
    %part = helion.reduce max %v dims [0] : (tensor<64xf32>) -> f32
    %new = arith.maximumf %m, %part : f32
    helion.yield %new : f32
  } {ordinal = 0 : i64}
  // expected-remark @+1 {{not fused with the loop that finds the maximum: it multiplies exponentials with what depends on them}}
  %sum = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%s = %zero : f32) {
    %v = helion.load %x[%t] {ordinal = 1 : i64} : memref<512xf32>, !helion.tile<64> -> tensor<64xf32>
    %tops = helion.full %top : f32 -> tensor<64xf32>
    %distance = arith.subf %v, %tops : tensor<64xf32>
    %exp = math.exp %distance : tensor<64xf32>
    %square = arith.mulf %exp, %exp : tensor<64xf32>
    %part = helion.reduce sum %square dims [0] : (tensor<64xf32>) -> f32
    %next = arith.addf %s, %part : f32
    helion.yield %next : f32
  } {ordinal = 1 : i64}
  helion.store %sum, %out[%c0] {ordinal = 2 : i64} : f32, memref<1xf32>, i32
  helion.return
}

// -----

// CHECK-LABEL: helion.kernel @other_blocks
// CHECK-COUNT-2: helion.tile_for
helion.kernel @other_blocks(%x: memref<512xf32>, %out: memref<1xf32>) {
  %c0 = arith.constant 0 : i32
  %c512 = arith.constant 512 : i32
  %least = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %top = helion.tile_for (%t) = (%c0) to (%c512) blocks [64] : i32 iter_args(%m = %least : f32) {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<512xf32>, !helion.tile<64> -> tensor<64xf32>
    %part = helion.reduce max %v dims [0] : (tensor<64xf32>) -> f32
    %new = arith.maximumf %m, %part : f32
    helion.yield %new : f32
  } {ordinal = 0 : i64}
  // expected-remark @+1 {{the loops have different block sizes}}
  %sum = helion.tile_for (%t) = (%c0) to (%c512) blocks [32] : i32 iter_args(%s = %zero : f32) {
    %v = helion.load %x[%t] {ordinal = 1 : i64} : memref<512xf32>, !helion.tile<32> -> tensor<32xf32>
    %tops = helion.full %top : f32 -> tensor<32xf32>
    %distance = arith.subf %v, %tops : tensor<32xf32>
    %exp = math.exp %distance : tensor<32xf32>
    %part = helion.reduce sum %exp dims [0] : (tensor<32xf32>) -> f32
    %next = arith.addf %s, %part : f32
    helion.yield %next : f32
  } {ordinal = 1 : i64}
  helion.store %sum, %out[%c0] {ordinal = 2 : i64} : f32, memref<1xf32>, i32
  helion.return
}
