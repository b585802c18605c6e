//===- OrderLoops.cpp - The order of a loop's dimensions -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The dimensions of a grid or loop are visited last one fastest. As its tiles come
// in no order that a kernel could rely on, another order of visits is another
// order of the dimensions: bounds, blocks and tiles are permuted together. No
// bound can depend on a tile of its own loop, so that any order is possible.
//
// Limit: where a trip decides whether later ones run, as `break` does, the order
// decides what runs.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"

#include "helion/HelionDialect/Transforms/Passes.h"

#include "llvm/ADT/Sequence.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONORDERLOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Reads entry `position` of the list: the dimensions, slowest first. Empty where
/// the dimensions stay as they are.
static FailureOr<SmallVector<int64_t>>
readOrder(Operation *loop, int64_t rank, ArrayAttr orders, size_t position) {
  if (position >= orders.size())
    return SmallVector<int64_t>();
  SmallVector<int64_t> order;
  if (auto list = dyn_cast<ArrayAttr>(orders[position]))
    for (Attribute entry : list)
      if (auto number = dyn_cast<IntegerAttr>(entry))
        order.push_back(number.getInt());
  auto identity = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  SmallVector<int64_t> sorted(order);
  llvm::sort(sorted);
  if (sorted != identity)
    return loop->emitError("expects loop_orders[")
           << position << "] to be a permutation of " << rank
           << " dimensions but got " << orders[position];
  if (order == identity)
    order.clear();
  return order;
}

template <typename OpTy>
static void permute(OpTy loop, ArrayRef<int64_t> order) {
  auto permuteOperands = [&](MutableOperandRange operands) {
    SmallVector<Value> before(OperandRange(operands).begin(),
                              OperandRange(operands).end());
    operands.assign(
        llvm::map_to_vector(order, [&](int64_t dim) { return before[dim]; }));
  };
  permuteOperands(loop.getLowerBoundsMutable());
  permuteOperands(loop.getUpperBoundsMutable());
  ArrayAttr blocks = loop.getBlocks();
  loop.setBlocksAttr(ArrayAttr::get(
      loop.getContext(),
      llvm::map_to_vector(order, [&](int64_t dim) { return blocks[dim]; })));
  Block &body = loop.getBody().front();
  size_t rank = order.size();
  for (auto [position, dim] : llvm::enumerate(order)) {
    // Those in front of the old arguments are new.
    BlockArgument tile = body.getArgument(position + dim);
    BlockArgument moved =
        body.insertArgument(position, tile.getType(), tile.getLoc());
    tile = body.getArgument(position + 1 + dim);
    tile.replaceAllUsesWith(moved);
  }
  body.eraseArguments(rank, rank);
}

/// Whether a trip decides what later ones do: `break` and the like carry a flag.
static bool hasFixedOrder(TileForOp loop) {
  return llvm::any_of(loop.getInits().getTypes(),
                      [](Type type) { return type.isInteger(1); });
}

namespace {
struct OrderLoopsPass
    : public helion::impl::HelionOrderLoopsBase<OrderLoopsPass> {
  using HelionOrderLoopsBase::HelionOrderLoopsBase;

  void runOnOperation() override {
    ConfigAttr config = getOperation().getConfig();
    auto orders = config ? config.getEntries().getAs<ArrayAttr>("loop_orders")
                         : ArrayAttr();
    if (!orders)
      return;
    for (auto [position, op] :
         llvm::enumerate(getLoopsOfSeveralDims(getOperation()))) {
      auto grid = dyn_cast<GridOp>(op);
      auto loop = dyn_cast<TileForOp>(op);
      int64_t rank = grid ? grid.getBlocks().size() : loop.getNumDims();
      FailureOr<SmallVector<int64_t>> order =
          readOrder(op, rank, orders, position);
      if (failed(order))
        return signalPassFailure();
      if (order->empty())
        continue;
      if (grid) {
        permute(grid, *order);
      } else if (hasFixedOrder(loop)) {
        loop.emitRemark("the loop keeps its order, not loop_orders[")
            << position << "]: a trip decides whether later ones run";
      } else {
        permute(loop, *order);
        loop->setAttr(kLoopDimsAttrName,
                      DenseI64ArrayAttr::get(&getContext(), *order));
      }
    }
  }
};
} // namespace
