//===- InferConfigSpace.cpp - What a configuration can choose -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/DimensionClasses.h"
#include "helion/HelionDialect/Transforms/Passes.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONINFERCONFIGSPACE
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Products over fewer elements than this are held whole by any matrix unit.
static constexpr int64_t kLeastContraction = 512;

namespace {
/// One dimension that reductions or dots sum over, and the operations that do.
struct ReducedDimension {
  int64_t extent = 0;
  bool hasReduce = false;
  SmallVector<Operation *> reducing;
};
} // namespace

/// The dimensions of the values of `block` that can be summed up in parts.
static SmallVector<ReducedDimension> findReduced(Block &block) {
  if (llvm::none_of(block,
                    [](Operation &op) { return isa<ReduceOp, DotOp>(op); }))
    return {};
  DimensionClasses classes(block);
  llvm::MapVector<unsigned, ReducedDimension> found;
  for (Operation &op : block) {
    std::optional<unsigned> group = classes.reducedClass(&op);
    if (!group || !classes.whyWhole(*group).empty())
      continue;
    auto extent = dyn_cast<IntegerAttr>(classes.extentOf(*group));
    if (!extent)
      continue;
    ReducedDimension &dimension = found[*group];
    dimension.extent = extent.getInt();
    dimension.hasReduce |= isa<ReduceOp>(op);
    dimension.reducing.push_back(&op);
  }
  return llvm::map_to_vector(
      found.takeVector(), [](auto &entry) { return std::move(entry.second); });
}

namespace {
struct InferConfigSpacePass
    : public helion::impl::HelionInferConfigSpaceBase<InferConfigSpacePass> {
  using HelionInferConfigSpaceBase::HelionInferConfigSpaceBase;

  void runOnOperation() override {
    SmallVector<ReducedDimension> dimensions;
    getOperation().walk([&](Block *block) {
      llvm::append_range(dimensions, findReduced(*block));
    });
    llvm::erase_if(dimensions, [](const ReducedDimension &dimension) {
      return !dimension.hasReduce && dimension.extent < kLeastContraction;
    });
    // Reductions come first: their places do not depend on products around.
    llvm::stable_sort(dimensions, [](const auto &a, const auto &b) {
      return a.hasReduce && !b.hasReduce;
    });
    Builder builder(&getContext());
    SmallVector<int64_t> extents;
    for (const ReducedDimension &dimension : dimensions) {
      for (Operation *op : dimension.reducing)
        op->setAttr(kReductionAttrName,
                    builder.getI64IntegerAttr(extents.size()));
      extents.push_back(dimension.extent);
    }
    if (!extents.empty())
      getOperation()->setAttr(kReductionExtentsAttrName,
                              builder.getDenseI64ArrayAttr(extents));
  }
};
} // namespace
