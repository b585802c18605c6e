# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The keys of a configuration: what values each takes, how many, and under which other name it goes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Callable

Slots = Literal["one", "blocks", "orders", "grids", "reductions", "ranges", "memory", "atomics", "loads", "stores"]


@dataclass(frozen=True)
class KeySpec:
    """`slots` names what a list has one entry for; `allowed` says in words what `accepts` takes."""

    default: Any
    slots: Slots
    allowed: str
    accepts: Callable[[Any], bool]
    alias: str | None = None
    required: bool = False


def is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _power_of_two(low: int, high: int) -> tuple[str, Callable[[Any], bool]]:
    return (
        f"a power of two from {low} to {high}",
        lambda value: is_integer(value) and low <= value <= high and value & (value - 1) == 0,
    )


def _between(low: int, high: int) -> tuple[str, Callable[[Any], bool]]:
    return f"an integer from {low} to {high}", lambda value: is_integer(value) and low <= value <= high


def _one_of(*choices: Any) -> tuple[str, Callable[[Any], bool]]:
    # 1 == True, so the type has to agree as well.
    return (
        f"one of {', '.join(map(repr, choices))}",
        lambda value: any(type(value) is type(choice) and value == choice for choice in choices),
    )


def _permutation(value: Any) -> bool:
    if not isinstance(value, (list, tuple)):
        return False
    entries = cast("list[Any]", value)
    return all(map(is_integer, entries)) and sorted(entries) == list(range(len(entries)))


def _is_controls_file(value: Any) -> bool:
    if not isinstance(value, str) or not value:
        return value == ""
    path = Path(value).absolute()
    # Triton parts the options of ptxas at blanks.
    return path.is_file() and not any(map(str.isspace, str(path)))


_BOOL = _one_of(False, True)
_MAYBE = _one_of(None, False, True)

KEYS: dict[str, KeySpec] = {
    "block_sizes": KeySpec(
        None, "blocks", *_power_of_two(1, 1 << 20), alias="block_size", required=True
    ),
    "loop_orders": KeySpec(None, "orders", "a permutation, as a list", _permutation, alias="loop_order"),
    "flatten_loops": KeySpec(False, "orders", *_BOOL, alias="flatten_loop"),
    "l2_groupings": KeySpec(1, "grids", *_power_of_two(1, 64), alias="l2_grouping"),
    "reduction_loops": KeySpec(
        None, "reductions", "None or a power of two of at least 8",
        lambda value: value is None or (is_integer(value) and value >= 8 and value & (value - 1) == 0),
        alias="reduction_loop",
    ),
    "range_unroll_factors": KeySpec(0, "ranges", *_between(0, 4), alias="range_unroll_factor"),
    "range_num_stages": KeySpec(0, "ranges", *_between(0, 8), alias="range_num_stage"),
    "range_multi_buffers": KeySpec(None, "ranges", *_MAYBE, alias="range_multi_buffer"),
    "range_flattens": KeySpec(None, "ranges", *_MAYBE, alias="range_flatten"),
    "range_warp_specializes": KeySpec(None, "ranges", *_MAYBE, alias="range_warp_specialize"),
    "static_ranges": KeySpec(False, "ranges", *_BOOL, alias="static_range"),
    "data_partition_factors": KeySpec(1, "ranges", *_power_of_two(1, 4), alias="data_partition_factor"),
    "num_warps": KeySpec(4, "one", *_power_of_two(1, 32)),
    "num_stages": KeySpec(1, "one", *_between(1, 10)),
    "pid_type": KeySpec("flat", "one", *_one_of("flat", "xyz", "persistent_blocked", "persistent_interleaved")),
    "num_sm_multiplier": KeySpec(1, "one", *_power_of_two(1, 128)),
    "maxnreg": KeySpec(None, "one", *_one_of(None, 32, 64, 128, 256)),
    "indexing": KeySpec("pointer", "memory", *_one_of("pointer", "block_ptr", "tensor_descriptor")),
    "atomic_indexing": KeySpec("pointer", "atomics", *_one_of("pointer", "tensor_descriptor")),
    "load_eviction_policies": KeySpec("", "loads", *_one_of("", "first", "last"), alias="load_eviction_policy"),
    "load_cache_modifiers": KeySpec("", "loads", *_one_of("", ".ca", ".cg", ".cv"), alias="load_cache_modifier"),
    "store_cache_modifiers": KeySpec(
        "", "stores", *_one_of("", ".wb", ".cg", ".cs", ".wt"), alias="store_cache_modifier"
    ),
    "epilogue_subtile": KeySpec(None, "one", *_one_of(None, 2, 4)),
    "advanced_controls_file": KeySpec(
        "", "one", "the path of a file of advanced controls for ptxas, without blanks, or ''", _is_controls_file
    ),
    "waves_per_eu": KeySpec(None, "one", *_one_of(None, *range(9))),
    "matrix_instr_nonkdim": KeySpec(None, "one", *_one_of(None, 0, 16, 32)),
    "xcd_remap": KeySpec(False, "one", *_BOOL),
}  # fmt: skip

ALIASES = {spec.alias: name for name, spec in KEYS.items() if spec.alias}

# Keys of code generators that this one is not: refused, not ignored, so that nobody measures what was dropped.
FOREIGN_PREFIXES = ("cute_", "tcgen05_", "pallas_")
FOREIGN_KEYS = ("num_threads", "occupancy")
