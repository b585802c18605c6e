# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Indexing rules of eager reference mode: what `tensor[tile, tile + 1, ids, :]` reads and writes.

A list of indices is resolved to one index tensor per dimension of the tensor, all broadcasting to the shape of the
result, and a mask of the lanes that exist. Tiles and slices give one dimension each. Tensor indices broadcast together
where their shapes allow and they are not 1-D over different loop axes; else each gives dimensions of its own.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, SupportsIndex, cast

import torch

from helion import exc
from helion.language.tiles import Tile

_NEW_AXIS = None


@dataclass
class Resolved:
    """`indices`: one int64 tensor per dimension, broadcasting to `shape`; `mask`: the live lanes, None for all."""

    indices: tuple[torch.Tensor, ...]
    shape: tuple[int, ...]
    mask: torch.Tensor | None


def as_tuple(index: Any) -> tuple[Any, ...]:
    """An index list as a tuple; a list is a tuple of indices, as in `hl.load(x, [tile, 0])`."""
    return tuple(index) if isinstance(index, (list, tuple)) else (index,)


def expanded(tensor: torch.Tensor, index: tuple[Any, ...], name: str = "the tensor") -> list[Any]:
    """`index` with its ellipsis and the omitted trailing dimensions written out."""
    for entry in index:
        if isinstance(entry, (list, tuple)) and any(isinstance(part, Tile) for part in cast("list[object]", entry)):
            raise exc.OverpackedTile()
    ellipses = sum(entry is Ellipsis for entry in index)
    given = sum(entry is not Ellipsis and entry is not _NEW_AXIS for entry in index)
    missing = tensor.dim() - given
    if ellipses > 1:
        raise exc.RankMismatch("an index list can hold only one ellipsis", found=ellipses)
    if missing < 0:
        raise exc.RankMismatch(name=name, rank=tensor.dim(), given=given)
    fill = [slice(None)] * missing
    if not ellipses:
        return [*index, *fill]
    at = next(position for position, entry in enumerate(index) if entry is Ellipsis)
    return [*index[:at], *fill, *index[at + 1 :]]


def simple(tensor: torch.Tensor, entries: list[Any]) -> tuple[Any, ...] | None:
    """The index as plain slices, integers and None, when it is that simple and stays inside the tensor; else None."""
    result: list[Any] = []
    dimension = 0
    for entry in entries:
        if entry is _NEW_AXIS:
            result.append(None)
            continue
        size = tensor.shape[dimension]
        dimension += 1
        if isinstance(entry, Tile):
            if entry.begin < 0 or entry.end > size:
                return None
            result.append(slice(entry.begin, entry.end))
        elif isinstance(entry, slice):
            result.append(_plain_slice(entry))
        elif isinstance(entry, torch.Tensor):
            if entry.dim() or entry.is_floating_point() or entry.dtype == torch.bool:
                return None
            result.append(int(entry.item()))
        elif isinstance(entry, SupportsIndex):
            result.append(operator.index(entry))
        else:
            raise exc.InvalidIndexingType(name=type(entry).__name__)
    return tuple(result)


def resolve(tensor: torch.Tensor, entries: list[Any]) -> Resolved:
    """The full form of an index list, for any mix of entries."""
    device = tensor.device
    axes = [entry for entry in entries if isinstance(entry, torch.Tensor) and entry.dim()]
    together = _broadcast_together(axes)
    joint_rank = max((axis.dim() for axis in axes), default=0)
    # Pass 1: the position of each entry's dimensions in the result.
    places: list[tuple[int, int]] = []
    rank = 0
    joint_at: int | None = None
    for entry in entries:
        width = 1
        if isinstance(entry, torch.Tensor):
            width = entry.dim()
            if width and together:
                if joint_at is None:
                    joint_at, rank = rank, rank + joint_rank
                places.append((joint_at + joint_rank - width, width))
                continue
        elif not isinstance(entry, (Tile, slice)) and entry is not _NEW_AXIS:
            width = 0
        places.append((rank, width))
        rank += width
    # Pass 2: the index tensor and the mask of each dimension.
    indices: list[torch.Tensor] = []
    mask: torch.Tensor | None = None
    for entry, (at, width) in zip(entries, places, strict=True):
        if entry is _NEW_AXIS:
            continue
        size = tensor.shape[len(indices)]
        values = _values(entry, size, device)
        values = values.reshape([1] * at + list(values.shape) + [1] * (rank - at - width))
        if isinstance(entry, Tile) and (entry.begin < 0 or entry.end > size):
            live = (values >= 0) & (values < size)
            values = values.clamp(0, max(size - 1, 0))
            mask = live if mask is None else mask & live
        indices.append(values)
    shape = tuple(torch.broadcast_shapes([1] * rank, *(values.shape for values in indices)))
    return Resolved(tuple(indices), shape, mask)


def _values(entry: Any, size: int, device: torch.device) -> torch.Tensor:
    if isinstance(entry, Tile):
        return torch.arange(entry.begin, entry.end, device=device)
    if isinstance(entry, slice):
        return torch.arange(*_plain_slice(entry).indices(size), device=device)
    if isinstance(entry, torch.Tensor):
        if entry.dtype == torch.bool:
            raise exc.DataDependentOutputShapeNotSupported(name="indexing by a boolean mask")
        if entry.is_floating_point():
            raise exc.InvalidIndexingType(name=f"{entry.dtype} tensor")
        return entry.to(device=device, dtype=torch.int64)
    if isinstance(entry, SupportsIndex):
        position = operator.index(entry)
        return torch.tensor(position + size if position < 0 else position, device=device)
    raise exc.InvalidIndexingType(name=type(entry).__name__)


def _plain_slice(entry: slice) -> slice:
    return slice(*(None if part is None else operator.index(part) for part in (entry.start, entry.stop, entry.step)))


def _broadcast_together(tensors: list[torch.Tensor]) -> bool:
    if len(tensors) < 2:
        return True
    tags = {getattr(tensor, "_helion_axis", None) for tensor in tensors}
    if None not in tags and len(tags) > 1:
        return False
    try:
        torch.broadcast_shapes(*(tensor.shape for tensor in tensors))
    except RuntimeError:
        return False
    # A length of 1 beside a longer 1-D index broadcasts; two equal lengths go element by element, as in PyTorch.
    return True


def linear(tensor: torch.Tensor, resolved: Resolved) -> torch.Tensor:
    """The logical (row-major) position of each lane, of shape `resolved.shape`."""
    position = torch.zeros((), dtype=torch.int64, device=tensor.device)
    for size, values in zip(tensor.shape, resolved.indices, strict=True):
        position = position * size + values
    return position.expand(resolved.shape)
