//===- PartMaker.h - Operations part by part -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A pass that splits a dimension says which values and operations have it; here
// each such operation is replaced by one for each part.
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_HELIONDIALECT_TRANSFORMS_PARTMAKER_H
#define HELION_LIB_HELIONDIALECT_TRANSFORMS_PARTMAKER_H

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"

namespace mlir::helion {

/// A dimension of a value. The one dimension of a tile is 0.
using Dim = std::pair<Value, int64_t>;

/// Which dimensions are split, into how many parts.
struct PartPlan {
  explicit PartPlan(int64_t factor) : factor(factor) {}

  /// The split dimension of a value that is replaced wherever it is used.
  std::optional<int64_t> getReplacedDim(Value value) const {
    auto it = replaced.find(value);
    return it == replaced.end() ? std::nullopt : std::optional(it->second);
  }
  /// The dimensions of the operation's domain that are split.
  ArrayRef<int64_t> getDomainDims(Operation *op) const {
    auto it = domainDims.find(op);
    return it == domainDims.end() ? ArrayRef<int64_t>() : it->second;
  }
  /// Has dimension `dim` of the operation's domain split; false if it is known.
  bool addDomainDim(Operation *op, int64_t dim) {
    SmallVector<int64_t> &known = domainDims[op];
    if (llvm::is_contained(known, dim))
      return false;
    known.push_back(dim);
    return true;
  }
  /// Whether the value can be computed anew anywhere, from tiles and numbers.
  bool isRecomputable(Value value);

  int64_t factor;
  /// Values that only their parts are left of.
  DenseMap<Value, int64_t> replaced;
  /// Values that are made whole, their parts cut from them.
  llvm::DenseSet<Dim> cuts;

private:
  DenseMap<Operation *, SmallVector<int64_t>> domainDims;
  DenseMap<Operation *, bool> recomputable;
};

/// Replaces the operations of a plan by operations on parts. What is computed in
/// parts and still asked for as a whole stays, beside its parts.
class PartMaker {
public:
  PartMaker(PartPlan &plan, MLIRContext *context)
      : plan(plan), builder(context) {}

  void run(KernelOp kernel);

  /// The operations that were made, with the number of the part, in the order in
  /// which they stand in each block.
  const llvm::MapVector<Operation *, int64_t> &getMade() const { return made; }

private:
  Type partOf(Type type, int64_t dim) const;
  void rewrite(Block &block);
  void rewriteLoop(scf::ForOp loop);
  void rewriteBranch(scf::IfOp branch);
  void rewriteYield(Block &block, ValueRange results);
  void rewriteOperation(Operation *op, ArrayRef<int64_t> dims);
  Operation *moveStart(Operation *copy, int64_t part);
  ArrayRef<Value> getParts(Value value, int64_t dim);
  void cut(Value value, int64_t dim, int64_t count,
           SmallVectorImpl<Value> &result);
  SmallVector<Value> spread(ValueRange values,
                            function_ref<std::optional<int64_t>(unsigned)> dim);
  void adopt(ValueRange old, ValueRange values);
  std::function<std::optional<int64_t>(unsigned)> dimsOf(ValueRange values);

  PartPlan &plan;
  OpBuilder builder;
  llvm::DenseMap<Dim, SmallVector<Value>> parts;
  SmallVector<Operation *> rewritten;
  llvm::MapVector<Operation *, int64_t> made;
};

} // namespace mlir::helion

#endif // HELION_LIB_HELIONDIALECT_TRANSFORMS_PARTMAKER_H
