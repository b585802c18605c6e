//===- RollReductions.cpp - Long reductions walk in chunks -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dimension that is reduced is walked by one loop per stage. Stage 0 holds the
// reductions that depend on no other over this dimension, stage 1 those that
// depend on stage 0, and so on; a store stands in the stage of what it writes. Each
// loop loads and computes again what its stage needs, which is what makes long
// rows fit registers.
//
// A dimension stays whole where a value along it would have to be carried from
// loop to loop, or where loading again could see what was stored in between.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/DimensionClasses.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONROLLREDUCTIONS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// The value that changes nothing when combined under `kind`.
static TypedAttr getNeutral(Builder &builder, ReductionKind kind, Type type) {
  if (auto number = dyn_cast<FloatType>(type)) {
    const llvm::fltSemantics &semantics = number.getFloatSemantics();
    switch (kind) {
    case ReductionKind::Prod:
      return builder.getFloatAttr(type, 1.0);
    case ReductionKind::Max:
      return builder.getFloatAttr(type, APFloat::getInf(semantics, true));
    case ReductionKind::Min:
      return builder.getFloatAttr(type, APFloat::getInf(semantics, false));
    default:
      return builder.getFloatAttr(type, 0.0);
    }
  }
  unsigned width = type.getIntOrFloatBitWidth();
  bool isBool = width == 1;
  switch (kind) {
  case ReductionKind::Prod:
    return builder.getIntegerAttr(type, 1);
  case ReductionKind::Max:
    return builder.getIntegerAttr(
        type, isBool ? APInt(1, 0) : APInt::getSignedMinValue(width));
  case ReductionKind::Min:
    return builder.getIntegerAttr(
        type, isBool ? APInt(1, 1) : APInt::getSignedMaxValue(width));
  case ReductionKind::And:
    return builder.getIntegerAttr(type, APInt::getAllOnes(width));
  default:
    return builder.getIntegerAttr(type, APInt(width, 0));
  }
}

/// Two partial results under `kind`; scalars or tensors of one type.
static Value combinePartials(OpBuilder &builder, Location loc,
                             ReductionKind kind, Value a, Value b) {
  Type element = getElementTypeOrSelf(a.getType());
  bool isFloat = isa<FloatType>(element), isBool = element.isInteger(1);
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
  llvm_unreachable("positions have no partial results");
}

static Value createConstant(OpBuilder &builder, Location loc, TypedAttr number,
                            Type type) {
  Value scalar = arith::ConstantOp::create(builder, loc, number);
  if (!isa<RankedTensorType>(type))
    return scalar;
  return FullOp::create(builder, loc, type, scalar);
}

static Value baseOf(Operation *op) {
  for (Value operand : op->getOperands())
    if (isa<MemRefType>(operand.getType()))
      return operand;
  return {};
}

static bool writes(Operation *op) {
  return isa<StoreOp, AtomicRmwOp, AtomicCasOp>(op);
}

//===----------------------------------------------------------------------===//
// One dimension of one block
//===----------------------------------------------------------------------===//

namespace {
class DimensionRoller {
public:
  DimensionRoller(Block &block, int64_t reduction, int64_t chunk,
                  int64_t loopOrdinal)
      : block(block), reduction(reduction), chunk(chunk),
        loopOrdinal(loopOrdinal), classes(block), builder(block.getParentOp()) {
  }

  /// Splits the block into loops; on failure says why in `reason`, and nothing
  /// changed.
  LogicalResult roll(StringRef &reason);

private:
  bool isMember(Operation &op) const;
  bool isReducing(Operation *op) const {
    return classes.reducedClass(op) == group;
  }
  bool isSink(Operation *op) const { return isReducing(op) || writes(op); }
  void assignStages();
  void noteReads();
  LogicalResult checkMemory(StringRef &reason) const;
  SmallVector<Operation *> sinksOf(unsigned stage) const;
  llvm::SetVector<Operation *> neededBy(ArrayRef<Operation *> sinks) const;
  void emitLoop(ArrayRef<Operation *> sinks);
  Operation *cloneForTile(Operation *op, Value tile, unsigned stage,
                          IRMapping &mapping);
  Value makeForTile(OpOperand &operand, int64_t dim, Value tile);
  Type resized(Type type, int64_t dim) const;

  Block &block;
  int64_t reduction, chunk, loopOrdinal;
  DimensionClasses classes;
  OpBuilder builder;
  unsigned group = 0;
  int64_t extent = 0;
  SmallVector<Operation *> members;
  llvm::DenseMap<Operation *, unsigned> stages;
  /// The stages that need a load, first and last.
  llvm::DenseMap<Operation *, std::pair<unsigned, unsigned>> reads;
  unsigned lastStage = 0;
};
} // namespace

bool DimensionRoller::isMember(Operation &op) const {
  if (op.getNumResults() == 1 && isMadeForAnyPart(op.getResult(0)))
    return false;
  return llvm::any_of(op.getOpOperands(),
                      [&](OpOperand &operand) {
                        return classes.dimOf(operand, group) >= 0;
                      }) ||
         llvm::any_of(op.getResults(), [&](Value result) {
           return classes.dimOf(result, group) >= 0;
         });
}

/// The first stage in which an operation can run: behind the loops whose results it
/// needs.
void DimensionRoller::assignStages() {
  for (Operation &op : block) {
    unsigned stage = 0;
    op.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands()) {
        Operation *maker = operand.getDefiningOp();
        if (!maker || maker->getBlock() != &block)
          continue;
        bool isLater = llvm::is_contained(members, maker) && isReducing(maker);
        stage = std::max(stage, stages.lookup(maker) + isLater);
      }
    });
    stages[&op] = stage;
    if (isMember(op)) {
      members.push_back(&op);
      if (isSink(&op))
        lastStage = std::max(lastStage, stage);
    }
  }
}

/// The members that the sinks of one stage are computed from, in program order.
llvm::SetVector<Operation *>
DimensionRoller::neededBy(ArrayRef<Operation *> sinks) const {
  llvm::SetVector<Operation *> needed(sinks.begin(), sinks.end());
  for (size_t next = 0; next < needed.size(); ++next)
    for (OpOperand &operand : needed[next]->getOpOperands())
      // The result of a reduction comes from its loop.
      if (Operation *maker = operand.get().getDefiningOp();
          maker && llvm::is_contained(members, maker) && !isReducing(maker))
        needed.insert(maker);
  llvm::SetVector<Operation *> ordered;
  for (Operation *op : members)
    if (needed.contains(op))
      ordered.insert(op);
  return ordered;
}

SmallVector<Operation *> DimensionRoller::sinksOf(unsigned stage) const {
  return llvm::filter_to_vector(members, [&](Operation *op) {
    return isSink(op) && stages.lookup(op) == stage;
  });
}

void DimensionRoller::noteReads() {
  for (unsigned stage = 0; stage <= lastStage; ++stage)
    for (Operation *op : neededBy(sinksOf(stage)))
      if (isa<LoadOp>(op))
        reads.try_emplace(op, stage, stage).first->second.second = stage;
}

/// Loading a tensor again must give what the first load gave: it is written in the
/// last stage that reads it at the earliest, element by element.
LogicalResult DimensionRoller::checkMemory(StringRef &reason) const {
  SmallVector<Operation *> writers = llvm::filter_to_vector(members, writes);
  for (Operation *writer : writers) {
    for (unsigned stage = stages.lookup(writer); stage <= lastStage; ++stage) {
      for (Operation *op : neededBy(sinksOf(stage))) {
        if (op == writer || baseOf(op) != baseOf(writer))
          continue;
        auto load = dyn_cast<LoadOp>(op);
        auto store = dyn_cast<StoreOp>(writer);
        bool sameElements = load && store && stage == stages.lookup(writer) &&
                            load->isBeforeInBlock(store) &&
                            load.getIndices() == store.getIndices();
        if (!sameElements) {
          reason = "a tensor that is written is read again";
          return failure();
        }
      }
    }
  }
  // Other operations keep their order, but may change places with the loops.
  for (Operation &op : block) {
    if (llvm::is_contained(members, &op) || isMemoryEffectFree(&op))
      continue;
    bool conflicts = false;
    op.walk([&](Operation *inner) {
      Value base = baseOf(inner);
      if (!base)
        return;
      conflicts |= llvm::any_of(
          writers, [&](Operation *writer) { return baseOf(writer) == base; });
      conflicts |=
          writes(inner) && llvm::any_of(members, [&](Operation *load) {
            return baseOf(load) == base &&
                   (stages.lookup(&op) > 0 || load->isBeforeInBlock(&op));
          });
    });
    if (conflicts) {
      reason = "a tensor that is written is used elsewhere as well";
      return failure();
    }
  }
  return success();
}

Type DimensionRoller::resized(Type type, int64_t dim) const {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || dim < 0)
    return type;
  SmallVector<int64_t> shape(tensor.getShape());
  shape[dim] = chunk;
  return RankedTensorType::get(shape, tensor.getElementType());
}

/// A tile of a `:` is the loop's tile, moved to where the `:` starts.
static Value moveTile(OpBuilder &builder, Location loc, Value tile,
                      Value slice) {
  Value start = slice.getDefiningOp<SliceOp>().getStart();
  if (matchPattern(start, m_Zero()))
    return tile;
  return ShiftTileOp::create(builder, loc, tile, start);
}

/// The part of a value that can be made for any part.
Value DimensionRoller::makeForTile(OpOperand &operand, int64_t dim,
                                   Value tile) {
  Operation *maker = operand.get().getDefiningOp();
  Location loc = maker->getLoc();
  auto type = cast<RankedTensorType>(resized(operand.get().getType(), dim));
  if (auto full = dyn_cast<FullOp>(maker))
    return FullOp::create(builder, loc, type, full.getValue());
  if (auto constant = dyn_cast<arith::ConstantOp>(maker)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    return arith::ConstantOp::create(builder, loc, splat.resizeSplat(type));
  }
  if (auto index = dyn_cast<TileIndexOp>(maker))
    return TileIndexOp::create(builder, loc, type,
                               moveTile(builder, loc, tile, index.getTile()));
  return TileIndexOp::create(builder, loc, type, tile);
}

Operation *DimensionRoller::cloneForTile(Operation *op, Value tile,
                                         unsigned stage, IRMapping &mapping) {
  SmallVector<std::pair<unsigned, Value>> replaced;
  for (OpOperand &operand : op->getOpOperands())
    if (int64_t dim = classes.dimOf(operand, group);
        dim >= 0 && isMadeForAnyPart(operand.get()))
      replaced.push_back(
          {operand.getOperandNumber(), makeForTile(operand, dim, tile)});
  auto replaceSlices = [&](auto access, Value value, OpOperand *stored) {
    int64_t wanted =
        stored ? classes.dimOf(*stored, group) : classes.dimOf(value, group);
    unsigned first = access.getIndices().getBeginOperandIndex();
    for (auto [position, dim] : llvm::enumerate(access.resolveIndexDims()))
      if (dim == wanted && dim >= 0)
        replaced.push_back(
            {first + position, moveTile(builder, op->getLoc(), tile,
                                        access.getIndices()[position])});
  };
  if (auto load = dyn_cast<LoadOp>(op))
    replaceSlices(load, load.getResult(), nullptr);
  else if (auto store = dyn_cast<StoreOp>(op))
    replaceSlices(store, {}, &store.getValueMutable());
  else if (auto atomic = dyn_cast<AtomicRmwOp>(op))
    replaceSlices(atomic, atomic.getResult(), nullptr);
  else if (auto swap = dyn_cast<AtomicCasOp>(op))
    replaceSlices(swap, swap.getResult(), nullptr);

  Operation *copy = builder.clone(*op, mapping);
  copy->removeAttr(kReductionAttrName);
  if (auto read = reads.find(op);
      read != reads.end() && read->second.first != read->second.second)
    copy->setAttr(kReuseAttrName,
                  builder.getBoolAttr(stage != read->second.second));
  for (auto [position, value] : replaced)
    copy->setOperand(position, value);
  for (auto [before, after] :
       llvm::zip_equal(op->getResults(), copy->getResults()))
    after.setType(resized(after.getType(), classes.dimOf(before, group)));
  return copy;
}

/// One loop that computes the sinks of a stage.
void DimensionRoller::emitLoop(ArrayRef<Operation *> sinks) {
  Location loc = sinks.front()->getLoc();
  SmallVector<Operation *> reducing;
  SmallVector<Value> inits;
  for (Operation *sink : sinks) {
    if (!isReducing(sink))
      continue;
    reducing.push_back(sink);
    Type type = sink->getResult(0).getType();
    Type element = getElementTypeOrSelf(type);
    if (auto dot = dyn_cast<DotOp>(sink)) {
      inits.push_back(
          dot.getAcc()
              ? dot.getAcc()
              : createConstant(builder, loc,
                               cast<TypedAttr>(builder.getZeroAttr(element)),
                               type));
      continue;
    }
    ReductionKind kind = *cast<ReduceOp>(sink).getKind();
    inits.push_back(
        createConstant(builder, loc, getNeutral(builder, kind, element), type));
  }
  Type indexType = builder.getI32Type();
  Value lower = arith::ConstantOp::create(builder, loc,
                                          builder.getIntegerAttr(indexType, 0));
  Value upper = arith::ConstantOp::create(
      builder, loc, builder.getIntegerAttr(indexType, extent));
  SmallVector<Type> types =
      llvm::map_to_vector(inits, [](Value init) { return init.getType(); });
  auto loop = TileForOp::create(builder, loc, types, ValueRange{lower},
                                ValueRange{upper}, inits,
                                builder.getI64ArrayAttr({chunk}), loopOrdinal);
  SmallVector<Type> arguments{TileType::get(builder.getContext(), chunk)};
  llvm::append_range(arguments, types);
  SmallVector<Location> locations(arguments.size(), loc);
  OpBuilder::InsertionGuard guard(builder);
  Block *body = builder.createBlock(&loop.getBody(), {}, arguments, locations);
  Value tile = body->getArgument(0);
  IRMapping mapping;
  llvm::DenseMap<Operation *, Value> next;
  for (Operation *op : neededBy(sinks)) {
    Operation *copy =
        cloneForTile(op, tile, stages.lookup(sinks.front()), mapping);
    auto place = llvm::find(reducing, op);
    if (place == reducing.end())
      continue;
    Value carried = body->getArgument(1 + (place - reducing.begin()));
    if (auto dot = dyn_cast<DotOp>(copy)) {
      dot.getAccMutable().assign(carried);
      next[op] = dot.getResult();
      continue;
    }
    next[op] =
        combinePartials(builder, op->getLoc(), *cast<ReduceOp>(op).getKind(),
                        carried, copy->getResult(0));
  }
  YieldOp::create(builder, loc,
                  llvm::map_to_vector(reducing, [&](Operation *op) {
                    return next.lookup(op);
                  }));
  for (auto [op, result] : llvm::zip_equal(reducing, loop.getResults()))
    op->getResult(0).replaceAllUsesWith(result);
}

LogicalResult DimensionRoller::roll(StringRef &reason) {
  std::optional<unsigned> found;
  for (Operation &op : block)
    if (auto label = op.getAttrOfType<IntegerAttr>(kReductionAttrName);
        label && label.getInt() == reduction)
      found = classes.reducedClass(&op);
  if (!found) {
    reason = "its reductions go over more than one dimension";
    return failure();
  }
  group = *found;
  if (reason = classes.whyWhole(group); !reason.empty())
    return failure();
  extent = cast<IntegerAttr>(classes.extentOf(group)).getInt();
  assignStages();
  for (Operation *op : members)
    if (op->getNumResults() > 0 && !isReducing(op) &&
        llvm::any_of(op->getUsers(), [&](Operation *user) {
          return !llvm::is_contained(members, user);
        })) {
      reason = "a value along it is used as a whole";
      return failure();
    }
  if (failed(checkMemory(reason)))
    return failure();
  noteReads();

  SmallVector<Operation *> others;
  for (Operation &op : block)
    if (!llvm::is_contained(members, &op) &&
        !op.hasTrait<OpTrait::IsTerminator>())
      others.push_back(&op);
  // A terminator may be missing in a grid's body.
  Operation *end =
      !block.empty() && block.back().hasTrait<OpTrait::IsTerminator>()
          ? &block.back()
          : nullptr;
  auto moveToEnd = [&](Operation *op) {
    if (end)
      op->moveBefore(end);
    else
      op->moveBefore(&block, block.end());
  };
  for (unsigned stage = 0; stage <= lastStage + 1; ++stage) {
    for (Operation *op : others)
      if (stages.lookup(op) == stage)
        moveToEnd(op);
    SmallVector<Operation *> sinks = sinksOf(stage);
    if (sinks.empty())
      continue;
    if (end)
      builder.setInsertionPoint(end);
    else
      builder.setInsertionPointToEnd(&block);
    emitLoop(sinks);
  }
  for (Operation *op : llvm::reverse(members))
    op->erase();
  return success();
}

namespace {
struct RollReductionsPass
    : public helion::impl::HelionRollReductionsBase<RollReductionsPass> {
  using HelionRollReductionsBase::HelionRollReductionsBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    ConfigAttr config = kernel.getConfig();
    auto extents =
        kernel->getAttrOfType<DenseI64ArrayAttr>(kReductionExtentsAttrName);
    if (!config || !extents)
      return;
    auto chunks = config.getEntries().getAs<ArrayAttr>("reduction_loops");
    int64_t loops = 0;
    kernel.walk([&](TileForOp loop) {
      loops = std::max<int64_t>(loops, loop.getOrdinal() + loop.getNumDims());
    });
    for (auto [reduction, extent] : llvm::enumerate(extents.asArrayRef())) {
      auto chunk = chunks && reduction < chunks.size()
                       ? dyn_cast<IntegerAttr>(chunks[reduction])
                       : IntegerAttr();
      if (!chunk || chunk.getInt() >= extent)
        continue;
      llvm::SetVector<Block *> blocks;
      kernel.walk([&](Operation *op) {
        auto label = op->getAttrOfType<IntegerAttr>(kReductionAttrName);
        if (label && label.getInt() == static_cast<int64_t>(reduction))
          blocks.insert(op->getBlock());
      });
      for (Block *block : blocks) {
        StringRef reason;
        DimensionRoller roller(*block, reduction, chunk.getInt(),
                               loops + reduction);
        if (failed(roller.roll(reason)))
          block->getParentOp()->emitRemark("reduction ")
              << reduction << " over " << extent
              << " elements is not rolled: " << reason;
      }
    }
    kernel.walk([](Operation *op) { op->removeAttr(kReductionAttrName); });
    kernel->removeAttr(kReductionExtentsAttrName);
  }
};
} // namespace
