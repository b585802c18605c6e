# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reshapes of values whose extents are padded: elements end up where PyTorch puts them."""

from __future__ import annotations

import re

import pytest
import torch

import helion
import helion.language as hl
from helion.testing import check

SHAPES = {
    "split": ((12,), (3, 4)), "split odd": ((15,), (5, 3)), "merge": ((3, 4), (12,)), "merge odd": ((3, 5), (15,)),
    "three": ((2, 3, 5), (30,)), "across": ((6, 10), (4, 15)), "beside": ((4, 3, 2), (4, 6)), "even": ((4, 4), (2, 8)),
    "units": ((1, 6, 1), (2, 1, 3)), "rest": ((3, 7, 2), (3, 14)), "inner": ((6, 4), (2, 3, 4)),
}  # fmt: skip


@pytest.mark.covers("shape: extents that are no power of two")
@pytest.mark.parametrize("rows", [8, 5], ids=["whole", "ragged"])
@pytest.mark.parametrize("name", SHAPES)
def test_elements_end_up_where_pytorch_puts_them(name, rows, device):
    before, after = SHAPES[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, out):
        sums = x.new_empty([x.size(0)])
        for i in hl.tile(x.size(0)):
            value = (x[i, ...] + 1).reshape(i, *after)
            out[i, ...] = value
            sums[i] = value.reshape(i, -1).sum(-1) + (value + 1).amax(-1).reshape(i, -1).sum(1)
        return sums

    def reference(x, out):
        out.copy_((x + 1).reshape(-1, *after))
        return out.reshape(len(x), -1).sum(1) + (out + 1).amax(-1).reshape(len(x), -1).sum(1)

    args = torch.randn(rows, *before), torch.empty(rows, *after)
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bool, torch.int8, torch.int64, torch.bfloat16, torch.float64])
def test_every_width_moves(dtype, device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = x.new_empty([x.size(0), 3, 5])
        for i in hl.tile(x.size(0)):
            out[i, :, :] = x[i, :].view(i, 5, 3).transpose(1, 2)
        return out

    x = (torch.randn(6, 15) * 10).to(dtype)
    check(kernel, (x,), lambda x: x.view(-1, 5, 3).transpose(1, 2).contiguous(), device=device)


def test_positions_are_those_of_the_elements(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = torch.empty([x.size(0)], dtype=torch.int64, device=x.device)
        for i in hl.tile(x.size(0)):
            out[i] = (x[i, :, :] - 5).flatten(1).argmax(1)
        return out

    check(kernel, (torch.randn(6, 3, 5),), lambda x: x.flatten(1).argmax(1), device=device)


def test_a_tile_that_ends_early_can_be_merged(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        out = x.new_empty([2])
        for i in hl.tile(x.size(0)):
            out[i.id] = x[i, :].reshape(-1).sum(0)
        return out

    check(kernel, (torch.randn(5, 4),), lambda x: torch.stack([x[:4].sum(), x[4:].sum()]), device=device)


@helion.kernel(config=helion.Config(block_sizes=[4, 16]))
def sums_of_pairs(x):
    out = x.new_empty([x.size(0)])
    for rows in hl.tile(x.size(0)):
        total = hl.zeros([rows])
        for columns in hl.tile(x.size(1)):
            total += (x[rows, columns, :].reshape(rows, columns.block_size * 2) - 100).sum(-1)
        out[rows] = total
    return out


def test_merged_dimensions_are_reduced_over_the_threads_that_have_them(device):
    x = torch.randn(6, 10, 2)
    check(sums_of_pairs, (x,), lambda x: (x - 100).sum((1, 2)), device=device, rtol=1e-4, atol=1e-3)
    # Rows lie between the two dimensions that were merged: in bits 1 and 2 of the thread's number.
    ptx = sums_of_pairs.bind((x,)).compile(target="sm_90").asm["ptx"]
    assert re.findall(r"shfl\.sync\.bfly\.b32.*, (\d+), 31", ptx)[:3] == ["1", "16", "8"]
