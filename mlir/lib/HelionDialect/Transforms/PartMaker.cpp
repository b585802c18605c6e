//===- PartMaker.cpp - Operations part by part -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Values that a plan has cut are halved by reshape, permute and split, which
// compilers of tiles know how to do in registers, until there are enough parts.
//
//===----------------------------------------------------------------------===//

#include "PartMaker.h"

#include "helion/HelionDialect/Analysis/DimFlow.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace mlir::helion;

bool PartPlan::isRecomputable(Value value) {
  if (!isa<RankedTensorType, TileType>(value.getType()))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() > 0 || !isMemoryEffectFree(op))
    return false;
  auto known = recomputable.find(op);
  if (known != recomputable.end())
    return known->second;
  bool result = llvm::all_of(op->getOperands(), [&](Value operand) {
    return isRecomputable(operand);
  });
  return recomputable[op] = result;
}

void PartMaker::run(KernelOp kernel) {
  rewrite(kernel.getBody().front());
  // Loops that carried parts hold the last uses of each other's values.
  SmallVector<Operation *> erased;
  llvm::erase_if(rewritten, [&](Operation *op) {
    bool gone = op->getNumResults() == 0 ||
                llvm::any_of(op->getResults(), [&](Value v) {
                  return plan.getReplacedDim(v).has_value();
                });
    if (gone) {
      op->dropAllReferences();
      erased.push_back(op);
    }
    return gone;
  });
  for (Operation *op : erased)
    op->erase();
  // Of the others the whole may still be asked for.
  for (Operation *op : llvm::reverse(rewritten))
    if (op->use_empty())
      op->erase();
}

//===----------------------------------------------------------------------===//
// Parts of values
//===----------------------------------------------------------------------===//

Type PartMaker::partOf(Type type, int64_t dim) const {
  return withExtent(type, dim, getExtent(type, dim) / plan.factor);
}

ArrayRef<Value> PartMaker::getParts(Value value, int64_t dim) {
  SmallVector<Value> &known = parts[{value, dim}];
  if (known.empty()) {
    assert(plan.cuts.contains({value, dim}) && "expects parts to be planned");
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(value);
    cut(value, dim, plan.factor, known);
  }
  return known;
}

void PartMaker::cut(Value value, int64_t dim, int64_t count,
                    SmallVectorImpl<Value> &result) {
  if (count == 1) {
    result.push_back(value);
    return;
  }
  Location loc = value.getLoc();
  auto type = cast<RankedTensorType>(value.getType());
  int64_t rank = type.getRank(), half = type.getDimSize(dim) / 2;
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = half;
  auto halfType = RankedTensorType::get(shape, type.getElementType());
  shape.insert(shape.begin() + dim, 2);
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank + 1));
  order.erase(order.begin() + dim);
  order.push_back(dim);
  SmallVector<int64_t> permuted(halfType.getShape());
  permuted.push_back(2);
  Value halves = ReshapeOp::create(
      builder, loc, RankedTensorType::get(shape, type.getElementType()), value);
  halves = PermuteOp::create(
      builder, loc, RankedTensorType::get(permuted, type.getElementType()),
      halves, order);
  auto split = SplitOp::create(builder, loc, halfType, halfType, halves);
  cut(split.getLhs(), dim, count / 2, result);
  cut(split.getRhs(), dim, count / 2, result);
}

/// Each of `values`, or its parts where it has the rows.
SmallVector<Value>
PartMaker::spread(ValueRange values,
                  function_ref<std::optional<int64_t>(unsigned)> dim) {
  SmallVector<Value> result;
  for (auto [position, value] : llvm::enumerate(values)) {
    if (std::optional<int64_t> split = dim(position))
      llvm::append_range(result, getParts(value, *split));
    else
      result.push_back(value);
  }
  return result;
}

/// Takes `values`, in which `old[i]` is replaced by its parts where it has
/// them, for the old ones.
void PartMaker::adopt(ValueRange old, ValueRange values) {
  for (Value each : old) {
    std::optional<int64_t> dim = plan.getReplacedDim(each);
    size_t count = dim ? plan.factor : 1;
    if (dim)
      parts[{each, *dim}] = llvm::to_vector(values.take_front(count));
    else
      each.replaceAllUsesWith(values.front());
    values = values.drop_front(count);
  }
}

std::function<std::optional<int64_t>(unsigned)>
PartMaker::dimsOf(ValueRange values) {
  return
      [=](unsigned position) { return plan.getReplacedDim(values[position]); };
}

//===----------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------===//

void PartMaker::rewrite(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      rewriteLoop(loop);
    else if (auto branch = dyn_cast<scf::IfOp>(op))
      rewriteBranch(branch);
    else if (ArrayRef<int64_t> dims = plan.getDomainDims(&op); !dims.empty())
      rewriteOperation(&op, dims);
    else
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          rewrite(inner);
  }
}

void PartMaker::rewriteYield(Block &block, ValueRange results) {
  auto yield = cast<scf::YieldOp>(block.getTerminator());
  yield->setOperands(spread(yield.getOperands(), dimsOf(results)));
}

void PartMaker::rewriteLoop(scf::ForOp loop) {
  if (llvm::none_of(loop.getRegionIterArgs(),
                    [&](Value arg) { return plan.getReplacedDim(arg); })) {
    rewrite(*loop.getBody());
    return;
  }
  builder.setInsertionPoint(loop);
  auto split = scf::ForOp::create(
      builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(),
      loop.getStep(),
      spread(loop.getInitArgs(), dimsOf(loop.getRegionIterArgs())));
  split->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
  adopt(loop.getRegionIterArgs(), split.getRegionIterArgs());
  loop.getInductionVar().replaceAllUsesWith(split.getInductionVar());
  Block &body = *split.getBody();
  body.getOperations().splice(body.end(), loop.getBody()->getOperations());
  rewrite(body);
  rewriteYield(body, loop.getResults());
  adopt(loop.getResults(), split.getResults());
  rewritten.push_back(loop);
}

void PartMaker::rewriteBranch(scf::IfOp branch) {
  for (Region &region : branch->getRegions())
    for (Block &block : region)
      rewrite(block);
  if (llvm::none_of(branch.getResults(),
                    [&](Value result) { return plan.getReplacedDim(result); }))
    return;
  SmallVector<Type> types;
  for (Value result : branch.getResults()) {
    std::optional<int64_t> dim = plan.getReplacedDim(result);
    types.append(dim ? plan.factor : 1,
                 dim ? partOf(result.getType(), *dim) : result.getType());
  }
  builder.setInsertionPoint(branch);
  auto split =
      scf::IfOp::create(builder, branch.getLoc(), types, branch.getCondition());
  split->setDiscardableAttrs(branch->getDiscardableAttrDictionary());
  split.getThenRegion().takeBody(branch.getThenRegion());
  split.getElseRegion().takeBody(branch.getElseRegion());
  rewriteYield(*split.thenBlock(), branch.getResults());
  rewriteYield(*split.elseBlock(), branch.getResults());
  adopt(branch.getResults(), split.getResults());
  rewritten.push_back(branch);
}

void PartMaker::rewriteOperation(Operation *op, ArrayRef<int64_t> dims) {
  for (int64_t dim : dims) {
    SmallVector<DimUse> uses = *getDimUses(op, dim);
    SmallVector<SmallVector<Value>> results(op->getNumResults());
    builder.setInsertionPoint(op);
    for (int64_t part = 0; part < plan.factor; ++part) {
      Operation *copy = builder.clone(*op);
      for (const DimUse &use : uses)
        copy->setOperand(use.operand->getOperandNumber(),
                         getParts(use.operand->get(), use.dim)[part]);
      for (OpResult result : copy->getResults())
        result.setType(partOf(result.getType(), dim));
      made[copy] = part;
      copy = moveStart(copy, part);
      for (auto [list, result] : llvm::zip_equal(results, copy->getResults()))
        list.push_back(result);
    }
    for (auto [list, result] : llvm::zip_equal(results, op->getResults()))
      parts[{result, dim}] = std::move(list);
  }
  rewritten.push_back(op);
}

/// Sets what says where the positions start, for part number `part`.
Operation *PartMaker::moveStart(Operation *copy, int64_t part) {
  Location loc = copy->getLoc();
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(copy);
  auto add = [&](Value start, int64_t distance) -> Value {
    if (distance == 0)
      return start;
    Value offset = arith::ConstantOp::create(
        builder, loc, builder.getIntegerAttr(start.getType(), distance));
    return arith::AddIOp::create(builder, loc, start, offset);
  };
  if (auto constant = dyn_cast<arith::ConstantOp>(copy)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    constant.setValueAttr(
        splat.resizeSplat(cast<ShapedType>(constant.getType())));
  } else if (auto tile = dyn_cast<MakeTileOp>(copy)) {
    int64_t size = tile.getType().getSize();
    tile.getBeginMutable().assign(add(tile.getBegin(), part * size));
  } else if (auto slice = dyn_cast<SliceOp>(copy)) {
    int64_t size = slice.getType().getSize() * slice.getStep();
    slice.getStartMutable().assign(add(slice.getStart(), part * size));
  } else if (auto arange = dyn_cast<ArangeOp>(copy); arange && part > 0) {
    auto type = cast<RankedTensorType>(arange.getType());
    builder.setInsertionPointAfter(copy);
    Value offset = arith::ConstantOp::create(
        builder, loc,
        builder.getIntegerAttr(type.getElementType(),
                               part * type.getDimSize(0)));
    Value spreadOffset = FullOp::create(builder, loc, type, offset);
    return arith::AddIOp::create(builder, loc, arange, spreadOffset);
  }
  return copy;
}
