//===- TritonPython.cpp - TTIR to readable Triton Python -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Triton's frontend makes the same program of the source again, up to what its
// canonicalizer does. What a person would not write is left to the frontend:
// splats, broadcasts, constants, the casts of masks.
//
//===----------------------------------------------------------------------===//

#include "helion/Target/TritonPython/TritonPython.h"

#include "Emitter.h"

#include "helion/Triton/IR/GPU.h"

#include "mlir/Dialect/UB/IR/UBOps.h"
#include "mlir/Tools/mlir-translate/Translation.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace mlir;
using namespace mlir::helion;
using namespace mlir::helion::python;

std::string ModuleState::addHelper(StringRef wish, StringRef text) {
  auto [entry, isNew] = helpers.try_emplace(text);
  if (!isNew)
    return entry->second;
  std::string name = asIdentifier(wish);
  for (unsigned n = 1; !names.insert(name).second; ++n)
    name = asIdentifier(wish) + "_" + std::to_string(n);
  entry->second = name;
  std::string definition = text.str();
  definition.replace(definition.find("{0}"), 3, name);
  helperText += "\n\n" + definition;
  return name;
}

/// The type that a parameter must be annotated with: an integer or float that
/// Triton would not take for the type it has.
static std::string annotation(Type type) {
  if (type.isInteger(32) || type.isF32() || type.isInteger(1) ||
      isa<tt::PointerType, tt::TensorDescType>(type))
    return {};
  if (auto integer = dyn_cast<IntegerType>(type))
    return ": \"i" + std::to_string(integer.getWidth()) + "\"";
  if (type.isF64())
    return ": \"fp64\"";
  if (type.isF16())
    return ": \"fp16\"";
  if (type.isBF16())
    return ": \"bf16\"";
  return {};
}

/// The arguments of a function as Python sees them. A host descriptor brings
/// its sizes and strides along in TTIR, but not in Python.
static FailureOr<SmallVector<BlockArgument>>
pythonArguments(tt::FuncOp function) {
  SmallVector<BlockArgument> kept;
  Block &entry = function.getBody().front();
  for (unsigned index = 0; index < entry.getNumArguments(); ++index) {
    BlockArgument argument = entry.getArgument(index);
    kept.push_back(argument);
    auto descriptor = dyn_cast<tt::TensorDescType>(argument.getType());
    if (!descriptor || !function.isPublic())
      continue;
    unsigned rank = descriptor.getBlockType().getRank();
    for (unsigned extra = 0; extra < 2 * rank; ++extra) {
      ++index;
      bool fits =
          index < entry.getNumArguments() &&
          entry.getArgument(index).getType().isInteger(extra < rank ? 32 : 64);
      if (!fits)
        return function.emitOpError(
            "expects the sizes (i32) and strides (i64) of a "
            "descriptor right behind it");
      if (!entry.getArgument(index).use_empty())
        return function.emitOpError(
            "has no spelling in Triton's language: it reads "
            "the sizes that a host descriptor brings along");
    }
  }
  return kept;
}

static LogicalResult emitFunction(tt::FuncOp function, ModuleState &state,
                                  std::string &text) {
  Region &body = function.getBody();
  // Triton's frontend leaves blocks behind that nothing branches to.
  for (Block &block : llvm::drop_begin(body))
    if (!block.hasNoPredecessors())
      return function.emitOpError(
          "has no spelling in Triton's language: its blocks branch");
  FailureOr<SmallVector<BlockArgument>> arguments = pythonArguments(function);
  if (failed(arguments))
    return failure();
  Block &entry = body.front();
  Emitter emitter(state, entry);
  std::string parameters;
  for (BlockArgument argument : *arguments)
    parameters += (parameters.empty() ? "" : ", ") +
                  emitter.nameOf(argument).str() +
                  annotation(argument.getType());
  emitter.block(entry, 1);
  text += "\n\n@triton.jit\ndef " + state.functions[function] + "(" +
          parameters + "):\n" + emitter.take();
  return failure(state.failed);
}

LogicalResult helion::exportTritonPython(ModuleOp module, raw_ostream &os,
                                         const TritonPythonOptions &options) {
  ModuleState state(options);
  // What is only declared is written by somebody else, under that very name.
  for (auto function : module.getOps<tt::FuncOp>()) {
    if (!function.isExternal())
      continue;
    auto foreign =
        function->getAttrOfType<StringAttr>(tt::kForeignFunctionAttrName);
    StringRef name = foreign ? foreign.getValue() : function.getName();
    state.names.insert(name);
    state.functions[function] = name.str();
  }
  for (auto function : module.getOps<tt::FuncOp>()) {
    if (function.isExternal())
      continue;
    std::string base = asIdentifier(function.getName()), name = base;
    for (unsigned n = 1; !state.names.insert(name).second; ++n)
      name = base + "_" + std::to_string(n);
    state.functions[function] = name;
  }
  for (Operation &op : *module.getBody())
    if (!isa<tt::FuncOp>(op))
      return op.emitOpError(
          "has no spelling in Triton's language at module level");

  // Helpers before the kernels that call them.
  std::string text;
  for (bool isPublic : {false, true})
    for (auto function : module.getOps<tt::FuncOp>())
      if (!function.isExternal() && function.isPublic() == isPublic &&
          failed(emitFunction(function, state, text)))
        return failure();

  os << "import triton\nimport triton.language as tl\n";
  if (state.usesLibdevice)
    os << "from triton.language.extra import libdevice\n";
  os << state.helperText << text;
  return success();
}

std::string helion::readSourceLine(StringRef file, unsigned number) {
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> buffer =
      llvm::MemoryBuffer::getFile(file, /*IsText=*/true);
  if (!buffer)
    return {};
  StringRef rest = (*buffer)->getBuffer();
  for (unsigned current = 1; current < number; ++current)
    rest = rest.split('\n').second;
  return rest.split('\n').first.str();
}

void helion::registerTritonPythonTranslation() {
  static llvm::cl::opt<bool> originLines(
      "origin-lines",
      llvm::cl::desc("Put the source line above each statement"),
      llvm::cl::init(true));
  static TranslateFromMLIRRegistration registration(
      "ttir-to-triton-python", "TTIR to readable Triton Python source",
      [](Operation *op, raw_ostream &os) -> LogicalResult {
        auto module = dyn_cast<ModuleOp>(op);
        if (!module)
          return op->emitError("expects a module");
        TritonPythonOptions options;
        options.originLines = originLines;
        return exportTritonPython(module, os, options);
      },
      [](DialectRegistry &registry) {
        registry.insert<tt::TritonDialect, gpu::GPUDialect, arith::ArithDialect,
                        math::MathDialect, scf::SCFDialect, ub::UBDialect>();
      });
}
