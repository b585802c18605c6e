# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Element-wise operations.

Operands are brought to the dtype that torch computes in (fp32 for narrower floats) and to one shape; the result is
rounded to what torch says it is. Those conversions are implicit: a pass may fold them.
"""

from __future__ import annotations

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
            raise exc.TorchOperationNotSupported(dtype=dtype)
        return builder.value(name, values, values[0].type)

    return emit


def extern(function: str) -> Emit:
    """A function of the target's math library."""

    def emit(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
        from helion._mlir import ir

        name = ir.StringAttr.get(function, builder.context)
        return builder.value("helion.extern", values, values[0].type, {"function": name})

    return emit


def rest(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    """What a division that rounds towards zero leaves. For floats, `arith.remf` is inexact for large quotients."""
    emit = extern("fmod") if dtype.is_floating_point else plain(None, "arith.remsi", "arith.remui")
    return emit(builder, shape, dtype, values)


# eq, sle, sge, ule, uge of `arith.cmpi`
_HOLDS_FOR_EQUALS = frozenset({0, 3, 5, 7, 9})


def compare(float_predicate: int, int_predicate: int, unsigned_predicate: int) -> Emit:
    """A comparison."""

    def emit(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
        if dtype.is_floating_point:
            name, predicate = "arith.cmpf", float_predicate
        else:
            signed = dtype.is_signed and dtype != torch.bool
            name, predicate = "arith.cmpi", int_predicate if signed else unsigned_predicate
            if values[0] == values[1]:
                # MLIR folds this, and fails where extents depend on blocks.
                return splat(builder, shape, torch.bool, predicate in _HOLDS_FOR_EQUALS)
        return builder.value(name, values, builder.type(shape, torch.bool), {"predicate": builder.i64_attr(predicate)})

    return emit


def splat(builder: Builder, shape: Sequence[int], dtype: torch.dtype, number: float) -> ir.Value:
    """One number everywhere."""
    return builder.broadcast(builder.constant(number, dtype), (), shape, dtype)


def select(builder: Builder, condition: ir.Value, yes: ir.Value, no: ir.Value) -> ir.Value:
    """`yes` where `condition` holds, `no` elsewhere."""
    return builder.value("arith.select", (condition, yes, no), yes.type)


# ---- families


def binary(*ops: Any, emit: Emit, result: torch.dtype | None = None, float_result: bool = False) -> None:
    """Registers operations of two operands; `result` overrides the promoted dtype."""

    @lower(*ops)
    def rule(device: Device, func: Any, left: Any, right: Any, *, alpha: Any = 1) -> torch.Tensor:
        if alpha != 1:
            right = device.composite(torch.mul, right, alpha) if isinstance(right, torch.Tensor) else right * alpha
        promoted = result_dtype((left, right))
        if float_result and not promoted.is_floating_point:
            promoted = torch.get_default_dtype()
        compute = compute_dtype(promoted)
        return pointwise(device, (left, right), emit, compute, result or promoted, result)

    del rule


def _add(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    # True + True is True.
    return plain("arith.addf", "arith.ori" if dtype == torch.bool else "arith.addi")(builder, shape, dtype, values)


def _sub(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    if dtype == torch.bool:
        raise exc.TorchOperationNotSupported(dtype=dtype)
    return plain("arith.subf", "arith.subi")(builder, shape, dtype, values)


binary(aten.add, emit=_add)
binary(aten.sub, emit=_sub)
binary(aten.mul, emit=plain("arith.mulf", "arith.muli"))
binary(aten.maximum, emit=plain("arith.maximumf", "arith.maxsi", "arith.maxui"))
binary(aten.minimum, emit=plain("arith.minimumf", "arith.minsi", "arith.minui"))
binary(aten.fmax, emit=plain("arith.maxnumf", "arith.maxsi", "arith.maxui"))
binary(aten.fmin, emit=plain("arith.minnumf", "arith.minsi", "arith.minui"))
binary(aten.fmod, emit=rest)
binary(aten.atan2, emit=extern("atan2"), float_result=True)
binary(aten.copysign, emit=extern("copysign"), float_result=True)
binary(aten.hypot, emit=extern("hypot"), float_result=True)
binary(aten.bitwise_and, aten.__and__, emit=plain(None, "arith.andi"))
binary(aten.bitwise_or, aten.__or__, emit=plain(None, "arith.ori"))
binary(aten.bitwise_xor, aten.__xor__, emit=plain(None, "arith.xori"))
binary(aten.bitwise_left_shift, aten.__lshift__, emit=plain(None, "arith.shli"))
binary(aten.bitwise_right_shift, aten.__rshift__, emit=plain(None, "arith.shrsi", "arith.shrui"))
binary(aten.eq, emit=compare(1, 0, 0), result=torch.bool)
binary(aten.ne, emit=compare(13, 1, 1), result=torch.bool)
binary(aten.lt, emit=compare(4, 2, 6), result=torch.bool)
binary(aten.le, emit=compare(5, 3, 7), result=torch.bool)
binary(aten.gt, emit=compare(2, 4, 8), result=torch.bool)
binary(aten.ge, emit=compare(3, 5, 9), result=torch.bool)


@lower(aten.rsub)
def _rsub(device: Device, func: Any, left: Any, right: Any, alpha: Any = 1) -> torch.Tensor:
    return RULES[aten.sub](device, func, right, left, alpha=alpha)


def unary_float(op: Any, emit: Emit) -> None:
    """Registers an operation of one operand whose result is a float, for integers as well."""

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
    unary_float(_op, plain(_name))
for _op in (
    aten.tanh, aten.expm1, aten.log1p, aten.log10, aten.tan, aten.sinh, aten.cosh, aten.asin, aten.acos, aten.atan,
    aten.asinh, aten.acosh, aten.atanh, aten.erfc,
):  # fmt: skip
    unary_float(_op, extern(str(_op).split(".")[-1]))


def _sigmoid(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    (x,) = values
    power = builder.value("math.exp", (builder.value("arith.negf", (x,), x.type),), x.type)
    one = splat(builder, shape, dtype, 1.0)
    return builder.value("arith.divf", (one, builder.value("arith.addf", (one, power), x.type)), x.type)


def reciprocal(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    """1 / x."""
    return builder.value("arith.divf", (splat(builder, shape, dtype, 1.0), values[0]), values[0].type)


unary_float(aten.sigmoid, _sigmoid)
unary_float(aten.reciprocal, reciprocal)


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
    if dtype == torch.bool:
        raise exc.TorchOperationNotSupported(dtype=dtype)
    return builder.value("arith.subi", (splat(builder, shape, dtype, 0), values[0]), values[0].type)


def _abs(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    unsigned = dtype == torch.bool or not (dtype.is_floating_point or dtype.is_signed)
    return values[0] if unsigned else plain("math.absf", "math.absi")(builder, shape, dtype, values)


def _relu(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    zero = splat(builder, shape, dtype, 0)
    return plain("arith.maximumf", "arith.maxsi", "arith.maxui")(builder, shape, dtype, (values[0], zero))


def invert(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    """All bits flipped."""
    if dtype.is_floating_point:
        raise exc.TorchOperationNotSupported(dtype=dtype)
    ones = splat(builder, shape, dtype, True if dtype == torch.bool else -1)
    return builder.value("arith.xori", (values[0], ones), values[0].type)


def _sign(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    zero, one, minus = (splat(builder, shape, dtype, number) for number in (0, 1, -1))
    above = compare(2, 4, 8)(builder, shape, dtype, (values[0], zero))
    below = compare(4, 2, 6)(builder, shape, dtype, (values[0], zero))
    return select(builder, above, one, select(builder, below, minus, zero))


def square(builder: Builder, shape: Sequence[int], dtype: torch.dtype, values: Sequence[ir.Value]) -> ir.Value:
    """x * x."""
    return plain("arith.mulf", "arith.muli")(builder, shape, dtype, (values[0], values[0]))


for _op, _emit in (
    (aten.abs, _abs), (aten.neg, _negate), (aten.relu, _relu), (aten.sign, _sign),
    (aten.square, square), (aten.floor, _identity_on_integers(plain("math.floor"))), (aten.bitwise_not, invert),
    (aten.ceil, _identity_on_integers(plain("math.ceil"))), (aten.trunc, _identity_on_integers(extern("trunc"))),
    (aten.round.default, _identity_on_integers(extern("rint"))),
):  # fmt: skip
    _unary_same(_op, _emit)
