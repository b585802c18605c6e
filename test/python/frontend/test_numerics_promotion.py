# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operands of different dtypes, numbers and tensors of rank 0 promote as in eager PyTorch; conversions agree too."""

from __future__ import annotations

import pytest
import torch
from numerics import DTYPES, FLOATS, floats, integers, name_of

import helion
import helion.language as hl
from helion.testing import check

EIGHT_BITS = (torch.float8_e4m3fn, torch.float8_e5m2)
FUNCTIONS = {
    "add": torch.add, "mul": torch.mul, "less": torch.lt, "maximum": torch.maximum,
    "where": lambda a, b: torch.where(a == 3, a, b), "divide": lambda a, b: a / (b * b + 1),
}  # fmt: skip


def small(dtype):
    """Values that every dtype can hold: 0 to 15."""
    return (torch.arange(21) * 7 % 16).to(dtype)


@helion.kernel(config=helion.Config(block_sizes=[8]))
def against_each(x, others, outs, function: hl.constexpr):
    for i in hl.tile(x.size(0)):
        for other, out in zip(others, outs):
            out[i] = function(x[i], other[i])
    return outs


@helion.kernel(config=helion.Config(block_sizes=[8]))
def against_scalars(x, others, outs, function: hl.constexpr):
    for i in hl.tile(x.size(0)):
        for other, out in zip(others, outs):
            out[i] = function(x[i], other[()])
    return outs


@helion.kernel(config=helion.Config(block_sizes=[8]))
def against_numbers(x, others, outs, function: hl.constexpr):
    for i in hl.tile(x.size(0)):
        for other, out in zip(others, outs):
            out[i] = function(x[i], other)
    return outs


def known(function, x, others):
    """The `others` that PyTorch takes beside `x`, and what it gives."""
    found = []
    for other in others:
        try:
            found.append((other, function(x, other)))
        except (RuntimeError, TypeError, NotImplementedError):
            continue
    return [list(each) for each in zip(*found)]


@pytest.mark.parametrize("dtype", DTYPES, ids=name_of)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_pair_of_dtypes(name, dtype, device):
    function, x = FUNCTIONS[name], small(dtype)
    others, outs = known(function, x, [small(other).roll(4) for other in DTYPES])
    args = (x, others, outs, function)
    check(against_each, args, lambda x, others, outs, function: outs, device=device, rtol=1.6e-2, atol=1e-2)


@pytest.mark.parametrize("dtype", DTYPES, ids=name_of)
@pytest.mark.parametrize("name", ["add", "mul", "less", "where"])
def test_tensors_of_rank_zero_count_less(name, dtype, device):
    function, x = FUNCTIONS[name], small(dtype)
    others, outs = known(function, x, [torch.tensor(3, dtype=other) for other in DTYPES])
    args = (x, others, outs, function)
    check(against_scalars, args, lambda x, others, outs, function: outs, device=device, rtol=1.6e-2, atol=1e-2)


@pytest.mark.parametrize("dtype", DTYPES, ids=name_of)
@pytest.mark.parametrize("name", ["add", "mul", "less", "where", "divide"])
def test_numbers_count_least(name, dtype, device):
    function, x = FUNCTIONS[name], small(dtype)
    others, outs = known(function, x, [2, 2.5, True, 100])
    args = (x, others, outs, function)
    check(against_numbers, args, lambda x, others, outs, function: outs, device=device, rtol=1.6e-2, atol=1e-2)


@helion.kernel(config=helion.Config(block_sizes=[16]))
def converted(x, outs):
    for i in hl.tile(x.size(0)):
        for out in outs:
            out[i] = x[i].to(out.dtype)
    return outs


@pytest.mark.parametrize("dtype", [*DTYPES, *EIGHT_BITS], ids=name_of)
def test_conversions_of_small_numbers(dtype, device):
    x = small(dtype)
    outs = [x.to(other) for other in (*DTYPES, *EIGHT_BITS)]
    check(converted, (x, outs), lambda x, outs: outs, device=device, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [*FLOATS, *EIGHT_BITS], ids=name_of)
def test_conversions_between_floats_round_to_nearest(dtype, device):
    x = floats(torch.float32).to(dtype)
    if dtype == torch.float8_e5m2 and device == "cuda":
        # Triton 3.6 widens infinities and NaN of this dtype to large numbers of bfloat16.
        x = x[x.float().isfinite()]
    outs = [x.to(other) for other in FLOATS]
    check(converted, (x, outs), lambda x, outs: outs, device=device, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", [each for each in DTYPES if not each.is_floating_point], ids=name_of)
def test_conversions_of_integers_wrap_around(dtype, device):
    x = integers(dtype)
    outs = [x.to(other) for other in DTYPES]
    check(converted, (x, outs), lambda x, outs: outs, device=device, rtol=0, atol=0)
