// RUN: helion-opt %s --canonicalize --cse --loop-invariant-code-motion | FileCheck %s

// CHECK-LABEL: tt.func public @splats_of_constants
tt.func public @splats_of_constants() -> tensor<4x8xf32> {
  // CHECK-NEXT: %[[C:.*]] = arith.constant dense<2.000000e+00> : tensor<4x8xf32>
  // CHECK-NEXT: tt.return %[[C]]
  %c = arith.constant 2.0 : f32
  %s = tt.splat %c : f32 -> tensor<8xf32>
  %e = tt.expand_dims %s {axis = 0 : i32} : tensor<8xf32> -> tensor<1x8xf32>
  %b = tt.broadcast %e : tensor<1x8xf32> -> tensor<4x8xf32>
  tt.return %b : tensor<4x8xf32>
}

// CHECK-LABEL: tt.func public @nothing_to_do
// CHECK-SAME: %[[X:.*]]: tensor<4x8xf32>, %[[P:.*]]: !tt.ptr<f32>
tt.func public @nothing_to_do(%x: tensor<4x8xf32>, %p: !tt.ptr<f32>) -> (tensor<4x8xf32>, !tt.ptr<f32>) {
  // CHECK-NEXT: tt.return %[[X]], %[[P]]
  %0 = tt.broadcast %x : tensor<4x8xf32> -> tensor<4x8xf32>
  %1 = tt.reshape %0 : tensor<4x8xf32> -> tensor<4x8xf32>
  %2 = tt.trans %1 {order = array<i32: 0, 1>} : tensor<4x8xf32> -> tensor<4x8xf32>
  %3 = tt.bitcast %2 : tensor<4x8xf32> -> tensor<4x8xf32>
  %c0 = arith.constant 0 : i32
  %4 = tt.addptr %p, %c0 : !tt.ptr<f32>, i32
  tt.return %3, %4 : tensor<4x8xf32>, !tt.ptr<f32>
}

// A load stays where it is: a store may come between. Pure work leaves the loop.
// CHECK-LABEL: tt.func public @loops
tt.func public @loops(%p: !tt.ptr<i32>, %n: i32) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  // CHECK: tt.make_range
  // CHECK: tt.splat
  // CHECK: scf.for
  scf.for %i = %c0 to %n step %c1 : i32 {
    %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %s = tt.splat %p : !tt.ptr<i32> -> tensor<64x!tt.ptr<i32>>
    %a = tt.addptr %s, %r : tensor<64x!tt.ptr<i32>>, tensor<64xi32>
    // CHECK: tt.load
    // CHECK-NEXT: tt.store
    // CHECK-NEXT: tt.load
    // CHECK-NEXT: tt.store
    %v = tt.load %a : tensor<64x!tt.ptr<i32>>
    tt.store %a, %v : tensor<64x!tt.ptr<i32>>
    %w = tt.load %a : tensor<64x!tt.ptr<i32>>
    tt.store %a, %w : tensor<64x!tt.ptr<i32>>
  }
  tt.return
}

// CHECK-LABEL: tt.func public @equal_loads
tt.func public @equal_loads(%p: !tt.ptr<i32>, %q: !tt.ptr<i32>) {
  // CHECK: %[[V:.*]] = tt.load
  // CHECK-NOT: tt.load
  // CHECK: arith.addi %[[V]], %[[V]]
  %0 = tt.load %p : !tt.ptr<i32>
  %1 = tt.load %p : !tt.ptr<i32>
  %2 = arith.addi %0, %1 : i32
  // CHECK: tt.elementwise_inline_asm {{.*}}pure = false
  // CHECK-NOT: pure = true
  %3 = tt.elementwise_inline_asm "x" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %2 : i32 -> i32
  %4 = tt.elementwise_inline_asm "x" {constraints = "=r,r", packed_element = 1 : i32, pure = true} %2 : i32 -> i32
  tt.store %q, %2 : !tt.ptr<i32>
  tt.return
}
