# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""8-bit floats and libdevice in Triton's interpreter: as in PyTorch."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING

import pytest
import torch

from helion.backends.triton import InterpretedKernel
from helion.backends.triton.interpreter_numbers import LIBDEVICE

if TYPE_CHECKING:
    from collections.abc import Callable

HEAD = """import triton
import triton.language as tl
from triton.language.extra import libdevice

@triton.jit
def k(x_ptr, y_ptr, z_ptr):
    index = tl.arange(0, 256)
    x = tl.load(x_ptr + index)
    y = tl.load(y_ptr + index)
"""


def _run(statement: str, x: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    InterpretedKernel(HEAD + f"    tl.store(z_ptr + index, {statement})\n", "k").run((1,), x, y, out)
    return out


@pytest.mark.parametrize(
    ("name", "dtype"), [("float8e4nv", torch.float8_e4m3fn), ("float8e5", torch.float8_e5m2)], ids=["e4m3", "e5m2"]
)
@pytest.mark.parametrize("source", [torch.float32, torch.float16, torch.bfloat16])
def test_narrowing_to_eight_bits_rounds_to_nearest_even(name: str, dtype: torch.dtype, source: torch.dtype) -> None:
    torch.manual_seed(0)
    # Subnormals, ties and carries into the exponent, but nothing that overflows.
    x = (torch.randn(256) * torch.logspace(-4, 1.5, 256)).to(source)
    x[:4] = torch.tensor([-0.1249, 0.0, -0.0, 0.0131])
    got = _run(f"x.to(tl.{name})", x, x, torch.empty(256, dtype=dtype))
    assert torch.equal(got.view(torch.uint8), x.to(dtype).view(torch.uint8))


@pytest.mark.parametrize("dtype", [torch.float8_e4m3fn, torch.float8_e5m2], ids=["e4m3", "e5m2"])
@pytest.mark.parametrize("target", ["float32", "float16", "bfloat16"])
def test_every_eight_bit_float_widens_exactly(dtype: torch.dtype, target: str) -> None:
    x = torch.arange(256, dtype=torch.uint8).view(dtype)
    got = _run(f"x.to(tl.{target})", x, x, torch.empty(256, dtype=getattr(torch, target)))
    torch.testing.assert_close(got, x.to(getattr(torch, target)), rtol=0, atol=0, equal_nan=True)


_BINARY = {"atan2", "copysign", "fdim", "fmod", "hypot", "nextafter", "pow", "remainder"}


def _series(sign: int, order: int) -> Callable[[float], float]:
    """The power series of the Bessel functions: J for sign -1, I for sign 1."""
    return lambda x: sum(
        sign**k * (x / 2) ** (2 * k + order) / (math.factorial(k) * math.factorial(k + order)) for k in range(12)
    )


_EXPECTED = {
    "cyl_bessel_i0": _series(1, 0), "cyl_bessel_i1": _series(1, 1), "j0": _series(-1, 0), "j1": _series(-1, 1),
    "y0": lambda x: torch.special.bessel_y0(torch.tensor(x)).item(), "normcdfinv": statistics.NormalDist().inv_cdf,
    "y1": lambda x: torch.special.bessel_y1(torch.tensor(x)).item(), "erfcx": lambda x: math.exp(x * x) * math.erfc(x),
    "cbrt": lambda x: math.copysign(abs(x) ** (1 / 3), x), "exp10": lambda x: 10.0**x, "tgamma": math.gamma,
    "fdim": lambda x, y: max(x - y, 0.0), "nearbyint": round, "rint": round,
    "round": lambda x: math.copysign(math.floor(abs(x) + 0.5), x),
    "erfinv": lambda x: torch.erfinv(torch.tensor(x)).item(),
    "nextafter": lambda x, y: torch.nextafter(torch.tensor(x), torch.tensor(y)).item(),
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(LIBDEVICE))
def test_functions_of_libdevice(name: str) -> None:
    torch.manual_seed(0)
    x = torch.rand(256) * 0.9 + 0.05
    if name in {"acosh"}:
        x = x + 1
    if name in {"round", "rint", "nearbyint", "trunc", "cbrt", "tanh", "fdim", "remainder", "fmod"}:
        x = torch.cat([torch.arange(-64, 64) / 2, torch.randn(128) * 3])
    y = torch.rand(256) + 0.5
    expected = _EXPECTED.get(name) or getattr(math, name)
    if name in _BINARY:
        values = [expected(a, b) for a, b in zip(x.tolist(), y.tolist())]
        got = _run(f"libdevice.{name}(x, y)", x, y, torch.empty(256))
    else:
        values = [expected(a) for a in x.tolist()]
        got = _run(f"libdevice.{name}(x)", x, y, torch.empty(256))
    torch.testing.assert_close(got, torch.tensor(values, dtype=torch.float32), rtol=1e-5, atol=1e-6)


def test_a_number_may_stand_for_a_tensor() -> None:
    x = torch.rand(256)
    torch.testing.assert_close(_run("libdevice.pow(x, 2.5)", x, x, torch.empty(256)), x**2.5)
