//===- GPUOps.td - The mirror of what is emitted of the gpu dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_GPU_OPS_TD
#define HELION_GPU_OPS_TD

include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td"

def GPU_Dialect : Dialect {
  let name = "gpu";
  let cppNamespace = "::mlir::helion::gpu";
  let summary = "The operation of MLIR's gpu dialect that Triton's IR holds";
  let description = [{
    TTIR is a mix of dialects, and Triton spells a barrier as MLIR's own `gpu.barrier`. This
    is a mirror of it, so that MLIR's dialect need not be linked.
  }];
}

def GPU_BarrierOp : Op<GPU_Dialect, "barrier"> {
  let summary = "all threads of a program wait for each other";
  let description = [{
    What any thread wrote before it, every thread of the program reads after it.

    ```mlir
    gpu.barrier
    ```
  }];
  let assemblyFormat = "attr-dict";
}

#endif // HELION_GPU_OPS_TD
