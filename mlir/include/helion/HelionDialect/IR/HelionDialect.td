//===- HelionDialect.td - The helion dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_DIALECT_TD
#define HELION_DIALECT_TD

include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td"

def Helion_Dialect : Dialect {
  let name = "helion";
  let cppNamespace = "::mlir::helion";
  let summary = "Tiles, grids and reductions of a GPU kernel";
  let description = [{
    The helion dialect describes a kernel the way its author thinks of it: a
    parallel grid of tiles, sequential loops over tiles, loads and stores of
    host tensors by tile, and tensor arithmetic in between.

    A kernel passes through two levels. *Prepared*: block sizes are symbols
    (`@b0`), tensor extents that depend on them are dynamic and named by a
    `#helion.dims` encoding. *Scheduled*: a configuration has been bound, every
    extent is a number and a power of two, grids have become program ids, loops
    are `scf.for`, memory operations know how they are addressed. Element-wise
    work is plain `arith` and `math` on tensors on both levels.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::memref::MemRefDialect"
  ];
}

#endif // HELION_DIALECT_TD
