//===- HelionToTriton.cpp - Conversion of scheduled kernels to TTIR -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/Conversion/HelionToTriton/HelionToTriton.h"

#include "helion/Triton/IR/Triton.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace mlir::helion {
#define GEN_PASS_DEF_CONVERTHELIONTOTRITON
#include "helion/Conversion/HelionToTriton/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

namespace {
struct ConvertHelionToTritonPass
    : public helion::impl::ConvertHelionToTritonBase<ConvertHelionToTritonPass> {
  using ConvertHelionToTritonBase::ConvertHelionToTritonBase;
  void runOnOperation() override {}
};
} // namespace
