// RUN: helion-opt %s --helion-mask --split-input-file | FileCheck %s

// Lanes behind the end come last: a scan from the first element does not meet them, one from the last does.
// CHECK-LABEL: helion.kernel @scans
// CHECK-SAME:    %[[X:[a-z0-9]*]]: memref
// CHECK:         %[[V:.*]] = helion.load %[[X]]
// CHECK:         helion.scan prod %[[V]] axis 0 :
// CHECK:         helion.scan sum %[[V]] axis 0 reverse :
// CHECK:         %[[ONE:.*]] = arith.constant dense<1.000000e+00> : tensor<128xf32>
// CHECK:         %[[M:.*]] = arith.select %{{.*}}, %[[V]], %[[ONE]]
// CHECK:         helion.scan prod %[[M]] axis 0 reverse :
helion.kernel @scans(%x: memref<100xf32>, %o: memref<100xf32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<100>
  %v = helion.load %x[%a] {ordinal = 0 : i64} : memref<100xf32>, !helion.tile<100> -> tensor<100xf32>
  %p = helion.scan prod %v axis 0 : (tensor<100xf32>) -> tensor<100xf32>
  %s = helion.scan sum %v axis 0 reverse : (tensor<100xf32>) -> tensor<100xf32>
  %q = helion.scan prod %v axis 0 reverse : (tensor<100xf32>) -> tensor<100xf32>
  %r = arith.addf %p, %s : tensor<100xf32>
  %t = arith.addf %r, %q : tensor<100xf32>
  helion.store %t, %o[%a] {ordinal = 1 : i64} : tensor<100xf32>, memref<100xf32>, !helion.tile<100>
  helion.return
}

// -----

// Of a combine region no neutral element is known: whether lanes are live takes part. The result's dead lanes hold
// anything, so that a sum of them is masked.
// CHECK-LABEL: helion.kernel @combine
// CHECK:         %[[LIVE:.*]] = helion.tile_mask %{{.*}} -> tensor<32xi1>
// CHECK:         %[[V:.*]] = helion.load
// CHECK:         %[[S:.*]]:2 = helion.scan %[[V]], %[[LIVE]] axis 0 reverse
// CHECK-NEXT:    ^bb0(%[[A:.*]]: f32, %[[LA:.*]]: i1, %[[B:.*]]: f32, %[[LB:.*]]: i1):
// CHECK-NEXT:      %[[C:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK-NEXT:      %[[N:.*]] = arith.select %[[LB]], %[[C]], %[[A]]
// CHECK-NEXT:      %[[R:.*]] = arith.select %[[LA]], %[[N]], %[[B]]
// CHECK-NEXT:      %[[L:.*]] = arith.ori %[[LA]], %[[LB]]
// CHECK-NEXT:      helion.yield %[[R]], %[[L]]
// CHECK:         %[[M:.*]] = arith.select %[[LIVE]], %[[S]]#0
// CHECK:         helion.reduce sum %[[M]]
helion.kernel @combine(%x: memref<100xf32>, %o: memref<4xf32>) {
  %i = helion.program_id 0 : i32
  %c100 = arith.constant 100 : i32
  %a = helion.make_tile %i to %c100 : i32 -> !helion.tile<32>
  %v = helion.load %x[%a] {ordinal = 0 : i64} : memref<100xf32>, !helion.tile<32> -> tensor<32xf32>
  %s = helion.scan %v axis 0 reverse : (tensor<32xf32>) -> tensor<32xf32> {
  ^bb0(%l: f32, %r: f32):
    %c = arith.mulf %l, %r : f32
    helion.yield %c : f32
  }
  %t = helion.reduce sum %s dims [0] : (tensor<32xf32>) -> f32
  helion.store %t, %o[%i] {ordinal = 1 : i64} : f32, memref<4xf32>, i32
  helion.return
}

// -----

// What is dead goes behind the greatest key; of the least five of 100 three lanes are padding.
// CHECK-LABEL: helion.kernel @sorts
// CHECK:         %[[V:.*]] = helion.load
// CHECK:         %[[MAX:.*]] = arith.constant dense<2147483647> : tensor<128xi32>
// CHECK:         %[[M:.*]] = arith.select %{{.*}}, %[[V]], %[[MAX]]
// CHECK:         %[[S:.*]], %{{.*}} = helion.sort %[[M]] : tensor<128xi32> -> tensor<8xi32>, tensor<8xi32>
// CHECK:         helion.store %[[S]], %{{.*}} mask
helion.kernel @sorts(%x: memref<100xi32>, %o: memref<5xi32>) {
  %c0 = arith.constant 0 : i32
  %a = helion.slice %c0 : i32 -> !helion.tile<100>
  %b = helion.slice %c0 : i32 -> !helion.tile<5>
  %v = helion.load %x[%a] {ordinal = 0 : i64} : memref<100xi32>, !helion.tile<100> -> tensor<100xi32>
  %s, %p = helion.sort %v : tensor<100xi32> -> tensor<5xi32>, tensor<5xi32>
  helion.store %s, %o[%b] {ordinal = 1 : i64} : tensor<5xi32>, memref<5xi32>, !helion.tile<5>
  helion.return
}

// -----

// Loaded indices hold 0 in dead lanes, which is an element; computed ones may name none.
// CHECK-LABEL: helion.kernel @gathers
// CHECK:         %[[I:.*]] = helion.load %{{.*}} -> tensor<64xi32>
// CHECK:         %[[A:.*]] = helion.gather %[[V:.*]][%[[I]]] axis 0
// CHECK:         %[[J:.*]] = arith.subi
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0> : tensor<64xi32>
// CHECK:         %[[K:.*]] = arith.select %{{.*}}, %[[J]], %[[ZERO]]
// CHECK:         helion.gather %[[V]][%[[K]]] axis 0
helion.kernel @gathers(%x: memref<16xf32>, %n: memref<50xi32>, %o: memref<50xf32>) {
  %c0 = arith.constant 0 : i32
  %all = helion.slice %c0 : i32 -> !helion.tile<16>
  %a = helion.slice %c0 : i32 -> !helion.tile<50>
  %v = helion.load %x[%all] {ordinal = 0 : i64} : memref<16xf32>, !helion.tile<16> -> tensor<16xf32>
  %i = helion.load %n[%a] {ordinal = 1 : i64} : memref<50xi32>, !helion.tile<50> -> tensor<50xi32>
  %g = helion.gather %v[%i] axis 0 : (tensor<16xf32>, tensor<50xi32>) -> tensor<50xf32>
  %last = arith.constant dense<-1> : tensor<50xi32>
  %j = arith.subi %last, %i : tensor<50xi32>
  %h = helion.gather %v[%j] axis 0 : (tensor<16xf32>, tensor<50xi32>) -> tensor<50xf32>
  %s = arith.addf %g, %h : tensor<50xf32>
  helion.store %s, %o[%a] {ordinal = 2 : i64} : tensor<50xf32>, memref<50xf32>, !helion.tile<50>
  helion.return
}
