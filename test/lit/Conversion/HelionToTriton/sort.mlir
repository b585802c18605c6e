// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s

// Without positions only the keys go through the network, as i32. Four elements take three steps: pairs in
// alternating directions, then both distances in one direction. A partner is the exclusive or of an element and its
// pair's.
// CHECK-LABEL: tt.func public @keys
// CHECK:         %[[WIDE:.*]] = arith.extsi %{{.*}} : tensor<8x4xi16> to tensor<8x4xi32>
// CHECK-NEXT:    %[[BITS:.*]] = tt.reshape %[[WIDE]] : tensor<8x4xi32> -> tensor<8x2x2xi32>
// CHECK:         %[[PAIR:.*]] = "tt.reduce"(%[[BITS]]) <{axis = 2 : i32}>
// CHECK:           arith.xori
// CHECK:         %[[E:.*]] = tt.expand_dims %[[PAIR]] {axis = 2 : i32}
// CHECK-NEXT:    %[[B:.*]] = tt.broadcast %[[E]] : tensor<8x2x1xi32> -> tensor<8x2x2xi32>
// CHECK-NEXT:    %[[PARTNER:.*]] = arith.xori %[[BITS]], %[[B]]
// CHECK:         %[[GREATER:.*]] = arith.cmpi sgt, %[[BITS]], %[[PARTNER]] : tensor<8x2x2xi32>
// CHECK:         %[[SWAPS:.*]] = arith.xori %[[GREATER]], %{{.*}} : tensor<8x2x2xi1>
// CHECK-NEXT:    arith.select %[[SWAPS]], %[[PARTNER]], %[[BITS]]
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}>
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 2 : i32}>
// CHECK-NOT:     "tt.reduce"
// CHECK:         %[[FLAT:.*]] = tt.reshape %{{.*}} : tensor<8x2x2xi32> -> tensor<8x4xi32>
// CHECK:         %[[NARROW:.*]] = arith.trunci %[[FLAT]] : tensor<8x4xi32> to tensor<8x4xi16>
// CHECK:         tt.store %{{.*}}, %[[NARROW]]
helion.kernel @keys(%x: memref<8x4xi16>) {
  %c0 = arith.constant 0 : i32
  %r = helion.slice %c0 : i32 -> !helion.tile<8>
  %c = helion.slice %c0 : i32 -> !helion.tile<4>
  %v = helion.load %x[%r, %c] {ordinal = 0 : i64} : memref<8x4xi16>, !helion.tile<8>, !helion.tile<4> -> tensor<8x4xi16>
  %s, %p = helion.sort %v : tensor<8x4xi16> -> tensor<8x4xi16>, tensor<8x4xi32>
  helion.store %s, %x[%r, %c] {ordinal = 1 : i64} : tensor<8x4xi16>, memref<8x4xi16>, !helion.tile<8>, !helion.tile<4>
  helion.return
}

// -----

// Positions lie in the low bits: 32 of the key and 2 of the position need 64.
// CHECK-LABEL: tt.func public @packed
// CHECK:         %[[WIDE:.*]] = arith.extsi %{{.*}} : tensor<8x4xi32> to tensor<8x4xi64>
// CHECK:         %[[TWO:.*]] = arith.constant dense<2> : tensor<8x4xi64>
// CHECK:         %[[HIGH:.*]] = arith.shli %[[WIDE]], %[[TWO]]
// CHECK:         arith.ori %[[HIGH]], %{{.*}} : tensor<8x4xi64>
// CHECK:         %[[MASK:.*]] = arith.constant dense<3> : tensor<8x4xi64>
// CHECK:         arith.shrsi
// CHECK:         %[[LOW:.*]] = arith.andi %{{.*}}, %[[MASK]]
// CHECK:         %[[P:.*]] = arith.trunci %[[LOW]] : tensor<8x4xi64> to tensor<8x4xi32>
// CHECK:         tt.store %{{.*}}, %[[P]]
helion.kernel @packed(%x: memref<8x4xi32>) {
  %c0 = arith.constant 0 : i32
  %r = helion.slice %c0 : i32 -> !helion.tile<8>
  %c = helion.slice %c0 : i32 -> !helion.tile<4>
  %v = helion.load %x[%r, %c] {ordinal = 0 : i64} : memref<8x4xi32>, !helion.tile<8>, !helion.tile<4> -> tensor<8x4xi32>
  %s, %p = helion.sort %v : tensor<8x4xi32> -> tensor<8x4xi32>, tensor<8x4xi32>
  helion.store %p, %x[%r, %c] {ordinal = 1 : i64} : tensor<8x4xi32>, memref<8x4xi32>, !helion.tile<8>, !helion.tile<4>
  helion.return
}

// -----

// Keys of 64 bits leave no room: positions go through the network next to them.
// CHECK-LABEL: tt.func public @pairs
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}> ({
// CHECK:         }) : (tensor<8x2xi64>) -> tensor<8xi64>
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}> ({
// CHECK:         }) : (tensor<8x2xi32>) -> tensor<8xi32>
// CHECK:         %[[LATER:.*]] = arith.cmpi sgt, %{{.*}} : tensor<8x2xi32>
// CHECK:         %[[SAME:.*]] = arith.cmpi eq, %{{.*}} : tensor<8x2xi64>
// CHECK:         %[[TIE:.*]] = arith.andi %[[SAME]], %[[LATER]]
// CHECK:         %[[GREATER:.*]] = arith.cmpi sgt, %{{.*}} : tensor<8x2xi64>
// CHECK:         arith.ori %[[GREATER]], %[[TIE]]
helion.kernel @pairs(%x: memref<8x2xi64>, %i: memref<8x2xi32>) {
  %c0 = arith.constant 0 : i32
  %r = helion.slice %c0 : i32 -> !helion.tile<8>
  %c = helion.slice %c0 : i32 -> !helion.tile<2>
  %v = helion.load %x[%r, %c] {ordinal = 0 : i64} : memref<8x2xi64>, !helion.tile<8>, !helion.tile<2> -> tensor<8x2xi64>
  %s, %p = helion.sort %v : tensor<8x2xi64> -> tensor<8x2xi64>, tensor<8x2xi32>
  helion.store %p, %i[%r, %c] {ordinal = 1 : i64} : tensor<8x2xi32>, memref<8x2xi32>, !helion.tile<8>, !helion.tile<2>
  helion.return
}

// -----

// The least two of eight: pairs are ordered, the lesser half of two neighbours stays, twice.
// CHECK-LABEL: tt.func public @least
// CHECK:         tt.reshape %{{.*}} : tensor<8xi32> -> tensor<1x2x2x2xi32>
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 3 : i32}>
// CHECK:           arith.xori
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 2 : i32}>
// CHECK:           arith.minsi
// CHECK:         }) : (tensor<1x2x2x2xi32>) -> tensor<1x2x2xi32>
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 2 : i32}>
// CHECK:           arith.xori
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}>
// CHECK:           arith.minsi
// CHECK:         }) : (tensor<1x2x2xi32>) -> tensor<1x2xi32>
// CHECK:         "tt.reduce"(%{{.*}}) <{axis = 1 : i32}>
// CHECK:           arith.xori
// CHECK:         tt.reshape %{{.*}} : tensor<1x2xi32> -> tensor<2xi32>
helion.kernel @least(%x: memref<8xi32>) {
  %c0 = arith.constant 0 : i32
  %r = helion.slice %c0 : i32 -> !helion.tile<8>
  %w = helion.slice %c0 : i32 -> !helion.tile<2>
  %v = helion.load %x[%r] {ordinal = 0 : i64} : memref<8xi32>, !helion.tile<8> -> tensor<8xi32>
  %s, %p = helion.sort %v : tensor<8xi32> -> tensor<2xi32>, tensor<2xi32>
  helion.store %s, %x[%w] {ordinal = 1 : i64} : tensor<2xi32>, memref<8xi32>, !helion.tile<2>
  helion.return
}
