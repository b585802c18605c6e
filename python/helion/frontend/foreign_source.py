# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Source in Triton's language that a kernel calls: functions with all that they use, as the text of one module."""

from __future__ import annotations

import ast
import builtins
import inspect
import math
import re
import textwrap
import types
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.builder import TRITON_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Lookup = Callable[[str], Any]

MISSING = object()
NAME = "__helion_name__"
# Names that emitted source uses itself.
_EMITTED = ("_combine_", "_extern_")
# Names that it imports, whether the author of the kernel did or not.
_IMPORTED = ("tl", "triton")
_BLOCK = re.compile(r"__helion_block_(\w+?)__")
# Triton's short names of dtypes → those of its language; other names are the same in both.
_DTYPES = {
    "fp64": "float64", "fp32": "float32", "fp16": "float16", "bf16": "bfloat16", "fp8e4nv": "float8e4nv",
    "fp8e5": "float8e5", "fp8e4b8": "float8e4b8", "fp8e5b16": "float8e5b16", "i1": "int1",
    "i8": "int8", "i16": "int16", "i32": "int32", "i64": "int64",
    "u8": "uint8", "u16": "uint16", "u32": "uint32", "u64": "uint64",
}  # fmt: skip
_PLAIN = (int, float, bool, str, type(None))


def block_text(name: str) -> str:
    """What stands for the size of the block `name` in source, until a configuration says it."""
    return f"__helion_block_{name}__"


@dataclass(frozen=True)
class ForeignCall:
    """A function that `helion.call` names; `place` is where the kernel calls it."""

    place: exc.SourceLocation | None


@dataclass
class ForeignSource:
    """All that one kernel calls, and what that uses in turn.

    `calls` has the functions that the kernel itself calls, by name; `places` has the file and first line of each
    definition that has one.
    """

    kernel: str
    calls: dict[str, ForeignCall] = field(default_factory=dict[str, ForeignCall])
    places: dict[str, tuple[str, int]] = field(default_factory=dict[str, tuple[str, int]])
    _imports: dict[str, str] = field(default_factory=dict[str, str])
    _texts: list[str] = field(default_factory=list[str])
    _names: dict[str, Any] = field(default_factory=dict[str, Any])
    """Name in the module → what it stands for."""

    def text(self, sizes: Mapping[str, int]) -> str:
        """The definitions as Python source, imports first; `sizes` has the sizes of blocks by name."""
        imports = "".join(f"{line}\n" for line in self._imports.values())
        definitions = "".join(f"\n\n{text.rstrip()}\n" for text in self._texts)
        return _BLOCK.sub(lambda match: str(sizes[match[1]]), imports + definitions)

    # ---- definitions

    def function(self, given: Any) -> str:
        """Adds a function, jitted or not, and gives its name in the module.

        Raises:
            InvalidAPIUsage: when its source is not to be had, or uses what a Triton function cannot.
        """
        plain = python_function(given)
        name, is_new = self._named(plain.__name__, plain)
        if not is_new:
            return name
        if (plain.__module__ or "").split(".")[0] == "triton":
            self._imports[name] = f"from {plain.__module__} import {plain.__name__} as {name}"
            return name
        try:
            lines, first = inspect.getsourcelines(plain)
            file = inspect.getsourcefile(plain)
        except (OSError, TypeError):
            raise exc.InvalidAPIUsage(
                f"the source of the function {plain.__name__} cannot be found",
                hint="define it in a file, or pass its source as a string",
            ) from None
        start = next(at for at, line in enumerate(lines) if line.lstrip().startswith("def "))
        body = textwrap.dedent("".join(lines[start:]))
        if file is not None:
            self.places[name] = (file, first + start)
        kind = "triton.constexpr_function" if type(given).__name__ == "ConstexprFunction" else "triton.jit"
        renames = {plain.__name__: name} | self._resolved(body, _lookup_of(plain), plain.__name__)
        self._texts.append(f"@{kind}\n{_renamed(body, renames)}")
        return name

    def block(self, source: str, lookup: Lookup) -> str:
        """Adds source text that defines functions, and gives the name of its last one; `lookup` finds what it uses.

        Raises:
            InvalidAPIUsage: when it is not valid Python or defines no function.
        """
        text = textwrap.dedent(source).strip("\n") + "\n"
        defined = [node for node in parsed(text, "hl.triton_kernel").body if isinstance(node, ast.FunctionDef)]
        if not defined:
            raise exc.InvalidAPIUsage("the source given to hl.triton_kernel defines no function", found=source.strip())
        lines = text.split("\n")
        for node in reversed(defined):
            if not node.decorator_list:
                lines.insert(node.lineno - 1, "@triton.jit")
        text = "\n".join(lines)
        named = {each.name: self._named(each.name, (text, each.name)) for each in defined}
        if all(is_new for _, is_new in named.values()):
            renames = {each: name for each, (name, _) in named.items()}
            renames |= self._resolved(text, lookup, defined[-1].name)
            self._texts.append(_renamed(text, renames))
        return named[defined[-1].name][0]

    def define(self, wish: str, text: str) -> str:
        """Adds a function that is made here; `text` has `NAME` where its name goes."""
        name, is_new = self._named(wish, ("made", text))
        if is_new:
            self._texts.append(text.replace(NAME, name))
        return name

    def resolve(self, text: str, lookup: Lookup, owner: str) -> str:
        """Adds what the free names of `text` stand for; gives the text with the names that they got."""
        return _renamed(text, self._resolved(text, lookup, owner))

    def literal(self, value: Any) -> str:
        """A value that is known at compile time as Python source."""
        if isinstance(value, torch.dtype):
            return f"tl.{_DTYPES[TRITON_TYPES[value]]}"
        if isinstance(value, float) and not math.isfinite(value):
            return f'float("{value}")'
        if isinstance(value, (tuple, list)):
            return "(" + "".join(f"{self.literal(each)}, " for each in value) + ")"
        if isinstance(value, _PLAIN):
            return repr(value)
        kind = type(value)
        if kind.__module__.startswith("triton.language") and kind.__name__ == "dtype":
            return f"tl.{_DTYPES.get(value.name, value.name)}"
        if kind.__module__.startswith("triton.language") and kind.__name__ == "constexpr":
            return self.literal(value.value)
        if is_function(value):
            return self.function(value)
        raise exc.InvalidAPIUsage(
            "a function in Triton's language takes device values, tensors and numbers", found=kind.__name__
        )

    # ---- names

    def _named(self, wish: str, what: Any) -> tuple[str, bool]:
        """A name for `what` in the module, and whether it is new."""
        name, number = wish, 0
        while name == self.kernel or name in _IMPORTED or name.startswith(_EMITTED) or name in self._names:
            if name in self._names and (self._names[name] is what or self._names[name] == what):
                return name, False
            number += 1
            name = f"{wish.lstrip('_') or 'f'}_{number}"
        self._names[name] = what
        return name, True

    def _resolved(self, text: str, lookup: Lookup, owner: str) -> dict[str, str]:
        """Adds what the free names of `text` stand for; old names to new ones."""
        renames: dict[str, str] = {}
        for name in _free_names(ast.parse(text)):
            value = lookup(name)
            if value is not MISSING:
                renames[name] = self._global(name, value, owner)
            elif name not in _IMPORTED and not hasattr(builtins, name) and not _BLOCK.fullmatch(name):
                raise exc.UndefinedVariable(f"the name {name} is not defined", found=f"in the Triton function {owner}")
        return {old: new for old, new in renames.items() if old != new}

    def _global(self, wish: str, value: Any, owner: str) -> str:
        if isinstance(value, types.ModuleType):
            if (wish, value.__name__) in (("tl", "triton.language"), ("triton", "triton")):
                return wish
            name, is_new = self._named(wish, value)
            if is_new:
                self._imports[name] = f"import {value.__name__} as {name}"
            return name
        if is_function(value):
            return self.function(value)
        if isinstance(value, type) and value.__module__.startswith("triton"):
            name, is_new = self._named(wish, value)
            if is_new:
                self._imports[name] = f"from {value.__module__} import {value.__name__} as {name}"
            return name
        try:
            number = self.literal(value)
        except exc.InvalidAPIUsage:
            raise exc.InvalidAPIUsage(
                f"the Triton function {owner} uses the global {wish}, which it cannot",
                expected="a Triton function, a module, or a number, string or dtype", found=type(value).__name__,
                hint="pass it as an argument",
            ) from None  # fmt: skip
        name, is_new = self._named(wish, ("global", number))
        if is_new:
            self._texts.append(f"{name} = tl.constexpr({number})\n")
        return name


def is_function(value: Any) -> bool:
    """Whether `value` is a function, `@triton.jit` or plain."""
    return isinstance(value, (types.FunctionType, types.BuiltinFunctionType)) or isinstance(
        getattr(value, "fn", None), types.FunctionType
    )


def python_function(value: Any) -> Any:
    """The Python function behind a jitted one."""
    return getattr(value, "fn", value)


def parsed(text: str, api: str) -> ast.Module:
    """The syntax tree of a user's source.

    Raises:
        InvalidAPIUsage: when it is not valid Python, with the line.
    """
    try:
        return ast.parse(text)
    except SyntaxError as error:
        line = (error.text or "").rstrip()
        raise exc.InvalidAPIUsage(
            f"the source given to {api} is not valid Python: {error.msg}", found=f"line {error.lineno}: {line}"
        ) from None


def _lookup_of(function: Any) -> Lookup:
    closure = inspect.getclosurevars(function).nonlocals
    names: dict[str, Any] = {**function.__globals__, **closure}
    return lambda name: names.get(name, MISSING)


def _free_names(tree: ast.Module) -> Sequence[str]:
    """The names that a piece of source reads and does not bind, in order."""
    bound: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
    read = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)]
    return [name for name in dict.fromkeys(read) if name not in bound]


def _renamed(text: str, renames: Mapping[str, str]) -> str:
    """`text` with other names; attributes and keywords of the same spelling stay."""
    renames = {old: new for old, new in renames.items() if old != new}
    if not renames:
        return text
    lines = [line.encode() for line in text.split("\n")]
    places: list[tuple[int, int, str]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id in renames:
            places.append((node.lineno - 1, node.col_offset, node.id))
        elif isinstance(node, ast.FunctionDef) and node.name in renames:
            row = node.lineno - 1
            places.append((row, lines[row].index(node.name.encode(), node.col_offset + len("def")), node.name))
    for row, column, name in sorted(places, reverse=True):
        line, end = lines[row], column + len(name.encode())
        # Python before 3.12 gives no true places inside f-strings.
        if line[column:end] == name.encode():
            lines[row] = line[:column] + renames[name].encode() + line[end:]
    return b"\n".join(lines).decode()
