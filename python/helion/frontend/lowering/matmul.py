# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products. They accumulate in fp32 (int32 for int8, fp64 for fp64); the result is rounded to what torch says.

An accumulator of another dtype than the factors, which eager torch refuses, is taken: the sum happens in fp32.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.arithmetic import next_power_of_2
from helion.frontend.blocks import Block
from helion.frontend.lowering.lanes import neutralized
from helion.frontend.lowering.registry import RULES, function, lower
from helion.frontend.ties import is_tied

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device

aten = torch.ops.aten

_PRECISION = {"ieee": 0, "tf32": 1, "tf32x3": 2}


def _accumulator_dtype(dtype: torch.dtype) -> torch.dtype:
    if dtype == torch.float64:
        return dtype
    return torch.float32 if dtype.is_floating_point else torch.int32


def dot(
    device: Device, left: torch.Tensor, right: torch.Tensor, acc: torch.Tensor | None, result: torch.dtype
) -> torch.Tensor:
    """`left @ right + acc` for operands of rank 2, or of rank 3 with a batch, as dtype `result`.

    Raises:
        ShapeMismatch, DotBatchDimensionMismatch: when extents do not fit.
        TorchOpTracingError: when the factors have different dtypes.
    """
    builder = device.builder
    _check(device, left, right)
    left, right = _live(device, left, right)
    shape = (*left.shape[:-1], right.shape[-1])
    accumulator = _accumulator_dtype(left.dtype)
    if left.shape[-1] == 1 or left.shape[-2] == right.shape[-1] == 1:
        return _without_matrices(device, left, right, acc, accumulator, result)
    operands = [device.value(left), device.value(right)]
    if acc is not None:
        made = builder.convert(device.value(acc), acc.shape, acc.dtype, accumulator)
        operands.append(builder.broadcast(made, acc.shape, shape, accumulator))
    precision = builder.i32_attr(_PRECISION[builder.settings.dot_precision])
    product = builder.value("helion.dot", operands, builder.type(shape, accumulator), {"precision": precision})
    _record(device, left, right)
    made = device.tensor(builder.convert(product, shape, accumulator, result), shape, result)
    inner = builder.blocks.extent(int(left.shape[-1]))
    if result != accumulator and isinstance(inner, Block) and builder.settings.precision == "strict":
        made._helion_rounded = True  # type: ignore[attr-defined]  # read where it is added to a sum
    return made


def _live(device: Device, left: torch.Tensor, right: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The factors with zeros in the dead lanes along K that the compiler would not find."""
    tile = device.tiles.get(getattr(device.builder.blocks.by_witness.get(int(left.shape[-1])), "name", ""))
    if tile is None:
        return left, right
    if tile.ends is None:
        tied = any(is_tied(device.value(each), tile.block) for each in (left, right))
        return (left if tied else neutralized(device, left, [left.dim() - 1], 0)), right
    masked = [all(extent in each.shape for extent in tile.ends.shape) for each in (left, right)]
    if not masked[0] and masked[1]:
        return left, neutralized(device, right, [right.dim() - 2], 0)
    return neutralized(device, left, [left.dim() - 1], 0), right


def _without_matrices(
    device: Device, left: torch.Tensor, right: torch.Tensor, acc: torch.Tensor | None, accumulator: torch.dtype,
    result: torch.dtype,
) -> torch.Tensor:  # fmt: skip
    """Products of a column and a row, and of a row and a column: no work for the matrix unit."""
    a, b = (RULES[aten._to_copy](device, None, each, accumulator) for each in (left, right))

    def product() -> torch.Tensor:
        made = a * b if a.shape[-1] == 1 else torch.sum(a * b.mT, -1, keepdim=True, dtype=accumulator)
        return made if acc is None else made + acc.to(accumulator)

    return RULES[aten._to_copy](device, None, device.composite(product), result)


def _check(device: Device, left: torch.Tensor, right: torch.Tensor) -> None:
    text = device.builder.blocks.shape_text
    if left.dim() != right.dim() or left.dim() not in (2, 3):
        raise exc.ShapeMismatch(
            "a matrix product takes two operands of rank 2, or two of rank 3",
            found=f"{text(left.shape)} and {text(right.shape)}",
        )
    if left.dtype != right.dtype and not (left.dtype.itemsize == right.dtype.itemsize == 1):
        raise exc.TorchOpTracingError(
            "the factors of a matrix product have different dtypes",
            found=f"{left.dtype} and {right.dtype}", hint="convert one of them with .to(…)",
        )  # fmt: skip
    if left.dim() == 3 and left.shape[0] != right.shape[0]:
        raise exc.DotBatchDimensionMismatch(left=text(left.shape[:1]), right=text(right.shape[:1]))
    if left.shape[-1] != right.shape[-2]:
        raise exc.ShapeMismatch(
            "the inner dimensions of a matrix product differ", found=f"{text(left.shape)} and {text(right.shape)}"
        )


def _record(device: Device, left: torch.Tensor, right: torch.Tensor) -> None:
    depth = (left.shape[-1], 32 if left.dtype.itemsize == 1 else 16)
    record_dot(device, left.shape[-2], right.shape[-1], [depth], left.shape[0] if left.dim() == 3 else None)


def record_dot(
    device: Device, rows: int, columns: int, depths: Sequence[tuple[int, int]], batch: int | None = None
) -> None:
    """Remembers what the dimensions of a matrix product are for; `depths` are extents along K with their minimum."""
    device.num_dots += 1
    roles = [("m", rows, 16), *(("k", *depth) for depth in depths), ("n", columns, 16)]
    if batch is not None:
        roles.append(("batch", batch, 1))
    for role, extent, minimum in roles:
        block = device.builder.blocks.extent(int(extent))
        if not isinstance(block, Block):
            continue
        factor = block.factor if len(block.of) <= 1 else minimum
        for each in block.of or (block,):
            each.dot_roles.add(role)
            each.dot_minimum = max(each.dot_minimum, next_power_of_2(-(-minimum // factor)))


@lower(aten.mm, aten.bmm)
def _mm(device: Device, func: Any, left: torch.Tensor, right: torch.Tensor, out_dtype: Any = None) -> torch.Tensor:
    return dot(device, left, right, None, out_dtype or left.dtype)


@lower(aten.addmm, aten.baddbmm)
def _addmm(
    device: Device, func: Any, acc: torch.Tensor, left: torch.Tensor, right: torch.Tensor, *,
    beta: float = 1, alpha: float = 1,
) -> torch.Tensor:  # fmt: skip
    result = acc.dtype if acc.dtype != left.dtype else left.dtype
    if alpha == 1 and beta == 1:
        return dot(device, left, right, acc, result)
    product = dot(device, left, right, None, _accumulator_dtype(left.dtype))
    total = device.composite(lambda: acc * beta + product * alpha if beta else product * alpha)
    return RULES[aten._to_copy](device, None, total, result)


@function(torch.addmm, torch.Tensor.addmm, torch.baddbmm, torch.Tensor.baddbmm)
def _addmm_function(device: Device, *args: Any, **kwargs: Any) -> torch.Tensor:
    return _addmm(device, None, *args, **kwargs)


@function(
    torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__, torch.mm, torch.Tensor.mm, torch.bmm, torch.Tensor.bmm
)
def matmul(device: Device, left: torch.Tensor, right: torch.Tensor, out_dtype: Any = None) -> torch.Tensor:
    """`torch.matmul` and its relatives; here rather than as ATen operations, which flatten batches into rows."""
    vectors = [axis for axis, each in ((-2, left), (-1, right)) if each.dim() == 1]
    left = device.call(torch.unsqueeze, left, 0) if left.dim() == 1 else left
    right = device.call(torch.unsqueeze, right, 1) if right.dim() == 1 else right
    if left.dim() == 3 and right.dim() == 2:
        right = device.call(torch.Tensor.expand, right, (left.shape[0], -1, -1))
    elif left.dim() == 2 and right.dim() == 3:
        left = device.call(torch.Tensor.expand, left, (right.shape[0], -1, -1))
    made = dot(device, left, right, None, out_dtype or left.dtype)
    for axis in vectors:
        made = device.call(torch.squeeze, made, axis if made.dim() > 1 else 0)
    return made


@function(torch.Tensor.__rmatmul__)
def _rmatmul(device: Device, right: torch.Tensor, left: torch.Tensor) -> torch.Tensor:
    return matmul(device, left, right)
