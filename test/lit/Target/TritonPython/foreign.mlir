// RUN: helion-translate --ttir-to-triton-python --origin-lines=false %s | FileCheck %s

// CHECK: from triton.language.extra import libdevice
// CHECK: @tl.core.extern
// CHECK-NEXT: def _extern_nv_frcp_rn(x0, _semantic=None):
// CHECK-NEXT: return tl.core.extern_elementwise(
// CHECK-NEXT: "", "", [x0], {(tl.float32,): ("__nv_frcp_rn", tl.float32)},
// CHECK-NEXT: is_pure=True, _semantic=_semantic)
// CHECK: @triton.jit
// CHECK-NEXT: def _combine_argmax(a0, a1, b0, b1):
// CHECK-NEXT: [[G:v[0-9]+]] = a0 > b0
// CHECK-NEXT: return tl.where([[G]], a0, b0), tl.where([[G]], a1, b1)
// CHECK-LABEL: def foreign(
// CHECK-NEXT: tl.store(p, libdevice.pow(x, libdevice.tanh(x)))
// CHECK-NEXT: tl.store(p, _extern_nv_frcp_rn(x))
// CHECK-NEXT: tl.store(p, tl.inline_asm_elementwise("tanh.approx.f32 $0, $1;", "=f,f", [x], dtype=tl.float32, is_pure=True, pack=1))
// CHECK-NEXT: [[BEST:v[0-9]+]], [[WHERE:v[0-9]+]] = tl.reduce((x, i), 0, _combine_argmax)
// CHECK-NEXT: tl.device_print("best", [[BEST]], [[WHERE]])
// CHECK-NEXT: tl.device_assert([[WHERE]] < 4, "in \"bounds\"")
// CHECK-NEXT: tl.store(q, tl.cumsum(i, 0, reverse=True))
tt.func public @foreign(%p: tensor<4x!tt.ptr<f32>> loc("p"), %q: tensor<4x!tt.ptr<i32>> loc("q"), %x: tensor<4xf32> loc("x"), %i: tensor<4xi32> loc("i")) {
  %0 = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "__nv_tanhf"} : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tt.extern_elementwise %x, %0 {libname = "", libpath = "", pure = true, symbol = "__nv_powf"} : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  tt.store %p, %1 : tensor<4x!tt.ptr<f32>>
  %2 = tt.extern_elementwise %x {libname = "", libpath = "", pure = true, symbol = "__nv_frcp_rn"} : (tensor<4xf32>) -> tensor<4xf32>
  tt.store %p, %2 : tensor<4x!tt.ptr<f32>>
  %3 = tt.elementwise_inline_asm "tanh.approx.f32 $0, $1;" {constraints = "=f,f", packed_element = 1 : i32, pure = true} %x : tensor<4xf32> -> tensor<4xf32>
  tt.store %p, %3 : tensor<4x!tt.ptr<f32>>
  %best:2 = "tt.reduce"(%x, %i) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %m: i32, %b: f32, %n: i32):
    %gt = arith.cmpf ogt, %a, %b : f32
    %v = arith.select %gt, %a, %b : f32
    %j = arith.select %gt, %m, %n : i32
    tt.reduce.return %v, %j : f32, i32
  }) : (tensor<4xf32>, tensor<4xi32>) -> (f32, i32)
  %c4 = arith.constant 4 : i32
  tt.print " best: " {hex = false, isSigned = array<i32: 1, 1>} : %best#0, %best#1 : f32, i32
  %ok = arith.cmpi slt, %best#1, %c4 : i32
  tt.assert %ok, "in \"bounds\"" : i1
  %s = "tt.scan"(%i) <{axis = 0 : i32, reverse = true}> ({
  ^bb0(%a: i32, %b: i32):
    %sum = arith.addi %a, %b : i32
    tt.scan.return %sum : i32
  }) : (tensor<4xi32>) -> tensor<4xi32>
  tt.store %q, %s : tensor<4x!tt.ptr<i32>>
  tt.return
}

// A function that is only declared has its definition elsewhere, under the name that its attribute gives;
// no variable hides it. Unsigned numbers are printed as such.
// CHECK-NOT: def softplus
// CHECK-LABEL: def calls(
// CHECK-NEXT: [[S:softplus_[0-9]+]] = softplus(x, s)
// CHECK-NEXT: [[T:v[0-9]+]] = softplus([[S]])
// CHECK-NEXT: tl.device_print("", [[T]], tl.cast(n, tl.uint32, bitcast=True))
tt.func public @calls(%x: tensor<4xf32> loc("x"), %s: f32 loc("s"), %n: i32 loc("n")) {
  %0 = tt.call @softplus_7(%x, %s) : (tensor<4xf32>, f32) -> tensor<4xf32> loc("softplus")
  %1 = tt.call @softplus_8(%0) : (tensor<4xf32>) -> tensor<4xf32>
  tt.print " : " {hex = false, isSigned = array<i32: 1, 0>} : %1, %n : tensor<4xf32>, i32
  tt.return
}
tt.func private @softplus_7(tensor<4xf32>, f32) -> tensor<4xf32> attributes {helion.function = "softplus"}
tt.func private @softplus_8(tensor<4xf32>) -> tensor<4xf32> attributes {helion.function = "softplus"}
