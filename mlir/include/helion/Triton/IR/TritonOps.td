//===- TritonOps.td - Operations of the mirror dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TRITON_OPS_TD
#define HELION_TRITON_OPS_TD

include "helion/Triton/IR/TritonDialect.td"
include "helion/Triton/IR/TritonEnums.td"
include "helion/Triton/IR/TritonTypes.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/OpAsmInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/CallInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class TT_Op<string mnemonic, list<Trait> traits = []>
    : Op<Triton_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

def FuncOp : TT_Op<"func", [AffineScope, AutomaticAllocationScope, CallableOpInterface,
                            FunctionOpInterface, HasParent<"ModuleOp">, IsolatedFromAbove,
                            OpAsmOpInterface]> {
  let summary = "a kernel (public) or a helper that kernels call (private)";
  let description = [{
    Triton launches the one public function of a module. Arguments carry
    `tt.divisibility` and `tt.pointer_range`.

    ```mlir
    tt.func public @k(%x: !tt.ptr<f32> {tt.divisibility = 16 : i32}, %n: i32) attributes {noinline = false} {
      tt.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<StrAttr>:$sym_visibility,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region AnyRegion:$body);
  let builders = [OpBuilder<(ins "StringRef":$name, "FunctionType":$type,
      CArg<"ArrayRef<NamedAttribute>", "{}">:$attrs,
      CArg<"ArrayRef<DictionaryAttr>", "{}">:$argAttrs)>];
  let extraClassDeclaration = [{
    Region *getCallableRegion() { return isExternal() ? nullptr : &getBody(); }
    ArrayRef<Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    ArrayRef<Type> getResultTypes() { return getFunctionType().getResults(); }
  }];
  let hasCustomAssemblyFormat = 1;
}

def ReturnOp : TT_Op<"return", [HasParent<"FuncOp">, Pure, ReturnLike, Terminator]> {
  let summary = "leaves a function with its results";
  let arguments = (ins Variadic<AnyType>:$srcs);
  let assemblyFormat = "attr-dict ($srcs^ `:` type($srcs))?";
  let builders = [OpBuilder<(ins), "build($_builder, $_state, ValueRange());">];
  let hasVerifier = 1;
}

def CallOp : TT_Op<"call", [CallOpInterface, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "calls a helper function of the same module by name";
  let arguments = (ins FlatSymbolRefAttr:$callee, Variadic<AnyType>:$operands,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let results = (outs Variadic<AnyType>);
  let assemblyFormat =
      "$callee `(` $operands `)` attr-dict `:` functional-type($operands, results)";
  let builders = [OpBuilder<(ins "FuncOp":$callee, "ValueRange":$operands), [{
    build($_builder, $_state, callee.getFunctionType().getResults(),
          FlatSymbolRefAttr::get(callee.getSymNameAttr()), operands,
          /*arg_attrs=*/ArrayAttr(), /*res_attrs=*/ArrayAttr());
  }]>];
  let extraClassDeclaration = [{
    operand_range getArgOperands() { return getOperands(); }
    MutableOperandRange getArgOperandsMutable() { return getOperandsMutable(); }
    CallInterfaceCallable getCallableForCallee() { return getCalleeAttr(); }
    void setCalleeFromCallable(CallInterfaceCallable callee) {
      setCalleeAttr(cast<FlatSymbolRefAttr>(cast<SymbolRefAttr>(callee)));
    }
  }];
}

//===----------------------------------------------------------------------===//
// Program ids and ranges
//===----------------------------------------------------------------------===//

def GetProgramIdOp : TT_Op<"get_program_id", [Pure]> {
  let summary = "which program of the launch grid runs, along one axis";
  let arguments = (ins TT_ProgramDim:$axis);
  let results = (outs I32:$result);
  let assemblyFormat = "$axis attr-dict `:` type($result)";
  let builders = [OpBuilder<(ins "int":$axis), [{
    build($_builder, $_state, $_builder.getI32Type(), static_cast<ProgramIDDim>(axis));
  }]>];
}

def GetNumProgramsOp : TT_Op<"get_num_programs", [Pure]> {
  let summary = "how many programs the launch grid has along one axis";
  let arguments = (ins TT_ProgramDim:$axis);
  let results = (outs I32:$result);
  let assemblyFormat = "$axis attr-dict `:` type($result)";
  let builders = [OpBuilder<(ins "int":$axis), [{
    build($_builder, $_state, $_builder.getI32Type(), static_cast<ProgramIDDim>(axis));
  }]>];
}

def MakeRangeOp : TT_Op<"make_range", [Pure]> {
  let summary = "the integers of the half-open interval from start to end";
  let description = [{
    `tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>`
  }];
  let arguments = (ins I32Attr:$start, I32Attr:$end);
  let results = (outs RankedTensorOf<[I32]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
  let builders = [OpBuilder<(ins "int":$start, "int":$end), [{
    build($_builder, $_state, RankedTensorType::get({end - start}, $_builder.getI32Type()),
          start, end);
  }]>];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Shapes
//===----------------------------------------------------------------------===//

def SplatOp : TT_Op<"splat", [Pure, SameOperandsAndResultElementType]> {
  let summary = "a tensor that holds one scalar everywhere";
  let arguments = (ins TT_Scalar:$src);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let hasFolder = 1;
}

def UnsplatOp : TT_Op<"unsplat", [Pure,
    TypesMatchWith<"result is the element of src", "src", "result", "getElementTypeOrSelf($_self)">]> {
  let summary = "the one element of a tensor that has no other";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Scalar:$result);
  let assemblyFormat = "$src attr-dict `:` type($src)";
  let hasVerifier = 1;
}

def ExpandDimsOp : TT_Op<"expand_dims", [Pure, SameOperandsAndResultElementType]> {
  let summary = "the same elements with a new axis of extent 1";
  let arguments = (ins TT_Tensor:$src, I32Attr:$axis);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let builders = [OpBuilder<(ins "Value":$src, "int":$axis)>];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def BroadcastOp : TT_Op<"broadcast", [Pure, SameOperandsAndResultElementType]> {
  let summary = "axes of extent 1 repeated to the extent of the result";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let hasFolder = 1;
  let hasVerifier = 1;
}

def ReshapeOp : TT_Op<"reshape", [Pure, SameOperandsAndResultElementType]> {
  let summary = "the same elements, row by row, under another shape";
  let description = [{
    `allow_reorder` lets Triton put the elements in any order;
    `efficient_layout` keeps the layout that the reshape asks for.
  }];
  let arguments = (ins TT_Tensor:$src, UnitAttr:$allow_reorder, UnitAttr:$efficient_layout);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $src (`allow_reorder` $allow_reorder^)? (`efficient_layout` $efficient_layout^)?
    attr-dict `:` type($src) `->` type($result)
  }];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def TransOp : TT_Op<"trans", [Pure, SameOperandsAndResultElementType]> {
  let summary = "axes in another order: result axis i is src axis order[i]";
  let arguments = (ins TT_Tensor:$src, DenseI32ArrayAttr:$order);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
  let builders = [OpBuilder<(ins "Value":$src, "ArrayRef<int32_t>":$order)>];
  let hasFolder = 1;
  let hasVerifier = 1;
}

def JoinOp : TT_Op<"join", [Pure, AllTypesMatch<["lhs", "rhs"]>, SameOperandsAndResultElementType]> {
  let summary = "two tensors along a new last axis of extent 2";
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
  let builders = [OpBuilder<(ins "Value":$lhs, "Value":$rhs)>];
  let hasVerifier = 1;
}

def SplitOp : TT_Op<"split", [Pure, AllTypesMatch<["outLHS", "outRHS"]>,
                              SameOperandsAndResultElementType,
                              DeclareOpInterfaceMethods<OpAsmOpInterface, ["getAsmResultNames"]>]> {
  let summary = "the two halves along a last axis of extent 2";
  let arguments = (ins TT_Tensor:$src);
  let results = (outs TT_Tensor:$outLHS, TT_Tensor:$outRHS);
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($outLHS)";
  let builders = [OpBuilder<(ins "Value":$src)>];
  let hasVerifier = 1;
}

def CatOp : TT_Op<"cat", [Pure, AllTypesMatch<["lhs", "rhs"]>, SameOperandsAndResultElementType]> {
  let summary = "two tensors of rank 1 end to end, elements in no fixed order";
  let arguments = (ins TT_Tensor:$lhs, TT_Tensor:$rhs);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def GatherOp : TT_Op<"gather", [Pure]> {
  let summary = "elements of src that indices pick along one axis";
  let arguments = (ins TT_Tensor:$src, TT_IntTensor:$indices, I32Attr:$axis,
                       UnitAttr:$efficient_layout);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat =
      "$src `[` $indices `]` attr-dict `:` functional-type(operands, results)";
  let builders = [OpBuilder<(ins "Value":$src, "Value":$indices, "int":$axis)>];
  let hasVerifier = 1;
}

def HistogramOp : TT_Op<"histogram", [Pure,
    TypesMatchWith<"mask has the shape of src", "src", "mask", "getI1SameShape($_self)",
                   "($_op.getOperands().size() <= 1) || std::equal_to<>()">]> {
  let summary = "how often each of the numbers from 0 occurs";
  let arguments = (ins TT_IntTensor:$src, Optional<RankedTensorOf<[I1]>>:$mask);
  let results = (outs TT_IntTensor:$result);
  let assemblyFormat =
      "$src (`,` $mask^)? attr-dict `:` type($src) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Casts
//===----------------------------------------------------------------------===//

class TT_CastOp<string mnemonic>
    : TT_Op<mnemonic, [Pure, Elementwise, SameOperandsAndResultShape]> {
  let assemblyFormat = "$src attr-dict `:` type($src) `->` type($result)";
}

def IntToPtrOp : TT_CastOp<"int_to_ptr"> {
  let summary = "an address from its 64-bit number";
  let arguments = (ins TT_I64Like:$src);
  let results = (outs TT_PtrLike:$result);
}

def PtrToIntOp : TT_CastOp<"ptr_to_int"> {
  let summary = "the 64-bit number of an address";
  let arguments = (ins TT_PtrLike:$src);
  let results = (outs TT_I64Like:$result);
}

def BitcastOp : TT_CastOp<"bitcast"> {
  let summary = "the same bits as another type; the only cast between pointer types";
  let arguments = (ins TT_Type:$src);
  let results = (outs TT_Type:$result);
  let hasFolder = 1;
  let hasVerifier = 1;
}

def FpToFpOp : TT_CastOp<"fp_to_fp"> {
  let summary = "a float cast with a chosen rounding, and every cast of fp8";
  let description = [{
    Narrowing casts name their rounding, widening ones have none:
    `tt.fp_to_fp %x, rounding = rtne : tensor<256xf32> -> tensor<256xf8E5M2>`
  }];
  let arguments = (ins TT_FloatLike:$src, OptionalAttr<TT_RoundingModeAttr>:$rounding);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = [{
    $src attr-dict (`,` `rounding` `=` $rounding^)? `:` type($src) `->` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Arithmetic that arith and math lack
//===----------------------------------------------------------------------===//

def ClampFOp : TT_Op<"clampf", [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = "x held between min and max, one instruction where there is one";
  let arguments = (ins TT_FloatLike:$x, TT_FloatLike:$min, TT_FloatLike:$max,
                       TT_PropagateNanAttr:$propagateNan);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = [{
    $x `,` $min `,` $max `,` `propagateNan` `=` $propagateNan attr-dict `:` type($result)
  }];
}

def PreciseSqrtOp : TT_Op<"precise_sqrt", [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = "square root rounded as IEEE 754 asks";
  let arguments = (ins TT_FloatLike:$x);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = "$x attr-dict `:` type($x)";
}

def PreciseDivFOp : TT_Op<"precise_divf", [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = "division rounded as IEEE 754 asks";
  let arguments = (ins TT_FloatLike:$x, TT_FloatLike:$y);
  let results = (outs TT_FloatLike:$result);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x)";
}

def MulhiUIOp : TT_Op<"mulhiui", [Pure, Elementwise, SameOperandsAndResultType]> {
  let summary = "the upper half of an unsigned product";
  let arguments = (ins TT_IntLike:$x, TT_IntLike:$y);
  let results = (outs TT_IntLike:$result);
  let assemblyFormat = "$x `,` $y attr-dict `:` type($x)";
}

def ExternElementwiseOp : TT_Op<"extern_elementwise", [Elementwise,
    SameOperandsAndResultShape, SameVariadicOperandSize,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>]> {
  let summary = "a device library function (`__nv_*`, `__ocml_*`) on each element";
  let arguments = (ins Variadic<TT_Type>:$srcs, StrAttr:$libname, StrAttr:$libpath,
                       StrAttr:$symbol, BoolAttr:$pure);
  let results = (outs TT_Type:$result);
  let assemblyFormat =
      "operands attr-dict `:` functional-type(operands, $result)";
}

def ElementwiseInlineAsmOp : TT_Op<"elementwise_inline_asm", [Elementwise,
    SameOperandsAndResultShape,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    DeclareOpInterfaceMethods<ConditionallySpeculatable>]> {
  let summary = "target assembly on groups of packed_element elements";
  let arguments = (ins StrAttr:$asm_string, StrAttr:$constraints, BoolAttr:$pure,
                       I32Attr:$packed_element, Variadic<TT_Type>:$args);
  let results = (outs Variadic<TT_Type>:$result);
  let assemblyFormat = [{
    $asm_string attr-dict ($args^ `:` type($args))? `->` type($result)
  }];
}

//===----------------------------------------------------------------------===//
// Pointers and memory
//===----------------------------------------------------------------------===//

def AddPtrOp : TT_Op<"addptr", [Pure, Elementwise, SameOperandsAndResultShape,
                                AllTypesMatch<["ptr", "result"]>]> {
  let summary = "pointers moved by a number of elements, not bytes";
  let arguments = (ins TT_PtrLike:$ptr, TT_IntLike:$offset);
  let results = (outs TT_PtrLike:$result);
  let assemblyFormat = "$ptr `,` $offset attr-dict `:` type($result) `,` type($offset)";
  let hasFolder = 1;
}

def LoadOp : TT_Op<"load", [AttrSizedOperandSegments,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    TypesMatchWith<"result is what ptr points to", "ptr", "result", "getPointeeType($_self)">,
    TypesMatchWith<"mask has the shape of ptr", "ptr", "mask", "getI1SameShape($_self)",
                   "($_op.getOperands().size() <= 1) || std::equal_to<>()">,
    TypesMatchWith<"other is what ptr points to", "ptr", "other", "getPointeeType($_self)",
                   "($_op.getOperands().size() <= 2) || std::equal_to<>()">]> {
  let summary = "reads what pointers point to, `other` where the mask is false";
  let description = [{
    `cache` and `evict` are the hints as Triton up to 3.8 spells them,
    `cachePolicy` as 3.9 does; an op carries one of the two.

    ```mlir
    %0 = tt.load %p, %m, %z evictionPolicy = evict_last : tensor<64x!tt.ptr<f32>>
    %1 = tt.load %p {cachePolicy = #tt.cache_policy<cache_modifier = cg, eviction_policy = evict_normal>} : tensor<64x!tt.ptr<f32>>
    ```
  }];
  let arguments = (ins TT_PtrLike:$ptr, Optional<TT_BoolLike>:$mask, Optional<TT_Type>:$other,
    DefaultValuedAttr<TT_CacheModifierAttr, "::mlir::helion::tt::CacheModifier::NONE">:$cache,
    DefaultValuedAttr<TT_EvictionPolicyAttr, "::mlir::helion::tt::EvictionPolicy::NORMAL">:$evict,
    DefaultValuedAttr<BoolAttr, "false">:$isVolatile,
    OptionalAttr<TT_CachePolicyAttr>:$cachePolicy);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    $ptr (`,` $mask^)? (`,` $other^)?
    oilist(`cacheModifier` `=` $cache | `evictionPolicy` `=` $evict)
    attr-dict `:` type($ptr)
  }];
  let builders = [OpBuilder<(ins "Value":$ptr, CArg<"Value", "{}">:$mask,
                                 CArg<"Value", "{}">:$other)>];
  let hasVerifier = 1;
}

def StoreOp : TT_Op<"store", [
    TypesMatchWith<"value is what ptr points to", "ptr", "value", "getPointeeType($_self)">,
    TypesMatchWith<"mask has the shape of ptr", "ptr", "mask", "getI1SameShape($_self)",
                   "($_op.getOperands().size() <= 2) || std::equal_to<>()">]> {
  let summary = "writes where the mask is true";
  let arguments = (ins Arg<TT_PtrLike, "", [MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>:$ptr,
    TT_Type:$value, Optional<TT_BoolLike>:$mask,
    DefaultValuedAttr<TT_CacheModifierAttr, "::mlir::helion::tt::CacheModifier::NONE">:$cache,
    DefaultValuedAttr<TT_EvictionPolicyAttr, "::mlir::helion::tt::EvictionPolicy::NORMAL">:$evict,
    OptionalAttr<TT_CachePolicyAttr>:$cachePolicy);
  let assemblyFormat = [{
    $ptr `,` $value (`,` $mask^)?
    oilist(`cacheModifier` `=` $cache | `evictionPolicy` `=` $evict)
    attr-dict `:` type($ptr)
  }];
  let builders = [OpBuilder<(ins "Value":$ptr, "Value":$value, CArg<"Value", "{}">:$mask)>];
  let hasVerifier = 1;
}

def AtomicRMWOp : TT_Op<"atomic_rmw", [
    TypesMatchWith<"val is what ptr points to", "ptr", "val", "getPointeeType($_self)">,
    AllTypesMatch<["val", "result"]>]> {
  let summary = "combines a value into memory atomically and gives what was there";
  let description = [{
    Float maximum and minimum have no kind of their own: Triton spells them as
    a bitcast and two masked integer operations.

    `tt.atomic_rmw fadd, relaxed, gpu, %p, %v, %m : (P, T, M) -> T`
  }];
  let arguments = (ins TT_RMWOpAttr:$atomic_rmw_op,
    Arg<TT_PtrLike, "", [MemRead<Resource<"::mlir::helion::tt::GlobalMemory">>,
                         MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>:$ptr,
    TT_Type:$val, Optional<TT_BoolLike>:$mask, TT_MemSemanticAttr:$sem,
    TT_MemSyncScopeAttr:$scope);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    $atomic_rmw_op `,` $sem `,` $scope `,` $ptr `,` $val (`,` $mask^)? attr-dict `:`
    functional-type(operands, $result)
  }];
}

def AtomicCASOp : TT_Op<"atomic_cas", [
    TypesMatchWith<"val is what ptr points to", "ptr", "val", "getPointeeType($_self)">,
    AllTypesMatch<["cmp", "val", "result"]>]> {
  let summary = "writes val where memory holds cmp, atomically, and gives what was there";
  let arguments = (ins
    Arg<TT_PtrLike, "", [MemRead<Resource<"::mlir::helion::tt::GlobalMemory">>,
                         MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>:$ptr,
    TT_Type:$cmp, TT_Type:$val, TT_MemSemanticAttr:$sem, TT_MemSyncScopeAttr:$scope);
  let results = (outs TT_Type:$result);
  let assemblyFormat = [{
    $sem `,` $scope `,` $ptr `,` $cmp `,` $val attr-dict `:`
    functional-type(operands, $result)
  }];
}

//===----------------------------------------------------------------------===//
// Tensor descriptors
//===----------------------------------------------------------------------===//

def MakeTensorDescOp : TT_Op<"make_tensor_descriptor", [Pure, SameVariadicOperandSize]> {
  let summary = "a descriptor of a strided tensor in global memory, made on the device";
  let description = [{
    The last stride must be 1. Each program that makes one needs scratch memory.

    `tt.make_tensor_descriptor %p, [%m, %n], [%ld, %c1] : <f16>, <tensor<64x64xf16>>`
  }];
  let arguments = (ins TT_PtrType:$base, Variadic<I32>:$shape, Variadic<I64>:$strides,
    DefaultValuedAttr<TT_PaddingOptionAttr, "::mlir::helion::tt::PaddingOption::PAD_ZERO">:$padding);
  let results = (outs TT_TensorDescType:$result);
  let assemblyFormat = [{
    $base `,` `[` $shape `]` `,` `[` $strides `]` attr-dict `:` type($base) `,` type($result)
  }];
  let hasVerifier = 1;
}

def DescriptorLoadOp : TT_Op<"descriptor_load"> {
  let summary = "one block of a described tensor, padded where it leaves the tensor";
  let arguments = (ins
    Arg<TT_TensorDescType, "", [MemRead<Resource<"::mlir::helion::tt::GlobalMemory">>]>:$desc,
    Variadic<I32>:$indices,
    DefaultValuedAttr<TT_CacheModifierAttr, "::mlir::helion::tt::CacheModifier::NONE">:$cache,
    DefaultValuedAttr<TT_EvictionPolicyAttr, "::mlir::helion::tt::EvictionPolicy::NORMAL">:$evict,
    OptionalAttr<TT_CachePolicyAttr>:$cachePolicy);
  let results = (outs TT_Tensor:$result);
  let assemblyFormat = [{
    $desc `[` $indices `]`
    oilist(`cacheModifier` `=` $cache | `evictionPolicy` `=` $evict)
    attr-dict `:` qualified(type($desc)) `->` type($result)
  }];
  let builders = [OpBuilder<(ins "Value":$desc, "ValueRange":$indices)>];
  let hasVerifier = 1;
}

def DescriptorStoreOp : TT_Op<"descriptor_store"> {
  let summary = "writes one block, dropping what leaves the tensor";
  let arguments = (ins
    Arg<TT_TensorDescType, "", [MemRead<Resource<"::mlir::helion::tt::GlobalMemory">>,
                                MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>:$desc,
    TT_Tensor:$src, Variadic<I32>:$indices);
  let assemblyFormat = [{
    $desc `[` $indices `]` `,` $src attr-dict `:` qualified(type($desc)) `,` type($src)
  }];
  let hasVerifier = 1;
}

def DescriptorReduceOp : TT_Op<"descriptor_reduce"> {
  let summary = "combines one block into a described tensor atomically";
  let arguments = (ins TT_DescriptorReduceKindAttr:$kind,
    Arg<TT_TensorDescType, "", [MemRead<Resource<"::mlir::helion::tt::GlobalMemory">>,
                                MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>:$desc,
    TT_Tensor:$src, Variadic<I32>:$indices);
  let assemblyFormat = [{
    $kind `,` $desc `[` $indices `]` `,` $src attr-dict `:`
    qualified(type($desc)) `,` type($src)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Contractions
//===----------------------------------------------------------------------===//

def DotOp : TT_Op<"dot", [Pure, TypesMatchWith<"d has the type of c", "d", "c", "$_self">]> {
  let summary = "matrix product plus c, on tensor cores where the target can";
  let description = [{
    Rank 2, or rank 3 with a leading batch. `maxNumImpreciseAcc` bounds how many
    fp8 products Hopper sums before it adds to fp32.

    `tt.dot %a, %b, %c, inputPrecision = tf32 : tensor<64x32xf16> * tensor<32x64xf16> -> tensor<64x64xf32>`
  }];
  let arguments = (ins TT_Tensor:$a, TT_Tensor:$b, TT_Tensor:$c,
    DefaultValuedAttr<TT_InputPrecisionAttr, "::mlir::helion::tt::InputPrecision::IEEE">:$inputPrecision,
    DefaultValuedAttr<I32Attr, "0">:$maxNumImpreciseAcc);
  let results = (outs TT_Tensor:$d);
  let assemblyFormat = [{
    $a `,` $b `,` $c (`,` `inputPrecision` `=` $inputPrecision^)? attr-dict `:`
    type($a) `*` type($b) `->` type($d)
  }];
  let builders = [OpBuilder<(ins "Value":$a, "Value":$b, "Value":$c,
      CArg<"InputPrecision", "InputPrecision::IEEE">:$inputPrecision,
      CArg<"int", "0">:$maxNumImpreciseAcc), [{
    build($_builder, $_state, c.getType(), a, b, c, inputPrecision, maxNumImpreciseAcc);
  }]>];
  let hasVerifier = 1;
}

def DotScaledOp : TT_Op<"dot_scaled", [Pure, AttrSizedOperandSegments,
    TypesMatchWith<"d has the type of c", "d", "c", "$_self">]> {
  let summary = "matrix product of microscaled operands plus c";
  let arguments = (ins TT_Tensor:$a, TT_Tensor:$b, TT_FloatTensor:$c,
    Optional<TT_Tensor>:$a_scale, Optional<TT_Tensor>:$b_scale,
    TT_ScaleDotElemTypeAttr:$a_elem_type, TT_ScaleDotElemTypeAttr:$b_elem_type,
    BoolAttr:$fastMath, DefaultValuedAttr<BoolAttr, "true">:$lhs_k_pack,
    DefaultValuedAttr<BoolAttr, "true">:$rhs_k_pack);
  let results = (outs TT_FloatTensor:$d);
  let assemblyFormat = [{
    $a (`scale` $a_scale^)? `,` $b (`scale` $b_scale^)? `,` $c
    `lhs` `=` $a_elem_type `rhs` `=` $b_elem_type attr-dict
    `:` type($a) (`,` type($a_scale)^)? `*` type($b) (`,` type($b_scale)^)? `->` type($d)
  }];
}

//===----------------------------------------------------------------------===//
// Reductions and scans
//===----------------------------------------------------------------------===//

def ReduceOp : TT_Op<"reduce", [Pure, SameOperandsShape, SingleBlock]> {
  let summary = "one axis folded away by a combine region";
  let description = [{
    The region takes two elements of each operand and gives one of each, through
    `tt.reduce.return`. A reduction of rank 1 gives scalars. The combine must be
    associative and commutative.
  }];
  let arguments = (ins Variadic<TT_Tensor>:$srcs, I32Attr:$axis);
  let results = (outs Variadic<TT_Type>:$result);
  let regions = (region SizedRegion<1>:$combineOp);
  let builders = [OpBuilder<(ins "ValueRange":$srcs, "int":$axis)>];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def ReduceReturnOp : TT_Op<"reduce.return", [HasParent<"ReduceOp">, Pure, ReturnLike, Terminator]> {
  let summary = "what a reduction's combine region makes of two elements";
  let arguments = (ins Variadic<AnyType>:$result);
  let assemblyFormat = "$result attr-dict `:` type($result)";
}

def ScanOp : TT_Op<"scan", [Pure, SameOperandsAndResultShape, SingleBlock]> {
  let summary = "running combination along one axis, from either end";
  let arguments = (ins Variadic<TT_Tensor>:$srcs, I32Attr:$axis, BoolAttr:$reverse);
  let results = (outs Variadic<TT_Tensor>:$result);
  let regions = (region SizedRegion<1>:$combineOp);
  let builders = [OpBuilder<(ins "ValueRange":$srcs, "int":$axis, "bool":$reverse)>];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def ScanReturnOp : TT_Op<"scan.return", [HasParent<"ScanOp">, Pure, ReturnLike, Terminator]> {
  let summary = "what a scan's combine region makes of two elements";
  let arguments = (ins Variadic<AnyType>:$result);
  let assemblyFormat = "$result attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Debugging
//===----------------------------------------------------------------------===//

def PrintOp : TT_Op<"print", [SameVariadicOperandSize, MemoryEffects<[MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>]> {
  let summary = "prints values of each thread, at run time";
  let arguments = (ins StrAttr:$prefix, BoolAttr:$hex, Variadic<TT_Type>:$args,
                       DenseI32ArrayAttr:$isSigned);
  let assemblyFormat = "$prefix attr-dict (`:` $args^ `:` type($args))?";
}

def AssertOp : TT_Op<"assert", [MemoryEffects<[MemWrite<Resource<"::mlir::helion::tt::GlobalMemory">>]>]> {
  let summary = "stops the kernel with a message unless the condition holds everywhere";
  let arguments = (ins TT_BoolLike:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict `:` type($condition)";
}

#endif // HELION_TRITON_OPS_TD
