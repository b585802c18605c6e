# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Integers of every width, and truth values: wraparound, division by signs, shifts, unsigned comparisons, powers."""

from __future__ import annotations

import pytest
import torch
from numerics import INTEGERS, SIGNED, UNSIGNED, integers, name_of, tolerance

import helion
import helion.language as hl
from helion.testing import check

UNARY = {
    "abs": torch.abs, "neg": torch.neg, "bitwise_not": torch.bitwise_not, "logical_not": torch.logical_not,
    "sign": torch.sign, "sgn": torch.sgn, "signbit": torch.signbit, "square": torch.square, "relu": torch.relu,
    "floor": torch.floor, "ceil": torch.ceil, "trunc": torch.trunc, "round": torch.round, "isnan": torch.isnan,
    "isinf": torch.isinf, "isfinite": torch.isfinite, "positive": torch.positive, "sqrt": lambda x: torch.sqrt(x % 50),
    "sigmoid": lambda x: torch.sigmoid(x % 5), "reciprocal": lambda x: torch.reciprocal(x % 9 + 1),
    "nan_to_num": torch.nan_to_num, "angle": torch.angle, "deg2rad": lambda x: torch.deg2rad(x % 90),
    "add_number": lambda x: x + 100, "sub_number": lambda x: x - 3, "rsub_number": lambda x: 1 - x,
    "mul_number": lambda x: x * -5, "mul_float": lambda x: (x % 100) * 0.5, "div_number": lambda x: (x % 100) / 3,
    "floor_divide_number": lambda x: x // 3, "floor_divide_negative": lambda x: x // -3,
    "remainder_number": lambda x: x % 5, "remainder_negative": lambda x: x % -5, "fmod_number": lambda x: x.fmod(5),
    "trunc_number": lambda x: torch.div(x, -3, rounding_mode="trunc"), "pow_2": lambda x: x**2,
    "pow_3": lambda x: x**3, "pow_0": lambda x: x**0, "pow_11": lambda x: x**11, "rpow": lambda x: 3 ** (x % 7),
    "left_shift": lambda x: x << 2, "right_shift": lambda x: x >> 3, "and_number": lambda x: x & 12,
    "or_number": lambda x: x | 5, "xor_number": lambda x: x ^ 3, "clamp": lambda x: x.clamp(2, 90),
    "clamp_min": lambda x: x.clamp(min=3), "lt_number": lambda x: x < 7, "ge_number": lambda x: x >= 100,
    "ne_number": lambda x: x != 1, "gt_float": lambda x: x > 2.5, "masked_fill": lambda x: x.masked_fill(x > 3, 1),
    "where_number": lambda x: torch.where(x > 3, x, 7), "to_bool": lambda x: x.bool(),
}  # fmt: skip
BINARY = {
    "add": torch.add, "add_alpha": lambda a, b: torch.add(a, b, alpha=3), "sub": torch.sub, "mul": torch.mul,
    "div": lambda a, b: (a % 64) / b, "floor_divide": torch.floor_divide, "remainder": torch.remainder,
    "fmod": torch.fmod, "div_trunc": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt, "ge": torch.ge,
    "maximum": torch.maximum, "minimum": torch.minimum, "fmax": torch.fmax, "fmin": torch.fmin,
    "bitwise_and": torch.bitwise_and, "bitwise_or": torch.bitwise_or, "bitwise_xor": torch.bitwise_xor,
    "left_shift": lambda a, b: a << (b & 7), "right_shift": lambda a, b: a >> (b & 7),
    "logical_and": torch.logical_and, "logical_or": torch.logical_or, "logical_xor": torch.logical_xor,
    "pow": torch.pow, "pow_small": lambda a, b: a ** (b & 3), "where": lambda a, b: torch.where(a < b, a, b),
    "clamp": lambda a, b: torch.clamp(a, b, b + 3), "atan2": lambda a, b: torch.atan2(a % 9, b),
    "copysign": lambda a, b: torch.copysign(a % 99, b), "heaviside": torch.heaviside,
    "addcmul": lambda a, b: torch.addcmul(a, a, b),
    "isclose": torch.isclose, "xlogy": lambda a, b: torch.xlogy(a % 9, b % 9 + 1),
    "bool_and_number": lambda a, b: (a > b) + a, "select_number": lambda a, b: torch.where(a > b, 1, 0),
}  # fmt: skip
DIVISORS = (3, 7, -3, 5, -7, 2, 100, 9, -100, 11, 3, 3, 3, 5)


def divisors(dtype):
    """What nothing overflows by: no 0, no -1, of all signs that there are."""
    made = torch.tensor(DIVISORS).repeat(3)[:37]
    return (made if dtype in SIGNED else made.abs()).to(dtype)


def known(function, *args):
    """What PyTorch gives, None where it knows the function for these dtypes as little as we have to."""
    try:
        return function(*args)
    except (RuntimeError, TypeError, NotImplementedError):
        return None


@helion.kernel(config=helion.Config(block_sizes=[16]))
def of_one(x, like, function: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i] = function(x[i])
    return out


@helion.kernel(config=helion.Config(block_sizes=[32]))
def of_two(x, y, like, function: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i] = function(x[i], y[i])
    return out


ONE = [(n, d) for n in UNARY for d in (*INTEGERS, torch.bool) if known(UNARY[n], integers(d)) is not None]
TWO = [
    (n, d) for n in BINARY for d in (*INTEGERS, torch.bool) if known(BINARY[n], integers(d), divisors(d)) is not None
]


@pytest.mark.parametrize(("name", "dtype"), ONE, ids=name_of)
def test_of_one_integer(name, dtype, device):
    function, x = UNARY[name], integers(dtype)
    like = function(x)
    check(of_one, (x, like, function), lambda x, like, function: like, device=device, **tolerance(like.dtype))


@pytest.mark.parametrize(("name", "dtype"), TWO, ids=name_of)
def test_of_two_integers(name, dtype, device):
    function, x, y = BINARY[name], integers(dtype), divisors(dtype)
    like = function(x, y)
    check(of_two, (x, y, like, function), lambda x, y, like, function: like, device=device, **tolerance(like.dtype))


@pytest.mark.parametrize("dtype", UNSIGNED, ids=name_of)
def test_unsigned_values_are_compared_without_their_sign(dtype, device):
    def function(a, b):
        return (a < b).int() + 2 * (a >= b).int() + 4 * (torch.maximum(a, b) == a).int()

    x = torch.tensor([0, 1, -1, -2, 5, 127, 128, 2**15, 2**31, -(2**31)] * 3).to(dtype)
    y = x.roll(3)
    expected = [(a < b) + 2 * (a >= b) + 4 * (max(a, b) == a) for a, b in zip(x.tolist(), y.tolist())]
    like = torch.tensor(expected, dtype=torch.int32)
    check(of_two, (x, y, like, function), lambda x, y, like, function: like, device=device)
