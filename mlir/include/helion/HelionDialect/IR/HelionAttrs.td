//===- HelionAttrs.td - Attributes of the helion dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_ATTRS_TD
#define HELION_ATTRS_TD

include "helion/HelionDialect/IR/HelionDialect.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"

class Helion_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Helion_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Helion_DimsAttr : Helion_Attr<"Dims", "dims", [
    DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "names the block size behind each dynamic extent of a tensor";
  let description = [{
    Rides on a tensor type as its encoding. Each entry is either a symbol
    reference to a `helion.block` of the enclosing kernel (the extent is that
    block size, `?` in the shape), or the extent itself as an integer.

    Example: `tensor<?x128xf32, #helion.dims<[@b0, 128]>>`.

    Constraints: (D1) one entry per dimension; (D2) an entry is a symbol exactly
    where the shape is dynamic; (D3) an integer entry equals the extent.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::Attribute">:$dims);
  let hasCustomAssemblyFormat = 1;
}

def Helion_ConfigAttr : Helion_Attr<"Config", "config"> {
  let summary = "one configuration of a kernel";
  let description = [{
    The schedule that the user or the autotuner asked for, as normalized
    key/value pairs. Each key is carried out by one pass.

    Example: `#helion.config<{block_sizes = [64, 32], num_warps = 8 : i64}>`.
  }];
  let parameters = (ins "::mlir::DictionaryAttr":$entries);
  let assemblyFormat = "`<` $entries `>`";
  let extraClassDeclaration = [{
    /// The integers of list `key`, empty where the key is absent.
    ::llvm::SmallVector<int64_t> getInts(::llvm::StringRef key) const;
    /// The integer at `key`, or `otherwise`.
    int64_t getInt(::llvm::StringRef key, int64_t otherwise) const;
    /// The string for position `ordinal` of `key`: a list has one per
    /// operation, a plain string holds for all; empty where there is none.
    ::llvm::StringRef getString(::llvm::StringRef key, int64_t ordinal) const;
  }];
}

#endif // HELION_ATTRS_TD
