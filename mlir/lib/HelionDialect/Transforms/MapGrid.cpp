//===- MapGrid.cpp - Grids become program ids -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The flat mapping has one launch axis, decomposed into the dimensions of the
// grid. The last dimension varies fastest, after `loop_orders` has permuted them.
// Grouping works on the two fastest dimensions; slower ones stay outside it.
// Persistent mappings launch as many programs as run at once, each of which loops
// over numbers of the flat mapping.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
  Value programId(int32_t axis = 0) {
    Value id = ProgramIdOp::create(builder, loc, builder.getI32Type(), axis);
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

namespace {
/// How programs find their tiles.
enum class Mapping { Flat, Axes, Blocked, Interleaved };
} // namespace

static Mapping readMapping(ConfigAttr config, GridOp grid) {
  StringRef name = config ? config.getString("pid_type", 0) : "";
  if (name == "persistent_blocked")
    return Mapping::Blocked;
  if (name == "persistent_interleaved")
    return Mapping::Interleaved;
  size_t rank = grid.getBlocks().size();
  // With one dimension the two are the same.
  if (name != "xyz" || rank == 1)
    return Mapping::Flat;
  if (rank <= 3)
    return Mapping::Axes;
  grid.emitRemark("launched flat, not as xyz: there are three launch axes, "
                  "but the grid has ")
      << rank << " dimensions";
  return Mapping::Flat;
}

/// `programs` is their greatest number, of persistent kernels.
static LogicalResult describeLaunch(KernelOp kernel, GridOp grid,
                                    Mapping mapping, ArrayRef<int64_t> order,
                                    int64_t programs) {
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
  ArrayAttr space = builder.getArrayAttr(dims);
  Attribute launch = space;
  if (mapping == Mapping::Axes) {
    SmallVector<int64_t> axes(llvm::reverse(order));
    launch = builder.getDictionaryAttr(
        {builder.getNamedAttr("axes", builder.getI64ArrayAttr(axes)),
         builder.getNamedAttr("dims", space)});
  } else if (mapping != Mapping::Flat) {
    launch = builder.getDictionaryAttr(
        {builder.getNamedAttr("dims", space),
         builder.getNamedAttr("programs",
                              builder.getI64IntegerAttr(programs))});
  }
  kernel->setAttr("helion.grid", launch);
  return success();
}

/// Positions of tile number `rest` in each dimension of the grid.
static SmallVector<Value> decompose(IndexBuilder &index, Value rest,
                                    ArrayRef<Value> counts,
                                    ArrayRef<int64_t> order, int64_t group) {
  SmallVector<Value> positions(counts.size());
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

/// The loop of a persistent program over its tiles, of `total`.
static scf::ForOp createTileLoop(OpBuilder &builder, Location loc,
                                 IndexBuilder &index, Mapping mapping,
                                 Value total, int64_t programs) {
  Value lower = index.programId(), upper = total;
  Value step = index.constant(programs);
  if (mapping == Mapping::Blocked) {
    Value share = index.div(index.add(total, index.constant(programs - 1)),
                            index.constant(programs));
    lower = index.mul(lower, share);
    upper = index.min(index.add(lower, share), total);
    step = index.constant(1);
  }
  auto loop = scf::ForOp::create(builder, loc, lower, upper, step);
  // The entries of the range_* lists in front of those of the device loops.
  loop->setAttr("helion.loop", builder.getI64IntegerAttr(-1));
  return loop;
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
    if (failed(order))
      return signalPassFailure();
    Mapping mapping = readMapping(config, grid);
    int64_t programs =
        numSms * (config ? config.getInt("num_sm_multiplier", 1) : 1);
    if (programs < 1) {
      grid.emitError("expects a positive number of programs but got ")
          << programs;
      return signalPassFailure();
    }
    if (failed(describeLaunch(kernel, grid, mapping, *order, programs)))
      return signalPassFailure();

    SmallVector<int64_t> groups;
    if (config) {
      groups = config.getInts("l2_groupings");
      if (!groups.empty() && groups.front() > 1 && order->size() < 2)
        grid.emitRemark(
            "tiles are not grouped: this takes a grid of two dimensions");
      else if (!groups.empty() && groups.front() > 1 &&
               mapping == Mapping::Axes)
        grid.emitRemark("tiles are not grouped: the launch axes of xyz are the "
                        "dimensions of the grid");
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
    SmallVector<Value> positions(counts.size());
    scf::ForOp tileLoop;
    if (mapping == Mapping::Axes) {
      for (auto [axis, dim] : llvm::enumerate(llvm::reverse(*order)))
        positions[dim] = index.programId(axis);
    } else {
      Value number;
      if (mapping == Mapping::Flat) {
        number = index.programId();
      } else {
        Value total = counts.front();
        for (Value count : ArrayRef(counts).drop_front())
          total = index.mul(total, count);
        tileLoop =
            createTileLoop(builder, loc, index, mapping, total, programs);
        number = tileLoop.getInductionVar();
        builder.setInsertionPointToStart(tileLoop.getBody());
      }
      positions = decompose(index, number, counts, *order,
                            groups.empty() ? 1 : groups.front());
    }

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
    Operation *end =
        tileLoop ? tileLoop.getBody()->getTerminator() : grid.getOperation();
    end->getBlock()->getOperations().splice(end->getIterator(),
                                            body.getOperations());
    grid.erase();
  }
};
} // namespace
