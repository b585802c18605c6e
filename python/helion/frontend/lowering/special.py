# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Special functions: those of the target's math library, and those that are written in terms of others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.builder import NARROW_FLOATS, compute_dtype
from helion.frontend.lowering.composite import composite
from helion.frontend.lowering.pointwise import extern, pointwise, result_dtype, unary_float
from helion.frontend.lowering.registry import RULES, lower

if TYPE_CHECKING:
    from helion.frontend.device import Device

aten = torch.ops.aten

for _op, _function in (
    (aten.erfinv, "erfinv"), (aten.lgamma, "lgamma"), (aten.i0, "cyl_bessel_i0"), (aten.special_i1, "cyl_bessel_i1"),
    (aten.special_modified_bessel_i0, "cyl_bessel_i0"), (aten.special_modified_bessel_i1, "cyl_bessel_i1"),
    (aten.special_bessel_j0, "j0"), (aten.special_bessel_j1, "j1"), (aten.special_bessel_y0, "y0"),
    (aten.special_bessel_y1, "y1"), (aten.special_erfcx, "erfcx"), (aten.special_ndtri, "normcdfinv"),
):  # fmt: skip
    unary_float(_op, extern(_function))


@lower(aten.nextafter)
def _nextafter(device: Device, func: Any, left: Any, right: Any) -> torch.Tensor:
    dtype = result_dtype((left, right))
    if dtype in NARROW_FLOATS:
        raise exc.TorchOperationNotSupported(f"the neighbours of {dtype} values are not supported")
    return pointwise(device, (left, right), extern("nextafter"), dtype, dtype)


# B(2k) / 2k of Bernoulli's numbers, k = 1 …, of the asymptotic series of the logarithmic derivative of Γ.
_DIGAMMA = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)


def _digamma(x: torch.Tensor) -> torch.Tensor:
    # Reflected to the right half, moved up to where the series converges.
    reflected = x < 0
    y = torch.where(reflected, 1 - x, x)
    moved = torch.zeros_like(x)
    for _ in range(10):
        near = y < 10
        moved = torch.where(near, moved - 1 / y, moved)
        y = torch.where(near, y + 1, y)
    square = 1 / (y * y)
    series = torch.zeros_like(x)
    for coefficient in reversed(_DIGAMMA):
        series = (series + coefficient) * square
    made = moved + torch.log(y) - 0.5 / y - torch.where(y < 1e17, series, 0.0)
    # The fraction keeps the tangent exact for large x.
    mirrored = made - math.pi / torch.tan(math.pi * (x - torch.trunc(x)))
    made = torch.where(reflected, torch.where(x == torch.floor(x), math.nan, mirrored), made)
    return torch.where(x == 0, torch.copysign(torch.full_like(x, math.inf), -x), made)


composite(aten.digamma, _digamma)
composite(aten.angle, lambda x: torch.where(x < 0, math.pi, torch.where(x == x, 0.0, x)))


@lower(aten.signbit)
def _signbit(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    if not value.dtype.is_floating_point:
        return RULES[aten.lt](device, func, value, 0)
    # What a comparison cannot see: the signs of zeros.
    wide = RULES[aten._to_copy](device, None, value, compute_dtype(value.dtype))
    return device.composite(lambda: torch.copysign(torch.ones_like(wide), wide) < 0)


@lower(aten.rrelu_with_noise)
def _rrelu(
    device: Device, func: Any, value: torch.Tensor, noise: Any, low: float = 1 / 8, high: float = 1 / 3,
    training: bool = False, generator: Any = None,
) -> torch.Tensor:  # fmt: skip
    if training:
        raise exc.TorchOperationNotSupported(
            "rrelu draws no random slopes in device code", hint="use torch.where with hl.rand"
        )
    return RULES[aten.leaky_relu](device, func, value, (low + high) / 2)
