// RUN: helion-opt %s --helion-annotate-warp-specialization=target=cuda:100 --split-input-file | FileCheck %s --check-prefixes=CHECK,BLACKWELL
// RUN: helion-opt %s --helion-annotate-warp-specialization=target=cuda:90 --split-input-file 2>/dev/null | FileCheck %s --check-prefixes=CHECK,HOPPER
// RUN: helion-opt %s "--helion-annotate-warp-specialization=target=cuda:90 hopper=false" --split-input-file 2>/dev/null | FileCheck %s --check-prefixes=NEVER
// RUN: helion-opt %s --helion-annotate-warp-specialization=target=hip:gfx942 --split-input-file 2>/dev/null | FileCheck %s --check-prefixes=NEVER
// RUN: helion-opt %s --helion-annotate-warp-specialization=target=cuda:120 --split-input-file 2>/dev/null | FileCheck %s --check-prefixes=NEVER

// NEVER-NOT: tt.warp_specialize

// The first entry is the grid's, the second that of loop 0; the order of the loops is that of their
// ordinals, and the first request wins.
// CHECK-LABEL: helion.kernel @second_of_two
// CHECK:           math.exp
// CHECK:         } {helion.loop = 0 : i64}
// CHECK:           helion.dot
// CHECK:         } {helion.loop = 1 : i64, tt.warp_specialize}
// CHECK:           helion.dot
// CHECK:         } {helion.loop = 2 : i64}
helion.kernel @second_of_two(%n: i32, %x: memref<128x128xf16>)
    attributes {helion.config = #helion.config<{range_warp_specializes = [unit, false, true, true]}>} {
  %c0 = arith.constant 0 : i32
  %c128 = arith.constant 128 : i32
  %one = arith.constant dense<1.0> : tensor<16x16xf32>
  %large = arith.constant dense<1.0> : tensor<128x128xf32>
  %row = helion.make_tile %c0 to %n {exact} : i32 -> <128>
  %0 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<16x16xf32>) : i32 {
    %d = math.exp %a : tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 0 : i64}
  %1 = scf.for %i = %c0 to %c128 step %c128 iter_args(%a = %large) -> (tensor<128x128xf32>) : i32 {
    %t = helion.make_tile %i to %n {exact} : i32 -> <128>
    %v = helion.load %x[%row, %t] {access = 1 : i32, ordinal = 0 : i64} : memref<128x128xf16>, !helion.tile<128>, !helion.tile<128> -> tensor<128x128xf16>
    %d = helion.dot %v, %v : tensor<128x128xf16>, tensor<128x128xf16> -> tensor<128x128xf32>
    scf.yield %d : tensor<128x128xf32>
  } {helion.loop = 1 : i64}
  %2 = scf.for %i = %c0 to %n step %n iter_args(%a = %one) -> (tensor<16x16xf32>) : i32 {
    %d = helion.dot %a, %a : tensor<16x16xf32>, tensor<16x16xf32> -> tensor<16x16xf32>
    scf.yield %d : tensor<16x16xf32>
  } {helion.loop = 2 : i64}
  helion.return
}

// -----

// The loop over tiles is specialized where it has the matrix product itself; on Hopper its load must
// go by a tensor descriptor.
// CHECK-LABEL: helion.kernel @tiles
// CHECK:           helion.dot
// BLACKWELL:     } {helion.loop = -1 : i64, tt.warp_specialize}
// HOPPER:        } {helion.loop = -1 : i64}
helion.kernel @tiles(%n: i32, %x: memref<16x64xf16>)
    attributes {helion.config = #helion.config<{num_warps = 4, range_warp_specializes = [true]}>} {
  %c0 = arith.constant 0 : i32
  %row = helion.make_tile %c0 to %n {exact} : i32 -> <16>
  scf.for %i = %c0 to %n step %n : i32 {
    %t = helion.make_tile %i to %n {exact} : i32 -> <16>
    %v = helion.load %x[%row, %t] {access = 0 : i32, ordinal = 0 : i64} : memref<16x64xf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xf16>
    %d = helion.dot %v, %v : tensor<16x16xf16>, tensor<16x16xf16> -> tensor<16x16xf16>
    helion.store %d, %x[%row, %t] {ordinal = 1 : i64} : tensor<16x16xf16>, memref<16x64xf16>, !helion.tile<16>, !helion.tile<16>
  } {helion.loop = -1 : i64}
  helion.return
}
