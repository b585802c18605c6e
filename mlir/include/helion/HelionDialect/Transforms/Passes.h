//===- Passes.h - Passes on the helion dialect -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_HELIONDIALECT_TRANSFORMS_PASSES_H
#define HELION_HELIONDIALECT_TRANSFORMS_PASSES_H

#include "helion/HelionDialect/IR/Helion.h"
#include "helion/Triton/IR/GPU.h"

#include "mlir/Pass/Pass.h"

namespace mlir::helion {

/// On a masked load or store: the mask says no more than the tensor's extents do.
inline constexpr llvm::StringLiteral kTensorBoundsAttrName =
    "helion.tensor_bounds";

/// On a kernel: what a configuration can choose, for who makes configurations.
inline constexpr llvm::StringLiteral kConfigSpaceAttrName =
    "helion.config_space";
/// On a kernel: the extents of the dimensions that can be reduced in parts; on the
/// operations that reduce them: which of those it is.
inline constexpr llvm::StringLiteral kReductionExtentsAttrName =
    "helion.reductions";
inline constexpr llvm::StringLiteral kReductionAttrName = "helion.reduction";
/// On a load: whether another loop reads the same elements later, or this is the
/// last one that does.
inline constexpr llvm::StringLiteral kReuseAttrName = "helion.reuse";
/// On a kernel: its author wants no loops of a softmax fused.
inline constexpr llvm::StringLiteral kSeparateSoftmaxLoopsAttrName =
    "helion.separate_softmax_loops";

#define GEN_PASS_DECL
#include "helion/HelionDialect/Transforms/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "helion/HelionDialect/Transforms/Passes.h.inc"

} // namespace mlir::helion

#endif // HELION_HELIONDIALECT_TRANSFORMS_PASSES_H
