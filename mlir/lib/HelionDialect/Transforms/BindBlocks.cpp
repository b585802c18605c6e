//===- BindBlocks.cpp - Block size symbols become numbers -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/DenseMap.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONBINDBLOCKS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

using BlockSizes = llvm::DenseMap<StringAttr, int64_t>;

/// Reads the size of every declared block from the configuration.
static FailureOr<BlockSizes> readBlockSizes(KernelOp kernel) {
  SmallVector<BlockOp> blocks(kernel.getBody().getOps<BlockOp>());
  size_t tunable = llvm::count_if(
      blocks, [](BlockOp block) { return block.getOrdinal().has_value(); });
  ConfigAttr config = kernel.getConfig();
  SmallVector<int64_t> given;
  if (config)
    given = config.getInts("block_sizes");
  if (given.size() != tunable)
    return kernel.emitError("expects ")
           << tunable << " block sizes in the configuration but got "
           << given.size();
  BlockSizes sizes;
  for (BlockOp block : blocks) {
    if (block.getOf())
      continue;
    if (block.getOrdinal() && *block.getOrdinal() >= tunable)
      return block.emitError("expects an ordinal below ")
             << tunable << " but got "
             << static_cast<int64_t>(*block.getOrdinal());
    int64_t size =
        block.getSize() ? *block.getSize() : given[*block.getOrdinal()];
    if (size < 1)
      return block.emitError("expects a positive block size but got ") << size;
    sizes[block.getSymNameAttr()] = size;
  }
  BlockSizes factors = sizes;
  for (BlockOp block : blocks) {
    if (!block.getOf())
      continue;
    int64_t size = *block.getFactor();
    for (auto of : block.getOfAttr().getAsRange<FlatSymbolRefAttr>()) {
      auto found = factors.find(of.getAttr());
      if (found == factors.end())
        return block.emitError("expects blocks that are no products but got ")
               << of;
      size *= found->second;
    }
    sizes[block.getSymNameAttr()] = size;
  }
  return sizes;
}

namespace {
struct BindBlocksPass
    : public helion::impl::HelionBindBlocksBase<BindBlocksPass> {
  using HelionBindBlocksBase::HelionBindBlocksBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    FailureOr<BlockSizes> sizes = readBlockSizes(kernel);
    if (failed(sizes))
      return signalPassFailure();
    // All is chosen.
    kernel->removeAttr(kConfigSpaceAttrName);

    // Types cannot carry an error: the first block that none declares is kept.
    FlatSymbolRefAttr undeclared;
    auto lookup = [&](FlatSymbolRefAttr symbol) -> int64_t {
      auto found = sizes->find(symbol.getAttr());
      if (found != sizes->end())
        return found->second;
      if (!undeclared)
        undeclared = symbol;
      return 1;
    };

    kernel.walk([&](BlockSizeOp op) {
      OpBuilder builder(op);
      int64_t size = lookup(op.getBlockAttr());
      op.replaceAllUsesWith(
          arith::ConstantOp::create(builder, op.getLoc(),
                                    builder.getIntegerAttr(op.getType(), size))
              .getResult());
      op.erase();
    });

    AttrTypeReplacer replacer;
    auto number = [&](Attribute extent) -> int64_t {
      if (auto symbol = dyn_cast<FlatSymbolRefAttr>(extent))
        return lookup(symbol);
      return cast<IntegerAttr>(extent).getInt();
    };
    replacer.addReplacement([&](RankedTensorType type)
                                -> std::optional<std::pair<Type, WalkResult>> {
      auto dims = dyn_cast_or_null<DimsAttr>(type.getEncoding());
      if (!dims)
        return std::nullopt;
      Type bound = RankedTensorType::get(
          llvm::map_to_vector(dims.getDims(), number), type.getElementType());
      return std::make_pair(bound, WalkResult::skip());
    });
    replacer.addReplacement([&](TileType type) -> std::optional<Type> {
      if (type.isStatic())
        return std::nullopt;
      return TileType::get(type.getContext(), number(type.getExtent()));
    });
    replacer.addReplacement(
        [&](FlatSymbolRefAttr symbol) -> std::optional<Attribute> {
          auto found = sizes->find(symbol.getAttr());
          if (found == sizes->end())
            return std::nullopt;
          return IntegerAttr::get(IntegerType::get(symbol.getContext(), 64),
                                  found->second);
        });
    replacer.recursivelyReplaceElementsIn(kernel, /*replaceAttrs=*/true,
                                          /*replaceLocs=*/false,
                                          /*replaceTypes=*/true);
    if (undeclared) {
      kernel.emitError("expects blocks that the kernel declares but got ")
          << undeclared;
      return signalPassFailure();
    }
    for (BlockOp block :
         llvm::make_early_inc_range(kernel.getBody().getOps<BlockOp>()))
      block.erase();
  }
};
} // namespace
