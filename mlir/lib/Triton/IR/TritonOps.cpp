//===- TritonOps.cpp - Operations of the mirror dialect -*- C++ -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM
// Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "helion/Triton/IR/Triton.h"

#include "mlir/IR/Builders.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionImplementation.h"

using namespace mlir;
using namespace mlir::helion::tt;

#define GET_OP_CLASSES
#include "helion/Triton/IR/TritonOps.cpp.inc"

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

void FuncOp::build(OpBuilder &builder, OperationState &state, StringRef name,
                   FunctionType type, ArrayRef<NamedAttribute> attrs,
                   ArrayRef<DictionaryAttr> argAttrs) {
  state.addAttribute(SymbolTable::getSymbolAttrName(),
                     builder.getStringAttr(name));
  state.addAttribute(getFunctionTypeAttrName(state.name), TypeAttr::get(type));
  state.attributes.append(attrs.begin(), attrs.end());
  state.addRegion();
  if (argAttrs.empty())
    return;
  call_interface_impl::addArgAndResultAttrs(
      builder, state, argAttrs, /*resultAttrs=*/{},
      getArgAttrsAttrName(state.name), getResAttrsAttrName(state.name));
}

ParseResult FuncOp::parse(OpAsmParser &parser, OperationState &result) {
  auto buildType = [](Builder &builder, ArrayRef<Type> inputs,
                      ArrayRef<Type> results,
                      function_interface_impl::VariadicFlag, std::string &) {
    return builder.getFunctionType(inputs, results);
  };
  return function_interface_impl::parseFunctionOp(
      parser, result, /*allowVariadic=*/false,
      getFunctionTypeAttrName(result.name), buildType,
      getArgAttrsAttrName(result.name), getResAttrsAttrName(result.name));
}

void FuncOp::print(OpAsmPrinter &printer) {
  function_interface_impl::printFunctionOp(
      printer, *this, /*isVariadic=*/false, getFunctionTypeAttrName(),
      getArgAttrsAttrName(), getResAttrsAttrName());
}

LogicalResult ReturnOp::verify() {
  auto function = cast<FuncOp>((*this)->getParentOp());
  TypeRange expected = function.getFunctionType().getResults();
  if (TypeRange(getSrcs().getTypes()) != expected)
    return emitOpError("expects the result types of @")
           << function.getName() << " (" << expected << ") but got ("
           << getSrcs().getTypes() << ")";
  return success();
}

LogicalResult CallOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto callee = symbols.lookupNearestSymbolFrom<FuncOp>(*this, getCalleeAttr());
  if (!callee)
    return emitOpError("expects a tt.func but found none named ")
           << getCalleeAttr();
  FunctionType type = callee.getFunctionType();
  if (TypeRange(getOperandTypes()) != TypeRange(type.getInputs()) ||
      TypeRange(getResultTypes()) != TypeRange(type.getResults()))
    return emitOpError("expects the type of its callee ")
           << type << " but got "
           << FunctionType::get(getContext(), getOperandTypes(),
                                getResultTypes());
  return success();
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

LogicalResult MakeRangeOp::verify() {
  RankedTensorType type = getType();
  int64_t extent =
      static_cast<int64_t>(getEnd()) - static_cast<int64_t>(getStart());
  if (type.getRank() != 1 || type.getDimSize(0) != extent)
    return emitOpError("expects a tensor of ")
           << extent << " elements, end - start, but got " << type;
  return success();
}

LogicalResult UnsplatOp::verify() {
  auto type = cast<RankedTensorType>(getSrc().getType());
  if (type.getNumElements() != 1)
    return emitOpError("expects a tensor of one element but got ") << type;
  return success();
}

static RankedTensorType expandedType(RankedTensorType type, int64_t axis) {
  SmallVector<int64_t> shape(type.getShape());
  shape.insert(shape.begin() + axis, 1);
  return type.clone(shape);
}

void ExpandDimsOp::build(OpBuilder &builder, OperationState &state, Value src,
                         int axis) {
  build(builder, state,
        expandedType(cast<RankedTensorType>(src.getType()), axis), src, axis);
}

LogicalResult ExpandDimsOp::verify() {
  auto type = cast<RankedTensorType>(getSrc().getType());
  int64_t axis = static_cast<int32_t>(getAxis());
  if (axis < 0 || axis > type.getRank())
    return emitOpError("expects an axis from 0 to ")
           << type.getRank() << " but got " << axis;
  if (getType() != expandedType(type, axis))
    return emitOpError("expects the result ")
           << expandedType(type, axis) << " but got " << getType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  auto source = cast<RankedTensorType>(getSrc().getType());
  auto result = cast<RankedTensorType>(getType());
  if (source.getRank() != result.getRank())
    return emitOpError("expects a result of rank ")
           << source.getRank() << " but got " << result;
  for (auto [from, to] : llvm::zip_equal(source.getShape(), result.getShape()))
    if (from != to && from != 1)
      return emitOpError("expects to repeat axes of extent 1 only but got ")
             << source << " to " << result;
  return success();
}

LogicalResult ReshapeOp::verify() {
  int64_t source = cast<RankedTensorType>(getSrc().getType()).getNumElements();
  int64_t result = cast<RankedTensorType>(getType()).getNumElements();
  if (source != result)
    return emitOpError("expects ")
           << source << " elements in the result but got " << result;
  return success();
}

static RankedTensorType transposedType(RankedTensorType type,
                                       ArrayRef<int32_t> order) {
  SmallVector<int64_t> shape;
  for (int32_t axis : order)
    shape.push_back(type.getDimSize(axis));
  return type.clone(shape);
}

void TransOp::build(OpBuilder &builder, OperationState &state, Value src,
                    ArrayRef<int32_t> order) {
  build(builder, state,
        transposedType(cast<RankedTensorType>(src.getType()), order), src,
        order);
}

LogicalResult TransOp::verify() {
  auto type = cast<RankedTensorType>(getSrc().getType());
  SmallVector<int32_t> sorted(getOrder());
  llvm::sort(sorted);
  if (static_cast<int64_t>(sorted.size()) != type.getRank() ||
      !llvm::all_of(llvm::enumerate(sorted), [](auto entry) {
        return static_cast<int64_t>(entry.index()) == entry.value();
      }))
    return emitOpError("expects a permutation of ")
           << type.getRank() << " axes but got [" << getOrder() << "]";
  if (getType() != transposedType(type, getOrder()))
    return emitOpError("expects the result ")
           << transposedType(type, getOrder()) << " but got " << getType();
  return success();
}

static RankedTensorType joinedType(RankedTensorType type) {
  SmallVector<int64_t> shape(type.getShape());
  shape.push_back(2);
  return type.clone(shape);
}

void JoinOp::build(OpBuilder &builder, OperationState &state, Value lhs,
                   Value rhs) {
  build(builder, state, joinedType(cast<RankedTensorType>(lhs.getType())), lhs,
        rhs);
}

LogicalResult JoinOp::verify() {
  RankedTensorType expected =
      joinedType(cast<RankedTensorType>(getLhs().getType()));
  if (getType() != expected)
    return emitOpError("expects the result ")
           << expected << " but got " << getType();
  return success();
}

void SplitOp::build(OpBuilder &builder, OperationState &state, Value src) {
  auto type = cast<RankedTensorType>(src.getType());
  RankedTensorType half = type.clone(type.getShape().drop_back());
  build(builder, state, half, half, src);
}

LogicalResult SplitOp::verify() {
  auto type = cast<RankedTensorType>(getSrc().getType());
  if (joinedType(cast<RankedTensorType>(getOutLHS().getType())) != type)
    return emitOpError("expects the halves of ")
           << type << " along a last axis of extent 2 but got "
           << getOutLHS().getType();
  return success();
}

void SplitOp::getAsmResultNames(function_ref<void(Value, StringRef)> setName) {
  setName(getOutLHS(), "outLHS");
  setName(getOutRHS(), "outRHS");
}

void GatherOp::build(OpBuilder &builder, OperationState &state, Value src,
                     Value indices, int axis) {
  Type elementType = getElementTypeOrSelf(src.getType());
  build(builder, state, getTypeSameShape(indices.getType(), elementType), src,
        indices, axis, /*efficient_layout=*/false);
}

LogicalResult GatherOp::verify() {
  auto source = cast<RankedTensorType>(getSrc().getType());
  auto indices = cast<RankedTensorType>(getIndices().getType());
  if (getType() != indices.clone(source.getElementType()))
    return emitOpError("expects the result ")
           << indices.clone(source.getElementType()) << " but got "
           << getType();
  if (source.getRank() != indices.getRank())
    return emitOpError("expects indices of rank ")
           << source.getRank() << " but got " << indices;
  if (static_cast<int64_t>(getAxis()) >= source.getRank())
    return emitOpError("expects an axis below ")
           << source.getRank() << " but got " << getAxis();
  return success();
}

//===----------------------------------------------------------------------===//
// Casts and foreign code
//===----------------------------------------------------------------------===//

LogicalResult BitcastOp::verify() {
  Type source = getElementTypeOrSelf(getSrc().getType());
  Type result = getElementTypeOrSelf(getType());
  bool sourceIsPointer = isa<PointerType>(source);
  if (sourceIsPointer != isa<PointerType>(result))
    return emitOpError("expects pointers on both sides or on neither but got ")
           << source << " to " << result;
  if (!sourceIsPointer &&
      source.getIntOrFloatBitWidth() != result.getIntOrFloatBitWidth())
    return emitOpError("expects types of one width but got ")
           << source << " to " << result;
  return success();
}

LogicalResult FpToFpOp::verify() {
  unsigned source =
      getElementTypeOrSelf(getSrc().getType()).getIntOrFloatBitWidth();
  unsigned result = getElementTypeOrSelf(getType()).getIntOrFloatBitWidth();
  if (result < source && !getRounding())
    return emitOpError("expects a rounding mode where it narrows but got none");
  if (result > source && getRounding())
    return emitOpError("expects no rounding mode where it widens but got one");
  return success();
}

/// The effects of code that the compiler cannot see into.
static void addOpaqueEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), GlobalMemory::get());
  effects.emplace_back(MemoryEffects::Read::get(), GlobalMemory::get());
}

void ExternElementwiseOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (!getPure())
    addOpaqueEffects(effects);
}

Speculation::Speculatability ExternElementwiseOp::getSpeculatability() {
  return getPure() ? Speculation::Speculatable : Speculation::NotSpeculatable;
}

void ElementwiseInlineAsmOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  if (!getPure())
    addOpaqueEffects(effects);
}

Speculation::Speculatability ElementwiseInlineAsmOp::getSpeculatability() {
  return getPure() ? Speculation::Speculatable : Speculation::NotSpeculatable;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

/// One op carries its hints in the old spelling or in the new one.
template <typename OpTy> static LogicalResult verifyCacheHints(OpTy op) {
  if (op.getCachePolicyAttr() && (op.getCache() != CacheModifier::NONE ||
                                  op.getEvict() != EvictionPolicy::NORMAL))
    return op.emitOpError(
        "expects cache hints in one spelling but got cachePolicy "
        "beside cacheModifier or evictionPolicy");
  return success();
}

void LoadOp::build(OpBuilder &builder, OperationState &state, Value ptr,
                   Value mask, Value other) {
  build(builder, state, getPointeeType(ptr.getType()), ptr, mask, other,
        CacheModifier::NONE, EvictionPolicy::NORMAL, /*isVolatile=*/false,
        CachePolicyAttr());
}

void LoadOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getPtrMutable(),
                       GlobalMemory::get());
  if (getIsVolatile())
    effects.emplace_back(MemoryEffects::Write::get(), GlobalMemory::get());
}

LogicalResult LoadOp::verify() {
  if (getOther() && !getMask())
    return emitOpError(
        "expects a mask where there is another value but got none");
  return verifyCacheHints(*this);
}

void StoreOp::build(OpBuilder &builder, OperationState &state, Value ptr,
                    Value value, Value mask) {
  build(builder, state, ptr, value, mask, CacheModifier::NONE,
        EvictionPolicy::NORMAL, CachePolicyAttr());
}

LogicalResult StoreOp::verify() { return verifyCacheHints(*this); }

LogicalResult MakeTensorDescOp::verify() {
  RankedTensorType block = getType().getBlockType();
  if (static_cast<int64_t>(getShape().size()) != block.getRank())
    return emitOpError("expects one extent and one stride per axis of ")
           << block << " but got " << getShape().size();
  Type pointee = getBase().getType().getPointeeType();
  Type element = getType().getSignlessBlockType().getElementType();
  if (pointee != element)
    return emitOpError("expects blocks of ") << pointee << " but got " << block;
  return success();
}

/// A block access has an index per axis and a value with the block's elements.
static LogicalResult verifyBlockAccess(Operation *op, Value desc,
                                       ValueRange indices, Type value) {
  auto type = cast<TensorDescType>(desc.getType());
  RankedTensorType block = type.getSignlessBlockType();
  if (static_cast<int64_t>(indices.size()) != block.getRank())
    return op->emitOpError("expects ")
           << block.getRank() << " indices, one per axis of the block, but got "
           << indices.size();
  // A load may drop or reorder unit axes of the block.
  auto tensor = cast<RankedTensorType>(value);
  if (tensor.getNumElements() != block.getNumElements() ||
      tensor.getElementType() != block.getElementType())
    return op->emitOpError("expects a value like the block ")
           << block << " but got " << tensor;
  return success();
}

void DescriptorLoadOp::build(OpBuilder &builder, OperationState &state,
                             Value desc, ValueRange indices) {
  build(builder, state,
        cast<TensorDescType>(desc.getType()).getSignlessBlockType(), desc,
        indices, CacheModifier::NONE, EvictionPolicy::NORMAL,
        CachePolicyAttr());
}

LogicalResult DescriptorLoadOp::verify() {
  if (failed(verifyBlockAccess(*this, getDesc(), getIndices(), getType())))
    return failure();
  return verifyCacheHints(*this);
}

LogicalResult DescriptorStoreOp::verify() {
  return verifyBlockAccess(*this, getDesc(), getIndices(), getSrc().getType());
}

LogicalResult DescriptorReduceOp::verify() {
  return verifyBlockAccess(*this, getDesc(), getIndices(), getSrc().getType());
}

//===----------------------------------------------------------------------===//
// Contractions, reductions, scans
//===----------------------------------------------------------------------===//

LogicalResult DotOp::verify() {
  auto a = cast<RankedTensorType>(getA().getType());
  auto b = cast<RankedTensorType>(getB().getType());
  auto d = cast<RankedTensorType>(getType());
  int64_t rank = d.getRank();
  if ((rank != 2 && rank != 3) || a.getRank() != rank || b.getRank() != rank)
    return emitOpError(
               "expects operands and result of rank 2, or 3 with a batch, "
               "but got ")
           << a << " * " << b << " -> " << d;
  int64_t m = rank - 2, n = rank - 1;
  bool batched = rank == 2 || (a.getDimSize(0) == d.getDimSize(0) &&
                               b.getDimSize(0) == d.getDimSize(0));
  if (!batched || a.getDimSize(m) != d.getDimSize(m) ||
      b.getDimSize(n) != d.getDimSize(n) || a.getDimSize(n) != b.getDimSize(m))
    return emitOpError("expects shapes [M, K] * [K, N] -> [M, N] but got ")
           << a << " * " << b << " -> " << d;
  return success();
}

/// The type of `type` with `axis` reduced away: a scalar from a vector.
static Type reducedType(RankedTensorType type, int64_t axis) {
  if (type.getRank() == 1)
    return type.getElementType();
  SmallVector<int64_t> shape(type.getShape());
  shape.erase(shape.begin() + axis);
  return type.clone(shape);
}

void ReduceOp::build(OpBuilder &builder, OperationState &state, ValueRange srcs,
                     int axis) {
  SmallVector<Type> types;
  for (Value src : srcs)
    types.push_back(reducedType(cast<RankedTensorType>(src.getType()), axis));
  build(builder, state, types, srcs, axis);
}

LogicalResult ReduceOp::verify() {
  if (getSrcs().empty() || getSrcs().size() != getNumResults())
    return emitOpError(
               "expects as many results as operands, at least one, but got ")
           << getNumResults() << " for " << getSrcs().size();
  int64_t axis = static_cast<int32_t>(getAxis());
  for (auto [src, result] : llvm::zip_equal(getSrcs(), getResults())) {
    auto type = cast<RankedTensorType>(src.getType());
    if (axis < 0 || axis >= type.getRank())
      return emitOpError("expects an axis of ") << type << " but got " << axis;
    if (result.getType() != reducedType(type, axis))
      return emitOpError("expects the result ")
             << reducedType(type, axis) << " but got " << result.getType();
  }
  return success();
}

/// A combine region takes two elements of each operand and gives one.
static LogicalResult verifyCombineRegion(Operation *op, Block &block,
                                         ValueRange srcs) {
  SmallVector<Type> elements = llvm::map_to_vector(
      srcs, [](Value src) { return getElementTypeOrSelf(src.getType()); });
  SmallVector<Type> expected(elements);
  expected.append(elements);
  if (TypeRange(block.getArgumentTypes()) != TypeRange(expected))
    return op->emitOpError("expects the combine region to take (")
           << expected << ") but got (" << block.getArgumentTypes() << ")";
  Operation *terminator = block.getTerminator();
  if (!isa<ReduceReturnOp, ScanReturnOp>(terminator))
    return op->emitOpError(
               "expects the combine region to end in its return but got ")
           << terminator->getName();
  if (TypeRange(terminator->getOperandTypes()) != TypeRange(elements))
    return op->emitOpError("expects the combine region to give (")
           << elements << ") but got (" << terminator->getOperandTypes() << ")";
  return success();
}

LogicalResult ReduceOp::verifyRegions() {
  return verifyCombineRegion(*this, getCombineOp().front(), getSrcs());
}

void ScanOp::build(OpBuilder &builder, OperationState &state, ValueRange srcs,
                   int axis, bool reverse) {
  build(builder, state, llvm::to_vector(srcs.getTypes()), srcs, axis, reverse);
}

LogicalResult ScanOp::verify() {
  if (getSrcs().empty() ||
      TypeRange(getSrcs().getTypes()) != TypeRange(getResultTypes()))
    return emitOpError("expects results of the operands' types, at least one, "
                       "but got (")
           << getResultTypes() << ") for (" << getSrcs().getTypes() << ")";
  auto type = cast<RankedTensorType>(getSrcs().front().getType());
  int64_t axis = static_cast<int32_t>(getAxis());
  if (axis < 0 || axis >= type.getRank())
    return emitOpError("expects an axis of ") << type << " but got " << axis;
  return success();
}

LogicalResult ScanOp::verifyRegions() {
  return verifyCombineRegion(*this, getCombineOp().front(), getSrcs());
}
