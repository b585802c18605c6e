# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dynamic shapes: sizes become arguments, and what was assumed about them becomes guards."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl


def add(x, y):
    m, n = x.size()
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        out[tile_m, tile_n] = x[tile_m, tile_n] + y[tile_m, tile_n]
    return out


def row_sum(x):
    m, _n = x.size()
    out = x.new_empty([m])
    for tile in hl.tile(m):
        out[tile] = x[tile, :].sum(-1)
    return out


def holds(ops, *args):
    return all(guard(args) for guard in ops.traced.guards)


def launched(ops, *args):
    calls = []
    ops.traced.make_host_function(lambda *values: calls.append(values))(*args)
    return dict(zip([arg.name for arg in ops.traced.args], calls[0]))


def test_sizes_are_arguments(trace):
    ops = trace(add, torch.randn(100, 70), torch.randn(100, 70), static_shapes=False)
    kernel = ops.one("helion.kernel")
    memref = "memref<?x?xf32, strided<[?, 1]>>"
    types = [str(argument.type) for argument in kernel.regions[0].blocks[0].arguments]
    assert types.count(memref) == 3
    assert ops["helion.view"] == 3
    assert [op.operands[2] for op in ops.named("helion.grid")] == [
        argument for argument in kernel.regions[0].blocks[0].arguments if argument.arg_number == _position(ops, "m")
    ]
    x = torch.randn(33, 19)
    values = launched(ops, x, x)
    assert (values["m"], values["n"]) == (33, 19)


def _position(ops, name):
    return [arg.name for arg in ops.traced.args].index(name)


def test_one_trace_serves_other_sizes(trace):
    ops = trace(add, torch.randn(100, 70), torch.randn(100, 70), static_shapes=False)
    for shape in ((3, 5), (1000, 2)):
        x = torch.randn(shape)
        assert holds(ops, x, x)


def test_a_row_taken_whole_specializes_its_length(trace):
    ops = trace(row_sum, torch.randn(100, 70), static_shapes=False)
    assert "tensor<?x70xf32, #helion.dims<[@b0, 70]>>" in ops.types("helion.load")
    assert holds(ops, torch.randn(3, 70))
    assert not holds(ops, torch.randn(100, 71))


@pytest.mark.covers("shape: hl.specialize of one size")
def test_specialize_makes_a_size_constant_and_guards_it(trace):
    def kernel(x):
        m, n = x.size()
        n = hl.specialize(n)
        out = torch.empty_like(x)
        for tile in hl.tile(m):
            out[tile, :] = x[tile, :] + hl.zeros([tile, n])
        return out

    ops = trace(kernel, torch.randn(6, 16), static_shapes=False)
    assert holds(ops, torch.randn(9, 16))
    assert not holds(ops, torch.randn(9, 17))


@pytest.mark.covers("shape: mark_static")
def test_marked_sizes_are_constants(trace):
    def kernel(x):
        out = torch.empty([x.size(0), x.size(1)])
        for i in hl.tile(x.size(0)):
            out[i, :] = hl.zeros([i, x.size(1)]) + x[i, :]
        return out

    x = torch.randn(8, 16)
    torch._dynamo.mark_static(x, 1)
    ops = trace(kernel, x, static_shapes=False)
    assert not ops.traced.guards
    assert [arg.expression for arg in ops.traced.args if arg.kind == "scalar"] == ["_helion_s0"]
    bound = helion.kernel(kernel, static_shapes=False, autotune_effort="none")
    assert bound.specialization_key((x,)) != bound.specialization_key((torch.randn(8, 16),))


def test_other_strides_than_contiguous_ones_are_arguments(trace):
    x = torch.randn(70, 100).t()
    ops = trace(add, x, x, static_shapes=False)
    kernel = ops.one("helion.kernel")
    assert "memref<?x?xf32, strided<[1, ?]>>" in [str(a.type) for a in kernel.regions[0].blocks[0].arguments]
    values = launched(ops, x, x)
    assert 70 in [value for value in values.values() if isinstance(value, int)]


def test_views_compute_their_sizes_from_the_arguments(trace):
    def kernel(x):
        flat = x.reshape([-1, x.size(-1)])
        out = torch.empty_like(flat)
        for i, j in hl.tile(flat.size()):
            out[i, j] = flat[i, j] * 2
        return out.view(x.size())

    ops = trace(kernel, torch.randn(4, 6, 8), static_shapes=False)
    x = torch.randn(5, 7, 9)
    assert holds(ops, x)
    assert {35, 9} <= {value for value in launched(ops, x).values() if isinstance(value, int)}


@pytest.mark.parametrize("value", [5, 0.5])
def test_numbers_and_sizes_mix(trace, value):
    def kernel(x, n):
        scaled = x.size(0) * n
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile] * scaled
        return out

    ops = trace(kernel, torch.randn(6), value, static_shapes=False)
    assert launched(ops, torch.randn(8), value)["scaled"] == 8 * value
    assert holds(ops, torch.randn(8), value)
    assert ops.traced.args[_position(ops, "scaled")].type == ("i32" if isinstance(value, int) else "fp32")
