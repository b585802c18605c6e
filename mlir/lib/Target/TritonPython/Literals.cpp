//===- Literals.cpp - Types and constants in Triton Python -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/Format.h"

#include <cstdlib>

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

std::string python::dtypeText(Type type) {
  return llvm::TypeSwitch<Type, std::string>(getElementTypeOrSelf(type))
      .Case<IntegerType>([](IntegerType t) {
        return (t.isUnsigned() ? "tl.uint" : "tl.int") +
               std::to_string(t.getWidth());
      })
      .Case<Float64Type>([](Type) { return "tl.float64"; })
      .Case<Float32Type>([](Type) { return "tl.float32"; })
      .Case<Float16Type>([](Type) { return "tl.float16"; })
      .Case<BFloat16Type>([](Type) { return "tl.bfloat16"; })
      .Case<Float8E5M2Type>([](Type) { return "tl.float8e5"; })
      .Case<Float8E4M3FNType>([](Type) { return "tl.float8e4nv"; })
      .Case<Float8E4M3FNUZType>([](Type) { return "tl.float8e4b8"; })
      .Case<Float8E5M2FNUZType>([](Type) { return "tl.float8e5b16"; })
      .Case<tt::PointerType>([](tt::PointerType t) {
        return "tl.pointer_type(" + dtypeText(t.getPointeeType()) + ")";
      })
      .Default(std::string());
}

std::string python::shapeText(Type type) {
  std::string text = "[";
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    llvm::interleave(
        tensor.getShape(),
        [&](int64_t extent) { text += std::to_string(extent); },
        [&] { text += ", "; });
  return text + "]";
}

std::string python::stringText(StringRef text) {
  std::string result = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      result += '\\';
    if (c == '\n')
      result += "\\n";
    else if (c == '\t')
      result += "\\t";
    else if (c == '\r')
      result += "\\r";
    else
      result += c;
  }
  return result + "\"";
}

TypedAttr python::scalarConstant(Value value) {
  auto constant = value.getDefiningOp<arith::ConstantOp>();
  if (!constant)
    return {};
  if (auto splat = dyn_cast<SplatElementsAttr>(constant.getValue()))
    return dyn_cast<TypedAttr>(splat.getSplatValue<Attribute>());
  if (isa<IntegerAttr, FloatAttr>(constant.getValue()))
    return constant.getValue();
  return {};
}

/// The shortest decimal that reads back as `number`, first to `float` where it
/// is one and through `double`, the way Python reads it.
static std::string shortestDecimal(double number, bool isSingle) {
  std::string text;
  for (int digits = 1; digits <= 17; ++digits) {
    text.clear();
    llvm::raw_string_ostream(text) << llvm::format("%.*g", digits, number);
    double read = std::strtod(text.c_str(), nullptr);
    bool isExact = isSingle
                       ? static_cast<float>(read) == static_cast<float>(number)
                       : read == number;
    if (isExact)
      break;
  }
  bool isFloatText = StringRef(text).find_first_of(".en") != StringRef::npos;
  return isFloatText ? text : text + ".0";
}

std::optional<Expr> python::literal(TypedAttr constant) {
  if (auto integer = dyn_cast<IntegerAttr>(constant)) {
    if (integer.getType().isInteger(1))
      return Expr{integer.getValue().isZero() ? "False" : "True"};
    int64_t number = integer.getValue().getSExtValue();
    return Expr{std::to_string(number), number < 0 ? Unary : Primary};
  }
  APFloat value = cast<FloatAttr>(constant).getValue();
  if (value.isNaN())
    return Expr{"float(\"nan\")"};
  if (value.isInfinity())
    return Expr{value.isNegative() ? "float(\"-inf\")" : "float(\"inf\")"};
  if (value.isZero())
    return value.isNegative() ? std::nullopt : std::optional<Expr>(Expr{"0.0"});
  bool isDouble = constant.getType().isF64();
  bool losesInfo;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                &losesInfo);
  return Expr{shortestDecimal(value.convertToDouble(), !isDouble),
              value.isNegative() ? Unary : Primary};
}

Expr python::typedConstant(TypedAttr constant) {
  Type type = constant.getType();
  std::optional<Expr> number = literal(constant);
  if (!number) {
    // Triton makes +0.0 of a literal -0.0: give the sign bit instead.
    unsigned width = type.getIntOrFloatBitWidth();
    auto bits = IntegerType::get(type.getContext(), width);
    TypedAttr sign = IntegerAttr::get(bits, APInt::getSignMask(width));
    return {"tl.cast(" + typedConstant(sign).text + ", " + dtypeText(type) +
            ", bitcast=True)"};
  }
  // Triton itself reads a literal as one of these, small floats as f64.
  auto single = dyn_cast<FloatAttr>(constant);
  bool isNormal = type.isF32() && !single.getValue().isDenormal();
  if (isNormal || type.isInteger(32) || type.isInteger(1))
    return *number;
  return {"tl.full([], " + number->text + ", " + dtypeText(type) + ")"};
}
