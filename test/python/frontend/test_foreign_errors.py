# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes around code in Triton's language: which error, where, and whose fault."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import triton
import triton.language as tl

import helion
import helion.language as hl
from helion import exc

TABLE = {"a": 1}


@triton.jit
def doubled(x):
    return x * 2


@triton.jit
def _inner(x):
    y = x + 1
    return y + missing  # noqa: F821


@triton.jit
def broken(x):
    return _misshaped(x)


@triton.jit
def _misshaped(x):
    y = x + 1
    return y + tl.arange(0, 3)


@triton.jit
def uses_table(x):
    return x + TABLE["a"]


def _kernel(call):
    """A kernel that does `call(tile value, host tensor)` for each tile."""

    @helion.kernel(config=helion.Config(block_sizes=[8, 16]))
    def kernel(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        for tile in hl.tile(x.size()):
            out[tile] = call(x[tile], x)
        return out

    return kernel


def _raised(call, error: type[exc.Base] = exc.InvalidAPIUsage) -> exc.Base:
    with pytest.raises(error) as caught:
        bound = _kernel(call).bind((torch.empty(8, 16),))
        bound.compile(target="sm_90")
    return caught.value


def _line(text: str) -> int:
    lines = Path(__file__).read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


def test_output_like_of_another_shape() -> None:
    error = _raised(lambda v, x: hl.triton_kernel(doubled, (v,), v.sum(1))[:, None], exc.TritonFunctionError)
    assert error.expected == "float32[8]" and error.found == "float32[8, 16]"
    assert error.location.file == __file__ and "doubled" in error.message


def test_output_like_of_another_dtype() -> None:
    error = _raised(lambda v, x: hl.inline_triton("{0} > 0", (v,), v), exc.TritonFunctionError)
    assert error.expected == "float32[8, 16]" and error.found == "int1[8, 16]"


def test_a_result_where_none_is_given() -> None:
    error = _raised(
        lambda v, x: hl.triton_kernel("def f(x):\n    tl.store(x, 1.0)\n", (x,), v), exc.TritonFunctionError
    )
    assert error.found == "nothing"


def test_what_triton_refuses_is_shown_with_the_users_line() -> None:
    error = _raised(lambda v, x: hl.triton_kernel(broken, (v,), v), exc.TritonFunctionError)
    assert error.location.file == __file__ and error.location.line == _line("return y + tl.arange(0, 3)")
    assert error.found == "return y + tl.arange(0, 3)" and "power of 2" in error.message


def test_what_triton_refuses_of_inline_code_is_shown() -> None:
    error = _raised(lambda v, x: hl.inline_triton("t = {0} + 1\nt + tl.arange(0, 3)", (v,), v), exc.TritonFunctionError)
    assert error.found == "return t + tl.arange(0, 3)"
    assert error.location.file == __file__


def test_missing_arguments() -> None:
    error = _raised(lambda v, x: hl.triton_kernel(doubled, (), v), exc.TritonFunctionError)
    assert "missing 1 required positional argument: 'x'" in error.message


def test_names_that_nothing_defines() -> None:
    error = _raised(lambda v, x: hl.triton_kernel(_inner, (v,), v), exc.UndefinedVariable)
    assert "missing" in error.message and "_inner" in str(error)
    assert "nobody" in _raised(lambda v, x: hl.triton_kernel("nobody", (v,), v), exc.UndefinedVariable).message
    assert "gone" in _raised(lambda v, x: hl.inline_triton("{0} + gone", (v,), v), exc.UndefinedVariable).message


def test_globals_that_triton_cannot_read() -> None:
    error = _raised(lambda v, x: hl.triton_kernel(uses_table, (v,), v))
    assert "TABLE" in error.message and error.found == "dict"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{0} +", "not valid Python"),
        ("{0} + {1}", "placeholder"),
        ("{0} + {}", "placeholder"),
        ("t = {0}", "ends without a value"),
        ("", "ends without a value"),
        (3, "as a string"),
    ],
)
def test_inline_source_that_is_none(source: str, message: str) -> None:
    error = _raised(lambda v, x: hl.inline_triton(source, (v,), v))
    assert message in error.message
    assert error.location.file == __file__


@pytest.mark.parametrize("source", ["x + 1", "def f(x:\n  pass", 3])
def test_function_source_that_is_none(source) -> None:
    assert "hl.triton_kernel" in _raised(lambda v, x: hl.triton_kernel(source, (v,), v)).message


def test_arguments_that_triton_cannot_have() -> None:
    assert _raised(lambda v, x: hl.triton_kernel(doubled, (object(),), v)).found == "object"
    assert _raised(lambda v, x: hl.triton_kernel(doubled, 3, v)).found == "int"


def test_output_like_that_is_no_device_value() -> None:
    assert _raised(lambda v, x: hl.triton_kernel(doubled, (v,), 3)).found == "int"
    error = _raised(lambda v, x: hl.triton_kernel(doubled, (v,), x), exc.HostTensorDirectUsage)
    assert "x" in error.message


def test_on_the_host_and_outside() -> None:
    with pytest.raises(exc.NotInsideKernel):
        hl.triton_kernel(doubled, (), None)

    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x: torch.Tensor) -> torch.Tensor:
        hl.inline_triton("1", (), None)
        for tile in hl.tile(x.size(0)):
            x[tile] = x[tile] + 1
        return x

    with pytest.raises(exc.DeviceAPIOnHost):
        kernel.bind((torch.empty(8),))
