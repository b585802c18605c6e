//===- PaddingAnalysis.cpp - What dead lanes hold -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Element-wise operations are folded on what dead lanes hold, by their own
// folders. Two values whose dimension ends with different tiles have lanes that
// are dead in one and live in the other: of those nothing is known.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/PaddingAnalysis.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::helion;

//===----------------------------------------------------------------------===//
// PaddingState
//===----------------------------------------------------------------------===//

static ArrayRef<int64_t> getShape(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? tensor.getShape() : ArrayRef<int64_t>();
}

void DimPadding::addTiles(ArrayRef<Value> more) {
  llvm::append_range(tiles, more);
  llvm::sort(tiles, [](Value a, Value b) {
    return a.getAsOpaquePointer() < b.getAsOpaquePointer();
  });
  tiles.erase(llvm::unique(tiles), tiles.end());
}

PaddingState PaddingState::getUnknown(Type type) {
  return get(SmallVector<DimPadding>(getShape(type).size()));
}

PaddingState PaddingState::getUniform(Type type, Attribute constant) {
  PaddingState state = get(
      SmallVector<DimPadding>(getShape(type).size(), DimPadding{{}, constant}));
  state.uniform = constant;
  return state;
}

PaddingState PaddingState::get(SmallVector<DimPadding> dims) {
  PaddingState state;
  state.initialized = true;
  state.dims = std::move(dims);
  return state;
}

PaddingState PaddingState::join(const PaddingState &lhs,
                                const PaddingState &rhs) {
  if (!lhs.initialized)
    return rhs;
  if (!rhs.initialized || lhs == rhs)
    return lhs;
  // A scalar, say of a type that is no tensor at all.
  if (lhs.dims.size() != rhs.dims.size())
    return get({});
  SmallVector<DimPadding> dims(lhs.dims);
  for (auto [dim, other] : llvm::zip_equal(dims, rhs.dims)) {
    // A constant everywhere holds that constant in any tile's dead lanes.
    bool agree = dim.tiles == other.tiles || lhs.uniform || rhs.uniform;
    dim.addTiles(other.tiles);
    if (!agree || dim.content != other.content)
      dim.content = {};
  }
  return get(std::move(dims));
}

void PaddingState::print(raw_ostream &os) const {
  if (!initialized) {
    os << "uninitialized";
    return;
  }
  if (uniform)
    os << "uniform " << uniform << ' ';
  os << '[';
  llvm::interleaveComma(dims, os, [&](const DimPadding &dim) {
    os << dim.tiles.size() << " tiles: ";
    if (dim.content)
      os << dim.content;
    else
      os << "unknown";
  });
  os << ']';
}

//===----------------------------------------------------------------------===//
// Tiles, index lists, reshapes
//===----------------------------------------------------------------------===//

Value mlir::helion::getRootTile(Value tile) {
  while (auto shift = tile.getDefiningOp<ShiftTileOp>())
    tile = shift.getTile();
  return tile;
}

Value mlir::helion::getEndingTile(Value index) {
  if (!isa<TileType>(index.getType()))
    return {};
  Value root = getRootTile(index);
  if (root.getDefiningOp<SliceOp>())
    return {};
  auto make = root.getDefiningOp<MakeTileOp>();
  return make && make.getExact() ? Value() : root;
}

SmallVector<DimPadding>
mlir::helion::getAccessPadding(ValueRange indices, ArrayRef<int64_t> indexDims,
                               ArrayRef<Value> others, Type valueType,
                               function_ref<PaddingState(Value)> lookup) {
  SmallVector<DimPadding> dims(getShape(valueType).size());
  auto addAll = [&](Value tensor) {
    PaddingState state = lookup(tensor);
    if (state.getDims().size() != dims.size())
      return;
    for (auto [dim, other] : llvm::zip_equal(dims, state.getDims()))
      dim.addTiles(other.tiles);
  };
  for (auto [index, dim] : llvm::zip_equal(indices, indexDims)) {
    if (isa<RankedTensorType>(index.getType()))
      addAll(index);
    else if (Value tile = getEndingTile(index))
      dims[dim].addTiles(tile);
  }
  for (Value other : others)
    if (other)
      addAll(other);
  return dims;
}

SmallVector<ReshapeGroup>
mlir::helion::getReshapeGroups(ArrayRef<int64_t> source,
                               ArrayRef<int64_t> result) {
  SmallVector<ReshapeGroup> groups;
  size_t i = 0, j = 0;
  auto skipUnits = [](ArrayRef<int64_t> shape, size_t &at) {
    while (at < shape.size() && shape[at] == 1)
      ++at;
  };
  while (true) {
    skipUnits(source, i);
    skipUnits(result, j);
    if (i >= source.size() || j >= result.size())
      return groups;
    ReshapeGroup &group = groups.emplace_back();
    int64_t before = source[i], after = result[j];
    group.source.push_back(i++);
    group.result.push_back(j++);
    while (before != after) {
      if (before < after && i < source.size()) {
        if (source[i] != 1)
          group.source.push_back(i);
        before *= source[i++];
      } else if (before > after && j < result.size()) {
        if (result[j] != 1)
          group.result.push_back(j);
        after *= result[j++];
      } else {
        return groups;
      }
    }
  }
}

//===----------------------------------------------------------------------===//
// Folding on scalars
//===----------------------------------------------------------------------===//

static Attribute foldConvert(ConvertOp op, Attribute source) {
  Type type = getElementTypeOrSelf(op.getType());
  if (cast<TypedAttr>(source).getType() == type)
    return source;
  if (auto number = dyn_cast<FloatAttr>(source)) {
    auto result = dyn_cast<FloatType>(type);
    if (!result)
      return {};
    APFloat value = number.getValue();
    bool losesInfo = false;
    value.convert(result.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &losesInfo);
    return FloatAttr::get(result, value);
  }
  auto number = dyn_cast<IntegerAttr>(source);
  // Zero is zero however its bits are read.
  if (!number || !number.getValue().isZero())
    return {};
  return Builder(type.getContext()).getZeroAttr(type);
}

/// What `op` gives where operand i holds `constants[i]` (null: not known). One
/// entry per result, null where it cannot tell.
static SmallVector<Attribute> foldElementwise(Operation *op,
                                              ArrayRef<Attribute> constants) {
  SmallVector<Attribute> unknown(op->getNumResults());
  if (llvm::none_of(constants,
                    [](Attribute constant) { return bool(constant); }))
    return unknown;
  if (auto convert = dyn_cast<ConvertOp>(op))
    return {foldConvert(convert, constants.front())};
  if (isa<arith::SelectOp>(op)) {
    if (auto condition = dyn_cast_or_null<IntegerAttr>(constants[0]))
      return {condition.getValue().isZero() ? constants[2] : constants[1]};
    return {constants[1] == constants[2] ? constants[1] : Attribute()};
  }
  SmallVector<Attribute> spread;
  for (auto [operand, constant] :
       llvm::zip_equal(op->getOperands(), constants)) {
    auto tensor = dyn_cast<RankedTensorType>(operand.getType());
    spread.push_back(tensor && constant
                         ? SplatElementsAttr::get(tensor, constant)
                         : constant);
  }
  // A folder may change the operation in place, as dataflow must not.
  SmallVector<Value> operands(op->getOperands());
  DictionaryAttr attributes = op->getAttrDictionary();
  SmallVector<OpFoldResult> folded;
  bool succeeded = mlir::succeeded(op->fold(spread, folded));
  if (!succeeded || folded.empty()) {
    op->setOperands(operands);
    op->setAttrs(attributes);
    return unknown;
  }
  SmallVector<Attribute> results;
  for (OpFoldResult result : folded) {
    auto attribute = dyn_cast<Attribute>(result);
    if (!attribute) {
      const Value *place = llvm::find(operands, cast<Value>(result));
      results.push_back(place == operands.end()
                            ? Attribute()
                            : constants[place - operands.begin()]);
    } else if (auto splat = dyn_cast<SplatElementsAttr>(attribute)) {
      results.push_back(splat.getSplatValue<Attribute>());
    } else {
      results.push_back(isa<ElementsAttr>(attribute) ? Attribute() : attribute);
    }
  }
  return results;
}

static SmallVector<PaddingState>
visitElementwise(Operation *op, ArrayRef<PaddingState> operands) {
  bool canFold = op->hasTrait<OpTrait::Elementwise>() && !isa<ExternOp>(op);
  auto getUniform = [](const PaddingState &state) {
    return state.getUniform();
  };
  if (canFold && !operands.empty() && llvm::all_of(operands, getUniform)) {
    SmallVector<Attribute> folded =
        foldElementwise(op, llvm::map_to_vector(operands, getUniform));
    SmallVector<PaddingState> states;
    for (auto [type, constant] : llvm::zip_equal(op->getResultTypes(), folded))
      states.push_back(constant ? PaddingState::getUniform(type, constant)
                                : PaddingState::getUnknown(type));
    return states;
  }
  SmallVector<PaddingState> states;
  ArrayRef<int64_t> shape;
  if (op->getNumResults() > 0)
    shape = getShape(op->getResult(0).getType());
  SmallVector<SmallVector<DimPadding>> results(
      op->getNumResults(), SmallVector<DimPadding>(shape.size()));
  for (auto [dim, extent] : llvm::enumerate(shape)) {
    DimPadding ends;
    for (const PaddingState &operand : operands)
      if (dim < operand.getDims().size())
        ends.addTiles(operand.getDims()[dim].tiles);
    bool hasDeadLanes = !ends.tiles.empty() || !llvm::isPowerOf2_64(extent);
    SmallVector<Attribute> folded(op->getNumResults());
    if (canFold && hasDeadLanes) {
      SmallVector<Attribute> contents;
      for (const PaddingState &operand : operands) {
        bool agrees = dim < operand.getDims().size() &&
                      operand.getDims()[dim].tiles == ends.tiles;
        contents.push_back(operand.getUniform() ? operand.getUniform()
                           : agrees             ? operand.getDims()[dim].content
                                                : Attribute());
      }
      folded = foldElementwise(op, contents);
    }
    for (auto [result, content] : llvm::zip_equal(results, folded)) {
      result[dim] = ends;
      result[dim].content = content;
    }
  }
  for (SmallVector<DimPadding> &result : results)
    states.push_back(PaddingState::get(std::move(result)));
  return states;
}

/// Lanes behind the end of the mask's tiles hold the old value, as good as any.
static PaddingState visitKeepsOld(ArrayRef<PaddingState> operands) {
  SmallVector<DimPadding> dims(operands[2].getDims());
  for (auto [dim, mask, next] :
       llvm::zip_equal(dims, operands[0].getDims(), operands[1].getDims())) {
    dim.content = {};
    dim.addTiles(next.tiles);
    llvm::erase_if(dim.tiles, [&](Value tile) {
      return llvm::is_contained(mask.tiles, tile);
    });
  }
  return PaddingState::get(std::move(dims));
}

//===----------------------------------------------------------------------===//
// Other operations
//===----------------------------------------------------------------------===//

static PaddingState visitAccess(ValueRange indices, ArrayRef<int64_t> indexDims,
                                ArrayRef<Value> others, Type type,
                                bool holdsZero,
                                function_ref<PaddingState(Value)> lookup) {
  SmallVector<DimPadding> dims =
      getAccessPadding(indices, indexDims, others, type, lookup);
  Attribute zero;
  if (holdsZero)
    zero = Builder(type.getContext()).getZeroAttr(getElementTypeOrSelf(type));
  for (auto [dim, extent] : llvm::zip_equal(dims, getShape(type)))
    if (!dim.tiles.empty() || !llvm::isPowerOf2_64(extent))
      dim.content = zero;
  return PaddingState::get(std::move(dims));
}

static PaddingState visitTile(Value tile, Type type, Attribute content) {
  SmallVector<DimPadding> dims(1);
  if (Value ending = getEndingTile(tile)) {
    dims[0].addTiles(ending);
    dims[0].content = content;
  }
  return PaddingState::get(std::move(dims));
}

/// What a reduction over lanes that all hold `content` gives, however many
/// there are.
static Attribute reduceContent(std::optional<ReductionKind> kind,
                               Attribute content) {
  if (!content || !kind)
    return {};
  switch (*kind) {
  case ReductionKind::Max:
  case ReductionKind::Min:
  case ReductionKind::And:
  case ReductionKind::Or:
    return content;
  case ReductionKind::Sum:
  case ReductionKind::Xor:
    return matchPattern(content, m_Zero()) ||
                   matchPattern(content, m_AnyZeroFloat())
               ? content
               : Attribute();
  case ReductionKind::Prod:
    return matchPattern(content, m_One()) || matchPattern(content, m_OneFloat())
               ? content
               : Attribute();
  case ReductionKind::ArgMax:
  case ReductionKind::ArgMin:
    return {};
  }
  llvm_unreachable("all kinds are covered");
}

static SmallVector<PaddingState> visitReduce(ReduceOp op,
                                             ArrayRef<PaddingState> operands) {
  SmallVector<DimPadding> kept;
  for (auto [dim, padding] : llvm::enumerate(operands.front().getDims())) {
    if (llvm::is_contained(op.getDims(), static_cast<int64_t>(dim)))
      continue;
    DimPadding &result = kept.emplace_back(padding);
    for (const PaddingState &other : operands.drop_front())
      result.addTiles(other.getDims()[dim].tiles);
    result.content = operands.size() == 1
                         ? reduceContent(op.getKind(), padding.content)
                         : Attribute();
  }
  return SmallVector<PaddingState>(op->getNumResults(),
                                   PaddingState::get(kept));
}

/// Along the axis dead lanes hold what the live ones left them.
static SmallVector<PaddingState> visitScan(ScanOp op,
                                           ArrayRef<PaddingState> operands) {
  SmallVector<DimPadding> dims(operands.front().getDims());
  for (auto [dim, padding] : llvm::enumerate(dims)) {
    for (const PaddingState &other : operands.drop_front())
      padding.addTiles(other.getDims()[dim].tiles);
    bool isKept = dim != op.getAxis() && operands.size() == 1;
    padding.content =
        isKept ? reduceContent(op.getKind(), padding.content) : Attribute();
  }
  return SmallVector<PaddingState>(op->getNumResults(),
                                   PaddingState::get(dims));
}

/// What is dead comes last along the sorted dimension, where fewer elements than
/// there are may be wanted.
static PaddingState visitSort(SortOp op, const PaddingState &source) {
  SmallVector<DimPadding> dims(source.getDims());
  for (DimPadding &dim : dims)
    dim.content = {};
  if (op.getSorted().getType().getShape().back() !=
      op.getSource().getType().getShape().back())
    dims.back() = DimPadding();
  return PaddingState::get(std::move(dims));
}

/// Along the axis the indices say which lanes are dead.
static PaddingState visitGather(GatherOp op, const PaddingState &source,
                                const PaddingState &indices) {
  if (source.getUniform())
    return PaddingState::getUniform(op.getType(), source.getUniform());
  SmallVector<DimPadding> dims(indices.getDims());
  for (auto [dim, padding] : llvm::enumerate(dims)) {
    padding.content = {};
    if (dim == op.getAxis())
      continue;
    const DimPadding &other = source.getDims()[dim];
    padding.addTiles(other.tiles);
    if (padding.tiles == other.tiles)
      padding.content = other.content;
  }
  return PaddingState::get(std::move(dims));
}

/// Dead rows of the left side make dead rows of the result, of unknown content:
/// a zero times an infinity is none.
static PaddingState visitDot(DotOp op, ArrayRef<PaddingState> operands) {
  size_t rank = getShape(op.getType()).size();
  SmallVector<DimPadding> dims(rank);
  for (size_t dim = 0; dim < rank; ++dim) {
    if (dim + 1 != rank)
      dims[dim].addTiles(operands[0].getDims()[dim].tiles);
    if (dim + 2 != rank)
      dims[dim].addTiles(operands[1].getDims()[dim].tiles);
    if (op.getAcc())
      dims[dim].addTiles(operands[2].getDims()[dim].tiles);
  }
  return PaddingState::get(std::move(dims));
}

/// As of a dot; an extent of K is in no result.
static PaddingState visitDotScaled(DotScaledOp op,
                                   function_ref<PaddingState(Value)> lookup) {
  SmallVector<DimPadding> dims(2);
  dims[0].addTiles(lookup(op.getLhs()).getDims()[0].tiles);
  dims[1].addTiles(lookup(op.getRhs()).getDims()[1].tiles);
  if (Value acc = op.getAcc()) {
    PaddingState sum = lookup(acc);
    for (auto [dim, ends] : llvm::zip_equal(dims, sum.getDims()))
      dim.addTiles(ends.tiles);
  }
  return PaddingState::get(std::move(dims));
}

/// `operand_dims` names for each dimension of each result the operand and the
/// dimension that end where it does; -1 where none does.
static SmallVector<PaddingState> visitCall(CallOp op,
                                           ArrayRef<PaddingState> operands) {
  auto given = op->getAttrOfType<ArrayAttr>("operand_dims");
  SmallVector<PaddingState> states;
  for (auto [index, type] : llvm::enumerate(op->getResultTypes())) {
    SmallVector<DimPadding> dims(getShape(type).size());
    auto pairs = given && index < given.size()
                     ? dyn_cast<DenseI64ArrayAttr>(given[index])
                     : DenseI64ArrayAttr();
    for (size_t dim = 0; pairs && dim < dims.size(); ++dim)
      if (int64_t operand = pairs[2 * dim]; operand >= 0)
        dims[dim].addTiles(
            operands[operand].getDims()[pairs[2 * dim + 1]].tiles);
    states.push_back(PaddingState::get(std::move(dims)));
  }
  return states;
}

/// Lane i of a merged dimension lies in lane i / inner of the outermost one that
/// it is merged from: it dies with that one. A split gives the tiles back to
/// the outermost dimension where that has their extent again.
bool mlir::helion::keepsTiles(const ReshapeGroup &group,
                              const PaddingState &source,
                              ArrayRef<int64_t> before,
                              ArrayRef<int64_t> after) {
  if (group.source.size() == 1 && group.result.size() == 1)
    return true;
  for (int64_t dim : ArrayRef(group.source).drop_front())
    if (!source.getDims()[dim].tiles.empty())
      return false;
  auto isPower = [](ArrayRef<int64_t> shape) {
    return [shape](int64_t dim) { return llvm::isPowerOf2_64(shape[dim]); };
  };
  int64_t extent = after[group.result.front()];
  return llvm::all_of(group.source, isPower(before)) &&
         llvm::all_of(group.result, isPower(after)) &&
         llvm::all_of(
             source.getDims()[group.source.front()].tiles, [&](Value tile) {
               return extent % cast<TileType>(tile.getType()).getSize() == 0;
             });
}

static PaddingState visitReshape(ReshapeOp op, const PaddingState &source) {
  if (source.getUniform())
    return PaddingState::getUniform(op.getType(), source.getUniform());
  ArrayRef<int64_t> shape = getShape(op.getType());
  SmallVector<DimPadding> dims(shape.size());
  for (const ReshapeGroup &group :
       getReshapeGroups(getShape(op.getSource().getType()), shape))
    if (keepsTiles(group, source, getShape(op.getSource().getType()), shape))
      dims[group.result.front()] = source.getDims()[group.source.front()];
  return PaddingState::get(std::move(dims));
}

static PaddingState visitBroadcast(BroadcastOp op, const PaddingState &source) {
  if (source.getUniform())
    return PaddingState::getUniform(op.getType(), source.getUniform());
  SmallVector<DimPadding> dims(source.getDims());
  for (auto [dim, before, after] : llvm::zip_equal(
           dims, getShape(op.getSource().getType()), getShape(op.getType())))
    if (before != after)
      dim = DimPadding();
  return PaddingState::get(std::move(dims));
}

/// A permuted, extended or shortened list of dimensions; a constant stays one.
static PaddingState visitDims(Type type, const PaddingState &source,
                              SmallVector<DimPadding> dims) {
  if (source.getUniform())
    return PaddingState::getUniform(type, source.getUniform());
  return PaddingState::get(std::move(dims));
}

static SmallVector<PaddingState> transfer(Operation *op,
                                          ArrayRef<PaddingState> operands) {
  auto lookup = [&](Value value) {
    return operands[llvm::find(op->getOperands(), value) - op->operand_begin()];
  };
  if (op->hasAttr(kKeepsOldAttrName))
    return {visitKeepsOld(operands)};
  if (op->hasTrait<OpTrait::Elementwise>() || isa<InlineAsmOp>(op))
    return visitElementwise(op, operands);
  using States = SmallVector<PaddingState>;
  return llvm::TypeSwitch<Operation *, States>(op)
      .Case([&](arith::ConstantOp constant) -> States {
        Type type = constant.getType();
        Attribute value = constant.getValue();
        if (auto splat = dyn_cast<SplatElementsAttr>(value))
          return {
              PaddingState::getUniform(type, splat.getSplatValue<Attribute>())};
        return {isa<ElementsAttr>(value)
                    ? PaddingState::getUnknown(type)
                    : PaddingState::getUniform(type, value)};
      })
      .Case([&](FullOp full) -> States {
        return {visitDims(
            full.getType(), operands[0],
            SmallVector<DimPadding>(getShape(full.getType()).size()))};
      })
      .Case([&](TileIndexOp index) -> States {
        return {visitTile(index.getTile(), index.getType(), {})};
      })
      .Case([&](TileMaskOp mask) -> States {
        return {visitTile(mask.getTile(), mask.getType(),
                          BoolAttr::get(op->getContext(), false))};
      })
      .Case([&](LoadOp load) -> States {
        return {visitAccess(load.getIndices(), load.resolveIndexDims(),
                            {load.getMask(), load.getAddresses()},
                            load.getType(), /*holdsZero=*/true, lookup)};
      })
      .Case([&](AtomicRmwOp atomic) -> States {
        return {visitAccess(atomic.getIndices(), atomic.resolveIndexDims(),
                            atomic.getMask(), atomic.getType(),
                            /*holdsZero=*/false, lookup)};
      })
      .Case([&](AtomicCasOp cas) -> States {
        return {visitAccess(cas.getIndices(), cas.resolveIndexDims(),
                            cas.getMask(), cas.getType(), /*holdsZero=*/false,
                            lookup)};
      })
      .Case([&](DotOp dot) -> States { return {visitDot(dot, operands)}; })
      .Case([&](DotScaledOp dot) -> States {
        return {visitDotScaled(dot, lookup)};
      })
      .Case([&](CallOp call) -> States { return visitCall(call, operands); })
      .Case([&](ReduceOp reduce) -> States {
        return visitReduce(reduce, operands);
      })
      .Case([&](ScanOp scan) -> States { return visitScan(scan, operands); })
      .Case([&](SortOp sort) -> States {
        return States(2, visitSort(sort, operands[0]));
      })
      .Case([&](GatherOp gather) -> States {
        return {visitGather(gather, operands[0], operands[1])};
      })
      .Case([&](ExpandDimsOp expand) -> States {
        SmallVector<DimPadding> dims(operands[0].getDims());
        dims.insert(dims.begin() + expand.getAxis(), DimPadding());
        return {visitDims(expand.getType(), operands[0], std::move(dims))};
      })
      .Case([&](BroadcastOp broadcast) -> States {
        return {visitBroadcast(broadcast, operands[0])};
      })
      .Case([&](ReshapeOp reshape) -> States {
        return {visitReshape(reshape, operands[0])};
      })
      .Case([&](PermuteOp permute) -> States {
        SmallVector<DimPadding> dims =
            llvm::map_to_vector(permute.getOrder(), [&](int64_t dim) {
              return operands[0].getDims()[dim];
            });
        return {visitDims(permute.getType(), operands[0], std::move(dims))};
      })
      .Case([&](JoinOp join) -> States {
        PaddingState both = PaddingState::join(operands[0], operands[1]);
        SmallVector<DimPadding> dims(both.getDims());
        dims.push_back(DimPadding());
        return {visitDims(join.getType(), both, std::move(dims))};
      })
      .Case([&](SplitOp split) -> States {
        SmallVector<DimPadding> dims(operands[0].getDims().drop_back());
        return States(2,
                      visitDims(split.getLhs().getType(), operands[0], dims));
      })
      .Default([](Operation *other) -> States {
        return llvm::map_to_vector(other->getResultTypes(), [](Type type) {
          return PaddingState::getUnknown(type);
        });
      });
}

//===----------------------------------------------------------------------===//
// PaddingAnalysis
//===----------------------------------------------------------------------===//

LogicalResult
PaddingAnalysis::visitOperation(Operation *op,
                                ArrayRef<const PaddingLattice *> operands,
                                ArrayRef<PaddingLattice *> results) {
  SmallVector<PaddingState> states;
  for (const PaddingLattice *operand : operands) {
    // Visited again once the operand is known.
    if (!operand->getValue().isInitialized())
      return success();
    states.push_back(operand->getValue());
  }
  for (auto [result, state] : llvm::zip_equal(results, transfer(op, states)))
    propagateIfChanged(result, result->join(state));
  return success();
}

void PaddingAnalysis::setToEntryState(PaddingLattice *lattice) {
  Type type = lattice->getAnchor().getType();
  propagateIfChanged(lattice, lattice->join(PaddingState::getUnknown(type)));
}
