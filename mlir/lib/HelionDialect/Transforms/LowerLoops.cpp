//===- LowerLoops.cpp - Tile loops become scf.for -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONLOWERLOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Whether tiles of `block` cover [lower, upper) with no dead lane.
static bool dividesRange(Value lower, Value upper, int64_t block) {
  APInt from, to;
  return block == 1 || (matchPattern(lower, m_ConstantInt(&from)) &&
                        matchPattern(upper, m_ConstantInt(&to)) &&
                        (to - from).getSExtValue() % block == 0);
}

static LogicalResult lowerLoop(IRRewriter &rewriter, TileForOp loop) {
  Location loc = loop.getLoc();
  rewriter.setInsertionPoint(loop);
  SmallVector<Value> tiles;
  SmallVector<scf::ForOp> nest;
  ValueRange carried = loop.getInits();
  SmallVector<Value> steps;
  for (Attribute block : loop.getBlocks()) {
    auto number = dyn_cast<IntegerAttr>(block);
    if (!number)
      return loop.emitError("expects bound block sizes but got ") << block;
    steps.push_back(arith::ConstantOp::create(
        rewriter, loc,
        rewriter.getIntegerAttr(loop.getLowerBounds().front().getType(),
                                number.getInt())));
  }
  for (auto [dim, block] : llvm::enumerate(loop.getBlocks())) {
    Value lower = loop.getLowerBounds()[dim],
          upper = loop.getUpperBounds()[dim];
    auto inner =
        scf::ForOp::create(rewriter, loc, lower, upper, steps[dim], carried);
    inner->setAttr("helion.loop",
                   rewriter.getI64IntegerAttr(loop.getOrdinal() + dim));
    if (!nest.empty() && inner.getNumResults() > 0)
      scf::YieldOp::create(rewriter, loc, inner.getResults());
    nest.push_back(inner);
    carried = inner.getRegionIterArgs();
    Block *body = inner.getBody();
    if (carried.empty() && !body->empty())
      rewriter.setInsertionPoint(body->getTerminator());
    else
      rewriter.setInsertionPointToStart(body);
    int64_t size = cast<IntegerAttr>(block).getInt();
    tiles.push_back(MakeTileOp::create(
        rewriter, loc, loop.getTiles()[dim].getType(), inner.getInductionVar(),
        upper, dividesRange(lower, upper, size)));
  }
  Block *source = &loop.getBody().front();
  Block *innermost = nest.back().getBody();
  SmallVector<Value> arguments(tiles);
  llvm::append_range(arguments, carried);
  auto yield = cast<YieldOp>(source->getTerminator());
  if (carried.empty()) {
    rewriter.eraseOp(yield);
    rewriter.inlineBlockBefore(source, innermost->getTerminator(), arguments);
  } else {
    rewriter.setInsertionPoint(yield);
    rewriter.replaceOpWithNewOp<scf::YieldOp>(yield, yield.getValues());
    rewriter.mergeBlocks(source, innermost, arguments);
  }
  rewriter.replaceOp(loop, nest.front().getResults());
  return success();
}

namespace {
struct LowerLoopsPass
    : public helion::impl::HelionLowerLoopsBase<LowerLoopsPass> {
  using HelionLowerLoopsBase::HelionLowerLoopsBase;

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<TileForOp> loops;
    getOperation().walk([&](TileForOp loop) { loops.push_back(loop); });
    for (TileForOp loop : loops)
      if (failed(lowerLoop(rewriter, loop)))
        return signalPassFailure();
  }
};
} // namespace
