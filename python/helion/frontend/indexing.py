# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Index lists of host tensors: from what a user writes in brackets to the operands of a load or store."""

from __future__ import annotations

import dataclasses
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.blocks import BlockSize, broadcast_shapes
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.lowering.pointwise import plain, pointwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion._mlir import ir
    from helion.frontend.kernel import KernelBuilder


@dataclass(frozen=True)
class Access:
    """A resolved index list: one operand per dimension of the base.

    `shape` is that of the loaded value, in witnesses; `dims` names the dimension that each operand makes, -1 for none,
    or is None where that follows from the order. `nones` are the positions, in the shape that the user sees, of
    dimensions of 1 that `None` adds. `addresses` say where each tensor lies, for a stack of tensors.
    """

    operands: tuple[ir.Value, ...]
    shape: tuple[int, ...]
    dims: tuple[int, ...] | None
    nones: tuple[int, ...]
    addresses: ir.Value | None = None

    @property
    def seen_shape(self) -> tuple[int, ...]:
        """The shape of the value as the user sees it."""
        shape = list(self.shape)
        for position in self.nones:
            shape.insert(position, 1)
        return tuple(shape)


@dataclass(frozen=True)
class _Part:
    """One index: the dimensions it makes, and the operand or the index tensor."""

    shape: tuple[int, ...]
    operand: ir.Value | None = None
    tensor: torch.Tensor | None = None


def resolve(
    kernel: KernelBuilder, base: torch.Tensor, index: Any, name: str, addresses: torch.Tensor | None = None
) -> Access:
    """The operands for `base[index]`; with `addresses` for that of each tensor of a stack, whose dimensions come first.

    Raises:
        RankMismatch: for too many indices.
        InvalidIndexingType: for something that is no index.
    """
    entries = _expanded(base, index, name)
    parts: list[_Part] = []
    seen: list[_Part | None] = []
    shared = _gathered_extents(entries)
    for entry in entries:
        if entry is None:
            seen.append(None)
            continue
        part = _part(kernel, base, len(parts), entry, shared)
        parts.append(part)
        seen.append(part)
    if addresses is None:
        return _arranged(kernel, parts, seen, ())
    access = _arranged(kernel, parts, seen, tuple(addresses.shape))
    value, shape = kernel.device.value(addresses), tuple(addresses.shape)
    for _ in access.shape[len(shape) :]:
        value, shape = kernel.builder.expand_dims(value, shape, len(shape), torch.int64)
    return dataclasses.replace(access, addresses=value)


def _expanded(base: torch.Tensor, index: Any, name: str) -> list[Any]:
    entries: list[Any] = list(index) if isinstance(index, (tuple, list)) else [index]
    entries = [_unpacked(entry) for entry in entries]
    given = sum(entry is not None and entry is not Ellipsis for entry in entries)
    rank = base.dim()
    if given > rank:
        raise exc.RankMismatch(name=name or "the tensor", rank=rank, given=given)
    dots = [at for at, entry in enumerate(entries) if entry is Ellipsis]
    if len(dots) > 1:
        raise exc.InvalidIndexingType("an index list can hold one `...` only")
    at = dots[0] if dots else len(entries)
    return entries[:at] + [slice(None)] * (rank - given) + entries[at + len(dots) :]


def _unpacked(entry: Any) -> Any:
    if isinstance(entry, (list, tuple)):
        if len(entry) == 1 and isinstance(entry[0], (DeviceTile, ShiftedTile)):
            return entry[0]
        if not any(isinstance(each, (DeviceTile, ShiftedTile)) for each in entry):
            raise exc.InvalidIndexingType(
                "a list of indices is not supported", found=repr(entry), hint="use a tensor of indices, or hl.arange"
            )
        raise exc.OverpackedTile()
    return entry


def _gathered_extents(entries: Sequence[Any]) -> set[int]:
    """The extents of index vectors that are no tile's own indices: `tile.index` of such an extent goes along with them
    element by element, as in PyTorch; alone it is the tile."""
    vectors = [entry for entry in entries if isinstance(entry, torch.Tensor) and entry.dim() == 1]
    return {int(entry.shape[0]) for entry in vectors if not hasattr(entry, "_helion_tile")}


def _part(kernel: KernelBuilder, base: torch.Tensor, dim: int, entry: Any, shared: set[int]) -> _Part:
    device, builder = kernel.device, kernel.builder
    if isinstance(entry, DeviceTile):
        return _Part((entry.block.witness,), operand=entry.value)
    if isinstance(entry, ShiftedTile):
        tile = entry.tile
        offset = index_scalar(kernel, entry.offset)
        moved = builder.value("helion.shift_tile", (tile.value, offset), builder.tile_type(tile.block))
        return _Part((tile.block.witness,), operand=moved)
    if isinstance(entry, slice):
        return _slice(kernel, base, dim, entry)
    if isinstance(entry, torch.Tensor) and entry.dim():
        if entry.dtype == torch.bool:
            raise exc.DataDependentOutputShapeNotSupported(name="indexing by a mask")
        if entry.dtype.is_floating_point:
            raise exc.InvalidIndexingType(name=str(entry.dtype))
        tile = getattr(entry, "_helion_tile", None)
        if tile is not None and int(entry.shape[0]) not in shared:
            return _part(kernel, base, dim, tile, shared)
        value = builder.convert(device.value(entry), entry.shape, entry.dtype, builder.index_dtype)
        return _Part(tuple(entry.shape), tensor=device.tensor(value, entry.shape, builder.index_dtype))
    return _Part((), operand=_position(kernel, base, dim, entry))


def _check_range(kernel: KernelBuilder, base: torch.Tensor, dim: int, index: int) -> None:
    size = base.size(dim)
    if not kernel.world.is_symbolic(size) and not -int(size) <= index < int(size):
        raise exc.InvalidIndexingType(
            f"index {index} is out of range for dimension {dim}", expected=f"{-int(size)} to {int(size) - 1}",
            hint="an access outside of a tensor would touch other memory",
        )  # fmt: skip


def _position(kernel: KernelBuilder, base: torch.Tensor, dim: int, entry: Any) -> ir.Value:
    if type(entry) is int:
        _check_range(kernel, base, dim, entry)
    if isinstance(entry, int) and not isinstance(entry, bool) and entry < 0:
        size = base.size(dim)
        if not kernel.world.is_symbolic(size):
            return kernel.builder.constant(int(size) + entry, kernel.builder.index_dtype)
        entry = size + entry
    return index_scalar(kernel, entry)


def index_scalar(kernel: KernelBuilder, value: Any) -> ir.Value:
    """An integer, known or not, as an index scalar.

    Raises:
        InvalidIndexingType: for anything else.
    """
    builder = kernel.builder
    if isinstance(value, BlockSize):
        return kernel.device.value(kernel.device.block_size(value.block))
    if kernel.world.is_symbolic(value) and not kernel.world.is_float(value):
        value = kernel.scalar(value)
    if isinstance(value, torch.Tensor) and value.dim() == 0 and not value.dtype.is_floating_point:
        return builder.convert(kernel.device.value(value), (), value.dtype, builder.index_dtype)
    if isinstance(value, bool) or not hasattr(value, "__index__") or isinstance(value, torch.Tensor):
        raise exc.InvalidIndexingType(name=type(value).__name__)
    return builder.constant(operator.index(value), builder.index_dtype)


def _slice(kernel: KernelBuilder, base: torch.Tensor, dim: int, entry: slice) -> _Part:
    """A slice of a length that is known: `:`, `a:b`, `i:i + n`."""
    builder = kernel.builder
    step = 1 if entry.step is None else _length(kernel, entry.step)
    if step < 1:
        raise exc.InvalidIndexingType("a slice needs a positive step")
    start: Any = 0 if entry.start is None else entry.start
    tile = _tile_between(kernel, start, entry.stop)
    if tile is not None and step == 1:
        return _Part((tile.block.witness,), operand=tile.value)
    if isinstance(start, torch.Tensor) or isinstance(entry.stop, torch.Tensor):
        length = _difference(kernel, start, entry.stop)
    else:
        size = _length(kernel, base.size(dim))  # an extent must be known: this specializes a dynamic size
        start, stop, _ = slice(
            _length(kernel, start), None if entry.stop is None else _length(kernel, entry.stop)
        ).indices(size)
        length = stop - start
    length = max(0, -(-length // step))
    first = index_scalar(kernel, start)
    operand = builder.value("helion.slice", (first,), builder.tile_type(length), {"step": builder.i64_attr(step)})
    return _Part((length,), operand=operand)


def _tile_between(kernel: KernelBuilder, start: Any, stop: Any) -> DeviceTile | None:
    """The running tile whose begin and end these are, if there is one."""
    if not (isinstance(start, torch.Tensor) and isinstance(stop, torch.Tensor)):
        return None
    makers: list[Any] = [kernel.device.value(each).owner for each in (start, stop)]
    if [getattr(maker, "name", "") for maker in makers] != ["helion.tile_begin", "helion.tile_end"]:
        return None
    begin, end = (maker.operands[0] for maker in makers)
    return next((tile for tile in kernel.device.tiles.values() if begin == end == tile.value), None)


def _length(kernel: KernelBuilder, value: Any) -> int:
    if isinstance(value, torch.Tensor) or not hasattr(value, "__index__") or isinstance(value, BlockSize):
        raise exc.InvalidIndexingType(
            "the length of a slice must be known", hint="write both ends from one value, as in i:i + n"
        )
    return operator.index(value)


def _difference(kernel: KernelBuilder, start: Any, stop: Any) -> int:
    """`stop - start` for `stop` written as `start + n`."""
    origin, offset = getattr(stop, "_helion_sum", (stop, 0))
    base, low = getattr(start, "_helion_sum", (start, 0))
    if origin is not base:
        raise exc.InvalidIndexingType(
            "the length of a slice must be known", hint="write the end as the start plus a number: i:i + n"
        )
    return _length(kernel, offset - low)


def _arranged(
    kernel: KernelBuilder, parts: Sequence[_Part], seen: Sequence[_Part | None], stack: tuple[int, ...]
) -> Access:
    tensors = [part for part in parts if part.tensor is not None]
    nones: list[int] = []
    shape: list[int] = list(stack)
    dims: dict[int, int] = {}
    spans: dict[int, tuple[int, int]] = {}  # index tensor → its dimensions in the result
    joint = _joint_shape(tensors)
    placed = False
    for part in seen:
        if part is None:
            nones.append(len(shape) + len(nones))
        elif part.tensor is not None and joint is not None:
            if not placed:
                start = len(shape)
                shape += joint
                spans |= {id(each): (start, len(joint)) for each in tensors}
                placed = True
        elif part.tensor is not None:
            spans[id(part)] = (len(shape), len(part.shape))
            shape += part.shape
        elif part.shape:
            dims[id(part)] = len(shape)
            shape += part.shape
    operands = tuple(
        part.operand if part.operand is not None else _spread(kernel, part, spans[id(part)], shape) for part in parts
    )
    named = tuple(dims.get(id(part), -1) for part in parts)
    return Access(operands, tuple(shape), named if tensors or stack else None, tuple(nones))


def _joint_shape(tensors: Sequence[_Part]) -> tuple[int, ...] | None:
    """The shape of index tensors that go together element by element, None where they make a product."""
    if not tensors:
        return None
    try:
        return broadcast_shapes(*(part.shape for part in tensors))
    except exc.ShapeMismatch:
        if all(len(part.shape) == 1 for part in tensors):
            return None
        raise exc.ShapeMismatch(
            "the index tensors do not broadcast together", found=[list(part.shape) for part in tensors]
        ) from None


def _spread(kernel: KernelBuilder, part: _Part, span: tuple[int, int], shape: Sequence[int]) -> ir.Value:
    """An index tensor with dimensions of 1 where it does not vary, of the rank of the result."""
    assert part.tensor is not None
    start, width = span
    builder, dtype = kernel.builder, part.tensor.dtype
    value, current = kernel.device.value(part.tensor), part.shape
    while len(current) < len(part.shape) + len(shape) - (start + width):
        value, current = builder.expand_dims(value, current, len(current), dtype)
    while len(current) < len(shape):
        value, current = builder.expand_dims(value, current, 0, dtype)
    return value


def shifted(kernel: KernelBuilder, tile: DeviceTile | ShiftedTile, offset: Any, sign: int) -> ShiftedTile:
    """`tile + sign * offset`."""
    if isinstance(tile, ShiftedTile):
        return ShiftedTile(tile.tile, add_scalars(kernel, tile.offset, offset, sign))
    return ShiftedTile(tile, offset if sign > 0 else add_scalars(kernel, 0, offset, -1))


def add_scalars(kernel: KernelBuilder, left: Any, right: Any, sign: int) -> Any:
    """`left + sign * right` for index scalars, known or not."""
    if isinstance(left, int) and isinstance(right, int):
        return left + sign * right
    device, dtype = kernel.device, kernel.builder.index_dtype
    operands = [device.scalar(index_scalar(kernel, each), dtype) for each in (left, right)]
    return pointwise(device, operands, plain(None, "arith.addi" if sign > 0 else "arith.subi"), dtype, dtype)
