//===- InferConfigSpace.cpp - What a configuration can choose -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Works on a simplified kernel, in which what no result depends on is gone. What is
// left is numbered afresh: the lists of a configuration have entries for the loops
// and accesses that there are, and for no others.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/DimensionClasses.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "llvm/ADT/SetVector.h"

#include <map>

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

/// All dimensions of a kernel that a loop could walk in parts. Reductions come
/// first: their places do not depend on products around.
static SmallVector<ReducedDimension> findReduced(KernelOp kernel) {
  SmallVector<ReducedDimension> dimensions;
  kernel.walk([&](Block *block) {
    llvm::append_range(dimensions, findReduced(*block));
  });
  llvm::erase_if(dimensions, [](const ReducedDimension &dimension) {
    return !dimension.hasReduce && dimension.extent < kLeastContraction;
  });
  llvm::stable_sort(dimensions, [](const auto &a, const auto &b) {
    return a.hasReduce && !b.hasReduce;
  });
  return dimensions;
}

/// Numbers operations from 0 on in the order of their attribute `name`; what was
/// equal stays equal. An operation takes as many numbers as `width` says. Returns
/// how many are taken.
static int64_t renumber(
    ArrayRef<Operation *> ops, StringRef name,
    function_ref<int64_t(Operation *)> width = [](Operation *) { return 1; }) {
  std::map<int64_t, SmallVector<Operation *>> numbered;
  for (Operation *op : ops)
    if (auto number = op->getAttrOfType<IntegerAttr>(name))
      numbered[number.getInt()].push_back(op);
  int64_t next = 0;
  for (const auto &entry : numbered) {
    for (Operation *op : entry.second)
      op->setAttr(name, Builder(op).getI64IntegerAttr(next));
    next += width(entry.second.front());
  }
  return next;
}

namespace {
/// Collects what is in a kernel.
class ConfigSpace {
public:
  explicit ConfigSpace(KernelOp kernel)
      : kernel(kernel), builder(kernel.getContext()) {
    for (BlockOp block : kernel.getBody().getOps<BlockOp>())
      if (block.getOf())
        products[block.getSymNameAttr()] = block;
    kernel.walk<WalkOrder::PreOrder>([&](Operation *op) { visit(op); });
  }

  /// Closes the gaps in the numbers of loops and accesses.
  DictionaryAttr numbered(ArrayRef<ReducedDimension> dimensions) {
    renumber(loops, "ordinal", [](Operation *op) -> int64_t {
      return cast<TileForOp>(op).getNumDims();
    });
    renumber(accesses, "ordinal");
    llvm::SmallDenseSet<int64_t> storePlaces;
    for (StoreOp store : stores)
      storePlaces.insert(store.getOrdinal());
    int64_t numLoads = renumber(loads, "load_ordinal");
    int64_t numAtomics = renumber(atomics, "ordinal");
    auto reductions = llvm::map_to_vector(
        dimensions, [&](const ReducedDimension &dimension) -> Attribute {
          return dictionary(
              {{"dot", builder.getBoolAttr(llvm::any_of(dimension.reducing,
                                                        llvm::IsaPred<DotOp>))},
               {"extent", number(dimension.extent)}});
        });
    return dictionary({
        {"atomics", number(numAtomics)},
        {"barriers", number(numBarriers)},
        {"blocks", builder.getArrayAttr(blocks())},
        {"dots", builder.getArrayAttr(dots.getArrayRef())},
        {"loads", number(numLoads)},
        {"loops", builder.getArrayAttr(loopSpaces)},
        {"reduces", builder.getBoolAttr(reduces)},
        {"reductions", builder.getArrayAttr(reductions)},
        {"stored_bits", number(storedBits)},
        {"stores", number(storePlaces.size())},
        {"values", builder.getArrayAttr(values.getArrayRef())},
    });
  }

private:
  void visit(Operation *op) {
    for (Region &region : op->getRegions())
      for (BlockArgument argument : region.getArguments())
        add(argument.getType());
    for (Type type : op->getResultTypes())
      add(type);
    if (auto grid = dyn_cast<GridOp>(op)) {
      addLoop(grid.getBlocks(), /*isGrid=*/true);
    } else if (auto loop = dyn_cast<TileForOp>(op)) {
      addLoop(loop.getBlocks(), /*isGrid=*/false);
      loops.push_back(op);
    } else if (isa<LoadOp>(op)) {
      accesses.push_back(op);
      loads.push_back(op);
    } else if (auto store = dyn_cast<StoreOp>(op)) {
      accesses.push_back(op);
      stores.push_back(store);
      storedBits = std::max(storedBits,
                            bitsOf(store.getBase().getType().getElementType()));
    } else if (isa<AtomicRmwOp, AtomicCasOp>(op)) {
      atomics.push_back(op);
    } else if (auto dot = dyn_cast<DotOp>(op)) {
      dots.insert(builder.getArrayAttr(
          {describe(dot.getLhs().getType(), /*keepRank=*/true),
           describe(dot.getRhs().getType(), /*keepRank=*/true)}));
    }
    reduces |= isa<ReduceOp>(op);
    numBarriers += isa<BarrierOp>(op);
  }

  void add(Type type) {
    if (isa<RankedTensorType>(type))
      values.insert(describe(type));
  }

  void addLoop(ArrayAttr blocks, bool isGrid) {
    loopSpaces.push_back(dictionary(
        {{"blocks", blocks}, {"grid", builder.getBoolAttr(isGrid)}}));
  }

  /// The extents of a value, numbers and names of blocks, and its elements' width.
  /// For a product of blocks come its factors, which make as many elements, or
  /// its first block alone, so that dimensions stay where they are.
  Attribute describe(Type value, bool keepRank = false) {
    auto type = cast<RankedTensorType>(value);
    SmallVector<Attribute> extents;
    auto dims = dyn_cast_or_null<DimsAttr>(type.getEncoding());
    if (!dims)
      llvm::append_range(extents, builder.getI64ArrayAttr(type.getShape()));
    for (Attribute extent : dims ? dims.getDims() : ArrayRef<Attribute>()) {
      auto symbol = dyn_cast<FlatSymbolRefAttr>(extent);
      BlockOp product = symbol ? products.lookup(symbol.getAttr()) : BlockOp();
      if (!product) {
        extents.push_back(extent);
      } else if (keepRank) {
        extents.push_back(product.getOfAttr()[0]);
      } else {
        llvm::append_range(extents, product.getOfAttr());
        extents.push_back(product.getFactorAttr());
      }
    }
    return dictionary({{"bits", number(bitsOf(type.getElementType()))},
                       {"extents", builder.getArrayAttr(extents)}});
  }

  SmallVector<Attribute> blocks() {
    SmallVector<Attribute> described;
    for (BlockOp block : kernel.getBody().getOps<BlockOp>()) {
      if (block.getOf())
        continue;
      SmallVector<NamedAttribute> entries{builder.getNamedAttr(
          "name", FlatSymbolRefAttr::get(block.getSymNameAttr()))};
      for (StringRef name : {"ordinal", "min", "max", "size"})
        if (Attribute entry = block->getAttr(name))
          entries.push_back(builder.getNamedAttr(name, entry));
      described.push_back(builder.getDictionaryAttr(entries));
    }
    return described;
  }

  static int64_t bitsOf(Type element) {
    return element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 32;
  }

  IntegerAttr number(int64_t value) { return builder.getI64IntegerAttr(value); }

  DictionaryAttr dictionary(ArrayRef<std::pair<StringRef, Attribute>> entries) {
    return builder.getDictionaryAttr(llvm::map_to_vector(
        entries, [&](const std::pair<StringRef, Attribute> &entry) {
          return builder.getNamedAttr(entry.first, entry.second);
        }));
  }

  KernelOp kernel;
  Builder builder;
  llvm::DenseMap<StringAttr, BlockOp> products;
  SmallVector<Operation *> loops, accesses, loads, atomics;
  SmallVector<StoreOp> stores;
  SmallVector<Attribute> loopSpaces;
  llvm::SetVector<Attribute> values, dots;
  int64_t storedBits = 0, numBarriers = 0;
  bool reduces = false;
};

struct InferConfigSpacePass
    : public helion::impl::HelionInferConfigSpaceBase<InferConfigSpacePass> {
  using HelionInferConfigSpaceBase::HelionInferConfigSpaceBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    SmallVector<ReducedDimension> dimensions = findReduced(kernel);
    Builder builder(&getContext());
    SmallVector<int64_t> extents;
    for (const ReducedDimension &dimension : dimensions) {
      for (Operation *op : dimension.reducing)
        op->setAttr(kReductionAttrName,
                    builder.getI64IntegerAttr(extents.size()));
      extents.push_back(dimension.extent);
    }
    if (!extents.empty())
      kernel->setAttr(kReductionExtentsAttrName,
                      builder.getDenseI64ArrayAttr(extents));
    kernel->setAttr(kConfigSpaceAttrName,
                    ConfigSpace(kernel).numbered(dimensions));
  }
};
} // namespace
