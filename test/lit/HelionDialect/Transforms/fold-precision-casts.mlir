// RUN: helion-opt %s --helion-fold-precision-casts --split-input-file | FileCheck %s
// RUN: helion-opt %s --helion-fold-precision-casts=strict=true --split-input-file \
// RUN:   | FileCheck %s --check-prefix=STRICT

// A rounding that nobody asked for is elided; a store reads the rounded value.
// CHECK-LABEL: helion.kernel @round_trip
// CHECK:         %[[EXP:.*]] = math.exp
// CHECK:         %[[NEG:.*]] = arith.negf %[[EXP]] : tensor<?xf32, #helion.dims<[@b0]>>
// CHECK:         %[[OUT:.*]] = helion.convert %[[NEG]]
// CHECK-SAME:      -> tensor<?xbf16, #helion.dims<[@b0]>>
// CHECK-NOT:     helion.convert
// CHECK:         helion.store %[[OUT]]
// STRICT-LABEL: helion.kernel @round_trip
// STRICT-COUNT-4: helion.convert
helion.kernel @round_trip(%x: memref<64xbf16>) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  helion.grid (%t) = (%c0) to (%c64) blocks [@b0] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64}
        : memref<64xbf16>, !helion.tile<@b0> -> tensor<?xbf16, #helion.dims<[@b0]>>
    %w = helion.convert %v : tensor<?xbf16, #helion.dims<[@b0]>> -> tensor<?xf32, #helion.dims<[@b0]>>
    %e = math.exp %w : tensor<?xf32, #helion.dims<[@b0]>>
    %n = helion.convert %e : tensor<?xf32, #helion.dims<[@b0]>> -> tensor<?xbf16, #helion.dims<[@b0]>>
    %m = helion.convert %n : tensor<?xbf16, #helion.dims<[@b0]>> -> tensor<?xf32, #helion.dims<[@b0]>>
    %g = arith.negf %m : tensor<?xf32, #helion.dims<[@b0]>>
    %o = helion.convert %g : tensor<?xf32, #helion.dims<[@b0]>> -> tensor<?xbf16, #helion.dims<[@b0]>>
    helion.store %o, %x[%t] {ordinal = 1 : i64}
        : tensor<?xbf16, #helion.dims<[@b0]>>, memref<64xbf16>, !helion.tile<@b0>
  }
  helion.return
}

// -----

// The author's own rounding stays.
// CHECK-LABEL: helion.kernel @user_rounding
// CHECK:         %[[N:.*]] = helion.convert %{{.*}} {user} : tensor<64xf32> -> tensor<64xbf16>
// CHECK:         helion.convert %[[N]] : tensor<64xbf16> -> tensor<64xf32>
helion.kernel @user_rounding(%x: memref<64xf32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  %n = helion.convert %v {user} : tensor<64xf32> -> tensor<64xbf16>
  %w = helion.convert %n : tensor<64xbf16> -> tensor<64xf32>
  helion.store %w, %x[%t] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}

// -----

// Of two roundings the last one stays; the author's wish goes with it. A widening
// beyond the source widens the source.
// CHECK-LABEL: helion.kernel @chains
// CHECK:         %[[V:.*]] = helion.load
// CHECK-NEXT:    %[[H:.*]] = helion.convert %[[V]] {user} : tensor<64xf32> -> tensor<64xf16>
// CHECK-NEXT:    %[[D:.*]] = helion.convert %[[V]] : tensor<64xf32> -> tensor<64xf64>
// CHECK-NEXT:    helion.store %[[H]]
// CHECK-NEXT:    helion.store %[[D]]
helion.kernel @chains(%x: memref<64xf32>, %h: memref<64xf16>, %d: memref<64xf64>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  %n = helion.convert %v : tensor<64xf32> -> tensor<64xbf16>
  %a = helion.convert %n {user} : tensor<64xbf16> -> tensor<64xf16>
  %b = helion.convert %n : tensor<64xbf16> -> tensor<64xf64>
  helion.store %a, %h[%t] {ordinal = 1 : i64} : tensor<64xf16>, memref<64xf16>, !helion.tile<64>
  helion.store %b, %d[%t] {ordinal = 2 : i64} : tensor<64xf64>, memref<64xf64>, !helion.tile<64>
  helion.return
}

// -----

// A float that becomes an integer is rounded first, as PyTorch would: the
// integer could be another one.
// CHECK-LABEL: helion.kernel @to_integer
// CHECK:         helion.convert %{{.*}} : tensor<64xf32> -> tensor<64xbf16>
// CHECK:         helion.convert %{{.*}} : tensor<64xbf16> -> tensor<64xi32>
helion.kernel @to_integer(%x: memref<64xf32>, %i: memref<64xi32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  %n = helion.convert %v : tensor<64xf32> -> tensor<64xbf16>
  %w = helion.convert %n : tensor<64xbf16> -> tensor<64xi32>
  helion.store %w, %i[%t] {ordinal = 1 : i64} : tensor<64xi32>, memref<64xi32>, !helion.tile<64>
  helion.return
}

// -----

// The rounding is found behind operations that commute with it.
// CHECK-LABEL: helion.kernel @through_shape
// CHECK:         %[[Z:.*]] = arith.constant dense<5.000000e-01> : tensor<64x32xf32>
// CHECK:         %[[V:.*]] = helion.load %{{.*}} : memref<64xf32>
// CHECK:         %[[E:.*]] = helion.expand_dims %[[V]] {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>
// CHECK:         %[[B:.*]] = helion.broadcast %[[E]] : tensor<64x1xf32> -> tensor<64x32xf32>
// CHECK:         %[[S:.*]] = arith.select %{{.*}}, %[[B]], %[[Z]] : tensor<64x32xi1>, tensor<64x32xf32>
// CHECK-NOT:     helion.convert
// CHECK:         helion.store %[[S]]
helion.kernel @through_shape(%x: memref<64xf32>, %m: memref<64x32xi1>, %y: memref<64x32xf32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %u = helion.slice %c0 : i32 -> !helion.tile<32>
  %half = arith.constant dense<0.5> : tensor<64x32xbf16>
  %c = helion.load %m[%t, %u] {ordinal = 0 : i64}
      : memref<64x32xi1>, !helion.tile<64>, !helion.tile<32> -> tensor<64x32xi1>
  %v = helion.load %x[%t] {ordinal = 1 : i64} : memref<64xf32>, !helion.tile<64> -> tensor<64xf32>
  %n = helion.convert %v : tensor<64xf32> -> tensor<64xbf16>
  %e = helion.expand_dims %n {axis = 1 : i64} : tensor<64xbf16> -> tensor<64x1xbf16>
  %b = helion.broadcast %e : tensor<64x1xbf16> -> tensor<64x32xbf16>
  %s = arith.select %c, %b, %half : tensor<64x32xi1>, tensor<64x32xbf16>
  %w = helion.convert %s : tensor<64x32xbf16> -> tensor<64x32xf32>
  helion.store %w, %y[%t, %u] {ordinal = 2 : i64}
      : tensor<64x32xf32>, memref<64x32xf32>, !helion.tile<64>, !helion.tile<32>
  helion.return
}

// -----

// A sum does not commute with rounding: its rounded input is read as it is. A
// permutation with another reader is not done twice.
// CHECK-LABEL: helion.kernel @not_through
// CHECK:         %[[N:.*]] = helion.convert %{{.*}} : tensor<64x64xf32> -> tensor<64x64xbf16>
// CHECK:         %[[P:.*]] = helion.permute %[[N]]
// CHECK:         helion.convert %[[P]] : tensor<64x64xbf16> -> tensor<64x64xf32>
// CHECK:         helion.reduce sum %[[N]] dims [1] : (tensor<64x64xbf16>) -> tensor<64xbf16>
// CHECK:         helion.convert {{.*}} : tensor<64xbf16> -> tensor<64xf32>
helion.kernel @not_through(%x: memref<64x64xf32>, %y: memref<64x64xbf16>, %z: memref<64xf32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t, %t] {ordinal = 0 : i64}
      : memref<64x64xf32>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf32>
  %n = helion.convert %v : tensor<64x64xf32> -> tensor<64x64xbf16>
  %p = helion.permute %n {order = array<i64: 1, 0>} : tensor<64x64xbf16> -> tensor<64x64xbf16>
  helion.store %p, %y[%t, %t] {ordinal = 1 : i64}
      : tensor<64x64xbf16>, memref<64x64xbf16>, !helion.tile<64>, !helion.tile<64>
  %w = helion.convert %p : tensor<64x64xbf16> -> tensor<64x64xf32>
  helion.store %w, %x[%t, %t] {ordinal = 2 : i64}
      : tensor<64x64xf32>, memref<64x64xf32>, !helion.tile<64>, !helion.tile<64>
  %s = helion.reduce sum %n dims [1] : (tensor<64x64xbf16>) -> tensor<64xbf16>
  %r = helion.convert %s : tensor<64xbf16> -> tensor<64xf32>
  helion.store %r, %z[%t] {ordinal = 3 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}

// -----

// Rounding is monotonic: it sinks below a maximum and folds with the widening there.
// CHECK-LABEL: helion.kernel @below_max
// CHECK:         %[[V:.*]] = helion.load
// CHECK-NEXT:    %[[M:.*]] = helion.reduce max %[[V]] dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
// CHECK-NEXT:    helion.store %[[M]]
helion.kernel @below_max(%x: memref<64x64xf32>, %z: memref<64xf32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t, %t] {ordinal = 0 : i64}
      : memref<64x64xf32>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf32>
  %n = helion.convert %v : tensor<64x64xf32> -> tensor<64x64xbf16>
  %s = helion.reduce max %n dims [1] : (tensor<64x64xbf16>) -> tensor<64xbf16>
  %r = helion.convert %s : tensor<64xbf16> -> tensor<64xf32>
  helion.store %r, %z[%t] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  helion.return
}

// -----

// A dot reads bf16 as before; around it the roundings go: of the probabilities for the
// sum, and of its own result.
// CHECK-LABEL: helion.kernel @around_dot
// CHECK:         %[[E:.*]] = math.exp2
// CHECK:         %[[P:.*]] = helion.convert %[[E]] : tensor<64x64xf32> -> tensor<64x64xbf16>
// CHECK:         helion.reduce sum %[[E]]
// CHECK:         %[[D:.*]] = helion.dot %[[P]], %[[P]] : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
// CHECK-NOT:     helion.convert
// CHECK:         helion.store %[[D]]
helion.kernel @around_dot(%x: memref<64x64xf32>, %z: memref<64xf32>) {
  %c0 = arith.constant 0 : i32
  %t = helion.slice %c0 : i32 -> !helion.tile<64>
  %v = helion.load %x[%t, %t] {ordinal = 0 : i64}
      : memref<64x64xf32>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf32>
  %e = math.exp2 %v : tensor<64x64xf32>
  %p = helion.convert %e : tensor<64x64xf32> -> tensor<64x64xbf16>
  %w = helion.convert %p : tensor<64x64xbf16> -> tensor<64x64xf32>
  %s = helion.reduce sum %w dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
  helion.store %s, %z[%t] {ordinal = 1 : i64} : tensor<64xf32>, memref<64xf32>, !helion.tile<64>
  %d = helion.dot %p, %p : tensor<64x64xbf16>, tensor<64x64xbf16> -> tensor<64x64xf32>
  %b = helion.convert %d : tensor<64x64xf32> -> tensor<64x64xbf16>
  %f = helion.convert %b : tensor<64x64xbf16> -> tensor<64x64xf32>
  helion.store %f, %x[%t, %t] {ordinal = 2 : i64}
      : tensor<64x64xf32>, memref<64x64xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}
