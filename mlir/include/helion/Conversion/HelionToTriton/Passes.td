//===- Passes.td - Conversion of the helion dialect to Triton -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_CONVERSION_PASSES_TD
#define HELION_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertHelionToTriton : Pass<"convert-helion-to-triton", "::mlir::ModuleOp"> {
  let summary = "lower scheduled kernels to Triton's TTIR";
  let description = [{
    Memory operations become pointer arithmetic or descriptor code, reductions
    get combine regions, element-wise operations that Triton cannot legalise become calls of
    the target's math library. A barrier between grids counts the programs in the kernel
    argument marked `helion.semaphore`. Expects what `--helion-schedule` leaves: static extents
    that are powers of two, no grids, no tile loops.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::helion::tt::TritonDialect",
                           "::mlir::helion::gpu::GPUDialect"];
  let options = [
    Option<"target", "target", "std::string", "\"cuda:90\"",
           "backend and architecture: cuda:90, hip:gfx942, ...">,
    Option<"bareTensorDesc", "bare-tensordesc", "bool", "false",
           "spell descriptor types as Triton 3.8 and later do">,
    Option<"cachePolicyAttr", "cache-policy-attr", "bool", "false",
           "spell cache hints as Triton 3.9 and later do">,
    ListOption<"misaligned", "misaligned", "unsigned",
               "positions of arguments that are no multiples of 16: tensors by their address, "
               "sizes marked helion.aligned">
  ];
}

#endif // HELION_CONVERSION_PASSES_TD
