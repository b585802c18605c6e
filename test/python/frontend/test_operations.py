# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Torch operations: which exist, with what types, and where roundings happen."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

import helion.language as hl

UNARY = [
    torch.abs, torch.neg, torch.exp, torch.exp2, torch.log, torch.log2, torch.sqrt, torch.rsqrt, torch.sin, torch.cos,
    torch.tanh, torch.sigmoid, torch.relu, torch.erf, torch.floor, torch.ceil, torch.round, torch.trunc, torch.sign,
    torch.square, torch.reciprocal, torch.expm1, torch.log1p, torch.log10, torch.tan, F.gelu, F.silu, F.softplus,
    F.leaky_relu, F.elu, torch.logit, torch.isnan, torch.isinf, torch.logical_not, torch.asin, torch.frac,
    lambda v: F.gelu(v, approximate="tanh"), lambda v: v.clamp(0, 1), lambda v: torch.clamp(v, min=0.5),
    lambda v: v**2, lambda v: v**3, lambda v: v**0.5, lambda v: v**1.7, lambda v: 2.0**v, lambda v: 1 - v,
    lambda v: 1 / v,
    lambda v: v // 2, lambda v: v % 3, lambda v: torch.softmax(v, -1), lambda v: F.log_softmax(v, dim=-1),
    lambda v: torch.logsumexp(v, -1, keepdim=True) + v, lambda v: v - v.mean(-1, keepdim=True),
    lambda v: v.var(-1, keepdim=True) + v, lambda v: v.std(-1, keepdim=True, unbiased=False) + v,
    lambda v: torch.where(v > 0, v, 0.0), lambda v: v.masked_fill(v < 0, 1.0), lambda v: torch.lerp(v, v * 2, 0.3),
    lambda v: v.T.T, lambda v: v.transpose(0, 1).permute(1, 0), lambda v: v.unsqueeze(0).squeeze(0),
    lambda v: v.reshape(v.size(0), 1, v.size(1)).squeeze(1), lambda v: v[:, None, :].expand(-1, 2, -1).sum(1),
    lambda v: v.new_zeros(v.shape) + torch.ones_like(v), lambda v: torch.full_like(v, 2), lambda v: v.float().double(),
    lambda v: v.amax(), lambda v: v.min(dim=-1, keepdim=True)[0] + v, lambda v: v.argmax(-1, keepdim=True) + v,
    lambda v: (v > 0).any(-1, keepdim=True) & (v < 1).all(-1, keepdim=True),
    lambda v: torch.minimum(v, torch.tensor(3.0)),
    lambda v: torch.zeros([v.size(0), v.size(1)], dtype=torch.float16), lambda v: v.prod(-1, keepdim=True),
    torch.nan_to_num, lambda v: v.flatten() if v.dim() < 2 else v,
    lambda v: torch.atan2(v, v), lambda v: v.type(torch.int32),
    lambda v: torch.addcmul(v, v, v, value=2), lambda v: F.layer_norm(v, [v.size(1)]), F.hardtanh,
    F.mish, lambda v: torch.logaddexp(v, v), F.softsign, F.relu6,
]  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("function", UNARY, ids=lambda f: getattr(f, "__name__", "") or "lambda")
def test_result_types_are_what_torch_says(trace, function, dtype):
    seen = []

    def note(value):
        seen.append((tuple(value.shape), value.dtype))
        return value

    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :] = note(function(x[i, :]))
        return out

    x = torch.rand(8, 16).to(dtype)
    ops = trace(kernel, x)
    expected = function(x)
    assert seen[0][1] == expected.dtype
    assert len(seen[0][0]) == expected.dim()
    assert ops["helion.store"] == 1


BINARY = [
    torch.add, torch.sub, torch.mul, torch.div, torch.maximum, torch.minimum, torch.eq, torch.ne, torch.lt, torch.ge,
    torch.floor_divide, torch.remainder, torch.fmod, torch.where, torch.logical_and, torch.pow,
]  # fmt: skip
PAIRS = [
    (torch.float32, torch.float32), (torch.bfloat16, torch.float32), (torch.float16, torch.bfloat16),
    (torch.int32, torch.float16), (torch.int32, torch.int64), (torch.uint8, torch.int8), (torch.bool, torch.int32),
    (torch.bool, torch.bool),
]  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS, ids=str)
@pytest.mark.parametrize("function", BINARY, ids=lambda f: f.__name__)
def test_dtypes_promote_as_in_torch(trace, function, pair):
    def apply(a, b):
        return torch.where(a == a, a, b) if function is torch.where else function(a, b)

    seen = []

    def kernel(x, y):
        out = torch.empty([x.size(0)])
        for i in hl.tile(x.size(0)):
            value = apply(x[i], y[i])
            seen.append(value.dtype)
            out[i] = value
        return out

    x, y = torch.ones(8).to(pair[0]), torch.ones(8).to(pair[1])
    try:
        expected = apply(x, y).dtype
    except RuntimeError:
        pytest.skip("torch refuses this itself")
    if function is torch.pow and not expected.is_floating_point:
        pytest.skip("integer powers of tensors are refused")
    trace(kernel, x, y)
    assert seen == [expected]


def test_narrow_floats_compute_in_fp32_and_round_implicitly(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i] = torch.exp(x[i] * 2)
        return x

    ops = trace(kernel, torch.randn(8, dtype=torch.bfloat16))
    assert ops.types("math.exp") == ["tensor<?xf32, #helion.dims<[@b0]>>"]
    assert all("user" not in op.attributes for op in ops.named("helion.convert"))
    assert ops["helion.convert"] == 4


def test_numbers_do_not_widen_narrow_floats(trace):
    def kernel(x, scale: float):
        for i in hl.tile(x.size(0)):
            x[i] = x[i] * scale * 2.0
        return x

    ops = trace(kernel, torch.randn(8, dtype=torch.float16), 0.5)
    assert ops.one("helion.store").operands[0].type.element_type.width == 16


def test_true_plus_true_is_true(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i] = x[i] + x[i]
        return x

    assert trace(kernel, torch.ones(8, dtype=torch.bool))["arith.ori"] == 1


def test_unsigned_integers_are_marked(trace):
    def kernel(x):
        out = torch.empty([x.size(0)])
        for i in hl.tile(x.size(0)):
            out[i] = x[i] >> 1
        return out

    ops = trace(kernel, torch.ones(8, dtype=torch.uint8))
    assert ops["arith.shrui"] == 1
    assert "unsigned_source" in ops.one("helion.convert").attributes


def test_the_mean_of_a_tile_divides_by_its_live_lanes(trace):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j].mean(-1, keepdim=True)
        return x

    ops = trace(kernel, torch.randn(8, 8))
    assert ops.one("arith.divf").operands[1].owner.operands[0].owner.operands[0].owner.name == "arith.subi"
    assert (ops["helion.tile_end"], ops["helion.tile_begin"]) == (1, 1)


def test_a_number_that_looks_like_a_witness_stays_a_number(trace):
    def kernel(x, table):
        wanted = table["n"] - 5
        for i in hl.tile(x.size(0)):
            x[i] = x[i] * wanted
        return x

    # The constant reaches the device from a string of the host part, so that no block size could avoid it.
    def kernel_with_text(x, text: str):
        wanted = float(text)
        whole = int(wanted)
        for i in hl.tile(x.size(0)):
            x[i] = x[i] + whole
        return x

    first = trace(kernel_with_text, torch.randn(8), "3")
    witness = "10007"
    ops = trace(kernel_with_text, torch.randn(8), witness)
    assert ops["helion.block_size"] == 0
    assert first["arith.addf"] == ops["arith.addf"] == 1
    del kernel


def test_products_accumulate_in_fp32(trace):
    def kernel(x, y):
        out = x.new_empty([x.size(0), y.size(1)])
        for i, j in hl.tile(out.size()):
            acc = hl.zeros([i, j])
            for k in hl.tile(x.size(1)):
                acc = torch.addmm(acc, x[i, k], y[k, j])
                acc += x[i, k] @ y[k, j]
                acc = hl.dot(x[i, k], y[k, j], acc=acc)
            out[i, j] = acc
        return out

    ops = trace(kernel, torch.randn(32, 32).half(), torch.randn(32, 32).half())
    assert set(ops.types("helion.dot")) == {"tensor<?x?xf32, #helion.dims<[@b0, @b1]>>"}
    assert [len(list(op.operands)) for op in ops.named("helion.dot")] == [3, 2, 3]
    assert ops.traced.num_dots == 3


@pytest.mark.parametrize(("setting", "value"), [("ieee", 0), ("tf32", 1), ("tf32x3", 2)])
def test_the_precision_of_products_is_a_setting(trace, setting, value):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, :] @ x[:, j]
        return x

    ops = trace(kernel, torch.randn(32, 32), dot_precision=setting)
    assert ops.one("helion.dot").attributes["precision"].value == value


def test_products_of_eight_bits(trace):
    def kernel(x, y):
        out = torch.empty([x.size(0), y.size(1)], dtype=torch.int32)
        for i, j in hl.tile(out.size()):
            acc = hl.zeros([i, j], dtype=torch.int32)
            for k in hl.tile(x.size(1)):
                acc = hl.dot(x[i, k], y[k, j], acc=acc)
            out[i, j] = acc
        return out

    ops = trace(kernel, torch.ones(32, 64, dtype=torch.int8), torch.ones(64, 32, dtype=torch.int8))
    assert ops.types("helion.dot") == ["tensor<?x?xi32, #helion.dims<[@b0, @b1]>>"]
    assert [block.min for block in ops.traced.blocks] == [16, 16, 32]


def test_dimensions_may_merge_for_a_moment(trace):
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            value = x[i, :].reshape(-1).reshape(i, 4, 4)
            out[i, :] = value.reshape(i, 16)
        return out

    assert trace(kernel, torch.randn(8, 16))["helion.store"] == 1


def test_a_merged_dimension_is_an_extent(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = torch.exp(x[i, :].reshape(-1)).reshape(i, 16)
        return x

    ops = trace(kernel, torch.randn(8, 16))
    assert ops["helion.reshape"] == 2


def test_softmax_rounds_once(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = torch.softmax(x[i, :], -1)
        return x

    ops = trace(kernel, torch.randn(8, 16).bfloat16())
    assert ops["helion.convert"] == 2
    assert ops["helion.reduce"] == 2
