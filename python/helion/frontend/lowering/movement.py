# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Elements that change places: `flip`, `roll`, `rot90`; and places that are looked up: `searchsorted`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.lowering.averages import live_count
from helion.frontend.lowering.creation import positions
from helion.frontend.lowering.gather import gather
from helion.frontend.lowering.lanes import placed, tile_at
from helion.frontend.lowering.pointwise import operand
from helion.frontend.lowering.reduction import dims_of
from helion.frontend.lowering.registry import RULES, lower

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten


def _rearranged(
    device: Device, value: torch.Tensor, axis: int, name: str, source: Callable[[torch.Tensor, Any], torch.Tensor]
) -> torch.Tensor:
    """`value` with element i along `axis` taken from `source(i, count)`."""
    shape = tuple(value.shape)
    block = device.builder.blocks.extent(int(shape[axis]))
    if block == 1 or (not isinstance(block, int) and block.size == 1):
        return value
    if isinstance(block, int):
        places = device.composite(source, positions(device, shape, axis, torch.int32), block)
    elif block.name not in device.tiles:
        raise exc.TorchOperationNotSupported(
            f"{name} along the dimension of a tile needs that tile", found=device.builder.blocks.text(block.witness),
            hint="use it inside the loop over the tile",
        )  # fmt: skip
    else:
        # A tile ends before its extent does; its own indices say where.
        tile = tile_at(device, value, axis)
        count = live_count(device, value, [axis])
        begin = device.tile_number(tile, "helion.tile_begin")
        index = placed(device, device.tile_index(tile), [axis], shape)

        def within() -> torch.Tensor:
            # Behind the end any element will do.
            return torch.clamp(source(torch.sub(index, begin), torch.clamp(count, min=1)), min=0)

        places = device.composite(within)
    return gather(device, value, axis, device.tensor(operand(device, places, shape, torch.int32), shape, torch.int32))


@lower(aten.flip)
def _flip(device: Device, func: Any, value: torch.Tensor, dims: Sequence[int]) -> torch.Tensor:
    for axis in dims_of(value, list(dims)) if len(dims) else ():
        value = _rearranged(device, value, axis, "torch.flip", lambda place, count: torch.sub(count - 1, place))
    return value


@lower(aten.roll)
def _roll(device: Device, func: Any, value: torch.Tensor, shifts: Any, dims: Any = ()) -> torch.Tensor:
    shifts = [shifts] if isinstance(shifts, int) else list(shifts)
    dims = [dims] if isinstance(dims, int) else list(dims)
    if not dims:
        if value.dim() > 1:
            flat = device.call(torch.reshape, value, (-1,))
            return device.call(torch.reshape, _roll(device, func, flat, shifts, [0]), tuple(value.shape))
        dims = [0] * value.dim()
    for shift, dim in zip(shifts, dims):
        (axis,) = dims_of(value, dim)

        def source(place: torch.Tensor, count: Any, shift: int = shift) -> torch.Tensor:
            return torch.remainder(torch.sub(place, shift), count)

        value = _rearranged(device, value, axis, "torch.roll", source)
    return value


@lower(aten.rot90)
def _rot90(device: Device, func: Any, value: torch.Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> torch.Tensor:
    first, second = dims
    turns = k % 4
    if turns == 2:
        return _flip(device, func, value, dims)
    if turns:
        value = _flip(device, func, value, [second if turns == 1 else first])
        return RULES[aten.transpose.int](device, aten.transpose.int, value, first, second)
    return value


def _found(
    device: Device, ordered: torch.Tensor, values: Any, out_int32: bool, right: bool, joint: bool
) -> torch.Tensor:
    """How many elements of `ordered` come before each of `values`; equal ones count too where `right`."""

    def count() -> torch.Tensor:
        wanted = values if isinstance(values, torch.Tensor) else torch.full((), values, dtype=ordered.dtype)
        behind = (torch.gt if right else torch.ge)(
            torch.unsqueeze(ordered, -2) if joint and ordered.dim() > 1 else ordered, torch.unsqueeze(wanted, -1)
        )
        return torch.sum(torch.logical_not(behind).to(torch.int32), -1, dtype=torch.int32)

    before = len(device.reductions)
    made = device.composite(count)
    del device.reductions[before:]
    if out_int32:
        return made
    value = device.builder.convert(device.value(made), made.shape, torch.int32, torch.int64)
    return device.tensor(value, made.shape, torch.int64)


@lower(aten.searchsorted)
def _searchsorted(
    device: Device, func: Any, ordered: torch.Tensor, values: Any, *, out_int32: bool = False, right: bool = False,
    side: str | None = None, sorter: torch.Tensor | None = None,
) -> torch.Tensor:  # fmt: skip
    if sorter is not None:
        ordered = RULES[aten.gather](device, func, ordered, -1, sorter)
    return _found(device, ordered, values, out_int32, right or side == "right", True)


@lower(aten.bucketize)
def _bucketize(
    device: Device, func: Any, values: Any, boundaries: torch.Tensor, *, out_int32: bool = False, right: bool = False
) -> torch.Tensor:
    return _found(device, boundaries, values, out_int32, right, False)
