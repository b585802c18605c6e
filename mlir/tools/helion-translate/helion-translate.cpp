//===- helion-translate.cpp - From IR to other languages -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/Target/TritonPython/TritonPython.h"

#include "mlir/Tools/mlir-translate/MlirTranslateMain.h"

int main(int argc, char **argv) {
  mlir::helion::registerTritonPythonTranslation();
  return mlir::failed(
      mlir::mlirTranslateMain(argc, argv, "Helion translation driver"));
}
