# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`helion.language` (`hl`): what a kernel says beyond PyTorch.

Each function has eager semantics for reference mode; the compiler recognizes the function objects and gives them their
device meaning. Outside a kernel they raise `helion.exc.NotInsideKernel`.
"""

from __future__ import annotations

from helion.language.atomics import (
    atomic_add,
    atomic_and,
    atomic_cas,
    atomic_max,
    atomic_min,
    atomic_or,
    atomic_xchg,
    atomic_xor,
)
from helion.language.contractions import dot
from helion.language.creation import arange, full, zeros
from helion.language.debug import breakpoint, device_print
from helion.language.distributed import AsyncCopyDescriptor, ProcessGroupName, make_async_remote_copy, remote_barrier
from helion.language.inline import inline_asm_elementwise, inline_triton, triton_kernel
from helion.language.loops import barrier, grid, jagged_tile, static_range, tile
from helion.language.memory import load, store
from helion.language.microscaling import (
    dot_scaled,
    float4_e2m1fn_x2_to_float32,
    load_bfloat16_x16_to_float16,
    load_float4_e2m1fn_x16_to_float16,
)
from helion.language.random import rand, rand4x, randint
from helion.language.reductions import associative_scan, cumprod, cumsum, reduce
from helion.language.stack_tensors import StackTensor as StackTensor
from helion.language.stack_tensors import stacktensor_like
from helion.language.tiles import (
    Tile,
    tile_begin,
    tile_block_size,
    tile_count,
    tile_end,
    tile_id,
    tile_index,
)
from helion.language.tunables import ConstExpr, constexpr, register_block_size, register_tunable, specialize
from helion.language.views import join, split, subscript

__all__ = [
    "AsyncCopyDescriptor",
    "ConstExpr",
    "ProcessGroupName",
    "Tile",
    "arange",
    "associative_scan",
    "atomic_add",
    "atomic_and",
    "atomic_cas",
    "atomic_max",
    "atomic_min",
    "atomic_or",
    "atomic_xchg",
    "atomic_xor",
    "barrier",
    "breakpoint",
    "constexpr",
    "cumprod",
    "cumsum",
    "device_print",
    "dot",
    "dot_scaled",
    "float4_e2m1fn_x2_to_float32",
    "full",
    "grid",
    "inline_asm_elementwise",
    "inline_triton",
    "jagged_tile",
    "join",
    "load",
    "load_bfloat16_x16_to_float16",
    "load_float4_e2m1fn_x16_to_float16",
    "make_async_remote_copy",
    "rand",
    "rand4x",
    "randint",
    "reduce",
    "register_block_size",
    "register_tunable",
    "remote_barrier",
    "specialize",
    "split",
    "stacktensor_like",
    "static_range",
    "store",
    "subscript",
    "tile",
    "tile_begin",
    "tile_block_size",
    "tile_count",
    "tile_end",
    "tile_id",
    "tile_index",
    "triton_kernel",
    "zeros",
]
