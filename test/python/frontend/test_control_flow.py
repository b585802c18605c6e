# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Statements: branches that are known and branches that are not, loops of all kinds, what they carry."""

from __future__ import annotations

import functools
import itertools

import pytest
import torch

import helion.language as hl
from helion import exc


def test_a_branch_on_a_device_scalar_merges_what_differs(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            value = x[i]
            total = value.sum()
            if total > 0:
                value = value * 2
                value + 1
            else:
                value = -value
            out[i] = value
        return out

    ops = trace(kernel, torch.randn(8))
    branch = ops.one("scf.if")
    assert [str(result.type) for result in branch.results] == ["tensor<?xf32, #helion.dims<[@b0]>>"]
    assert all(len(region.blocks) == 1 for region in branch.regions)


@pytest.mark.covers("python: if on a block size")
def test_a_branch_on_a_block_size_is_decided_by_the_configuration(trace):
    def kernel(x):
        block = hl.register_block_size(x.size(0))
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0), block_size=block):
            value = x[i]
            if block < 64:
                value = value + 1
            out[i] = value
        return out

    ops = trace(kernel, torch.randn(128))
    assert ops["scf.if"] == 1
    assert ops["helion.block_size"] == 1


def test_a_branch_that_is_not_taken_is_not_looked_at(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            if x.dtype == torch.int32:
                x[i] = nonsense  # noqa: F821
            else:
                x[i] = 0
        return x

    assert trace(kernel, torch.randn(8))["helion.store"] == 1


def test_a_branch_with_different_shapes_is_refused(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            value = x[i, j]
            if value.sum() > 0:
                value = value.sum(-1)
            x[i, j] = value
        return x

    with pytest.raises(exc.ControlFlowTensorMismatch, match="value"):
        trace(kernel, torch.randn(8, 8))


def test_numbers_before_a_loop_become_what_the_loop_makes_of_them(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            acc = 0
            count = 0
            for j in hl.tile(x.size(1)):
                acc = acc + x[i, j].sum(-1)
                count += 1
            out[i, 0] = acc / count
        return out

    ops = trace(kernel, torch.randn(8, 8))
    assert [str(result.type) for result in ops.one("helion.tile_for").results] == [
        "tensor<?xf32, #helion.dims<[@b0]>>", "i32",
    ]  # fmt: skip


def test_static_ranges_are_unrolled_and_index_tuples(trace):
    def kernel(tensors):
        out = torch.empty_like(tensors[0])
        for i in hl.tile(out.size(0)):
            acc = hl.zeros([i])
            for k in hl.static_range(3):
                acc = acc + tensors[k][i]
            out[i] = acc
        return out

    ops = trace(kernel, [torch.randn(8) for _ in range(3)])
    assert ops["helion.load"] == 3
    assert ops["helion.tile_for"] == 0


def test_break_and_continue_in_unrolled_loops(trace):
    def kernel(tensors):
        out = torch.empty_like(tensors[0])
        for i in hl.tile(out.size(0)):
            acc = hl.zeros([i])
            for k, each in enumerate(tensors):
                if k == 1:
                    continue
                if k == 3:
                    break
                acc += each[i]
            out[i] = acc
        return out

    ops = trace(kernel, [torch.randn(8) for _ in range(5)])
    assert ops["helion.load"] == 2


def test_a_grid_of_scalars(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for b, i in hl.grid([x.size(0), x.size(1)]):
            out[b, i, :] = x[b, i, :] + 1
        return out

    ops = trace(kernel, torch.randn(4, 5, 6))
    assert ops.types("helion.load") == ["tensor<6xf32>"]
    assert [block.size for block in ops.traced.blocks] == [1, 1]


def test_nested_loops_carry_through(trace):
    def kernel(x):
        out = x.new_empty(x.size(0))
        for i in hl.tile(x.size(0)):
            acc = hl.zeros([i])
            for j in hl.tile(x.size(1)):
                for k in hl.tile(x.size(2)):
                    acc += x[i, j, k].sum([1, 2])
            out[i] = acc
        return out

    ops = trace(kernel, torch.randn(4, 5, 6))
    assert [len(loop.results) for loop in ops.named("helion.tile_for")] == [1, 1]


@pytest.mark.covers("loop: hl.tile with bounds that depend on data")
def test_bounds_may_come_from_data(trace):
    def kernel(x, starts):
        out = x.new_empty(starts.size(0) - 1)
        for row in hl.grid(starts.size(0) - 1):
            begin, end = starts[row], starts[row + 1]
            acc = hl.zeros([1])
            for j in hl.tile(begin, end):
                acc += x[j].sum()
            out[row] = acc.sum()
        return out

    ops = trace(kernel, torch.randn(64), torch.zeros(5, dtype=torch.int64))
    assert ops["helion.tile_for"] == 1


def test_helpers_are_inlined(trace):
    def scale(value, factor=2.0):
        if factor == 1.0:
            return value
        return value * factor

    def twice(function, value):
        return function(function(value))

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i] = twice(functools.partial(scale, factor=3.0), x[i]) + twice(lambda v: v + 1, x[i])
        return x

    ops = trace(kernel, torch.randn(8))
    assert ops["arith.mulf"] == 2
    assert ops["arith.addf"] == 3


def test_comprehensions_conditionals_and_builtins(trace):
    def kernel(tensors):
        out = torch.empty_like(tensors[0])
        for i in hl.tile(out.size(0)):
            loaded = [each[i] for each in tensors]
            total = sum(loaded)
            pairs = [a * b for a, b in itertools.pairwise(loaded)]
            out[i] = total + max(pairs[0], pairs[1]) if len(pairs) == 2 else total
        return out

    ops = trace(kernel, [torch.randn(8) for _ in range(3)])
    assert (ops["helion.load"], ops["arith.mulf"], ops["arith.maximumf"]) == (3, 2, 1)


def test_tile_attributes(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i] = i.begin + i.end + i.id + i.count + i.block_size + hl.tile_index(i)
        return x

    ops = trace(kernel, torch.randn(8))
    for name in ("tile_begin", "tile_end", "tile_id", "tile_index"):
        assert ops[f"helion.{name}"] >= 1


@pytest.mark.covers("loop: hl.tile shared with hl.register_block_size")
def test_shared_block_sizes(trace):
    def kernel(x, y):
        block = hl.register_block_size(16, 64)
        out = torch.empty_like(x)
        for i, j in hl.tile(x.size(), block_size=[block, None]):
            acc = hl.zeros([i, j])
            for k in hl.tile(x.size(0), block_size=block):
                acc += y[k, j]
            out[i, j] = acc
        return out

    ops = trace(kernel, torch.randn(128, 32), torch.randn(128, 32))
    assert [(block.min, block.max, block.ordinal) for block in ops.traced.blocks] == [(16, 64, 0), (1, 32, 1)]


def test_fixed_block_sizes_take_no_ordinal(trace):
    def kernel(x):
        for i, j in hl.tile(x.size(), block_size=[1, None]):
            x[i, j] = 0
        return x

    ops = trace(kernel, torch.randn(8, 8))
    assert [(block.size, block.ordinal) for block in ops.traced.blocks] == [(1, None), (None, 0)]
