# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sorting computes what eager PyTorch does: values and positions, both directions, the first few, single elements."""

from __future__ import annotations

import math

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

FLOATS = [torch.float32, torch.bfloat16, torch.float16, torch.float64, torch.float8_e5m2]
INTEGERS = [torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool]


def sorted_rows(v, descending):
    return v.sort(dim=-1, descending=descending, stable=True)


@helion.kernel(config=helion.Config(block_sizes=[4]))
def both(x, descending: hl.constexpr):
    values = torch.empty_like(x)
    indices = torch.empty(x.shape, dtype=torch.int64, device=x.device)
    for i in hl.tile(x.size(0)):
        values[i, :], indices[i, :] = torch.sort(x[i, :], dim=-1, descending=descending, stable=True)
    return values, indices


def _values(shape, dtype):
    """Values that repeat, of both signs."""
    torch.manual_seed(0)
    return (torch.randint(-9, 9, shape) / 2).to(dtype)


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("shape", [(6, 16), (3, 13), (5, 2), (3, 1), (2, 50)])
def test_values_and_indices(shape, descending, device):
    check(both, (_values(shape, torch.float32), descending), sorted_rows, device=device)


def _in_order(x, descending):
    # What PyTorch cannot sort on the CPU is converted.
    wide = x.float() if x.dtype.is_floating_point and x.dtype.itemsize == 1 else x
    values, indices = sorted_rows(wide, descending)
    return values.to(x.dtype), indices


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("dtype", [*FLOATS, *INTEGERS])
def test_dtypes(dtype, descending, device):
    x = _values((6, 11), dtype)
    values, indices = both(x.to(device), descending)
    wanted, places = _in_order(x, descending)
    torch.testing.assert_close(values.cpu().float(), wanted.float())
    torch.testing.assert_close(indices.cpu(), places)


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8, torch.float64])
def test_the_ends_of_the_range(dtype, device):
    low, high = (-math.inf, math.inf) if dtype.is_floating_point else (torch.iinfo(dtype).min, torch.iinfo(dtype).max)
    x = torch.tensor([[high, 1, low, high, 0, low, high], [1, high, high, 0, low, 2, 1]], dtype=dtype)
    for descending in (False, True):
        check(both, (x, descending), sorted_rows, device=device)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
def test_nan_infinities_and_zeros(dtype, device):
    inf, nan = math.inf, math.nan
    x = torch.tensor([[nan, inf, -inf, 0.0, -0.0, 1, -nan], [-0.0, 0.0, nan, 1e-40, -1e-40, -1, inf]], dtype=dtype)
    for descending in (False, True):
        values, indices = both(x.to(device), descending)
        wanted, places = sorted_rows(x, descending)
        torch.testing.assert_close(values.cpu(), wanted, equal_nan=True)
        torch.testing.assert_close(indices.cpu(), places)


ROWS = {
    "values": lambda v: torch.sort(v, 1)[0], "method": lambda v: v.sort(descending=True).values,
    "indices": lambda v: v.sort(dim=-1, stable=True)[1], "argsort": lambda v: torch.argsort(v, dim=-1, stable=True),
    "argsort_descending": lambda v: v.argsort(dim=1, descending=True, stable=True),
    "topk": lambda v: torch.topk(v, 3, dim=1)[0], "topk_five": lambda v: v.topk(5).values,
    "topk_smallest": lambda v: torch.topk(v, 4, largest=False, sorted=True)[0], "topk_one": lambda v: v.topk(1, 1)[0],
    "topk_sum": lambda v: torch.topk(v, 3)[0].sum(1, keepdim=True) + v, "kthvalue": lambda v: v.kthvalue(3, 1, True)[0],
    "kthvalue_plain": lambda v: torch.kthvalue(v, 2)[0][:, None] + v, "median": lambda v: v - v.median(1, True).values,
    "nanmedian": lambda v: torch.nanmedian(v, dim=-1, keepdim=True)[0], "columns": lambda v: v.T.sort(0)[0].T,
    "median_indices": lambda v: v.gather(1, v.median(dim=1, keepdim=True)[1]),
    "topk_gathered": lambda v: torch.gather(v, 1, torch.topk(v, 3, 1).indices),
    "ranks": lambda v: v.argsort(dim=1, stable=True).argsort(1),
}  # fmt: skip


@pytest.mark.parametrize("static_shapes", [True, False])
@pytest.mark.parametrize("columns", [16, 7])
@pytest.mark.parametrize("name", ROWS)
def test_along_whole_rows(name, columns, static_shapes, device):
    function = ROWS[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]), static_shapes=static_shapes)
    def kernel(x, like, columns: hl.constexpr, wanted: hl.constexpr):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i, :wanted] = function(x[i, :columns])
        return out

    x = _values((6, columns), torch.float32)
    like = function(x)
    check(kernel, (x, like, columns, like.size(1)), lambda x, like, n, m: function(x), device=device)


def test_the_largest_and_where_they_stood(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        values = x.new_empty([x.size(0), 6])
        indices = torch.empty([x.size(0), 6], dtype=torch.int64, device=x.device)
        for i in hl.tile(x.size(0)):
            values[i, :], indices[i, :] = torch.topk(x[i, :], 6, dim=-1)
        return values, indices

    torch.manual_seed(0)
    check(kernel, (torch.randn(5, 100),), lambda x: tuple(x.topk(6)), device=device)


@pytest.mark.parametrize("shape", [(6, 11), (5, 16), (9, 3)])
@pytest.mark.parametrize("dim", [0, 1])
def test_along_a_tile_that_is_larger_than_the_rest(shape, dim, device):
    @helion.kernel(config=helion.Config(block_sizes=[16, 16]))
    def kernel(x):
        values = torch.empty_like(x)
        indices = torch.empty(x.shape, dtype=torch.int64, device=x.device)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                values[i, j], indices[i, j] = torch.sort(x[i, j] - 20, dim=dim, stable=True)
        return values, indices

    check(kernel, (_values(shape, torch.float32),), lambda x: tuple((x - 20).sort(dim=dim, stable=True)), device=device)


def test_what_follows_a_sort_of_a_ragged_tile(device):
    @helion.kernel(config=helion.Config(block_sizes=[8, 16]))
    def kernel(x):
        out = x.new_empty([3, x.size(0)])
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                ordered, places = x[i, j].sort(1)
                out[0, i] = ordered.amax(1)
                out[1, i] = ordered.cumsum(1).sum(1)
                out[2, i] = places.sum(1).to(x.dtype)
        return out

    def reference(x):
        ordered, places = x.sort(1)
        return torch.stack([ordered.amax(1), ordered.cumsum(1).sum(1), places.sum(1).to(x.dtype)])

    check(kernel, (_values((6, 11), torch.float32),), reference, device=device, rtol=1e-4, atol=1e-5)


def test_the_middle_dimension_of_three(device):
    @helion.kernel(config=helion.Config(block_sizes=[2]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :, :] = torch.msort(x[i, :, :].permute(1, 0, 2)).permute(1, 0, 2)
        return out

    check(kernel, (_values((3, 5, 2), torch.float32),), lambda x: x.sort(1)[0], device=device)


def test_everything_at_once(device):
    @helion.kernel(config=helion.Config())
    def kernel(x):
        out = x.new_empty([x.size(0), 3])
        for i in hl.grid(x.size(0)):
            out[i, 0] = x[i, :].median()
            out[i, 1] = x[i, :].topk(1)[0].sum()
            out[i, 2] = x[i, :].kthvalue(2)[0]
        return out

    def reference(x):
        return torch.stack([x.median(1)[0], x.amax(1), x.kthvalue(2, 1)[0]], 1)

    check(kernel, (_values((5, 9), torch.float32),), reference, device=device)


def test_median_of_rows_with_nan(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = x.new_empty([2, x.size(0)])
        for i in hl.tile(x.size(0)):
            out[0, i] = x[i, :].median(1)[0]
            out[1, i] = x[i, :].nanmedian(1)[0]
        return out

    nan = math.nan
    x = torch.tensor([[1, nan, 2, 3, 0], [4, 5, 1, 2, 3], [nan, nan, nan, nan, nan], [nan, nan, 2, 1, 0]])
    expected = torch.stack([x.median(1)[0], x.nanmedian(1)[0]])
    torch.testing.assert_close(kernel(x.to(device)).cpu(), expected, equal_nan=True)


def _only(function):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = function(x[i, :])
        return x

    return kernel


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda v: v.topk(9, 1)[0], "torch.topk"), (lambda v: v.topk(0, 1)[0], "torch.topk"),
        (lambda v: v.kthvalue(9)[0][:, None] + v, "torch.kthvalue"), (lambda v: v.sort(2)[0], "2"),
    ],
)  # fmt: skip
def test_mistakes(trace, function, message):
    with pytest.raises(exc.BaseError, match=message) as caught:
        trace(_only(function), torch.randn(8, 8))
    assert caught.value.location is not None


def test_more_elements_than_the_block_has():
    @helion.kernel
    def kernel(x):
        out = x.new_empty([x.size(0), 8])
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i, :] = x[i, j].topk(8)[0]
        return out

    x = torch.randn(4, 16)
    with pytest.raises(exc.InvalidConfig, match="at least 8"):
        kernel.bind((x,)).compile_config(helion.Config(block_sizes=[4, 4]))(x)
