# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elements of values by position compute what eager PyTorch does: gather, index tensors, flip, roll, searchsorted."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

INDEXED = {
    "gather": lambda v, n: torch.gather(v, 1, n), "gather_method": lambda v, n: v.gather(-1, n % 3),
    "gather_columns": lambda v, n: v.T.gather(0, n.T).T, "take_along_dim": lambda v, n: torch.take_along_dim(v, n, 1),
    "one": lambda v, n: torch.gather(v, 1, n[:, :1]) + v, "mean": lambda v, n: v.gather(1, n).amax(1, keepdim=True) + v,
    "twice": lambda v, n: v.gather(1, n).gather(1, n), "of_one": lambda v, n: v[:, :1].gather(1, n * 0) + v,
    "int32": lambda v, n: v.gather(1, n.to(torch.int64)), "negated": lambda v, n: v.gather(1, n.amax() - n),
}  # fmt: skip


@pytest.mark.parametrize("static_shapes", [True, False])
@pytest.mark.parametrize("columns", [8, 6])
@pytest.mark.parametrize("name", INDEXED)
def test_an_index_for_each_element(name, columns, static_shapes, device):
    function = INDEXED[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]), static_shapes=static_shapes)
    def kernel(x, n, columns: hl.constexpr):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :columns] = function(x[i, :columns], n[i, :columns])
        return out

    torch.manual_seed(0)
    x, n = torch.randn(6, columns), torch.randint(0, columns, (6, columns))
    rows = [function(x[at : at + 4], n[at : at + 4]) for at in (0, 4)]
    check(kernel, (x, n, columns), lambda x, n, c: torch.cat(rows), device=device)


ROWS = {
    "flip": lambda v: v.flip(1), "flip_both": lambda v: torch.flip(v, [1, -1 - 1]), "fliplr": torch.fliplr,
    "roll": lambda v: torch.roll(v, 2, 1), "roll_back": lambda v: v.roll(-9, dims=1),
    "roll_both": lambda v: torch.roll(v, (1, 2), (0, 1)), "rot180": lambda v: torch.rot90(v, 2, (0, 1)),
    "flip_of_sum": lambda v: (v + v.flip(1)).sum(1, keepdim=True) + v,
    "rot90": lambda v: torch.rot90(v, 1, [0, 1]).T, "rot270": lambda v: v.rot90(-1).T,
}  # fmt: skip


@pytest.mark.parametrize("columns", [8, 6, 1])
@pytest.mark.parametrize("name", ROWS)
def test_elements_that_change_places(name, columns, device):
    function = ROWS[name]

    @helion.kernel(config=helion.Config(block_sizes=[1]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :, :] = function(x[i, :, :].sum(0))[None, :, :]
        return out

    x = torch.randn(2, 5, columns)
    check(kernel, (x,), lambda x: torch.stack([function(each) for each in x]), device=device)


@pytest.mark.parametrize("static_shapes", [True, False])
@pytest.mark.parametrize("shape", [(6, 11), (8, 16), (13, 5)])
@pytest.mark.parametrize("dim", [0, 1])
def test_flip_and_roll_of_a_ragged_tile(dim, shape, static_shapes, device):
    @helion.kernel(config=helion.Config(block_sizes=[8, 16]), static_shapes=static_shapes)
    def kernel(x):
        out = x.new_empty([3, x.size(0), x.size(1)])
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                value = x[i, j] + 1
                out[0, i, j] = value.flip(dim)
                out[1, i, j] = value.roll(3, dim)
                out[2, i, j] = value + value.flip(dim).sum(dim, keepdim=True)
        return out

    def reference(x):
        parts = []
        for rows in (x + 1).split(8):
            flipped = rows.flip(dim)
            parts.append(torch.stack([flipped, rows.roll(3, dim), rows + flipped.sum(dim, keepdim=True)]))
        return torch.cat(parts, 1)

    check(kernel, (torch.randn(shape),), reference, device=device, rtol=1e-4, atol=1e-5)


JAGGED = {
    "flip": lambda v: v.flip(-1), "roll": lambda v: v.roll(2, -1), "sort": lambda v: v.sort(-1)[0],
    "places": lambda v: v.argsort(dim=-1).to(v.dtype), "cumsum": lambda v: (v + 1).cumsum(-1),
}  # fmt: skip


def from_the_end(v):
    return hl.cumsum(v + 1, -1, reverse=True)


def first_from_the_end(v):
    return hl.associative_scan(lambda a, b: a, v + 1, -1, reverse=True)


@pytest.mark.parametrize("name", [*JAGGED, "from_the_end", "first_from_the_end"])
def test_jagged_tiles(name, device):
    function = {**JAGGED, "from_the_end": from_the_end, "first_from_the_end": first_from_the_end}[name]

    @helion.kernel(config=helion.Config(block_sizes=[4, 32]))
    def kernel(x, lengths):
        out = torch.zeros_like(x)
        for row in hl.tile(x.size(0)):
            for j in hl.jagged_tile(lengths[row]):
                out[row, j] = function(x[row, j])
        return out

    def eager(v):
        if name == "from_the_end":
            return (v + 1).flip(0).cumsum(0).flip(0)
        return (v[-1:] + 1).expand_as(v) if name == "first_from_the_end" else function(v)

    def reference(x, lengths):
        out = torch.zeros_like(x)
        for row, length in enumerate(lengths.tolist()):
            if length:
                out[row, :length] = eager(x[row, :length])
        return out

    args = torch.randn(5, 20), torch.tensor([3, 5, 17, 0, 9])
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-5)


def test_constants_of_the_extent_of_a_tile(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x):
        out = x.new_empty([3, x.size(0)])
        for i in hl.tile(x.size(0)):
            ones = torch.ones_like(x[i])
            out[0, i] = hl.cumsum(ones, 0, reverse=True)
            out[1, i] = hl.associative_scan(torch.add, ones, 0, reverse=True)
            out[2, i] = hl.arange(i.block_size).flip(0) + hl.zeros([i])
        return out

    def reference(x):
        downwards = torch.tensor([8, 7, 6, 5, 4, 3, 2, 1, 3, 2, 1], dtype=x.dtype)
        return torch.stack([downwards, downwards, downwards - 1])

    check(kernel, (torch.randn(11),), reference, device=device)


def test_a_table_in_registers(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(table, codes):
        out = table.new_empty([5, codes.size(0), codes.size(1)])
        for i, j in hl.tile(codes.size()):
            values, code = table[:], codes[i, j]
            out[0, i, j] = values[code]
            out[1, i, j] = values[code - 10]
            out[2, i, j] = torch.index_select(values, 0, code.amax(1))[:, None] + values[code]
            out[3, i, j] = torch.nn.functional.embedding(code, values[:, None]).sum(2)
            out[4, i, j] = values[j.index % 10][None, :] + values[code]
        return out

    def reference(table, codes):
        values = table[codes]
        largest = torch.cat([part.amax(1, keepdim=True).expand_as(part) for part in codes.split(8, 1)], 1)
        columns = table[torch.arange(codes.size(1)) % 10]
        return torch.stack([values, values, table[largest] + values, values, columns + values])

    torch.manual_seed(0)
    args = (torch.randn(10), torch.randint(0, 10, (6, 13)))
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-5)


@pytest.mark.covers("torch.gather from a value")
def test_rows_and_columns_by_index(device):
    @helion.kernel(config=helion.Config(block_sizes=[2]))
    def kernel(x, order):
        out = x.new_empty([3, *x.shape])
        for i in hl.tile(x.size(0)):
            places = order[:]
            out[0, i, :, :] = x[i, :, :][:, places, :]
            out[1, i, :, :] = x[i, :, :].index_select(1, places)
            out[2, i, :, :] = x[i, :, :][..., 1, None] + x[i, :, :][..., -1:].gather(
                1, places[None, :, None].expand(i, -1, 1)
            )
        return out

    def reference(x, order):
        moved = x[:, order, :]
        return torch.stack([moved, moved, x[..., 1, None] + moved[..., -1:].expand_as(x)])

    check(kernel, (torch.randn(3, 5, 4), torch.tensor([4, 0, 1, 1, 2])), reference, device=device)


def test_a_scalar_that_is_known_at_run_time(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, which):
        out = x.new_empty([2, x.size(0)])
        for i in hl.tile(x.size(0)):
            out[0, i] = x[i, :][:, which[0]]
            out[1, i] = x[i, :][:, which[1]]
        return out

    def reference(x, which):
        return torch.stack([x[:, which[0]], x[:, which[1]]])

    check(kernel, (torch.randn(6, 7), torch.tensor([2, -1])), reference, device=device)


DTYPES = [torch.bfloat16, torch.float64, torch.int64, torch.int8, torch.bool, torch.float8_e4m3fn]


@pytest.mark.parametrize("dtype", DTYPES)
def test_dtypes(dtype, device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, n):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :] = x[i, :].gather(1, n[i, :])
        return out

    torch.manual_seed(0)
    x = torch.randint(-2, 3, (6, 5)).to(dtype)
    n = torch.randint(0, 5, (6, 5))
    result = kernel(x.to(device), n.to(device)).cpu()
    torch.testing.assert_close(result.float(), x.float().gather(1, n))


SEARCHED = {
    "left": torch.searchsorted, "right": lambda e, v: torch.searchsorted(e, v, right=True),
    "side": lambda e, v: torch.searchsorted(e, v, side="right", out_int32=True).to(torch.int64),
    "bucketize": lambda e, v: torch.bucketize(v, e), "bucketize_right": lambda e, v: torch.bucketize(v, e, right=True),
    "number": lambda e, v: torch.searchsorted(e, 1.0) + torch.bucketize(v, e),
}  # fmt: skip


@pytest.mark.parametrize("count", [8, 5, 1])
@pytest.mark.parametrize("name", SEARCHED)
def test_places_in_an_order(name, count, device):
    function = SEARCHED[name]

    @helion.kernel(config=helion.Config(block_sizes=[2, 8]))
    def kernel(edges, x):
        out = torch.empty(x.shape, dtype=torch.int64, device=x.device)
        for i, j in hl.tile(x.size()):
            out[i, j] = function(edges[:], x[i, j])
        return out

    torch.manual_seed(0)
    edges = torch.randint(-4, 5, (count,)).float().sort()[0]
    x = torch.randint(-6, 7, (3, 11)).float()
    check(kernel, (edges, x), function, device=device)
    x[0, 0] = float("nan")
    torch.testing.assert_close(kernel(edges.to(device), x.to(device)).cpu(), function(edges, x))


def test_places_in_the_order_of_each_row(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(edges, x):
        out = torch.empty(x.shape, dtype=torch.int64, device=x.device)
        for i in hl.tile(x.size(0)):
            out[i, :] = torch.searchsorted(edges[i, :], x[i, :])
        return out

    torch.manual_seed(0)
    args = (torch.randn(6, 9).sort(1)[0], torch.randn(6, 5))
    check(kernel, args, torch.searchsorted, device=device)


def rejected(function):
    def kernel(x, n):
        for i in hl.tile(x.size(0)):
            x[i, :] = function(x[i, :], n[i, :])
        return x

    return kernel


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (lambda v, n: v.gather(1, v), exc.InvalidIndexingType, "float"),
        (lambda v, n: v.gather(1, n[:, 0]), exc.ShapeMismatch, "rank"),
        (lambda v, n: v.sum(0, keepdim=True).gather(1, n), exc.ShapeMismatch, "torch.gather"),
        (lambda v, n: v[n > 0], exc.DataDependentOutputShapeNotSupported, "mask"),
        (lambda v, n: v[n, n], exc.TorchOperationNotSupported, "one tensor"),
        (lambda v, n: v.gather(2, n), exc.RankMismatch, "2"),
    ],
)  # fmt: skip
def test_mistakes(trace, function, error, message):
    with pytest.raises(error, match=message) as caught:
        trace(rejected(function), torch.randn(8, 8), torch.zeros(8, 8, dtype=torch.int64))
    assert caught.value.location is not None
