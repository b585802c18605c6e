# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Diagnostics of the native compiler, as Helion's errors and remarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Remark:
    """What the compiler could not honour, and why; `location` is the user's source."""

    message: str
    location: exc.SourceLocation | None = None

    def __str__(self) -> str:
        return self.message if self.location is None else f"{self.location}: {self.message}"


@dataclass(frozen=True)
class Diagnostic:
    """One message of the native compiler."""

    severity: str
    message: str
    location: exc.SourceLocation | None

    @classmethod
    def parse(cls, text: str) -> Diagnostic:
        """From the form that the bindings hand over: severity, file, line, column and message, one per line."""
        severity, file, line, column, message = text.split("\n", 4)
        location = None
        if file:
            # MLIR counts columns from 1, Python from 0.
            location = exc.SourceLocation(file, int(line), max(int(column) - 1, 0))
        return cls(severity, message, location)


def raise_failure(diagnostics: Iterable[Diagnostic]) -> None:
    """Raises the error behind a failed run of the compiler."""
    errors = [each for each in diagnostics if each.severity == "error"]
    if not errors:
        raise exc.InternalError("the compiler failed without saying why")
    first = errors[0]
    message = first.message.split("\n", 1)[0]
    raise exc.LoweringError(f"the kernel cannot be lowered: {message}", location=first.location)


def remarks(diagnostics: Iterable[Diagnostic]) -> list[Remark]:
    """The remarks among diagnostics, each once, in order."""
    # The further lines are MLIR's notes, which print the operation.
    found = [Remark(each.message.split("\n", 1)[0], each.location) for each in diagnostics if each.severity == "remark"]
    return list(dict.fromkeys(found))
