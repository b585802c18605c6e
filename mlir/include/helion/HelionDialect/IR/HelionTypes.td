//===- HelionTypes.td - Types of the helion dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TYPES_TD
#define HELION_TYPES_TD

include "helion/HelionDialect/IR/HelionDialect.td"
include "mlir/IR/AttrTypeBase.td"

def Helion_TileType : TypeDef<Helion_Dialect, "Tile"> {
  let mnemonic = "tile";
  let summary = "a contiguous range of indices, the size of a block";
  let description = [{
    What a tile loop yields and what indexes a host tensor. The extent is a
    symbol reference to a `helion.block` before a configuration is bound, a
    number after it.

    Example: `!helion.tile<@b0>`, `!helion.tile<128>`.
  }];
  let parameters = (ins "::mlir::Attribute":$extent);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let builders = [
    TypeBuilder<(ins "int64_t":$extent), [{
      return $_get($_ctxt, ::mlir::IntegerAttr::get(
          ::mlir::IntegerType::get($_ctxt, 64), extent));
    }]>
  ];
  let extraClassDeclaration = [{
    /// True once the extent is a number.
    bool isStatic() const { return ::mlir::isa<::mlir::IntegerAttr>(getExtent()); }
    /// The extent, `ShapedType::kDynamic` while it is a symbol.
    int64_t getSize() const {
      if (auto number = ::mlir::dyn_cast<::mlir::IntegerAttr>(getExtent()))
        return number.getInt();
      return ::mlir::ShapedType::kDynamic;
    }
  }];
}

def Helion_Scalar : AnyTypeOf<[AnySignlessInteger, AnyFloat], "a scalar">;
def Helion_Index : AnyTypeOf<[I32, I64], "an index scalar (i32 or i64)">;
def Helion_Tensor : TensorOf<[AnySignlessInteger, AnyFloat]>;
// A value of a kernel; of rank 0 it is a plain scalar, as in Triton.
def Helion_Value : AnyTypeOf<[Helion_Tensor, AnySignlessInteger, AnyFloat],
                             "a tensor or a scalar">;
def Helion_IntValue : AnyTypeOf<[TensorOf<[I32, I64]>, I32, I64],
                                "integers that index">;
def Helion_MaskValue : AnyTypeOf<[TensorOf<[I1]>, I1], "booleans">;
def Helion_Addresses : AnyTypeOf<[TensorOf<[I64]>, I64], "addresses (i64)">;
def Helion_IndexOperand
    : AnyTypeOf<[Helion_TileType, I32, I64, TensorOf<[I32, I64]>],
                "a tile, an index scalar or a tensor of indices">;

#endif // HELION_TYPES_TD
