//===- FoldUnitDims.cpp - Drop dimensions of extent 1 -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A dialect conversion whose type converter drops extents of 1:
// tensor<1x64xf32> becomes tensor<64xf32>, tensor<1xf32> becomes f32.
//
// Some operations need an extent of 1 in an operand: a broadcast, the index
// tensors and the mask of a memory operation, a dot of a single row or column.
// They stay as they are; the conversion's materializations insert the
// `expand_dims` in front of them, and a `reshape` behind such a dot.
//
// Runs on the level where extents are numbers and loops are `scf`.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Transforms/DialectConversion.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONFOLDUNITDIMS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

/// The dimensions of `type` that stay.
static SmallVector<int64_t> getKeptDims(Type type) {
  SmallVector<int64_t> kept;
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    for (auto [dim, extent] : llvm::enumerate(tensor.getShape()))
      if (extent != 1)
        kept.push_back(dim);
  return kept;
}

static Type squeeze(RankedTensorType type) {
  SmallVector<int64_t> shape;
  for (int64_t extent : type.getShape())
    if (extent != 1)
      shape.push_back(extent);
  if (shape.empty())
    return type.getElementType();
  return RankedTensorType::get(shape, type.getElementType());
}

/// `value` under the type `type`, which differs in extents of 1 only.
static Value unsqueeze(OpBuilder &builder, Location loc, Value value,
                       RankedTensorType type) {
  if (value.getType() == type)
    return value;
  auto source = dyn_cast<RankedTensorType>(value.getType());
  if (!source)
    return FullOp::create(builder, loc, type, value);
  SmallVector<int64_t> shape(source.getShape());
  for (auto [dim, extent] : llvm::enumerate(type.getShape())) {
    if (dim < shape.size() && shape[dim] == extent)
      continue;
    shape.insert(shape.begin() + dim, 1);
    value = ExpandDimsOp::create(
        builder, loc, RankedTensorType::get(shape, type.getElementType()),
        value, builder.getI64IntegerAttr(dim));
  }
  return value;
}

namespace {
struct SqueezingTypeConverter : public TypeConverter {
  SqueezingTypeConverter() {
    addConversion([](Type type) { return type; });
    addConversion([](RankedTensorType type) -> Type {
      return type.hasStaticShape() ? squeeze(type) : type;
    });
    addSourceMaterialization([](OpBuilder &builder, RankedTensorType type,
                                ValueRange inputs, Location loc) -> Value {
      if (inputs.size() != 1)
        return {};
      Value value = inputs.front();
      // Two values that differ in extents of 1 have one squeezed form, and the
      // driver may offer the one for the other.
      while (auto expand = value.getDefiningOp<ExpandDimsOp>())
        value = expand.getSource();
      auto source = dyn_cast<RankedTensorType>(value.getType());
      if (source && source != type && squeeze(source) != Type(source))
        value = ReshapeOp::create(builder, loc, squeeze(source), value);
      return unsqueeze(builder, loc, value, type);
    });
    addTargetMaterialization([](OpBuilder &builder, Type type,
                                ValueRange inputs, Location loc) -> Value {
      if (inputs.size() != 1)
        return {};
      return ReshapeOp::create(builder, loc, type, inputs.front());
    });
  }
};
} // namespace

/// The position of `dim` once the dimensions other than `kept` are gone; -1
/// where it is one of those.
static int64_t renumber(int64_t dim, ArrayRef<int64_t> kept) {
  const int64_t *place = llvm::find(kept, dim);
  return place == kept.end() ? -1 : place - kept.begin();
}

//===----------------------------------------------------------------------===//
// Index lists
//===----------------------------------------------------------------------===//

static bool isUnitTile(Type type) {
  auto tile = dyn_cast<TileType>(type);
  return tile && tile.isStatic() && tile.getSize() == 1;
}

static Value castInteger(OpBuilder &builder, Location loc, Value value,
                         Type type) {
  unsigned from = value.getType().getIntOrFloatBitWidth();
  unsigned to = type.getIntOrFloatBitWidth();
  if (from < to)
    return arith::ExtSIOp::create(builder, loc, type, value);
  if (from > to)
    return arith::TruncIOp::create(builder, loc, type, value);
  return value;
}

/// The one index of a tile of extent 1.
static Value getOnlyIndex(OpBuilder &builder, Location loc, Value tile) {
  if (auto make = tile.getDefiningOp<MakeTileOp>())
    return make.getBegin();
  if (auto slice = tile.getDefiningOp<SliceOp>())
    return slice.getStart();
  if (auto shift = tile.getDefiningOp<ShiftTileOp>()) {
    Value begin = getOnlyIndex(builder, loc, shift.getTile());
    Value offset = shift.getOffset();
    Type wide = begin.getType().getIntOrFloatBitWidth() >
                        offset.getType().getIntOrFloatBitWidth()
                    ? begin.getType()
                    : offset.getType();
    return arith::AddIOp::create(builder, loc,
                                 castInteger(builder, loc, begin, wide),
                                 castInteger(builder, loc, offset, wide));
  }
  return TileBeginOp::create(builder, loc, builder.getI32Type(), tile);
}

namespace {
/// The index list of a memory operation, and its mask, for a value that lost
/// its dimensions of extent 1.
struct SqueezedAccess {
  SmallVector<Value> indices;
  SmallVector<int64_t> dims;
  Value addresses;
  Value mask;

  template <typename OpTy, typename Adaptor>
  SqueezedAccess(OpTy op, Adaptor adaptor, RankedTensorType valueType,
                 OpBuilder &builder) {
    SmallVector<int64_t> kept = getKeptDims(valueType);
    auto adapt = [&](Value original, Value converted) -> Value {
      auto type = dyn_cast<RankedTensorType>(original.getType());
      if (!type)
        return converted;
      SmallVector<int64_t> shape;
      for (int64_t dim : kept)
        shape.push_back(type.getDimSize(dim));
      if (shape.empty())
        return converted;
      return unsqueeze(builder, op.getLoc(), converted,
                       RankedTensorType::get(shape, type.getElementType()));
    };
    for (auto [original, converted, dim] : llvm::zip_equal(
             op.getIndices(), adaptor.getIndices(), op.resolveIndexDims())) {
      if (isUnitTile(original.getType())) {
        indices.push_back(getOnlyIndex(builder, op.getLoc(), original));
        dims.push_back(-1);
        continue;
      }
      indices.push_back(adapt(original, converted));
      dims.push_back(dim < 0 ? -1 : renumber(dim, kept));
    }
    if (op.getMask())
      mask = adapt(op.getMask(), adaptor.getMask());
    if constexpr (llvm::is_one_of<OpTy, LoadOp, StoreOp>::value)
      if (op.getAddresses())
        addresses = adapt(op.getAddresses(), adaptor.getAddresses());
  }

  /// Null where the dimensions are in order, as without the attribute.
  DenseI64ArrayAttr getDimsAttr(Builder &builder) const {
    if (helion::resolveIndexDims(indices, std::nullopt) == dims)
      return {};
    return builder.getDenseI64ArrayAttr(dims);
  }
};

//===----------------------------------------------------------------------===//
// Patterns: memory
//===----------------------------------------------------------------------===//

struct SqueezeLoad : public OpConversionPattern<LoadOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(LoadOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "the value is a scalar");
    SqueezedAccess access(op, adaptor, type, rewriter);
    auto load = LoadOp::create(
        rewriter, op.getLoc(), getTypeConverter()->convertType(type),
        adaptor.getBase(), access.indices, access.addresses, access.mask,
        op.getOrdinalAttr(), op.getLoadOrdinalAttr(),
        access.getDimsAttr(rewriter), op.getEvictionAttr(), op.getCacheAttr(),
        op.getAccessAttr());
    load->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, load);
    return success();
  }
};

struct SqueezeStore : public OpConversionPattern<StoreOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(StoreOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getValue().getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "the value is a scalar");
    SqueezedAccess access(op, adaptor, type, rewriter);
    auto store = StoreOp::create(
        rewriter, op.getLoc(), adaptor.getValue(), adaptor.getBase(),
        access.indices, access.addresses, access.mask, op.getOrdinalAttr(),
        access.getDimsAttr(rewriter), op.getEvictionAttr(), op.getCacheAttr(),
        op.getAccessAttr());
    store->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, store);
    return success();
  }
};

struct SqueezeAtomicRmw : public OpConversionPattern<AtomicRmwOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(AtomicRmwOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "the value is a scalar");
    SqueezedAccess access(op, adaptor, type, rewriter);
    auto atomic = AtomicRmwOp::create(
        rewriter, op.getLoc(), getTypeConverter()->convertType(type),
        op.getKindAttr(), op.getSemanticAttr(), adaptor.getValue(),
        adaptor.getBase(), access.indices, access.mask, op.getOrdinalAttr(),
        access.getDimsAttr(rewriter), op.getAccessAttr());
    atomic->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, atomic);
    return success();
  }
};

struct SqueezeAtomicCas : public OpConversionPattern<AtomicCasOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(AtomicCasOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return rewriter.notifyMatchFailure(op, "the value is a scalar");
    SqueezedAccess access(op, adaptor, type, rewriter);
    auto atomic = AtomicCasOp::create(
        rewriter, op.getLoc(), getTypeConverter()->convertType(type),
        op.getSemanticAttr(), adaptor.getExpected(), adaptor.getValue(),
        adaptor.getBase(), access.indices, access.mask, op.getOrdinalAttr(),
        access.getDimsAttr(rewriter));
    atomic->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.replaceOp(op, atomic);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Patterns: tiles, creation
//===----------------------------------------------------------------------===//

struct SqueezeTileIndex : public OpConversionPattern<TileIndexOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(TileIndexOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value index = getOnlyIndex(rewriter, op.getLoc(), op.getTile());
    Type element = getElementTypeOrSelf(op.getType());
    rewriter.replaceOp(op, castInteger(rewriter, op.getLoc(), index, element));
    return success();
  }
};

struct SqueezeTileMask : public OpConversionPattern<TileMaskOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(TileMaskOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    // The only lane of a tile that exists is live.
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(op,
                                                   rewriter.getBoolAttr(true));
    return success();
  }
};

struct SqueezeArange : public OpConversionPattern<ArangeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ArangeOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getType());
    rewriter.replaceOpWithNewOp<arith::ConstantOp>(
        op, rewriter.getZeroAttr(element));
    return success();
  }
};

struct SqueezeConstant : public OpConversionPattern<arith::ConstantOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(arith::ConstantOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
    if (!dense)
      return rewriter.notifyMatchFailure(op, "the value is not dense");
    Type type = getTypeConverter()->convertType(op.getType());
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(op, dense.reshape(tensor));
    else
      rewriter.replaceOpWithNewOp<arith::ConstantOp>(
          op, cast<TypedAttr>(*dense.getValues<Attribute>().begin()));
    return success();
  }
};

struct SqueezeFull : public OpConversionPattern<FullOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(FullOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (type == adaptor.getValue().getType())
      rewriter.replaceOp(op, adaptor.getValue());
    else
      rewriter.replaceOpWithNewOp<FullOp>(op, type, adaptor.getValue());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Patterns: shape
//===----------------------------------------------------------------------===//

struct SqueezeExpandDims : public OpConversionPattern<ExpandDimsOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ExpandDimsOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, adaptor.getSource());
    return success();
  }
};

struct SqueezeBroadcast : public OpConversionPattern<BroadcastOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(BroadcastOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (type == adaptor.getSource().getType()) {
      rewriter.replaceOp(op, adaptor.getSource());
      return success();
    }
    auto source = cast<RankedTensorType>(op.getSource().getType());
    SmallVector<int64_t> shape;
    for (int64_t dim : getKeptDims(op.getType()))
      shape.push_back(source.getDimSize(dim));
    Value expanded =
        unsqueeze(rewriter, op.getLoc(), adaptor.getSource(),
                  RankedTensorType::get(shape, source.getElementType()));
    rewriter.replaceOpWithNewOp<BroadcastOp>(op, type, expanded);
    return success();
  }
};

struct SqueezeReshape : public OpConversionPattern<ReshapeOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ReshapeOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Type type = getTypeConverter()->convertType(op.getType());
    if (type == adaptor.getSource().getType())
      rewriter.replaceOp(op, adaptor.getSource());
    else
      rewriter.replaceOpWithNewOp<ReshapeOp>(op, type, adaptor.getSource());
    return success();
  }
};

struct SqueezePermute : public OpConversionPattern<PermuteOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(PermuteOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<int64_t> kept = getKeptDims(op.getSource().getType());
    SmallVector<int64_t> order;
    for (int64_t dim : op.getOrder())
      if (int64_t place = renumber(dim, kept); place >= 0)
        order.push_back(place);
    if (llvm::is_sorted(order))
      rewriter.replaceOp(op, adaptor.getSource());
    else
      rewriter.replaceOpWithNewOp<PermuteOp>(
          op, getTypeConverter()->convertType(op.getType()),
          adaptor.getSource(), order);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Patterns: contractions, reductions, element-wise
//===----------------------------------------------------------------------===//

/// A dot with a batch of 1 becomes one of rank 2. Its matrices keep extents
/// of 1.
struct SqueezeDot : public OpConversionPattern<DotOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(DotOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    auto dropBatch = [](Value value) {
      auto type = cast<RankedTensorType>(value.getType());
      return RankedTensorType::get(type.getShape().drop_front(),
                                   type.getElementType());
    };
    auto matrix = [&](Value original, Value converted) {
      return unsqueeze(rewriter, op.getLoc(), converted, dropBatch(original));
    };
    Value lhs = matrix(op.getLhs(), adaptor.getLhs());
    Value rhs = matrix(op.getRhs(), adaptor.getRhs());
    Value acc = op.getAcc() ? matrix(op.getAcc(), adaptor.getAcc()) : Value();
    Value dot = DotOp::create(rewriter, op.getLoc(), dropBatch(op.getResult()),
                              lhs, rhs, acc, op.getPrecisionAttr());
    dot.getDefiningOp()->setDiscardableAttrs(
        op->getDiscardableAttrDictionary());
    Type type = getTypeConverter()->convertType(op.getType());
    if (type != dot.getType())
      dot = ReshapeOp::create(rewriter, op.getLoc(), type, dot);
    rewriter.replaceOp(op, dot);
    return success();
  }
};

struct SqueezeReduce : public OpConversionPattern<ReduceOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ReduceOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<int64_t> kept = getKeptDims(op.getInputs().front().getType());
    SmallVector<int64_t> dims;
    for (int64_t dim : op.getDims())
      if (int64_t place = renumber(dim, kept); place >= 0)
        dims.push_back(place);
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op.getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "a result has no squeezed type");
    if (dims.empty())
      return replaceByInputs(op, adaptor, types, rewriter);
    auto reduce = ReduceOp::create(rewriter, op.getLoc(), types,
                                   op.getKindAttr(), adaptor.getInputs(),
                                   rewriter.getDenseI64ArrayAttr(dims));
    reduce->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getCombine(), reduce.getCombine(),
                                reduce.getCombine().end());
    rewriter.replaceOp(op, reduce);
    return success();
  }

private:
  /// One element is its own sum, maximum, ..., at position 0.
  static LogicalResult replaceByInputs(ReduceOp op, OpAdaptor adaptor,
                                       ArrayRef<Type> types,
                                       ConversionPatternRewriter &rewriter) {
    bool isArg = op.getKind() == ReductionKind::ArgMax ||
                 op.getKind() == ReductionKind::ArgMin;
    if (isArg) {
      Type type = types.front();
      Value zero = arith::ConstantOp::create(
          rewriter, op.getLoc(),
          rewriter.getZeroAttr(getElementTypeOrSelf(type)));
      if (isa<RankedTensorType>(type))
        zero = FullOp::create(rewriter, op.getLoc(), type, zero);
      rewriter.replaceOp(op, zero);
      return success();
    }
    if (TypeRange(adaptor.getInputs()) != TypeRange(types))
      return rewriter.notifyMatchFailure(
          op, "the reduction changes the element type");
    rewriter.replaceOp(op, adaptor.getInputs());
    return success();
  }
};

struct SqueezeScan : public OpConversionPattern<ScanOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(ScanOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    SmallVector<int64_t> kept = getKeptDims(op.getInputs().front().getType());
    int64_t axis = renumber(op.getAxis(), kept);
    // One element is its own running sum, maximum, ...
    if (axis < 0) {
      rewriter.replaceOp(op, adaptor.getInputs());
      return success();
    }
    auto scan =
        ScanOp::create(rewriter, op.getLoc(), TypeRange(adaptor.getInputs()),
                       op.getKindAttr(), adaptor.getInputs(),
                       rewriter.getI64IntegerAttr(axis), op.getReverseAttr());
    scan->setDiscardableAttrs(op->getDiscardableAttrDictionary());
    rewriter.inlineRegionBefore(op.getCombine(), scan.getCombine(),
                                scan.getCombine().end());
    rewriter.replaceOp(op, scan);
    return success();
  }
};

/// `value` under `type`, which has the same elements and may have an extent of 1.
static Value reshapeTo(OpBuilder &builder, Location loc, Value value,
                       Type type) {
  return value.getType() == type ? value
                                 : ReshapeOp::create(builder, loc, type, value);
}

/// `type` without its extents of 1 but in dimension `dim`.
static RankedTensorType squeezeAllBut(int64_t dim, RankedTensorType type) {
  SmallVector<int64_t> shape;
  for (auto [position, extent] : llvm::enumerate(type.getShape()))
    if (extent != 1 || static_cast<int64_t>(position) == dim)
      shape.push_back(extent);
  return type.clone(shape);
}

/// The least element alone is a result of extent 1, which the operation keeps.
struct SqueezeSort : public OpConversionPattern<SortOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(SortOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto type = cast<RankedTensorType>(op.getSource().getType());
    auto result = cast<RankedTensorType>(op.getSorted().getType());
    int64_t last = type.getRank() - 1;
    Type sorted = getTypeConverter()->convertType(op.getSorted().getType());
    Type positions =
        getTypeConverter()->convertType(op.getPositions().getType());
    if (type.getDimSize(last) == 1) {
      Value zero = arith::ConstantOp::create(rewriter, loc,
                                             rewriter.getI32IntegerAttr(0));
      if (isa<RankedTensorType>(positions))
        zero = FullOp::create(rewriter, loc, positions, zero);
      rewriter.replaceOp(op, ValueRange{adaptor.getSource(), zero});
      return success();
    }
    RankedTensorType kept = squeezeAllBut(last, result);
    auto sort =
        SortOp::create(rewriter, loc, kept, kept.clone(rewriter.getI32Type()),
                       adaptor.getSource());
    rewriter.replaceOp(
        op,
        ValueRange{reshapeTo(rewriter, loc, sort.getSorted(), sorted),
                   reshapeTo(rewriter, loc, sort.getPositions(), positions)});
    return success();
  }
};

/// The axis may have an extent of 1 in the indices: it stays then.
struct SqueezeGather : public OpConversionPattern<GatherOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(GatherOp op, OpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    int64_t axis = op.getAxis();
    auto source = cast<RankedTensorType>(op.getSource().getType());
    auto indices = cast<RankedTensorType>(op.getIndices().getType());
    Type result = getTypeConverter()->convertType(op.getType());
    if (source.getDimSize(axis) == 1) {
      // All indices are 0.
      Value only = unsqueeze(rewriter, loc, adaptor.getSource(),
                             squeezeAllBut(axis, source));
      auto repeated = squeezeAllBut(axis, cast<RankedTensorType>(op.getType()));
      if (repeated != only.getType())
        only = BroadcastOp::create(rewriter, loc, repeated, only);
      rewriter.replaceOp(op, reshapeTo(rewriter, loc, only, result));
      return success();
    }
    Value positions = unsqueeze(rewriter, loc, adaptor.getIndices(),
                                squeezeAllBut(axis, indices));
    SmallVector<int64_t> kept = getKeptDims(source);
    Value gathered = GatherOp::create(
        rewriter, loc,
        squeezeAllBut(axis, cast<RankedTensorType>(op.getType())),
        adaptor.getSource(), positions,
        rewriter.getI64IntegerAttr(renumber(axis, kept)));
    rewriter.replaceOp(op, reshapeTo(rewriter, loc, gathered, result));
    return success();
  }
};

/// Operations that do the same to each element: the same with other types.
struct SqueezeElementwise : public ConversionPattern {
  SqueezeElementwise(const TypeConverter &converter, MLIRContext *context)
      : ConversionPattern(converter, MatchAnyOpTypeTag(), /*benefit=*/0,
                          context) {}

  LogicalResult
  matchAndRewrite(Operation *op, ArrayRef<Value> operands,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op->hasTrait<OpTrait::Elementwise>() &&
        !isa<InlineAsmOp, JoinOp, SplitOp>(op))
      return rewriter.notifyMatchFailure(op, "not element-wise");
    SmallVector<Type> types;
    if (failed(getTypeConverter()->convertTypes(op->getResultTypes(), types)))
      return rewriter.notifyMatchFailure(op, "a result has no squeezed type");
    OperationState state(op->getLoc(), op->getName(), operands, types);
    state.addAttributes(op->getDiscardableAttrDictionary().getValue());
    Operation *squeezed = Operation::create(state);
    squeezed->copyProperties(op->getPropertiesStorage());
    rewriter.insert(squeezed);
    rewriter.replaceOp(op, squeezed);
    return success();
  }
};

//===----------------------------------------------------------------------===//
// Clean-up
//===----------------------------------------------------------------------===//

/// expand_dims(reshape(x)) ==> x where nothing changes: a dot behind a dot.
struct FoldReshapeRoundTrip : public OpRewritePattern<ExpandDimsOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ExpandDimsOp op,
                                PatternRewriter &rewriter) const override {
    auto reshape = op.getSource().getDefiningOp<ReshapeOp>();
    if (!reshape || reshape.getSource().getType() != op.getType())
      return rewriter.notifyMatchFailure(
          op, "its source is no reshape of its type");
    rewriter.replaceOp(op, reshape.getSource());
    return success();
  }
};

/// broadcast(full(x)) ==> full(x).
struct FoldBroadcastOfFull : public OpRewritePattern<BroadcastOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(BroadcastOp op,
                                PatternRewriter &rewriter) const override {
    auto full = op.getSource().getDefiningOp<FullOp>();
    if (!full)
      return rewriter.notifyMatchFailure(op, "its source is no full");
    rewriter.replaceOpWithNewOp<FullOp>(op, op.getType(), full.getValue());
    return success();
  }
};

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

struct FoldUnitDimsPass
    : public helion::impl::HelionFoldUnitDimsBase<FoldUnitDimsPass> {
  using HelionFoldUnitDimsBase::HelionFoldUnitDimsBase;

  void runOnOperation() override {
    SqueezingTypeConverter converter;
    if (!hasUnitDims(converter))
      return;
    ConversionTarget target(getContext());
    setLegality(target, converter);
    RewritePatternSet patterns(&getContext());
    patterns
        .add<SqueezeLoad, SqueezeStore, SqueezeAtomicRmw, SqueezeAtomicCas,
             SqueezeTileIndex, SqueezeTileMask, SqueezeArange, SqueezeConstant,
             SqueezeFull, SqueezeExpandDims, SqueezeBroadcast, SqueezeReshape,
             SqueezePermute, SqueezeDot, SqueezeReduce, SqueezeScan,
             SqueezeSort, SqueezeGather, SqueezeElementwise>(converter,
                                                             &getContext());
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      return signalPassFailure();

    RewritePatternSet cleanup(&getContext());
    cleanup.add<FoldReshapeRoundTrip, FoldBroadcastOfFull>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(cleanup))))
      signalPassFailure();
  }

private:
  /// True if a conversion would change anything; most kernels have extents of 1
  /// only on the way to a broadcast.
  bool hasUnitDims(const TypeConverter &converter) {
    auto repeats = [&](Operation *op) {
      return isa<BroadcastOp>(op) && converter.isLegal(op->getResultTypes());
    };
    WalkResult found = getOperation().walk([&](Operation *op) {
      if (repeats(op))
        return WalkResult::advance();
      if (auto expand = dyn_cast<ExpandDimsOp>(op);
          expand && converter.isLegal(expand.getSource().getType()) &&
          llvm::all_of(expand->getUsers(), repeats))
        return WalkResult::advance();
      bool legal = converter.isLegal(op->getOperandTypes()) &&
                   converter.isLegal(op->getResultTypes()) &&
                   llvm::none_of(op->getOperandTypes(), isUnitTile);
      return legal ? WalkResult::advance() : WalkResult::interrupt();
    });
    return found.wasInterrupted();
  }

  static void setLegality(ConversionTarget &target,
                          const TypeConverter &converter) {
    target.addDynamicallyLegalOp<LoadOp>([&](LoadOp op) {
      return converter.isLegal(op.getType()) &&
             llvm::none_of(op->getOperandTypes(), isUnitTile);
    });
    target.addDynamicallyLegalOp<StoreOp>([&](StoreOp op) {
      return converter.isLegal(op.getValue().getType()) &&
             llvm::none_of(op->getOperandTypes(), isUnitTile);
    });
    target.addDynamicallyLegalOp<AtomicRmwOp>([&](AtomicRmwOp op) {
      return converter.isLegal(op.getType()) &&
             llvm::none_of(op->getOperandTypes(), isUnitTile);
    });
    target.addDynamicallyLegalOp<AtomicCasOp>([&](AtomicCasOp op) {
      return converter.isLegal(op.getType()) &&
             llvm::none_of(op->getOperandTypes(), isUnitTile);
    });
    target.addDynamicallyLegalOp<DotOp>([](DotOp op) {
      auto type = cast<RankedTensorType>(op.getType());
      return type.getRank() == 2 || type.getDimSize(0) != 1;
    });
    // Their operands arrive in their full shapes.
    target.addLegalOp<CallOp, DotScaledOp, PrintOp>();
    // Their results may have an extent of 1 where the source has none.
    target.addDynamicallyLegalOp<SortOp, GatherOp>([&](Operation *op) {
      return converter.isLegal(op->getOperand(0).getType());
    });
    // The source may have an extent of 1 to repeat along.
    target.addDynamicallyLegalOp<BroadcastOp>(
        [&](BroadcastOp op) { return converter.isLegal(op.getType()); });
    target.markUnknownOpDynamicallyLegal([&](Operation *op) {
      return converter.isLegal(op->getOperandTypes()) &&
             converter.isLegal(op->getResultTypes());
    });
  }
};
} // namespace
