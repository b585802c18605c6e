//===- LowerLoops.cpp - Tile loops become scf.for -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/TypeSwitch.h"

#include <numeric>

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONLOWERLOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// How far bounds are followed: user code makes them in a few steps.
static constexpr int kMaxDepth = 8;

/// A number that divides `value`, the largest that can be told; 0 for zero.
static uint64_t getDivisor(Value value, int depth = 0) {
  APInt constant;
  if (matchPattern(value, m_ConstantInt(&constant)))
    return constant.abs().getZExtValue();
  if (depth == kMaxDepth)
    return 1;
  auto of = [&](Value operand) { return getDivisor(operand, depth + 1); };
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || argument != loop.getInductionVar())
      return 1;
    return std::gcd(of(loop.getLowerBound()), of(loop.getStep()));
  }
  auto ofTile = [&](Value tile, bool isEnd) -> uint64_t {
    auto made = tile.getDefiningOp<MakeTileOp>();
    if (!made)
      return 1;
    uint64_t divisor = of(made.getBegin());
    if (isEnd)
      divisor = std::gcd(divisor, uint64_t(made.getType().getSize()));
    return isEnd && !made.getExact() ? std::gcd(divisor, of(made.getLimit()))
                                     : divisor;
  };
  return llvm::TypeSwitch<Operation *, uint64_t>(value.getDefiningOp())
      .Case<arith::AddIOp, arith::SubIOp, arith::MinSIOp, arith::MaxSIOp>(
          [&](auto op) { return std::gcd(of(op.getLhs()), of(op.getRhs())); })
      .Case([&](arith::MulIOp op) {
        return std::max(of(op.getLhs()), of(op.getRhs()));
      })
      .Case([&](arith::SelectOp op) {
        return std::gcd(of(op.getTrueValue()), of(op.getFalseValue()));
      })
      .Case([&](TileBeginOp op) { return ofTile(op.getTile(), false); })
      .Case([&](TileEndOp op) { return ofTile(op.getTile(), true); })
      .Default([](Operation *) { return 1; });
}

/// Whether tiles of `block` cover [lower, upper) with no dead lane.
static bool dividesRange(Value lower, Value upper, int64_t block) {
  if (block == 1 || std::gcd(getDivisor(lower), getDivisor(upper)) % block == 0)
    return true;
  APInt from, to;
  if (matchPattern(lower, m_ConstantInt(&from)) &&
      matchPattern(upper, m_ConstantInt(&to)))
    return (to - from).getSExtValue() % block == 0;
  // A tile of tiles.
  auto begin = lower.getDefiningOp<TileBeginOp>();
  auto end = upper.getDefiningOp<TileEndOp>();
  if (!begin || !end || begin.getTile() != end.getTile())
    return false;
  auto outer = begin.getTile().getDefiningOp<MakeTileOp>();
  return outer && outer.getExact() && outer.getType().getSize() % block == 0;
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
  auto order = loop->getAttrOfType<DenseI64ArrayAttr>(kLoopDimsAttrName);
  for (auto [dim, block] : llvm::enumerate(loop.getBlocks())) {
    Value lower = loop.getLowerBounds()[dim],
          upper = loop.getUpperBounds()[dim];
    auto inner =
        scf::ForOp::create(rewriter, loc, lower, upper, steps[dim], carried);
    int64_t entry = loop.getOrdinal() + (order ? order[dim] : dim);
    inner->setAttr(kLoopAttrName, rewriter.getI64IntegerAttr(entry));
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
    bool isExact =
        loop->hasAttr(kLanesMaskedAttrName) || dividesRange(lower, upper, size);
    tiles.push_back(
        MakeTileOp::create(rewriter, loc, loop.getTiles()[dim].getType(),
                           inner.getInductionVar(), upper, isExact));
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
    // Outer loops first: the bounds of inner ones come from their tiles.
    SmallVector<TileForOp> loops;
    getOperation().walk<WalkOrder::PreOrder>(
        [&](TileForOp loop) { loops.push_back(loop); });
    for (TileForOp loop : loops)
      if (failed(lowerLoop(rewriter, loop)))
        return signalPassFailure();
  }
};
} // namespace
