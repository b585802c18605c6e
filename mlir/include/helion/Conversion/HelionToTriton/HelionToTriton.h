//===- HelionToTriton.h - Conversion of scheduled kernels to TTIR -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_CONVERSION_HELIONTOTRITON_HELIONTOTRITON_H
#define HELION_CONVERSION_HELIONTOTRITON_HELIONTOTRITON_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::helion {

#define GEN_PASS_DECL
#include "helion/Conversion/HelionToTriton/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "helion/Conversion/HelionToTriton/Passes.h.inc"

} // namespace mlir::helion

#endif // HELION_CONVERSION_HELIONTOTRITON_HELIONTOTRITON_H
