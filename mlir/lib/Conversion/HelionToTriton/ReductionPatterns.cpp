//===- ReductionPatterns.cpp - Reductions and scans get combine regions -*- C++ -*-===//
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

/// Fills the combine region of a reduction or scan: two scalars per operand come
/// in, one per operand goes out.
template <typename ReturnOp>
static void fillCombine(OpBuilder &builder, Location loc, Region &region,
                        ValueRange operands, CombineBody body) {
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Type> types;
  for (int side = 0; side < 2; ++side)
    for (Value operand : operands)
      types.push_back(getElementTypeOrSelf(operand.getType()));
  SmallVector<Location> locations(types.size(), loc);
  region.getBlocks().clear();
  Block *block = builder.createBlock(&region, region.end(), types, locations);
  ReturnOp::create(builder, loc, body(builder, block->getArguments()));
}

/// The extents that a reshape merged to dimension `axis`: the boundaries between
/// dimensions of the source that lie inside it.
static SmallVector<int64_t> getMergedExtents(RankedTensorType source,
                                             RankedTensorType result,
                                             int64_t axis) {
  int64_t last = 1, position = 1;
  for (int64_t extent : result.getShape().drop_front(axis + 1))
    last *= extent;
  int64_t outer = last * result.getDimSize(axis);
  SmallVector<int64_t> extents;
  for (int64_t extent : llvm::reverse(source.getShape())) {
    position *= extent;
    if (position <= last || position >= outer)
      continue;
    extents.push_back(position / last);
    last = position;
  }
  extents.push_back(outer / last);
  std::reverse(extents.begin(), extents.end());
  return extents;
}

/// As above, for the reshape that the value comes from, element by element.
static SmallVector<int64_t> findMergedExtents(Value value, int64_t axis) {
  SmallVector<std::pair<Value, int64_t>> pending{{value, axis}};
  llvm::SmallDenseSet<Value> seen;
  while (!pending.empty()) {
    auto [next, dim] = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    auto type = dyn_cast<RankedTensorType>(next.getType());
    if (!op || !type || !seen.insert(next).second)
      continue;
    if (isa<ReshapeOp, tt::ReshapeOp>(op)) {
      SmallVector<int64_t> extents = getMergedExtents(
          cast<RankedTensorType>(op->getOperand(0).getType()), type, dim);
      if (extents.size() > 1)
        return extents;
    } else if (auto permute = dyn_cast<PermuteOp>(op)) {
      pending.push_back({permute.getSource(), permute.getOrder()[dim]});
    } else if (auto trans = dyn_cast<tt::TransOp>(op)) {
      pending.push_back({trans.getSrc(), trans.getOrder()[dim]});
    } else if (op->getNumRegions() == 0) {
      for (Value operand : op->getOperands())
        if (auto source = dyn_cast<RankedTensorType>(operand.getType());
            source && source.getShape() == type.getShape())
          pending.push_back({operand, dim});
    }
  }
  return {};
}

SmallVector<Value> mlir::helion::createReduce(OpBuilder &builder, Location loc,
                                              ValueRange inputs, int64_t axis,
                                              CombineBody body) {
  // Triton 3.6 reduces dimensions that a reshape merged over the wrong threads,
  // where the dimensions before are spread over threads that do not follow each
  // other: they are reduced one by one.
  for (Value input : inputs) {
    SmallVector<int64_t> extents = findMergedExtents(input, axis);
    if (extents.size() < 2)
      continue;
    SmallVector<Value> values;
    for (Value each : inputs) {
      auto type = cast<RankedTensorType>(each.getType());
      SmallVector<int64_t> shape(type.getShape());
      shape.erase(shape.begin() + axis);
      shape.insert(shape.begin() + axis, extents.begin(), extents.end());
      values.push_back(
          tt::ReshapeOp::create(builder, loc, type.clone(shape), each));
    }
    for (int64_t part = extents.size() - 1; part >= 0; --part)
      values = createReduce(builder, loc, values, axis + part, body);
    return values;
  }
  auto reduce =
      tt::ReduceOp::create(builder, loc, inputs, static_cast<int>(axis));
  fillCombine<tt::ReduceReturnOp>(builder, loc, reduce.getCombineOp(), inputs,
                                  body);
  return SmallVector<Value>(reduce->getResults());
}

/// What the combine region of `op` makes of `arguments`, or its kind.
template <typename OpTy>
static SmallVector<Value> combineAs(OpTy op, OpBuilder &builder,
                                    ValueRange arguments) {
  if (std::optional<ReductionKind> kind = op.getKind())
    return {combine(builder, op.getLoc(), *kind, arguments[0], arguments[1])};
  IRMapping mapping;
  Block &source = op.getCombine().front();
  mapping.map(source.getArguments(), arguments);
  for (Operation &nested : source.without_terminator())
    builder.clone(nested, mapping);
  return llvm::map_to_vector(
      source.getTerminator()->getOperands(),
      [&](Value value) { return mapping.lookupOrDefault(value); });
}

namespace {
struct ReduceLowering : OpRewritePattern<ReduceOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ReduceOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ReductionKind> kind = op.getKind();
    if (kind == ReductionKind::ArgMax || kind == ReductionKind::ArgMin)
      return lowerArg(op, *kind == ReductionKind::ArgMax, rewriter);
    SmallVector<Value> values(op.getInputs());
    if (kind && values.size() != 1)
      return rewriter.notifyMatchFailure(op, "a kind combines one input");
    auto body = [&](OpBuilder &builder, ValueRange arguments) {
      return combineAs(op, builder, arguments);
    };
    // From the last dimension on, so that the positions of the others hold.
    for (int64_t axis : llvm::reverse(op.getDims()))
      values = createReduce(rewriter, op.getLoc(), values, axis, body);
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
    Value found =
        createReduce(rewriter, loc, {input, positions}, axis, body)[1];
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

struct ScanLowering : OpRewritePattern<ScanOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ScanOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<ReductionKind> kind = op.getKind();
    if (kind == ReductionKind::ArgMax || kind == ReductionKind::ArgMin)
      return rewriter.notifyMatchFailure(op, "positions have no running kind");
    if (kind && op.getInputs().size() != 1)
      return rewriter.notifyMatchFailure(op, "a kind combines one input");
    auto scan =
        tt::ScanOp::create(rewriter, op.getLoc(), op.getInputs(),
                           static_cast<int>(op.getAxis()), op.getReverse());
    auto body = [&](OpBuilder &builder, ValueRange arguments) {
      return combineAs(op, builder, arguments);
    };
    fillCombine<tt::ScanReturnOp>(rewriter, op.getLoc(), scan.getCombineOp(),
                                  op.getInputs(), body);
    rewriter.replaceOp(op, scan);
    return success();
  }
};
} // namespace

void mlir::helion::populateReductionPatterns(RewritePatternSet &patterns) {
  patterns.add<ReduceLowering, ScanLowering, SwapOuterProduct>(
      patterns.getContext());
}
