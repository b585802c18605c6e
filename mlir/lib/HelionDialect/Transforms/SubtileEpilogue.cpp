//===- SubtileEpilogue.cpp - What follows a product, part by part -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the sums of products the columns are followed on to the stores: all that
// is met has to go column by column. Then they are followed back from there to
// what else comes in: tiles, masks and loads are made anew for each part, any
// other value is cut like the sums. Last, operations are ordered so that one part
// is stored before the next is touched, where no other access to the same memory
// could tell.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"
#include "PartMaker.h"
#include "Storage.h"

#include "helion/HelionDialect/Analysis/DimFlow.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONSUBTILEEPILOGUE
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Smaller parts are no use: a store of them does not fill a line of memory.
static constexpr int64_t kLeastColumns = 16;

//===----------------------------------------------------------------------===//
// Sums of products
//===----------------------------------------------------------------------===//

/// Whether `value` is a matrix product after what is done element by element, or
/// the sum of some that a loop leaves.
static bool isProduct(Value value) {
  SmallVector<Value> pending{value};
  llvm::SmallDenseSet<Value> seen;
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!op || failed(verifyCompatibleShape(next.getType(), value.getType())) ||
        !seen.insert(next).second)
      continue;
    if (isa<DotOp, DotScaledOp>(op))
      return true;
    unsigned position = cast<OpResult>(next).getResultNumber();
    if (auto loop = dyn_cast<scf::ForOp>(op))
      pending.push_back(loop.getYieldedValues()[position]);
    else if (isa<scf::IfOp>(op))
      for (Region &region : op->getRegions())
        pending.push_back(region.front().getTerminator()->getOperand(position));
    else if (op->hasTrait<OpTrait::Elementwise>())
      llvm::append_range(pending, op->getOperands());
  }
  return false;
}

/// Whether a loop takes the value on, or nothing does.
static bool isCarriedOn(Value value) {
  return llvm::all_of(value.getUsers(), [](Operation *user) {
    return isa<scf::ForOp>(user) ||
           (isa<scf::YieldOp>(user) && isa<scf::ForOp>(user->getParentOp()));
  });
}

/// Whether a loop around the product takes on what follows from it.
static bool isSummedUp(Operation *product) {
  SetVector<Operation *> following;
  getForwardSlice(product, &following);
  return llvm::any_of(following, [&](Operation *op) {
    return isa<scf::YieldOp>(op) && isa<scf::ForOp>(op->getParentOp()) &&
           op->getParentOp()->isProperAncestor(product);
  });
}

/// The sums that loops leave, and products that no loop sums up.
static SmallVector<Value> findSums(KernelOp kernel) {
  SmallVector<Value> sums;
  auto add = [&](Value value) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (type && type.getRank() >= 2 && !isCarriedOn(value) && isProduct(value))
      sums.push_back(value);
  };
  kernel.walk([&](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      llvm::for_each(loop.getResults(), add);
    if (isa<DotOp, DotScaledOp>(op) && !isSummedUp(op))
      add(op->getResult(0));
  });
  return sums;
}

//===----------------------------------------------------------------------===//
// Columns
//===----------------------------------------------------------------------===//

namespace {
/// Plans the parts of what follows sums of products.
class Columns {
public:
  Columns(PartPlan &plan, const llvm::SetVector<Value> &sums)
      : plan(plan), sums(sums) {}

  /// Takes in what follows the sum. On failure `reason` says why.
  LogicalResult follow(Value sum) {
    if (failed(start(sum)))
      return failure();
    while (!forward.empty() || !back.empty()) {
      if (!forward.empty()) {
        auto [value, dim] = forward.pop_back_val();
        if (failed(followUses(value, dim)))
          return failure();
        continue;
      }
      auto [value, dim] = back.pop_back_val();
      if (failed(followBack(value, dim)))
        return failure();
    }
    return success();
  }

  /// The sums that what follows has in common.
  ArrayRef<Value> getStarted() const { return started.getArrayRef(); }

  std::string reason;

private:
  LogicalResult refuse(const Twine &why) {
    reason = why.str();
    return failure();
  }

  LogicalResult start(Value sum) {
    if (!started.insert(sum))
      return success();
    auto type = cast<RankedTensorType>(sum.getType());
    int64_t dim = type.getRank() - 1, columns = type.getDimSize(dim);
    if (columns / plan.factor < kLeastColumns)
      return refuse(Twine(columns / plan.factor) +
                    " columns are less than the " + Twine(kLeastColumns) +
                    " that are worth a store");
    forward.push_back({sum, dim});
    return addCut(sum, dim);
  }

  LogicalResult addCut(Value value, int64_t dim) {
    if (!isa<RankedTensorType>(value.getType()))
      return refuse("a tile comes from a loop or branch");
    int64_t extent = getExtent(value.getType(), dim);
    if (!llvm::isPowerOf2_64(extent))
      return refuse(Twine(extent) + " columns are no power of two");
    plan.cuts.insert({value, dim});
    return success();
  }

  /// The value follows from the sums.
  LogicalResult addFollowing(Value value, int64_t dim) {
    auto [it, isNew] = plan.replaced.try_emplace(value, dim);
    if (it->second != dim)
      return refuse("a value has the columns in two dimensions");
    if (isNew)
      forward.push_back({value, dim});
    return success();
  }

  LogicalResult followUses(Value value, int64_t dim) {
    for (OpOperand &use : value.getUses()) {
      Operation *op = use.getOwner();
      if (isa<scf::ForOp>(op) ||
          (isa<scf::YieldOp>(op) && isa<scf::ForOp>(op->getParentOp())))
        return refuse("a later loop carries the columns");
      if (auto branch = dyn_cast<scf::IfOp>(op->getParentOp());
          branch && isa<scf::YieldOp>(op)) {
        if (failed(addBranch(branch, use.getOperandNumber(), dim)))
          return failure();
        continue;
      }
      FailureOr<int64_t> domainDim = getDomainDim(use, dim);
      if (failed(domainDim))
        return refuse(op->getName().getStringRef() +
                      " needs all columns at once");
      if (failed(addOperation(op, *domainDim)))
        return failure();
      for (Value result : op->getResults())
        if (failed(addFollowing(result, *domainDim)))
          return failure();
    }
    return success();
  }

  LogicalResult addBranch(scf::IfOp branch, unsigned position, int64_t dim) {
    for (scf::YieldOp yield : {branch.thenYield(), branch.elseYield()})
      back.push_back({yield.getOperand(position), dim});
    return addFollowing(branch.getResult(position), dim);
  }

  /// `op` works on the columns, which are dimension `dim` of its domain.
  LogicalResult addOperation(Operation *op, int64_t dim) {
    if (!plan.addDomainDim(op, dim))
      return success();
    FailureOr<SmallVector<DimUse>> uses = getDimUses(op, dim);
    if (failed(uses))
      return refuse(op->getName().getStringRef() +
                    " needs all columns at once");
    for (const DimUse &use : *uses)
      back.push_back({use.operand->get(), use.dim});
    return success();
  }

  /// Has the value made in parts where it is made, or cut. Nobody else who uses
  /// it is concerned.
  LogicalResult followBack(Value value, int64_t dim) {
    // Forward comes first: what follows from the sums is known by now.
    if (plan.replaced.contains(value) || plan.cuts.contains({value, dim}))
      return success();
    int64_t extent = getExtent(value.getType(), dim);
    if (extent % plan.factor != 0)
      return refuse(Twine(extent) + " columns are no multiple of it");
    if (sums.contains(value) &&
        dim == cast<RankedTensorType>(value.getType()).getRank() - 1)
      return start(value);
    Operation *op = value.getDefiningOp();
    if (!op || !isMadeAnew(op) || failed(getDimUses(op, dim)))
      return addCut(value, dim);
    return addOperation(op, dim);
  }

  /// Whether to do the operation once for each part costs no more than once.
  static bool isMadeAnew(Operation *op) {
    if (auto constant = dyn_cast<arith::ConstantOp>(op))
      return isa<SplatElementsAttr>(constant.getValue());
    return !isa<DotOp, DotScaledOp>(op) && op->getNumRegions() == 0 &&
           (isa<LoadOp>(op) || isMemoryEffectFree(op));
  }

  PartPlan &plan;
  const llvm::SetVector<Value> &sums;
  llvm::SetVector<Value> started;
  SmallVector<Dim> forward, back;
};
} // namespace

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

namespace {
/// Puts what belongs to one part behind what belongs to the part before.
class PartOrder {
public:
  explicit PartOrder(const llvm::MapVector<Operation *, int64_t> &made)
      : made(made) {}

  void sort(Block &block) {
    SmallVector<Operation *> run;
    for (Operation &op : block) {
      // Nothing passes control flow, or what has effects of its own.
      if (!op.hasTrait<OpTrait::IsTerminator>() &&
          (isa<LoadOp, StoreOp, AtomicRmwOp>(op) ||
           (op.getNumRegions() == 0 && isMemoryEffectFree(&op)))) {
        run.push_back(&op);
        continue;
      }
      sortRun(run);
      run.clear();
    }
    sortRun(run);
  }

private:
  static constexpr int64_t kShared = -1;

  void sortRun(ArrayRef<Operation *> run) {
    // What comes before the first part stays there.
    run = run.drop_until([&](Operation *op) { return made.contains(op); });
    if (run.empty() || mayMeet(run))
      return;
    DenseMap<Operation *, int64_t> partOf;
    int64_t last = kShared;
    for (Operation *op : run) {
      auto known = made.find(op);
      int64_t part = known == made.end() ? kShared : known->second;
      for (Value operand : op->getOperands())
        if (auto it = partOf.find(operand.getDefiningOp()); it != partOf.end())
          part = std::max(part, it->second);
      partOf[op] = part;
      last = std::max(last, part);
    }
    Operation *end = run.back()->getNextNode();
    for (int64_t part = kShared; part <= last; ++part)
      for (Operation *op : run)
        if (partOf[op] == part)
          op->moveBefore(end);
  }

  /// What is done to one tensor.
  struct Accesses {
    bool isWritten = false;
    /// The operations before there were parts of them.
    llvm::SmallSetVector<std::pair<void *, Attribute>, 4> operations;
    /// The indices of each part, as long as all operations have the same.
    llvm::SmallDenseMap<int64_t, ValueRange> indices;
    bool haveSameIndices = true;

    bool mayMeet() const {
      return isWritten && operations.size() > 1 && !haveSameIndices;
    }
  };

  /// Whether one part may access what another part writes. Operations of the
  /// same indices access the same elements, and those of a part are its own.
  bool mayMeet(ArrayRef<Operation *> run) const {
    llvm::SmallDenseMap<int64_t, Accesses> tensors;
    auto add = [&](auto op, bool isWrite) {
      int64_t storage = getStorage(op.getBase());
      if constexpr (llvm::is_one_of<decltype(op), LoadOp, StoreOp>::value)
        if (op.getAddresses())
          storage = kAnyStorage;
      Accesses &known = tensors[storage];
      known.isWritten |= isWrite;
      known.operations.insert(
          {op->getName().getAsOpaquePointer(), op.getOrdinalAttr()});
      auto part = made.find(op);
      auto [it, isNew] = known.indices.try_emplace(
          part == made.end() ? kShared : part->second, op.getIndices());
      known.haveSameIndices &=
          part != made.end() && it->second == op.getIndices() &&
          llvm::none_of(op.getIndices().getTypes(), llvm::IsaPred<TensorType>);
    };
    for (Operation *op : run) {
      if (auto load = dyn_cast<LoadOp>(op))
        add(load, false);
      else if (auto store = dyn_cast<StoreOp>(op))
        add(store, true);
      else if (auto atomic = dyn_cast<AtomicRmwOp>(op))
        add(atomic, true);
    }
    auto anywhere = tensors.find(kAnyStorage);
    if (anywhere != tensors.end() && tensors.size() > 1)
      return llvm::any_of(llvm::make_second_range(tensors),
                          [](const Accesses &each) { return each.isWritten; });
    return llvm::any_of(llvm::make_second_range(tensors),
                        [](const Accesses &each) { return each.mayMeet(); });
  }

  const llvm::MapVector<Operation *, int64_t> &made;
};
} // namespace

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

namespace {
struct SubtileEpiloguePass
    : public helion::impl::HelionSubtileEpilogueBase<SubtileEpiloguePass> {
  using HelionSubtileEpilogueBase::HelionSubtileEpilogueBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    int64_t factor = config ? config.getInt("epilogue_subtile", 1) : 1;
    if (factor <= 1)
      return;
    auto refuse = [&](Operation *where, const Twine &why) {
      where->emitRemark() << "what follows the matrix products is not split as "
                             "epilogue_subtile = "
                          << factor << " asks for: " << why;
    };
    llvm::SetVector<Value> sums;
    sums.insert_range(findSums(getOperation()));
    if (sums.empty())
      return refuse(getOperation(), "there is nothing, or no product");
    if (scf::ForOp loop = findFlattened(config))
      return refuse(loop, "range_flattens makes one loop of this one and what "
                          "follows it");
    llvm::SmallDenseSet<Value> done;
    for (Value sum : sums) {
      if (done.contains(sum))
        continue;
      PartPlan plan(factor);
      Columns columns(plan, sums);
      LogicalResult followed = columns.follow(sum);
      done.insert_range(columns.getStarted());
      if (failed(followed)) {
        refuse(sum.getDefiningOp(), columns.reason);
        continue;
      }
      PartMaker maker(plan, &getContext());
      maker.run(getOperation());
      llvm::SmallSetVector<Block *, 4> blocks;
      for (Operation *op : llvm::make_first_range(maker.getMade()))
        blocks.insert(op->getBlock());
      PartOrder order(maker.getMade());
      for (Block *block : blocks)
        order.sort(*block);
    }
  }

private:
  /// A loop that Triton is asked to flatten.
  scf::ForOp findFlattened(ConfigAttr config) {
    auto flattens = config.getEntries().getAs<ArrayAttr>("range_flattens");
    if (!flattens)
      return {};
    int64_t grids = getNumGrids(getOperation());
    scf::ForOp found;
    getOperation().walk([&](scf::ForOp loop) {
      auto ordinal = loop->getAttrOfType<IntegerAttr>(kLoopAttrName);
      if (!ordinal)
        return;
      size_t position = ordinal.getInt() + grids;
      auto flag = position < flattens.size()
                      ? dyn_cast<BoolAttr>(flattens[position])
                      : BoolAttr();
      if (flag && flag.getValue())
        found = loop;
    });
    return found;
  }
};
} // namespace
