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

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONANNOTATEWARPSPECIALIZATION
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Triton gives each role a warp group of its own.
static constexpr int64_t kWarpGroup = 4;

static bool hasOwnDot(scf::ForOp loop) {
  return !loop.getBody()->getOps<DotOp>().empty();
}

static bool loadsByDescriptor(scf::ForOp loop) {
  return llvm::any_of(loop.getBody()->getOps<LoadOp>(), [](LoadOp load) {
    return load.getAccess() == AccessKind::Descriptor;
  });
}

static std::optional<int64_t> ordinalOf(scf::ForOp loop) {
  auto ordinal = loop->getAttrOfType<IntegerAttr>("helion.loop");
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
/// A request to split the rows of the tiles of a loop into parts.
struct Partition {
  StringRef key;
  /// -1 is the loop over the tiles of the grid.
  int64_t loop;
  int64_t factor;
};

struct AnnotateWarpSpecializationPass
    : public helion::impl::HelionAnnotateWarpSpecializationBase<
          AnnotateWarpSpecializationPass> {
  using HelionAnnotateWarpSpecializationBase::
      HelionAnnotateWarpSpecializationBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    if (!config)
      return;
    if (failed(checkPartitions(config)))
      return signalPassFailure();
    std::optional<size_t> request = firstRequest(config);
    if (!request)
      return;
    int64_t wanted = static_cast<int64_t>(*request) - 1;
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
    if (!loadsByDescriptor(loop))
      return "on compute capability 9.0 the loop must load by tensor "
             "descriptors";
    if (int64_t stages = config.getInt("num_stages", 1); stages > 2)
      return "on compute capability 9.0 Triton gives NaN for some shapes with "
             "more than 2 stages, and num_stages is " +
             std::to_string(stages);
    return "";
  }

  LogicalResult checkPartitions(ConfigAttr config) {
    SmallVector<Partition> partitions;
    for (auto [position, factor] :
         llvm::enumerate(config.getInts("data_partition_factors")))
      partitions.push_back({"data_partition_factors",
                            static_cast<int64_t>(position) - 1, factor});
    partitions.push_back(
        {"_triton_range_value_data_partition_factor",
         config.getInt("_triton_range_id_data_partition_factor", 0) - 1,
         config.getInt("_triton_range_value_data_partition_factor", 1)});
    for (const Partition &partition : partitions)
      if (partition.factor > 1 && failed(check(partition)))
        return failure();
    return success();
  }

  /// Refuses parts that could be made; smaller ones than the matrix unit takes
  /// at once are no use on any compiler, and the request is dropped.
  LogicalResult check(const Partition &partition) {
    Operation *scope = getOperation();
    getOperation().walk([&](scf::ForOp loop) {
      if (ordinalOf(loop) == partition.loop)
        scope = loop;
    });
    int64_t rows = 0;
    scope->walk([&](DotOp dot) {
      ArrayRef<int64_t> shape =
          cast<RankedTensorType>(dot.getType()).getShape();
      rows = std::max(rows, shape[shape.size() - 2]);
    });
    int64_t part = rows / partition.factor, least = leastRows();
    if (part >= least)
      return scope->emitError()
             << partition.key << " = " << partition.factor
             << " cannot be honoured: no released Triton splits the " << rows
             << " rows of a tile into parts, nor does this compiler yet; use a "
                "block size of "
             << part << " rows, which is what each part would have";
    InFlightDiagnostic remark = scope->emitRemark("tiles are not split as ")
                                << partition.key << " = " << partition.factor
                                << " asks for: ";
    if (rows == 0)
      remark << "the loop has no matrix product";
    else
      remark << part << " rows are less than the " << least
             << " that the matrix unit takes at once";
    return success();
  }

  int64_t leastRows() const {
    StringRef arch = StringRef(target).split(':').second;
    int64_t capability = 0;
    if (arch.getAsInteger(10, capability) || capability < 90)
      return 16;
    return capability < 100 ? 64 : 128;
  }
};
} // namespace
