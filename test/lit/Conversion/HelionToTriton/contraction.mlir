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

// -----

// Bytes that become halves: eight threads would hold four elements each along K, more than 16. With 32
// all is well, as on other hardware.
// CHECK-LABEL: tt.func public @narrow
// CHECK:         %[[W:.*]] = arith.sitofp %{{.*}} : tensor<16x64xi8> to tensor<16x64xf16>
// CHECK:         %[[E:.*]] = tt.expand_dims %[[W]] {axis = 2 : i32} : tensor<16x64xf16> -> tensor<16x64x1xf16>
// CHECK:         %[[S:.*]] = "tt.reduce"(%[[E]]) <{axis = 2 : i32}> ({
// CHECK-NEXT:    ^bb0(%[[FIRST:.*]]: f16, %{{.*}}: f16):
// CHECK-NEXT:      tt.reduce.return %[[FIRST]] : f16
// CHECK:         tt.dot %{{.*}}, %[[S]], %{{.*}} : tensor<64x16xf16> * tensor<16x64xf16>
// CHECK:         %[[WIDE:.*]] = arith.sitofp %{{.*}} : tensor<32x64xi8> to tensor<32x64xf16>
// CHECK:         tt.dot %{{.*}}, %[[WIDE]], %{{.*}} : tensor<64x32xf16> * tensor<32x64xf16>
helion.kernel @narrow(%x: memref<32x64xi8>) {
  %c0 = arith.constant 0 : i32
  %k16 = helion.slice %c0 : i32 -> !helion.tile<16>
  %k32 = helion.slice %c0 : i32 -> !helion.tile<32>
  %n = helion.slice %c0 : i32 -> !helion.tile<64>
  %a = arith.constant dense<1.0> : tensor<64x16xf16>
  %b = helion.load %x[%k16, %n] {ordinal = 0 : i64} : memref<32x64xi8>, !helion.tile<16>, !helion.tile<64> -> tensor<16x64xi8>
  %c = arith.sitofp %b : tensor<16x64xi8> to tensor<16x64xf16>
  %0 = helion.dot %a, %c : tensor<64x16xf16>, tensor<16x64xf16> -> tensor<64x64xf32>
  %d = arith.constant dense<1.0> : tensor<64x32xf16>
  %e = helion.load %x[%k32, %n] {ordinal = 1 : i64} : memref<32x64xi8>, !helion.tile<32>, !helion.tile<64> -> tensor<32x64xi8>
  %f = arith.sitofp %e : tensor<32x64xi8> to tensor<32x64xf16>
  %1 = helion.dot %d, %f : tensor<64x32xf16>, tensor<32x64xf16> -> tensor<64x64xf32>
  helion.return
}
