// RUN: helion-opt %s --helion-skip-masked-blocks --cse --split-input-file 2>/dev/null | FileCheck %s
// RUN: helion-opt %s --helion-skip-masked-blocks=target=cuda:100 --split-input-file 2>/dev/null | FileCheck %s --check-prefix=ONE
// RUN: helion-opt %s --helion-skip-masked-blocks=target=hip:gfx942 --split-input-file | FileCheck %s --check-prefix=TWO
// RUN: helion-opt %s --helion-skip-masked-blocks=target=cuda:90 --split-input-file | FileCheck %s --check-prefix=TWO

// Row i of the 128 from %begin sees the columns up to i. The first block makes rows NaN that see
// nothing, and stays therefore. Blocks of 64 columns are seen as a whole from 0 to the last one that
// ends at %begin.
// CHECK-LABEL: helion.kernel @causal
// CHECK:         %[[BEGIN:.*]] = arith.muli %{{.*}}, %[[C128:.*]] : i32
// CHECK:         %[[ROWS:.*]] = helion.make_tile
// CHECK:         %[[BEHIND:.*]] = arith.addi %{{.*}}, %[[C128]] : i32
// CHECK:         %[[ONCE:.*]] = arith.maxsi %[[BEHIND]], %c1_i32{{.*}} : i32
// CHECK:         %[[END:.*]] = arith.minsi %[[ONCE]], %c1024{{.*}} : i32
// CHECK:         %[[LAST:.*]] = arith.addi %{{.*}}, %c-63_i32 : i32
// CHECK:         %[[TRIPS:.*]] = arith.divsi
// CHECK:         %[[FULL:.*]] = arith.muli %[[TRIPS]], %c64{{.*}} : i32
// CHECK:         %[[STOP:.*]] = arith.minsi %[[END]], %[[FULL]] : i32
// CHECK:         %[[R:.*]]:3 = scf.for %{{.*}} = %c0{{.*}} to %[[STOP]] step
// CHECK-NOT:       arith.cmpi
// CHECK:           %[[S:.*]] = helion.dot
// CHECK-NOT:       arith.select
// CHECK:           helion.reduce max %[[S]]
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         scf.for %{{.*}} = %[[FULL]] to %[[END]] step %{{.*}} iter_args(%{{.*}} = %[[R]]#0, %{{.*}} = %[[R]]#1, %{{.*}} = %[[R]]#2)
// CHECK:           %[[SEEN:.*]] = arith.cmpi sge
// CHECK:           %[[MASKED:.*]] = arith.select %[[SEEN]]
// CHECK:           helion.reduce max %[[MASKED]]
// CHECK:         } {helion.loop = 0 : i64}
helion.kernel @causal(%k: memref<64x1024xf16>, %v: memref<1024x64xf16>, %out: memref<1024x64xf32>, %queries: memref<1024x64xf16>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %c1024 = arith.constant 1024 : i32
  %least = arith.constant dense<0xFF800000> : tensor<128xf32>
  %one = arith.constant dense<1.0> : tensor<128xf32>
  %none = arith.constant dense<0xFF800000> : tensor<128x64xf32>
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c128 : i32
  %rows = helion.make_tile %begin to %c1024 {exact} : i32 -> <128>
  %dims = helion.slice %c0 : i32 -> <64>
  %q = helion.load %queries[%rows, %dims] {ordinal = 3 : i64} : memref<1024x64xf16>, !helion.tile<128>, !helion.tile<64> -> tensor<128x64xf16>
  %0:3 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%acc = %zero, %top = %least, %total = %one) -> (tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %keys = helion.load %k[%dims, %columns] {ordinal = 0 : i64} : memref<64x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s = helion.dot %q, %keys : tensor<128x64xf16>, tensor<64x64xf16> -> tensor<128x64xf32>
    %r = helion.tile_index %rows : <128> -> tensor<128xi32>
    %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<128xi32> -> tensor<128x1xi32>
    %r2 = helion.broadcast %r1 : tensor<128x1xi32> -> tensor<128x64xi32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<128x64xi32>
    %seen = arith.cmpi sge, %r2, %c2 : tensor<128x64xi32>
    %m = arith.select %seen, %s, %none : tensor<128x64xi1>, tensor<128x64xf32>
    %most = helion.reduce max %m dims [1] : (tensor<128x64xf32>) -> tensor<128xf32>
    %next = arith.maximumf %top, %most : tensor<128xf32>
    %n1 = helion.expand_dims %next {axis = 1 : i64} : tensor<128xf32> -> tensor<128x1xf32>
    %n2 = helion.broadcast %n1 : tensor<128x1xf32> -> tensor<128x64xf32>
    %d = arith.subf %m, %n2 : tensor<128x64xf32>
    %p = math.exp2 %d : tensor<128x64xf32>
    %sd = arith.subf %top, %next : tensor<128xf32>
    %shrink = math.exp2 %sd : tensor<128xf32>
    %t1 = arith.mulf %total, %shrink : tensor<128xf32>
    %sum = helion.reduce sum %p dims [1] : (tensor<128x64xf32>) -> tensor<128xf32>
    %t2 = arith.addf %t1, %sum : tensor<128xf32>
    %values = helion.load %v[%columns, %dims] {ordinal = 1 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s1 = helion.expand_dims %shrink {axis = 1 : i64} : tensor<128xf32> -> tensor<128x1xf32>
    %s2 = helion.broadcast %s1 : tensor<128x1xf32> -> tensor<128x64xf32>
    %a1 = arith.mulf %acc, %s2 : tensor<128x64xf32>
    %h = helion.convert %p {user} : tensor<128x64xf32> -> tensor<128x64xf16>
    %a2 = helion.dot %h, %values, %a1 : tensor<128x64xf32> : tensor<128x64xf16>, tensor<64x64xf16> -> tensor<128x64xf32>
    scf.yield %a2, %next, %t2 : tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>
  } {helion.loop = 0 : i64}
  helion.store %0#0, %out[%rows, %dims] {ordinal = 2 : i64} : tensor<128x64xf32>, memref<1024x64xf32>, !helion.tile<128>, !helion.tile<64>
  helion.return
}

// -----

// A window: columns from i - 255 to i, with a maximum that is never -inf: blocks are skipped at both
// ends, and both ends keep their masks. A sum without a maximum needs no start either.
// CHECK-LABEL: helion.kernel @window
// CHECK:         %[[TRIPS:.*]] = arith.divsi
// CHECK:         %[[LOWER:.*]] = arith.muli %[[TRIPS]], %c64
// CHECK:         %[[BEFORE:.*]] = scf.for %{{.*}} = %[[LOWER]] to %{{.*}} step
// CHECK:           arith.andi
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         %[[MAIN:.*]] = scf.for {{.*}} iter_args(%{{.*}} = %[[BEFORE]])
// CHECK-NOT:       arith.cmpi
// CHECK:           helion.convert %{{[^ ]*}} : tensor<128x64xf32>
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         scf.for {{.*}} iter_args(%{{.*}} = %[[MAIN]])
// CHECK:           arith.andi
// CHECK:         } {helion.loop = 0 : i64}
helion.kernel @window(%x: memref<1024x1024xf32>, %v: memref<1024x64xf16>, %out: memref<1024x64xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c128 = arith.constant 128 : i32
  %c1024 = arith.constant 1024 : i32
  %width = arith.constant dense<256> : tensor<128x64xi32>
  %zero = arith.constant dense<0.0> : tensor<128x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c128 : i32
  %rows = helion.make_tile %begin to %c1024 {exact} : i32 -> <128>
  %dims = helion.slice %c0 : i32 -> <64>
  %r = helion.tile_index %rows : <128> -> tensor<128xi32>
  %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<128xi32> -> tensor<128x1xi32>
  %r2 = helion.broadcast %r1 : tensor<128x1xi32> -> tensor<128x64xi32>
  %0 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%acc = %zero) -> (tensor<128x64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %s = helion.load %x[%rows, %columns] {ordinal = 0 : i64} : memref<1024x1024xf32>, !helion.tile<128>, !helion.tile<64> -> tensor<128x64xf32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<128x64xi32>
    %past = arith.cmpi sge, %r2, %c2 : tensor<128x64xi32>
    %far = arith.addi %c2, %width : tensor<128x64xi32>
    %near = arith.cmpi slt, %r2, %far : tensor<128x64xi32>
    %seen = arith.andi %past, %near : tensor<128x64xi1>
    %m = arith.select %seen, %s, %zero : tensor<128x64xi1>, tensor<128x64xf32>
    %values = helion.load %v[%columns, %dims] {ordinal = 1 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %h = helion.convert %m : tensor<128x64xf32> -> tensor<128x64xf16>
    %a = helion.dot %h, %values, %acc : tensor<128x64xf32> : tensor<128x64xf16>, tensor<64x64xf16> -> tensor<128x64xf32>
    scf.yield %a : tensor<128x64xf32>
  } {helion.loop = 0 : i64}
  helion.store %0, %out[%rows, %dims] {ordinal = 2 : i64} : tensor<128x64xf32>, memref<1024x64xf32>, !helion.tile<128>, !helion.tile<64>
  helion.return
}

// -----

// What no product makes costly stays in one loop: its end is moved.
// CHECK-LABEL: helion.kernel @sum
// CHECK:         %[[END:.*]] = arith.minsi %{{.*}}, %c1000{{.*}} : i32
// CHECK:         scf.for %{{.*}} = %c0{{.*}} to %[[END]] step
// CHECK:           arith.select
// CHECK-NOT:     scf.for
helion.kernel @sum(%x: memref<1000x1000xf32>, %out: memref<1000xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c1000 = arith.constant 1000 : i32
  %none = arith.constant dense<0.0> : tensor<64x64xf32>
  %zero = arith.constant dense<0.0> : tensor<64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %begin to %c1000 : i32 -> <64>
  %0 = scf.for %i = %c0 to %c1000 step %c64 iter_args(%acc = %zero) -> (tensor<64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1000 : i32 -> <64>
    %s = helion.load %x[%rows, %columns] {ordinal = 0 : i64} : memref<1000x1000xf32>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf32>
    %r = helion.tile_index %rows : <64> -> tensor<64xi32>
    %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
    %r2 = helion.broadcast %r1 : tensor<64x1xi32> -> tensor<64x64xi32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %past = arith.cmpi slt, %c2, %r2 : tensor<64x64xi32>
    %m = arith.select %past, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
    %sum = helion.reduce sum %m dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %a = arith.addf %acc, %sum : tensor<64xf32>
    scf.yield %a : tensor<64xf32>
  } {helion.loop = 0 : i64}
  helion.store %0, %out[%rows] {ordinal = 1 : i64} : tensor<64xf32>, memref<1000xf32>, !helion.tile<64>
  helion.return
}

// -----

// The source says where the columns end; nothing is to be skipped, and tiles of the first loop have no
// dead lanes. Rows whose mask every block needs stay in one loop.
// CHECK-LABEL: helion.kernel @bounded
// CHECK:         %[[END:.*]] = helion.tile_end
// CHECK:         scf.for %{{.*}} = %c0{{.*}} to %{{.*}} step
// CHECK:           helion.make_tile %{{.*}} to %[[END]] {exact} : i32 -> <64>
// CHECK-NOT:       arith.cmpi
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[END]] step
// CHECK:           helion.make_tile %{{.*}} to %[[END]] : i32 -> <64>
// CHECK:           arith.cmpi
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         %[[DIAGONAL:.*]] = arith.muli
// CHECK:         scf.for %{{.*}} = %[[DIAGONAL]] to %[[END]] step
// CHECK:         } {helion.loop = 1 : i64}
// CHECK-NOT:     scf.for
helion.kernel @bounded(%x: memref<1000x1000xf16>, %v: memref<1000x64xf16>, %out: memref<1000x64xf32>) {
  %c0 = arith.constant 0 : i32
  %c1 = arith.constant 1 : i32
  %c64 = arith.constant 64 : i32
  %c1000 = arith.constant 1000 : i32
  %none = arith.constant dense<0.0> : tensor<64x64xf16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %begin to %c1000 : i32 -> <64>
  %dims = helion.slice %c0 : i32 -> <64>
  %r = helion.tile_index %rows : <64> -> tensor<64xi32>
  %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
  %r2 = helion.broadcast %r1 : tensor<64x1xi32> -> tensor<64x64xi32>
  %end = helion.tile_end %rows : <64> -> i32
  %0 = scf.for %i = %c0 to %end step %c64 iter_args(%acc = %zero) -> (tensor<64x64xf32>) : i32 {
    %columns = helion.make_tile %i to %end : i32 -> <64>
    %s = helion.load %x[%rows, %columns] {ordinal = 0 : i64} : memref<1000x1000xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %d1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %d2 = helion.broadcast %d1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %past = arith.cmpi sge, %r2, %d2 : tensor<64x64xi32>
    %m = arith.select %past, %s, %none : tensor<64x64xi1>, tensor<64x64xf16>
    %values = helion.load %v[%columns, %dims] {ordinal = 1 : i64} : memref<1000x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %a = helion.dot %m, %values, %acc : tensor<64x64xf32> : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    scf.yield %a : tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  %next = arith.addi %begin, %c1 : i32
  %blocks = arith.floordivsi %next, %c64 : i32
  %diagonal = arith.muli %blocks, %c64 : i32
  %1 = scf.for %i = %diagonal to %end step %c64 iter_args(%acc = %0) -> (tensor<64x64xf32>) : i32 {
    %columns = helion.make_tile %i to %end : i32 -> <64>
    %s = helion.load %x[%rows, %columns] {ordinal = 2 : i64} : memref<1000x1000xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %d1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %d2 = helion.broadcast %d1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %past = arith.cmpi sge, %r2, %d2 : tensor<64x64xi32>
    %m = arith.select %past, %s, %none : tensor<64x64xi1>, tensor<64x64xf16>
    %values = helion.load %v[%columns, %dims] {ordinal = 3 : i64} : memref<1000x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %a = helion.dot %m, %values, %acc : tensor<64x64xf32> : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    scf.yield %a : tensor<64x64xf32>
  } {helion.loop = 1 : i64}
  helion.store %1, %out[%rows, %dims] {ordinal = 4 : i64} : tensor<64x64xf32>, memref<1000x64xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}

// -----

// Triton fails on a second loop behind one whose warps have roles.
// CHECK-LABEL: helion.kernel @roles
// CHECK:         scf.for
// CHECK:           arith.cmpi
// CHECK-NOT:     scf.for
// ONE-LABEL:   helion.kernel @roles
// ONE:           scf.for
// ONE-NOT:       scf.for
// TWO-LABEL:   helion.kernel @roles
// TWO-COUNT-2:   scf.for
helion.kernel @roles(%x: memref<1024x1024xf16>, %v: memref<1024x64xf16>, %length: i32, %out: memref<1024x64xf32>)
    attributes {helion.config = #helion.config<{range_warp_specializes = [unit, true]}>} {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c1024 = arith.constant 1024 : i32
  %none = arith.constant dense<0.0> : tensor<64x64xf16>
  %zero = arith.constant dense<0.0> : tensor<64x64xf32>
  %rows = helion.make_tile %c0 to %c1024 {exact} : i32 -> <64>
  %dims = helion.slice %c0 : i32 -> <64>
  %0 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%acc = %zero) -> (tensor<64x64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %s = helion.load %x[%rows, %columns] {ordinal = 0 : i64} : memref<1024x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %known = helion.full %length : i32 -> tensor<64xi32>
    %live = arith.cmpi slt, %c, %known : tensor<64xi32>
    %l1 = helion.expand_dims %live {axis = 0 : i64} : tensor<64xi1> -> tensor<1x64xi1>
    %l2 = helion.broadcast %l1 : tensor<1x64xi1> -> tensor<64x64xi1>
    %m = arith.select %l2, %s, %none : tensor<64x64xi1>, tensor<64x64xf16>
    %values = helion.load %v[%columns, %dims] {ordinal = 1 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %a = helion.dot %m, %values, %acc : tensor<64x64xf32> : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    scf.yield %a : tensor<64x64xf32>
  } {helion.loop = 0 : i64}
  helion.store %0, %out[%rows, %dims] {ordinal = 2 : i64} : tensor<64x64xf32>, memref<1024x64xf32>, !helion.tile<64>, !helion.tile<64>
  helion.return
}
