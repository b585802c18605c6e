# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Default configurations, chosen from the shapes and operations of a kernel.

The figures are starting points that were good on Hopper: what a programmer would write by hand before measuring.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from helion.arithmetic import next_power_of_2
from helion.runtime.defaults_hopper import CAPABILITY as HOPPER
from helion.runtime.defaults_hopper import hopper_configuration

if TYPE_CHECKING:
    from helion.runtime.facts import BlockFacts, Extent, KernelFacts, ReductionFacts, ValueFacts

# Elements of the largest value of one program: enough loads in flight without spilling registers.
_POINTWISE_ELEMENTS = 2048
_REDUCTION_ELEMENTS = 4096
_UNKNOWN_EXTENT = 4096
_LEAST_DOT_EXTENT = 16
# Output tiles beyond this many elements want 8 warps.
_LARGE_TILE = 128 * 128
# From this extent on, a matmul has enough programs for the largest tile.
_LARGE_MATMUL = 4096
_LARGE_SHARED_BYTES = 200 * 1024
# Elements of a row that the registers of a program hold well, and how much it takes of longer ones.
_LONGEST_ROW = 16384
_ROW_CHUNK = 16384
_DOT_CHUNK = 128


def default_configuration(facts: KernelFacts, shared_bytes: int, capability: int = 0) -> dict[str, Any]:
    """The keys of the default configuration: block_sizes, num_warps, num_stages, and what else is not as usual.

    Args:
        facts: of the kernel.
        shared_bytes: shared memory that one program can have on the chip.
        capability: the chip's compute capability, 90 for 9.0; 0 for one that has none.
    """
    sizes = dict(facts.fixed)
    chunks = [_chunk(reduction) for reduction in facts.reductions]
    facts = facts.rolled(chunks)
    chosen = _contraction(facts, sizes, shared_bytes, capability) if facts.dots else _elementwise(facts, sizes)
    blocks = [sizes[block.name] for block in facts.blocks]
    rolled = {"reduction_loops": chunks} if any(chunk is not None for chunk in chunks) else {}
    return {"block_sizes": blocks, **rolled, **chosen}


def _chunk(reduction: ReductionFacts) -> int | None:
    """How much of a reduced dimension a program takes at once; None for all of it."""
    if reduction.dot:
        return _DOT_CHUNK if reduction.extent > _DOT_CHUNK else None
    return _ROW_CHUNK if reduction.extent > _LONGEST_ROW else None


def _fit(block: BlockFacts, wanted: int) -> int:
    """`wanted`, no larger than the extent and within what the block allows."""
    bound = block.bound
    size = wanted if bound is None else min(wanted, bound)
    return max(size, block.min, 1)


def _extent(block: BlockFacts) -> int:
    return _UNKNOWN_EXTENT if block.bound is None else block.bound


def _contraction(facts: KernelFacts, sizes: dict[str, int], shared_bytes: int, capability: int) -> dict[str, Any]:
    roles, bits = _dot_roles(facts)
    if capability == HOPPER and (chosen := hopper_configuration(facts, roles, bits)):
        tile: dict[str, int] = chosen.pop("tile")
        fitting = {block.name: _fit_roles(block, roles.get(block.name, set()), tile) for block in facts.blocks}
        # Small extents do not fill the tile that the rest of the configuration is for.
        if all(_fills(roles.get(name, set()), tile, size) for name, size in fitting.items()):
            sizes.update(fitting)
            return chosen
    chained = any("k" in each and each & {"m", "n"} for each in roles.values())
    wide = bits >= 32
    wanted = {"m": 64 if wide else 128, "n": 64 if wide else 128, "k": 32 if wide else 64}
    tiled = {role: _extent(block) for block in facts.blocks for role in roles.get(block.name, ())}
    large = min(tiled.get("m", 0), tiled.get("n", 0)) >= _LARGE_MATMUL
    if not chained and not wide and large and shared_bytes >= _LARGE_SHARED_BYTES:
        wanted["n"] = 256
    for block in facts.blocks:
        sizes[block.name] = _fit_roles(block, roles.get(block.name, set()), wanted)
    stages = 3
    while stages > 2 and _shared_bytes(facts, sizes, roles, stages) > shared_bytes:
        stages -= 1
    while _shared_bytes(facts, sizes, roles, stages) > shared_bytes and _halve_largest(facts, sizes, roles):
        pass
    result = max((_elements(_product(pair), sizes) for pair in facts.dots), default=0)
    config: dict[str, Any] = {"num_warps": 8 if result >= _LARGE_TILE else 4, "num_stages": stages}
    grid = next((loop for loop in facts.loops if loop.grid), None)
    if not chained and grid is not None and len(grid.blocks) >= 2:
        config["l2_groupings"] = [8]
    return config


def _fills(role: set[str], wanted: dict[str, int], size: int) -> bool:
    return "batch" in role or not role or size == min((wanted[each] for each in role if each in wanted), default=0)


def _fit_roles(block: BlockFacts, role: set[str], wanted: dict[str, int]) -> int:
    """The size of a block that has these roles in matrix products, each of which wants one."""
    if "batch" in role or not role:
        return _fit(block, 1)
    least = min(_LEAST_DOT_EXTENT, _extent(block))
    return max(_fit(block, min((wanted[each] for each in role if each in wanted), default=1)), least)


def _dot_roles(facts: KernelFacts) -> tuple[dict[str, set[str]], int]:
    """For each block its roles in matrix products ("m", "n", "k", "batch"), and the widest operand in bits."""
    roles: dict[str, set[str]] = {}
    bits = 8
    for left, right in facts.dots:
        bits = max(bits, left.bits, right.bits)
        for role, extent in (
            ("m", left.extents[-2]), ("k", left.extents[-1]), ("k", right.extents[-2]), ("n", right.extents[-1]),
        ):  # fmt: skip
            if isinstance(extent, str):
                roles.setdefault(extent, set()).add(role)
        for extent in (*left.extents[:-2], *right.extents[:-2]):
            if isinstance(extent, str):
                roles.setdefault(extent, set()).add("batch")
    return roles, bits


def _product(pair: tuple[ValueFacts, ValueFacts]) -> tuple[Extent, ...]:
    left, right = pair
    return (*left.extents[:-2], left.extents[-2], right.extents[-1])


def _shared_bytes(facts: KernelFacts, sizes: dict[str, int], roles: dict[str, set[str]], stages: int) -> int:
    """An estimate of the shared memory that the operands of the dots need.

    What changes in the loop is there once per stage in flight, the rest once. The result of one product that feeds
    another never was in memory.
    """
    grid = {name for loop in facts.loops if loop.grid for name in loop.blocks}
    chained = {name for name, role in roles.items() if "k" in role and role & {"m", "n"}}
    total = 0
    for operand in {each for pair in facts.dots for each in pair}:
        names = {extent for extent in operand.extents if isinstance(extent, str) and "batch" not in roles[extent]}
        if names & chained and len(names) > 1:
            continue
        copies = 1 if names <= grid else stages
        total += copies * _elements(operand.extents, sizes) * max(operand.bits, 8) // 8
    return total


def _halve_largest(facts: KernelFacts, sizes: dict[str, int], roles: dict[str, set[str]]) -> bool:
    candidates = [
        block
        for block in facts.blocks
        if block.name in roles and sizes[block.name] > max(_LEAST_DOT_EXTENT, block.min)
    ]  # fmt: skip
    if not candidates:
        return False
    sizes[max(candidates, key=lambda block: sizes[block.name]).name] //= 2
    return True


def _elementwise(facts: KernelFacts, sizes: dict[str, int]) -> dict[str, Any]:
    grid = {name for loop in facts.loops if loop.grid for name in loop.blocks}
    inner = [block for block in facts.blocks if block.name not in grid]
    outer = [block for block in facts.blocks if block.name in grid]
    reduces = facts.reduces
    budget = _REDUCTION_ELEMENTS if inner or reduces else _POINTWISE_ELEMENTS
    # Values that span two tiled axes share the budget; the axis that is contiguous in memory gets the most of it.
    contiguous = _contiguous(facts)
    chosen = dict(sizes)
    inner.sort(key=lambda block: block.name in contiguous, reverse=True)
    for block in inner:
        share = max(budget // _company(facts, block.name, chosen), 1)
        # A grid axis that is contiguous itself (attention by scalars) needs lanes of its own.
        if any(each.name in contiguous for each in outer):
            share = max(1, math.isqrt(share))
        chosen[block.name] = _fit(block, next_power_of_2(share))
    row = _whole_extents(facts)
    outer.sort(key=lambda block: (block.name in contiguous, block.ordinal), reverse=True)
    for block in outer:
        share = max(budget // _company(facts, block.name, chosen), 1)
        if (row > 1 and reduces) or (inner and block.name not in contiguous):
            share = min(share, 8)  # rows: many programs keep the chip busy
        chosen[block.name] = _fit(block, 1 << (share.bit_length() - 1))
    sizes.update(chosen)
    elements = max((_elements(value.extents, sizes) for value in facts.values), default=1)
    return {"num_warps": _warps(elements), "num_stages": 2 if inner else 1}


def _company(facts: KernelFacts, name: str, chosen: dict[str, int]) -> int:
    """Elements per lane of block `name` in the largest value that it spans, as far as the other extents are chosen."""
    return max(
        (
            math.prod(chosen.get(each, 1) if isinstance(each, str) else next_power_of_2(each) for each in others)
            for value in facts.values
            if name in value.extents
            for others in ([each for each in value.extents if each != name],)
        ),
        default=1,
    )


def _warps(elements: int) -> int:
    """Warps for a program whose largest value has this many elements: about 16 elements per thread on long rows."""
    if elements <= 256:
        return 2
    if elements <= 2048:
        return 4
    return min(max(4, next_power_of_2(elements // 512)), 16)


def _whole_extents(facts: KernelFacts) -> int:
    """The largest product of the untiled extents of one value, such as the length of a whole row."""
    rows = [
        math.prod(next_power_of_2(extent) for extent in value.extents if isinstance(extent, int))
        for value in facts.values
    ]
    return max(rows, default=1)


def _contiguous(facts: KernelFacts) -> set[str]:
    """The blocks behind the last dimension of some value of greatest rank."""
    rank = max((len(value.extents) for value in facts.values), default=0)
    last = {value.extents[-1] for value in facts.values if value.extents and len(value.extents) == rank}
    return {each for each in last if isinstance(each, str)}


def _elements(extents: tuple[Extent, ...], sizes: dict[str, int]) -> int:
    return math.prod(sizes.get(extent, 1) if isinstance(extent, str) else next_power_of_2(extent) for extent in extents)
