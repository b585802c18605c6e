//===- AtomicPatterns.cpp - Atomic operations become Triton's -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The hardware has no maximum and minimum of floats. Their bits, read as
// integers, are ordered as the floats are where the sign is clear, the other way
// round where it is set: two operations, each on its part of the lanes, do it.
//
// Compare-and-swap has no mask. Lanes that must not take part swap 0 for 0 in the
// first element of the tensor, which changes nothing there.
//
//===----------------------------------------------------------------------===//

#include "PatternDetail.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::helion;

/// `type` with elements of type `element`.
static Type withElement(Type type, Type element) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor ? RankedTensorType::get(tensor.getShape(), element) : element;
}

/// An integer or float everywhere.
static Value createConstant(OpBuilder &builder, Location loc, Type type,
                            TypedAttr number) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    number = DenseElementsAttr::get(tensor, Attribute(number));
  return arith::ConstantOp::create(builder, loc, number);
}

static Value bitcast(OpBuilder &builder, Location loc, Value value,
                     Type element) {
  Type type = withElement(value.getType(), element);
  return value.getType() == type
             ? value
             : Value(tt::BitcastOp::create(builder, loc, type, value));
}

/// Pointers to integers as wide as what `pointers` point to.
static Value castPointers(OpBuilder &builder, Location loc, Value pointers,
                          Type element) {
  Type type = withElement(pointers.getType(), tt::PointerType::get(element));
  return pointers.getType() == type
             ? pointers
             : Value(tt::BitcastOp::create(builder, loc, type, pointers));
}

static tt::MemSemantic toTriton(MemSemantic semantic) {
  return static_cast<tt::MemSemantic>(static_cast<uint32_t>(semantic) + 1);
}

namespace {
struct AtomicRmwLowering : OpRewritePattern<AtomicRmwOp> {
  using OpRewritePattern::OpRewritePattern;

  static tt::RMWOp toTriton(AtomicKind kind, bool isFloat) {
    switch (kind) {
    case AtomicKind::Add:
      return isFloat ? tt::RMWOp::FADD : tt::RMWOp::ADD;
    case AtomicKind::And:
      return tt::RMWOp::AND;
    case AtomicKind::Or:
      return tt::RMWOp::OR;
    case AtomicKind::Xor:
      return tt::RMWOp::XOR;
    case AtomicKind::Max:
      return tt::RMWOp::MAX;
    case AtomicKind::Min:
      return tt::RMWOp::MIN;
    case AtomicKind::UMax:
      return tt::RMWOp::UMAX;
    case AtomicKind::UMin:
      return tt::RMWOp::UMIN;
    case AtomicKind::Xchg:
      return tt::RMWOp::XCHG;
    }
    llvm_unreachable("unknown atomic kind");
  }

  LogicalResult matchAndRewrite(AtomicRmwOp op,
                                PatternRewriter &rewriter) const override {
    if (op.getAccess() == AccessKind::Descriptor)
      return rewriter.notifyMatchFailure(op, "it goes through a descriptor");
    Type type = op.getValue().getType();
    bool isFloat = isa<FloatType>(getElementTypeOrSelf(type));
    FailureOr<Value> pointers = createPointers(Access::get(op, type), rewriter);
    if (failed(pointers))
      return failure();
    Value mask = createMask(rewriter, op.getLoc(), op.getMask(), type);
    bool isMax = op.getKind() == AtomicKind::Max;
    if (isFloat && (isMax || op.getKind() == AtomicKind::Min)) {
      rewriter.replaceOp(op,
                         createExtremum(op, *pointers, mask, isMax, rewriter));
      return success();
    }
    Location loc = op.getLoc();
    Value value = op.getValue(), places = *pointers;
    Type element = getElementTypeOrSelf(type);
    // An exchange moves bits; Triton's interpreter knows it for integers only.
    if (isFloat && op.getKind() == AtomicKind::Xchg) {
      Type bits = rewriter.getIntegerType(element.getIntOrFloatBitWidth());
      value = bitcast(rewriter, loc, value, bits);
      places = castPointers(rewriter, loc, places, bits);
    }
    Value old = tt::AtomicRMWOp::create(
        rewriter, loc, value.getType(), toTriton(op.getKind(), isFloat), places,
        value, mask, ::toTriton(op.getSemantic()), tt::MemSyncScope::GPU);
    rewriter.replaceOp(op, bitcast(rewriter, loc, old, element));
    return success();
  }

  /// The greater, or lesser, of floats in memory. A NaN stays there: it gets the
  /// sign with which its bits are beyond those of every number.
  static Value createExtremum(AtomicRmwOp op, Value pointers, Value mask,
                              bool isMax, OpBuilder &builder) {
    Location loc = op.getLoc();
    Type type = op.getType();
    auto element = cast<FloatType>(getElementTypeOrSelf(type));
    Type bits = builder.getIntegerType(element.getWidth());
    Value number = op.getValue();
    Value isNan = arith::CmpFOp::create(builder, loc, arith::CmpFPredicate::UNO,
                                        number, number);
    Value integer = bitcast(builder, loc, number, bits);
    APInt nan = APFloat::getQNaN(element.getFloatSemantics(),
                                 /*Negative=*/!isMax)
                    .bitcastToAPInt();
    integer = arith::SelectOp::create(
        builder, loc, isNan,
        createConstant(builder, loc, integer.getType(),
                       builder.getIntegerAttr(bits, nan)),
        integer);
    pointers = castPointers(builder, loc, pointers, bits);
    Value zero = createConstant(builder, loc, integer.getType(),
                                builder.getIntegerAttr(bits, 0));
    auto update = [&](arith::CmpIPredicate sign, tt::RMWOp kind) {
      Value lanes = arith::CmpIOp::create(builder, loc, sign, integer, zero);
      Value taken =
          mask ? Value(arith::AndIOp::create(builder, loc, mask, lanes))
               : lanes;
      Value old = tt::AtomicRMWOp::create(
          builder, loc, integer.getType(), kind, pointers, integer, taken,
          ::toTriton(op.getSemantic()), tt::MemSyncScope::GPU);
      return std::pair(lanes, old);
    };
    auto [positive, above] = update(arith::CmpIPredicate::sge,
                                    isMax ? tt::RMWOp::MAX : tt::RMWOp::MIN);
    auto [negative, below] = update(arith::CmpIPredicate::slt,
                                    isMax ? tt::RMWOp::UMIN : tt::RMWOp::UMAX);
    Value old = arith::SelectOp::create(builder, loc, positive, above, below);
    return bitcast(builder, loc, old, element);
  }
};

struct AtomicCasLowering : OpRewritePattern<AtomicCasOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(AtomicCasOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    Type type = op.getType();
    Type element = getElementTypeOrSelf(type);
    // Bits are compared, so that a NaN can be found and -0.0 is not 0.0.
    Type bits = rewriter.getIntegerType(element.getIntOrFloatBitWidth());
    FailureOr<Value> pointers = createPointers(Access::get(op, type), rewriter);
    if (failed(pointers))
      return failure();
    Value places = castPointers(rewriter, loc, *pointers, bits);
    Value expected = bitcast(rewriter, loc, op.getExpected(), bits);
    Value value = bitcast(rewriter, loc, op.getValue(), bits);
    if (Value mask = createMask(rewriter, loc, op.getMask(), type)) {
      Value zero = createConstant(rewriter, loc, value.getType(),
                                  rewriter.getIntegerAttr(bits, 0));
      FailureOr<Value> first = createFirst(op, bits, rewriter);
      if (failed(first))
        return failure();
      auto choose = [&](Value taken, Value otherwise) -> Value {
        return arith::SelectOp::create(rewriter, loc, mask, taken, otherwise);
      };
      places = choose(places, *first);
      expected = choose(expected, zero);
      value = choose(value, zero);
    }
    Value old = tt::AtomicCASOp::create(
        rewriter, loc, value.getType(), places, expected, value,
        toTriton(op.getSemantic()), tt::MemSyncScope::GPU);
    rewriter.replaceOp(op, bitcast(rewriter, loc, old, element));
    return success();
  }

  /// A pointer to the first element of the tensor, in each lane.
  static FailureOr<Value> createFirst(AtomicCasOp op, Type bits,
                                      PatternRewriter &rewriter) {
    Access access = Access::get(op, bits);
    Value zero = arith::ConstantOp::create(rewriter, op.getLoc(),
                                           rewriter.getI32IntegerAttr(0));
    SmallVector<Value> zeros(access.indices.size(), zero);
    access.indices = zeros;
    access.dims.assign(zeros.size(), -1);
    FailureOr<Value> first = createPointers(access, rewriter);
    if (failed(first))
      return failure();
    Value pointer = castPointers(rewriter, op.getLoc(), *first, bits);
    auto type = dyn_cast<RankedTensorType>(op.getType());
    if (!type)
      return pointer;
    return createSplat(rewriter, op.getLoc(), pointer, type.getShape());
  }
};
} // namespace

void mlir::helion::populateAtomicPatterns(RewritePatternSet &patterns) {
  patterns.add<AtomicRmwLowering, AtomicCasLowering>(patterns.getContext());
}
