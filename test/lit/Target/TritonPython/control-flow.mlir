// RUN: helion-translate --ttir-to-triton-python --origin-lines=false %s --split-input-file | FileCheck %s

// A swap needs both old values at once.
// CHECK-LABEL: def swap(
// CHECK: for i in range(0, n):
// CHECK-NEXT: {{^}}        a, b = b, a
tt.func public @swap(%x: !tt.ptr<i32> loc("x"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %0 = tt.load %x : !tt.ptr<i32> loc("a")
  %p = tt.addptr %x, %c1 : !tt.ptr<i32>, i32
  %1 = tt.load %p : !tt.ptr<i32> loc("b")
  %2:2 = scf.for %i = %c0 to %n step %c1 iter_args(%a = %0, %b = %1) -> (i32, i32) : i32 {
    scf.yield %b, %a : i32, i32
  }
  tt.store %x, %2#0 : !tt.ptr<i32>
  tt.store %p, %2#1 : !tt.ptr<i32>
  tt.return
}

// -----

// The old value is read after the new one exists: two variables.
// CHECK-LABEL: def both_alive(
// CHECK: acc = tl.full([], 0.0, tl.float32)
// CHECK-NEXT: for i in range(0, n):
// CHECK-NEXT: {{^}}        new = acc + tl.cast(i, tl.float32)
// CHECK-NEXT: {{^}}        tl.store(x, acc * new)
// CHECK-NEXT: {{^}}        acc = new
tt.func public @both_alive(%x: !tt.ptr<f32> loc("x"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %z = arith.constant 0.0 : f32
  %0 = "scf.for"(%c0, %n, %c1, %z) ({
  ^bb0(%i: i32, %acc: f32 loc("acc")):
    %f = arith.sitofp %i : i32 to f32
    %new = arith.addf %acc, %f : f32 loc("new")
    %p = arith.mulf %acc, %new : f32
    tt.store %x, %p : !tt.ptr<f32>
    scf.yield %new : f32
  }) : (i32, i32, i32, f32) -> f32
  tt.return
}

// -----

// CHECK-LABEL: def branches(
// CHECK: if n < 4:
// CHECK-NEXT: {{^}}        r = v * 2.0
// CHECK-NEXT: {{^}}    else:
// CHECK-NEXT: {{^}}        r = v
// CHECK-NEXT: {{^}}    if n == 7:
// CHECK-NEXT: {{^}}        tl.store(x, r)
// CHECK-NEXT: {{^}}    tl.store(x, v)
// CHECK-NOT: else
tt.func public @branches(%x: !tt.ptr<f32> loc("x"), %n: i32 loc("n")) {
  %c4 = arith.constant 4 : i32
  %c7 = arith.constant 7 : i32
  %two = arith.constant 2.0 : f32
  %v = tt.load %x : !tt.ptr<f32> loc("v")
  %small = arith.cmpi slt, %n, %c4 : i32
  %r = scf.if %small -> (f32) {
    %d = arith.mulf %v, %two : f32
    scf.yield %d : f32
  } else {
    scf.yield %v : f32
  } loc("r")
  %seven = arith.cmpi eq, %n, %c7 : i32
  scf.if %seven {
    tt.store %x, %r : !tt.ptr<f32>
  } else {
  }
  tt.store %x, %v : !tt.ptr<f32>
  tt.return
}

// -----

// CHECK-LABEL: def waits(
// CHECK: while tl.atomic_cas({{.*}}) == 1:
// CHECK-NEXT: {{^}}        pass
// CHECK: [[I:v[0-9]+]] = tl.full([], 0, tl.int32)
// CHECK-NEXT: while [[I]] < n:
// CHECK-NEXT: {{^}}        [[I]] = [[I]] + 1
tt.func public @waits(%x: !tt.ptr<i32> loc("x"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  scf.while : () -> () {
    %old = tt.atomic_cas acq_rel, gpu, %x, %c0, %c1 : (!tt.ptr<i32>, i32, i32) -> i32
    %taken = arith.cmpi eq, %old, %c1 : i32
    scf.condition(%taken)
  } do {
    scf.yield
  }
  %r = scf.while (%i = %c0) : (i32) -> i32 {
    %more = arith.cmpi slt, %i, %n : i32
    scf.condition(%more) %i : i32
  } do {
  ^bb0(%i: i32):
    %next = arith.addi %i, %c1 : i32
    scf.yield %next : i32
  }
  tt.store %x, %r : !tt.ptr<i32>
  tt.return
}

// -----

// CHECK-LABEL: def options(
// CHECK: for i in tl.range(0, n, 2, num_stages=2, loop_unroll_factor=4, disallow_acc_multi_buffer=True, flatten=True, warp_specialize=True):
// CHECK-NEXT: tl.store(x, i)
tt.func public @options(%x: !tt.ptr<i32> loc("x"), %n: i32 loc("n")) {
  %c0 = arith.constant 0 : i32
  %c2 = arith.constant 2 : i32
  scf.for %i = %c0 to %n step %c2 : i32 {
    tt.store %x, %i : !tt.ptr<i32>
  } {tt.num_stages = 2 : i32, tt.loop_unroll_factor = 4 : i32, tt.disallow_acc_multi_buffer, tt.flatten, tt.warp_specialize}
  tt.return
}

// -----

// CHECK-LABEL: def barrier(
// CHECK: tl.store(x, v)
// CHECK-NEXT: {{^}}    tl.debug_barrier()
tt.func public @barrier(%x: !tt.ptr<f32> loc("x"), %v: f32 loc("v")) {
  tt.store %x, %v : !tt.ptr<f32>
  gpu.barrier
  tt.return
}

// -----

// A condition of several statements runs before each test.
// CHECK-LABEL: def condition(
// CHECK: {{^}}    [[V:[a-z0-9]+]] = tl.load(p)
// CHECK-NEXT: {{^}}    tl.store(p, [[V]])
// CHECK-NEXT: {{^}}    while [[V]] == 0:
// CHECK-NEXT: {{^}}        [[V]] = tl.load(p)
// CHECK-NEXT: {{^}}        tl.store(p, [[V]])
tt.func public @condition(%p: !tt.ptr<i32> loc("p")) {
  %c0 = arith.constant 0 : i32
  scf.while : () -> () {
    %0 = tt.load %p : !tt.ptr<i32>
    tt.store %p, %0 : !tt.ptr<i32>
    %1 = arith.cmpi eq, %0, %c0 : i32
    scf.condition(%1)
  } do {
    scf.yield
  }
  tt.return
}
