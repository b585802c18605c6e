//===- MaskReshapes.cpp - Reshapes of padded extents -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// 3 x 4 elements lie in 4 x 4 lanes, 12 in 16: a reshape between the two moves
// them. Each group of dimensions that belong together becomes one dimension,
// along which the elements are gathered from where they lie.
//
//===----------------------------------------------------------------------===//

#include "MaskDetail.h"

#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::helion;

/// Distances of neighbours along each dimension.
static SmallVector<int64_t> getStrides(ArrayRef<int64_t> extents) {
  SmallVector<int64_t> strides(extents.size(), 1);
  for (size_t dim = extents.size(); dim-- > 1;)
    strides[dim - 1] = strides[dim] * extents[dim];
  return strides;
}

static SmallVector<int64_t> pick(ArrayRef<int64_t> shape,
                                 ArrayRef<int64_t> dims) {
  return llvm::map_to_vector(dims, [&](int64_t dim) { return shape[dim]; });
}

namespace {
/// Arithmetic of a vector of places with numbers.
struct Places {
  OpBuilder &builder;
  Location loc;
  RankedTensorType type;

  Value number(int64_t value) const {
    return arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(type, static_cast<int32_t>(value)));
  }

  /// Coordinates of `place` in a box, row-major; each is in range.
  SmallVector<Value> split(Value place, ArrayRef<int64_t> extents) const {
    SmallVector<Value> coordinates;
    for (auto [extent, stride] :
         llvm::zip_equal(extents, getStrides(extents))) {
      Value whole = stride == 1 ? place
                                : arith::DivUIOp::create(builder, loc, place,
                                                         number(stride));
      coordinates.push_back(
          arith::RemUIOp::create(builder, loc, whole, number(extent)));
    }
    return coordinates;
  }

  /// The place of `coordinates` in a box, row-major.
  Value join(ArrayRef<Value> coordinates, ArrayRef<int64_t> extents) const {
    Value sum;
    for (auto [coordinate, stride] :
         llvm::zip_equal(coordinates, getStrides(extents))) {
      Value term = stride == 1 ? coordinate
                               : arith::MulIOp::create(builder, loc, coordinate,
                                                       number(stride));
      sum = sum ? arith::AddIOp::create(builder, loc, sum, term) : term;
    }
    return sum;
  }
};
} // namespace

bool mlir::helion::movesElements(ArrayRef<int64_t> source,
                                 ArrayRef<int64_t> result) {
  if (llvm::is_contained(source, 0))
    return true;
  return llvm::any_of(
      getReshapeGroups(source, result), [&](const ReshapeGroup &group) {
        return (group.source.size() > 1 || group.result.size() > 1) &&
               (llvm::any_of(pick(source, group.source), isPadded) ||
                llvm::any_of(pick(result, group.result), isPadded));
      });
}

static Value reshape(OpBuilder &builder, Location loc, Value value,
                     ArrayRef<int64_t> shape) {
  auto type = cast<RankedTensorType>(value.getType());
  if (type.getShape() == shape)
    return value;
  return ReshapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), value);
}

/// Along `axis` of `value` the elements at `places`, a vector.
static Value gather(OpBuilder &builder, Location loc, Value value, Value places,
                    int64_t axis) {
  auto type = cast<RankedTensorType>(value.getType());
  auto vector = cast<RankedTensorType>(places.getType());
  SmallVector<int64_t> thin(vector.getShape()), shape(type.getShape());
  shape[axis] = thin.front();
  for (int64_t dim = 0; dim < type.getRank(); ++dim) {
    if (dim == axis)
      continue;
    thin.insert(thin.begin() + dim, 1);
    places = ExpandDimsOp::create(
        builder, loc, RankedTensorType::get(thin, vector.getElementType()),
        places, builder.getI64IntegerAttr(dim));
  }
  if (thin != shape)
    places = BroadcastOp::create(
        builder, loc, RankedTensorType::get(shape, vector.getElementType()),
        places);
  return GatherOp::create(builder, loc,
                          RankedTensorType::get(shape, type.getElementType()),
                          value, places, builder.getI64IntegerAttr(axis));
}

void mlir::helion::moveElements(ReshapeOp op, ArrayRef<int64_t> source,
                                ArrayRef<int64_t> result) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto sourceType = cast<RankedTensorType>(op.getSource().getType());
  auto resultType = cast<RankedTensorType>(op.getType());
  if (llvm::is_contained(source, 0)) {
    Value nothing = arith::ConstantOp::create(
        builder, loc, cast<TypedAttr>(builder.getZeroAttr(resultType)));
    op.replaceAllUsesWith(nothing);
    op.erase();
    return;
  }
  SmallVector<ReshapeGroup> groups = getReshapeGroups(source, result);
  SmallVector<int64_t> merged;
  for (const ReshapeGroup &group : groups) {
    merged.push_back(1);
    for (int64_t extent : pick(sourceType.getShape(), group.source))
      merged.back() *= extent;
  }
  Value value = reshape(builder, loc, op.getSource(), merged);
  for (auto [axis, group] : llvm::enumerate(groups)) {
    if (!movesElements(pick(source, group.source), pick(result, group.result)))
      continue;
    SmallVector<int64_t> lanes = pick(resultType.getShape(), group.result);
    int64_t count = 1;
    for (int64_t extent : lanes)
      count *= extent;
    auto type = RankedTensorType::get({count}, builder.getI32Type());
    Places places{builder, loc, type};
    // From the lane of the result to its element, to the lane of the source.
    Value element =
        places.join(places.split(ArangeOp::create(builder, loc, type), lanes),
                    pick(result, group.result));
    Value lane = places.join(places.split(element, pick(source, group.source)),
                             pick(sourceType.getShape(), group.source));
    value = gather(builder, loc, value, lane, axis);
  }
  op.replaceAllUsesWith(reshape(builder, loc, value, resultType.getShape()));
  op.erase();
}
