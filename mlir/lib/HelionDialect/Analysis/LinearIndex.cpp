//===- LinearIndex.cpp - Indices as sums -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Analysis/LinearIndex.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::helion;

int64_t LinearIndex::getFactor(Value scalar) const {
  for (auto [value, factor] : terms)
    if (value == scalar)
      return factor;
  return 0;
}

LinearIndex LinearIndex::plus(const LinearIndex &other, int64_t factor) const {
  LinearIndex sum = *this;
  for (auto [value, count] : other.terms) {
    auto *known = llvm::find_if(
        sum.terms, [&](const auto &term) { return term.first == value; });
    if (known == sum.terms.end())
      sum.terms.push_back({value, factor * count});
    else
      known->second += factor * count;
  }
  llvm::erase_if(sum.terms, [](const auto &term) { return !term.second; });
  sum.low += factor * (factor > 0 ? other.low : other.high);
  sum.high += factor * (factor > 0 ? other.high : other.low);
  return sum;
}

LinearIndex LinearIndex::plus(int64_t number) const {
  LinearIndex sum = *this;
  sum.low += number;
  sum.high += number;
  return sum;
}

LinearIndex LinearIndex::without(Value scalar) const {
  LinearIndex rest = *this;
  llvm::erase_if(rest.terms,
                 [&](const auto &term) { return term.first == scalar; });
  return rest;
}

bool mlir::helion::isShapeOp(Operation *op) {
  return isa<FullOp, ExpandDimsOp, BroadcastOp, ReshapeOp, PermuteOp>(op);
}

/// A sum times a number; a number divided and multiplied by the same lies in
/// front of itself, by less than that.
static std::optional<LinearIndex>
getMultiple(arith::MulIOp product,
            function_ref<std::optional<LinearIndex>(Value)> of) {
  for (bool swap : {false, true}) {
    Value value = swap ? product.getRhs() : product.getLhs();
    APInt number, divisor;
    if (!matchPattern(swap ? product.getLhs() : product.getRhs(),
                      m_ConstantInt(&number)))
      continue;
    auto quotient = value.getDefiningOp<arith::FloorDivSIOp>();
    if (quotient && number.isStrictlyPositive() &&
        matchPattern(quotient.getRhs(), m_ConstantInt(&divisor)) &&
        divisor.getSExtValue() == number.getSExtValue()) {
      std::optional<LinearIndex> whole = of(quotient.getLhs());
      if (whole)
        whole->low -= number.getSExtValue() - 1;
      return whole;
    }
    if (std::optional<LinearIndex> factor = of(value))
      return LinearIndex().plus(*factor, number.getSExtValue());
  }
  return std::nullopt;
}

std::optional<LinearIndex> mlir::helion::getLinearIndex(Value value,
                                                        scf::ForOp loop) {
  Type element = getElementTypeOrSelf(value.getType());
  if (!isa<IntegerType>(element) && !isa<TileType>(value.getType()))
    return std::nullopt;
  APInt number;
  if (matchPattern(value, m_ConstantInt(&number)))
    return LinearIndex().plus(number.getSExtValue());
  Operation *op = value.getDefiningOp();
  auto of = [&](Value operand) { return getLinearIndex(operand, loop); };
  auto lanes = [&](Value start, int64_t count,
                   int64_t step) -> std::optional<LinearIndex> {
    std::optional<LinearIndex> first = of(start);
    if (first)
      (step > 0 ? first->high : first->low) += step * (count - 1);
    return first;
  };
  if (auto tile = dyn_cast_or_null<MakeTileOp>(op))
    return lanes(tile.getBegin(), tile.getType().getSize(), 1);
  if (auto slice = dyn_cast_or_null<SliceOp>(op))
    return lanes(slice.getStart(), slice.getType().getSize(), slice.getStep());
  if (auto arange = dyn_cast_or_null<ArangeOp>(op)) {
    LinearIndex range;
    range.high = cast<RankedTensorType>(arange.getType()).getNumElements() - 1;
    return range;
  }
  if (op && (isShapeOp(op) || isa<TileIndexOp, arith::ExtSIOp>(op)))
    return of(op->getOperand(0));
  if (auto convert = dyn_cast_or_null<ConvertOp>(op)) {
    auto from = dyn_cast<IntegerType>(
        getElementTypeOrSelf(convert.getSource().getType()));
    if (from && from.getWidth() > 1 &&
        from.getWidth() <= element.getIntOrFloatBitWidth())
      return of(convert.getSource());
    return std::nullopt;
  }
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp, ShiftTileOp>(op)) {
    std::optional<LinearIndex> lhs = of(op->getOperand(0)),
                               rhs = of(op->getOperand(1));
    if (lhs && rhs)
      return lhs->plus(*rhs, isa<arith::SubIOp>(op) ? -1 : 1);
  }
  if (auto product = dyn_cast_or_null<arith::MulIOp>(op))
    if (std::optional<LinearIndex> multiple = getMultiple(product, of))
      return multiple;
  bool known =
      isa<IntegerType>(value.getType()) && loop.isDefinedOutsideOfLoop(value);
  if (!known && value != loop.getInductionVar())
    return std::nullopt;
  LinearIndex scalar;
  scalar.terms.push_back({value, 1});
  return scalar;
}

bool mlir::helion::isAtMost(Value value, const LinearIndex &sum,
                            scf::ForOp loop) {
  if (std::optional<LinearIndex> own = getLinearIndex(value, loop)) {
    LinearIndex distance = sum.plus(*own, -1);
    if (distance.terms.empty() && distance.low >= 0)
      return true;
  }
  if (auto least = value.getDefiningOp<arith::MinSIOp>())
    return isAtMost(least.getLhs(), sum, loop) ||
           isAtMost(least.getRhs(), sum, loop);
  auto end = value.getDefiningOp<TileEndOp>();
  auto tile = end ? end.getTile().getDefiningOp<MakeTileOp>() : MakeTileOp();
  if (!tile)
    return false;
  std::optional<LinearIndex> begin = getLinearIndex(tile.getBegin(), loop);
  if (begin) {
    LinearIndex distance = sum.plus(begin->plus(tile.getType().getSize()), -1);
    if (distance.terms.empty() && distance.low >= 0)
      return true;
  }
  return isAtMost(tile.getLimit(), sum, loop);
}
