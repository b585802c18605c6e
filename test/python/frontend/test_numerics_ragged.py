# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lanes behind the end of a tile count for nothing: neither as elements nor in what is divided by their number."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

AVERAGES = {
    "mean": lambda v: v.mean(1), "var": lambda v: v.var(1), "std": lambda v: v.std(1),
    "population": lambda v: v.var(1, correction=0), "var_mean": lambda v: sum(torch.var_mean(v, 1)),
    "std_mean": lambda v: sum(torch.std_mean(v, 1, unbiased=False)),
    "kept": lambda v: (v - v.mean(1, keepdim=True)).abs().mean(1),
    "half": lambda v: v.half().mean(1).float(),
}  # fmt: skip


@pytest.mark.covers("shape: ragged last tiles")
@pytest.mark.parametrize("columns", [16, 21])
@pytest.mark.parametrize("name", AVERAGES)
def test_averages_over_a_tile_divide_by_its_live_lanes(name, columns, device):
    function = AVERAGES[name]

    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(x, parts: hl.constexpr):
        out = x.new_empty([x.size(0), parts])
        for i, j in hl.tile(x.size()):
            out[i, j.id] = function(x[i, j])
        return out

    def reference(x, parts):
        return torch.stack([function(part) for part in x.split(8, 1)], 1)

    tolerance = 2e-3 if name == "half" else 1e-4
    x = torch.randn(6, columns)
    check(kernel, (x, -(-columns // 8)), reference, device=device, rtol=tolerance, atol=tolerance)


def test_averages_over_rows_and_columns(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(x):
        out = x.new_empty([2, 3, 2])
        for i, j in hl.tile(x.size()):
            out[i.id, j.id, 0] = x[i, j].mean()
            out[i.id, j.id, 1] = x[i, j].var([0, 1])
        return out

    def reference(x):
        parts = [[torch.stack([b.mean(), b.var()]) for b in a.split(8, 1)] for a in x.split(4, 0)]
        return torch.stack([torch.stack(row) for row in parts])

    check(kernel, (torch.randn(7, 21),), reference, device=device, rtol=1e-4, atol=1e-4)


CONSTANTS = {
    "ones": lambda i, j: torch.ones([i, j]).sum(1), "full": lambda i, j: hl.full([i, j], 2.5).sum(1),
    "computed": lambda i, j: (torch.zeros([i, j]) + 3).sum(1), "shifted": lambda i, j: (hl.zeros([i, j]) - 1).amax(1),
    "amin": lambda i, j: hl.full([i, j], -4.0).amin(1), "prod": lambda i, j: hl.full([i, j], 1.5).prod(1),
    "mean": lambda i, j: hl.full([i, j], 1.5).mean(1), "any": lambda i, j: hl.full([i, j], False).any(1).float(),
    "both": lambda i, j: torch.ones([i, j]).sum() + hl.zeros([i]),
    "turned": lambda i, j: torch.ones([j, i]).t().sum(1),
    "spread": lambda i, j: torch.ones([j])[None, :].expand(i, j).sum(1),
    "reduce": lambda i, j: hl.reduce(lambda a, b: a + b, torch.ones([i, j]), dim=1),
    "product": lambda i, j: hl.dot(torch.ones([i, j]), torch.ones([j, 16])).amax(1),
}  # fmt: skip
LIVE = {
    "ones": 21.0, "full": 52.5, "computed": 63.0, "shifted": -3.0, "amin": -12.0, "mean": 4.5, "any": 0.0,
    "turned": 21.0, "spread": 21.0, "reduce": 21.0, "product": 21.0,
}  # fmt: skip


@pytest.mark.parametrize("name", CONSTANTS)
def test_a_constant_of_a_tile_has_as_many_elements_as_the_tile(name, device):
    function = CONSTANTS[name]

    @helion.kernel(config=helion.Config(block_sizes=[16 if name == "product" else 4, 16 if name == "product" else 8]))
    def kernel(x):
        out = x.new_zeros([x.size(0)])
        for i in hl.tile(x.size(0)):
            total = hl.zeros([i])
            for j in hl.tile(x.size(1)):
                total += function(i, j)
            out[i] = total
        return out

    def reference(x):
        if name == "prod":
            return torch.full([6], 2 * 1.5**8 + 1.5**5)
        if name == "both":
            return torch.tensor([84.0] * 4 + [42.0] * 2)
        return torch.full([6], LIVE[name])

    check(kernel, (torch.randn(6, 21),), reference, device=device)


def test_what_a_loop_makes_of_a_constant(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x, n: int):
        out = x.new_empty([3])
        for i in hl.tile(x.size(0)):
            carried = hl.full([i], 1.0)
            for _ in range(n):
                carried = carried * 2
                out[i.id] = carried.sum()
            chosen = torch.ones([i])
            if n > 2:
                chosen = chosen + 1
            out[i.id] = carried.sum() + chosen.sum()
        return out

    check(kernel, (torch.randn(21), 3), lambda x, n: torch.tensor([8.0, 8.0, 5.0]) * 10, device=device)


def test_a_block_that_two_axes_share(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x):
        block = hl.register_block_size(8)
        out = x.new_empty([2, x.size(0), 3])
        for i, j in hl.tile(x.size(), block_size=[block, block]):
            value = torch.exp(x[i, j])
            out[0, i, j.id] = value.mean(1)
            out[1, j, i.id] = value.mean(0) + value.t().var(1)
        return out[:, :, 0]

    def reference(x):
        rows = x.exp()[:, :8].mean(1)
        columns = x.exp()[:8].mean(0) + x.exp()[:8].var(0)
        return torch.stack([rows, columns])

    check(kernel, (torch.randn(13, 13),), reference, device=device, rtol=1e-4, atol=1e-4)


def test_a_constant_of_a_block_that_two_axes_share_is_refused():
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x):
        block = hl.register_block_size(8)
        for i, j in hl.tile(x.size(), block_size=[block, block]):
            x[i, j] = x[i, j] + torch.ones([i, j]).sum(1)[:, None]

    with pytest.raises(exc.InvalidReductionDim, match="share a block size"):
        kernel(torch.randn(13, 13))
