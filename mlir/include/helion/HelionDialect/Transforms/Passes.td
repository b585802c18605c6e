//===- Passes.td - Passes on the helion dialect -*- tablegen -*-===//
//
// Part of the Helion Project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef HELION_TRANSFORMS_PASSES_TD
#define HELION_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def HelionFoldPrecisionCasts : Pass<"helion-fold-precision-casts", "::mlir::helion::KernelOp"> {
  let summary = "remove roundings between fused operations that nobody asked for";
  let description = [{
    A value that is rounded to a narrower float and widened again keeps its
    precision, unless the author wrote the narrowing conversion (`user`). A
    narrowing followed by a narrowing keeps the last one.

    Changes numerics: intermediate results are more precise than PyTorch's eager
    ones, as under torch.compile. `strict` leaves every rounding in place.

    ```mlir
    %1 = helion.convert %0 : tensor<64xf32> -> tensor<64xbf16>
    %2 = helion.convert %1 : tensor<64xbf16> -> tensor<64xf32>
    // ==> %0
    ```
  }];
  let options = [Option<"strict", "strict", "bool", "false",
                        "keep every rounding, as eager PyTorch does">];
}

def HelionInferConfigSpace : Pass<"helion-infer-config-space", "::mlir::helion::KernelOp"> {
  let summary = "note what a configuration can choose for a kernel";
  let description = [{
    Finds the dimensions that reductions sum over and that a loop could walk in
    parts, those of long matrix products after them. The kernel gets their extents as
    `helion.reductions`, each reducing operation the number of its dimension as
    `helion.reduction`: the entries of `reduction_loops` refer to it.

    Numbers loops, loads, stores and atomic operations without gaps: what was simplified
    away takes no place in the lists of a configuration.

    All that the space of configurations follows from goes to `helion.config_space`
    of the kernel, until a configuration is bound: the blocks with their limits, the
    loops with their blocks, the extents and widths of all values and of the operands of matrix
    products, the reductions, and how many accesses of each kind there are.

    ```mlir
    %m = helion.reduce max %x dims [1] : (tensor<4x8192xf32>) -> tensor<4xf32>
    // ==> on a kernel with {helion.config_space = {...}, helion.reductions = array<i64: 8192>}
    %m = helion.reduce max %x dims [1] {helion.reduction = 0 : i64} : (tensor<4x8192xf32>) -> tensor<4xf32>
    ```
  }];
}

def HelionInferAlignment : Pass<"helion-infer-alignment", "::mlir::helion::KernelOp"> {
  let summary = "mark the sizes that make accesses wide";
  let description = [{
    Vector and descriptor accesses need rows that start at multiples of 16 bytes, and
    masks that do not change within a vector. Where shapes are dynamic this is up to
    the kernel's scalar arguments: the strides of tensors with contiguous rows, and the
    ends of loops over the elements of a row. They get the attribute `helion.aligned`:
    code is made for multiples of 16, a launch with other numbers takes a variant of
    the kernel that assumes nothing of them.

    ```mlir
    helion.kernel @copy(%m: i32, %n: i32, %x: memref<?x?xf32, strided<[?, 1]>>) {
      %v = helion.view %x sizes(%m, %n : i32, i32) strides(%n : i32) : memref<?x?xf32, strided<[?, 1]>>
    // ==>
    helion.kernel @copy(%m: i32, %n: i32 {helion.aligned}, ...
    ```
  }];
}

def HelionBindBlocks : Pass<"helion-bind-blocks", "::mlir::helion::KernelOp"> {
  let summary = "replace block size symbols by the numbers of the configuration";
  let description = [{
    Reads `block_sizes`. Every type that names a block gets its number, every
    `helion.block_size` becomes a constant, the declarations disappear. Branches
    on block sizes fold away with the next canonicalization. A configuration with
    the wrong number of block sizes is an error.

    ```mlir
    helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 64 : i64}
    %0 = helion.full %c : f32 -> tensor<?xf32, #helion.dims<[@b0]>>
    // ==> block_sizes = [32]
    %0 = helion.full %c : f32 -> tensor<32xf32>
    ```
  }];
}

def HelionOrderLoops : Pass<"helion-order-loops", "::mlir::helion::KernelOp"> {
  let summary = "permute the dimensions of grids and loops";
  let description = [{
    Reads `loop_orders`, which has an entry for each grid or loop of several dimensions:
    their positions, slowest first. Bounds, blocks and tiles of the operation are
    permuted; what follows visits the last dimension fastest. Each dimension of a loop keeps
    its own entry of the `range_*` lists. Where a trip decides whether later ones run,
    the order stays, with a remark. An entry that is no permutation is an error.

    ```mlir
    helion.grid (%t, %u) = (%c0, %c0) to (%m, %n) blocks [32, 64] : i32 { ... }
    // ==> loop_orders = [[1, 0]]
    helion.grid (%u, %t) = (%c0, %c0) to (%n, %m) blocks [64, 32] : i32 { ... }
    ```
  }];
}

def HelionFlattenLoops : Pass<"helion-flatten-loops", "::mlir::helion::KernelOp"> {
  let summary = "make one dimension of a loop's several";
  let description = [{
    Reads `flatten_loops`, which has an entry for each grid or loop of several dimensions.
    A loop whose body works on single elements becomes one over the product of the
    extents, in blocks of the product of the block sizes; values lose all dimensions
    but one. The indices of a lane come from its number by division, the last dimension
    varies fastest. A tensor that lies in memory in the same order is addressed by
    that number itself: rows that no power of two divides are no loss then.

    Where elements are combined, the number of a tile is asked for, or values are
    carried from tile to tile, the loop stays as it is, and a remark says why.

    ```mlir
    helion.grid (%t, %u) = (%c0, %c0) to (%c50, %c70) blocks [4, 16] : i32 {
      %0 = helion.load %x[%t, %u] : memref<50x70xf32>, ... -> tensor<4x16xf32>
      %1 = helion.load %y[%u] : memref<70xf32>, ... -> tensor<16xf32>
    // ==> flatten_loops = [true]
    helion.grid (%t) = (%c0) to (%c3500) blocks [64] : i32 {
      %0 = helion.load %x[%c0, %t] : memref<50x70xf32>, i32, !helion.tile<64> -> tensor<64xf32>
      %lane = helion.tile_index %t : !helion.tile<64> -> tensor<64xi32>
      %u = arith.remsi %lane, %c70s : tensor<64xi32>
      %1 = helion.load %y[%u] : memref<70xf32>, tensor<64xi32> -> tensor<64xf32>
    ```
  }];
}

def HelionMapGrid : Pass<"helion-map-grid", "::mlir::helion::KernelOp"> {
  let summary = "turn grids into program ids";
  let description = [{
    Reads `pid_type`, `num_sm_multiplier`, `l2_groupings` and `xcd_remap`. The body
    of the grid moves into the kernel; its tiles are computed from the
    program id. With the flat mapping there is one launch axis; the last grid
    dimension varies fastest. `xyz` has one launch axis per dimension, the fastest
    along x. Persistent mappings launch `num-sms` times `num_sm_multiplier` programs,
    or one per tile if that is less; each loops over a share of the tiles: a
    contiguous one (`persistent_blocked`), or every n-th (`persistent_interleaved`).
    `l2_groupings = [g]` visits the two fastest dimensions in groups of `g` tiles of
    the slower one, so that programs which run together share operands in the L2
    cache.

    A GPU of several dies (`num-xcds`) hands programs to its dies in turn; each die has
    an L2 cache of its own. `xcd_remap` renumbers programs, in front of everything else,
    so that those of one die have consecutive numbers.

    Several grids share one launch. Flat, the numbers of their tiles follow one
    another; persistent, each has a loop of its own, and what stands between them,
    such as a `helion.barrier`, stays between the loops. Barriers, and bounds that
    are computed on the device, take a persistent mapping.

    The attribute `helion.grid` of the kernel says how many programs to launch: for
    each grid dimension lower bound, upper bound and block, the bounds being
    numbers, positions of kernel arguments, or products of such. For `xyz` these are the `dims` of a
    dictionary whose `axes` has the dimension behind each launch axis, for
    persistent mappings those of one whose `programs` is their greatest number. The
    `grids` of a dictionary have such a list for each of several grids, or `unit`
    for one whose bounds only the device knows; `cooperative` says that all
    programs have to run at once.

    Where programs run one after the other, as in an interpreter, none can wait for
    another: `phase` keeps the grids between two barriers alone.
  }];
  let options = [Option<"numSms", "num-sms", "int64_t", "132",
                        "multiprocessors of the GPU">,
                 Option<"numXcds", "num-xcds", "int64_t", "1",
                        "dies that the GPU hands programs to in turn">,
                 Option<"phase", "phase", "int64_t", "-1",
                        "map the grids before barrier number `phase` alone, from the one "
                        "before it on; -1 for all grids">];
}

def HelionRollReductions : Pass<"helion-roll-reductions", "::mlir::helion::KernelOp"> {
  let summary = "walk long reductions in chunks";
  let description = [{
    Reads `reduction_loops`. A reduced dimension whose entry is smaller than its extent
    is walked by loops over chunks: one for the reductions that depend on no other, one
    for those that need their results, and so on. Each loop loads again what it
    needs; a store goes into the loop of what it writes. The contraction of a dot is
    summed up in its accumulator. Loads note whether a later loop reads the same
    elements (`helion.reuse`), which `helion-select-access` makes an eviction policy.
    The loops of one dimension share an entry of the `range_*` lists, behind those of the
    author's loops. Where a dimension must stay whole, a remark says why.

    ```mlir
    %x = helion.load %a[%t, %all] : ... -> tensor<1x8192xf32>
    %m = helion.reduce max %x dims [1] {helion.reduction = 0 : i64} : ...
    // ==> reduction_loops = [1024]
    %m = helion.tile_for (%c) = (%c0) to (%c8192) blocks [1024] : i32
        iter_args(%top = %least : tensor<1xf32>) {
      %x = helion.load %a[%t, %c] : ... -> tensor<1x1024xf32>
      %part = helion.reduce max %x dims [1] : ...
      %next = arith.maximumf %top, %part : tensor<1xf32>
      helion.yield %next : tensor<1xf32>
    }
    ```
  }];
}

def HelionOnlineSoftmaxFusion
    : Pass<"helion-online-softmax-fusion", "::mlir::helion::KernelOp"> {
  let summary = "find the maximum and sum up exponentials in one loop";
  let description = [{
    A loop that finds the maximum of each row and a loop over the same tiles that
    sums up exponentials relative to it become one: exponentials are taken
    relative to the maximum so far, and what was summed up shrinks when that
    grows. The sums may be plain ones or products with a matrix, and the
    exponentials may be divided by a value of the row, which then happens behind
    the loop. Loops that the author wrote fuse like those of `helion-roll-reductions`:
    softmax over a long row reads it twice instead of three times, attention written
    as softmax(q k) v becomes flash attention. Where loops are not fused, a remark
    says why. The attribute `helion.separate_softmax_loops` of a kernel leaves all
    as they are.

    ```mlir
    %m = tile_for ... { maximumf %m, max(x) }
    %s = tile_for ... { addf %s, sum(exp(x - %m)) }
    // ==>
    %m, %s = tile_for ... {
      %new = maximumf %m, max(x)
      %shrunk = mulf %s, exp2(k %m - k %new)
      addf %shrunk, sum(exp2(k x - k %new))
    }
    ```
  }];
}

def HelionLowerLoops : Pass<"helion-lower-loops", "::mlir::helion::KernelOp"> {
  let summary = "turn tile loops into scf.for";
  let description = [{
    A `helion.tile_for` of n dimensions becomes n nested `scf.for` whose induction
    variable is the first index of the tile; the tile itself becomes a
    `helion.make_tile`, marked `exact` where the block size divides the range. The
    ordinal stays on the loop as `helion.loop`.
  }];
}

def HelionFoldUnitDims : Pass<"helion-fold-unit-dims", "::mlir::helion::KernelOp"> {
  let summary = "drop dimensions of extent 1 from values and what is done to them";
  let description = [{
    A block size of 1 leaves tensors with an extent of 1 that cost reshapes on
    the way to the matrix unit. Values lose such dimensions: a tile of extent 1 in an
    index list becomes a scalar index, a batched dot with a batch of 1 becomes
    a plain one, a tensor of one element becomes a scalar. Dimensions of the matrices of a
    dot stay.

    ```mlir
    %2 = helion.dot %0, %1 : tensor<1x64x32xf16>, tensor<1x32x64xf16> -> tensor<1x64x64xf32>
    // ==>
    %2 = helion.dot %0, %1 : tensor<64x32xf16>, tensor<32x64xf16> -> tensor<64x64xf32>
    ```
  }];
}

def HelionSkipMaskedBlocks : Pass<"helion-skip-masked-blocks", "::mlir::helion::KernelOp"> {
  let summary = "leave out blocks that a mask rules out, compute it where it is needed alone";
  let description = [{
    For loops over tiles that compare indices, as causal attention does: where the
    comparison fails in a whole block, the block is skipped, and where it holds in a
    whole block, it is not computed. The loop's bounds end where the blocks do that
    are left; of a loop with matrix products, the blocks at the edge of the mask go to
    loops of their own, before or behind it.

    A block is skipped only if it provably changes nothing that the loop carries, as
    -inf does in an online softmax; else a remark says what stands in the way. One
    whose first block makes rows NaN that have seen nothing keeps its first block. Numbers
    from memory are taken as finite: a masked value of infinity or NaN, multiplied by
    zero, is not seen. Indices are taken not to overflow.

    Looks at `static_ranges` and `range_warp_specializes`: loops that are unrolled whole
    stay as they are, and those whose warps are to be specialized are not divided, since
    Triton fails on a second loop then.

    ```mlir
    scf.for %n = %c0 to %c1024 step %c64 iter_args(...) {
      %seen = arith.cmpi sge, %rows, %columns : tensor<128x64xi32>
      %s = arith.select %seen, %scores, %lowest : tensor<128x64xi1>, tensor<128x64xf32>
      ...
    // ==>
    scf.for %n = %c0 to %full step %c64 iter_args(...) {
      ...  // %scores instead of %s
    }
    scf.for %n = %full to %end step %c64 iter_args(...) {
      %seen = arith.cmpi sge, %rows, %columns : tensor<128x64xi32>
      ...
    ```
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cuda:90\"",
           "backend and architecture: cuda:90, hip:gfx942, ...">];
}

def HelionPartitionData : Pass<"helion-partition-data", "::mlir::helion::KernelOp"> {
  let summary = "split the rows of a loop's matrix products into independent chains";
  let description = [{
    Reads `data_partition_factors`, whose first entry is that of the loop over the tiles
    of the grid and holds for all loops in it, and the tunables
    `_triton_range_value_data_partition_factor` and
    `_triton_range_id_data_partition_factor`, the position of the loop in that list.

    In a loop that sums up matrix products, their rows are split into as many parts as
    the factor says. Each value that has the rows becomes one value for each part, in
    the loop and wherever in the kernel it comes from or goes to: operands are loaded
    and results stored part by part. What does not have the rows, such as the other operand
    of the products, is loaded once and shared. Loads move to the front of the loop, so
    that no chain waits for what another one asks for late. The parts do not depend on each other: while
    one waits for the matrix unit another computes, and each fits where the whole does
    not.

    A request is dropped with a remark where an operation needs all rows at once, or parts
    would have fewer rows than the matrix unit takes.

    ```mlir
    %r = scf.for ... iter_args(%acc = %zero) -> (tensor<128x64xf32>) {
      %b = helion.load ... -> tensor<32x64xf16>
      %c = helion.dot %a, %b, %acc : ... -> tensor<128x64xf32>
    // ==> data_partition_factors = [1, 2]
    %r:2 = scf.for ... iter_args(%acc0 = %zero0, %acc1 = %zero1)
        -> (tensor<64x64xf32>, tensor<64x64xf32>) {
      %b = helion.load ... -> tensor<32x64xf16>
      %c0 = helion.dot %a0, %b, %acc0 : ... -> tensor<64x64xf32>
      %c1 = helion.dot %a1, %b, %acc1 : ... -> tensor<64x64xf32>
    ```
  }];
  let options = [Option<"target", "target", "std::string", "\"cuda:90\"",
                        "backend and architecture: cuda:90, hip:gfx942, ...">];
}

def HelionMask : Pass<"helion-mask", "::mlir::helion::KernelOp"> {
  let summary = "pad extents to powers of two and mask what must not be seen";
  let description = [{
    Extents become powers of two. A dataflow analysis finds for each value which
    dimensions may have dead lanes, from which tile, and what those lanes hold.
    From it follow: masks on loads and stores, and a `select` of the neutral
    element in front of a reduction, a dot or a scan from the last element down, only
    where the dead lanes do not hold it already. Dead lanes are sorted behind all others,
    dead indices of a gather are 0. Nothing is masked where block sizes divide evenly.
  }];
}

def HelionSubtileEpilogue : Pass<"helion-subtile-epilogue", "::mlir::helion::KernelOp"> {
  let summary = "do what follows a matrix product part by part";
  let description = [{
    Reads `epilogue_subtile`, the number of parts. Looks at `range_flattens`. The sum of
    products that a loop leaves, or a product that no loop sums up, is cut along its columns, and
    each operation that follows, up to the stores, is done for one part after the other, so
    that what is converted, computed and stored at a time is a part of the tile. What comes in
    on the way, such as a bias, is loaded part by part. The products themselves stay whole.

    A request is dropped with a remark where an operation needs all columns at once or a later
    loop carries them on, where parts would have less than 16 columns, and where
    `range_flattens` makes one loop of the products and what follows.

    ```mlir
    %c = scf.for ... -> (tensor<128x128xf32>)
    %h = helion.convert %c : tensor<128x128xf32> -> tensor<128x128xf16>
    helion.store %h, %out[%rows, %columns] ...
    // ==> epilogue_subtile = 2
    %c = scf.for ... -> (tensor<128x128xf32>)
    %0 = helion.reshape %c : tensor<128x128xf32> -> tensor<128x2x64xf32>
    %1 = helion.permute %0 {order = array<i64: 0, 2, 1>} : ... -> tensor<128x64x2xf32>
    %l, %r = helion.split %1 : tensor<128x64x2xf32> -> tensor<128x64xf32>
    %hl = helion.convert %l : tensor<128x64xf32> -> tensor<128x64xf16>
    helion.store %hl, %out[%rows, %left] ...
    %hr = helion.convert %r : tensor<128x64xf32> -> tensor<128x64xf16>
    helion.store %hr, %out[%rows, %right] ...
    ```
  }];
}

def HelionInsertBarriers : Pass<"helion-insert-barriers", "::mlir::helion::KernelOp"> {
  let summary = "let the threads of a program meet between accesses to the same memory";
  let description = [{
    Statements of a kernel follow one another, but the threads of a program do not
    wait: what one wrote, another need not see. A `gpu.barrier` goes in front of an
    access to a tensor that was accessed since the last barrier, where one of the
    two writes and other threads may be at work on the same element. No barrier is
    needed to overwrite what was accessed through the same indices, where each
    element belongs to the same thread, nor for different tiles of one loop. Loops meet in front of them
    where that is enough, in their body where one iteration reads what another
    wrote. Atomic operations need no order among each other; one that releases
    comes after all that was written. Looks at `num_warps`: values of fewer elements than
    there are threads are held several times, and written by one thread.

    ```mlir
    helion.store %0, %x[%t] ...
    %1 = helion.load %x[%reversed] ...
    // ==>
    helion.store %0, %x[%t] ...
    gpu.barrier
    %1 = helion.load %x[%reversed] ...
    ```
  }];
  let dependentDialects = ["::mlir::helion::gpu::GPUDialect"];
}

def HelionSelectAccess : Pass<"helion-select-access", "::mlir::helion::KernelOp"> {
  let summary = "choose pointers or tensor descriptors for each memory operation";
  let description = [{
    Reads `indexing`, `atomic_indexing`, `load_eviction_policies`, `load_cache_modifiers` and
    `store_cache_modifiers`. Sets `access`, `eviction` and `cache` on loads and stores, `access` on
    atomic operations. A tensor descriptor needs: tiles and scalars as the only indices, rank 2 to 5, a
    dimension of stride 1 that a tile of at least 16 bytes indexes, other strides that are
    multiples of 16 bytes, no mask of the user's, and no barrier in a kernel that both
    reads and writes the tensor: descriptors have an order of their own. An atomic operation
    needs besides: a result that nobody uses, relaxed semantics, and a kind and element type that
    the tensor memory unit knows. Where the request is not legal, the operation is addressed
    by pointers and a remark says why.
  }];
  let options = [Option<"descriptors", "descriptors", "bool", "true",
                        "the target has a tensor memory unit">];
}

def HelionAnnotateWarpSpecialization
    : Pass<"helion-annotate-warp-specialization", "::mlir::helion::KernelOp"> {
  let summary = "ask Triton to give the warps of a loop different roles";
  let description = [{
    Reads `range_warp_specializes`, whose first entry is that of the loop over the tiles
    of the grid, and puts `tt.warp_specialize` on the first loop that asks for it. A
    request for the loop over tiles goes to the device loop inside it where that has
    the matrix products, with a remark. Where the target cannot specialize warps, or
    Triton is known to get it wrong, a remark says why and nothing changes. Looks at
    `num_warps` and `num_stages`, on which that depends.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"cuda:90\"",
           "backend and architecture: cuda:90, hip:gfx942, ...">,
    Option<"hopper", "hopper", "bool", "true",
           "the Triton at hand specializes warps on compute capability 9.0">];
}

def HelionAnnotateLoops : Pass<"helion-annotate-loops", "::mlir::helion::KernelOp"> {
  let summary = "hand the loop schedule of the configuration to Triton";
  let description = [{
    Reads `range_num_stages`, `range_unroll_factors`, `range_flattens`,
    `range_multi_buffers` and `static_ranges`. Puts `tt.num_stages`,
    `tt.loop_unroll_factor`, `tt.flatten` and `tt.disallow_acc_multi_buffer` on `scf.for`
    by the ordinal of the loop. The loop over the tiles of the grid has the first
    entries. Looks at `num_stages`, which is that of loops with matrix products that have
    none of their own. Loops that `static_ranges` names are unrolled whole, if their number of
    trips is known and at most 64. Loops of specialized warps are not unrolled, nor
    those that sum up reductions, where Triton fails.
  }];
}

#endif // HELION_TRANSFORMS_PASSES_TD
