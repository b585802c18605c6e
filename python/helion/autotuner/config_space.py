# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The configurations that are worth trying for one kernel on one kind of GPU: random ones, and those next to one.

A `ConfigSpec` says what is legal; this is the part of it that a search walks through. Every configuration from here
passes `ConfigSpec.normalize`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from helion.arithmetic import next_power_of_2
from helion.autotuner.config_fragment import (
    BlockSizeFragment,
    BooleanFragment,
    ConfigSpecFragment,
    EnumFragment,
    IntegerFragment,
    NumWarpsFragment,
    PermutationFragment,
    PowerOfTwoFragment,
)
from helion.runtime.config import Config

if TYPE_CHECKING:
    import random as random_module
    from collections.abc import Mapping, Sequence

    from helion.backends.triton.targets import Target
    from helion.runtime.config_spec import ConfigSpec

# Larger tiles spill registers, and take Triton minutes.
_MOST_ELEMENTS = 1 << 16
_LONGEST_UNKNOWN_BLOCK = 1024
_LEAST_CHUNK = 16
# Sums of products from which on it is worth trying to split what follows them in two, in four: before, the loop is so
# short that the rest is no longer than it anyway.
_SPLIT_IN_TWO, _SPLIT_IN_FOUR = 1 << 10, 1 << 14


class ConfigSpace:
    """The search space of a kernel: for each key one fragment per entry of its list.

    Args:
        spec: what the kernel takes.
        target: the GPU, which decides about warps, stages, descriptors and warp specialization.
        controls: advanced controls files to try.
    """

    def __init__(self, spec: ConfigSpec, target: Target, controls: Sequence[str] = ()) -> None:
        self.spec = spec
        self.target = target
        cuda = target.backend == "cuda"
        hopper = cuda and target.capability >= 90
        facts = spec.facts
        maybe = EnumFragment((None, False, True))
        lists: dict[str, list[ConfigSpecFragment]] = {
            "block_sizes": [
                BlockSizeFragment(
                    next_power_of_2(block.min), max(block.bound or _LONGEST_UNKNOWN_BLOCK, next_power_of_2(block.min))
                )
                for block in facts.blocks
            ],
            "loop_orders": [PermutationFragment(rank) for rank in spec.order_ranks],
            # What combines elements keeps its dimensions.
            "flatten_loops": [] if facts.dots or facts.reduces else self._each("orders", BooleanFragment()),
            "l2_groupings": self._each("grids", PowerOfTwoFragment(1, 64)),
            "reduction_loops": [EnumFragment((None, *_chunks(reduction.extent))) for reduction in facts.reductions],
            "range_unroll_factors": self._each("ranges", IntegerFragment(0, 4)),
            "range_num_stages": self._each("ranges", IntegerFragment(0, 4)),
            "range_multi_buffers": self._each("ranges", maybe),
            "range_flattens": self._each("ranges", maybe),
            "indexing": self._each("memory", EnumFragment(("pointer", "tensor_descriptor"))) if hopper else [],
            "atomic_indexing": self._each("atomics", EnumFragment(("pointer", "tensor_descriptor"))) if hopper else [],
            "load_eviction_policies": self._each("loads", EnumFragment(("", "first", "last"))) if cuda else [],
        }
        if hopper and facts.dots:
            lists["range_warp_specializes"] = self._each("ranges", maybe)
            lists["data_partition_factors"] = self._each("ranges", PowerOfTwoFragment(1, 2))
        self.lists = {key: fragments for key, fragments in lists.items() if fragments}
        self.singles: dict[str, ConfigSpecFragment] = {
            "num_warps": NumWarpsFragment(1, 32 if cuda else 16, 4),
            "num_stages": IntegerFragment(1, 8 if cuda else 4),
            "pid_type": EnumFragment(("flat", *self._launch_grids(), "persistent_blocked", "persistent_interleaved")),
            "num_sm_multiplier": PowerOfTwoFragment(1, 8),
            **{name: fragment for name, fragment in facts.tunables if isinstance(fragment, ConfigSpecFragment)},
        }
        if cuda:
            self.singles["maxnreg"] = EnumFragment((None, 64, 128, 256))
        if hopper and (longest := self._longest_product()) >= _SPLIT_IN_TWO:
            parts = (None, 2, 4) if longest >= _SPLIT_IN_FOUR else (None, 2)
            self.singles["epilogue_subtile"] = EnumFragment(parts)
        if cuda and controls:
            self.singles["advanced_controls_file"] = EnumFragment(("", *controls))
        if target.name.startswith("gfx9"):
            self._add_cdna()

    def _add_cdna(self) -> None:
        """What AMD's CDNA GPUs have of their own."""
        facts = self.spec.facts
        if facts.loads:
            self.lists["load_cache_modifiers"] = self._each("loads", EnumFragment(("", ".cg")))
        if facts.stores:
            self.lists["store_cache_modifiers"] = self._each("stores", EnumFragment(("", ".cs", ".wt")))
        if self.target.num_xcds > 1:
            self.singles["xcd_remap"] = BooleanFragment()
        self.singles["waves_per_eu"] = EnumFragment((None, 1, 2, 4))
        if facts.dots:
            self.singles["matrix_instr_nonkdim"] = EnumFragment((None, 16, 32))

    def _longest_product(self) -> int:
        """The greatest known number of products that a matrix product sums up."""
        facts = self.spec.facts
        extents = dict(facts.fixed) | {block.name: block.bound or 0 for block in facts.blocks}
        summed = [right.extents[-2] for _, right in facts.dots if len(right.extents) >= 2]
        return max((extents.get(each, 0) if isinstance(each, str) else each for each in summed), default=0)

    def _each(self, slots: str, fragment: ConfigSpecFragment) -> list[ConfigSpecFragment]:
        return [fragment] * self.spec.slots(slots)

    def _launch_grids(self) -> tuple[str, ...]:
        ranks = [len(loop.blocks) for loop in self.spec.facts.loops if loop.grid]
        return ("xyz",) if len(ranks) == 1 and 2 <= ranks[0] <= 3 else ()

    def cardinality(self) -> int:
        """How many configurations there are, those that mean the same counted apart."""
        return math.prod(
            fragment.cardinality()
            for fragment in (*self.singles.values(), *(each for every in self.lists.values() for each in every))
        )

    def random(self, rng: random_module.Random | None = None) -> Config:
        """A configuration, every entry drawn by `rng` (by default Python's shared generator)."""
        values: dict[str, Any] = {
            key: [fragment.random(rng) for fragment in fragments] for key, fragments in self.lists.items()
        }
        values |= {key: fragment.random(rng) for key, fragment in self.singles.items()}
        return self.repaired(values)

    def neighbours(self, config: Mapping[str, Any]) -> list[Config]:
        """The configurations that differ from `config` by one step of one entry, each once and without `config`."""
        full = self.spec.normalize(config)
        known = {self.repaired(full)}
        found: list[Config] = []

        def add(key: str, value: Any) -> None:
            changed = self.repaired({**full, key: value})
            if changed not in known:
                known.add(changed)
                found.append(changed)

        for key, fragment in self.singles.items():
            for value in fragment.neighbours(full.get(key, fragment.default())):
                add(key, value)
        for key, fragments in self.lists.items():
            entries = list(full.get(key, [fragment.default() for fragment in fragments]))
            for position, fragment in enumerate(fragments):
                for value in fragment.neighbours(entries[position]):
                    add(key, [*entries[:position], value, *entries[position + 1 :]])
        return found

    def repaired(self, values: Mapping[str, Any]) -> Config:
        """The closest legal configuration: smaller tiles where they are too large, no keys that need others."""
        result = dict(values)
        if not str(result.get("pid_type", "flat")).startswith("persistent"):
            result.pop("num_sm_multiplier", None)
            result.pop("maxnreg", None)
        if any(result.get("range_flattens", ())):
            result.pop("epilogue_subtile", None)
        self._shrink(result)
        return Config(result)

    def _shrink(self, values: dict[str, Any]) -> None:
        """Halves blocks, the largest first, then rolls rows, until every value of a program is of a sane size."""
        blocks = self.spec.facts.blocks
        sizes = list(values.get("block_sizes", []))
        chunks = list(values.get("reduction_loops", []))
        while self._elements(sizes, chunks) > _MOST_ELEMENTS:
            shrinkable = [at for at, size in enumerate(sizes) if size // 2 >= max(blocks[at].min, 1)]
            rollable = [
                at for at, chunk in enumerate(chunks)
                if (chunk or self.spec.facts.reductions[at].extent) > _LEAST_CHUNK
            ]  # fmt: skip
            if shrinkable:
                largest = max(shrinkable, key=lambda at: sizes[at])
                sizes[largest] //= 2
            elif rollable:
                largest = max(rollable, key=lambda at: chunks[at] or self.spec.facts.reductions[at].extent)
                chunks[largest] = next_power_of_2(chunks[largest] or self.spec.facts.reductions[largest].extent) // 2
            else:
                break
        if sizes:
            values["block_sizes"] = sizes
        if chunks:
            values["reduction_loops"] = chunks

    def _elements(self, sizes: list[int], chunks: list[int | None]) -> int:
        facts = self.spec.facts
        named = dict(facts.fixed) | {block.name: size for block, size in zip(facts.blocks, sizes)}
        return max(
            (
                math.prod(
                    named.get(extent, 1) if isinstance(extent, str) else next_power_of_2(extent)
                    for extent in value.extents
                )
                for value in facts.rolled(chunks).values
            ),
            default=1,
        )


def _chunks(extent: int) -> list[int]:
    """The powers of two that a loop over `extent` elements may take at once."""
    result: list[int] = []
    size = _LEAST_CHUNK
    while size < extent:
        result.append(size)
        size *= 2
    return result
