// RUN: helion-opt %s --convert-helion-to-triton | FileCheck %s
// RUN: helion-opt %s --convert-helion-to-triton=target=hip:gfx942 | FileCheck %s --check-prefix=PLAIN

// fp4 comes in pairs along K; the right side has no scale.
// CHECK-LABEL: tt.func public @scaled
// CHECK:         %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : tensor<64x32xf32>
// CHECK:         %[[C:.*]] = tt.dot_scaled %[[A:.*]] scale %[[S:.*]], %[[B:.*]], %[[ZERO]] lhs = e4m3 rhs = e2m1 {fastMath = false} : tensor<64x64xf8E4M3FN>, tensor<64x2xi8> * tensor<32x32xi8> -> tensor<64x32xf32>
// CHECK:         tt.dot_scaled %[[A]], %[[B]], %[[C]] lhs = e4m3 rhs = e2m1 {fastMath = false} : tensor<64x64xf8E4M3FN> * tensor<32x32xi8> -> tensor<64x32xf32>

// Where Triton cannot, numbers are multiplied with their scales first: exponents are bits of f32, and
// both halves of a byte are next to each other along K.
// PLAIN-LABEL: tt.func public @scaled
// PLAIN:         %[[N:.*]] = tt.fp_to_fp %{{.*}} : tensor<64x64xf8E4M3FN> -> tensor<64x64xf32>
// PLAIN:         %[[BITS:.*]] = arith.shli %{{.*}} : tensor<64x2xi32>
// PLAIN:         %[[F:.*]] = tt.bitcast %{{.*}} : tensor<64x2xi32> -> tensor<64x2xf32>
// PLAIN:         %[[WIDE:.*]] = tt.broadcast %{{.*}} : tensor<64x2x1xf32> -> tensor<64x2x32xf32>
// PLAIN:         %[[FACTORS:.*]] = tt.reshape %[[WIDE]] : tensor<64x2x32xf32> -> tensor<64x64xf32>
// PLAIN:         %[[P:.*]] = arith.mulf %[[N]], %[[FACTORS]]
// PLAIN:         %[[A:.*]] = arith.truncf %[[P]] : tensor<64x64xf32> to tensor<64x64xbf16>
// PLAIN:         tt.bitcast %{{.*}} : tensor<32x32xi16> -> tensor<32x32xf16>
// PLAIN:         %[[J:.*]] = tt.join
// PLAIN:         %[[T:.*]] = tt.trans %[[J]] {order = array<i32: 0, 2, 1>}
// PLAIN:         %[[R:.*]] = tt.reshape %[[T]] : tensor<32x2x32xf32> -> tensor<64x32xf32>
// PLAIN:         %[[B:.*]] = arith.truncf %[[R]]
// PLAIN:         tt.dot %[[A]], %[[B]], %{{.*}} : tensor<64x64xbf16> * tensor<64x32xbf16> -> tensor<64x32xf32>
helion.kernel @scaled() {
  %a = arith.constant dense<1.0> : tensor<64x64xf8E4M3FN>
  %sa = arith.constant dense<1> : tensor<64x2xi8>
  %b = arith.constant dense<1> : tensor<32x32xi8>
  %c = helion.dot_scaled %a scale %sa : tensor<64x2xi8>, %b lhs = e4m3 rhs = e2m1
      : tensor<64x64xf8E4M3FN>, tensor<32x32xi8> -> tensor<64x32xf32>
  %d = helion.dot_scaled %a, %b, %c : tensor<64x32xf32> lhs = e4m3 rhs = e2m1
      : tensor<64x64xf8E4M3FN>, tensor<32x32xi8> -> tensor<64x32xf32>
  helion.return
}

// fp16 has more bits than bf16: the numbers of tf32 hold them.
// CHECK-LABEL: tt.func public @halves
// CHECK:         tt.dot %{{.*}}, inputPrecision = tf32 : tensor<64x64xf32> * tensor<64x32xf32> -> tensor<64x32xf32>
// PLAIN-LABEL: tt.func public @halves
// PLAIN:         tt.dot %{{.*}}, %{{[a-z0-9_]+}} : tensor<64x64xf32> * tensor<64x32xf32> -> tensor<64x32xf32>
helion.kernel @halves() {
  %a = arith.constant dense<1.0> : tensor<64x64xf16>
  %sa = arith.constant dense<1> : tensor<64x2xi8>
  %b = arith.constant dense<1.0> : tensor<64x32xbf16>
  %c = helion.dot_scaled %a scale %sa : tensor<64x2xi8>, %b lhs = fp16 rhs = bf16
      : tensor<64x64xf16>, tensor<64x32xbf16> -> tensor<64x32xf32>
  helion.return
}
