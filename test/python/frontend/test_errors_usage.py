# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in how kernels are declared and called, and with what belongs to the host or to the device."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import helion
import helion.language as hl
from helion import exc

X = torch.ones(16, 32)
COUNT = 0
WEIGHTS = torch.arange(32.0)


def test_a_language_function_outside_of_a_kernel():
    with pytest.raises(exc.NotInsideKernel, match=r"hl\.zeros"):
        hl.zeros([4])


def test_a_name_of_generated_code(raised):
    def kernel(x):
        _helion_launch = x.size(0)  # here
        for i in hl.tile(_helion_launch):
            x[i, :] = 0
        return x

    raised(kernel, exc.NamingConflict, under="_helion_launch", says="_helion_launch")


def test_closures_are_read(trace):
    scale = 3.0

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = x[i, :] * scale
        return x

    assert trace(kernel, X)["arith.mulf"] == 1
    assert "not raised" in exc.ClosuresNotSupported.__doc__


def test_a_captured_variable_assigned(raised):
    total = 0

    def kernel(x):
        nonlocal total
        for i in hl.tile(x.size(0)):
            total = x[i, 0].sum()  # here
            x[i, 0] = total
        return x

    raised(kernel, exc.ClosureMutation, under="total", says="total")


def test_a_global_assigned(raised):
    def kernel(x):
        global COUNT
        for i in hl.tile(x.size(0)):
            x[i, 0] = 1
            COUNT += 1  # here
        return x

    raised(kernel, exc.GlobalMutation, under="COUNT", says="COUNT")


def test_a_decorator_below_the_kernel():
    import functools

    def logged(function):
        @functools.wraps(function)
        def wrapper(*args):
            return function(*args)

        return wrapper

    def kernel(x):
        return x

    with pytest.raises(exc.DecoratorAfterHelionKernelDecorator, match="kernel"):
        helion.kernel(logged(kernel))


def test_a_call_without_tensors():
    @helion.kernel(autotune_effort="none")
    def fill(n):
        for i in hl.tile(n):
            WEIGHTS[i] = 0

    with pytest.raises(exc.NoTensorArgs, match="fill"):
        fill(3)


def test_no_device_loop(trace):
    def doubled(x):
        return x * 2

    with pytest.raises(exc.NoDeviceLoopsInKernel, match="doubled") as caught:
        trace(doubled, X)
    assert caught.value.location.line == doubled.__code__.co_firstlineno


def test_nothing_is_stored(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):  # here
            y = x[i, :] + 1
            y = y * 2
        return x

    raised(kernel, exc.EmptyDeviceLoopAfterDCE, under="hl.tile(x.size(0))", says="out[tile] = value")


@helion.kernel(autotune_effort="none")
def inner(x):
    for i in hl.tile(x.size(0)):
        x[i, :] = 0
    return x


def test_a_kernel_that_calls_a_kernel(raised):
    def on_device(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = inner(x[i, :])  # here
        return x

    def on_host(x):
        y = inner(x)  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = y[i, :]
        return x

    for kernel in (on_device, on_host):
        error = raised(kernel, exc.NestedKernelCallsNotSupported, says="inner")
        assert "kernel.fn" in error.hint


def looping(x):
    for i in hl.tile(x.size(0)):
        x[i, :] = 0


def test_a_device_loop_in_a_helper_of_the_host_part(raised):
    def kernel(x):
        looping(x)  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
        return x

    raised(kernel, exc.NotAllowedInHelperFunction, says=r"hl.tile")


def test_a_device_function_in_the_host_part(raised):
    def kernel(x):
        acc = hl.zeros([16])  # here
        for i in hl.tile(x.size(0)):
            x[i, 0] = acc
        return x

    raised(kernel, exc.DeviceAPIOnHost, says="hl.zeros")


def test_a_host_tensor_used_whole(raised):
    def operator(x):
        bias = torch.empty_like(x)
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j] + bias  # here
        return x

    def method(x):
        bias = torch.empty_like(x)
        for i, j in hl.tile(x.size()):
            x[i, j] = bias.sum()  # here
        return x

    def condition(x):
        bias = torch.empty_like(x)
        for i, j in hl.tile(x.size()):
            if bias:  # here
                x[i, j] = 0
        return x

    for kernel in (operator, method, condition):
        error = raised(kernel, exc.HostTensorDirectUsage, says="bias")
        assert "bias[tile]" in error.hint


def test_a_parameter_of_a_module(raised):
    layer = torch.nn.Linear(32, 32)

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = layer(x[i, :])  # here
        return x

    assert "[32, 32]" in raised(kernel, exc.HostTensorDirectUsage, under="layer(x[i, :])").found


@pytest.mark.parametrize("value", ["fast", None, [1, 2], 1j], ids=repr)
def test_a_host_value_without_meaning_on_the_device(raised, value):
    def kernel(x, mode):
        for i in hl.tile(x.size(0)):
            x[i, :] = x[i, :] * mode  # here
        return x

    raised(kernel, exc.CantReadOnDevice, X, value, under="x[i, :] * mode", says="number")


def test_a_host_variable_assigned(raised):
    def kernel(x):
        total = 0
        for i in hl.tile(x.size(0)):
            total += x[i, 0].sum()  # here
            x[i, 0] = total
        return x

    raised(kernel, exc.CannotModifyHostVariableOnDevice, under="total", says="total")


def test_a_device_variable_read_after_the_loop(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            total = x[i, :].sum()
            x[i, 0] = total
        return x, total  # here

    def tile(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = 0
        return x[i]  # here

    raised(kernel, exc.CannotReadDeviceVariableOnHost, under="total", says="total")
    raised(tile, exc.CannotReadDeviceVariableOnHost, under="i")


def test_what_the_host_part_assigns_anew_may_be_read(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            total = x[i, :].sum()
            x[i, 0] = total
        total = x.sum()
        return total, {i: i for i in range(3)}

    trace(kernel, X)


def test_a_name_that_is_not_defined(raised):
    def on_device(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = totl  # noqa: F821  # here
        return x

    def on_host(x):
        out = torch.empty_like(totl)  # noqa: F821  # here
        for i in hl.tile(x.size(0)):
            out[i, 0] = 0
        return out

    for kernel in (on_device, on_host):
        raised(kernel, exc.UndefinedVariable, under="totl", says="totl")


def test_a_misspelled_function(raised):
    def language(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.zero([i])  # here
        return x

    def function(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = torch.sigmod(x[i, 0])  # here
        return x

    def method(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = x[i, 0].sigmod()  # here
        return x

    def on_host(x):
        out = torch.emty_like(x)  # here
        for i in hl.tile(x.size(0)):
            out[i, 0] = 0
        return out

    for kernel, meant in ((language, "zeros"), (function, "sigmoid"), (method, "sigmoid"), (on_host, "empty_like")):
        assert raised(kernel, exc.UndefinedVariable).hint == f"did you mean {meant}?"


def test_a_value_that_leaves_its_loop_in_a_list(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            parts = []
            for j in hl.tile(x.size(1)):
                parts.append(x[i, j].sum(-1))
            x[i, 0] = parts[0]  # here
        return x

    raised(kernel, exc.UndefinedVariable, says="before the loop")


def test_a_wrong_call_of_a_language_function(raised):
    def keyword(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.zeros([i], colour="red")  # here
        return x

    def count(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.arange()  # here
        return x

    def extent(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.zeros([-3])  # here
        return x

    def factor(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.dot(x[i, :], 3)  # here
        return x

    def loop(x):
        for i in hl.tile(x.size(0), block=16):  # here
            x[i, 0] = 0
        return x

    said = {keyword: "colour", count: "0 arguments", extent: "-3", factor: "mat2", loop: "block="}
    for kernel, culprit in said.items():
        raised(kernel, exc.InvalidAPIUsage, says=culprit)


def test_a_helper_called_with_wrong_arguments(raised):
    def added(left, right):
        return left + right

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = added(x[i, 0])  # here
        return x

    raised(kernel, exc.InvalidAPIUsage, under="added(x[i, 0])", says="added(left, right)")


@pytest.mark.parametrize("value", [object(), {1, 2}, np.zeros(3), X.to_sparse()], ids=lambda v: type(v).__name__)
def test_an_argument_of_a_type_that_kernels_do_not_take(value):
    @helion.kernel(autotune_effort="none")
    def kernel(x, other):
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
        return x

    with pytest.raises(exc.UnsupportedPythonType) as caught:
        kernel.bind((X, value))
    assert (type(value).__name__ if not isinstance(value, torch.Tensor) else "other") in caught.value.message


@pytest.mark.parametrize("source", ["*tensors", "**options", "*, scale"])
def test_a_parameter_of_a_kind_that_kernels_do_not_take(source):
    def several(*tensors):
        return tensors

    def options(**options):
        return options

    def keyword(*, scale):
        return scale

    function = {"*tensors": several, "**options": options, "*, scale": keyword}[source]
    with pytest.raises(exc.UnsupportedSignature, match=source.strip("*, ")) as caught:
        helion.kernel(function)
    assert caught.value.location.line == function.__code__.co_firstlineno


def test_what_is_no_plain_function():
    def generator(x):
        yield x

    async def coroutine(x):
        return x

    for function in (generator, coroutine):
        with pytest.raises(exc.InvalidAPIUsage, match=function.__name__):
            helion.kernel(function)
    with pytest.raises(exc.InvalidAPIUsage, match="int"):
        helion.kernel(3)


def test_a_view_of_a_host_tensor_in_the_loop(raised):
    def kernel(x):
        for i in hl.tile(x.size(1)):
            x[0, i] = x.T[i, 0]  # here
        return x

    assert "before the loop" in raised(kernel, exc.HostTensorDirectUsage, under="x.T").hint


@pytest.mark.parametrize("bounds", [(64, 16), (-4,), (3.5,), ("big",)], ids=str)
def test_bounds_of_a_block_size(raised, bounds):
    def kernel(x):
        size = hl.register_block_size(*bounds)  # here
        for i in hl.tile(x.size(0), block_size=size):
            x[i, :] = 0
        return x

    raised(kernel, exc.InvalidAPIUsage, under="hl.register_block_size(*bounds)", says=str(bounds[0]))


def test_a_call_with_wrong_arguments():
    with pytest.raises(exc.IncompatibleArguments, match="scale"):
        inner(X, scale=3)


def test_a_setting_that_does_not_exist():
    with pytest.raises(exc.UnknownSetting, match="static_shapes"):
        helion.kernel(static_shape=True)


def test_a_value_that_a_setting_does_not_take():
    with pytest.raises(exc.InvalidSetting, match="'yes'"):
        helion.kernel(static_shapes="yes")
