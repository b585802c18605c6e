//===- LowerLoops.cpp - Skeleton -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Transforms/Passes.h"

namespace mlir::helion {
#define GEN_PASS_DEF_HELIONLOWERLOOPS
#include "helion/HelionDialect/Transforms/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

namespace {
struct LowerLoopsPass : public helion::impl::HelionLowerLoopsBase<LowerLoopsPass> {
  using HelionLowerLoopsBase::HelionLowerLoopsBase;
  void runOnOperation() override {}
};
} // namespace
