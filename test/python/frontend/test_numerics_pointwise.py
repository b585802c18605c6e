# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every element-wise function of torch gives what eager PyTorch gives: floats of all widths, infinities and NaN."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from numerics import FLOATS, floats, name_of, tolerance

import helion
import helion.language as hl
from helion.testing import check

UNARY = {
    "abs": torch.abs, "acos": torch.acos, "acosh": torch.acosh, "angle": torch.angle, "asin": torch.asin,
    "asinh": torch.asinh, "atan": torch.atan, "atanh": torch.atanh, "ceil": torch.ceil, "cos": torch.cos,
    "cosh": torch.cosh, "deg2rad": torch.deg2rad, "digamma": torch.digamma, "erf": torch.erf, "erfc": torch.erfc,
    "erfinv": torch.erfinv, "exp": torch.exp, "exp2": torch.exp2, "expit": torch.special.expit, "expm1": torch.expm1,
    "floor": torch.floor, "frac": torch.frac, "i0": torch.i0, "isfinite": torch.isfinite, "isinf": torch.isinf,
    "isnan": torch.isnan, "isneginf": torch.isneginf, "isposinf": torch.isposinf, "lgamma": torch.lgamma,
    "log": torch.log, "log10": torch.log10, "log1p": torch.log1p, "log2": torch.log2,
    "log_ndtr": torch.special.log_ndtr, "logical_not": torch.logical_not, "logit": torch.logit,
    "logit_eps": lambda x: torch.logit(x, eps=0.1), "nan_to_num": torch.nan_to_num,
    "nan_to_num_given": lambda x: torch.nan_to_num(x, 1.0, 2.0, -2.0), "ndtr": torch.special.ndtr,
    "ndtri": torch.special.ndtri, "neg": torch.neg, "positive": torch.positive, "rad2deg": torch.rad2deg,
    "reciprocal": torch.reciprocal, "round": torch.round, "round_1": lambda x: torch.round(x, decimals=1),
    "round_-1": lambda x: torch.round(x, decimals=-1), "rsqrt": torch.rsqrt, "sgn": torch.sgn,
    "sigmoid": torch.sigmoid, "sign": torch.sign, "signbit": torch.signbit, "sin": torch.sin, "sinc": torch.sinc,
    "sinh": torch.sinh, "sqrt": torch.sqrt, "square": torch.square, "tan": torch.tan, "tanh": torch.tanh,
    "trunc": torch.trunc, "entr": torch.special.entr, "bessel_j0": torch.special.bessel_j0,
    "bessel_j1": torch.special.bessel_j1, "erfcx": torch.special.erfcx, "i1": torch.special.i1,
}  # fmt: skip
FINITE = ("i0", "i1", "bessel_j0", "bessel_j1")
ACTIVATIONS = {
    "celu": F.celu, "elu": F.elu, "elu_2": lambda x: F.elu(x, 2.0), "gelu": lambda x: F.gelu(x.clamp(-90, 90)),
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"), "hardshrink": F.hardshrink, "hardsigmoid": F.hardsigmoid,
    "hardswish": F.hardswish, "hardtanh": F.hardtanh, "leaky_relu": F.leaky_relu,
    "leaky_relu_3": lambda x: F.leaky_relu(x, 0.3), "logsigmoid": F.logsigmoid, "mish": F.mish, "relu": torch.relu,
    "relu6": F.relu6, "selu": torch.selu, "silu": F.silu, "softplus": F.softplus,
    "softplus_beta": lambda x: F.softplus(x, 2.0, 5.0), "softshrink": F.softshrink, "softsign": F.softsign,
    "tanhshrink": F.tanhshrink, "threshold": lambda x: F.threshold(x, 0.5, 7.0), "rrelu": F.rrelu,
    "prelu": lambda x: F.prelu(x, torch.full([1], 0.25, dtype=x.dtype, device=x.device)),
}  # fmt: skip
NUMBERS = {
    "add": lambda x: x + 2, "add_alpha": lambda x: torch.add(x, 2, alpha=3), "rsub": lambda x: 1 - x,
    "rsub_alpha": lambda x: torch.rsub(x, 3, alpha=2), "mul": lambda x: 2.5 * x, "div": lambda x: x / 3,
    "rdiv": lambda x: 3 / x, "floor_divide": lambda x: x // 0.75, "remainder": lambda x: x % 0.75,
    "remainder_negative": lambda x: x % -3, "rremainder": lambda x: torch.remainder(7, x), "fmod": lambda x: x.fmod(2),
    "div_floor": lambda x: torch.div(x, -0.375, rounding_mode="floor"),
    "div_trunc": lambda x: torch.div(x, 0.375, rounding_mode="trunc"), "pow_2": lambda x: x**2, "pow_3": lambda x: x**3,
    "pow_0": lambda x: x**0, "pow_-2": lambda x: x**-2, "pow_half": lambda x: x.abs() ** 0.5,
    "pow_1.5": lambda x: x**1.5, "rpow": lambda x: 2**x, "exp2_of": lambda x: torch.pow(0.5, x),
    "clamp": lambda x: x.clamp(-0.5, 2),
    "clamp_min": lambda x: x.clamp(min=0.25), "clamp_max": lambda x: x.clamp(max=0.25),
    "clip_crossed": lambda x: torch.clip(x, 1, -1), "where": lambda x: torch.where(x > 0, x, -1),
    "lerp": lambda x: torch.lerp(x, x * 2, 0.25), "lerp_far": lambda x: torch.lerp(x, x * 2, 0.75),
    "eq": lambda x: x == 1, "ne": lambda x: x != 0.5, "isclose": lambda x: torch.isclose(x, x.round(), atol=0.1),
    "heaviside": lambda x: torch.heaviside(x, torch.full_like(x, 0.5)), "xlogy": lambda x: torch.xlogy(x, 2),
    "copysign": lambda x: torch.copysign(x, -1), "ldexp": lambda x: torch.ldexp(x, torch.full_like(x, 3)),
    "bool": lambda x: x.bool(), "masked_fill": lambda x: x.masked_fill(x > 1, 3),
    "float_power": lambda x: x.float_power(2),
}  # fmt: skip
FUNCTIONS = {**UNARY, **ACTIVATIONS, **NUMBERS}
INEXACT = {
    "i0",
    "i1",
    "log_ndtr",
    "bessel_j0",
    "bessel_j1",
    "ndtri",
    "digamma",
    "lgamma",
    "erfinv",
    "tan",
    "cosh",
    "sinh",
}


@helion.kernel(config=helion.Config(block_sizes=[16]))
def of_one(x, like, function: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i] = function(x[i])
    return out


def eager(function, x):
    try:
        return function(x)
    except NotImplementedError:  # for narrow floats on the CPU
        return function(x.float()).to(x.dtype)


@pytest.mark.parametrize("dtype", FLOATS, ids=name_of)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_of_floats(name, dtype, device):
    function, x = FUNCTIONS[name], floats(dtype)
    if name in FINITE:
        # PyTorch on the CPU says NaN at infinity; CUDA's library gives the limit.
        x = x.nan_to_num(posinf=60.0, neginf=-60.0)
    like = eager(function, x)
    close = tolerance(like.dtype, 4 if name in INEXACT else 1)
    check(of_one, (x, like, function), lambda x, like, function: like, device=device, **close)


BINARY = {
    "add": torch.add, "add_alpha": lambda a, b: torch.add(a, b, alpha=2), "sub": torch.sub,
    "sub_alpha": lambda a, b: torch.sub(a, b, alpha=0.5), "mul": torch.mul, "div": torch.div, "atan2": torch.atan2,
    "copysign": torch.copysign, "eq": torch.eq, "ne": torch.ne, "lt": torch.lt, "le": torch.le, "gt": torch.gt,
    "ge": torch.ge, "floor_divide": torch.floor_divide, "fmax": torch.fmax, "fmin": torch.fmin, "fmod": torch.fmod,
    "heaviside": torch.heaviside, "hypot": torch.hypot, "logaddexp": torch.logaddexp, "logaddexp2": torch.logaddexp2,
    "logical_and": torch.logical_and, "logical_or": torch.logical_or, "logical_xor": torch.logical_xor,
    "maximum": torch.maximum, "minimum": torch.minimum, "nextafter": torch.nextafter, "pow": torch.pow,
    "remainder": torch.remainder, "div_trunc": lambda a, b: torch.div(a, b, rounding_mode="trunc"),
    "xlogy": torch.xlogy, "xlog1py": torch.special.xlog1py, "isclose": torch.isclose,
    "isclose_nan": lambda a, b: torch.isclose(a, b, equal_nan=True), "where": lambda a, b: torch.where(a > b, a, b),
    "clamp": lambda a, b: torch.clamp(a, min=b), "clamp_both": lambda a, b: torch.clamp(a, b, b + 1),
    "lerp": lambda a, b: torch.lerp(a, b, 0.3), "lerp_tensor": lambda a, b: torch.lerp(a, b, b * 0.1),
    "addcmul": lambda a, b: torch.addcmul(a, a, b, value=0.5), "addcdiv": lambda a, b: torch.addcdiv(a, a, b, value=2),
    "ldexp": lambda a, b: torch.ldexp(a, torch.sign(b)), "rsub": torch.rsub, "true_divide": torch.true_divide,
    "float_power": lambda a, b: torch.float_power(a, torch.sign(b)), "squared_difference": lambda a, b: (a - b) ** 2,
    "masked_fill": lambda a, b: a.masked_fill(b > 0, -1.0), "threshold": lambda a, b: torch.where(a <= 0.5, b, a),
    "smooth_l1": lambda a, b: F.smooth_l1_loss(a, b, reduction="none"),
    "huber": lambda a, b: F.huber_loss(a, b, reduction="none", delta=0.5),
    "mse": lambda a, b: F.mse_loss(a, b, reduction="none"), "l1": lambda a, b: F.l1_loss(a, b, reduction="none"),
    "kl_div": lambda a, b: F.kl_div(a, b, reduction="none"),
    "bce_with_logits": lambda a, b: F.binary_cross_entropy_with_logits(a, b, reduction="none"),
    "soft_margin": lambda a, b: F.soft_margin_loss(a / 8, b.sign(), reduction="none"),
}  # fmt: skip
# Where PyTorch on the CPU and the math libraries agree on finite numbers only.
FINITE_PAIRS = {
    "logaddexp",
    "logaddexp2",
    "lerp",
    "lerp_tensor",
    "bce_with_logits",
    "kl_div",
    "huber",
    "smooth_l1",
    "pow",
}


@helion.kernel(config=helion.Config(block_sizes=[8]))
def of_two(x, y, like, function: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i] = function(x[i], y[i])
    return out


@pytest.mark.parametrize("dtype", FLOATS, ids=name_of)
@pytest.mark.parametrize("name", BINARY)
def test_of_two_floats(name, dtype, device):
    function, x, y = BINARY[name], floats(dtype), floats(dtype, 1).roll(5)
    if name == "nextafter" and dtype.itemsize < 4:
        pytest.skip("the math libraries know no neighbours of narrow floats")
    if name in FINITE_PAIRS:
        x, y = x.nan_to_num(1, 2, -2), y.nan_to_num(3, 4, -4)
    like = function(x, y)
    args = (x, y, like, function)
    check(of_two, args, lambda x, y, like, function: like, device=device, **tolerance(like.dtype))


LIBRARY = [
    "bessel_j0",
    "bessel_j1",
    "digamma",
    "erfc",
    "erfcx",
    "erfinv",
    "i0",
    "i1",
    "lgamma",
    "ndtri",
    "tan",
    "expm1",
]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=name_of)
@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_the_math_libraries_of_all_targets_have_these(target, dtype):
    functions = [UNARY[name] for name in LIBRARY]
    functions += [lambda x: torch.fmod(x, 2.5), lambda x: torch.copysign(x, -x), lambda x: torch.nextafter(x, x + 1)]
    functions += [torch.special.bessel_y0, torch.special.bessel_y1, lambda x: torch.hypot(x, x), torch.round]

    def function(x):
        total = x
        for each in functions:
            total = total + each(x)
        return total

    x = floats(dtype)
    assert of_one.bind((x, x, function)).compile(target=target).asm["ttir"].count("tt.extern_elementwise") >= 18
