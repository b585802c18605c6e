//===- PaddingAnalysis.h - What dead lanes hold -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A lane of a tensor is dead where it stands for no element: behind the end of
// a tile's iteration space, or behind an extent that is padded to a power of
// two. The analysis finds for each dimension of each value which tiles end in
// it, and what the dead lanes hold.
//
// Of extents that are no power of two the types speak; the analysis does not
// repeat it. It takes for granted what `helion-mask` does: memory operations
// are masked in all dimensions that have dead lanes.
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_ANALYSIS_PADDINGANALYSIS_H
#define HELION_HELIONDIALECT_ANALYSIS_PADDINGANALYSIS_H

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/Analysis/DataFlow/SparseAnalysis.h"

namespace mlir::helion {

/// On an `arith.select` of a loop's next value under a tile's mask: lanes
/// behind the tile's end keep the value they had, none is dead for that tile's
/// sake.
inline constexpr llvm::StringLiteral kKeepsOldAttrName = "helion.keeps_old";

/// The dead lanes of one dimension.
struct DimPadding {
  /// The tiles whose ends make lanes dead, as `helion.make_tile` gave them;
  /// none of them is exact. Sorted by address.
  SmallVector<Value, 1> tiles;
  /// What the dead lanes hold; null where that is not known.
  Attribute content;

  void addTiles(ArrayRef<Value> more);
  bool operator==(const DimPadding &other) const {
    return tiles == other.tiles && content == other.content;
  }
};

/// The dead lanes of a value.
class PaddingState {
public:
  PaddingState() = default;

  /// Nothing is known of a value of this type, except that no tile ends in it.
  static PaddingState getUnknown(Type type);
  /// Each lane, dead or not, holds `constant`.
  static PaddingState getUniform(Type type, Attribute constant);
  static PaddingState get(SmallVector<DimPadding> dims);

  bool isInitialized() const { return initialized; }
  /// The constant that all lanes hold; null where there is none.
  Attribute getUniform() const { return uniform; }
  /// One entry per dimension, none for a scalar.
  ArrayRef<DimPadding> getDims() const { return dims; }

  static PaddingState join(const PaddingState &lhs, const PaddingState &rhs);
  bool operator==(const PaddingState &other) const {
    return initialized == other.initialized && uniform == other.uniform &&
           dims == other.dims;
  }
  void print(raw_ostream &os) const;

private:
  bool initialized = false;
  Attribute uniform;
  SmallVector<DimPadding> dims;
};

class PaddingLattice : public dataflow::Lattice<PaddingState> {
public:
  using Lattice::Lattice;
};

/// The forward analysis; loops and branches are followed.
class PaddingAnalysis
    : public dataflow::SparseForwardDataFlowAnalysis<PaddingLattice> {
public:
  using SparseForwardDataFlowAnalysis::SparseForwardDataFlowAnalysis;

  LogicalResult visitOperation(Operation *op,
                               ArrayRef<const PaddingLattice *> operands,
                               ArrayRef<PaddingLattice *> results) override;
  void setToEntryState(PaddingLattice *lattice) override;
};

/// The tile whose live lanes `tile` has: itself, or the one that was shifted.
Value getRootTile(Value tile);

/// The tile that makes lanes of an index dead; null where all are live.
Value getEndingTile(Value index);

/// For each dimension of the value of a memory operation the tiles that end in
/// its index list and in `others`: its mask and its addresses, null where it has
/// none. `lookup` gives the state of those and of index tensors.
SmallVector<DimPadding>
getAccessPadding(ValueRange indices, ArrayRef<int64_t> indexDims,
                 ArrayRef<Value> others, Type valueType,
                 function_ref<PaddingState(Value)> lookup);

/// Dimensions of a reshape's source and result that hold the same elements.
struct ReshapeGroup {
  SmallVector<int64_t, 2> source, result;
};

/// The smallest groups of dimensions that a reshape maps to each other.
/// Dimensions of extent 1 are in no group.
SmallVector<ReshapeGroup> getReshapeGroups(ArrayRef<int64_t> source,
                                           ArrayRef<int64_t> result);

/// Whether the tiles that end in the dimensions of `group.source`, all of them
/// in the outermost one, end in the outermost one of `group.result` in the same
/// lanes, each lane of a tile repeated where the extent is larger than the
/// tile's. `before` and `after` are the shapes around the reshape.
bool keepsTiles(const ReshapeGroup &group, const PaddingState &source,
                ArrayRef<int64_t> before, ArrayRef<int64_t> after);

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_ANALYSIS_PADDINGANALYSIS_H
