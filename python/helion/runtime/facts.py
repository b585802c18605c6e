# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the configuration space needs to know of a kernel, read from its module in the helion dialect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from helion.arithmetic import next_power_of_2

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Extent = int | str  # a number, or the name of a block

_ELEMENT_BITS = re.compile(r"[a-z]+?(\d+)")
_ALIAS = re.compile(r"^(#\w+) = #helion\.dims<\[(.*?)\]>", re.M)
_TENSOR = re.compile(r"tensor<((?:[\d?]+x)*)([a-zA-Z]\w*)(?:, (#helion\.dims<\[(.*?)\]>|#\w+))?>")
_BLOCK = re.compile(r"helion\.block @(\w+) (?:<?)\{([^}]*)\}")
_INTEGER = re.compile(r"(\w+) = (-?\d+)")
_REDUCED = re.compile(r"helion\.reductions = array<i64: ([\d, ]+)>")
_CONTRACTED = re.compile(r"helion\.dot .*helion\.reduction = (\d+)")
_LOOP = re.compile(r"helion\.(grid|tile_for)\b.*? blocks \[([^\]]*)\]")


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


def facts_of_module(
    text: str, hints: Iterable[Any] = (), tunables: Sequence[tuple[str, Any]] = (), prepared: str = "",
    computed_bounds: bool = False,
) -> KernelFacts:  # fmt: skip
    """The facts of the kernel in the module `text`.

    Args:
        text: the module in MLIR's textual form, of the level before a configuration is bound.
        hints: objects with `name` and `size_hint`, for the extents that the module does not show.
        tunables: name of each tunable of the user, with its fragment or its default.
        prepared: the prepared module, where reductions that loops could walk are marked.
        computed_bounds: whether the device computes the bounds of a grid.
    """
    aliases = {name: _extents(dims) for name, dims in _ALIAS.findall(text)}
    sizes = {_bare(hint.name): hint.size_hint for hint in hints if getattr(hint, "size_hint", None) is not None}
    blocks: list[BlockFacts] = []
    fixed: list[tuple[str, int]] = []
    products: dict[Extent, tuple[Extent, ...]] = {}
    for name, body in _BLOCK.findall(text):
        entries = {key: int(number) for key, number in _INTEGER.findall(body)}
        if "factor" in entries:
            products[name] = (*re.findall(r"@(\w+)", body), entries["factor"])
            continue
        if "size" in entries:
            fixed.append((name, entries["size"]))
            continue
        hint = sizes.get(name, entries.get("hint"))
        blocks.append(BlockFacts(name, entries["ordinal"], entries.get("min", 1), entries.get("max"), hint))
    blocks.sort(key=lambda block: block.ordinal)
    loops = [LoopFacts(tuple(re.findall(r"@(\w+)", names)), kind == "grid") for kind, names in _LOOP.findall(text)]
    dots: list[tuple[ValueFacts, ValueFacts]] = []
    for line in text.splitlines():
        if "helion.dot " in line:
            # An accumulator is printed first, the result after the arrow.
            operands = _values(line.split(" -> ")[0], aliases)
            if len(operands) >= 2:
                left, right = (_by_first_block(operand, products) for operand in operands[-2:])
                dots.append((left, right))
    stored = [value.bits for line in text.splitlines() if "helion.store " in line for value in _values(line, aliases)]
    return KernelFacts(
        blocks=tuple(blocks),
        fixed=tuple(fixed),
        loops=tuple(loops),
        values=tuple(dict.fromkeys(_factored(value, products) for value in _values(text, aliases))),
        dots=tuple(dict.fromkeys(dots)),
        reductions=_reductions(prepared),
        reduces="helion.reduce " in text,
        loads=len(re.findall(r"\bhelion\.load\b", text)),
        stores=len(re.findall(r"\bhelion\.store\b", text)),
        stored_bits=max(stored, default=0),
        atomics=len(re.findall(r"\bhelion\.atomic_\w+", text)),
        tunables=tuple(tunables),
        barriers=len(re.findall(r"\bhelion\.barrier\b", text)),
        computed_bounds=computed_bounds,
    )


def _reductions(prepared: str) -> tuple[ReductionFacts, ...]:
    extents = _REDUCED.search(prepared)
    if extents is None:
        return ()
    contracted = {int(number) for number in _CONTRACTED.findall(prepared)}
    return tuple(
        ReductionFacts(int(extent), number in contracted) for number, extent in enumerate(extents[1].split(","))
    )


def _values(text: str, aliases: dict[str, tuple[Extent, ...]]) -> list[ValueFacts]:
    result: list[ValueFacts] = []
    for shape, element, encoding, dims in _TENSOR.findall(text):
        if dims:
            extents = _extents(dims)
        elif encoding:
            extents = aliases.get(encoding, ())
        else:
            extents = tuple(int(part) for part in shape.split("x") if part.isdigit())
        match = _ELEMENT_BITS.match(element)
        bits = int(match[1]) if match else 32
        if element.startswith("f8"):
            bits = 8
        result.append(ValueFacts(extents, bits))
    return result


def _factored(value: ValueFacts, products: dict[Extent, tuple[Extent, ...]]) -> ValueFacts:
    """`value` with each product of blocks as several extents: as many elements."""
    extents = tuple(factor for extent in value.extents for factor in products.get(extent, (extent,)))
    return ValueFacts(extents, value.bits)


def _by_first_block(value: ValueFacts, products: dict[Extent, tuple[Extent, ...]]) -> ValueFacts:
    """`value` with the first block of each product in its place: the dimensions of an operand stay where they are."""
    return ValueFacts(tuple(products.get(extent, (extent,))[0] for extent in value.extents), value.bits)


def _extents(dims: str) -> tuple[Extent, ...]:
    parts = [part.strip() for part in dims.split(",") if part.strip()]
    return tuple(part[1:] if part.startswith("@") else int(part.split(" ")[0]) for part in parts)


def _bare(name: object) -> str:
    return str(name).removeprefix("@")
