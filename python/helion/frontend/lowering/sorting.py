# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`sort`, `topk`, `kthvalue`, `median`: keys become integers that are ordered as PyTorch orders the values.

NaN is the greatest value, zeros of both signs are equal, and equal values keep their order in both directions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.lowering.lanes import neutral_element, neutralized
from helion.frontend.lowering.parts import axis_of, select_in
from helion.frontend.lowering.pointwise import compare, invert, select, splat
from helion.frontend.lowering.reduction import dims_of
from helion.frontend.lowering.registry import RULES, lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion._mlir import ir
    from helion.frontend.builder import Builder
    from helion.frontend.device import Device

aten = torch.ops.aten

_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
_INFINITIES = {
    torch.float16: 0x7C00, torch.bfloat16: 0x7F80, torch.float32: 0x7F800000, torch.float64: 0x7FF0000000000000,
}  # fmt: skip


# ---- keys


def _key(
    builder: Builder, shape: Sequence[int], dtype: torch.dtype, value: ir.Value, descending: bool
) -> tuple[ir.Value, torch.dtype]:
    """Signed integers in the order of `value`, or in the opposite one."""
    if dtype.is_floating_point and dtype.itemsize == 1:
        value, dtype = builder.convert(value, shape, dtype, torch.float16), torch.float16
    if dtype.is_floating_point:
        key, result = _folded(builder, shape, dtype, value)
    elif dtype == torch.bool:
        key, result = builder.convert(value, shape, dtype, torch.int8), torch.int8
    else:
        result = _INTEGERS[dtype.itemsize]
        key = value if dtype.is_signed else _xor(builder, shape, result, value, _lowest(result))
    return (invert(builder, shape, result, (key,)) if descending else key), result


def _value(
    builder: Builder, shape: Sequence[int], dtype: torch.dtype, key: ir.Value, result: torch.dtype, descending: bool
) -> ir.Value:
    """What `_key` made the key of."""
    if descending:
        key = invert(builder, shape, result, (key,))
    if dtype == torch.bool:
        return builder.convert(key, shape, result, dtype)
    if dtype.is_floating_point:
        wide = torch.float16 if dtype.itemsize == 1 else dtype
        made = builder.value("arith.bitcast", (_mirrored(builder, shape, result, key),), builder.type(shape, wide))
        return builder.convert(made, shape, wide, dtype)
    return key if dtype.is_signed else _xor(builder, shape, result, key, _lowest(result))


def _folded(
    builder: Builder, shape: Sequence[int], dtype: torch.dtype, value: ir.Value
) -> tuple[ir.Value, torch.dtype]:
    result = _INTEGERS[dtype.itemsize]
    limits = torch.iinfo(result)
    bits = builder.value("arith.bitcast", (value,), builder.type(shape, result))
    most = splat(builder, shape, result, limits.max)
    negative_zero = compare(0, 0, 0)(builder, shape, result, (bits, splat(builder, shape, result, limits.min)))
    key = select(
        builder, negative_zero, splat(builder, shape, result, 0), _mirrored(builder, shape, result, bits)
    )  # fmt: skip
    size = builder.value("arith.andi", (bits, most), bits.type)
    infinity = splat(builder, shape, result, _INFINITIES[dtype])
    unordered = compare(4, 4, 4)(builder, shape, result, (size, infinity))
    return select(builder, unordered, most, key), result


def _mirrored(builder: Builder, shape: Sequence[int], dtype: torch.dtype, bits: ir.Value) -> ir.Value:
    """The bits of floats as integers in their order, and back: those of negative numbers are turned round."""
    kind = bits.type
    sign = builder.value("arith.shrsi", (bits, splat(builder, shape, dtype, dtype.itemsize * 8 - 1)), kind)
    rest = builder.value("arith.andi", (sign, splat(builder, shape, dtype, torch.iinfo(dtype).max)), kind)
    return builder.value("arith.xori", (bits, rest), kind)


def _lowest(dtype: torch.dtype) -> int:
    return torch.iinfo(dtype).min


def _xor(builder: Builder, shape: Sequence[int], dtype: torch.dtype, value: ir.Value, number: int) -> ir.Value:
    return builder.value("arith.xori", (value, splat(builder, shape, dtype, number)), value.type)


# ---- sorting


def _sorted(
    device: Device, value: torch.Tensor, axis: int, descending: bool, count: int | None = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """The first `count` elements in order along `axis`, all of them by default, and where they stood."""
    builder, rank = device.builder, value.dim()
    last = axis == rank - 1
    if not last:
        value = RULES[aten.transpose.int](device, aten.transpose.int, value, axis, rank - 1)
    source, dtype = tuple(value.shape), value.dtype
    key, kind = _key(builder, source, dtype, device.value(value), descending)
    last_key = neutral_element("min", kind)
    key = device.value(neutralized(device, device.tensor(key, source, kind), [rank - 1], last_key))
    shape = source if count is None else (*source[:-1], count)
    results = builder.op(
        "helion.sort", (key,), (builder.type(shape, kind), builder.type(shape, torch.int32))
    ).results  # fmt: skip
    values = device.tensor(_value(builder, shape, dtype, results[0], kind, descending), shape, dtype)
    indices = device.tensor(builder.convert(results[1], shape, torch.int32, torch.int64), shape, torch.int64)
    if last:
        return values, indices
    back = [RULES[aten.transpose.int](device, aten.transpose.int, each, axis, rank - 1) for each in (values, indices)]
    return back[0], back[1]


@lower(aten.sort)
def _sort(
    device: Device, func: Any, value: torch.Tensor, dim: int = -1, descending: bool = False, *,
    stable: bool | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:  # fmt: skip
    for axis in dims_of(value, dim):
        return _sorted(device, value, axis, descending)
    return value, device.constant(0, torch.int64)


@lower(aten.argsort)
def _argsort(
    device: Device, func: Any, value: torch.Tensor, dim: int = -1, descending: bool = False, *, stable: bool = False
) -> torch.Tensor:
    return _sort(device, func, value, dim, descending)[1]


@lower(aten.topk)
def _topk(
    device: Device, func: Any, value: torch.Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> tuple[torch.Tensor, torch.Tensor]:
    for axis in dims_of(value, dim):
        extent = device.builder.blocks.extent(int(value.shape[axis]))
        most = extent if isinstance(extent, int) else extent.size
        if k < 1 or (most is not None and k > most):
            raise exc.ShapeMismatch(
                "torch.topk takes at least one element and no more than there are", expected=f"1 to {most}", found=k
            )
        if not isinstance(extent, int):
            extent.raise_minimum(k)
        return _sorted(device, value, axis, largest, k)
    return value, device.constant(0, torch.int64)


# ---- one element of the order


@lower(aten.kthvalue)
def _kthvalue(
    device: Device, func: Any, value: torch.Tensor, k: int, dim: int = -1, keepdim: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    if not value.dim():
        return value, device.constant(0, torch.int64)
    axis, extent = axis_of(device, value, dim, "torch.kthvalue")
    if not 1 <= k <= extent:
        raise exc.ShapeMismatch("torch.kthvalue has no such element", expected=f"1 to {extent}", found=k)
    found = _sorted(device, value, axis, False)
    picked = [select_in(device, each, axis, k - 1, keepdim) for each in found]
    return picked[0], picked[1]


def _median_of(
    device: Device, value: torch.Tensor, dim: int, keepdim: bool, ignores_nan: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    axis, extent = axis_of(device, value, dim, "torch.median")
    found = _sorted(device, value, axis, False)
    position: Any = (extent - 1) // 2
    if value.dtype.is_floating_point:
        before = len(device.reductions)

        def place() -> torch.Tensor:
            numbers = torch.sum(torch.eq(value, value).to(torch.int32), axis, keepdim=True, dtype=torch.int32)
            if ignores_nan:
                return torch.clamp(torch.div(torch.sub(numbers, 1), 2, rounding_mode="floor"), min=0)
            # One that is no number makes it the median: they stand behind the numbers.
            return torch.where(torch.eq(numbers, extent), (extent - 1) // 2, numbers)

        position = device.composite(place)
        del device.reductions[before:]
    picked = [select_in(device, each, axis, position, keepdim) for each in found]
    return picked[0], picked[1]


def _median(op: Any, whole: Any, ignores_nan: bool) -> None:
    @lower(op)
    def along(
        device: Device, func: Any, value: torch.Tensor, dim: int, keepdim: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if value.dim():
            return _median_of(device, value, dim, keepdim, ignores_nan)
        return value, device.constant(0, torch.int64)

    @lower(whole)
    def of_all(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
        if value.dim() == 0:
            return value
        flat = value if value.dim() == 1 else device.call(torch.reshape, value, (-1,))
        return _median_of(device, flat, 0, False, ignores_nan)[0]

    del along, of_all


_median(aten.median.dim, aten.median.default, False)
_median(aten.nanmedian.dim, aten.nanmedian.default, True)
