//===- SortPatterns.cpp - Sorting becomes a bitonic network -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The sorted dimension is seen as one of extent 2 per bit of the position, so
// that an element's partner in a step differs in one dimension: it is the
// exclusive or of the element and of the pair's. Triton finds it with a shuffle,
// or in the same thread, and no step changes the layout. Where only the least k
// elements are wanted, runs of k are sorted and then halve the dimension by the
// minimum of two neighbours.
//
// Positions ride in the low bits of the keys where 64 bits hold both, next to
// them otherwise. Either way no two elements are equal and the order is stable.
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::helion;

static Value createConstant(OpBuilder &builder, Location loc, Type type,
                            int64_t number) {
  Attribute value = builder.getIntegerAttr(getElementTypeOrSelf(type), number);
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(cast<ShapedType>(type), value));
}

/// `value` in integers of `width` bits, read with its sign.
static Value resize(OpBuilder &builder, Location loc, Value value,
                    unsigned width) {
  auto type = cast<RankedTensorType>(value.getType());
  Type resized = type.clone(builder.getIntegerType(width));
  unsigned before = type.getElementTypeBitWidth();
  if (before < width)
    return arith::ExtSIOp::create(builder, loc, resized, value);
  if (before > width)
    return arith::TruncIOp::create(builder, loc, resized, value);
  return value;
}

static Value reshape(OpBuilder &builder, Location loc, Value value,
                     ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return tt::ReshapeOp::create(builder, loc, type.clone(shape), value);
}

namespace {
/// Elements on their way through the network. Each consists of parts that are
/// compared one after the other.
class Network {
public:
  Network(OpBuilder &builder, Location loc, SmallVector<Value> given)
      : builder(builder), loc(loc), parts(std::move(given)) {
    SmallVector<int64_t> shape(getShape());
    bits = llvm::Log2_64(shape.pop_back_val());
    // So that a reduction to one element leaves a tensor.
    if (shape.empty())
      shape.push_back(1);
    shape.append(bits, 2);
    for (Value &part : parts)
      part = reshape(builder, loc, part, shape);
  }

  /// Leaves the least 2^`kept` elements, in order, and returns their parts.
  SmallVector<Value> sort(int64_t kept, ArrayRef<int64_t> shape) {
    int64_t all = bits;
    for (int64_t stage = 1; stage <= all; ++stage) {
      int64_t run = std::min(stage, kept);
      if (stage > kept)
        takeLesser(kept);
      // Neighbours run against each other: together they are bitonic.
      merge(run, /*alternating=*/stage < all);
    }
    return llvm::map_to_vector(
        parts, [&](Value part) { return reshape(builder, loc, part, shape); });
  }

private:
  ArrayRef<int64_t> getShape() const {
    return cast<RankedTensorType>(parts.front().getType()).getShape();
  }

  /// The dimension that a bit of the position became.
  int64_t getDim(int64_t bit) const { return getShape().size() - 1 - bit; }

  /// Sorts bitonic runs of 2^`run` elements; every other one descends under
  /// `alternating`.
  void merge(int64_t run, bool alternating) {
    Value descends = alternating && run > 0 ? createBit(run) : Value();
    for (int64_t bit = run - 1; bit >= 0; --bit) {
      SmallVector<Value> partners = llvm::map_to_vector(
          parts, [&](Value part) { return createPartner(part, bit); });
      Value isSecond = createBit(bit);
      if (descends) {
        SmallVector<int64_t> shape(getShape().size(), 1);
        shape[getDim(bit)] = shape[getDim(run)] = 2;
        isSecond = arith::XOrIOp::create(
            builder, loc, createBroadcast(builder, loc, isSecond, shape),
            createBroadcast(builder, loc, descends, shape));
      }
      Value swaps = arith::XOrIOp::create(
          builder, loc, createGreater(parts, partners),
          createBroadcast(builder, loc, isSecond, getShape()));
      for (auto [part, partner] : llvm::zip_equal(parts, partners))
        part = arith::SelectOp::create(builder, loc, swaps, partner, part);
    }
  }

  /// Of each two elements that differ in one bit of the position leaves the
  /// lesser.
  void takeLesser(int64_t bit) {
    auto lesser = [&](OpBuilder &, ValueRange both) -> SmallVector<Value> {
      ValueRange left = both.take_front(parts.size());
      ValueRange right = both.drop_front(parts.size());
      if (parts.size() == 1)
        return {arith::MinSIOp::create(builder, loc, left[0], right[0])};
      Value greater = createGreater(left, right);
      SmallVector<Value> chosen;
      for (auto [a, b] : llvm::zip_equal(left, right))
        chosen.push_back(arith::SelectOp::create(builder, loc, greater, b, a));
      return chosen;
    };
    parts = createReduce(builder, loc, parts, getDim(bit), lesser);
  }

  Value createPartner(Value value, int64_t bit) {
    int64_t dim = getDim(bit);
    auto exclusiveOr = [&](OpBuilder &, ValueRange both) -> SmallVector<Value> {
      return {arith::XOrIOp::create(builder, loc, both[0], both[1])};
    };
    Value pair = createReduce(builder, loc, value, dim, exclusiveOr)[0];
    SmallVector<int64_t> shape(getShape());
    shape[dim] = 1;
    auto type = cast<RankedTensorType>(value.getType());
    pair = tt::ExpandDimsOp::create(builder, loc, type.clone(shape), pair,
                                    static_cast<uint32_t>(dim));
    pair = createBroadcast(builder, loc, pair, getShape());
    return arith::XOrIOp::create(builder, loc, value, pair);
  }

  /// Whether the parts `a` are those of a greater element than `b`.
  Value createGreater(ValueRange a, ValueRange b) {
    auto compare = [&](arith::CmpIPredicate predicate, size_t part) -> Value {
      return arith::CmpIOp::create(builder, loc, predicate, a[part], b[part]);
    };
    Value greater = compare(arith::CmpIPredicate::sgt, a.size() - 1);
    for (size_t part = a.size() - 1; part-- > 0;) {
      Value equal = compare(arith::CmpIPredicate::eq, part);
      Value tie = arith::AndIOp::create(builder, loc, equal, greater);
      greater = arith::OrIOp::create(
          builder, loc, compare(arith::CmpIPredicate::sgt, part), tie);
    }
    return greater;
  }

  /// One bit of the position, along its dimension.
  Value createBit(int64_t bit) {
    SmallVector<int64_t> shape(getShape().size(), 1);
    shape[getDim(bit)] = 2;
    Value range = createRange(builder, loc, 2, builder.getI32Type());
    Value isOne =
        arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, range,
                              createConstant(builder, loc, range.getType(), 0));
    return createAlong(builder, loc, isOne, getDim(bit), shape);
  }

  OpBuilder &builder;
  Location loc;
  SmallVector<Value> parts;
  int64_t bits = 0;
};

struct SortLowering : OpRewritePattern<SortOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(SortOp op,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getSource().getType());
    auto sorted = cast<RankedTensorType>(op.getSorted().getType());
    if (!type.hasStaticShape() || !sorted.hasStaticShape())
      return rewriter.notifyMatchFailure(op, "block sizes are not bound");
    int64_t extent = type.getShape().back(), wanted = sorted.getShape().back();
    if (!llvm::isPowerOf2_64(extent) || !llvm::isPowerOf2_64(wanted))
      return rewriter.notifyMatchFailure(op, "extents are not padded");
    Location loc = op.getLoc();
    unsigned width = type.getElementTypeBitWidth();
    unsigned bits = llvm::Log2_64(extent);
    int64_t kept = llvm::Log2_64(wanted);
    bool hasPositions = !op.getPositions().use_empty();
    // What Triton shuffles and compares.
    unsigned needed = width + (hasPositions ? bits : 0);
    unsigned wide = needed <= 32 ? 32 : 64;
    Value keys = resize(rewriter, loc, op.getSource(), wide);
    if (!hasPositions) {
      Value found = sort(rewriter, loc, {keys}, kept, sorted)[0];
      Value none =
          createConstant(rewriter, loc, op.getPositions().getType(), 0);
      rewriter.replaceOp(op,
                         ValueRange{resize(rewriter, loc, found, width), none});
      return success();
    }
    bool isPacked = needed <= 64;
    Type element = rewriter.getIntegerType(isPacked ? wide : 32);
    Value range = createRange(rewriter, loc, extent, rewriter.getI32Type());
    Value positions = resize(
        rewriter, loc,
        createAlong(rewriter, loc, range, type.getRank() - 1, type.getShape()),
        element.getIntOrFloatBitWidth());
    if (!isPacked) {
      SmallVector<Value> found =
          sort(rewriter, loc, {keys, positions}, kept, sorted);
      rewriter.replaceOp(op, found);
      return success();
    }
    Value shift = createConstant(rewriter, loc, keys.getType(), bits);
    Value packed = arith::OrIOp::create(
        rewriter, loc, arith::ShLIOp::create(rewriter, loc, keys, shift),
        positions);
    Value found = sort(rewriter, loc, {packed}, kept, sorted)[0];
    shift = createConstant(rewriter, loc, found.getType(), bits);
    Value mask = createConstant(rewriter, loc, found.getType(), extent - 1);
    Value key = arith::ShRSIOp::create(rewriter, loc, found, shift);
    Value position = arith::AndIOp::create(rewriter, loc, found, mask);
    rewriter.replaceOp(op, ValueRange{resize(rewriter, loc, key, width),
                                      resize(rewriter, loc, position, 32)});
    return success();
  }

  static SmallVector<Value> sort(OpBuilder &builder, Location loc,
                                 SmallVector<Value> parts, int64_t kept,
                                 RankedTensorType sorted) {
    return Network(builder, loc, std::move(parts))
        .sort(kept, sorted.getShape());
  }
};
} // namespace

void mlir::helion::populateSortPatterns(RewritePatternSet &patterns) {
  patterns.add<SortLowering>(patterns.getContext());
}
