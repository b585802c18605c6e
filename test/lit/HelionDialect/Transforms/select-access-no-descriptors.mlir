// RUN: helion-opt %s --pass-pipeline='builtin.module(helion.kernel(helion-select-access{descriptors=false}))' --verify-diagnostics | FileCheck %s

// CHECK-LABEL: helion.kernel @target
// CHECK:         helion.load {{.*}} {access = 0 : i32, ordinal = 0 : i64}
helion.kernel @target(%x: memref<64x64xbf16>, %i: i32)
    attributes {helion.config = #helion.config<{indexing = "tensor_descriptor"}>} {
  %t = helion.make_tile %i to %i {exact} : i32 -> !helion.tile<16>
  // expected-remark @+1 {{addressed by pointers, not by a tensor descriptor: the target has no tensor memory unit}}
  %0 = helion.load %x[%t, %t] {ordinal = 0 : i64} : memref<64x64xbf16>, !helion.tile<16>, !helion.tile<16> -> tensor<16x16xbf16>
  helion.return
}
