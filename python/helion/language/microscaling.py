# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Small numbers with shared exponents: `hl.dot_scaled`, and 4-bit floats in pairs.

A byte holds two numbers of the format e2m1, the first one in its lower half.
"""

from __future__ import annotations

import math
from typing import Any

import torch

from helion import exc
from helion.language.context import plain_torch, reference
from helion.language.tiles import Tile

# Format → the dtype that holds it. Formats of 8 bits may come as bytes as well.
FORMATS = {
    "e2m1": torch.uint8, "e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2,
    "bf16": torch.bfloat16, "fp16": torch.float16,
}  # fmt: skip
BYTES = (torch.uint8, torch.int8)
GROUP = 32
"""Elements along K that share an exponent."""


@plain_torch()
def dot_scaled(
    mat1: torch.Tensor,
    mat1_scale: torch.Tensor | None,
    mat1_format: str,
    mat2: torch.Tensor,
    mat2_scale: torch.Tensor | None,
    mat2_format: str,
    acc: torch.Tensor | None = None,
    out_dtype: torch.dtype | None = None,
) -> torch.Tensor:
    """A matrix product of operands with one shared exponent per 32 elements of K (microscaling), summed in fp32.

    Args:
        mat1: [M, K]; K is at least 32. In pairs along K, as uint8 [M, K / 2], for e2m1.
        mat1_scale: [M, K / 32], uint8: the exponent e stands for 2 ** (e - 127), 255 for NaN. None for no scale.
        mat1_format: e2m1, e4m3, e5m2, bf16 or fp16.
        mat2: [K, N], or [K / 2, N] for e2m1.
        mat2_scale: [N, K / 32].
        mat2_format: as `mat1_format`.
        acc: [M, N], fp32.
        out_dtype: dtype of the result, by default that of `acc`, or fp32.

    Returns:
        [M, N].

    Raises:
        ShapeMismatch: when the extents do not fit.
        InvalidAPIUsage: for an unknown format, or an operand that does not hold it.
    """
    reference("dot_scaled")
    check_operands(mat1, mat1_scale, mat1_format, mat2, mat2_scale, mat2_format)
    depth = mat1.shape[1] * packed(mat1_format)
    check_depth(depth)
    for side, matrix, scale, rows in (("mat1", mat1, mat1_scale, 0), ("mat2", mat2, mat2_scale, 1)):
        check_scale(side, scale, (matrix.shape[rows], depth // GROUP))
    left = _scaled(_numbers(mat1, mat1_format), mat1_scale)
    right = _scaled(_numbers(mat2.T, mat2_format), mat2_scale).T
    product = left @ right
    if acc is not None:
        product = acc.to(torch.float32) + product
    return product.to(out_dtype or (torch.float32 if acc is None else acc.dtype))


def packed(name: str) -> int:
    """Elements of a format in one element of the tensor that holds it."""
    return 2 if name == "e2m1" else 1


def check_operands(
    mat1: torch.Tensor,
    mat1_scale: torch.Tensor | None,
    mat1_format: str,
    mat2: torch.Tensor,
    mat2_scale: torch.Tensor | None,
    mat2_format: str,
) -> None:
    """What can be said of the operands of `hl.dot_scaled` without their K.

    Raises:
        ShapeMismatch, InvalidAPIUsage: as `dot_scaled`.
    """
    for side, matrix, scale, name in (("mat1", mat1, mat1_scale, mat1_format), ("mat2", mat2, mat2_scale, mat2_format)):
        if name not in FORMATS:
            raise exc.InvalidAPIUsage(
                f"hl.dot_scaled was given an unknown format for {side}", expected=", ".join(FORMATS), found=repr(name)
            )
        holds = FORMATS[name]
        if matrix.dtype != holds and not (holds.itemsize == 1 and matrix.dtype in BYTES):
            raise exc.InvalidAPIUsage(
                f"{side} of hl.dot_scaled does not hold {name}", expected=str(holds), found=str(matrix.dtype),
                hint="view it as this dtype",
            )  # fmt: skip
        if matrix.dim() != 2:
            raise exc.ShapeMismatch(
                f"{side} of hl.dot_scaled is no matrix", expected="rank 2", found=f"rank {matrix.dim()}"
            )
        if scale is not None and scale.dtype not in BYTES:
            raise exc.InvalidAPIUsage(
                f"the scales of {side} are no exponents of 8 bits", expected="uint8", found=str(scale.dtype),
                hint="view float8_e8m0fnu as uint8",
            )  # fmt: skip
    if mat1.shape[1] * packed(mat1_format) != mat2.shape[0] * packed(mat2_format):
        raise exc.ShapeMismatch(
            "the inner dimensions of hl.dot_scaled differ",
            expected="as many elements along K on both sides; a byte of e2m1 holds two",
            found=f"{mat1_format} {list(mat1.shape)} and {mat2_format} {list(mat2.shape)}",
        )


def check_depth(depth: int) -> None:
    """Refuses a K, in elements, that has no whole group."""
    if depth < GROUP or depth % GROUP:
        raise exc.ShapeMismatch(
            "K of hl.dot_scaled is no multiple of the group that shares an exponent",
            expected=f"a multiple of {GROUP} elements", found=str(depth),
        )  # fmt: skip


def check_scale(side: str, scale: torch.Tensor | None, shape: tuple[int, int]) -> None:
    """Refuses scales of another shape."""
    if scale is not None and tuple(scale.shape) != shape:
        raise exc.ShapeMismatch(
            f"the scales of {side} of hl.dot_scaled have another shape", expected=list(shape), found=list(scale.shape)
        )


def _numbers(rows: torch.Tensor, name: str) -> torch.Tensor:
    """Rows of a format as fp32."""
    if name == "e2m1":
        return torch.stack(unpacked_float4(rows), -1).flatten(1)
    return rows.contiguous().view(FORMATS[name]).to(torch.float32)


def _scaled(rows: torch.Tensor, scale: torch.Tensor | None) -> torch.Tensor:
    if scale is None:
        return rows
    exponents = scale.contiguous().view(torch.uint8).to(torch.float32)
    factors = torch.where(exponents == 255, math.nan, torch.exp2(exponents - 127))
    return rows * factors.repeat_interleave(GROUP, 1)


# ---- 4-bit floats


@plain_torch()
def float4_e2m1fn_x2_to_float32(value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The two 4-bit floats in each byte: those of the lower and those of the upper halves.

    Args:
        value: uint8 (or int8), of any shape.

    Returns:
        Two fp32 values of the shape of `value`.
    """
    reference("float4_e2m1fn_x2_to_float32")
    check_bytes("hl.float4_e2m1fn_x2_to_float32", value)
    return unpacked_float4(value)


def unpacked_float4(value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`float4_e2m1fn_x2_to_float32` in terms of torch alone."""
    wide = value.to(torch.int32)
    return _from_float4(wide), _from_float4(wide >> 4)


def _from_float4(code: torch.Tensor) -> torch.Tensor:
    # The bits are those of a half whose exponent has another bias: 2 ** 14 makes up for it, denormals included.
    bits = ((code & 8) << 12) | ((code & 7) << 9)
    return bits.to(torch.int16).view(torch.float16).to(torch.float32) * 2.0**14


@plain_torch()
def load_float4_e2m1fn_x16_to_float16(
    storage: torch.Tensor, group_offsets: torch.Tensor, extra_mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, ...]:
    """Loads groups of 16 4-bit floats.

    Args:
        storage: host tensor of rank 1, uint8; group g is in the bytes 8 g to 8 g + 7.
        group_offsets: numbers of groups, integers of any shape.
        extra_mask: booleans that broadcast to `group_offsets`; where false, nothing is read and the numbers are 0.

    Returns:
        16 fp16 values of the shape of `group_offsets`: the first, the second, … element of each group.
    """
    reference("load_float4_e2m1fn_x16_to_float16")
    check_bytes("hl.load_float4_e2m1fn_x16_to_float16", storage)
    return float4_group(_group(storage, group_offsets, 8, extra_mask))


def float4_group(found: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The 16 elements in the last dimension of 8 bytes."""
    low, high = (half.to(torch.float16).unbind(-1) for half in unpacked_float4(found))
    return tuple(each for pair in zip(low, high) for each in pair)


@plain_torch()
def load_bfloat16_x16_to_float16(
    storage: torch.Tensor, group_offsets: torch.Tensor, extra_mask: torch.Tensor | None = None
) -> tuple[torch.Tensor, ...]:
    """Loads groups of 16 bfloat16 and converts them to fp16.

    Args:
        storage: host tensor of rank 1, bfloat16; group g is in the elements 16 g to 16 g + 15.
        group_offsets: numbers of groups, integers of any shape.
        extra_mask: as in `load_float4_e2m1fn_x16_to_float16`.

    Returns:
        16 fp16 values of the shape of `group_offsets`.
    """
    reference("load_bfloat16_x16_to_float16")
    check_bfloat16(storage)
    return bfloat16_group(_group(storage, group_offsets, 16, extra_mask))


def bfloat16_group(found: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """The 16 elements in the last dimension."""
    return found.to(torch.float16).unbind(-1)


def check_bytes(name: str, value: torch.Tensor) -> None:
    """Refuses what does not hold pairs of 4-bit floats."""
    if value.dtype not in BYTES:
        raise exc.InvalidAPIUsage(
            f"{name} takes 4-bit floats in pairs", expected="uint8", found=str(value.dtype), hint="view it as uint8"
        )


def check_bfloat16(value: torch.Tensor) -> None:
    """Refuses another dtype than bfloat16."""
    if value.dtype != torch.bfloat16:
        raise exc.InvalidAPIUsage(
            "hl.load_bfloat16_x16_to_float16 loads bfloat16", expected="torch.bfloat16", found=str(value.dtype)
        )


def _group(storage: torch.Tensor, groups: torch.Tensor, size: int, mask: torch.Tensor | None) -> torch.Tensor:
    given: Any = groups
    numbers: torch.Tensor = given.index if isinstance(given, Tile) else given
    index = numbers[..., None].long() * size + torch.arange(size, device=numbers.device)
    if mask is None:
        return storage[index]
    live = mask.expand(numbers.shape)[..., None]
    return torch.where(live, storage[torch.where(live, index, 0)], torch.zeros((), dtype=storage.dtype))
