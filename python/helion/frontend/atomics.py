# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Atomic operations on host tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend import indexing
from helion.frontend.memory import dims_attribute, masks, remember, stored

if TYPE_CHECKING:
    from helion._mlir import ir
    from helion.frontend.indexing import Access
    from helion.frontend.kernel import KernelBuilder

KINDS = {"add": 0, "and": 1, "or": 2, "xor": 3, "max": 4, "min": 5, "xchg": 6}
_UNSIGNED = {"max": 7, "min": 8}
_SEMANTICS = {"relaxed": 0, "acquire": 1, "release": 2, "acq_rel": 3}

_INTEGERS = (torch.int32, torch.int64, torch.uint32, torch.uint64)
_WIDE = (*_INTEGERS, torch.float32, torch.float64)
_DTYPES = {
    "add": (*_WIDE, torch.float16, torch.bfloat16), "and": _INTEGERS, "or": _INTEGERS, "xor": _INTEGERS,
    "max": _WIDE, "min": _WIDE, "xchg": _WIDE, "cas": _WIDE,
}  # fmt: skip


def update(
    kernel: KernelBuilder, kind: str, base: torch.Tensor, expression: str, index: Any, value: Any, semantic: str
) -> torch.Tensor:
    """`hl.atomic_add` and its like: gives what stood in memory before.

    Raises:
        InvalidAPIUsage: for an unknown memory ordering.
        BackendUnsupported: for a dtype that the hardware has no such operation for.
    """
    builder = kernel.builder
    attributes = {"semantic": _semantic(kernel, kind, base, semantic)}
    memref = kernel.tensor(base, expression)
    access = indexing.resolve(kernel, base, index, expression)
    made, mask = stored(kernel, base, access, value), masks(kernel, access)
    number = _UNSIGNED.get(kind, KINDS[kind]) if not base.dtype.is_signed else KINDS[kind]
    attributes |= remember(kernel, "atomic", base) | dims_attribute(kernel, access)
    attributes |= {
        "operandSegmentSizes": builder.segments(1, 1, len(access.operands), len(mask)), "kind": builder.i32_attr(number)
    }  # fmt: skip
    old = builder.value("helion.atomic_rmw", (made, memref, *access.operands, *mask), made.type, attributes)
    return _seen(kernel, base, access, old)


def compare_and_swap(
    kernel: KernelBuilder, base: torch.Tensor, expression: str, index: Any, expected: Any, value: Any, semantic: str
) -> torch.Tensor:
    """`hl.atomic_cas`: gives what stood in memory before.

    Raises:
        InvalidAPIUsage, BackendUnsupported: as `update`.
    """
    builder = kernel.builder
    attributes = {"semantic": _semantic(kernel, "cas", base, semantic)}
    memref = kernel.tensor(base, expression)
    access = indexing.resolve(kernel, base, index, expression)
    wanted, made = (stored(kernel, base, access, each) for each in (expected, value))
    mask = masks(kernel, access)
    attributes |= remember(kernel, "atomic", base) | dims_attribute(kernel, access)
    attributes["operandSegmentSizes"] = builder.segments(1, 1, 1, len(access.operands), len(mask))
    old = builder.value("helion.atomic_cas", (wanted, made, memref, *access.operands, *mask), made.type, attributes)
    return _seen(kernel, base, access, old)


def _semantic(kernel: KernelBuilder, kind: str, base: torch.Tensor, semantic: str) -> ir.Attribute:
    if semantic not in _SEMANTICS:
        raise exc.InvalidAPIUsage(
            f"hl.atomic_{kind} was given an unknown memory ordering", expected=list(_SEMANTICS), found=repr(semantic)
        )
    if base.dtype not in _DTYPES[kind]:
        raise exc.BackendUnsupported(
            backend="Triton", name=f"hl.atomic_{kind} on {base.dtype}", found=base.dtype,
            expected=[str(dtype).removeprefix("torch.") for dtype in _DTYPES[kind]],
            hint="the hardware has no such operation: use a tensor of one of these dtypes",
        )  # fmt: skip
    return kernel.builder.i32_attr(_SEMANTICS[semantic])


def _seen(kernel: KernelBuilder, base: torch.Tensor, access: Access, value: ir.Value) -> torch.Tensor:
    made = kernel.builder.reshape(value, access.shape, access.seen_shape, base.dtype)
    return kernel.device.tensor(made, access.seen_shape, base.dtype)
