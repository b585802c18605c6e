# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which world `hl.*` is called in: none, the host part of a compiled kernel, or eager reference mode.

The compiler never runs device code through these functions: the frontend recognizes them by identity. What runs for
real is the host part of a compiled kernel (`HostContext`) and whole kernels in reference mode (`ReferenceContext`).
"""

from __future__ import annotations

import operator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    import torch


# Reference mode has no configuration, so a block size that was registered without a bound needs some value.
_UNBOUNDED_BLOCK = 128


class HostContext:
    """The host part of a compiled kernel, as it runs at each launch. Tracing has a subclass of its own.

    `registered` holds the configured value of each `hl.register_block_size` result, in the order in which the host part
    asks for them, and `tunables` that of each `hl.register_tunable` name.
    """

    __slots__ = ("registered", "taken", "tunables")

    def __init__(self, registered: Sequence[int] = (), tunables: Mapping[str, Any] | None = None) -> None:
        self.registered = registered
        self.tunables = tunables
        self.taken = 0

    def specialize(self, value: Any) -> Any:
        """What `hl.specialize(value)` gives."""
        return value

    def register_block_size(self, least: Any, greatest: Any) -> Any:
        """What `hl.register_block_size` gives for these bounds, of which either may be None."""
        if self.taken == len(self.registered):
            raise exc.InternalError(name="the host part registers more block sizes than the compiler saw")
        self.taken += 1
        return self.registered[self.taken - 1]

    def barrier(self) -> None:
        """What `hl.barrier()` does outside of device code: the launch has it."""

    def register_tunable(self, name: str, fragment: Any) -> Any:
        """What `hl.register_tunable(name, fragment)` gives."""
        return fragment.default() if self.tunables is None or name not in self.tunables else self.tunables[name]


class ReferenceContext(HostContext):
    """Eager reference mode: `device` is where the kernel's tensors live, `depth` how many device loops are open.

    `single` makes tiles of one index each, so that the lanes of a jagged tile, which end differently, come one by one.
    """

    __slots__ = ("axes", "depth", "device", "single")

    def __init__(self, device: torch.device, single: bool = False) -> None:
        super().__init__()
        self.device = device
        self.single = single
        self.depth = 0
        self.axes = 0

    def register_block_size(self, least: Any, greatest: Any) -> Any:
        return _UNBOUNDED_BLOCK if greatest is None else max(1, operator.index(greatest))

    def new_axis(self) -> int:
        """A number for a new loop axis: tells apart index tensors of different axes that have the same length."""
        self.axes += 1
        return self.axes


_current: ContextVar[HostContext | None] = ContextVar("helion_language_context", default=None)


def current() -> HostContext | None:
    """The context of the calling code, or None outside any kernel."""
    return _current.get()


@contextmanager
def entered(context: HostContext) -> Generator[None]:
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


def loop_reference(name: str) -> ReferenceContext:
    """The reference context, for the loop function `hl.{name}`."""
    if isinstance(_current.get(), HostContext) and not isinstance(_current.get(), ReferenceContext):
        raise exc.NotAllowedInHelperFunction(
            f"a loop over hl.{name} must stand in the kernel itself, not in a function that its host part calls",
        )
    return reference(name)


def inside(name: str) -> HostContext:
    """The context, for a function `hl.{name}` that the host part may call too."""
    context = _current.get()
    if context is None:
        raise exc.NotInsideKernel(name=f"hl.{name}")
    return context
