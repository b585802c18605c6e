// RUN: helion-translate --ttir-to-triton-python --origin-lines=false %s --split-input-file | FileCheck %s

// What Triton broadcasts itself is not spelled, the rest is.
// CHECK-LABEL: def broadcasts(
// CHECK: [[S:v[0-9]+]] = rows[:, None] * 32 + cols[None, :]
// CHECK-NEXT: [[P:v[0-9]+]] = p + [[S]]
// CHECK-NEXT: tl.store([[P]], [[S]], mask=(rows[:, None] < n) & (cols[None, :] < 7))
// CHECK-NEXT: tl.store([[P]], tl.full([64, 32], n, tl.int32) + n)
// CHECK-NEXT: tl.store(tl.broadcast_to(p, [64, 32]), 1)
tt.func public @broadcasts(%p: !tt.ptr<i32> loc("p"), %n: i32 loc("n")) {
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32> loc("rows")
  %c = tt.make_range {end = 32 : i32, start = 0 : i32} : tensor<32xi32> loc("cols")
  %re = tt.expand_dims %r {axis = 1 : i32} : tensor<64xi32> -> tensor<64x1xi32>
  %ce = tt.expand_dims %c {axis = 0 : i32} : tensor<32xi32> -> tensor<1x32xi32>
  %c32 = arith.constant dense<32> : tensor<64x1xi32>
  %c7 = arith.constant dense<7> : tensor<1x32xi32>
  %ro = arith.muli %re, %c32 : tensor<64x1xi32>
  %rb = tt.broadcast %ro : tensor<64x1xi32> -> tensor<64x32xi32>
  %cb = tt.broadcast %ce : tensor<1x32xi32> -> tensor<64x32xi32>
  %s = arith.addi %rb, %cb : tensor<64x32xi32>
  %ps = tt.splat %p : !tt.ptr<i32> -> tensor<64x32x!tt.ptr<i32>>
  %pp = tt.addptr %ps, %s : tensor<64x32x!tt.ptr<i32>>, tensor<64x32xi32>
  %ns = tt.splat %n : i32 -> tensor<64x1xi32>
  %rm = arith.cmpi slt, %re, %ns : tensor<64x1xi32>
  %cm = arith.cmpi slt, %ce, %c7 : tensor<1x32xi32>
  %rmb = tt.broadcast %rm : tensor<64x1xi1> -> tensor<64x32xi1>
  %cmb = tt.broadcast %cm : tensor<1x32xi1> -> tensor<64x32xi1>
  %m = arith.andi %rmb, %cmb : tensor<64x32xi1>
  tt.store %pp, %s, %m : tensor<64x32x!tt.ptr<i32>>
  %nf = tt.splat %n : i32 -> tensor<64x32xi32>
  %nn = arith.addi %nf, %nf : tensor<64x32xi32>
  tt.store %pp, %nn : tensor<64x32x!tt.ptr<i32>>
  %one = arith.constant dense<1> : tensor<64x32xi32>
  tt.store %ps, %one : tensor<64x32x!tt.ptr<i32>>
  tt.return
}

// -----

// CHECK-LABEL: def unsigned(
// CHECK-NEXT: tl.store(q, (x.to(tl.uint32, bitcast=True) // 3).to(tl.int32, bitcast=True))
// CHECK-NEXT: tl.store(q, (x.to(tl.uint32, bitcast=True) >> y.to(tl.uint32, bitcast=True)).to(tl.int32, bitcast=True))
// CHECK-NEXT: tl.store(q, x, mask=x.to(tl.uint32, bitcast=True) < 4294967295)
// CHECK-NEXT: tl.store(q, tl.minimum(x.to(tl.uint32, bitcast=True), y.to(tl.uint32, bitcast=True)).to(tl.int32, bitcast=True))
// CHECK-NEXT: tl.store(f, x.to(tl.uint32, bitcast=True).to(tl.float32))
// CHECK-NEXT: tl.store(f, (x == y).to(tl.float32))
// CHECK-NEXT: tl.store(q, tl.where(~(x == y), x, 0))
tt.func public @unsigned(%q: tensor<4x!tt.ptr<i32>> loc("q"), %f: tensor<4x!tt.ptr<f32>> loc("f"), %x: tensor<4xi32> loc("x"), %y: tensor<4xi32> loc("y")) {
  %three = arith.constant dense<3> : tensor<4xi32>
  %max = arith.constant dense<-1> : tensor<4xi32>
  %zero = arith.constant dense<0> : tensor<4xi32>
  %true = arith.constant dense<true> : tensor<4xi1>
  %0 = arith.divui %x, %three : tensor<4xi32>
  tt.store %q, %0 : tensor<4x!tt.ptr<i32>>
  %1 = arith.shrui %x, %y : tensor<4xi32>
  tt.store %q, %1 : tensor<4x!tt.ptr<i32>>
  %2 = arith.cmpi ult, %x, %max : tensor<4xi32>
  tt.store %q, %x, %2 : tensor<4x!tt.ptr<i32>>
  %3 = arith.minui %x, %y : tensor<4xi32>
  tt.store %q, %3 : tensor<4x!tt.ptr<i32>>
  %4 = arith.uitofp %x : tensor<4xi32> to tensor<4xf32>
  tt.store %f, %4 : tensor<4x!tt.ptr<f32>>
  %5 = arith.cmpi eq, %x, %y : tensor<4xi32>
  %6 = arith.uitofp %5 : tensor<4xi1> to tensor<4xf32>
  tt.store %f, %6 : tensor<4x!tt.ptr<f32>>
  %7 = arith.cmpi eq, %x, %y : tensor<4xi32>
  %8 = arith.xori %7, %true : tensor<4xi1>
  %9 = arith.select %8, %x, %zero : tensor<4xi1>, tensor<4xi32>
  tt.store %q, %9 : tensor<4x!tt.ptr<i32>>
  tt.return
}

// -----

// Literals are exact, and of the type that the operation has.
// CHECK-LABEL: def literals(
// CHECK-NEXT: tl.store(f, x * 0.1 + 1.442695)
// CHECK-NEXT: tl.store(f, x * 1e-40)
// CHECK-NEXT: tl.store(f, tl.maximum(x, 0.0))
// CHECK-NEXT: tl.store(f, tl.maximum(x, tl.full([], 1e-40, tl.float32)))
// CHECK-NEXT: tl.store(h, tl.maximum(y, tl.full([], 0.5, tl.float16)))
// CHECK-NEXT: tl.store(h, y, mask=y > tl.full([], 0.5, tl.float16))
// CHECK-NEXT: tl.store(h, tl.where(y == y, y, float("-inf")))
// CHECK-NEXT: tl.store(f, tl.cast(-2147483648, tl.float32, bitcast=True) - x)
// CHECK-NEXT: tl.store(f, float("nan"))
tt.func public @literals(%f: tensor<4x!tt.ptr<f32>> loc("f"), %h: tensor<4x!tt.ptr<f16>> loc("h"), %x: tensor<4xf32> loc("x"), %y: tensor<4xf16> loc("y")) {
  %tenth = arith.constant dense<0.1> : tensor<4xf32>
  %log2e = arith.constant dense<1.44269502> : tensor<4xf32>
  %tiny = arith.constant dense<1.0e-40> : tensor<4xf32>
  %zero = arith.constant dense<0.0> : tensor<4xf32>
  %minus = arith.constant dense<-0.0> : tensor<4xf32>
  %nan = arith.constant dense<0x7FC00000> : tensor<4xf32>
  %half = arith.constant dense<0.5> : tensor<4xf16>
  %low = arith.constant dense<0xFC00> : tensor<4xf16>
  %0 = arith.mulf %x, %tenth : tensor<4xf32>
  %1 = arith.addf %0, %log2e : tensor<4xf32>
  tt.store %f, %1 : tensor<4x!tt.ptr<f32>>
  %2 = arith.mulf %x, %tiny : tensor<4xf32>
  tt.store %f, %2 : tensor<4x!tt.ptr<f32>>
  %3 = arith.maxnumf %x, %zero : tensor<4xf32>
  tt.store %f, %3 : tensor<4x!tt.ptr<f32>>
  %4 = arith.maxnumf %x, %tiny : tensor<4xf32>
  tt.store %f, %4 : tensor<4x!tt.ptr<f32>>
  %5 = arith.maxnumf %y, %half : tensor<4xf16>
  tt.store %h, %5 : tensor<4x!tt.ptr<f16>>
  %6 = arith.cmpf ogt, %y, %half : tensor<4xf16>
  tt.store %h, %y, %6 : tensor<4x!tt.ptr<f16>>
  %7 = arith.cmpf ord, %y, %y : tensor<4xf16>
  %8 = arith.select %7, %y, %low : tensor<4xi1>, tensor<4xf16>
  tt.store %h, %8 : tensor<4x!tt.ptr<f16>>
  %9 = arith.subf %minus, %x : tensor<4xf32>
  tt.store %f, %9 : tensor<4x!tt.ptr<f32>>
  tt.store %f, %nan : tensor<4x!tt.ptr<f32>>
  tt.return
}

// -----

// A scalar may be a Python number in the interpreter: functions, not methods.
// CHECK-LABEL: def scalars(
// CHECK: for i in range(0, n):
// CHECK-NEXT: {{^}}        tl.store(p, tl.cast(i * 2, tl.int64))
// CHECK-NEXT: {{^}}        tl.store(p, tl.cast(i < n, tl.int64))
tt.func public @scalars(%p: !tt.ptr<i64> loc("p"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  scf.for %i = %c0 to %n step %c1 : i32 {
    %0 = arith.muli %i, %c2 : i32
    %1 = arith.extsi %0 : i32 to i64
    tt.store %p, %1 : !tt.ptr<i64>
    %2 = arith.cmpi slt, %i, %n : i32
    %3 = arith.extui %2 : i1 to i64
    tt.store %p, %3 : !tt.ptr<i64>
  }
  tt.return
}
