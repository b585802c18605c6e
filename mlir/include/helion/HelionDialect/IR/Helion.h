//===- Helion.h - The helion dialect: types, attributes, operations -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_IR_HELION_H
#define HELION_HELIONDIALECT_IR_HELION_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "helion/HelionDialect/IR/HelionDialect.h.inc"
#include "helion/HelionDialect/IR/HelionEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "helion/HelionDialect/IR/HelionAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "helion/HelionDialect/IR/HelionTypes.h.inc"

#define GET_OP_CLASSES
#include "helion/HelionDialect/IR/HelionOps.h.inc"

namespace mlir::helion {

/// Names of the attributes that the dialect puts on kernels and their arguments.
inline constexpr llvm::StringLiteral kConfigAttrName = "helion.config";
inline constexpr llvm::StringLiteral kArgNameAttrName = "helion.name";
/// On a scalar argument of a kernel: wide accesses need it to be a multiple of 16,
/// and code may rely on it unless it is told otherwise.
inline constexpr llvm::StringLiteral kAlignedAttrName = "helion.aligned";

/// The extent of a host tensor in a dimension, and its stride: a number or the
/// scalar that holds it. Null where nothing says.
OpFoldResult getHostSize(Value base, unsigned dim);
OpFoldResult getHostStride(Value base, unsigned dim);

/// The index list of a memory operation, spelled out: for each index the
/// dimension that it makes, -1 where it makes none.
llvm::SmallVector<int64_t>
resolveIndexDims(ValueRange indices,
                 std::optional<llvm::ArrayRef<int64_t>> given);

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_IR_HELION_H
