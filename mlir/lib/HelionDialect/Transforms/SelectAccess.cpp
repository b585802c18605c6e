//===- SelectAccess.cpp - Pointers or tensor descriptors -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A descriptor covers the dimensions that tiles index; scalar indices move its
// base. The hardware fills lanes outside the tensor with zeros and does not write
// them, but it knows nothing of a tile's limit: an operation with a mask is left
// to pointers, unless the mask says where the tensor ends and no more.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"
#include "Storage.h"

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetOperations.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONSELECTACCESS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// The hardware moves rows of at least this size, from addresses and with strides
/// that are multiples of it.
static constexpr int64_t kDescriptorBytes = 16;

/// Whether all rows of `base` in a dimension start at multiples of 16 bytes.
static bool isAlignedStride(TypedValue<MemRefType> base, unsigned dim) {
  OpFoldResult stride = getHostStride(base, dim);
  if (auto number = dyn_cast_if_present<Attribute>(stride))
    return cast<IntegerAttr>(number).getInt() *
               base.getType().getElementTypeBitWidth() / 8 % kDescriptorBytes ==
           0;
  auto argument =
      dyn_cast_if_present<BlockArgument>(dyn_cast_if_present<Value>(stride));
  auto kernel = argument
                    ? dyn_cast<KernelOp>(argument.getOwner()->getParentOp())
                    : KernelOp();
  return kernel && kernel.getArgAttr(argument.getArgNumber(), kAlignedAttrName);
}

/// Whether the scalar is, or can be, known in front of the loop.
static bool isInvariant(Value scalar, scf::ForOp loop) {
  if (loop.isDefinedOutsideOfLoop(scalar))
    return true;
  Operation *op = scalar.getDefiningOp();
  // Nothing moves a division to where the divisor might be zero.
  if (isa_and_nonnull<arith::FloorDivSIOp, arith::CeilDivSIOp, arith::RemSIOp>(
          op) &&
      !matchPattern(op->getOperand(1), m_Constant()))
    return false;
  return op && isPure(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return isInvariant(operand, loop);
         });
}

/// Why a descriptor cannot address this operation; empty if it can.
template <typename OpTy>
static std::string refuseDescriptor(OpTy op, Type valueType) {
  auto base = cast<MemRefType>(op.getBase().getType());
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (failed(base.getStridesAndOffset(strides, offset)))
    return "the tensor has no strided layout";
  if constexpr (llvm::is_one_of<OpTy, LoadOp, StoreOp>::value)
    if (op.getAddresses())
      return "each of a stack of tensors lies where its address says";
  if (op.getMask() && !op->hasAttr(kTensorBoundsAttrName))
    return "the operation is masked";
  auto value = dyn_cast<RankedTensorType>(valueType);
  if (!value)
    return "it moves a single element";
  int64_t bytes = base.getElementTypeBitWidth() / 8;
  if (bytes == 0)
    return "elements are smaller than a byte";
  auto loop = op->template getParentOfType<scf::ForOp>();
  int64_t tiles = 0, contiguous = -1;
  for (auto [position, index] : llvm::enumerate(op.getIndices())) {
    if (isa<RankedTensorType>(index.getType()))
      return "a tensor is among the indices";
    if (isa<IntegerType>(index.getType()) && loop && !isTileLoop(loop) &&
        !isInvariant(index, loop))
      return "it would have to be made anew in each iteration of the loop";
    int64_t stride = strides[position];
    auto tile = dyn_cast<TileType>(index.getType());
    if (tile) {
      ++tiles;
      auto slice = index.template getDefiningOp<SliceOp>();
      if (slice && slice.getStep() != 1)
        return "a slice has a step";
      if (stride == 1) {
        if (contiguous >= 0)
          return "two dimensions have stride 1";
        contiguous = tile.getSize() * bytes;
        continue;
      }
    }
    if (!isAlignedStride(op.getBase(), position))
      return "a stride is not known to be a multiple of 16 bytes";
  }
  if (tiles < 2 || tiles > 5)
    return "tiles index " + std::to_string(tiles) + " dimensions, not 2 to 5";
  if (contiguous < kDescriptorBytes)
    return "no tile of at least 16 bytes indexes a dimension of stride 1";
  if (op.resolveIndexDims() != resolveIndexDims(op.getIndices(), std::nullopt))
    return "the dimensions are reordered";
  return {};
}

/// Why the tensor memory unit cannot do this operation; empty if it can.
static std::string refuseReduction(AtomicRmwOp op) {
  bool isBitwise = llvm::is_contained(
      {AtomicKind::And, AtomicKind::Or, AtomicKind::Xor}, op.getKind());
  if (isBitwise && op.getBase().getType().getElementTypeBitWidth() == 64)
    return "the tensor memory unit has no bitwise operations of 64 bits";
  if (!op.getResult().use_empty())
    return "what stood in memory before is used";
  if (op.getSemantic() != MemSemantic::Relaxed)
    return ("its semantics are " + stringifyMemSemantic(op.getSemantic()) +
            ", not relaxed")
        .str();
  Type element = getElementTypeOrSelf(op.getValue().getType());
  bool isWord = element.isInteger(32) || element.isInteger(64);
  bool isKnown =
      op.getKind() == AtomicKind::Add
          ? isWord || element.isF32() || element.isF16() || element.isBF16()
          : isWord && op.getKind() != AtomicKind::Xchg;
  if (isKnown)
    return {};
  std::string reason = "the tensor memory unit has no ";
  llvm::raw_string_ostream(reason)
      << stringifyAtomicKind(op.getKind()) << " of " << element;
  return reason;
}

/// The memory that a kernel reads and writes in an order which barriers keep.
static llvm::SmallDenseSet<int64_t> findOrderedStorage(KernelOp kernel) {
  llvm::SmallDenseSet<int64_t> read, written;
  bool hasBarrier = false;
  kernel.walk([&](Operation *op) {
    hasBarrier |= isa<gpu::BarrierOp, BarrierOp>(op);
    if (auto load = dyn_cast<LoadOp>(op))
      read.insert(getStorage(load.getBase()));
    else if (auto store = dyn_cast<StoreOp>(op))
      written.insert(getStorage(store.getBase()));
    else if (auto atomic = dyn_cast<AtomicRmwOp>(op))
      written.insert(getStorage(atomic.getBase()));
    else if (auto atomic = dyn_cast<AtomicCasOp>(op))
      written.insert(getStorage(atomic.getBase()));
  });
  if (!hasBarrier)
    return {};
  llvm::set_intersect(read, written);
  return read;
}

namespace {
struct SelectAccessPass
    : public helion::impl::HelionSelectAccessBase<SelectAccessPass> {
  using HelionSelectAccessBase::HelionSelectAccessBase;

  template <typename OpTy>
  void select(OpTy op, Type valueType, ConfigAttr config) {
    constexpr bool isAtomic = std::is_same<OpTy, AtomicRmwOp>::value;
    StringRef request = config.getString(
        isAtomic ? "atomic_indexing" : "indexing", op.getOrdinal());
    AccessKind kind = AccessKind::Pointer;
    if (request == "tensor_descriptor") {
      std::string refusal;
      if (!descriptors)
        refusal = "the target has no tensor memory unit";
      if constexpr (isAtomic)
        if (refusal.empty())
          refusal = refuseReduction(op);
      if (refusal.empty())
        refusal = refuseDescriptor(op, valueType);
      // The tensor memory unit works beside the threads that meet.
      if (refusal.empty() && ordered.contains(getStorage(op.getBase())))
        refusal = "a barrier keeps the reads and writes of the tensor apart";
      if (refusal.empty())
        kind = AccessKind::Descriptor;
      else
        op.emitRemark("addressed by pointers, not by a tensor descriptor: ")
            << refusal;
    } else if (request == "block_ptr") {
      op.emitRemark(
          "addressed by plain pointers of block structure: Triton 3.8 "
          "and later have no block pointers");
    }
    if (kind == AccessKind::Descriptor)
      op.getMaskMutable().clear();
    op->removeAttr(kTensorBoundsAttrName);
    op.setAccess(kind);
  }

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    if (!config)
      return;
    ordered = findOrderedStorage(getOperation());
    // The position among the stores alone follows from that among all.
    llvm::SmallSetVector<int64_t, 8> stores;
    getOperation().walk([&](Operation *op) {
      if (auto load = dyn_cast<LoadOp>(op)) {
        select(load, load.getType(), config);
        hint(load, config);
      } else if (auto store = dyn_cast<StoreOp>(op)) {
        select(store, store.getValue().getType(), config);
        stores.insert(store.getOrdinal());
      } else if (auto atomic = dyn_cast<AtomicRmwOp>(op)) {
        select(atomic, atomic.getType(), config);
      } else if (auto swap = dyn_cast<AtomicCasOp>(op)) {
        if (config.getString("atomic_indexing", swap.getOrdinal()) ==
            "tensor_descriptor")
          swap.emitRemark("addressed by pointers, not by a tensor descriptor: "
                          "the tensor memory unit compares nothing");
      }
    });
    getOperation().walk([&](StoreOp store) {
      int64_t own = store.getOrdinal();
      int64_t position = llvm::count_if(
          stores, [&](int64_t ordinal) { return ordinal < own; });
      chooseCache(store, config.getString("store_cache_modifiers", position));
    });
  }

  /// The author's own hints win over the configuration's.
  template <typename OpTy> void chooseCache(OpTy op, StringRef modifier) {
    modifier.consume_front(".");
    if (op.getCache() || modifier.empty())
      return;
    if (std::optional<CacheModifier> known = symbolizeCacheModifier(modifier))
      op.setCache(*known);
  }

  void hint(LoadOp load, ConfigAttr config) {
    if (!load.getLoadOrdinal())
      return;
    int64_t ordinal = *load.getLoadOrdinal();
    if (!load.getEviction()) {
      StringRef policy = config.getString("load_eviction_policies", ordinal);
      if (std::optional<EvictionPolicy> known = symbolizeEvictionPolicy(policy);
          known && !policy.empty())
        load.setEviction(*known);
      else if (auto again = load->getAttrOfType<BoolAttr>(kReuseAttrName))
        load.setEviction(again.getValue() ? EvictionPolicy::Last
                                          : EvictionPolicy::First);
    }
    load->removeAttr(kReuseAttrName);
    chooseCache(load, config.getString("load_cache_modifiers", ordinal));
  }

private:
  llvm::SmallDenseSet<int64_t> ordered;
};
} // namespace
