//===- Helion.cpp - C API of the compiler -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion-c/Helion.h"

#include "helion/RegisterHelion.h"
#include "helion/Target/TritonPython/TritonPython.h"

#include "mlir/AsmParser/AsmParser.h"
#include "mlir/CAPI/IR.h"
#include "mlir/CAPI/Registration.h"
#include "mlir/CAPI/Support.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Threading.h"

using namespace mlir;

void helionRegisterAllDialects(MlirDialectRegistry registry) {
  helion::registerAllDialects(*unwrap(registry));
}

void helionRegisterAllPasses() { helion::registerAllPasses(); }

/// The first file location inside `loc`, looking through names and fusions.
static FileLineColLoc findFileLocation(Location loc) {
  FileLineColLoc found;
  loc->walk([&](Location nested) {
    found = dyn_cast<FileLineColLoc>(nested);
    return found ? WalkResult::interrupt() : WalkResult::advance();
  });
  return found;
}

/// Renders a diagnostic with its notes as `severity\nfile\nline\ncolumn\ntext`.
static std::string renderDiagnostic(Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream os(text);
  switch (diagnostic.getSeverity()) {
  case DiagnosticSeverity::Error:
    os << "error";
    break;
  case DiagnosticSeverity::Warning:
    os << "warning";
    break;
  case DiagnosticSeverity::Remark:
    os << "remark";
    break;
  case DiagnosticSeverity::Note:
    os << "note";
    break;
  }
  FileLineColLoc file = findFileLocation(diagnostic.getLocation());
  os << '\n'
     << (file ? file.getFilename().strref() : "") << '\n'
     << (file ? file.getLine() : 0) << '\n'
     << (file ? file.getColumn() : 0) << '\n'
     << diagnostic;
  for (Diagnostic &note : diagnostic.getNotes()) {
    // MLIR repeats the operation, which says nothing to the author of a kernel.
    std::string text = note.str();
    if (!StringRef(text).starts_with("see current operation"))
      os << "\nnote: " << text;
  }
  return text;
}

static llvm::json::Value toJSON(Attribute attribute) {
  if (auto flag = dyn_cast<BoolAttr>(attribute))
    return flag.getValue();
  if (auto number = dyn_cast<IntegerAttr>(attribute))
    return number.getInt();
  if (auto text = dyn_cast<StringAttr>(attribute))
    return text.getValue();
  if (auto symbol = dyn_cast<FlatSymbolRefAttr>(attribute))
    return symbol.getValue();
  if (auto list = dyn_cast<ArrayAttr>(attribute)) {
    llvm::json::Array array;
    for (Attribute entry : list)
      array.push_back(toJSON(entry));
    return array;
  }
  if (auto dictionary = dyn_cast<DictionaryAttr>(attribute)) {
    llvm::json::Object object;
    for (NamedAttribute entry : dictionary)
      object[entry.getName().strref()] = toJSON(entry.getValue());
    return object;
  }
  return nullptr;
}

MlirLogicalResult helionCompile(MlirOperation module,
                                HelionCompileOptions options,
                                MlirStringCallback output,
                                MlirStringCallback notes,
                                MlirStringCallback diagnostic, void *userData) {
  auto source = cast<ModuleOp>(unwrap(module));
  MLIRContext *context = source.getContext();
  auto hand = [&](MlirStringCallback callback, StringRef text) {
    callback(wrap(text), userData);
  };
  // Handlers see the diagnostics of all threads of the context: take our own.
  uint64_t thread = llvm::get_threadid();
  ScopedDiagnosticHandler handler(context, [&](Diagnostic &diag) {
    if (llvm::get_threadid() != thread)
      return failure();
    hand(diagnostic, renderDiagnostic(diag));
    return success();
  });

  OwningOpRef<ModuleOp> clone(source.clone());
  StringRef configText = unwrap(options.config);
  if (!configText.empty()) {
    Attribute config = parseAttribute(configText, context);
    if (!config)
      return mlirLogicalResultFailure();
    for (auto kernel : clone->getOps<helion::KernelOp>())
      kernel->setAttr(helion::kConfigAttrName, config);
  }

  PassManager pm(context, ModuleOp::getOperationName());
  pm.enableVerifier(options.verify);
  std::string message;
  llvm::raw_string_ostream os(message);
  if (failed(parsePassPipeline(unwrap(options.pipeline), pm, os))) {
    hand(diagnostic, "error\n\n0\n0\n" + message);
    return mlirLogicalResultFailure();
  }
  if (failed(pm.run(*clone)))
    return mlirLogicalResultFailure();

  // Triton would reject an attribute of a dialect that it does not know.
  llvm::json::Object noted;
  for (Operation &op : *clone->getBody())
    for (StringRef name :
         {StringRef("helion.grid"), StringRef(helion::kConfigSpaceAttrName)})
      if (Attribute note = op.removeDiscardableAttr(name))
        noted[name] = toJSON(note);
  hand(notes, llvm::formatv("{0}", llvm::json::Value(std::move(noted))).str());

  std::string text;
  llvm::raw_string_ostream stream(text);
  if (options.output == HELION_OUTPUT_TRITON_PYTHON) {
    helion::TritonPythonOptions python;
    if (failed(helion::exportTritonPython(*clone, stream, python)))
      return mlirLogicalResultFailure();
  } else {
    OpPrintingFlags flags;
    if (options.debugInfo)
      flags.enableDebugInfo(/*enable=*/true, /*prettyForm=*/false);
    flags.assumeVerified();
    clone->print(stream, flags);
  }
  hand(output, text);
  return mlirLogicalResultSuccess();
}
