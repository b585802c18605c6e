# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes with indices, shapes, reductions and specialization."""

from __future__ import annotations

import pytest
import torch

import helion.language as hl
from helion import exc
from helion.autotuner import IntegerFragment

X = torch.ones(16, 32)


def test_too_many_indices(raised):
    def kernel(weights):
        for i, j in hl.tile(weights.size()):
            weights[i, j, 0] = 0  # here
        return weights

    raised(kernel, exc.RankMismatch, under="weights[i, j, 0]", says="weights has 2 dimensions, but 3 indices")


@pytest.mark.parametrize("index", [1.5, "a", [1, 2], 99, -99, slice(None, None, -1)], ids=repr)
def test_what_is_no_index(raised, index):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, index] = 0  # here
        return x

    raised(kernel, exc.InvalidIndexingType, under="x[i, index]")


def test_two_ellipses(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[..., i, ...] = 0  # here
        return x

    raised(kernel, exc.InvalidIndexingType, under="x[..., i, ...]", says="one `...` only")


def test_an_index_tensor_of_floats(raised):
    def kernel(x, rows):
        for i in hl.tile(rows.size(0)):
            x[rows[i], 0] = 0  # here
        return x

    raised(kernel, exc.InvalidIndexingType, X, torch.ones(16), says="float32")


def test_a_slice_of_unknown_length(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = x[i, i.begin : i.end + 1].sum(-1)  # here
        return x

    raised(kernel, exc.InvalidIndexingType, under="x[i, i.begin : i.end + 1]", says="i:i + n")


def test_a_sequence_indexed_on_the_device(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j in hl.grid(3):
                x[i, j] = (1, 2, 3)[j]  # here
        return x

    raised(kernel, exc.InvalidSequenceSubscription, under="(1, 2, 3)[j]", says="static_range")


def test_a_reduction_that_dropped_its_dimension(raised):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j] - x[i, j].mean(-1)  # here
        return x

    error = raised(
        kernel, exc.ShapeMismatch, under="x[i, j] - x[i, j].mean(-1)", says="[b0, b1]".replace("b", "block size b")
    )
    assert "keepdim=True" in error.hint and "[:, None]" in error.hint


def test_tiles_of_different_loops(raised):
    def kernel(x):
        for i in hl.tile(16):
            for j in hl.tile(16):
                x[i, j] = x[i, 0] + x[j, 0]  # here
        return x

    assert "[:, None] and [None, :]" in raised(kernel, exc.ShapeMismatch).hint


def test_a_store_of_a_wrong_shape(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = x[i, :].sum(-1)  # here
        return x

    error = raised(kernel, exc.ShapeMismatch, under="x[i, :]", says="expected: [block size b0, 32]")
    assert "keepdim=True" in error.hint


def test_shapes_of_products(raised):
    def inner(x):
        for i, j in hl.tile([16, 16]):
            x[i, j] = torch.matmul(x[i, :], x[j, :])  # here
        return x

    def rank(x):
        for i in hl.tile(16):
            x[i, 0] = hl.dot(x[i, :], x[0, :])  # here
        return x

    def accumulator(x):
        for i, j in hl.tile([16, 16]):
            x[i, j] = hl.dot(x[i, :], x[j, :].T, acc=x[i, 0])  # here
        return x

    raised(inner, exc.ShapeMismatch, says="inner dimensions")
    raised(rank, exc.ShapeMismatch, says="rank 2")
    raised(accumulator, exc.ShapeMismatch, under="hl.dot(x[i, :], x[j, :].T, acc=x[i, 0])")


def test_factors_of_different_dtypes(raised):
    def kernel(x, y):
        for i, j in hl.tile([16, 16]):
            x[i, j] = hl.dot(x[i, :], y[:, j])  # here
        return x

    error = raised(kernel, exc.TorchOpTracingError, X, torch.ones(32, 16, dtype=torch.float16), says="torch.float16")
    assert ".to(" in error.hint


def test_batches_of_different_extents(raised):
    def kernel(x, y):
        for b, c in hl.tile([4, 5]):
            x[b, :, :] = torch.bmm(x[b, :, :], y[c, :, :])  # here
        return x

    raised(kernel, exc.DotBatchDimensionMismatch, torch.ones(4, 16, 16), torch.ones(5, 16, 16), says="b0")


def test_a_mask_of_a_wrong_shape(raised):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = hl.load(x, [i, j], extra_mask=x[i, :] > 0)  # here
        return x

    raised(kernel, exc.ShapeMismatch)


def test_a_tensor_that_32_bits_cannot_index(raised, trace):
    def kernel(x):
        for i in hl.tile(16):
            x[i, 0] = 0
        return x

    many = torch.empty(2**17, 2**16, device="meta")
    with pytest.raises(exc.InputTensorNumelExceedsIndexType, match="x has more elements"):
        trace(kernel, many, index_dtype="int32")
    far = torch.empty_strided([16, 2], [2**29, 1], device="meta")
    with pytest.raises(exc.IndexOffsetOutOfRangeForInt32, match="x does not fit"):
        trace(kernel, far, index_dtype="int32")
    trace(kernel, far)


def test_shapes_that_depend_on_data(raised):
    def positions(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.nonzero(x[i, j])  # here
        return x

    def mask(x):
        for i, j in hl.tile(x.size()):
            part = x[i, j]
            x[i, j] = part[part > 0]  # here
        return x

    def stored(x):
        for i, j in hl.tile(x.size()):
            x[x[i, j] > 0] = 0  # here
        return x

    raised(positions, exc.DataDependentOutputShapeNotSupported, under="torch.nonzero(x[i, j])", says="torch.nonzero")
    raised(mask, exc.DataDependentOutputShapeNotSupported, under="part[part > 0]", says="torch.where")
    raised(stored, exc.DataDependentOutputShapeNotSupported, under="x[x[i, j] > 0]")


def test_a_tile_taken_apart(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = torch.cat(x[i, :].chunk(2, 0), 0)  # here
        return x

    raised(kernel, exc.UnsupportedSplitOperation, says="chunk")


def test_only_elements_of_tensors_can_be_assigned(raised):
    def number(x):
        for i in hl.tile(x.size(0)):
            count = 5
            count[0] = x[i, 0]  # here
        return x

    def tuple_(x):
        for i in hl.tile(x.size(0)):
            pair = (1, 2)
            pair[0] = x[i, 0]  # here
        return x

    raised(number, exc.NonTensorSubscriptAssign, under="count[0]", says="int")
    raised(tuple_, exc.NonTensorSubscriptAssign, under="pair[0]", says="tuple")


@pytest.mark.parametrize("value", ["zero", None, [1, 2], 1j], ids=repr)
def test_what_cannot_be_stored(raised, value):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = value  # here
        return x

    raised(kernel, exc.RequiresTensorInAssignment, under="x[i, :]", says=type(value).__name__)


def test_an_element_of_a_device_value_assigned(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            part = x[i, :]
            part[:, 0] = 1  # here
            x[i, :] = part
        return x

    raised(kernel, exc.DeviceTensorSubscriptAssignmentNotAllowed, under="part[:, 0]", says="part")


def test_an_atomic_operation_on_a_device_value(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            part = x[i, :]
            hl.atomic_add(part, [i], 1)  # here
            x[i, :] = part
        return x

    raised(kernel, exc.AtomicOnDeviceTensor, under="hl.atomic_add(part, [i], 1)", says="hl.atomic_add")


def test_what_names_no_dimension_to_reduce(raised):
    def tile(x):
        for i, j in hl.tile(x.size()):
            x[i, 0] = x[i, j].sum(j)  # here
        return x

    def name(x):
        for i, j in hl.tile(x.size()):
            x[i, 0] = torch.mean(x[i, j], dim="columns")  # here
        return x

    raised(tile, exc.InvalidReductionDim, under="x[i, j].sum(j)", says="a tile does not name")
    raised(name, exc.InvalidReductionDim, says=".sum(-1)")


def test_a_dimension_that_a_value_does_not_have(raised):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j].sum(2)  # here
        return x

    raised(kernel, exc.ReductionDimInvalidForShape, under="x[i, j].sum(2)", says="dimension 2")


def test_several_dimensions_and_whole_rows_are_reduced(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j].sum([0, 1]) + x[i, :].amax(-1)[:, None]
        return x

    assert trace(kernel, X)["helion.reduce"] == 2
    for error in (exc.MultipleReductionDims, exc.ReductionOnNonTile):
        assert "not raised" in error.__doc__


def test_sizes_that_are_not_specialized(raised):
    def extent(x):
        n = x.size(1)
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.zeros([i, n]).sum(-1)  # here
        return x

    def data(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.zeros([x[0, 0].to(torch.int32)])  # here
        return x

    def unrolled(x):
        n = x.size(1)
        for i in hl.tile(x.size(0)):
            for j in hl.static_range(n):  # here
                x[i, j] = 0
        return x

    error = raised(extent, exc.ShapeSpecializingAllocation, under="hl.zeros([i, n])", static_shapes=False)
    assert "x.size(1)" in error.found and "hl.specialize" in error.hint
    raised(data, exc.ShapeSpecializingAllocation, says="cannot depend on data")
    error = raised(unrolled, exc.ShapeSpecializingCall, under="hl.static_range(n)", static_shapes=False)
    assert "x.size(1)" in error.found and "hl.specialize" in error.hint


def test_specialize_in_wrong_places(raised):
    def device(x):
        for i in hl.tile(x.size(0)):
            hl.specialize(3)  # here
            x[i, 0] = 0
        return x

    def tensor(x):
        n = hl.specialize(x)  # here
        for i in hl.tile(n):
            x[i, 0] = 0
        return x

    raised(device, exc.SpecializeOnDevice, under="hl.specialize(3)")
    raised(tensor, exc.SpecializeArgType, says="a size")


def test_bounds_of_tunables_that_are_no_constants(raised):
    def block(x):
        size = hl.register_block_size(x.size(0), x.size(1))  # here
        for i in hl.tile(x.size(0), block_size=size):
            x[i, 0] = 0
        return x

    def fragment(x, most: int):
        factor = hl.register_tunable("factor", IntegerFragment(1, most, 1))  # here
        for i in hl.tile(x.size(0)):
            x[i, 0] = factor
        return x

    raised(block, exc.ConfigSpecFragmentWithSymInt, static_shapes=False, says="least")
    raised(fragment, exc.ConfigSpecFragmentWithSymInt, X, 4, says="factor")
