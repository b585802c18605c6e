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
  return target == "cuda:90" && isFp8(op.getLhs()) && isFp8(op.getRhs())
             ? 1 << 30
             : 0;
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
    rewriter.replaceOpWithNewOp<tt::DotOp>(
        op, op.getLhs(), op.getRhs(), acc,
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
