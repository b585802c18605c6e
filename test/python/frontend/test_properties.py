# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Any shape, strides and block sizes give what PyTorch gives."""

from __future__ import annotations

import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import helion
import helion.language as hl
from helion.testing import check

few = settings(max_examples=12, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
extents = st.integers(1, 20)
blocks = st.sampled_from([1, 2, 4, 8, 16, 32])


@st.composite
def matrices(draw, rows, columns):
    """A matrix of the given extents: dense, transposed, with steps, or a repeated row."""
    kind = draw(st.sampled_from(["dense", "transposed", "steps", "repeated"]))
    if kind == "dense":
        return torch.randn(rows, columns)
    if kind == "transposed":
        return torch.randn(columns, rows).t()
    if kind == "steps":
        return torch.randn(2 * rows, 3 * columns)[::2, 1::3]
    return torch.randn(columns).expand(rows, columns)


@st.composite
def views(draw, shape, dtype=torch.float32):
    """A tensor of `shape` that lies anyhow in its storage: permuted, with steps, from an offset on, repeated."""
    order = draw(st.permutations(range(len(shape))))
    steps, offsets = ([draw(st.integers(low, 2)) for _ in shape] for low in (1, 0))
    repeated = [draw(st.integers(0, 5)) == 0 for _ in shape]
    extents = [
        1 if once else (size - 1) * step + 1 + at for size, step, at, once in zip(shape, steps, offsets, repeated)
    ]
    values = torch.randint(-90, 90, [extents[dim] for dim in order], generator=generator(draw))
    made = (values / 8 if dtype.is_floating_point else values).to(dtype)
    made = made.permute([order.index(dim) for dim in range(len(shape))])
    index = [slice(None) if once else slice(at, None, step) for step, at, once in zip(steps, offsets, repeated)]
    return made[tuple(index)].expand(shape)


def generator(draw):
    return torch.Generator().manual_seed(draw(st.integers(0, 2**16)))


def agrees(function, static, block_sizes, device, args, reference, tolerance=1e-4):
    kernel = helion.kernel(
        config=helion.Config(block_sizes=list(block_sizes)), static_shapes=static, dot_precision="ieee"
    )(function)
    check(kernel, args, reference, device=device, rtol=tolerance, atol=tolerance)


def add(x, y):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for i, j in hl.tile(x.size()):
        out[i, j] = x[i, j] + y[i, j]
    return out


@few
@given(st.data(), extents, extents, blocks, blocks, st.booleans())
def test_add(device, data, rows, columns, first, second, static):
    x, y = data.draw(matrices(rows, columns)), data.draw(matrices(rows, columns))
    agrees(add, static, [first, second], device, (x, y), torch.add)


def row_sum(x):
    out = x.new_empty([x.size(0)])
    for i in hl.tile(x.size(0)):
        acc = hl.zeros([i])
        for j in hl.tile(x.size(1)):
            acc += x[i, j].sum(1)
        out[i] = acc
    return out


@few
@given(st.data(), extents, extents, blocks, blocks, st.booleans())
def test_row_sum(device, data, rows, columns, first, second, static):
    x = data.draw(matrices(rows, columns))
    agrees(row_sum, static, [first, second], device, (x,), lambda x: x.sum(1))


def softmax(x):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for i in hl.tile(x.size(0)):
        out[i, :] = torch.softmax(x[i, :], 1)
    return out


@few
@given(st.data(), extents, extents, blocks)
def test_softmax(device, data, rows, columns, block):
    x = data.draw(matrices(rows, columns))
    agrees(softmax, True, [block], device, (x,), lambda x: torch.softmax(x, 1))


def matmul(x, y):
    out = x.new_empty([x.size(0), y.size(1)])
    for i, j in hl.tile(out.size()):
        acc = hl.zeros([i, j])
        for k in hl.tile(x.size(1)):
            acc = torch.addmm(acc, x[i, k], y[k, j])
        out[i, j] = acc
    return out


@few
@given(st.data(), extents, extents, extents, st.tuples(*[st.sampled_from([16, 32])] * 3), st.booleans())
def test_matmul(device, data, rows, inner, columns, sizes, static):
    x, y = data.draw(matrices(rows, inner)), data.draw(matrices(inner, columns))
    agrees(matmul, static, sizes, device, (x, y), torch.matmul)


dtypes = st.sampled_from([
    torch.float32, torch.float16, torch.bfloat16, torch.float64, torch.int8, torch.int16, torch.int32, torch.int64,
])  # fmt: skip
small = st.integers(1, 7)


def polynomial(x, y):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for tiles in hl.tile(x.size()):
        out[tiles] = x[tiles] * y[tiles] + x[tiles]
    return out


@few
@given(st.data(), st.lists(small, min_size=2, max_size=4), dtypes, st.booleans())
def test_values_of_any_rank_dtype_and_layout(device, data, shape, dtype, static):
    args = [data.draw(views(shape, dtype)) for _ in range(2)]
    sizes = [data.draw(st.sampled_from([1, 2, 4])) for _ in shape]
    agrees(polynomial, static, sizes, device, args, lambda x, y: x * y + x, 1.6e-2)


def broadcast(x, row, column):
    out = torch.empty(x.shape, dtype=x.dtype, device=x.device)
    for i, j in hl.tile(x.size()):
        out[i, j] = x[i, j] * row[j] - column[i, :]
    return out


@few
@given(st.data(), extents, extents, blocks, blocks, dtypes, st.booleans())
def test_rows_and_columns_broadcast(device, data, rows, columns, first, second, dtype, static):
    shapes = [(rows, columns), (columns,), (rows, 1)]
    args = [data.draw(views(shape, dtype)) for shape in shapes]
    agrees(broadcast, static, [first, second], device, args, lambda x, row, column: x * row - column, 1.6e-2)


REDUCTIONS = {
    "sum": lambda x, dims: x.sum(dims), "amax": lambda x, dims: x.amax(dims), "amin": lambda x, dims: x.amin(dims),
    "logsumexp": lambda x, dims: torch.logsumexp(x.float(), dims), "any": lambda x, dims: (x > 9).any(dims),
    "mean": lambda x, dims: x.float().mean(dims), "var": lambda x, dims: x.float().var(dims, correction=0),
}  # fmt: skip


def reduced(x, like, function: hl.constexpr, dims: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i, ...] = function(x[i, :, :], dims)
    return out


@few
@given(st.data(), st.tuples(small, small, small), st.sampled_from([(1,), (2,), (1, 2)]), blocks, dtypes)
def test_reductions(device, data, shape, dims, block, dtype):
    x, function = data.draw(views(shape, dtype)), REDUCTIONS[data.draw(st.sampled_from(sorted(REDUCTIONS)))]
    args = (x, function(x, dims), function, dims)
    agrees(reduced, True, [block], device, args, lambda x, like, *_: like, 1.6e-2)


def extremes(x):
    low, high = (x.new_empty([x.size(0)]) for _ in range(2))
    place = torch.empty([x.size(0)], dtype=torch.int64, device=x.device)
    for i in hl.tile(x.size(0)):
        best = x[i, 0]
        worst = x[i, 0]
        for j in hl.tile(x.size(1)):
            best = torch.maximum(best, x[i, j].amax(1))
            worst = torch.minimum(worst, x[i, j].amin(1))
        high[i], low[i] = best, worst
        place[i] = x[i, :].argmax(1)
    return low, high, place


@few
@given(st.data(), extents, extents, blocks, blocks, dtypes, st.booleans())
def test_extremes_over_ragged_tiles(device, data, rows, columns, first, second, dtype, static):
    x = data.draw(views((rows, columns), dtype))
    agrees(extremes, static, [first, second], device, (x,), lambda x: (x.amin(1), x.amax(1), x.argmax(1)))


def batched(x, y):
    out = torch.empty([x.size(0), x.size(1), y.size(2)], dtype=x.dtype, device=x.device)
    for b, i, j in hl.tile(out.size()):
        acc = hl.zeros([b, i, j])
        for k in hl.tile(x.size(2)):
            acc = torch.baddbmm(acc, x[b, i, k], y[b, k, j])
        out[b, i, j] = acc
    return out


@few
@given(st.data(), st.tuples(small, extents, extents, extents), st.sampled_from([1, 2]), st.booleans())
def test_batched_products(device, data, sizes, block, static):
    dtype = data.draw(st.sampled_from([torch.float32, torch.float16, torch.bfloat16]))
    batch, rows, inner, columns = sizes
    x, y = data.draw(views((batch, rows, inner), dtype)), data.draw(views((batch, inner, columns), dtype))
    reference = lambda x, y: (x.float() @ y.float()).to(x.dtype)  # noqa: E731
    agrees(batched, static, [block, 16, 16, 32], device, (x, y), reference, 1.6e-2)


def gathered(x, index):
    out = x.new_empty([index.size(0), x.size(1)])
    for i, j in hl.tile(out.size()):
        out[i, j] = x[index[i], j]
    return out


def counted(index, counts):
    for i in hl.tile(index.size(0)):
        hl.atomic_add(counts, [index[i]], 1)
    return counts


@few
@given(st.data(), extents, extents, extents, blocks, blocks, dtypes, st.booleans())
def test_gathers_and_histograms(device, data, rows, columns, picked, first, second, dtype, static):
    x, index_dtype = data.draw(views((rows, columns), dtype)), data.draw(st.sampled_from([torch.int32, torch.int64]))
    index = data.draw(views((picked,), index_dtype)) % rows
    agrees(gathered, static, [first, second], device, (x, index), lambda x, index: x[index.long()], 0)
    counts = torch.zeros(rows, dtype=torch.int32)
    total = torch.bincount(index.long(), minlength=rows).int()
    agrees(counted, static, [first], device, (index, counts), lambda index, counts: counts.copy_(total), 0)


def with_number(x, like, number):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i] = x[i] * number + 1
    return out


@few
@given(st.data(), extents, blocks, dtypes, st.one_of(st.integers(-100, 100), st.floats(-8, 8, width=16)), st.booleans())
def test_numbers_of_python(device, data, size, block, dtype, number, static):
    x = data.draw(views((size,), dtype))
    args = (x, x * number + 1, number)
    agrees(with_number, static, [block], device, args, lambda x, like, number: like, 1.6e-2)


def transposed(x):
    out = x.new_empty([x.size(1), x.size(0)])
    for i, j in hl.tile(x.size()):
        out[j, i] = x[i, j].T
    return out


@few
@given(st.data(), extents, extents, blocks, blocks, dtypes, st.booleans())
def test_transposed_tiles(device, data, rows, columns, first, second, dtype, static):
    agrees(transposed, static, [first, second], device, (data.draw(views((rows, columns), dtype)),), torch.t, 0)
