# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Index lists: what each form becomes, and the shape of what it loads."""

from __future__ import annotations

import pytest
import torch

import helion.language as hl
from helion import exc


def load_types(ops):
    return ops.types("helion.load")


def test_none_adds_a_dimension_to_what_is_loaded(trace):
    def kernel(x, y):
        out = torch.empty([y.size(0), x.size(0)])
        for i, j in hl.tile([y.size(0), x.size(0)]):
            out[i, j] = y[i, None] + x[None, j]
        return out

    ops = trace(kernel, torch.randn(8), torch.randn(16))
    assert load_types(ops) == ["tensor<?xf32, #helion.dims<[@b0]>>", "tensor<?xf32, #helion.dims<[@b1]>>"]
    assert ops["helion.expand_dims"] == 2
    assert ops["helion.broadcast"] == 2


@pytest.mark.covers("index: left out dimensions")
def test_left_out_and_elided_dimensions_are_whole(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i] = x[i, ...] + x[i, :, 0:4] + x[..., i, :, :]
        return out

    ops = trace(kernel, torch.randn(16, 3, 4))
    assert set(load_types(ops)) == {"tensor<?x3x4xf32, #helion.dims<[@b0, 3, 4]>>"}


def test_negative_and_symbolic_integers(trace):
    def kernel(x, n: int):
        out = x.new_empty(x.size(0))
        for i in hl.tile(x.size(0)):
            out[i] = x[i, -1] + x[i, n] + x[i, i.begin]
        return out

    ops = trace(kernel, torch.randn(16, 32), 3)
    last, given, begin = (op.operands[2] for op in ops.named("helion.load"))
    assert last.owner.attributes["value"].value == 31
    assert not hasattr(given.owner, "name") or given.owner.name != "arith.constant"
    assert begin.owner.name == "helion.tile_begin"


@pytest.mark.parametrize("side", ["left", "right", "index"])
def test_a_shifted_tile_stays_a_tile(trace, side):
    def kernel(x, side: str):
        out = x.new_empty(8)
        for i in hl.tile(8):
            if side == "left":
                out[i] = x[i + 8 - 1]
            elif side == "right":
                out[i] = x[7 + i]
            else:
                out[i] = x[i.index + 7]
        return out

    ops = trace(kernel, torch.randn(16), side)
    shift = ops.one("helion.shift_tile")
    assert shift.operands[1].owner.attributes["value"].value == 7
    assert all("index_dims" not in op.attributes for op in ops.named("helion.load"))


def test_two_vectors_of_indices_make_a_product(trace):
    def kernel(x, rows, columns):
        out = x.new_empty([rows.size(0), columns.size(0)])
        for i, j in hl.tile(out.size()):
            out[i, j] = x[rows[i], columns[j]]
        return out

    ops = trace(kernel, torch.randn(32, 64), torch.zeros(5, dtype=torch.int64), torch.zeros(7, dtype=torch.int32))
    gather = ops.named("helion.load")[-1]
    assert str(gather.results[0].type) == "tensor<?x?xf32, #helion.dims<[@b0, @b1]>>"
    assert [str(each.type) for each in list(gather.operands)[1:]] == [
        "tensor<?x1xi32, #helion.dims<[@b0, 1]>>", "tensor<1x?xi32, #helion.dims<[1, @b1]>>",
    ]  # fmt: skip


def test_vectors_of_one_axis_go_together(trace):
    def kernel(x, rows, columns):
        out = x.new_empty([rows.size(0)])
        for i in hl.tile(rows.size(0)):
            out[i] = x[rows[i], columns[i]]
        return out

    index = torch.zeros(5, dtype=torch.int32)
    ops = trace(kernel, torch.randn(32, 64), index, index.clone())
    assert load_types(ops)[-1] == "tensor<?xf32, #helion.dims<[@b0]>>"


def test_the_indices_of_a_tile_go_along_with_a_vector_of_its_axis(trace):
    def kernel(x, chosen):
        out = x.new_empty([x.size(0)])
        for i in hl.tile(x.size(0)):
            out[i] = x[i.index, chosen[i]]
        return out

    ops = trace(kernel, torch.randn(40, 30), torch.randint(0, 30, (40,)))
    assert ops.types("helion.load")[-1] == "tensor<?xf32, #helion.dims<[@b0]>>"


@pytest.mark.covers("index: index tensors of several dimensions")
def test_a_matrix_of_indices_broadcasts(trace):
    def kernel(x, index):
        out = x.new_empty([*index.size(), x.size(1)])
        for i, j in hl.tile(index.size()):
            out[i, j, :] = x[index[i, j], :]
        return out

    ops = trace(kernel, torch.randn(32, 16), torch.zeros(4, 6, dtype=torch.int32))
    gather = ops.named("helion.load")[-1]
    assert str(gather.results[0].type) == "tensor<?x?x16xf32, #helion.dims<[@b0, @b1, 16]>>"
    assert str(gather.operands[1].type) == "tensor<?x?x1xi32, #helion.dims<[@b0, @b1, 1]>>"
    assert list(gather.attributes["index_dims"]) == [-1, 2]


def test_a_scatter_and_a_store_with_none(trace):
    def kernel(x, index, out):
        for i in hl.tile(x.size(0)):
            out[index[i], :] = x[i, :]
            out[None, 0, i] = x[i, 0]
        return out

    ops = trace(kernel, torch.randn(8, 8), torch.zeros(8, dtype=torch.int32), torch.empty(8, 8))
    assert ops["helion.store"] == 2


@pytest.mark.covers("index: x[tile] += value")
def test_augmented_assignment_loads_adds_and_stores(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i] += 1
        return x

    ops = trace(kernel, torch.randn(8))
    assert [op.name for op in ops.all if op.name in ("helion.load", "arith.addf", "helion.store")] == [
        "helion.load", "arith.addf", "helion.store",
    ]  # fmt: skip


def test_stores_convert_to_the_dtype_of_the_tensor(trace):
    def kernel(x, out):
        for i in hl.tile(x.size(0)):
            out[i] = x[i]
        return out

    ops = trace(kernel, torch.randn(8), torch.empty(8, dtype=torch.bfloat16))
    assert "user" not in ops.one("helion.convert").attributes


def test_numbers_are_stored_everywhere(trace):
    def kernel(out):
        for i in hl.tile(out.size(0)):
            out[i] = 3
        return out

    ops = trace(kernel, torch.empty(8))
    assert ops.types("helion.full") == ["tensor<?xf32, #helion.dims<[@b0]>>"]


def test_explicit_loads_take_masks_and_eviction_policies(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            mask = i.index < 5
            hl.store(out, [i], hl.load(x, [i], extra_mask=mask, eviction_policy="first"), extra_mask=mask)
        return out

    ops = trace(kernel, torch.randn(8))
    load = ops.one("helion.load")
    assert len(list(load.operands)) == 3
    assert "eviction" in load.attributes


def test_atomics_count_on_their_own(trace):
    def kernel(x, out):
        for i, j in hl.tile(x.size()):
            hl.atomic_add(out, [i], x[i, j].sum(-1))
        return out

    ops = trace(kernel, torch.randn(8, 8), torch.zeros(8))
    assert ops.one("helion.atomic_rmw").attributes["ordinal"].value == 0
    assert [fact.kind for fact in ops.traced.memory_ops] == ["load", "atomic"]


@pytest.mark.parametrize("kind", ["mask", "float", "text"])
def test_what_is_no_index_is_refused(trace, kind):
    def kernel(x, kind: str):
        for i in hl.tile(x.size(0)):
            index = {"mask": i.index < 3, "float": x[i], "text": "a"}[kind]
            x[i] = x[index]
        return x

    expected = exc.DataDependentOutputShapeNotSupported if kind == "mask" else exc.InvalidIndexingType
    with pytest.raises(expected):
        trace(kernel, torch.randn(8), kind)


@pytest.mark.covers("index: offsets of 64 bits")
def test_large_tensors_are_indexed_with_64_bits(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = i.index[:, None] + j.index[None, :]
        return x

    ops = trace(kernel, torch.empty(2**20, 2**12, device="meta"))
    assert "i64" in ops.types("helion.tile_index")[0]
    assert "i32" in trace(kernel, torch.empty(4, 8)).types("helion.tile_index")[0]
