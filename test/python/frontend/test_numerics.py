# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Traced operations compute what eager PyTorch does: the whole way, in Triton's interpreter and on the GPU."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from helion.testing import check

UNARY = {
    "abs": torch.abs, "neg": torch.neg, "exp": torch.exp, "exp2": torch.exp2, "sigmoid": torch.sigmoid,
    "relu": torch.relu, "floor": torch.floor, "ceil": torch.ceil, "sign": torch.sign, "square": torch.square,
    "sin": torch.sin, "cos": torch.cos, "erf": torch.erf, "isnan": torch.isnan, "isinf": torch.isinf,
    "reciprocal": torch.reciprocal, "log": lambda v: torch.log(v.abs() + 1), "sqrt": lambda v: torch.sqrt(v.abs()),
    "rsqrt": lambda v: torch.rsqrt(v.abs() + 1), "log2": lambda v: torch.log2(v.abs() + 1), "gelu": F.gelu,
    "silu": F.silu, "leaky_relu": F.leaky_relu, "clamp": lambda v: v.clamp(-0.5, 0.5), "cube": lambda v: v**3,
    "floordiv": lambda v: v // 0.3, "remainder": lambda v: v % 0.3, "remainder_negative": lambda v: v % -0.3,
    "where": lambda v: torch.where(v > 0, v, -2 * v), "masked_fill": lambda v: v.masked_fill(v < 0, 1.0),
    "rsub": lambda v: 1 - v, "rdiv": lambda v: 1 / (v + 10), "logical": lambda v: (v > 0) & ~(v > 1) | (v < -1),
    "softmax": lambda v: torch.softmax(v, -1), "log_softmax": lambda v: F.log_softmax(v, -1),
    "logsumexp": lambda v: v - torch.logsumexp(v, -1, keepdim=True), "mean": lambda v: v - v.mean(-1, keepdim=True),
    "var": lambda v: v + v.var(-1, keepdim=True), "std": lambda v: v + v.std(-1, keepdim=True, unbiased=False),
    "layer_norm": lambda v: F.layer_norm(v, [v.size(-1)]), "amax": lambda v: v - v.amax(-1, keepdim=True),
    "min": lambda v: v - v.min(dim=-1, keepdim=True)[0], "argmax": lambda v: v + v.argmax(-1, keepdim=True),
    "any": lambda v: (v > 2).any(-1, keepdim=True) | (v < 0), "transpose": lambda v: v.t().contiguous().t() * 2,
    "views": lambda v: v[:, None, :].expand(-1, 2, -1).sum(1), "to_int": lambda v: (v * 10).to(torch.int32).float(),
}  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_value(name, device):
    function = UNARY[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i, :] = function(x[i, :])
        return out

    torch.manual_seed(0)
    x = torch.randn(6, 12)
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device, rtol=1e-4, atol=1e-5)


INTEGERS = {
    "floordiv": lambda a, b: a // b, "remainder": lambda a, b: a % b,
    "trunc": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "div": lambda a, b: a / b, "shift": lambda a, b: (a << 2) >> 1, "and": lambda a, b: (a & b) ^ (a | 3),
    "compare": lambda a, b: (a < b) | (a == b), "max": lambda a, b: torch.maximum(a, b) - torch.minimum(a, b),
    "power": lambda a, b: a**3, "not": lambda a, b: ~a,
}  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.uint8])
@pytest.mark.parametrize("name", INTEGERS)
def test_functions_of_integers(name, dtype, device):
    function = INTEGERS[name]

    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x, y, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i] = function(x[i], y[i])
        return out

    x = torch.arange(-10, 10).to(dtype)
    y = torch.tensor([3, -3, 5, -5, 1] * 4).to(dtype)
    check(kernel, (x, y, function(x, y)), lambda x, y, like: function(x, y), device=device)


@pytest.mark.covers("python: scalar arguments")
def test_scalars_of_the_host_and_of_tiles(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, n: int, scale: float):
        out = torch.empty_like(x)
        offset = n // 2 - 7
        for i in hl.tile(x.size(0)):
            out[i] = x[i] * scale + offset + i.begin + i.id * 100 + i.index
        return out

    def reference(x, n, scale):
        index = torch.arange(x.size(0))
        return x * scale + (n // 2 - 7) + index // 4 * 4 + index // 4 * 100 + index

    for n in (3, 20):
        check(kernel, (torch.randn(10), n, 0.5), reference, device=device)


def test_loops_that_touch_no_memory(device):
    @helion.kernel(config=helion.Config(block_sizes=[16]))
    def kernel(x):
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            acc = x[tile] * 2
            for step in range(3):
                acc = acc + step
            out[tile] = acc
        return out

    check(kernel, (torch.randn(40),), lambda x: x * 2 + 3, device=device)


@pytest.mark.covers("python: if on a scalar tensor")
def test_branches_on_device_scalars(device):
    @helion.kernel(config=helion.Config(block_sizes=[1]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            row = x[i, :]
            if row.sum() > 0:
                row = row * 2
            else:
                row = row - 1
            out[i, :] = row
        return out

    check(kernel, (torch.randn(9, 8),), lambda x: torch.where(x.sum(1, keepdim=True) > 0, x * 2, x - 1), device=device)


@pytest.mark.covers("index: a tensor of indices, to store", "index: two vectors of indices, every pair")
def test_gathers_and_scatters(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 4]))
    def kernel(x, rows, columns):
        out = x.new_zeros([rows.size(0), columns.size(0)])
        for i, j in hl.tile(out.size()):
            out[i.index, j] = x[rows[i], columns[j]]
        return out

    rows, columns = torch.randint(0, 9, (6,)), torch.randint(0, 7, (5,))
    check(kernel, (torch.randn(9, 7), rows, columns), lambda x, r, c: x[r][:, c], device=device)


def test_shifted_tiles_and_moving_slices(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = x.new_empty([8, 3])
        for i in hl.tile(8):
            total = hl.zeros([i, 3])
            for k in range(3):
                total = total + x[i + k, k : k + 3]
            out[i, :] = total
        return out

    check(kernel, (torch.randn(12, 6),), lambda x: sum(x[k : k + 8, k : k + 3] for k in range(3)), device=device)


@pytest.mark.covers("shape: ragged last tiles", "shape: static shapes")
def test_products_of_every_form(device):
    @helion.kernel(config=helion.Config(block_sizes=[16, 16, 16]), dot_precision="ieee")
    def kernel(x, y, bias):
        out = x.new_empty([x.size(0), y.size(1)])
        for i, j in hl.tile(out.size()):
            acc = hl.zeros([i, j])
            for k in hl.tile(x.size(1)):
                acc = torch.addmm(acc, x[i, k], y[k, j])
                acc += 0.5 * (x[i, k] @ y[k, j])
                acc = hl.dot(x[i, k], y[k, j], acc=acc)
            out[i, j] = acc + bias[None, j]
        return out

    args = (torch.randn(24, 40), torch.randn(40, 20), torch.randn(20))
    check(kernel, args, lambda x, y, b: 2.5 * (x @ y) + b, device=device, rtol=1e-4, atol=1e-4)


def test_atomics_add_up(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 4]))
    def kernel(x):
        out = x.new_zeros([x.size(0)])
        for i, j in hl.tile(x.size()):
            hl.atomic_add(out, [i], x[i, j].sum(-1))
        return out

    check(kernel, (torch.randn(6, 10),), lambda x: x.sum(1), device=device, rtol=1e-4, atol=1e-5)


@pytest.mark.covers("shape: dynamic shapes")
@pytest.mark.parametrize("shape", [(5, 7), (16, 1), (1, 1), (33, 20)])
def test_one_dynamic_kernel_for_all_sizes(shape, device):
    x = torch.randn(shape)
    check(_dynamic, (x, x.t().contiguous().t()), lambda x, y: x + y * 2, device=device)


@helion.kernel(static_shapes=False, config=helion.Config(block_sizes=[8, 8]))
def _dynamic(x, y):
    m, n = x.size()
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for i, j in hl.tile([m, n]):
        out[i, j] = x[i, j] + y[i, j] * 2
    return out
