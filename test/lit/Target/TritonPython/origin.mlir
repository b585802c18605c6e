// RUN: helion-translate --ttir-to-triton-python %s | FileCheck %s

// One comment per run of statements of one line; the text only where the file is there.
// CHECK-LABEL: def origin(
// CHECK-NEXT: # src[kernel.py:7]
// CHECK-NEXT: a = tl.load(x)
// CHECK-NEXT: b = tl.load(x, volatile=True)
// CHECK-NEXT: # src[kernel.py:9]
// CHECK-NEXT: tl.store(x, a + b)
// CHECK-NEXT: # src[origin.mlir:[[#@LINE+7]]]: tt.store %x, %0 : !tt.ptr<f32>
// CHECK-NEXT: tl.store(x, a)
tt.func public @origin(%x: !tt.ptr<f32> loc("x")) {
  %0 = tt.load %x : !tt.ptr<f32> loc("a"("/nowhere/kernel.py":7:3))
  %1 = tt.load %x {isVolatile = true} : !tt.ptr<f32> loc("b"("/nowhere/kernel.py":7:9))
  %2 = arith.addf %0, %1 : f32 loc("/nowhere/kernel.py":8:3)
  tt.store %x, %2 : !tt.ptr<f32> loc("/nowhere/kernel.py":9:3)
  tt.store %x, %0 : !tt.ptr<f32>
  tt.return
}
