//===- MaskExtents.cpp - Pad extents to powers of two -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskDetail.h"

#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::helion;

/// The shortest K of Triton's dot: 32 bytes.
static int64_t getMinimalK(Type element) {
  return element.getIntOrFloatBitWidth() == 8 ? 32 : 16;
}
/// An extent of 0 becomes one dead lane.
static int64_t pad(int64_t extent) {
  return llvm::PowerOf2Ceil(std::max<int64_t>(extent, 1));
}

Type mlir::helion::padType(Type type) {
  if (auto tile = dyn_cast<TileType>(type))
    return tile.isStatic() && isPadded(tile.getSize())
               ? TileType::get(type.getContext(), pad(tile.getSize()))
               : type;
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.hasStaticShape() ||
      llvm::none_of(tensor.getShape(), isPadded))
    return type;
  return tensor.clone(llvm::map_to_vector(tensor.getShape(), pad));
}

static Value createIndex(OpBuilder &builder, Location loc, Type type,
                         int64_t value) {
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(type, value));
}

/// The tile ends where it did: the limit takes over what the extent said.
static void limitTile(MakeTileOp op, int64_t extent) {
  OpBuilder builder(op);
  Value end = arith::AddIOp::create(
      builder, op.getLoc(), op.getBegin(),
      createIndex(builder, op.getLoc(), op.getBegin().getType(), extent));
  if (!op.getExact())
    end = arith::MinSIOp::create(builder, op.getLoc(), end, op.getLimit());
  op.getLimitMutable().assign(end);
  op.setExact(false);
}

/// A tile's number and the end of a slice count by the extent before padding.
static void countByExtent(Operation *op, Value tile, int64_t extent) {
  OpBuilder builder(op);
  Location loc = op->getLoc();
  Type type = op->getResult(0).getType();
  Value begin = TileBeginOp::create(builder, loc, type, tile);
  Value count = createIndex(builder, loc, type, extent);
  Value result =
      isa<TileIdOp>(op)
          ? arith::DivSIOp::create(builder, loc, begin, count).getResult()
          : arith::AddIOp::create(builder, loc, begin, count).getResult();
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
}

LogicalResult mlir::helion::padExtents(KernelOp kernel) {
  auto getPaddedExtent = [](Value tile) -> std::optional<int64_t> {
    auto type = cast<TileType>(tile.getType());
    return type.isStatic() && isPadded(type.getSize())
               ? std::optional<int64_t>(type.getSize())
               : std::nullopt;
  };
  SmallVector<Operation *> ops;
  kernel.walk([&](Operation *op) {
    if (isa<MakeTileOp, TileIdOp, TileEndOp>(op))
      ops.push_back(op);
  });
  for (Operation *op : ops) {
    if (auto make = dyn_cast<MakeTileOp>(op)) {
      if (std::optional<int64_t> extent = getPaddedExtent(make))
        limitTile(make, *extent);
      continue;
    }
    Value tile = op->getOperand(0);
    bool isSlice = isa_and_nonnull<SliceOp>(getRootTile(tile).getDefiningOp());
    if (std::optional<int64_t> extent = getPaddedExtent(tile);
        extent && (isa<TileIdOp>(op) || isSlice))
      countByExtent(op, tile, *extent);
  }
  SmallVector<std::tuple<ReshapeOp, SmallVector<int64_t>, SmallVector<int64_t>>>
      moved;
  kernel.walk([&](ReshapeOp op) {
    auto source = dyn_cast<RankedTensorType>(op.getSource().getType());
    auto result = dyn_cast<RankedTensorType>(op.getType());
    if (source && result && movesElements(source.getShape(), result.getShape()))
      moved.emplace_back(op, source.getShape(), result.getShape());
  });
  WalkResult padded = kernel.walk([](Operation *op) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          argument.setType(padType(argument.getType()));
    for (Value result : op->getResults())
      result.setType(padType(result.getType()));
    auto constant = dyn_cast<arith::ConstantOp>(op);
    auto dense = constant ? dyn_cast<DenseElementsAttr>(constant.getValue())
                          : DenseElementsAttr();
    if (!dense || dense.getType() == constant.getType())
      return WalkResult::advance();
    if (!dense.isSplat()) {
      constant.emitError(
          "expects extents that are powers of two of a constant with "
          "several values but got ")
          << dense.getType();
      return WalkResult::interrupt();
    }
    constant.setValueAttr(
        DenseElementsAttr::get(cast<ShapedType>(constant.getType()),
                               dense.getSplatValue<Attribute>()));
    return WalkResult::advance();
  });
  if (padded.wasInterrupted())
    return failure();
  for (auto &[op, source, result] : moved)
    moveElements(op, source, result);
  return success();
}

/// Twice as long along `dim`: each element followed by a zero.
static Value interleaveZeros(OpBuilder &builder, Location loc, Value value,
                             int64_t dim) {
  auto type = cast<RankedTensorType>(value.getType());
  Type element = type.getElementType();
  Value zero = arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, builder.getZeroAttr(element)));
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(2);
  Value joined = JoinOp::create(
      builder, loc, RankedTensorType::get(shape, element), value, zero);
  int64_t rank = type.getRank();
  if (dim != rank - 1) {
    SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
    order.insert(order.begin() + dim + 1, rank);
    SmallVector<int64_t> permuted =
        llvm::map_to_vector(order, [&](int64_t from) { return shape[from]; });
    joined = PermuteOp::create(
        builder, loc, RankedTensorType::get(permuted, element), joined, order);
  }
  SmallVector<int64_t> merged(type.getShape());
  merged[dim] *= 2;
  return ReshapeOp::create(builder, loc, RankedTensorType::get(merged, element),
                           joined);
}

bool mlir::helion::isShortDot(DotOp op) {
  auto lhs = cast<RankedTensorType>(op.getLhs().getType());
  return lhs.getShape().back() < getMinimalK(lhs.getElementType());
}

void mlir::helion::lengthenDot(DotOp op) {
  OpBuilder builder(op);
  int64_t rank = cast<RankedTensorType>(op.getType()).getRank();
  for (auto [operand, dim] : {std::pair(&op.getLhsMutable(), rank - 1),
                              std::pair(&op.getRhsMutable(), rank - 2)}) {
    Value value = operand->get();
    int64_t minimum = getMinimalK(getElementTypeOrSelf(value.getType()));
    while (cast<RankedTensorType>(value.getType()).getDimSize(dim) < minimum)
      value = interleaveZeros(builder, op.getLoc(), value, dim);
    operand->set(value);
  }
}
