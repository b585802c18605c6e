// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s

// One declaration for each function and type; host tensors arrive as pointers.
// CHECK-LABEL: tt.func public @calls
// CHECK-SAME:    %[[X:[a-z0-9]+]]: !tt.ptr<f32>
// CHECK:         tt.call @softplus(%{{.*}}, %{{.*}}) : (tensor<64xf32>, f32) -> tensor<64xf32>
// CHECK:         tt.call @softplus(%{{.*}}, %{{.*}}) : (tensor<64xf32>, f32) -> tensor<64xf32>
// CHECK:         tt.call @softplus_1(%{{.*}}, %{{.*}}) : (tensor<32xf32>, f32) -> (tensor<32xf32>, tensor<32xi32>)
// CHECK:         tt.call @scatter(%[[X]], %{{.*}}) : (!tt.ptr<f32>, i32) -> ()
// CHECK:         tt.return
// CHECK:         tt.func private @softplus(tensor<64xf32>, f32) -> tensor<64xf32> attributes {helion.function = "softplus"}
// CHECK-NEXT:    tt.func private @softplus_1(tensor<32xf32>, f32) -> (tensor<32xf32>, tensor<32xi32>) attributes {helion.function = "softplus"}
// CHECK-NEXT:    tt.func private @scatter(!tt.ptr<f32>, i32) attributes {helion.function = "scatter"}
helion.kernel @calls(%x: memref<?xf32>, %s: f32, %i: i32) {
  %y = helion.view %x sizes(%i : i32) : memref<?xf32>
  %v = arith.constant dense<1.0> : tensor<64xf32>
  %0 = helion.call "softplus"(%v, %s) {pure} : (tensor<64xf32>, f32) -> tensor<64xf32>
  %1 = helion.call "softplus"(%0, %s) : (tensor<64xf32>, f32) -> tensor<64xf32>
  %w = arith.constant dense<1.0> : tensor<32xf32>
  %2:2 = helion.call "softplus"(%w, %s) : (tensor<32xf32>, f32) -> (tensor<32xf32>, tensor<32xi32>)
  helion.call "scatter"(%y, %i) : (memref<?xf32>, i32) -> ()
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @prints
// CHECK:         tt.print " x: " {hex = false, isSigned = array<i32: 0, 0>} : %{{.*}}, %{{.*}} : tensor<64xf32>, i32
// CHECK:         tt.print " here" {hex = false, isSigned = array<i32>}
helion.kernel @prints(%i: i32) {
  %v = arith.constant dense<1.0> : tensor<64xf32>
  helion.print "x" %v, %i : tensor<64xf32>, i32 {unsigned_values = array<i1: false, true>}
  helion.print "here"
  helion.return
}
