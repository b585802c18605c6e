// RUN: helion-translate --ttir-to-triton-python --origin-lines=false %s | FileCheck %s

// The variables of the author come back; what a loop carries is one variable.
// CHECK: import triton
// CHECK-NEXT: import triton.language as tl
// CHECK: @triton.jit
// CHECK-NEXT: def _combine_max(a, b):
// CHECK-NEXT: return tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)
// CHECK: @triton.jit
// CHECK-NEXT: def softmax(x_ptr, out_ptr, n, stride: "i64"):
// CHECK-NEXT: {{^}}    pid = tl.program_id(0)
// CHECK-NEXT: {{^}}    offs = tl.arange(0, 64)
// CHECK-NEXT: {{^}}    [[BASE:v[0-9]+]] = x_ptr + tl.cast(pid, tl.int64) * stride
// CHECK-NEXT: {{^}}    m = tl.full([64], float("-inf"), tl.float32)
// CHECK-NEXT: {{^}}    l = tl.zeros([64], tl.float32)
// CHECK-NEXT: {{^}}    for k in tl.range(0, n, 64, num_stages=3):
// CHECK-NEXT: {{^}}        mask = k + offs < n
// CHECK-NEXT: {{^}}        x = tl.load([[BASE]] + (k + offs), mask=mask, other=float("-inf"))
// CHECK-NEXT: {{^}}        m_new = tl.maximum(m, x, propagate_nan=tl.PropagateNan.ALL)
// CHECK-NEXT: {{^}}        l = l * tl.exp2(m - m_new) + tl.exp2(x - m_new)
// CHECK-NEXT: {{^}}        m = m_new
// CHECK-NEXT: {{^}}    total = tl.sum(l, 0)
// CHECK-NEXT: {{^}}    top = tl.reduce(m, 0, _combine_max)
// CHECK-NEXT: {{^}}    tl.store(out_ptr, tl.cast(top / total, tl.bfloat16))
// CHECK-NOT: {{.}}
tt.func public @softmax(%x: !tt.ptr<f32> loc("x_ptr"), %out: !tt.ptr<bf16> loc("out_ptr"), %n: i32 loc("n"), %stride: i64 loc("stride")) attributes {noinline = false} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %low = arith.constant dense<0xFF800000> : tensor<64xf32>
  %pid = tt.get_program_id x : i32 loc("pid")
  %offs = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32> loc("offs")
  %n_t = tt.splat %n : i32 -> tensor<64xi32>
  %pid64 = arith.extsi %pid : i32 to i64
  %row = arith.muli %pid64, %stride : i64
  %base = tt.addptr %x, %row : !tt.ptr<f32>, i64
  %base_t = tt.splat %base : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %r:2 = "scf.for"(%c0, %n, %c64, %low, %zero) ({
  ^bb0(%k: i32 loc("k"), %m: tensor<64xf32> loc("m"), %l: tensor<64xf32> loc("l")):
    %k_t = tt.splat %k : i32 -> tensor<64xi32>
    %cols = arith.addi %k_t, %offs : tensor<64xi32>
    %mask = arith.cmpi slt, %cols, %n_t : tensor<64xi32> loc("mask")
    %cols_again = arith.addi %k_t, %offs : tensor<64xi32>
    %p = tt.addptr %base_t, %cols_again : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %v = tt.load %p, %mask, %low : tensor<64x!tt.ptr<f32>> loc("x")
    %new = arith.maximumf %m, %v : tensor<64xf32> loc("m_new")
    %d = arith.subf %m, %new : tensor<64xf32>
    %e = math.exp2 %d : tensor<64xf32>
    %f = arith.subf %v, %new : tensor<64xf32>
    %g = math.exp2 %f : tensor<64xf32>
    %h = arith.mulf %l, %e : tensor<64xf32>
    %sum = arith.addf %h, %g : tensor<64xf32>
    scf.yield %new, %sum : tensor<64xf32>, tensor<64xf32>
  }) {tt.num_stages = 3 : i32} : (i32, i32, i32, tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>)
  %total = "tt.reduce"(%r#1) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.reduce.return %s : f32
  }) : (tensor<64xf32>) -> f32 loc("total")
  %top = "tt.reduce"(%r#0) <{axis = 0 : i32}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.maximumf %a, %b : f32
    tt.reduce.return %s : f32
  }) : (tensor<64xf32>) -> f32 loc("top")
  %q = arith.divf %top, %total : f32
  %t = arith.truncf %q : f32 to bf16
  tt.store %out, %t : !tt.ptr<bf16>
  tt.return
}
