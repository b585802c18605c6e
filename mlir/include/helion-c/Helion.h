//===- Helion.h - C API of the compiler -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_C_HELION_H
#define HELION_C_HELION_H

#include "mlir-c/IR.h"
#include "mlir-c/Support.h"

#ifdef __cplusplus
extern "C" {
#endif

MLIR_CAPI_EXPORTED void helionRegisterAllDialects(MlirDialectRegistry registry);
MLIR_CAPI_EXPORTED void helionRegisterAllPasses(void);

/// What `helionCompile` leaves in its output.
enum HelionOutput {
  /// The module as MLIR text.
  HELION_OUTPUT_MLIR = 0,
  /// Readable Triton Python source; the pipeline must have produced TTIR.
  HELION_OUTPUT_TRITON_PYTHON = 1,
};

/// How `helionCompile` works.
typedef struct HelionCompileOptions {
  /// Text of a `#helion.config` attribute that every kernel gets; may be empty.
  MlirStringRef config;
  /// Text of a pass pipeline on the module, without the `builtin.module(...)`.
  MlirStringRef pipeline;
  int output;
  /// Print source locations.
  bool debugInfo;
  /// Verify after each pass.
  bool verify;
} HelionCompileOptions;

/// Clones `module`, runs the pipeline on the clone and hands the result to
/// `output` as text, what passes noted on the kernel for its caller to `notes`,
/// as a JSON object of attributes such as `helion.grid`, and every
/// diagnostic of this run to `diagnostic`, one call each, as
/// `severity\nfile\nline\ncolumn\nmessage`. The module itself is not changed; several threads may
/// compile from one module at once.
MLIR_CAPI_EXPORTED MlirLogicalResult
helionCompile(MlirOperation module, HelionCompileOptions options,
              MlirStringCallback output, MlirStringCallback notes,
              MlirStringCallback diagnostic, void *userData);

#ifdef __cplusplus
}
#endif

#endif // HELION_C_HELION_H
