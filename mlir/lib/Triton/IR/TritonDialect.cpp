//===- TritonDialect.cpp - Registration and types of the mirror -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/Triton/IR/Triton.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::helion::tt;

#include "helion/Triton/IR/TritonDialect.cpp.inc"
#include "helion/Triton/IR/TritonEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "helion/Triton/IR/TritonAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "helion/Triton/IR/TritonTypes.cpp.inc"

void TritonDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "helion/Triton/IR/TritonAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "helion/Triton/IR/TritonTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "helion/Triton/IR/TritonOps.cpp.inc"
      >();
}

Operation *TritonDialect::materializeConstant(OpBuilder &builder,
                                              Attribute value, Type type,
                                              Location loc) {
  return arith::ConstantOp::materialize(builder, value, type, loc);
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

LogicalResult PointerType::verify(function_ref<InFlightDiagnostic()> emitError,
                                  Type pointeeType, int addressSpace) {
  if (isa<TensorDescType, ShapedType>(pointeeType))
    return emitError() << "expects a pointer to a scalar but got "
                       << pointeeType;
  if (addressSpace < 0)
    return emitError() << "expects an address space of at least 0 but got "
                       << addressSpace;
  return success();
}

RankedTensorType TensorDescType::getSignlessBlockType() const {
  RankedTensorType block = getBlockType();
  auto integer = dyn_cast<IntegerType>(block.getElementType());
  if (!integer || integer.isSignless())
    return block;
  return block.clone(IntegerType::get(getContext(), integer.getWidth()));
}

Type TensorDescType::parse(AsmParser &parser) {
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess())
    return {};
  Type block;
  OptionalParseResult wrapped = parser.parseOptionalType(block);
  bool bare = !wrapped.has_value();
  if (bare) {
    SmallVector<int64_t> shape;
    Type elementType;
    if (parser.parseDimensionList(shape, /*allowDynamic=*/false) ||
        parser.parseType(elementType))
      return {};
    block = RankedTensorType::get(shape, elementType);
  } else if (failed(*wrapped)) {
    return {};
  }
  auto tensor = dyn_cast<RankedTensorType>(block);
  if (!tensor) {
    parser.emitError(loc) << "expects a ranked tensor as block but got "
                          << block;
    return {};
  }
  if (parser.parseGreater())
    return {};
  return TensorDescType::get(parser.getContext(), tensor, bare);
}

void TensorDescType::print(AsmPrinter &printer) const {
  printer << '<';
  if (getBare()) {
    printer.printDimensionList(getBlockType().getShape());
    printer << 'x' << getBlockType().getElementType();
  } else {
    printer << getBlockType();
  }
  printer << '>';
}

Type helion::tt::getTypeSameShape(Type type, Type elementType) {
  if (auto tensor = dyn_cast<RankedTensorType>(type))
    return tensor.clone(elementType);
  return elementType;
}

Type helion::tt::getPointeeType(Type type) {
  auto pointer = dyn_cast<PointerType>(getElementTypeOrSelf(type));
  return pointer ? getTypeSameShape(type, pointer.getPointeeType()) : Type();
}

Type helion::tt::getI1SameShape(Type type) {
  return getTypeSameShape(type, IntegerType::get(type.getContext(), 1));
}
