//===- MemoryPatterns.cpp - Loads and stores become pointers or descriptors -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Pointers: the first index of each tile moves a scalar base, the lanes are
// offsets that do not change from one iteration of a loop to the next. So a loop
// over tiles costs one scalar addition per load, and on AMD the address has the
// form that buffer loads want.
//
// Descriptors: scalar indices move the base, tiles make the dimensions. The
// hardware wants the dimension of stride 1 last: the block is transposed behind a
// load and before a store where the tensor has it elsewhere.
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::helion;

namespace {
/// A host tensor: its pointer and, where known, its extents and strides.
struct HostTensor {
  Value pointer;
  SmallVector<OpFoldResult> sizes, strides;
};
} // namespace

Value mlir::helion::getPointer(Value base) {
  if (auto view = base.getDefiningOp<ViewOp>())
    base = view.getSource();
  auto cast = base.getDefiningOp<UnrealizedConversionCastOp>();
  return cast ? cast.getInputs().front() : Value();
}

static FailureOr<HostTensor> getHostTensor(Value base) {
  HostTensor tensor;
  tensor.pointer = getPointer(base);
  if (!tensor.pointer)
    return failure();
  unsigned rank = cast<MemRefType>(base.getType()).getRank();
  for (unsigned dim = 0; dim < rank; ++dim) {
    tensor.sizes.push_back(getHostSize(base, dim));
    tensor.strides.push_back(getHostStride(base, dim));
    if (!tensor.sizes.back() || !tensor.strides.back())
      return failure();
  }
  return tensor;
}

/// `value` times a stride that is a number or a scalar.
static Value scaleBy(OpBuilder &builder, Location loc, Value value,
                     OpFoldResult stride) {
  if (auto number = dyn_cast<Attribute>(stride))
    return createScaled(builder, loc, value,
                        cast<IntegerAttr>(number).getInt());
  Value factor = cast<Value>(stride);
  Type element = getElementTypeOrSelf(value.getType());
  if (factor.getType() != element)
    factor =
        element.isInteger(64)
            ? Value(arith::ExtSIOp::create(builder, loc, element, factor))
            : Value(arith::TruncIOp::create(builder, loc, element, factor));
  if (auto tensor = dyn_cast<RankedTensorType>(value.getType()))
    factor = tt::SplatOp::create(builder, loc, tensor, factor);
  return arith::MulIOp::create(builder, loc, value, factor);
}

static Value addUp(OpBuilder &builder, Location loc, Value sum, Value term) {
  if (!sum)
    return term;
  auto widen = [&](Value value) -> Value {
    Type type = value.getType();
    if (!getElementTypeOrSelf(type).isInteger(32))
      return value;
    Type wide = builder.getI64Type();
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      wide = RankedTensorType::get(tensor.getShape(), wide);
    return arith::ExtSIOp::create(builder, loc, wide, value);
  };
  if (getElementTypeOrSelf(sum.getType()) !=
      getElementTypeOrSelf(term.getType())) {
    sum = widen(sum);
    term = widen(term);
  }
  return arith::AddIOp::create(builder, loc, sum, term);
}

FailureOr<Value> mlir::helion::createPointers(const Access &access,
                                              PatternRewriter &rewriter) {
  Location loc = access.op->getLoc();
  FailureOr<HostTensor> tensor = getHostTensor(access.base);
  if (failed(tensor))
    return rewriter.notifyMatchFailure(access.op,
                                       "the strides of the tensor are unknown");
  Type valueType = access.valueType;
  auto type = dyn_cast<RankedTensorType>(valueType);
  ArrayRef<int64_t> shape = type ? type.getShape() : ArrayRef<int64_t>();
  Value scalarOffset, tensorOffset;
  for (auto [position, index, dim] :
       llvm::enumerate(access.indices, access.dims)) {
    OpFoldResult stride = tensor->strides[position];
    if (isConstantIntValue(stride, 0))
      continue;
    if (isa<RankedTensorType>(index.getType())) {
      Value lanes = scaleBy(rewriter, loc, index, stride);
      tensorOffset = addUp(rewriter, loc, tensorOffset,
                           createBroadcast(rewriter, loc, lanes, shape));
      continue;
    }
    if (!isa<TileType>(index.getType())) {
      if (!matchPattern(index, m_Zero()))
        scalarOffset = addUp(rewriter, loc, scalarOffset,
                             scaleBy(rewriter, loc, index, stride));
      continue;
    }
    FailureOr<TileParts> tile = getTileParts(rewriter, loc, index);
    if (failed(tile))
      return rewriter.notifyMatchFailure(access.op,
                                         "the maker of a tile is unknown");
    if (!matchPattern(tile->begin, m_Zero()))
      scalarOffset = addUp(rewriter, loc, scalarOffset,
                           scaleBy(rewriter, loc, tile->begin, stride));
    Value lanes = createScaled(
        rewriter, loc,
        createRange(rewriter, loc, tile->size, tile->begin.getType()),
        tile->step);
    lanes = createAlong(rewriter, loc, lanes, dim, [&] {
      // Multiply before the broadcast: one dimension's worth of work.
      SmallVector<int64_t> thin(shape.size(), 1);
      thin[dim] = tile->size;
      return thin;
    }());
    lanes = scaleBy(rewriter, loc, lanes, stride);
    tensorOffset = addUp(rewriter, loc, tensorOffset,
                         createBroadcast(rewriter, loc, lanes, shape));
  }
  Value pointer = tensor->pointer;
  Type pointerType = pointer.getType();
  Value addresses = access.addresses;
  if (addresses && isa<RankedTensorType>(addresses.getType())) {
    // Offsets that all lanes share are added once per address.
    ArrayRef<int64_t> thin =
        cast<RankedTensorType>(addresses.getType()).getShape();
    Value bases = tt::IntToPtrOp::create(
        rewriter, loc, RankedTensorType::get(thin, pointerType), addresses);
    if (scalarOffset)
      bases =
          tt::AddPtrOp::create(rewriter, loc, bases.getType(), bases,
                               createSplat(rewriter, loc, scalarOffset, thin));
    bases = createBroadcast(rewriter, loc, bases, shape);
    return tensorOffset
               ? Value(tt::AddPtrOp::create(rewriter, loc, bases.getType(),
                                            bases, tensorOffset))
               : bases;
  }
  if (addresses)
    pointer = tt::IntToPtrOp::create(rewriter, loc, pointerType, addresses);
  if (scalarOffset)
    pointer =
        tt::AddPtrOp::create(rewriter, loc, pointerType, pointer, scalarOffset);
  if (!type)
    return pointer;
  auto pointers = RankedTensorType::get(shape, pointer.getType());
  Value splat = tt::SplatOp::create(rewriter, loc, pointers, pointer);
  if (!tensorOffset)
    return splat;
  return Value(
      tt::AddPtrOp::create(rewriter, loc, pointers, splat, tensorOffset));
}

Value mlir::helion::createMask(OpBuilder &builder, Location loc, Value mask,
                               Type valueType) {
  auto type = dyn_cast<RankedTensorType>(valueType);
  if (!mask || !type)
    return mask;
  if (!isa<RankedTensorType>(mask.getType()))
    return createSplat(builder, loc, mask, type.getShape());
  return createBroadcast(builder, loc, mask, type.getShape());
}

/// Booleans lie in memory as bytes.
static Type getStoredType(Type valueType) {
  if (!getElementTypeOrSelf(valueType).isInteger(1))
    return valueType;
  Type byte = IntegerType::get(valueType.getContext(), 8);
  if (auto tensor = dyn_cast<RankedTensorType>(valueType))
    return RankedTensorType::get(tensor.getShape(), byte);
  return byte;
}

static Value createZero(OpBuilder &builder, Location loc, Type type) {
  return arith::ConstantOp::create(builder, loc,
                                   cast<TypedAttr>(builder.getZeroAttr(type)));
}

static tt::EvictionPolicy toTriton(std::optional<EvictionPolicy> policy) {
  if (policy == EvictionPolicy::First)
    return tt::EvictionPolicy::EVICT_FIRST;
  if (policy == EvictionPolicy::Last)
    return tt::EvictionPolicy::EVICT_LAST;
  return tt::EvictionPolicy::NORMAL;
}

static tt::CacheModifier toTriton(std::optional<CacheModifier> modifier) {
  // Both enumerations list the same operators; Triton counts from 1.
  return static_cast<tt::CacheModifier>(
      static_cast<uint32_t>(modifier.value_or(CacheModifier::None)) + 1);
}

namespace {
/// A descriptor for one access, and how the value lies in it.
struct Descriptor {
  Value value;
  SmallVector<Value> coordinates;
  /// Descriptor dimension i is dimension `order[i]` of the value.
  SmallVector<int32_t> order;
  RankedTensorType blockType;
};

struct MemoryLowering {
  TritonTarget target;

  tt::Spelling spelling() const {
    tt::Spelling result;
    result.bareDescriptors = target.bareTensorDesc;
    result.cachePolicyAttr = target.cachePolicyAttr;
    return result;
  }

  /// Hints for pointers. PTX takes a cache operator or an eviction priority.
  template <typename OpTy, typename TritonOpTy>
  void setPointerHints(OpTy op, TritonOpTy access) const {
    tt::CacheModifier cache = toTriton(op.getCache());
    tt::EvictionPolicy eviction = toTriton(op.getEviction());
    if (!target.isHip && cache != tt::CacheModifier::NONE &&
        eviction != tt::EvictionPolicy::NORMAL) {
      op.emitRemark("the eviction policy is dropped: PTX has none beside a "
                    "cache modifier");
      eviction = tt::EvictionPolicy::NORMAL;
    }
    tt::setCacheHints(access, cache, eviction, spelling());
  }

  template <typename OpTy>
  FailureOr<Descriptor> createDescriptor(OpTy op, RankedTensorType valueType,
                                         PatternRewriter &rewriter) const {
    Location loc = op.getLoc();
    FailureOr<HostTensor> tensor = getHostTensor(op.getBase());
    if (failed(tensor))
      return rewriter.notifyMatchFailure(
          op, "the strides of the tensor are unknown");
    Value base = tensor->pointer, offset;
    SmallVector<Value> sizes, strides, coordinates;
    SmallVector<int64_t> extents;
    int32_t contiguous = -1;
    for (auto [position, index] : llvm::enumerate(op.getIndices())) {
      OpFoldResult stride = tensor->strides[position];
      auto tile = dyn_cast<TileType>(index.getType());
      if (!tile) {
        if (!matchPattern(index, m_Zero()))
          offset = addUp(rewriter, loc, offset,
                         scaleBy(rewriter, loc, index, stride));
        continue;
      }
      FailureOr<TileParts> parts = getTileParts(rewriter, loc, index);
      if (failed(parts))
        return rewriter.notifyMatchFailure(op,
                                           "the maker of a tile is unknown");
      if (isConstantIntValue(stride, 1))
        contiguous = static_cast<int32_t>(extents.size());
      extents.push_back(parts->size);
      coordinates.push_back(toInteger(rewriter, loc, parts->begin, 32));
      sizes.push_back(toInteger(rewriter, loc, tensor->sizes[position], 32));
      strides.push_back(toInteger(rewriter, loc, stride, 64));
    }
    if (contiguous < 0)
      return rewriter.notifyMatchFailure(
          op, "no tile indexes a dimension of stride 1");
    if (offset)
      base = tt::AddPtrOp::create(rewriter, loc, base.getType(), base, offset);
    Descriptor descriptor;
    for (int32_t dim = 0, rank = extents.size(); dim < rank; ++dim)
      if (dim != contiguous)
        descriptor.order.push_back(dim);
    descriptor.order.push_back(contiguous);
    auto reorder = [&](auto &values) {
      auto before = values;
      for (auto [to, from] : llvm::enumerate(descriptor.order))
        values[to] = before[from];
    };
    reorder(sizes);
    reorder(strides);
    reorder(coordinates);
    reorder(extents);
    descriptor.coordinates = coordinates;
    descriptor.blockType =
        RankedTensorType::get(extents, valueType.getElementType());
    descriptor.value = tt::MakeTensorDescOp::create(
        rewriter, loc,
        tt::TensorDescType::get(descriptor.blockType, target.bareTensorDesc),
        base, sizes, strides);
    return descriptor;
  }

  static Value toInteger(OpBuilder &builder, Location loc, OpFoldResult value,
                         unsigned width) {
    Type type = builder.getIntegerType(width);
    if (auto number = dyn_cast<Attribute>(value))
      return arith::ConstantOp::create(
          builder, loc,
          builder.getIntegerAttr(type, cast<IntegerAttr>(number).getInt()));
    Value scalar = cast<Value>(value);
    if (scalar.getType() == type)
      return scalar;
    if (scalar.getType().getIntOrFloatBitWidth() < width)
      return arith::ExtSIOp::create(builder, loc, type, scalar);
    return arith::TruncIOp::create(builder, loc, type, scalar);
  }
};

struct LoadLowering : OpRewritePattern<LoadOp>, MemoryLowering {
  LoadLowering(MLIRContext *context, const TritonTarget &target)
      : OpRewritePattern(context), MemoryLowering{target} {}

  LogicalResult matchAndRewrite(LoadOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getAccess() == AccessKind::Descriptor)
      return lowerToDescriptor(op, rewriter);
    Location loc = op.getLoc();
    FailureOr<Value> pointers = createPointers(
        Access::get(op, op.getType(), op.getAddresses()), rewriter);
    if (failed(pointers))
      return failure();
    Type stored = getStoredType(op.getType());
    Value mask = createMask(rewriter, loc, op.getMask(), op.getType());
    Value other = mask ? createZero(rewriter, loc, stored) : Value();
    auto load = tt::LoadOp::create(rewriter, loc, *pointers, mask, other);
    setPointerHints(op, load);
    Value value = load.getResult();
    if (stored != op.getType())
      value = arith::CmpIOp::create(rewriter, loc, arith::CmpIPredicate::ne,
                                    value, createZero(rewriter, loc, stored));
    rewriter.replaceOp(op, value);
    return success();
  }

  LogicalResult lowerToDescriptor(LoadOp op, PatternRewriter &rewriter) const {
    auto type = cast<RankedTensorType>(op.getType());
    FailureOr<Descriptor> descriptor = createDescriptor(op, type, rewriter);
    if (failed(descriptor))
      return failure();
    auto load = tt::DescriptorLoadOp::create(
        rewriter, op.getLoc(), descriptor->value, descriptor->coordinates);
    tt::setCacheHints(load, toTriton(op.getCache()), toTriton(op.getEviction()),
                      spelling());
    Value value = load.getResult();
    // Not by its type: that of a square block does not change.
    if (!llvm::is_sorted(descriptor->order)) {
      SmallVector<int32_t> inverse(descriptor->order.size());
      for (auto [to, from] : llvm::enumerate(descriptor->order))
        inverse[from] = static_cast<int32_t>(to);
      value = tt::TransOp::create(rewriter, op.getLoc(), type, value,
                                  rewriter.getDenseI32ArrayAttr(inverse));
    }
    rewriter.replaceOp(op, value);
    return success();
  }
};

struct StoreLowering : OpRewritePattern<StoreOp>, MemoryLowering {
  StoreLowering(MLIRContext *context, const TritonTarget &target)
      : OpRewritePattern(context), MemoryLowering{target} {}

  LogicalResult matchAndRewrite(StoreOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value value = op.getValue();
    if (op.getAccess() == AccessKind::Descriptor) {
      auto type = cast<RankedTensorType>(value.getType());
      FailureOr<Descriptor> descriptor = createDescriptor(op, type, rewriter);
      if (failed(descriptor))
        return failure();
      if (!llvm::is_sorted(descriptor->order))
        value = tt::TransOp::create(
            rewriter, loc, descriptor->blockType, value,
            rewriter.getDenseI32ArrayAttr(descriptor->order));
      rewriter.replaceOpWithNewOp<tt::DescriptorStoreOp>(
          op, descriptor->value, value, descriptor->coordinates);
      return success();
    }
    FailureOr<Value> pointers = createPointers(
        Access::get(op, value.getType(), op.getAddresses()), rewriter);
    if (failed(pointers))
      return failure();
    Value mask = createMask(rewriter, loc, op.getMask(), value.getType());
    Type stored = getStoredType(value.getType());
    if (stored != value.getType())
      value = arith::ExtUIOp::create(rewriter, loc, stored, value);
    auto store = tt::StoreOp::create(rewriter, loc, *pointers, value, mask);
    setPointerHints(op, store);
    rewriter.eraseOp(op);
    return success();
  }
};

/// An atomic operation through a descriptor; others are lowered with the rest of
/// their kind.
struct ReductionLowering : OpRewritePattern<AtomicRmwOp>, MemoryLowering {
  ReductionLowering(MLIRContext *context, const TritonTarget &target)
      : OpRewritePattern(context), MemoryLowering{target} {}

  LogicalResult matchAndRewrite(AtomicRmwOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getAccess() != AccessKind::Descriptor)
      return rewriter.notifyMatchFailure(op, "it goes through pointers");
    std::optional<tt::DescriptorReduceKind> kind = getKind(op.getKind());
    if (!kind)
      return rewriter.notifyMatchFailure(op, "descriptors do not exchange");
    auto type = cast<RankedTensorType>(op.getType());
    FailureOr<Descriptor> descriptor =
        createDescriptor(op, type.clone(getDescribed(op)), rewriter);
    if (failed(descriptor))
      return failure();
    Value value = op.getValue();
    if (!llvm::is_sorted(descriptor->order))
      value = tt::TransOp::create(
          rewriter, op.getLoc(),
          descriptor->blockType.clone(type.getElementType()), value,
          rewriter.getDenseI32ArrayAttr(descriptor->order));
    tt::DescriptorReduceOp::create(rewriter, op.getLoc(), *kind,
                                   descriptor->value, value,
                                   descriptor->coordinates);
    // What stood in memory stays unknown; nobody asks for it.
    rewriter.eraseOp(op);
    return success();
  }

  static std::optional<tt::DescriptorReduceKind> getKind(AtomicKind kind) {
    switch (kind) {
    case AtomicKind::Add:
      return tt::DescriptorReduceKind::ADD;
    case AtomicKind::And:
      return tt::DescriptorReduceKind::AND;
    case AtomicKind::Or:
      return tt::DescriptorReduceKind::OR;
    case AtomicKind::Xor:
      return tt::DescriptorReduceKind::XOR;
    case AtomicKind::Max:
    case AtomicKind::UMax:
      return tt::DescriptorReduceKind::MAX;
    case AtomicKind::Min:
    case AtomicKind::UMin:
      return tt::DescriptorReduceKind::MIN;
    case AtomicKind::Xchg:
      return std::nullopt;
    }
    llvm_unreachable("unknown atomic kind");
  }

  /// The element type that the descriptor is told. Integers have a sign there;
  /// 64 bits are only added without, which is the same.
  static Type getDescribed(AtomicRmwOp op) {
    Type element = getElementTypeOrSelf(op.getType());
    auto integer = dyn_cast<IntegerType>(element);
    if (!integer)
      return element;
    bool isUnsigned =
        op.getKind() == AtomicKind::UMax || op.getKind() == AtomicKind::UMin ||
        (op.getKind() == AtomicKind::Add && integer.isInteger(64));
    return IntegerType::get(op.getContext(), integer.getWidth(),
                            isUnsigned ? IntegerType::Unsigned
                                       : IntegerType::Signed);
  }
};
} // namespace

void mlir::helion::populateMemoryPatterns(RewritePatternSet &patterns,
                                          const TritonTarget &target) {
  patterns.add<LoadLowering, StoreLowering, ReductionLowering>(
      patterns.getContext(), target);
}
