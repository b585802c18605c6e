//===- Mask.cpp - Pad extents and mask dead lanes -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three steps, after the padding analysis:
//
// 1. Masks. Memory operations are masked in each dimension that has dead
//    lanes; a `select` of the neutral element goes in front of reductions,
//    reversed scans and sorts, one of zero in front of gathers' indices and of
//    dots along K, unless the dead lanes hold it already.
// 2. Padding. Extents become powers of two, in place. A tile of 100 becomes
//    one of 128 with a limit of `begin + 100`.
// 3. Dots shorter along K than the matrix unit get interleaved zeros.
//
// Masks of tiles stand behind the tile, so that loops do not repeat them.
//
// Limits: a reshape may not merge or split a dimension that a tile ends in, a
// mask may not be needed where its tile is out of scope; both are errors.
//
//===----------------------------------------------------------------------===//

#include "MaskDetail.h"

#include "helion/HelionDialect/Transforms/Passes.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONMASK
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

namespace {
struct MaskPass : public helion::impl::HelionMaskBase<MaskPass> {
  using HelionMaskBase::HelionMaskBase;

  void runOnOperation() override {
    bool hasDeadLanes = false;
    SmallVector<DotOp> shortDots;
    getOperation().walk([&](Operation *op) {
      if (auto make = dyn_cast<MakeTileOp>(op))
        hasDeadLanes |= !make.getExact();
      for (Type type : op->getResultTypes())
        hasDeadLanes |= padType(type) != type;
      if (auto dot = dyn_cast<DotOp>(op); dot && isShortDot(dot))
        shortDots.push_back(dot);
    });
    // Most configurations divide evenly: they pay for no analysis.
    if (hasDeadLanes && (failed(maskLanes(getOperation())) ||
                         failed(padExtents(getOperation()))))
      return signalPassFailure();
    for (DotOp dot : shortDots)
      lengthenDot(dot);
  }
};
} // namespace
