//===- Mask.cpp - Pad extents and mask dead lanes -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Three steps, after the padding analysis:
//
// 1. Masks. Memory operations are masked in each dimension that has dead lanes;
// a
//    `select` of the neutral element goes in front of reductions, one of
//    zero in front of dots along K, unless the dead lanes hold it already.
// 2. Padding. Extents become powers of two, in place. A tile of 100 becomes one
// of 128
//    with a limit of `begin + 100`.
// 3. Dots shorter along K than the matrix unit get interleaved zeros.
//
// Masks of tiles stand behind the tile, so that loops do not repeat them.
//
// Limits: a reshape may not merge or split a dimension with dead lanes, a mask
// may not be needed where its tile is out of scope; both are errors.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Analysis/DataFlow/Utils.h"
#include "mlir/Analysis/DataFlowFramework.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <map>

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONMASK
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// The shortest K of Triton's dot: 32 bytes.
static int64_t getMinimalK(Type element) {
  return element.getIntOrFloatBitWidth() == 8 ? 32 : 16;
}

static bool isPadded(int64_t extent) { return !llvm::isPowerOf2_64(extent); }

static int64_t pad(int64_t extent) { return llvm::PowerOf2Ceil(extent); }

/// `type` with extents that are powers of two.
static Type padType(Type type) {
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

//===----------------------------------------------------------------------===//
// Masks
//===----------------------------------------------------------------------===//

namespace {
/// One end of the live lanes of a dimension: that of a tile, or an extent.
struct Bound {
  int64_t dim;
  /// Null where the extent itself is the bound.
  Value tile;
  int64_t extent;

  auto getKey() const {
    return std::tuple(dim, tile.getAsOpaquePointer(), extent);
  }
};

/// Makes masks of bounds, each one once.
class MaskBuilder {
public:
  MaskBuilder(KernelOp kernel, DominanceInfo &dominance)
      : kernel(kernel), dominance(dominance), builder(kernel.getContext()) {}

  /// Booleans of rank `rank`, of extent 1 in the dimensions that no bound is
  /// in, to be used by `user`. Fails with a diagnostic where a tile is out of
  /// scope.
  FailureOr<Value> create(SmallVector<Bound> bounds, int64_t rank,
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
        return std::tuple(bool(a.tile), a.dim) <
               std::tuple(bool(b.tile), b.dim);
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

  /// `mask` repeated to `shape`.
  Value broadcast(OpBuilder &at, Location loc, Value mask,
                  ArrayRef<int64_t> shape) {
    auto type = RankedTensorType::get(shape, at.getI1Type());
    if (mask.getType() == type)
      return mask;
    return BroadcastOp::create(at, loc, type, mask);
  }

  /// `mask` repeated to `shape`, behind the mask itself.
  Value broadcastOnce(Value mask, ArrayRef<int64_t> shape) {
    Value &known = wide[{mask.getAsOpaquePointer(), shape.vec()}];
    if (!known) {
      builder.setInsertionPointAfterValue(mask);
      known = broadcast(builder, mask.getLoc(), mask, shape);
    }
    return known;
  }

  /// lhs and rhs, repeated to the extents of both.
  Value conjoin(OpBuilder &at, Location loc, Value lhs, Value rhs) {
    SmallVector<int64_t> shape =
        joinShapes(cast<RankedTensorType>(lhs.getType()).getShape(),
                   cast<RankedTensorType>(rhs.getType()).getShape());
    return arith::AndIOp::create(at, loc, broadcast(at, loc, lhs, shape),
                                 broadcast(at, loc, rhs, shape));
  }

private:
  using Key = std::tuple<int64_t, const void *, int64_t>;

  static SmallVector<int64_t> joinShapes(ArrayRef<int64_t> lhs,
                                         ArrayRef<int64_t> rhs) {
    SmallVector<int64_t> shape;
    for (auto [left, right] : llvm::zip_equal(lhs, rhs))
      shape.push_back(std::max(left, right));
    return shape;
  }

  /// outer and inner, behind both; `inner` is no further out.
  Value conjoinOnce(Value outer, Value inner) {
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

  /// The live lanes of one dimension, of rank `rank`, behind the tile.
  Value createLanes(const Bound &bound, int64_t rank, Location loc) {
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
          builder, loc, RankedTensorType::get(shape, builder.getI1Type()),
          lanes, builder.getI64IntegerAttr(dim));
    }
    return known = lanes;
  }

  Value createLanes(const Bound &bound, Location loc) {
    if (bound.tile)
      builder.setInsertionPointAfterValue(bound.tile);
    else
      builder.setInsertionPointToStart(&kernel.getBody().front());
    auto type = RankedTensorType::get({bound.extent}, builder.getI1Type());
    if (bound.tile)
      return TileMaskOp::create(builder, loc, type, bound.tile);
    auto lane = RankedTensorType::get({bound.extent}, builder.getI32Type());
    Value number = arith::ConstantOp::create(
        builder, loc,
        DenseElementsAttr::get(lane, static_cast<int32_t>(bound.extent)));
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt,
                                 ArangeOp::create(builder, loc, lane), number);
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

  KernelOp kernel;
  DominanceInfo &dominance;
  OpBuilder builder;
  std::map<std::vector<Key>, Value> masks;
  std::map<std::pair<const void *, std::vector<int64_t>>, Value> wide;
};

/// Step 1: masks and neutral elements.
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
      if (isa<LoadOp, StoreOp, AtomicRmwOp, ReduceOp, DotOp, ReshapeOp>(op))
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
              .Case([&](ReduceOp reduce) { return maskReduce(reduce); })
              .Case([&](DotOp dot) { return maskDot(dot); })
              .Case([&](ReshapeOp reshape) { return checkReshape(reshape); });
      if (failed(masked))
        return failure();
    }
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
    auto base = cast<MemRefType>(op.getBase().getType());
    SmallVector<std::pair<Value, int64_t>> tiles;
    for (auto [position, index] : llvm::enumerate(op.getIndices())) {
      if (isa<RankedTensorType>(index.getType()))
        return false;
      if (isa<TileType>(index.getType()))
        tiles.push_back({index, base.getDimSize(position)});
    }
    return llvm::all_of(bounds, [&](const Bound &bound) {
      auto [index, extent] = tiles[bound.dim];
      auto made = index.template getDefiningOp<MakeTileOp>();
      APInt limit;
      return made && index == bound.tile &&
             matchPattern(made.getLimit(), m_ConstantInt(&limit)) &&
             limit.getSExtValue() == extent;
    });
  }

  template <typename OpTy> LogicalResult maskAccess(OpTy op, Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return success();
    SmallVector<DimPadding> padding =
        getAccessPadding(op.getIndices(), op.resolveIndexDims(), op.getMask(),
                         type, [&](Value operand) { return lookup(operand); });
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
      if (!padded && !ends)
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
      if (padded)
        return op.emitError(
                   "expects to merge and split dimensions whose extents are "
                   "powers of two only but got ")
               << source << " as " << result
               << "; pad the tensor or choose extents that are powers of two";
      return op.emitError(
                 "expects to merge and split dimensions that a block size "
                 "divides but got ")
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
};
} // namespace

//===----------------------------------------------------------------------===//
// Padding
//===----------------------------------------------------------------------===//

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

/// Step 2.
static LogicalResult padExtents(KernelOp kernel) {
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
  return failure(padded.wasInterrupted());
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

/// Step 3.
static void lengthenDot(DotOp op) {
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

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct MaskPass : public helion::impl::HelionMaskBase<MaskPass> {
  using HelionMaskBase::HelionMaskBase;

  void runOnOperation() override {
    bool hasDeadLanes = false;
    SmallVector<DotOp> shortDots;
    getOperation().walk([&](Operation *op) {
      if (auto make = dyn_cast<MakeTileOp>(op))
        hasDeadLanes |= !make.getExact();
      for (Type type : op->getResultTypes())
        hasDeadLanes |= padType(type) != type;
      if (auto dot = dyn_cast<DotOp>(op)) {
        auto lhs = cast<RankedTensorType>(dot.getLhs().getType());
        if (lhs.getShape().back() < getMinimalK(lhs.getElementType()))
          shortDots.push_back(dot);
      }
    });
    // Most configurations divide evenly: they pay for no analysis.
    if (hasDeadLanes && (failed(Masker(getOperation()).run()) ||
                         failed(padExtents(getOperation()))))
      return signalPassFailure();
    for (DotOp dot : shortDots)
      lengthenDot(dot);
  }
};
} // namespace
