# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Shapes: reshapes, permutations, broadcasts, joins and splits. torch's own rules give the resulting shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.device import Pending
from helion.frontend.lowering.registry import FUNCTIONS, lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten


def _result(device: Device, like: torch.Tensor, value: Any) -> torch.Tensor:
    # Device values have no storage that views could share: strides do not matter, contiguous ones refuse least.
    return device.tensor(value, like.shape, like.dtype)


@lower(aten.view.default, aten._unsafe_view, aten.reshape, aten.squeeze, aten.unflatten, aten._reshape_alias)
def _reshape(device: Device, func: Any, value: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    like = func(value, *args, **kwargs)
    found = value._helion_value if hasattr(value, "_helion_value") else device.value(value)  # type: ignore[attr-defined]
    source = found.source if isinstance(found, Pending) else value
    if any(device.builder.blocks.is_product(int(extent)) for extent in like.shape):
        return _result(device, like, Pending(source))
    made = device.builder.reshape(device.value(source), source.shape, like.shape, like.dtype)
    return _result(device, like, made)


@lower(aten.unsqueeze)
def _unsqueeze(device: Device, func: Any, value: torch.Tensor, dim: int) -> torch.Tensor:
    axis = dim % (value.dim() + 1)
    made, shape = device.builder.expand_dims(device.value(value), tuple(value.shape), axis, value.dtype)
    return device.tensor(made, shape, value.dtype)


@lower(aten.permute)
def _permute(device: Device, func: Any, value: torch.Tensor, dims: Sequence[int]) -> torch.Tensor:
    like = func(value, dims)
    order = [dim % value.dim() for dim in dims]
    if order == sorted(order):
        return value
    builder = device.builder
    attributes = {"order": builder.i64_array(order)}
    made = builder.value("helion.permute", (device.value(value),), builder.type(like.shape, like.dtype), attributes)
    return _result(device, like, made)


@lower(aten.transpose.int)
def _transpose(device: Device, func: Any, value: torch.Tensor, first: int, second: int) -> torch.Tensor:
    func(value, first, second)
    order = list(range(value.dim()))
    if not order:
        return value
    order[first], order[second] = order[second], order[first]
    return _permute(device, aten.permute.default, value, order)


@lower(aten.t, aten.numpy_T)
def _t(device: Device, func: Any, value: torch.Tensor) -> torch.Tensor:
    if value.dim() < 2:
        return value
    return _permute(device, aten.permute.default, value, list(range(value.dim()))[::-1])


@lower(aten.expand)
def _expand(device: Device, func: Any, value: torch.Tensor, size: Sequence[int], **kwargs: Any) -> torch.Tensor:
    like = func(value, size, **kwargs)
    return _result(device, like, device.builder.broadcast(device.value(value), value.shape, like.shape, like.dtype))


def join(device: Device, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """`hl.join`: two values side by side in a new last dimension of 2."""
    builder = device.builder
    shape = broadcast_shapes(left.shape, right.shape)
    dtype = torch.promote_types(left.dtype, right.dtype)
    operands = [
        builder.broadcast(builder.convert(device.value(each), each.shape, each.dtype, dtype), each.shape, shape, dtype)
        for each in (left, right)
    ]
    return device.tensor(builder.value("helion.join", operands, builder.type((*shape, 2), dtype)), (*shape, 2), dtype)


def split(device: Device, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`hl.split`: the two halves of a last dimension of 2."""
    builder = device.builder
    if value.dim() == 0 or value.shape[-1] != 2:
        raise exc.ShapeMismatch(
            "hl.split takes a value whose last dimension is 2", found=builder.blocks.shape_text(value.shape)
        )
    shape = tuple(value.shape[:-1])
    kind = builder.type(shape, value.dtype)
    halves = builder.op("helion.split", (device.value(value),), (kind, kind)).results
    return device.tensor(halves[0], shape, value.dtype), device.tensor(halves[1], shape, value.dtype)


def _device_kept(device: Device, value: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
    return value


for _name in ("contiguous", "cuda", "cpu", "requires_grad_", "detach"):
    FUNCTIONS[getattr(torch.Tensor, _name)] = _device_kept
