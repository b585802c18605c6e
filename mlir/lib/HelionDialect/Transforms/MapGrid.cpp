//===- MapGrid.cpp - Grids become program ids -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The flat mapping: one launch axis, decomposed into the dimensions of the grid.
// The last dimension varies fastest, after `loop_orders` has permuted them.
// Grouping works on the two fastest dimensions; slower ones stay outside it.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONMAPGRID
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// Scalar arithmetic in the index type of a grid.
namespace {
class IndexBuilder {
public:
  IndexBuilder(OpBuilder &builder, Location loc, Type type)
      : builder(builder), loc(loc), type(type) {}

  Value constant(int64_t value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getIntegerAttr(type, value));
  }
  Value add(Value a, Value b) {
    return arith::AddIOp::create(builder, loc, a, b);
  }
  Value sub(Value a, Value b) {
    return arith::SubIOp::create(builder, loc, a, b);
  }
  Value mul(Value a, Value b) {
    return arith::MulIOp::create(builder, loc, a, b);
  }
  Value div(Value a, Value b) {
    return arith::DivSIOp::create(builder, loc, a, b);
  }
  Value rem(Value a, Value b) {
    return arith::RemSIOp::create(builder, loc, a, b);
  }
  Value min(Value a, Value b) {
    return arith::MinSIOp::create(builder, loc, a, b);
  }
  /// Number of blocks that cover [lower, upper).
  Value count(Value lower, Value upper, int64_t block) {
    Value extent = matchPattern(lower, m_Zero()) ? upper : sub(upper, lower);
    return div(add(extent, constant(block - 1)), constant(block));
  }
  Value programId() {
    Value id = ProgramIdOp::create(builder, loc, builder.getI32Type(), 0);
    return type.isInteger(32) ? id
                              : arith::ExtSIOp::create(builder, loc, type, id);
  }

private:
  OpBuilder &builder;
  Location loc;
  Type type;
};
} // namespace

/// The permutation of the grid's dimensions, slowest first.
static FailureOr<SmallVector<int64_t>> readOrder(GridOp grid,
                                                 ConfigAttr config) {
  int64_t rank = grid.getBlocks().size();
  SmallVector<int64_t> order = llvm::to_vector(llvm::seq<int64_t>(0, rank));
  if (!config || rank < 2)
    return order;
  auto orders = config.getEntries().getAs<ArrayAttr>("loop_orders");
  if (!orders || orders.empty())
    return order;
  auto given = dyn_cast<ArrayAttr>(orders[0]);
  SmallVector<int64_t> read;
  if (given)
    for (Attribute entry : given)
      if (auto number = dyn_cast<IntegerAttr>(entry))
        read.push_back(number.getInt());
  SmallVector<int64_t> sorted(read);
  llvm::sort(sorted);
  if (sorted != order)
    return grid.emitError("expects loop_orders[0] to be a permutation of ")
           << rank << " dimensions but got " << orders[0];
  return read;
}

/// Describes a launch bound: a number, or the kernel argument that holds it.
static FailureOr<Attribute> describeBound(GridOp grid, Value bound) {
  Builder builder(grid.getContext());
  APInt number;
  if (matchPattern(bound, m_ConstantInt(&number)))
    return Attribute(builder.getI64IntegerAttr(number.getSExtValue()));
  auto argument = dyn_cast<BlockArgument>(bound);
  if (argument && isa<KernelOp>(argument.getOwner()->getParentOp()))
    return Attribute(builder.getDictionaryAttr(builder.getNamedAttr(
        "arg", builder.getI64IntegerAttr(argument.getArgNumber()))));
  return grid.emitError("expects grid bounds that are constants or kernel "
                        "arguments but got ")
         << bound;
}

static LogicalResult describeLaunch(KernelOp kernel, GridOp grid) {
  Builder builder(kernel.getContext());
  SmallVector<Attribute> dims;
  for (auto [lower, upper, block] : llvm::zip_equal(
           grid.getLowerBounds(), grid.getUpperBounds(), grid.getBlocks())) {
    FailureOr<Attribute> from = describeBound(grid, lower);
    FailureOr<Attribute> to = describeBound(grid, upper);
    if (failed(from) || failed(to))
      return failure();
    dims.push_back(
        builder.getDictionaryAttr({builder.getNamedAttr("lower", *from),
                                   builder.getNamedAttr("upper", *to),
                                   builder.getNamedAttr("block", block)}));
  }
  kernel->setAttr("helion.grid", builder.getArrayAttr(dims));
  return success();
}

/// Positions of a program in each dimension of the grid.
static SmallVector<Value> decompose(IndexBuilder &index, ArrayRef<Value> counts,
                                    ArrayRef<int64_t> order, int64_t group) {
  SmallVector<Value> positions(counts.size());
  Value rest = index.programId();
  size_t inner = order.size();
  if (group > 1 && order.size() >= 2) {
    int64_t slow = order[order.size() - 2], fast = order.back();
    inner -= 2;
    Value pid = rest;
    if (inner > 0) {
      Value plane = index.mul(counts[slow], counts[fast]);
      pid = index.rem(rest, plane);
      rest = index.div(rest, plane);
    }
    Value width = index.mul(index.constant(group), counts[fast]);
    Value first = index.mul(index.div(pid, width), index.constant(group));
    Value height =
        index.min(index.sub(counts[slow], first), index.constant(group));
    Value inGroup = index.rem(pid, width);
    positions[slow] = index.add(first, index.rem(inGroup, height));
    positions[fast] = index.div(inGroup, height);
  }
  for (size_t i = inner; i-- > 0;) {
    int64_t dim = order[i];
    positions[dim] = i == 0 ? rest : index.rem(rest, counts[dim]);
    if (i > 0)
      rest = index.div(rest, counts[dim]);
  }
  return positions;
}

namespace {
struct MapGridPass : public helion::impl::HelionMapGridBase<MapGridPass> {
  using HelionMapGridBase::HelionMapGridBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    SmallVector<GridOp> grids(kernel.getBody().getOps<GridOp>());
    if (grids.size() != 1) {
      kernel.emitError("expects one grid per kernel but got ") << grids.size();
      return signalPassFailure();
    }
    GridOp grid = grids.front();
    ConfigAttr config = kernel.getConfig();
    FailureOr<SmallVector<int64_t>> order = readOrder(grid, config);
    if (failed(order) || failed(describeLaunch(kernel, grid)))
      return signalPassFailure();

    SmallVector<int64_t> groups;
    if (config) {
      groups = config.getInts("l2_groupings");
      if (StringRef mapping = config.getString("pid_type", 0);
          !mapping.empty() && mapping != "flat")
        grid.emitRemark("launched flat, not as ")
            << mapping << ": this is the only mapping of program ids so far";
      if (!groups.empty() && groups.front() > 1 && order->size() < 2)
        grid.emitRemark(
            "tiles are not grouped: this takes a grid of two dimensions");
    }

    OpBuilder builder(grid);
    Location loc = grid.getLoc();
    Type type = grid.getLowerBounds().front().getType();
    IndexBuilder index(builder, loc, type);
    SmallVector<int64_t> blocks;
    SmallVector<Value> counts;
    for (auto [lower, upper, block] : llvm::zip_equal(
             grid.getLowerBounds(), grid.getUpperBounds(), grid.getBlocks())) {
      auto number = dyn_cast<IntegerAttr>(block);
      if (!number) {
        grid.emitError("expects bound block sizes but got ") << block;
        return signalPassFailure();
      }
      blocks.push_back(number.getInt());
      counts.push_back(index.count(lower, upper, number.getInt()));
    }
    SmallVector<Value> positions =
        decompose(index, counts, *order, groups.empty() ? 1 : groups.front());

    for (auto [dim, position] : llvm::enumerate(positions)) {
      Value lower = grid.getLowerBounds()[dim],
            upper = grid.getUpperBounds()[dim];
      Value begin = index.mul(position, index.constant(blocks[dim]));
      if (!matchPattern(lower, m_Zero()))
        begin = index.add(begin, lower);
      APInt from, to;
      bool exact =
          blocks[dim] == 1 || (matchPattern(lower, m_ConstantInt(&from)) &&
                               matchPattern(upper, m_ConstantInt(&to)) &&
                               (to - from).getSExtValue() % blocks[dim] == 0);
      BlockArgument tile = grid.getBody().getArgument(dim);
      tile.replaceAllUsesWith(MakeTileOp::create(builder, loc, tile.getType(),
                                                 begin, upper, exact));
    }
    Block &body = grid.getBody().front();
    grid->getBlock()->getOperations().splice(grid->getIterator(),
                                             body.getOperations());
    grid.erase();
  }
};
} // namespace
