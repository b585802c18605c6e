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
