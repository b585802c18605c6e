# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Running sums, products and extrema. Narrow floats are scanned in fp32, other integers than int64 in int64."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion.frontend.builder import compute_dtype
from helion.frontend.lowering.creation import positions
from helion.frontend.lowering.lanes import live_mask, neutral_element, neutralized
from helion.frontend.lowering.pointwise import operand
from helion.frontend.lowering.reduction import KINDS, dims_of, ordered
from helion.frontend.lowering.regions import combining
from helion.frontend.lowering.registry import lower

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion._mlir import ir
    from helion.frontend.device import Device

aten = torch.ops.aten


def scan(
    device: Device, value: torch.Tensor, dim: int, kind: str, compute: torch.dtype, result: torch.dtype,
    reverse: bool = False,
) -> torch.Tensor:  # fmt: skip
    """Scans `value` along `dim` in dtype `compute` and gives it as `result`.

    Raises:
        ReductionDimInvalidForShape: for a dimension that `value` does not have.
    """
    builder = device.builder
    kind, compute = ordered(kind, compute)
    made = builder.convert(device.value(value), value.shape, value.dtype, compute)
    for axis in dims_of(value, dim):
        if reverse:
            wide = device.tensor(made, value.shape, compute)
            made = device.value(neutralized(device, wide, [axis], neutral_element(kind, compute)))
        attributes = {"kind": builder.i32_attr(KINDS[kind]), **_along(device, axis, reverse)}
        made = builder.op("helion.scan", (made,), (made.type,), attributes, regions=1).results[0]
    return device.tensor(builder.convert(made, value.shape, compute, result), value.shape, result)


def scan_with(
    device: Device, inputs: Sequence[torch.Tensor], axis: int, reverse: bool,
    body: Callable[[list[torch.Tensor]], Sequence[torch.Tensor]],
) -> list[torch.Tensor]:  # fmt: skip
    """Scans several values of one shape with a combine function; see `combining`."""
    attributes, shape = _along(device, axis, reverse), tuple(inputs[0].shape)
    mask = live_mask(device, inputs, [axis]) if reverse else None
    if mask is None:
        return combining(device, "helion.scan", inputs, shape, attributes, body)
    # No neutral element is known: whether lanes are live takes part.
    live = device.tensor(operand(device, mask, shape, torch.bool), shape, torch.bool)
    count = len(inputs)

    def of_live(scalars: list[torch.Tensor]) -> list[torch.Tensor]:
        left, before = scalars[:count], scalars[count]
        right, here = scalars[count + 1 : -1], scalars[-1]
        combined = body([*left, *right])

        def chosen() -> list[torch.Tensor]:
            values = [
                torch.where(before, torch.where(here, each.to(first.dtype), first), second)
                for each, first, second in zip(combined, left, right)
            ]
            return [*values, torch.logical_or(before, here)]

        return device.composite(chosen)

    return combining(device, "helion.scan", [*inputs, live], shape, attributes, of_live)[:-1]


def _along(device: Device, axis: int, reverse: bool) -> dict[str, ir.Attribute]:
    found: dict[str, ir.Attribute] = {"axis": device.builder.i64_attr(axis)}
    return {**found, "reverse": device.builder.unit} if reverse else found


def running(
    device: Device, value: torch.Tensor, dim: int, kind: str, dtype: torch.dtype | None = None, reverse: bool = False
) -> torch.Tensor:
    """`torch.cumsum` or `torch.cumprod`, in either direction."""
    result = dtype or (value.dtype if value.dtype.is_floating_point else torch.int64)
    return scan(device, value, dim, kind, compute_dtype(result), result, reverse)


@lower(aten.cumsum)
def _cumsum(device: Device, func: Any, value: torch.Tensor, dim: int, *, dtype: Any = None) -> torch.Tensor:
    return running(device, value, dim, "sum", dtype)


@lower(aten.cumprod)
def _cumprod(device: Device, func: Any, value: torch.Tensor, dim: int, *, dtype: Any = None) -> torch.Tensor:
    return running(device, value, dim, "prod", dtype)


def _running_extremum(op: Any, kind: str, at_least: Callable[..., torch.Tensor]) -> None:
    def later_of(scalars: list[torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
        # The later one of equals, and of several that are no number, as in PyTorch.
        left, place, right, other = scalars
        takes = torch.logical_or(at_least(right, left), torch.ne(right, right))
        return torch.where(takes, right, left), torch.where(takes, other, place)

    @lower(op)
    def rule(device: Device, func: Any, value: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
        compute = compute_dtype(value.dtype)
        # Two operations: the one that nobody reads disappears.
        values = scan(device, value, dim, kind, compute, value.dtype)
        builder, shape = device.builder, tuple(value.shape)
        if not shape:
            return values, device.constant(0, torch.int64)
        (axis,) = dims_of(value, dim)
        wide = ordered("argmax", compute)[1]
        keys = device.tensor(builder.convert(device.value(value), shape, value.dtype, wide), shape, wide)
        places = positions(device, shape, axis, torch.int32)
        places = device.tensor(operand(device, places, shape, torch.int32), shape, torch.int32)
        found = scan_with(device, [keys, places], axis, False, lambda scalars: device.composite(later_of, scalars))[1]
        made = builder.convert(device.value(found), shape, torch.int32, torch.int64)
        return values, device.tensor(made, shape, torch.int64)

    del rule


_running_extremum(aten.cummax, "max", torch.ge)
_running_extremum(aten.cummin, "min", torch.le)


def _log_add(scalars: list[torch.Tensor]) -> tuple[torch.Tensor]:
    left, right = scalars
    top, low = torch.maximum(left, right), torch.minimum(left, right)
    # Equal infinities have no difference.
    return (torch.where(torch.eq(top, low) & torch.eq(torch.abs(top), math.inf), top,
                        top + torch.log1p(torch.exp(low - top))),)  # fmt: skip


@lower(aten.logcumsumexp)
def _logcumsumexp(device: Device, func: Any, value: torch.Tensor, dim: int) -> torch.Tensor:
    builder, shape, compute = device.builder, tuple(value.shape), compute_dtype(value.dtype)
    wide = device.tensor(builder.convert(device.value(value), shape, value.dtype, compute), shape, compute)
    for axis in dims_of(value, dim):
        (wide,) = scan_with(device, [wide], axis, False, lambda scalars: device.composite(_log_add, scalars))
    return device.tensor(builder.convert(device.value(wide), shape, compute, value.dtype), shape, value.dtype)
