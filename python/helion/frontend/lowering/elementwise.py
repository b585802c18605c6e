# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element-wise operations that are more than one line: division, logic, selection, powers, casts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.pointwise import (
    binary,
    compare,
    extern,
    invert,
    operand,
    plain,
    pointwise,
    reciprocal,
    rest,
    result_dtype,
    select,
    shape_of,
    splat,
    square,
)
from helion.frontend.lowering.registry import RULES, lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion._mlir import ir
    from helion.frontend.builder import Builder
    from helion.frontend.device import Device

aten = torch.ops.aten


# ---- division


@lower(aten.div)
def _div(device: Device, func: Any, left: Any, right: Any, *, rounding_mode: str | None = None) -> torch.Tensor:
    if rounding_mode == "floor":
        return _floor_divide(device, func, left, right)
    promoted = result_dtype((left, right))
    if rounding_mode == "trunc":
        if not promoted.is_floating_point:
            return pointwise(device, (left, right), plain(None, "arith.divsi", "arith.divui"), promoted, promoted)
        return _quotient(device, _truncated_quotient, left, right, promoted)
    result = promoted if promoted.is_floating_point else torch.get_default_dtype()
    return pointwise(device, (left, right), plain("arith.divf"), compute_dtype(result), result)


@lower(aten.floor_divide)
def _floor_divide(device: Device, func: Any, left: Any, right: Any) -> torch.Tensor:
    promoted = result_dtype((left, right))
    if promoted.is_floating_point:
        return _quotient(device, _floor_quotient, left, right, promoted)
    emit = plain(None, "arith.floordivsi", "arith.divui")
    return pointwise(device, (left, right), emit, promoted, promoted)


def _quotient(device: Device, rule: Any, left: Any, right: Any, result: torch.dtype) -> torch.Tensor:
    compute, shape = compute_dtype(result), shape_of((left, right))
    wide = [device.tensor(operand(device, each, shape, compute), shape, compute) for each in (left, right)]
    return RULES[aten._to_copy](device, None, device.composite(rule, *wide), result)


def _truncated_quotient(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    # GPUs divide with an error of 2 ulp, too much for quotients that are nearly integers.
    divided = left / right
    exact = torch.round((left - torch.fmod(left, right)) / right)
    return torch.where(torch.isfinite(exact), exact, divided)


def _floor_quotient(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    # Python's: floor(1 / 0.1) is 10, but 0.1 is more than a tenth and goes into 1 only nine times.
    divided = left / right
    rest = torch.fmod(left, right)
    quotient = (left - rest) / right
    quotient = torch.where((rest != 0) & ((right < 0) != (rest < 0)), quotient - 1, quotient)
    floored = torch.floor(quotient)
    floored = torch.where(quotient - floored > 0.5, floored + 1, floored)
    floored = torch.where(quotient == 0, torch.copysign(torch.zeros_like(divided), divided), floored)
    return torch.where(right == 0, divided, floored)


def _remainder(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    x, y = values
    made = rest(builder, shape, dtype, (x, y))
    if not dtype.is_floating_point and not dtype.is_signed:
        return made
    # Python's remainder has the sign of the divisor, the hardware's that of the dividend.
    zero = splat(builder, shape, dtype, 0)
    below = compare(4, 2, 6)
    differs = builder.value(
        "arith.xori", (below(builder, shape, dtype, (made, zero)), below(builder, shape, dtype, (y, zero))),
        builder.type(shape, torch.bool),
    )  # fmt: skip
    some = compare(13, 1, 1)(builder, shape, dtype, (made, zero))
    wrong = builder.value("arith.andi", (differs, some), builder.type(shape, torch.bool))
    return select(builder, wrong, plain("arith.addf", "arith.addi")(builder, shape, dtype, (made, y)), made)


binary(aten.remainder, emit=_remainder)


# ---- logic, selection, powers, casts


def _logical(op: Any, name: str) -> None:
    @lower(op)
    def rule(device: Device, func: Any, left: Any, right: Any) -> torch.Tensor:
        return pointwise(device, (left, right), plain(None, name), torch.bool, torch.bool)

    del rule


_logical(aten.logical_and, "arith.andi")
_logical(aten.logical_or, "arith.ori")
_logical(aten.logical_xor, "arith.xori")


@lower(aten.logical_not)
def _logical_not(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    return pointwise(device, (value,), invert, torch.bool, torch.bool)


@lower(aten.isnan)
def _isnan(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    return pointwise(device, (value, value), compare(14, 1, 1), compute_dtype(value.dtype), torch.bool, torch.bool)


@lower(aten.isinf)
def _isinf(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    if not value.dtype.is_floating_point:
        return RULES[aten.zeros_like](device, func, value, dtype=torch.bool)
    size = RULES[aten.abs](device, func, value)
    return pointwise(device, (size, math.inf), compare(1, 0, 0), compute_dtype(value.dtype), torch.bool, torch.bool)


@lower(aten.where.self, aten.where.ScalarSelf, aten.where.ScalarOther, aten.where.Scalar)
def _where(device: Device, func: Any, condition: torch.Tensor, yes: Any, no: Any) -> torch.Tensor:
    builder = device.builder
    dtype = result_dtype((yes, no))
    shape = shape_of((condition, yes, no))
    chosen = select(
        builder, operand(device, condition, shape, torch.bool),
        operand(device, yes, shape, dtype), operand(device, no, shape, dtype),
    )  # fmt: skip
    return device.tensor(chosen, shape, dtype)


@lower(aten.masked_fill)
def _masked_fill(device: Device, func: Any, value: torch.Tensor, mask: torch.Tensor, fill: Any) -> torch.Tensor:
    shape = shape_of((value, mask))
    chosen = select(
        device.builder, operand(device, mask, shape, torch.bool),
        operand(device, fill, shape, value.dtype), operand(device, value, shape, value.dtype),
    )  # fmt: skip
    return device.tensor(chosen, shape, value.dtype)


@lower(aten.clamp, aten.clamp_min, aten.clamp_max)
def _clamp(device: Device, func: Any, value: torch.Tensor, low: Any = None, high: Any = None, **named: Any) -> Any:
    low, high = named.get("min", low), named.get("max", high)
    if func.overloadpacket is aten.clamp_max:
        low, high = None, low
    for bound, op in ((low, aten.maximum), (high, aten.minimum)):
        if bound is not None:
            value = RULES[op](device, func, value, bound)
    return value


@lower(aten.pow)
def _pow(device: Device, func: Any, base: Any, exponent: Any) -> torch.Tensor:
    dtype = result_dtype((base, exponent))
    compute = compute_dtype(dtype)
    simple = {2: square, 1: lambda b, s, d, v: v[0], 0: lambda b, s, d, v: splat(b, s, d, 1)}
    if compute.is_floating_point:
        simple |= {0.5: plain("math.sqrt"), -0.5: plain("math.rsqrt"), -1: reciprocal}
    emit = None if isinstance(exponent, torch.Tensor) else simple.get(exponent)
    if emit is None and isinstance(exponent, int) and 2 < exponent <= (8 if dtype.is_floating_point else math.inf):
        return device.composite(lambda: _power(base, exponent))
    if emit is not None:
        return pointwise(device, (base,), emit, compute, dtype)
    if not compute.is_floating_point:
        if not isinstance(exponent, torch.Tensor):
            raise exc.TorchOpTracingError(
                "an integer to a negative power is no integer", found=f"exponent {exponent}", hint="convert to a float"
            )
        shape = shape_of((base, exponent))
        values = [device.tensor(operand(device, each, shape, dtype), shape, dtype) for each in (base, exponent)]
        return device.composite(_integer_power, *values)
    return pointwise(device, (base, exponent), extern("pow"), compute, dtype)


def _power(base: torch.Tensor, exponent: int) -> torch.Tensor:
    half = base if exponent < 4 else _power(base, exponent // 2)
    squared = half * half
    return squared * base if exponent % 2 else squared


def _integer_power(base: torch.Tensor, exponent: torch.Tensor) -> torch.Tensor:
    """Bit by bit, with wraparound; of negative powers only those of 1 and -1 are not 0."""
    made, squared, left = torch.ones_like(base), base, exponent
    bits = base.dtype.itemsize * 8 - base.dtype.is_signed if base.dtype != torch.bool else 1
    for bit in range(bits):
        made = torch.where((left & 1) != 0, made * squared, made)
        if bit + 1 < bits:
            squared, left = squared * squared, left >> 1
    if not base.dtype.is_signed or base.dtype == torch.bool:
        return made
    odd = torch.where((exponent & 1) != 0, -1, 1)
    negative = torch.where(base == 1, 1, torch.where(base == -1, odd, 0))
    return torch.where(exponent < 0, negative, made)


@lower(aten._to_copy, torch.ops.prims.convert_element_type)
def _to_copy(device: Device, func: Any, value: torch.Tensor, dtype: torch.dtype | None = None, **_: Any) -> Any:
    target = dtype or value.dtype
    builder = device.builder
    user = builder.user_casts and func is aten._to_copy.default
    made = builder.convert(device.value(value), value.shape, value.dtype, target, user=user)
    return device.tensor(made, value.shape, target)


@lower(aten.view.dtype)
def _view_dtype(device: Device, func: Any, value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    if dtype.itemsize != value.dtype.itemsize or (torch.bool in (dtype, value.dtype) and dtype != value.dtype):
        raise exc.TorchOperationNotSupported(
            "device values can only be viewed as a dtype of the same size",
            expected=f"a dtype of {value.dtype.itemsize * 8} bits that is not bool", found=f"{value.dtype} as {dtype}",
            hint="view the host tensor before it is loaded",
        )  # fmt: skip
    bits, kind = device.value(value), device.builder.type(tuple(value.shape), dtype)
    made = bits if bits.type == kind else device.builder.value("arith.bitcast", (bits,), kind)
    return device.tensor(made, value.shape, dtype)


@lower(aten.clone, aten.alias, aten.detach, aten.lift_fresh, aten.lift_fresh_copy, aten.contiguous)
def _same(device: Device, func: Any, value: torch.Tensor, **_: Any) -> torch.Tensor:
    return device.tensor(device.value(value), value.shape, value.dtype)
