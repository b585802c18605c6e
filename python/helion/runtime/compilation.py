# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a traced kernel and a configuration to what each layer below makes of them.

The one module of the runtime that calls the frontend, the native compiler and the backend; all three are imported when
the first kernel is bound, not with `helion`.
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from typing import TYPE_CHECKING, Any

from helion._logging import logger
from helion.runtime.facts import KernelFacts, default_of, kernel_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from helion.backends.triton import CompiledTTIR, Target
    from helion.settings import Settings

STAGES = ("helion", "prepared", "scheduled", "ttir")
# What code is made for where there is no GPU to ask: Triton's interpreter, and code that is only looked at.
FALLBACK_TARGET = "sm_90"


class Compilation:
    """The compilations of one bound kernel. Safe to use from several threads.

    Args:
        fn: the user's function.
        args: the arguments that it is specialized to.
        settings: of the kernel.
        name: of the device kernel.
        config: the configuration whose values of the user's own keys, and of block sizes that the host part computes
            with, are constants of the trace; by default these values are defaults.
    """

    def __init__(
        self, fn: Callable[..., Any], args: tuple[Any, ...], settings: Settings, name: str,
        config: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        from helion import frontend

        self.settings = settings
        sizes = None if config is None else config.get("block_sizes")
        self.traced = frontend.trace(fn, args, settings, kernel_name=name, tunables=config, block_sizes=sizes)
        defaults = {key: default_of(each) for key, each in self.traced.tunables.items()}
        self._chosen: dict[Any, Any] = {**defaults, **self.traced.host_blocks}
        # The arguments have to stay alive for the traces of other values.
        self._trace_again = (
            functools.partial(Compilation, fn, args, settings, name) if self._chosen and config is None else None
        )
        self._variants: dict[Any, Compilation] = {}
        self._lowered: dict[Any, Any] = {}
        self._lock = threading.Lock()

    @functools.cached_property
    def prepared(self) -> Any:
        """The prepared module, which every configuration starts from."""
        from helion import compiler

        return compiler.prepare(self.traced.module, self.settings)

    @functools.cached_property
    def facts(self) -> KernelFacts:
        """What the configuration space is built from."""
        traced = self.traced
        tunables = list(traced.tunables.items())
        return kernel_facts(self.prepared.space, traced.blocks, tunables, traced.computed_bounds)

    def variant(self, config: Mapping[str, Any]) -> Compilation:
        """The compilation for what the trace takes from a normalized configuration."""
        if self._trace_again is None:
            return self
        with self._lock:
            asked = self._taken_from(config)
            if asked == self._chosen:
                return self
            found = self._variants.get(_frozen(asked))
            if found is not None:
                return found
            made = self._trace_again(config)
            more = made.traced.host_blocks.keys() - self._chosen.keys()
            if more:  # this trace took a branch that asked for numbers which no other trace needed
                self._chosen.update(dict.fromkeys(more))
                self._variants.clear()
            return self._variants.setdefault(_frozen(self._taken_from(config)), made)

    def _taken_from(self, config: Mapping[str, Any]) -> dict[Any, Any]:
        # Numbers are positions in the list of block sizes, names are tunables.
        return {key: config["block_sizes"][key] if isinstance(key, int) else config[key] for key in self._chosen}

    def lower(self, config: Mapping[str, Any], target: Target, misaligned: frozenset[int] = frozenset()) -> Any:
        """The TTIR of a normalized configuration, with its grid, signature and remarks; computed once."""
        from helion import compiler
        from helion.backends.triton import ttir_dialect

        variant = self.variant(config)
        if variant is not self:
            return variant.lower(config, target, misaligned)
        key = _frozen(config), target, misaligned
        found = self._lowered.get(key)
        if found is not None:
            return found
        lowered = compiler.lower(self.prepared, *self._permitted(config, target), ttir_dialect(), misaligned)
        for remark in lowered.remarks if self.settings.remarks else ():
            logger.warning("%s", remark)
        with self._lock:
            return self._lowered.setdefault(key, lowered)

    def compile(
        self, config: Mapping[str, Any], target: Target, misaligned: frozenset[int] = frozenset()
    ) -> CompiledTTIR:
        """The binary of a normalized configuration.

        Args:
            config: normalized.
            target: the GPU.
            misaligned: positions of kernel arguments that are no multiples of 16: addresses of tensors in bytes, and
                the numbers in `Prepared.aligned`.
        """
        from helion.backends.triton import compile_ttir

        lowered = self.lower(config, target, misaligned)
        return compile_ttir(
            self.linked(lowered.ttir, config, target),
            name=lowered.name,
            signature=lowered.signature,
            target=target,
            options=lowered.options,
        )

    def mlir(self, stage: str, config: Mapping[str, Any] | None, target: Target) -> str:
        """The module as text at one of `STAGES`; before "scheduled" a configuration is but an attribute."""
        from helion import compiler
        from helion.backends.triton import ttir_dialect

        if stage in ("helion", "prepared"):
            source = self if config is None else self.variant(config)
            module = source.traced.module if stage == "helion" else source.prepared.module
            return str(module) if config is None else compiler.configured(module, config)
        assert config is not None
        if stage == "scheduled":
            return str(compiler.schedule(self.variant(config).prepared, *self._permitted(config, target)))
        text = compiler.ttir(self.variant(config).prepared, *self._permitted(config, target), ttir_dialect())
        return self.linked(text, config, target)

    def triton_source(self, config: Mapping[str, Any], target: Target, phase: int | None = None) -> str:
        """The kernel as a Python module with a `@triton.jit` function.

        Args:
            config: normalized.
            target: the GPU.
            phase: only what runs between two barriers, counted from 0.
        """
        from helion import compiler

        variant = self.variant(config)
        source = compiler.triton_source(variant.prepared, *self._permitted(config, target), phase)
        foreign = variant.traced.foreign
        if foreign is None:
            return source
        from helion.backends.triton.linking import with_definitions

        return with_definitions(source, foreign, variant._block_sizes(config))

    def linked(self, ttir: str, config: Mapping[str, Any], target: Target) -> str:
        """TTIR of a normalized configuration with what the kernel calls in Triton's language."""
        if "helion.function" not in ttir:
            return ttir
        from helion.backends.triton.linking import link

        variant = self.variant(config)
        return link(ttir, variant.traced.foreign, variant._block_sizes(config), target)

    def _block_sizes(self, config: Mapping[str, Any]) -> dict[str, int]:
        return {
            block.name: config["block_sizes"][block.ordinal] if block.size is None else block.size
            for block in self.traced.blocks
        }

    def _permitted(self, config: Mapping[str, Any], target: Target) -> tuple[Mapping[str, Any], Target]:
        """What the settings leave of a configuration's wishes and of a GPU."""
        if not self.settings.allow_warp_specialize and "range_warp_specializes" in config:
            config = {**config, "range_warp_specializes": [None] * len(config["range_warp_specializes"])}
        if reserved := self.settings.persistent_reserved_sms:
            target = dataclasses.replace(target, num_sms=max(target.num_sms - reserved, 1))
        return config, target


def _frozen(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return tuple([_frozen(each) for each in value])
    if hasattr(value, "items"):
        return tuple([(key, _frozen(each)) for key, each in value.items()])
    return value
