# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which lanes of a value are live, and what the others must hold where they would count.

The compiler sees to the lanes behind the end of a tile that a value comes from. Left to do here are constants of a
tile's extent, which come from none, and jagged tiles, which end differently in each lane of their parents.
"""

from __future__ import annotations

import dataclasses
import math
from typing import TYPE_CHECKING

import torch

from helion import exc
from helion.frontend.lowering.pointwise import compare, operand, plain, pointwise, select
from helion.frontend.ties import is_tied, tile_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device, DeviceTile


def neutral_element(kind: str, dtype: torch.dtype) -> float | bool:
    """What changes nothing in a reduction of `kind`."""
    if kind in ("sum", "or", "xor"):
        return 0
    if kind == "prod":
        return 1
    if kind == "and":
        return True if dtype == torch.bool else -1
    if dtype.is_floating_point:
        return -math.inf if kind.endswith("max") else math.inf
    info = torch.iinfo(dtype)
    return info.min if kind.endswith("max") else info.max


def neutralized(device: Device, value: torch.Tensor, dims: Sequence[int], neutral: float | bool) -> torch.Tensor:
    """`value` with `neutral` in the dead lanes along `dims` that the compiler would not find.

    Raises:
        InvalidJaggedTileUsage: when it has the extent of a jagged tile without those of its parents.
    """
    masks = _masks(device, value, dims)
    if not masks:
        return value
    shape = tuple(value.shape)
    mask = operand(device, _conjunction(device, masks), shape, torch.bool)
    other = operand(device, device.constant(neutral, value.dtype), shape, value.dtype)
    return device.tensor(select(device.builder, mask, device.value(value), other), shape, value.dtype)


def live_mask(device: Device, values: Sequence[torch.Tensor], dims: Sequence[int]) -> torch.Tensor | None:
    """The lanes of all `values`, of one shape, that are live along `dims`; None where the compiler finds the others.

    Raises:
        InvalidJaggedTileUsage: when they have the extent of a jagged tile without those of its parents.
    """
    masks = [mask for value in values for mask in _masks(device, value, dims)]
    return _conjunction(device, masks) if masks else None


def _masks(device: Device, value: torch.Tensor, dims: Sequence[int]) -> list[torch.Tensor]:
    masks: list[torch.Tensor] = []
    shape = tuple(int(extent) for extent in value.shape)
    reduced = {shape[dim] for dim in dims}
    for tile in device.tiles.values():
        witness = tile.block.witness
        if tile.ends is not None:
            if witness in shape and reduced & {witness, *tile.ends.shape}:
                masks.append(jagged_mask(device, tile, shape))
        elif witness in reduced and tile.block.size != 1 and not is_tied(device.value(value), tile.block):
            for dim in dims:
                if shape[dim] == witness:
                    ending = tile_at(device, value, dim)
                    kind = device.builder.type((witness,), torch.bool)
                    live = device.builder.value("helion.tile_mask", (ending.value,), kind)
                    masks.append(placed(device, device.tensor(live, (witness,), torch.bool), [dim], shape))
    return masks


def tile_at(device: Device, value: torch.Tensor, dim: int) -> DeviceTile:
    """The running tile that dimension `dim` of `value`, of the extent of its block, ends with.

    Raises:
        InvalidReductionDim: when several running tiles have that block size, and `value` does not show which it is.
    """
    tile = device.tiles[device.builder.blocks.by_witness[int(value.shape[dim])].name]
    if not tile.shared:
        return tile
    found = tile_of(device.value(value), dim)
    if found is None:
        raise exc.InvalidReductionDim(
            f"dimension {dim} could be of either of two tiles, which share a block size and may end differently",
            hint="give each loop a block size of its own",
        )
    return dataclasses.replace(tile, value=found)


def jagged_mask(device: Device, tile: DeviceTile, shape: Sequence[int]) -> torch.Tensor:
    """The live lanes of a jagged tile in a value of `shape`, with extents of 1 where they do not vary.

    Raises:
        InvalidJaggedTileUsage: when `shape` lacks a parent of the tile.
    """
    index = device.tile_index(tile)
    dims = parents(device, tile, shape)
    lanes = placed(device, index, [shape.index(tile.block.witness)], shape)
    assert tile.ends is not None
    ends = placed(device, tile.ends, dims, shape)
    return pointwise(device, (lanes, ends), compare(4, 2, 6), index.dtype, torch.bool, torch.bool)


def parents(device: Device, tile: DeviceTile, shape: Sequence[int]) -> list[int]:
    """The dimension of `shape` that each axis of the ends of a jagged tile is.

    Raises:
        InvalidJaggedTileUsage: when `shape` lacks one.
    """
    assert tile.ends is not None
    text = device.builder.blocks.shape_text
    missing = [extent for extent in tile.ends.shape if int(extent) not in shape]
    if missing:
        raise exc.InvalidJaggedTileUsage(
            expected=f"the extents {text(tile.ends.shape)} of its parent tiles beside that of the jagged tile",
            found=text(shape),
        )
    return [shape.index(int(extent)) for extent in tile.ends.shape]


def access_mask(device: Device, shape: Sequence[int]) -> torch.Tensor | None:
    """What masks a memory operation of `shape` for the sake of jagged tiles; None where it has none.

    Raises:
        InvalidJaggedTileUsage: when it is indexed by a jagged tile without its parents.
    """
    jagged = [tile for tile in device.tiles.values() if tile.ends is not None and tile.block.witness in shape]
    return _conjunction(device, [jagged_mask(device, tile, shape) for tile in jagged]) if jagged else None


def _conjunction(device: Device, masks: Sequence[torch.Tensor]) -> torch.Tensor:
    first, *rest = masks
    for each in rest:
        first = pointwise(device, (first, each), plain(None, "arith.andi"), torch.bool, torch.bool)
    return first


def placed(device: Device, value: torch.Tensor, dims: Sequence[int], shape: Sequence[int]) -> torch.Tensor:
    """`value`, whose dimensions become `dims` of a rank like that of `shape`; the others are 1."""
    builder = device.builder
    made, order = device.value(value), sorted(range(len(dims)), key=lambda axis: dims[axis])
    extents = tuple(int(value.shape[axis]) for axis in order)
    if order != sorted(order):
        made = builder.value(
            "helion.permute", (made,), builder.type(extents, value.dtype), {"order": builder.i64_array(order)}
        )
    for dim in range(len(shape)):
        if dim not in dims:
            made, extents = builder.expand_dims(made, extents, dim, value.dtype)
    return device.tensor(made, extents, value.dtype)
