# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Python and torch that device code does not take, and what it takes that others refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

import helion.language as hl
from helion import exc

X = torch.ones(16, 32)


def test_statements_that_kernels_do_not_take(raised):
    def with_(x):
        for i in hl.tile(x.size(0)):
            with torch.no_grad():  # here
                x[i, :] = 0
        return x

    def try_(x):
        for i in hl.tile(x.size(0)):
            try:  # here
                x[i, :] = 0
            finally:
                pass
        return x

    def raise_(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
            raise ValueError("too large")  # here
        return x

    def import_(x):
        for i in hl.tile(x.size(0)):
            import math  # here

            x[i, :] = math.pi
        return x

    def class_(x):
        for i in hl.tile(x.size(0)):

            class State: ...  # here

            x[i, :] = 0
        return x

    for kernel in (with_, try_, raise_, import_, class_):
        raised(kernel, exc.StatementNotSupported, says=f"`{kernel.__name__.strip('_')}`")


def test_expressions_that_kernels_do_not_take(raised):
    def generator(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = yield 3  # here

    def values(x):
        for i in hl.tile(x.size(0)):
            parts = {x[i, 0]}  # here
            x[i, :] = len(parts)
        return x

    raised(generator, exc.StatementNotSupported, under="yield 3", says="`yield`")
    raised(values, exc.StatementNotSupported, under="{x[i, 0]}", says="a set of device values")


def test_a_return_from_a_device_loop(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
            return x  # here

    raised(kernel, exc.StatementNotSupported, says="`return`")


def test_recursion(trace):
    def halved(value):
        return halved(value / 2)

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = halved(x[i, :])
        return x

    with pytest.raises(exc.StatementNotSupported, match="recursion") as caught:
        trace(kernel, X)
    assert caught.value.location.function == "halved"


def test_what_is_not_allowed_on_the_device(raised):
    def array(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = np.exp(x[i, :])  # here
        return x

    def to_list(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = x[i, 0].tolist()[0]  # here
        return x

    def backward(x):
        for i in hl.tile(x.size(0)):
            x[i, 0].sum().backward()  # here
            x[i, 0] = 0
        return x

    def out(x):
        for i in hl.tile(x.size(0)):
            value = x[i, :]
            torch.exp(value, out=value)  # here
            x[i, :] = value
        return x

    def inplace(x):
        for i in hl.tile(x.size(0)):
            value = x[i, :]
            F.relu(value, inplace=True)  # here
            x[i, :] = value
        return x

    def underscore(x):
        for i in hl.tile(x.size(0)):
            value = x[i, :]
            torch.relu_(value)  # here
            x[i, :] = value
        return x

    def text(x):
        for i in hl.tile(x.size(0)):
            name = f"row {x[i, 0]}"  # here
            x[i, :] = len(name)
        return x

    def block(x):
        for i in hl.tile(x.size(0)):
            size = hl.register_block_size(16)  # here
            x[i, :] = size
        return x

    def string(x):
        for i in hl.tile(x.size(0)):
            name = str(x[i, 0])  # here
            x[i, :] = len(name)
        return x

    def builtin(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = sorted([x[i, 0], x[i, 1]])[0]  # here
        return x

    def function(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = math.gamma(x[i, 0])  # here
        return x

    said = {
        string: "str() of a device value", builtin: "sorted() of a device value", function: "math.gamma",
        array: "numpy.exp", to_list: "Tensor.tolist", backward: "Tensor.backward", out: "out=", inplace: "inplace=True",
        underscore: "torch.relu_", text: "text of x[i, 0]", block: "hl.register_block_size",
    }  # fmt: skip
    for kernel, culprit in said.items():
        raised(kernel, exc.NotAllowedOnDevice, says=f"{culprit} is not allowed on the device")


def test_a_host_object_in_a_torch_call(raised):
    table = np.ones(32, dtype=np.float32)

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = torch.mul(x[i, :], table)  # here
        return x

    raised(kernel, exc.TracedArgNotSupported, under="torch.mul(x[i, :], table)", says="ndarray")


def test_targets_that_cannot_be_assigned(raised):
    def attribute(x):
        for i in hl.tile(x.size(0)):
            x.mean_of_rows = x[i, 0]  # here
            x[i, 0] = 0
        return x

    def transposed(x):
        for i in hl.tile(x.size(0)):
            value = x[i, :]
            value.T.mul_(2)  # here
            x[i, :] = value
        return x

    def loaded(x):
        for i in hl.tile(x.size(0)):
            x[i, :].add_(1)  # here
        return x

    raised(attribute, exc.InvalidAssignment, under="x.mean_of_rows")
    raised(transposed, exc.InvalidAssignment, says="value.T.mul_(2)")
    raised(loaded, exc.InvalidAssignment, says="x[i, :].add_(1)")


def test_values_for_too_many_names(raised):
    def tuple_(x):
        for i in hl.tile(x.size(0)):
            a, _b, _c = x[i, 0], 1  # here
            x[i, 0] = a
        return x

    def tensor(x):
        for i in hl.tile(x.size(0)):
            a, _b = x[i, :]  # here
            x[i, 0] = a
        return x

    raised(tuple_, exc.FailedToUnpackTupleAssign, under="a, _b, _c", says="2 values into 3 names")
    raised(tensor, exc.FailedToUnpackTupleAssign, under="a, _b", says="block size b0")


def test_a_starred_argument_of_unknown_length(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = max(*x[i, 0])  # here
        return x

    raised(kernel, exc.StarredArgsNotSupportedOnDevice, says="block size b0")


def test_kinds_of_values_that_branches_cannot_combine(raised):
    def statement(x):
        for i in hl.tile(x.size(0)):
            if x[0, 0] > 0:  # here
                mode = "a"
            else:
                mode = "b"
            x[i, 0] = 1 if mode == "a" else 2
        return x

    def expression(x):
        for i in hl.tile(x.size(0)):
            mode = "a" if x[0, 0] > 0 else "b"  # here
            x[i, 0] = len(mode)
        return x

    raised(statement, exc.CantCombineTypesInControlFlow, says="mode")
    raised(expression, exc.CantCombineTypesInControlFlow, under='"a" if x[0, 0] > 0 else "b"', says="str")


def test_values_that_differ_between_branches(raised):
    def shapes(x):
        for i, j in hl.tile(x.size()):
            if x[0, 0] > 0:  # here
                value = x[i, j]
            else:
                value = x[i, j].sum(-1)
            x[i, j] = value
        return x

    def dtypes(x):
        for i, j in hl.tile(x.size()):
            if x[0, 0] > 0:  # here
                value = x[i, j]
            else:
                value = x[i, j].half()
            x[i, j] = value
        return x

    for kernel in (shapes, dtypes):
        raised(kernel, exc.ControlFlowTensorMismatch, says="value")


def test_a_variable_of_one_branch(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            if x[0, 0] > 0:
                value = x[i, 0]
            x[i, 0] = value  # here
        return x

    raised(kernel, exc.UndefinedVariable, under="value", says="one branch")


def test_conditions_that_are_no_scalars(raised):
    def branch(x):
        for i, j in hl.tile(x.size()):
            if x[i, j] > 0:  # here
                x[i, j] = 0
        return x

    def loop(x):
        for i, j in hl.tile(x.size()):
            value = x[i, j]
            while value > 0:  # here
                value = value - 1
            x[i, j] = value
        return x

    def block(x):
        for i, j in hl.tile(x.size()):
            if i.block_size:  # here
                x[i, j] = 0
        return x

    def item(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j].item()  # here
        return x

    raised(branch, exc.InvalidAPIUsage, says="[block size b0, block size b1]")
    raised(loop, exc.InvalidAPIUsage, says="[block size b0, block size b1]")
    raised(block, exc.InvalidAPIUsage, says="block size")
    raised(item, exc.InvalidAPIUsage, under="x[i, j].item()", says="one element")


def test_what_python_refuses(raised):
    def call(x):
        activation = None
        for i in hl.tile(x.size(0)):
            x[i, :] = activation(x[i, :])  # here
        return x

    def operands(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = len("a" + 1)  # here
        return x

    def on_host(x):
        rows = x.size(0) + "1"  # here
        for i in hl.tile(rows):
            x[i, :] = 0
        return x

    raised(call, exc.TypeInferenceError, under="activation(x[i, :])", says="None cannot be called")
    raised(operands, exc.TypeInferenceError, says="TypeError")
    raised(on_host, exc.TypeInferenceError, says="TypeError")


def test_what_torch_refuses(raised):
    def shape(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j].view(3, 5)  # here
        return x

    def argument(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.softmax(x[i, j])  # here
        return x

    def on_host(x):
        n = int(x.sum().item())  # here
        for i in hl.tile(n):
            x[i, :] = 0
        return x

    raised(shape, exc.TorchOpTracingError, under="x[i, j].view(3, 5)", says="b0 * b1")
    raised(argument, exc.TorchOpTracingError, says="dim")
    raised(
        on_host, exc.TorchOpTracingError, says="reads data of a tensor", ignore_warnings=[exc.TensorOperationInWrapper]
    )


def test_checks_of_the_host_part_pass_through(trace):
    def kernel(x):
        if x.size(0) != 4:
            raise ValueError("four rows, please")
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
        return x

    with pytest.raises(ValueError, match="four rows, please"):
        trace(kernel, X)


def test_a_graph_that_is_more_than_calls(raised, trace):
    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = torch.nn.Parameter(torch.ones(32))

        def forward(self, value):
            return value * self.weight

    def kernel(x, graph):
        for i in hl.tile(x.size(0)):
            x[i, :] = graph(x[i, :])  # here
        return x

    raised(
        kernel,
        exc.GraphModuleUnsupportedOps,
        X,
        torch.fx.symbolic_trace(Scaled()),
        under="graph(x[i, :])",
        says="weight",
    )
    ops = trace(kernel, X, torch.fx.symbolic_trace(lambda value: torch.exp(value) + 1))
    assert ops["math.exp"] == 1


def test_assignment_to_several_targets(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            a = b = x[i, :]
            x[i, :] = a + b
        return x

    assert trace(kernel, X)["helion.load"] == 1
    assert "not raised" in exc.AssignmentMultipleTargets.__doc__


def test_tracing_ends_at_the_first_error():
    assert "not raised" in exc.ErrorCompilingKernel.__doc__
