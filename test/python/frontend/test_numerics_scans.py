# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Scans compute what eager PyTorch does: running sums and extrema, both directions, ragged tiles, combine functions."""

from __future__ import annotations

import functools

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check


def reversed_along(function, dim):
    return lambda v: function(v.flip(dim)).flip(dim)


ROWS = {
    "cumsum": lambda v: torch.cumsum(v, 1), "cumsum_method": lambda v: v.cumsum(-1), "cumprod": lambda v: v.cumprod(1),
    "logcumsumexp": lambda v: torch.logcumsumexp(v, -1), "cummax": lambda v: torch.cummax(v, 1)[0],
    "cummin": lambda v: v.cummin(-1).values, "cummax_indices": lambda v: v.cummax(1).indices,
    "cummin_indices": lambda v: torch.cummin(v.round(), dim=1)[1],
    "cummax_both": lambda v: v.round().cummax(1)[1] + v.round().cummax(1)[0],
    "cumsum_dtype": lambda v: v.cumsum(1, dtype=torch.float64), "cumsum_of_bools": lambda v: (v > 0).cumsum(1),
    "cumsum_of_rows": lambda v: v.sum(1).cumsum(0)[:, None] * 0 + v, "exclusive": lambda v: v.cumsum(1) - v,
}  # fmt: skip


@pytest.mark.parametrize("static_shapes", [True, False])
@pytest.mark.parametrize("shape", [(6, 16), (3, 33), (5, 1)])
@pytest.mark.parametrize("name", ROWS)
def test_along_whole_rows(name, shape, static_shapes, device):
    function = ROWS[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]), static_shapes=static_shapes)
    def kernel(x, like, columns: hl.constexpr):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i, :columns] = function(x[i, :columns])
        return out

    torch.manual_seed(0)
    x = torch.randn(shape) * 2
    check(kernel, (x, function(x), shape[1]), lambda x, like, n: function(x), device=device, rtol=1e-4, atol=1e-5)


def last(v):
    return hl.associative_scan(lambda a, b: a, v, dim=1, reverse=True)


def maximum_from_the_end(v):
    return hl.associative_scan(torch.maximum, v - 9, 1, reverse=True)


def sum_of_scanned(v):
    return hl.associative_scan(lambda a, b: a + b + 1, v, 1, reverse=True).sum(1, keepdim=True) + v


def _sum_of_scanned(v):
    return reversed_along(lambda u: (u + 1).cumsum(1) - 1, 1)(v).sum(1, keepdim=True) + v


BOTH = {
    "sum": (functools.partial(hl.cumsum, dim=1), lambda v: v.cumsum(1)),
    "sum_reversed": (functools.partial(hl.cumsum, dim=-1, reverse=True), reversed_along(lambda v: v.cumsum(1), 1)),
    "prod": (functools.partial(hl.cumprod, dim=1), lambda v: v.cumprod(1)),
    "prod_reversed": (functools.partial(hl.cumprod, dim=1, reverse=True), reversed_along(lambda v: v.cumprod(1), 1)),
    "columns": (functools.partial(hl.cumsum, dim=0), lambda v: v.cumsum(0)),
    "columns_reversed": (functools.partial(hl.cumsum, dim=-2, reverse=True), reversed_along(lambda v: v.cumsum(0), 0)),
    "max": (functools.partial(hl.associative_scan, torch.maximum, dim=1), lambda v: v.cummax(1)[0]),
    "max_reversed": (maximum_from_the_end, reversed_along(lambda v: (v - 9).cummax(1)[0], 1)),
    "last": (last, lambda v: v[:, -1:].expand_as(v)),
    "sum_of_scanned": (sum_of_scanned, _sum_of_scanned),
}


@pytest.mark.parametrize("shape", [(8, 16), (5, 11), (7, 1)])
@pytest.mark.parametrize("name", BOTH)
def test_along_a_tile_that_is_larger_than_the_rest(name, shape, device):
    function, reference = BOTH[name]

    @helion.kernel(config=helion.Config(block_sizes=[8, 16]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i, j] = function(x[i, j])
        return out

    torch.manual_seed(0)
    x = torch.randn(shape)
    check(kernel, (x,), reference, device=device, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("static_shapes", [True, False])
def test_a_loop_carries_the_last_element(static_shapes, device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]), static_shapes=static_shapes)
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            before = hl.zeros([i])
            for j in hl.tile(x.size(1)):
                value = x[i, j]
                out[i, j] = value.cumsum(1) + before[:, None]
                before = before + value.sum(1)
        return out

    check(kernel, (torch.randn(6, 27),), lambda x: x.cumsum(1), device=device, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("dim", [0, 1, 2, -1])
@pytest.mark.parametrize("reverse", [False, True])
def test_any_dimension_of_three(dim, reverse, device):
    @helion.kernel(config=helion.Config(block_sizes=[2]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(3)):
            out[:, :, :, i] = hl.cumsum(x[:, :, :, i], dim, reverse)
        return out

    def reference(x):
        return reversed_along(lambda v: v.cumsum(dim), dim)(x) if reverse else x.cumsum(dim)

    if dim == -1:
        dim = 2  # the last one is a tile
    check(kernel, (torch.randn(3, 1, 5, 3),), reference, device=device, rtol=1e-4, atol=1e-5)


def test_a_vector_and_a_single_element(device):
    @helion.kernel(config=helion.Config(block_sizes=[1]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :] = x[i, :] + x[i, :].sum(1).cumsum(0)[:, None] + x[i, :].sum().cumsum(0)
        return out

    check(kernel, (torch.randn(3, 10),), lambda x: x + 2 * x.sum(1, keepdim=True), device=device, rtol=1e-4, atol=1e-5)


DTYPES = [torch.bfloat16, torch.float16, torch.float64, torch.int64, torch.int32, torch.int8, torch.uint8, torch.bool]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ["cumsum", "cumprod", "cummax_indices", "cummin"])
def test_dtypes(name, dtype, device):
    def function(v):
        return ROWS[name](v)

    @helion.kernel(config=helion.Config(block_sizes=[2, 8]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i, j] = function(x[i, j])
        return out

    x = torch.tensor([[3, 1, 2, 1, 4, 1, 3], [2, 2, 1, 1, 1, 1, 1], [-1, 2, 1, 2, 5, 0, -1]]).to(dtype)
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device)


@pytest.mark.parametrize("dtype", [torch.int32, torch.float16, torch.bool])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_combine_function_keeps_the_dtype(dtype, reverse, device):
    @helion.kernel(config=helion.Config(block_sizes=[2, 8]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i, j] = hl.associative_scan(
                    lambda a, b: a | b if dtype == torch.bool else a + b, x[i, j], 1, reverse
                )
        return out

    def reference(x):
        scanned = x.flip(1).cumsum(1).flip(1) if reverse else x.cumsum(1)
        return scanned.to(dtype)

    x = torch.tensor([[3, 1, 2, 1, 4], [0, 0, 1, 0, 1], [-1, 2, 1, 2, 0]]).to(dtype)
    check(kernel, (x,), reference, device=device)


def test_infinities_and_nan(device):
    inf, nan = float("inf"), float("nan")
    x = torch.tensor(
        [[1, inf, 3, nan, 2, nan], [-inf, -inf, 0, 1, 1, 0], [nan, nan, 1, 2, 3, 4], [0, -0.0, 0, -0.0, 0, 0]],
    )

    @helion.kernel(config=helion.Config(block_sizes=[2]))
    def kernel(x):
        out = x.new_empty([6, x.size(0), 6])
        for i in hl.tile(x.size(0)):
            v = x[i, :6]
            out[0, i, :] = v.cummax(1)[0]
            out[1, i, :] = v.cummax(1)[1]
            out[2, i, :] = v.cummin(1)[0]
            out[3, i, :] = v.cummin(1)[1]
            out[4, i, :] = torch.logcumsumexp(v, 1)
            out[5, i, :] = v.cumsum(1)
        return out

    def reference(x):
        pairs = [*x.cummax(1), *x.cummin(1), torch.logcumsumexp(x, 1), x.cumsum(1)]
        return torch.stack([each.float() for each in pairs])

    torch.testing.assert_close(kernel(x.to(device)).cpu(), reference(x), equal_nan=True)


# ---- several values


def segmented(left, right):
    """Sums that start anew where a flag is set."""
    (a, started), (b, starts) = left, right
    return torch.where(starts != 0, b, a + b), started | starts


def segmented_flat(a, started, b, starts):
    return segmented((a, started), (b, starts))


@pytest.mark.parametrize("function", [segmented, segmented_flat])
@pytest.mark.parametrize("size", [16, 13])
@pytest.mark.parametrize("reverse", [False, True])
def test_a_combine_function_of_several_values(function, size, reverse, device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 16]))
    def kernel(x, flags):
        out = torch.empty_like(x)
        seen = torch.empty_like(flags)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                out[i, j], seen[i, j] = hl.associative_scan(function, (x[i, j], flags[i, j]), dim=1, reverse=reverse)
        return out, seen

    def reference(x, flags):
        order = list(range(size))[:: -1 if reverse else 1]
        sums, seen = torch.empty_like(x), torch.empty_like(flags)
        total, any_flag = torch.zeros_like(x[:, 0]), torch.zeros_like(flags[:, 0])
        for at in order:
            total = torch.where(flags[:, at] != 0, x[:, at], total + x[:, at])
            any_flag = any_flag | flags[:, at]
            sums[:, at], seen[:, at] = total, any_flag
        return sums, seen

    torch.manual_seed(0)
    x = torch.randn(6, size)
    flags = (torch.rand(6, size) > 0.7).to(torch.int32)
    check(kernel, (x, flags), reference, device=device, rtol=1e-4, atol=1e-5)


def test_a_linear_recurrence(device):
    """h[t] = a[t] * h[t - 1] + b[t]."""

    def step(a, b, c, d):
        return a * c, b * c + d

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(a, b):
        out = torch.empty_like(a)
        for i in hl.tile(a.size(0)):
            out[i, :] = hl.associative_scan(step, (a[i, :], b[i, :]), dim=-1)[1]
        return out

    def reference(a, b):
        state, states = torch.zeros_like(a[:, 0]), []
        for t in range(a.size(1)):
            state = a[:, t] * state + b[:, t]
            states.append(state)
        return torch.stack(states, 1)

    args = (torch.rand(5, 20), torch.randn(5, 20))
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-5)


def test_the_scan_of_torch_is_the_same(device):
    from torch._higher_order_ops.associative_scan import associative_scan

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :] = associative_scan(torch.add, x[i, :], 1, combine_mode="generic")
        return out

    check(kernel, (torch.randn(6, 9),), lambda x: x.cumsum(1), device=device, rtol=1e-4, atol=1e-5)


# ---- mistakes


def combined_wrongly(v):
    return hl.associative_scan(lambda a, b: (a, b), v, 1)


def of_two_shapes(v):
    return hl.associative_scan(torch.add, (v, v.sum(1)), 1)


def of_a_number(v):
    return hl.associative_scan(torch.add, 3, 0)


def along_no_dimension(v):
    return hl.cumsum(v, 2)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (combined_wrongly, exc.InvalidAPIUsage), (of_two_shapes, exc.ShapeMismatch),
        (of_a_number, exc.InvalidAPIUsage), (along_no_dimension, exc.ReductionDimInvalidForShape),
    ],
)  # fmt: skip
def test_mistakes(trace, function, error):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = function(x[i, j])
        return x

    with pytest.raises(error) as caught:
        trace(kernel, torch.randn(8, 8))
    assert caught.value.location is not None
