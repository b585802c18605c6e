# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Fragments: members, neighbours, counts; tunables of a kernel's own through frontend and runtime."""

from __future__ import annotations

import itertools
import random

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.autotuner import (
    BlockSizeFragment,
    BooleanFragment,
    ConfigSpecFragment,
    EnumFragment,
    IntegerFragment,
    ListOf,
    NumWarpsFragment,
    PermutationFragment,
    PowerOfTwoFragment,
)

# Each with its default and all of its members.
FRAGMENTS: list[tuple[ConfigSpecFragment, object, list[object]]] = [
    (PowerOfTwoFragment(4, 32), 4, [4, 8, 16, 32]),
    (PowerOfTwoFragment(1, 8, 2), 2, [1, 2, 4, 8]),
    (BlockSizeFragment(16, 64, 64), 64, [16, 32, 64]),
    (NumWarpsFragment(1, 8, 4), 4, [1, 2, 4, 8]),
    (IntegerFragment(-1, 2, 1), 1, [-1, 0, 1, 2]),
    (EnumFragment(choices=(152, 192)), 152, [152, 192]),
    (EnumFragment([0, 1, 2], search_choices=[0, 2]), 0, [0, 2]),
    (BooleanFragment(), False, [False, True]),
    (PermutationFragment(3), [0, 1, 2], [list(each) for each in itertools.permutations(range(3))]),
    (ListOf(BooleanFragment(), 2), [False, False], [[a, b] for a in (False, True) for b in (False, True)]),
]


@pytest.mark.parametrize("fragment, default, members", FRAGMENTS, ids=[repr(each[0]) for each in FRAGMENTS])
def test_members(fragment: ConfigSpecFragment, default: object, members: list[object]) -> None:
    assert fragment.default() == default
    assert fragment.cardinality() == len(members)
    assert all(map(fragment.accepts, members))
    rng = random.Random(0)
    drawn = [fragment.random(rng) for _ in range(60 * len(members))]
    assert all(each in drawn for each in members) and all(each in members for each in drawn)
    assert type(fragment.random()) is type(members[0])


@pytest.mark.parametrize("fragment, default, members", FRAGMENTS, ids=[repr(each[0]) for each in FRAGMENTS])
def test_neighbours_lead_everywhere(fragment: ConfigSpecFragment, default: object, members: list[object]) -> None:
    reached, front = [default], [default]
    while front:
        near = fragment.neighbours(front.pop())
        assert all(each in members for each in near)
        front += (fresh := [each for each in near if each not in reached])
        reached += fresh
    assert len(reached) == len(members)
    assert default not in fragment.neighbours(default)


def test_neighbours_are_one_step_away() -> None:
    assert PowerOfTwoFragment(4, 32).neighbours(8) == [4, 16]
    assert IntegerFragment(0, 4).neighbours(0) == [1]
    assert PermutationFragment(2).neighbours([0, 1]) == [[1, 0]]
    assert ListOf(PowerOfTwoFragment(1, 4), 2).neighbours([1, 4]) == [[2, 4], [1, 2]]


@pytest.mark.parametrize(
    "fragment, stranger",
    [(PowerOfTwoFragment(4, 32), 12), (PowerOfTwoFragment(4, 32), 2), (IntegerFragment(0, 4), True),
     (EnumFragment((1, 2)), True), (BooleanFragment(), 1), (PermutationFragment(2), [0, 0]),
     (ListOf(BooleanFragment(), 2), [True])],
)  # fmt: skip
def test_strangers(fragment: ConfigSpecFragment, stranger: object) -> None:
    assert not fragment.accepts(stranger)


@pytest.mark.parametrize(
    "make",
    [lambda: PowerOfTwoFragment(3, 8), lambda: PowerOfTwoFragment(8, 4), lambda: PowerOfTwoFragment(1, 8, 16),
     lambda: IntegerFragment(2, 1), lambda: EnumFragment(()), lambda: EnumFragment((1,), (2,))],
)  # fmt: skip
def test_impossible_fragments(make: object) -> None:
    with pytest.raises(ValueError):
        make()  # type: ignore[operator]


def scaled(x: torch.Tensor) -> torch.Tensor:
    factor = hl.register_tunable("factor", IntegerFragment(1, 4, 2))
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile] = x[tile] * factor
    return out


def test_the_device_sees_the_configured_value() -> None:
    x = torch.randn(40)
    for factor in (None, 1, 3, 2):
        own = {} if factor is None else {"factor": factor}
        kernel = helion.kernel(scaled, config=helion.Config(block_sizes=[16], **own))
        torch.testing.assert_close(kernel(x), x * (factor or 2))


def test_one_bound_kernel_serves_several_values() -> None:
    x = torch.randn(40)
    bound = helion.kernel(scaled, autotune_effort="none").bind((x,))
    for factor in (4, 1, 4):
        torch.testing.assert_close(bound.compile_config(helion.Config(block_sizes=[8], factor=factor))(x), x * factor)


def test_values_outside_the_fragment_are_refused() -> None:
    kernel = helion.kernel(scaled, config=helion.Config(block_sizes=[16], factor=5))
    with pytest.raises(exc.InvalidConfig, match="factor") as caught:
        kernel(torch.randn(40))
    assert "an integer from 1 to 4" in str(caught.value) and "5" in str(caught.value)


def test_names_and_types_of_tunables() -> None:
    def taken(x: torch.Tensor) -> torch.Tensor:
        hl.register_tunable("num_warps", IntegerFragment(1, 4))
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile]
        return out

    def of_lists(x: torch.Tensor) -> torch.Tensor:
        hl.register_tunable("order", PermutationFragment(2))
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile]
        return out

    with pytest.raises(exc.TunableNameConflict):
        helion.kernel(taken, autotune_effort="none")(torch.randn(4))
    with pytest.raises(exc.TunableTypeNotSupported, match="list"):
        helion.kernel(of_lists, autotune_effort="none")(torch.randn(4))
