# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions compute what eager PyTorch does: all kinds, several dimensions, ragged tiles, combine functions."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

ROWS = {
    "any": lambda v: (v > 1.5).any(-1), "all": lambda v: (v > -1.5).all(-1), "prod": lambda v: v.prod(-1),
    "prod_keepdim": lambda v: v.prod(-1, keepdim=True).sum(1), "amax": lambda v: v.amax(-1),
    "amin": lambda v: torch.amin(v, 1), "var": lambda v: v.var(-1), "var_population": lambda v: v.var(1, correction=0),
    "std": lambda v: torch.std(v, -1), "var_mean": lambda v: sum(torch.var_mean(v, -1)),
    "std_mean": lambda v: sum(torch.std_mean(v, 1, keepdim=True))[:, None].sum([1, 2]),
    "logsumexp": lambda v: torch.logsumexp(v, -1), "log_softmax": lambda v: F.log_softmax(v, -1).amin(-1),
    "argmax": lambda v: v.argmax(-1), "argmin": lambda v: v.argmin(-1, keepdim=True).sum(1),
    "max": lambda v: torch.max(v, -1)[0] + v.max(1).indices, "min": lambda v: sum(v.min(dim=-1)),
    "aminmax": lambda v: sum(torch.aminmax(v, dim=-1)), "nansum": lambda v: torch.nansum(v, -1),
    "vector_norm": lambda v: torch.linalg.vector_norm(v, dim=-1), "count_nonzero": lambda v: (v > 0).sum(-1),
    "all_values": lambda v: v.sum() * 0 + v.sum(1), "one_norm": lambda v: v.norm(p=1, dim=-1),
}  # fmt: skip


@pytest.mark.covers("shape: extents that are no power of two")
@pytest.mark.parametrize("shape", [(6, 12), (3, 33), (5, 2)])
@pytest.mark.parametrize("name", ROWS)
def test_over_whole_rows(name, shape, device):
    function = ROWS[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i] = function(x[i, :])
        return out

    torch.manual_seed(0)
    x = torch.randn(shape)
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device, rtol=1e-4, atol=1e-5)


RAGGED = ["any", "all", "prod", "amax", "amin", "logsumexp", "log_softmax", "argmax", "argmin", "max", "min"]


@pytest.mark.parametrize("name", RAGGED)
def test_over_a_tile_that_is_larger_than_the_row(name, device):
    function = ROWS[name]

    @helion.kernel(config=helion.Config(block_sizes=[4, 16]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i] = function(x[i, j] + 1)
        return out

    torch.manual_seed(0)
    x = torch.randn(6, 11)
    check(kernel, (x, function(x + 1)), lambda x, like: function(x + 1), device=device, rtol=1e-4, atol=1e-5)


SEVERAL = {
    "sum": lambda v: v.sum([1, 2]), "sum_keepdim": lambda v: (v - v.sum((-2, -1), keepdim=True)).sum([2, 1]),
    "mean": lambda v: v.mean([1, 2]), "amax": lambda v: v.amax((1, 2)), "var": lambda v: v.var([1, 2]),
    "std": lambda v: v.std((1, 2)), "logsumexp": lambda v: torch.logsumexp(v, [1, 2]),
    "var_mean": lambda v: torch.var_mean(v, (1, 2))[0], "any": lambda v: torch.any(v > 2, dim=(1, 2)),
    "all": lambda v: torch.all(v > -2, dim=(1, 2)), "first_and_last": lambda v: v.transpose(0, 1).amin((0, 2)),
}  # fmt: skip


@pytest.mark.parametrize("name", SEVERAL)
def test_over_several_dimensions(name, device):
    function = SEVERAL[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i] = function(x[i, :, :])
        return out

    torch.manual_seed(0)
    x = torch.randn(6, 3, 5)
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64, torch.int32, torch.int8, torch.uint8])
@pytest.mark.parametrize("name", ["sum", "amax", "argmin", "prod"])
def test_dtypes(name, dtype, device):
    def function(v):
        return getattr(v, name)(-1)

    @helion.kernel(config=helion.Config(block_sizes=[2, 16]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i] = function(x[i, j])
        return out

    x = torch.tensor([[3, 1, 2, 1, 4, 1, 3], [2, 2, 1, 1, 1, 1, 1], [9, 2, 1, 2, 5, 0, -1]]).to(dtype)
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device)


# ---- combine functions


def add(a, b):
    return a + b


def larger(left, right):
    (a, i), (b, j) = left, right
    take = (a > b) | ((a == b) & (i < j))
    return torch.where(take, a, b), torch.where(take, i, j)


def larger_flat(a, i, b, j):
    return larger((a, i), (b, j))


def log_add(a, b):
    top = max(a, b)
    return top + torch.log(torch.exp(a - top) + torch.exp(b - top))


@pytest.mark.parametrize("size", [16, 11, 1])
def test_a_combine_function_of_one_value(size, device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 16]))
    def kernel(x):
        out = x.new_empty([3, x.size(0)])
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[0, i] = hl.reduce(add, x[i, j], dim=1)
                out[1, i] = hl.reduce(lambda a, b: torch.where(a < b, a, b), x[i, j], -1, other=math.inf)
                out[2, i] = hl.reduce(log_add, x[i, j], dim=1, other=-1e30)
        return out

    def reference(x):
        return torch.stack([x.sum(1), x.amin(1), torch.logsumexp(x, 1)])

    torch.manual_seed(0)
    check(kernel, (torch.randn(6, size),), reference, device=device, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("function", [larger, larger_flat])
def test_a_combine_function_of_several_values(function, device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 16]))
    def kernel(x):
        values = x.new_empty([x.size(0)])
        places = torch.empty([x.size(0)], dtype=torch.int32, device=x.device)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                value = x[i, j]
                position = j.index[None, :].expand_as(value).to(torch.int32)
                values[i], places[i] = hl.reduce(function, (value, position), 1, other=(-math.inf, 0))
        return values, places

    torch.manual_seed(0)
    x = torch.randn(6, 13)
    check(kernel, (x,), lambda x: (x.amax(1), x.argmax(1).int()), device=device)


def test_a_combine_function_over_all_dimensions_and_with_keep_dims(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = torch.empty_like(x)
        total = x.new_zeros([x.size(0)])
        for i in hl.tile(x.size(0)):
            out[i, :] = x[i, :] - hl.reduce(torch.maximum, x[i, :], 1, other=-math.inf, keep_dims=True)
            total[i] = hl.reduce(add, x[i, :])
        return out, total

    def reference(x):
        sums = torch.stack([part.sum() for part in x.split(4)]).repeat_interleave(4)[: x.size(0)]
        return x - x.amax(1, keepdim=True), sums

    check(kernel, (torch.randn(7, 10),), reference, device=device, rtol=1e-4, atol=1e-5)


def _refused(combine, other=0):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = hl.reduce(combine, x[i, j], 1, other=other, keep_dims=True)  # here
        return x

    return kernel


@pytest.mark.parametrize(
    ("combine", "other", "message"),
    [
        (lambda a, b: (a, b), 0, "wrong number of values"), (add, (0, 0), "wrong number of neutral"),
        (add, "0", "known at compile time"),
    ],
)  # fmt: skip
def test_a_wrong_combine_function_is_refused(trace, combine, other, message):
    with pytest.raises(exc.InvalidAPIUsage, match=message) as caught:
        trace(_refused(combine, other), torch.randn(8, 8))
    assert caught.value.location is not None


def test_a_dimension_that_does_not_exist(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = hl.reduce(add, x[i, j], 2)
        return x

    with pytest.raises(exc.ReductionDimInvalidForShape):
        trace(kernel, torch.randn(8, 8))
