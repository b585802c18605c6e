//===- ElementwisePatterns.cpp - Conversions, library calls, operations Triton lacks -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "mlir/Dialect/Math/IR/Math.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::helion;

/// `type` with the element type replaced; scalars stay scalars.
static Type withElementType(Type type, Type element) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return RankedTensorType::get(tensor.getShape(), element);
  return element;
}

static bool isFloat8(Type element) {
  return isa<FloatType>(element) && element.getIntOrFloatBitWidth() == 8;
}

static Value createConstant(OpBuilder &builder, Location loc, Type type,
                            double value) {
  Type element = getElementTypeOrSelf(type);
  TypedAttr number = isa<FloatType>(element)
                         ? TypedAttr(builder.getFloatAttr(element, value))
                         : TypedAttr(builder.getIntegerAttr(
                               element, static_cast<int64_t>(value)));
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    number = DenseElementsAttr::get(tensor, Attribute(number));
  return arith::ConstantOp::create(builder, loc, number);
}

namespace {
struct ConvertLowering : OpRewritePattern<ConvertOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(ConvertOp op,
                                PatternRewriter &rewriter) const override {
    Type from = getElementTypeOrSelf(op.getSource().getType());
    Type to = getElementTypeOrSelf(op.getType());
    Value result;
    if (isa<FloatType>(from) && isa<FloatType>(to))
      result =
          convertFloat(rewriter, op.getLoc(), op.getSource(), op.getType());
    else if (isa<FloatType>(from))
      result = floatToInteger(op, rewriter);
    else if (isa<FloatType>(to))
      result = integerToFloat(op, rewriter);
    else
      result = convertInteger(op, rewriter);
    rewriter.replaceOp(op, result);
    return success();
  }

  static Value convertFloat(OpBuilder &builder, Location loc, Value source,
                            Type type) {
    Type from = getElementTypeOrSelf(source.getType()),
         to = getElementTypeOrSelf(type);
    if (from == to)
      return source;
    Type f32 = builder.getF32Type();
    unsigned before = from.getIntOrFloatBitWidth(),
             after = to.getIntOrFloatBitWidth();
    if (isFloat8(from) || isFloat8(to)) {
      // Triton casts fp8 from and to f32, f16 and bf16.
      if (before == 64 || after == 64 || before == after) {
        Value single =
            convertFloat(builder, loc, source, withElementType(type, f32));
        return convertFloat(builder, loc, single, type);
      }
      tt::RoundingModeAttr rounding;
      if (isFloat8(to))
        rounding = tt::RoundingModeAttr::get(builder.getContext(),
                                             tt::RoundingMode::RTNE);
      return tt::FpToFpOp::create(builder, loc, type, source, rounding);
    }
    // f16 and bf16; and Triton's AMD backend knows no conversion between bf16 and
    // f64, where PyTorch rounds twice as well.
    bool isBetweenDouble = (before == 64 || after == 64) &&
                           (isa<BFloat16Type>(from) || isa<BFloat16Type>(to));
    if (before == after || isBetweenDouble) {
      Value single =
          convertFloat(builder, loc, source, withElementType(type, f32));
      return convertFloat(builder, loc, single, type);
    }
    if (before < after)
      return arith::ExtFOp::create(builder, loc, type, source);
    return arith::TruncFOp::create(builder, loc, type, source);
  }

  static Value floatToInteger(ConvertOp op, OpBuilder &builder) {
    Location loc = op.getLoc();
    Value source = op.getSource();
    if (isFloat8(getElementTypeOrSelf(source.getType())))
      source =
          convertFloat(builder, loc, source,
                       withElementType(source.getType(), builder.getF32Type()));
    if (getElementTypeOrSelf(op.getType()).isInteger(1))
      return arith::CmpFOp::create(
          builder, loc, arith::CmpFPredicate::UNE, source,
          createConstant(builder, loc, source.getType(), 0));
    if (op.getUnsignedResult())
      return arith::FPToUIOp::create(builder, loc, op.getType(), source);
    return arith::FPToSIOp::create(builder, loc, op.getType(), source);
  }

  static Value integerToFloat(ConvertOp op, OpBuilder &builder) {
    Location loc = op.getLoc();
    Value source = op.getSource();
    Type target = op.getType();
    if (isFloat8(getElementTypeOrSelf(target)))
      target = withElementType(target, builder.getF32Type());
    bool isUnsigned = op.getUnsignedSource() ||
                      getElementTypeOrSelf(source.getType()).isInteger(1);
    Value number =
        isUnsigned
            ? Value(arith::UIToFPOp::create(builder, loc, target, source))
            : Value(arith::SIToFPOp::create(builder, loc, target, source));
    return convertFloat(builder, loc, number, op.getType());
  }

  static Value convertInteger(ConvertOp op, OpBuilder &builder) {
    Location loc = op.getLoc();
    Value source = op.getSource();
    unsigned before =
        getElementTypeOrSelf(source.getType()).getIntOrFloatBitWidth();
    unsigned after = getElementTypeOrSelf(op.getType()).getIntOrFloatBitWidth();
    if (before == after)
      return source;
    if (after == 1)
      return arith::CmpIOp::create(
          builder, loc, arith::CmpIPredicate::ne, source,
          createConstant(builder, loc, source.getType(), 0));
    if (before > after)
      return arith::TruncIOp::create(builder, loc, op.getType(), source);
    if (op.getUnsignedSource() || before == 1)
      return arith::ExtUIOp::create(builder, loc, op.getType(), source);
    return arith::ExtSIOp::create(builder, loc, op.getType(), source);
  }
};

/// Functions go by the names of NVIDIA's library; AMD's has shorter ones for some.
static StringRef ocmlName(StringRef name) {
  return llvm::StringSwitch<StringRef>(name)
      .Case("cyl_bessel_i0", "i0")
      .Case("cyl_bessel_i1", "i1")
      .Case("normcdfinv", "ncdfinv")
      .Default(name);
}

struct ExternLowering : OpRewritePattern<ExternOp> {
  ExternLowering(MLIRContext *context, bool isHip)
      : OpRewritePattern(context), isHip(isHip) {}

  LogicalResult matchAndRewrite(ExternOp op,
                                PatternRewriter &rewriter) const override {
    Type element = getElementTypeOrSelf(op.getInputs().front().getType());
    if (!element.isF32() && !element.isF64())
      return rewriter.notifyMatchFailure(op,
                                         "the math libraries know f32 and f64");
    std::string symbol;
    if (isHip)
      symbol = ("__ocml_" + ocmlName(op.getFunction()) +
                (element.isF32() ? "_f32" : "_f64"))
                   .str();
    else
      symbol =
          ("__nv_" + op.getFunction() + (element.isF32() ? "f" : "")).str();
    rewriter.replaceOpWithNewOp<tt::ExternElementwiseOp>(
        op, op.getType(), op.getInputs(), rewriter.getStringAttr(""),
        rewriter.getStringAttr(""), rewriter.getStringAttr(symbol),
        rewriter.getBoolAttr(true));
    return success();
  }

  bool isHip;
};

struct InlineAsmLowering : OpRewritePattern<InlineAsmOp> {
  InlineAsmLowering(MLIRContext *context, bool isHip)
      : OpRewritePattern(context), isHip(isHip) {}

  LogicalResult matchAndRewrite(InlineAsmOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getNumResults() == 0)
      return rewriter.notifyMatchFailure(
          op, "Triton's inline assembly has results");
    SmallVector<Value> inputs(op.getInputs());
    std::string constraints = op.getConstraints().str();
    if (inputs.empty()) {
      // Triton's operation takes its shape from its operands: one that nobody reads,
      // in `pack` registers, in front of what is clobbered.
      Type type =
          withElementType(op.getResultTypes().front(), rewriter.getI32Type());
      inputs.push_back(createConstant(rewriter, op.getLoc(), type, 0));
      std::string unread;
      for (uint64_t element = 0; element < op.getPack(); ++element)
        unread += isHip ? ",v" : ",r";
      constraints.insert(std::min(constraints.find(",~"), constraints.size()),
                         unread);
    }
    rewriter.replaceOpWithNewOp<tt::ElementwiseInlineAsmOp>(
        op, op.getResultTypes(), op.getAssemblyAttr(),
        rewriter.getStringAttr(constraints), rewriter.getBoolAttr(op.getPure()),
        rewriter.getI32IntegerAttr(static_cast<int32_t>(op.getPack())), inputs);
    return success();
  }

  bool isHip;
};

/// Triton knows its own.
struct BitcastLowering : OpRewritePattern<arith::BitcastOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::BitcastOp op,
                                PatternRewriter &rewriter) const override {
    rewriter.replaceOpWithNewOp<tt::BitcastOp>(op, op.getType(), op.getIn());
    return success();
  }
};

/// `arith.negf` is illegal in Triton before 3.8; -0.0 - x keeps signed zeros.
struct NegFLowering : OpRewritePattern<arith::NegFOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(arith::NegFOp op,
                                PatternRewriter &rewriter) const override {
    Value zero = createConstant(rewriter, op.getLoc(), op.getType(), -0.0);
    rewriter.replaceOpWithNewOp<arith::SubFOp>(op, zero, op.getOperand());
    return success();
  }
};

/// Rounding division, which Triton's AMD backend does not know before 3.9.
template <typename OpTy, bool roundsUp>
struct RoundingDivLowering : OpRewritePattern<OpTy> {
  using OpRewritePattern<OpTy>::OpRewritePattern;
  LogicalResult matchAndRewrite(OpTy op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Value a = op.getLhs(), b = op.getRhs();
    Type type = op.getType();
    Value zero = createConstant(rewriter, loc, type, 0);
    Value one = createConstant(rewriter, loc, type, 1);
    Value quotient = arith::DivSIOp::create(rewriter, loc, a, b);
    Value remainder = arith::RemSIOp::create(rewriter, loc, a, b);
    auto compare = [&](arith::CmpIPredicate predicate, Value x,
                       Value y) -> Value {
      return arith::CmpIOp::create(rewriter, loc, predicate, x, y);
    };
    Value inexact = compare(arith::CmpIPredicate::ne, remainder, zero);
    Value negative = compare(arith::CmpIPredicate::slt,
                             arith::XOrIOp::create(rewriter, loc, a, b), zero);
    if (roundsUp)
      negative = compare(arith::CmpIPredicate::sge,
                         arith::XOrIOp::create(rewriter, loc, a, b), zero);
    Value adjusts = arith::AndIOp::create(rewriter, loc, inexact, negative);
    Value moved =
        roundsUp ? Value(arith::AddIOp::create(rewriter, loc, quotient, one))
                 : Value(arith::SubIOp::create(rewriter, loc, quotient, one));
    rewriter.replaceOpWithNewOp<arith::SelectOp>(op, adjusts, moved, quotient);
    return success();
  }
};
} // namespace

void mlir::helion::populateElementwisePatterns(RewritePatternSet &patterns,
                                               const TritonTarget &target) {
  MLIRContext *context = patterns.getContext();
  patterns.add<BitcastLowering, ConvertLowering, NegFLowering,
               RoundingDivLowering<arith::FloorDivSIOp, false>,
               RoundingDivLowering<arith::CeilDivSIOp, true>>(context);
  patterns.add<ExternLowering, InlineAsmLowering>(context, target.isHip);
}
