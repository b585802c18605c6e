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
/// What an attribute of a tile becomes once the tile is taken apart.
template <typename OpTy> struct TileLowering : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;

  virtual Value lower(OpTy op, const TileParts &parts,
                      OpBuilder &builder) const = 0;

  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    FailureOr<TileParts> parts =
        getTileParts(rewriter, op.getLoc(), op.getTile());
    if (failed(parts))
      return rewriter.notifyMatchFailure(op,
                                         "the maker of the tile is unknown");
    rewriter.replaceOp(op, lower(op, *parts, rewriter));
    return success();
  }
};

struct TileBeginLowering : TileLowering<TileBeginOp> {
  using TileLowering::TileLowering;
  Value lower(TileBeginOp, const TileParts &parts, OpBuilder &) const override {
    return parts.begin;
  }
};

struct TileEndLowering : TileLowering<TileEndOp> {
  using TileLowering::TileLowering;
  Value lower(TileEndOp op, const TileParts &parts,
              OpBuilder &builder) const override {
    Location loc = op.getLoc();
    Value size = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(op.getType(), parts.size));
    Value end = arith::AddIOp::create(builder, loc, parts.origin, size);
    if (parts.limit)
      end = arith::MinSIOp::create(builder, loc, end, parts.limit);
    if (parts.begin == parts.origin)
      return end;
    Value shift =
        arith::SubIOp::create(builder, loc, parts.begin, parts.origin);
    return arith::AddIOp::create(builder, loc, end, shift);
  }
};

struct TileIdLowering : TileLowering<TileIdOp> {
  using TileLowering::TileLowering;
  Value lower(TileIdOp op, const TileParts &parts,
              OpBuilder &builder) const override {
    Value size = arith::ConstantOp::create(
        builder, op.getLoc(), builder.getIntegerAttr(op.getType(), parts.size));
    return arith::DivSIOp::create(builder, op.getLoc(), parts.begin, size);
  }
};

struct TileIndexLowering : TileLowering<TileIndexOp> {
  using TileLowering::TileLowering;
  Value lower(TileIndexOp op, const TileParts &parts,
              OpBuilder &builder) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getType());
    Value range = createScaled(
        builder, loc,
        createRange(builder, loc, type.getDimSize(0), type.getElementType()),
        parts.step);
    Value begin = createSplat(builder, loc, parts.begin, type.getShape());
    return arith::AddIOp::create(builder, loc, begin, range);
  }
};

struct TileMaskLowering : TileLowering<TileMaskOp> {
  using TileLowering::TileLowering;
  Value lower(TileMaskOp op, const TileParts &parts,
              OpBuilder &builder) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getType());
    if (!parts.limit)
      return arith::ConstantOp::create(builder, loc,
                                       DenseElementsAttr::get(type, true));
    Value range =
        createRange(builder, loc, type.getDimSize(0), parts.origin.getType());
    Value begin = createSplat(builder, loc, parts.origin, type.getShape());
    Value index = arith::AddIOp::create(builder, loc, begin, range);
    Value limit = createSplat(builder, loc, parts.limit, type.getShape());
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, index,
                                 limit);
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
