//===- Combine.cpp - Reductions, scans and their functions -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Emitter.h"

#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

/// The one operation of a combine region on its two elements, in order.
static Operation *singleCombine(Block &block) {
  if (block.getNumArguments() != 2 || !llvm::hasNItems(block, 2))
    return nullptr;
  Operation &op = block.front();
  bool isPlain = op.getNumOperands() == 2 && op.getNumResults() == 1 &&
                 op.getOperand(0) == block.getArgument(0) &&
                 op.getOperand(1) == block.getArgument(1) &&
                 block.back().getNumOperands() == 1 &&
                 block.back().getOperand(0) == op.getResult(0);
  return isPlain ? &op : nullptr;
}

/// Types that Triton's own reductions take as they are; others they widen.
static bool isWideType(Type type) {
  return type.isF32() || type.isF64() || type.isInteger(32) ||
         type.isInteger(64);
}

/// What a combine region is called when it has no other name.
static std::string combineName(Block &block) {
  if (Operation *op = singleCombine(block))
    return llvm::TypeSwitch<Operation *, std::string>(op)
        .Case<arith::AddFOp, arith::AddIOp>([](auto) { return "_combine_sum"; })
        .Case<arith::MulFOp, arith::MulIOp>(
            [](auto) { return "_combine_prod"; })
        .Case<arith::MaximumFOp, arith::MaxNumFOp, arith::MaxSIOp,
              arith::MaxUIOp>([](auto) { return "_combine_max"; })
        .Case<arith::MinimumFOp, arith::MinNumFOp, arith::MinSIOp,
              arith::MinUIOp>([](auto) { return "_combine_min"; })
        .Case<arith::AndIOp>([](auto) { return "_combine_and"; })
        .Case<arith::OrIOp>([](auto) { return "_combine_or"; })
        .Case<arith::XOrIOp>([](auto) { return "_combine_xor"; })
        .Default(std::string("_combine"));
  // A pair of a value and its index that compares values is an arg-reduction.
  bool greater = false, less = false;
  block.walk([&](arith::CmpFOp compare) {
    using P = arith::CmpFPredicate;
    P predicate = compare.getPredicate();
    greater |=
        predicate == P::OGT || predicate == P::OGE || predicate == P::UGT;
    less |= predicate == P::OLT || predicate == P::OLE || predicate == P::ULT;
  });
  if (block.getNumArguments() == 4 && greater != less)
    return greater ? "_combine_argmax" : "_combine_argmin";
  return "_combine";
}

std::string Emitter::combineFunction(Operation *op) {
  Block &block = op->getRegion(0).front();
  Emitter nested(module, block);
  nested.block(block, 1);
  std::string parameters;
  llvm::interleave(
      block.getArguments(), [&](Value v) { parameters += nested.nameOf(v); },
      [&] { parameters += ", "; });
  return module.addHelper(combineName(block), "@triton.jit\ndef {0}(" +
                                                  parameters + "):\n" +
                                                  nested.take());
}

std::string Emitter::inputs(ValueRange values) {
  if (values.size() == 1)
    return text(values.front());
  std::string items = list(values);
  return "(" + items.substr(1, items.size() - 2) + ")";
}

Expr Emitter::reduce(tt::ReduceOp op) {
  std::string axis = std::to_string(op.getAxis());
  Operation *single = singleCombine(op.getCombineOp().front());
  if (single && isWideType(single->getResult(0).getType())) {
    StringRef known =
        llvm::TypeSwitch<Operation *, StringRef>(single)
            .Case<arith::AddFOp, arith::AddIOp>([](auto) { return "tl.sum"; })
            .Case<arith::MaxNumFOp, arith::MaxSIOp>(
                [](auto) { return "tl.max"; })
            .Case<arith::MinNumFOp, arith::MinSIOp>(
                [](auto) { return "tl.min"; })
            .Case<arith::XOrIOp>([](auto) { return "tl.xor_sum"; })
            .Default(StringRef());
    if (!known.empty())
      return {known.str() + "(" + inputs(op.getSrcs()) + ", " + axis + ")"};
  }
  return {"tl.reduce(" + inputs(op.getSrcs()) + ", " + axis + ", " +
          combineFunction(op) + ")"};
}

Expr Emitter::scan(tt::ScanOp op) {
  std::string axis = std::to_string(op.getAxis());
  std::string reverse = op.getReverse() ? ", reverse=True)" : ")";
  Operation *single = singleCombine(op.getCombineOp().front());
  if (single && isWideType(single->getResult(0).getType())) {
    StringRef known = llvm::TypeSwitch<Operation *, StringRef>(single)
                          .Case<arith::AddFOp, arith::AddIOp>(
                              [](auto) { return "tl.cumsum"; })
                          .Case<arith::MulFOp, arith::MulIOp>(
                              [](auto) { return "tl.cumprod"; })
                          .Default(StringRef());
    if (!known.empty())
      return {known.str() + "(" + inputs(op.getSrcs()) + ", " + axis + reverse};
  }
  return {"tl.associative_scan(" + inputs(op.getSrcs()) + ", " + axis + ", " +
          combineFunction(op) + reverse};
}
