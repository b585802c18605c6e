//===- HelionDialect.cpp - Registration, attributes and types of the dialect -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/IR/Helion.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace mlir::helion;

#include "helion/HelionDialect/IR/HelionDialect.cpp.inc"
#include "helion/HelionDialect/IR/HelionEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "helion/HelionDialect/IR/HelionAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "helion/HelionDialect/IR/HelionTypes.cpp.inc"

void HelionDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "helion/HelionDialect/IR/HelionAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "helion/HelionDialect/IR/HelionTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "helion/HelionDialect/IR/HelionOps.cpp.inc"
      >();
}

/// Parses an extent: `@symbol` or an integer.
static ParseResult parseExtent(AsmParser &parser, Attribute &extent) {
  int64_t number = 0;
  OptionalParseResult parsed = parser.parseOptionalInteger(number);
  if (parsed.has_value()) {
    extent = parser.getBuilder().getI64IntegerAttr(number);
    return *parsed;
  }
  StringAttr name;
  if (parser.parseSymbolName(name))
    return failure();
  extent = FlatSymbolRefAttr::get(name);
  return success();
}

static void printExtent(AsmPrinter &printer, Attribute extent) {
  if (auto number = dyn_cast<IntegerAttr>(extent))
    printer << number.getInt();
  else
    printer << extent;
}

//===----------------------------------------------------------------------===//
// Attributes
//===----------------------------------------------------------------------===//

Attribute DimsAttr::parse(AsmParser &parser, Type) {
  SmallVector<Attribute> dims;
  if (parser.parseLess() ||
      parser.parseCommaSeparatedList(
          AsmParser::Delimiter::Square,
          [&] { return parseExtent(parser, dims.emplace_back()); }) ||
      parser.parseGreater())
    return {};
  return DimsAttr::get(parser.getContext(), dims);
}

void DimsAttr::print(AsmPrinter &printer) const {
  printer << "<[";
  llvm::interleaveComma(getDims(), printer,
                        [&](Attribute dim) { printExtent(printer, dim); });
  printer << "]>";
}

LogicalResult
DimsAttr::verifyEncoding(ArrayRef<int64_t> shape, Type elementType,
                         function_ref<InFlightDiagnostic()> emitError) const {
  if (shape.size() != getDims().size())
    return emitError() << "expects one entry of #helion.dims per dimension ("
                       << shape.size() << ") but got " << getDims().size();
  for (auto [index, extent, dim] : llvm::enumerate(shape, getDims())) {
    bool isSymbol = isa<FlatSymbolRefAttr>(dim);
    if (isSymbol != ShapedType::isDynamic(extent))
      return emitError()
             << "expects a symbol in #helion.dims exactly where the "
                "shape is dynamic but got "
             << dim << " for dimension " << index;
    if (!isSymbol && cast<IntegerAttr>(dim).getInt() != extent)
      return emitError() << "expects entry " << index
                         << " of #helion.dims to be the extent " << extent
                         << " but got " << cast<IntegerAttr>(dim).getInt();
  }
  return success();
}

SmallVector<int64_t> ConfigAttr::getInts(StringRef key) const {
  SmallVector<int64_t> numbers;
  Attribute value = getEntries().get(key);
  if (auto list = dyn_cast_or_null<ArrayAttr>(value))
    for (Attribute entry : list) {
      if (auto number = dyn_cast<IntegerAttr>(entry))
        numbers.push_back(number.getInt());
    }
  else if (auto number = dyn_cast_or_null<IntegerAttr>(value))
    numbers.push_back(number.getInt());
  return numbers;
}

int64_t ConfigAttr::getInt(StringRef key, int64_t otherwise) const {
  auto number = getEntries().getAs<IntegerAttr>(key);
  return number ? number.getInt() : otherwise;
}

StringRef ConfigAttr::getString(StringRef key, int64_t ordinal) const {
  Attribute value = getEntries().get(key);
  if (auto text = dyn_cast_or_null<StringAttr>(value))
    return text.getValue();
  auto list = dyn_cast_or_null<ArrayAttr>(value);
  if (!list || ordinal < 0 || ordinal >= static_cast<int64_t>(list.size()))
    return {};
  auto text = dyn_cast<StringAttr>(list[ordinal]);
  return text ? text.getValue() : StringRef();
}

//===----------------------------------------------------------------------===//
// Types
//===----------------------------------------------------------------------===//

Type TileType::parse(AsmParser &parser) {
  Attribute extent;
  SMLoc loc = parser.getCurrentLocation();
  if (parser.parseLess() || parseExtent(parser, extent) ||
      parser.parseGreater())
    return {};
  return parser.getChecked<TileType>(loc, parser.getContext(), extent);
}

void TileType::print(AsmPrinter &printer) const {
  printer << '<';
  printExtent(printer, getExtent());
  printer << '>';
}

LogicalResult TileType::verify(function_ref<InFlightDiagnostic()> emitError,
                               Attribute extent) {
  if (isa<FlatSymbolRefAttr>(extent))
    return success();
  auto number = dyn_cast<IntegerAttr>(extent);
  if (!number || number.getInt() < 0)
    return emitError() << "expects a symbol or an extent of at least 0 but got "
                       << extent;
  return success();
}
