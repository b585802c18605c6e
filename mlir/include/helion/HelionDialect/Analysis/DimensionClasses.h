//===- DimensionClasses.h - Which dimensions run together -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Two dimensions of values are in one class when element i of the one meets
// element i of the other: through element-wise operations, broadcasts, the kept
// dimensions of a reduction, the contracted dimensions of a dot. A class can be
// walked in parts when all its members come from `:` in an index list, or from
// values that can be made for any part, and all end in stores and reductions.
//
// Values that can be made for any part (constants, `helion.full`, positions) do not
// tie their users together: each use is a class member of its own.
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_ANALYSIS_DIMENSIONCLASSES_H
#define HELION_HELIONDIALECT_ANALYSIS_DIMENSIONCLASSES_H

#include "helion/HelionDialect/IR/Helion.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/IntEqClasses.h"

namespace mlir::helion {

/// Whether a tensor with other extents can be made in place of `value`.
bool isMadeForAnyPart(Value value);

/// The classes of the dimensions of the values in one block; operations with
/// regions are taken as a whole.
class DimensionClasses {
public:
  explicit DimensionClasses(Block &block);

  /// The class of a dimension; none where the extent is 1 or unknown to the
  /// block.
  std::optional<unsigned> lookup(Value value, int64_t dim) const;
  std::optional<unsigned> lookup(OpOperand &operand, int64_t dim) const;
  /// The only dimension of the value in `wanted`, -1 for none.
  int64_t dimOf(Value value, unsigned wanted) const;
  int64_t dimOf(OpOperand &operand, unsigned wanted) const;

  /// Why the class cannot be walked in parts; empty where it can.
  StringRef whyWhole(unsigned group) const { return whole[group]; }
  /// The extent of the class's dimensions.
  Attribute extentOf(unsigned group) const { return extents[group]; }

  /// The class that a reduction or dot sums over, if it is one class.
  std::optional<unsigned> reducedClass(Operation *op) const;

private:
  using Key = std::pair<void *, int64_t>;

  static Key keyOf(Value value, int64_t dim);
  static Key keyOf(OpOperand &operand, int64_t dim);
  std::optional<unsigned> find(Key key) const;
  unsigned number(Key key, Attribute extent);
  void join(Key a, Attribute extentA, Key b, Attribute extentB);
  void keepWhole(Key key, Attribute extent, StringRef why);

  void visit(Operation *op);
  void visitAccess(Operation *op, ValueRange indices, ArrayRef<int64_t> dims);
  void joinAll(Operation *op, ArrayRef<int64_t> except = {});
  void keepAllWhole(Operation *op, StringRef why);

  llvm::DenseMap<Key, unsigned> numbers;
  SmallVector<Attribute> numberedExtents;
  SmallVector<std::pair<unsigned, unsigned>> joins;
  SmallVector<std::pair<unsigned, StringRef>> wholes;
  llvm::IntEqClasses classes;
  SmallVector<StringRef> whole;
  SmallVector<Attribute> extents;
};

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_ANALYSIS_DIMENSIONCLASSES_H
