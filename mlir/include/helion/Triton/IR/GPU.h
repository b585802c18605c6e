//===- GPU.h - Mirror of what is emitted of the gpu dialect -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TRITON_IR_GPU_H
#define HELION_TRITON_IR_GPU_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"

#include "helion/Triton/IR/GPUDialect.h.inc"

#define GET_OP_CLASSES
#include "helion/Triton/IR/GPUOps.h.inc"

#endif // HELION_TRITON_IR_GPU_H
