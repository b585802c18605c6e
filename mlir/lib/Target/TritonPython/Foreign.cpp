//===- Foreign.cpp - Library functions, assembly, matrix products -*- C++
//-*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

/// Functions of `triton.language.extra.libdevice` that map to one symbol per
/// float type, on both backends: the name alone brings the symbol back.
static bool isLibdeviceName(StringRef name) {
  static const llvm::StringSet<> names = {"acos",
                                          "acosh",
                                          "asin",
                                          "asinh",
                                          "atan",
                                          "atan2",
                                          "atanh",
                                          "cbrt",
                                          "copysign",
                                          "cosh",
                                          "cyl_bessel_i0",
                                          "cyl_bessel_i1",
                                          "erfc",
                                          "erfcx",
                                          "erfinv",
                                          "exp10",
                                          "expm1",
                                          "fdim",
                                          "fmod",
                                          "hypot",
                                          "j0",
                                          "j1",
                                          "lgamma",
                                          "log10",
                                          "log1p",
                                          "nearbyint",
                                          "nextafter",
                                          "normcdfinv",
                                          "pow",
                                          "remainder",
                                          "rint",
                                          "round",
                                          "sinh",
                                          "tan",
                                          "tanh",
                                          "tgamma",
                                          "trunc",
                                          "y0",
                                          "y1"};
  return names.contains(name);
}

/// The libdevice function behind a symbol such as `__nv_tanhf`, empty when
/// there is none with that very symbol.
static StringRef libdeviceFunction(StringRef symbol, Type type) {
  bool isSingle = type.isF32();
  if (!isSingle && !type.isF64())
    return {};
  if (symbol.consume_front("__nv_")) {
    if (isSingle && !symbol.consume_back("f"))
      return {};
  } else if (symbol.consume_front("__ocml_")) {
    if (!symbol.consume_back(isSingle ? "_f32" : "_f64"))
      return {};
    // AMD's module has only some of them.
    static const llvm::StringSet<> amd = {
        "acos",      "acosh", "asin",   "asinh", "atan",  "atan2",
        "atanh",     "cosh",  "erfinv", "expm1", "log10", "log1p",
        "nearbyint", "pow",   "sinh",   "tan",   "tanh",  "trunc"};
    if (!amd.contains(symbol))
      return {};
  } else {
    return {};
  }
  return isLibdeviceName(symbol) ? symbol : StringRef();
}

Expr Emitter::foreign(tt::ExternElementwiseOp op) {
  Type result = getElementTypeOrSelf(op.getType());
  bool sameTypes = llvm::all_of(op.getSrcs(), [&](Value source) {
    return getElementTypeOrSelf(source.getType()) == result;
  });
  StringRef known = sameTypes && op.getPure()
                        ? libdeviceFunction(op.getSymbol(), result)
                        : StringRef();
  if (!known.empty()) {
    module.usesLibdevice = true;
    return call(op, ("libdevice." + known).str());
  }
  // A function of our own that names the symbol.
  std::string parameters, types;
  for (auto [index, source] : llvm::enumerate(op.getSrcs())) {
    std::string comma = index ? ", " : "";
    parameters += comma + "x" + std::to_string(index);
    types += dtypeText(source.getType()) + ", ";
  }
  std::string body = llvm::formatv(
      "    return tl.core.extern_elementwise(\n"
      "        {0}, {1}, [{2}], {{({3}): ({4}, {5})},\n"
      "        is_pure={6}, _semantic=_semantic)\n",
      stringText(op.getLibname()), stringText(op.getLibpath()), parameters,
      StringRef(types).rtrim(' '), stringText(op.getSymbol()),
      dtypeText(result), op.getPure() ? "True" : "False");
  std::string name = module.addHelper(
      asIdentifier("_extern_" + op.getSymbol().ltrim('_').str()),
      "@tl.core.extern\ndef {0}(" + parameters + ", _semantic=None):\n" + body);
  return call(op, name);
}

Expr Emitter::assembly(tt::ElementwiseInlineAsmOp op) {
  std::string types;
  for (Type type : op.getResultTypes())
    types += (types.empty() ? "" : ", ") + dtypeText(type);
  if (op.getNumResults() > 1)
    types = "(" + types + ")";
  return {llvm::formatv(
      "tl.inline_asm_elementwise({0}, {1}, {2}, dtype={3}, is_pure={4}, "
      "pack={5})",
      stringText(op.getAsmString()), stringText(op.getConstraints()),
      list(op.getArgs()), types, op.getPure() ? "True" : "False",
      op.getPackedElement())};
}

/// True for an accumulator that Triton starts from by itself.
static bool isZero(Value value) {
  TypedAttr constant = scalarConstant(value);
  std::optional<Expr> number = constant ? literal(constant) : std::nullopt;
  return number && (number->text == "0" || number->text == "0.0");
}

Expr Emitter::contraction(Operation *op) {
  if (auto dot = dyn_cast<tt::DotOp>(op)) {
    std::string call = "tl.dot(" + text(dot.getA()) + ", " + text(dot.getB());
    if (!isZero(dot.getC()))
      call += ", " + text(dot.getC());
    call += llvm::formatv(", input_precision=\"{0}\"",
                          tt::stringifyInputPrecision(dot.getInputPrecision()));
    Type operand = getElementTypeOrSelf(dot.getA().getType());
    // Triton refuses a bound beyond K; what lies beyond is its own default.
    int64_t depth =
        cast<RankedTensorType>(dot.getA().getType()).getShape().back();
    bool isFp8 =
        operand.getIntOrFloatBitWidth() == 8 && isa<FloatType>(operand);
    if (isFp8 && static_cast<int64_t>(dot.getMaxNumImpreciseAcc()) <= depth)
      call += ", max_num_imprecise_acc=" +
              std::to_string(dot.getMaxNumImpreciseAcc());
    Type result = getElementTypeOrSelf(dot.getType());
    if (!result.isF32())
      call += ", out_dtype=" + dtypeText(result);
    return {call + ")"};
  }
  auto dot = cast<tt::DotScaledOp>(op);
  // Exponents and pairs of fp4 are unsigned bytes to Triton.
  auto bytes = [&](Value v) {
    return asUnsigned(value(v), /*isScalar=*/false,
                      getElementTypeOrSelf(v.getType()))
        .text;
  };
  auto scale = [&](Value v) { return v ? bytes(v) : std::string("None"); };
  auto operand = [&](Value v, tt::ScaleDotElemType format) {
    return format == tt::ScaleDotElemType::E2M1 ? bytes(v) : text(v);
  };
  std::string call = llvm::formatv(
      "tl.dot_scaled({0}, {1}, \"{2}\", {3}, {4}, \"{5}\"",
      operand(dot.getA(), dot.getAElemType()), scale(dot.getAScale()),
      tt::stringifyScaleDotElemType(dot.getAElemType()),
      operand(dot.getB(), dot.getBElemType()), scale(dot.getBScale()),
      tt::stringifyScaleDotElemType(dot.getBElemType()));
  if (!isZero(dot.getC()))
    call += ", acc=" + text(dot.getC());
  if (dot.getFastMath())
    call += ", fast_math=True";
  if (!dot.getLhsKPack())
    call += ", lhs_k_pack=False";
  if (!dot.getRhsKPack())
    call += ", rhs_k_pack=False";
  return {call + ")"};
}
