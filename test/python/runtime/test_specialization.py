# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The specialization key: equal exactly where one compiled kernel serves both calls."""

from __future__ import annotations

import dataclasses
import enum
import functools
import timeit
from collections import namedtuple

import pytest
import torch

from helion import exc
from helion.language import constexpr
from helion.runtime.specialization import KeyExtractor, first_device

STATIC = KeyExtractor(True, (False,))
DYNAMIC = KeyExtractor(False, (False,))


def same(extract: KeyExtractor, left: object, right: object) -> bool:
    keys = extract((left,)), extract((right,))
    assert hash(keys[0]) is not None
    return keys[0] == keys[1]


def test_static_key_tells_sizes_strides_and_dtypes_apart() -> None:
    x = torch.empty(4, 6)
    assert same(STATIC, x, torch.empty(4, 6))
    assert not same(STATIC, x, torch.empty(4, 8))
    assert not same(STATIC, x, torch.empty(6, 4).t())
    assert not same(STATIC, x, x.double())
    assert not same(STATIC, x, torch.empty(4, 6, device="meta"))


def test_dynamic_key_holds_rank_dtype_and_layout_only() -> None:
    x = torch.empty(4, 6)
    assert same(DYNAMIC, x, torch.empty(40, 7))
    assert same(DYNAMIC, x, torch.empty(3, 5))
    assert not same(DYNAMIC, x, torch.empty(4))
    assert not same(DYNAMIC, x, x.half())
    assert not same(DYNAMIC, x, torch.empty(6, 4).t())
    assert not same(DYNAMIC, torch.empty(8, 6)[::2], x)


def test_dynamic_key_knows_when_offsets_need_64_bits() -> None:
    small, large = torch.empty(4, 6, device="meta"), torch.empty(2**16, 2**16, device="meta")
    assert not same(DYNAMIC, small, large)
    spread = torch.empty_strided((2, 2), (2**31, 1), device="meta")
    assert not same(DYNAMIC, torch.empty_strided((2, 2), (2**20, 1), device="meta"), spread)


@pytest.mark.parametrize("left, right", [(1, 2), (1.5, 2.5), (True, False)])
def test_numbers_enter_by_type(left: object, right: object) -> None:
    assert same(STATIC, left, right)
    assert not same(STATIC, 1, 1.0)
    assert not same(STATIC, 1, True)


def test_strings_dtypes_devices_and_none_enter_by_value() -> None:
    for left, right in (
        ("a", "b"),
        (torch.float32, torch.float16),
        (None, "a"),
        (torch.device("cpu"), torch.device("meta")),
    ):
        assert same(STATIC, left, left)
        assert not same(STATIC, left, right)


def test_containers_enter_by_structure() -> None:
    x = torch.empty(3)
    pair = namedtuple("pair", ["a", "b"])

    @dataclasses.dataclass
    class Box:
        tensor: torch.Tensor
        scale: float

    assert same(STATIC, [x, 1], [torch.empty(3), 2])
    assert not same(STATIC, [x, 1], [x, 1, 1])
    assert not same(STATIC, [x], (x,))
    assert not same(STATIC, pair(x, 1), (x, 1))
    assert same(STATIC, {"w": x}, {"w": torch.empty(3)})
    assert not same(STATIC, {"w": x}, {"v": x})
    assert same(STATIC, Box(x, 1.0), Box(torch.empty(3), 2.0))
    assert not same(STATIC, Box(x, 1.0), Box(torch.empty(4), 1.0))


def test_functions_enter_by_code_and_captured_values() -> None:
    def scaled(name: str):
        return lambda value: (value, name)

    assert same(STATIC, scaled("a"), scaled("a"))
    assert not same(STATIC, scaled("a"), scaled("b"))
    assert not same(STATIC, torch.relu, torch.sigmoid)
    assert same(STATIC, functools.partial(torch.add, alpha=1), functools.partial(torch.add, alpha=2))
    assert not same(STATIC, functools.partial(torch.add), functools.partial(torch.mul))


def test_enumerations_and_constexpr_enter_by_value() -> None:
    mode = enum.Enum("mode", "A B")
    assert not same(STATIC, mode.A, mode.B)
    assert same(STATIC, constexpr(3), constexpr(3))
    assert not same(STATIC, constexpr(3), constexpr(4))
    annotated = KeyExtractor(True, (True,))
    assert not same(annotated, 3, 4)
    assert not same(annotated, 1, True)


def test_users_key_is_part_of_the_key() -> None:
    bucketed = KeyExtractor(False, (False,), lambda x: x.size(0) > 10)
    assert same(bucketed, torch.empty(3), torch.empty(4))
    assert not same(bucketed, torch.empty(3), torch.empty(30))


def test_unknown_types_are_refused_by_name() -> None:
    with pytest.raises(exc.UnsupportedPythonType, match="object"):
        STATIC((object(),))


def test_first_device_looks_into_containers() -> None:
    assert first_device((1, [{"x": torch.empty(1, device="meta")}])) == torch.device("meta")
    assert first_device((1, "cuda")) is None


def test_key_of_four_tensors_costs_microseconds() -> None:
    extract = KeyExtractor(True, (False,) * 4)
    tensors = tuple(torch.empty(2, 32, 64, 64) for _ in range(4))
    best = min(timeit.repeat(lambda: extract(tensors), number=1000, repeat=5)) / 1000
    assert best < 30e-6
