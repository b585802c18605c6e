//===- InsertBarriers.cpp - Threads meet between conflicting accesses -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A walk in program order keeps the accesses since the last barrier. A loop is
// walked twice, the second time with what its first iteration left, so that
// conflicts between iterations are seen. Memory is told apart by kernel argument:
// two arguments that overlap have to say so (`helion.storage`).
//
// Limits: two accesses through the same index values touch the same elements or,
// in different iterations of the loop whose tile is among them, different ones;
// indices that differ by a known amount, or known slices, touch different ones.
// All other pairs on one tensor count as conflicts. A read of what was written
// is one even at the same place: Triton may fetch early what it reads.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"
#include "Storage.h"

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONINSERTBARRIERS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

namespace {
/// One access to the memory of a tensor.
struct Access {
  Operation *op = nullptr;
  int64_t storage = kAnyStorage;
  bool reads = false, writes = false, atomic = false;
  /// Others see what was written before it.
  bool releases = false;
  /// It sees what others wrote, and so do the accesses after it.
  bool acquires = false;
  /// The tensor, the value that it moves and its indices; null where they say
  /// nothing.
  Value base;
  Type value;
  ValueRange indices;
  std::optional<ArrayRef<int64_t>> dims;
  /// The loop of which it belongs to an earlier iteration.
  LoopLikeOpInterface earlier;
};

using Accesses = SmallVector<Access>;
} // namespace

template <typename OpTy> static Access describe(OpTy op, Type value) {
  Access access;
  access.op = op;
  access.storage = getStorage(op.getBase());
  access.base = op.getBase();
  access.value = value;
  access.indices = op.getIndices();
  access.dims = op.getIndexDims();
  return access;
}

template <typename OpTy> static Access describeAtomic(OpTy op) {
  Access access = describe(op, op.getType());
  access.reads = access.writes = access.atomic = true;
  MemSemantic semantic = op.getSemantic();
  access.releases =
      semantic == MemSemantic::Release || semantic == MemSemantic::AcqRel;
  access.acquires =
      semantic == MemSemantic::Acquire || semantic == MemSemantic::AcqRel;
  return access;
}

/// The access that `op` makes, if any.
static std::optional<Access> describe(Operation *op) {
  if (auto load = dyn_cast<LoadOp>(op)) {
    Access access = describe(load, load.getType());
    access.reads = true;
    if (load.getAddresses())
      access.storage = kAnyStorage, access.value = nullptr;
    return access;
  }
  if (auto store = dyn_cast<StoreOp>(op)) {
    Access access = describe(store, store.getValue().getType());
    access.writes = true;
    if (store.getAddresses())
      access.storage = kAnyStorage, access.value = nullptr;
    return access;
  }
  if (auto atomic = dyn_cast<AtomicRmwOp>(op))
    return describeAtomic(atomic);
  if (auto atomic = dyn_cast<AtomicCasOp>(op))
    return describeAtomic(atomic);
  if (auto call = dyn_cast<CallOp>(op); call && !call.getPure()) {
    Access access;
    access.op = op;
    access.reads = access.writes = true;
    return access;
  }
  return std::nullopt;
}

/// Whether `index` has other elements in each iteration of `loop`.
static bool differsPerIteration(Value index, scf::ForOp loop) {
  if (index == loop.getInductionVar())
    return true;
  if (auto tile = index.getDefiningOp<MakeTileOp>())
    return tile.getBegin() == loop.getInductionVar();
  auto shift = index.getDefiningOp<ShiftTileOp>();
  return shift && loop.isDefinedOutsideOfLoop(shift.getOffset()) &&
         differsPerIteration(shift.getTile(), loop);
}

namespace {
/// The elements `origin + first`, ..., `origin + last` of a dimension; no origin
/// stands for 0.
struct Span {
  Value origin;
  int64_t first = 0, last = 0;
};
} // namespace

/// What is known of an index, if anything.
static std::optional<Span> getSpan(Value index) {
  APInt number;
  if (matchPattern(index, m_ConstantInt(&number)))
    return Span{{}, number.getSExtValue(), number.getSExtValue()};
  auto slice = index.getDefiningOp<SliceOp>();
  auto tile = index.getDefiningOp<MakeTileOp>();
  if (slice || tile) {
    std::optional<Span> start =
        getSpan(slice ? slice.getStart() : tile.getBegin());
    if (!start)
      return std::nullopt;
    int64_t size = cast<TileType>(index.getType()).getSize();
    int64_t step = slice ? static_cast<int64_t>(slice.getStep()) : 1;
    start->last += (size - 1) * step;
    return start;
  }
  if (!index.getType().isInteger())
    return std::nullopt;
  if (auto sum = index.getDefiningOp<arith::AddIOp>();
      sum && matchPattern(sum.getRhs(), m_ConstantInt(&number)))
    return Span{sum.getLhs(), number.getSExtValue(), number.getSExtValue()};
  return Span{index, 0, 0};
}

/// Whether two accesses of one tensor have no element in common.
static bool areApart(const Access &before, const Access &after) {
  if (!before.base || before.base != after.base ||
      before.indices.size() != after.indices.size())
    return false;
  LoopLikeOpInterface loop = before.earlier;
  return llvm::any_of(
      llvm::zip_equal(before.indices, after.indices), [&](auto pair) {
        std::optional<Span> one = getSpan(std::get<0>(pair)),
                            other = getSpan(std::get<1>(pair));
        return one && other && one->origin == other->origin &&
               (one->last < other->first || other->last < one->first) &&
               (!loop || !one->origin ||
                loop.isDefinedOutsideOfLoop(one->origin));
      });
}

namespace {
struct InsertBarriersPass
    : public helion::impl::HelionInsertBarriersBase<InsertBarriersPass> {
  using HelionInsertBarriersBase::HelionInsertBarriersBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    // Small values are held by several threads at once, of which one writes.
    threads = 64 * (config ? config.getInt("num_warps", 4) : 4);
    Accesses pending;
    visit(getOperation().getBody().front(), pending);
  }

private:
  /// Whether each element belongs to the same thread in both, or to neither. One
  /// thread alone writes what several hold.
  bool isSameMapping(const Access &before, const Access &after) const {
    auto value = dyn_cast_or_null<RankedTensorType>(before.value);
    if (before.writes && after.reads)
      return false;
    bool isShared = before.reads && value && value.getNumElements() < threads;
    if (!value || value != after.value || isShared ||
        before.indices != after.indices || before.dims != after.dims)
      return false;
    LoopLikeOpInterface loop = before.earlier;
    if (!loop || llvm::all_of(before.indices, [&](Value index) {
          return loop.isDefinedOutsideOfLoop(index);
        }))
      return true;
    auto counted = dyn_cast<scf::ForOp>(loop.getOperation());
    return counted && llvm::any_of(before.indices, [&](Value index) {
             return differsPerIteration(index, counted);
           });
  }

  /// Whether a loop keeps the elements of its iterations apart, whoever holds
  /// them.
  static bool isDisjoint(const Access &before, const Access &after) {
    LoopLikeOpInterface earlier = before.earlier;
    if (!earlier || before.indices != after.indices)
      return false;
    auto loop = dyn_cast<scf::ForOp>(earlier.getOperation());
    return loop && before.value == after.value &&
           llvm::any_of(before.indices, [&](Value index) {
             return differsPerIteration(index, loop);
           });
  }

  bool conflicts(const Access &before, const Access &after) const {
    if (after.releases && before.writes)
      return true;
    if (before.acquires && !after.atomic)
      return true;
    bool isSameStorage = before.storage == after.storage ||
                         before.storage == kAnyStorage ||
                         after.storage == kAnyStorage;
    if (!isSameStorage || !(before.writes || after.writes) ||
        (before.atomic && after.atomic))
      return false;
    return !areApart(before, after) && !isDisjoint(before, after) &&
           !isSameMapping(before, after);
  }

  bool conflicts(const Accesses &pending, const Access &after) const {
    return llvm::any_of(pending, [&](const Access &before) {
      return conflicts(before, after);
    });
  }

  void meet(Operation *before, Accesses &pending) {
    OpBuilder builder(before);
    gpu::BarrierOp::create(builder, before->getLoc());
    pending.clear();
  }

  static void merge(Accesses &into, const Accesses &from) {
    for (const Access &access : from)
      if (llvm::none_of(into, [&](const Access &known) {
            return known.op == access.op && known.earlier == access.earlier;
          }))
        into.push_back(access);
  }

  void visitLoop(LoopLikeOpInterface loop, Accesses &pending) {
    bool isClean = true;
    loop->walk([&](Operation *op) {
      if (std::optional<Access> access = describe(op))
        isClean &= !conflicts(pending, *access);
    });
    if (!isClean)
      meet(loop, pending);
    Accesses entering(pending);
    for (int iteration = 0; iteration < 2; ++iteration) {
      for (Region *region : loop.getLoopRegions())
        visit(region->front(), pending);
      for (Access &access : pending)
        if (loop->isProperAncestor(access.op) && !access.earlier)
          access.earlier = loop;
    }
    // After the loop its iterations are as any other statements.
    for (Access &access : pending)
      if (access.earlier == loop)
        access.earlier = nullptr;
    merge(pending, entering);
  }

  void visit(Block &block, Accesses &pending) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (isa<gpu::BarrierOp, BarrierOp>(op)) {
        pending.clear();
        continue;
      }
      if (std::optional<Access> access = describe(&op)) {
        if (conflicts(pending, *access))
          meet(&op, pending);
        pending.push_back(*access);
        continue;
      }
      auto loop = dyn_cast<scf::ForOp>(op);
      if (loop && isTileLoop(loop)) {
        // Tiles of a grid do not depend on each other, nor do grids.
        Accesses own;
        visit(*loop.getBody(), own);
        continue;
      }
      if (auto anyLoop = dyn_cast<LoopLikeOpInterface>(op)) {
        visitLoop(anyLoop, pending);
        continue;
      }
      if (isa<scf::IfOp>(op)) {
        Accesses merged;
        for (Region &region : op.getRegions()) {
          Accesses own(pending);
          if (!region.empty())
            visit(region.front(), own);
          merge(merged, own);
        }
        pending = std::move(merged);
      }
    }
  }

  int64_t threads = 0;
};
} // namespace
