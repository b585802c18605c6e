# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fragments: the sets of values that a search draws one key of a configuration from.

All are immutable. A fragment knows its default, draws random members, names the members next to a given one (what a
local search tries), and counts its members.
"""

from __future__ import annotations

import math
import random as random_module
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from helion import exc


class ConfigSpecFragment(ABC):
    """The values of one key."""

    @abstractmethod
    def default(self) -> Any:
        """The value of a configuration that does not have the key."""

    @abstractmethod
    def random(self, rng: random_module.Random | None = None) -> Any:
        """A member, drawn uniformly by `rng` (by default Python's shared generator)."""

    @abstractmethod
    def neighbours(self, value: Any) -> list[Any]:
        """The members one step from `value`, without it."""

    @abstractmethod
    def cardinality(self) -> int:
        """How many members there are."""

    @abstractmethod
    def accepts(self, value: Any) -> bool:
        """Whether a configuration may hold `value`."""

    @abstractmethod
    def describe(self) -> str:
        """The members in words, for error messages."""

    def pattern_neighbors(self, value: Any) -> list[Any]:
        """The same as :meth:`neighbours`."""
        return self.neighbours(value)


@dataclass(frozen=True)
class PowerOfTwoFragment(ConfigSpecFragment):
    """The powers of two from `low` to `high`, both included; next to one are its half and its double.

    Raises:
        ValueError: when a bound or the default is no power of two, or outside the range.
    """

    low: int
    high: int
    default_val: int | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.default_val)
        for number in (self.low, self.high, self.low if self.default_val is None else self.default_val):
            if number < 1 or number & (number - 1):
                raise ValueError(f"{type(self).__name__} takes powers of two, got {number}")

    def default(self) -> int:
        return self.low if self.default_val is None else self.default_val

    def random(self, rng: random_module.Random | None = None) -> int:
        return 1 << _generator(rng).randint(self.low.bit_length() - 1, self.high.bit_length() - 1)

    def neighbours(self, value: int) -> list[int]:
        return [each for each in (value // 2, value * 2) if self.low <= each <= self.high]

    def cardinality(self) -> int:
        return self.high.bit_length() - self.low.bit_length() + 1

    def accepts(self, value: Any) -> bool:
        return _is_integer(value) and self.low <= value <= self.high and value & (value - 1) == 0

    def describe(self) -> str:
        return f"a power of two from {self.low} to {self.high}"


@dataclass(frozen=True)
class BlockSizeFragment(PowerOfTwoFragment):
    """Extents of a tile."""


@dataclass(frozen=True)
class NumWarpsFragment(PowerOfTwoFragment):
    """Warps of a program."""


@dataclass(frozen=True)
class IntegerFragment(ConfigSpecFragment):
    """The integers from `low` to `high`, both included.

    Raises:
        ValueError: when the range is empty or does not hold the default.
    """

    low: int
    high: int
    default_val: int | None = None

    def __post_init__(self) -> None:
        _check_range(self.low, self.high, self.default_val)

    def default(self) -> int:
        return self.low if self.default_val is None else self.default_val

    def random(self, rng: random_module.Random | None = None) -> int:
        return _generator(rng).randint(self.low, self.high)

    def neighbours(self, value: int) -> list[int]:
        return [each for each in (value - 1, value + 1) if self.low <= each <= self.high]

    def cardinality(self) -> int:
        return self.high - self.low + 1

    def accepts(self, value: Any) -> bool:
        return _is_integer(value) and self.low <= value <= self.high

    def describe(self) -> str:
        return f"an integer from {self.low} to {self.high}"


@dataclass(frozen=True)
class EnumFragment(ConfigSpecFragment):
    """Any of `choices`, the first of which is the default; a search draws from `search_choices` alone.

    Raises:
        ValueError: when there are no choices, or a search choice is none of them.
    """

    choices: tuple[Any, ...]
    search_choices: tuple[Any, ...] | None = None

    def __post_init__(self) -> None:
        # A list is accepted too; frozen fields are set the long way.
        object.__setattr__(self, "choices", tuple(self.choices))
        if self.search_choices is not None:
            object.__setattr__(self, "search_choices", tuple(self.search_choices))
        if not self.choices or not self._searched():
            raise ValueError("EnumFragment needs at least one choice")
        if strangers := [each for each in self._searched() if not self.accepts(each)]:
            raise ValueError(f"the search choices {strangers} are not among the choices {list(self.choices)}")

    def default(self) -> Any:
        return self.choices[0]

    def random(self, rng: random_module.Random | None = None) -> Any:
        return _generator(rng).choice(self._searched())

    def neighbours(self, value: Any) -> list[Any]:
        return [each for each in self._searched() if not _same(each, value)]

    def cardinality(self) -> int:
        return len(self._searched())

    def accepts(self, value: Any) -> bool:
        return any(_same(each, value) for each in self.choices)

    def describe(self) -> str:
        return f"one of {', '.join(map(repr, self.choices))}"

    def _searched(self) -> tuple[Any, ...]:
        return self.choices if self.search_choices is None else self.search_choices


@dataclass(frozen=True)
class BooleanFragment(ConfigSpecFragment):
    """False, which is the default, and True."""

    def default(self) -> bool:
        return False

    def random(self, rng: random_module.Random | None = None) -> bool:
        return _generator(rng).random() < 0.5

    def neighbours(self, value: bool) -> list[bool]:
        return [not value]

    def cardinality(self) -> int:
        return 2

    def accepts(self, value: Any) -> bool:
        return isinstance(value, bool)

    def describe(self) -> str:
        return "one of False, True"


@dataclass(frozen=True)
class PermutationFragment(ConfigSpecFragment):
    """The orders of `length` dimensions, as lists; next to one are those with two entries exchanged."""

    length: int

    def default(self) -> list[int]:
        return list(range(self.length))

    def random(self, rng: random_module.Random | None = None) -> list[int]:
        return _generator(rng).sample(range(self.length), self.length)

    def neighbours(self, value: list[int]) -> list[list[int]]:
        result: list[list[int]] = []
        for first in range(self.length):
            for second in range(first + 1, self.length):
                changed = list(value)
                changed[first], changed[second] = changed[second], changed[first]
                result.append(changed)
        return result

    def cardinality(self) -> int:
        return math.factorial(self.length)

    def accepts(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and all(map(_is_integer, value)) and sorted(value) == self.default()

    def describe(self) -> str:
        return f"a permutation of {self.default()}"


@dataclass(frozen=True)
class ListOf(ConfigSpecFragment):
    """Lists of `length` members of `inner`; next to one are those that differ in one entry by one step."""

    inner: ConfigSpecFragment
    length: int

    def default(self) -> list[Any]:
        return [self.inner.default() for _ in range(self.length)]

    def random(self, rng: random_module.Random | None = None) -> list[Any]:
        return [self.inner.random(rng) for _ in range(self.length)]

    def neighbours(self, value: list[Any]) -> list[list[Any]]:
        return [
            [*value[:position], changed, *value[position + 1 :]]
            for position, entry in enumerate(value)
            for changed in self.inner.neighbours(entry)
        ]

    def cardinality(self) -> int:
        return self.inner.cardinality() ** self.length

    def accepts(self, value: Any) -> bool:
        return isinstance(value, (list, tuple)) and len(value) == self.length and all(map(self.inner.accepts, value))

    def describe(self) -> str:
        return f"a list of {self.length} values, each {self.inner.describe()}"


def check_tunable(name: str, fragment: Any, value: Any) -> None:
    """Refuses a value that the fragment of a tunable does not have.

    Raises:
        InvalidConfig: names the tunable, the value and what is allowed.
    """
    if isinstance(fragment, ConfigSpecFragment) and not fragment.accepts(value):
        raise exc.InvalidConfig(f"{name} does not take this value", expected=fragment.describe(), found=repr(value))


def _generator(rng: random_module.Random | None) -> Any:
    return random_module if rng is None else rng


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _same(one: Any, other: Any) -> bool:
    # 1 == True == 1.0, so the type has to agree as well.
    return type(one) is type(other) and one == other


def _check_range(low: int, high: int, default: int | None) -> None:
    if low > high:
        raise ValueError(f"the range from {low} to {high} is empty")
    if default is not None and not low <= default <= high:
        raise ValueError(f"the default {default} is outside {low} to {high}")
