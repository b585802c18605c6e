# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What Helion warns about, at which line, and that `ignore_warnings` silences it."""

from __future__ import annotations

import inspect
import warnings

import pytest
import torch

import helion
import helion.language as hl
from helion import exc

X = torch.ones(16, 32)


@pytest.fixture
def warned(trace):
    """Traces a function that must warn once, at its line that ends in `# here`; and in silence when told to."""

    def traced(fn, warning, *args, **settings):
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            trace(fn, *args, **settings)
        (found,) = seen
        assert found.category is warning
        lines, first = inspect.getsourcelines(fn)
        expected = next((first + at for at, line in enumerate(lines) if line.rstrip().endswith("# here")), None)
        if expected is not None:
            assert (found.filename, found.lineno) == (__file__, expected)
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            trace(fn, *args, ignore_warnings=[warning], **settings)
        assert not seen
        return found.message

    return traced


def test_a_tensor_operation_of_the_host_part(warned):
    def kernel(x):
        y = x * 2  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = y[i, :]
        return x

    for static in (True, False):
        message = warned(kernel, exc.TensorOperationInWrapper, X, static_shapes=static)
        assert "torch.mul" in str(message)


def normalized(x):
    return x / x.sum()


def test_tensor_operations_of_a_function_that_the_host_part_calls(warned):
    def kernel(x):
        y = normalized(x)  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = y[i, :]
        return x

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        kernel_line = kernel.__code__.co_firstlineno + 1
        helion.frontend.trace(kernel, (X,), helion.Settings())
    assert {each.category for each in seen} == {exc.TensorOperationsInHostCall}
    assert {each.lineno for each in seen} == {kernel_line}
    assert "torch.sum in normalized" in str(seen[0].message)


def test_allocations_and_views_are_silent(trace, recwarn):
    def kernel(x):
        out = torch.empty_like(x).view(-1).view(x.shape)
        total = x.new_zeros(x.size(0))
        rows, columns = x.T.size()
        assert x.dim() == 2 and rows * columns
        for i in hl.tile(x.size(0)):
            out[i, :] = x[i, :]
            total[i] = x[i, :].sum(-1)
        return out * total[:, None]

    trace(kernel, X)
    trace(kernel, X, static_shapes=False)
    assert not recwarn.list


def test_a_tensor_that_is_made_elsewhere(warned):
    def kernel(x):
        out = torch.empty([16, 32])  # here
        for i in hl.tile(x.size(0)):
            out[i, :] = x[i, :]
        return out

    message = warned(kernel, exc.WrongDevice, X.to("meta"))
    assert "torch.empty" in str(message) and "meta" in str(message)


def test_an_argument_that_lives_elsewhere(warned):
    def kernel(x, weight):
        for i in hl.tile(x.size(0)):
            x[i, :] = weight[None, :]
        return x

    assert "weight" in str(warned(kernel, exc.WrongDevice, X, torch.ones(32, device="meta")))


def test_products_that_round_in_each_step(warned, trace, recwarn):
    def kernel(x, y):
        out = torch.empty([16, 16], dtype=x.dtype, device=x.device)
        for i, j in hl.tile([16, 16]):
            acc = hl.zeros([i, j])
            for k in hl.tile(32):
                acc += x[i, k] @ y[k, j]  # here
            out[i, j] = acc
        return out

    def exact(x, y):
        out = torch.empty([16, 16], dtype=x.dtype, device=x.device)
        for i, j in hl.tile([16, 16]):
            acc = hl.zeros([i, j])
            for k in hl.tile(32):
                acc += hl.dot(x[i, k], y[k, j])
            out[i, j] = acc
        return out

    args = X.to(torch.bfloat16), X.T.contiguous().to(torch.bfloat16)
    message = warned(kernel, exc.TiledKMatmulAccumulationWarning, *args, precision="strict")
    assert "acc=acc" in str(message)
    trace(kernel, *args)
    trace(exact, *args, precision="strict")
    assert not recwarn.list


def test_block_sizes_of_a_kernel_that_runs_eagerly(recwarn):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
        return x

    settings = {"config": {"block_sizes": [4]}, "ref_mode": helion.RefMode.EAGER}
    with pytest.warns(exc.BlockSizeIgnoredInInterpretMode, match="block_sizes"):
        helion.kernel(kernel, **settings)
    recwarn.clear()
    helion.kernel(kernel, ignore_warnings=[exc.BlockSizeIgnoredInInterpretMode], **settings)
    assert not recwarn.list


def test_a_parent_class_silences_its_children(trace, recwarn):
    def kernel(x):
        y = normalized(x)
        for i in hl.tile(x.size(0)):
            x[i, :] = y[i, :]
        return x

    trace(kernel, X, ignore_warnings=[exc.TensorOperationInWrapper])
    assert not recwarn.list
