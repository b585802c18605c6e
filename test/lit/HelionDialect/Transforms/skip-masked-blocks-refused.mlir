// RUN: helion-opt %s --helion-skip-masked-blocks --split-input-file --verify-diagnostics | FileCheck %s

// Masked scores of -1e9 count, where a row has seen nothing greater.
// CHECK-LABEL: helion.kernel @finite
// CHECK:         scf.for
// CHECK:         scf.for %{{.*}} = %{{.*}} to %c1024{{.*}} step
helion.kernel @finite(%queries: memref<1024x64xf16>, %k: memref<64x1024xf16>, %out: memref<1024xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c1024 = arith.constant 1024 : i32
  %none = arith.constant dense<-1.0e9> : tensor<64x64xf32>
  %least = arith.constant dense<0xFF800000> : tensor<64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %begin to %c1024 {exact} : i32 -> <64>
  %dims = helion.slice %c0 : i32 -> <64>
  %q = helion.load %queries[%rows, %dims] {ordinal = 8 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %r = helion.tile_index %rows : <64> -> tensor<64xi32>
  %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
  %r2 = helion.broadcast %r1 : tensor<64x1xi32> -> tensor<64x64xi32>
  // expected-remark @+1 {{wholly masked blocks are not skipped: they change carried value 0, as far as can be told}}
  %0 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%top = %least) -> (tensor<64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %keys = helion.load %k[%dims, %columns] {ordinal = 0 : i64} : memref<64x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s = helion.dot %q, %keys : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %seen = arith.cmpi sge, %r2, %c2 : tensor<64x64xi32>
    %m = arith.select %seen, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
    %most = helion.reduce max %m dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %next = arith.maximumf %top, %most : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  } {helion.loop = 0 : i64}
  helion.store %0, %out[%rows] {ordinal = 1 : i64} : tensor<64xf32>, memref<1024xf32>, !helion.tile<64>
  helion.return
}

// -----

// The sum starts at 1 and its first masked block makes NaN of it: the first block that is not skipped
// would be another one. Each comparison is looked at alone.
// CHECK-LABEL: helion.kernel @far_from_the_start
// CHECK:         scf.for %{{.*}} = %c0{{.*}} to
// CHECK:         scf.for %{{.*}} = %{{.*}} to %c1024{{.*}} step
helion.kernel @far_from_the_start(%queries: memref<1024x64xf16>, %k: memref<64x1024xf16>, %out: memref<1024xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c1024 = arith.constant 1024 : i32
  %none = arith.constant dense<0xFF800000> : tensor<64x64xf32>
  %least = arith.constant dense<0xFF800000> : tensor<64xf32>
  %one = arith.constant dense<1.0> : tensor<64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %begin to %c1024 {exact} : i32 -> <64>
  %dims = helion.slice %c0 : i32 -> <64>
  %q = helion.load %queries[%rows, %dims] {ordinal = 8 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %r = helion.tile_index %rows : <64> -> tensor<64xi32>
  %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
  %r2 = helion.broadcast %r1 : tensor<64x1xi32> -> tensor<64x64xi32>
  // expected-remark @+1 {{wholly masked blocks are not skipped: in the first one, rows that have seen nothing yet change}}
  %0:2 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%top = %least, %total = %one) -> (tensor<64xf32>, tensor<64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %keys = helion.load %k[%dims, %columns] {ordinal = 0 : i64} : memref<64x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s = helion.dot %q, %keys : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %seen = arith.cmpi sle, %r2, %c2 : tensor<64x64xi32>
    %m = arith.select %seen, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
    %most = helion.reduce max %m dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %next = arith.maximumf %top, %most : tensor<64xf32>
    %n1 = helion.expand_dims %next {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>
    %n2 = helion.broadcast %n1 : tensor<64x1xf32> -> tensor<64x64xf32>
    %d = arith.subf %m, %n2 : tensor<64x64xf32>
    %p = math.exp %d : tensor<64x64xf32>
    %sd = arith.subf %top, %next : tensor<64xf32>
    %shrink = math.exp %sd : tensor<64xf32>
    %t1 = arith.mulf %total, %shrink : tensor<64xf32>
    %sum = helion.reduce sum %p dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %t2 = arith.addf %t1, %sum : tensor<64xf32>
    scf.yield %next, %t2 : tensor<64xf32>, tensor<64xf32>
  } {helion.loop = 0 : i64}
  helion.store %0#1, %out[%rows] {ordinal = 1 : i64} : tensor<64xf32>, memref<1024xf32>, !helion.tile<64>
  helion.return
}

// -----

// The scores themselves are stored; blocks without a mask are apart all the same.
// CHECK-LABEL: helion.kernel @stored
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:         } {helion.loop = 0 : i64}
helion.kernel @stored(%queries: memref<1024x64xf16>, %k: memref<64x1024xf16>, %out: memref<1024x1024xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c1024 = arith.constant 1024 : i32
  %none = arith.constant dense<0.0> : tensor<64x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %begin to %c1024 {exact} : i32 -> <64>
  %dims = helion.slice %c0 : i32 -> <64>
  %q = helion.load %queries[%rows, %dims] {ordinal = 8 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %r = helion.tile_index %rows : <64> -> tensor<64xi32>
  %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
  %r2 = helion.broadcast %r1 : tensor<64x1xi32> -> tensor<64x64xi32>
  // expected-remark @+1 {{wholly masked blocks are not skipped: the loop does more than to load}}
  scf.for %i = %c0 to %c1024 step %c64 : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %keys = helion.load %k[%dims, %columns] {ordinal = 0 : i64} : memref<64x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s = helion.dot %q, %keys : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %seen = arith.cmpi sge, %r2, %c2 : tensor<64x64xi32>
    %m = arith.select %seen, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
    helion.store %m, %out[%rows, %columns] {ordinal = 1 : i64} : tensor<64x64xf32>, memref<1024x1024xf32>, !helion.tile<64>, !helion.tile<64>
  } {helion.loop = 0 : i64}
  helion.return
}

// -----

// The maximum may start at -inf, and it is not known what else then holds. Columns in an order of
// their own, and rows that are divided, are no sums of positions: no mask is found.
// CHECK-LABEL: helion.kernel @unknown_start
// CHECK-COUNT-3: scf.for
// CHECK-NOT:     scf.for
helion.kernel @unknown_start(%queries: memref<1024x64xf16>, %k: memref<64x1024xf16>, %order: memref<1024xi32>, %sinks: memref<1024xf32>, %out: memref<1024xf32>) {
  %c0 = arith.constant 0 : i32
  %c64 = arith.constant 64 : i32
  %c1024 = arith.constant 1024 : i32
  %none = arith.constant dense<0xFF800000> : tensor<64x64xf32>
  %pid = helion.program_id 0 : i32
  %begin = arith.muli %pid, %c64 : i32
  %rows = helion.make_tile %begin to %c1024 {exact} : i32 -> <64>
  %dims = helion.slice %c0 : i32 -> <64>
  %q = helion.load %queries[%rows, %dims] {ordinal = 8 : i64} : memref<1024x64xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
  %r = helion.tile_index %rows : <64> -> tensor<64xi32>
  %r1 = helion.expand_dims %r {axis = 1 : i64} : tensor<64xi32> -> tensor<64x1xi32>
  %r2 = helion.broadcast %r1 : tensor<64x1xi32> -> tensor<64x64xi32>
  %sink = helion.load %sinks[%rows] {ordinal = 9 : i64} : memref<1024xf32>, !helion.tile<64> -> tensor<64xf32>
  // expected-remark @+1 {{wholly masked blocks are not skipped: a maximum starts from what may be -inf}}
  %0 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%top = %sink) -> (tensor<64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %keys = helion.load %k[%dims, %columns] {ordinal = 0 : i64} : memref<64x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s = helion.dot %q, %keys : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    %c = helion.tile_index %columns : <64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %seen = arith.cmpi sge, %r2, %c2 : tensor<64x64xi32>
    %m = arith.select %seen, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
    %most = helion.reduce max %m dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %next = arith.maximumf %top, %most : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  } {helion.loop = 0 : i64}
  %1 = scf.for %i = %c0 to %c1024 step %c64 iter_args(%top = %0) -> (tensor<64xf32>) : i32 {
    %columns = helion.make_tile %i to %c1024 {exact} : i32 -> <64>
    %keys = helion.load %k[%dims, %columns] {ordinal = 1 : i64} : memref<64x1024xf16>, !helion.tile<64>, !helion.tile<64> -> tensor<64x64xf16>
    %s = helion.dot %q, %keys : tensor<64x64xf16>, tensor<64x64xf16> -> tensor<64x64xf32>
    %c = helion.load %order[%columns] {ordinal = 2 : i64} : memref<1024xi32>, !helion.tile<64> -> tensor<64xi32>
    %c1 = helion.expand_dims %c {axis = 0 : i64} : tensor<64xi32> -> tensor<1x64xi32>
    %c2 = helion.broadcast %c1 : tensor<1x64xi32> -> tensor<64x64xi32>
    %seen = arith.cmpi sge, %r2, %c2 : tensor<64x64xi32>
    %m = arith.select %seen, %s, %none : tensor<64x64xi1>, tensor<64x64xf32>
    %most = helion.reduce max %m dims [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %next = arith.maximumf %top, %most : tensor<64xf32>
    scf.yield %next : tensor<64xf32>
  } {helion.loop = 1 : i64}
  helion.store %1, %out[%rows] {ordinal = 3 : i64} : tensor<64xf32>, memref<1024xf32>, !helion.tile<64>
  helion.return
}
