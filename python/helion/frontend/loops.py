# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device loops: the grid, and sequential loops with the variables that they carry."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion._mlir import ir
from helion.frontend import indexing
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.carried import changed_containers, same_parts, values_of, with_values
from helion.frontend.device import DeviceTile
from helion.frontend.jumps import without_jumps
from helion.frontend.liveness import assigned, live_in_loop
from helion.frontend.loop_ranges import Axis, LoopRange, extent_of
from helion.frontend.scope import Gone, Jump
from helion.frontend.traced import LoopFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.interpreter import Interpreter


def _record(interp: Interpreter, loop: LoopRange, kind: str, ordinal: int | None, line: int) -> None:
    extents = tuple(extent_of(interp, axis.begin, axis.end) for axis in loop.axes)
    for axis in loop.axes:
        if axis.block.loop is None:
            axis.block.loop = len(interp.kernel.loops)
        if axis.block.size_hint is None:
            axis.block.size_hint = extent_of(interp, axis.begin, axis.end)
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
            values.append(begin if axis.step == 1 else _counted(interp, axis, begin))
    return tuple(values) if loop.several else values[0]


def _counted(interp: Interpreter, axis: Axis, number: torch.Tensor) -> Any:
    value = interp.binary(ast.Mult, number, axis.step)
    if isinstance(axis.first, int) and axis.first == 0:
        return value
    return interp.binary(ast.Add, value, axis.first)


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
