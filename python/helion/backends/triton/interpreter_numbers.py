# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What Triton's interpreter lacks in arithmetic: conversions of 8-bit floats, and the functions of libdevice.

Its own conversion to 8-bit floats drops the carry when a mantissa rounds up to the next power of two, and the
functions of `triton.language.extra.libdevice` do nothing there. Both are PyTorch's here.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

Array = np.ndarray[Any, Any]

_TORCH_TYPES = {
    "fp8e4nv": torch.float8_e4m3fn,
    "fp8e5": torch.float8_e5m2,
    "fp8e4b8": torch.float8_e4m3fnuz,
    "fp8e5b16": torch.float8_e5m2fnuz,
    "fp16": torch.float16,
    "bf16": torch.bfloat16,
    "fp32": torch.float32,
    "fp64": torch.float64,
}

# By the names of libdevice. What is no function of torch is said in terms of those that are.
LIBDEVICE: dict[str, Callable[..., torch.Tensor]] = {
    name: getattr(torch, name)
    for name in (
        "acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "copysign", "cosh", "erfc", "erfinv", "expm1",
        "fmod", "hypot", "lgamma", "log10", "log1p", "nextafter", "pow", "sinh", "tan", "tanh", "trunc",
    )
} | {
    "cbrt": lambda x: torch.copysign(x.abs().pow(1 / 3), x),
    "exp10": lambda x: torch.pow(10.0, x),
    "cyl_bessel_i0": torch.i0,
    "cyl_bessel_i1": torch.special.i1,
    "erfcx": torch.special.erfcx,
    "fdim": lambda x, y: torch.where(x > y, x - y, torch.where(x <= y, 0.0, x - y)),
    "j0": torch.special.bessel_j0,
    "j1": torch.special.bessel_j1,
    "nearbyint": torch.round,
    "normcdfinv": torch.special.ndtri,
    # IEEE's remainder, of the nearest quotient, not Python's.
    "remainder": lambda x, y: x - y * torch.round(x / y),
    "rint": torch.round,
    # Halves go away from zero, which torch.round does not do.
    "round": lambda x: torch.copysign((x.abs() + 0.5).floor(), x),
    "tgamma": lambda x: torch.from_numpy(np.vectorize(_gamma, otypes=[x.numpy().dtype])(x.numpy())),
    "y0": torch.special.bessel_y0,
    "y1": torch.special.bessel_y1,
}  # fmt: skip


def with_eight_bits(convert: Callable[..., Array]) -> Callable[..., Array]:
    """Triton's conversion between floats, with PyTorch's for those of 8 bits.

    Both take the bits of the input as an array, the two types and the rounding mode, and return the bits of the output.
    As in PyTorch, what is too large becomes infinite or NaN; GPUs can be told to saturate instead.
    """

    def converted(values: Array, source: Any, to: Any, rounding: Any) -> Array:
        known = source.name in _TORCH_TYPES and to.name in _TORCH_TYPES
        nearest = rounding is None or "RTNE" in str(rounding)
        if not (known and nearest and 8 in (source.primitive_bitwidth, to.primitive_bitwidth)):
            return convert(values, source, to, rounding)
        bits = torch.from_numpy(np.ascontiguousarray(values).view(f"int{source.primitive_bitwidth}"))
        result = bits.view(_TORCH_TYPES[source.name]).to(_TORCH_TYPES[to.name])
        signed = getattr(torch, f"int{to.primitive_bitwidth}")
        return result.view(signed).numpy().view(f"uint{to.primitive_bitwidth}")

    return converted


@functools.cache
def interpreted_libdevice() -> dict[str, Callable[..., Any]]:
    """The functions of libdevice by name, on tensors of Triton's interpreter."""
    return {name: _on_tensors(function) for name, function in LIBDEVICE.items()}


def _on_tensors(function: Callable[..., torch.Tensor]) -> Callable[..., Any]:
    from triton import language as tl
    from triton.runtime.interpreter import TensorHandle

    tensor: Any = tl.tensor

    def call(*operands: Any) -> Any:
        typed = next(operand for operand in operands if isinstance(operand, tensor))
        arrays = [operand.handle.data if isinstance(operand, tensor) else operand for operand in operands]
        values = [torch.as_tensor(np.asarray(array, typed.handle.data.dtype)) for array in arrays]
        result = function(*values).numpy()
        # A scalar may come first: the result has the shape that all broadcast to. A scalar has an array of one element.
        tensors = any(isinstance(operand, tensor) and operand.type.is_block() for operand in operands)
        kind = tl.block_type(typed.dtype, list(result.shape)) if tensors else typed.dtype
        return tensor(TensorHandle(result, typed.dtype), kind)

    return call


def _gamma(x: float) -> float:
    import math

    try:
        return math.gamma(x)
    except (OverflowError, ValueError):
        return math.inf if x >= 0 else math.nan
