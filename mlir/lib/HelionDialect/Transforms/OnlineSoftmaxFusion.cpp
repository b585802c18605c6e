//===- OnlineSoftmaxFusion.cpp - One loop for maximum and exponentials -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A loop that finds the maximum m of each row, followed by a loop over the same
// tiles whose sums are linear in exp(x - m), become one loop: it takes exponentials
// relative to the maximum so far, and when that grows, by a factor it shrinks what
// was summed up. A division of the exponentials by a value of the row moves
// behind the loop, so that softmax(q k) v needs no second walk either.
//
// The second loop must take its exponentials of the values whose maximum the first
// one finds: only then no intermediate result overflows that did not before. As
// long as a row holds nothing but -inf, its exponentials are taken relative to 0, so
// that they are 0 and not NaN.
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/ADT/SetVector.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONONLINESOFTMAXFUSION
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static int64_t rankOf(Value value) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  return type ? type.getRank() : 0;
}

/// The number that a float value holds everywhere.
static std::optional<double> getUniform(Value value) {
  if (auto full = value.getDefiningOp<FullOp>())
    value = full.getValue();
  FloatAttr number;
  if (matchPattern(value, m_Constant(&number)))
    return number.getValueAsDouble();
  SplatElementsAttr splat;
  if (matchPattern(value, m_Constant(&splat)) &&
      isa<FloatType>(splat.getElementType()))
    return splat.getSplatValue<APFloat>().convertToDouble();
  return std::nullopt;
}

static Value createUniform(OpBuilder &builder, Location loc, double number,
                           Type type) {
  Value scalar = arith::ConstantOp::create(
      builder, loc, builder.getFloatAttr(getElementTypeOrSelf(type), number));
  return isa<RankedTensorType>(type)
             ? Value(FullOp::create(builder, loc, type, scalar))
             : scalar;
}

/// `value` times a number, and that number: (x, c) of x * c with a positive c.
static std::pair<Value, double> splitScale(Value value) {
  auto product = value.getDefiningOp<arith::MulFOp>();
  if (!product)
    return {value, 1.0};
  for (bool swap : {false, true}) {
    Value number = swap ? product.getLhs() : product.getRhs();
    Value other = swap ? product.getRhs() : product.getLhs();
    if (std::optional<double> scale = getUniform(number); scale && *scale > 0)
      return {other, *scale};
  }
  return {value, 1.0};
}

static bool isConstantLike(Value value) {
  return static_cast<bool>(getUniform(value));
}

/// A row's value along the dimensions of `type`, whose leading ones are the row's.
static Value spread(OpBuilder &builder, Location loc, Value row, Type type) {
  if (row.getType() == type)
    return row;
  auto tensor = cast<RankedTensorType>(type);
  if (!isa<RankedTensorType>(row.getType()))
    return FullOp::create(builder, loc, type, row);
  auto rowType = cast<RankedTensorType>(row.getType());
  SmallVector<int64_t> shape(rowType.getShape());
  while (static_cast<int64_t>(shape.size()) < tensor.getRank()) {
    shape.push_back(1);
    row = ExpandDimsOp::create(
        builder, loc, RankedTensorType::get(shape, rowType.getElementType()),
        row, static_cast<int64_t>(shape.size() - 1));
  }
  if (row.getType() == type)
    return row;
  return BroadcastOp::create(builder, loc, type, row);
}

/// Whether `spread` can bring a row to `type`.
static bool canSpread(Type row, Type type) {
  if (row == type)
    return true;
  if (getElementTypeOrSelf(row) != getElementTypeOrSelf(type))
    return false;
  auto from = dyn_cast<RankedTensorType>(row);
  auto to = dyn_cast<RankedTensorType>(type);
  return to && (!from ||
                (from.getRank() <= to.getRank() &&
                 to.getShape().take_front(from.getRank()) == from.getShape()));
}

//===----------------------------------------------------------------------===//
// Two loops
//===----------------------------------------------------------------------===//

namespace {
/// What a value of the second loop is in relation to the maximum.
enum class Kind {
  /// It does not depend on the first loop.
  Independent,
  /// A value of each row that only the maximum decides.
  Shift,
  /// Independent values minus a shift.
  Difference,
  /// Linear in the exponentials.
  Scaled,
  /// Depends on other results of the first loop and is the same for a whole row.
  Factor,
};

/// One exponential: base^(scale * (values - shift)).
struct Exponential {
  Operation *op = nullptr;
  Value values, shift;
  double scale = 1.0;
  bool isBaseTwo = false;
};

struct Linear {
  Exponential *origin = nullptr;
  /// Rows that it is to be divided by or multiplied with, behind the loop.
  SmallVector<std::pair<Value, bool>> factors;
};

class Fusion {
public:
  Fusion(TileForOp first, unsigned maximum, TileForOp second)
      : first(first), second(second), maximum(maximum),
        builder(second->getContext()) {}

  /// Checks everything; on failure `reason` says what stands in the way.
  LogicalResult analyze();
  TileForOp emit();
  std::string reason;

private:
  LogicalResult fail(const llvm::Twine &why) {
    reason = why.str();
    return failure();
  }
  bool dependsOnFirst(Value value) {
    return dependent.contains(value.getDefiningOp()) ||
           value.getDefiningOp() == first;
  }
  Kind kindOf(Value value);
  LogicalResult classify(Operation &op);
  LogicalResult classifyScaled(Operation &op);
  LogicalResult checkCarried();
  bool sameValue(Value a, Value b, unsigned depth = 0);
  Value rowOf(Value shift);
  Value cloneShift(Value value, IRMapping &mapping);

  TileForOp first, second;
  unsigned maximum;
  OpBuilder builder;
  /// The operations between the loops that need the first one.
  llvm::SetVector<Operation *> dependent;
  llvm::DenseMap<Value, Kind> kinds;
  llvm::DenseMap<Value, Exponential> differences;
  llvm::DenseMap<Operation *, std::unique_ptr<Exponential>> exponentials;
  llvm::DenseMap<Value, Linear> linear;
  /// Carried values of the second loop that sum up exponentials.
  llvm::DenseMap<unsigned, Linear> sums;
};
} // namespace

static bool hasEqualRanges(TileForOp a, TileForOp b) {
  auto same = [](Value x, Value y) {
    APInt p, q;
    return x == y || (matchPattern(x, m_ConstantInt(&p)) &&
                      matchPattern(y, m_ConstantInt(&q)) &&
                      p.getSExtValue() == q.getSExtValue());
  };
  return a.getNumDims() == b.getNumDims() &&
         llvm::all_of(
             llvm::zip_equal(a.getLowerBounds(), b.getLowerBounds()),
             [&](auto p) { return same(std::get<0>(p), std::get<1>(p)); }) &&
         llvm::all_of(
             llvm::zip_equal(a.getUpperBounds(), b.getUpperBounds()),
             [&](auto p) { return same(std::get<0>(p), std::get<1>(p)); });
}

static bool writesMemory(Operation *op) {
  WalkResult found = op->walk([](Operation *inner) {
    return isa<StoreOp, AtomicRmwOp, AtomicCasOp>(inner) ||
                   (!isMemoryEffectFree(inner) && !isa<LoadOp>(inner) &&
                    inner->getNumRegions() == 0)
               ? WalkResult::interrupt()
               : WalkResult::advance();
  });
  return found.wasInterrupted();
}

/// The carried value that the loop maximizes over, and what it compares with:
/// `maximumf(carried, partial)`.
static Value getMaximized(TileForOp loop, unsigned position) {
  auto yield = cast<YieldOp>(loop.getBody().front().getTerminator());
  auto update = yield.getValues()[position].getDefiningOp<arith::MaximumFOp>();
  Value carried = loop.getCarried()[position];
  if (!update || !llvm::is_contained(update->getOperands(), carried))
    return {};
  Value partial =
      update.getLhs() == carried ? update.getRhs() : update.getLhs();
  // The partial maximum is that of this tile alone.
  SetVector<Value> pending;
  pending.insert(partial);
  for (size_t next = 0; next < pending.size(); ++next) {
    if (llvm::is_contained(loop.getCarried(), pending[next]))
      return {};
    Operation *maker = pending[next].getDefiningOp();
    if (maker && loop->isProperAncestor(maker))
      pending.insert(maker->operand_begin(), maker->operand_end());
  }
  return partial;
}

/// Whether a value of the first body and one of the second are the same, but for
/// positive scales and roundings.
bool Fusion::sameValue(Value a, Value b, unsigned depth) {
  auto strip = [](Value value) {
    while (true) {
      Value before = value;
      value = splitScale(value).first;
      if (auto convert = value.getDefiningOp<ConvertOp>())
        value = convert.getSource();
      if (value == before)
        return value;
    }
  };
  if (depth > 64)
    return false;
  if (depth == 0) {
    a = strip(a);
    b = strip(b);
  }
  if (a == b)
    return true;
  auto argA = dyn_cast<BlockArgument>(a), argB = dyn_cast<BlockArgument>(b);
  if (argA && argB)
    return argA.getOwner() == &first.getBody().front() &&
           argB.getOwner() == &second.getBody().front() &&
           argA.getArgNumber() == argB.getArgNumber() &&
           argA.getArgNumber() < first.getNumDims();
  Operation *opA = a.getDefiningOp(), *opB = b.getDefiningOp();
  if (!opA || !opB || opA->getName() != opB->getName() ||
      opA->getNumOperands() != opB->getNumOperands() ||
      opA->getNumRegions() != 0 || a.getType() != b.getType() ||
      cast<OpResult>(a).getResultNumber() !=
          cast<OpResult>(b).getResultNumber())
    return false;
  auto attributes = [](Operation *op) {
    NamedAttrList list(op->getAttrs());
    for (StringRef name :
         {StringRef("ordinal"), StringRef("load_ordinal"),
          StringRef("eviction"), StringRef("cache"),
          StringRef(kReductionAttrName), StringRef(kReuseAttrName)})
      list.erase(name);
    return list.getDictionary(op->getContext());
  };
  return attributes(opA) == attributes(opB) &&
         llvm::all_of(llvm::zip_equal(opA->getOperands(), opB->getOperands()),
                      [&](auto pair) {
                        return sameValue(std::get<0>(pair), std::get<1>(pair),
                                         depth + 1);
                      });
}

/// The row that a shift repeats along the loop's dimension; it may have a last
/// dimension of 1 more than the maximum.
Value Fusion::rowOf(Value shift) {
  Value row = first.getResult(maximum);
  while (shift.getType() != row.getType()) {
    Operation *maker = shift.getDefiningOp();
    bool isColumn =
        rankOf(shift) == rankOf(row) + 1 &&
        cast<RankedTensorType>(shift.getType()).getShape().back() == 1;
    if (isColumn && !isa_and_nonnull<ExpandDimsOp>(maker))
      return shift;
    if (auto broadcast = dyn_cast_or_null<BroadcastOp>(maker))
      shift = broadcast.getSource();
    else if (auto expand = dyn_cast_or_null<ExpandDimsOp>(maker);
             expand && static_cast<int64_t>(expand.getAxis()) ==
                           rankOf(expand.getResult()) - 1)
      shift = expand.getSource();
    else if (auto full = dyn_cast_or_null<FullOp>(maker))
      shift = full.getValue();
    else
      return {};
  }
  return shift;
}

Kind Fusion::kindOf(Value value) {
  auto known = kinds.find(value);
  if (known != kinds.end())
    return known->second;
  if (!dependsOnFirst(value))
    return Kind::Independent;
  Kind kind = Kind::Factor;
  if (value == first.getResult(maximum)) {
    kind = Kind::Shift;
  } else if (Operation *maker = value.getDefiningOp();
             maker != first && isMemoryEffectFree(maker) &&
             maker->getNumRegions() == 0) {
    kind = Kind::Shift;
    for (Value operand : maker->getOperands())
      if (Kind inner = kindOf(operand);
          inner != Kind::Shift && inner != Kind::Independent)
        kind = Kind::Factor;
  }
  kinds[value] = kind;
  return kind;
}

LogicalResult Fusion::classifyScaled(Operation &op) {
  Value result = op.getResult(0);
  auto take = [&](Value source) {
    kinds[result] = Kind::Scaled;
    linear[result] = linear[source];
    return success();
  };
  auto is = [&](unsigned position, Kind kind) {
    return kindOf(op.getOperand(position)) == kind;
  };
  if (isa<ConvertOp, arith::NegFOp, arith::ExtFOp, arith::TruncFOp>(op))
    return take(op.getOperand(0));
  if (isa<arith::MulFOp, arith::DivFOp>(op)) {
    unsigned scaled = is(0, Kind::Scaled) ? 0 : 1;
    if (scaled == 1 && isa<arith::DivFOp>(op))
      return fail("it divides by the exponentials");
    if (is(1 - scaled, Kind::Independent))
      return take(op.getOperand(scaled));
    Value factor = op.getOperand(1 - scaled);
    auto broadcast = factor.getDefiningOp<BroadcastOp>();
    if (is(1 - scaled, Kind::Factor) && broadcast &&
        kindOf(broadcast.getSource()) == Kind::Factor &&
        broadcast.getSource().getDefiningOp()->getBlock() ==
            second->getBlock()) {
      Linear value = linear[op.getOperand(scaled)];
      value.factors.push_back({broadcast.getSource(), isa<arith::DivFOp>(op)});
      kinds[result] = Kind::Scaled;
      linear[result] = value;
      return success();
    }
    return fail("it multiplies exponentials with what depends on them");
  }
  if (isa<arith::SelectOp>(op)) {
    for (unsigned scaled : {1u, 2u})
      if (is(0, Kind::Independent) && is(scaled, Kind::Scaled) &&
          getUniform(op.getOperand(3 - scaled)) == 0.0)
        return take(op.getOperand(scaled));
    return fail("it selects between exponentials and something else");
  }
  if (auto reduce = dyn_cast<ReduceOp>(op)) {
    int64_t last = rankOf(op.getOperand(0)) - 1;
    if (reduce.getKind() != ReductionKind::Sum ||
        reduce.getDims() != ArrayRef<int64_t>{last})
      return fail("it reduces the exponentials otherwise than to their sum "
                  "along the last dimension");
    return take(op.getOperand(0));
  }
  if (auto dot = dyn_cast<DotOp>(op)) {
    if (!is(0, Kind::Scaled) || !is(1, Kind::Independent))
      return fail("it multiplies by exponentials from the right");
    return take(op.getOperand(0));
  }
  return fail(llvm::Twine("it uses the exponentials in ") +
              op.getName().getStringRef());
}

LogicalResult Fusion::classify(Operation &op) {
  Block *body = &second.getBody().front();
  bool scaled = false, shifted = false, factor = false, difference = false;
  if (op.getNumRegions() > 0 && !isa<ReduceOp>(op)) {
    WalkResult uses = op.walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (kindOf(operand) != Kind::Independent)
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    return uses.wasInterrupted()
               ? fail("a loop or branch inside needs the maximum")
               : success();
  }
  for (Value operand : op.getOperands()) {
    Kind kind = kindOf(operand);
    scaled |= kind == Kind::Scaled;
    shifted |= kind == Kind::Shift;
    factor |= kind == Kind::Factor;
    difference |= kind == Kind::Difference;
  }
  if (!scaled && !shifted && !factor && !difference)
    return success();
  if (op.getNumResults() != 1 || !isMemoryEffectFree(&op))
    return fail("it stores what depends on the maximum of the whole row");
  Value result = op.getResult(0);

  // Sums come last in their chain: carried + scaled.
  for (auto [position, carried] : llvm::enumerate(second.getCarried())) {
    if (!llvm::is_contained(op.getOperands(), carried))
      continue;
    auto yield = cast<YieldOp>(body->getTerminator());
    if (yield.getValues()[position] != result || !carried.hasOneUse())
      return fail("a carried value is used for more than a sum");
    Value added;
    if (isa<arith::AddFOp>(op))
      added = op.getOperand(op.getOperand(0) == carried ? 1 : 0);
    else if (auto dot = dyn_cast<DotOp>(op); dot && dot.getAcc() == carried)
      added = dot.getLhs();
    if (!added || kindOf(added) != Kind::Scaled)
      return fail("a carried value is no sum of exponentials");
    if (isa<DotOp>(op) && failed(classifyScaled(op)))
      return failure();
    if (getUniform(second.getInits()[position]) != 0.0)
      return fail("a sum of exponentials does not start at 0");
    sums[position] = linear[added];
    kinds[result] = Kind::Scaled;
    return success();
  }

  if (scaled)
    return classifyScaled(op);
  if (difference) {
    Exponential form = differences.lookup(op.getOperand(0));
    if (isa<math::ExpOp, math::Exp2Op>(op)) {
      form.op = &op;
      form.isBaseTwo = isa<math::Exp2Op>(op);
      if (!rowOf(form.shift))
        return fail("the maximum is not subtracted along the last dimension");
      auto owned = std::make_unique<Exponential>(form);
      kinds[result] = Kind::Scaled;
      linear[result].origin = owned.get();
      exponentials[&op] = std::move(owned);
      return success();
    }
    auto [inner, scale] = splitScale(result);
    if (isa<arith::MulFOp>(op) && inner != result &&
        kindOf(inner) == Kind::Difference) {
      form = differences.lookup(inner);
      form.scale *= scale;
      kinds[result] = Kind::Difference;
      differences[result] = form;
      return success();
    }
    return fail(llvm::Twine("it uses the distance to the maximum in ") +
                op.getName().getStringRef());
  }
  if (shifted && !factor) {
    bool varies = llvm::any_of(op.getOperands(), [&](Value operand) {
      return kindOf(operand) == Kind::Independent && !isConstantLike(operand) &&
             operand.getParentBlock() == body;
    });
    if (isa<arith::SubFOp>(op) && varies &&
        kindOf(op.getOperand(1)) == Kind::Shift) {
      kinds[result] = Kind::Difference;
      differences[result].values = op.getOperand(0);
      differences[result].shift = op.getOperand(1);
      return success();
    }
    if (varies)
      return fail(llvm::Twine("it uses the maximum in ") +
                  op.getName().getStringRef());
    kinds[result] = Kind::Shift;
    return success();
  }
  if (factor && !difference && isa<BroadcastOp>(op)) {
    kinds[result] = Kind::Factor;
    return success();
  }
  return fail(llvm::Twine("it uses another result of the first loop in ") +
              op.getName().getStringRef());
}

/// The sums' shapes must follow from the rows'.
LogicalResult Fusion::checkCarried() {
  Type row = first.getResult(maximum).getType();
  auto yield = cast<YieldOp>(second.getBody().front().getTerminator());
  for (auto [position, value] : llvm::enumerate(yield.getValues())) {
    if (kindOf(value) == Kind::Independent)
      continue;
    auto sum = sums.find(position);
    if (sum == sums.end())
      return fail("it carries what depends on the maximum and is no sum");
    Type type = value.getType();
    if (!canSpread(row, type))
      return fail("a sum has another shape than the rows");
    for (auto [factor, divides] : sum->second.factors)
      if (rankOf(factor) != rankOf(value) &&
          rankOf(factor) != rankOf(value) + 1)
        return fail("a factor has another shape than the rows");
  }
  return sums.empty() ? fail("it sums up no exponentials") : success();
}

LogicalResult Fusion::analyze() {
  if (!hasEqualRanges(first, second))
    return fail("the loops have different ranges");
  if (first.getBlocks() != second.getBlocks())
    return fail("the loops have different block sizes");
  if (writesMemory(first) || writesMemory(second))
    return fail("it stores");
  for (Operation *op = first->getNextNode(); op != second;
       op = op->getNextNode()) {
    if (writesMemory(op))
      return fail("something is stored between the loops");
    bool needs = false;
    op->walk([&](Operation *inner) {
      needs |= llvm::any_of(inner->getOperands(), [&](Value operand) {
        return dependsOnFirst(operand);
      });
    });
    if (needs)
      dependent.insert(op);
  }
  for (Value init : second.getInits())
    if (kindOf(init) != Kind::Independent)
      return fail("a carried value starts from a result of the first loop");
  for (Operation &op : second.getBody().front().without_terminator())
    if (failed(classify(op)))
      return failure();
  if (failed(checkCarried()))
    return failure();
  Value partial = splitScale(getMaximized(first, maximum)).first;
  auto reduce = partial.getDefiningOp<ReduceOp>();
  if (!reduce || reduce.getKind() != ReductionKind::Max)
    return fail("the maximum is not one over the tile");
  for (auto &[op, form] : exponentials)
    if (!sameValue(reduce.getInputs().front(), form->values))
      return fail("the maximum is taken over other values");
  return success();
}

/// A shift of the row, computed from another maximum.
Value Fusion::cloneShift(Value value, IRMapping &mapping) {
  if (Value known = mapping.lookupOrNull(value))
    return known;
  if (kindOf(value) != Kind::Shift)
    return value;
  Operation *maker = value.getDefiningOp();
  for (Value operand : maker->getOperands())
    cloneShift(operand, mapping);
  return builder.clone(*maker, mapping)->getResult(0);
}

/// What both loops read is read once now, for the last time if that was so in
/// one of them.
static void mergeReuse(TileForOp fused) {
  llvm::DenseMap<int64_t, bool> readAgain;
  auto loads = fused.getBody().front().getOps<LoadOp>();
  for (LoadOp load : loads)
    if (auto reuse = load->getAttrOfType<BoolAttr>(kReuseAttrName))
      readAgain.try_emplace(load.getOrdinal(), true).first->second &=
          reuse.getValue();
  for (LoadOp load : loads)
    if (load->hasAttr(kReuseAttrName) && !readAgain.lookup(load.getOrdinal()))
      load->removeAttr(kReuseAttrName);
}

TileForOp Fusion::emit() {
  Location loc = second.getLoc();
  builder.setInsertionPoint(second);
  SmallVector<Value> inits(first.getInits());
  llvm::append_range(inits, second.getInits());
  SmallVector<Type> types =
      llvm::map_to_vector(inits, [](Value init) { return init.getType(); });
  auto fused = TileForOp::create(builder, loc, types, first.getLowerBounds(),
                                 first.getUpperBounds(), inits,
                                 first.getBlocks(), first.getOrdinal());
  fused->setDiscardableAttrs(first->getDiscardableAttrDictionary());
  SmallVector<Type> arguments;
  for (Value tile : first.getTiles())
    arguments.push_back(tile.getType());
  llvm::append_range(arguments, types);
  Block *body =
      builder.createBlock(&fused.getBody(), {}, arguments,
                          SmallVector<Location>(arguments.size(), loc));
  unsigned dims = first.getNumDims(), carriedFirst = first.getInits().size();

  IRMapping mapping;
  mapping.map(first.getBody().front().getArguments(),
              body->getArguments().take_front(dims + carriedFirst));
  Block &firstBody = first.getBody().front();
  for (Operation &op : firstBody.without_terminator())
    builder.clone(op, mapping);
  auto firstYield = cast<YieldOp>(firstBody.getTerminator());
  SmallVector<Value> yielded =
      llvm::map_to_vector(firstYield.getValues(), [&](Value value) {
        return mapping.lookupOrDefault(value);
      });

  // Relative to 0 as long as a row holds nothing but -inf.
  Value before = body->getArgument(dims + maximum), after = yielded[maximum];
  Value lowest = createUniform(
      builder, loc, -std::numeric_limits<double>::infinity(), after.getType());
  Value zero = createUniform(builder, loc, 0.0, after.getType());
  Value none = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ,
                                     after, lowest);
  after = arith::SelectOp::create(builder, loc, none, zero, after);
  Value started = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::OEQ,
                                        before, lowest);
  Value origin = arith::SelectOp::create(builder, loc, started, after, before);

  IRMapping now, then;
  now.map(first.getResult(maximum), after);
  then.map(first.getResult(maximum), origin);
  for (auto [tile, argument] :
       llvm::zip(second.getTiles(), body->getArguments()))
    now.map(tile, argument);
  for (auto [carried, argument] :
       llvm::zip_equal(second.getCarried(),
                       body->getArguments().drop_front(dims + carriedFirst)))
    now.map(carried, argument);

  // base^(scale (x - shift)) as 2^(k x - k shift): the row's part is computed
  // once per row, the rest is one fused multiply-add per element.
  auto rate = [](const Exponential &form) {
    return form.scale * (form.isBaseTwo ? 1.0 : 1.4426950408889634);
  };
  auto scaledRow = [&](const Exponential &form, IRMapping &values) {
    Value row = cloneShift(rowOf(form.shift), values);
    if (row.getType() != after.getType())
      row = ReshapeOp::create(builder, loc, after.getType(), row);
    return Value(arith::MulFOp::create(
        builder, loc, row,
        createUniform(builder, loc, rate(form), row.getType())));
  };
  llvm::DenseMap<const Exponential *, Value> shrinking;
  auto shrink = [&](const Exponential *form) {
    Value &known = shrinking[form];
    if (!known) {
      Value change = arith::SubFOp::create(builder, loc, scaledRow(*form, then),
                                           scaledRow(*form, now));
      known = math::Exp2Op::create(builder, loc, change);
    }
    return known;
  };
  for (Operation &op : second.getBody().front().without_terminator()) {
    Value result = op.getNumResults() == 1 ? op.getResult(0) : Value();
    Kind kind = result ? kindOf(result) : Kind::Independent;
    if (kind == Kind::Factor || kind == Kind::Difference)
      continue;
    if (auto form = exponentials.find(&op); form != exponentials.end()) {
      const Exponential &exponential = *form->second;
      auto [values, scale] = splitScale(exponential.values);
      Value x = now.lookupOrDefault(values);
      Value product = arith::MulFOp::create(
          builder, op.getLoc(), x,
          createUniform(builder, op.getLoc(), scale * rate(exponential),
                        x.getType()));
      Value row = spread(builder, op.getLoc(), scaledRow(exponential, now),
                         x.getType());
      now.map(result,
              math::Exp2Op::create(
                  builder, op.getLoc(),
                  arith::SubFOp::create(builder, op.getLoc(), product, row))
                  .getResult());
      continue;
    }
    if (kind == Kind::Scaled && isa<arith::MulFOp, arith::DivFOp>(op)) {
      bool left = kindOf(op.getOperand(0)) == Kind::Scaled;
      if (kindOf(op.getOperand(left ? 1 : 0)) == Kind::Factor) {
        now.map(result, now.lookup(op.getOperand(left ? 0 : 1)));
        continue;
      }
    }
    for (auto [position, carried] : llvm::enumerate(second.getCarried()))
      if (llvm::is_contained(op.getOperands(), carried) &&
          sums.contains(position)) {
        Value sum = now.lookup(carried);
        Value factor = spread(builder, op.getLoc(),
                              shrink(sums[position].origin), sum.getType());
        now.map(carried,
                arith::MulFOp::create(builder, op.getLoc(), sum, factor)
                    .getResult());
      }
    for (Value operand : op.getOperands())
      if (kindOf(operand) == Kind::Shift)
        cloneShift(operand, now);
    builder.clone(op, now);
  }
  auto secondYield = cast<YieldOp>(second.getBody().front().getTerminator());
  for (Value value : secondYield.getValues())
    yielded.push_back(now.lookupOrDefault(value));
  YieldOp::create(builder, loc, yielded);

  mergeReuse(fused);

  builder.setInsertionPoint(second);
  for (Operation *op : dependent)
    op->moveBefore(second);
  for (auto [from, to] : llvm::zip(first.getResults(), fused.getResults()))
    from.replaceAllUsesWith(to);
  for (auto [position, from] : llvm::enumerate(second.getResults())) {
    Value to = fused.getResult(carriedFirst + position);
    if (auto sum = sums.find(position); sum != sums.end())
      for (auto [factor, divides] : sum->second.factors) {
        Value row = factor;
        auto type = cast<RankedTensorType>(row.getType());
        if (rankOf(row) == rankOf(to) + 1)
          row = ReshapeOp::create(
              builder, loc,
              rankOf(to) == 0
                  ? type.getElementType()
                  : Type(RankedTensorType::get(type.getShape().drop_back(),
                                               type.getElementType())),
              row);
        if (row.getType() != to.getType())
          row = BroadcastOp::create(builder, loc, to.getType(), row);
        to = divides ? Value(arith::DivFOp::create(builder, loc, to, row))
                     : Value(arith::MulFOp::create(builder, loc, to, row));
      }
    from.replaceAllUsesWith(to);
  }
  second->erase();
  first->erase();
  return fused;
}

//===----------------------------------------------------------------------===//
// All loops of a kernel
//===----------------------------------------------------------------------===//

/// Fuses `loop` with the next one behind it as often as that works; returns the
/// loop that is there in the end.
static TileForOp fuseWithFollowers(TileForOp loop) {
  for (unsigned position = 0; position < loop.getInits().size(); ++position) {
    if (!getMaximized(loop, position))
      continue;
    auto next = loop->getNextNode();
    while (next && !isa<TileForOp>(next))
      next = next->getNextNode();
    if (!next)
      return loop;
    auto second = cast<TileForOp>(next);
    Fusion fusion(loop, position, second);
    if (succeeded(fusion.analyze()))
      return fuseWithFollowers(fusion.emit());
    second.emitRemark("not fused with the loop that finds the maximum: ")
        << fusion.reason;
  }
  return loop;
}

namespace {
struct OnlineSoftmaxFusionPass
    : public helion::impl::HelionOnlineSoftmaxFusionBase<
          OnlineSoftmaxFusionPass> {
  using HelionOnlineSoftmaxFusionBase::HelionOnlineSoftmaxFusionBase;

  void runOnOperation() override {
    if (getOperation()->hasAttr(kSeparateSoftmaxLoopsAttrName))
      return;
    SmallVector<Block *> blocks;
    getOperation().walk([&](Block *block) { blocks.push_back(block); });
    // Inner blocks come first: an outer fusion moves them.
    for (Block *block : blocks) {
      llvm::DenseSet<Operation *> done;
      auto isLeft = [&](TileForOp loop) { return !done.contains(loop); };
      while (true) {
        auto loops =
            llvm::make_filter_range(block->getOps<TileForOp>(), isLeft);
        if (loops.empty())
          break;
        TileForOp loop = *loops.begin();
        done.insert(loop);
        done.insert(fuseWithFollowers(loop));
      }
    }
  }
};
} // namespace
