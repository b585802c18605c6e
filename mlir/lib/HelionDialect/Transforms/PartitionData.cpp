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

#include "helion/HelionDialect/Analysis/DimFlow.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONPARTITIONDATA
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

namespace {
/// A dimension of a value.
using Dim = std::pair<Value, int64_t>;
} // namespace

//===----------------------------------------------------------------------===//
// Rows: which values have them
//===----------------------------------------------------------------------===//

namespace {
/// The dimensions and operations that hold the rows.
class Rows {
public:
  /// Follows the rows from the given dimensions. On failure `reason` says why.
  LogicalResult follow(ArrayRef<Dim> seeds, int64_t factor) {
    this->factor = factor;
    for (auto [value, dim] : seeds)
      if (failed(add(value, dim)))
        return failure();
    while (!worklist.empty()) {
      auto [value, dim] = worklist.pop_back_val();
      if (failed(followBack(value, dim)) ||
          (!isRecomputable(value) && failed(followUses(value, dim))))
        return failure();
    }
    return success();
  }

  bool contains(Value value, int64_t dim) const {
    return dims.contains({value, dim});
  }
  /// The dimension that holds the rows, of a value that is not recomputable.
  std::optional<int64_t> getDim(Value value) const {
    auto it = dimOf.find(value);
    return it == dimOf.end() ? std::nullopt : std::optional(it->second);
  }
  /// The dimensions of the operation's domain that are split into parts.
  ArrayRef<int64_t> getDomainDims(Operation *op) const {
    auto it = domainDims.find(op);
    return it == domainDims.end() ? ArrayRef<int64_t>() : it->second;
  }

  /// Whether the value can be computed anew anywhere, from tiles and numbers.
  bool isRecomputable(Value value) {
    if (!isa<RankedTensorType, TileType>(value.getType()))
      return true;
    Operation *op = value.getDefiningOp();
    if (!op || op->getNumRegions() > 0 || !isMemoryEffectFree(op))
      return false;
    auto known = recomputable.find(op);
    if (known != recomputable.end())
      return known->second;
    bool result = llvm::all_of(op->getOperands(), [&](Value operand) {
      return isRecomputable(operand);
    });
    return recomputable[op] = result;
  }

  std::string reason;

private:
  LogicalResult refuse(const Twine &why) {
    reason = why.str();
    return failure();
  }

  LogicalResult add(Value value, int64_t dim) {
    if (!dims.insert({value, dim}))
      return success();
    int64_t extent = getExtent(value.getType(), dim);
    if (extent % factor != 0)
      return refuse(Twine(extent) + " rows are no multiple of it");
    if (!isRecomputable(value) && !dimOf.try_emplace(value, dim).second)
      return refuse("a value has the rows in two dimensions");
    worklist.push_back({value, dim});
    return success();
  }

  /// `op` works on the rows, which are dimension `dim` of its domain.
  LogicalResult addOperation(Operation *op, int64_t dim) {
    SmallVector<int64_t> &known = domainDims[op];
    if (llvm::is_contained(known, dim))
      return success();
    known.push_back(dim);
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

  int64_t factor = 1;
  DenseMap<Operation *, bool> recomputable;
  llvm::SetVector<Dim> dims;
  DenseMap<Value, int64_t> dimOf;
  DenseMap<Operation *, SmallVector<int64_t>> domainDims;
  SmallVector<Dim> worklist;
};

//===----------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------===//

/// Replaces the operations on rows by operations on parts of them.
class PartMaker {
public:
  PartMaker(Rows &rows, int64_t factor, MLIRContext *context)
      : rows(rows), factor(factor), builder(context) {}

  void run(KernelOp kernel) {
    rewrite(kernel.getBody().front());
    // Loops that carried rows hold the last uses of each other's values.
    llvm::erase_if(replaced, [&](Operation *op) {
      bool gone = !llvm::all_of(op->getResults(), [&](Value result) {
        return rows.isRecomputable(result);
      });
      gone |= op->getNumResults() == 0;
      if (gone) {
        op->dropAllReferences();
        erased.push_back(op);
      }
      return gone;
    });
    for (Operation *op : erased)
      op->erase();
    // Of the others the whole may still be asked for.
    for (Operation *op : llvm::reverse(replaced))
      if (op->use_empty())
        op->erase();
  }

  /// The matrix products among the operations that were made.
  ArrayRef<Operation *> getDots() const { return dots; }

private:
  Type partOf(Type type, int64_t dim) const {
    return withExtent(type, dim, getExtent(type, dim) / factor);
  }

  void rewrite(Block &block) {
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (auto loop = dyn_cast<scf::ForOp>(op))
        rewriteLoop(loop);
      else if (auto branch = dyn_cast<scf::IfOp>(op))
        rewriteBranch(branch);
      else if (ArrayRef<int64_t> dims = rows.getDomainDims(&op); !dims.empty())
        rewriteOperation(&op, dims);
      else
        for (Region &region : op.getRegions())
          for (Block &inner : region)
            rewrite(inner);
    }
  }

  /// Each of `values`, or its parts where it has the rows.
  SmallVector<Value>
  spread(ValueRange values,
         function_ref<std::optional<int64_t>(unsigned)> dim) {
    SmallVector<Value> result;
    for (auto [position, value] : llvm::enumerate(values)) {
      if (std::optional<int64_t> split = dim(position))
        llvm::append_range(result, parts.at({value, *split}));
      else
        result.push_back(value);
    }
    return result;
  }

  /// Takes `values`, in which `old[i]` is replaced by its parts where it has
  /// the rows, for the old ones.
  void adopt(ValueRange old, ValueRange values) {
    for (Value each : old) {
      std::optional<int64_t> dim = rows.getDim(each);
      size_t count = dim ? factor : 1;
      if (dim)
        parts[{each, *dim}] = llvm::to_vector(values.take_front(count));
      else
        each.replaceAllUsesWith(values.front());
      values = values.drop_front(count);
    }
  }

  std::function<std::optional<int64_t>(unsigned)> dimsOf(ValueRange values) {
    return [=](unsigned position) { return rows.getDim(values[position]); };
  }

  void rewriteYield(Block &block, ValueRange results) {
    auto yield = cast<scf::YieldOp>(block.getTerminator());
    yield->setOperands(spread(yield.getOperands(), dimsOf(results)));
  }

  void rewriteLoop(scf::ForOp loop) {
    if (llvm::none_of(loop.getRegionIterArgs(),
                      [&](Value arg) { return rows.getDim(arg); })) {
      rewrite(*loop.getBody());
      return;
    }
    builder.setInsertionPoint(loop);
    auto split = scf::ForOp::create(
        builder, loop.getLoc(), loop.getLowerBound(), loop.getUpperBound(),
        loop.getStep(),
        spread(loop.getInitArgs(), dimsOf(loop.getRegionIterArgs())));
    split->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    adopt(loop.getRegionIterArgs(), split.getRegionIterArgs());
    loop.getInductionVar().replaceAllUsesWith(split.getInductionVar());
    Block &body = *split.getBody();
    body.getOperations().splice(body.end(), loop.getBody()->getOperations());
    rewrite(body);
    rewriteYield(body, loop.getResults());
    adopt(loop.getResults(), split.getResults());
    replaced.push_back(loop);
  }

  void rewriteBranch(scf::IfOp branch) {
    for (Region &region : branch->getRegions())
      for (Block &block : region)
        rewrite(block);
    if (llvm::none_of(branch.getResults(),
                      [&](Value result) { return rows.getDim(result); }))
      return;
    SmallVector<Type> types;
    for (Value result : branch.getResults()) {
      std::optional<int64_t> dim = rows.getDim(result);
      types.append(dim ? factor : 1,
                   dim ? partOf(result.getType(), *dim) : result.getType());
    }
    builder.setInsertionPoint(branch);
    auto split = scf::IfOp::create(builder, branch.getLoc(), types,
                                   branch.getCondition());
    split->setDiscardableAttrs(branch->getDiscardableAttrDictionary());
    split.getThenRegion().takeBody(branch.getThenRegion());
    split.getElseRegion().takeBody(branch.getElseRegion());
    rewriteYield(*split.thenBlock(), branch.getResults());
    rewriteYield(*split.elseBlock(), branch.getResults());
    adopt(branch.getResults(), split.getResults());
    replaced.push_back(branch);
  }

  void rewriteOperation(Operation *op, ArrayRef<int64_t> dims) {
    for (int64_t dim : dims) {
      SmallVector<DimUse> uses = *getDimUses(op, dim);
      SmallVector<SmallVector<Value>> results(op->getNumResults());
      builder.setInsertionPoint(op);
      for (int64_t part = 0; part < factor; ++part) {
        Operation *copy = builder.clone(*op);
        for (const DimUse &use : uses)
          copy->setOperand(use.operand->getOperandNumber(),
                           parts.at({use.operand->get(), use.dim})[part]);
        for (OpResult result : copy->getResults())
          result.setType(partOf(result.getType(), dim));
        copy = moveStart(copy, part);
        if (isa<DotOp, DotScaledOp>(copy))
          dots.push_back(copy);
        for (auto [list, result] : llvm::zip_equal(results, copy->getResults()))
          list.push_back(result);
      }
      for (auto [list, result] : llvm::zip_equal(results, op->getResults()))
        parts[{result, dim}] = std::move(list);
    }
    replaced.push_back(op);
  }

  /// Sets what says where the positions start, for part number `part`.
  Operation *moveStart(Operation *copy, int64_t part) {
    Location loc = copy->getLoc();
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(copy);
    auto add = [&](Value start, int64_t distance) -> Value {
      if (distance == 0)
        return start;
      Value offset = arith::ConstantOp::create(
          builder, loc, builder.getIntegerAttr(start.getType(), distance));
      return arith::AddIOp::create(builder, loc, start, offset);
    };
    if (auto constant = dyn_cast<arith::ConstantOp>(copy)) {
      auto splat = cast<SplatElementsAttr>(constant.getValue());
      constant.setValueAttr(
          splat.resizeSplat(cast<ShapedType>(constant.getType())));
    } else if (auto tile = dyn_cast<MakeTileOp>(copy)) {
      int64_t size = tile.getType().getSize();
      tile.getBeginMutable().assign(add(tile.getBegin(), part * size));
    } else if (auto slice = dyn_cast<SliceOp>(copy)) {
      int64_t size = slice.getType().getSize() * slice.getStep();
      slice.getStartMutable().assign(add(slice.getStart(), part * size));
    } else if (auto arange = dyn_cast<ArangeOp>(copy); arange && part > 0) {
      auto type = cast<RankedTensorType>(arange.getType());
      builder.setInsertionPointAfter(copy);
      Value offset = arith::ConstantOp::create(
          builder, loc,
          builder.getIntegerAttr(type.getElementType(),
                                 part * type.getDimSize(0)));
      Value spreadOffset = FullOp::create(builder, loc, type, offset);
      return arith::AddIOp::create(builder, loc, arange, spreadOffset);
    }
    return copy;
  }

  Rows &rows;
  int64_t factor;
  OpBuilder builder;
  llvm::DenseMap<Dim, SmallVector<Value>> parts;
  SmallVector<Operation *> replaced, erased, dots;
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
    Rows rows;
    if (failed(rows.follow(seeds, request.factor)))
      return refuse(rows.reason);
    PartMaker maker(rows, request.factor, &getContext());
    maker.run(getOperation());
    done.insert_range(maker.getDots());
    llvm::SmallSetVector<Operation *, 2> loops;
    for (Operation *dot : maker.getDots())
      if (auto loop = dyn_cast<scf::ForOp>(dot->getParentOp()))
        loops.insert(loop);
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
