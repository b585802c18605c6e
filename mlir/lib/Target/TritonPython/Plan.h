//===- Plan.h - What gets a Python variable, and which -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_TARGET_TRITONPYTHON_PLAN_H
#define HELION_LIB_TARGET_TRITONPYTHON_PLAN_H

#include "mlir/IR/Block.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringSet.h"

#include <string>

namespace mlir::helion::python {

/// The function's own choice of a variable for every value.
///
/// An operation is *free* when it is text wherever it is used (constants,
/// splats, broadcasts, new axes), *inlined* when it is text at its one use, and
/// a statement otherwise. Values of statements and block arguments have names.
/// A loop's carried value, its initial value, what the body yields and the
/// result share one name where no two of them are alive at once.
class Plan {
public:
  /// Plans the function or combine region whose body is `entry`. `taken` holds
  /// names of the module that may not be hidden.
  Plan(Block &entry, const llvm::StringSet<> &taken);

  static bool isFree(Operation *op);
  bool isInlined(Operation *op) const { return inlined.contains(op); }
  /// True when the operation leaves no statement of its own.
  bool isText(Operation *op) const {
    return isFree(op) || isInlined(op) || dead.contains(op);
  }
  /// The variable that holds `value`, empty when it is text.
  StringRef name(Value value) const;

private:
  /// The operations whose statement reads `value`, through text.
  void readers(Value value, SmallVectorImpl<OpOperand *> &found) const;
  void inlineSingleUses(Block &block);
  void shortenOperands(Operation *op);
  unsigned weight(Operation *op) const;

  void shareNames(Operation *op);
  Value root(Value value) const;
  void unite(Value first, Value second);
  bool interfere(Value first, Value second) const;
  bool isAliveAt(Value value, Value other) const;
  void tryUnite(Value first, Value second);
  bool isVariable(Value value) const;

  void giveNames(Block &block);
  void giveName(Value value);
  std::string unique(StringRef wish);

  llvm::DenseSet<Operation *> inlined;
  /// Pure operations whose results nobody alive uses.
  llvm::DenseSet<Operation *> dead;
  llvm::DenseMap<Value, Value> parents;
  llvm::DenseMap<Value, SmallVector<Value>> members;
  llvm::DenseMap<Value, std::string> names;
  llvm::StringSet<> used;
  unsigned counter = 0;
};

/// The name that a location carries, empty when it has none.
StringRef locationName(Location loc);

/// `wish` as a Python identifier.
std::string asIdentifier(StringRef wish);

} // namespace mlir::helion::python

#endif // HELION_LIB_TARGET_TRITONPYTHON_PLAN_H
