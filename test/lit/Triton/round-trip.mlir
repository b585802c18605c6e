// RUN: helion-opt %s --verify-roundtrip | FileCheck %s

// CHECK-LABEL: tt.func public @ranges_and_shapes(
// CHECK-SAME: %{{.*}}: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %{{.*}}: i32) attributes {noinline = false}
tt.func public @ranges_and_shapes(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %n: i32) attributes {noinline = false} {
  // CHECK: tt.get_program_id x : i32
  %pid = tt.get_program_id x : i32
  // CHECK: tt.get_num_programs y : i32
  %count = tt.get_num_programs y : i32
  // CHECK: tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  // CHECK: tt.splat %{{.*}} : i32 -> tensor<64xi32>
  %s = tt.splat %n : i32 -> tensor<64xi32>
  // CHECK: tt.expand_dims %{{.*}} {axis = 1 : i32} : tensor<64xi32> -> tensor<64x1xi32>
  %e = tt.expand_dims %r {axis = 1 : i32} : tensor<64xi32> -> tensor<64x1xi32>
  // CHECK: tt.broadcast %{{.*}} : tensor<64x1xi32> -> tensor<64x32xi32>
  %b = tt.broadcast %e : tensor<64x1xi32> -> tensor<64x32xi32>
  // CHECK: tt.trans %{{.*}} {order = array<i32: 1, 0>} : tensor<64x32xi32> -> tensor<32x64xi32>
  %t = tt.trans %b {order = array<i32: 1, 0>} : tensor<64x32xi32> -> tensor<32x64xi32>
  // CHECK: tt.reshape %{{.*}} allow_reorder : tensor<32x64xi32> -> tensor<2048xi32>
  %h = tt.reshape %t allow_reorder : tensor<32x64xi32> -> tensor<2048xi32>
  // CHECK: tt.join %{{.*}}, %{{.*}} : tensor<64xi32> -> tensor<64x2xi32>
  %j = tt.join %r, %s : tensor<64xi32> -> tensor<64x2xi32>
  // CHECK: tt.split %{{.*}} : tensor<64x2xi32> -> tensor<64xi32>
  %l, %k = tt.split %j : tensor<64x2xi32> -> tensor<64xi32>
  // CHECK: tt.cat %{{.*}}, %{{.*}} : tensor<64xi32> -> tensor<128xi32>
  %c = tt.cat %l, %k : tensor<64xi32> -> tensor<128xi32>
  // CHECK: tt.gather %{{.*}}[%{{.*}}] {axis = 0 : i32} : (tensor<128xi32>, tensor<64xi32>) -> tensor<64xi32>
  %g = tt.gather %c[%r] {axis = 0 : i32} : (tensor<128xi32>, tensor<64xi32>) -> tensor<64xi32>
  // CHECK: tt.histogram %{{.*}} : tensor<64xi32> -> tensor<128xi32>
  %hist = tt.histogram %g : tensor<64xi32> -> tensor<128xi32>
  // CHECK: tt.unsplat %{{.*}} : tensor<1xi32>
  %one = tt.splat %n : i32 -> tensor<1xi32>
  %u = tt.unsplat %one : tensor<1xi32>
  tt.return
}

// CHECK-LABEL: tt.func public @memory
tt.func public @memory(%x: !tt.ptr<f32>, %y: !tt.ptr<i32>, %v: tensor<64xf32>, %w: tensor<64xi32>) {
  %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
  %xs = tt.splat %x : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
  %ys = tt.splat %y : !tt.ptr<i32> -> tensor<64x!tt.ptr<i32>>
  // CHECK: tt.addptr %{{.*}}, %{{.*}} : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %p = tt.addptr %xs, %r : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
  %m = arith.cmpi slt, %r, %w : tensor<64xi32>
  // CHECK: tt.load %{{.*}}, %{{.*}}, %{{.*}} evictionPolicy = evict_last : tensor<64x!tt.ptr<f32>>
  %0 = tt.load %p, %m, %v evictionPolicy = evict_last : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.load %{{.*}} cacheModifier = cg : tensor<64x!tt.ptr<f32>>
  %1 = tt.load %p cacheModifier = cg : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.load %{{.*}} {isVolatile = true} : !tt.ptr<f32>
  %2 = tt.load %x {isVolatile = true} : !tt.ptr<f32>
  // CHECK: tt.store %{{.*}}, %{{.*}}, %{{.*}} cacheModifier = wt : tensor<64x!tt.ptr<f32>>
  tt.store %p, %0, %m cacheModifier = wt : tensor<64x!tt.ptr<f32>>
  // CHECK: tt.store %{{.*}}, %{{.*}} : !tt.ptr<f32>
  tt.store %x, %2 : !tt.ptr<f32>
  // CHECK: tt.atomic_rmw fadd, relaxed, gpu, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  %3 = tt.atomic_rmw fadd, relaxed, gpu, %p, %1, %m : (tensor<64x!tt.ptr<f32>>, tensor<64xf32>, tensor<64xi1>) -> tensor<64xf32>
  // CHECK: tt.atomic_cas acq_rel, sys, %{{.*}}, %{{.*}}, %{{.*}} : (tensor<64x!tt.ptr<i32>>, tensor<64xi32>, tensor<64xi32>) -> tensor<64xi32>
  %4 = tt.atomic_cas acq_rel, sys, %ys, %r, %w : (tensor<64x!tt.ptr<i32>>, tensor<64xi32>, tensor<64xi32>) -> tensor<64xi32>
  // CHECK: tt.print " v: " {hex = false, isSigned = array<i32: 1>} : %{{.*}} : tensor<64xi32>
  tt.print " v: " {hex = false, isSigned = array<i32: 1>} : %4 : tensor<64xi32>
  // CHECK: tt.assert %{{.*}}, "in bounds" : tensor<64xi1>
  tt.assert %m, "in bounds" : tensor<64xi1>
  tt.return
}

// CHECK-LABEL: tt.func public @casts
tt.func public @casts(%x: tensor<64xf32>, %p: tensor<64x!tt.ptr<f32>>, %i: tensor<64xi32>) {
  // CHECK: tt.fp_to_fp %{{.*}}, rounding = rtne : tensor<64xf32> -> tensor<64xf8E5M2>
  %0 = tt.fp_to_fp %x, rounding = rtne : tensor<64xf32> -> tensor<64xf8E5M2>
  // CHECK: tt.fp_to_fp %{{.*}} : tensor<64xf8E5M2> -> tensor<64xf32>
  %1 = tt.fp_to_fp %0 : tensor<64xf8E5M2> -> tensor<64xf32>
  // CHECK: tt.bitcast %{{.*}} : tensor<64xf32> -> tensor<64xi32>
  %2 = tt.bitcast %1 : tensor<64xf32> -> tensor<64xi32>
  // CHECK: tt.ptr_to_int %{{.*}} : tensor<64x!tt.ptr<f32>> -> tensor<64xi64>
  %3 = tt.ptr_to_int %p : tensor<64x!tt.ptr<f32>> -> tensor<64xi64>
  // CHECK: tt.int_to_ptr %{{.*}} : tensor<64xi64> -> tensor<64x!tt.ptr<bf16>>
  %4 = tt.int_to_ptr %3 : tensor<64xi64> -> tensor<64x!tt.ptr<bf16>>
  // CHECK: tt.precise_sqrt %{{.*}} : tensor<64xf32>
  %5 = tt.precise_sqrt %x : tensor<64xf32>
  // CHECK: tt.precise_divf %{{.*}}, %{{.*}} : tensor<64xf32>
  %6 = tt.precise_divf %x, %5 : tensor<64xf32>
  // CHECK: tt.mulhiui %{{.*}}, %{{.*}} : tensor<64xi32>
  %7 = tt.mulhiui %i, %2 : tensor<64xi32>
  // CHECK: tt.clampf %{{.*}}, %{{.*}}, %{{.*}}, propagateNan = all : tensor<64xf32>
  %8 = tt.clampf %x, %5, %6, propagateNan = all : tensor<64xf32>
  // CHECK: tt.extern_elementwise %{{.*}}, %{{.*}} {libname = "", libpath = "", pure = true, symbol = "__nv_powf"} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %9 = tt.extern_elementwise %x, %8 {libname = "", libpath = "", pure = true, symbol = "__nv_powf"} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  // CHECK: tt.elementwise_inline_asm "tanh.approx.f32 $0, $1;" {constraints = "=f,f", packed_element = 1 : i32, pure = true} %{{.*}} : tensor<64xf32> -> tensor<64xf32>
  %10 = tt.elementwise_inline_asm "tanh.approx.f32 $0, $1;" {constraints = "=f,f", packed_element = 1 : i32, pure = true} %9 : tensor<64xf32> -> tensor<64xf32>
  tt.return
}

// CHECK-LABEL: tt.func public @contractions
tt.func public @contractions(%a: tensor<64x32xf16>, %b: tensor<32x128xf16>, %c: tensor<64x128xf32>,
    %qa: tensor<64x64xi8>, %qb: tensor<64x128xi8>, %sa: tensor<64x4xi8>, %sb: tensor<128x4xi8>) {
  // CHECK: tt.dot %{{.*}}, %{{.*}}, %{{.*}}, inputPrecision = tf32 : tensor<64x32xf16> * tensor<32x128xf16> -> tensor<64x128xf32>
  %0 = tt.dot %a, %b, %c, inputPrecision = tf32 : tensor<64x32xf16> * tensor<32x128xf16> -> tensor<64x128xf32>
  // CHECK: tt.dot %{{.*}}, %{{.*}}, %{{.*}} {maxNumImpreciseAcc = 32 : i32} : tensor<64x32xf16> * tensor<32x128xf16> -> tensor<64x128xf32>
  %1 = tt.dot %a, %b, %0 {maxNumImpreciseAcc = 32 : i32} : tensor<64x32xf16> * tensor<32x128xf16> -> tensor<64x128xf32>
  // CHECK: tt.dot_scaled %{{.*}} scale %{{.*}}, %{{.*}} scale %{{.*}}, %{{.*}} lhs = e2m1 rhs = e2m1 {fastMath = false} : tensor<64x64xi8>, tensor<64x4xi8> * tensor<64x128xi8>, tensor<128x4xi8> -> tensor<64x128xf32>
  %2 = tt.dot_scaled %qa scale %sa, %qb scale %sb, %1 lhs = e2m1 rhs = e2m1 {fastMath = false} : tensor<64x64xi8>, tensor<64x4xi8> * tensor<64x128xi8>, tensor<128x4xi8> -> tensor<64x128xf32>
  tt.return
}

// CHECK-LABEL: tt.func public @reductions
tt.func public @reductions(%x: tensor<4x64xf32>, %i: tensor<4x64xi32>) {
  // CHECK: "tt.reduce"(%{{.*}}, %{{.*}}) <{axis = 1 : i32}> ({
  // CHECK: tt.reduce.return %{{.*}}, %{{.*}} : f32, i32
  // CHECK: }) : (tensor<4x64xf32>, tensor<4x64xi32>) -> (tensor<4xf32>, tensor<4xi32>)
  %0:2 = "tt.reduce"(%x, %i) <{axis = 1 : i32}> ({
  ^bb0(%a: f32, %m: i32, %b: f32, %n: i32):
    %gt = arith.cmpf ogt, %a, %b : f32
    %v = arith.select %gt, %a, %b : f32
    %j = arith.select %gt, %m, %n : i32
    tt.reduce.return %v, %j : f32, i32
  }) : (tensor<4x64xf32>, tensor<4x64xi32>) -> (tensor<4xf32>, tensor<4xi32>)
  // CHECK: "tt.scan"(%{{.*}}) <{axis = 0 : i32, reverse = true}> ({
  // CHECK: tt.scan.return %{{.*}} : f32
  %1 = "tt.scan"(%x) <{axis = 0 : i32, reverse = true}> ({
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    tt.scan.return %s : f32
  }) : (tensor<4x64xf32>) -> tensor<4x64xf32>
  tt.return
}

// CHECK-LABEL: tt.func private @callee
tt.func private @callee(%x: i32) -> i32 attributes {noinline = false} {
  // CHECK: tt.return %{{.*}} : i32
  tt.return %x : i32
}

// CHECK-LABEL: tt.func public @caller
tt.func public @caller(%x: i32) {
  // CHECK: tt.call @callee(%{{.*}}) : (i32) -> i32
  %0 = tt.call @callee(%x) : (i32) -> i32
  tt.return
}

// CHECK-LABEL: tt.func public @barrier(
tt.func public @barrier(%x: !tt.ptr<f32>, %v: f32) attributes {noinline = false} {
  tt.store %x, %v : !tt.ptr<f32>
  // CHECK: {{^ *}}gpu.barrier
  gpu.barrier
  tt.return
}
