# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The source of a user's function as a syntax tree whose positions are those of the file."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helion import exc

if TYPE_CHECKING:
    from types import FunctionType

_MISSING = object()


@dataclass(frozen=True)
class FunctionSource:
    """A function, its syntax tree (decorators stripped), and the namespaces that its free names live in."""

    fn: Any  # a FunctionType, which type checkers would take for a method here
    tree: ast.FunctionDef
    file: str
    indent: int

    def location(self, node: ast.AST) -> exc.SourceLocation:
        """The place of `node` in the file."""
        line: int = getattr(node, "lineno", self.tree.lineno)
        column: int | None = getattr(node, "col_offset", None)
        end: int | None = getattr(node, "end_col_offset", None)
        if getattr(node, "end_lineno", line) != line:
            end = None
        return exc.SourceLocation(self.file, line, column, end, self.fn.__name__)

    def lookup(self, name: str, default: Any = _MISSING) -> Any:
        """The value of a free name: closure, then globals, then builtins."""
        code = self.fn.__code__
        if name in code.co_freevars and self.fn.__closure__ is not None:
            try:
                return self.fn.__closure__[code.co_freevars.index(name)].cell_contents
            except ValueError:
                pass
        if name in self.fn.__globals__:
            return self.fn.__globals__[name]
        builtins = self.fn.__globals__.get("__builtins__", {})
        found = builtins.get(name, default) if isinstance(builtins, dict) else getattr(builtins, name, default)
        if found is _MISSING:
            raise exc.UndefinedVariable(name=name)
        return found

    def resolve(self, node: ast.expr) -> Any:
        """The object behind a dotted name that no local variable shadows, or None."""
        if isinstance(node, ast.Name):
            return None if node.id in self.fn.__code__.co_varnames else self.lookup(node.id, None)
        if isinstance(node, ast.Attribute):
            owner = self.resolve(node.value)
            return None if owner is None else getattr(owner, node.attr, None)
        return None


_cache: weakref.WeakKeyDictionary[FunctionType, FunctionSource] = weakref.WeakKeyDictionary()


def source_of(fn: FunctionType) -> FunctionSource:
    """The source of `fn`, read once.

    Raises:
        InvalidAPIUsage: when Python cannot find the source, or finds no plain function there.
    """
    found = _cache.get(fn)
    if found is None:
        found = _read(fn)
        _cache[fn] = found
    return found


def _read(fn: FunctionType) -> FunctionSource:
    if fn.__name__ == "<lambda>":
        return _read_lambda(fn)
    try:
        lines, first = inspect.getsourcelines(fn)
        file = inspect.getsourcefile(fn) or fn.__code__.co_filename
    except (OSError, TypeError):
        raise exc.InvalidAPIUsage(
            f"the source of {fn.__name__} cannot be found",
            hint="define the function in a file: code typed into a plain Python prompt has no source",
        ) from None
    text = "".join(lines)
    dedented = textwrap.dedent(text)
    indent = len(lines[0]) - len(lines[0].lstrip())
    try:
        tree = ast.parse(dedented)
    except SyntaxError:
        tree = None
    found = tree.body[0] if tree is not None and tree.body else None
    if not isinstance(found, ast.FunctionDef):
        raise exc.InvalidAPIUsage(f"{fn.__name__} is no plain function", hint="use a function defined with `def`")
    found.decorator_list = []
    for node in ast.walk(found):
        if isinstance(node, (ast.expr, ast.stmt, ast.arg, ast.keyword)):
            node.lineno += first - 1
            node.col_offset += indent
            if node.end_lineno is not None:
                node.end_lineno += first - 1
            if node.end_col_offset is not None:
                node.end_col_offset += indent
    return FunctionSource(fn, found, file, indent)


def _read_lambda(fn: FunctionType) -> FunctionSource:
    """A lambda as a function that returns its expression: found in its file by line, among several there by column."""
    code = fn.__code__
    try:
        tree = ast.parse("".join(linecache.getlines(code.co_filename, fn.__globals__)))
    except SyntaxError:
        tree = ast.Module([], [])
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno]
    positions = getattr(code, "co_positions", None)  # from Python 3.11 on
    if len(found) > 1 and positions is not None:
        places = set(positions())
        found = [node for node in found if _span(node.body) in places]
    if len(found) != 1:
        raise exc.InvalidAPIUsage(
            f"the source of the lambda at {code.co_filename}:{code.co_firstlineno} cannot be found",
            hint="define the function with `def`, in a file",
        )
    node = found[0]
    body = ast.copy_location(ast.Return(node.body), node.body)
    made = ast.FunctionDef(name="lambda", args=node.args, body=[body], decorator_list=[])
    return FunctionSource(fn, ast.copy_location(made, node), code.co_filename, 0)


def _span(node: ast.expr) -> tuple[int, int | None, int, int | None]:
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
