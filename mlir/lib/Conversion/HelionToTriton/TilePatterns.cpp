//===- TilePatterns.cpp - Tiles and their attributes become index arithmetic -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::helion;

FailureOr<TileParts> mlir::helion::getTileParts(OpBuilder &builder,
                                                Location loc, Value tile) {
  TileParts parts;
  parts.size = cast<TileType>(tile.getType()).getSize();
  if (auto made = tile.getDefiningOp<MakeTileOp>()) {
    parts.begin = parts.origin = made.getBegin();
    if (!made.getExact())
      parts.limit = made.getLimit();
    return parts;
  }
  if (auto slice = tile.getDefiningOp<SliceOp>()) {
    parts.begin = parts.origin = slice.getStart();
    parts.step = slice.getStep();
    return parts;
  }
  auto shift = tile.getDefiningOp<ShiftTileOp>();
  if (!shift)
    return failure();
  FailureOr<TileParts> source = getTileParts(builder, loc, shift.getTile());
  if (failed(source))
    return failure();
  parts = *source;
  Value offset = shift.getOffset();
  if (offset.getType() != parts.begin.getType())
    offset = parts.begin.getType().isInteger(64)
                 ? Value(arith::ExtSIOp::create(builder, loc,
                                                parts.begin.getType(), offset))
                 : Value(arith::TruncIOp::create(
                       builder, loc, parts.begin.getType(), offset));
  parts.begin = arith::AddIOp::create(builder, loc, parts.begin, offset);
  return parts;
}

Value mlir::helion::createRange(OpBuilder &builder, Location loc, int64_t size,
                                Type type) {
  auto i32 = RankedTensorType::get({size}, builder.getI32Type());
  Value range = tt::MakeRangeOp::create(builder, loc, i32, 0, size);
  if (type.isInteger(32))
    return range;
  return arith::ExtSIOp::create(builder, loc,
                                RankedTensorType::get({size}, type), range);
}

Value mlir::helion::createSplat(OpBuilder &builder, Location loc, Value scalar,
                                ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, scalar.getType());
  TypedAttr constant;
  if (matchPattern(scalar, m_Constant(&constant)))
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(type, constant));
  return tt::SplatOp::create(builder, loc, type, scalar);
}

Value mlir::helion::createBroadcast(OpBuilder &builder, Location loc,
                                    Value source, ArrayRef<int64_t> shape) {
  auto from = cast<RankedTensorType>(source.getType());
  if (from.getShape() == shape)
    return source;
  return tt::BroadcastOp::create(
      builder, loc, RankedTensorType::get(shape, from.getElementType()),
      source);
}

Value mlir::helion::createAlong(OpBuilder &builder, Location loc, Value vector,
                                int64_t dim, ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(vector.getType());
  SmallVector<int64_t> extents(type.getShape());
  for (int64_t axis = 0, rank = shape.size(); axis < rank; ++axis) {
    if (axis == dim)
      continue;
    extents.insert(extents.begin() + axis, 1);
    vector = tt::ExpandDimsOp::create(
        builder, loc, RankedTensorType::get(extents, type.getElementType()),
        vector, static_cast<uint32_t>(axis));
  }
  return createBroadcast(builder, loc, vector, shape);
}

Value mlir::helion::createScaled(OpBuilder &builder, Location loc, Value value,
                                 int64_t factor) {
  if (factor == 1)
    return value;
  Type type = value.getType();
  TypedAttr number = builder.getIntegerAttr(getElementTypeOrSelf(type), factor);
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    number = DenseElementsAttr::get(tensor, Attribute(number));
  Value constant = arith::ConstantOp::create(builder, loc, number);
  return arith::MulIOp::create(builder, loc, value, constant);
}

namespace {
struct TileBeginLowering : OpRewritePattern<TileBeginOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TileBeginOp op,
                                PatternRewriter &rewriter) const override {
    FailureOr<TileParts> parts =
        getTileParts(rewriter, op.getLoc(), op.getTile());
    if (failed(parts))
      return rewriter.notifyMatchFailure(op,
                                         "the maker of the tile is unknown");
    rewriter.replaceOp(op, parts->begin);
    return success();
  }
};

struct TileEndLowering : OpRewritePattern<TileEndOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TileEndOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<TileParts> parts = getTileParts(rewriter, loc, op.getTile());
    if (failed(parts))
      return rewriter.notifyMatchFailure(op,
                                         "the maker of the tile is unknown");
    Value size = arith::ConstantOp::create(
        rewriter, loc, rewriter.getIntegerAttr(op.getType(), parts->size));
    Value end = arith::AddIOp::create(rewriter, loc, parts->origin, size);
    if (parts->limit)
      end = arith::MinSIOp::create(rewriter, loc, end, parts->limit);
    if (parts->begin != parts->origin) {
      Value shift =
          arith::SubIOp::create(rewriter, loc, parts->begin, parts->origin);
      end = arith::AddIOp::create(rewriter, loc, end, shift);
    }
    rewriter.replaceOp(op, end);
    return success();
  }
};

struct TileIdLowering : OpRewritePattern<TileIdOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TileIdOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<TileParts> parts = getTileParts(rewriter, loc, op.getTile());
    if (failed(parts))
      return rewriter.notifyMatchFailure(op,
                                         "the maker of the tile is unknown");
    Value size = arith::ConstantOp::create(
        rewriter, loc, rewriter.getIntegerAttr(op.getType(), parts->size));
    rewriter.replaceOpWithNewOp<arith::DivSIOp>(op, parts->begin, size);
    return success();
  }
};

struct TileIndexLowering : OpRewritePattern<TileIndexOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TileIndexOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<TileParts> parts = getTileParts(rewriter, loc, op.getTile());
    if (failed(parts))
      return rewriter.notifyMatchFailure(op,
                                         "the maker of the tile is unknown");
    auto type = cast<RankedTensorType>(op.getType());
    Value range = createScaled(
        rewriter, loc,
        createRange(rewriter, loc, type.getDimSize(0), type.getElementType()),
        parts->step);
    Value begin = createSplat(rewriter, loc, parts->begin, type.getShape());
    rewriter.replaceOpWithNewOp<arith::AddIOp>(op, begin, range);
    return success();
  }
};

struct TileMaskLowering : OpRewritePattern<TileMaskOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TileMaskOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    FailureOr<TileParts> parts = getTileParts(rewriter, loc, op.getTile());
    if (failed(parts))
      return rewriter.notifyMatchFailure(op,
                                         "the maker of the tile is unknown");
    auto type = cast<RankedTensorType>(op.getType());
    if (!parts->limit) {
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(
          op, DenseElementsAttr::get(type, true));
      return success();
    }
    Type indexType = parts->origin.getType();
    Value range = createRange(rewriter, loc, type.getDimSize(0), indexType);
    Value begin = createSplat(rewriter, loc, parts->origin, type.getShape());
    Value index = arith::AddIOp::create(rewriter, loc, begin, range);
    Value limit = createSplat(rewriter, loc, parts->limit, type.getShape());
    rewriter.replaceOpWithNewOp<arith::CmpIOp>(op, arith::CmpIPredicate::slt,
                                               index, limit);
    return success();
  }
};

struct ProgramIdLowering : OpRewritePattern<ProgramIdOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ProgramIdOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::GetProgramIdOp>(
        op, rewriter.getI32Type(), static_cast<tt::ProgramIDDim>(op.getAxis()));
    return success();
  }
};
} // namespace

void mlir::helion::populateTilePatterns(RewritePatternSet &patterns) {
  patterns.add<ProgramIdLowering, TileBeginLowering, TileEndLowering,
               TileIdLowering, TileIndexLowering, TileMaskLowering>(
      patterns.getContext());
}
