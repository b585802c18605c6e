//===- TritonPython.h - TTIR to readable Triton Python -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TARGET_TRITONPYTHON_TRITONPYTHON_H
#define HELION_TARGET_TRITONPYTHON_TRITONPYTHON_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

#include <functional>
#include <string>

namespace mlir::helion {

/// The text of a line of a file on this machine, empty when there is none.
std::string readSourceLine(StringRef file, unsigned line);

/// What the exported source looks like.
struct TritonPythonOptions {
  /// Put `# src[file:line]: code` above the first operation of each source
  /// line.
  bool originLines = true;
  /// The text of a line of a source file, empty when it is not known: then
  /// origin comments name file and line alone.
  std::function<std::string(StringRef file, unsigned line)> readLine =
      readSourceLine;
};

/// Writes `module`, which holds TTIR, as Python source with one `@triton.jit`
/// function per `tt.func`. Fails, with a diagnostic that names the operation,
/// when Triton's language has no spelling for something.
LogicalResult exportTritonPython(ModuleOp module, raw_ostream &os,
                                 const TritonPythonOptions &options = {});

/// Registers `--ttir-to-triton-python` with mlir-translate style drivers.
void registerTritonPythonTranslation();

} // namespace mlir::helion

#endif // HELION_TARGET_TRITONPYTHON_TRITONPYTHON_H
