# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`while`: unrolled as long as its condition is known while tracing, `scf.while` from then on."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.carried import changed_containers, values_of, with_values
from helion.frontend.jumps import without_jumps
from helion.frontend.liveness import assigned, live_before, live_in_loop, read
from helion.frontend.loops import end_values, widened
from helion.frontend.scope import Gone, Jump

if TYPE_CHECKING:
    from helion._mlir import ir
    from helion.frontend.interpreter import Interpreter

_MAX_UNROLLED = 10_000


def run_while(interp: Interpreter, node: ast.While, live: set[str]) -> None:
    """Runs `node`; the names in `live` may be read after it.

    Raises:
        InvalidAPIUsage: when the condition is no scalar, or stays true while tracing.
    """
    lowered = without_jumps(node)
    assert isinstance(lowered.node, ast.While)
    node = lowered.node
    if lowered.done:
        interp.frame.values[lowered.done] = False
    if node.orelse:
        raise exc.DeviceLoopElseBlock(location=interp.frame.source.location(node.orelse[0]))
    if assigned(node.test):
        raise exc.StatementNotSupported("an assignment in the condition of `while` is not supported in a kernel")
    for _ in range(_MAX_UNROLLED):
        condition = _tried(interp, node)
        if not isinstance(condition, torch.Tensor) and not condition:
            return
        if isinstance(condition, torch.Tensor) or (
            lowered.done and _breaks_on_device(interp, node, lowered.done, live)
        ):
            _emit(interp, node, live)
            return
        interp.run(node.body, live | live_before([node], live))
    raise exc.InvalidAPIUsage(f"the condition of `while` still holds after {_MAX_UNROLLED} unrolled iterations")


def _breaks_on_device(interp: Interpreter, node: ast.While, done: str, live: set[str]) -> bool:
    """Whether device values decide if an iteration is the last one; what finding out emits is thrown away."""
    kernel, frame = interp.kernel, interp.frame
    before, mark = dict(frame.values), kernel.mark()
    draft = kernel.builder.op("scf.while", (), (), regions=2)
    with kernel.builder.inside(draft.regions[0].blocks.append()):
        interp.run(node.body, live | live_before([node], live))
    found = isinstance(frame.values[done], torch.Tensor)
    frame.values = before
    draft.erase()
    kernel.rewind(mark)
    return found


def _tried(interp: Interpreter, node: ast.While) -> Any:
    """The condition as it is now; what that emits is thrown away."""
    kernel, builder = interp.kernel, interp.kernel.builder
    mark = kernel.mark()
    draft = builder.op("scf.while", (), (), regions=2)
    with builder.inside(draft.regions[0].blocks.append()):
        condition = interp.truth(interp.evaluate(node.test))
    draft.erase()
    kernel.rewind(mark)
    return condition


def _emit(interp: Interpreter, node: ast.While, live: set[str]) -> None:
    kernel, frame = interp.kernel, interp.frame
    changed = assigned(node.body) | changed_containers(node.body, frame.values)
    inside = live_in_loop(node, live | read(node.test))
    before = dict(frame.values)
    carried = sorted(
        name for name in changed & before.keys() & (inside | live) if not isinstance(before[name], Gone)
    )  # fmt: skip
    starts = values_of(interp, carried, before)
    while True:
        mark = kernel.mark()
        operation, ends = _loop(interp, node, carried, starts, inside | live)
        wider = widened(interp, starts, ends)
        if wider is None:
            break
        operation.erase()
        kernel.rewind(mark)
        frame.values = dict(before)
        starts = wider
    builder = kernel.builder
    with builder.inside(operation.regions[1].blocks[0]):
        builder.op("scf.yield", end_values(interp, starts, ends, node))
    frame.values = dict(before)
    for name in changed - before.keys():
        frame.values[name] = Gone(
            f"it is assigned only inside the loop at line {node.lineno}: assign it before the loop too"
        )
    frame.values |= with_values(interp, carried, before, starts, list(operation.results))


def _loop(
    interp: Interpreter, node: ast.While, carried: list[str], starts: dict[str, torch.Tensor], live: set[str]
) -> tuple[ir.Operation, dict[str, torch.Tensor]]:
    """The loop without its yield, and what the carried variables hold at the end of its body."""
    kernel, builder, frame = interp.kernel, interp.kernel.builder, interp.frame
    inits = [kernel.device.value(each) for each in starts.values()]
    kinds = [each.type for each in inits]
    operation = builder.op("scf.while", inits, kinds, regions=2)
    places = [builder.location()] * len(kinds)
    test, body = (region.blocks.append(*kinds, arg_locs=places) for region in operation.regions)
    outer = dict(frame.values)
    with builder.inside(test):
        frame.values = outer | with_values(interp, carried, outer, starts, list(test.arguments))
        condition = _scalar(interp, interp.truth(interp.evaluate(node.test)))
        builder.op("scf.condition", (condition, *test.arguments))
    with builder.inside(body):
        frame.values = outer | with_values(interp, carried, outer, starts, list(body.arguments))
        try:
            interp.run(node.body, live)
        except Jump as jump:
            raise jump.refused() from None
        return operation, values_of(interp, carried, frame.values)


def _scalar(interp: Interpreter, condition: Any) -> ir.Value:
    builder, device = interp.kernel.builder, interp.kernel.device
    if not isinstance(condition, torch.Tensor):
        return builder.constant(bool(condition), torch.bool)
    if condition.dim():
        raise exc.InvalidAPIUsage(
            "the condition of `while` must be a scalar", found=f"shape {builder.blocks.shape_text(condition.shape)}",
            hint="reduce it first",
        )  # fmt: skip
    return builder.convert(device.value(condition), (), condition.dtype, torch.bool)
