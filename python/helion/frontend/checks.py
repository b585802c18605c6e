# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes that the syntax tree of a kernel shows by itself, before and beside tracing."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

from helion import exc
from helion.frontend.liveness import assigned

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from helion.frontend.source import FunctionSource

_RESERVED = "_helion_"
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def check_names(source: FunctionSource, loops: Sequence[ast.For]) -> None:
    """Refuses names of generated code, and device code that assigns to names outside of the kernel.

    Raises:
        NamingConflict, GlobalMutation, ClosureMutation: at the name.
    """
    shared: dict[str, type[exc.BaseError]] = {}
    for node in ast.walk(source.tree):
        name = node.id if isinstance(node, ast.Name) else node.arg if isinstance(node, ast.arg) else ""
        if name.startswith(_RESERVED):
            raise exc.NamingConflict(name=name, location=source.location(node))
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            error = exc.GlobalMutation if isinstance(node, ast.Global) else exc.ClosureMutation
            shared |= dict.fromkeys(node.names, error)
    if not shared:
        return
    for loop in loops:
        for node in ast.walk(loop):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and node.id in shared:
                raise shared[node.id](name=node.id, location=source.location(node))


def check_loops(source: FunctionSource, loops: Sequence[ast.For], is_loop_function: Callable[[Any], bool]) -> None:
    """Refuses loop functions that are no iterator of a `for` statement, and device loops inside loops of the host.

    Raises:
        LoopFunctionNotInFor, NestedDeviceLoopsConflict: at the call.
    """
    known = {id(loop) for loop in loops}
    for node in _outside(source.tree.body, known):
        if isinstance(node, ast.Call) and is_loop_function(source.resolve(node.func)):
            raise exc.LoopFunctionNotInFor(name=ast.unparse(node.func), location=source.location(node))
        if isinstance(node, (ast.For, ast.While)) and id(node) not in known:
            for inner in ast.walk(node):
                if id(inner) in known and isinstance(inner, ast.For):
                    raise exc.NestedDeviceLoopsConflict(
                        "a device loop cannot stand inside a loop of the host part",
                        hint="put the outer loop into the device loop, or call the kernel repeatedly",
                        location=source.location(inner.iter),
                    )  # fmt: skip


def check_reads_after(source: FunctionSource, loops: Sequence[ast.For], known: Collection[str]) -> None:
    """Refuses host code that reads, after the device loops, what only they assign; `known` are names of the host part.

    Raises:
        CannotReadDeviceVariableOnHost: at the name.
    """
    device = set[str]().union(*(assigned(loop) for loop in loops)) - set(known)
    first = min(loop.lineno for loop in loops)
    host = list(_outside(source.tree.body, {id(loop) for loop in loops}))
    device -= {node.id for node in host if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    for node in host:
        if isinstance(node, ast.Name) and node.id in device and node.lineno > first:
            raise exc.CannotReadDeviceVariableOnHost(name=node.id, location=source.location(node))


def _outside(statements: Sequence[ast.AST], loops: Collection[int]) -> Iterator[ast.AST]:
    """The nodes of the host part, in order of the source; functions that it defines are their own."""
    for node in statements:
        yield node
        if id(node) not in loops and not isinstance(node, _SCOPES):
            yield from _outside(list(ast.iter_child_nodes(node)), loops)
