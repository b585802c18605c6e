# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Containers of values that loops and branches carry."""

from __future__ import annotations

import collections
import dataclasses

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

Extent = collections.namedtuple("Extent", "low high")


@dataclasses.dataclass
class Moments:
    count: int
    total: torch.Tensor


def widened(extent, values):
    return Extent(torch.minimum(extent.low, values.amin(-1)), torch.maximum(extent.high, values.amax(-1)))


def test_a_loop_carries_tuples_dicts_and_dataclasses_part_by_part(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(x):
        out = x.new_empty([x.size(0), 4])
        for rows in hl.tile(x.size(0)):
            start = hl.full([rows], float("inf"))
            extent = Extent(start, -start)
            moments = Moments(0, hl.zeros([rows]))
            sums = {"squares": (hl.zeros([rows]), 0)}
            for columns in hl.tile(x.size(1)):
                values = x[rows, columns]
                extent = widened(extent, values)
                moments = Moments(moments.count + (columns.end - columns.begin), moments.total + values.sum(-1))
                squares, tiles = sums["squares"]
                sums = {"squares": (squares + (values * values).sum(-1), tiles + 1)}
            out[rows, 0] = extent.low
            out[rows, 1] = extent.high
            out[rows, 2] = moments.total / moments.count
            out[rows, 3] = sums["squares"][0] / sums["squares"][1]
        return out

    def reference(x):
        return torch.stack([x.amin(1), x.amax(1), x.mean(1), (x * x).sum(1) / 3], dim=1)

    check(kernel, (torch.randn(6, 20),), reference, device=device)


def test_a_part_that_is_only_read_is_carried_too(trace):
    def kernel(x):
        out = x.new_empty([x.size(0)])
        for rows in hl.tile(x.size(0)):
            pair = (hl.zeros([rows]), hl.full([rows], 2.0))
            for columns in hl.tile(x.size(1)):
                pair = (pair[0] + x[rows, columns].sum(-1), pair[1])
            out[rows] = pair[0] * pair[1]
        return out

    assert len(trace(kernel, torch.randn(8, 8)).one("helion.tile_for").results) == 2


def test_branches_and_while_loops_carry_containers(device):
    @helion.kernel
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            state = (x[i], 0)
            if state[0] < 0:
                state = (-state[0], 1)
            while state[0] > 1:
                state = (state[0] / 2, state[1] + 1)
            out[i] = state[0] + state[1]
        return out

    def reference(x):
        made = []
        for number in x.tolist():
            steps = int(number < 0)
            number = abs(number)
            while number > 1:
                number, steps = number / 2, steps + 1
            made.append(number + steps)
        return torch.tensor(made)

    check(kernel, (torch.randn(9) * 5,), reference, device=device)


def test_a_container_that_grows_is_refused(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for rows in hl.tile(x.size(0)):
            parts = (hl.zeros([rows]),)
            for i in range(4):
                parts = (*parts, x[rows] + i)
            out[rows] = parts[0]
        return out

    with pytest.raises(exc.ControlFlowTensorMismatch, match="parts") as caught:
        trace(kernel, torch.randn(8))
    assert "parts[1]" in str(caught.value)
