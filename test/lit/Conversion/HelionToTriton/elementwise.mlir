// RUN: helion-opt %s --convert-helion-to-triton --split-input-file | FileCheck %s --check-prefixes=CHECK,CUDA
// RUN: helion-opt %s --convert-helion-to-triton='target=hip:gfx942' --split-input-file | FileCheck %s --check-prefixes=CHECK,HIP

// CHECK-LABEL: tt.func public @floats
// CHECK:         %[[X:.*]] = tt.splat %{{.*}} : f32 -> tensor<64xf32>
// CHECK:         %[[B:.*]] = arith.truncf %[[X]] : tensor<64xf32> to tensor<64xbf16>
// CHECK:         arith.extf %[[B]] : tensor<64xbf16> to tensor<64xf32>
// CHECK:         arith.extf %[[X]] : tensor<64xf32> to tensor<64xf64>
//
// Of one width: through f32.
// CHECK:         %[[W:.*]] = arith.extf %[[B]] : tensor<64xbf16> to tensor<64xf32>
// CHECK:         arith.truncf %[[W]] : tensor<64xf32> to tensor<64xf16>
// CHECK:         arith.truncf %{{.*}} : f32 to f16
//
// bf16 and f64: through f32, Triton's AMD backend knows no other way.
// CHECK:         %[[S:.*]] = arith.extf %[[B]] : tensor<64xbf16> to tensor<64xf32>
// CHECK:         %[[D:.*]] = arith.extf %[[S]] : tensor<64xf32> to tensor<64xf64>
// CHECK:         %[[T:.*]] = arith.truncf %[[D]] : tensor<64xf64> to tensor<64xf32>
// CHECK:         arith.truncf %[[T]] : tensor<64xf32> to tensor<64xbf16>
helion.kernel @floats(%s: f32) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = helion.convert %x {user} : tensor<64xf32> -> tensor<64xbf16>
  %1 = helion.convert %0 : tensor<64xbf16> -> tensor<64xf32>
  %2 = helion.convert %x : tensor<64xf32> -> tensor<64xf64>
  %3 = helion.convert %0 : tensor<64xbf16> -> tensor<64xf16>
  %4 = helion.convert %s : f32 -> f16
  %5 = helion.convert %0 : tensor<64xbf16> -> tensor<64xf64>
  %6 = helion.convert %5 : tensor<64xf64> -> tensor<64xbf16>
  helion.return
}

// -----

// Triton casts fp8 from and to f32, f16 and bf16: all else goes through f32.
// CHECK-LABEL: tt.func public @float8
// CHECK:         %[[X:.*]] = tt.splat
// CHECK:         %[[E4:.*]] = tt.fp_to_fp %[[X]], rounding = rtne : tensor<64xf32> -> tensor<64xf8E4M3FN>
// CHECK:         tt.fp_to_fp %[[E4]] : tensor<64xf8E4M3FN> -> tensor<64xf16>
// CHECK:         %[[A:.*]] = tt.fp_to_fp %[[E4]] : tensor<64xf8E4M3FN> -> tensor<64xf32>
// CHECK:         tt.fp_to_fp %[[A]], rounding = rtne : tensor<64xf32> -> tensor<64xf8E5M2>
// CHECK:         %[[B:.*]] = tt.fp_to_fp %[[E4]] : tensor<64xf8E4M3FN> -> tensor<64xf32>
// CHECK:         %[[D:.*]] = arith.extf %[[B]] : tensor<64xf32> to tensor<64xf64>
// CHECK:         %[[C:.*]] = arith.truncf %[[D]] : tensor<64xf64> to tensor<64xf32>
// CHECK:         tt.fp_to_fp %[[C]], rounding = rtne : tensor<64xf32> -> tensor<64xf8E4M3FN>
// CHECK:         %[[I:.*]] = tt.fp_to_fp %[[E4]] : tensor<64xf8E4M3FN> -> tensor<64xf32>
// CHECK:         %[[N:.*]] = arith.fptosi %[[I]] : tensor<64xf32> to tensor<64xi32>
// CHECK:         %[[F:.*]] = arith.sitofp %[[N]] : tensor<64xi32> to tensor<64xf32>
// CHECK:         tt.fp_to_fp %[[F]], rounding = rtne : tensor<64xf32> -> tensor<64xf8E4M3FN>
helion.kernel @float8(%s: f32) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = helion.convert %x : tensor<64xf32> -> tensor<64xf8E4M3FN>
  %1 = helion.convert %0 : tensor<64xf8E4M3FN> -> tensor<64xf16>
  %2 = helion.convert %0 : tensor<64xf8E4M3FN> -> tensor<64xf8E5M2>
  %3 = helion.convert %0 : tensor<64xf8E4M3FN> -> tensor<64xf64>
  %4 = helion.convert %3 : tensor<64xf64> -> tensor<64xf8E4M3FN>
  %5 = helion.convert %0 : tensor<64xf8E4M3FN> -> tensor<64xi32>
  %6 = helion.convert %5 : tensor<64xi32> -> tensor<64xf8E4M3FN>
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @integers
// CHECK-SAME:    (%[[F:.*]]: f32, %[[I:.*]]: i32, %[[B:.*]]: i8, %[[P:.*]]: i1)
// CHECK:         arith.fptosi %[[F]] : f32 to i32
// CHECK:         arith.fptoui %[[F]] : f32 to i8
// CHECK:         %[[FZ:.*]] = arith.constant 0.000000e+00 : f32
// CHECK:         arith.cmpf une, %[[F]], %[[FZ]] : f32
// CHECK:         arith.sitofp %[[I]] : i32 to f32
// CHECK:         arith.uitofp %[[B]] : i8 to f32
// CHECK:         arith.uitofp %[[P]] : i1 to f32
// CHECK:         arith.trunci %[[I]] : i32 to i8
// CHECK:         arith.extsi %[[B]] : i8 to i32
// CHECK:         arith.extui %[[B]] : i8 to i32
// CHECK:         arith.extui %[[P]] : i1 to i32
// CHECK:         %[[IZ:.*]] = arith.constant 0 : i32
// CHECK:         arith.cmpi ne, %[[I]], %[[IZ]] : i32
// CHECK-NEXT:    tt.return
helion.kernel @integers(%f: f32, %i: i32, %b: i8, %p: i1) {
  %0 = helion.convert %f : f32 -> i32
  %1 = helion.convert %f {unsigned_result} : f32 -> i8
  %2 = helion.convert %f : f32 -> i1
  %3 = helion.convert %i : i32 -> f32
  %4 = helion.convert %b {unsigned_source} : i8 -> f32
  %5 = helion.convert %p : i1 -> f32
  %6 = helion.convert %i : i32 -> i8
  %7 = helion.convert %b : i8 -> i32
  %8 = helion.convert %b {unsigned_source} : i8 -> i32
  %9 = helion.convert %p : i1 -> i32
  %10 = helion.convert %i : i32 -> i1
  %11 = helion.convert %b {unsigned_source} : i8 -> i8
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @extern
// CUDA:          tt.extern_elementwise %{{.*}} {libname = "", libpath = "", pure = true, symbol = "__nv_tanhf"} : (tensor<64xf32>) -> tensor<64xf32>
// CUDA:          symbol = "__nv_pow"} : (f64, f64) -> f64
// HIP:           tt.extern_elementwise %{{.*}} {libname = "", libpath = "", pure = true, symbol = "__ocml_tanh_f32"} : (tensor<64xf32>) -> tensor<64xf32>
// HIP:           symbol = "__ocml_pow_f64"} : (f64, f64) -> f64
helion.kernel @extern(%s: f32, %d: f64) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = helion.extern "tanh"(%x) : (tensor<64xf32>) -> tensor<64xf32>
  %1 = helion.extern "pow"(%d, %d) : (f64, f64) -> f64
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @inline_asm
// CHECK:         tt.elementwise_inline_asm "mul.f32 $0, $1, $2;" {constraints = "=r,r,r", packed_element = 2 : i32, pure = true} %{{.*}}, %{{.*}} : tensor<64xf32>, tensor<64xf32> -> tensor<64xf32>
//
// Triton wants an operand: one that nobody reads, in front of what is clobbered.
// CHECK:         %[[Z:.*]] = arith.constant 0 : i32
// CUDA:          tt.elementwise_inline_asm "mov.u32 $0, %clock;" {constraints = "=r,r", packed_element = 1 : i32, pure = false} %[[Z]] : i32 -> i32
// HIP:           tt.elementwise_inline_asm "mov.u32 $0, %clock;" {constraints = "=r,v", packed_element = 1 : i32, pure = false} %[[Z]] : i32 -> i32
// CHECK:         %[[ZS:.*]] = arith.constant dense<0> : tensor<64xi32>
// CUDA:          tt.elementwise_inline_asm {{.*}} {constraints = "=r,r,r,~{memory}", packed_element = 2 : i32, pure = false} %[[ZS]] : tensor<64xi32> -> tensor<64xi16>
helion.kernel @inline_asm(%s: f32) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = helion.inline_asm "mul.f32 $0, $1, $2;" "=r,r,r" %x, %x {pure, pack = 2 : i64} : (tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>)
  %1 = helion.inline_asm "mov.u32 $0, %clock;" "=r" : () -> (i32)
  %2 = helion.inline_asm "mov.u32 $0, 1;" "=r,~{memory}" {pack = 2 : i64} : () -> (tensor<64xi16>)
  helion.return
}

// -----

// A negation is a subtraction from -0.0, which keeps the sign of zeros.
// CHECK-LABEL: tt.func public @negf
// CHECK-NOT:     arith.negf
// CHECK:         %[[Z:.*]] = arith.constant dense<-0.000000e+00> : tensor<64xf32>
// CHECK:         arith.subf %[[Z]], %{{.*}} : tensor<64xf32>
helion.kernel @negf(%s: f32) {
  %x = helion.full %s : f32 -> tensor<64xf32>
  %0 = arith.negf %x : tensor<64xf32>
  helion.return
}

// -----

// Down: one less where the division is not exact and the signs differ. Up: one more where they
// are the same.
// CHECK-LABEL: tt.func public @divisions
// CHECK-SAME:    (%[[A:.*]]: i32, %[[B:.*]]: i32)
// CHECK:         %[[Q:.*]] = arith.divsi %[[A]], %[[B]] : i32
// CHECK:         %[[R:.*]] = arith.remsi %[[A]], %[[B]] : i32
// CHECK:         %[[INEXACT:.*]] = arith.cmpi ne, %[[R]], %{{.*}} : i32
// CHECK:         %[[SIGNS:.*]] = arith.xori %[[A]], %[[B]] : i32
// CHECK:         %[[DIFFER:.*]] = arith.cmpi slt, %[[SIGNS]], %{{.*}} : i32
// CHECK:         %[[ADJUST:.*]] = arith.andi %[[INEXACT]], %[[DIFFER]] : i1
// CHECK:         %[[LESS:.*]] = arith.subi %[[Q]], %{{.*}} : i32
// CHECK:         arith.select %[[ADJUST]], %[[LESS]], %[[Q]] : i32
// CHECK:         arith.cmpi sge
// CHECK:         %[[MORE:.*]] = arith.addi
// CHECK:         arith.select %{{.*}}, %[[MORE]], %{{.*}} : i32
// CHECK-NOT:     arith.floordivsi
// CHECK-NOT:     arith.ceildivsi
helion.kernel @divisions(%a: i32, %b: i32) {
  %0 = arith.floordivsi %a, %b : i32
  %1 = arith.ceildivsi %a, %b : i32
  helion.return
}

// -----

// CHECK-LABEL: tt.func public @bits
// CHECK:         tt.bitcast %{{.*}} : tensor<64xf32> -> tensor<64xi32>
helion.kernel @bits() {
  %v = arith.constant dense<1.0> : tensor<64xf32>
  %0 = arith.bitcast %v : tensor<64xf32> to tensor<64xi32>
  helion.return
}
