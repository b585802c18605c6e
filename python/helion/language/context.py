# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which world `hl.*` is called in: none, the host part of a compiled kernel, or eager reference mode.

The compiler never runs device code through these functions: the frontend recognizes them by identity. What runs for
real is the host part of a compiled kernel (`HostContext`) and whole kernels in reference mode (`ReferenceContext`).
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    import torch


@dataclass
class HostContext:
    """The host part of a compiled kernel.

    `registered` holds the configured value of each `hl.register_block_size` result, and `tunables` that of each
    `hl.register_tunable` name, in the order in which the host part asks for them.
    """

    registered: Sequence[int] = ()
    tunables: dict[str, object] = field(default_factory=dict[str, object])
    taken: int = 0

    def take(self, count: int) -> list[int]:
        """The next `count` registered block sizes."""
        values = list(self.registered[self.taken : self.taken + count])
        self.taken += count
        if len(values) != count:
            raise exc.InternalError(name="the host part registers more block sizes than the compiler saw")
        return values


@dataclass
class ReferenceContext:
    """Eager reference mode: `device` is where the kernel's tensors live, `depth` how many device loops are open."""

    device: torch.device
    depth: int = 0
    axes: int = 0

    def new_axis(self) -> int:
        """A number for a new loop axis: tells apart index tensors of different axes that have the same length."""
        self.axes += 1
        return self.axes


_current: ContextVar[HostContext | ReferenceContext | None] = ContextVar("helion_language_context", default=None)


def current() -> HostContext | ReferenceContext | None:
    """The context of the calling code, or None outside any kernel."""
    return _current.get()


@contextmanager
def entered(context: HostContext | ReferenceContext) -> Generator[None]:
    """Makes `context` current."""
    token = _current.set(context)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def plain_torch() -> Generator[None]:
    """Inside, torch calls mean what torch says: the rules of device code are for the user's calls alone."""
    context = _current.get()
    if not isinstance(context, ReferenceContext):
        yield
        return
    depth, context.depth = context.depth, 0
    try:
        yield
    finally:
        context.depth = depth


# The launch path avoids the context manager's overhead.
enter = _current.set
leave = _current.reset


def reference(name: str) -> ReferenceContext:
    """The reference context, for a device function called `hl.{name}`; errors name the function."""
    context = _current.get()
    if isinstance(context, ReferenceContext):
        return context
    if context is None:
        raise exc.NotInsideKernel(name=f"hl.{name}")
    raise exc.DeviceAPIOnHost(name=f"hl.{name}")


def inside(name: str) -> HostContext | ReferenceContext:
    """The context, for a function `hl.{name}` that the host part may call too."""
    context = _current.get()
    if context is None:
        raise exc.NotInsideKernel(name=f"hl.{name}")
    return context
