//===- LinearIndex.h - Indices as sums -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What is known of indices before a kernel runs: that they are sums of scalars,
// the positions of loops among them, and of a number that depends on the lane.
// Indices are taken not to overflow.
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_ANALYSIS_LINEARINDEX_H
#define HELION_HELIONDIALECT_ANALYSIS_LINEARINDEX_H

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::helion {

/// Scalars times numbers, plus a number from `low` to `high`.
struct LinearIndex {
  SmallVector<std::pair<Value, int64_t>> terms;
  int64_t low = 0, high = 0;

  int64_t getFactor(Value scalar) const;
  /// The sum with `factor` times `other`.
  LinearIndex plus(const LinearIndex &other, int64_t factor) const;
  LinearIndex plus(int64_t number) const;
  LinearIndex without(Value scalar) const;
};

/// Whether the operation moves or repeats elements and computes nothing.
bool isShapeOp(Operation *op);

/// The integer, tile or tensor of integers as a sum of scalars that are known in
/// front of the loop, and the loop's induction variable.
std::optional<LinearIndex> getLinearIndex(Value value, scf::ForOp loop);

/// Whether `value` is no greater than the sum, whatever the scalars are.
bool isAtMost(Value value, const LinearIndex &sum, scf::ForOp loop);

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_ANALYSIS_LINEARINDEX_H
