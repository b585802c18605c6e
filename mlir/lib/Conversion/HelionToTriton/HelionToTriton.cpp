//===- HelionToTriton.cpp - Conversion of scheduled kernels to TTIR -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/Conversion/HelionToTriton/HelionToTriton.h"

#include "PatternDetail.h"

#include "helion/Triton/IR/GPU.h"

#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

namespace mlir::helion {
#define GEN_PASS_DEF_CONVERTHELIONTOTRITON
#include "helion/Conversion/HelionToTriton/Passes.h.inc"
} // namespace mlir::helion

using namespace mlir;
using namespace mlir::helion;

/// On the argument for barriers between grids: one i32 that the runtime supplies.
static constexpr llvm::StringLiteral kSemaphoreAttrName = "helion.semaphore";

/// Whether every element lies within 2 GiB of the first, as far as is known.
static bool spansLessThan2GiB(MemRefType type) {
  SmallVector<int64_t> strides;
  int64_t offset = 0;
  if (!type.hasStaticShape() ||
      failed(type.getStridesAndOffset(strides, offset)))
    return false;
  int64_t span = 1;
  for (auto [extent, stride] : llvm::zip_equal(type.getShape(), strides)) {
    if (ShapedType::isDynamic(stride))
      return false;
    span += (extent - 1) * stride;
  }
  int64_t bytes = std::max<int64_t>(1, type.getElementTypeBitWidth() / 8);
  return span * bytes < (int64_t(1) << 31);
}

/// Turns a kernel into a function: host tensors become pointers, seen by the
/// body through casts that vanish with the memory operations.
static tt::FuncOp convertKernel(KernelOp kernel, const TritonTarget &target,
                                ArrayRef<unsigned> misaligned,
                                IRRewriter &rewriter) {
  MLIRContext *context = kernel.getContext();
  SmallVector<Type> types;
  SmallVector<DictionaryAttr> argAttrs;
  for (auto [position, type] : llvm::enumerate(kernel.getArgumentTypes())) {
    NamedAttrList attributes;
    for (NamedAttribute entry :
         function_interface_impl::getArgAttrs(kernel, position))
      if (entry.getName().strref().starts_with("tt."))
        attributes.append(entry);
    bool isAligned = !llvm::is_contained(misaligned, position);
    auto memref = dyn_cast<MemRefType>(type);
    if (isAligned && (memref || kernel.getArgAttr(position, kAlignedAttrName)))
      attributes.set("tt.divisibility", rewriter.getI32IntegerAttr(16));
    if (!memref) {
      types.push_back(type);
      argAttrs.push_back(attributes.getDictionary(context));
      continue;
    }
    Type element = memref.getElementType();
    if (element.isInteger(1))
      element = rewriter.getI8Type();
    types.push_back(tt::PointerType::get(element));
    // What buffer instructions can address.
    if (target.isHip && spansLessThan2GiB(memref))
      attributes.set("tt.pointer_range", rewriter.getI32IntegerAttr(32));
    argAttrs.push_back(attributes.getDictionary(context));
  }
  rewriter.setInsertionPoint(kernel);
  NamedAttribute visibility(rewriter.getStringAttr("sym_visibility"),
                            rewriter.getStringAttr("public"));
  NamedAttribute noinline(rewriter.getStringAttr("noinline"),
                          rewriter.getBoolAttr(false));
  auto function = tt::FuncOp::create(
      rewriter, kernel.getLoc(), kernel.getName(),
      rewriter.getFunctionType(types, {}), {visibility, noinline}, argAttrs);
  if (Attribute grid = kernel->getAttr("helion.grid"))
    function->setAttr("helion.grid", grid);
  function.getBody().takeBody(kernel.getBody());
  Block &entry = function.getBody().front();
  rewriter.setInsertionPointToStart(&entry);
  for (auto [argument, type] : llvm::zip_equal(entry.getArguments(), types)) {
    if (auto name = kernel.getArgAttrOfType<StringAttr>(argument.getArgNumber(),
                                                        kArgNameAttrName))
      argument.setLoc(NameLoc::get(name, argument.getLoc()));
    if (argument.getType() == type)
      continue;
    Type memref = argument.getType();
    argument.setType(type);
    auto cast = UnrealizedConversionCastOp::create(rewriter, argument.getLoc(),
                                                   memref, argument);
    argument.replaceAllUsesExcept(cast.getResult(0), cast);
  }
  Operation *terminator = entry.getTerminator();
  rewriter.setInsertionPoint(terminator);
  rewriter.replaceOpWithNewOp<tt::ReturnOp>(terminator);
  rewriter.eraseOp(kernel);
  return function;
}

/// The argument that the programs of a grid count in when they meet.
static std::optional<unsigned> findSemaphore(KernelOp kernel) {
  for (unsigned position = 0; position < kernel.getNumArguments(); ++position)
    if (kernel.getArgAttr(position, kSemaphoreAttrName))
      return position;
  return std::nullopt;
}

/// Erases what only memory operations and tile attributes used.
static void eraseDeadMakers(tt::FuncOp function) {
  SmallVector<Operation *> makers;
  function.walk([&](Operation *op) {
    if (isa<MakeTileOp, SliceOp, ShiftTileOp, ViewOp,
            UnrealizedConversionCastOp>(op))
      makers.push_back(op);
  });
  for (Operation *op : llvm::reverse(makers))
    if (op->use_empty())
      op->erase();
}

namespace {
struct ConvertHelionToTritonPass
    : public helion::impl::ConvertHelionToTritonBase<
          ConvertHelionToTritonPass> {
  using ConvertHelionToTritonBase::ConvertHelionToTritonBase;

  LogicalResult initialize(MLIRContext *context) override {
    triton.name = target;
    triton.isHip = StringRef(target).starts_with("hip");
    triton.bareTensorDesc = bareTensorDesc;
    triton.cachePolicyAttr = cachePolicyAttr;
    RewritePatternSet families(context);
    populateAtomicPatterns(families);
    populateContractionPatterns(families, triton);
    populateElementwisePatterns(families, triton);
    populateForeignPatterns(families);
    populateMemoryPatterns(families, triton);
    populateReductionPatterns(families);
    populateScaledDotPatterns(families, triton);
    populateShapePatterns(families);
    populateSortPatterns(families);
    populateTilePatterns(families);
    patterns = FrozenRewritePatternSet(std::move(families));
    return success();
  }

  void runOnOperation() override {
    IRRewriter rewriter(&getContext());
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp kernel : kernels) {
      std::optional<unsigned> semaphore = findSemaphore(kernel);
      tt::FuncOp function = convertKernel(kernel, triton, misaligned, rewriter);
      if (failed(convertBarriers(function, semaphore, triton)))
        return signalPassFailure();
      walkAndApplyPatterns(function, patterns);
      eraseDeadMakers(function);
      WalkResult left = function.walk([](Operation *op) {
        if (!isa<HelionDialect>(op->getDialect()))
          return WalkResult::advance();
        op->emitError("cannot be expressed in Triton's IR");
        return WalkResult::interrupt();
      });
      if (left.wasInterrupted())
        return signalPassFailure();
    }
  }

  TritonTarget triton;
  FrozenRewritePatternSet patterns;
};
} // namespace
