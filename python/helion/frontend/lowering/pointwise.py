# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element-wise operations.

Operands are brought to the dtype that torch computes in (fp32 for narrower floats) and to one shape; the result is
rounded to what torch says it is. Those conversions are implicit: a pass may fold them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.registry import RULES, lower

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion._mlir import ir
    from helion.frontend.builder import Builder
    from helion.frontend.device import Device

    Emit = Callable[[Builder, Sequence[int], torch.dtype, Sequence[ir.Value]], ir.Value]

aten = torch.ops.aten


def shape_of(operands: Sequence[Any]) -> tuple[int, ...]:
    """The shape that the tensors among `operands` broadcast to.

    Raises:
        ShapeMismatch: when they do not.
    """
    shapes = {tuple(each.shape) for each in operands if isinstance(each, torch.Tensor)}
    return next(iter(shapes)) if len(shapes) == 1 else broadcast_shapes(*shapes)


def result_dtype(operands: Sequence[Any]) -> torch.dtype:
    """The dtype that torch promotes `operands` to: values with dimensions count most, then scalars, then numbers."""
    first, *rest = sorted(operands, key=_weight)
    if not isinstance(first, torch.Tensor):
        return torch.result_type(first, rest[0] if rest else first)
    dtype, dimensions = first.dtype, first.dim()
    for each in rest:
        if isinstance(each, torch.Tensor) and (each.dtype == dtype or bool(each.dim()) == bool(dimensions)):
            dtype = torch.promote_types(dtype, each.dtype)
        else:
            known = torch.empty((1,) if dimensions else (), dtype=dtype, device="meta")
            dtype = torch.result_type(known, each)
    return dtype


def _weight(operand: Any) -> int:
    return 2 if not isinstance(operand, torch.Tensor) else 0 if operand.dim() else 1


def operand(device: Device, given: Any, shape: Sequence[int], dtype: torch.dtype) -> ir.Value:
    """A tensor or number as a value of `shape` and `dtype`."""
    builder = device.builder
    if isinstance(given, torch.Tensor):
        value = builder.convert(device.value(given), given.shape, given.dtype, dtype)
        return builder.broadcast(value, given.shape, shape, dtype)
    return builder.broadcast(builder.number(given, dtype), (), shape, dtype)


def pointwise(
    device: Device, operands: Sequence[Any], emit: Emit, compute: torch.dtype, result: torch.dtype, source: Any = None
) -> torch.Tensor:
    """Emits an element-wise operation: `emit` gets values of dtype `compute` and gives one of dtype `source`, which is
    `compute` by default."""
    builder = device.builder
    shape = shape_of(operands)
    values = [operand(device, each, shape, compute) for each in operands]
    value = emit(builder, shape, compute, values)
    return device.tensor(builder.convert(value, shape, source or compute, result), shape, result)


# ---- how single operations are emitted


def plain(float_op: str | None, int_op: str | None = None, unsigned_op: str | None = None) -> Emit:
    """An operation whose result has the type of its operands."""

    def emit(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
        name = float_op if dtype.is_floating_point else int_op
        if unsigned_op is not None and (dtype == torch.bool or not (dtype.is_floating_point or dtype.is_signed)):
            name = unsigned_op
        if name is None:
            raise exc.TorchOperationNotSupported(f"this operation is not supported for {dtype}")
        return builder.value(name, values, values[0].type)

    return emit


def extern(function: str) -> Emit:
    """A function of the target's math library."""

    def emit(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
        from helion._mlir import ir

        name = ir.StringAttr.get(function, builder.context)
        return builder.value("helion.extern", values, values[0].type, {"function": name})

    return emit


def compare(float_predicate: int, int_predicate: int, unsigned_predicate: int) -> Emit:
    """A comparison."""

    def emit(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
        if dtype.is_floating_point:
            name, predicate = "arith.cmpf", float_predicate
        else:
            signed = dtype.is_signed and dtype != torch.bool
            name, predicate = "arith.cmpi", int_predicate if signed else unsigned_predicate
        return builder.value(name, values, builder.type(shape, torch.bool), {"predicate": builder.i64_attr(predicate)})

    return emit


def _constant(builder: Builder, shape: Sequence[int], dtype: torch.dtype, number: float) -> ir.Value:
    return builder.broadcast(builder.constant(number, dtype), (), shape, dtype)


def _select(builder: Builder, condition: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
    return builder.value("arith.select", (condition, yes, no), yes.type)


# ---- families


def _binary(*ops: Any, emit: Emit, result: torch.dtype | None = None, float_result: bool = False) -> None:
    @lower(*ops)
    def rule(device: Device, func: Any, left: Any, right: Any, *, alpha: Any = 1) -> torch.Tensor:
        if alpha != 1:
            right = device.composite(torch.mul, right, alpha)
        promoted = result_dtype((left, right))
        if float_result and not promoted.is_floating_point:
            promoted = torch.get_default_dtype()
        compute = compute_dtype(promoted)
        return pointwise(device, (left, right), emit, compute, result or promoted, result)

    del rule


def _add(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    # True + True is True.
    return plain("arith.addf", "arith.ori" if dtype == torch.bool else "arith.addi")(builder, shape, dtype, values)


_binary(aten.add, emit=_add)
_binary(aten.sub, emit=plain("arith.subf", "arith.subi"))
_binary(aten.mul, emit=plain("arith.mulf", "arith.muli"))
_binary(aten.maximum, emit=plain("arith.maximumf", "arith.maxsi", "arith.maxui"))
_binary(aten.minimum, emit=plain("arith.minimumf", "arith.minsi", "arith.minui"))
_binary(aten.fmax, emit=plain("arith.maxnumf", "arith.maxsi", "arith.maxui"))
_binary(aten.fmin, emit=plain("arith.minnumf", "arith.minsi", "arith.minui"))
_binary(aten.fmod, emit=plain("arith.remf", "arith.remsi", "arith.remui"))
_binary(aten.atan2, emit=extern("atan2"), float_result=True)
_binary(aten.copysign, emit=extern("copysign"), float_result=True)
_binary(aten.hypot, emit=extern("hypot"), float_result=True)
_binary(aten.bitwise_and, aten.__and__, emit=plain(None, "arith.andi"))
_binary(aten.bitwise_or, aten.__or__, emit=plain(None, "arith.ori"))
_binary(aten.bitwise_xor, aten.__xor__, emit=plain(None, "arith.xori"))
_binary(aten.bitwise_left_shift, aten.__lshift__, emit=plain(None, "arith.shli"))
_binary(aten.bitwise_right_shift, aten.__rshift__, emit=plain(None, "arith.shrsi", "arith.shrui"))
_binary(aten.eq, emit=compare(1, 0, 0), result=torch.bool)
_binary(aten.ne, emit=compare(13, 1, 1), result=torch.bool)
_binary(aten.lt, emit=compare(4, 2, 6), result=torch.bool)
_binary(aten.le, emit=compare(5, 3, 7), result=torch.bool)
_binary(aten.gt, emit=compare(2, 4, 8), result=torch.bool)
_binary(aten.ge, emit=compare(3, 5, 9), result=torch.bool)


@lower(aten.rsub)
def _rsub(device: Device, func: Any, left: Any, right: Any, alpha: Any = 1) -> torch.Tensor:
    return RULES[aten.sub](device, func, right, left, alpha=alpha)


def _unary_float(op: Any, emit: Emit) -> None:
    @lower(op)
    def rule(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
        result = value.dtype if value.dtype.is_floating_point else torch.get_default_dtype()
        return pointwise(device, (value,), emit, compute_dtype(result), result)

    del rule


for _op, _name in (
    (aten.exp, "math.exp"), (aten.exp2, "math.exp2"), (aten.log, "math.log"), (aten.log2, "math.log2"),
    (aten.sqrt, "math.sqrt"), (aten.rsqrt, "math.rsqrt"), (aten.sin, "math.sin"), (aten.cos, "math.cos"),
    (aten.erf, "math.erf"),
):  # fmt: skip
    _unary_float(_op, plain(_name))
for _op in (
    aten.tanh, aten.expm1, aten.log1p, aten.log10, aten.tan, aten.sinh, aten.cosh, aten.asin, aten.acos, aten.atan,
    aten.asinh, aten.acosh, aten.atanh, aten.erfc,
):  # fmt: skip
    _unary_float(_op, extern(str(_op).split(".")[-1]))


def _sigmoid(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    (x,) = values
    power = builder.value("math.exp", (builder.value("arith.negf", (x,), x.type),), x.type)
    one = _constant(builder, shape, dtype, 1.0)
    return builder.value("arith.divf", (one, builder.value("arith.addf", (one, power), x.type)), x.type)


def _reciprocal(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    return builder.value("arith.divf", (_constant(builder, shape, dtype, 1.0), values[0]), values[0].type)


_unary_float(aten.sigmoid, _sigmoid)
_unary_float(aten.reciprocal, _reciprocal)


def _unary_same(op: Any, emit: Emit) -> None:
    @lower(op)
    def rule(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
        return pointwise(device, (value,), emit, compute_dtype(value.dtype), value.dtype)

    del rule


def _identity_on_integers(float_emit: Emit) -> Emit:
    def emit(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
        return float_emit(builder, shape, dtype, values) if dtype.is_floating_point else values[0]

    return emit


def _negate(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    if dtype.is_floating_point:
        return builder.value("arith.negf", values, values[0].type)
    return builder.value("arith.subi", (_constant(builder, shape, dtype, 0), values[0]), values[0].type)


def _relu(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    zero = _constant(builder, shape, dtype, 0)
    return plain("arith.maximumf", "arith.maxsi", "arith.maxui")(builder, shape, dtype, (values[0], zero))


def _invert(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    ones = _constant(builder, shape, dtype, True if dtype == torch.bool else -1)
    return builder.value("arith.xori", (values[0], ones), values[0].type)


def _sign(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    zero, one, minus = (_constant(builder, shape, dtype, number) for number in (0, 1, -1))
    above = compare(2, 4, 8)(builder, shape, dtype, (values[0], zero))
    below = compare(4, 2, 6)(builder, shape, dtype, (values[0], zero))
    return _select(builder, above, one, _select(builder, below, minus, zero))


def _square(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    return plain("arith.mulf", "arith.muli")(builder, shape, dtype, (values[0], values[0]))


for _op, _emit in (
    (aten.abs, plain("math.absf", "math.absi")), (aten.neg, _negate), (aten.relu, _relu), (aten.sign, _sign),
    (aten.square, _square), (aten.floor, _identity_on_integers(plain("math.floor"))), (aten.bitwise_not, _invert),
    (aten.ceil, _identity_on_integers(plain("math.ceil"))), (aten.trunc, _identity_on_integers(extern("trunc"))),
    (aten.round.default, _identity_on_integers(extern("rint"))),
):  # fmt: skip
    _unary_same(_op, _emit)


# ---- division


@lower(aten.div)
def _div(device: Device, func: Any, left: Any, right: Any, *, rounding_mode: str | None = None) -> torch.Tensor:
    if rounding_mode == "floor":
        return _floor_divide(device, func, left, right)
    promoted = result_dtype((left, right))
    if rounding_mode == "trunc":
        if not promoted.is_floating_point:
            return pointwise(device, (left, right), plain(None, "arith.divsi", "arith.divui"), promoted, promoted)
        return RULES[aten.trunc](device, func, _div(device, func, left, right))
    result = promoted if promoted.is_floating_point else torch.get_default_dtype()
    return pointwise(device, (left, right), plain("arith.divf"), compute_dtype(result), result)


@lower(aten.floor_divide)
def _floor_divide(device: Device, func: Any, left: Any, right: Any) -> torch.Tensor:
    promoted = result_dtype((left, right))
    if promoted.is_floating_point:
        return RULES[aten.floor](device, func, _div(device, func, left, right))
    emit = plain(None, "arith.floordivsi", "arith.divui")
    return pointwise(device, (left, right), emit, promoted, promoted)


def _remainder(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    x, y = values
    rest = plain("arith.remf", "arith.remsi", "arith.remui")(builder, shape, dtype, (x, y))
    if not dtype.is_floating_point and not dtype.is_signed:
        return rest
    # Python's remainder has the sign of the divisor, the hardware's that of the dividend.
    zero = _constant(builder, shape, dtype, 0)
    below = compare(4, 2, 6)
    differs = builder.value(
        "arith.xori", (below(builder, shape, dtype, (rest, zero)), below(builder, shape, dtype, (y, zero))),
        builder.type(shape, torch.bool),
    )  # fmt: skip
    some = compare(13, 1, 1)(builder, shape, dtype, (rest, zero))
    wrong = builder.value("arith.andi", (differs, some), builder.type(shape, torch.bool))
    return _select(builder, wrong, plain("arith.addf", "arith.addi")(builder, shape, dtype, (rest, y)), rest)


_binary(aten.remainder, emit=_remainder)


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
    return pointwise(device, (value,), _invert, torch.bool, torch.bool)


@lower(aten.isnan)
def _isnan(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    return pointwise(device, (value, value), compare(14, 1, 1), compute_dtype(value.dtype), torch.bool, torch.bool)


@lower(aten.isinf)
def _isinf(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    size = RULES[aten.abs](device, func, value)
    return pointwise(device, (size, math.inf), compare(1, 0, 0), compute_dtype(value.dtype), torch.bool, torch.bool)


@lower(aten.where.self, aten.where.ScalarSelf, aten.where.ScalarOther, aten.where.Scalar)
def _where(device: Device, func: Any, condition: torch.Tensor, yes: Any, no: Any) -> torch.Tensor:
    builder = device.builder
    dtype = result_dtype((yes, no))
    shape = shape_of((condition, yes, no))
    chosen = _select(
        builder, operand(device, condition, shape, torch.bool),
        operand(device, yes, shape, dtype), operand(device, no, shape, dtype),
    )  # fmt: skip
    return device.tensor(chosen, shape, dtype)


@lower(aten.masked_fill)
def _masked_fill(device: Device, func: Any, value: torch.Tensor, mask: torch.Tensor, fill: Any) -> torch.Tensor:
    shape = shape_of((value, mask))
    chosen = _select(
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
    simple = {2: _square, 1: lambda b, s, d, v: v[0]}
    if compute.is_floating_point:
        simple |= {0.5: plain("math.sqrt"), -0.5: plain("math.rsqrt"), -1: _reciprocal}
    emit = None if isinstance(exponent, torch.Tensor) else simple.get(exponent)
    if emit is None and isinstance(exponent, int) and 2 < exponent <= 8:
        return device.composite(lambda: _power(base, exponent))
    if emit is not None:
        return pointwise(device, (base,), emit, compute, dtype)
    if not compute.is_floating_point:
        raise exc.TorchOperationNotSupported("integer powers other than small constants are not supported")
    return pointwise(device, (base, exponent), extern("pow"), compute, dtype)


def _power(base: torch.Tensor, exponent: int) -> torch.Tensor:
    half = base if exponent < 4 else _power(base, exponent // 2)
    squared = half * half
    return squared * base if exponent % 2 else squared


@lower(aten._to_copy, torch.ops.prims.convert_element_type)
def _to_copy(device: Device, func: Any, value: torch.Tensor, dtype: torch.dtype | None = None, **_: Any) -> Any:
    target = dtype or value.dtype
    builder = device.builder
    user = builder.user_casts and func is aten._to_copy.default
    made = builder.convert(device.value(value), value.shape, value.dtype, target, user=user)
    return device.tensor(made, value.shape, target)


@lower(aten.clone, aten.alias, aten.detach, aten.lift_fresh, aten.lift_fresh_copy, aten.contiguous)
def _same(device: Device, func: Any, value: torch.Tensor, **_: Any) -> torch.Tensor:
    return device.tensor(device.value(value), value.shape, value.dtype)
