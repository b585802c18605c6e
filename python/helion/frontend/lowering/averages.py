# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mean, variance and standard deviation, over the elements that are live.

Narrow floats are widened once at the start and rounded once at the end.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.lanes import parents, placed, tile_at
from helion.frontend.lowering.pointwise import plain, pointwise
from helion.frontend.lowering.reduction import dims_of, kept, reduce
from helion.frontend.lowering.registry import lower

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device, DeviceTile

aten = torch.ops.aten


@lower(aten.mean)
def _mean(
    device: Device, func: Any, value: torch.Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> torch.Tensor:
    result = dtype or value.dtype
    if not result.is_floating_point:
        raise exc.TorchOpTracingError(
            f"the mean of {value.dtype} values has no dtype", hint="convert to a floating dtype first"
        )
    dims, compute = dims_of(value, dim), compute_dtype(result)
    total = reduce(device, value, dims, keepdim, "sum", compute, compute)
    return _over_count(device, total, value, dims, keepdim, compute, result)


def _variance(
    device: Device, value: torch.Tensor, dim: Any = None, *, correction: float | None = None, keepdim: bool = False
) -> torch.Tensor:
    """The variance in the dtype that `value` is computed in."""
    dims = dims_of(value, dim)

    def squares(x: torch.Tensor) -> torch.Tensor:
        centred = x - torch.mean(x, dims, keepdim=True)
        return torch.sum(centred * centred, dims, keepdim=keepdim)

    wide = _as(device, value, compute_dtype(value.dtype))
    total = device.composite(squares, wide)
    lost = 1 if correction is None else correction
    return _over_count(device, total, wide, dims, keepdim, wide.dtype, wide.dtype, lost)


@lower(aten.var.correction)
def _var(device: Device, func: Any, value: torch.Tensor, dim: Any = None, **kwargs: Any) -> torch.Tensor:
    return _as(device, _variance(device, value, dim, **kwargs), value.dtype)


@lower(aten.std.correction)
def _std(device: Device, func: Any, value: torch.Tensor, dim: Any = None, **kwargs: Any) -> torch.Tensor:
    return _as(device, device.composite(torch.sqrt, _variance(device, value, dim, **kwargs)), value.dtype)


@lower(aten.var_mean.correction)
def _var_mean(device: Device, func: Any, value: torch.Tensor, dim: Any = None, **kwargs: Any) -> tuple[Any, Any]:
    wide = _as(device, value, compute_dtype(value.dtype))
    mean = device.composite(torch.mean, wide, dims_of(value, dim), kwargs.get("keepdim", False))
    return _var(device, func, value, dim, **kwargs), _as(device, mean, value.dtype)


def _as(device: Device, value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    made = device.builder.convert(device.value(value), value.shape, value.dtype, dtype)
    return device.tensor(made, value.shape, dtype)


# ---- counting


def _over_count(
    device: Device, total: torch.Tensor, value: torch.Tensor, dims: Sequence[int], keepdim: bool,
    compute: torch.dtype, result: torch.dtype, lost: float = 0,
) -> torch.Tensor:  # fmt: skip
    """`total` over the number of live elements of `value` along `dims`, less `lost`."""
    count = live_count(device, value, dims)
    if isinstance(count, torch.Tensor) and count.dim() and not keepdim:
        shape = tuple(extent for dim, extent in enumerate(count.shape) if dim not in dims)
        made = device.builder.reshape(device.value(count), count.shape, shape, count.dtype)
        count = device.tensor(made, shape, count.dtype)
    if lost:
        rest = pointwise(device, (count, lost), plain("arith.subf"), compute, compute)
        count = pointwise(device, (rest, 0), plain("arith.maximumf"), compute, compute)
    return pointwise(device, (total, count), plain("arith.divf"), compute, result)


def live_count(device: Device, value: torch.Tensor, dims: Sequence[int]) -> Any:
    """How many elements of `value` are live along `dims`: a number, a scalar, or where a jagged tile is among them a
    value with extents of 1 in place of `dims`.

    A multiple of a witness among numbers stands for a block size that no running loop has.
    """
    shape = tuple(int(extent) for extent in value.shape)
    tiles = {tile.block.witness: tile for tile in device.tiles.values() if tile.block.size != 1}
    ragged = [dim for dim in dims if shape[dim] in tiles]
    jagged = [dim for dim in ragged if tiles[shape[dim]].ends is not None]
    count: Any = math.prod(shape[dim] for dim in dims if dim not in ragged)
    counted: set[int] = set()
    for dim in jagged:
        lengths, inner = _jagged_lengths(device, tiles[shape[dim]], shape, dims)
        counted |= {dim, *inner}
        count = _times(device, lengths, count)
    for dim in ragged:
        if dim not in counted:
            tile = tile_at(device, value, dim)
            end, begin = (device.tile_number(tile, f"helion.tile_{name}") for name in ("end", "begin"))
            count = _times(device, _subtracted(device, end, begin), count)
    return count


def _times(device: Device, left: torch.Tensor, right: Any) -> torch.Tensor:
    if isinstance(right, int) and right == 1:
        return left
    return pointwise(device, (left, right), plain(None, "arith.muli"), left.dtype, left.dtype)


def _subtracted(device: Device, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    return pointwise(device, (left, right), plain(None, "arith.subi"), left.dtype, left.dtype)


def _jagged_lengths(
    device: Device, tile: DeviceTile, shape: Sequence[int], dims: Sequence[int]
) -> tuple[torch.Tensor, list[int]]:
    """How many lanes of a jagged tile are live, summed over the parents that are among `dims`, and which these are."""
    assert tile.ends is not None
    axes = parents(device, tile, shape)
    dtype = tile.ends.dtype
    begin, size = device.tile_number(tile, "helion.tile_begin"), device.block_size(tile.block)
    rest = _subtracted(device, tile.ends, begin)
    lengths = pointwise(device, (rest, size), plain(None, "arith.minsi"), dtype, dtype)
    lengths = placed(device, pointwise(device, (lengths, 0), plain(None, "arith.maxsi"), dtype, dtype), axes, shape)
    inner = [dim for dim in axes if dim in dims]
    if inner:
        before = len(device.reductions)
        lengths = kept(device, reduce(device, lengths, inner, False, "sum", dtype, dtype), inner)
        del device.reductions[before:]
    return lengths, inner
