//===- MaskLanes.cpp - Mask what has dead lanes -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MaskDetail.h"

#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::helion;

/// The element that changes nothing in a reduction of `kind`; null for the
/// kinds that have none in this type.
static TypedAttr getNeutral(ReductionKind kind, Type element) {
  Builder builder(element.getContext());
  auto type = dyn_cast<FloatType>(element);
  auto extreme = [&](bool lowest) -> TypedAttr {
    if (type) {
      const llvm::fltSemantics &semantics = type.getFloatSemantics();
      APFloat value = APFloat::semanticsHasInf(semantics)
                          ? APFloat::getInf(semantics, lowest)
                          : APFloat::getLargest(semantics, lowest);
      return builder.getFloatAttr(element, value);
    }
    unsigned width = element.getIntOrFloatBitWidth();
    // Booleans have no sign.
    if (width == 1)
      return builder.getBoolAttr(!lowest);
    return builder.getIntegerAttr(element,
                                  lowest ? APInt::getSignedMinValue(width)
                                         : APInt::getSignedMaxValue(width));
  };
  switch (kind) {
  case ReductionKind::Sum:
    return builder.getZeroAttr(element);
  case ReductionKind::Or:
  case ReductionKind::Xor:
    return type ? TypedAttr() : builder.getZeroAttr(element);
  case ReductionKind::Prod:
    return builder.getOneAttr(element);
  case ReductionKind::Max:
  case ReductionKind::ArgMax:
    return extreme(/*lowest=*/true);
  case ReductionKind::Min:
  case ReductionKind::ArgMin:
    return extreme(/*lowest=*/false);
  case ReductionKind::And:
    return type ? TypedAttr()
                : builder.getIntegerAttr(
                      element,
                      APInt::getAllOnes(element.getIntOrFloatBitWidth()));
  }
  llvm_unreachable("all kinds are covered");
}

namespace {
class Masker {
public:
  explicit Masker(KernelOp kernel)
      : kernel(kernel), dominance(kernel), masks(kernel, dominance) {}

  LogicalResult run() {
    // Each round keeps values in at least one more loop.
    do {
      if (failed(analyze()))
        return failure();
      escaped.clear();
      planning = true;
      if (failed(maskAll()))
        return failure();
      planning = false;
    } while (keepEscaped());
    if (failed(maskAll()))
      return failure();
    // Speaks to the analysis only.
    kernel.walk([](arith::SelectOp op) { op->removeAttr(kKeepsOldAttrName); });
    return success();
  }

private:
  LogicalResult analyze() {
    solver = std::make_unique<DataFlowSolver>();
    solver->load<PaddingAnalysis>();
    dataflow::loadBaselineAnalyses(*solver);
    if (failed(solver->initializeAndRun(kernel)))
      return kernel.emitError("the padding analysis failed");
    return success();
  }

  LogicalResult maskAll() {
    SmallVector<Operation *> ops;
    kernel.walk([&](Operation *op) {
      if (isa<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp, ReduceOp, ScanOp,
              SortOp, GatherOp, DotOp, DotScaledOp, ReshapeOp>(op))
        ops.push_back(op);
    });
    for (Operation *op : ops) {
      LogicalResult masked =
          llvm::TypeSwitch<Operation *, LogicalResult>(op)
              .Case([&](LoadOp load) {
                return maskAccess(load, load.getResult());
              })
              .Case([&](StoreOp store) {
                return maskAccess(store, store.getValue());
              })
              .Case([&](AtomicRmwOp rmw) {
                return maskAccess(rmw, rmw.getValue());
              })
              .Case([&](AtomicCasOp cas) {
                return maskAccess(cas, cas.getValue());
              })
              .Case([&](ReduceOp reduce) { return maskReduce(reduce); })
              .Case([&](ScanOp scan) { return maskScan(scan); })
              .Case([&](SortOp sort) { return maskSort(sort); })
              .Case([&](GatherOp gather) { return maskGather(gather); })
              .Case([&](DotOp dot) { return maskDot(dot); })
              .Case([&](DotScaledOp dot) { return maskDotScaled(dot); })
              .Case([&](ReshapeOp reshape) { return checkReshape(reshape); });
      if (failed(masked))
        return failure();
    }
    // Last: the analysis does not know what they make.
    for (auto [scan, live] : tracked)
      scanLiveLanes(scan, live);
    return success();
  }

  /// While planning: remembers which of the tiles are out of scope at `user`.
  bool plan(ArrayRef<Bound> bounds, Operation *user) {
    if (!planning)
      return false;
    for (const Bound &bound : bounds)
      if (bound.tile && !dominance.properlyDominates(bound.tile, user) &&
          !llvm::is_contained(escaped, bound.tile))
        escaped.push_back(bound.tile);
    return true;
  }

  /// Masks the updates of values that loops carry over the lanes of an escaped
  /// tile. True if there are any.
  bool keepEscaped() {
    bool changed = false;
    for (Value tile : escaped) {
      auto loop = dyn_cast<scf::ForOp>(tile.getParentBlock()->getParentOp());
      if (!loop)
        continue;
      auto yield = cast<scf::YieldOp>(loop.getBody()->getTerminator());
      for (auto [operand, carried] :
           llvm::zip_equal(yield->getOpOperands(), loop.getRegionIterArgs()))
        changed |= keepOld(operand, carried, tile);
    }
    return changed;
  }

  bool keepOld(OpOperand &next, Value old, Value tile) {
    auto type = dyn_cast<RankedTensorType>(next.get().getType());
    if (!type || !isUpdate(next.get(), old))
      return false;
    PaddingState state = lookup(next.get());
    SmallVector<Bound> bounds;
    for (auto [dim, padding] : llvm::enumerate(state.getDims()))
      if (llvm::is_contained(padding.tiles, tile))
        bounds.push_back(
            {static_cast<int64_t>(dim), tile, type.getDimSize(dim)});
    if (bounds.empty())
      return false;
    FailureOr<Value> mask =
        masks.create(bounds, type.getRank(), next.getOwner());
    if (failed(mask))
      return false;
    OpBuilder builder(next.getOwner());
    auto kept = arith::SelectOp::create(
        builder, next.getOwner()->getLoc(),
        masks.broadcastOnce(*mask, type.getShape()), next.get(), old);
    kept->setAttr(kKeepsOldAttrName, builder.getUnitAttr());
    next.set(kept);
    return true;
  }

  /// True if `next` is computed from `old`, lane by lane.
  static bool isUpdate(Value next, Value old) {
    SmallVector<Value> open{next};
    llvm::SmallPtrSet<Operation *, 16> seen;
    while (!open.empty()) {
      Value value = open.pop_back_val();
      if (value == old)
        return true;
      Operation *op = value.getDefiningOp();
      if (op && op->hasTrait<OpTrait::Elementwise>() && seen.insert(op).second)
        llvm::append_range(open, op->getOperands());
    }
    return false;
  }

  PaddingState lookup(Value value) const {
    const auto *lattice = solver->lookupState<PaddingLattice>(value);
    if (!lattice || !lattice->getValue().isInitialized())
      return PaddingState::getUnknown(value.getType());
    return lattice->getValue();
  }

  /// What ends in dimension `dim` of a tensor of this type. A tile's end lies
  /// before the extent.
  static void addBounds(SmallVectorImpl<Bound> &bounds, int64_t dim,
                        ArrayRef<Value> tiles, RankedTensorType type) {
    int64_t extent = type.getDimSize(dim);
    for (Value tile : tiles)
      bounds.push_back({dim, tile, extent});
    if (tiles.empty() && isPadded(extent))
      bounds.push_back({dim, Value(), extent});
  }

  /// Whether each bound is the end of the tile that indexes its dimension, and
  /// that of the tensor as well.
  template <typename OpTy>
  static bool endsWithTensor(OpTy op, ArrayRef<Bound> bounds) {
    if (op.resolveIndexDims() !=
        resolveIndexDims(op.getIndices(), std::nullopt))
      return false;
    SmallVector<std::pair<Value, OpFoldResult>> tiles;
    for (auto [position, index] : llvm::enumerate(op.getIndices())) {
      if (isa<RankedTensorType>(index.getType()))
        return false;
      if (isa<TileType>(index.getType()))
        tiles.push_back({index, getHostSize(op.getBase(), position)});
    }
    return llvm::all_of(bounds, [&](const Bound &bound) {
      auto [index, extent] = tiles[bound.dim];
      auto made = index.template getDefiningOp<MakeTileOp>();
      if (!made || index != bound.tile || !extent)
        return false;
      if (auto size = dyn_cast<Value>(extent))
        return made.getLimit() == size;
      APInt limit;
      return matchPattern(made.getLimit(), m_ConstantInt(&limit)) &&
             limit.getSExtValue() == *getConstantIntValue(extent);
    });
  }

  template <typename OpTy> LogicalResult maskAccess(OpTy op, Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return success();
    SmallVector<Value, 2> others{op.getMask()};
    if constexpr (llvm::is_one_of<OpTy, LoadOp, StoreOp>::value)
      others.push_back(op.getAddresses());
    SmallVector<DimPadding> padding =
        getAccessPadding(op.getIndices(), op.resolveIndexDims(), others, type,
                         [&](Value operand) { return lookup(operand); });
    PaddingState state = lookup(value);
    SmallVector<Bound> bounds;
    for (auto [dim, ends] : llvm::enumerate(padding)) {
      if (!isa<LoadOp>(op) && ends.tiles.empty())
        ends.addTiles(state.getDims()[dim].tiles);
      addBounds(bounds, dim, ends.tiles, type);
    }
    if (bounds.empty() || plan(bounds, op))
      return success();
    FailureOr<Value> mask = masks.create(bounds, type.getRank(), op);
    if (failed(mask))
      return failure();
    if (!op.getMask() && endsWithTensor(op, bounds))
      op->setAttr(kTensorBoundsAttrName, UnitAttr::get(op->getContext()));
    if (op.getMask()) {
      OpBuilder builder(op);
      mask = masks.conjoin(builder, op.getLoc(), op.getMask(), *mask);
    }
    op.getMaskMutable().assign(*mask);
    return success();
  }

  /// Replaces dead lanes of `operand` within `bounds` by `constant`.
  LogicalResult neutralize(OpOperand &operand, ArrayRef<Bound> bounds,
                           TypedAttr constant) {
    Operation *op = operand.getOwner();
    auto type = cast<RankedTensorType>(operand.get().getType());
    if (plan(bounds, op))
      return success();
    FailureOr<Value> mask =
        masks.create(llvm::to_vector(bounds), type.getRank(), op);
    if (failed(mask))
      return failure();
    Value condition = masks.broadcastOnce(*mask, type.getShape());
    Value &known = neutral[{operand.get().getAsOpaquePointer(),
                            condition.getAsOpaquePointer(),
                            constant.getAsOpaquePointer()}];
    if (!known || !dominance.properlyDominates(known, op)) {
      OpBuilder builder(op);
      Value other = arith::ConstantOp::create(
          builder, op->getLoc(), DenseElementsAttr::get(type, constant));
      known = arith::SelectOp::create(builder, op->getLoc(), condition,
                                      operand.get(), other);
    }
    operand.set(known);
    return success();
  }

  LogicalResult maskReduce(ReduceOp op) {
    auto given = op->getAttrOfType<ArrayAttr>("neutral");
    for (auto [position, operand] : llvm::enumerate(op.getInputsMutable())) {
      auto type = cast<RankedTensorType>(operand.get().getType());
      TypedAttr constant;
      if (op.getKind())
        constant = getNeutral(*op.getKind(), type.getElementType());
      else if (given && position < given.size())
        constant = dyn_cast<TypedAttr>(given[position]);
      PaddingState state = lookup(operand.get());
      SmallVector<Bound> bounds;
      for (int64_t dim : op.getDims())
        if (const DimPadding &padding = state.getDims()[dim];
            !constant || padding.content != constant)
          addBounds(bounds, dim, padding.tiles, type);
      if (bounds.empty())
        continue;
      if (!constant || constant.getType() != type.getElementType())
        return op.emitError(
                   "expects the attribute `neutral` with an element of ")
               << type.getElementType() << " for input " << position
               << ": dimension " << bounds.front().dim
               << " has lanes behind its end, and only the kinds of "
                  "helion.reduce have "
                  "a known neutral element";
      if (failed(neutralize(operand, bounds, constant)))
        return failure();
    }
    return success();
  }

  /// What is dead comes last: only a reversed scan passes it before the rest.
  LogicalResult maskScan(ScanOp op) {
    if (!op.getReverse())
      return success();
    int64_t axis = op.getAxis();
    if (!op.getKind())
      return trackLiveLanes(op);
    OpOperand &operand = op.getInputsMutable()[0];
    auto type = cast<RankedTensorType>(operand.get().getType());
    TypedAttr constant = getNeutral(*op.getKind(), type.getElementType());
    const DimPadding &padding = lookup(operand.get()).getDims()[axis];
    SmallVector<Bound> bounds;
    if (padding.content != constant)
      addBounds(bounds, axis, padding.tiles, type);
    return bounds.empty() ? success() : neutralize(operand, bounds, constant);
  }

  /// No neutral element of a combine region is known: whether a lane is live
  /// becomes an input of its own, and the region combines live lanes only.
  LogicalResult trackLiveLanes(ScanOp op) {
    int64_t axis = op.getAxis();
    auto type = cast<RankedTensorType>(op.getInputs().front().getType());
    DimPadding ends;
    for (Value input : op.getInputs())
      ends.addTiles(lookup(input).getDims()[axis].tiles);
    SmallVector<Bound> bounds;
    addBounds(bounds, axis, ends.tiles, type);
    if (bounds.empty() || plan(bounds, op))
      return success();
    FailureOr<Value> mask = masks.create(bounds, type.getRank(), op);
    if (failed(mask))
      return failure();
    tracked.push_back({op, masks.broadcastOnce(*mask, type.getShape())});
    return success();
  }

  /// What is dead goes behind the greatest element.
  LogicalResult maskSort(SortOp op) {
    auto type = cast<RankedTensorType>(op.getSource().getType());
    int64_t last = type.getRank() - 1;
    TypedAttr constant = getNeutral(ReductionKind::Min, type.getElementType());
    const DimPadding &padding = lookup(op.getSource()).getDims()[last];
    SmallVector<Bound> bounds;
    if (padding.content != constant)
      addBounds(bounds, last, padding.tiles, type);
    return bounds.empty() ? success()
                          : neutralize(op.getSourceMutable(), bounds, constant);
  }

  /// Dead indices must name an element too.
  LogicalResult maskGather(GatherOp op) {
    auto type = cast<RankedTensorType>(op.getIndices().getType());
    int64_t extent = cast<RankedTensorType>(op.getSource().getType())
                         .getDimSize(op.getAxis());
    PaddingState state = lookup(op.getIndices());
    SmallVector<Bound> bounds;
    for (auto [dim, padding] : llvm::enumerate(state.getDims())) {
      auto held = dyn_cast_or_null<IntegerAttr>(padding.content);
      if (!held || held.getValue().uge(extent))
        addBounds(bounds, dim, padding.tiles, type);
    }
    if (bounds.empty())
      return success();
    Builder builder(op.getContext());
    return neutralize(op.getIndicesMutable(), bounds,
                      builder.getZeroAttr(type.getElementType()));
  }

  LogicalResult maskDot(DotOp op) {
    OpOperand *sides[] = {&op.getLhsMutable(), &op.getRhsMutable()};
    int64_t rank = cast<RankedTensorType>(op.getType()).getRank();
    int64_t dims[] = {rank - 1, rank - 2};
    PaddingState states[] = {lookup(op.getLhs()), lookup(op.getRhs())};
    DimPadding ends;
    for (int side : {0, 1})
      ends.addTiles(states[side].getDims()[dims[side]].tiles);
    bool isZero[2], isFinite[2];
    for (int side : {0, 1}) {
      const DimPadding &padding = states[side].getDims()[dims[side]];
      Attribute held = states[side].getUniform()     ? states[side].getUniform()
                       : padding.tiles == ends.tiles ? padding.content
                                                     : Attribute();
      auto number = dyn_cast_or_null<FloatAttr>(held);
      isZero[side] = held && (matchPattern(held, m_Zero()) ||
                              matchPattern(held, m_AnyZeroFloat()));
      isFinite[side] = held && (!number || number.getValue().isFinite());
    }
    // A product with zero is zero unless the other side is infinite or no
    // number.
    bool needsZero[] = {!isFinite[0], !isFinite[1]};
    if (isFinite[0] && isFinite[1] && !isZero[0] && !isZero[1])
      needsZero[0] = true;
    for (int side : {0, 1}) {
      auto type = cast<RankedTensorType>(sides[side]->get().getType());
      SmallVector<Bound> bounds;
      addBounds(bounds, dims[side], ends.tiles, type);
      if (bounds.empty() || !needsZero[side])
        continue;
      Builder builder(op.getContext());
      if (failed(neutralize(*sides[side], bounds,
                            builder.getZeroAttr(type.getElementType()))))
        return failure();
    }
    return success();
  }

  /// Elements of both sides beyond K are zero. Their scales are as well, which
  /// stands for a tiny number: NaN would not vanish.
  LogicalResult maskDotScaled(DotScaledOp op) {
    auto mask = [&](OpOperand &operand, int64_t dim) -> LogicalResult {
      auto type = cast<RankedTensorType>(operand.get().getType());
      const DimPadding padding = lookup(operand.get()).getDims()[dim];
      TypedAttr zero =
          Builder(op.getContext()).getZeroAttr(type.getElementType());
      SmallVector<Bound> bounds;
      if (padding.content != zero)
        addBounds(bounds, dim, padding.tiles, type);
      return bounds.empty() ? success() : neutralize(operand, bounds, zero);
    };
    if (failed(mask(op.getLhsMutable(), 1)) ||
        failed(mask(op.getRhsMutable(), 0)))
      return failure();
    for (OpOperand &scale : llvm::concat<OpOperand>(op.getLhsScaleMutable(),
                                                    op.getRhsScaleMutable()))
      if (failed(mask(scale, 1)))
        return failure();
    return success();
  }

  /// A reshape keeps dimensions with dead lanes as they are, or has one
  /// constant.
  LogicalResult checkReshape(ReshapeOp op) {
    PaddingState state = lookup(op.getSource());
    auto source = dyn_cast<RankedTensorType>(op.getSource().getType());
    auto result = dyn_cast<RankedTensorType>(op.getType());
    if (planning || !source || !result)
      return success();
    for (const ReshapeGroup &group :
         getReshapeGroups(source.getShape(), result.getShape())) {
      if (group.source.size() == 1 && group.result.size() == 1)
        continue;
      bool padded = llvm::any_of(group.result, [&](int64_t dim) {
        return isPadded(result.getDimSize(dim));
      });
      bool ends = false;
      for (int64_t dim : group.source) {
        padded |= isPadded(source.getDimSize(dim));
        ends |= !state.getDims()[dim].tiles.empty();
      }
      if (!padded && (!ends || keepsTiles(group, state, source.getShape(),
                                          result.getShape())))
        continue;
      if (state.getUniform()) {
        OpBuilder builder(op);
        auto constant = arith::ConstantOp::create(
            builder, op.getLoc(),
            DenseElementsAttr::get(result, state.getUniform()));
        op.replaceAllUsesWith(constant.getResult());
        op.erase();
        return success();
      }
      // What is padded, and ends nowhere, is put where it belongs later.
      if (!ends)
        continue;
      return op.emitError(
                 "expects a tile that ends early in the outermost of the "
                 "dimensions that are merged only, and not to be split, but "
                 "got ")
             << source << " as " << result
             << " with lanes behind the end of a tile; pad the tensor or "
                "choose a block "
                "size that divides its range";
    }
    return success();
  }

  KernelOp kernel;
  DominanceInfo dominance;
  MaskBuilder masks;
  std::unique_ptr<DataFlowSolver> solver;
  /// True while only what is needed is found out.
  bool planning = false;
  /// Tiles whose ends matter where they are out of scope.
  SmallVector<Value> escaped;
  std::map<std::tuple<const void *, const void *, const void *>, Value> neutral;
  /// Scans that must not combine dead lanes, and which lanes are live.
  SmallVector<std::pair<ScanOp, Value>> tracked;
};
} // namespace

LogicalResult mlir::helion::maskLanes(KernelOp kernel) {
  return Masker(kernel).run();
}
