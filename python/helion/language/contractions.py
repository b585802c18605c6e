# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The matrix product `hl.dot`."""

from __future__ import annotations

import torch

from helion import exc
from helion.language.context import reference


def dot(
    mat1: torch.Tensor, mat2: torch.Tensor, acc: torch.Tensor | None = None, out_dtype: torch.dtype | None = None
) -> torch.Tensor:
    """The matrix product `mat1 @ mat2`, plus `acc` when it is given.

    Args:
        mat1: [M, K] or [B, M, K]; fp16, bf16, fp32, int8, fp8 e4m3fn or e5m2.
        mat2: [K, N] or [B, K, N].
        acc: [M, N] or [B, M, N]; fp16, fp32 or int32.
        out_dtype: dtype of the result when there is no `acc`; fp32 by default, int32 for int8.

    Returns:
        [M, N] or [B, M, N], of the dtype of `acc`, or `out_dtype`.

    Raises:
        ShapeMismatch: when the K extents or ranks differ.
        DotBatchDimensionMismatch: when the batch extents differ.
    """
    reference("dot")
    if mat1.dim() != mat2.dim() or mat1.dim() not in (2, 3) or mat1.shape[-1] != mat2.shape[-2]:
        raise exc.ShapeMismatch(
            "the operands of hl.dot do not fit together",
            expected="[M, K] and [K, N], or [B, M, K] and [B, K, N]",
            found=f"{list(mat1.shape)} and {list(mat2.shape)}",
        )
    if mat1.dim() == 3 and mat1.shape[0] != mat2.shape[0]:
        raise exc.DotBatchDimensionMismatch(left=mat1.shape[0], right=mat2.shape[0])
    integral = not mat1.is_floating_point()
    wide = torch.int32 if integral else torch.promote_types(torch.float32, _computable(mat1.dtype, mat2.dtype))
    product = torch.matmul(mat1.to(wide), mat2.to(wide))
    if acc is not None:
        return (acc.to(product.dtype) + product).to(acc.dtype)
    return product.to(out_dtype if out_dtype is not None else wide)


def _computable(left: torch.dtype, right: torch.dtype) -> torch.dtype:
    # torch promotes no two different fp8 types.
    return torch.float32 if left.itemsize == 1 or right.itemsize == 1 else torch.promote_types(left, right)
