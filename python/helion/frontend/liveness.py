# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which names a piece of source assigns, and which it reads before it assigns them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def assigned(node: ast.AST | Sequence[ast.stmt]) -> set[str]:
    """The names that `node` may assign."""
    found: set[str] = set()
    for root in [node] if isinstance(node, ast.AST) else list(node):
        for each in ast.walk(root):
            if isinstance(each, ast.Name) and isinstance(each.ctx, (ast.Store, ast.Del)):
                found.add(each.id)
            elif isinstance(each, ast.FunctionDef):
                found.add(each.name)
            elif isinstance(each, ast.Call):
                name = changed_in_place(each)
                if name is not None:
                    found.add(name)
    return found


def stored_into(statements: Sequence[ast.stmt]) -> set[str]:
    """The names whose elements `statements` may assign: `state` for `state["sum"][0] += 1`."""
    found: set[str] = set()
    for root in statements:
        for each in ast.walk(root):
            owner: ast.expr | None = (
                each if isinstance(each, ast.Subscript) and isinstance(each.ctx, ast.Store) else None
            )
            while isinstance(owner, (ast.Subscript, ast.Attribute)):
                owner = owner.value
            if isinstance(owner, ast.Name):
                found.add(owner.id)
    return found


def changed_in_place(node: ast.expr) -> str | None:
    """The variable that a call of an in-place method changes: `x` for `x.add_(y)` and `x.mul_(2).add_(y)`."""
    if not is_in_place(node):
        return None
    assert isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    owner = node.func.value
    return owner.id if isinstance(owner, ast.Name) else changed_in_place(owner)


def is_in_place(node: ast.expr) -> bool:
    """Whether `node` calls an in-place method."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    method = node.func.attr
    return method.endswith("_") and not method.startswith("_") and method != "requires_grad_"


def read(node: ast.AST | None) -> set[str]:
    """The names that an expression reads."""
    if node is None:
        return set()
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Load)}


def live_after_each(statements: Sequence[ast.stmt], after: set[str]) -> list[set[str]]:
    """For each statement the names that may be read after it."""
    live = set(after)
    result: list[set[str]] = []
    for statement in reversed(statements):
        result.append(live)
        live = _before(statement, live)
    return result[::-1]


def live_before(statements: Sequence[ast.stmt], after: set[str]) -> set[str]:
    """The names that may be read from the start of `statements` on, when `after` may be read from their end on."""
    live = set(after)
    for statement in reversed(statements):
        live = _before(statement, live)
    return live


def live_in_loop(loop: ast.For | ast.While, after: set[str]) -> set[str]:
    """The names live at the start of an iteration; what an earlier iteration left behind counts."""
    first = live_before(loop.body, after)
    return live_before(loop.body, after | first)


def _before(statement: ast.stmt, after: set[str]) -> set[str]:
    if isinstance(statement, (ast.For, ast.While)):
        body = live_in_loop(statement, after)
        if isinstance(statement, ast.For):
            return after | read(statement.iter) | (body - assigned(statement.target))
        return after | read(statement.test) | body
    if isinstance(statement, ast.If):
        return (
            read(statement.test) | live_before(statement.body, after) | live_before(statement.orelse, after)
        )  # fmt: skip
    if isinstance(statement, ast.Assign):
        whole = {name for target in statement.targets for name in _whole(target)}
        return (after - whole) | read(statement)
    if isinstance(statement, ast.AnnAssign):
        return (after - (_whole(statement.target) if statement.value else set())) | read(statement)
    if isinstance(statement, ast.AugAssign):
        return after | read(statement) | assigned(statement.target)
    return after | read(statement)


def _whole(target: ast.expr) -> set[str]:
    if isinstance(target, ast.Name):
        return {target.id}
    if isinstance(target, ast.Starred):
        return _whole(target.value)
    if isinstance(target, (ast.Tuple, ast.List)):
        return {name for each in target.elts for name in _whole(each)}
    return set()
