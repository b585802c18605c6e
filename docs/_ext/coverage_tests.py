# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which test covers what, read from the sources of the tests without running or importing them.

A test covers the functions, operators, statements and index forms that its source shows, tables and kernels of the
same module included; and, whatever its source shows, what `@pytest.mark.covers("…", …)` names. Tests that expect errors
cover only what they are marked with. `@pytest.mark.evidence("…", …)` names the configuration keys that a test shows to
work.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDERS = ("frontend", "corpus", "gpu", "runtime", "schedules", "numerics", "examples", "support/kernel_corpus")
_NAMESPACES = {"torch": "torch", "F": "torch", "hl": "hl", "helion": "helion"}
_LOOPS = {"hl.tile", "hl.grid", "hl.jagged_tile"}


@dataclass(frozen=True)
class Test:
    """One test function, or one kernel of the corpus."""

    name: str
    covers: frozenset[str]
    evidence: frozenset[str] = frozenset()


def collect(root: Path) -> list[Test]:
    """All tests below `root`/test/python that show that something works, those that compare numbers first."""
    found: list[Test] = []
    base = root / "test" / "python"
    for folder in _FOLDERS:
        for path in sorted((base / folder).rglob("*.py")):
            found += _Module(path.relative_to(base).as_posix(), ast.parse(path.read_text())).tests()
    return sorted(found, key=lambda test: ("numerics" not in test.name, "corpus" not in test.name))


class _Module:
    """One file of tests."""

    def __init__(self, path: str, tree: ast.Module) -> None:
        self.path = path
        self.names: dict[str, ast.stmt] = {}
        self.marked: set[str] = set()
        for statement in tree.body:
            if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                self.names[statement.name] = statement
            elif isinstance(statement, (ast.Assign, ast.AnnAssign)):
                for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
                    self.names.update((name.id, statement) for name in ast.walk(target) if isinstance(name, ast.Name))
                    if isinstance(target, ast.Name) and target.id == "pytestmark" and statement.value is not None:
                        self.marked |= set(_marks(statement.value, "covers"))

    def tests(self) -> Iterator[Test]:
        kernels = "kernel_corpus" in self.path
        for name, node in self.names.items():
            if not isinstance(node, ast.FunctionDef):
                continue
            marks = [mark for each in node.decorator_list for mark in _marks(each, "covers")]
            if name.startswith("test_"):
                shown = set() if "test_errors" in self.path or _expects_errors(node) else self._shown(node)
                keys = [key for each in node.decorator_list for key in _marks(each, "evidence")]
                yield Test(f"{self.path}::{name}", frozenset({*shown, *marks, *self.marked}), frozenset(keys))
            elif kernels and node.decorator_list:
                yield Test(f"{self.path}::{name}", frozenset({*self._shown(node), *marks}))

    def _shown(self, node: ast.stmt) -> set[str]:
        """The tokens of `node` and of everything in the module that it names."""
        tokens: set[str] = set()
        waiting, seen = [node], {id(node)}
        while waiting:
            current = waiting.pop()
            tokens |= _tokens(current)
            for name in ast.walk(current):
                used = self.names.get(name.id) if isinstance(name, ast.Name) else None
                if used is not None and id(used) not in seen:
                    seen.add(id(used))
                    waiting.append(used)
        return tokens


def _marks(node: ast.expr, marker: str) -> Iterator[str]:
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == marker:
            yield from (arg.value for arg in call.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str))


def _expects_errors(node: ast.stmt) -> bool:
    return any(isinstance(each, ast.Attribute) and each.attr == "raises" for each in ast.walk(node))


def _dotted(node: ast.expr) -> list[str]:
    """The parts of a dotted name, or nothing."""
    if isinstance(node, ast.Name):
        return [node.id]
    owner = _dotted(node.value) if isinstance(node, ast.Attribute) else []
    return [*owner, node.attr] if owner and isinstance(node, ast.Attribute) else []


def _tokens(root: ast.stmt) -> set[str]:
    tokens: set[str] = set()
    for node in ast.walk(root):
        if isinstance(node, ast.Attribute):
            parts = _dotted(node)
            space = _NAMESPACES.get(parts[0]) if parts else None
            tokens.add(f"{space}.{node.attr}" if space else f".{node.attr}")
        elif isinstance(node, (ast.BinOp, ast.AugAssign, ast.UnaryOp)):
            tokens.add(type(node.op).__name__)
        elif isinstance(node, ast.Compare):
            tokens |= {type(op).__name__ for op in node.ops}
        elif isinstance(node, ast.For) and _iterates(node) in _LOOPS:
            tokens |= _device_tokens(node)
    return tokens


def _iterates(node: ast.For) -> str:
    return ".".join(_dotted(node.iter.func)) if isinstance(node.iter, ast.Call) else ""


def _device_tokens(loop: ast.For) -> set[str]:
    """What the body of a device loop shows: `for: …`, `python: …` and `index: …`."""
    tokens = _loop_forms(loop)
    for node in (each for statement in loop.body for each in ast.walk(statement)):
        tokens.add(f"python: {type(node).__name__}")
        if isinstance(node, ast.For):
            tokens |= _loop_forms(node, nested=True)
        elif isinstance(node, ast.Subscript):
            tokens |= _index_forms(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            tokens.add(f"python: {node.func.id}()")
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Tuple):
            tokens.add("python: unpacking")
        elif isinstance(node, ast.Starred):
            tokens.add("python: starred")
    return tokens


def _loop_forms(loop: ast.For, nested: bool = False) -> set[str]:
    where = "nested" if nested else "grid"
    call = loop.iter
    if not isinstance(call, ast.Call):
        return {"for: unrolled sequence"}
    name = _iterates(loop)
    forms = {f"for: {name}, {where}"}
    several = bool(call.args) and (
        isinstance(call.args[0], (ast.List, ast.Tuple)) or isinstance(loop.target, ast.Tuple)
    )
    if several:
        forms.add(f"for: {name} of several dimensions")
    if len(call.args) > 1:
        forms.add(f"for: {name} with begin and end")
    for keyword in call.keywords:
        forms.add(f"for: {name} with {keyword.arg}")
        if isinstance(keyword.value, (ast.List, ast.Tuple)):
            forms.add(f"for: {name} with a list of {keyword.arg}")
    if len(call.args) > 2:
        forms.add(f"for: {name} with step")
    return forms


def _index_forms(node: ast.Subscript) -> set[str]:
    entries = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    forms: set[str] = set()
    for entry in entries:
        if isinstance(entry, ast.Constant):
            named = {type(None): "None", type(...): "...", int: "int"}
            forms.add(f"index: {named.get(type(entry.value), 'other')}")
        elif isinstance(entry, ast.UnaryOp) and isinstance(entry.op, ast.USub):
            forms.add("index: negative int")
        elif isinstance(entry, ast.Slice):
            forms.add(_slice_form(entry))
        elif isinstance(entry, ast.BinOp) and isinstance(entry.op, (ast.Add, ast.Sub)):
            forms.add("index: sum")
        elif isinstance(entry, ast.Attribute):
            forms.add(f"index: .{entry.attr}")
        elif isinstance(entry, ast.Subscript):
            forms.add("index: gathered")
        elif isinstance(entry, ast.List):
            forms.add("index: [tile]")
    return forms


def _slice_form(entry: ast.Slice) -> str:
    if entry.step is not None:
        return "index: a:b:step"
    bounds = [each for each in (entry.lower, entry.upper) if each is not None]
    if not bounds:
        return "index: :"
    return "index: a:b" if all(isinstance(each, (ast.Constant, ast.UnaryOp)) for each in bounds) else "index: i:i + n"
