# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Branches on device values: `scf.if`, and the variables that differ after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.carried import changed_containers, copied, same_parts, values_of, with_values
from helion.frontend.liveness import assigned
from helion.frontend.scope import Gone, Jump

if TYPE_CHECKING:
    import ast
    from collections.abc import Callable

    from helion._mlir import ir
    from helion.frontend.expressions import Expressions
    from helion.frontend.interpreter import Interpreter


def run_if(interp: Interpreter, node: ast.If, condition: torch.Tensor, live: set[str]) -> None:
    """Runs both branches of `node` and merges the variables that either assigns and `live` names.

    Raises:
        InvalidAPIUsage: when the condition is no scalar.
        ControlFlowTensorMismatch: when a variable has different shapes or dtypes after the branches.
    """
    kernel, builder, frame = interp.kernel, interp.kernel.builder, interp.frame
    if condition.dim():
        raise exc.InvalidAPIUsage(
            "the condition of `if` must be a scalar", found=f"shape {builder.blocks.shape_text(condition.shape)}",
            hint="reduce it first, or select element by element with torch.where",
        )  # fmt: skip
    test = builder.convert(kernel.device.value(condition), (), condition.dtype, torch.bool)
    draft = builder.op("scf.if", (test,), (), regions=2)
    before = dict(frame.values)
    ends: list[dict[str, Any]] = []
    containers = changed_containers([*node.body, *node.orelse], before)
    for region, statements in zip(draft.regions, (node.body, node.orelse)):
        frame.values = before | {name: copied(before[name]) for name in containers}
        with builder.inside(region.blocks.append()):
            try:
                interp.run(statements, live)
            except Jump as jump:
                raise jump.refused() from None
        ends.append(frame.values)
    changed = sorted(assigned(node.body) | assigned(node.orelse) | containers)
    merged, gone = _merged(changed, ends, live)
    frame.values = dict(before) | {
        name: Gone("it is assigned in one branch of an `if` only: assign it before the `if` too") for name in gone
    }
    _finish(interp, node, draft, test, merged, ends)


def choose(
    interp: Expressions, condition: torch.Tensor, chosen: Callable[[], Any], otherwise: Callable[[], Any]
) -> torch.Tensor:  # fmt: skip
    """`chosen() if condition else otherwise()`; a side that touches memory runs only where it is chosen.

    Both sides run where they touch none, or where the condition is no scalar: then elements are selected.
    """
    if condition.dim():
        return interp.call(torch.where, condition, chosen(), otherwise())
    kernel, builder = interp.kernel, interp.kernel.builder
    test = builder.convert(kernel.device.value(condition), (), condition.dtype, torch.bool)
    draft = builder.op("scf.if", (test,), (), regions=2)
    blocks = [region.blocks.append() for region in draft.regions]
    values: list[Any] = []
    for block, side in zip(blocks, (chosen, otherwise)):
        with builder.inside(block), interp.frame.nested():
            values.append(side())
    if not any(_touches_memory(each) for block in blocks for each in block.operations):
        for block in blocks:
            for each in list(block.operations):
                each.operation.move_before(draft)
        draft.erase()
        return interp.call(torch.where, condition, *values)
    return _selected(interp, draft, test, values)


def _touches_memory(operation: Any) -> bool:
    operation = operation.operation
    name: str = operation.name
    if name.startswith("helion."):
        kind = name.removeprefix("helion.")
        return kind in ("load", "store", "call", "print", "inline_asm", "tile_for") or kind.startswith("atomic")
    return any(
        _touches_memory(each) for region in operation.regions for block in region.blocks for each in block.operations
    )


def _selected(
    interp: Expressions, draft: ir.Operation, test: ir.Value, values: list[Any]
) -> torch.Tensor:  # fmt: skip
    """The result of the branch `draft`, whose sides have `values`: brought to one shape and dtype."""
    builder, device = interp.kernel.builder, interp.kernel.device
    blocks = [region.blocks[0] for region in draft.regions]
    tensors: list[torch.Tensor] = []
    for block, value in zip(blocks, values):
        with builder.inside(block):
            tensors.append(interp.as_tensor(value))
    dtype = torch.result_type(*_seen(values, tensors))
    shape = broadcast_shapes(*(each.shape for each in tensors))
    for block, each in zip(blocks, tensors):
        with builder.inside(block):
            made = builder.convert(device.value(each), each.shape, each.dtype, dtype)
            builder.op("scf.yield", (builder.broadcast(made, each.shape, shape, dtype),))
    final = builder.op("scf.if", (test,), (builder.type(shape, dtype),), regions=2)
    for region, block in zip(final.regions, blocks):
        block.append_to(region)
    draft.erase()
    return device.tensor(final.results[0], shape, dtype)


def _seen(values: list[Any], tensors: list[torch.Tensor]) -> list[Any]:
    """What decides the dtype: plain numbers count as such, unless there is nothing else."""
    plain = [type(each) in (bool, int, float) for each in values]
    return list(tensors) if all(plain) else [each if bare else made for each, made, bare in zip(values, tensors, plain)]


def _merged(changed: list[str], ends: list[dict[str, Any]], live: set[str]) -> tuple[list[str], list[str]]:
    merged: list[str] = []
    gone: list[str] = []
    for name in changed:
        values = [end.get(name) for end in ends]
        known = [name in end and not isinstance(value, Gone) for end, value in zip(ends, values)]
        if not all(known) or name not in live:
            gone.append(name)
        elif values[0] is not values[1]:
            merged.append(name)
    return merged, gone


def _finish(
    interp: Interpreter, node: ast.If, draft: ir.Operation, test: ir.Value, merged: list[str],
    ends: list[dict[str, Any]],
) -> None:  # fmt: skip
    """Replaces the draft, which has no results, by the same operation with one result per merged variable."""
    builder = interp.kernel.builder
    columns: list[dict[str, torch.Tensor]] = []
    blocks = [region.blocks[0] for region in draft.regions]
    for block, end in zip(blocks, ends):
        with builder.inside(block):
            columns.append(values_of(interp, merged, end))
    _check(interp, node, *columns)
    for block, column in zip(blocks, columns):
        with builder.inside(block):
            builder.op("scf.yield", [interp.kernel.device.value(each) for each in column.values()])
    kinds = [builder.type(each.shape, each.dtype) for each in columns[0].values()]
    final = builder.op("scf.if", (test,), kinds, regions=2)
    for region, block in zip(final.regions, blocks):
        block.append_to(region)
    draft.erase()
    interp.frame.values |= with_values(interp, merged, ends[0], columns[0], list(final.results))


def _check(
    interp: Interpreter, node: ast.If, first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]
) -> None:  # fmt: skip
    same_parts(first, second, interp.frame.source.location(node))
    text = interp.kernel.blocks.shape_text
    for name, left in first.items():
        right = second[name]
        if left.dtype != right.dtype or tuple(left.shape) != tuple(right.shape):
            raise exc.ControlFlowTensorMismatch(
                name=name, expected=f"{text(left.shape)} {left.dtype}, as in the first branch",
                found=f"{text(right.shape)} {right.dtype} in the other", location=interp.frame.source.location(node),
            )  # fmt: skip
