# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`break`, `continue` and `return` without jumps, so that they may depend on device values.

What follows a branch that jumps moves into the other branch: it runs only where the jump was not taken. A flag tells a
loop that it is done, a variable holds what a function returns. Conditions that are known while tracing stay so.
"""

from __future__ import annotations

import ast
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def has_jump(node: ast.stmt, kinds: tuple[type[ast.stmt], ...]) -> bool:
    """Whether a jump in `node` leaves the loop (or function) that `node` stands in."""
    if isinstance(node, kinds):
        return True
    return isinstance(node, ast.If) and any(has_jump(each, kinds) for each in (*node.body, *node.orelse))


def _always_jumps(statements: Iterable[ast.stmt], kinds: tuple[type[ast.stmt], ...]) -> bool:
    return any(
        isinstance(each, kinds)
        or (isinstance(each, ast.If) and _always_jumps(each.body, kinds) and _always_jumps(each.orelse, kinds))
        for each in statements
    )


class _Lowering:
    def __init__(self, flag: str, kinds: tuple[type[ast.stmt], ...]) -> None:
        self.flag = flag
        self.kinds = kinds

    def lower(self, statements: Sequence[ast.stmt], skipped: tuple[str, ...] = ()) -> list[ast.stmt]:
        """`statements` without jumps; the variables `skipped` are set where they jump."""
        made: list[ast.stmt] = []
        for at, statement in enumerate(statements):
            if isinstance(statement, self.kinds):
                return [*made, *self._jump(statement, skipped)]
            if not has_jump(statement, self.kinds):
                made.append(statement)
                continue
            assert isinstance(statement, ast.If)
            return [*made, *self._branch(statement, statements[at + 1 :], skipped)]
        return made

    def _jump(self, statement: ast.stmt, skipped: tuple[str, ...]) -> list[ast.stmt]:
        made = [_assign(name, ast.Constant(True), statement) for name in skipped]
        if isinstance(statement, ast.Break):
            made.append(_assign(self.flag, ast.Constant(True), statement))
        elif isinstance(statement, ast.Return):
            made.append(_assign(self.flag, statement.value or ast.Constant(None), statement))
        return made

    def _branch(self, node: ast.If, rest: Sequence[ast.stmt], skipped: tuple[str, ...]) -> list[ast.stmt]:
        if _always_jumps(node.body, self.kinds):
            return [self._if(node, self.lower(node.body, skipped), self.lower([*node.orelse, *rest], skipped))]
        if _always_jumps(node.orelse, self.kinds):
            return [self._if(node, self.lower([*node.body, *rest], skipped), self.lower(node.orelse, skipped))]
        inner = f"_skip_{node.lineno}"
        first = self._if(
            node, self.lower(node.body, (*skipped, inner)), self.lower(node.orelse, (*skipped, inner))
        )  # fmt: skip
        guarded = guard(inner, self.lower(rest, skipped), node)
        return [_assign(inner, ast.Constant(False), node), first, guarded]

    def _if(self, node: ast.If, body: list[ast.stmt], orelse: list[ast.stmt]) -> ast.If:
        return ast.copy_location(ast.If(node.test, body or [_pass(node)], orelse), node)


def _assign(name: str, value: ast.expr, place: ast.stmt) -> ast.stmt:
    made = ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), place)
    for each in (made.targets[0], value):
        if not hasattr(each, "lineno"):
            ast.copy_location(each, place)
    return made


def _pass(place: ast.AST) -> ast.stmt:
    return ast.copy_location(ast.Pass(), place)


def guard(flag: str, statements: list[ast.stmt], place: ast.stmt) -> ast.If:
    """`if not flag: statements`."""
    return ast.copy_location(ast.If(_not(flag, place), statements or [_pass(place)], []), place)


def _not(flag: str, place: ast.stmt) -> ast.expr:
    name = ast.copy_location(ast.Name(flag, ast.Load()), place)
    return ast.copy_location(ast.UnaryOp(ast.Not(), name), place)


@dataclass(frozen=True)
class Loop:
    """A loop without jumps. `done`, which `break` sets, is read at the start of its body; None where nothing breaks."""

    node: ast.For | ast.While
    done: str | None


_loops: weakref.WeakKeyDictionary[ast.AST, Loop] = weakref.WeakKeyDictionary()
_functions: weakref.WeakKeyDictionary[ast.AST, Function] = weakref.WeakKeyDictionary()


def without_jumps(node: ast.For | ast.While) -> Loop:
    """`node` without `break` and `continue`; itself where it has none."""
    found = _loops.get(node)
    if found is None:
        found = _loops[node] = _lowered_loop(node)
    return found


def _lowered_loop(node: ast.For | ast.While) -> Loop:
    kinds = (ast.Break, ast.Continue)
    if not any(has_jump(each, kinds) for each in node.body):
        return Loop(node, None)
    done = f"_done_{node.lineno}"
    body: list[ast.stmt] = _Lowering(done, kinds).lower(node.body) or [_pass(node)]
    breaks = any(has_jump(each, (ast.Break,)) for each in node.body)
    if isinstance(node, ast.For):
        if breaks:
            body = [guard(done, body, node)]
        made: ast.For | ast.While = ast.For(node.target, node.iter, body, node.orelse)
    else:
        test = ast.BoolOp(ast.And(), [_not(done, node), node.test]) if breaks else node.test
        made = ast.While(ast.copy_location(test, node.test), body, node.orelse)
    return Loop(ast.copy_location(made, node), done if breaks else None)


@dataclass(frozen=True)
class Function:
    """The body of a function, which returns what `result` holds at its end; None where it returns by itself."""

    statements: list[ast.stmt]
    result: str | None


def without_returns(node: ast.FunctionDef) -> Function:
    """The body of a function without `return` in branches; itself where there are none."""
    found = _functions.get(node)
    if found is None:
        kinds = (ast.Return,)
        if any(isinstance(each, ast.If) and has_jump(each, kinds) for each in node.body):
            result = f"_result_{node.lineno}"
            found = Function(_Lowering(result, kinds).lower(node.body), result)
        else:
            found = Function(node.body, None)
        _functions[node] = found
    return found
