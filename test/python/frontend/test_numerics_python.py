# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Python in device code: while loops, in-place methods, helpers, containers, ternaries; numbers of the host."""

from __future__ import annotations

import collections
import dataclasses
import functools

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

FOUR = helion.Config(block_sizes=[4])


@dataclasses.dataclass
class Scaled:
    weight: torch.Tensor
    factor: float


Pair = collections.namedtuple("Pair", "left right")


def vector(size=7):
    return torch.randn(size)


def test_while_with_a_condition_on_data(device):
    @helion.kernel
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            value, steps = x[i], 0
            while value > 1.0 and steps < 4:
                value = value / 2
                steps += 1
            out[i] = value + steps
        return out

    def reference(x):
        made = []
        for number in x.tolist():
            steps = 0
            while number > 1.0 and steps < 4:
                number, steps = number / 2, steps + 1
            made.append(number + steps)
        return torch.tensor(made, device=x.device)

    check(kernel, (torch.rand(9) * 40,), reference, device=device)


def test_while_that_carries_a_tile(device):
    @helion.kernel(config=FOUR)
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            value = x[i]
            while value.abs().amax() > 1:
                value = value / 2
            out[i] = value
        return out

    def reference(x):
        parts = list(x.split(4))
        for at, part in enumerate(parts):
            while part.abs().amax() > 1:
                part = part / 2
            parts[at] = part
        return torch.cat(parts)

    check(kernel, (vector(10) * 20,), reference, device=device)


def test_while_with_a_condition_that_is_known_is_unrolled(trace):
    def kernel(x, n: hl.constexpr):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            value, left = x[i], n
            while left > 0:
                left -= 1
                if left == 1:
                    continue
                value = value * 2
            out[i] = value
        return out

    ops = trace(kernel, vector(), 4)
    assert ops["scf.while"] == 0
    assert ops["arith.mulf"] == 3


def test_while_refuses_what_it_cannot_do(trace):
    def tensor(x):
        for i in hl.tile(x.size(0)):
            while x[i] > 0:
                x[i] = x[i] - 1
        return x

    def endless(x):
        for i in hl.grid(x.size(0)):
            while True:
                pass
        return x

    def dtype(x):
        for i in hl.grid(x.size(0)):
            value = x[i].to(torch.float16)
            while value > 0:
                value = value + x[i]
            x[i] = value
        return x

    with pytest.raises(exc.InvalidAPIUsage, match="scalar"):
        trace(tensor, vector())
    with pytest.raises(exc.InvalidAPIUsage, match="still holds"):
        trace(endless, vector())
    with pytest.raises(exc.ControlFlowTensorMismatch, match="value"):
        trace(dtype, vector())


@pytest.mark.covers("python: in-place methods")
def test_in_place_methods(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 4]))
    def kernel(x, y):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            value = x[i] + 0
            value.add_(y[i])
            value.mul_(2.0).clamp_(min=-1)
            other = value.new_zeros([i])
            other.copy_(value).sub_(1)
            other.fill_(3) if value is None else other.neg_()
            for j in hl.tile(x.size(0)):
                other.add_(y[j].sum())
            out[i] = value + other
        return out

    def reference(x, y):
        value = ((x + y) * 2).clamp(min=-1)
        return value - (value - 1) + y.sum()

    check(kernel, (vector(), vector()), reference, device=device, rtol=1e-4, atol=1e-4)


def test_an_in_place_method_keeps_dtype_and_shape(trace):
    def dtype(x):
        for i in hl.tile(x.size(0)):
            index = i.index + 0
            index.add_(x[i])
        return x

    def shape(x):
        for i in hl.tile(x.size(0)):
            value = x[i].sum()
            value.add_(x[i])
        return x

    with pytest.raises(exc.TorchOpTracingError, match="dtype"):
        trace(dtype, vector())
    with pytest.raises(exc.ShapeMismatch):
        trace(shape, vector())


def scaled(a, b, *, scale=1.0):
    def inner(value):
        return value * scale

    return inner(a) + b


@pytest.mark.covers(
    "python: helper function", "python: nested function", "python: functools.partial", "python: function argument"
)
def test_helpers_lambdas_and_partials(device):
    @helion.kernel(config=FOUR)
    def kernel(x, activation):
        out = torch.empty_like(x)
        half = functools.partial(scaled, scale=0.5)
        for i in hl.tile(x.size(0)):
            plus = lambda value, by=1: value + by  # noqa: E731

            def twice(value, *, factor=2):
                if factor == 2:
                    return value * 2
                return value

            out[i] = activation(twice(half(x[i], plus(x[i])))) + twice(x[i], factor=1)
        return out

    def reference(x, activation):
        return activation((x * 0.5 + x + 1) * 2) + x

    check(kernel, (vector(), torch.tanh), reference, device=device)
    check(kernel, (vector(), lambda value: value.relu() + 1), reference, device=device)


@pytest.mark.covers(
    "python: list argument", "python: dict argument", "python: namedtuple argument", "python: dataclass argument"
)
def test_containers(device):
    @helion.kernel(config=FOUR)
    def kernel(x, scale, pair, named, several):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            acc = x[i] * scale.factor + scale.weight[i] + pair.left[i] * pair.right + named["k"][i]
            for n, (t, u) in enumerate(zip(several, several[::-1])):
                acc = acc + t[i] * n + u[i]
            parts = {name: t[i] for name, t in zip("ab", several)}
            acc = acc + sum(t[i] for t in several if t is not None) + max(1, len(several)) + parts["b"]
            out[i] = acc
        return out

    def reference(x, scale, pair, named, several):
        acc = x * scale.factor + scale.weight + pair.left * pair.right + named["k"]
        return acc + several[1] + 2 * sum(several) + 2 + several[1]

    args = (vector(), Scaled(vector(), 2.0), Pair(vector(), 3.0), {"k": vector()}, [vector(), vector()])
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-5)


def test_ternaries_and_logic_on_device_scalars(device):
    @helion.kernel(config=helion.Config(block_sizes=[1]))
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            row = x[i, :]
            total = row.sum()
            factor = 2.0 if total > 0 and not (total > 100) else -1.0
            out[i, :] = row * factor if (total > 0 or total < -1) else row
        return out

    def reference(x):
        total = x.sum(1, keepdim=True)
        return torch.where(total > 0, x * 2, torch.where(total < -1, -x, x))

    check(kernel, (torch.randn(9, 8),), reference, device=device)


@helion.kernel(config=FOUR)
def plus_number(x, n: int):
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = x[i] + n
    return out


@pytest.mark.parametrize("number", [5, 2**31 - 1, 2**31, 2**40, -(2**31), -(2**35), True])
def test_integers_of_any_size(number, device):
    check(plus_number, (torch.arange(7), number), lambda x, n: x + n, device=device)


@helion.kernel(config=FOUR, static_shapes=False)
def plus_number_dynamic(x, n: int):
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = x[i] + n
    return out


@pytest.mark.parametrize("number", [5, 2**40, 6])
def test_integers_of_any_size_with_dynamic_shapes(number, device):
    check(plus_number_dynamic, (torch.arange(7), number), lambda x, n: x + n, device=device)


@helion.kernel(config=FOUR)
def flagged(x, double: bool):
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        if double:
            out[i] = x[i] * 2
        else:
            out[i] = x[i]
    return out


def test_a_flag_is_no_constant_of_the_first_call(device):
    for double in (True, False, True):
        check(flagged, (vector(), double), lambda x, double: x * 2 if double else x, device=device)


@pytest.mark.covers("shape: 0-d tensors", "index: a scalar tensor")
def test_tensors_of_rank_zero(device):
    @helion.kernel(config=FOUR)
    def kernel(x, scale, shift):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i] = x[i] * scale + shift[()]
        return out

    args = (vector().half(), torch.tensor(3.0), torch.tensor(2))
    check(kernel, args, lambda x, scale, shift: x * scale + shift, device=device, rtol=1e-2, atol=1e-2)


@helion.kernel(config=helion.Config(block_sizes=[4, 4]))
def added(x, y):
    out = torch.empty_like(x)
    for i, j in hl.tile(x.size()):
        out[i, j] = x[i, j] + y[i, j]
    return out


LAYOUTS = {
    "no rows": lambda: (torch.randn(0, 3), torch.randn(0, 3)),
    "no columns": lambda: (torch.randn(3, 0), torch.randn(3, 0)),
    "expanded": lambda: (torch.randn(5, 7), torch.randn(7).expand(5, 7)),
    "both expanded": lambda: (torch.randn(1, 1).expand(5, 7), torch.randn(5, 1).expand(5, 7)),
    "transposed": lambda: (torch.randn(5, 7), torch.randn(7, 5).t()),
    "strided": lambda: (torch.randn(10, 14)[::2, ::2], torch.randn(9, 21)[2:7, 1::3]),
}


@pytest.mark.covers("shape: expanded inputs")
@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name, device):
    check(added, LAYOUTS[name](), torch.add, device=device)


@pytest.mark.covers("shape: aliasing inputs")
def test_one_tensor_twice_and_views_of_one_storage(device):
    base = torch.randn(6, 7)
    check(added, (base, base), torch.add, device=device)
    check(added, (base[:5], base[1:]), torch.add, device=device)


@pytest.mark.covers("shape: zero-size tensors")
def test_a_sum_over_no_columns_is_zero(device):
    @helion.kernel(config=FOUR)
    def kernel(x):
        out = x.new_empty([x.size(0)])
        for i in hl.tile(x.size(0)):
            acc = hl.zeros([i])
            for j in hl.tile(x.size(1), block_size=4):
                acc += x[i, j].sum(1)
            out[i] = acc
        return out

    for shape in ((3, 0), (0, 3), (5, 9)):
        check(kernel, (torch.randn(shape),), lambda x: x.sum(1), device=device, rtol=1e-4, atol=1e-5)


def test_functions_given_as_arguments_close_over_tensors_and_numbers(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(x, function):
        out = torch.empty_like(x)
        for tile in hl.tile(x.size()):
            out[tile] = function(x[tile], tile)
        return out

    def epilogues(bias, factor):
        def with_def(values, tile):
            return values * factor + bias[tile[1]]

        def scaled(values, tile, by):
            return values * by[tile[0]][:, None]

        return (
            with_def,
            lambda values, tile: torch.relu(values + bias[tile[1]]) * factor,
            lambda values, tile: with_def(values, tile) - 1, lambda values, tile: with_def(values, tile) + 1,
            functools.partial(scaled, by=bias[:6]),
        )  # fmt: skip

    x = torch.randn(6, 10)
    for factor in (2.0, 3.0):
        bias = torch.randn(10)
        for ours, theirs in zip(epilogues(bias.to(device), factor), epilogues(bias, factor)):
            wanted = theirs(x, (slice(None), slice(None)))
            torch.testing.assert_close(kernel(x.to(device), ours).cpu(), wanted)
