//===- ForeignPatterns.cpp - Calls of Triton functions, printing -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// A called function is declared with the types of the call and the attribute
// `helion.function`, which names it in its own language; whoever compiles the
// text puts the definition in the place of the declaration.
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

using namespace mlir;
using namespace mlir::helion;

/// The declaration of `callee` with this type: one that is there, or a new one
/// behind the kernels.
static tt::FuncOp getDeclaration(PatternRewriter &rewriter, CallOp op,
                                 FunctionType type) {
  auto module = op->getParentOfType<ModuleOp>();
  for (auto function : module.getOps<tt::FuncOp>())
    if (function->getAttr(tt::kForeignFunctionAttrName) == op.getCalleeAttr() &&
        function.getFunctionType() == type)
      return function;
  std::string symbol = op.getCallee().str();
  for (unsigned n = 1; SymbolTable::lookupSymbolIn(module, symbol); ++n)
    symbol = op.getCallee().str() + "_" + std::to_string(n);
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointToEnd(module.getBody());
  NamedAttribute attributes[] = {
      {rewriter.getStringAttr(SymbolTable::getVisibilityAttrName()),
       rewriter.getStringAttr("private")},
      {rewriter.getStringAttr(tt::kForeignFunctionAttrName),
       op.getCalleeAttr()}};
  return tt::FuncOp::create(rewriter, op.getLoc(), symbol, type, attributes);
}

namespace {
struct CallLowering : OpRewritePattern<CallOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CallOp op,
                                PatternRewriter &rewriter) const override {
    SmallVector<Value> operands;
    for (Value input : op.getInputs()) {
      if (isa<MemRefType>(input.getType()))
        input = getPointer(input);
      if (!input ||
          !isa<RankedTensorType, IntegerType, FloatType, tt::PointerType>(
              input.getType()))
        return rewriter.notifyMatchFailure(
            op, "an argument is no host tensor, tensor or number");
      operands.push_back(input);
    }
    auto type = rewriter.getFunctionType(ValueRange(operands).getTypes(),
                                         op.getResultTypes());
    tt::FuncOp callee = getDeclaration(rewriter, op, type);
    rewriter.replaceOpWithNewOp<tt::CallOp>(op, callee, operands);
    return success();
  }
};

struct PrintLowering : OpRewritePattern<PrintOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(PrintOp op,
                                PatternRewriter &rewriter) const override {
    auto isInteger = [](Value value) -> int32_t {
      return isa<IntegerType>(getElementTypeOrSelf(value));
    };
    SmallVector<int32_t> isSigned =
        llvm::map_to_vector(op.getValues(), isInteger);
    if (std::optional<ArrayRef<bool>> isUnsigned = op.getUnsignedValues())
      for (auto [sign, flag] : llvm::zip_equal(isSigned, *isUnsigned))
        sign &= !flag;
    // As Triton's own frontend spells it.
    std::string prefix = " " + op.getPrefix().str();
    if (!op.getValues().empty())
      prefix += ": ";
    rewriter.replaceOpWithNewOp<tt::PrintOp>(op, prefix, op.getHex(),
                                             op.getValues(), isSigned);
    return success();
  }
};
} // namespace

void mlir::helion::populateForeignPatterns(RewritePatternSet &patterns) {
  patterns.add<CallLowering, PrintLowering>(patterns.getContext());
}
