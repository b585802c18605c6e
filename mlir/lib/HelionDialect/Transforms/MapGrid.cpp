//===- MapGrid.cpp - Grids become program ids -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The flat mapping has one launch axis, decomposed into the dimensions of the
// grid. The last dimension varies fastest: `helion-order-loops` has permuted them.
// Grouping works on the two fastest dimensions; slower ones stay outside it.
// Persistent mappings launch as many programs as run at once, each of which loops
// over numbers of the flat mapping.
//
// Several grids that do not depend on each other share one launch: flat, their
// numbers follow one another and a branch finds the grid; persistent, each has a
// loop of its own. A barrier between two of them stays where it stands.
//
//===----------------------------------------------------------------------===//

#include "LoopLists.h"

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/FoldUtils.h"

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
  Value less(Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, a, b);
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

  /// The program id among `programs`, which dies take in turn, in a numbering
  /// that counts the programs of the first die first. The first dies take one
  /// more where the number of dies does not divide that of programs.
  Value programIdByDie(Value programs, int64_t dies) {
    Value id = programId(), each = constant(dies);
    Value die = rem(id, each);
    Value before =
        add(mul(die, div(programs, each)), min(die, rem(programs, each)));
    return add(before, div(id, each));
  }

private:
  OpBuilder &builder;
  Location loc;
  Type type;
};
} // namespace

namespace {
/// How programs find their tiles.
enum class Mapping { Flat, Axes, Blocked, Interleaved };

/// A grid with its share of the configuration.
struct Grid {
  GridOp op;
  /// Its position among the grids of the kernel.
  int64_t position = 0;
  int64_t group = 1;
  SmallVector<int64_t> blocks;
  /// Its dimensions for the launch: an array, or a unit attribute where only the
  /// device knows a bound.
  Attribute space;
};
} // namespace

static bool isPersistent(Mapping mapping) {
  return mapping == Mapping::Blocked || mapping == Mapping::Interleaved;
}

/// Describes a launch bound: a number, the kernel argument that holds it, or a
/// product of such. Null where the device computes it.
static Attribute describeBound(Value bound) {
  Builder builder(bound.getContext());
  APInt number;
  if (matchPattern(bound, m_ConstantInt(&number)))
    return builder.getI64IntegerAttr(number.getSExtValue());
  auto argument = dyn_cast<BlockArgument>(bound);
  if (argument && isa<KernelOp>(argument.getOwner()->getParentOp()))
    return builder.getDictionaryAttr(builder.getNamedAttr(
        "arg", builder.getI64IntegerAttr(argument.getArgNumber())));
  if (auto product = bound.getDefiningOp<arith::MulIOp>()) {
    Attribute lhs = describeBound(product.getLhs());
    Attribute rhs = describeBound(product.getRhs());
    if (lhs && rhs)
      return builder.getDictionaryAttr(
          builder.getNamedAttr("product", builder.getArrayAttr({lhs, rhs})));
  }
  return {};
}

static Attribute describeSpace(GridOp grid) {
  Builder builder(grid.getContext());
  SmallVector<Attribute> dims;
  for (auto [lower, upper, block] : llvm::zip_equal(
           grid.getLowerBounds(), grid.getUpperBounds(), grid.getBlocks())) {
    Attribute from = describeBound(lower), to = describeBound(upper);
    if (!from || !to)
      return builder.getUnitAttr();
    dims.push_back(builder.getDictionaryAttr(
        {builder.getNamedAttr("lower", from), builder.getNamedAttr("upper", to),
         builder.getNamedAttr("block", block)}));
  }
  return builder.getArrayAttr(dims);
}

/// Reads what the configuration says of each grid: its list counts those of two
/// dimensions and more.
static FailureOr<SmallVector<Grid>> readGrids(KernelOp kernel) {
  ConfigAttr config = kernel.getConfig();
  SmallVector<int64_t> groups;
  if (config)
    groups = config.getInts("l2_groupings");
  SmallVector<Grid> grids;
  size_t grouped = 0;
  for (GridOp grid : kernel.getBody().getOps<GridOp>()) {
    Grid &made = grids.emplace_back();
    made.op = grid;
    made.position = grids.size() - 1;
    made.space = describeSpace(grid);
    for (Attribute block : grid.getBlocks()) {
      auto number = dyn_cast<IntegerAttr>(block);
      if (!number) {
        grid.emitError("expects bound block sizes but got ") << block;
        return failure();
      }
      made.blocks.push_back(number.getInt());
    }
    bool isFlat = made.blocks.size() < 2;
    bool hasEntry = !isFlat || grid->hasAttr(kFlattenedAttrName);
    int64_t group = hasEntry && grouped < groups.size() ? groups[grouped] : 1;
    if (!hasEntry && groups.size() == 1)
      group = groups.front();
    grouped += hasEntry;
    if (!isFlat)
      made.group = group;
    else if (group > 1)
      grid.emitRemark(
          "tiles are not grouped: this takes a grid of two dimensions");
  }
  return grids;
}

static Mapping readMapping(ConfigAttr config, ArrayRef<Grid> grids) {
  StringRef name = config ? config.getString("pid_type", 0) : "";
  if (name == "persistent_blocked")
    return Mapping::Blocked;
  if (name == "persistent_interleaved")
    return Mapping::Interleaved;
  if (name != "xyz")
    return Mapping::Flat;
  GridOp grid = grids.front().op;
  if (grids.size() > 1) {
    grid.emitRemark("launched flat, not as xyz: the kernel has several grids");
    return Mapping::Flat;
  }
  size_t rank = grid.getBlocks().size();
  // With one dimension the two are the same.
  if (rank == 1)
    return Mapping::Flat;
  if (rank > 3) {
    grid.emitRemark("launched flat, not as xyz: there are three launch axes, "
                    "but the grid has ")
        << rank << " dimensions";
    return Mapping::Flat;
  }
  if (grids.front().group > 1)
    grid.emitRemark("tiles are not grouped: the launch axes of xyz are the "
                    "dimensions of the grid");
  return Mapping::Axes;
}

/// The number of dies that programs are renumbered for; 1 for none.
static int64_t readDies(ConfigAttr config, ArrayRef<Grid> grids,
                        Mapping mapping, int64_t numXcds) {
  auto asked =
      config ? config.getEntries().getAs<BoolAttr>("xcd_remap") : BoolAttr();
  if (!asked || !asked.getValue())
    return 1;
  StringRef reason;
  if (numXcds < 2)
    reason = "the GPU has a single die";
  else if (mapping == Mapping::Axes)
    reason = "the launch axes of xyz are the dimensions of the grid";
  else if (isPersistent(mapping) && grids.size() > 1)
    reason = "persistent programs walk several grids";
  if (reason.empty())
    return numXcds;
  grids.front().op->emitRemark(
      "programs are not renumbered as xcd_remap asks for: ")
      << reason;
  return 1;
}

/// `programs` is their greatest number, of persistent kernels.
static void describeLaunch(KernelOp kernel, ArrayRef<Grid> grids,
                           Mapping mapping, int64_t programs,
                           bool cooperative) {
  Builder builder(kernel.getContext());
  Attribute single = grids.front().space;
  NamedAttrList launch;
  if (grids.size() > 1 || !isa<ArrayAttr>(single)) {
    auto spaces =
        llvm::map_to_vector(grids, [](const Grid &grid) { return grid.space; });
    launch.set("grids", builder.getArrayAttr(spaces));
  } else if (mapping == Mapping::Flat) {
    kernel->setAttr(kGridAttrName, single);
    return;
  } else {
    launch.set("dims", single);
  }
  if (mapping == Mapping::Axes) {
    int64_t rank = grids.front().blocks.size();
    auto axes = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rank)));
    launch.set("axes", builder.getI64ArrayAttr(axes));
  }
  if (isPersistent(mapping))
    launch.set("programs", builder.getI64IntegerAttr(programs));
  if (cooperative)
    launch.set("cooperative", builder.getUnitAttr());
  kernel->setAttr(kGridAttrName, launch.getDictionary(kernel.getContext()));
}

/// Positions of tile number `rest` in each dimension of the grid.
static SmallVector<Value> decompose(IndexBuilder &index, Value rest,
                                    ArrayRef<Value> counts, int64_t group) {
  SmallVector<Value> positions(counts.size());
  size_t inner = counts.size();
  if (group > 1 && inner >= 2) {
    size_t slow = inner - 2, fast = inner - 1;
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
  for (size_t dim = inner; dim-- > 0;) {
    positions[dim] = dim == 0 ? rest : index.rem(rest, counts[dim]);
    if (dim > 0)
      rest = index.div(rest, counts[dim]);
  }
  return positions;
}

/// The loop of persistent program number `program` over its tiles, of `total`.
static scf::ForOp createTileLoop(OpBuilder &builder, Location loc,
                                 IndexBuilder &index, Mapping mapping,
                                 Value program, Value total, int64_t programs,
                                 int64_t ordinal) {
  Value lower = program, upper = total;
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
  loop->setAttr(kLoopAttrName, builder.getI64IntegerAttr(ordinal));
  return loop;
}

/// Number of tiles along each dimension.
static SmallVector<Value> countTiles(IndexBuilder &index, Grid &grid) {
  SmallVector<Value> counts;
  for (auto [lower, upper, block] : llvm::zip_equal(
           grid.op.getLowerBounds(), grid.op.getUpperBounds(), grid.blocks))
    counts.push_back(index.count(lower, upper, block));
  return counts;
}

static Value multiply(IndexBuilder &index, ArrayRef<Value> counts) {
  Value total = counts.front();
  for (Value count : counts.drop_front())
    total = index.mul(total, count);
  return total;
}

/// Moves the body of a grid to where `builder` stands, its tiles being those at
/// `positions`.
static void inlineBody(OpBuilder &builder, IndexBuilder &index, Grid &grid,
                       ArrayRef<Value> positions) {
  Location loc = grid.op.getLoc();
  for (auto [dim, position] : llvm::enumerate(positions)) {
    Value lower = grid.op.getLowerBounds()[dim],
          upper = grid.op.getUpperBounds()[dim];
    int64_t block = grid.blocks[dim];
    Value begin = index.mul(position, index.constant(block));
    if (!matchPattern(lower, m_Zero()))
      begin = index.add(begin, lower);
    APInt from, to;
    bool exact = block == 1 || (matchPattern(lower, m_ConstantInt(&from)) &&
                                matchPattern(upper, m_ConstantInt(&to)) &&
                                (to - from).getSExtValue() % block == 0);
    BlockArgument tile = grid.op.getBody().getArgument(dim);
    tile.replaceAllUsesWith(
        MakeTileOp::create(builder, loc, tile.getType(), begin, upper, exact));
  }
  builder.getInsertionBlock()->getOperations().splice(
      builder.getInsertionPoint(), grid.op.getBody().front().getOperations());
}

/// One launch axis for all grids: their tiles are numbered one after the other.
static void mapFlat(MutableArrayRef<Grid> grids, int64_t dies) {
  // Bounds of any grid are known in front of the last one.
  OpBuilder builder(grids.back().op);
  Location loc = grids.front().op.getLoc();
  IndexBuilder index(builder, loc,
                     grids.front().op.getLowerBounds().front().getType());
  SmallVector<SmallVector<Value>> counts;
  for (Grid &grid : grids)
    counts.push_back(countTiles(index, grid));
  Value number;
  if (dies > 1) {
    Value programs = multiply(index, counts.front());
    for (ArrayRef<Value> more : ArrayRef(counts).drop_front())
      programs = index.add(programs, multiply(index, more));
    number = index.programIdByDie(programs, dies);
  } else {
    number = index.programId();
  }
  for (auto [position, grid] : llvm::enumerate(grids)) {
    ArrayRef<Value> own = counts[position];
    if (position + 1 == grids.size()) {
      inlineBody(builder, index, grid,
                 decompose(index, number, own, grid.group));
      break;
    }
    Value total = multiply(index, own);
    auto branch =
        scf::IfOp::create(builder, grid.op.getLoc(), index.less(number, total),
                          /*withElseRegion=*/true);
    builder.setInsertionPoint(branch.thenYield());
    inlineBody(builder, index, grid, decompose(index, number, own, grid.group));
    builder.setInsertionPoint(branch.elseYield());
    number = index.sub(number, total);
  }
}

/// One launch axis per dimension.
static void mapAxes(Grid &grid) {
  OpBuilder builder(grid.op);
  IndexBuilder index(builder, grid.op.getLoc(),
                     grid.op.getLowerBounds().front().getType());
  SmallVector<Value> positions(grid.blocks.size());
  for (auto [axis, position] : llvm::enumerate(llvm::reverse(positions)))
    position = index.programId(axis);
  inlineBody(builder, index, grid, positions);
}

/// A loop of each program over its tiles. `ordinal` is that of the loop.
static void mapPersistent(Grid &grid, Mapping mapping, int64_t programs,
                          int64_t dies, int64_t ordinal) {
  OpBuilder builder(grid.op);
  Location loc = grid.op.getLoc();
  IndexBuilder index(builder, loc, grid.op.getLowerBounds().front().getType());
  SmallVector<Value> counts = countTiles(index, grid);
  Value total = multiply(index, counts);
  // No more programs are launched than there are tiles.
  Value program = dies > 1
                      ? index.programIdByDie(
                            index.min(total, index.constant(programs)), dies)
                      : index.programId();
  scf::ForOp loop = createTileLoop(builder, loc, index, mapping, program, total,
                                   programs, ordinal);
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  inlineBody(builder, index, grid,
             decompose(index, loop.getInductionVar(), counts, grid.group));
}

/// Erases the barriers, and the grids that do not stand between barriers number
/// `phase` - 1 and `phase`.
static void keepPhase(SmallVectorImpl<Grid> &grids, KernelOp kernel,
                      int64_t phase) {
  int64_t current = 0;
  for (Operation &op :
       llvm::make_early_inc_range(kernel.getBody().front().getOperations())) {
    bool isBarrier = isa<BarrierOp>(op);
    current += isBarrier;
    if (isa<GridOp>(op) && current != phase)
      llvm::erase_if(grids, [&](const Grid &grid) { return grid.op == &op; });
    if (isBarrier || (isa<GridOp>(op) && current != phase))
      op.erase();
  }
}

namespace {
struct MapGridPass : public helion::impl::HelionMapGridBase<MapGridPass> {
  using HelionMapGridBase::HelionMapGridBase;

  void runOnOperation() override {
    KernelOp kernel = getOperation();
    foldBounds(kernel);
    FailureOr<SmallVector<Grid>> read = readGrids(kernel);
    if (failed(read))
      return signalPassFailure();
    SmallVector<Grid> &grids = *read;
    if (grids.empty()) {
      kernel.emitError("expects a grid but got none");
      return signalPassFailure();
    }
    ConfigAttr config = kernel.getConfig();
    Mapping mapping = readMapping(config, grids);
    int64_t programs =
        numSms * (config ? config.getInt("num_sm_multiplier", 1) : 1);
    if (programs < 1) {
      grids.front().op.emitError(
          "expects a positive number of programs but got ")
          << programs;
      return signalPassFailure();
    }
    bool synchronizes = !kernel.getBody().getOps<BarrierOp>().empty();
    if (!isPersistent(mapping) && failed(checkLaunched(grids, synchronizes)))
      return signalPassFailure();
    describeLaunch(kernel, grids, mapping, programs, synchronizes);
    int64_t dies = readDies(config, grids, mapping, numXcds);

    int64_t numGrids = grids.size();
    if (phase >= 0)
      keepPhase(grids, kernel, phase);
    if (mapping == Mapping::Axes)
      mapAxes(grids.front());
    else if (mapping == Mapping::Flat)
      mapFlat(grids, dies);
    else
      for (Grid &grid : grids)
        mapPersistent(grid, mapping, programs, dies, grid.position - numGrids);
    for (Grid &grid : grids)
      grid.op.erase();
  }

private:
  /// Arithmetic on block sizes is constant by now.
  void foldBounds(KernelOp kernel) {
    OperationFolder folder(&getContext());
    for (Operation &op : llvm::make_early_inc_range(
             kernel.getBody().front().without_terminator()))
      if (op.getNumRegions() == 0 && op.getNumResults() == 1)
        (void)folder.tryToFold(&op);
  }

  /// What programs that are launched one per tile cannot do.
  LogicalResult checkLaunched(MutableArrayRef<Grid> grids, bool synchronizes) {
    for (Grid &grid : grids)
      if (!isa<ArrayAttr>(grid.space))
        return grid.op.emitError("expects a persistent pid_type, since the "
                                 "bounds of the grid are computed on the "
                                 "device");
    if (synchronizes)
      return getOperation().emitError("expects a persistent pid_type, since "
                                      "the programs wait for each other");
    return success();
  }
};
} // namespace
