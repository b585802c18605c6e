//===- LoopLists.h - Where loops find their entries of a configuration -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_HELIONDIALECT_TRANSFORMS_LOOPLISTS_H
#define HELION_LIB_HELIONDIALECT_TRANSFORMS_LOOPLISTS_H

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::helion {

/// Position of a loop among the device loops of the kernel. The loops of
/// persistent programs over their tiles come before: the last grid is -1.
inline constexpr llvm::StringLiteral kLoopAttrName = "helion.loop";
/// On a loop whose dimensions helion-order-loops has permuted: for each the
/// position that it had, and with it its entry of the range_* lists.
inline constexpr llvm::StringLiteral kLoopDimsAttrName = "helion.loop_dims";
/// On a grid that helion-flatten-loops has made one-dimensional.
inline constexpr llvm::StringLiteral kFlattenedAttrName = "helion.flattened";
/// On a loop whose tiles are masked wherever they are used: no lane is dead for
/// the sake of the loop's end.
inline constexpr llvm::StringLiteral kLanesMaskedAttrName =
    "helion.lanes_masked";
/// What helion-map-grid tells of the launch.
inline constexpr llvm::StringLiteral kGridAttrName = "helion.grid";

/// The grids and loops of several dimensions in program order: lists that choose
/// among these dimensions have an entry for each.
inline llvm::SmallVector<Operation *> getLoopsOfSeveralDims(KernelOp kernel) {
  llvm::SmallVector<Operation *> loops;
  kernel.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<GridOp, TileForOp>(op) &&
        op->getAttrOfType<ArrayAttr>("blocks").size() > 1)
      loops.push_back(op);
  });
  return loops;
}

/// The number of grids that a kernel had before they were mapped.
inline int64_t getNumGrids(KernelOp kernel) {
  auto launch = kernel->getAttrOfType<DictionaryAttr>(kGridAttrName);
  auto grids = launch ? launch.getAs<ArrayAttr>("grids") : ArrayAttr();
  return grids ? grids.size() : 1;
}

/// Whether a loop runs over the tiles of a grid, which do not depend on each
/// other.
inline bool isTileLoop(scf::ForOp loop) {
  auto ordinal = loop->getAttrOfType<IntegerAttr>(kLoopAttrName);
  return ordinal && ordinal.getInt() < 0;
}

} // namespace mlir::helion

#endif // HELION_LIB_HELIONDIALECT_TRANSFORMS_LOOPLISTS_H
