# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The root of Helion's errors: what was wrong, what was expected, where, and what to do."""

from __future__ import annotations

import linecache
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class SourceLocation:
    """A place in the user's source.

    `line` counts from 1; `column` and `end_column` count characters from 0, the end excluded, as Python's `ast` does.
    `column` is None when only the line is known, `end_column` when the culprit reaches the end of the line.
    """

    file: str
    line: int
    column: int | None = None
    end_column: int | None = None
    function: str | None = None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

    def excerpt(self) -> str:
        """The source line with a caret under the culprit; empty when the source cannot be read."""
        text = linecache.getline(self.file, self.line).rstrip("\n")
        if not text.strip():
            return ""
        shown = text.expandtabs(4)
        gutter = str(self.line)
        lines = [f"  {gutter} | {shown}"]
        if self.column is not None and self.column <= len(text):
            start = len(text[: self.column].expandtabs(4))
            end = len(text) if self.end_column is None else self.end_column
            width = len(text[:end].expandtabs(4)) - start
            lines.append(f"  {' ' * len(gutter)} | {' ' * start}{'^' * max(1, width)}")
        return "\n".join(lines)


class _Details(dict[str, object]):
    """Fills the fields of a template; a field nobody gave shows as an ellipsis rather than as a second error."""

    def __missing__(self, key: str) -> str:
        return "…"


class Base(RuntimeError):
    """Every error that Helion raises on purpose.

    Args:
        message: the mistake in one line; by default the class's `template`, filled from `details`.
        expected: what would have been right.
        found: what was there instead.
        hint: what to do; by default the class's `default_hint`, filled from `details`.
        location: where in the user's source.
        details: values for the fields of `template` and `default_hint`.

    `str(error)` has the mistake as its first line, then expected and found, the source excerpt with a caret, the hint.
    Errors survive pickling (they cross process boundaries when configurations are compiled in workers).
    """

    template: ClassVar[str] = "Helion failed"
    default_hint: ClassVar[str | None] = None

    message: str
    expected: str | None
    found: str | None
    hint: str | None
    location: SourceLocation | None
    details: dict[str, object]

    def __init__(
        self,
        message: str | None = None,
        *,
        expected: object = None,
        found: object = None,
        hint: str | None = None,
        location: SourceLocation | None = None,
        **details: object,
    ) -> None:
        self.details = dict(details)
        self.message = self.template.format_map(_Details(details)) if message is None else message
        self.expected = None if expected is None else str(expected)
        self.found = None if found is None else str(found)
        if hint is None and self.default_hint is not None:
            hint = self.default_hint.format_map(_Details(details))
        self.hint = hint
        self.location = location
        super().__init__(self.message)

    def at(self, location: SourceLocation | None) -> Base:
        """Sets the location unless one is known already (the innermost wins); returns the error itself."""
        if self.location is None:
            self.location = location
        return self

    def __str__(self) -> str:
        lines = [self.message]
        if self.expected is not None:
            lines.append(f"  expected: {self.expected}")
        if self.found is not None:
            lines.append(f"  found:    {self.found}")
        if self.location is not None:
            where = f", in {self.location.function}" if self.location.function else ""
            lines.append(f"  at {self.location}{where}")
            lines.extend(filter(None, [self.location.excerpt()]))
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        state = {name: value for name, value in self.__dict__.items() if not name.startswith("__")}
        state["details"] = {name: _plain(value) for name, value in self.details.items()}
        return _rebuild, (type(self), self.message, state)


def _plain(value: object) -> object:
    """A value that any process can unpickle: details may hold anything that a user passed."""
    return value if isinstance(value, (str, int, float, bool, type(None))) else repr(value)


def _rebuild(cls: type[Base], message: str, state: Mapping[str, object]) -> Base:
    error = cls.__new__(cls, message)
    error.__dict__.update(state)
    return error


class BaseError(Base):
    """An error, as opposed to a warning."""


class BaseWarning(Base, UserWarning):
    """A warning, issued through `warnings.warn`; `Settings.ignore_warnings` silences it by class."""
