// RUN: helion-opt %s --convert-helion-to-triton="target=cuda:100" --split-input-file | FileCheck %s --check-prefixes=CHECK,EXACT
// RUN: helion-opt %s --convert-helion-to-triton="target=cuda:90" --split-input-file | FileCheck %s --check-prefixes=CHECK,HOPPER

// Without an accumulator the sum starts at zero. Precision is a matter of f32 alone, where tf32 is
// the default.
// CHECK-LABEL: tt.func public @dots
// CHECK:         %[[A:.*]] = arith.constant dense<1.000000e+00> : tensor<64x32xbf16>
// CHECK:         %[[B:.*]] = arith.constant dense<2.000000e+00> : tensor<32x64xbf16>
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<64x64xf32>
// CHECK:         %[[C:.*]] = tt.dot %[[A]], %[[B]], %[[ZERO]] : tensor<64x32xbf16> * tensor<32x64xbf16> -> tensor<64x64xf32>
// CHECK:         tt.dot %{{.*}}, %{{.*}}, %[[C]], inputPrecision = tf32 : tensor<64x32xf32> * tensor<32x64xf32> -> tensor<64x64xf32>
// CHECK:         tt.dot %{{.*}}, inputPrecision = tf32x3 : tensor<64x32xf32>
// CHECK:         tt.dot %{{.*}}, %{{.*}}, %{{[a-z0-9_]+}} : tensor<64x32xf32> * tensor<32x64xf32>
// CHECK:         tt.dot %{{.*}} : tensor<2x64x32xf16> * tensor<2x32x64xf16> -> tensor<2x64x64xf32>
// CHECK:         %[[IZERO:.*]] = arith.constant dense<0> : tensor<64x64xi32>
// CHECK:         tt.dot %{{.*}}, %{{.*}}, %[[IZERO]] : tensor<64x32xi8> * tensor<32x64xi8> -> tensor<64x64xi32>
// Hopper's matrix unit for 8-bit floats adds with fewer bits.
// EXACT:         tt.dot %{{.*}} : tensor<64x32xf8E4M3FN> * tensor<32x64xf8E4M3FN> -> tensor<64x64xf32>
// HOPPER:        tt.dot %{{.*}} {maxNumImpreciseAcc = 1073741824 : i32} : tensor<64x32xf8E4M3FN> * tensor<32x64xf8E4M3FN> -> tensor<64x64xf32>
helion.kernel @dots() {
  %a = arith.constant dense<1.0> : tensor<64x32xbf16>
  %b = arith.constant dense<2.0> : tensor<32x64xbf16>
  %c = helion.dot %a, %b {precision = 2 : i32} : tensor<64x32xbf16>, tensor<32x64xbf16> -> tensor<64x64xf32>
  %d = arith.constant dense<1.0> : tensor<64x32xf32>
  %e = arith.constant dense<1.0> : tensor<32x64xf32>
  %0 = helion.dot %d, %e, %c : tensor<64x64xf32> : tensor<64x32xf32>, tensor<32x64xf32> -> tensor<64x64xf32>
  %1 = helion.dot %d, %e, %c : tensor<64x64xf32> {precision = 2 : i32} : tensor<64x32xf32>, tensor<32x64xf32> -> tensor<64x64xf32>
  %2 = helion.dot %d, %e, %c : tensor<64x64xf32> {precision = 0 : i32} : tensor<64x32xf32>, tensor<32x64xf32> -> tensor<64x64xf32>
  %f = arith.constant dense<1.0> : tensor<2x64x32xf16>
  %g = arith.constant dense<1.0> : tensor<2x32x64xf16>
  %3 = helion.dot %f, %g : tensor<2x64x32xf16>, tensor<2x32x64xf16> -> tensor<2x64x64xf32>
  %h = arith.constant dense<1> : tensor<64x32xi8>
  %i = arith.constant dense<1> : tensor<32x64xi8>
  %4 = helion.dot %h, %i : tensor<64x32xi8>, tensor<32x64xi8> -> tensor<64x64xi32>
  %j = arith.constant dense<1.0> : tensor<64x32xf8E4M3FN>
  %k = arith.constant dense<1.0> : tensor<32x64xf8E4M3FN>
  %5 = helion.dot %j, %k : tensor<64x32xf8E4M3FN>, tensor<32x64xf8E4M3FN> -> tensor<64x64xf32>
  helion.return
}
