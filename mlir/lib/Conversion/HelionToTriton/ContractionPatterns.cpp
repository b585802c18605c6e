//===- ContractionPatterns.cpp - Dots -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

using namespace mlir;
using namespace mlir::helion;

static tt::InputPrecision toTriton(DotPrecision precision) {
  switch (precision) {
  case DotPrecision::IEEE:
    return tt::InputPrecision::IEEE;
  case DotPrecision::TF32:
    return tt::InputPrecision::TF32;
  case DotPrecision::TF32x3:
    return tt::InputPrecision::TF32x3;
  }
  llvm_unreachable("unknown dot precision");
}

/// How many terms may be added with fewer bits than fp32 has. The matrix unit of
/// compute capability 9.0 adds products of 8-bit floats so; without leave to do
/// so throughout, Triton computes them in fp16 on older instructions, at a third
/// of the speed.
static int imprecise(DotOp op, StringRef target) {
  auto isFp8 = [](Value operand) {
    return isa<Float8E4M3FNType, Float8E5M2Type>(
        getElementTypeOrSelf(operand.getType()));
  };
  return target == "cuda:90" && op.getPrecision() != DotPrecision::IEEE &&
                 isFp8(op.getLhs()) && isFp8(op.getRhs())
             ? 1 << 30
             : 0;
}

/// The width of the elements as they were loaded, by the rules of Triton's pass
/// for matrix units: it looks through conversions and views, and halves the
/// width where values were joined.
static int64_t getLoadedWidth(Value operand) {
  int64_t width =
      getElementTypeOrSelf(operand.getType()).getIntOrFloatBitWidth();
  bool isJoined = false;
  SmallVector<Value> pending{operand};
  llvm::SmallDenseSet<Value> seen;
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!op || !isa<RankedTensorType>(next.getType()) ||
        !seen.insert(next).second)
      continue;
    isJoined |= isa<JoinOp, tt::JoinOp>(op);
    // Truth values are bytes in memory.
    if (isa<LoadOp, tt::LoadOp, tt::DescriptorLoadOp>(op))
      width = std::min(
          width,
          std::max<int64_t>(
              8, getElementTypeOrSelf(next.getType()).getIntOrFloatBitWidth()));
    else if (op->getNumRegions() == 0)
      llvm::append_range(pending, op->getOperands());
  }
  return isJoined ? width / 2 : width;
}

/// Triton 3.6 has each thread hold as many elements along K as were loaded with
/// 32 bits, for eight threads in a row: where K is smaller, the product counts
/// elements several times. What a reduction of one element gives hides the width.
static Value hideWidth(OpBuilder &builder, Value operand, int64_t depth) {
  int64_t width = getLoadedWidth(operand);
  if (width > 0 && depth * width >= 8 * 32)
    return operand;
  auto type = cast<RankedTensorType>(operand.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(1);
  Value single =
      tt::ExpandDimsOp::create(builder, operand.getLoc(), type.clone(shape),
                               operand, static_cast<int>(type.getRank()));
  return createReduce(builder, operand.getLoc(), single, type.getRank(),
                      [](OpBuilder &, ValueRange arguments) {
                        return SmallVector<Value>{arguments.front()};
                      })
      .front();
}

namespace {
struct DotLowering : OpRewritePattern<DotOp> {
  DotLowering(MLIRContext *context, StringRef target)
      : OpRewritePattern(context), target(target) {}
  LogicalResult matchAndRewrite(DotOp op,
                                PatternRewriter &rewriter) const override {
    auto type = cast<RankedTensorType>(op.getType());
    Value acc = op.getAcc();
    if (!acc)
      acc = arith::ConstantOp::create(
          rewriter, op.getLoc(),
          DenseElementsAttr::get(type,
                                 rewriter.getZeroAttr(type.getElementType())));
    bool isFloat32 = getElementTypeOrSelf(op.getLhs().getType()).isF32();
    Value lhs = op.getLhs(), rhs = op.getRhs();
    if (StringRef(target).starts_with("cuda")) {
      int64_t depth = cast<RankedTensorType>(lhs.getType()).getShape().back();
      lhs = hideWidth(rewriter, lhs, depth);
      rhs = hideWidth(rewriter, rhs, depth);
    }
    rewriter.replaceOpWithNewOp<tt::DotOp>(
        op, lhs, rhs, acc,
        isFloat32 ? toTriton(op.getPrecision()) : tt::InputPrecision::IEEE,
        imprecise(op, target));
    return success();
  }

private:
  std::string target;
};
} // namespace

void mlir::helion::populateContractionPatterns(RewritePatternSet &patterns,
                                               const TritonTarget &target) {
  patterns.add<DotLowering>(patterns.getContext(), target.name);
}
