//===- MaskBuilder.cpp - Masks of live lanes -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskDetail.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::helion;

static SmallVector<int64_t> joinShapes(ArrayRef<int64_t> lhs,
                                       ArrayRef<int64_t> rhs) {
  SmallVector<int64_t> shape;
  for (auto [left, right] : llvm::zip_equal(lhs, rhs))
    shape.push_back(std::max(left, right));
  return shape;
}

static LogicalResult reportScope(const Bound &bound, Operation *user) {
  InFlightDiagnostic error =
      user->emitError()
      << "expects the tile that ends in dimension " << bound.dim
      << " to be in scope, in order to mask the lanes behind "
         "its end, but got a value that left the loop over it; "
         "reduce or store the value inside the loop, or choose a "
         "block size that divides the range";
  error.attachNote(bound.tile.getLoc()) << "this is the tile";
  return failure();
}

FailureOr<Value> MaskBuilder::create(SmallVector<Bound> bounds, int64_t rank,
                                     Operation *user) {
  for (const Bound &bound : bounds) {
    if (!bound.tile)
      continue;
    if (!bound.tile.getDefiningOp())
      return user->emitError(
          "expects tiles of helion.make_tile or helion.slice but "
          "got the tile of a loop; run helion-lower-loops first");
    if (!dominance.properlyDominates(bound.tile, user))
      return reportScope(bound, user);
  }
  // By scope, extents before tiles: the last one says where the mask can
  // stand.
  llvm::stable_sort(bounds, [&](const Bound &a, const Bound &b) {
    if (!a.tile || !b.tile || a.tile == b.tile)
      return std::tuple(bool(a.tile), a.dim) < std::tuple(bool(b.tile), b.dim);
    return dominance.properlyDominates(a.tile, b.tile.getDefiningOp());
  });
  Value mask;
  std::vector<Key> key{Key(rank, nullptr, 0)};
  for (const Bound &bound : bounds) {
    key.push_back(bound.getKey());
    Value lanes = createLanes(bound, rank, user->getLoc());
    Value &known = masks[key];
    if (!known)
      known = mask ? conjoinOnce(mask, lanes) : lanes;
    mask = known;
  }
  return mask;
}

Value MaskBuilder::broadcast(OpBuilder &at, Location loc, Value mask,
                             ArrayRef<int64_t> shape) {
  auto type = RankedTensorType::get(shape, at.getI1Type());
  if (mask.getType() == type)
    return mask;
  return BroadcastOp::create(at, loc, type, mask);
}

Value MaskBuilder::broadcastOnce(Value mask, ArrayRef<int64_t> shape) {
  Value &known = wide[{mask.getAsOpaquePointer(), shape.vec()}];
  if (!known) {
    builder.setInsertionPointAfterValue(mask);
    known = broadcast(builder, mask.getLoc(), mask, shape);
  }
  return known;
}

Value MaskBuilder::conjoin(OpBuilder &at, Location loc, Value lhs, Value rhs) {
  SmallVector<int64_t> shape =
      joinShapes(cast<RankedTensorType>(lhs.getType()).getShape(),
                 cast<RankedTensorType>(rhs.getType()).getShape());
  return arith::AndIOp::create(at, loc, broadcast(at, loc, lhs, shape),
                               broadcast(at, loc, rhs, shape));
}

Value MaskBuilder::conjoinOnce(Value outer, Value inner) {
  SmallVector<int64_t> shape =
      joinShapes(cast<RankedTensorType>(outer.getType()).getShape(),
                 cast<RankedTensorType>(inner.getType()).getShape());
  outer = broadcastOnce(outer, shape);
  inner = broadcastOnce(inner, shape);
  Operation *last = inner.getDefiningOp();
  if (outer.getDefiningOp()->getBlock() == last->getBlock() &&
      last->isBeforeInBlock(outer.getDefiningOp()))
    last = outer.getDefiningOp();
  builder.setInsertionPointAfter(last);
  return arith::AndIOp::create(builder, inner.getLoc(), outer, inner);
}

Value MaskBuilder::createLanes(const Bound &bound, int64_t rank, Location loc) {
  Value &known = masks[{Key(rank, nullptr, 1), bound.getKey()}];
  if (known)
    return known;
  if (rank == 1)
    return known = createLanes(bound, loc);
  Value lanes = createLanes({0, bound.tile, bound.extent}, 1, loc);
  builder.setInsertionPointAfterValue(lanes);
  SmallVector<int64_t> shape{bound.extent};
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (dim == bound.dim)
      continue;
    shape.insert(shape.begin() + dim, 1);
    lanes = ExpandDimsOp::create(
        builder, loc, RankedTensorType::get(shape, builder.getI1Type()), lanes,
        builder.getI64IntegerAttr(dim));
  }
  return known = lanes;
}

Value MaskBuilder::createTileLanes(Value tile, int64_t extent, Location loc) {
  int64_t size = cast<TileType>(tile.getType()).getSize();
  auto type = [&](ArrayRef<int64_t> shape) {
    return RankedTensorType::get(shape, builder.getI1Type());
  };
  Value lanes = TileMaskOp::create(builder, loc, type({size}), tile);
  if (extent == size)
    return lanes;
  int64_t inner = extent / size;
  lanes = ExpandDimsOp::create(builder, loc, type({size, 1}), lanes,
                               builder.getI64IntegerAttr(1));
  lanes = BroadcastOp::create(builder, loc, type({size, inner}), lanes);
  return ReshapeOp::create(builder, loc, type({extent}), lanes);
}

Value MaskBuilder::createLanes(const Bound &bound, Location loc) {
  if (bound.tile)
    builder.setInsertionPointAfterValue(bound.tile);
  else
    builder.setInsertionPointToStart(&kernel.getBody().front());
  if (bound.tile)
    return createTileLanes(bound.tile, bound.extent, loc);
  auto lane = RankedTensorType::get({bound.extent}, builder.getI32Type());
  Value number = arith::ConstantOp::create(
      builder, loc,
      DenseElementsAttr::get(lane, static_cast<int32_t>(bound.extent)));
  return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                               ArangeOp::create(builder, loc, lane), number);
}
