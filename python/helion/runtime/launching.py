# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What stands in place of the device loops when a kernel is called: a launch on a GPU, or Triton's interpreter."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, cast

from helion.settings import environment_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import torch

    from helion.backends.triton import Target
    from helion.runtime.compilation import Compilation

    Launch = Callable[..., None]

# Compiled code may assume that addresses are multiples of this many bytes: it is what vector and TMA access need.
ALIGNMENT = 16


def device_launch(compilation: Compilation, config: Mapping[str, Any], target: Target, device: torch.device) -> Launch:
    """A function of the kernel's arguments that launches the compiled kernel on torch's current stream of `device`.

    The common case costs one check of the addresses over Triton's own launcher. Arguments whose address is not aligned
    (a view that starts in the middle of a row) get a variant of the kernel of their own, compiled when first met; so do
    rows of dynamic length that are no multiples of 16 elements.
    """
    from helion.backends.triton import Launcher

    def build(misaligned: frozenset[int]) -> Launch:
        chosen = _addressable(config, misaligned)
        lowered = compilation.lower(chosen, target, misaligned)
        return Launcher(compilation.compile(chosen, target, misaligned), lowered.grid, device).launch

    return with_alignment_check(build, tensor_positions(compilation), compilation.variant(config).prepared.aligned)


def with_alignment_check(
    build: Callable[[frozenset[int]], Launch], tensors: tuple[int, ...], numbers: tuple[int, ...] = ()
) -> Launch:
    """A launch that picks the variant for the alignment of its arguments; `build` makes one, once each.

    Args:
        build: makes the launch for the given positions of misaligned arguments.
        tensors: positions of the tensors among the kernel's arguments.
        numbers: positions of the numbers that code takes for multiples of 16 unless it is told otherwise. Their first
            values decide which variant is made first; without numbers the aligned one is made now.
    """
    variants: dict[frozenset[int], Launch] = {}
    lock = threading.Lock()
    low_bits = ALIGNMENT - 1

    def launch_variant(*args: Any) -> None:
        nonlocal aligned
        misaligned = frozenset(
            [index for index in tensors if args[index].data_ptr() & low_bits]
            + [index for index in numbers if args[index] & low_bits]
        )
        variant = variants.get(misaligned)
        if variant is None:
            with lock:
                variant = variants.get(misaligned) or build(misaligned)
                variants[misaligned] = variant
        if not misaligned:
            aligned = variant
        variant(*args)

    aligned: Launch = launch_variant
    if not numbers:
        aligned = variants[frozenset()] = build(frozenset())

    def launch(*args: Any) -> None:
        bits = 0
        for index in tensors:
            bits |= args[index].data_ptr()
        for index in numbers:
            bits |= args[index]
        if bits & low_bits:
            launch_variant(*args)
        else:
            aligned(*args)

    return launch


def interpreter_launch(compilation: Compilation, config: Mapping[str, Any], target: Target) -> Launch:
    """A function of the kernel's arguments that runs the emitted source in Triton's interpreter."""
    from helion.backends.triton import InterpretedKernel

    def build(misaligned: frozenset[int]) -> Launch:
        chosen = _addressable(config, misaligned)
        lowered = compilation.lower(chosen, target)
        if not environment_flag("TRITON_INTERPRET"):
            # What a GPU would refuse is refused here as well.
            compilation.linked(lowered.ttir, chosen, target)
        # Programs run one after the other: none could wait for another at a barrier.
        phases = range(compilation.traced.barriers + 1) if compilation.traced.barriers else (None,)
        kernels = [InterpretedKernel(compilation.triton_source(chosen, target, each), lowered.name) for each in phases]
        grid = cast("tuple[int, ...] | Callable[..., tuple[int, ...]]", lowered.grid)
        extents: Callable[..., tuple[int, ...]] = grid if callable(grid) else lambda *_: grid

        def launch(*args: Any) -> None:
            for kernel in kernels:
                kernel.run(extents(*args), *args)

        return launch

    return with_alignment_check(build, (), compilation.variant(config).prepared.aligned)


def _addressable(config: Mapping[str, Any], misaligned: frozenset[int]) -> Mapping[str, Any]:
    """The configuration, without descriptors where something is misaligned: they cannot address that."""
    keys = [key for key in ("indexing", "atomic_indexing") if key in config and misaligned]
    return {**config, **{key: ["pointer"] * len(config[key]) for key in keys}}


def tensor_positions(compilation: Compilation) -> tuple[int, ...]:
    """Which of the kernel's arguments are tensors."""
    return tuple(index for index, argument in enumerate(compilation.traced.args) if argument.kind == "tensor")
