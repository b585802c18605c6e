//===- HelionOps.td - Operations of the helion dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_OPS_TD
#define HELION_OPS_TD

include "helion/HelionDialect/IR/HelionAttrs.td"
include "helion/HelionDialect/IR/HelionDialect.td"
include "helion/HelionDialect/IR/HelionEnums.td"
include "helion/HelionDialect/IR/HelionTypes.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/LoopLikeInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

class Helion_Op<string mnemonic, list<Trait> traits = []>
    : Op<Helion_Dialect, mnemonic, traits>;

//===----------------------------------------------------------------------===//
// Kernel and configuration space
//===----------------------------------------------------------------------===//

def Helion_KernelOp : Helion_Op<"kernel", [
    FunctionOpInterface, IsolatedFromAbove, SymbolTable]> {
  let summary = "a device kernel: host tensors and scalars in, nothing out";
  let description = [{
    The unit of compilation. Host tensors are `memref` arguments with a strided
    layout, host numbers are scalars. The body declares the block sizes
    (`helion.block`) and holds one or more `helion.grid`, and ends in
    `helion.return`.

    The attribute `helion.config` holds the configuration once one is bound.
    Argument attribute `helion.name` is the name of the value on the host.

    ```mlir
    helion.kernel @copy(%x: memref<64xf32>, %out: memref<64xf32>) {
      helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
      %c0 = arith.constant 0 : i32
      %c64 = arith.constant 64 : i32
      helion.grid (%t) = (%c0) to (%c64) blocks [@b0] : i32 {
        %v = helion.load %x[%t] {ordinal = 0 : i64}
            : memref<64xf32>, !helion.tile<@b0> -> tensor<?xf32, #helion.dims<[@b0]>>
        helion.store %v, %out[%t] {ordinal = 1 : i64}
            : tensor<?xf32, #helion.dims<[@b0]>>, memref<64xf32>, !helion.tile<@b0>
      }
      helion.return
    }
    ```

    Constraints: (K1) no results; (K2) arguments are memrefs or scalars.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       TypeAttrOf<FunctionType>:$function_type,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::llvm::ArrayRef<::mlir::Type> getArgumentTypes() {
      return getFunctionType().getInputs();
    }
    ::llvm::ArrayRef<::mlir::Type> getResultTypes() {
      return getFunctionType().getResults();
    }
    ::mlir::Region *getCallableRegion() { return &getBody(); }
    /// The bound configuration; null before one is bound.
    ConfigAttr getConfig();
  }];
}

def Helion_ReturnOp : Helion_Op<"return", [
    Pure, Terminator, HasParent<"KernelOp">, ReturnLike]> {
  let summary = "ends a kernel";
  let description = [{
    The terminator of `helion.kernel`; results leave through stores.

    ```mlir
    helion.return
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Helion_BlockOp : Helion_Op<"block", [Symbol, HasParent<"KernelOp">]> {
  let summary = "declares a tunable block size";
  let description = [{
    A block size that configurations choose: the entry `ordinal` of their
    `block_sizes`, a power of two from `min` to `max`. `size` fixes it instead:
    a fixed block takes no entry (`ordinal` is absent). Nor does a product, the
    extent that a reshape makes of several: `factor` times the sizes of the
    blocks in `of`.

    ```mlir
    helion.block @b0 {ordinal = 0 : i64, min = 16 : i64, max = 4096 : i64}
    helion.block @b1 {size = 32 : i64}
    helion.block @b2 {factor = 2 : i64, of = [@b0]}
    ```

    Constraints: (B1) either `size`, or `ordinal` with `min` and `max`, or
    `factor` with `of`; (B2) 1 <= min <= max; (B3) `factor` >= 1.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name,
                       OptionalAttr<I64Attr>:$ordinal, OptionalAttr<I64Attr>:$min,
                       OptionalAttr<I64Attr>:$max, OptionalAttr<I64Attr>:$size,
                       OptionalAttr<I64Attr>:$factor,
                       OptionalAttr<FlatSymbolRefArrayAttr>:$of);
  let assemblyFormat = "$sym_name attr-dict";
  let hasVerifier = 1;
}

def Helion_BlockSizeOp : Helion_Op<"block_size", [Pure]> {
  let summary = "the value of a block size, as a number";
  let description = [{
    Becomes a constant when a configuration is bound.

    ```mlir
    %0 = helion.block_size @b0 : i32
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$block);
  let results = (outs Helion_Index:$result);
  let assemblyFormat = "$block attr-dict `:` type($result)";
}

def Helion_ViewOp : Helion_Op<"view", [
    Pure, AttrSizedOperandSegments, AllTypesMatch<["source", "result"]>]> {
  let summary = "gives a host tensor its runtime sizes and strides";
  let description = [{
    Where the specialization does not know all extents and strides, the memref
    argument shows `?`; this op names the scalars that hold them. `sizes` and
    `strides` have one operand for each `?`, in order. The result has the type
    of the source: it is the same tensor, now fully described.

    ```mlir
    %v = helion.view %x sizes(%m : i32) strides(%ld : i32)
        : memref<?x64xf32, strided<[?, 1]>>
    ```

    Constraints: (V1) as many sizes as dynamic extents; (V2) as many strides as
    dynamic strides.
  }];
  let arguments = (ins AnyMemRef:$source, Variadic<Helion_Index>:$sizes,
                       Variadic<Helion_Index>:$strides);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = [{
    $source (`sizes` `(` $sizes^ `:` type($sizes) `)`)?
    (`strides` `(` $strides^ `:` type($strides) `)`)? attr-dict `:` type($result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

def Helion_GridOp : Helion_Op<"grid", [
    HasParent<"KernelOp">, SameVariadicOperandSize, SingleBlock, NoTerminator,
    RecursiveMemoryEffects]> {
  let summary = "the parallel root: one program per tile of the iteration space";
  let description = [{
    Covers the box from `lowerBounds` to `upperBounds` with tiles of the given
    block sizes; each index is covered exactly once, in no order. `blocks` has
    one symbol of a `helion.block` per dimension, outermost first.

    ```mlir
    helion.grid (%tm, %tn) = (%c0, %c0) to (%m, %n) blocks [@b0, @b1] : i32 {
      ...
    }
    ```

    Constraints: (G1) one block and one region argument per bound;
    (G2) region arguments are tiles of the blocks.
  }];
  let arguments = (ins Variadic<Helion_Index>:$lowerBounds,
                       Variadic<Helion_Index>:$upperBounds,
                       ArrayAttr:$blocks);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
}

def Helion_TileForOp : Helion_Op<"tile_for", [
    AttrSizedOperandSegments, SingleBlockImplicitTerminator<"YieldOp">,
    RecursiveMemoryEffects,
    DeclareOpInterfaceMethods<RegionBranchOpInterface,
        ["getEntrySuccessorOperands"]>]> {
  let summary = "a sequential loop over tiles with carried values";
  let description = [{
    Runs its body once for each tile of the box, in row-major order. Values in
    `inits` are carried: the region's arguments are the tiles, then the carried
    values; `helion.yield` gives the next ones; the results are the last ones.
    `ordinal` is the position of the loop among the kernel's device loops: the
    `range_*` lists of a configuration refer to it.

    ```mlir
    %r = helion.tile_for (%tk) = (%c0) to (%k) blocks [@b2] : i32
        iter_args(%acc = %init : tensor<?xf32, #helion.dims<[@b0]>>) {
      ...
      helion.yield %next : tensor<?xf32, #helion.dims<[@b0]>>
    } {ordinal = 0 : i64}
    ```

    Constraints: (T1) one block and one tile argument per bound; (T2) tile
    arguments are tiles of the blocks; (T3) initial, carried, yielded and result
    types agree.
  }];
  let arguments = (ins Variadic<Helion_Index>:$lowerBounds,
                       Variadic<Helion_Index>:$upperBounds,
                       Variadic<AnyType>:$inits,
                       ArrayAttr:$blocks, I64Attr:$ordinal);
  let results = (outs Variadic<AnyType>:$results);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    unsigned getNumDims() { return getLowerBounds().size(); }
    ::mlir::Block::BlockArgListType getTiles() {
      return getBody().getArguments().take_front(getNumDims());
    }
    ::mlir::Block::BlockArgListType getCarried() {
      return getBody().getArguments().drop_front(getNumDims());
    }
  }];
}

def Helion_YieldOp : Helion_Op<"yield", [
    Pure, Terminator, ReturnLike, ParentOneOf<["TileForOp", "ReduceOp", "ScanOp"]>]> {
  let summary = "the values for the next iteration, or of a combine region";
  let description = [{
    ```mlir
    helion.yield %a, %b : tensor<64xf32>, tensor<64xf32>
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), "">];
}

def Helion_BarrierOp : Helion_Op<"barrier", [
    HasParent<"KernelOp">, MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "all programs finish what stands before it first";
  let description = [{
    Stands between two grids of a kernel. What any program wrote before the
    barrier can be read by every program after it.

    ```mlir
    helion.barrier
    ```
  }];
  let assemblyFormat = "attr-dict";
}

def Helion_ProgramIdOp : Helion_Op<"program_id", [Pure]> {
  let summary = "the id of this program along a launch axis";
  let description = [{
    ```mlir
    %pid = helion.program_id 0 : i32
    ```
  }];
  let arguments = (ins ConfinedAttr<I32Attr, [IntMinValue<0>, IntMaxValue<2>]>:$axis);
  let results = (outs I32:$result);
  let assemblyFormat = "$axis attr-dict `:` type($result)";
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

def Helion_MakeTileOp : Helion_Op<"make_tile", [
    Pure, AllTypesMatch<["begin", "limit"]>]> {
  let summary = "a tile from its first index and the end of the iteration space";
  let description = [{
    What a loop's tile argument becomes once the loop is a plain one: the tile
    holds `begin`, `begin + 1`, ... as far as `limit`; its further lanes are
    dead. `exact` promises that no lane is dead.

    ```mlir
    %t = helion.make_tile %begin to %limit {exact} : i32 -> !helion.tile<64>
    ```
  }];
  let arguments = (ins Helion_Index:$begin, Helion_Index:$limit, UnitAttr:$exact);
  let results = (outs Helion_TileType:$result);
  let assemblyFormat = [{
    $begin `to` $limit attr-dict `:` type($begin) `->` type($result)
  }];
}

def Helion_SliceOp : Helion_Op<"slice", [Pure]> {
  let summary = "a range of fixed length: `:` or `a:a+n` in an index list";
  let description = [{
    Holds `start`, `start + step`, ...: as many indices as the tile type says.
    Every index is valid.

    ```mlir
    %all = helion.slice %c0 : i32 -> !helion.tile<128>
    ```
  }];
  let arguments = (ins Helion_Index:$start,
                       DefaultValuedAttr<I64Attr, "1">:$step);
  let results = (outs Helion_TileType:$result);
  let assemblyFormat = "$start attr-dict `:` type($start) `->` type($result)";
}

def Helion_ShiftTileOp : Helion_Op<"shift_tile", [
    Pure, AllTypesMatch<["tile", "result"]>]> {
  let summary = "a tile moved by an offset: `tile + offset` in an index list";
  let description = [{
    The indices move, the live lanes stay those of the source tile.

    ```mlir
    %u = helion.shift_tile %t, %offset : !helion.tile<@b0>, i32
    ```
  }];
  let arguments = (ins Helion_TileType:$tile, Helion_Index:$offset);
  let results = (outs Helion_TileType:$result);
  let assemblyFormat = "$tile `,` $offset attr-dict `:` type($tile) `,` type($offset)";
}

class Helion_TileAttributeOp<string mnemonic, string what>
    : Helion_Op<mnemonic, [Pure]> {
  let summary = what;
  let arguments = (ins Helion_TileType:$tile);
  let results = (outs Helion_Index:$result);
  let assemblyFormat = "$tile attr-dict `:` type($tile) `->` type($result)";
}

def Helion_TileBeginOp : Helion_TileAttributeOp<"tile_begin", "the first index of a tile"> {
  let description = [{
    ```mlir
    %b = helion.tile_begin %t : !helion.tile<@b0> -> i32
    ```
  }];
  let hasFolder = 1;
}
def Helion_TileEndOp : Helion_TileAttributeOp<"tile_end",
    "one past the last live index: min(begin + extent, limit)"> {
  let description = [{
    ```mlir
    %e = helion.tile_end %t : !helion.tile<@b0> -> i32
    ```
  }];
}
def Helion_TileIdOp : Helion_TileAttributeOp<"tile_id", "the number of a tile: begin / extent"> {
  let description = [{
    ```mlir
    %i = helion.tile_id %t : !helion.tile<@b0> -> i32
    ```
  }];
}
def Helion_TileIndexOp : Helion_Op<"tile_index", [Pure]> {
  let summary = "the indices of a tile, as a tensor of rank 1";
  let description = [{
    Dead lanes hold the numbers that follow.

    ```mlir
    %i = helion.tile_index %t : !helion.tile<64> -> tensor<64xi32>
    ```
  }];
  let arguments = (ins Helion_TileType:$tile);
  let results = (outs TensorOf<[I32, I64]>:$result);
  let assemblyFormat = "$tile attr-dict `:` type($tile) `->` type($result)";
}
def Helion_TileMaskOp : Helion_Op<"tile_mask", [Pure]> {
  let summary = "which lanes of a tile are live";
  let description = [{
    ```mlir
    %m = helion.tile_mask %t : !helion.tile<64> -> tensor<64xi1>
    ```
  }];
  let arguments = (ins Helion_TileType:$tile);
  let results = (outs TensorOf<[I1]>:$result);
  let assemblyFormat = "$tile attr-dict `:` type($tile) `->` type($result)";
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

class Helion_MemoryOp<string mnemonic, list<Trait> traits = []>
    : Helion_Op<mnemonic, !listconcat([AttrSizedOperandSegments], traits)> {
  code memoryDeclaration = [{
    /// For each index the dimension of the value that it makes, -1 where it
    /// makes none (scalars, and tensors, which span all of theirs).
    ::llvm::SmallVector<int64_t> resolveIndexDims();
  }];
}

def Helion_LoadOp : Helion_MemoryOp<"load"> {
  let summary = "reads a host tensor through an index list";
  let description = [{
    `indices` has one entry per dimension of `base`:
    * a tile makes a dimension of the result: the next one, or the one that
      `index_dims` names for it;
    * a scalar picks one index and makes no dimension;
    * a tensor of indices gathers: it has the rank of the result, with extents
      of 1 where it does not vary.

    With `addresses`, each element comes from a tensor of its own: one that lies
    where the address says and has the layout of `base`, which is not read. They
    have the rank of the result and broadcast, as index tensors do.

    Lanes that are dead in one of the tiles, or false in `mask` (which has the
    rank of the result and broadcasts), are not read; they hold 0. `ordinal` is
    the position among the loads and stores of the kernel, in program order: the
    `indexing` list of a configuration refers to it; `load_ordinal` is the position
    among the loads alone (`load_eviction_policies`). `access` is set by
    `helion-select-access`.

    ```mlir
    %v = helion.load %x[%t, %i] {ordinal = 0 : i64}
        : memref<64x8xf32>, !helion.tile<@b0>, i32 -> tensor<?xf32, #helion.dims<[@b0]>>
    ```

    Constraints: (L1) one index per dimension of the base; (L2) element types
    agree; (L3) extents of the result are those of the tiles that make them;
    (L4) index tensors, addresses and mask broadcast to the result.
  }];
  let arguments = (ins Arg<AnyMemRef, "the tensor", [MemRead]>:$base,
                       Variadic<Helion_IndexOperand>:$indices,
                       Optional<Helion_Addresses>:$addresses,
                       Optional<Helion_MaskValue>:$mask,
                       I64Attr:$ordinal, OptionalAttr<I64Attr>:$load_ordinal,
                       OptionalAttr<DenseI64ArrayAttr>:$index_dims,
                       OptionalAttr<Helion_EvictionPolicy>:$eviction,
                       OptionalAttr<Helion_CacheModifier>:$cache,
                       OptionalAttr<Helion_AccessKind>:$access);
  let results = (outs Helion_Value:$result);
  let assemblyFormat = [{
    $base `[` $indices `]` (`at` $addresses^ `:` type($addresses))?
    (`mask` $mask^ `:` type($mask))? attr-dict `:`
    type($base) (`,` type($indices)^)? `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = memoryDeclaration;
}

def Helion_StoreOp : Helion_MemoryOp<"store"> {
  let summary = "writes a host tensor through an index list";
  let description = [{
    The index list is that of `helion.load`, the value's dimensions are those
    that a load would make. Dead and masked lanes are not written.

    ```mlir
    helion.store %v, %x[%t, %i] {ordinal = 1 : i64}
        : tensor<?xf32, #helion.dims<[@b0]>>, memref<64x8xf32>, !helion.tile<@b0>, i32
    ```

    Constraints: as for `helion.load`, (S1) to (S4).
  }];
  let arguments = (ins Helion_Value:$value,
                       Arg<AnyMemRef, "the tensor", [MemWrite]>:$base,
                       Variadic<Helion_IndexOperand>:$indices,
                       Optional<Helion_Addresses>:$addresses,
                       Optional<Helion_MaskValue>:$mask,
                       I64Attr:$ordinal,
                       OptionalAttr<DenseI64ArrayAttr>:$index_dims,
                       OptionalAttr<Helion_EvictionPolicy>:$eviction,
                       OptionalAttr<Helion_CacheModifier>:$cache,
                       OptionalAttr<Helion_AccessKind>:$access);
  let assemblyFormat = [{
    $value `,` $base `[` $indices `]` (`at` $addresses^ `:` type($addresses))?
    (`mask` $mask^ `:` type($mask))? attr-dict `:`
    type($value) `,` type($base) (`,` type($indices)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = memoryDeclaration;
}

def Helion_AtomicRmwOp : Helion_MemoryOp<"atomic_rmw", [
    AllTypesMatch<["value", "result"]>]> {
  let summary = "reads, combines and writes a host tensor, atomically per element";
  let description = [{
    The index list is that of `helion.load`. The result holds what stood in
    memory before.

    ```mlir
    %old = helion.atomic_rmw add relaxed %v, %x[%t] {ordinal = 0 : i64}
        : tensor<?xf32, #helion.dims<[@b0]>>, memref<64xf32>, !helion.tile<@b0>
    ```

    Constraints: as for `helion.store`.
  }];
  let arguments = (ins Helion_AtomicKind:$kind, Helion_MemSemantic:$semantic,
                       Helion_Value:$value,
                       Arg<AnyMemRef, "the tensor", [MemRead, MemWrite]>:$base,
                       Variadic<Helion_IndexOperand>:$indices,
                       Optional<Helion_MaskValue>:$mask,
                       I64Attr:$ordinal,
                       OptionalAttr<DenseI64ArrayAttr>:$index_dims,
                       OptionalAttr<Helion_AccessKind>:$access);
  let results = (outs Helion_Value:$result);
  let assemblyFormat = [{
    $kind $semantic $value `,` $base `[` $indices `]` (`mask` $mask^ `:` type($mask))?
    attr-dict `:` type($value) `,` type($base) (`,` type($indices)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = memoryDeclaration;
}

def Helion_AtomicCasOp : Helion_MemoryOp<"atomic_cas", [
    AllTypesMatch<["expected", "value", "result"]>]> {
  let summary = "writes a host tensor where it holds what is expected, atomically";
  let description = [{
    The index list is that of `helion.load`. The result holds what stood in
    memory before; where that is `expected` bit by bit, `value` has replaced it.

    ```mlir
    %old = helion.atomic_cas acq_rel %expected, %v, %x[%t] {ordinal = 0 : i64}
        : tensor<?xi32, #helion.dims<[@b0]>>, memref<64xi32>, !helion.tile<@b0>
    ```

    Constraints: as for `helion.store`.
  }];
  let arguments = (ins Helion_MemSemantic:$semantic,
                       Helion_Value:$expected, Helion_Value:$value,
                       Arg<AnyMemRef, "the tensor", [MemRead, MemWrite]>:$base,
                       Variadic<Helion_IndexOperand>:$indices,
                       Optional<Helion_MaskValue>:$mask,
                       I64Attr:$ordinal,
                       OptionalAttr<DenseI64ArrayAttr>:$index_dims);
  let results = (outs Helion_Value:$result);
  let assemblyFormat = [{
    $semantic $expected `,` $value `,` $base `[` $indices `]`
    (`mask` $mask^ `:` type($mask))?
    attr-dict `:` type($value) `,` type($base) (`,` type($indices)^)?
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = memoryDeclaration;
}

//===----------------------------------------------------------------------===//
// Contractions, reductions, scans
//===----------------------------------------------------------------------===//

def Helion_DotOp : Helion_Op<"dot", [Pure]> {
  let summary = "matrix product of two tensors, batched where they have rank 3";
  let description = [{
    `lhs` is [B,] M x K, `rhs` [B,] K x N, `acc` and the result [B,] M x N. The sum
    runs over K in the precision of the result.

    ```mlir
    %c = helion.dot %a, %b, %acc {precision = 1 : i32}
        : tensor<64x32xbf16>, tensor<32x64xbf16> -> tensor<64x64xf32>
    ```

    Constraints: (C1) rank 2 or 3, the same for all; (C2) extents agree;
    (C3) the accumulator has the type of the result.
  }];
  let arguments = (ins Helion_Tensor:$lhs, Helion_Tensor:$rhs,
                       Optional<Helion_Tensor>:$acc,
                       DefaultValuedAttr<Helion_DotPrecision, "DotPrecision::TF32">:$precision);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`,` $acc^ `:` type($acc))? attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Helion_DotScaledOp : Helion_Op<"dot_scaled", [Pure, AttrSizedOperandSegments]> {
  let summary = "matrix product of microscaled operands";
  let description = [{
    `lhs` is M x K and `rhs` K x N in the given formats. Groups of 32 elements along
    K share a power of two: `lhs_scale` is M x K/32, `rhs_scale` N x K/32, both as
    exponents in 8 bits. `e2m1` holds two elements per byte: K counts bytes then.

    ```mlir
    %c = helion.dot_scaled %a scale %sa : tensor<64x2xi8>, %b, %acc : tensor<64x64xf32>
        lhs = e4m3 rhs = bf16
        : tensor<64x64xf8E4M3FN>, tensor<64x64xbf16> -> tensor<64x64xf32>
    ```

    Constraint: (D1) the accumulator has the type of the result.
  }];
  let arguments = (ins Helion_Tensor:$lhs, Optional<Helion_Tensor>:$lhs_scale,
                       Helion_Tensor:$rhs, Optional<Helion_Tensor>:$rhs_scale,
                       Optional<Helion_Tensor>:$acc,
                       Helion_ScaledFormat:$lhs_format, Helion_ScaledFormat:$rhs_format);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = [{
    $lhs (`scale` $lhs_scale^ `:` type($lhs_scale))? `,`
    $rhs (`scale` $rhs_scale^ `:` type($rhs_scale))?
    (`,` $acc^ `:` type($acc))? `lhs` `=` $lhs_format `rhs` `=` $rhs_format
    attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
}

def Helion_ReduceOp : Helion_Op<"reduce", [Pure, SingleBlock]> {
  let summary = "combines the elements along some dimensions";
  let description = [{
    Reduces `inputs` over `dims`, which leave the result. `kind` names the
    combine function; without it the region gives it: twice as many scalar
    arguments as there are inputs (accumulated, then next), a `helion.yield` of as
    many scalars. `argmax` and `argmin` take one input and give the position along
    the single dimension, the first of equals. NaN propagates through `max` and
    `min` as in PyTorch.

    ```mlir
    %s = helion.reduce sum %x dims [1] : (tensor<64x32xf32>) -> (tensor<64xf32>)
    ```

    Constraints: (R1) either a kind or a combine region; (R2) dims are distinct,
    in range and ascending; (R3) result extents are those that stay; (R4) arg
    reductions have one dim and an integer result.
  }];
  let arguments = (ins OptionalAttr<Helion_ReductionKind>:$kind,
                       Variadic<Helion_Tensor>:$inputs,
                       DenseI64ArrayAttr:$dims);
  let results = (outs Variadic<Helion_Value>:$results);
  let regions = (region MaxSizedRegion<1>:$combine);
  let assemblyFormat = [{
    ($kind^)? $inputs `dims` $dims attr-dict `:` functional-type($inputs, $results)
    ($combine^)?
  }];
  let hasVerifier = 1;
}

def Helion_ScanOp : Helion_Op<"scan", [Pure, SingleBlock]> {
  let summary = "running combination along one dimension";
  let description = [{
    Element i of a result combines the elements 0 to i of its input along `axis`,
    from the last one down under `reverse`. `kind` (`sum`, `prod`, `max`, `min`,
    `and`, `or`, `xor`) names the combine function; without it the region gives it,
    as that of `helion.reduce` does.

    ```mlir
    %s = helion.scan sum %x axis 1 : (tensor<64x32xf32>) -> (tensor<64x32xf32>)
    ```

    Constraints: (N1) either a kind or a combine region; (N2) the axis is in range;
    (N3) results have the types of the inputs.
  }];
  let arguments = (ins OptionalAttr<Helion_ReductionKind>:$kind,
                       Variadic<Helion_Tensor>:$inputs, I64Attr:$axis,
                       UnitAttr:$reverse);
  let results = (outs Variadic<Helion_Tensor>:$results);
  let regions = (region MaxSizedRegion<1>:$combine);
  let assemblyFormat = [{
    ($kind^)? $inputs `axis` $axis (`reverse` $reverse^)? attr-dict `:`
    functional-type($inputs, $results) ($combine^)?
  }];
  let hasVerifier = 1;
}

def Helion_SortOp : Helion_Op<"sort", [Pure]> {
  let summary = "the least elements in ascending order along the last dimension";
  let description = [{
    `sorted` has the least elements of each row in ascending signed order, as many
    as its last extent says; `positions` says where they stood, the lower position
    first among equals. A result that nobody reads costs nothing. Keys of other
    kinds and other orders are made integers first, which is where NaN is decided.

    ```mlir
    %s, %p = helion.sort %x
        : tensor<64x32xi16> -> tensor<64x8xi16>, tensor<64x8xi32>
    ```

    Constraints: (O1) sorted and source agree but for the last extent, which is no
    greater; (O2) positions have the shape of sorted.
  }];
  let arguments = (ins TensorOf<[AnySignlessInteger]>:$source);
  let results = (outs TensorOf<[AnySignlessInteger]>:$sorted, TensorOf<[I32]>:$positions);
  let assemblyFormat = [{
    $source attr-dict `:` type($source) `->` type($sorted) `,` type($positions)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Creation, shape
//===----------------------------------------------------------------------===//

def Helion_FullOp : Helion_Op<"full", [Pure]> {
  let summary = "a tensor with one value everywhere";
  let description = [{
    ```mlir
    %0 = helion.full %zero : f32 -> tensor<?x64xf32, #helion.dims<[@b0, 64]>>
    ```
    Constraint: (F1) the element type is that of the value.
  }];
  let arguments = (ins Helion_Scalar:$value);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def Helion_ArangeOp : Helion_Op<"arange", [Pure]> {
  let summary = "0, 1, 2, ... along one dimension";
  let description = [{
    ```mlir
    %0 = helion.arange : tensor<8xi32>
    ```
  }];
  let results = (outs TensorOf<[I32, I64]>:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def Helion_ExpandDimsOp : Helion_Op<"expand_dims", [Pure]> {
  let summary = "inserts a dimension of extent 1";
  let description = [{
    `axis` is the position of the new dimension in the result.

    ```mlir
    %0 = helion.expand_dims %x {axis = 1 : i64} : tensor<64xf32> -> tensor<64x1xf32>
    ```
    Constraint: (E1) the result is the source with a 1 at `axis`.
  }];
  let arguments = (ins Helion_Tensor:$source, I64Attr:$axis);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Helion_BroadcastOp : Helion_Op<"broadcast", [Pure]> {
  let summary = "repeats along dimensions of extent 1";
  let description = [{
    ```mlir
    %0 = helion.broadcast %x : tensor<64x1xf32> -> tensor<64x32xf32>
    ```
    Constraint: (X1) same rank; extents are equal or 1 in the source.
  }];
  let arguments = (ins Helion_Tensor:$source);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Helion_ReshapeOp : Helion_Op<"reshape", [Pure]> {
  let summary = "the same elements in row-major order under another shape";
  let description = [{
    ```mlir
    %0 = helion.reshape %x : tensor<64x2xf32> -> tensor<128xf32>
    ```
    Constraint: (H1) as many elements, where both shapes are static.
  }];
  let arguments = (ins Helion_Value:$source);
  let results = (outs Helion_Value:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Helion_PermuteOp : Helion_Op<"permute", [Pure]> {
  let summary = "reorders dimensions";
  let description = [{
    Dimension i of the result is dimension `order[i]` of the source.

    ```mlir
    %0 = helion.permute %x {order = array<i64: 1, 0>} : tensor<64x32xf32> -> tensor<32x64xf32>
    ```
    Constraints: (P1) `order` is a permutation; (P2) extents follow it.
  }];
  let arguments = (ins Helion_Tensor:$source, DenseI64ArrayAttr:$order);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def Helion_JoinOp : Helion_Op<"join", [Pure, SameTypeOperands]> {
  let summary = "two tensors side by side along a new last dimension of 2";
  let description = [{
    ```mlir
    %0 = helion.join %a, %b : tensor<64xf32> -> tensor<64x2xf32>
    ```
  }];
  let arguments = (ins Helion_Value:$lhs, Helion_Value:$rhs);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `->` type($result)";
}

def Helion_SplitOp : Helion_Op<"split", [Pure, AllTypesMatch<["lhs", "rhs"]>]> {
  let summary = "the two halves along a last dimension of 2";
  let description = [{
    ```mlir
    %a, %b = helion.split %x : tensor<64x2xf32> -> tensor<64xf32>
    ```
  }];
  let arguments = (ins Helion_Tensor:$source);
  let results = (outs Helion_Value:$lhs, Helion_Value:$rhs);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($lhs)";
}

def Helion_GatherOp : Helion_Op<"gather", [Pure]> {
  let summary = "picks elements along one dimension by their positions";
  let description = [{
    Element (i, j) of the result is element (`indices[i, j]`, j) of the source for
    axis 0, and so on: `torch.gather`.

    ```mlir
    %0 = helion.gather %x[%i] axis 1 : (tensor<64x32xf32>, tensor<64x16xi32>) -> tensor<64x16xf32>
    ```

    Constraints: (A1) one rank, and equal extents but along the axis; (A2) the
    result has the shape of the indices.
  }];
  let arguments = (ins Helion_Tensor:$source, TensorOf<[I32, I64]>:$indices,
                       I64Attr:$axis);
  let results = (outs Helion_Tensor:$result);
  let assemblyFormat = [{
    $source `[` $indices `]` `axis` $axis attr-dict `:`
    functional-type(operands, $result)
  }];
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Element types, element-wise extras
//===----------------------------------------------------------------------===//

def Helion_ConvertOp : Helion_Op<"convert", [Pure, Elementwise, SameOperandsAndResultShape]> {
  let summary = "changes the element type";
  let description = [{
    Converts as PyTorch's `Tensor.to` does: floats round to nearest even,
    float to integer truncates, anything to `i1` compares with zero.
    `user` says that the kernel's author asked for it: such a rounding stays.
    `unsigned_source` and `unsigned_result` say how integers are read.

    ```mlir
    %0 = helion.convert %x {user} : tensor<64xf32> -> tensor<64xbf16>
    ```
  }];
  let arguments = (ins Helion_Value:$source, UnitAttr:$user,
                       UnitAttr:$unsigned_source, UnitAttr:$unsigned_result);
  let results = (outs Helion_Value:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasFolder = 1;
}

def Helion_InlineAsmOp : Helion_Op<"inline_asm", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "target assembly, element by element";
  let description = [{
    `pack` elements go through one instance of `assembly`; operands and results
    have one shape. Without `pure` it is kept and ordered.

    ```mlir
    %0 = helion.inline_asm "mul.f32 $0, $1, $2;" "=r,r,r" %a, %b {pure, pack = 1 : i64}
        : (tensor<64xf32>, tensor<64xf32>) -> (tensor<64xf32>)
    ```
  }];
  let arguments = (ins StrAttr:$assembly, StrAttr:$constraints,
                       Variadic<Helion_Value>:$inputs,
                       UnitAttr:$pure, DefaultValuedAttr<I64Attr, "1">:$pack);
  let results = (outs Variadic<Helion_Value>:$results);
  let assemblyFormat = [{
    $assembly $constraints $inputs attr-dict `:` functional-type($inputs, $results)
  }];
}

def Helion_ExternOp : Helion_Op<"extern", [Pure, Elementwise, SameOperandsAndResultShape]> {
  let summary = "an element-wise function of the target's math library";
  let description = [{
    `function` is a name without prefix (`tanh`, `powf`): the conversion picks
    `__nv_*` or `__ocml_*` for the target and the element type.

    ```mlir
    %0 = helion.extern "tanh"(%x) : (tensor<64xf32>) -> tensor<64xf32>
    ```
  }];
  let arguments = (ins StrAttr:$function, Variadic<Helion_Value>:$inputs);
  let results = (outs Helion_Value:$result);
  let assemblyFormat = [{
    $function `(` $inputs `)` attr-dict `:` functional-type($inputs, $result)
  }];
}

//===----------------------------------------------------------------------===//
// Foreign functions, debugging
//===----------------------------------------------------------------------===//

def Helion_CallOp : Helion_Op<"call", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "calls a function that is written in Triton's language";
  let description = [{
    The callee has no body here: whoever compiles the kernel links it in. Operands
    arrive in their full shapes; memrefs arrive as pointers. Without `pure` the call
    is kept and ordered.

    ```mlir
    %0 = helion.call "softplus" (%x) {pure} : (tensor<64xf32>) -> (tensor<64xf32>)
    ```
  }];
  let arguments = (ins StrAttr:$callee, Variadic<AnyType>:$inputs, UnitAttr:$pure);
  let results = (outs Variadic<Helion_Value>:$results);
  let assemblyFormat = [{
    $callee `(` $inputs `)` attr-dict `:` functional-type($inputs, $results)
  }];
}

def Helion_PrintOp : Helion_Op<"print", [MemoryEffects<[MemWrite]>]> {
  let summary = "prints values while the kernel runs";
  let description = [{
    ```mlir
    helion.print "x: " %x : tensor<64xf32>
    ```
  }];
  let arguments = (ins StrAttr:$prefix, Variadic<Helion_Value>:$values,
                       UnitAttr:$hex, OptionalAttr<DenseBoolArrayAttr>:$unsigned_values);
  let assemblyFormat = "$prefix ($values^ `:` type($values))? attr-dict";
}

#endif // HELION_OPS_TD
