# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What users read when device code is wrong: the right class, the culprit's name, its line."""

from __future__ import annotations

import inspect
import math

import pytest
import torch

import helion.language as hl
from helion import exc

X = torch.randn(16, 32)


def raised(trace, kernel, error, *args, **settings):
    """Traces `kernel`, which must fail with `error` on its line that ends in `# here`."""
    with pytest.raises(error) as caught:
        trace(kernel, *(args or (X,)), **settings)
    found = caught.value
    assert isinstance(found, exc.Base)
    lines, first = inspect.getsourcelines(kernel)
    expected = next(first + at for at, line in enumerate(lines) if line.rstrip().endswith("# here"))
    assert found.location is not None
    assert (found.location.file, found.location.line) == (__file__, expected)
    assert "^" in str(found)
    return found


def test_an_unsupported_operation(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.linalg.inv(x[i, j])  # here
        return x

    error = raised(trace, kernel, exc.TorchOperationNotSupported)
    assert "linalg_inv" in error.message


def test_too_many_indices(trace):
    def kernel(weights):
        for i, j in hl.tile(weights.size()):
            weights[i, j] = weights[i, j, 0]  # here
        return weights

    error = raised(trace, kernel, exc.RankMismatch)
    assert "weights has 2 dimensions, but 3 indices" in error.message


def test_a_loop_bound_that_is_no_size(trace):
    def kernel(x):
        for tile in hl.tile(2.5):  # here
            x[tile, 0] = 0
        return x

    assert "2.5" in str(raised(trace, kernel, exc.InvalidLoopBound))


def test_a_nested_loop_bound_that_is_no_size(trace):
    def kernel(x):
        for tile in hl.tile(x.size(0)):
            for inner in hl.tile("many"):  # here
                x[tile, inner] = 0
        return x

    raised(trace, kernel, exc.InvalidLoopBound)


def test_a_host_variable_written_on_the_device(trace):
    def kernel(x):
        total = 0
        for i, j in hl.tile(x.size()):
            total = x[i, j]  # here
            x[i, j] = total
        return x

    assert "total" in raised(trace, kernel, exc.CannotModifyHostVariableOnDevice).message


def test_a_variable_that_changes_its_dtype_in_a_loop(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            acc = hl.zeros([i], dtype=torch.float16)
            for j in hl.tile(x.size(1)):  # here
                acc = acc + x[i, j].sum(-1)
            out[i, 0] = acc
        return out

    error = raised(trace, kernel, exc.ControlFlowTensorMismatch)
    assert "acc" in error.message
    assert "float16" in str(error)
    assert "block size b0" in str(error)


def test_shapes_that_do_not_broadcast_show_block_sizes_by_name(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j] + x[i, j].sum(-1)  # here
        return x

    error = raised(trace, kernel, exc.ShapeMismatch)
    assert "[b0, b1]" in error.message.replace("block size ", "")


def test_a_host_tensor_used_whole(trace):
    def kernel(x, bias):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j] + bias  # here
        return x

    assert "bias" in raised(trace, kernel, exc.HostTensorDirectUsage, X, torch.randn(32)).message


def test_a_host_tensor_in_a_torch_call(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.sum(x)  # here
        return x

    raised(trace, kernel, exc.HostTensorDirectUsage)


def test_a_statement_that_kernels_do_not_take(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            with torch.no_grad():  # here
                x[i, j] = 0
        return x

    assert "with" in raised(trace, kernel, exc.StatementNotSupported).message


def test_a_name_that_is_not_defined(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = missing  # noqa: F821  # here
        return x

    assert "missing" in raised(trace, kernel, exc.UndefinedVariable).message


def test_a_variable_of_a_loop_read_after_it(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                last = x[i, j].sum(-1)
            x[i, 0] = last  # here
        return x

    error = raised(trace, kernel, exc.UndefinedVariable)
    assert "inside the loop" in str(error)


def test_a_tile_as_a_size(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j in hl.tile(i):  # here
                x[i, j] = 0
        return x

    raised(trace, kernel, exc.TileOfTile)


def test_a_single_tile_unpacked(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j, _k in hl.tile(x.size(1)):  # here
                x[i, j] = 0
        return x

    raised(trace, kernel, exc.FailedToUnpackTile)


def test_a_value_that_does_not_fit_where_it_is_stored(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i, j in hl.tile(x.size()):
            out[j, i] = x[i, j]  # here
        return out

    raised(trace, kernel, exc.ShapeMismatch)


def test_a_tile_attribute_that_does_not_exist(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = i.length  # here
        return x

    raised(trace, kernel, exc.IncorrectTileUsage)


def test_a_device_value_assigned_by_subscript(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            part = x[i, j]
            part[0, 0] = 1  # here
            x[i, j] = part
        return x

    assert "part" in raised(trace, kernel, exc.DeviceTensorSubscriptAssignmentNotAllowed).message


def test_factors_of_different_dtypes(trace):
    def kernel(x, y):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.matmul(x[i, j], y[j, i])  # here
        return x

    raised(trace, kernel, exc.TorchOpTracingError, X, torch.randn(32, 16, dtype=torch.float16))


def test_torch_complaints_are_wrapped(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j].view(3, 5)  # here
        return x

    error = raised(trace, kernel, exc.TorchOpTracingError)
    assert "b0" in error.message


def test_specialize_on_the_device(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            hl.specialize(3)  # here
            x[i, j] = 0
        return x

    raised(trace, kernel, exc.SpecializeOnDevice)


def test_a_wrong_call_of_a_language_function(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = hl.zeros([i, j], colour="red")  # here
        return x

    assert "hl.zeros" in raised(trace, kernel, exc.InvalidAPIUsage).message


def test_a_condition_that_is_no_scalar(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            if x[i, j] > 0:  # here
                x[i, j] = 0
        return x

    raised(trace, kernel, exc.InvalidAPIUsage)


def test_an_extent_that_is_not_constant(trace):
    def kernel(x):
        n = x.size(1)
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.zeros([i, n]).sum(-1)  # here
        return x

    error = raised(trace, kernel, exc.ShapeSpecializingAllocation, X, static_shapes=False)
    assert "hl.specialize" in str(error)


def test_an_empty_range(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j in hl.tile(7, 3):  # here
                x[i, j] = 0
        return x

    raised(trace, kernel, exc.InvalidTileRange)


def test_a_number_that_python_refuses(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = math.sqrt(-1.0)  # here
        return x

    assert "math domain error" in raised(trace, kernel, exc.TypeInferenceError).message


def test_a_kernel_without_a_device_loop(trace):
    def kernel(x):
        return x + 1

    with pytest.raises(exc.NoDeviceLoopsInKernel) as caught:
        trace(kernel, X)
    assert caught.value.location is not None


def test_a_helper_reports_its_own_line(trace):
    def helper(value):
        return value.cumprod_of_everything()  # here

    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = helper(x[i, j])
        return x

    with pytest.raises(exc.UndefinedVariable) as caught:
        trace(kernel, X)
    assert caught.value.location.function == "helper"
    assert caught.value.location.line == helper.__code__.co_firstlineno + 1
