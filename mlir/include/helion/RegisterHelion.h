//===- RegisterHelion.h - What every tool and binding registers -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_REGISTERHELION_H
#define HELION_REGISTERHELION_H

#include "helion/Conversion/HelionToTriton/HelionToTriton.h"
#include "helion/HelionDialect/IR/Helion.h"
#include "helion/HelionDialect/Pipelines/Pipelines.h"
#include "helion/HelionDialect/Transforms/Passes.h"
#include "helion/Triton/IR/GPU.h"
#include "helion/Triton/IR/Triton.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Transforms/Passes.h"

namespace mlir::helion {

inline void registerAllDialects(DialectRegistry &registry) {
  registry.insert<HelionDialect, tt::TritonDialect, gpu::GPUDialect,
                  arith::ArithDialect, math::MathDialect, memref::MemRefDialect,
                  scf::SCFDialect, ub::UBDialect>();
}

inline void registerAllPasses() {
  registerHelionPasses();
  registerHelionConversionPasses();
  registerPipelines();
  registerCanonicalizerPass();
  registerCSEPass();
  registerLoopInvariantCodeMotionPass();
  registerStripDebugInfoPass();
}

} // namespace mlir::helion

#endif // HELION_REGISTERHELION_H
