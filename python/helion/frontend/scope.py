# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the names of device code live."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Generator

    from helion.frontend.source import FunctionSource


class Jump(Exception):
    """`return`, `break` or `continue`: leaves code that is unrolled or inlined, and nothing else."""

    name = ""
    place: exc.SourceLocation | None = None

    def refused(self) -> exc.Base:
        """The error where the jump would depend on device values."""
        return exc.StatementNotSupported(
            name=f"`{self.name}` inside a device loop, or a branch on device values,",
            hint="compute both cases and choose with torch.where", location=self.place,
        )  # fmt: skip


class Returned(Jump):
    """A helper function returns."""

    name = "return"

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


class Continued(Jump):
    """`continue`."""

    name = "continue"


class Broken(Jump):
    """`break`."""

    name = "break"


@dataclass(frozen=True)
class Gone:
    """What a name holds after the block of code that assigned it: nothing that could be read."""

    reason: str


@dataclass
class Frame:
    """The names of one function: `values` are those of device code, `host` those of the host part (read only)."""

    source: FunctionSource
    host: dict[str, Any] = field(default_factory=dict[str, Any])
    values: dict[str, Any] = field(default_factory=dict[str, Any])

    def read(self, name: str) -> Any:
        """The value of `name`: device code, host part, closure, globals, builtins."""
        if name in self.values:
            value = self.values[name]
            if isinstance(value, Gone):
                raise exc.UndefinedVariable(name=name, hint=value.reason)
            return value
        if name in self.host:
            return self.host[name]
        code = self.source.fn.__code__
        if name in code.co_varnames and name not in code.co_freevars:
            raise exc.UndefinedVariable(name=name)
        return self.source.lookup(name)

    def write(self, name: str, value: Any) -> None:
        """Assigns `name` in device code.

        Raises:
            CannotModifyHostVariableOnDevice: when the host part owns the name.
        """
        if name in self.host:
            raise exc.CannotModifyHostVariableOnDevice(name=name)
        self.values[name] = value

    def extended(self, values: dict[str, Any]) -> Frame:
        """A frame that sees the names of this one, and `values` before them."""
        return Frame(self.source, self.host, {**self.values, **values})

    @contextlib.contextmanager
    def nested(self) -> Generator[None]:
        """Names assigned inside disappear afterwards, as those of a comprehension do."""
        before = dict(self.values)
        try:
            yield
        finally:
            self.values = before
