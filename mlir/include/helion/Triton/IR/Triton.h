//===- Triton.h - Mirror of the Triton operations that are emitted -*- C++
//-*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Triton's C++ symbols cannot be linked against; the text of its `tt` dialect
// is the boundary. This mirror has the operations that the compiler emits,
// under Triton's own names, and prints text that Triton's parser accepts.
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TRITON_IR_TRITON_H
#define HELION_TRITON_IR_TRITON_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/CallInterfaces.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "helion/Triton/IR/TritonDialect.h.inc"
#include "helion/Triton/IR/TritonEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "helion/Triton/IR/TritonAttrs.h.inc"

#define GET_TYPEDEF_CLASSES
#include "helion/Triton/IR/TritonTypes.h.inc"

namespace mlir::helion::tt {

/// On a declaration: the name of the function in Triton's language.
inline constexpr llvm::StringLiteral kForeignFunctionAttrName =
    "helion.function";

/// The memory that pointers and descriptors of a kernel reach.
struct GlobalMemory : SideEffects::Resource::Base<GlobalMemory> {
  StringRef getName() final { return "<GlobalMemory>"; }
};

/// `type` with its element type replaced: `tensor<4xf32>`, i1 ->
/// `tensor<4xi1>`; `f32`, i1 -> `i1`.
Type getTypeSameShape(Type type, Type elementType);
/// What a load through `type` gives: `tensor<4x!tt.ptr<f32>>` ->
/// `tensor<4xf32>`. Null when `type` is no pointer or tensor of pointers.
Type getPointeeType(Type type);
/// The mask that fits `type`: `tensor<4x!tt.ptr<f32>>` -> `tensor<4xi1>`.
Type getI1SameShape(Type type);

/// How the text spells what Triton changed between releases.
struct Spelling {
  /// `!tt.tensordesc<64x64xf16>` (Triton 3.8 on) rather than
  /// `!tt.tensordesc<tensor<64x64xf16>>`.
  bool bareDescriptors = false;
  /// `cachePolicy = #tt.cache_policy<...>` (Triton 3.9 on) rather than
  /// `cacheModifier = ... evictionPolicy = ...`.
  bool cachePolicyAttr = false;

  /// The spelling of Triton `major.minor`.
  static Spelling forTriton(unsigned major, unsigned minor) {
    auto atLeast = [&](unsigned wanted) {
      return major > 3 || (major == 3 && minor >= wanted);
    };
    return {atLeast(8), atLeast(9)};
  }
};

} // namespace mlir::helion::tt

#define GET_OP_CLASSES
#include "helion/Triton/IR/TritonOps.h.inc"

namespace mlir::helion::tt {

/// Puts the cache hints on a load, store or descriptor load in the given
/// spelling; hints that are the default leave no attribute.
template <typename OpTy>
void setCacheHints(OpTy op, CacheModifier cache, EvictionPolicy evict,
                   const Spelling &spelling) {
  op.setCache(spelling.cachePolicyAttr ? CacheModifier::NONE : cache);
  op.setEvict(spelling.cachePolicyAttr ? EvictionPolicy::NORMAL : evict);
  bool hinted = cache != CacheModifier::NONE || evict != EvictionPolicy::NORMAL;
  op.setCachePolicyAttr(
      spelling.cachePolicyAttr && hinted
          ? CachePolicyAttr::get(op.getContext(), cache, evict)
          : CachePolicyAttr());
}

/// The cache hints of a load, store or descriptor load, however spelled.
template <typename OpTy>
std::pair<CacheModifier, EvictionPolicy> getCacheHints(OpTy op) {
  if (auto policy = op.getCachePolicyAttr())
    return {policy.getCacheModifier(), policy.getEvictionPolicy()};
  return {op.getCache(), op.getEvict()};
}

} // namespace mlir::helion::tt

#endif // HELION_TRITON_IR_TRITON_H
