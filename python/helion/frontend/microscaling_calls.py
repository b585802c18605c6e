# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.dot_scaled` and the packed formats in device code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion.frontend import memory
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.lowering import matmul
from helion.frontend.operands import is_host_tensor
from helion.language import microscaling

if TYPE_CHECKING:
    from collections.abc import Callable

    from helion.frontend.calls import Calls

_FORMATS = {"e4m3": 0, "e5m2": 1, "e2m1": 2, "bf16": 3, "fp16": 4}


def _dot_scaled(
    interp: Calls, mat1: Any, mat1_scale: Any, mat1_format: str, mat2: Any, mat2_scale: Any, mat2_format: str,
    acc: Any, out_dtype: torch.dtype | None,
) -> torch.Tensor:  # fmt: skip
    builder, device, blocks = interp.kernel.builder, interp.kernel.device, interp.kernel.blocks
    left, right = _value(interp, mat1, "mat1"), _value(interp, mat2, "mat2")
    scales = [None if each is None else _value(interp, each, "a scale") for each in (mat1_scale, mat2_scale)]
    microscaling.check_operands(left, scales[0], mat1_format, right, scales[1], mat2_format)
    depth = int(left.shape[1]) * microscaling.packed(mat1_format)
    for side, scale, rows in (("mat1", scales[0], left.shape[0]), ("mat2", scales[1], right.shape[1])):
        if scale is not None and (scale.dim() != 2 or scale.shape[0] != rows):
            raise exc.ShapeMismatch(
                f"the scales of {side} of hl.dot_scaled have another number of rows",
                expected=blocks.text(int(rows)), found=blocks.shape_text(scale.shape),
            )  # fmt: skip
    if not blocks.factors(depth)[1]:
        microscaling.check_depth(depth)
        for side, scale, rows in (("mat1", scales[0], left.shape[0]), ("mat2", scales[1], right.shape[1])):
            microscaling.check_scale(side, scale, (int(rows), depth // microscaling.GROUP))
    shape = (left.shape[0], right.shape[1])
    values = [device.value(_as_format(interp, left, mat1_format))]
    values += [] if scales[0] is None else [device.value(scales[0])]
    values += [device.value(_as_format(interp, right, mat2_format))]
    values += [] if scales[1] is None else [device.value(scales[1])]
    total = None if acc is None else _value(interp, acc, "acc")
    if total is not None:
        made = builder.convert(device.value(total), total.shape, total.dtype, torch.float32)
        values.append(builder.broadcast(made, total.shape, shape, torch.float32))
    attributes = {
        "operandSegmentSizes": builder.segments(1, scales[0] is not None, 1, scales[1] is not None, total is not None),
        "lhs_format": builder.i32_attr(_FORMATS[mat1_format]), "rhs_format": builder.i32_attr(_FORMATS[mat2_format]),
    }  # fmt: skip
    product = builder.value("helion.dot_scaled", values, builder.type(shape, torch.float32), attributes)
    depths = tuple(
        (side.shape[axis], microscaling.GROUP // microscaling.packed(name))
        for side, axis, name in ((left, 1, mat1_format), (right, 0, mat2_format))
    )
    matmul.record_dot(device, shape[0], shape[1], depths)
    result = out_dtype or (torch.float32 if total is None else total.dtype)
    return device.tensor(builder.convert(product, shape, torch.float32, result), shape, result)


def _value(interp: Calls, given: Any, what: str) -> torch.Tensor:
    value = interp.operand(given)
    if not isinstance(value, torch.Tensor):
        raise exc.InvalidAPIUsage(f"{what} of hl.dot_scaled is no device value", found=type(given).__name__)
    return value


def _as_format(interp: Calls, value: torch.Tensor, name: str) -> torch.Tensor:
    """Bytes that stand for 8-bit floats as such."""
    holds = microscaling.FORMATS[name]
    return value if value.dtype == holds or name == "e2m1" else interp.call(torch.Tensor.view, value, holds)


# ---- packed formats


def _float4(interp: Calls, value: Any) -> tuple[torch.Tensor, torch.Tensor]:
    found = interp.as_tensor(value)
    microscaling.check_bytes("hl.float4_e2m1fn_x2_to_float32", found)
    return interp.kernel.device.composite(microscaling.unpacked_float4, found)


def _load_float4(interp: Calls, storage: Any, groups: Any, mask: Any) -> tuple[torch.Tensor, ...]:
    name = "hl.load_float4_e2m1fn_x16_to_float16"
    _check_storage(name, storage)
    microscaling.check_bytes(name, storage)
    found = _group(interp, storage, groups, 8, mask, name)
    return tuple(interp.kernel.device.composite(microscaling.float4_group, found))


def _load_bfloat16(interp: Calls, storage: Any, groups: Any, mask: Any) -> tuple[torch.Tensor, ...]:
    name = "hl.load_bfloat16_x16_to_float16"
    _check_storage(name, storage)
    microscaling.check_bfloat16(storage)
    found = _group(interp, storage, groups, 16, mask, name)
    return tuple(interp.kernel.device.composite(microscaling.bfloat16_group, found))


def _check_storage(name: str, storage: Any) -> None:
    if not is_host_tensor(storage):
        raise exc.InvalidAPIUsage(f"{name} loads from a host tensor", found=type(storage).__name__)
    if storage.dim() != 1:
        raise exc.InvalidAPIUsage(
            f"{name} loads from a tensor of rank 1", found=f"rank {storage.dim()}", hint="pass tensor.view(-1)"
        )


def _group(interp: Calls, storage: torch.Tensor, groups: Any, size: int, mask: Any, name: str) -> torch.Tensor:
    """Groups of `size` elements in a new last dimension."""
    numbers = interp.as_tensor(groups)
    if numbers.dtype.is_floating_point or numbers.dtype == torch.bool:
        raise exc.InvalidAPIUsage(f"{name} takes integers as numbers of groups", found=str(numbers.dtype))
    lanes = interp.call(torch.arange, size, dtype=numbers.dtype)
    index = interp.call(lambda groups, lanes: groups[..., None] * size + lanes, numbers, lanes)
    live = None
    if mask is not None:
        live = interp.as_tensor(mask)
        if broadcast_shapes(tuple(live.shape), tuple(numbers.shape)) != tuple(numbers.shape):
            text = interp.kernel.blocks.shape_text
            raise exc.ShapeMismatch(left=text(numbers.shape), right=text(live.shape))
        live = interp.call(lambda live, like: live.expand(like.shape)[..., None], live, numbers)
    return memory.load(interp.kernel, storage, interp.path_of(storage), (index,), live)


RULES: dict[Any, Callable[..., Any]] = {
    hl.dot_scaled: _dot_scaled,
    hl.float4_e2m1fn_x2_to_float32: _float4,
    hl.load_float4_e2m1fn_x16_to_float16: _load_float4,
    hl.load_bfloat16_x16_to_float16: _load_bfloat16,
}
