//===- SiteInitialize.cpp - Registers dialects and passes with every context -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

// Imported by `_mlir_libs/__init__.py` before `ir` is complete: this module must
// not define subclasses of MLIR's Python types.

#include "helion-c/Helion.h"

#include "mlir/Bindings/Python/Nanobind.h"
#include "mlir/Bindings/Python/NanobindAdaptors.h"

NB_MODULE(_site_initialize_0, module) {
  helionRegisterAllPasses();
  module.def("register_dialects", [](MlirDialectRegistry registry) {
    helionRegisterAllDialects(registry);
  });
}
