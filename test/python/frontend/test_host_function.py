# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The host function: the kernel's own Python, with a launch in the place of the loop."""

from __future__ import annotations

import dataclasses
import typing

import pytest
import torch

import helion
import helion.language as hl

CAPTURED = torch.randn(64)
FACTOR = 3


def doubled(x: torch.Tensor) -> torch.Tensor:
    return x * 2


def launched(ops, *args):
    """Runs the host function with a launch that records its arguments."""
    calls = []
    result = ops.traced.make_host_function(lambda *values: calls.append(values))(*args)
    assert len(calls) == 1
    assert len(calls[0]) == len(ops.traced.args)
    return calls[0], result


def test_the_launch_gets_the_arguments_in_kernel_order(trace):
    def kernel(x, y):
        assert x.shape == y.shape
        out = torch.empty_like(x)
        unused = x.sum()
        for tile in hl.tile(x.size(0)):
            out[tile] = y[tile] - x[tile]
        return out, unused

    x, y = torch.randn(64), torch.randn(64)
    ops = trace(kernel, x, y)
    values, result = launched(ops, x, y)
    assert [arg.name for arg in ops.traced.args] == ["y", "x", "out"]
    assert values[0] is y
    assert values[1] is x
    assert values[2] is result[0]
    torch.testing.assert_close(result[1], x.sum())


@pytest.mark.covers("python: closure", "python: global tensor", "python: global number")
def test_closures_globals_defaults_and_helpers_work(trace):
    offset = 7

    def kernel(x, scale=2.0):
        y = doubled(x)
        out = y.new_empty(x.size(0))
        for tile in hl.tile(x.size(0)):
            out[tile] = y[tile] * FACTOR + offset + CAPTURED[tile] * scale
        return out

    x = torch.randn(64)
    ops = trace(kernel, x, 2.0)
    values, _ = launched(ops, x)
    by_name = dict(zip([arg.name for arg in ops.traced.args], values))
    torch.testing.assert_close(by_name["y"], x * 2)
    assert by_name["CAPTURED"] is CAPTURED
    assert by_name["scale"] == 2.0
    assert set(by_name) == {"y", "CAPTURED", "scale", "out"}


def test_tensors_in_containers_are_found(trace):
    @dataclasses.dataclass
    class Weights:
        first: torch.Tensor
        rest: list

    class Pair(typing.NamedTuple):
        a: torch.Tensor
        b: torch.Tensor

    def kernel(weights, table, pair):
        out = torch.empty_like(table["x"])
        for tile in hl.tile(out.size(0)):
            acc = weights.first[tile] + table["x"][tile] + pair.b[tile]
            for each in weights.rest:
                acc = acc + each[tile]
            out[tile] = acc
        return out

    tensors = [torch.randn(32) for _ in range(6)]
    args = (Weights(tensors[0], tensors[1:3]), {"x": tensors[3]}, Pair(tensors[4], tensors[5]))
    ops = trace(kernel, *args)
    values, result = launched(ops, *args)
    expected = [tensors[0], tensors[3], tensors[5], tensors[1], tensors[2], result]
    assert all(got is want for got, want in zip(values, expected))
    assert ops["arith.addf"] == 4


def test_numbers_are_arguments_whose_values_do_not_matter(trace):
    def kernel(x, n: int, scale: float):
        out = torch.empty_like(x)
        shifted = n * 2 + 1
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile] * scale + shifted
        return out

    x = torch.randn(64)
    ops = trace(kernel, x, 5, 0.5)
    (guard,) = ops.traced.guards
    assert guard((x, 8, 0.25)) and not guard((x, 2**40, 0.25))
    values, _ = launched(ops, x, 8, 0.25)
    assert dict(zip([arg.name for arg in ops.traced.args], values))["shifted"] == 17
    assert [arg.type for arg in ops.traced.args] == ["*fp32", "fp32", "i32", "*fp32"]


def test_what_the_host_part_assumes_about_numbers_becomes_a_guard(trace):
    def kernel(x, n: int):
        out = x.new_empty([n, x.size(0)])
        for i, tile in hl.tile([n, x.size(0)]):
            out[i, tile] = x[tile][None, :]
        return out

    x = torch.randn(64)
    ops = trace(kernel, x, 5)
    (guard,) = ops.traced.guards
    assert guard((x, 5))
    assert not guard((x, 6))


def test_a_branch_on_a_number_is_a_guard(trace):
    def kernel(x, n: int):
        out = torch.empty_like(x)
        sign = 1 if n > 3 else -1
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile] * sign
        return out

    x = torch.randn(64)
    (guard,) = trace(kernel, x, 5).traced.guards
    assert guard((x, 4))
    assert not guard((x, 3))


@pytest.mark.covers("python: string argument", "python: if on a constant")
def test_flags_and_strings_choose_code(trace):
    def kernel(x, negate: bool, mode: str):
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            value = -x[tile] if negate else x[tile]
            if mode == "exp":
                value = torch.exp(value)
            out[tile] = value
        return out

    assert trace(kernel, torch.randn(64), True, "exp")["math.exp"] == 1
    assert trace(kernel, torch.randn(64), True, "")["math.exp"] == 0
    assert trace(kernel, torch.randn(64), False, "")["arith.negf"] == 0


def test_a_loop_in_a_host_branch_is_found(trace):
    def kernel(x):
        out = torch.empty_like(x)
        if x.dim() == 2:
            for i, j in hl.tile(x.size()):
                out[i, j] = x[i, j]
        else:
            for i in hl.tile(x.size(0)):
                out[i] = x[i]
        return out

    assert len(trace(kernel, torch.randn(8, 8)).traced.blocks) == 2
    assert len(trace(kernel, torch.randn(8)).traced.blocks) == 1


def test_the_source_is_python_that_launches_once(trace):
    def kernel(x):
        """Documentation."""
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile]
        return out

    source = trace(kernel, torch.randn(8)).traced.host_source
    compile(source, "host", "exec")
    assert source.count("_helion_launch(") == 1
    assert "hl.tile" not in source


def test_the_host_part_sees_the_real_device(trace):
    def kernel(x):
        assert x.device.type == "cpu"
        assert not x.is_cuda
        out = torch.empty_like(x, device=x.device)
        assert out.device == x.device
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile]
        return out

    trace(kernel, torch.randn(8))
    trace(kernel, torch.randn(8), static_shapes=False)


def test_errors_of_the_host_part_are_the_users_own(trace):
    def kernel(x):
        assert x.size(0) == 3, "three, please"
        for tile in hl.tile(x.size(0)):
            x[tile] = 0
        return x

    with pytest.raises(AssertionError, match="three, please"):
        trace(kernel, torch.randn(8))


@pytest.mark.covers("python: hl.constexpr as annotation")
def test_parameters_marked_constexpr_are_constants(trace):
    def kernel(x, width: hl.constexpr):
        out = x.new_empty([x.size(0), width])
        for i in hl.tile(x.size(0)):
            out[i, :] = hl.zeros([i, width])
        return out

    ops = trace(kernel, torch.randn(8), 4)
    assert not ops.traced.guards
    assert ops.types("helion.full") == ["tensor<?x4xf32, #helion.dims<[@b0, 4]>>"]


def test_the_host_part_computes_with_block_sizes(device):
    @helion.kernel
    def partial_sums(x):
        block = hl.register_block_size(x.size(0))
        wide = block > 8
        out = x.new_empty([helion.cdiv(x.size(0), block), 2 if wide else 1])
        for tile in hl.tile(x.size(0), block_size=block):
            for column in hl.static_range(2 if wide else 1):
                out[tile.id, column] = x[tile].sum()
        return out.sum(0)

    x = torch.randn(50)
    for settings in ({"static_shapes": True}, {"static_shapes": False}):
        for block in (4, 8, 16, 64):
            kernel = helion.kernel(partial_sums.fn, config=helion.Config(block_sizes=[block]), **settings)
            wanted = x.sum().expand(2 if block > 8 else 1)
            torch.testing.assert_close(kernel(x.to(device)).cpu(), wanted)


def test_block_sizes_that_only_an_assertion_needs_are_not_part_of_the_trace(trace):
    def kernel(x):
        block = hl.register_block_size(x.size(0))
        assert x.size(0) % block == 0
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0), block_size=block):
            out[tile] = x[tile]
        return out

    assert trace(kernel, torch.randn(64)).traced.host_blocks == {}
