//===- TritonFolds.cpp - Folding of the mirror operations -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Triton canonicalizes the text again; these folds are there so that the text
// is short to read and small to parse.
//
//===----------------------------------------------------------------------===//

#include "helion/Triton/IR/Triton.h"

#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace mlir::helion::tt;

/// `operand` under the type of a shape change when it is one value throughout.
static OpFoldResult foldSplat(Attribute operand, Type type) {
  auto splat = dyn_cast_or_null<SplatElementsAttr>(operand);
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!splat || !tensor)
    return {};
  return SplatElementsAttr::get(tensor, splat.getSplatValue<Attribute>());
}

OpFoldResult SplatOp::fold(FoldAdaptor adaptor) {
  Attribute value = adaptor.getSrc();
  if (!isa_and_nonnull<FloatAttr, IntegerAttr>(value))
    return {};
  return SplatElementsAttr::get(cast<RankedTensorType>(getType()), value);
}

OpFoldResult ExpandDimsOp::fold(FoldAdaptor adaptor) {
  return foldSplat(adaptor.getSrc(), getType());
}

OpFoldResult BroadcastOp::fold(FoldAdaptor adaptor) {
  if (getSrc().getType() == getType())
    return getSrc();
  return foldSplat(adaptor.getSrc(), getType());
}

OpFoldResult ReshapeOp::fold(FoldAdaptor adaptor) {
  if (getSrc().getType() == getType() && !getAllowReorder())
    return getSrc();
  return foldSplat(adaptor.getSrc(), getType());
}

OpFoldResult TransOp::fold(FoldAdaptor adaptor) {
  bool isIdentity = true;
  for (auto [index, axis] : llvm::enumerate(getOrder()))
    isIdentity &= static_cast<int64_t>(index) == axis;
  if (isIdentity)
    return getSrc();
  return foldSplat(adaptor.getSrc(), getType());
}

OpFoldResult BitcastOp::fold(FoldAdaptor) {
  return getSrc().getType() == getType() ? OpFoldResult(getSrc())
                                         : OpFoldResult();
}

OpFoldResult AddPtrOp::fold(FoldAdaptor adaptor) {
  if (matchPattern(adaptor.getOffset(), m_Zero()))
    return getPtr();
  return {};
}
