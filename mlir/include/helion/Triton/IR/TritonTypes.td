//===- TritonTypes.td - Types of the mirror dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TRITON_TYPES_TD
#define HELION_TRITON_TYPES_TD

include "helion/Triton/IR/TritonDialect.td"
include "mlir/IR/AttrTypeBase.td"

def TT_PtrType : TypeDef<Triton_Dialect, "Pointer"> {
  let mnemonic = "ptr";
  let summary = "the address of elements of one type";
  let description = [{
    Address space 1, global memory, is the default and not spelled.

    Example: `!tt.ptr<f16>`, `tensor<64x!tt.ptr<f32>>`.
  }];
  let parameters = (ins "::mlir::Type":$pointeeType,
                        DefaultValuedParameter<"int", "1">:$addressSpace);
  let assemblyFormat = "`<` $pointeeType (`,` $addressSpace^)? `>`";
  let genVerifyDecl = 1;
  let builders = [TypeBuilderWithInferredContext<(ins "::mlir::Type":$pointeeType), [{
    return $_get(pointeeType.getContext(), pointeeType, /*addressSpace=*/1);
  }]>];
}

def TT_TensorDescType : TypeDef<Triton_Dialect, "TensorDesc"> {
  let mnemonic = "tensordesc";
  let summary = "a host tensor seen as blocks of one shape, the operand of TMA";
  let description = [{
    `bare` picks the spelling: `!tt.tensordesc<64x64xf16>` (Triton 3.8 on) where
    it is set, `!tt.tensordesc<tensor<64x64xf16>>` where not. Integer blocks keep
    their sign (`si32`).
  }];
  let parameters = (ins "::mlir::RankedTensorType":$blockType, "bool":$bare);
  let hasCustomAssemblyFormat = 1;
  let builders = [TypeBuilderWithInferredContext<(ins
      "::mlir::RankedTensorType":$blockType, CArg<"bool", "false">:$bare), [{
    return $_get(blockType.getContext(), blockType, bare);
  }]>];
  let extraClassDeclaration = [{
    /// What a load through the descriptor gives: the block without signs.
    ::mlir::RankedTensorType getSignlessBlockType() const;
  }];
}

def TT_Float : AnyTypeOf<[F8E4M3FN, F8E4M3FNUZ, F8E5M2, F8E5M2FNUZ, F16, BF16, F32, F64],
                         "a float">;
def TT_Int : AnyTypeOf<[I1, I8, I16, I32, I64], "an integer">;
def TT_FloatTensor : RankedTensorOf<[TT_Float]>;
def TT_IntTensor : RankedTensorOf<[TT_Int]>;
def TT_PtrTensor : RankedTensorOf<[TT_PtrType]>;
def TT_Tensor : RankedTensorOf<[TT_Float, TT_Int, TT_PtrType]>;
def TT_FloatLike : AnyTypeOf<[TT_Float, TT_FloatTensor], "a float or a tensor of floats">;
def TT_IntLike : AnyTypeOf<[TT_Int, TT_IntTensor], "an integer or a tensor of integers">;
def TT_I64Like : AnyTypeOf<[I64, RankedTensorOf<[I64]>], "i64 or a tensor of i64">;
def TT_BoolLike : AnyTypeOf<[I1, RankedTensorOf<[I1]>], "i1 or a tensor of i1">;
def TT_PtrLike : AnyTypeOf<[TT_PtrType, TT_PtrTensor], "a pointer or a tensor of pointers">;
def TT_Scalar : AnyTypeOf<[TT_Float, TT_Int, TT_PtrType], "a scalar">;
def TT_Type : AnyTypeOf<[TT_Scalar, TT_Tensor, TT_TensorDescType], "a value of Triton">;

#endif // HELION_TRITON_TYPES_TD
