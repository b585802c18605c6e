//===- Pipelines.h - The named pass pipelines -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_PIPELINES_PIPELINES_H
#define HELION_HELIONDIALECT_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"

namespace mlir::helion {

struct PrepareOptions : public PassPipelineOptions<PrepareOptions> {
  Option<bool> strict{
      *this, "strict",
      llvm::cl::desc("keep every rounding, as eager PyTorch does"),
      llvm::cl::init(false)};
};

struct ScheduleOptions : public PassPipelineOptions<ScheduleOptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("backend and architecture: cuda:90, hip:gfx942, ..."),
      llvm::cl::init("cuda:90")};
  Option<bool> hopperWarpSpecialization{
      *this, "hopper-warp-specialization",
      llvm::cl::desc("the Triton at hand specializes warps on compute "
                     "capability 9.0"),
      llvm::cl::init(true)};
  Option<int64_t> numSms{*this, "num-sms",
                         llvm::cl::desc("multiprocessors of the GPU"),
                         llvm::cl::init(132)};
  Option<int64_t> numXcds{
      *this, "num-xcds",
      llvm::cl::desc("dies that the GPU hands programs to in turn"),
      llvm::cl::init(1)};
  Option<int64_t> phase{*this, "phase",
                        llvm::cl::desc("the grids between two barriers alone; "
                                       "-1 for all"),
                        llvm::cl::init(-1)};
  Option<bool> descriptors{
      *this, "descriptors",
      llvm::cl::desc("the target has a tensor memory unit"),
      llvm::cl::init(true)};
};

struct ToTTIROptions : public PassPipelineOptions<ToTTIROptions> {
  Option<std::string> target{
      *this, "target",
      llvm::cl::desc("backend and architecture: cuda:90, hip:gfx942, ..."),
      llvm::cl::init("cuda:90")};
  Option<bool> bareTensorDesc{
      *this, "bare-tensordesc",
      llvm::cl::desc("spell descriptor types as Triton 3.8 and later do"),
      llvm::cl::init(false)};
  Option<bool> cachePolicyAttr{
      *this, "cache-policy-attr",
      llvm::cl::desc("spell cache hints as Triton 3.9 and later do"),
      llvm::cl::init(false)};
  ListOption<unsigned> misaligned{
      *this, "misaligned",
      llvm::cl::desc("positions of tensor arguments whose address is no "
                     "multiple of 16 bytes")};
};

/// Traced kernels to prepared ones: once per specialization.
void buildPreparePipeline(OpPassManager &pm, const PrepareOptions &options);
/// Prepared kernels with a configuration to scheduled ones.
void buildSchedulePipeline(OpPassManager &pm, const ScheduleOptions &options);
/// Scheduled kernels to TTIR.
void buildToTTIRPipeline(OpPassManager &pm, const ToTTIROptions &options);

/// Makes `--helion-prepare`, `--helion-schedule` and `--helion-to-ttir` known.
void registerPipelines();

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_PIPELINES_PIPELINES_H
