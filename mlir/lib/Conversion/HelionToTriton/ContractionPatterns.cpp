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

namespace {
struct DotLowering : OpRewritePattern<DotOp> {
  using OpRewritePattern::OpRewritePattern;
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
        isFloat32 ? toTriton(op.getPrecision()) : tt::InputPrecision::IEEE);
    return success();
  }
};
} // namespace

void mlir::helion::populateContractionPatterns(RewritePatternSet &patterns) {
  patterns.add<DotLowering>(patterns.getContext());
}
