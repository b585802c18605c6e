//===- TritonDialect.td - The mirror of Triton's dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TRITON_DIALECT_TD
#define HELION_TRITON_DIALECT_TD

include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td"

def Triton_Dialect : Dialect {
  let name = "tt";
  let cppNamespace = "::mlir::helion::tt";
  let summary = "The operations of Triton's IR that the compiler emits";
  let description = [{
    Triton takes text. This dialect mirrors the operations of Triton's own `tt`
    dialect that Helion emits, under the same names and with the same assembly,
    so that a module of `tt`, `arith`, `math` and `scf` prints as text that
    Triton's parser reads.

    Where releases of Triton differ, the IR says which spelling it wants:
    descriptor types carry a flag (`!tt.tensordesc<64x64xf16>` from 3.8,
    `!tt.tensordesc<tensor<64x64xf16>>` before), cache hints live in two
    attributes or in one (`#tt.cache_policy` from 3.9). `tt::Spelling` picks for
    a release.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let hasConstantMaterializer = 1;
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

#endif // HELION_TRITON_DIALECT_TD
