//===- InferAlignment.cpp - Which sizes make accesses wide -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONINFERALIGNMENT
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

static bool isContiguous(MemRefType type, unsigned dim) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  return succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides[dim] == 1;
}

/// Where the tile ends at the latest: the upper bound of its loop.
static Value getLoopEnd(Value tile) {
  auto argument = dyn_cast<BlockArgument>(tile);
  if (!argument)
    return {};
  unsigned dim = argument.getArgNumber();
  Operation *loop = argument.getOwner()->getParentOp();
  if (auto grid = dyn_cast<GridOp>(loop))
    return grid.getUpperBounds()[dim];
  auto nested = dyn_cast<TileForOp>(loop);
  return nested && dim < nested.getNumDims() ? nested.getUpperBounds()[dim]
                                             : Value();
}

namespace {
struct InferAlignmentPass
    : public helion::impl::HelionInferAlignmentBase<InferAlignmentPass> {
  using HelionInferAlignmentBase::HelionInferAlignmentBase;

  void runOnOperation() override {
    getOperation().walk([&](Operation *op) {
      if (auto view = dyn_cast<ViewOp>(op))
        visitView(view);
      else if (auto load = dyn_cast<LoadOp>(op))
        visitAccess(load);
      else if (auto store = dyn_cast<StoreOp>(op))
        visitAccess(store);
    });
  }

private:
  /// Rows start at multiples of these.
  void visitView(ViewOp view) {
    MemRefType type = cast<MemRefType>(view.getType());
    bool hasRows =
        llvm::any_of(llvm::seq<unsigned>(0, type.getRank()),
                     [&](unsigned dim) { return isContiguous(type, dim); });
    for (Value stride : view.getStrides())
      if (hasRows)
        mark(stride);
  }

  /// Rows end, and their masks change, at multiples of this.
  template <typename OpTy> void visitAccess(OpTy op) {
    auto type = cast<MemRefType>(op.getBase().getType());
    for (auto [position, index] : llvm::enumerate(op.getIndices()))
      if (isContiguous(type, position))
        mark(getLoopEnd(index));
  }

  void mark(Value size) {
    auto argument = dyn_cast_if_present<BlockArgument>(size);
    if (argument && argument.getOwner() == &getOperation().getBody().front())
      getOperation().setArgAttr(argument.getArgNumber(), kAlignedAttrName,
                                UnitAttr::get(&getContext()));
  }
};
} // namespace
