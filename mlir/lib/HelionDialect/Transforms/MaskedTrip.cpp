//===- MaskedTrip.cpp - What masked blocks of a loop do -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A trip is computed with values that are numbers, or carried values, or unknown.
//
// A running maximum that starts at -inf takes two cases for each row. Once it has
// seen a number, it is above -inf. Until then each block acts on the row as a
// masked one does: such a trip is computed from -inf as well, and from its own
// outcome. Where the first block makes a difference (the exponential of
// -inf - (-inf) is NaN) but a further one does not, one block has to stay.
//
//===----------------------------------------------------------------------===//

#include "MaskedTrip.h"

#include "helion/HelionDialect/Analysis/LinearIndex.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include <cmath>
#include <limits>
#include <map>

using namespace mlir;
using namespace mlir::helion;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

namespace {
/// What is known of a value: a number or truth that it holds everywhere, or a
/// name that equal values share.
struct Term {
  enum Kind { Number, Truth, Name } kind = Name;
  /// The number, or 0 and 1.
  double number = 0;
  unsigned name = 0;
  /// Not -inf.
  bool isAbove = false;

  static Term makeNumber(double number) {
    return {Number, number, 0, number != -kInfinity};
  }
  static Term makeTruth(bool truth) { return {Truth, truth ? 1.0 : 0.0}; }

  bool isNumber() const { return kind == Number; }
  bool is(double other) const { return isNumber() && number == other; }
  bool isNaN() const { return isNumber() && std::isnan(number); }
  bool isTruth(bool truth) const {
    return kind == Truth && (number != 0) == truth;
  }
  bool operator!=(const Term &other) const { return !(*this == other); }
  bool operator==(const Term &other) const {
    if (kind != other.kind)
      return false;
    if (kind == Name)
      return name == other.name;
    return number == other.number || (isNaN() && other.isNaN());
  }
};

/// Computes a trip of a loop in terms. Numbers that are not known are taken as
/// finite, but for carried values.
class Evaluation {
public:
  explicit Evaluation(scf::ForOp loop) : loop(loop) {}

  /// What the trip yields from `carried`, where `failing` is false everywhere.
  SmallVector<Term> run(ArrayRef<Term> carried, Operation *failing) {
    known.clear();
    for (auto [argument, term] :
         llvm::zip_equal(loop.getRegionIterArgs(), carried))
      known[argument] = term;
    for (Operation &op : loop.getBody()->without_terminator()) {
      if (&op == failing)
        known[op.getResult(0)] = Term::makeTruth(false);
      else if (op.getNumResults() == 1)
        known[op.getResult(0)] = compute(&op);
    }
    return llvm::map_to_vector(loop.getYieldedValues(),
                               [&](Value value) { return get(value); });
  }

  Term get(Value value) {
    auto it = known.find(value);
    if (it != known.end())
      return it->second;
    if (FullOp full = value.getDefiningOp<FullOp>())
      return get(full.getValue());
    if (std::optional<Term> constant = getConstant(value))
      return *constant;
    return makeName(value);
  }

  /// A value that nothing else is known of.
  Term makeName(Value value, bool isAbove = false) {
    Term term = intern({value.getAsOpaquePointer()});
    term.isAbove = isAbove;
    return term;
  }

private:
  static std::optional<Term> getConstant(Value value) {
    Attribute attribute;
    if (!matchPattern(value, m_Constant(&attribute)))
      return std::nullopt;
    if (auto splat = dyn_cast<SplatElementsAttr>(attribute))
      attribute = splat.getSplatValue<Attribute>();
    if (auto number = dyn_cast<FloatAttr>(attribute))
      return Term::makeNumber(number.getValueAsDouble());
    if (auto truth = dyn_cast<IntegerAttr>(attribute);
        truth && truth.getType().isInteger(1))
      return Term::makeTruth(!truth.getValue().isZero());
    return std::nullopt;
  }

  Term intern(std::vector<const void *> key) {
    Term term;
    term.name = names.try_emplace(std::move(key), names.size()).first->second;
    return term;
  }

  /// The same operation of the same operands is the same value.
  Term makeResult(Operation *op, ArrayRef<Term> operands, bool isAbove) {
    if (op->getNumRegions() > 0 || !isMemoryEffectFree(op))
      return makeName(op->getResult(0), isAbove);
    std::vector<const void *> key{
        op->getName().getAsOpaquePointer(),
        op->getAttrDictionary().getAsOpaquePointer(),
        op->getResult(0).getType().getAsOpaquePointer()};
    for (const Term &operand : operands) {
      uint64_t bits = operand.kind == Term::Name
                          ? operand.name
                          : llvm::bit_cast<uint64_t>(operand.number);
      key.push_back(reinterpret_cast<const void *>(uint64_t(operand.kind)));
      key.push_back(reinterpret_cast<const void *>(bits));
    }
    Term term = intern(std::move(key));
    term.isAbove = isAbove;
    return term;
  }

  Term compute(Operation *op) {
    SmallVector<Term> operands = llvm::map_to_vector(
        op->getOperands(), [&](Value operand) { return get(operand); });
    if (std::optional<Term> constant = getConstant(op->getResult(0)))
      return *constant;
    if (isShapeOp(op))
      return operands[0].kind == Term::Name
                 ? makeResult(op, operands, operands[0].isAbove)
                 : operands[0];
    if (std::optional<Term> term = simplify(op, operands))
      return *term;
    return makeResult(op, operands, isAboveLowest(op, operands));
  }

  static bool isAboveLowest(Operation *op, ArrayRef<Term> operands) {
    if (isa<math::ExpOp, math::Exp2Op, DotOp>(op))
      return true;
    if (isa<arith::MaximumFOp, arith::MaxNumFOp>(op))
      return operands[0].isAbove || operands[1].isAbove;
    if (isa<arith::SelectOp>(op))
      return operands[1].isAbove && operands[2].isAbove;
    if (isa<arith::MulFOp>(op))
      return llvm::any_of(operands,
                          [](const Term &term) {
                            return term.isNumber() && term.number > 0;
                          }) &&
             llvm::all_of(operands,
                          [](const Term &term) { return term.isAbove; });
    if (isa<arith::ExtFOp>(op))
      return operands[0].isAbove;
    return false;
  }

  /// What the operation gives where that is simpler than its name.
  std::optional<Term> simplify(Operation *op, ArrayRef<Term> operands) {
    if (auto dot = dyn_cast<DotOp>(op)) {
      Term sum = dot.getAcc() ? get(dot.getAcc()) : Term::makeNumber(0);
      if (operands[0].isNaN() || operands[1].isNaN() || sum.isNaN())
        return Term::makeNumber(NAN);
      if (operands[0].is(0) || operands[1].is(0))
        return sum;
      return std::nullopt;
    }
    if (auto reduce = dyn_cast<ReduceOp>(op))
      return simplifyReduction(reduce, operands);
    if (isa<arith::ExtFOp, arith::TruncFOp, ConvertOp>(op)) {
      bool isExact = operands[0].is(0) || operands[0].is(1) ||
                     operands[0].isNaN() ||
                     (operands[0].isNumber() && std::isinf(operands[0].number));
      if (isExact &&
          isa<FloatType>(getElementTypeOrSelf(op->getResult(0).getType())))
        return operands[0];
      return std::nullopt;
    }
    if (operands.size() == 1)
      return simplifyUnary(op, operands[0]);
    if (auto compare = dyn_cast<arith::CmpFOp>(op))
      return simplifyComparison(compare.getPredicate(), operands[0],
                                operands[1]);
    if (isa<arith::SelectOp>(op)) {
      if (operands[0].kind == Term::Truth)
        return operands[operands[0].isTruth(true) ? 1 : 2];
      if (operands[1] == operands[2])
        return operands[1];
      return std::nullopt;
    }
    if (operands.size() != 2)
      return std::nullopt;
    for (bool swap : {false, true})
      if (std::optional<Term> term =
              simplifyBinary(op, operands[swap], operands[!swap], swap))
        return term;
    return std::nullopt;
  }

  static std::optional<Term> simplifyUnary(Operation *op, const Term &operand) {
    if (!operand.isNumber())
      return std::nullopt;
    if (isa<math::ExpOp>(op))
      return Term::makeNumber(std::exp(operand.number));
    if (isa<math::Exp2Op>(op))
      return Term::makeNumber(std::exp2(operand.number));
    if (isa<arith::NegFOp>(op))
      return Term::makeNumber(-operand.number);
    return std::nullopt;
  }

  static std::optional<Term> simplifyReduction(ReduceOp reduce,
                                               ArrayRef<Term> operands) {
    if (!reduce.getKind() || operands.size() != 1 || !operands[0].isNumber())
      return std::nullopt;
    double number = operands[0].number;
    bool isFixed = *reduce.getKind() == ReductionKind::Max ||
                   *reduce.getKind() == ReductionKind::Min ||
                   (*reduce.getKind() == ReductionKind::Sum &&
                    (number == 0 || !std::isfinite(number)));
    return isFixed ? std::optional(operands[0]) : std::nullopt;
  }

  static std::optional<Term> simplifyComparison(arith::CmpFPredicate predicate,
                                                const Term &lhs,
                                                const Term &rhs) {
    using Predicate = arith::CmpFPredicate;
    bool ordered = !lhs.isNaN() && !rhs.isNaN();
    bool bothNumbers = lhs.isNumber() && rhs.isNumber();
    bool isAboveLowest = !lhs.isNumber() && lhs.isAbove && rhs.is(-kInfinity);
    if (!bothNumbers && !isAboveLowest)
      return std::nullopt;
    bool equal = bothNumbers && lhs.number == rhs.number;
    bool greater = isAboveLowest || lhs.number > rhs.number;
    switch (predicate) {
    case Predicate::OEQ:
      return Term::makeTruth(ordered && equal);
    case Predicate::UNE:
      return Term::makeTruth(!(ordered && equal));
    case Predicate::OGT:
      return Term::makeTruth(ordered && greater);
    default:
      return std::nullopt;
    }
  }

  /// `swap`: lhs is the second operand.
  static std::optional<Term> simplifyBinary(Operation *op, const Term &lhs,
                                            const Term &rhs, bool swap) {
    if (isa<arith::AndIOp>(op) && lhs.kind == Term::Truth)
      return lhs.isTruth(true) ? rhs : lhs;
    if (isa<arith::OrIOp>(op) && lhs.kind == Term::Truth)
      return lhs.isTruth(true) ? lhs : rhs;
    bool isMaximum = isa<arith::MaximumFOp, arith::MaxNumFOp>(op);
    if (!isMaximum &&
        !isa<arith::AddFOp, arith::SubFOp, arith::MulFOp, arith::DivFOp>(op))
      return std::nullopt;
    if (lhs.isNaN() && !isa<arith::MaxNumFOp>(op))
      return lhs;
    if (lhs.isNumber() && rhs.isNumber()) {
      double first = swap ? rhs.number : lhs.number,
             second = swap ? lhs.number : rhs.number;
      if (isMaximum)
        return Term::makeNumber(std::fmax(first, second));
      return Term::makeNumber(isa<arith::AddFOp>(op)   ? first + second
                              : isa<arith::SubFOp>(op) ? first - second
                              : isa<arith::MulFOp>(op) ? first * second
                                                       : first / second);
    }
    if (isMaximum)
      return lhs.is(-kInfinity) || lhs == rhs ? std::optional(rhs)
                                              : std::nullopt;
    if (isa<arith::AddFOp>(op)) {
      if (lhs.is(0))
        return rhs;
      if (lhs.is(-kInfinity) && rhs.isAbove)
        return lhs;
    }
    if (isa<arith::MulFOp>(op)) {
      if (lhs.is(1))
        return rhs;
      if (lhs.is(0))
        return lhs;
    }
    if (isa<arith::SubFOp>(op) && !swap) {
      if (rhs.is(0))
        return lhs;
      if (lhs == rhs && lhs.isAbove)
        return Term::makeNumber(0);
      if (lhs.is(-kInfinity) && rhs.isAbove)
        return lhs;
    }
    if (isa<arith::DivFOp>(op) && !swap && rhs.is(1))
      return lhs;
    return std::nullopt;
  }

  scf::ForOp loop;
  llvm::DenseMap<Value, Term> known;
  std::map<std::vector<const void *>, unsigned> names;
};
} // namespace

static bool onlyReads(scf::ForOp loop) {
  WalkResult walk = loop.getBody()->walk([](Operation *op) {
    bool reads = isa<LoadOp>(op) || isMemoryEffectFree(op) ||
                 op->hasTrait<OpTrait::HasRecursiveMemoryEffects>();
    return reads ? WalkResult::advance() : WalkResult::interrupt();
  });
  return !walk.wasInterrupted();
}

MaskedTrips mlir::helion::classifyMaskedTrips(scf::ForOp loop,
                                              Operation *failing,
                                              std::string &reason) {
  if (!onlyReads(loop)) {
    reason = "the loop does more than to load";
    return MaskedTrips::Needed;
  }
  Evaluation evaluation(loop);
  SmallVector<Term> state, start;
  int64_t lowest = -1;
  for (auto [position, argument] : llvm::enumerate(loop.getRegionIterArgs())) {
    Operation *next = loop.getYieldedValues()[position].getDefiningOp();
    bool isMaximum =
        isa_and_nonnull<arith::MaximumFOp, arith::MaxNumFOp>(next) &&
        llvm::is_contained(next->getOperands(), argument);
    state.push_back(evaluation.makeName(argument, isMaximum));
    Term init = evaluation.get(loop.getInitArgs()[position]);
    start.push_back(init.isNumber() ? init : state.back());
    if (!isMaximum || init.isAbove)
      continue;
    if (!init.isNumber()) {
      reason = "a maximum starts from what may be -inf";
      return MaskedTrips::Needed;
    }
    if (lowest >= 0) {
      reason = "two maxima start from -inf";
      return MaskedTrips::Needed;
    }
    lowest = position;
  }
  SmallVector<Term> after = evaluation.run(state, failing);
  for (auto [position, term] : llvm::enumerate(after))
    if (term != state[position]) {
      reason = "they change carried value " + std::to_string(position) +
               ", as far as can be told";
      return MaskedTrips::Needed;
    }
  if (lowest < 0)
    return MaskedTrips::Skippable;
  state[lowest] = start[lowest];
  SmallVector<Term> once = evaluation.run(state, failing);
  if (once == state)
    return MaskedTrips::Skippable;
  if (evaluation.run(once, failing) != once) {
    reason =
        "rows that have seen nothing yet are not known to stay as they are";
    return MaskedTrips::Needed;
  }
  return evaluation.run(start, failing) == start ? MaskedTrips::Skippable
                                                 : MaskedTrips::NeededOnce;
}
