//===- FoldPrecisionCasts.cpp - Elide roundings nobody asked for -*- C++
//-*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// PyTorch rounds the result of each operation to its type; a fused kernel need
// not. A conversion that reads an implicitly rounded value reads the value
// before rounding instead. The rounding may lie behind operations that
// commute with it: changes of shape, selection, sign, minimum and maximum.
// These are then repeated on the wide value.
//
// Where the rounded value has other readers (a store, a dot) the rounding stays
// for them. Values carried by a loop keep their type.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "llvm/ADT/APFloat.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONFOLDPRECISIONCASTS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// How far behind a conversion a rounding is looked for.
static constexpr unsigned kMaxDepth = 8;

static FloatType getFloatElement(Value value) {
  return dyn_cast<FloatType>(getElementTypeOrSelf(value.getType()));
}

/// `type` with another element type; extents and encoding stay.
static Type withElement(Type type, Type element) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.clone(element);
  return element;
}

/// The conversion that makes `value`, if it is a rounding that the author did
/// not ask for.
static ConvertOp getImplicitRounding(Value value) {
  auto convert = value.getDefiningOp<ConvertOp>();
  if (!convert || convert.getUser())
    return {};
  FloatType wide = getFloatElement(convert.getSource());
  FloatType narrow = getFloatElement(value);
  if (!wide || !narrow || narrow.getWidth() >= wide.getWidth())
    return {};
  return convert;
}

/// True if `op` gives the rounded result when its operands are rounded, for
/// any rounding.
static bool commutesWithRounding(Operation *op) {
  if (isa<ExpandDimsOp, BroadcastOp, FullOp, ReshapeOp, PermuteOp, JoinOp,
          arith::SelectOp, arith::NegFOp, arith::MaximumFOp, arith::MinimumFOp,
          arith::MaxNumFOp, arith::MinNumFOp, math::AbsFOp>(op))
    return true;
  return false;
}

/// The operands of an operation that `commutesWithRounding` which carry the
/// value.
static MutableArrayRef<OpOperand> getRoundedOperands(Operation *op) {
  MutableArrayRef<OpOperand> operands = op->getOpOperands();
  // The condition of a select is no number.
  return isa<arith::SelectOp>(op) ? operands.drop_front() : operands;
}

/// True if `value` is a constant, or one spread out.
static bool isFloatConstant(Value value) {
  if (!getFloatElement(value))
    return false;
  if (matchPattern(value, m_Constant()))
    return true;
  Operation *op = value.getDefiningOp();
  return isa_and_nonnull<FullOp, ExpandDimsOp, BroadcastOp>(op) &&
         isFloatConstant(op->getOperand(0));
}

/// `constant` with its elements widened to `wide`; null where it has no such
/// form.
static TypedAttr widenConstant(Attribute constant, FloatType wide) {
  auto widen = [&](APFloat number) {
    bool losesInfo = false;
    number.convert(wide.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                   &losesInfo);
    return number;
  };
  if (auto number = dyn_cast<FloatAttr>(constant))
    return FloatAttr::get(wide, widen(number.getValue()));
  auto splat = dyn_cast<SplatElementsAttr>(constant);
  if (!splat)
    return {};
  return DenseElementsAttr::get(splat.getType().clone(wide),
                                widen(splat.getSplatValue<APFloat>()));
}

/// True if `value` can be had without its rounding to `narrow`, in an element
/// type `wide`, at the price of repeating cheap operations.
static bool canElideRounding(Value value, FloatType wide, unsigned depth = 0) {
  if (ConvertOp rounding = getImplicitRounding(value))
    return getFloatElement(rounding.getSource()) == wide;
  if (depth == kMaxDepth)
    return false;
  Operation *op = value.getDefiningOp();
  if (!op || !commutesWithRounding(op))
    return false;
  // A second copy of these may cost an exchange between threads.
  if (isa<ReshapeOp, PermuteOp, JoinOp>(op) && !op->hasOneUse())
    return false;
  bool any = false;
  for (OpOperand &operand : getRoundedOperands(op)) {
    if (isFloatConstant(operand.get()))
      continue;
    if (!canElideRounding(operand.get(), wide, depth + 1))
      return false;
    any = true;
  }
  return any;
}

/// The value that `canElideRounding` promised.
static Value elideRounding(Value value, FloatType wide, OpBuilder &builder) {
  if (ConvertOp rounding = getImplicitRounding(value))
    return rounding.getSource();
  OpBuilder::InsertionGuard guard(builder);
  Attribute constant;
  if (matchPattern(value, m_Constant(&constant))) {
    builder.setInsertionPointAfterValue(value);
    if (TypedAttr widened = widenConstant(constant, wide))
      return arith::ConstantOp::create(builder, value.getLoc(), widened);
    return ConvertOp::create(builder, value.getLoc(),
                             withElement(value.getType(), wide), value,
                             /*user=*/false, /*unsigned_source=*/false,
                             /*unsigned_result=*/false);
  }
  Operation *op = value.getDefiningOp();
  IRMapping mapping;
  for (OpOperand &operand : getRoundedOperands(op))
    mapping.map(operand.get(), elideRounding(operand.get(), wide, builder));
  builder.setInsertionPointAfter(op);
  Operation *copy = builder.clone(*op, mapping);
  copy->getResult(0).setType(withElement(value.getType(), wide));
  return copy->getResult(0);
}

namespace {
/// convert(round(x)) ==> convert(x).
struct FoldRoundTrip : public OpRewritePattern<ConvertOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvertOp op,
                                PatternRewriter &rewriter) const override {
    FloatType result = getFloatElement(op.getResult());
    ConvertOp rounding = getImplicitRounding(op.getSource());
    if (!rounding)
      return rewriter.notifyMatchFailure(op,
                                         "its source is no implicit rounding");
    if (!result)
      return rewriter.notifyMatchFailure(op, "its result is no float");
    Value exact = rounding.getSource();
    if (exact.getType() == op.getType()) {
      rewriter.replaceOp(op, exact);
      return success();
    }
    rewriter.modifyOpInPlace(op, [&] { op.getSourceMutable().assign(exact); });
    return success();
  }
};

/// widen(shape(round(x))) ==> shape(x).
struct FoldRoundTripThroughShape : public OpRewritePattern<ConvertOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvertOp op,
                                PatternRewriter &rewriter) const override {
    FloatType wide = getFloatElement(op.getResult());
    FloatType narrow = getFloatElement(op.getSource());
    if (!wide || !narrow || narrow.getWidth() >= wide.getWidth())
      return rewriter.notifyMatchFailure(op, "not a widening of floats");
    if (getImplicitRounding(op.getSource()))
      return rewriter.notifyMatchFailure(
          op, "nothing lies between the conversions");
    if (!canElideRounding(op.getSource(), wide))
      return rewriter.notifyMatchFailure(
          op, "its source is no implicit rounding under operations that "
              "commute with it");
    rewriter.replaceOp(op, elideRounding(op.getSource(), wide, rewriter));
    return success();
  }
};

/// max(round(x)) ==> round(max(x)): rounding is monotonic.
struct SinkRoundingBelowReduce : public OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getKind() != ReductionKind::Max &&
        op.getKind() != ReductionKind::Min)
      return rewriter.notifyMatchFailure(op, "does not commute with rounding");
    if (op->use_empty())
      return rewriter.notifyMatchFailure(op, "has no reader");
    ConvertOp rounding = getImplicitRounding(op.getInputs().front());
    if (!rounding)
      return rewriter.notifyMatchFailure(op,
                                         "its input is no implicit rounding");
    Value result = op.getResults().front();
    Type narrow = result.getType();
    rewriter.modifyOpInPlace(op, [&] {
      op.getInputsMutable().assign(rounding.getSource());
      result.setType(
          withElement(narrow, getFloatElement(rounding.getSource())));
    });
    rewriter.setInsertionPointAfter(op);
    auto rounded =
        ConvertOp::create(rewriter, rounding.getLoc(), narrow, result,
                          /*user=*/false, /*unsigned_source=*/false,
                          /*unsigned_result=*/false);
    rewriter.replaceAllUsesExcept(result, rounded.getResult(), rounded);
    return success();
  }
};

struct FoldPrecisionCastsPass
    : public helion::impl::HelionFoldPrecisionCastsBase<
          FoldPrecisionCastsPass> {
  using HelionFoldPrecisionCastsBase::HelionFoldPrecisionCastsBase;

  void runOnOperation() override {
    if (strict)
      return;
    RewritePatternSet patterns(&getContext());
    patterns
        .add<FoldRoundTrip, FoldRoundTripThroughShape, SinkRoundingBelowReduce>(
            &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
