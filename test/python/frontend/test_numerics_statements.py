# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Statements and expressions of Python in device code, and the kinds of arguments, compute what Python computes."""

from __future__ import annotations

import functools

import pytest
import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from helion.testing import check

FOUR = helion.Config(block_sizes=[4])
OFFSET = 3
SHIFTS = torch.arange(16.0)


def vector(device, size=7):
    return torch.randn(size, device=device)


@pytest.mark.covers("python: chained comparisons")
def test_chained_comparisons_and_membership(device):
    @helion.kernel(config=helion.Config())
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            value = x[i]
            inside = 1.0 if 0 < value <= 2 else 0.0
            out[i] = inside + (10.0 if value in (1, 5) else 0.0) + (100.0 if value not in (1, 7) else 0.0)
        return out

    def reference(x):
        inside = ((x > 0) & (x <= 2)).float()
        return inside + 10 * ((x == 1) | (x == 5)).float() + 100 * ((x != 1) & (x != 7)).float()

    check(kernel, (torch.arange(9.0, device=device),), reference, device=device)


@pytest.mark.covers("python: abs")
def test_builtins_of_device_values(device):
    @helion.kernel(config=helion.Config())
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            value = x[i]
            quotient, rest = divmod(value, 3)
            some = any([value > 3, value < 1])
            every = all([value > 1, value < 5])
            out[i] = abs(value - 4) + quotient * 10 + rest * 100
            if some:
                out[i] += 1000
            if not every:
                out[i] += 10000
        return out

    def reference(x):
        made = (x - 4).abs() + x // 3 * 10 + x % 3 * 100
        return made + 1000 * ((x > 3) | (x < 1)) + 10000 * ((x <= 1) | (x >= 5))

    check(kernel, (torch.arange(8.0, device=device),), reference, device=device)


@pytest.mark.covers("python: break", "python: continue")
def test_break_and_continue_in_unrolled_loops(device):
    @helion.kernel(config=FOUR)
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            total = x[i]
            for step in hl.static_range(10):
                if step == 1:
                    continue
                if step == 4:
                    break
                total = total + step
            out[i] = total
        return out

    check(kernel, (vector(device),), lambda x: x + 5, device=device)


@pytest.mark.covers(
    "python: annotated assignment", "python: starred unpacking", "python: :=", "python: dict", "python: f-string",
    "python: isinstance", "python: assert in the loop",
)  # fmt: skip
def test_assignments_of_every_form(device):
    @helion.kernel(config=FOUR)
    def kernel(x, several):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            total: torch.Tensor = x[i]
            first, *rest = several
            named = {f"part{at}": each[i] for at, each in enumerate(rest)}
            assert len(named) == 2, "two parts"
            if (count := len(several)) == 3 and isinstance(rest, list):
                total = total * count
            a = b = first[i]
            left, right = torch.stack([a, b])
            del a, b
            out[i] = total + left * right + named["part0"] - named["part1"] + len({1, 2})
        return out

    def reference(x, several):
        return 3 * x + several[0] ** 2 + several[1] - several[2] + 2

    args = vector(device), tuple(vector(device) for _ in range(3))
    check(kernel, args, reference, device=device)


@pytest.mark.covers(
    "python: tuple argument", "python: None argument", "python: dtype argument", "python: assert on the host",
    "python: early return of the host part", "python: work of the host part after the loop",
)  # fmt: skip
def test_arguments_and_the_host_part(device):
    @helion.kernel(config=FOUR, ignore_warnings=[helion.exc.TensorOperationInWrapper])
    def kernel(x, pair, bias, dtype: torch.dtype):
        if x.size(0) == 0:
            return x
        left, right = pair
        assert left.size() == x.size(), "sizes differ"
        out = torch.empty_like(x, dtype=dtype)
        for i in hl.tile(x.size(0)):
            value = x[i] + left[i] * right[i]
            if bias is not None:
                value = value + bias[i]
            out[i] = value.to(dtype)
        return out.float() * 2

    def reference(x, pair, bias, dtype):
        return (x + pair[0] * pair[1] + (0 if bias is None else bias)).to(dtype).float() * 2

    x, pair = vector(device), (vector(device), vector(device))
    for bias, dtype in ((None, torch.float32), (vector(device), torch.float16)):
        check(kernel, (x, pair, bias, dtype), reference, device=device, rtol=1e-3, atol=1e-3)
    empty = x.new_empty(0)
    with pytest.raises(helion.exc.NoDeviceLoopsInKernel, match="for these arguments"):
        kernel(empty, (empty, empty), None, torch.float32)


@pytest.mark.covers("python: closure", "python: global number", "python: global tensor", "python: imported function")
def test_names_from_outside(device):
    factor = 2.5
    shifts = SHIFTS.to(device)

    @helion.kernel(config=FOUR)
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i] = functools.reduce(torch.add, [x[i] * factor, shifts[i]]) + OFFSET
        return out

    check(kernel, (vector(device),), lambda x: x * 2.5 + shifts[:7] + 3, device=device)


@pytest.mark.covers("python: graph module argument")
def test_a_graph_of_functions_as_argument(device):
    @helion.kernel(config=FOUR)
    def kernel(x, graph):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i] = graph(x[i])
        return out

    def formula(value):
        return torch.relu(value) * 2 + value.sigmoid()

    graph = torch.fx.symbolic_trace(formula)
    check(kernel, (vector(device), graph), lambda x, graph: formula(x), device=device)


@pytest.mark.covers("python: hl.constexpr in the body", "python: if on a constant")
def test_branches_that_a_configuration_decides(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x):
        size = hl.register_block_size(16)
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0), block_size=size):
            if hl.constexpr(size < 16):
                out[i] = x[i] + 1
            else:
                out[i] = x[i] - 1
        return out

    check(kernel, (vector(device),), lambda x: x + 1, device=device)


def test_functions_of_tiles(device):
    @helion.kernel(config=FOUR)
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            place = hl.tile_begin(i) + hl.tile_end(i) * 10 + hl.tile_id(i) * 100
            out[i] = place + hl.tile_count(i) * 1000 + hl.tile_block_size(i) * 10000 + hl.tile_index(i)
        return out

    def reference(x):
        index = torch.arange(x.size(0), device=x.device)
        begin = index // 4 * 4
        end = torch.clamp(begin + 4, max=x.size(0))
        return (begin + end * 10 + index // 4 * 100 + -(-x.size(0) // 4) * 1000 + 40000 + index).float()

    check(kernel, (vector(device, 10),), reference, device=device)


@pytest.mark.covers("index: hl.arange", "index: a value smaller than its place", "index: a value, by None and slices")
def test_indices_of_other_forms(device):
    @helion.kernel(config=FOUR)
    def kernel(x, out):
        for i in hl.tile(x.size(0)):
            row = x[[i], :]
            out[i, hl.arange(4)] = hl.subscript(row.sum(-1), [slice(None), None])
            out[i, 4:8] = x[i, hl.arange(4) * 2] + row.sum(-1)[:, None]
        return 3.0

    def reference(x, out):
        total = x.sum(1, keepdim=True)
        out[:, :4] = total
        out[:, 4:] = x[:, :8:2] + total
        return 3.0

    x, out = torch.randn(6, 8, device=device), torch.zeros(6, 8, device=device)
    expected = out.clone()
    reference(x, expected)
    assert kernel(x, out) == 3.0
    torch.testing.assert_close(out, expected)


@pytest.mark.covers("index: two index tensors, broadcast")
def test_index_tensors_that_broadcast(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 4]))
    def kernel(x, rows, columns):
        out = x.new_empty(rows.size(0), columns.size(0))
        for i, j in hl.tile(out.size()):
            out[i, j] = x[rows[i][:, None], columns[j][None, :]]
        return out

    rows, columns = torch.randint(0, 9, (6,), device=device), torch.randint(0, 7, (5,), device=device)
    args = torch.randn(9, 7, device=device), rows, columns
    check(kernel, args, lambda x, rows, columns: x[rows[:, None], columns[None, :]], device=device)


def test_loops_of_several_steps(device):
    @helion.kernel(config=helion.Config())
    def kernel(x):
        out = torch.zeros_like(x)
        for i, j in hl.grid([x.size(0), x.size(1)], step=[2, 3]):
            out[i, j] = x[i, j] + i * 100 + j
        return out

    def reference(x):
        out = torch.zeros_like(x)
        for i in range(0, x.size(0), 2):
            for j in range(0, x.size(1), 3):
                out[i, j] = x[i, j] + i * 100 + j
        return out

    check(kernel, (torch.randn(5, 8, device=device),), reference, device=device)


PRODUCTS = {
    "mm": lambda x, y, v: torch.mm(x, y),
    "linear": lambda x, y, v: F.linear(x, y.T),
    "addmv": lambda x, y, v: torch.addmv(y[:, 0], x, v)[:, None] + y,
    "mv": lambda x, y, v: (x @ v)[:, None] + y,
    "dot": lambda x, y, v: torch.dot(v, v) + y,
    "einsum": lambda x, y, v: torch.einsum("ik,kj->ij", x, y),
    "einsum_rows": lambda x, y, v: torch.einsum("ij,ij->i", x, y)[:, None] + y,
    "einsum_transposed": lambda x, y, v: torch.einsum("ki,jk->ij", x, y),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_products(name, device):
    function = PRODUCTS[name]

    @helion.kernel(config=helion.Config(block_sizes=[]), dot_precision="ieee")
    def kernel(x, y, v):
        out = torch.empty_like(y)
        for _ in hl.grid(1):
            out[:, :] = function(x[:, :], y[:, :], v[:])
        return out

    args = [torch.randn(shape, device=device) for shape in ((16, 16), (16, 16), (16,))]
    check(kernel, tuple(args), function, device=device, rtol=1e-3, atol=1e-3)


POINTWISE = {
    "acosh": lambda v: torch.acosh(v.abs() + 1.5), "asinh": torch.asinh, "atanh": lambda v: torch.atanh(v / 10),
    "acos": lambda v: torch.acos(v / 10), "atan": torch.atan, "sinh": torch.sinh, "cosh": torch.cosh,
    "erfc": torch.erfc, "addcdiv": lambda v: torch.addcdiv(v, v, v.abs() + 1, value=0.5),
    "clamp_max": lambda v: v.clamp_max(0.5), "clamp_min": lambda v: v.clamp_min(0.5),
    "copysign": lambda v: torch.copysign(torch.full_like(v, 2.0), v), "fmax": lambda v: torch.fmax(v, -v),
    "fmin": lambda v: torch.fmin(v, -v), "hypot": lambda v: torch.hypot(v, v + 1),
    "logical_or": lambda v: torch.logical_or(v > 0, v < -1), "logical_xor": lambda v: torch.logical_xor(v > 0, v > 1),
    "logsigmoid": F.logsigmoid, "new_full": lambda v: v.new_full(v.shape, 3.0) + v,
    "new_ones": lambda v: v.new_ones(v.shape) + v, "full": lambda v: v + torch.full([], 2.0),
    "celu": F.celu, "deg2rad": torch.deg2rad, "rad2deg": torch.rad2deg,
    "float_power": lambda v: torch.float_power(v, 2).float(), "glu": lambda v: F.glu(v, -1),
    "hardshrink": F.hardshrink, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "heaviside": lambda v: torch.heaviside(v, torch.full_like(v, 0.5)),
    "isfinite": torch.isfinite, "isneginf": torch.isneginf, "isposinf": torch.isposinf,
    "logaddexp2": lambda v: torch.logaddexp2(v, v + 1), "mse_loss": lambda v: F.mse_loss(v, v + 1) + v,
    "l1_loss": lambda v: F.l1_loss(v, v * 2) + v, "selu": F.selu,
    "smooth_l1_loss": lambda v: F.smooth_l1_loss(v, v * 3) + v, "sgn": torch.sgn,
    "signbit": torch.signbit, "sinc": torch.sinc, "softmin": lambda v: F.softmin(v, -1),
    "softshrink": F.softshrink, "tanhshrink": F.tanhshrink,
    "threshold": lambda v: F.threshold(v, 0.1, 20.0), "xlogy": lambda v: torch.xlogy(v, v.abs() + 1),
    "prelu": lambda v: F.prelu(v, torch.full([1], 0.25, device=v.device)),
    "count_nonzero": lambda v: torch.count_nonzero(v > 0, -1)[:, None] + v,
    "swapaxes": lambda v: v.swapaxes(0, 1).T * 2,
    "view_as": lambda v: v.view_as(v) * 2,
    "broadcast_to": lambda v: torch.broadcast_to(v.sum(1, keepdim=True), v.shape),
    "rms_norm": lambda v: F.rms_norm(v, [v.size(-1)]),
    "binary_cross_entropy_with_logits": lambda v: F.binary_cross_entropy_with_logits(
        v, torch.sigmoid(v), reduction="none"
    ),
    "outer": lambda v: v + torch.outer(v[:, 0], v[0, :]) * 0 if isinstance(v.size(0), int) else v,
    "nanmean": lambda v: torch.nanmean(torch.where(v > 1, float("nan"), v), -1, keepdim=True) + v,
    "modified_bessel_i0": torch.special.modified_bessel_i0, "modified_bessel_i1": torch.special.modified_bessel_i1,
    "round_decimals": lambda v: torch.round(v, decimals=1),
}  # fmt: skip


@pytest.mark.parametrize("name", POINTWISE)
def test_functions_of_one_value(name, device):
    function = POINTWISE[name]

    @helion.kernel(config=FOUR)
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i, :] = function(x[i, :])
        return out

    torch.manual_seed(0)
    x = torch.randn(4, 16 if name == "glu" else 12, device=device) * 2
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device, rtol=1e-4, atol=1e-5)
