# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Launches choose the variant that the alignment of their arguments allows."""

from __future__ import annotations

import torch

from helion.runtime.launching import with_alignment_check


def test_each_alignment_is_compiled_once_and_when_met() -> None:
    built: list[frozenset[int]] = []
    calls: list[tuple[frozenset[int], tuple]] = []

    def build(misaligned: frozenset[int]):
        built.append(misaligned)
        return lambda *args: calls.append((misaligned, args))

    launch = with_alignment_check(build, (0, 2))
    storage = torch.zeros(64)
    aligned, shifted = storage[4:], storage[1:]
    assert aligned.data_ptr() % 16 == 0
    launch(aligned, 3, aligned)
    assert built == [frozenset()]
    launch(aligned, 3, shifted)
    launch(aligned, 4, shifted)
    launch(shifted, 3, shifted)
    assert built == [frozenset(), frozenset({2}), frozenset({0, 2})]
    assert [each for each, _ in calls] == [frozenset(), frozenset({2}), frozenset({2}), frozenset({0, 2})]
    assert calls[2][1][1] == 4


def test_numbers_that_are_no_multiples_take_a_variant() -> None:
    built: list[frozenset[int]] = []

    def build(misaligned: frozenset[int]):
        built.append(misaligned)
        return lambda *args: None

    launch = with_alignment_check(build, (0,), (1, 2))
    assert not built
    x = torch.zeros(64)
    launch(x, 48, 20)
    launch(x, 16, 24)
    assert built == [frozenset({2})]
    launch(x, 48, 32)
    launch(x, 32, 0)
    launch(x, 7, 32)
    assert built == [frozenset({2}), frozenset(), frozenset({1})]
