//===- ContractionPatterns.cpp - Dots, plain and scaled -*- C++ -*-===//
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

/// The accumulator of a dot, zero where it has none.
template <typename OpTy>
static Value getAccumulator(OpTy op, OpBuilder &builder) {
  if (op.getAcc())
    return op.getAcc();
  auto type = cast<RankedTensorType>(op.getType());
  return arith::ConstantOp::create(
      builder, op.getLoc(),
      DenseElementsAttr::get(type, builder.getZeroAttr(type.getElementType())));
}

static tt::ScaleDotElemType toTriton(ScaledFormat format) {
  switch (format) {
  case ScaledFormat::E4M3:
    return tt::ScaleDotElemType::E4M3;
  case ScaledFormat::E5M2:
    return tt::ScaleDotElemType::E5M2;
  case ScaledFormat::E2M1:
    return tt::ScaleDotElemType::E2M1;
  case ScaledFormat::BF16:
    return tt::ScaleDotElemType::BF16;
  case ScaledFormat::FP16:
    return tt::ScaleDotElemType::FP16;
  }
  llvm_unreachable("unknown format of a scaled dot");
}

namespace {
struct DotLowering : OpRewritePattern<DotOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotOp op,
                                PatternRewriter &rewriter) const override {
    bool isFloat32 = getElementTypeOrSelf(op.getLhs().getType()).isF32();
    rewriter.replaceOpWithNewOp<tt::DotOp>(
        op, op.getLhs(), op.getRhs(), getAccumulator(op, rewriter),
        isFloat32 ? toTriton(op.getPrecision()) : tt::InputPrecision::IEEE);
    return success();
  }
};

struct DotScaledLowering : OpRewritePattern<DotScaledOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DotScaledOp op,
                                PatternRewriter &rewriter) const override {
    auto format = [&](ScaledFormat format) {
      return tt::ScaleDotElemTypeAttr::get(op.getContext(), toTriton(format));
    };
    rewriter.replaceOpWithNewOp<tt::DotScaledOp>(
        op, op.getType(), op.getLhs(), op.getRhs(),
        getAccumulator(op, rewriter), op.getLhsScale(), op.getRhsScale(),
        format(op.getLhsFormat()), format(op.getRhsFormat()),
        /*fastMath=*/rewriter.getBoolAttr(false));
    return success();
  }
};
} // namespace

void mlir::helion::populateContractionPatterns(RewritePatternSet &patterns) {
  patterns.add<DotLowering, DotScaledLowering>(patterns.getContext());
}
