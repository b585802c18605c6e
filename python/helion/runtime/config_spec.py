# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`ConfigSpec`: which configurations a kernel takes, what they mean, and which one it gets when none is given."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, cast

from helion import exc
from helion.autotuner.config_fragment import check_tunable
from helion.runtime.config import Config
from helion.runtime.config_keys import ALIASES, FOREIGN_KEYS, FOREIGN_PREFIXES, KEYS, KeySpec, is_integer
from helion.runtime.defaults import default_configuration
from helion.runtime.facts import default_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helion.runtime.facts import BlockFacts, KernelFacts

# A tile of more elements than this fits no chip, and Triton refuses it.
_ELEMENT_LIMIT = 1 << 20


class ConfigSpec:
    """The configuration space of one kernel, specialized to its shapes.

    `normalize` turns a user's configuration into the complete form that the compiler reads: every key by its own name,
    every list with one entry per slot.
    """

    facts: KernelFacts

    def __init__(self, facts: KernelFacts, shared_bytes: int = 64 * 1024, capability: int = 0) -> None:
        """A space for a chip with `shared_bytes` of shared memory per program; the default fits every chip.

        `capability` is the compute capability of an NVIDIA chip, 90 for 9.0.
        """
        self.facts = facts
        self.shared_bytes = shared_bytes
        self.capability = capability
        grids = [loop for loop in facts.loops if loop.grid]
        nested = [loop for loop in facts.loops if not loop.grid]
        several = [loop for loop in facts.loops if len(loop.blocks) > 1]
        self._slots: dict[str, int] = {
            "blocks": len(facts.blocks),
            "orders": len(several),
            "grids": sum(len(loop.blocks) > 1 for loop in grids),
            "reductions": len(facts.reductions),
            # One set for the grid, which only persistent kernels use, one per dimension of each inner loop, and one for
            # the loops that walk each reduced dimension.
            "ranges": len(grids) + sum(len(loop.blocks) for loop in nested) + len(facts.reductions),
            "memory": facts.loads + facts.stores,
            "atomics": facts.atomics,
            "loads": facts.loads,
            "stores": facts.stores,
        }
        self.order_ranks = [len(loop.blocks) for loop in several]
        self._tunables = dict(facts.tunables)
        if taken := next((name for name in self._tunables if name in KEYS or name in ALIASES), None):
            raise exc.TunableNameConflict(name=taken)

    def slots(self, name: str) -> int:
        """How many entries the lists have that `KeySpec.slots` calls `name`."""
        return self._slots[name]

    @property
    def block_sizes(self) -> tuple[BlockFacts, ...]:
        """The tunable blocks, in the order of the key `block_sizes`."""
        return self.facts.blocks

    def default_config(self, shared_bytes: int | None = None, capability: int | None = None) -> Config:
        """The configuration that a kernel gets when none is given: chosen from its shapes and operations.

        Args:
            shared_bytes: shared memory of a program on the chip; by default that of the arguments' device.
            capability: compute capability of the chip; by default that of the arguments' device.
        """
        capability = self.capability if capability is None else capability
        return Config(default_configuration(self.facts, shared_bytes or self.shared_bytes, capability))

    def minimize(self, config: Mapping[str, Any]) -> Config:
        """`config` without the keys that have the value which they would get anyway; block sizes always stay."""
        full = self.normalize(config)
        base = self.normalize({"block_sizes": full["block_sizes"]})
        return Config({key: value for key, value in full.items() if _is_required(key) or base.get(key) != value})

    def normalize(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The complete configuration behind `config`, which is left alone.

        Raises:
            InvalidConfig: names the key, its value and what is allowed.
        """
        given = self._canonical_names(config)
        if self.facts.is_persistent:
            given.setdefault("pid_type", "persistent_blocked")
        result = {key: self._normalized(key, spec, given) for key, spec in KEYS.items() if self._applies(spec)}
        for name, fragment in self._tunables.items():
            result[name] = given.get(name, default_of(fragment))
            check_tunable(name, fragment, result[name])
        self._check_block_sizes(result.get("block_sizes", []), result.get("reduction_loops", []))
        self._check_program_ids(result, given)
        return result

    def _applies(self, spec: KeySpec) -> bool:
        return spec.slots == "one" or spec.required or self._slots[spec.slots] > 0

    def _canonical_names(self, config: Mapping[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {}
        for key, value in config.items():
            name = ALIASES.get(key, key)
            if name in given:
                raise _invalid(
                    f"the configuration has both {name} and its short form {_short(name)}", "one of the two", value
                )
            if name not in KEYS and name not in self._tunables:
                self._refuse_unknown(name, value)
                continue
            given[name] = [value] if key != name and not isinstance(value, (list, tuple)) else value
            if key != name and name == "loop_orders" and value and all(map(is_integer, value)):
                given[name] = [value]
            if key != name and name == "reduction_loops":
                given[name] = [value] * self._slots["reductions"]
        return given

    def _refuse_unknown(self, name: str, value: object) -> None:
        if name in FOREIGN_KEYS or name.startswith(FOREIGN_PREFIXES):
            raise exc.InvalidConfig(f"the key {name} belongs to another code generator than Triton", found=repr(value))
        close = difflib.get_close_matches(name, [*KEYS, *self._tunables], 1)
        raise exc.InvalidConfig(
            f"unknown key in the configuration: {name}",
            found=f"{name}={value!r}",
            hint=f"did you mean {close[0]}?" if close else "a kernel's own keys come from hl.register_tunable",
        )

    def _normalized(self, key: str, spec: KeySpec, given: dict[str, Any]) -> Any:
        if spec.slots == "one":
            return self._checked(key, spec, given[key]) if key in given else spec.default
        slots = self._slots[spec.slots]
        if key == "loop_orders":
            return self._normalized_orders(spec, given.get(key))
        if key not in given or given[key] is None:
            if spec.required and slots:
                raise _invalid(
                    f"the configuration has no {key}", f"{slots} values, one for each of {self._block_names()}", None
                )
            return [spec.default] * slots
        value = given[key]
        if not isinstance(value, (list, tuple)):
            # A single value holds for all operations; a list has one per slot.
            if spec.slots in ("memory", "atomics"):
                return [self._checked(key, spec, value)] * slots
            value = [value]
        entries = _flattened(cast("list[Any]", value))
        if key == "reduction_loops":
            # Kernels that need no loop are often given a None for one.
            while len(entries) > slots and entries[-1] is None:
                entries.pop()
        if len(entries) > slots or (spec.required and len(entries) < slots):
            raise self._wrong_count(key, spec, entries, slots)
        checked = [self._checked(key, spec, entry) for entry in entries]
        return checked + [spec.default] * (slots - len(checked))

    def _normalized_orders(self, spec: KeySpec, value: Any) -> list[list[int]]:
        orders = [] if value is None else list(value)
        if len(orders) > len(self.order_ranks):
            raise self._wrong_count("loop_orders", spec, orders, len(self.order_ranks))
        result: list[list[int]] = []
        for position, rank in enumerate(self.order_ranks):
            order = orders[position] if position < len(orders) else None
            if order is None:
                result.append(list(range(rank)))
                continue
            if not spec.accepts(order) or len(order) != rank:
                raise _invalid(
                    f"entry {position} of loop_orders is not legal", f"a permutation of {list(range(rank))}", order
                )
            result.append(list(order))
        return result

    def _checked(self, key: str, spec: KeySpec, value: Any) -> Any:
        if not spec.accepts(value):
            raise _invalid(f"{key} does not take this value", spec.allowed, value)
        return value

    def _wrong_count(self, key: str, spec: KeySpec, entries: list[Any], slots: int) -> exc.InvalidConfig:
        if key == "block_sizes":
            expected = (
                f"{slots} values, one for each of {self._block_names()}" if slots else "none: the kernel fixes all"
            )
        else:
            expected = f"at most {slots} values"
        return _invalid(
            f"{key} has {len(entries)} values, but the kernel has {slots} places for them", expected, entries
        )

    def _block_names(self) -> str:
        names = [
            block.name + (f" (extent {block.size_hint})" if block.size_hint is not None else "")
            for block in self.facts.blocks
        ]
        return ", ".join(names)

    def _check_block_sizes(self, sizes: list[int], chunks: list[int | None]) -> None:
        for position, (block, size) in enumerate(zip(self.facts.blocks, sizes, strict=True)):
            if size < block.min:
                raise _invalid(
                    f"entry {position} of block_sizes is too small for {block.name}", f"at least {block.min}", size
                )
        named = dict(self.facts.fixed) | {
            block.name: size for block, size in zip(self.facts.blocks, sizes, strict=True)
        }
        for value in self.facts.rolled(chunks).values:
            elements = 1
            for extent in value.extents:
                elements *= named.get(extent, 1) if isinstance(extent, str) else extent
            if elements > _ELEMENT_LIMIT:
                raise _invalid(
                    "block_sizes make a tile of too many elements", f"at most {_ELEMENT_LIMIT} elements", elements
                )

    def _check_program_ids(self, result: dict[str, Any], given: dict[str, Any]) -> None:
        if str(result["pid_type"]).startswith("persistent"):
            return
        if self.facts.barriers:
            raise exc.BarrierRequiresPersistent(name=f"pid_type={result['pid_type']!r}")
        if self.facts.computed_bounds:
            raise _invalid(
                "the device computes the bounds of the grid, so that the number of programs cannot depend on them",
                "pid_type='persistent_blocked' or 'persistent_interleaved'", result["pid_type"],
            )  # fmt: skip
        for key in ("num_sm_multiplier", "maxnreg"):
            if given.get(key, KEYS[key].default) != KEYS[key].default:
                raise _invalid(
                    f"{key} needs a persistent kernel, but pid_type is {result['pid_type']!r}",
                    "pid_type='persistent_blocked' or 'persistent_interleaved'",
                    given[key],
                )


def _is_required(key: str) -> bool:
    return key in KEYS and KEYS[key].required


def _invalid(message: str, expected: str, found: object) -> exc.InvalidConfig:
    return exc.InvalidConfig(message, expected=expected, found="nothing" if found is None else repr(found))


def _short(name: str) -> str:
    return KEYS[name].alias or name


def _flattened(values: list[Any]) -> list[Any]:
    result: list[Any] = []
    for value in values:
        result.extend(_flattened(cast("list[Any]", value)) if isinstance(value, (list, tuple)) else [value])
    return result
