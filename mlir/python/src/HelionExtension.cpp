//===- HelionExtension.cpp - The compiler, for Python -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion-c/Helion.h"

#include "mlir/Bindings/Python/Nanobind.h"
#include "mlir/Bindings/Python/NanobindAdaptors.h"

#include <string>
#include <tuple>
#include <vector>

namespace nb = nanobind;
using namespace mlir::python::nanobind_adaptors;

namespace {
struct CompileResult {
  std::string output;
  std::string notes;
  std::vector<std::string> diagnostics;
};
} // namespace

static MlirStringRef toRef(const std::string &text) {
  return mlirStringRefCreate(text.data(), text.size());
}

NB_MODULE(_helion, module) {
  module.doc() = "The native compiler.";
  module.def(
      "compile",
      [](MlirOperation op, const std::string &pipeline,
         const std::string &config, bool tritonPython, bool debugInfo,
         bool verify) {
        HelionCompileOptions options;
        options.config = toRef(config);
        options.pipeline = toRef(pipeline);
        options.output =
            tritonPython ? HELION_OUTPUT_TRITON_PYTHON : HELION_OUTPUT_MLIR;
        options.debugInfo = debugInfo;
        options.verify = verify;
        CompileResult result;
        MlirLogicalResult outcome;
        {
          nb::gil_scoped_release release;
          outcome = helionCompile(
              op, options,
              [](MlirStringRef text, void *data) {
                static_cast<CompileResult *>(data)->output.assign(text.data,
                                                                  text.length);
              },
              [](MlirStringRef text, void *data) {
                static_cast<CompileResult *>(data)->notes.assign(text.data,
                                                                 text.length);
              },
              [](MlirStringRef text, void *data) {
                static_cast<CompileResult *>(data)->diagnostics.emplace_back(
                    text.data, text.length);
              },
              &result);
        }
        return std::make_tuple(mlirLogicalResultIsSuccess(outcome),
                               result.output, result.notes, result.diagnostics);
      },
      nb::arg("module"), nb::arg("pipeline"), nb::arg("config") = "",
      nb::kw_only(), nb::arg("triton_python") = false,
      nb::arg("debug_info") = false, nb::arg("verify") = false,
      "Runs a pass pipeline on a clone of a module. Returns whether it "
      "succeeded, the "
      "resulting text, what passes noted for the caller as a JSON object, and "
      "the diagnostics, each as "
      "'severity\\nfile\\nline\\ncolumn\\nmessage'. Releases the GIL.");
}
