//===- DimFlow.h - Dimensions through operations -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// An operation keeps the positions of a dimension apart where each position of
// its result depends on the same position of its operands alone: all of an
// element-wise operation, the rows of a matrix product, the dimensions that a
// reduction leaves. Part of the result can then be computed from part of the
// operands.
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_ANALYSIS_DIMFLOW_H
#define HELION_HELIONDIALECT_ANALYSIS_DIMFLOW_H

#include "helion/HelionDialect/IR/Helion.h"

namespace mlir::helion {

/// An operand, and its dimension that holds the positions in question. The one
/// dimension of a tile is 0.
struct DimUse {
  OpOperand *operand;
  int64_t dim;
};

/// The extent of dimension `dim` of a tensor or a tile.
int64_t getExtent(Type type, int64_t dim);

/// The type with the extent `extent` in dimension `dim`.
Type withExtent(Type type, int64_t dim, int64_t extent);

/// The value whose dimensions name those of the operation: its first result, or
/// what it stores. Null where it has neither.
Value getDomain(Operation *op);

/// The operands that have dimension `dim` of the operation's domain; the other
/// operands are the same for all its positions. Fails where the operation mixes
/// positions, or is not known. Operations with regions of control flow are not
/// known here.
FailureOr<SmallVector<DimUse>> getDimUses(Operation *op, int64_t dim);

/// The dimension of the domain of the operand's owner that dimension `dim` of
/// the operand becomes; fails where it becomes none.
FailureOr<int64_t> getDomainDim(OpOperand &operand, int64_t dim);

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_ANALYSIS_DIMFLOW_H
