# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`while`: unrolled as long as its condition is known while tracing, `scf.while` from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.carried import values_of, with_values
from helion.frontend.liveness import assigned, live_before, live_in_loop
from helion.frontend.loops import end_values, widened
from helion.frontend.scope import Broken, Continued, Gone, Jump

if TYPE_CHECKING:
    import ast

    from helion._mlir import ir
    from helion.frontend.interpreter import Interpreter

_MAX_UNROLLED = 10_000


def run_while(interp: Interpreter, node: ast.While, live: set[str]) -> None:
    """Runs `node`; the names in `live` may be read after it.

    Raises:
        InvalidAPIUsage: when the condition is no scalar, or stays true while tracing.
    """
    if node.orelse:
        raise exc.DeviceLoopElseBlock(location=interp.frame.source.location(node.orelse[0]))
    if assigned(node.test):
        raise exc.StatementNotSupported("an assignment in the condition of `while` is not supported in a kernel")
    for _ in range(_MAX_UNROLLED):
        condition = _tried(interp, node)
        if isinstance(condition, torch.Tensor):
            _emit(interp, node, live)
            return
        if not condition:
            return
        try:
            interp.run(node.body, live | live_before([node], live))
        except Continued:
            continue
        except Broken:
            return
    raise exc.InvalidAPIUsage(f"the condition of `while` still holds after {_MAX_UNROLLED} unrolled iterations")


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
    changed = assigned(node.body)
    inside = live_in_loop(node, live)
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
