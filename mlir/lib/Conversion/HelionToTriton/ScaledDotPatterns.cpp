//===- ScaledDotPatterns.cpp - Dots of microscaled operands -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Triton has an operation of its own, which it cannot lower for all formats on
// all GPUs. Elsewhere the operands are multiplied with their scales, exactly up
// to the range of the exponents, and a plain dot follows: in bf16, which holds
// all numbers of 8 and 4 bits, or in tf32, which holds those of fp16.
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

using namespace mlir;
using namespace mlir::helion;

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

/// Whether Triton takes the operation for this GPU. What it makes of fp16
/// overflows where a scale does.
static bool isNative(StringRef target, ScaledFormat lhs, ScaledFormat rhs) {
  if (lhs == ScaledFormat::FP16 || rhs == ScaledFormat::FP16)
    return false;
  auto [backend, arch] = target.split(':');
  if (backend == "hip")
    return arch == "gfx950";
  unsigned capability = 0;
  // tcgen05.mma takes no 16-bit numbers in its scaled form.
  if (!arch.getAsInteger(10, capability) && capability / 10 == 10)
    return lhs != ScaledFormat::BF16 && rhs != ScaledFormat::BF16;
  return true;
}

namespace {
/// Builds the numbers behind microscaled operands, as tensors of f32.
struct Dequantizer {
  OpBuilder &builder;
  Location loc;

  Value constant(RankedTensorType type, double value) {
    Type element = type.getElementType();
    TypedAttr number = isa<FloatType>(element)
                           ? TypedAttr(builder.getFloatAttr(element, value))
                           : TypedAttr(builder.getIntegerAttr(
                                 element, static_cast<int64_t>(value)));
    return arith::ConstantOp::create(
        builder, loc, DenseElementsAttr::get(type, Attribute(number)));
  }

  RankedTensorType withElement(Value value, Type element) {
    return cast<RankedTensorType>(value.getType()).clone(element);
  }

  template <typename OpTy> Value apply(Value value, int64_t number) {
    auto type = cast<RankedTensorType>(value.getType());
    return OpTy::create(builder, loc, value, constant(type, number));
  }

  Value reshape(Value value, ArrayRef<int64_t> shape) {
    auto type = cast<RankedTensorType>(value.getType());
    return tt::ReshapeOp::create(
        builder, loc, RankedTensorType::get(shape, type.getElementType()),
        value);
  }

  /// The numbers whose codes are the lower four bits of i32. As a half the code
  /// has another exponent bias, which 2^14 makes up for.
  Value fromCodes(Value codes) {
    Value sign = apply<arith::ShLIOp>(apply<arith::AndIOp>(codes, 8), 12);
    Value rest = apply<arith::ShLIOp>(apply<arith::AndIOp>(codes, 7), 9);
    Value bits = arith::OrIOp::create(builder, loc, sign, rest);
    bits = arith::TruncIOp::create(
        builder, loc, withElement(bits, builder.getI16Type()), bits);
    Value half = tt::BitcastOp::create(
        builder, loc, withElement(bits, builder.getF16Type()), bits);
    Value number = arith::ExtFOp::create(
        builder, loc, withElement(half, builder.getF32Type()), half);
    auto type = cast<RankedTensorType>(number.getType());
    return arith::MulFOp::create(builder, loc, number, constant(type, 16384));
  }

  /// The numbers of a format; e2m1 comes in pairs along dimension `dim`.
  Value numbers(Value value, ScaledFormat format, int32_t dim) {
    auto type = cast<RankedTensorType>(value.getType());
    if (format == ScaledFormat::BF16 || format == ScaledFormat::FP16)
      return arith::ExtFOp::create(
          builder, loc, withElement(value, builder.getF32Type()), value);
    if (format != ScaledFormat::E2M1)
      return tt::FpToFpOp::create(builder, loc,
                                  withElement(value, builder.getF32Type()),
                                  value, tt::RoundingModeAttr());
    Value codes = arith::ExtUIOp::create(
        builder, loc, withElement(value, builder.getI32Type()), value);
    Value pairs =
        tt::JoinOp::create(builder, loc, fromCodes(codes),
                           fromCodes(apply<arith::ShRUIOp>(codes, 4)));
    if (dim == 0)
      pairs =
          tt::TransOp::create(builder, loc, pairs, ArrayRef<int32_t>{0, 2, 1});
    SmallVector<int64_t> shape(type.getShape());
    shape[dim] *= 2;
    return reshape(pairs, shape);
  }

  /// Powers of two, one for each of the `depth` elements of a row.
  Value factors(Value scale, int64_t depth) {
    Value exponents = arith::ExtUIOp::create(
        builder, loc, withElement(scale, builder.getI32Type()), scale);
    auto type = cast<RankedTensorType>(exponents.getType());
    Value bits = apply<arith::ShLIOp>(exponents, 23);
    // 0 stands for 2^-127, a denormal, and 255 for NaN.
    for (auto [code, meaning] : {std::pair(0, 0x00400000), {255, 0x7fc00000}})
      bits = arith::SelectOp::create(
          builder, loc,
          arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                exponents, constant(type, code)),
          constant(type, meaning), bits);
    Value numbers = tt::BitcastOp::create(
        builder, loc, withElement(bits, builder.getF32Type()), bits);
    int64_t rows = type.getDimSize(0), groups = type.getDimSize(1);
    Value wide = tt::ExpandDimsOp::create(builder, loc, numbers, 2);
    wide = createBroadcast(builder, loc, wide, {rows, groups, depth / groups});
    return reshape(wide, {rows, depth});
  }

  Value operand(Value value, Value scale, ScaledFormat format, int32_t dim,
                Type element) {
    Value made = numbers(value, format, dim);
    if (scale) {
      int64_t depth = cast<RankedTensorType>(made.getType()).getDimSize(dim);
      Value factor = factors(scale, depth);
      if (dim == 0)
        factor =
            tt::TransOp::create(builder, loc, factor, ArrayRef<int32_t>{1, 0});
      made = arith::MulFOp::create(builder, loc, made, factor);
    }
    if (element.isF32())
      return made;
    return arith::TruncFOp::create(builder, loc, withElement(made, element),
                                   made);
  }
};

struct DotScaledLowering : OpRewritePattern<DotScaledOp> {
  DotScaledLowering(MLIRContext *context, StringRef target)
      : OpRewritePattern(context), target(target) {}

  LogicalResult matchAndRewrite(DotScaledOp op,
                                PatternRewriter &rewriter) const override {
    ScaledFormat lhs = op.getLhsFormat(), rhs = op.getRhsFormat();
    Value acc = op.getAcc();
    auto type = cast<RankedTensorType>(op.getType());
    Dequantizer numbers{rewriter, op.getLoc()};
    if (!acc)
      acc = numbers.constant(type, 0);
    if (isNative(target, lhs, rhs)) {
      auto format = [&](ScaledFormat format) {
        return tt::ScaleDotElemTypeAttr::get(op.getContext(), toTriton(format));
      };
      rewriter.replaceOpWithNewOp<tt::DotScaledOp>(
          op, type, op.getLhs(), op.getRhs(), acc, op.getLhsScale(),
          op.getRhsScale(), format(lhs), format(rhs),
          /*fastMath=*/rewriter.getBoolAttr(false));
      return success();
    }
    bool isWide = lhs == ScaledFormat::FP16 || rhs == ScaledFormat::FP16;
    Type element =
        isWide ? Type(rewriter.getF32Type()) : rewriter.getBF16Type();
    Value left =
        numbers.operand(op.getLhs(), op.getLhsScale(), lhs, 1, element);
    Value right =
        numbers.operand(op.getRhs(), op.getRhsScale(), rhs, 0, element);
    // AMD's units have no tf32 of their own; there f32 is multiplied as it is.
    bool hasTF32 = StringRef(target).starts_with("cuda");
    rewriter.replaceOpWithNewOp<tt::DotOp>(op, left, right, acc,
                                           isWide && hasTF32
                                               ? tt::InputPrecision::TF32
                                               : tt::InputPrecision::IEEE);
    return success();
  }

  std::string target;
};
} // namespace

void mlir::helion::populateScaledDotPatterns(RewritePatternSet &patterns,
                                             const TritonTarget &target) {
  patterns.add<DotScaledLowering>(patterns.getContext(), target.name);
}
