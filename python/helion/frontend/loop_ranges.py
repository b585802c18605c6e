# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What device loops iterate over: `hl.tile`, `hl.grid`, `hl.jagged_tile` and `range` in all their forms."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion.arithmetic import next_power_of_2
from helion.frontend import memory
from helion.frontend.blocks import BlockSize
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described
from helion.frontend.lowering.reduction import reduce
from helion.frontend.operands import is_device, is_host_tensor

if TYPE_CHECKING:
    from helion.frontend.blocks import Block
    from helion.frontend.interpreter import Interpreter


@dataclass(frozen=True)
class Axis:
    """One dimension of a loop. `step` is set where the loop variable is a scalar, None where it is a tile; `ends` where
    that is jagged. Other steps than 1 are counted: the loop variable is `first + step * n`."""

    begin: Any
    end: Any
    block: Block
    step: int | None
    ends: torch.Tensor | None = None
    first: Any = 0


@dataclass(frozen=True)
class LoopRange:
    """What a device loop iterates over; `several` says that it yields tuples."""

    axes: tuple[Axis, ...]
    several: bool


def loop_range(interp: Interpreter, node: ast.Call, function: Any) -> LoopRange:
    """The range of a call of `hl.tile`, `hl.grid` or `range` with its arguments evaluated."""
    args = [interp.evaluate(each) for each in node.args]
    kwargs = {each.arg or "": interp.evaluate(each.value) for each in node.keywords}
    if function is range:
        if kwargs or not 1 <= len(args) <= 3:
            raise exc.InvalidAPIUsage("range takes one to three numbers")
        return _range(interp, node, args[0], *args[1:2], step=args[2] if len(args) > 2 else None)
    if function is hl.jagged_tile:
        if kwargs or len(args) != 1:
            raise exc.InvalidAPIUsage("hl.jagged_tile takes the ends of its lanes", expected=1, found=len(args))
        return _jagged(interp, node, args[0])
    wanted = "block_size" if function is hl.tile else "step"
    unknown = set(kwargs) - {wanted}
    if unknown or not 1 <= len(args) <= 3:
        found = ", ".join(f"{name}=" for name in sorted(unknown)) or f"{len(args)} arguments"
        raise exc.InvalidAPIUsage(
            f"hl.{function.__name__} is called with wrong arguments", found=found,
            expected=f"hl.{function.__name__}(end, {wanted}=…) or hl.{function.__name__}(begin, end, {wanted}=…)",
        )  # fmt: skip
    extra = kwargs.get(wanted, args[2] if len(args) > 2 else None)
    if function is hl.tile:
        return _tile(interp, node, args[0], args[1] if len(args) > 1 else None, extra)
    return _range(interp, node, args[0], *args[1:2], step=extra)


def _pairs(begin_or_end: Any, end: Any) -> tuple[list[tuple[Any, Any]], bool]:
    ends = begin_or_end if end is None else end
    several = isinstance(ends, (list, tuple))
    ends = list(ends) if several else [ends]
    begins: Any = [0] * len(ends)
    if end is not None:
        begins = list(begin_or_end) if isinstance(begin_or_end, (list, tuple)) else [begin_or_end]
    if len(begins) != len(ends):
        raise exc.InvalidAPIUsage(
            "the lists of begins and ends of a loop have different lengths", expected=len(begins), found=len(ends)
        )
    if not ends:
        raise exc.InvalidLoopBound("a loop needs at least one dimension")
    return list(zip(begins, ends)), several


def _checked_bound(interp: Interpreter, value: Any) -> Any:
    if isinstance(value, (DeviceTile, ShiftedTile)):
        raise exc.TileOfTile()
    if isinstance(value, BlockSize) or interp.kernel.world.is_symbolic(value):
        if interp.kernel.world.is_symbolic(value) and interp.kernel.world.is_float(value):
            raise exc.InvalidLoopBound(found="a float")
        return value
    if isinstance(value, torch.Tensor):
        if value.numel() == 1 and not value.dtype.is_floating_point and value.dtype != torch.bool:
            if is_host_tensor(value):
                value = memory.load(interp.kernel, value, interp.path_of(value), (0,) * value.dim())
            return interp.call(torch.reshape, value, ()) if value.dim() else value
        raise exc.InvalidLoopBound(found=described(interp.kernel, value))
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise exc.InvalidLoopBound(found=described(interp.kernel, value))
    return int(value)


def extent_of(interp: Interpreter, begin: Any, end: Any) -> int | None:
    """The length of a range, or a hint of it; None where it depends on data."""
    if any(isinstance(each, (torch.Tensor, BlockSize)) for each in (begin, end)):
        return None
    world = interp.kernel.world
    if isinstance(begin, int) and isinstance(end, int) and begin > end:
        raise exc.InvalidTileRange(begin=begin, end=end)
    return max(world.int_hint(end) - world.int_hint(begin), 0)


def _tile(interp: Interpreter, node: ast.Call, begin_or_end: Any, end: Any, block_size: Any) -> LoopRange:
    pairs, several = _pairs(begin_or_end, end)
    if not isinstance(begin_or_end, list) and several and len(pairs) == 1:
        # hl.tile(x.size()) of a vector: one tile, as its users expect.
        several = False
    sizes = list(block_size) if isinstance(block_size, (list, tuple)) else [block_size] * len(pairs)
    if len(sizes) != len(pairs):
        raise exc.InvalidAPIUsage(
            "hl.tile was given a wrong number of block sizes", expected=f"{len(pairs)}, one per axis", found=len(sizes)
        )
    axes: list[Axis] = []
    for dim, (pair, size) in enumerate(zip(pairs, sizes)):
        low, high = (_checked_bound(interp, each) for each in pair)
        axes.append(Axis(low, high, _block(interp, (id(node), dim), extent_of(interp, low, high), size), None))
    return LoopRange(tuple(axes), several)


def _jagged(interp: Interpreter, node: ast.Call, parent: Any) -> LoopRange:
    """The range of `hl.jagged_tile`: as far as the lane of the greatest end goes.

    Raises:
        InvalidJaggedTileUsage: for an outermost loop, and for ends that are no integers along enclosing tiles.
    """
    device, builder = interp.kernel.device, interp.kernel.builder
    if interp.kernel.grid is None:
        raise exc.InvalidJaggedTileUsage(
            "hl.jagged_tile cannot be the outermost loop", hint="loop over the parent tiles with hl.tile around it"
        )
    if not isinstance(parent, torch.Tensor) or not is_device(parent):
        raise exc.InvalidJaggedTileUsage(
            "hl.jagged_tile takes a device value", expected="the end of each lane, loaded by the enclosing tiles",
            found="a host tensor" if isinstance(parent, torch.Tensor) else type(parent).__name__,
        )  # fmt: skip
    if parent.dtype.is_floating_point or parent.dtype == torch.bool:
        raise exc.InvalidJaggedTileUsage("the ends of hl.jagged_tile must be integers", found=parent.dtype)
    enclosing = {tile.block.witness for tile in device.tiles.values()}
    extents = [int(extent) for extent in parent.shape]
    if len({*extents} & enclosing) != len(extents):
        raise exc.InvalidJaggedTileUsage(
            "each axis of the ends of hl.jagged_tile must be that of an enclosing tile",
            expected=builder.blocks.shape_text(enclosing), found=builder.blocks.shape_text(extents),
        )  # fmt: skip
    value = builder.convert(device.value(parent), parent.shape, parent.dtype, builder.index_dtype)
    ends = device.tensor(value, parent.shape, builder.index_dtype)
    before = len(device.reductions)
    longest = reduce(device, ends, range(ends.dim()), False, "max", ends.dtype, ends.dtype)
    del device.reductions[before:]
    block = _block(interp, (id(node), 0), None, None)
    return LoopRange((Axis(0, longest, block, None, ends if extents else None),), False)


def _block(interp: Interpreter, site: Any, extent: int | None, size: Any) -> Block:
    if isinstance(size, BlockSize):
        return size.block
    if size is None:
        return interp.kernel.block_at(site, maximum=None if extent is None else max(extent, 1))
    if interp.kernel.world.is_symbolic(size):
        size = int(size)
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise exc.InvalidAPIUsage(
            "a block size must be None, a positive number or a registered block size", found=repr(size)
        )
    if next_power_of_2(size) != size:
        raise exc.InvalidAPIUsage("a block size must be a power of two", found=size)
    return interp.kernel.block_at(site, size=size)


def _range(interp: Interpreter, node: ast.Call, begin_or_end: Any, end: Any = None, step: Any = None) -> LoopRange:
    pairs, several = _pairs(begin_or_end, end)
    steps = list(step) if isinstance(step, (list, tuple)) else [step] * len(pairs)
    axes: list[Axis] = []
    for dim, (pair, given) in enumerate(zip(pairs, steps)):
        low, high = (_checked_bound(interp, each) for each in pair)
        stride = _stride(interp, given)
        block = interp.kernel.block_at((id(node), dim), size=1)
        if stride != 1:
            axes.append(Axis(0, _steps(interp, low, high, stride), block, stride, first=low))
            continue
        if isinstance(low, int) and isinstance(high, int):
            high = max(low, high)
        axes.append(Axis(low, high, block, stride))
    return LoopRange(tuple(axes), several)


def _stride(interp: Interpreter, given: Any) -> int:
    if given is None:
        return 1
    if isinstance(given, (torch.Tensor, BlockSize, bool, float)) or not hasattr(given, "__index__"):
        found = described(interp.kernel, given)
        raise exc.InvalidLoopBound("the step of a loop must be an integer that is known while compiling", found=found)
    if int(given) == 0:
        raise exc.InvalidLoopBound("the step of a device loop must not be 0", found=0)
    return int(given)


def _steps(interp: Interpreter, low: Any, high: Any, stride: int) -> Any:
    """How many values `range(low, high, stride)` has; negative numbers stand for none."""
    first, last = (low, high) if stride > 0 else (high, low)
    length = last if isinstance(first, int) and first == 0 else interp.binary(ast.Sub, last, first)
    count = interp.binary(ast.FloorDiv, interp.binary(ast.Add, length, abs(stride) - 1), abs(stride))
    return max(count, 0) if isinstance(count, int) else count
