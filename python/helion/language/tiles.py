# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiles: what a device loop yields. A tile is an index, a size, and a handful of attributes."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, NoReturn, SupportsIndex

import torch

from helion import exc
from helion.language.context import reference

if TYPE_CHECKING:
    from collections.abc import Callable


class Tile:
    """A range of indices of one loop axis.

    Use it as an index (`x[tile]`), as a size (`hl.zeros([tile])`), shifted by a scalar (`x[tile + 1]`, which keeps the
    structure that block and TMA addressing need), or through its attributes.
    """

    __slots__ = ("axis", "begin", "block_size", "end", "loop_begin", "loop_end")

    begin: int
    """First index of the tile."""
    end: int
    """One past the last index: min(begin + block_size, end of the loop)."""
    block_size: int
    """Extent of a full tile."""
    axis: int
    """Identity of the loop axis; tiles of one axis share it."""

    def __init__(self, begin: int, end: int, block_size: int, axis: int, loop_begin: int, loop_end: int) -> None:
        self.begin = begin
        self.end = end
        self.block_size = block_size
        self.axis = axis
        self.loop_begin = loop_begin
        self.loop_end = loop_end

    @property
    def index(self) -> torch.Tensor:
        """The indices of the tile as a 1-D integer tensor."""
        context = reference("tile_index")
        tensor = torch.arange(self.begin, self.end, device=context.device)
        tensor._helion_axis = self.axis  # type: ignore[attr-defined]  # read back by the indexing rules
        return tensor

    @property
    def id(self) -> int:
        """Number of the tile: begin // block_size."""
        return self.begin // self.block_size

    @property
    def count(self) -> int:
        """Number of tiles of the loop."""
        return -(-(self.loop_end - self.loop_begin) // self.block_size)

    @property
    def extent(self) -> int:
        """Number of indices of this tile; less than block_size in the last one."""
        return self.end - self.begin

    def __index__(self) -> int:
        return self.extent

    def __repr__(self) -> str:
        return f"Tile({self.begin}:{self.end}, block_size={self.block_size})"

    def shifted(self, offset: int) -> Tile:
        """The tile moved by `offset`."""
        return Tile(
            self.begin + offset, self.end + offset, self.block_size, self.axis,
            self.loop_begin + offset, self.loop_end + offset,
        )  # fmt: skip

    def __add__(self, other: Any) -> Any:
        offset = _scalar(other)
        return self.index + other if offset is None else self.shifted(offset)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        offset = _scalar(other)
        return self.index - _value(other) if offset is None else self.shifted(-offset)

    def __iter__(self) -> NoReturn:
        raise exc.FailedToUnpackTile()

    def __bool__(self) -> bool:
        raise exc.IncorrectTileUsage("a tile has no truth value")

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        # Only reached where no reference mode is active to convert the tile.
        raise exc.IncorrectTileUsage("a tile was passed to a torch function outside a kernel")


def _scalar(value: object) -> int | None:
    """The offset that `value` stands for, or None when it is no integer scalar."""
    if isinstance(value, (bool, Tile)):
        return None
    if isinstance(value, torch.Tensor):
        if value.dim() == 0 and not value.is_floating_point():
            return int(value.item())
        return None
    return operator.index(value) if isinstance(value, SupportsIndex) else None


def _value(value: Any) -> Any:
    return value.index if isinstance(value, Tile) else value


def _forward(name: str) -> Callable[[Tile, Any], Any]:
    function = getattr(operator, name)

    def forwarded(self: Tile, other: Any) -> Any:
        return function(self.index, _value(other))

    return forwarded


def _reversed(name: str) -> Callable[[Tile, Any], Any]:
    function = getattr(operator, name)

    def forwarded(self: Tile, other: Any) -> Any:
        return function(_value(other), self.index)

    return forwarded


# Every other operator sees the indices of the tile.
for _name in ("mul", "floordiv", "truediv", "mod", "lshift", "rshift", "and_", "or_", "xor"):
    _dunder = _name.rstrip("_")
    setattr(Tile, f"__{_dunder}__", _forward(_name))
    setattr(Tile, f"__r{_dunder}__", _reversed(_name))
Tile.__rsub__ = _reversed("sub")  # type: ignore[attr-defined]
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Tile, f"__{_name}__", _forward(_name))
Tile.__hash__ = object.__hash__  # type: ignore[method-assign]


def _tile_argument(tile: object, name: str) -> Tile:
    reference(name)
    if not isinstance(tile, Tile):
        raise exc.IncorrectTileUsage(f"hl.{name} takes a tile", found=type(tile).__name__)
    return tile


def tile_begin(tile: Tile) -> int:
    """First index of `tile`; the same as `tile.begin`."""
    return _tile_argument(tile, "tile_begin").begin


def tile_end(tile: Tile) -> int:
    """One past the last index of `tile`, which is cut at the end of the loop; the same as `tile.end`."""
    return _tile_argument(tile, "tile_end").end


def tile_index(tile: Tile) -> torch.Tensor:
    """The indices of `tile` as a 1-D integer tensor; the same as `tile.index`."""
    return _tile_argument(tile, "tile_index").index


def tile_id(tile: Tile) -> int:
    """Number of `tile` in its loop: begin // block_size; the same as `tile.id`."""
    return _tile_argument(tile, "tile_id").id


def tile_block_size(tile: Tile) -> int:
    """Extent of a full tile, the last one included; the same as `tile.block_size`."""
    return _tile_argument(tile, "tile_block_size").block_size


def tile_count(tile: Tile) -> int:
    """Number of tiles of the loop; the same as `tile.count`."""
    return _tile_argument(tile, "tile_count").count
