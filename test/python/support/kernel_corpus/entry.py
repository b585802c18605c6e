# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One kernel of the corpus, and the list of all."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

import helion
from helion import compiler
from helion.backends.triton import ttir_dialect

if TYPE_CHECKING:
    from collections.abc import Callable

    from helion.backends.triton import Target, TTIRDialect
    from helion.compiler import Lowered
    from helion.runtime.bound_kernel import BoundKernel

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")


@dataclass(frozen=True)
class Entry:
    """A kernel with one configuration.

    Attributes:
        name: unique in the corpus.
        function: the undecorated kernel.
        make_args: arguments small enough for Triton's interpreter, on the CPU.
        reference: the same function of the same arguments, in PyTorch.
        config: the keys of the configuration.
        settings: further arguments of `helion.kernel`.
        make_large: arguments of the size that code is generated for; those of `make_args` where it is None.
        tolerance: relative and absolute, for numerics; what the dtype suggests where it is None.
        amd: keys of the configuration that are others on AMD's GPUs.
        not_exported: why its Triton source cannot be compiled or interpreted; empty where it can.
        broken: why a target cannot compile it, for the targets that cannot.
    """

    name: str
    function: Callable[..., Any]
    make_args: Callable[[], tuple[Any, ...]]
    reference: Callable[..., Any]
    config: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)
    make_large: Callable[[], tuple[Any, ...]] | None = None
    tolerance: float | None = None
    amd: dict[str, Any] = field(default_factory=dict)
    not_exported: str = ""
    broken: dict[str, str] = field(default_factory=dict)

    @property
    def kernel(self) -> helion.Kernel:
        return helion.kernel(self.function, config=helion.Config(self.config), **self.settings)

    def args(self) -> tuple[Any, ...]:
        """The small arguments, the same on every call."""
        torch.manual_seed(0)
        return self.make_args()

    def lower(self, target: Target, dialect: TTIRDialect | None = None) -> Lowered:
        """TTIR for a target, in the spelling of the installed Triton or another release's."""
        prepared = bind(self.name).compilation.prepared
        return compiler.lower(prepared, self._config(target), target, dialect or ttir_dialect())

    def triton_source(self, target: Target) -> str:
        """Readable Triton source for a target, in the spelling of the installed Triton."""
        return bind(self.name).compilation.triton_source(self._config(target), target)

    def _config(self, target: Target) -> dict[str, Any]:
        keys = self.config | (self.amd if target.backend == "hip" else {})
        return bind(self.name).config_spec.normalize(helion.Config(keys))


CORPUS: dict[str, Entry] = {}


@functools.cache
def bind(name: str) -> BoundKernel:
    """An entry's kernel, bound to the arguments that code is generated for."""
    entry = CORPUS[name]
    return entry.kernel.bind((entry.make_large or entry.make_args)())


def entry(
    name: str,
    args: Callable[[], tuple[Any, ...]],
    reference: Callable[..., Any],
    config: dict[str, Any],
    *,
    large: Callable[[], tuple[Any, ...]] | None = None,
    tolerance: float | None = None,
    amd: dict[str, Any] | None = None,
    not_exported: str = "",
    broken: dict[str, str] | None = None,
    **settings: Any,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds a function to the corpus; may be applied to one function several times."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        assert name not in CORPUS, name
        CORPUS[name] = Entry(
            name, function, args, reference, config, settings, large, tolerance, amd or {}, not_exported, broken or {}
        )
        return function

    return add
