//===- PartitionData.cpp - Rows of a tile in independent parts -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// From the rows of the sums of products that a loop carries, the rows are
// followed through the kernel: back to the tiles that they are the indices of,
// on to the stores. Each operation on the way is replaced by one for each part;
// nothing is ever cut from a whole or put together to one. Values without the
// rows, loaded tiles above all, are shared by the parts.
//
// A value that only depends on tiles and numbers may serve several dimensions
// of the same extent at once, so that its parts are made where they are asked
// for, and it stays where the whole is.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"
#include "PartMaker.h"

#include "helion/HelionDialect/Analysis/DimFlow.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONPARTITIONDATA
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

//===----------------------------------------------------------------------===//
// Rows: which values have them
//===----------------------------------------------------------------------===//

namespace {
/// The dimensions and operations that hold the rows.
class Rows {
public:
  explicit Rows(PartPlan &plan) : plan(plan) {}

  /// Follows the rows from the given dimensions. On failure `reason` says why.
  LogicalResult follow(ArrayRef<Dim> seeds) {
    for (auto [value, dim] : seeds)
      if (failed(add(value, dim)))
        return failure();
    while (!worklist.empty()) {
      auto [value, dim] = worklist.pop_back_val();
      if (failed(followBack(value, dim)) ||
          (!plan.isRecomputable(value) && failed(followUses(value, dim))))
        return failure();
    }
    return success();
  }

  std::string reason;

private:
  LogicalResult refuse(const Twine &why) {
    reason = why.str();
    return failure();
  }

  LogicalResult add(Value value, int64_t dim) {
    if (!dims.insert({value, dim}).second)
      return success();
    int64_t extent = getExtent(value.getType(), dim);
    if (extent % plan.factor != 0)
      return refuse(Twine(extent) + " rows are no multiple of it");
    if (!plan.isRecomputable(value) &&
        !plan.replaced.try_emplace(value, dim).second)
      return refuse("a value has the rows in two dimensions");
    worklist.push_back({value, dim});
    return success();
  }

  /// `op` works on the rows, which are dimension `dim` of its domain.
  LogicalResult addOperation(Operation *op, int64_t dim) {
    if (!plan.addDomainDim(op, dim))
      return success();
    FailureOr<SmallVector<DimUse>> uses = getDimUses(op, dim);
    if (failed(uses))
      return refuse(op->getName().getStringRef() + " needs all rows at once");
    if (auto constant = dyn_cast<arith::ConstantOp>(op);
        constant && !isa<SplatElementsAttr>(constant.getValue()))
      return refuse("a constant differs from row to row");
    for (const DimUse &use : *uses)
      if (failed(add(use.operand->get(), use.dim)))
        return failure();
    for (Value result : op->getResults())
      if (failed(add(result, dim)))
        return failure();
    return success();
  }

  LogicalResult addCarried(scf::ForOp loop, unsigned position, int64_t dim) {
    if (failed(add(loop.getInitArgs()[position], dim)) ||
        failed(add(loop.getRegionIterArg(position), dim)) ||
        failed(add(loop.getYieldedValues()[position], dim)))
      return failure();
    return add(loop.getResult(position), dim);
  }

  LogicalResult addBranch(scf::IfOp branch, unsigned position, int64_t dim) {
    if (failed(add(branch.thenYield().getOperand(position), dim)) ||
        failed(add(branch.elseYield().getOperand(position), dim)))
      return failure();
    return add(branch.getResult(position), dim);
  }

  LogicalResult followBack(Value value, int64_t dim) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
      if (!loop)
        return refuse("a loop of an unknown number of trips carries the rows");
      return addCarried(loop, argument.getArgNumber() - 1, dim);
    }
    auto result = cast<OpResult>(value);
    if (auto loop = dyn_cast<scf::ForOp>(result.getOwner()))
      return addCarried(loop, result.getResultNumber(), dim);
    if (auto branch = dyn_cast<scf::IfOp>(result.getOwner()))
      return addBranch(branch, result.getResultNumber(), dim);
    return addOperation(result.getOwner(), dim);
  }

  LogicalResult followUses(Value value, int64_t dim) {
    for (OpOperand &use : value.getUses()) {
      Operation *op = use.getOwner();
      Operation *parent = op->getParentOp();
      unsigned position = use.getOperandNumber();
      LogicalResult followed = success();
      if (auto loop = dyn_cast<scf::ForOp>(op)) {
        followed =
            addCarried(loop, position - loop.getNumControlOperands(), dim);
      } else if (isa<scf::YieldOp>(op) && isa<scf::ForOp>(parent)) {
        followed = addCarried(cast<scf::ForOp>(parent), position, dim);
      } else if (isa<scf::YieldOp>(op) && isa<scf::IfOp>(parent)) {
        followed = addBranch(cast<scf::IfOp>(parent), position, dim);
      } else {
        FailureOr<int64_t> domainDim = getDomainDim(use, dim);
        if (failed(domainDim))
          return refuse(op->getName().getStringRef() +
                        " needs all rows at once");
        followed = addOperation(op, *domainDim);
      }
      if (failed(followed))
        return failure();
    }
    return success();
  }

  PartPlan &plan;
  llvm::DenseSet<Dim> dims;
  SmallVector<Dim> worklist;
};
} // namespace

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

static std::optional<int64_t> ordinalOf(scf::ForOp loop) {
  auto ordinal = loop->getAttrOfType<IntegerAttr>(kLoopAttrName);
  return ordinal ? std::optional(ordinal.getInt()) : std::nullopt;
}

/// The matrix product that `value` is, after what is done element by element in
/// a trip of the loop; null where there is none.
static Operation *findDot(Value value, scf::ForOp loop) {
  SmallVector<Value> pending{value};
  llvm::SmallPtrSet<Operation *, 8> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (!op || !loop->isProperAncestor(op) || !seen.insert(op).second)
      continue;
    if (isa<DotOp, DotScaledOp>(op))
      return op;
    if (op->hasTrait<OpTrait::Elementwise>())
      llvm::append_range(pending, op->getOperands());
    if (isa<scf::IfOp>(op))
      for (Region &region : op->getRegions())
        for (Block &block : region)
          llvm::append_range(pending, block.getTerminator()->getOperands());
  }
  return nullptr;
}

/// Moves the loads of the loop, and what makes their indices, to its front.
static void hoistLoads(scf::ForOp loop) {
  Block &body = *loop.getBody();
  WalkResult writes = body.walk([](Operation *op) {
    bool reads = isa<LoadOp>(op) || isMemoryEffectFree(op) ||
                 op->hasTrait<OpTrait::HasRecursiveMemoryEffects>();
    return reads ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (writes.wasInterrupted())
    return;
  Operation *behind = &body.front();
  for (LoadOp load : llvm::make_early_inc_range(body.getOps<LoadOp>())) {
    llvm::SetVector<Operation *> slice;
    BackwardSliceOptions options;
    options.inclusive = true;
    options.omitBlockArguments = true;
    options.filter = [&](Operation *op) { return op->getBlock() == &body; };
    if (failed(getBackwardSlice(load.getOperation(), &slice, options)) ||
        llvm::any_of(slice, [&](Operation *op) {
          return op->getNumRegions() > 0 || isa<DotOp, DotScaledOp>(op) ||
                 (op != load && isa<LoadOp>(op));
        }))
      continue;
    for (Operation *op : topologicalSort(slice)) {
      if (op == behind)
        behind = behind->getNextNode();
      else if (behind->isBeforeInBlock(op))
        op->moveBefore(behind);
    }
  }
}

namespace {
/// A request to split the rows of a loop.
struct Request {
  std::string key;
  /// -1 is the loop over the tiles of the grid.
  int64_t loop;
  int64_t factor;
};

struct PartitionDataPass
    : public helion::impl::HelionPartitionDataBase<PartitionDataPass> {
  using HelionPartitionDataBase::HelionPartitionDataBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    if (!config)
      return;
    llvm::SmallPtrSet<Operation *, 8> done;
    for (const Request &request :
         readRequests(config, getNumGrids(getOperation())))
      if (request.factor > 1)
        partition(request, done);
  }

private:
  /// What is asked of a single loop comes before what is asked of the loop over
  /// tiles, which holds them all.
  static SmallVector<Request> readRequests(ConfigAttr config, int64_t grids) {
    SmallVector<Request> requests;
    StringRef key = "data_partition_factors";
    for (auto [position, factor] : llvm::enumerate(config.getInts(key)))
      requests.push_back({(key + "[" + Twine(position) + "]").str(),
                          static_cast<int64_t>(position) - grids, factor});
    requests.push_back(
        {"_triton_range_value_data_partition_factor",
         config.getInt("_triton_range_id_data_partition_factor", 0) - grids,
         config.getInt("_triton_range_value_data_partition_factor", 1)});
    llvm::stable_sort(requests, [](const Request &a, const Request &b) {
      return (a.loop < 0) < (b.loop < 0);
    });
    return requests;
  }

  void partition(const Request &request,
                 llvm::SmallPtrSet<Operation *, 8> &done) {
    Operation *scope = getScope(request.loop);
    auto refuse = [&](const Twine &why) {
      (scope ? scope : getOperation().getOperation())->emitRemark()
          << "rows are not split as " << request.key << " = " << request.factor
          << " asks for: " << why;
    };
    if (!scope)
      return refuse("there is no such loop, or it has a single trip");
    SmallVector<Operation *> dots = findDots(scope);
    if (dots.empty())
      return refuse("the loop sums up no matrix products");
    if (llvm::all_of(dots, [&](Operation *dot) { return done.contains(dot); }))
      return;
    SmallVector<Dim> seeds;
    for (Operation *dot : dots) {
      if (done.contains(dot))
        continue;
      auto type = cast<RankedTensorType>(dot->getResult(0).getType());
      seeds.push_back({dot->getResult(0), type.getRank() - 2});
      int64_t part = type.getDimSize(type.getRank() - 2) / request.factor;
      if (part < leastRows())
        return refuse(Twine(part) + " rows are less than the " +
                      Twine(leastRows()) +
                      " that the matrix unit takes at once");
    }
    PartPlan plan(request.factor);
    Rows rows(plan);
    if (failed(rows.follow(seeds)))
      return refuse(rows.reason);
    PartMaker maker(plan, &getContext());
    maker.run(getOperation());
    llvm::SmallSetVector<Operation *, 2> loops;
    for (Operation *op : llvm::make_first_range(maker.getMade())) {
      if (!isa<DotOp, DotScaledOp>(op))
        continue;
      done.insert(op);
      if (auto loop = dyn_cast<scf::ForOp>(op->getParentOp()))
        loops.insert(loop);
    }
    for (Operation *loop : loops)
      hoistLoads(cast<scf::ForOp>(loop));
  }

  /// The loop; for the loop over tiles the kernel where it is not persistent.
  Operation *getScope(int64_t ordinal) {
    Operation *scope = ordinal < 0 ? getOperation().getOperation() : nullptr;
    getOperation().walk([&](scf::ForOp loop) {
      if (ordinalOf(loop) == ordinal)
        scope = loop;
    });
    return scope;
  }

  /// The matrix products that loops in `scope` sum up; where there are none and
  /// the scope is that of the tiles, all that are there.
  SmallVector<Operation *> findDots(Operation *scope) {
    llvm::SmallSetVector<Operation *, 4> dots;
    scope->walk([&](scf::ForOp loop) {
      if (!ordinalOf(loop))
        return;
      for (Value next : loop.getYieldedValues())
        if (Operation *dot = findDot(next, loop))
          dots.insert(dot);
    });
    bool tiles = isa<KernelOp>(scope) || ordinalOf(cast<scf::ForOp>(scope)) < 0;
    if (dots.empty() && tiles)
      scope->walk([&](Operation *op) {
        if (isa<DotOp, DotScaledOp>(op))
          dots.insert(op);
      });
    return dots.takeVector();
  }

  /// Smaller parts are no use on any compiler.
  int64_t leastRows() const {
    StringRef arch = StringRef(target).split(':').second;
    int64_t capability = 0;
    if (arch.getAsInteger(10, capability) || capability < 90)
      return 16;
    return capability < 100 ? 64 : 128;
  }
};
} // namespace
