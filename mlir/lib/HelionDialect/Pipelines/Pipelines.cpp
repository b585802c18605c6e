//===- Pipelines.cpp - The named pass pipelines -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/HelionDialect/Pipelines/Pipelines.h"

#include "helion/Conversion/HelionToTriton/HelionToTriton.h"
#include "helion/HelionDialect/Transforms/Passes.h"

#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void mlir::helion::buildPreparePipeline(OpPassManager &pm,
                                        const PrepareOptions &options) {
  OpPassManager &kernel = pm.nest<KernelOp>();
  kernel.addPass(createHelionFoldPrecisionCasts({options.strict}));
  kernel.addPass(createCanonicalizerPass());
  // Last: `arith.cmpi` of equal operands folds to a constant, which a tensor
  // whose extents depend on blocks cannot be.
  kernel.addPass(createCSEPass());
  kernel.addPass(createHelionInferConfigSpace());
  kernel.addPass(createHelionInferAlignment());
}

void mlir::helion::buildSchedulePipeline(OpPassManager &pm,
                                         const ScheduleOptions &options) {
  OpPassManager &kernel = pm.nest<KernelOp>();
  kernel.addPass(createHelionBindBlocks());
  kernel.addPass(createHelionOrderLoops());
  kernel.addPass(createHelionFlattenLoops());
  kernel.addPass(
      createHelionMapGrid({options.numSms, options.numXcds, options.phase}));
  kernel.addPass(createHelionRollReductions());
  kernel.addPass(createHelionOnlineSoftmaxFusion());
  kernel.addPass(createHelionLowerLoops());
  kernel.addPass(createCanonicalizerPass());
  kernel.addPass(createCSEPass());
  kernel.addPass(createHelionFoldUnitDims());
  kernel.addPass(createCanonicalizerPass());
  kernel.addPass(createHelionSkipMaskedBlocks({options.target}));
  kernel.addPass(createHelionPartitionData({options.target}));
  kernel.addPass(createHelionMask());
  // Masks are operations by now, and extents powers of two.
  kernel.addPass(createHelionSubtileEpilogue());
  kernel.addPass(createHelionInsertBarriers());
  kernel.addPass(createHelionSelectAccess({options.descriptors}));
  kernel.addPass(createHelionAnnotateWarpSpecialization(
      {options.target, options.hopperWarpSpecialization}));
  kernel.addPass(createHelionAnnotateLoops());
}

void mlir::helion::buildToTTIRPipeline(OpPassManager &pm,
                                       const ToTTIROptions &options) {
  ConvertHelionToTritonOptions conversion;
  conversion.target = options.target;
  conversion.bareTensorDesc = options.bareTensorDesc;
  conversion.cachePolicyAttr = options.cachePolicyAttr;
  conversion.misaligned.assign(options.misaligned.begin(),
                               options.misaligned.end());
  pm.addPass(createConvertHelionToTriton(conversion));
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createLoopInvariantCodeMotionPass());
}

void mlir::helion::registerPipelines() {
  PassPipelineRegistration<PrepareOptions>("helion-prepare",
                                           "traced kernels to prepared ones",
                                           buildPreparePipeline);
  PassPipelineRegistration<ScheduleOptions>(
      "helion-schedule",
      "prepared kernels with a configuration to scheduled ones",
      buildSchedulePipeline);
  PassPipelineRegistration<ToTTIROptions>(
      "helion-to-ttir", "scheduled kernels to TTIR", buildToTTIRPipeline);
}
