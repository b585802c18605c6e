//===- DimFlow.cpp - Dimensions through operations -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/DimFlow.h"

#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::helion;

using DimUses = FailureOr<SmallVector<DimUse>>;

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

int64_t mlir::helion::getExtent(Type type, int64_t dim) {
  if (auto tile = dyn_cast<TileType>(type))
    return tile.getSize();
  return cast<RankedTensorType>(type).getDimSize(dim);
}

Type mlir::helion::withExtent(Type type, int64_t dim, int64_t extent) {
  if (isa<TileType>(type))
    return TileType::get(type.getContext(), extent);
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  shape[dim] = extent;
  return RankedTensorType::get(shape, tensor.getElementType());
}

Value mlir::helion::getDomain(Operation *op) {
  if (auto store = dyn_cast<StoreOp>(op))
    return store.getValue();
  return op->getNumResults() > 0 ? op->getResult(0) : Value();
}

/// The operands in `operands` that are tensors, with dimension `dim`.
static SmallVector<DimUse> takeAll(MutableArrayRef<OpOperand> operands,
                                   int64_t dim) {
  SmallVector<DimUse> uses;
  for (OpOperand &operand : operands)
    if (isa<RankedTensorType>(operand.get().getType()))
      uses.push_back({&operand, dim});
  return uses;
}

/// The index list makes the dimensions, and what broadcasts to them may have
/// them; `values` have all.
template <typename OpTy> static DimUses visitAccess(OpTy op, int64_t dim) {
  SmallVector<int64_t> made = op.resolveIndexDims();
  SmallVector<DimUse> uses;
  unsigned firstIndex = op.getBaseMutable().getOperandNumber() + 1;
  for (OpOperand &operand : op->getOpOperands()) {
    Type type = operand.get().getType();
    unsigned position = operand.getOperandNumber() - firstIndex;
    if (auto tensor = dyn_cast<RankedTensorType>(type)) {
      if (tensor.getDimSize(dim) != 1)
        uses.push_back({&operand, dim});
    } else if (isa<TileType>(type) && made[position] == dim) {
      uses.push_back({&operand, 0});
    }
  }
  return uses;
}

/// A dimension that is neither split nor merged.
static DimUses visitReshape(ReshapeOp op, int64_t dim) {
  if (!isa<RankedTensorType>(op.getSource().getType()))
    return failure();
  for (const ReshapeGroup &group :
       getReshapeGroups(getShape(op.getSource()), getShape(op.getResult())))
    if (group.result == ArrayRef(dim) && group.source.size() == 1)
      return SmallVector<DimUse>{
          {&op.getSourceMutable(), group.source.front()}};
  return failure();
}

static DimUses visitDot(DotOp op, int64_t dim) {
  int64_t rank = getShape(op.getResult()).size();
  SmallVector<DimUse> uses;
  if (dim != rank - 1)
    uses.push_back({&op.getLhsMutable(), dim});
  if (dim != rank - 2)
    uses.push_back({&op.getRhsMutable(), dim});
  for (OpOperand &acc : op.getAccMutable())
    uses.push_back({&acc, dim});
  return uses;
}

/// Scales have the extent that stays in front, on either side.
static DimUses visitDotScaled(DotScaledOp op, int64_t dim) {
  SmallVector<DimUse> uses;
  if (dim == 0) {
    uses.push_back({&op.getLhsMutable(), 0});
    for (OpOperand &scale : op.getLhsScaleMutable())
      uses.push_back({&scale, 0});
  } else {
    uses.push_back({&op.getRhsMutable(), 1});
    for (OpOperand &scale : op.getRhsScaleMutable())
      uses.push_back({&scale, 0});
  }
  for (OpOperand &acc : op.getAccMutable())
    uses.push_back({&acc, dim});
  return uses;
}

static DimUses visitReduce(ReduceOp op, int64_t dim) {
  for (int64_t gone : op.getDims())
    if (gone <= dim)
      ++dim;
  return takeAll(op->getOpOperands(), dim);
}

DimUses mlir::helion::getDimUses(Operation *op, int64_t dim) {
  if (op->hasTrait<OpTrait::Elementwise>() || isa<InlineAsmOp>(op))
    return takeAll(op->getOpOperands(), dim);
  using Uses = SmallVector<DimUse>;
  return llvm::TypeSwitch<Operation *, DimUses>(op)
      .Case<arith::ConstantOp, FullOp, ArangeOp, MakeTileOp, SliceOp>(
          [](auto) { return Uses(); })
      .Case<ShiftTileOp, TileIndexOp, TileMaskOp>(
          [](auto tile) { return Uses{{&tile.getTileMutable(), 0}}; })
      .Case<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp>(
          [&](auto access) { return visitAccess(access, dim); })
      .Case([&](DotOp dot) { return visitDot(dot, dim); })
      .Case([&](DotScaledOp dot) { return visitDotScaled(dot, dim); })
      .Case([&](ReduceOp reduce) { return visitReduce(reduce, dim); })
      .Case([&](ScanOp scan) -> DimUses {
        if (dim == static_cast<int64_t>(scan.getAxis()))
          return failure();
        return takeAll(scan->getOpOperands(), dim);
      })
      .Case([&](SortOp sort) -> DimUses {
        if (dim + 1 == static_cast<int64_t>(getShape(sort.getSource()).size()))
          return failure();
        return Uses{{&sort.getSourceMutable(), dim}};
      })
      .Case([&](GatherOp gather) -> DimUses {
        if (dim == static_cast<int64_t>(gather.getAxis()))
          return Uses{{&gather.getIndicesMutable(), dim}};
        return takeAll(gather->getOpOperands(), dim);
      })
      .Case([&](ExpandDimsOp expand) -> DimUses {
        int64_t axis = expand.getAxis();
        if (dim == axis)
          return failure();
        return Uses{{&expand.getSourceMutable(), dim < axis ? dim : dim - 1}};
      })
      .Case([&](BroadcastOp broadcast) -> DimUses {
        if (getShape(broadcast.getSource())[dim] == 1)
          return Uses();
        return Uses{{&broadcast.getSourceMutable(), dim}};
      })
      .Case([&](ReshapeOp reshape) { return visitReshape(reshape, dim); })
      .Case([&](PermuteOp permute) -> DimUses {
        return Uses{{&permute.getSourceMutable(), permute.getOrder()[dim]}};
      })
      .Case([&](JoinOp join) -> DimUses {
        if (dim + 1 == static_cast<int64_t>(getShape(join.getResult()).size()))
          return failure();
        return takeAll(join->getOpOperands(), dim);
      })
      .Case(
          [&](SplitOp split) { return Uses{{&split.getSourceMutable(), dim}}; })
      .Default([](Operation *) { return failure(); });
}

FailureOr<int64_t> mlir::helion::getDomainDim(OpOperand &operand, int64_t dim) {
  Value domain = getDomain(operand.getOwner());
  if (!domain)
    return failure();
  int64_t rank = 0;
  if (auto tensor = dyn_cast<RankedTensorType>(domain.getType()))
    rank = tensor.getRank();
  else if (isa<TileType>(domain.getType()))
    rank = 1;
  for (int64_t result = 0; result < rank; ++result) {
    DimUses uses = getDimUses(operand.getOwner(), result);
    if (succeeded(uses) && llvm::any_of(*uses, [&](const DimUse &use) {
          return use.operand == &operand && use.dim == dim;
        }))
      return result;
  }
  return failure();
}
