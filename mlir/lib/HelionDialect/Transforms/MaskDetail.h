//===- MaskDetail.h - What the steps of helion-mask share -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_HELIONDIALECT_TRANSFORMS_MASKDETAIL_H
#define HELION_LIB_HELIONDIALECT_TRANSFORMS_MASKDETAIL_H

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/IR/Dominance.h"
#include "llvm/Support/MathExtras.h"

#include <map>

namespace mlir::helion {

inline bool isPadded(int64_t extent) { return !llvm::isPowerOf2_64(extent); }

/// `type` with extents that are powers of two.
Type padType(Type type);

/// One end of the live lanes of a dimension: that of a tile, or an extent.
struct Bound {
  int64_t dim;
  /// Null where the extent itself is the bound.
  Value tile;
  int64_t extent;

  auto getKey() const {
    return std::tuple(dim, tile.getAsOpaquePointer(), extent);
  }
};

/// Makes masks of bounds, each one once.
class MaskBuilder {
public:
  MaskBuilder(KernelOp kernel, DominanceInfo &dominance)
      : kernel(kernel), dominance(dominance), builder(kernel.getContext()) {}

  /// Booleans of rank `rank`, of extent 1 in the dimensions that no bound is
  /// in, to be used by `user`. Fails with a diagnostic where a tile is out of
  /// scope.
  FailureOr<Value> create(SmallVector<Bound> bounds, int64_t rank,
                          Operation *user);

  /// `mask` repeated to `shape`.
  Value broadcast(OpBuilder &at, Location loc, Value mask,
                  ArrayRef<int64_t> shape);

  /// `mask` repeated to `shape`, behind the mask itself.
  Value broadcastOnce(Value mask, ArrayRef<int64_t> shape);

  /// lhs and rhs, repeated to the extents of both.
  Value conjoin(OpBuilder &at, Location loc, Value lhs, Value rhs);

private:
  using Key = std::tuple<int64_t, const void *, int64_t>;

  /// outer and inner, behind both; `inner` is no further out.
  Value conjoinOnce(Value outer, Value inner);
  /// The live lanes of one dimension, of rank `rank`, behind the tile.
  Value createLanes(const Bound &bound, int64_t rank, Location loc);
  Value createLanes(const Bound &bound, Location loc);
  /// The live lanes of a tile, each repeated where `extent` is a multiple of the
  /// tile's own: a reshape merged further dimensions into that of the tile.
  Value createTileLanes(Value tile, int64_t extent, Location loc);

  KernelOp kernel;
  DominanceInfo &dominance;
  OpBuilder builder;
  std::map<std::vector<Key>, Value> masks;
  std::map<std::pair<const void *, std::vector<int64_t>>, Value> wide;
};

/// Step 1: masks of memory operations, neutral elements in front of
/// reductions, scans, sorts, gathers and dots.
LogicalResult maskLanes(KernelOp kernel);

/// Lets `live` take part in a scan with a combine region, which then combines
/// live lanes only.
void scanLiveLanes(ScanOp op, Value live);

/// Step 2: extents become powers of two.
LogicalResult padExtents(KernelOp kernel);

/// Whether padding puts the elements of a reshape between these shapes into
/// other lanes.
bool movesElements(ArrayRef<int64_t> source, ArrayRef<int64_t> result);

/// Replaces a reshape, whose extents are padded by now, by one that moves the
/// elements: `source` and `result` are the shapes before padding.
void moveElements(ReshapeOp op, ArrayRef<int64_t> source,
                  ArrayRef<int64_t> result);

/// Whether the matrix unit needs a longer K than `op` has.
bool isShortDot(DotOp op);

/// Step 3: interleaved zeros make K as long as the matrix unit needs it.
void lengthenDot(DotOp op);

} // namespace mlir::helion

#endif // HELION_LIB_HELIONDIALECT_TRANSFORMS_MASKDETAIL_H
