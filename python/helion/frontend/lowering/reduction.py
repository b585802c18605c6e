# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions: sums and products in fp32 (narrow integers in int64, as torch does), extrema that propagate NaN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.lanes import neutral_element, neutralized
from helion.frontend.lowering.registry import lower
from helion.frontend.traced import ReductionFact

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten

KINDS = {"sum": 0, "prod": 1, "max": 2, "min": 3, "argmax": 4, "argmin": 5, "and": 6, "or": 7, "xor": 8}


def dims_of(value: torch.Tensor, dim: Any) -> list[int]:
    """The dimensions that `dim` names, ascending; all of them for None or an empty list.

    Raises:
        ReductionDimInvalidForShape: for a dimension that `value` does not have.
    """
    rank = value.dim()
    given = list(range(rank)) if dim is None else [dim] if isinstance(dim, int) else list(dim) or list(range(rank))
    for each in given:
        if not -max(rank, 1) <= each < max(rank, 1):
            raise exc.ReductionDimInvalidForShape(dim=each, shape=list(value.shape))
    return sorted({each % rank for each in given}) if rank else []


def reduce(
    device: Device, value: torch.Tensor, dims: Sequence[int], keepdim: bool, kind: str,
    compute: torch.dtype, result: torch.dtype,
) -> torch.Tensor:  # fmt: skip
    """Reduces `value`, computed in dtype `compute`, and gives it as `result`."""
    builder = device.builder
    kind, compute = ordered(kind, compute)
    value = device.tensor(builder.convert(device.value(value), value.shape, value.dtype, compute), value.shape, compute)
    if dims and device.tiles:
        value = neutralized(device, value, dims, neutral_element(kind, compute))
    made = device.value(value)
    shape = tuple(extent for dim, extent in enumerate(value.shape) if dim not in dims)
    reduced = compute
    if dims:
        if kind.startswith("arg"):
            reduced = torch.int32
        operation = builder.op(
            "helion.reduce", (made,), (builder.type(shape, reduced),),
            {"kind": builder.i32_attr(KINDS[kind]), "dims": builder.i64_array(dims)}, regions=1,
        )  # fmt: skip
        made = operation.results[0]
        extents = (builder.blocks.extent(int(value.shape[dim])) for dim in dims)
        fact = ReductionFact(kind, tuple(each if isinstance(each, int) else each.name for each in extents))
        device.reductions.append(fact)
    elif kind.startswith("arg"):
        made, reduced = builder.constant(0, torch.int32), torch.int32
    made = builder.convert(made, shape, reduced, result)
    final = device.tensor(made, shape, result)
    return kept(device, final, dims) if keepdim else final


def ordered(kind: str, compute: torch.dtype) -> tuple[str, torch.dtype]:
    """The kind and dtype for integers: the dialect compares signed ones, so that others are widened first.

    Raises:
        TorchOperationNotSupported: for uint64, which nothing is wider than.
    """
    if not kind.endswith(("max", "min")) or compute.is_floating_point:
        return kind, compute
    if compute == torch.bool and not kind.startswith("arg"):
        return ("or" if kind == "max" else "and"), compute
    if compute == torch.uint64:
        raise exc.TorchOperationNotSupported("extrema of uint64 values are not supported")
    if compute == torch.bool or not compute.is_signed:
        return kind, torch.int64 if compute.itemsize == 4 else torch.int32
    return kind, compute


def kept(device: Device, value: torch.Tensor, dims: Sequence[int]) -> torch.Tensor:
    """`value` with the reduced dimensions `dims` back, as dimensions of 1."""
    made, shape = device.value(value), tuple(value.shape)
    for dim in dims:
        made, shape = device.builder.expand_dims(made, shape, dim, value.dtype)
    return device.tensor(made, shape, value.dtype)


def _sum_dtype(value: torch.Tensor, dtype: torch.dtype | None) -> torch.dtype:
    return dtype or (value.dtype if value.dtype.is_floating_point else torch.int64)


@lower(aten.sum.default, aten.prod.default)
def _sum_all(device: Device, func: Any, value: torch.Tensor, *, dtype: torch.dtype | None = None) -> torch.Tensor:
    result = _sum_dtype(value, dtype)
    return reduce(device, value, dims_of(value, None), False, _kind(func), compute_dtype(result), result)


@lower(aten.sum.dim_IntList, aten.prod.dim_int)
def _sum(
    device: Device, func: Any, value: torch.Tensor, dim: Any, keepdim: bool = False, *, dtype: torch.dtype | None = None
) -> torch.Tensor:
    result = _sum_dtype(value, dtype)
    return reduce(device, value, dims_of(value, dim), keepdim, _kind(func), compute_dtype(result), result)


def _kind(func: Any) -> str:
    return "prod" if func.overloadpacket is aten.prod else "sum"


def _extremum(kind: str, *ops: Any) -> None:
    @lower(*ops)
    def rule(device: Device, func: Any, value: torch.Tensor, dim: Any = None, keepdim: bool = False) -> torch.Tensor:
        return reduce(device, value, dims_of(value, dim), keepdim, kind, compute_dtype(value.dtype), value.dtype)

    del rule


_extremum("max", aten.amax, aten.max.default)
_extremum("min", aten.amin, aten.min.default)


def _extremum_with_index(kind: str, op: Any) -> None:
    @lower(op)
    def rule(
        device: Device, func: Any, value: torch.Tensor, dim: int, keepdim: bool = False
    ) -> tuple[torch.Tensor, torch.Tensor]:
        dims, compute = dims_of(value, dim), compute_dtype(value.dtype)
        values = reduce(device, value, dims, keepdim, kind, compute, value.dtype)
        before = len(device.reductions)
        indices = reduce(device, value, dims, keepdim, f"arg{kind}", compute, torch.int64)
        # Pure: it disappears unless someone reads the indices, so it is no fact about the kernel.
        del device.reductions[before:]
        return values, indices

    del rule


_extremum_with_index("max", aten.max.dim)
_extremum_with_index("min", aten.min.dim)


def _arg(kind: str, op: Any) -> None:
    @lower(op)
    def rule(
        device: Device, func: Any, value: torch.Tensor, dim: int | None = None, keepdim: bool = False
    ) -> torch.Tensor:
        if dim is None and value.dim() > 1:
            flat = device.call(torch.reshape, value, (-1,))
            return reduce(device, flat, [0], False, kind, compute_dtype(value.dtype), torch.int64)
        return reduce(device, value, dims_of(value, dim), keepdim, kind, compute_dtype(value.dtype), torch.int64)

    del rule


_arg("argmax", aten.argmax)
_arg("argmin", aten.argmin)


def _truth(kind: str, *ops: Any) -> None:
    @lower(*ops)
    def rule(device: Device, func: Any, value: torch.Tensor, dim: Any = None, keepdim: bool = False) -> torch.Tensor:
        return reduce(device, value, dims_of(value, dim), keepdim, kind, torch.bool, torch.bool)

    del rule


_truth("or", aten.any)
_truth("and", aten.all)
