//===- ReductionPatterns.cpp - Reductions get combine regions -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "mlir/IR/IRMapping.h"

using namespace mlir;
using namespace mlir::helion;

/// Combines two elements under a kind that has one operand.
static Value combine(OpBuilder &builder, Location loc, ReductionKind kind,
                     Value a, Value b) {
  bool isFloat = isa<FloatType>(a.getType());
  // As a signed number, true is -1.
  bool isBool = a.getType().isInteger(1);
  switch (kind) {
  case ReductionKind::Sum:
    return isFloat ? Value(arith::AddFOp::create(builder, loc, a, b))
                   : Value(arith::AddIOp::create(builder, loc, a, b));
  case ReductionKind::Prod:
    return isFloat ? Value(arith::MulFOp::create(builder, loc, a, b))
                   : Value(arith::MulIOp::create(builder, loc, a, b));
  case ReductionKind::Max:
    return isFloat  ? Value(arith::MaximumFOp::create(builder, loc, a, b))
           : isBool ? Value(arith::OrIOp::create(builder, loc, a, b))
                    : Value(arith::MaxSIOp::create(builder, loc, a, b));
  case ReductionKind::Min:
    return isFloat  ? Value(arith::MinimumFOp::create(builder, loc, a, b))
           : isBool ? Value(arith::AndIOp::create(builder, loc, a, b))
                    : Value(arith::MinSIOp::create(builder, loc, a, b));
  case ReductionKind::And:
    return arith::AndIOp::create(builder, loc, a, b);
  case ReductionKind::Or:
    return arith::OrIOp::create(builder, loc, a, b);
  case ReductionKind::Xor:
    return arith::XOrIOp::create(builder, loc, a, b);
  case ReductionKind::ArgMax:
  case ReductionKind::ArgMin:
    break;
  }
  llvm_unreachable("arg reductions combine pairs");
}

/// Whether element (a, i) wins over (b, j): the better value, NaN above all as in
/// PyTorch, the lower position among equals.
static Value wins(OpBuilder &builder, Location loc, bool isMax, Value a,
                  Value i, Value b, Value j) {
  Value better, equal;
  if (isa<FloatType>(a.getType())) {
    auto compare = [&](arith::CmpFPredicate predicate, Value x,
                       Value y) -> Value {
      return arith::CmpFOp::create(builder, loc, predicate, x, y);
    };
    Value aNaN = compare(arith::CmpFPredicate::UNO, a, a);
    Value bNaN = compare(arith::CmpFPredicate::UNO, b, b);
    Value bNumber = compare(arith::CmpFPredicate::ORD, b, b);
    better = compare(
        isMax ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, a, b);
    better = arith::OrIOp::create(
        builder, loc, better,
        arith::AndIOp::create(builder, loc, aNaN, bNumber));
    equal = arith::OrIOp::create(
        builder, loc, compare(arith::CmpFPredicate::OEQ, a, b),
        arith::AndIOp::create(builder, loc, aNaN, bNaN));
  } else {
    arith::CmpIPredicate predicate =
        isMax ? arith::CmpIPredicate::sgt : arith::CmpIPredicate::slt;
    if (a.getType().isInteger(1))
      predicate = isMax ? arith::CmpIPredicate::ugt : arith::CmpIPredicate::ult;
    better = arith::CmpIOp::create(builder, loc, predicate, a, b);
    equal = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, a, b);
  }
  Value earlier =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, i, j);
  return arith::OrIOp::create(
      builder, loc, better,
      arith::AndIOp::create(builder, loc, equal, earlier));
}

/// Adds the block of a combine region with two scalars per operand.
static Block *addCombineBlock(OpBuilder &builder, tt::ReduceOp reduce) {
  SmallVector<Type> types;
  for (Value source : reduce.getSrcs())
    types.push_back(getElementTypeOrSelf(source.getType()));
  SmallVector<Type> arguments(types);
  llvm::append_range(arguments, types);
  SmallVector<Location> locations(arguments.size(), reduce.getLoc());
  Region &region = reduce.getCombineOp();
  region.getBlocks().clear();
  return builder.createBlock(&region, region.end(), arguments, locations);
}

static SmallVector<Value>
reduceAlong(PatternRewriter &rewriter, Location loc, ValueRange inputs,
            int64_t axis,
            function_ref<SmallVector<Value>(OpBuilder &, ValueRange)> body) {
  auto reduce =
      tt::ReduceOp::create(rewriter, loc, inputs, static_cast<int>(axis));
  OpBuilder::InsertionGuard guard(rewriter);
  Block *block = addCombineBlock(rewriter, reduce);
  tt::ReduceReturnOp::create(rewriter, loc,
                             body(rewriter, block->getArguments()));
  return SmallVector<Value>(reduce->getResults());
}

namespace {
struct ReduceLowering : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ReductionKind> kind = op.getKind();
    if (kind == ReductionKind::ArgMax || kind == ReductionKind::ArgMin)
      return lowerArg(op, *kind == ReductionKind::ArgMax, rewriter);
    Location loc = op.getLoc();
    auto body = [&](OpBuilder &builder,
                    ValueRange arguments) -> SmallVector<Value> {
      if (kind)
        return {combine(builder, loc, *kind, arguments[0], arguments[1])};
      IRMapping mapping;
      Block &source = op.getCombine().front();
      mapping.map(source.getArguments(), arguments);
      for (Operation &nested : source.without_terminator())
        builder.clone(nested, mapping);
      return llvm::map_to_vector(
          source.getTerminator()->getOperands(),
          [&](Value value) { return mapping.lookupOrDefault(value); });
    };
    SmallVector<Value> values(op.getInputs());
    if (kind && values.size() != 1)
      return rewriter.notifyMatchFailure(op, "a kind combines one input");
    // From the last dimension on, so that the positions of the others hold.
    for (int64_t axis : llvm::reverse(op.getDims()))
      values = reduceAlong(rewriter, loc, values, axis, body);
    rewriter.replaceOp(op, values);
    return success();
  }

  static LogicalResult lowerArg(ReduceOp op, bool isMax,
                                PatternRewriter &rewriter) {
    Location loc = op.getLoc();
    int64_t axis = op.getDims().front();
    Value input = op.getInputs().front();
    auto type = cast<RankedTensorType>(input.getType());
    Value range = createRange(rewriter, loc, type.getDimSize(axis),
                              rewriter.getI32Type());
    Value positions = createAlong(rewriter, loc, range, axis, type.getShape());
    auto body = [&](OpBuilder &builder,
                    ValueRange arguments) -> SmallVector<Value> {
      Value first = wins(builder, loc, isMax, arguments[0], arguments[1],
                         arguments[2], arguments[3]);
      return {arith::SelectOp::create(builder, loc, first, arguments[0],
                                      arguments[2]),
              arith::SelectOp::create(builder, loc, first, arguments[1],
                                      arguments[3])};
    };
    Value found = reduceAlong(rewriter, loc, {input, positions}, axis, body)[1];
    Type resultType = op.getResultTypes().front();
    if (found.getType() != resultType)
      found = arith::ExtSIOp::create(rewriter, loc, resultType, found);
    rewriter.replaceOp(op, found);
    return success();
  }
};

/// a[:, :, None] * b[None, :, :], summed over the middle, becomes a dot in tf32
/// in Triton, which keeps 10 bits of each factor. It looks for the factors in
/// this order only.
struct SwapOuterProduct : OpRewritePattern<arith::MulFOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(arith::MulFOp op,
                                PatternRewriter &rewriter) const override {
    if (!repeatsAlong(op.getLhs(), 2) || !repeatsAlong(op.getRhs(), 0))
      return rewriter.notifyMatchFailure(op, "no outer product of matrices");
    rewriter.modifyOpInPlace(op, [&] {
      Value lhs = op.getLhs();
      op.getLhsMutable().assign(op.getRhs());
      op.getRhsMutable().assign(lhs);
    });
    return success();
  }

  static bool repeatsAlong(Value value, int64_t dim) {
    Operation *op = value.getDefiningOp();
    if (!isa_and_nonnull<BroadcastOp, tt::BroadcastOp>(op))
      return false;
    auto type = dyn_cast<RankedTensorType>(op->getOperand(0).getType());
    return type && type.getRank() == 3 && type.getDimSize(dim) == 1;
  }
};
} // namespace

void mlir::helion::populateReductionPatterns(RewritePatternSet &patterns) {
  patterns.add<ReduceLowering, SwapOuterProduct>(patterns.getContext());
}
