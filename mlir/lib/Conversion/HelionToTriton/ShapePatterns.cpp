//===- ShapePatterns.cpp - Creation and views -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

using namespace mlir;
using namespace mlir::helion;

namespace {
struct FullLowering : OpRewritePattern<FullOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(FullOp op,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    if (!type.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "block sizes are not bound");
    rewriter.replaceOp(
        op, createSplat(rewriter, op.getLoc(), op.getValue(), type.getShape()));
    return success();
  }
};

struct ArangeLowering : OpRewritePattern<ArangeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ArangeOp op,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    rewriter.replaceOp(op,
                       createRange(rewriter, op.getLoc(), type.getDimSize(0),
                                   type.getElementType()));
    return success();
  }
};

struct ExpandDimsLowering : OpRewritePattern<ExpandDimsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ExpandDimsOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::ExpandDimsOp>(
        op, op.getType(), op.getSource(), static_cast<uint32_t>(op.getAxis()));
    return success();
  }
};

struct BroadcastLowering : OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BroadcastOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOp(
        op, createBroadcast(rewriter, op.getLoc(), op.getSource(),
                            cast<RankedTensorType>(op.getType()).getShape()));
    return success();
  }
};

struct ReshapeLowering : OpRewritePattern<ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    Value source = op.getSource();
    Type type = op.getType();
    if (source.getType() == type) {
      rewriter.replaceOp(op, source);
      return success();
    }
    auto result = dyn_cast<RankedTensorType>(type);
    if (!isa<RankedTensorType>(source.getType())) {
      rewriter.replaceOpWithNewOp<tt::SplatOp>(op, result, source);
      return success();
    }
    if (!result) {
      auto flat = RankedTensorType::get({1}, type);
      if (source.getType() != flat)
        source = tt::ReshapeOp::create(rewriter, op.getLoc(), flat, source);
      rewriter.replaceOpWithNewOp<tt::UnsplatOp>(op, type, source);
      return success();
    }
    rewriter.replaceOpWithNewOp<tt::ReshapeOp>(op, type, source);
    return success();
  }
};

struct PermuteLowering : OpRewritePattern<PermuteOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PermuteOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<int32_t> order(op.getOrder().begin(), op.getOrder().end());
    rewriter.replaceOpWithNewOp<tt::TransOp>(
        op, op.getType(), op.getSource(), rewriter.getDenseI32ArrayAttr(order));
    return success();
  }
};

struct GatherLowering : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op,
                                PatternRewriter &rewriter) const override {
    Value source = op.getSource(), indices = op.getIndices();
    int64_t axis = op.getAxis();
    int64_t copies = getDim(indices, axis) / getDim(source, axis);
    if (copies > 1)
      std::tie(source, indices) =
          widen(rewriter, op.getLoc(), source, indices, axis, copies);
    rewriter.replaceOpWithNewOp<tt::GatherOp>(op, source, indices,
                                              static_cast<int>(axis));
    return success();
  }

private:
  static int64_t getDim(Value value, int64_t dim) {
    return cast<RankedTensorType>(value.getType()).getDimSize(dim);
  }

  /// Each element of the source `copies` times, and the indices of the first of
  /// the copies: Triton 3.6 fails on some small sources with fewer elements along
  /// the axis than there are indices.
  static std::pair<Value, Value> widen(OpBuilder &builder, Location loc,
                                       Value source, Value indices,
                                       int64_t axis, int64_t copies) {
    auto type = cast<RankedTensorType>(source.getType());
    SmallVector<int64_t> shape(type.getShape());
    shape.insert(shape.begin() + axis + 1, 1);
    source = tt::ExpandDimsOp::create(builder, loc, type.clone(shape), source,
                                      static_cast<int>(axis) + 1);
    shape[axis + 1] = copies;
    source = tt::BroadcastOp::create(builder, loc, type.clone(shape), source);
    shape.erase(shape.begin() + axis + 1);
    shape[axis] *= copies;
    source = tt::ReshapeOp::create(builder, loc, type.clone(shape), source);
    auto indexType = cast<RankedTensorType>(indices.getType());
    if (indexType.getElementTypeBitWidth() < 32) {
      indexType = indexType.clone(builder.getI32Type());
      indices = arith::ExtSIOp::create(builder, loc, indexType, indices);
    }
    Value number = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(
            indexType,
            builder.getIntegerAttr(indexType.getElementType(), copies)));
    return {source, arith::MulIOp::create(builder, loc, indices, number)};
  }
};

struct JoinLowering : OpRewritePattern<JoinOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(JoinOp op,
                                PatternRewriter &rewriter) const override {
    Value lhs = op.getLhs(), rhs = op.getRhs();
    if (!isa<RankedTensorType>(lhs.getType())) {
      lhs = createSplat(rewriter, op.getLoc(), lhs, {1});
      rhs = createSplat(rewriter, op.getLoc(), rhs, {1});
      auto joined =
          RankedTensorType::get({1, 2}, getElementTypeOrSelf(lhs.getType()));
      Value pair = tt::JoinOp::create(rewriter, op.getLoc(), joined, lhs, rhs);
      rewriter.replaceOpWithNewOp<tt::ReshapeOp>(op, op.getType(), pair);
      return success();
    }
    rewriter.replaceOpWithNewOp<tt::JoinOp>(op, op.getType(), lhs, rhs);
    return success();
  }
};

struct SplitLowering : OpRewritePattern<SplitOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(SplitOp op,
                                PatternRewriter &rewriter) const override {
    Type half = op.getLhs().getType();
    if (isa<RankedTensorType>(half)) {
      rewriter.replaceOpWithNewOp<tt::SplitOp>(op, half, half, op.getSource());
      return success();
    }
    auto row = RankedTensorType::get({1, 2}, half);
    auto one = RankedTensorType::get({1}, half);
    Value pair =
        tt::ReshapeOp::create(rewriter, op.getLoc(), row, op.getSource());
    auto split = tt::SplitOp::create(rewriter, op.getLoc(), one, one, pair);
    rewriter.replaceOp(
        op, ValueRange{tt::UnsplatOp::create(rewriter, op.getLoc(), half,
                                             split->getResult(0)),
                       tt::UnsplatOp::create(rewriter, op.getLoc(), half,
                                             split->getResult(1))});
    return success();
  }
};
} // namespace

void mlir::helion::populateShapePatterns(RewritePatternSet &patterns) {
  patterns.add<ArangeLowering, BroadcastLowering, ExpandDimsLowering,
               FullLowering, GatherLowering, JoinLowering, PermuteLowering,
               ReshapeLowering, SplitLowering>(patterns.getContext());
}
