# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which device loops one launch runs: the first one reached, and those that follow with only barriers in between."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from helion import exc
from helion import language as hl
from helion.frontend.host import is_device_loop

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion.frontend.source import FunctionSource

Step = ast.For | ast.Expr
"""A device loop or a call of `hl.barrier`."""


def launched_together(source: FunctionSource, first: ast.For, decide: Callable[[ast.expr], bool]) -> list[Step]:
    """The device loops of the launch that `first` begins, and the barriers between them, in program order.

    Args:
        source: the kernel.
        first: the device loop that the host part reaches first.
        decide: the truth of a condition of the host part.

    Raises:
        TopLevelStatementBetweenLoops: when another loop follows after something else.
        BarrierOnlyAllowedAtTopLevel: when no loop follows on a barrier.
    """
    after = _continuation(source.tree.body, first) or []
    steps: list[Step] = [first]
    left = _take(source, after, steps, decide)
    if isinstance(steps[-1], ast.Expr):
        raise exc.BarrierOnlyAllowedAtTopLevel(location=source.location(steps[-1]))
    if left and not isinstance(left[0], (ast.Return, ast.Raise)) and _holds_device_code(source, left):
        raise exc.TopLevelStatementBetweenLoops(location=source.location(left[0]))
    return steps


def _continuation(statements: Sequence[ast.stmt], loop: ast.For) -> list[ast.stmt] | None:
    """What runs after `loop`, None when it is not among `statements`. Blocks other than branches are not left."""
    for at, statement in enumerate(statements):
        rest = list(statements[at + 1 :])
        if statement is loop:
            return rest
        for field in ("body", "orelse", "finalbody"):
            inner = _continuation(getattr(statement, field, None) or (), loop)
            if inner is not None:
                return [*inner, *rest] if isinstance(statement, ast.If) else inner
    return None


def _take(
    source: FunctionSource, statements: list[ast.stmt], steps: list[Step], decide: Callable[[ast.expr], bool]
) -> list[ast.stmt]:
    """Appends loops and barriers to `steps` as far as they go, and gives the statements from there on."""
    while statements:
        statement = statements[0]
        if _is_step(source, statement):
            assert isinstance(statement, (ast.For, ast.Expr))
            steps.append(statement)
        elif isinstance(statement, ast.If) and _holds_device_code(source, [statement]):
            taken = statement.body if decide(statement.test) else statement.orelse
            statements = [*taken, *statements[1:]]
            continue
        elif not isinstance(statement, ast.Pass):
            break
        statements = statements[1:]
    return statements


def _is_step(source: FunctionSource, statement: ast.AST) -> bool:
    if isinstance(statement, ast.For):
        return is_device_loop(source, statement)
    return is_barrier(source, statement)


def is_barrier(source: FunctionSource, statement: ast.AST) -> bool:
    """Whether `statement` is a call of `hl.barrier`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return isinstance(call, ast.Call) and source.resolve(call.func) is hl.barrier


def _holds_device_code(source: FunctionSource, statements: Sequence[ast.stmt]) -> bool:
    return any(_is_step(source, each) for statement in statements for each in ast.walk(statement))
