//===- AnnotateWarpSpecialization.cpp - Loops of several roles -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Triton ignores a request that it cannot meet, or gives wrong results for it:
// requests are checked here against what it is known to do.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"

#include "helion/HelionDialect/Transforms/Passes.h"
#include "helion/Triton/IR/GPU.h"

#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <limits>

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONANNOTATEWARPSPECIALIZATION
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Triton gives each role a warp group of its own.
static constexpr int64_t kWarpGroup = 4;
/// Two groups of warps on Hopper share the rows of a product, 64 each.
static constexpr int64_t kHopperRows = 128;

static bool hasOwnDot(scf::ForOp loop) {
  return !loop.getBody()->getOps<DotOp>().empty();
}

static bool loadsByDescriptor(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOps<LoadOp>(), [](LoadOp load) {
    return load.getAccess() == AccessKind::Descriptor;
  });
}

/// The least number of rows of the loop's matrix products.
static int64_t leastRows(scf::ForOp loop) {
  int64_t least = std::numeric_limits<int64_t>::max();
  for (DotOp dot : loop.getBody()->getOps<DotOp>()) {
    auto type = cast<RankedTensorType>(dot.getType());
    least = std::min(least, type.getDimSize(type.getRank() - 2));
  }
  return least;
}

/// Whether a value that follows from what the loop leaves is reshaped.
static bool isReshaped(scf::ForOp loop) {
  SetVector<Operation *> following;
  for (Value result : loop.getResults())
    getForwardSlice(result, &following);
  return llvm::any_of(following, llvm::IsaPred<ReshapeOp>);
}

/// Whether some programs run more trips of the loop than others, or it tells lanes
/// apart, as masks do.
static bool variesOrMasks(scf::ForOp loop) {
  if (!getConstantIntValue(loop.getLowerBound()) ||
      !getConstantIntValue(loop.getUpperBound()))
    return true;
  return llvm::any_of(*loop.getBody(), [](Operation &op) {
    return isa<TileMaskOp>(op) ||
           (isa<arith::CmpIOp>(op) &&
            isa<RankedTensorType>(op.getResult(0).getType()));
  });
}

static std::optional<int64_t> ordinalOf(scf::ForOp loop) {
  auto ordinal = loop->getAttrOfType<IntegerAttr>(kLoopAttrName);
  if (!ordinal)
    return std::nullopt;
  return ordinal.getInt();
}

/// Position of the first `true` of the list.
static std::optional<size_t> firstRequest(ConfigAttr config) {
  auto list = config.getEntries().getAs<ArrayAttr>("range_warp_specializes");
  if (!list)
    return std::nullopt;
  for (auto [position, entry] : llvm::enumerate(list))
    if (auto flag = dyn_cast<BoolAttr>(entry); flag && flag.getValue())
      return position;
  return std::nullopt;
}

namespace {
struct AnnotateWarpSpecializationPass
    : public helion::impl::HelionAnnotateWarpSpecializationBase<
          AnnotateWarpSpecializationPass> {
  using HelionAnnotateWarpSpecializationBase::
      HelionAnnotateWarpSpecializationBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    if (!config)
      return;
    std::optional<size_t> request = firstRequest(config);
    if (!request)
      return;
    int64_t wanted =
        static_cast<int64_t>(*request) - getNumGrids(getOperation());
    SmallVector<scf::ForOp> loops;
    getOperation().walk<WalkOrder::PreOrder>(
        [&](scf::ForOp loop) { loops.push_back(loop); });
    auto it = llvm::find_if(
        loops, [&](scf::ForOp loop) { return ordinalOf(loop) == wanted; });
    scf::ForOp loop = it == loops.end() ? nullptr : *it;
    if (wanted < 0 && (!loop || !hasOwnDot(loop)))
      loop = chooseInner(loops, loop);
    if (!loop)
      return;
    std::string refusal = refuse(loop, config);
    if (refusal.empty())
      loop->setAttr("tt.warp_specialize", UnitAttr::get(&getContext()));
    else
      loop.emitRemark("warps are not specialized: ") << refusal;
  }

private:
  /// Triton specializes loops with a matrix product of their own alone, so that
  /// a request for the loop over tiles goes to the device loop inside it.
  scf::ForOp chooseInner(ArrayRef<scf::ForOp> loops, scf::ForOp outer) {
    for (scf::ForOp loop : loops) {
      if (loop == outer || !ordinalOf(loop) || !hasOwnDot(loop))
        continue;
      loop.emitRemark("the warps of this loop are specialized, not those of "
                      "the loop over tiles: ")
          << (outer ? "Triton specializes the loop that holds the matrix "
                      "products"
                    : "the kernel is not persistent and has no such loop");
      return loop;
    }
    getOperation().emitRemark("warps are not specialized: no loop has a matrix "
                              "product");
    return nullptr;
  }

  /// Why the target cannot do it; empty if it can.
  std::string refuse(scf::ForOp loop, ConfigAttr config) {
    StringRef backend, arch;
    std::tie(backend, arch) = StringRef(target).split(':');
    int64_t capability = 0;
    if (backend != "cuda" || arch.getAsInteger(10, capability) ||
        capability < 90)
      return "this takes an NVIDIA GPU of compute capability 9.0, 10.0 or 10.3";
    if (capability >= 110)
      return "Triton does not do so for compute capability " +
             std::to_string(capability / 10) + ".x";
    if (!hasOwnDot(loop))
      return "the loop has no matrix product";
    if (loop.walk([](gpu::BarrierOp) { return WalkResult::interrupt(); })
            .wasInterrupted())
      return "the loop has a barrier, for which all warps would have to meet";
    int64_t warps = config.getInt("num_warps", kWarpGroup);
    if (capability >= 100)
      return warps >= kWarpGroup
                 ? ""
                 : "num_warps must be 4 or more, not " + std::to_string(warps);
    if (!hopper)
      return "on compute capability 9.0 only Triton 3.5 and 3.6 do so";
    if (warps != kWarpGroup)
      return "on compute capability 9.0 num_warps must be 4, not " +
             std::to_string(warps);
    if (isReshaped(loop))
      return "on compute capability 9.0 Triton fails where what the loop "
             "leaves is reshaped or split";
    if (!loadsByDescriptor(loop))
      return "on compute capability 9.0 the loop must load by tensor "
             "descriptors";
    if (int64_t stages = config.getInt("num_stages", 1); stages > 2)
      return "on compute capability 9.0 Triton gives NaN for some shapes with "
             "more than 2 stages, and num_stages is " +
             std::to_string(stages);
    if (int64_t rows = leastRows(loop); rows < kHopperRows)
      return "on compute capability 9.0 Triton gives wrong results for "
             "products of fewer than 128 rows, and this has " +
             std::to_string(rows);
    if (variesOrMasks(loop))
      return "on compute capability 9.0 Triton gives wrong results for loops "
             "with masks, or with bounds that differ between programs";
    return "";
  }
};
} // namespace
