# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Default configurations for compute capability 9.0, of the two kernels whose best form is far from the plain one.

Both were measured on an H100, where they reach what hand-tuned configurations do. Warp specialization, a few percent
faster still in attention, is left out: not every Triton has it, and loops with masks cannot have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helion.runtime.facts import KernelFacts, LoopFacts

CAPABILITY = 90
# Wider heads leave no registers for two chains, narrower ones too little work in each.
_LONG_HEADS = range(65, 129)
_OPERANDS = 3  # queries, keys and values, in the order in which they are loaded
_NARROW_HEADS = range(16, 65)
_LARGE_MATMUL = 4096
_LEAST_KEYS = 256


def hopper_configuration(facts: KernelFacts, roles: dict[str, set[str]], bits: int) -> dict[str, Any] | None:
    """Keys of the configuration, `tile` among them: the block size of each role; None where neither form applies.

    Args:
        facts: of the kernel.
        roles: for each block its roles in matrix products ("m", "n", "k", "batch").
        bits: the width of the widest operand of a matrix product.
    """
    inner = [loop for loop in facts.loops if not loop.grid]
    grids = [loop for loop in facts.loops if loop.grid]
    if bits != 16 or len(grids) != 1:
        return None
    keys = [reduction.extent for reduction in facts.reductions if reduction.dot]
    if not inner and len(facts.dots) == 2 and len(facts.reductions) == len(keys) == 1 and keys[0] >= _LEAST_KEYS:
        chosen = _attention(facts, written=False)
        return chosen and {**chosen, "reduction_loops": [chosen["tile"]["n"]]}
    if len(inner) != 1 or len(inner[0].blocks) != 1:
        return None
    walked = roles.get(inner[0].blocks[0], set())
    if len(facts.dots) == 2 and walked == {"n", "k"}:
        return _attention(facts, written=True)
    if len(facts.dots) == 1 and walked == {"k"}:
        return _matmul(facts, grids[0], roles)
    return None


def _attention(facts: KernelFacts, written: bool) -> dict[str, Any] | None:
    """`written`: the loop over keys is the author's, not one that a long row is given."""
    head = facts.dots[0][0].extents[-1]
    if head in _LONG_HEADS and facts.loads == _OPERANDS and written:
        # Keys and values by whole blocks of 128, the values alone by descriptor: the best form with a mask as well.
        return {
            "tile": {"m": 128, "n": 128},
            "num_warps": 8,
            "num_stages": 3,
            "indexing": ["pointer", "pointer", "tensor_descriptor", *["pointer"] * facts.stores],
        }
    if head in _LONG_HEADS:
        return {
            "tile": {"m": 128, "n": 64},
            "num_warps": 4,
            "num_stages": 2,
            "indexing": "tensor_descriptor",
            "data_partition_factors": [1, 2],
        }
    if head in _NARROW_HEADS:
        return {"tile": {"m": 64, "n": 64}, "num_warps": 4, "num_stages": 3}
    return None


def _matmul(facts: KernelFacts, grid: LoopFacts, roles: dict[str, set[str]]) -> dict[str, Any] | None:
    extents = {block.name: block.bound or 0 for block in facts.blocks}
    large = len(grid.blocks) == 2 and all(extents.get(name, 0) >= _LARGE_MATMUL for name in grid.blocks)
    # What else is loaded, or wider results, would not fit the shared memory that the operands leave.
    lean = facts.loads == 2 and facts.stores == 1 and facts.stored_bits == 16 and not facts.computed_bounds
    if not large or not lean or {"m"} not in map(roles.get, grid.blocks):
        return None
    return {
        "tile": {"m": 128, "n": 256, "k": 64},
        "num_warps": 8,
        "num_stages": 3,
        "l2_groupings": [8],
        "indexing": "tensor_descriptor",
        "pid_type": "persistent_interleaved",
        "range_flattens": [True],
    }
