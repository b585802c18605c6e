# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Triton's interpreter has no scaled dot: here it is, in fp32, from operands without their scales."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]

_FORMATS = {
    "E4M3": torch.float8_e4m3fn, "E5M2": torch.float8_e5m2, "BF16": torch.bfloat16, "FP16": torch.float16,
}  # fmt: skip
# By their codes; the fourth bit is the sign.
_E2M1 = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], np.float32)


def create_dot_scaled(
    self: Any, lhs: Any, lhs_scale: Any, lhs_format: Any, rhs: Any, rhs_scale: Any, rhs_format: Any, fast_math: bool,
    lhs_k_pack: bool, rhs_k_pack: bool, acc: Any,
) -> Any:  # fmt: skip
    """A method of Triton's InterpreterBuilder."""
    from triton.runtime.interpreter import TensorHandle

    left = _numbers(lhs.data, lhs_format, -1 if lhs_k_pack else -2)
    right = _numbers(rhs.data, rhs_format, -2 if rhs_k_pack else -1)
    if lhs_scale is not None:
        left = left * _factors(lhs_scale.data, left.shape[-1])
    if rhs_scale is not None:
        right = right * np.swapaxes(_factors(rhs_scale.data, right.shape[-2]), -1, -2)
    return TensorHandle(left @ right + acc.data, acc.dtype.scalar)


def with_plain_formats(method: Callable[..., Any]) -> Callable[..., Any]:
    """`TritonSemantic.dot_scaled` with formats that are strings, as interpreted code has them."""

    def dot_scaled(self: Any, *args: Any) -> Any:
        from triton import language as tl

        return method(self, *(tl.constexpr(each) if isinstance(each, str) else each for each in args))

    return dot_scaled


def _numbers(data: Array, name: Any, packed: int) -> Array:
    """Elements of a format as fp32; e2m1 comes in pairs along the axis `packed`."""
    name = str(name).rsplit(".", 1)[-1].upper()
    if name == "E2M1":
        codes = data.view(np.uint8)
        # The new axis is behind the one that is packed.
        pairs = np.stack([codes & 15, codes >> 4], axis=codes.ndim + packed + 1)
        shape = list(codes.shape)
        shape[packed] *= 2
        return _E2M1[pairs.reshape(shape)]
    bits = torch.from_numpy(np.ascontiguousarray(data).view(f"u{data.dtype.itemsize}").copy())
    held = bits.view(torch.int8 if bits.dtype == torch.uint8 else torch.int16).view(_FORMATS[name])
    return held.to(torch.float32).numpy()


def _factors(data: Array, depth: int) -> Array:
    """Exponents of 8 bits as factors, one per element along K."""
    exponents = data.view(np.uint8).astype(np.float32)
    factors = np.where(exponents == 255, np.float32(np.nan), np.exp2(exponents - 127, dtype=np.float32))
    return np.repeat(factors, depth // data.shape[-1], axis=-1)
