// Flash attention the whole way, as the frontend hands it over: batched tiles, block sizes by name.
//
// RUN: helion-opt %s --helion-schedule --helion-to-ttir \
// RUN:   | FileCheck %s --implicit-check-not='tensor<1x128' --implicit-check-not=arith.cmpi --implicit-check-not=arith.select --implicit-check-not='math.exp '
// RUN: sed 's/num_stages = 3/indexing = "tensor_descriptor", num_stages = 3/' %s \
// RUN:   | helion-opt --helion-schedule --helion-to-ttir \
// RUN:   | FileCheck %s --check-prefix=TMA --implicit-check-not='tt.load' --implicit-check-not='tt.store'
// RUN: sed 's/arith.constant 1024/arith.constant 1000/' %s | helion-opt --helion-schedule --helion-to-ttir \
// RUN:   | FileCheck %s --check-prefix=RAGGED

// The batch of 1 is gone: dots have rank 2, what the loop carries has lost a dimension. Blocks
// divide the extents: no masks. The addresses' lanes are made in front of the loop.
// CHECK-LABEL: tt.func public @attention
// CHECK-SAME:    helion.grid = [{block = 1 : i64, lower = 0 : i64, upper = 32 : i64}, {block = 128 : i64, lower = 0 : i64, upper = 1024 : i64}]
// CHECK:         %[[Q:.*]] = tt.load %{{.*}} : tensor<128x64x!tt.ptr<bf16>>
// CHECK:         %[[KLANES:.*]] = arith.addi %{{.*}}, %{{.*}} : tensor<64x64xi32>
// CHECK:         %[[VLANES:.*]] = arith.addi %{{.*}}, %{{.*}} : tensor<64x64xi32>
// CHECK:         %[[R:.*]]:3 = scf.for %[[N:[a-z0-9]+]] = %{{.*}} iter_args(%[[M:[a-z0-9]+]] = %{{.*}}, %[[L:[a-z0-9]+]] = %{{.*}}, %[[ACC:[a-z0-9]+]] = %{{.*}}) -> (tensor<128xf32>, tensor<128xf32>, tensor<128x64xf32>)
// CHECK-NOT:       tt.make_range
// CHECK:           %[[KP:.*]] = tt.addptr %{{.*}}, %[[KLANES]] : tensor<64x64x!tt.ptr<bf16>>
// CHECK:           %[[K:.*]] = tt.load %[[KP]] : tensor<64x64x!tt.ptr<bf16>>
// CHECK:           %[[S:.*]] = tt.dot %[[Q]], %[[K]], %{{.*}} : tensor<128x64xbf16> * tensor<64x64xbf16> -> tensor<128x64xf32>
// CHECK:           "tt.reduce"(%[[S]]) <{axis = 1 : i32}>
// CHECK:             arith.maximumf
// CHECK:           }) : (tensor<128x64xf32>) -> tensor<128xf32>
// CHECK:           %[[MN:.*]] = arith.maximumf %[[M]], %{{.*}} : tensor<128xf32>
// CHECK:           %[[P:.*]] = math.exp2 %{{.*}} : tensor<128x64xf32>
// CHECK:           "tt.reduce"(%[[P]]) <{axis = 1 : i32}>
// CHECK:             arith.addf
// CHECK:           }) : (tensor<128x64xf32>) -> tensor<128xf32>
// CHECK:           %[[ALPHA:.*]] = math.exp2 %{{.*}} : tensor<128xf32>
// CHECK:           %[[OLD:.*]] = arith.mulf %[[ACC]], %{{.*}} : tensor<128x64xf32>
// CHECK:           %[[VP:.*]] = tt.addptr %{{.*}}, %[[VLANES]] : tensor<64x64x!tt.ptr<bf16>>
// CHECK:           %[[V:.*]] = tt.load %[[VP]] : tensor<64x64x!tt.ptr<bf16>>
// CHECK:           %[[PB:.*]] = arith.truncf %[[P]] : tensor<128x64xf32> to tensor<128x64xbf16>
// CHECK:           %[[NEW:.*]] = tt.dot %[[PB]], %[[V]], %[[OLD]] : tensor<128x64xbf16> * tensor<64x64xbf16> -> tensor<128x64xf32>
// CHECK:           scf.yield %[[MN]], %{{.*}}, %[[NEW]] :
// CHECK-NEXT:    } {tt.num_stages = 3 : i32}
// CHECK:         arith.divf %[[R]]#2, %{{.*}} : tensor<128x64xf32>
// CHECK:         tt.store %{{.*}} : tensor<128x64x!tt.ptr<bf16>>

// With descriptors: the batch moves their base, outside the loop; the transposed k is one of
// blocks that are transposed behind the load.
// TMA-LABEL: tt.func public @attention
// TMA:         tt.descriptor_load {{.*}} -> tensor<128x64xbf16>
// TMA:         %[[KD:.*]] = tt.make_tensor_descriptor %{{.*}}, [%c1024_i32, %c64_i32], [%c64_i64, %c1_i64] : <bf16>, <tensor<64x64xbf16>>
// TMA:         scf.for %[[N:[a-z0-9]+]] = %
// TMA-NOT:       tt.make_tensor_descriptor
// TMA:           %[[K:.*]] = tt.descriptor_load %[[KD]][%[[N]], %c0_i32]
// TMA:           tt.trans %[[K]] {order = array<i32: 1, 0>}
// TMA:           tt.dot
// TMA:           tt.descriptor_load
// TMA:           tt.dot
// TMA:         tt.descriptor_store

// 1000 rows: the last tiles are masked, and the score of a lane that is dead is -inf in front of
// the maximum and gives 0 in front of the sum. The masked rows of v are 0 where they meet the dot.
// RAGGED-LABEL: tt.func public @attention
// RAGGED:         %[[Q:.*]] = tt.load %{{.*}}, %{{.*}}, %{{.*}} : tensor<128x64x!tt.ptr<bf16>>
// RAGGED:         scf.for
// RAGGED:           %[[K:.*]] = tt.load %{{.*}}, %{{.*}}, %{{.*}} : tensor<64x64x!tt.ptr<bf16>>
// RAGGED:           %[[S:.*]] = tt.dot %[[Q]], %[[K]]
// RAGGED:           %[[SM:.*]] = arith.select %{{.*}}, %[[S]], %{{.*}} : tensor<128x64xi1>, tensor<128x64xf32>
// RAGGED:           "tt.reduce"(%[[SM]])

helion.kernel @attention(%q: memref<32x1024x64xbf16> {helion.name = "q"}, %k: memref<32x64x1024xbf16, strided<[65536, 1, 64]>> {helion.name = "k"},
                         %v: memref<32x1024x64xbf16> {helion.name = "v"}, %o: memref<32x1024x64xbf16> {helion.name = "o"})
    attributes {helion.config = #helion.config<{block_sizes = [1, 128, 64], num_stages = 3 : i64, num_warps = 8 : i64}>} {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 32 : i64}
  helion.block @b1 {ordinal = 1 : i64, min = 1 : i64, max = 1024 : i64}
  helion.block @b2 {ordinal = 2 : i64, min = 1 : i64, max = 1024 : i64}
  %c0 = arith.constant 0 : i32
  %c32 = arith.constant 32 : i32
  %c1024 = arith.constant 1024 : i32
  helion.grid (%tb, %tm) = (%c0, %c0) to (%c32, %c1024) blocks [@b0, @b1] : i32 {
    %ninf = arith.constant 0xFF800000 : f32
    %one = arith.constant 1.0 : f32
    %zero = arith.constant 0.0 : f32
    %scale = arith.constant 0.180336878 : f32
    %m0 = helion.full %ninf : f32 -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
    %l0 = helion.full %one : f32 -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
    %a0 = helion.full %zero : f32 -> tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
    %all = helion.slice %c0 : i32 -> !helion.tile<64>
    %qt = helion.load %q[%tb, %tm, %all] {ordinal = 0 : i64, load_ordinal = 0 : i64} : memref<32x1024x64xbf16>, !helion.tile<@b0>, !helion.tile<@b1>, !helion.tile<64> -> tensor<?x?x64xbf16, #helion.dims<[@b0, @b1, 64]>>
    %r:3 = helion.tile_for (%tn) = (%c0) to (%c1024) blocks [@b2] : i32
        iter_args(%m = %m0 : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>, %l = %l0 : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>,
                  %acc = %a0 : tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>) {
      %kt = helion.load %k[%tb, %all, %tn] {ordinal = 1 : i64, load_ordinal = 1 : i64} : memref<32x64x1024xbf16, strided<[65536, 1, 64]>>, !helion.tile<@b0>, !helion.tile<64>, !helion.tile<@b2> -> tensor<?x64x?xbf16, #helion.dims<[@b0, 64, @b2]>>
      %qk = helion.dot %qt, %kt : tensor<?x?x64xbf16, #helion.dims<[@b0, @b1, 64]>>, tensor<?x64x?xbf16, #helion.dims<[@b0, 64, @b2]>> -> tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>
      %mx = helion.reduce max %qk dims [2] : (tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>) -> (tensor<?x?xf32, #helion.dims<[@b0, @b1]>>)
      %s2 = helion.full %scale : f32 -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %mxs = arith.mulf %mx, %s2 : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %mn = arith.maximumf %m, %mxs : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %s3 = helion.full %scale : f32 -> tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>
      %qks = arith.mulf %qk, %s3 : tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>
      %me = helion.expand_dims %mn {axis = 2 : i64} : tensor<?x?xf32, #helion.dims<[@b0, @b1]>> -> tensor<?x?x1xf32, #helion.dims<[@b0, @b1, 1]>>
      %mb = helion.broadcast %me : tensor<?x?x1xf32, #helion.dims<[@b0, @b1, 1]>> -> tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>
      %d = arith.subf %qks, %mb : tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>
      %p = math.exp2 %d : tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>
      %ls = helion.reduce sum %p dims [2] : (tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>) -> (tensor<?x?xf32, #helion.dims<[@b0, @b1]>>)
      %dm = arith.subf %m, %mn : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %alpha = math.exp2 %dm : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %la = arith.mulf %l, %alpha : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %ln = arith.addf %la, %ls : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      %ae = helion.expand_dims %alpha {axis = 2 : i64} : tensor<?x?xf32, #helion.dims<[@b0, @b1]>> -> tensor<?x?x1xf32, #helion.dims<[@b0, @b1, 1]>>
      %ab = helion.broadcast %ae : tensor<?x?x1xf32, #helion.dims<[@b0, @b1, 1]>> -> tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
      %as = arith.mulf %acc, %ab : tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
      %vt = helion.load %v[%tb, %tn, %all] {ordinal = 2 : i64, load_ordinal = 2 : i64} : memref<32x1024x64xbf16>, !helion.tile<@b0>, !helion.tile<@b2>, !helion.tile<64> -> tensor<?x?x64xbf16, #helion.dims<[@b0, @b2, 64]>>
      %pc = helion.convert %p {user} : tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>> -> tensor<?x?x?xbf16, #helion.dims<[@b0, @b1, @b2]>>
      %an = helion.dot %pc, %vt, %as : tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>> : tensor<?x?x?xbf16, #helion.dims<[@b0, @b1, @b2]>>, tensor<?x?x64xbf16, #helion.dims<[@b0, @b2, 64]>> -> tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
      helion.yield %mn, %ln, %an : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>, tensor<?x?xf32, #helion.dims<[@b0, @b1]>>, tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
    } {ordinal = 0 : i64}
    %le = helion.expand_dims %r#1 {axis = 2 : i64} : tensor<?x?xf32, #helion.dims<[@b0, @b1]>> -> tensor<?x?x1xf32, #helion.dims<[@b0, @b1, 1]>>
    %lb = helion.broadcast %le : tensor<?x?x1xf32, #helion.dims<[@b0, @b1, 1]>> -> tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
    %out = arith.divf %r#2, %lb : tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>
    %oc = helion.convert %out : tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>> -> tensor<?x?x64xbf16, #helion.dims<[@b0, @b1, 64]>>
    helion.store %oc, %o[%tb, %tm, %all] {ordinal = 3 : i64} : tensor<?x?x64xbf16, #helion.dims<[@b0, @b1, 64]>>, memref<32x1024x64xbf16>, !helion.tile<@b0>, !helion.tile<@b1>, !helion.tile<64>
  }
  helion.return
}
