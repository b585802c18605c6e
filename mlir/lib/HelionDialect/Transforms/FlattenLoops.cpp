//===- FlattenLoops.cpp - Loops over the product of their dimensions -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A lane of the flattened loop stands for one element of the iteration space. Each
// tensor of the body becomes one of rank 1 that holds, for each lane, the element
// which belongs to it: what spreads or reorders dimensions falls away, a tile in
// an index list becomes the tensor of its indices, found by division. That is
// possible where nothing combines elements of different positions, and each
// dimension of each value belongs to one tile or is the same everywhere. The
// analysis follows the dimensions through the body to tell.
//
// Where a tensor lies in memory as the lanes are numbered, the flattened tile
// indexes its last dimension and runs on into the next rows: addresses are
// consecutive then, and nothing is divided. A tensor that is read and written
// keeps its indices, so that later passes can tell which elements are touched.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"

#include "helion/HelionDialect/Analysis/DimFlow.h"
#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONFLATTENLOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// The number of a value that is a constant.
static std::optional<int64_t> getNumber(Value value) {
  APInt number;
  if (!matchPattern(value, m_ConstantInt(&number)))
    return std::nullopt;
  return number.getSExtValue();
}

static bool isSplatConstant(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  return constant && isa<SplatElementsAttr>(constant.getValue());
}

/// An operation that moves elements between memory and the body.
static bool isAccess(Operation *op) {
  return isa<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp>(op);
}

static MutableOperandRange getIndices(Operation *access) {
  return llvm::TypeSwitch<Operation *, MutableOperandRange>(access)
      .Case<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp>(
          [](auto op) { return op.getIndicesMutable(); });
}

static Value getBase(Operation *access) {
  return llvm::TypeSwitch<Operation *, Value>(access)
      .Case<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp>(
          [](auto op) { return op.getBase(); });
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

namespace {
/// A grid or loop of several dimensions.
struct Loop {
  Operation *op;
  OperandRange lower, upper;
  SmallVector<int64_t> blocks;
  Block *body;
  /// Elements along each dimension, -1 where that is no constant.
  SmallVector<int64_t> extents;

  static Loop get(Operation *op) {
    auto make = [&](auto loop) {
      Loop result{op, loop.getLowerBounds(),   loop.getUpperBounds(),
                  {}, &loop.getBody().front(), {}};
      for (Attribute block : loop.getBlocks())
        result.blocks.push_back(cast<IntegerAttr>(block).getInt());
      for (auto [from, to] : llvm::zip_equal(result.lower, result.upper)) {
        std::optional<int64_t> first = getNumber(from), end = getNumber(to);
        result.extents.push_back(
            first && end ? std::max<int64_t>(*end - *first, 0) : -1);
      }
      return result;
    };
    if (auto grid = dyn_cast<GridOp>(op))
      return make(grid);
    return make(cast<TileForOp>(op));
  }

  int64_t rank() const { return blocks.size(); }
  Value tile(int64_t dim) const { return body->getArgument(dim); }
  int64_t blockSize() const {
    return std::accumulate(blocks.begin(), blocks.end(), int64_t(1),
                           std::multiplies<>());
  }
  /// The dimension that a tile, shifted or not, belongs to; -1 for other tiles.
  int64_t dimOf(Value tile) const {
    auto argument = dyn_cast<BlockArgument>(getRootTile(tile));
    if (!argument || argument.getOwner() != body)
      return -1;
    return argument.getArgNumber();
  }
  /// The dimension whose only position in a tile `scalar` is; -1 for other
  /// scalars.
  int64_t dimOfScalar(Value scalar) const {
    auto begin = scalar.getDefiningOp<TileBeginOp>();
    if (!begin || !isa<BlockArgument>(begin.getTile()))
      return -1;
    int64_t dim = dimOf(begin.getTile());
    return dim >= 0 && blocks[dim] == 1 ? dim : -1;
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Analysis
//===----------------------------------------------------------------------===//

namespace {
/// Follows the dimensions of a loop through its body.
class LaneAnalysis {
public:
  explicit LaneAnalysis(const Loop &loop) : loop(loop) {}

  /// Fails where the body does not work lane by lane; `reason` says why.
  LogicalResult run() {
    if (failed(checkLoop()))
      return failure();
    do {
      changed = false;
      if (failed(visitBlock(*loop.body)))
        return failure();
    } while (changed);
    return success();
  }

  std::string reason;

private:
  /// For each dimension of a value the tile that it belongs to, -1 for none:
  /// elements are equal along it. Dimensions of extent 1 always count as such.
  using Dims = SmallVector<int64_t, 4>;

  LogicalResult refuse(const Twine &why) {
    reason = why.str();
    return failure();
  }

  static StringRef nameOf(Operation *op) {
    return op->getName().getStringRef();
  }

  LogicalResult checkLoop() {
    auto nested = dyn_cast<TileForOp>(loop.op);
    if (nested && nested->hasAttr(kLanesMaskedAttrName))
      return refuse("its tiles are jagged");
    if (nested && !nested.getInits().empty())
      return refuse("it carries values from tile to tile");
    if (loop.blockSize() == 1)
      return refuse("a tile has a single element");
    int64_t elements = 1;
    for (auto [dim, extent] : llvm::enumerate(loop.extents)) {
      if (extent < 0 && !matchPattern(loop.lower[dim], m_Zero()))
        return refuse("dimension " + Twine(dim) +
                      " does not start at 0, and its end is no constant");
      if (extent >= 0 && llvm::MulOverflow(elements, extent, elements))
        return refuse("it has too many elements");
    }
    bool isNarrow = loop.lower.front().getType().isInteger(32);
    if (isNarrow &&
        elements > std::numeric_limits<int32_t>::max() - loop.blockSize())
      return refuse("32 bits cannot number its elements");
    return success();
  }

  LogicalResult setDims(Value value, const Dims &dims) {
    auto [it, isNew] = known.try_emplace(value, dims);
    Dims &all = it->second;
    for (auto [old, more] : llvm::zip_equal(all, dims)) {
      if (old >= 0 && more >= 0 && old != more)
        return refuse("one dimension meets two tiles");
      isNew |= old < more;
      old = std::max(old, more);
    }
    changed |= isNew;
    llvm::SmallBitVector seen(loop.rank());
    for (int64_t dim : all) {
      if (dim >= 0 && seen.test(dim))
        return refuse("a value has the same tile in two dimensions");
      if (dim >= 0)
        seen.set(dim);
    }
    return success();
  }

  /// The dimensions of an operand; none of the loop's for what comes from
  /// outside, which must be the same everywhere.
  FailureOr<Dims> getDims(Value value) {
    auto it = known.find(value);
    if (it != known.end())
      return it->second;
    if (isSplatConstant(value))
      return Dims(cast<RankedTensorType>(value.getType()).getRank(), -1);
    return refuse("a value of several elements comes from outside");
  }

  FailureOr<int64_t> getDim(const DimUse &use) {
    Value value = use.operand->get();
    if (isa<TileType>(value.getType())) {
      int64_t dim = loop.dimOf(value);
      if (dim < 0)
        return refuse("it uses slices or tiles of other loops");
      return dim;
    }
    FailureOr<Dims> dims = getDims(value);
    if (failed(dims))
      return failure();
    return (*dims)[use.dim];
  }

  /// The tiles of `op`'s domain, whose type is `type`.
  FailureOr<Dims> combine(Operation *op, RankedTensorType type) {
    Dims dims(type.getRank(), -1);
    for (auto [position, extent] : llvm::enumerate(type.getShape())) {
      if (extent == 1)
        continue;
      FailureOr<SmallVector<DimUse>> uses = getDimUses(op, position);
      if (failed(uses))
        return refuse(nameOf(op) + " combines elements");
      for (const DimUse &use : *uses) {
        FailureOr<int64_t> dim = getDim(use);
        if (failed(dim))
          return failure();
        if (*dim < 0)
          continue;
        if (dims[position] >= 0 && dims[position] != *dim)
          return refuse("one dimension meets two tiles");
        dims[position] = *dim;
      }
    }
    return dims;
  }

  LogicalResult visitBlock(Block &block) {
    for (Operation &op : block)
      if (failed(visit(&op)))
        return failure();
    return success();
  }

  LogicalResult visit(Operation *op) {
    return llvm::TypeSwitch<Operation *, LogicalResult>(op)
        .Case([&](TileForOp inner) { return visitLoop(inner); })
        .Case([&](scf::IfOp branch) { return visitBranch(branch); })
        // Their parents look at yields, index lists at slices.
        .Case<YieldOp, scf::YieldOp, SliceOp>([](auto) { return success(); })
        .Case<LoadOp, StoreOp, AtomicRmwOp, AtomicCasOp>(
            [&](auto access) { return visitAccess(access); })
        .Case<TileBeginOp, TileIdOp, TileEndOp>(
            [&](auto attribute) { return visitTileAttribute(attribute); })
        .Case([&](ShiftTileOp shift) {
          return loop.dimOf(shift) < 0
                     ? refuse("it uses slices or tiles of other loops")
                     : success();
        })
        .Default([&](Operation *other) { return visitPlain(other); });
  }

  LogicalResult visitLoop(TileForOp inner) {
    if (llvm::any_of(inner.getTiles(), [](Value tile) {
          return cast<TileType>(tile.getType()).getSize() != 1;
        }))
      return refuse("it has a loop over tiles inside");
    for (auto [init, carried] :
         llvm::zip_equal(inner.getInits(), inner.getCarried()))
      if (failed(join(init, carried)))
        return failure();
    if (failed(visitBlock(inner.getBody().front())))
      return failure();
    auto yield = cast<YieldOp>(inner.getBody().front().getTerminator());
    for (auto [next, carried, result] : llvm::zip_equal(
             yield.getValues(), inner.getCarried(), inner.getResults()))
      if (failed(join(next, carried)) || failed(join(carried, result)))
        return failure();
    return success();
  }

  LogicalResult visitBranch(scf::IfOp branch) {
    for (Region *region : branch.getRegions())
      for (Block &block : *region)
        if (failed(visitBlock(block)))
          return failure();
    for (OpResult result : branch.getResults()) {
      unsigned position = result.getResultNumber();
      if (failed(join(branch.thenYield().getOperand(position), result)) ||
          failed(join(branch.elseYield().getOperand(position), result)))
        return failure();
    }
    return success();
  }

  /// `to` may be `from`.
  LogicalResult join(Value from, Value to) {
    if (!isa<RankedTensorType>(from.getType()))
      return success();
    FailureOr<Dims> dims = getDims(from);
    return failed(dims) ? failure() : setDims(to, *dims);
  }

  LogicalResult visitTileAttribute(Operation *op) {
    if (loop.dimOf(op->getOperand(0)) < 0)
      return success();
    auto isIndex = [](OpOperand &use) {
      if (!isAccess(use.getOwner()))
        return false;
      MutableOperandRange indices = getIndices(use.getOwner());
      return llvm::any_of(indices, [&](OpOperand &index) {
        return index.getOperandNumber() == use.getOperandNumber();
      });
    };
    if (loop.dimOfScalar(op->getResult(0)) >= 0 &&
        llvm::all_of(op->getUses(), isIndex))
      return success();
    return refuse(nameOf(op) + " is a number of a whole tile");
  }

  template <typename OpTy> LogicalResult visitAccess(OpTy op) {
    Operation *access = op;
    llvm::SmallBitVector seen(loop.rank());
    bool varies = false;
    for (Value index : op.getIndices()) {
      int64_t dim = -1;
      if (auto tile = dyn_cast<TileType>(index.getType())) {
        dim = loop.dimOf(index);
        if (dim < 0 && tile.getSize() != 1)
          return refuse("it uses slices or tiles of other loops");
        if (dim < 0 && index.getDefiningOp<ShiftTileOp>())
          return refuse("it uses a shifted tile of another loop");
      } else if (isa<RankedTensorType>(index.getType())) {
        varies = true;
      } else {
        dim = loop.dimOfScalar(index);
      }
      if (dim >= 0) {
        seen.set(dim);
        varies = true;
      }
    }
    Type type = getDomain(access).getType();
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor && varies)
      return refuse(nameOf(op) + " moves one element for each tile");
    if (tensor && !varies)
      return refuse(nameOf(op) + " has no tile in its index list");
    if (tensor) {
      FailureOr<Dims> dims = combine(access, tensor);
      if (failed(dims))
        return failure();
      for (int64_t dim : *dims)
        if (dim >= 0)
          seen.set(dim);
      if (access->getNumResults() > 0 &&
          failed(setDims(access->getResult(0), *dims)))
        return failure();
    }
    if (!isa<LoadOp>(access) && !seen.all())
      return refuse(nameOf(op) + " writes an element from several lanes");
    return success();
  }

  LogicalResult visitPlain(Operation *op) {
    auto isPlain = [](Type type) {
      return !isa<RankedTensorType, TileType>(type);
    };
    if (op->getNumRegions() == 0 &&
        llvm::all_of(op->getOperandTypes(), isPlain) &&
        llvm::all_of(op->getResultTypes(), isPlain) &&
        !isa<PrintOp, CallOp, InlineAsmOp>(op))
      return success();
    auto assembly = dyn_cast<InlineAsmOp>(op);
    bool isKnown =
        op->hasTrait<OpTrait::Elementwise>() ||
        (assembly && assembly.getPure() && assembly.getPack() == 1) ||
        isa<FullOp, ExpandDimsOp, BroadcastOp, PermuteOp, TileIndexOp,
            TileMaskOp>(op) ||
        (isa<ReshapeOp>(op) &&
         isa<RankedTensorType>(op->getResult(0).getType())) ||
        (op->getNumResults() == 1 && isSplatConstant(op->getResult(0)));
    if (!isKnown)
      return refuse(nameOf(op) + " does not work on single elements");
    if (isa<TileIndexOp, TileMaskOp>(op) && loop.dimOf(op->getOperand(0)) < 0)
      return refuse("it uses slices or tiles of other loops");
    if (isa<ReshapeOp>(op) && isPlain(op->getOperand(0).getType()))
      return setDims(
          op->getResult(0),
          Dims(cast<RankedTensorType>(op->getResult(0).getType()).getRank(),
               -1));
    for (OpResult result : op->getResults()) {
      auto type = dyn_cast<RankedTensorType>(result.getType());
      FailureOr<Dims> dims = type ? combine(op, type) : FailureOr<Dims>(Dims());
      if (failed(dims) || (type && failed(setDims(result, *dims))))
        return failure();
    }
    return success();
  }

  const Loop &loop;
  DenseMap<Value, Dims> known;
  bool changed = false;
};
} // namespace

//===----------------------------------------------------------------------===//
// Rewrite
//===----------------------------------------------------------------------===//

namespace {
/// Replaces a loop by one over the product of its dimensions.
class Flattener {
public:
  explicit Flattener(const Loop &loop)
      : loop(loop), builder(loop.op), loc(loop.op->getLoc()),
        type(loop.lower.front().getType()) {}

  void run() {
    for (int64_t dim = 0; dim < loop.rank(); ++dim)
      counts.push_back(createExtent(dim));
    createLoop();
    builder.setInsertionPointToStart(body);
    createIndices();
    SmallVector<Operation *> ops;
    loop.body->walk<WalkOrder::PreOrder>([&](Operation *op) {
      ops.push_back(op);
      if (isAccess(op) && isLinear(op))
        linear.insert(op);
    });
    for (Operation *op : ops)
      rewrite(op);
    for (Operation *op : llvm::reverse(gone))
      op->erase();
    body->getOperations().splice(body->end(), loop.body->getOperations());
    loop.op->erase();
  }

private:
  Value createNumber(int64_t number) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getIntegerAttr(type, number));
  }
  Type flatten(Type before) {
    auto tensor = dyn_cast<RankedTensorType>(before);
    return tensor ? RankedTensorType::get(loop.blockSize(),
                                          tensor.getElementType())
                  : before;
  }

  Value createExtent(int64_t dim) {
    return loop.extents[dim] < 0 ? loop.upper[dim]
                                 : createNumber(loop.extents[dim]);
  }

  void createLoop() {
    Value zero = createNumber(0);
    Value total = counts.front();
    for (Value count : ArrayRef(counts).drop_front())
      total = builder.createOrFold<arith::MulIOp>(loc, total, count);
    ArrayAttr blocks = builder.getI64ArrayAttr(loop.blockSize());
    Operation *flat;
    if (isa<GridOp>(loop.op)) {
      auto grid = GridOp::create(builder, loc, zero, total, blocks);
      grid->setAttr(kFlattenedAttrName, builder.getUnitAttr());
      flat = grid;
    } else {
      flat = TileForOp::create(builder, loc, TypeRange(), zero, total,
                               ValueRange(), blocks,
                               cast<TileForOp>(loop.op).getOrdinal());
    }
    tile = flat->getRegion(0).emplaceBlock().addArgument(
        TileType::get(builder.getContext(), loop.blockSize()), loc);
    body = &flat->getRegion(0).front();
  }

  /// The indices of each lane, by division of its number: the last dimension
  /// varies fastest.
  void createIndices() {
    auto lanes = RankedTensorType::get(loop.blockSize(), type);
    Value rest = TileIndexOp::create(builder, loc, lanes, tile);
    indices.resize(loop.rank());
    for (int64_t dim = loop.rank() - 1; dim >= 0; --dim) {
      Value index = rest;
      if (dim > 0) {
        Value count = FullOp::create(builder, loc, lanes, counts[dim]);
        index = arith::RemSIOp::create(builder, loc, rest, count);
        rest = arith::DivSIOp::create(builder, loc, rest, count);
      }
      indices[dim] = shift(index, loop.lower[dim]);
    }
  }

  /// `lanes` plus a scalar.
  Value shift(Value lanes, Value offset) {
    if (matchPattern(offset, m_Zero()))
      return lanes;
    Type element = getElementTypeOrSelf(lanes);
    offset = convert(offset, element);
    Value all = FullOp::create(builder, loc, lanes.getType(), offset);
    return arith::AddIOp::create(builder, loc, lanes, all);
  }

  Value convert(Value value, Type element) {
    if (getElementTypeOrSelf(value) == element)
      return value;
    Type result = element;
    if (auto tensor = dyn_cast<RankedTensorType>(value.getType()))
      result = RankedTensorType::get(tensor.getShape(), element);
    return ConvertOp::create(builder, loc, result, value, /*user=*/false,
                             /*unsigned_source=*/false,
                             /*unsigned_result=*/false);
  }

  /// The index of each lane in a tile of the loop.
  Value getIndex(Value ofTile) {
    if (auto shifted = ofTile.getDefiningOp<ShiftTileOp>())
      return shift(getIndex(shifted.getTile()), shifted.getOffset());
    return indices[loop.dimOf(ofTile)];
  }

  /// What stands in an index list for `index`.
  Value rewriteIndex(Value index) {
    if (int64_t dim = loop.dimOfScalar(index); dim >= 0)
      return indices[dim];
    if (!isa<TileType>(index.getType()))
      return index;
    if (loop.dimOf(index) >= 0)
      return getIndex(index);
    // A single index of another loop, or a slice of one.
    if (auto slice = index.getDefiningOp<SliceOp>())
      return slice.getStart();
    return TileBeginOp::create(builder, loc, type, index);
  }

  void rewrite(Operation *op) {
    builder.setInsertionPoint(op);
    loc = op->getLoc();
    for (OpOperand &operand : op->getOpOperands())
      if (isSplatConstant(operand.get()) &&
          !loop.op->isProperAncestor(operand.get().getDefiningOp()))
        operand.set(
            builder.clone(*operand.get().getDefiningOp())->getResult(0));
    for (OpOperand &operand : op->getOpOperands())
      flattenConstant(operand.get());
    if (isa<ExpandDimsOp, BroadcastOp, PermuteOp, ReshapeOp>(op))
      return rewriteShape(op);
    if (auto index = dyn_cast<TileIndexOp>(op)) {
      Type element = getElementTypeOrSelf(index.getType());
      return replace(op, convert(getIndex(index.getTile()), element));
    }
    if (auto mask = dyn_cast<TileMaskOp>(op))
      return replace(
          op, TileMaskOp::create(builder, loc, flatten(mask.getType()), tile));
    if (isAccess(op))
      rewriteAccess(op);
    // They stand in index lists only.
    if (isa<ShiftTileOp, TileBeginOp>(op) && loop.dimOf(op->getOperand(0)) >= 0)
      gone.push_back(op);
    flattenConstant(op->getNumResults() == 1 ? op->getResult(0) : Value());
    for (Value result : op->getResults())
      result.setType(flatten(result.getType()));
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        argument.setType(flatten(argument.getType()));
  }

  void flattenConstant(Value value) {
    if (!value || !isSplatConstant(value))
      return;
    auto constant = value.getDefiningOp<arith::ConstantOp>();
    auto type = cast<RankedTensorType>(flatten(value.getType()));
    constant.setValueAttr(
        cast<SplatElementsAttr>(constant.getValue()).resizeSplat(type));
    value.setType(type);
  }

  void replace(Operation *op, Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    gone.push_back(op);
  }

  /// All positions of a dimension that is spread are the same lane's.
  void rewriteShape(Operation *op) {
    Value source = op->getOperand(0);
    if (!isa<RankedTensorType>(source.getType()))
      source = FullOp::create(builder, loc, flatten(op->getResult(0).getType()),
                              source);
    replace(op, source);
  }

  void rewriteAccess(Operation *op) {
    MutableOperandRange list = getIndices(op);
    bool isFlat = linear.contains(op);
    for (OpOperand &index : list) {
      int64_t dim = loop.dimOf(index.get());
      if (isFlat && dim >= 0)
        index.set(dim + 1 == loop.rank() ? tile : createNumber(0));
      else
        index.set(rewriteIndex(index.get()));
    }
    op->removeAttr("index_dims");
  }

  /// Whether no access to the tensor has to be kept apart from this one: an index
  /// that runs on into other rows does not tell which it touches.
  static bool isOnlyAccess(Operation *op, Value base) {
    return llvm::all_of(base.getUsers(), [&](Operation *user) {
      return user == op || !isAccess(user) ||
             (isa<LoadOp>(op) && isa<LoadOp>(user)) ||
             llvm::equal(OperandRange(getIndices(op)),
                         OperandRange(getIndices(user)));
    });
  }

  /// Whether the elements that the loop's tiles index lie in memory in the order
  /// of the lanes.
  bool isLinear(Operation *op) {
    MutableOperandRange list = getIndices(op);
    Value base = getBase(op);
    if (!isOnlyAccess(op, base))
      return false;
    int64_t next = 0;
    OpFoldResult outer;
    for (auto [position, use] : llvm::enumerate(list)) {
      Value index = use.get();
      OpFoldResult stride = getHostStride(base, position);
      if (!stride || loop.dimOfScalar(index) >= 0)
        return false;
      if (!isa<TileType>(index.getType()) || loop.dimOf(index) < 0)
        continue;
      if (next == loop.rank() || index != loop.tile(next) ||
          !matchPattern(loop.lower[next], m_Zero()))
        return false;
      // The row that the last dimension makes is as long as the stride says.
      if (next > 0 && !isRow(outer, stride, next))
        return false;
      outer = stride;
      ++next;
    }
    return next == loop.rank();
  }

  /// Whether a dimension's stride is that of the next one times its extent.
  bool isRow(OpFoldResult outer, OpFoldResult inner, int64_t dim) {
    auto numberOf = [](OpFoldResult stride) {
      return cast<IntegerAttr>(cast<Attribute>(stride)).getInt();
    };
    if (isa<Value>(inner))
      return false;
    if (auto scalar = dyn_cast<Value>(outer))
      return numberOf(inner) == 1 && scalar == loop.upper[dim];
    return loop.extents[dim] >= 0 &&
           numberOf(outer) == numberOf(inner) * loop.extents[dim];
  }

  const Loop &loop;
  OpBuilder builder;
  Location loc;
  Type type;
  SmallVector<Value> counts, indices;
  Value tile;
  Block *body = nullptr;
  SmallVector<Operation *> gone;
  DenseSet<Operation *> linear;
};
} // namespace

namespace {
struct FlattenLoopsPass
    : public helion::impl::HelionFlattenLoopsBase<FlattenLoopsPass> {
  using HelionFlattenLoopsBase::HelionFlattenLoopsBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    auto requests = config
                        ? config.getEntries().getAs<ArrayAttr>("flatten_loops")
                        : ArrayAttr();
    if (!requests)
      return;
    // Inner loops first: a loop that holds one more of several dimensions stays.
    SmallVector<Operation *> loops = getLoopsOfSeveralDims(getOperation());
    for (size_t position = loops.size(); position-- > 0;) {
      Operation *op = loops[position];
      auto request = position < requests.size()
                         ? dyn_cast<BoolAttr>(requests[position])
                         : BoolAttr();
      if (!request || !request.getValue())
        continue;
      Loop loop = Loop::get(op);
      LaneAnalysis analysis(loop);
      if (succeeded(analysis.run()))
        Flattener(loop).run();
      else
        op->emitRemark("the loop is not flattened as flatten_loops[")
            << position << "] asks for: " << analysis.reason;
    }
  }
};
} // namespace
