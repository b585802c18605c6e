//===- Expressions.cpp - Operations as Python expressions -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Integers of the IR have no sign, those of Triton's language do: every value
// is kept signed, and an unsigned operation casts its operands and its result.
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

#include "helion/Triton/IR/GPU.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

static bool isScalarType(Type type) { return !isa<RankedTensorType>(type); }

Expr Emitter::unsupported(Operation *op, StringRef why) {
  op->emitOpError("has no spelling in Triton's language") << why;
  module.failed = true;
  return {"..."};
}

Value Emitter::peel(Value value) {
  while (Operation *def = value.getDefiningOp()) {
    bool isShape = isa<tt::SplatOp, tt::BroadcastOp>(def);
    bool isIdentity =
        isa<arith::BitcastOp, tt::BitcastOp>(def) && Plan::isFree(def);
    if (!isShape && !isIdentity)
      break;
    value = def->getOperand(0);
  }
  return value;
}

Expr Emitter::value(Value value) {
  if (StringRef name = plan.name(value); !name.empty())
    return {name.str()};
  Operation *def = value.getDefiningOp();
  if (TypedAttr constant = scalarConstant(value)) {
    if (isScalarType(value.getType()))
      return typedConstant(constant);
    std::optional<Expr> number = literal(constant);
    bool isZero = number && (number->text == "0.0" || number->text == "0");
    if (isZero)
      return {llvm::formatv("tl.zeros({0}, {1})", shapeText(value.getType()),
                            dtypeText(value.getType()))};
    return {llvm::formatv("tl.full({0}, {1}, {2})", shapeText(value.getType()),
                          number ? number->text : typedConstant(constant).text,
                          dtypeText(value.getType()))};
  }
  if (auto splat = dyn_cast<tt::SplatOp>(def)) {
    bool isPointer = isa<tt::PointerType>(splat.getSrc().getType());
    // `tl.full` takes Python numbers too, which an induction variable is in
    // the interpreter.
    if (!isPointer)
      return {llvm::formatv("tl.full({0}, {1}, {2})",
                            shapeText(splat.getType()), text(splat.getSrc()),
                            dtypeText(splat.getType()))};
    return {llvm::formatv("tl.broadcast_to({0}, {1})", text(splat.getSrc()),
                          shapeText(splat.getType()))};
  }
  if (auto broadcast = dyn_cast<tt::BroadcastOp>(def))
    return {llvm::formatv("tl.broadcast_to({0}, {1})", text(broadcast.getSrc()),
                          shapeText(broadcast.getType()))};
  if (isa<arith::ConstantOp>(def))
    return unsupported(def, ": its elements differ");
  return expression(def);
}

SmallVector<Expr> Emitter::elementwise(ValueRange operands, Type result,
                                       Literals literals, bool isUnsigned) {
  // Peel until what Triton would broadcast to is no longer the result.
  SmallVector<Value> leaves;
  for (Value operand : operands)
    leaves.push_back(peel(operand));
  auto shapeOfLeaves = [&]() -> std::optional<SmallVector<int64_t>> {
    SmallVector<int64_t> shape;
    for (Value leaf : leaves) {
      auto tensor = dyn_cast<RankedTensorType>(leaf.getType());
      if (!tensor || scalarConstant(leaf))
        continue;
      if (shape.empty())
        shape.assign(tensor.getRank(), 1);
      if (static_cast<int64_t>(shape.size()) != tensor.getRank())
        return std::nullopt;
      for (auto [extent, other] : llvm::zip_equal(shape, tensor.getShape()))
        extent = std::max(extent, other);
    }
    return shape;
  };
  SmallVector<int64_t> wanted;
  if (auto tensor = dyn_cast<RankedTensorType>(result))
    wanted.assign(tensor.getShape().begin(), tensor.getShape().end());
  // Putting one operand back to its full shape is always enough.
  int full = -1;
  if (shapeOfLeaves() != wanted) {
    full = 0;
    for (auto [index, operand] : llvm::enumerate(operands))
      if (!scalarConstant(operand)) {
        full = index;
        break;
      }
    leaves.assign(operands.begin(), operands.end());
    for (auto [index, leaf] : llvm::enumerate(leaves))
      if (static_cast<int>(index) != full)
        leaf = peel(leaf);
  }

  bool allConstant = llvm::all_of(leaves, [](Value leaf) {
    return static_cast<bool>(scalarConstant(leaf));
  });
  SmallVector<Expr> texts;
  for (auto [index, leaf] : llvm::enumerate(leaves)) {
    TypedAttr constant = scalarConstant(leaf);
    Type element = getElementTypeOrSelf(leaf.getType());
    bool isScalar = isScalarType(leaf.getType());
    if (constant && static_cast<int>(index) != full) {
      std::optional<Expr> number = literal(constant);
      unsigned width = element.getIntOrFloatBitWidth();
      if (isUnsigned && isa<IntegerAttr>(constant) && width > 1) {
        // Triton reads a literal above the signed range as unsigned.
        std::string digits = llvm::toString(
            cast<IntegerAttr>(constant).getValue(), 10, /*Signed=*/false);
        texts.push_back(allConstant || width < 32
                            ? asUnsigned(typedConstant(constant),
                                         /*isScalar=*/true, element)
                            : Expr{digits});
        continue;
      }
      // Python would compute a result of literals itself, in double.
      bool isComputed = literals == Literals::Weak && allConstant && index == 0;
      if (number && isComputed)
        texts.push_back(
            {"tl.full([], " + number->text + ", " + dtypeText(element) + ")"});
      else if (number && !allConstant &&
               (literals == Literals::Weak || element.isInteger(64)))
        texts.push_back(*number);
      else
        texts.push_back(typedConstant(constant));
      continue;
    }
    Expr expr = value(leaf);
    texts.push_back(isUnsigned ? asUnsigned(expr, isScalar, element) : expr);
  }
  return texts;
}

std::string Emitter::adapted(Value v) {
  Value leaf = peel(v);
  auto whole = dyn_cast<RankedTensorType>(v.getType());
  auto part = dyn_cast<RankedTensorType>(leaf.getType());
  if (TypedAttr constant = scalarConstant(leaf)) {
    std::optional<Expr> number = literal(constant);
    // A literal comes as f32, from where a double would not come back.
    return number && !constant.getType().isF64() ? number->text
                                                 : typedConstant(constant).text;
  }
  bool sameRank = !part || (whole && whole.getRank() == part.getRank());
  return text(sameRank ? leaf : v);
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

Expr Emitter::castTo(Expr expr, bool isScalar, Type element, bool bitcast) {
  std::string tail = dtypeText(element) + (bitcast ? ", bitcast=True)" : ")");
  // A scalar may be a Python number in the interpreter: it has no `.to`.
  if (isScalar)
    return {"tl.cast(" + expr.text + ", " + tail};
  return {expr.wrapped(Primary) + ".to(" + tail};
}

Expr Emitter::asUnsigned(Expr expr, bool isScalar, Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  if (!integer || integer.getWidth() == 1)
    return expr;
  auto unsignedType = IntegerType::get(element.getContext(), integer.getWidth(),
                                       IntegerType::Unsigned);
  return castTo(expr, isScalar, unsignedType, /*bitcast=*/true);
}

Expr Emitter::conversion(Operation *op) {
  Value source = op->getOperand(0);
  Type from = getElementTypeOrSelf(source.getType());
  Type to = getElementTypeOrSelf(op->getResult(0).getType());
  bool isScalar = isScalarType(source.getType());
  auto plain = [&](Expr expr, Type type) {
    return castTo(expr, isScalar, type, false);
  };
  if (isa<arith::ExtFOp, arith::TruncFOp, arith::SIToFPOp, arith::FPToSIOp>(
          op) &&
      !from.isInteger(1))
    return plain(value(source), to);
  if (isa<arith::ExtSIOp>(op) && !from.isInteger(1))
    return plain(value(source), to);
  if (isa<arith::ExtUIOp, arith::UIToFPOp>(op))
    return plain(asUnsigned(value(source), isScalar, from), to);
  if (isa<arith::TruncIOp>(op)) {
    // Triton's cast to a boolean asks for "not zero", not for the lowest bit.
    if (to.isInteger(1))
      return {"(" + value(source).wrapped(BitAnd) + " & 1) != 0", Compare};
    return plain(value(source), to);
  }
  if (isa<arith::FPToUIOp>(op)) {
    auto unsignedType = IntegerType::get(
        to.getContext(), to.getIntOrFloatBitWidth(), IntegerType::Unsigned);
    return castTo(plain(value(source), unsignedType), isScalar, to,
                  /*bitcast=*/true);
  }
  if (isa<arith::ExtSIOp, arith::SIToFPOp>(op))
    return plain({"tl.where(" + text(source) + ", -1, 0)"}, to);
  if (isa<arith::BitcastOp, tt::BitcastOp>(op) && from == to)
    return value(source);
  if (isa<arith::BitcastOp, tt::BitcastOp>(op))
    return castTo(value(source), isScalar, to, /*bitcast=*/true);
  if (isa<tt::IntToPtrOp, tt::PtrToIntOp>(op))
    return plain(value(source), to);
  if (auto convert = dyn_cast<tt::FpToFpOp>(op)) {
    std::string rounding = convert.getRounding() == tt::RoundingMode::RTZ
                               ? ", fp_downcast_rounding=\"rtz\")"
                               : ")";
    Expr expr = plain(value(source), to);
    expr.text.pop_back();
    expr.text += rounding;
    return expr;
  }
  return unsupported(op);
}

//===----------------------------------------------------------------------===//
// Arithmetic
//===----------------------------------------------------------------------===//

Expr Emitter::binary(Operation *op, StringRef symbol, Precedence precedence,
                     bool isUnsigned) {
  Type type = op->getResult(0).getType();
  SmallVector<Expr> sides =
      elementwise(op->getOperands(), type, Literals::Weak, isUnsigned);
  auto tighter = static_cast<Precedence>(precedence + 1);
  Expr result{sides[0].wrapped(precedence) + " " + symbol.str() + " " +
                  sides[1].wrapped(tighter),
              precedence};
  Type element = getElementTypeOrSelf(type);
  if (isUnsigned)
    return castTo(result, isScalarType(type), element, /*bitcast=*/true);
  // Triton divides halves as floats.
  bool isHalf = element.isF16() || element.isBF16();
  if (isHalf && isa<arith::DivFOp, arith::RemFOp>(op))
    return castTo(result, isScalarType(type), element, /*bitcast=*/false);
  return result;
}

Expr Emitter::call(Operation *op, StringRef function, StringRef extra,
                   bool isUnsigned) {
  Type type = op->getResult(0).getType();
  SmallVector<Expr> arguments =
      elementwise(op->getOperands(), type, Literals::Typed, isUnsigned);
  std::string text = function.str() + "(";
  llvm::interleave(
      arguments, [&](const Expr &argument) { text += argument.text; },
      [&] { text += ", "; });
  Expr result{text + extra.str() + ")"};
  if (isUnsigned)
    return castTo(result, isScalarType(type), getElementTypeOrSelf(type),
                  /*bitcast=*/true);
  // Triton takes the larger of two bf16 as floats.
  bool isWidened = function == "tl.maximum" || function == "tl.minimum" ||
                   function == "tl.clamp";
  if (isWidened && getElementTypeOrSelf(type).isBF16())
    return castTo(result, isScalarType(type), getElementTypeOrSelf(type),
                  /*bitcast=*/false);
  return result;
}

Expr Emitter::comparison(Operation *op) {
  StringRef symbol;
  bool isUnsigned = false, isNegated = false;
  if (auto compare = dyn_cast<arith::CmpIOp>(op)) {
    using P = arith::CmpIPredicate;
    P predicate = compare.getPredicate();
    isUnsigned = predicate == P::ult || predicate == P::ule ||
                 predicate == P::ugt || predicate == P::uge;
    switch (predicate) {
    case P::eq:
      symbol = "==";
      break;
    case P::ne:
      symbol = "!=";
      break;
    case P::slt:
    case P::ult:
      symbol = "<";
      break;
    case P::sle:
    case P::ule:
      symbol = "<=";
      break;
    case P::sgt:
    case P::ugt:
      symbol = ">";
      break;
    case P::sge:
    case P::uge:
      symbol = ">=";
      break;
    }
  } else {
    // An unordered comparison is the opposite of the opposite ordered one.
    using P = arith::CmpFPredicate;
    switch (cast<arith::CmpFOp>(op).getPredicate()) {
    case P::OEQ:
      symbol = "==";
      break;
    case P::UNE:
      symbol = "!=";
      break;
    case P::OLT:
      symbol = "<";
      break;
    case P::OLE:
      symbol = "<=";
      break;
    case P::OGT:
      symbol = ">";
      break;
    case P::OGE:
      symbol = ">=";
      break;
    case P::ULT:
      symbol = ">=";
      isNegated = true;
      break;
    case P::ULE:
      symbol = ">";
      isNegated = true;
      break;
    case P::UGT:
      symbol = "<=";
      isNegated = true;
      break;
    case P::UGE:
      symbol = "<";
      isNegated = true;
      break;
    default:
      break;
    }
  }
  Type operandType = op->getOperand(0).getType();
  SmallVector<Expr> sides =
      elementwise(op->getOperands(), operandType, Literals::Typed, isUnsigned);
  auto compare = [&](const Expr &left, StringRef with, const Expr &right) {
    return Expr{left.wrapped(BitOr) + " " + with.str() + " " +
                    right.wrapped(BitOr),
                Compare};
  };
  if (isNegated)
    return {"~" + compare(sides[0], symbol, sides[1]).wrapped(Unary), Unary};
  if (!symbol.empty())
    return compare(sides[0], symbol, sides[1]);
  using P = arith::CmpFPredicate;
  P predicate = cast<arith::CmpFOp>(op).getPredicate();
  Expr differs{"(" + compare(sides[0], "<", sides[1]).text + ") | (" +
                   compare(sides[0], ">", sides[1]).text + ")",
               BitOr};
  auto isNumber = [&](StringRef with, StringRef join) {
    Expr left = compare(sides[0], with, sides[0]);
    if (op->getOperand(0) == op->getOperand(1))
      return left;
    return Expr{"(" + left.text + ") " + join.str() + " (" +
                    compare(sides[1], with, sides[1]).text + ")",
                join == "|" ? BitOr : BitAnd};
  };
  if (predicate == P::ONE)
    return differs;
  if (predicate == P::UEQ)
    return {"~" + differs.wrapped(Unary), Unary};
  if (predicate == P::UNO)
    return isNumber("!=", "|");
  if (predicate == P::ORD)
    return isNumber("==", "&");
  return unsupported(op);
}

Expr Emitter::select(arith::SelectOp op) {
  SmallVector<Expr> parts =
      elementwise(op.getOperands(), op.getType(), Literals::Typed);
  // `tl.where` takes the type of a lone literal from the other value.
  for (unsigned index : {1u, 2u}) {
    TypedAttr constant = scalarConstant(peel(op.getOperand(index)));
    bool otherIsConstant =
        static_cast<bool>(scalarConstant(peel(op.getOperand(3 - index))));
    bool isFull = StringRef(parts[index].text).starts_with("tl.full([]");
    if (constant && isFull && !otherIsConstant)
      parts[index] = *literal(constant);
    // Two literals would be of Triton's default type for them.
    if (constant && !isFull && otherIsConstant)
      parts[index] = typedConstant(constant);
  }
  return {"tl.where(" + parts[0].text + ", " + parts[1].text + ", " +
          parts[2].text + ")"};
}

Expr Emitter::arithmetic(Operation *op) {
  constexpr StringLiteral kNan = ", propagate_nan=tl.PropagateNan.ALL";
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case<arith::AddIOp, arith::AddFOp, tt::AddPtrOp>(
          [&](auto) { return binary(op, "+", Sum); })
      .Case<arith::SubIOp, arith::SubFOp>(
          [&](auto) { return binary(op, "-", Sum); })
      .Case<arith::MulIOp, arith::MulFOp>(
          [&](auto) { return binary(op, "*", Product); })
      .Case<arith::DivFOp>([&](auto) { return binary(op, "/", Product); })
      .Case<arith::RemFOp, arith::RemSIOp>(
          [&](auto) { return binary(op, "%", Product); })
      .Case<arith::DivSIOp>([&](auto) { return binary(op, "//", Product); })
      .Case<arith::DivUIOp>(
          [&](auto) { return binary(op, "//", Product, true); })
      .Case<arith::RemUIOp>(
          [&](auto) { return binary(op, "%", Product, true); })
      .Case<arith::ShLIOp>([&](auto) { return binary(op, "<<", Shift); })
      .Case<arith::ShRSIOp>([&](auto) { return binary(op, ">>", Shift); })
      .Case<arith::ShRUIOp>([&](auto) { return binary(op, ">>", Shift, true); })
      .Case<arith::AndIOp>([&](auto) { return binary(op, "&", BitAnd); })
      .Case<arith::OrIOp>([&](auto) { return binary(op, "|", BitOr); })
      .Case<arith::XOrIOp>([&](arith::XOrIOp xori) {
        TypedAttr mask = scalarConstant(peel(xori.getRhs()));
        // A scalar may be a Python boolean in the interpreter: ~True is -2.
        bool isNot = mask && cast<IntegerAttr>(mask).getValue().isAllOnes() &&
                     !isScalarType(xori.getType());
        if (isNot)
          return Expr{"~" + value(xori.getLhs()).wrapped(Unary), Unary};
        return binary(op, "^", BitXor);
      })
      .Case<arith::NegFOp>([&](arith::NegFOp neg) {
        // Unary minus of Triton is 0 - x, which loses the sign of zero.
        return Expr{value(neg.getOperand()).wrapped(Product) + " * -1.0",
                    Product};
      })
      .Case<arith::MaximumFOp>(
          [&](auto) { return call(op, "tl.maximum", kNan); })
      .Case<arith::MinimumFOp>(
          [&](auto) { return call(op, "tl.minimum", kNan); })
      .Case<arith::MaxNumFOp, arith::MaxSIOp>(
          [&](auto) { return call(op, "tl.maximum"); })
      .Case<arith::MinNumFOp, arith::MinSIOp>(
          [&](auto) { return call(op, "tl.minimum"); })
      .Case<arith::MaxUIOp>(
          [&](auto) { return call(op, "tl.maximum", "", true); })
      .Case<arith::MinUIOp>(
          [&](auto) { return call(op, "tl.minimum", "", true); })
      .Case<arith::CmpIOp, arith::CmpFOp>([&](auto) { return comparison(op); })
      .Case<arith::SelectOp>(
          [&](arith::SelectOp select) { return this->select(select); })
      .Case<tt::ClampFOp>([&](tt::ClampFOp clamp) {
        return call(op, "tl.clamp",
                    clamp.getPropagateNan() == tt::PropagateNan::ALL ? kNan
                                                                     : "");
      })
      .Case<tt::PreciseSqrtOp>([&](auto) { return call(op, "tl.sqrt_rn"); })
      .Case<tt::PreciseDivFOp>([&](auto) { return call(op, "tl.div_rn"); })
      .Case<tt::MulhiUIOp>(
          [&](auto) { return call(op, "tl.umulhi", "", true); })
      .Default([&](Operation *) { return conversion(op); });
}

Expr Emitter::mathematics(Operation *op) {
  StringRef function =
      llvm::TypeSwitch<Operation *, StringRef>(op)
          .Case<math::ExpOp>([](auto) { return "tl.exp"; })
          .Case<math::Exp2Op>([](auto) { return "tl.exp2"; })
          .Case<math::LogOp>([](auto) { return "tl.log"; })
          .Case<math::Log2Op>([](auto) { return "tl.log2"; })
          .Case<math::SqrtOp>([](auto) { return "tl.sqrt"; })
          .Case<math::RsqrtOp>([](auto) { return "tl.rsqrt"; })
          .Case<math::SinOp>([](auto) { return "tl.sin"; })
          .Case<math::CosOp>([](auto) { return "tl.cos"; })
          .Case<math::ErfOp>([](auto) { return "tl.erf"; })
          .Case<math::FloorOp>([](auto) { return "tl.floor"; })
          .Case<math::CeilOp>([](auto) { return "tl.ceil"; })
          .Case<math::FmaOp>([](auto) { return "tl.fma"; })
          .Case<math::AbsFOp, math::AbsIOp>([](auto) { return "tl.abs"; })
          .Default(StringRef());
  if (function.empty())
    return unsupported(op);
  Type type = op->getResult(0).getType();
  Type element = getElementTypeOrSelf(type);
  bool isHalf = element.isF16() || element.isBF16();
  if (!isHalf || isa<math::AbsFOp, math::FmaOp>(op))
    return call(op, function);
  // Triton's functions take float and double alone.
  Type single = Float32Type::get(op->getContext());
  bool isScalar = isScalarType(type);
  Expr wide =
      castTo(value(op->getOperand(0)), isScalar, single, /*bitcast=*/false);
  return castTo({function.str() + "(" + wide.text + ")"}, isScalar, element,
                /*bitcast=*/false);
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

Expr Emitter::newAxes(tt::ExpandDimsOp op) {
  SmallVector<int64_t> axes;
  Value source = op;
  while (auto expand = source.getDefiningOp<tt::ExpandDimsOp>()) {
    axes.push_back(expand.getAxis());
    source = expand.getSrc();
  }
  SmallVector<StringRef> slots(
      cast<RankedTensorType>(source.getType()).getRank(), ":");
  for (int64_t axis : llvm::reverse(axes))
    slots.insert(slots.begin() + axis, "None");
  return {value(source).wrapped(Primary) + "[" + llvm::join(slots, ", ") + "]"};
}

Expr Emitter::shapes(Operation *op) {
  auto onSource = [&](StringRef function, const std::string &rest) {
    return Expr{function.str() + "(" + text(op->getOperand(0)) + rest + ")"};
  };
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case<tt::GetProgramIdOp>([&](tt::GetProgramIdOp id) {
        return Expr{llvm::formatv("tl.program_id({0})",
                                  static_cast<int>(id.getAxis()))};
      })
      .Case<tt::GetNumProgramsOp>([&](tt::GetNumProgramsOp count) {
        return Expr{llvm::formatv("tl.num_programs({0})",
                                  static_cast<int>(count.getAxis()))};
      })
      .Case<tt::MakeRangeOp>([&](tt::MakeRangeOp range) {
        return Expr{llvm::formatv("tl.arange({0}, {1})", range.getStart(),
                                  range.getEnd())};
      })
      .Case<tt::ExpandDimsOp>(
          [&](tt::ExpandDimsOp expand) { return newAxes(expand); })
      .Case<tt::ReshapeOp>([&](tt::ReshapeOp reshape) {
        return onSource(
            "tl.reshape",
            ", " + shapeText(reshape.getType()) +
                (reshape.getAllowReorder() ? ", can_reorder=True" : ""));
      })
      .Case<tt::UnsplatOp>([&](auto) { return onSource("tl.reshape", ", []"); })
      .Case<tt::TransOp>([&](tt::TransOp trans) {
        if (trans.getOrder() == ArrayRef<int32_t>{1, 0})
          return onSource("tl.trans", "");
        std::string order;
        llvm::interleave(
            trans.getOrder(),
            [&](int32_t axis) { order += std::to_string(axis); },
            [&] { order += ", "; });
        return onSource("tl.permute", ", [" + order + "]");
      })
      .Case<tt::JoinOp>([&](tt::JoinOp join) {
        return onSource("tl.join", ", " + text(join.getRhs()));
      })
      .Case<tt::SplitOp>([&](auto) { return onSource("tl.split", ""); })
      .Case<tt::CatOp>([&](tt::CatOp cat) {
        return onSource("tl.cat",
                        ", " + text(cat.getRhs()) + ", can_reorder=True");
      })
      .Case<tt::GatherOp>([&](tt::GatherOp gather) {
        return onSource("tl.gather", ", " + text(gather.getIndices()) + ", " +
                                         std::to_string(gather.getAxis()));
      })
      .Case<tt::HistogramOp>([&](tt::HistogramOp histogram) {
        int64_t bins =
            cast<RankedTensorType>(histogram.getType()).getDimSize(0);
        std::string mask =
            histogram.getMask() ? ", mask=" + text(histogram.getMask()) : "";
        return onSource("tl.histogram", ", " + std::to_string(bins) + mask);
      })
      .Default([&](Operation *) { return unsupported(op); });
}

/// Value hints that Triton's axis analysis takes from the program.
Expr Emitter::withHints(Operation *op, Expr expr) {
  for (auto [attribute, function] :
       {std::pair{"tt.divisibility", "tl.multiple_of"},
        {"tt.contiguity", "tl.max_contiguous"},
        {"tt.constancy", "tl.max_constancy"}}) {
    auto numbers = op->getAttrOfType<DenseIntElementsAttr>(attribute);
    if (!numbers)
      continue;
    std::string list;
    for (const APInt &number : numbers.getValues<APInt>())
      list +=
          (list.empty() ? "" : ", ") + std::to_string(number.getSExtValue());
    expr = {std::string(function) + "(" + expr.text + ", [" + list + "])"};
  }
  return expr;
}

Expr Emitter::expression(Operation *op) {
  Expr expr =
      llvm::TypeSwitch<Operation *, Expr>(op)
          .Case<tt::LoadOp, tt::StoreOp, tt::AtomicRMWOp, tt::AtomicCASOp,
                tt::MakeTensorDescOp, tt::DescriptorLoadOp,
                tt::DescriptorStoreOp, tt::DescriptorReduceOp, tt::PrintOp,
                tt::AssertOp>([&](auto) { return memory(op); })
          .Case<tt::ReduceOp>(
              [&](tt::ReduceOp reduce) { return this->reduce(reduce); })
          .Case<tt::ScanOp>([&](tt::ScanOp scan) { return this->scan(scan); })
          .Case<tt::DotOp, tt::DotScaledOp>(
              [&](auto) { return contraction(op); })
          .Case<tt::ExternElementwiseOp>(
              [&](tt::ExternElementwiseOp callee) { return foreign(callee); })
          .Case<tt::ElementwiseInlineAsmOp>(
              [&](tt::ElementwiseInlineAsmOp code) { return assembly(code); })
          .Case<gpu::BarrierOp>(
              [&](auto) { return Expr{"tl.debug_barrier()"}; })
          .Case<tt::CallOp>([&](tt::CallOp callOp) {
            auto callee = SymbolTable::lookupNearestSymbolFrom<tt::FuncOp>(
                op, callOp.getCalleeAttr());
            std::string arguments = list(callOp.getArgOperands());
            return Expr{module.functions[callee] + "(" +
                        arguments.substr(1, arguments.size() - 2) + ")"};
          })
          .Case<tt::AddPtrOp, tt::ClampFOp, tt::PreciseSqrtOp,
                tt::PreciseDivFOp, tt::MulhiUIOp, tt::BitcastOp, tt::FpToFpOp,
                tt::IntToPtrOp, tt::PtrToIntOp>(
              [&](auto) { return arithmetic(op); })
          .Default([&](Operation *) {
            if (isa<arith::ArithDialect>(op->getDialect()))
              return arithmetic(op);
            if (isa<math::MathDialect>(op->getDialect()))
              return mathematics(op);
            return shapes(op);
          });
  return withHints(op, expr);
}
