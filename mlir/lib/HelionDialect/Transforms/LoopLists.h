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
/// What helion-map-grid tells of the launch.
inline constexpr llvm::StringLiteral kGridAttrName = "helion.grid";

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
