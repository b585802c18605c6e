# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device loops: `hl.tile`, `hl.grid`, `hl.static_range`, `hl.jagged_tile`, `hl.barrier`."""

from __future__ import annotations

import itertools
import operator
from typing import TYPE_CHECKING, Any, SupportsIndex, cast

import torch

from helion import exc
from helion.language.context import ReferenceContext, inside, loop_reference
from helion.language.tiles import Tile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Bound = Any  # an int, a torch.SymInt, or an integer tensor of one element
Bounds = Any  # a Bound, or a sequence of them


def tile(begin_or_end: Bounds, end: Bounds | None = None, /, block_size: Bounds | None = None) -> Iterator[Any]:
    """Covers an iteration space with tiles; each index is in exactly one tile, in an order that is up to the Config.

    The outermost use in a kernel is the launch grid, a nested one a sequential loop on the device.

    Args:
        begin_or_end: the end of the range, or its begin when `end` is given too. A size, or a list of sizes for several
            axes at once; an integer tensor of one element makes the bound depend on data.
        end: the end of the range.
        block_size: None for a block size that the Config chooses, a number for a fixed one, a value of
            `hl.register_block_size` for a shared one; a list has one entry per axis.

    Yields:
        A `Tile`, or a tuple of tiles when a list of several sizes was given.

    Raises:
        NotInsideKernel: outside a kernel.
        TileOfTile: when a tile is given as a size.
        InvalidTileRange: when a range ends before it begins.
        InvalidLoopBound: when a bound is no integer.

    Example::

        for tile_m, tile_n in hl.tile([m, n]):
            out[tile_m, tile_n] = x[tile_m, tile_n] + 1
    """
    context = loop_reference("tile")
    several = _is_sequence(begin_or_end)
    ranges = _ranges(begin_or_end, end)
    blocks: list[Any] = list(block_size or ()) if _is_sequence(block_size) else [block_size] * len(ranges)
    if len(blocks) != len(ranges):
        raise exc.InvalidAPIUsage(
            "hl.tile was given a wrong number of block sizes",
            expected=f"{len(ranges)}, one per axis", found=len(blocks),
        )  # fmt: skip
    axes = [list(_tiles(context, begin, stop, block)) for (begin, stop), block in zip(ranges, blocks, strict=True)]
    return _iterate(context, axes, several)


def grid(begin_or_end: Bounds, end: Bounds | None = None, /, step: Bounds | None = None) -> Iterator[Any]:
    """Iterates over single indices: as `hl.tile`, with scalar integers in place of tiles.

    Args:
        begin_or_end: the end of the range, or its begin when `end` is given too; a list for several axes.
        end: the end of the range.
        step: distance of two indices, 1 by default; a list has one entry per axis.

    Yields:
        An integer, or a tuple of integers when a list of several sizes was given.
    """
    context = loop_reference("grid")
    several = _is_sequence(begin_or_end)
    ranges = _ranges(begin_or_end, end)
    steps: list[Any] = list(step or ()) if _is_sequence(step) else [step] * len(ranges)
    axes = [
        list(range(begin, stop, 1 if each is None else _bound(each)))
        for (begin, stop), each in zip(ranges, steps, strict=True)
    ]
    return _iterate(context, axes, several)


def static_range(begin_or_end: int, end: int | None = None, /, step: int = 1) -> Iterator[int]:
    """A loop that is unrolled at compile time.

    The index is a Python integer, so that it may select from tuples and lists.

    Args:
        begin_or_end: the end of the range, or its begin when `end` is given too.
        end: the end of the range.
        step: distance of two indices.
    """
    inside("static_range")
    bounds = (begin_or_end,) if end is None else (begin_or_end, end)
    return iter(range(*bounds, step) if len(bounds) == 2 else range(0, begin_or_end, step))


def jagged_tile(parent: torch.Tensor) -> Iterator[Tile]:
    """A loop whose length differs per lane: it runs to the greatest entry of `parent`.

    Loads, stores and reductions by the tile are masked with `index < parent` in each lane. In eager reference mode a
    kernel whose own code has such a loop sees one lane at a time.

    Args:
        parent: integer device tensor with the end of each lane; each of its axes is an axis of an enclosing tile.

    Raises:
        InvalidJaggedTileUsage: when `parent` holds no integers, or has several lanes in eager reference mode, because
            the loop is in a function that the kernel calls.
    """
    context = loop_reference("jagged_tile")
    if parent.is_floating_point():
        raise exc.InvalidJaggedTileUsage("the ends of hl.jagged_tile must be integers", found=parent.dtype)
    if parent.numel() != 1:
        raise exc.InvalidJaggedTileUsage(
            "eager reference mode takes the lanes of hl.jagged_tile one by one", expected="1 lane",
            found=f"{parent.numel()} lanes", hint="write the loop in the kernel itself, not in a function it calls",
        )  # fmt: skip
    stop = int(parent.item())
    axis = context.new_axis()
    return _iterate(context, [[Tile(0, stop, stop, axis, 0, stop)] if stop > 0 else []], False)


def barrier() -> None:
    """A barrier between two top-level device loops: what the first wrote, every program of the second sees."""
    inside("barrier").barrier()


def _is_sequence(value: object) -> bool:
    return isinstance(value, (list, tuple))  # torch.Size is a tuple


def _ranges(begin_or_end: Bounds, end: Bounds | None) -> list[tuple[int, int]]:
    ends = begin_or_end if end is None else end
    if not _is_sequence(ends):
        ends = [ends]
    begin = [0] * len(ends) if end is None else begin_or_end
    begins = begin if _is_sequence(begin) else [begin]
    if len(begins) != len(ends):
        raise exc.InvalidAPIUsage(
            "the lists of begins and ends of a loop have different lengths", expected=len(begins), found=len(ends)
        )
    ranges = [(_bound(low), _bound(high)) for low, high in zip(begins, ends, strict=True)]
    for low, high in ranges:
        if low > high:
            raise exc.InvalidTileRange(begin=low, end=high)
    return ranges


def _bound(value: object) -> int:
    if isinstance(value, Tile):
        raise exc.TileOfTile()
    if isinstance(value, torch.Tensor):
        if value.numel() == 1 and not value.is_floating_point():
            return int(value.item())
        raise exc.InvalidLoopBound(found=f"a tensor of shape {list(value.shape)} and dtype {value.dtype}")
    if isinstance(value, SupportsIndex) and not isinstance(value, bool):
        return operator.index(value)
    raise exc.InvalidLoopBound(found=repr(value))


def _tiles(context: ReferenceContext, begin: int, end: int, block_size: object) -> Iterator[Tile]:
    axis = context.new_axis()
    # Without a configuration one tile covers the whole range.
    block = 1 if context.single else max(end - begin, 1) if block_size is None else _bound(block_size)
    for start in range(begin, end, block):
        yield Tile(start, min(start + block, end), block, axis, begin, end)


def _iterate(context: ReferenceContext, axes: Sequence[Sequence[object]], several: bool) -> Iterator[Any]:
    # Loads copy while a device loop is open, and alias as in plain torch in the host part.
    context.depth += 1
    try:
        for values in itertools.product(*axes):
            yield cast("Any", values if several and len(axes) != 1 else values[0])
    finally:
        context.depth -= 1
