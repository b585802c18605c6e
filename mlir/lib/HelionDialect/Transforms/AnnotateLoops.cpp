//===- AnnotateLoops.cpp - Skeleton -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONANNOTATELOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

namespace {
struct AnnotateLoopsPass : public helion::impl::HelionAnnotateLoopsBase<AnnotateLoopsPass> {
  using HelionAnnotateLoopsBase::HelionAnnotateLoopsBase;
  void runOnOperation() override {}
};
} // namespace
