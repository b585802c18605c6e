# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elements of a value picked by position: `torch.gather` and what is written in terms of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.lowering.parts import part
from helion.frontend.lowering.registry import lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten


def gather(device: Device, value: torch.Tensor, axis: int, index: torch.Tensor) -> torch.Tensor:
    """Elements of `value` along `axis`; `index` has its shape but for that dimension."""
    builder = device.builder
    positions = builder.convert(device.value(index), index.shape, index.dtype, torch.int32)
    made = builder.value(
        "helion.gather", (device.value(value), positions), builder.type(tuple(index.shape), value.dtype),
        {"axis": builder.i64_attr(axis)},
    )  # fmt: skip
    return device.tensor(made, index.shape, value.dtype)


def _axis(value: torch.Tensor, dim: int) -> int:
    rank = max(value.dim(), 1)
    if not -rank <= dim < rank:
        raise exc.RankMismatch(f"dimension {dim} does not exist in a value of rank {value.dim()}")
    return dim % rank


def _checked(device: Device, index: torch.Tensor) -> None:
    if index.dtype == torch.bool:
        raise exc.DataDependentOutputShapeNotSupported(name="indexing by a mask")
    if index.dtype.is_floating_point:
        raise exc.InvalidIndexingType(name=str(index.dtype))


@lower(aten.gather)
def _gather(
    device: Device, func: Any, value: torch.Tensor, dim: int, index: torch.Tensor, *, sparse_grad: bool = False
) -> torch.Tensor:
    axis = _axis(value, dim)
    _checked(device, index)
    text = device.builder.blocks.shape_text
    if value.dim() != index.dim():
        raise exc.ShapeMismatch(
            "torch.gather takes an index of the rank of its input",
            expected=f"rank {value.dim()}", found=f"an index {text(index.shape)}",
        )  # fmt: skip
    if value.dim() == 0:
        return value
    for each in range(value.dim()):
        extent, wanted = int(value.shape[each]), int(index.shape[each])
        if each == axis or extent == wanted:
            continue
        if device.builder.blocks.factors(extent)[1] or device.builder.blocks.factors(wanted)[1] or wanted > extent:
            raise exc.ShapeMismatch(
                "torch.gather takes an index of the shape of its input, but for the dimension along which it gathers",
                expected=text(value.shape), found=text(index.shape),
            )  # fmt: skip
        value = part(device, value, each, 0, wanted, "torch.gather")
    return gather(device, value, axis, index)


@lower(aten.index_select)
def _index_select(device: Device, func: Any, value: torch.Tensor, dim: int, index: torch.Tensor) -> torch.Tensor:
    _checked(device, index)
    flat = index if index.dim() else device.call(torch.reshape, index, (1,))
    if value.dim() == 0:
        return value
    return taken(device, value, _axis(value, dim), flat)


@lower(aten.embedding)
def _embedding(device: Device, func: Any, weight: torch.Tensor, index: torch.Tensor, *args: Any) -> torch.Tensor:
    _checked(device, index)
    return taken(device, weight, 0, index)


@lower(aten.index.Tensor)
def _index(device: Device, func: Any, value: torch.Tensor, indices: Sequence[torch.Tensor | None]) -> torch.Tensor:
    given = [(dim, index) for dim, index in enumerate(indices) if index is not None]
    for _, index in given:
        _checked(device, index)
    if len(given) > 1:
        raise exc.TorchOperationNotSupported(
            "a device value can be indexed by one tensor at a time", hint="index the host tensor instead"
        )
    ((axis, index),) = given
    extent = int(value.shape[axis])

    def from_the_end() -> torch.Tensor:
        return torch.where(torch.lt(index, 0), torch.add(index, extent), index)

    return taken(device, value, axis, device.composite(from_the_end))


def taken(device: Device, value: torch.Tensor, axis: int, index: torch.Tensor) -> torch.Tensor:
    """`value` with dimension `axis` replaced by those of `index`, whose elements say what stands there."""
    before, after = tuple(value.shape[:axis]), tuple(value.shape[axis + 1 :])
    shape = tuple(index.shape)

    def spread() -> tuple[torch.Tensor, torch.Tensor]:
        # Dimensions of 1 one by one: their product need not be formed.
        source, places = value, index
        for _ in shape[:-1]:
            source = torch.unsqueeze(source, axis)
        for _ in after:
            places = torch.unsqueeze(places, -1)
        source = torch.Tensor.expand(source, (*before, *shape[:-1], *value.shape[axis:]))
        return source, torch.Tensor.expand(places, (*before, *shape, *after))

    source, places = device.composite(spread)
    return gather(device, source, axis + len(shape) - 1, places)
