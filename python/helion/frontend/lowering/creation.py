# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""New values: constants of a shape, ranges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.lowering.pointwise import plain, pointwise
from helion.frontend.lowering.registry import RULES, function, lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten


def full(device: Device, shape: Sequence[int], value: Any, dtype: torch.dtype) -> torch.Tensor:
    """A value of `shape` that holds `value`, a number or a device value of rank 0."""
    builder = device.builder
    if isinstance(value, torch.Tensor):
        made = builder.convert(device.value(value), (), value.dtype, dtype)
    else:
        made = builder.number(value, dtype)
    return device.tensor(builder.broadcast(made, (), tuple(shape), dtype), shape, dtype)


def _filled(number: int, *ops: Any) -> None:
    @lower(*ops)
    def rule(device: Device, func: Any, size: Sequence[int], *, dtype: torch.dtype | None = None, **_: Any) -> Any:
        return full(device, size, number, dtype or torch.get_default_dtype())

    del rule


_filled(0, aten.zeros, aten.empty.memory_format)
_filled(1, aten.ones)


def _filled_like(number: int, *ops: Any) -> None:
    @lower(*ops)
    def rule(device: Device, func: Any, like: torch.Tensor, *, dtype: torch.dtype | None = None, **_: Any) -> Any:
        return full(device, like.shape, number, dtype or like.dtype)

    del rule


_filled_like(0, aten.zeros_like, aten.empty_like)
_filled_like(1, aten.ones_like)


def _new_filled(number: int, *ops: Any) -> None:
    @lower(*ops)
    def rule(device: Device, func: Any, like: torch.Tensor, size: Sequence[int], *, dtype: Any = None, **_: Any) -> Any:
        return full(device, size, number, dtype or like.dtype)

    del rule


_new_filled(0, aten.new_zeros, aten.new_empty)
_new_filled(1, aten.new_ones)


def _dtype_of(value: Any) -> torch.dtype:
    if isinstance(value, torch.Tensor):
        return value.dtype
    if isinstance(value, bool):
        return torch.bool
    return torch.int64 if isinstance(value, int) else torch.get_default_dtype()


@lower(aten.full.default)
def _full(
    device: Device, func: Any, size: Sequence[int], value: Any, *, dtype: torch.dtype | None = None, **_: Any
) -> torch.Tensor:
    return full(device, size, value, dtype or _dtype_of(value))


@lower(aten.full_like)
def _full_like(
    device: Device, func: Any, like: torch.Tensor, value: Any, *, dtype: torch.dtype | None = None, **_: Any
) -> torch.Tensor:
    return full(device, like.shape, value, dtype or like.dtype)


@lower(aten.new_full)
def _new_full(
    device: Device, func: Any, like: torch.Tensor, size: Sequence[int], value: Any, *, dtype: Any = None, **_: Any
) -> torch.Tensor:
    return full(device, size, value, dtype or like.dtype)


@function(torch.full)
def _full_function(
    device: Device, size: Sequence[int], fill_value: Any, *, dtype: torch.dtype | None = None, **_: Any
) -> torch.Tensor:
    return full(device, size, fill_value, dtype or _dtype_of(fill_value))


@function(torch.full_like)
def _full_like_function(
    device: Device, like: torch.Tensor, fill_value: Any, *, dtype: torch.dtype | None = None, **_: Any
) -> torch.Tensor:
    return full(device, like.shape, fill_value, dtype or like.dtype)


@function(torch.tensor, torch.scalar_tensor, torch.as_tensor)
def _tensor(device: Device, data: Any, *, dtype: torch.dtype | None = None, **_: Any) -> torch.Tensor:
    if isinstance(data, torch.Tensor):
        return data if dtype is None else RULES[aten._to_copy](device, aten._to_copy.default, data, dtype)
    if not isinstance(data, (bool, int, float)):
        raise exc.TorchOperationNotSupported("torch.tensor takes a single number in device code")
    return full(device, (), data, dtype or _dtype_of(data))


@lower(aten.scalar_tensor)
def _scalar_tensor(device: Device, func: Any, value: Any, *, dtype: torch.dtype | None = None, **_: Any) -> Any:
    return full(device, (), value, dtype or _dtype_of(value))


def positions(device: Device, shape: Sequence[int], axis: int, dtype: torch.dtype | None = None) -> torch.Tensor:
    """0, 1, … along `axis` of `shape`, with dimensions of 1 after it; of the index dtype unless told."""
    builder = device.builder
    result = dtype or builder.index_dtype
    extents = (int(shape[axis]), *[1] * (len(shape) - axis - 1))
    made = builder.value("helion.arange", (), builder.type(extents[:1], result))
    return device.tensor(builder.reshape(made, extents[:1], extents, result), extents, result)


def arange(device: Device, start: Any, end: Any, step: Any, dtype: torch.dtype | None) -> torch.Tensor:
    """`start`, `start + step`, … below `end`. The length must be known: `end - start` a number or a block size.

    Raises:
        ShapeSpecializingAllocation: when the length is not known.
    """
    builder = device.builder
    if any(isinstance(each, torch.Tensor) for each in (end, step)) or isinstance(start, torch.Tensor):
        raise exc.ShapeSpecializingAllocation()
    length = max(0, -(-(end - start) // step))
    if length != int(length):
        raise exc.TorchOperationNotSupported("torch.arange takes integers in device code")
    result = dtype or (builder.index_dtype if all(isinstance(e, int) for e in (start, end, step)) else torch.float32)
    shape = (int(length),)
    made = device.tensor(
        builder.value("helion.arange", (), builder.type(shape, builder.index_dtype)), shape, builder.index_dtype
    )
    if step != 1:
        made = pointwise(device, (made, step), plain("arith.mulf", "arith.muli"), result, result)
    if start != 0:
        made = pointwise(device, (made, start), plain("arith.addf", "arith.addi"), result, result)
    value = builder.convert(device.value(made), shape, made.dtype, result)
    return device.tensor(value, shape, result)


@lower(aten.arange)
def _arange(device: Device, func: Any, *args: Any, dtype: torch.dtype | None = None, **_: Any) -> torch.Tensor:
    return _arange_function(device, *args, dtype=dtype)


@function(torch.arange)
def _arange_function(device: Device, *args: Any, dtype: torch.dtype | None = None, **_: Any) -> torch.Tensor:
    begin, end, step = (0, args[0], 1) if len(args) == 1 else (*args, 1)[:3]
    return arange(device, begin, end, step, dtype)
