# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Parts of values: chunk, split, unbind, selection and slices; and the other way, stack and cat.

Registers hold powers of two. A dimension of such an extent is halved until the wanted part is left; a single element of
any dimension whose extent is known is what remains of a sum over that dimension with everything else zero.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.creation import positions
from helion.frontend.lowering.pointwise import compare, operand, pointwise, select
from helion.frontend.lowering.reduction import reduce
from helion.frontend.lowering.registry import RULES, lower
from helion.frontend.lowering.view import join, split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten


# ---- taking apart


def axis_of(device: Device, value: torch.Tensor, dim: int, name: str) -> tuple[int, int]:
    """The axis that `dim` names and its extent.

    Raises:
        UnsupportedSplitOperation: when the extent is a block size.
    """
    rank = value.dim()
    if not -rank <= dim < rank:
        raise exc.RankMismatch(f"dimension {dim} does not exist in a value of rank {rank}")
    extent = int(value.shape[dim])
    if device.builder.blocks.factors(extent)[1]:
        raise exc.UnsupportedSplitOperation(
            f"{name} cannot take a tile apart",
            expected="a dimension whose extent is a number", found=device.builder.blocks.text(extent),
            hint="load the parts from the host tensor, each with an index of its own",
        )  # fmt: skip
    return dim % rank, extent


def _halves(device: Device, value: torch.Tensor, axis: int) -> tuple[torch.Tensor, torch.Tensor]:
    shape = tuple(value.shape)
    pairs = (*shape[:axis], 2, shape[axis] // 2, *shape[axis + 1 :])
    made = device.tensor(
        device.builder.reshape(device.value(value), shape, pairs, value.dtype), pairs, value.dtype
    )  # fmt: skip
    order = [dim for dim in range(len(pairs)) if dim != axis] + [axis]
    return split(device, RULES[aten.permute](device, aten.permute.default, made, order))


def _element(device: Device, value: torch.Tensor, axis: int, position: int | torch.Tensor) -> torch.Tensor:
    """One element along `axis`, which disappears; `value` is zero elsewhere for the sum that finds it."""
    found = positions(device, value.shape, axis)
    here = pointwise(device, (found, position), compare(1, 0, 0), found.dtype, torch.bool, torch.bool)
    shape = tuple(value.shape)
    chosen = select(
        device.builder, operand(device, here, shape, torch.bool),
        device.value(value), operand(device, 0, shape, value.dtype),
    )  # fmt: skip
    masked = device.tensor(chosen, shape, value.dtype)
    compute = compute_dtype(value.dtype)
    before = len(device.reductions)
    made = reduce(device, masked, [axis], False, "or" if compute == torch.bool else "sum", compute, value.dtype)
    del device.reductions[before:]
    return made


def part(device: Device, value: torch.Tensor, axis: int, start: int, length: int, name: str) -> torch.Tensor:
    """`length` elements along `axis` from `start` on.

    Raises:
        UnsupportedSplitOperation: when no halving of the dimension gives this part.
    """
    extent = int(value.shape[axis])
    if length == extent:
        return value
    if length == 1 and extent & (extent - 1):
        return RULES[aten.unsqueeze](
            device, aten.unsqueeze.default, _element(device, value, axis, start), axis
        )  # fmt: skip
    if extent & (extent - 1) or length & (length - 1) or length == 0 or start % length:
        raise exc.UnsupportedSplitOperation(
            f"{name} cannot take elements {start} to {start + length} of {extent}",
            expected="an extent and parts that are powers of two, each at a multiple of its size, or single elements",
            hint="load the parts from the host tensor, each with an index of its own",
        )
    half = extent // 2
    return part(device, _halves(device, value, axis)[start // half], axis, start % half, length, name)


def _parts(device: Device, value: torch.Tensor, dim: int, sizes: Sequence[int], name: str) -> list[torch.Tensor]:
    axis, extent = axis_of(device, value, dim, name)
    if sum(sizes) != extent or any(size < 0 for size in sizes):
        raise exc.ShapeMismatch(f"{name} was given sizes that do not add up", expected=extent, found=list(sizes))
    equal = set(sizes) == {sizes[0]} and not extent & (extent - 1) and not sizes[0] & (sizes[0] - 1)
    if equal:
        # All parts share their halves.
        found = [value]
        while int(found[0].shape[axis]) > sizes[0]:
            found = [half for each in found for half in _halves(device, each, axis)]
        return found
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    return [part(device, value, axis, start, size, name) for start, size in zip(starts, sizes)]


def _sizes(extent: int, size: int) -> list[int]:
    return [min(size, extent - start) for start in range(0, extent, size)] or [extent]


@lower(aten.split.Tensor)
def _split(device: Device, func: Any, value: torch.Tensor, size: int, dim: int = 0) -> list[torch.Tensor]:
    extent = axis_of(device, value, dim, "torch.split")[1]
    return _parts(device, value, dim, _sizes(extent, size), "torch.split")


@lower(aten.split_with_sizes, aten.split.sizes)
def _split_with_sizes(
    device: Device, func: Any, value: torch.Tensor, sizes: Sequence[int], dim: int = 0
) -> list[torch.Tensor]:
    return _parts(device, value, dim, list(sizes), "torch.split")


@lower(aten.chunk)
def _chunk(device: Device, func: Any, value: torch.Tensor, chunks: int, dim: int = 0) -> list[torch.Tensor]:
    extent = axis_of(device, value, dim, "torch.chunk")[1]
    return _parts(device, value, dim, _sizes(extent, -(-extent // chunks)), "torch.chunk")


@lower(aten.unbind)
def _unbind(device: Device, func: Any, value: torch.Tensor, dim: int = 0) -> list[torch.Tensor]:
    axis, extent = axis_of(device, value, dim, "torch.unbind")
    if extent & (extent - 1):
        return [_element(device, value, axis, position) for position in range(extent)]
    return [_squeezed(device, each, axis) for each in _parts(device, value, axis, [1] * extent, "torch.unbind")]


def _squeezed(device: Device, value: torch.Tensor, axis: int) -> torch.Tensor:
    shape = tuple(value.shape)
    less = (*shape[:axis], *shape[axis + 1 :])
    if not less:
        return reduce(device, value, [0], False, "or" if value.dtype == torch.bool else "sum",
                      compute_dtype(value.dtype), value.dtype)  # fmt: skip
    return device.tensor(device.builder.reshape(device.value(value), shape, less, value.dtype), less, value.dtype)


@lower(aten.select.int)
def _select(device: Device, func: Any, value: torch.Tensor, dim: int, index: Any) -> torch.Tensor:
    axis, extent = axis_of(device, value, dim, "an index")
    if not -extent <= index < extent:
        raise exc.InvalidIndexingType(f"index {index} is out of range for a dimension of {extent}")
    return _element(device, value, axis, index % extent)


def select_at(device: Device, value: torch.Tensor, dim: int, index: torch.Tensor) -> torch.Tensor:
    """`value.select(dim, index)` for an index of rank 0 that is known at run time only, from the end if negative."""
    axis, extent = axis_of(device, value, dim, "an index")

    def from_the_end() -> torch.Tensor:
        return torch.where(torch.lt(index, 0), torch.add(index, extent), index)

    return _element(device, value, axis, device.composite(from_the_end))


def select_in(
    device: Device, value: torch.Tensor, axis: int, position: int | torch.Tensor, keepdim: bool
) -> torch.Tensor:
    """The element at `position` along `axis`; a tensor has a position of its own for each row, and 1 along `axis`."""
    made = _element(device, value, axis, position)
    return RULES[aten.unsqueeze](device, aten.unsqueeze.default, made, axis) if keepdim else made


@lower(aten.slice.Tensor)
def _slice(
    device: Device, func: Any, value: torch.Tensor, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> torch.Tensor:
    if func(value, dim, start, end, step).shape == value.shape:
        return value
    axis, extent = axis_of(device, value, dim, "a slice")
    first, last, step = slice(start, end, step).indices(extent)
    if step != 1:
        raise exc.UnsupportedSplitOperation("a slice of a device value cannot have a step")
    return part(device, value, axis, first, last - first, "a slice")


# ---- putting together


@lower(aten.stack)
def _stack(device: Device, func: Any, values: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor:
    rank = values[0].dim() + 1
    if len(values) == 2:
        joined = join(device, values[0], values[1])
        order = list(range(rank - 1))
        order.insert(dim % rank, rank - 1)
        return RULES[aten.permute](device, aten.permute.default, joined, order)
    axis = dim % rank
    wide = [RULES[aten.unsqueeze](device, aten.unsqueeze.default, each, axis) for each in values]
    return _chosen(device, wide, axis, [1] * len(wide))


@lower(aten.cat)
def _cat(device: Device, func: Any, values: Sequence[torch.Tensor], dim: int = 0) -> torch.Tensor:
    sizes = [axis_of(device, each, dim, "torch.cat")[1] for each in values]
    axis = dim % values[0].dim()
    if len(values) == 1:
        return values[0]
    total = sum(sizes)
    starts = [sum(sizes[:at]) for at in range(len(sizes))]
    single = set(sizes) == {1}
    if not single and (
        total & (total - 1) or any(size & (size - 1) or start % size for start, size in zip(starts, sizes))
    ):
        raise exc.UnsupportedSplitOperation(
            f"torch.cat cannot put extents {sizes} together",
            expected="powers of two, each at a multiple of its size, that add up to one; or single elements",
            hint="store the parts into the host tensor one after the other",
        )
    return _chosen(device, [_repeated(device, each, axis, total) for each in values], axis, sizes)


def _repeated(device: Device, value: torch.Tensor, axis: int, total: int) -> torch.Tensor:
    """`value` over and over along `axis` until there are `total` elements; a dimension of 1 broadcasts by itself."""
    extent = int(value.shape[axis])
    if extent == 1:
        return value
    builder, shape, dtype = device.builder, tuple(value.shape), value.dtype
    before, after = shape[:axis], shape[axis + 1 :]
    made, split_shape = builder.expand_dims(device.value(value), shape, axis, dtype)
    copies = (*before, total // extent, extent, *after)
    made = builder.broadcast(made, split_shape, copies, dtype)
    final = (*before, total, *after)
    return device.tensor(builder.reshape(made, copies, final, dtype), final, dtype)


def _chosen(device: Device, values: Sequence[torch.Tensor], axis: int, sizes: Sequence[int]) -> torch.Tensor:
    """Along `axis` the first `sizes[0]` elements of the first value, then those of the second, and so on."""
    dtype = functools.reduce(torch.promote_types, (each.dtype for each in values))
    common = list(broadcast_shapes(*(tuple(each.shape) for each in values)))
    common[axis] = sum(sizes)
    shape = tuple(common)
    position = positions(device, shape, axis)
    made = operand(device, values[-1], shape, dtype)
    limit = sum(sizes)
    for value, size in zip(reversed(values[:-1]), reversed(sizes[1:])):
        limit -= size
        below = pointwise(device, (position, limit), compare(4, 2, 6), position.dtype, torch.bool, torch.bool)
        made = select(
            device.builder, operand(device, below, shape, torch.bool), operand(device, value, shape, dtype), made
        )  # fmt: skip
    return device.tensor(made, shape, dtype)
