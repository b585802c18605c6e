//===- SkipMaskedBlocks.cpp - Loops end where the mask does -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A comparison of indices is brought to the form d >= 0, where d is a sum of
// scalars, one of them the loop's induction variable, plus a number between two
// bounds that depends on the lane. Where the least d is not negative the
// comparison holds in the whole block, where the greatest is negative it fails.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"
#include "MaskedTrip.h"

#include "helion/HelionDialect/Analysis/LinearIndex.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONSKIPMASKEDBLOCKS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

namespace {
/// A comparison that holds in blocks at one end of a loop's range, and fails in
/// those at the other.
struct Comparison {
  arith::CmpIOp op;
  /// Whether it holds at the lower end: for i <= last, where it is the low end
  /// of the sum; else for i >= first, the high end.
  bool holdsBelow;
  LinearIndex limit;
};
} // namespace

static std::optional<Comparison> getComparison(arith::CmpIOp op,
                                               scf::ForOp loop) {
  if (!isa<RankedTensorType>(op.getType()))
    return std::nullopt;
  using Predicate = arith::CmpIPredicate;
  Predicate predicate = op.getPredicate();
  Value greater = op.getLhs(), less = op.getRhs();
  if (predicate == Predicate::sle || predicate == Predicate::slt)
    std::swap(greater, less);
  else if (predicate != Predicate::sge && predicate != Predicate::sgt)
    return std::nullopt;
  std::optional<LinearIndex> lhs = getLinearIndex(greater, loop),
                             rhs = getLinearIndex(less, loop);
  if (!lhs || !rhs)
    return std::nullopt;
  LinearIndex difference = lhs->plus(*rhs, -1);
  if (predicate == Predicate::sgt || predicate == Predicate::slt)
    difference = difference.plus(-1);
  Value position = loop.getInductionVar();
  int64_t factor = difference.getFactor(position);
  if (factor != 1 && factor != -1)
    return std::nullopt;
  return Comparison{op, factor < 0,
                    LinearIndex().plus(difference.without(position), -factor)};
}

//===----------------------------------------------------------------------===//
// Ranges
//===----------------------------------------------------------------------===//

namespace {
/// Scalars in front of a loop, of the type of its induction variable.
class Scalars {
public:
  explicit Scalars(scf::ForOp loop)
      : builder(loop), loc(loop.getLoc()),
        type(loop.getInductionVar().getType()) {}

  Value constant(int64_t number) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getIntegerAttr(type, number));
  }
  template <typename OpTy> Value create(Value lhs, Value rhs) {
    return builder.createOrFold<OpTy>(loc, lhs, rhs);
  }
  Value min(Value lhs, Value rhs) {
    return lhs ? create<arith::MinSIOp>(lhs, rhs) : rhs;
  }
  Value max(Value lhs, Value rhs) {
    return lhs ? create<arith::MaxSIOp>(lhs, rhs) : rhs;
  }
  Value add(Value lhs, int64_t number) {
    return number ? create<arith::AddIOp>(lhs, constant(number)) : lhs;
  }
  /// The terms and the number.
  Value sum(ArrayRef<std::pair<Value, int64_t>> terms, int64_t number) {
    Value result;
    for (auto [value, factor] : terms) {
      Value term = value;
      if (term.getType() != type)
        term = builder.createOrFold<arith::ExtSIOp>(loc, type, term);
      if (factor == -1 && result) {
        result = create<arith::SubIOp>(result, term);
        continue;
      }
      if (factor != 1)
        term = create<arith::MulIOp>(term, constant(factor));
      result = result ? create<arith::AddIOp>(result, term) : term;
    }
    return result ? add(result, number) : constant(number);
  }
  /// The first position at `start`, `start + step`, ... that is no less than
  /// `bound`.
  Value firstFrom(Value start, Value bound, int64_t step) {
    Value distance = max(create<arith::SubIOp>(bound, start), constant(0));
    Value trips =
        create<arith::DivSIOp>(add(distance, step - 1), constant(step));
    return create<arith::AddIOp>(start,
                                 create<arith::MulIOp>(trips, constant(step)));
  }

private:
  OpBuilder builder;
  Location loc;
  Type type;
};
} // namespace

/// Numbers beyond this might overflow in sums of 32 bits.
static constexpr int64_t kGreatestNumber = int64_t(1) << 30;

/// Whether the sum can be computed in the type of the loop's bounds.
static bool isComputable(const LinearIndex &sum, scf::ForOp loop) {
  auto type = dyn_cast<IntegerType>(loop.getInductionVar().getType());
  return type && sum.low > -kGreatestNumber && sum.high < kGreatestNumber &&
         llvm::all_of(
             sum.terms,
             [&](const auto &term) {
               return term.first.getType().getIntOrFloatBitWidth() <=
                      type.getWidth();
             });
}

/// Whether the comparison certainly fails somewhere in each block of the loop.
static bool neverHolds(const Comparison &comparison, scf::ForOp loop) {
  LinearIndex limit = comparison.limit;
  if (!comparison.holdsBelow) {
    limit.low = limit.high;
    return isAtMost(loop.getUpperBound(), limit, loop);
  }
  std::optional<LinearIndex> start = getLinearIndex(loop.getLowerBound(), loop);
  if (!start)
    return false;
  limit.high = limit.low;
  LinearIndex distance = start->plus(limit, -1);
  return distance.terms.empty() && distance.low > 0;
}

static bool hasOwnDot(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOperations(), [](Operation &op) {
    return isa<DotOp, DotScaledOp>(op);
  });
}

//===----------------------------------------------------------------------===//
// The pass
//===----------------------------------------------------------------------===//

/// Takes the value, a tensor of truths, for true.
static void assumeTrue(Value value) {
  for (OpOperand &use : llvm::make_early_inc_range(value.getUses())) {
    Operation *op = use.getOwner();
    if (auto select = dyn_cast<arith::SelectOp>(op);
        select && use.getOperandNumber() == 0) {
      select.replaceAllUsesWith(select.getTrueValue());
    } else if (isa<arith::AndIOp>(op)) {
      op->getResult(0).replaceAllUsesWith(
          op->getOperand(1 - use.getOperandNumber()));
    } else if (isShapeOp(op)) {
      assumeTrue(op->getResult(0));
    } else {
      continue;
    }
    if (op->use_empty())
      op->erase();
  }
  if (value.use_empty())
    return;
  OpBuilder builder(value.getContext());
  builder.setInsertionPointAfterValue(value);
  auto type = cast<RankedTensorType>(value.getType());
  value.replaceAllUsesWith(arith::ConstantOp::create(
      builder, value.getLoc(), DenseElementsAttr::get(type, true)));
}

static void eraseDead(Block &block) {
  for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block)))
    if (isOpTriviallyDead(&op))
      op.erase();
}

/// Whether tiles of the induction variable may reach behind the loop's range.
static bool isRagged(scf::ForOp loop) {
  return llvm::any_of(
      loop.getBody()->getOps<MakeTileOp>(), [&](MakeTileOp tile) {
        return tile.getBegin() == loop.getInductionVar() && !tile.getExact() &&
               tile.getLimit() == loop.getUpperBound();
      });
}

namespace {
struct SkipMaskedBlocksPass
    : public helion::impl::HelionSkipMaskedBlocksBase<SkipMaskedBlocksPass> {
  using HelionSkipMaskedBlocksBase::HelionSkipMaskedBlocksBase;

  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) {
      if (loop->hasAttr(kLoopAttrName) && !isTileLoop(loop) &&
          !isRequested("static_ranges", loop))
        loops.push_back(loop);
    });
    llvm::for_each(loops, [&](scf::ForOp loop) { narrow(loop); });
  }

private:
  /// Whether the configuration's list `key` says true of the loop, or of that
  /// over the tiles of a grid.
  bool isRequested(StringRef key, scf::ForOp loop) {
    ConfigAttr config = getOperation().getConfig();
    auto list =
        config ? config.getEntries().getAs<ArrayAttr>(key) : ArrayAttr();
    if (!list)
      return false;
    auto ordinal = loop->getAttrOfType<IntegerAttr>(kLoopAttrName);
    int64_t grids = getNumGrids(getOperation());
    return llvm::any_of(llvm::enumerate(list), [&](auto entry) {
      int64_t position = entry.index();
      auto flag = dyn_cast<BoolAttr>(entry.value());
      return flag && flag.getValue() &&
             (position < grids || position == grids + ordinal.getInt());
    });
  }

  void narrow(scf::ForOp loop) {
    APInt step;
    if (!matchPattern(loop.getStep(), m_ConstantInt(&step)))
      return;
    if (std::optional<APInt> trips = loop.getStaticTripCount();
        trips && trips->ule(1))
      return;
    SmallVector<Comparison> comparisons;
    for (auto op : loop.getBody()->getOps<arith::CmpIOp>())
      if (std::optional<Comparison> comparison = getComparison(op, loop);
          comparison && isComputable(comparison->limit, loop))
        comparisons.push_back(*comparison);
    if (comparisons.empty())
      return;
    // Main ranges keep what the bounds were for.
    bool ragged = isRagged(loop);
    Value end = loop.getUpperBound();
    skip(loop, comparisons, step.getSExtValue());
    bool allNeedMasks = llvm::any_of(
        comparisons, [&](const auto &each) { return neverHolds(each, loop); });
    if (hasOwnDot(loop) && !allNeedMasks && !isWarpSpecialized(loop))
      split(loop, comparisons, step.getSExtValue(), ragged ? end : Value());
  }

  /// Moves the bounds of the loop past blocks where a comparison fails.
  void skip(scf::ForOp loop, ArrayRef<Comparison> comparisons, int64_t step) {
    Scalars scalars(loop);
    std::string reason;
    Value lower, upper;
    bool once = false;
    for (const Comparison &comparison : comparisons) {
      // The first position behind the blocks, or the first of the others.
      const LinearIndex &limit = comparison.limit;
      LinearIndex bound = limit;
      bound.low = bound.high =
          comparison.holdsBelow ? limit.high + 1 : limit.low;
      if (comparison.holdsBelow && isAtMost(loop.getUpperBound(), bound, loop))
        continue;
      MaskedTrips masked = classifyMaskedTrips(loop, comparison.op, reason);
      if (masked == MaskedTrips::NeededOnce && !comparison.holdsBelow) {
        reason = "in the first one, rows that have seen nothing yet change";
        continue;
      }
      if (masked == MaskedTrips::Needed)
        continue;
      once |= masked == MaskedTrips::NeededOnce;
      Value position = scalars.sum(bound.terms, bound.low);
      if (comparison.holdsBelow)
        upper = scalars.min(upper, position);
      else
        lower = scalars.max(lower, position);
    }
    if (!reason.empty() && hasOwnDot(loop))
      loop.emitRemark("wholly masked blocks are not skipped: ") << reason;
    if (upper) {
      if (once)
        upper = scalars.max(scalars.add(loop.getLowerBound(), 1), upper);
      loop.setUpperBound(scalars.min(loop.getUpperBound(), upper));
    }
    if (lower)
      loop.setLowerBound(scalars.firstFrom(loop.getLowerBound(), lower, step));
  }

  /// Gives the blocks where all comparisons hold a loop of their own. `end`:
  /// tiles that reach behind it are left to the others.
  void split(scf::ForOp loop, ArrayRef<Comparison> comparisons, int64_t step,
             Value end) {
    Scalars scalars(loop);
    Value lower = loop.getLowerBound(), upper = loop.getUpperBound();
    Value first, last;
    for (const Comparison &comparison : comparisons) {
      const LinearIndex &limit = comparison.limit;
      if (comparison.holdsBelow)
        last = scalars.min(last, scalars.sum(limit.terms, limit.low));
      else
        first = scalars.max(first, scalars.sum(limit.terms, limit.high));
    }
    Value from = lower, to = upper;
    if (first)
      from = scalars.firstFrom(lower, first, step);
    if (last) {
      if (end)
        last = scalars.min(last, scalars.add(end, -step));
      to = scalars.firstFrom(lower, scalars.add(last, 1), step);
    }
    Value rest = first ? scalars.max(from, to) : to;
    Value firstEnd = scalars.min(upper, from), mainEnd = scalars.min(upper, to);
    OpBuilder builder(loop);
    if (first) {
      auto before = cast<scf::ForOp>(builder.clone(*loop));
      before.setUpperBound(firstEnd);
      loop.getInitArgsMutable().assign(before.getResults());
      loop.setLowerBound(from);
    }
    if (last) {
      builder.setInsertionPointAfter(loop);
      auto after = cast<scf::ForOp>(builder.clone(*loop));
      loop.replaceAllUsesWith(after.getResults());
      after.getInitArgsMutable().assign(loop.getResults());
      after.setLowerBound(rest);
      loop.setUpperBound(mainEnd);
      for (auto tile : loop.getBody()->getOps<MakeTileOp>())
        if (end && tile.getBegin() == loop.getInductionVar() &&
            tile.getLimit() == end && tile.getType().getSize() <= step)
          tile.setExact(true);
    }
    for (Comparison comparison : comparisons)
      assumeTrue(comparison.op.getResult());
    eraseDead(*loop.getBody());
  }

  /// Whether Triton is to give the warps of this loop roles: it fails if another
  /// loop with matrix products follows. On compute capability 9.0 it cannot for a
  /// loop with a mask.
  bool isWarpSpecialized(scf::ForOp loop) {
    StringRef backend, arch;
    std::tie(backend, arch) = StringRef(target).split(':');
    int64_t capability = 0;
    if (!isRequested("range_warp_specializes", loop) || backend != "cuda" ||
        arch.getAsInteger(10, capability) || capability < 100 ||
        capability >= 110)
      return false;
    loop.emitRemark("the mask is computed in all blocks, not in those alone "
                    "that need it: Triton specializes the warps of one loop, "
                    "not of two");
    return true;
  }
};
} // namespace
