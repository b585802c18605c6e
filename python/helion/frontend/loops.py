# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device loops: the grid, and sequential loops with the variables that they carry."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion._mlir import ir
from helion.arithmetic import next_power_of_2
from helion.frontend import indexing, memory
from helion.frontend.blocks import BlockSize, broadcast_shapes
from helion.frontend.carried import changed_containers, same_parts, values_of, with_values
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described
from helion.frontend.jumps import without_jumps
from helion.frontend.liveness import assigned, live_in_loop
from helion.frontend.lowering.reduction import reduce
from helion.frontend.operands import is_device, is_host_tensor
from helion.frontend.scope import Gone, Jump
from helion.frontend.traced import LoopFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.blocks import Block
    from helion.frontend.interpreter import Interpreter


@dataclass(frozen=True)
class Axis:
    """One dimension of a loop. `step` is set where the loop variable is a scalar, None where it is a tile; `ends` where
    that is jagged."""

    begin: Any
    end: Any
    block: Block
    step: int | None
    ends: torch.Tensor | None = None


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


def _extent(interp: Interpreter, begin: Any, end: Any) -> int | None:
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
        axes.append(Axis(low, high, _block(interp, (id(node), dim), _extent(interp, low, high), size), None))
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
        if given is not None and (isinstance(given, (bool, float)) or not hasattr(given, "__index__")):
            raise exc.InvalidLoopBound("the step of a loop must be an integer", found=described(interp.kernel, given))
        stride = 1 if given is None else int(given)
        if stride < 1:
            raise exc.InvalidLoopBound(
                "a device loop needs a positive step", found=stride,
                hint="count upwards and compute the index from that, as in last - i",
            )  # fmt: skip
        if isinstance(low, int) and isinstance(high, int):
            high = max(low, high)
        if stride != 1:
            low, high = _strided(interp, low, high, stride)
        block = interp.kernel.block_at((id(node), dim), size=1)
        axes.append(Axis(low, high, block, stride))
    return LoopRange(tuple(axes), several)


def _strided(interp: Interpreter, low: Any, high: Any, stride: int) -> tuple[Any, Any]:
    """Bounds that count the steps: `range(low, high, stride)` has the values `low + stride * n`."""
    if low != 0:
        raise exc.InvalidLoopBound("a device loop with a step must begin at 0", hint="add the begin inside the loop")
    last = interp.binary(ast.Add, high, stride - 1)
    return 0, interp.binary(ast.FloorDiv, last, stride)


# ---- emission


def _record(interp: Interpreter, loop: LoopRange, kind: str, ordinal: int | None, line: int) -> None:
    extents = tuple(_extent(interp, axis.begin, axis.end) for axis in loop.axes)
    for axis in loop.axes:
        if axis.block.loop is None:
            axis.block.loop = len(interp.kernel.loops)
        if axis.block.size_hint is None:
            axis.block.size_hint = _extent(interp, axis.begin, axis.end)
    names = tuple(axis.block.name for axis in loop.axes)
    interp.kernel.loops.append(LoopFact(kind, ordinal, names, extents, line))


def _bounds(interp: Interpreter, loop: LoopRange) -> tuple[list[ir.Value], list[ir.Value]]:
    lower = [indexing.index_scalar(interp.kernel, axis.begin) for axis in loop.axes]
    upper = [indexing.index_scalar(interp.kernel, axis.end) for axis in loop.axes]
    return lower, upper


def _variables(interp: Interpreter, loop: LoopRange, tiles: Sequence[ir.Value], lower: Any, upper: Any) -> Any:
    device, dtype = interp.kernel.device, interp.kernel.builder.index_dtype
    values: list[Any] = []
    for axis, value, low, high in zip(loop.axes, tiles, lower, upper):
        bounds = device.scalar(low, dtype), device.scalar(high, dtype)
        tile = DeviceTile(value, axis.block, *bounds, axis.ends, shared=axis.block.name in device.tiles)
        device.tiles[axis.block.name] = tile
        if axis.step is None:
            values.append(tile)
        else:
            begin = device.tile_number(tile, "helion.tile_begin")
            values.append(begin if axis.step == 1 else interp.binary(ast.Mult, begin, axis.step))
    return tuple(values) if loop.several else values[0]


def _blocks_attribute(interp: Interpreter, loop: LoopRange) -> ir.Attribute:
    builder = interp.kernel.builder
    return ir.ArrayAttr.get([builder.block_ref(axis.block) for axis in loop.axes], builder.context)


def _is_computed(bound: ir.Value) -> bool:
    """Whether only the device knows the bound: it is no number, argument, or arithmetic on block sizes."""
    if isinstance(bound.owner, ir.Block):
        return False
    operation = bound.owner.operation
    if operation.name in ("arith.constant", "helion.block_size"):
        return False
    if not operation.name.startswith("arith."):
        return True
    return any(isinstance(each.owner, ir.Block) or _is_computed(each) for each in operation.operands)


def grid(interp: Interpreter, node: ast.For, loop: LoopRange) -> None:
    """A loop of the top level."""
    kernel, builder = interp.kernel, interp.kernel.builder
    _record(interp, loop, "grid", None, node.lineno)
    with builder.inside(kernel.entry):
        lower, upper = _bounds(interp, loop)
        operation = builder.op(
            "helion.grid", (*lower, *upper), (), {"blocks": _blocks_attribute(interp, loop)}, regions=1
        )
    kernel.grid = kernel.grid or operation
    kernel.computed_bounds |= any(_is_computed(each) for each in (*lower, *upper))
    types = [builder.tile_type(axis.block) for axis in loop.axes]
    body = operation.regions[0].blocks.append(*types, arg_locs=[builder.location()] * len(types))
    with builder.inside(body):
        interp.bind(node.target, _variables(interp, loop, list(body.arguments), lower, upper))
        _run_body(interp, node, set())


def tile_for(interp: Interpreter, node: ast.For, loop: LoopRange, live: set[str]) -> None:
    """A sequential loop. Carried are the names that its body assigns, that exist before it, and that someone may still
    read: the next iteration, or the code after the loop, which reads `live`."""
    kernel, builder, frame = interp.kernel, interp.kernel.builder, interp.frame
    lowered = without_jumps(node)
    assert isinstance(lowered.node, ast.For)
    node = lowered.node
    if lowered.done:
        frame.values[lowered.done] = False
    ordinal = kernel.next_loop
    kernel.next_loop += len(loop.axes)
    _record(interp, loop, "tile_for", ordinal, node.lineno)
    changed = assigned(node.body) | assigned(node.target) | changed_containers(node.body, frame.values)
    inside = live_in_loop(node, live) - assigned(node.target)
    before = dict(frame.values)
    known = {name for name in changed & before.keys() if not isinstance(before[name], Gone)}
    carried = sorted(known & (inside | live))
    starts = values_of(interp, carried, before)
    lower, upper = _bounds(interp, loop)
    tiles = dict(kernel.device.tiles)
    while True:
        mark = kernel.mark()
        operation, ends = _body(interp, node, loop, ordinal, carried, starts, (lower, upper), inside | live)
        wider = widened(interp, starts, ends)
        if wider is None:
            break
        # The body shows what a variable grows to: it starts like that, and the body is traced again.
        operation.erase()
        kernel.rewind(mark)
        frame.values = dict(before)
        starts = wider
    kernel.device.tiles = tiles
    with builder.inside(operation.regions[0].blocks[0]):
        builder.op("helion.yield", end_values(interp, starts, ends, node))
    frame.values = dict(before)
    line = node.lineno
    for name in changed - before.keys():
        frame.values[name] = Gone(f"it is assigned only inside the loop at line {line}: assign it before the loop too")
    frame.values |= with_values(interp, carried, before, starts, list(operation.results))


def _body(
    interp: Interpreter, node: ast.For, loop: LoopRange, ordinal: int, carried: list[str],
    starts: dict[str, torch.Tensor], bounds: tuple[list[ir.Value], list[ir.Value]], live: set[str],
) -> tuple[ir.Operation, dict[str, torch.Tensor]]:  # fmt: skip
    """The loop without its yield, and what the carried variables hold at the end of its body."""
    builder, frame = interp.kernel.builder, interp.frame
    lower, upper = bounds
    inits = [interp.kernel.device.value(each) for each in starts.values()]
    attributes = {
        "blocks": _blocks_attribute(interp, loop), "ordinal": builder.i64_attr(ordinal),
        "operandSegmentSizes": builder.segments(len(lower), len(upper), len(inits)),
    }  # fmt: skip
    if any(axis.ends is not None for axis in loop.axes):
        # Each use of the tile has the mask of its lanes, which end no later than the loop does.
        attributes["helion.lanes_masked"] = builder.unit
    kinds = [each.type for each in inits]
    operation = builder.op("helion.tile_for", (*lower, *upper, *inits), kinds, attributes, regions=1)
    types = [builder.tile_type(axis.block) for axis in loop.axes] + [each.type for each in inits]
    body = operation.regions[0].blocks.append(*types, arg_locs=[builder.location()] * len(types))
    arguments = list(body.arguments)
    count = len(loop.axes)
    frame.values |= with_values(interp, carried, frame.values, starts, arguments[count:])
    with builder.inside(body):
        interp.bind(node.target, _variables(interp, loop, arguments[:count], lower, upper))
        _run_body(interp, node, live)
        return operation, values_of(interp, carried, frame.values)


def _run_body(interp: Interpreter, node: ast.For, live: set[str]) -> None:
    try:
        interp.run(node.body, live)
    except Jump as jump:
        raise jump.refused() from None


def widened(
    interp: Interpreter, starts: dict[str, torch.Tensor], ends: dict[str, torch.Tensor]
) -> dict[str, torch.Tensor] | None:
    """The starts with those broadcast that grow in the body; None when nothing grows.

    A Python number takes the dtype too that the body gives it, as it would in PyTorch.
    """
    device, builder = interp.kernel.device, interp.kernel.builder
    if starts.keys() != ends.keys():
        return None
    wider = dict(starts)
    for name, start in starts.items():
        end = ends[name]
        shape, dtype = tuple(end.shape), start.dtype
        if getattr(start, "_helion_number", False) and torch.promote_types(dtype, end.dtype) == end.dtype:
            dtype = end.dtype
        if (shape, dtype) == (tuple(start.shape), start.dtype) or not _broadcasts(start.shape, shape):
            continue
        value = builder.convert(device.value(start), start.shape, start.dtype, dtype)
        wider[name] = device.tensor(builder.broadcast(value, start.shape, shape, dtype), shape, dtype)
    return None if all(wider[name] is starts[name] for name in starts) else wider


def _broadcasts(source: Sequence[int], target: Sequence[int]) -> bool:
    try:
        return broadcast_shapes(source, target) == tuple(target)
    except exc.ShapeMismatch:
        return False


def end_values(
    interp: Interpreter, starts: dict[str, torch.Tensor], ends: dict[str, torch.Tensor], node: ast.stmt
) -> list[ir.Value]:
    """What the carried variables hold at the end of an iteration, each of the kind that it started with.

    Raises:
        ControlFlowTensorMismatch: when one is not.
    """
    same_parts(starts, ends, interp.frame.source.location(node))
    return [_end_value(interp, name, start, ends[name], node) for name, start in starts.items()]


def _end_value(interp: Interpreter, name: str, start: torch.Tensor, value: torch.Tensor, node: ast.stmt) -> ir.Value:
    text = interp.kernel.blocks.shape_text
    if value.dtype != start.dtype or tuple(value.shape) != tuple(start.shape):
        if getattr(start, "_helion_number", False) and not value.shape and not start.shape:
            return interp.kernel.builder.convert(interp.kernel.device.value(value), (), value.dtype, start.dtype)
        raise exc.ControlFlowTensorMismatch(
            f"the variable {name} changes its shape or dtype in a loop",
            expected=f"{text(start.shape)} {start.dtype}, as before the loop",
            found=f"{text(value.shape)} {value.dtype}, after an iteration",
            location=interp.frame.source.location(node),
        )  # fmt: skip
    return interp.kernel.device.value(value)
