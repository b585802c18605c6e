//===- PatternDetail.h - What the pattern families share -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_LIB_CONVERSION_HELIONTOTRITON_PATTERNDETAIL_H
#define HELION_LIB_CONVERSION_HELIONTOTRITON_PATTERNDETAIL_H

#include "helion/HelionDialect/IR/Helion.h"
#include "helion/Triton/IR/Triton.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/PatternMatch.h"

namespace mlir::helion {

/// The Triton backend and release that the text is for.
struct TritonTarget {
  /// "cuda:90", "hip:gfx942".
  StringRef name;
  bool isHip = false;
  bool bareTensorDesc = false;
  bool cachePolicyAttr = false;
};

/// A tile, taken apart: lane i stands for index `begin + i * step`.
struct TileParts {
  Value begin;
  int64_t step = 1;
  int64_t size = 1;
  /// Index from which on lanes are dead; null if all are live.
  Value limit;
  /// What the live lanes are counted from: `begin` without shifts.
  Value origin;
};

/// Takes a tile apart, looking through shifts; fails where its maker is unknown.
FailureOr<TileParts> getTileParts(OpBuilder &builder, Location loc, Value tile);

/// 0, 1, ..., size - 1 in `type` (i32 or i64), as a tensor of rank 1.
Value createRange(OpBuilder &builder, Location loc, int64_t size, Type type);

/// `scalar` repeated to `shape`; constants become dense constants.
Value createSplat(OpBuilder &builder, Location loc, Value scalar,
                  ArrayRef<int64_t> shape);

/// A tensor of rank 1 laid along dimension `dim` of `shape`, broadcast to it.
Value createAlong(OpBuilder &builder, Location loc, Value vector, int64_t dim,
                  ArrayRef<int64_t> shape);

/// A tensor of the same rank, broadcast to `shape`.
Value createBroadcast(OpBuilder &builder, Location loc, Value source,
                      ArrayRef<int64_t> shape);

/// The pointer behind a host tensor; null where it is not known.
Value getPointer(Value base);

/// `value` times a number, folded for 0 and 1.
Value createScaled(OpBuilder &builder, Location loc, Value value,
                   int64_t factor);

/// What a memory operation names: elements of `base`, or of the tensors that lie
/// at `addresses` (null where there are none).
struct Access {
  Operation *op;
  Value base;
  ValueRange indices;
  SmallVector<int64_t> dims;
  Value addresses;
  Type valueType;

  template <typename OpTy>
  static Access get(OpTy op, Type valueType, Value addresses = {}) {
    return {op,        op.getBase(), op.getIndices(), op.resolveIndexDims(),
            addresses, valueType};
  }
};

/// Pointers to the elements, shaped like the value.
FailureOr<Value> createPointers(const Access &access,
                                PatternRewriter &rewriter);

/// The mask of a memory operation in the shape of its value; null for null.
Value createMask(OpBuilder &builder, Location loc, Value mask, Type valueType);

/// What two elements per input combine to, one per input.
using CombineBody = function_ref<SmallVector<Value>(OpBuilder &, ValueRange)>;

/// `inputs` reduced along one dimension.
SmallVector<Value> createReduce(OpBuilder &builder, Location loc,
                                ValueRange inputs, int64_t axis,
                                CombineBody body);

void populateAtomicPatterns(RewritePatternSet &patterns);
/// Turns the barriers of a kernel into code; `semaphore` is the argument that the
/// programs count in, if there is one.
LogicalResult convertBarriers(tt::FuncOp function,
                              std::optional<unsigned> semaphore,
                              const TritonTarget &target);

void populateContractionPatterns(RewritePatternSet &patterns,
                                 const TritonTarget &target);
void populateElementwisePatterns(RewritePatternSet &patterns,
                                 const TritonTarget &target);
void populateForeignPatterns(RewritePatternSet &patterns);
void populateMemoryPatterns(RewritePatternSet &patterns,
                            const TritonTarget &target);
void populateReductionPatterns(RewritePatternSet &patterns);
void populateScaledDotPatterns(RewritePatternSet &patterns,
                               const TritonTarget &target);
void populateShapePatterns(RewritePatternSet &patterns);
void populateSortPatterns(RewritePatternSet &patterns);
void populateTilePatterns(RewritePatternSet &patterns);

} // namespace mlir::helion

#endif // HELION_LIB_CONVERSION_HELIONTOTRITON_PATTERNDETAIL_H
