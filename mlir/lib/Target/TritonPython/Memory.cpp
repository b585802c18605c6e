//===- Memory.cpp - Loads, stores, atomics, descriptors -*- C++ -*-===//
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

std::string Emitter::list(ValueRange values) {
  std::string items;
  llvm::interleave(
      values, [&](Value v) { items += text(v); }, [&] { items += ", "; });
  return "[" + items + "]";
}

std::string Emitter::hints(tt::CacheModifier cache, tt::EvictionPolicy evict) {
  std::string text;
  if (cache != tt::CacheModifier::NONE)
    text += llvm::formatv(", cache_modifier=\".{0}\"",
                          tt::stringifyCacheModifier(cache));
  if (evict != tt::EvictionPolicy::NORMAL)
    text += llvm::formatv(", eviction_policy=\"{0}\"",
                          tt::stringifyEvictionPolicy(evict));
  return text;
}

/// The sizes of a descriptor: literals whatever the type, Triton casts them.
static std::string sizeText(TypedAttr constant) {
  return literal(constant)->text;
}

Expr Emitter::atomic(tt::AtomicRMWOp op) {
  StringRef function;
  bool isUnsigned = false;
  switch (op.getAtomicRmwOp()) {
  case tt::RMWOp::AND:
    function = "and";
    break;
  case tt::RMWOp::OR:
    function = "or";
    break;
  case tt::RMWOp::XOR:
    function = "xor";
    break;
  case tt::RMWOp::ADD:
  case tt::RMWOp::FADD:
    function = "add";
    break;
  case tt::RMWOp::UMAX:
    isUnsigned = true;
    [[fallthrough]];
  case tt::RMWOp::MAX:
    function = "max";
    break;
  case tt::RMWOp::UMIN:
    isUnsigned = true;
    [[fallthrough]];
  case tt::RMWOp::MIN:
    function = "min";
    break;
  case tt::RMWOp::XCHG:
    function = "xchg";
    break;
  }
  Type element = getElementTypeOrSelf(op.getType());
  bool isScalar = !isa<RankedTensorType>(op.getType());
  Expr pointer = value(op.getPtr());
  std::string operand = isUnsigned ? std::string() : adapted(op.getVal());
  if (isUnsigned) {
    auto unsignedType =
        IntegerType::get(op.getContext(), element.getIntOrFloatBitWidth(),
                         IntegerType::Unsigned);
    pointer = castTo(pointer, isScalar, tt::PointerType::get(unsignedType),
                     /*bitcast=*/true);
    operand =
        castTo(value(op.getVal()), isScalar, unsignedType, /*bitcast=*/true)
            .text;
  }
  std::string text =
      llvm::formatv("tl.atomic_{0}({1}, {2}", function, pointer.text, operand);
  TypedAttr always =
      op.getMask() ? scalarConstant(peel(op.getMask())) : TypedAttr();
  bool isMasked = op.getMask() && !(always && literal(always)->text == "True");
  if (isMasked)
    text += ", mask=" + adapted(op.getMask());
  if (op.getSem() != tt::MemSemantic::ACQUIRE_RELEASE)
    text +=
        llvm::formatv(", sem=\"{0}\"", tt::stringifyMemSemantic(op.getSem()));
  if (op.getScope() != tt::MemSyncScope::GPU)
    text += llvm::formatv(", scope=\"{0}\"",
                          tt::stringifyMemSyncScope(op.getScope()));
  Expr result{text + ")"};
  if (isUnsigned && !op->use_empty())
    return castTo(result, isScalar, element, /*bitcast=*/true);
  return result;
}

Expr Emitter::memory(Operation *op) {
  auto sizes = [&](ValueRange values) {
    std::string items;
    llvm::interleave(
        values,
        [&](Value v) {
          TypedAttr constant = scalarConstant(v);
          items += constant ? sizeText(constant) : text(v);
        },
        [&] { items += ", "; });
    return "[" + items + "]";
  };
  return llvm::TypeSwitch<Operation *, Expr>(op)
      .Case<tt::LoadOp>([&](tt::LoadOp load) {
        std::string call = "tl.load(" + text(load.getPtr());
        if (load.getMask())
          call += ", mask=" + adapted(load.getMask());
        if (load.getOther())
          call += ", other=" + adapted(load.getOther());
        auto [cache, evict] = tt::getCacheHints(load);
        call += hints(cache, evict);
        return Expr{call + (load.getIsVolatile() ? ", volatile=True)" : ")")};
      })
      .Case<tt::StoreOp>([&](tt::StoreOp store) {
        std::string call = "tl.store(" + text(store.getPtr()) + ", " +
                           adapted(store.getValue());
        if (store.getMask())
          call += ", mask=" + adapted(store.getMask());
        auto [cache, evict] = tt::getCacheHints(store);
        return Expr{call + hints(cache, evict) + ")"};
      })
      .Case<tt::AtomicRMWOp>([&](tt::AtomicRMWOp rmw) { return atomic(rmw); })
      .Case<tt::AtomicCASOp>([&](tt::AtomicCASOp cas) {
        return Expr{llvm::formatv(
            "tl.atomic_cas({0}, {1}, {2}, sem=\"{3}\", scope=\"{4}\")",
            text(cas.getPtr()), text(cas.getCmp()), text(cas.getVal()),
            tt::stringifyMemSemantic(cas.getSem()),
            tt::stringifyMemSyncScope(cas.getScope()))};
      })
      .Case<tt::MakeTensorDescOp>([&](tt::MakeTensorDescOp make) {
        // Integers of the source are signed: others have to be asked for.
        Expr base = value(make.getBase());
        Type element = make.getType().getBlockType().getElementType();
        if (element.isUnsignedInteger())
          base = castTo(base, /*isScalar=*/true, tt::PointerType::get(element),
                        /*bitcast=*/true);
        return Expr{llvm::formatv(
            "tl.make_tensor_descriptor({0}, shape={1}, strides={2}, "
            "block_shape={3}{4})",
            base.text, sizes(make.getShape()), sizes(make.getStrides()),
            shapeText(make.getType().getBlockType()),
            make.getPadding() == tt::PaddingOption::PAD_NAN
                ? ", padding_option=\"nan\""
                : "")};
      })
      .Case<tt::DescriptorLoadOp>([&](tt::DescriptorLoadOp load) {
        auto [cache, evict] = tt::getCacheHints(load);
        std::string indices = sizes(load.getIndices());
        std::string options = hints(cache, evict);
        auto descriptor = cast<tt::TensorDescType>(load.getDesc().getType());
        // The method takes no hints, the function beneath it none either: they
        // are lost in the source, as Triton's own frontend would lose them.
        std::string call = text(load.getDesc()) + ".load(" + indices + ")";
        if (descriptor.getSignlessBlockType() != load.getType())
          call = "tl.reshape(" + call + ", " + shapeText(load.getType()) + ")";
        return Expr{call};
      })
      .Case<tt::DescriptorStoreOp>([&](tt::DescriptorStoreOp store) {
        auto descriptor = cast<tt::TensorDescType>(store.getDesc().getType());
        std::string block = text(store.getSrc());
        if (descriptor.getSignlessBlockType() != store.getSrc().getType())
          block = "tl.reshape(" + block + ", " +
                  shapeText(descriptor.getBlockType()) + ")";
        return Expr{llvm::formatv("{0}.store({1}, {2})", text(store.getDesc()),
                                  sizes(store.getIndices()), block)};
      })
      .Case<tt::DescriptorReduceOp>([&](tt::DescriptorReduceOp reduce) {
        StringRef kind = tt::stringifyDescriptorReduceKind(reduce.getKind());
        if (kind == "inc" || kind == "dec")
          return unsupported(op, ": no method of a descriptor does it");
        auto descriptor = cast<tt::TensorDescType>(reduce.getDesc().getType());
        Type element = descriptor.getBlockType().getElementType();
        std::string block = text(reduce.getSrc());
        if (element.isUnsignedInteger())
          block = castTo(value(reduce.getSrc()), /*isScalar=*/false, element,
                         /*bitcast=*/true)
                      .text;
        return Expr{llvm::formatv("{0}.atomic_{1}({2}, {3})",
                                  text(reduce.getDesc()), kind,
                                  sizes(reduce.getIndices()), block)};
      })
      .Case<tt::PrintOp>([&](tt::PrintOp print) {
        // Triton puts a blank before the prefix and ": " behind it.
        StringRef prefix = print.getPrefix();
        if (prefix.consume_front(" "))
          prefix.consume_back(": ");
        std::string call = "tl.device_print(" + stringText(prefix);
        for (auto [v, isSigned] :
             llvm::zip_equal(print.getArgs(), print.getIsSigned())) {
          Type element = getElementTypeOrSelf(v);
          bool isUnsigned = !isSigned && isa<IntegerType>(element);
          bool isScalar = !isa<RankedTensorType>(v.getType());
          Expr shown = value(v);
          if (isUnsigned)
            shown = asUnsigned(shown, isScalar, element);
          call += ", " + shown.text;
        }
        return Expr{call + (print.getHex() ? ", hex=True)" : ")")};
      })
      .Case<tt::AssertOp>([&](tt::AssertOp check) {
        return Expr{"tl.device_assert(" + text(check.getCondition()) + ", " +
                    stringText(check.getMessage()) + ")"};
      })
      .Default([&](Operation *) { return unsupported(op); });
}
