//===- AnnotateLoops.cpp - The loop schedule, for Triton -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Triton pipelines loads of loops with a dot on its own, those of other loops
// only where the loop itself carries `tt.num_stages`: the kernel-wide `num_stages`
// therefore goes onto loops with a dot alone, `range_num_stages` onto any.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Utils/Utils.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONANNOTATELOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

static bool hasOwnDot(scf::ForOp loop) {
  return !loop.getBody()->getOps<DotOp>().empty();
}

/// Whether an iteration does nothing to a carried value but add a reduction to it:
/// a pass of Triton that keeps such sums in one thread fails on copies of the body.
static bool accumulatesReduction(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOps<ReduceOp>(), [&](ReduceOp reduce) {
    return llvm::any_of(reduce->getUsers(), [&](Operation *user) {
      return user->getNumOperands() == 2 && user->hasOneUse() &&
             isa<scf::YieldOp>(*user->user_begin()) &&
             llvm::any_of(user->getOperands(), [&](Value operand) {
               return llvm::is_contained(loop.getRegionIterArgs(), operand);
             });
    });
  });
}

/// Longer loops make programs that take minutes to compile.
static constexpr int64_t kMostUnrolledTrips = 64;

/// Replaces the loop by its iterations.
static void unrollWhole(scf::ForOp loop) {
  std::optional<APInt> trips = loop.getStaticTripCount();
  if (!trips)
    loop.emitRemark("not unrolled: the number of trips is not known");
  else if (trips->getSExtValue() > kMostUnrolledTrips)
    loop.emitRemark("not unrolled: it has ")
        << trips->getSExtValue() << " trips, more than " << kMostUnrolledTrips;
  else if (trips->getSExtValue() > 0 && failed(loopUnrollFull(loop)))
    loop.emitRemark("not unrolled: its bounds are not constant");
}

namespace {
struct AnnotateLoopsPass
    : public helion::impl::HelionAnnotateLoopsBase<AnnotateLoopsPass> {
  using HelionAnnotateLoopsBase::HelionAnnotateLoopsBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    OpBuilder builder(&getContext());
    SmallVector<scf::ForOp> unrolled;
    int64_t grids = getNumGrids(getOperation());
    getOperation().walk([&](scf::ForOp loop) {
      auto ordinal = loop->getAttrOfType<IntegerAttr>(kLoopAttrName);
      loop->removeAttr(kLoopAttrName);
      if (!config || !ordinal)
        return;
      // The grids own the first entries of the range_* lists.
      auto entry = [&](StringRef key) -> Attribute {
        auto list = config.getEntries().getAs<ArrayAttr>(key);
        size_t position = ordinal.getInt() + grids;
        return list && position < list.size() ? list[position] : Attribute();
      };
      auto number = [&](StringRef key) {
        auto value = dyn_cast_or_null<IntegerAttr>(entry(key));
        return value ? value.getInt() : 0;
      };
      auto flag = [&](StringRef key) {
        return dyn_cast_or_null<BoolAttr>(entry(key));
      };
      if (BoolAttr whole = flag("static_ranges"); whole && whole.getValue()) {
        unrolled.push_back(loop);
        return;
      }
      int64_t stages = number("range_num_stages");
      if (stages == 0 && hasOwnDot(loop))
        stages = config.getInt("num_stages", 0);
      if (stages > 1 && !loop.getBody()->getOps<gpu::BarrierOp>().empty()) {
        loop.emitRemark("not pipelined: an iteration reads what another wrote");
        stages = 1;
      }
      if (stages > 0)
        loop->setAttr("tt.num_stages", builder.getI32IntegerAttr(stages));
      int64_t factor = number("range_unroll_factors");
      if (factor > 1 && loop->hasAttr("tt.warp_specialize"))
        loop.emitRemark("not unrolled: its warps are specialized");
      else if (factor > 1 && accumulatesReduction(loop))
        loop.emitRemark("not unrolled: it sums up reductions, and Triton fails "
                        "on such loops");
      else if (factor > 1)
        loop->setAttr("tt.loop_unroll_factor",
                      builder.getI32IntegerAttr(factor));
      if (BoolAttr flatten = flag("range_flattens");
          flatten && flatten.getValue())
        loop->setAttr("tt.flatten", builder.getUnitAttr());
      if (BoolAttr multi = flag("range_multi_buffers");
          multi && !multi.getValue())
        loop->setAttr("tt.disallow_acc_multi_buffer", builder.getUnitAttr());
    });
    // Inner loops come first, so that a copy of an outer body has none left.
    llvm::for_each(unrolled, unrollWhole);
  }
};
} // namespace
