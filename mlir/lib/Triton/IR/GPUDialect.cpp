//===- GPUDialect.cpp - Registration of the gpu mirror -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/Triton/IR/GPU.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir::helion::gpu;

#include "helion/Triton/IR/GPUDialect.cpp.inc"

#define GET_OP_CLASSES
#include "helion/Triton/IR/GPUOps.cpp.inc"

void GPUDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "helion/Triton/IR/GPUOps.cpp.inc"
      >();
}
