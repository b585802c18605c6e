# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the configuration space needs to know of a kernel: what the native compiler says of its module."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from helion.arithmetic import next_power_of_2

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

Extent = int | str  # a number, or the name of a block


@dataclass(frozen=True)
class BlockFacts:
    """A block size that configurations choose: entry `ordinal` of `block_sizes`, a power of two in [min, max].

    `size_hint` is the extent that the block tiles, where it is known.
    """

    name: str
    ordinal: int
    min: int = 1
    max: int | None = None
    size_hint: int | None = None

    @property
    def bound(self) -> int | None:
        """The greatest block size that is of use: the next power of two of the extent."""
        bounds = [each for each in (self.max, self.size_hint) if each is not None]
        return next_power_of_2(min(bounds)) if bounds else None


@dataclass(frozen=True)
class LoopFacts:
    """A device loop: the names of its blocks, outermost first; `grid` for the parallel root."""

    blocks: tuple[str, ...]
    grid: bool


@dataclass(frozen=True)
class ValueFacts:
    """The extents and element width of a tile of values."""

    extents: tuple[Extent, ...]
    bits: int


@dataclass(frozen=True)
class ReductionFacts:
    """A dimension that is reduced and that a loop could walk in chunks; `dot` if matrix products sum over it."""

    extent: int
    dot: bool = False


@dataclass(frozen=True)
class KernelFacts:
    """Everything that `ConfigSpec` is built from.

    `fixed` holds the blocks whose size the source fixes, `stored_bits` is the width of the widest element stored,
    `barriers` counts those between grids, `computed_bounds` says that the device computes the bounds of a grid.
    """

    blocks: tuple[BlockFacts, ...] = ()
    fixed: tuple[tuple[str, int], ...] = ()
    loops: tuple[LoopFacts, ...] = ()
    values: tuple[ValueFacts, ...] = ()
    dots: tuple[tuple[ValueFacts, ValueFacts], ...] = ()
    reductions: tuple[ReductionFacts, ...] = ()
    reduces: bool = False
    loads: int = 0
    stores: int = 0
    stored_bits: int = 0
    atomics: int = 0
    tunables: tuple[tuple[str, Any], ...] = ()
    barriers: int = 0
    computed_bounds: bool = False

    @property
    def is_persistent(self) -> bool:
        """Whether only persistent programs can run the kernel: they wait for each other, or find out their number."""
        return self.barriers > 0 or self.computed_bounds

    def rolled(self, chunks: Sequence[int | None]) -> KernelFacts:
        """The facts as they are where loops walk the reduced dimensions in `chunks`, None for a whole one."""
        smaller = {
            reduction.extent: chunk
            for reduction, chunk in zip(self.reductions, chunks)
            if chunk is not None and chunk < reduction.extent
        }
        if not smaller:
            return self

        def shrink(value: ValueFacts) -> ValueFacts:
            return replace(value, extents=tuple(smaller.get(each, each) for each in value.extents))  # pyright: ignore[reportArgumentType, reportCallIssue]

        return replace(
            self,
            values=tuple(map(shrink, self.values)),
            dots=tuple((shrink(left), shrink(right)) for left, right in self.dots),
        )


def default_of(fragment: Any) -> Any:
    """The default of a tunable: what its fragment says, or the value itself."""
    return fragment.default() if callable(getattr(fragment, "default", None)) else fragment


def kernel_facts(
    space: Mapping[str, Any], hints: Iterable[Any] = (), tunables: Sequence[tuple[str, Any]] = (),
    computed_bounds: bool = False,
) -> KernelFacts:  # fmt: skip
    """The facts of a kernel.

    Args:
        space: what `helion-infer-config-space` says of the prepared kernel.
        hints: objects with `name` and `size_hint`, the extents that blocks tile, as far as they are known.
        tunables: name of each tunable of the user, with its fragment or its default.
        computed_bounds: whether the device computes the bounds of a grid.
    """
    sizes = {hint.name: hint.size_hint for hint in hints}
    tunable = [block for block in space["blocks"] if "size" not in block]
    blocks = [
        BlockFacts(block["name"], block["ordinal"], block["min"], block["max"], sizes.get(block["name"]))
        for block in sorted(tunable, key=lambda block: block["ordinal"])
    ]
    return KernelFacts(
        blocks=tuple(blocks),
        fixed=tuple([(block["name"], block["size"]) for block in space["blocks"] if "size" in block]),
        loops=tuple([LoopFacts(tuple(loop["blocks"]), loop["grid"]) for loop in space["loops"]]),
        values=tuple(map(_value, space["values"])),
        dots=tuple([(_value(left), _value(right)) for left, right in space["dots"]]),
        reductions=tuple([ReductionFacts(each["extent"], each["dot"]) for each in space["reductions"]]),
        reduces=space["reduces"],
        loads=space["loads"],
        stores=space["stores"],
        stored_bits=space["stored_bits"],
        atomics=space["atomics"],
        tunables=tuple(tunables),
        barriers=space["barriers"],
        computed_bounds=computed_bounds,
    )


def _value(described: Mapping[str, Any]) -> ValueFacts:
    return ValueFacts(tuple(described["extents"]), described["bits"])
