# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads and stores of host tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend import indexing
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.builder import TRITON_TYPES
from helion.frontend.explaining import broadcast_hint
from helion.frontend.lowering.lanes import access_mask
from helion.frontend.stack_tensors import StackTensor, index_within
from helion.frontend.traced import MemoryFact

if TYPE_CHECKING:
    from helion._mlir import ir
    from helion.frontend.indexing import Access
    from helion.frontend.kernel import KernelBuilder

_EVICTION = {"": 0, "first": 1, "last": 2}


def remember(kernel: KernelBuilder, kind: str, base: torch.Tensor) -> dict[str, ir.Attribute]:
    """Notes an operation of `kind` ("load", "store" or "atomic") on `base`; the attributes that say its position."""
    kernel.touched(kind, base)
    # Loads and stores are counted together, atomics apart: each has its list in a configuration.
    atomic = kind == "atomic"
    ordinal = sum((fact.kind == "atomic") == atomic for fact in kernel.memory)
    load = sum(fact.kind == "load" for fact in kernel.memory) if kind == "load" else None
    kernel.memory.append(MemoryFact(kind, ordinal, load, TRITON_TYPES[base.dtype], base.dim()))
    attributes: dict[str, ir.Attribute] = {"ordinal": kernel.builder.i64_attr(ordinal)}
    if load is not None:
        attributes["load_ordinal"] = kernel.builder.i64_attr(load)
    return attributes


def dims_attribute(kernel: KernelBuilder, access: Access) -> dict[str, ir.Attribute]:
    """Which dimension of the value each index makes, where their order does not say it."""
    return {} if access.dims is None else {"index_dims": kernel.builder.i64_array(access.dims)}


def masks(kernel: KernelBuilder, access: Access, mask: Any = None) -> list[ir.Value]:
    """The mask of an access, if it has one: the user's, and that of jagged tiles among its indices.

    Raises:
        InvalidJaggedTileUsage: when a jagged tile is among the indices without its parents.
    """
    builder, device = kernel.builder, kernel.device
    jagged = access_mask(device, access.shape)
    found = [] if jagged is None else [builder.broadcast(device.value(jagged), jagged.shape, access.shape, torch.bool)]
    if mask is None:
        return found
    if not isinstance(mask, torch.Tensor):
        raise exc.InvalidAPIUsage("extra_mask must be a boolean device value", found=type(mask).__name__)
    value = builder.convert(device.value(mask), mask.shape, mask.dtype, torch.bool)
    value = builder.broadcast(value, mask.shape, access.seen_shape, torch.bool)
    value = builder.reshape(value, access.seen_shape, access.shape, torch.bool)
    return [value if not found else builder.value("arith.andi", (value, *found), value.type)]


def _place(
    kernel: KernelBuilder, base: torch.Tensor | StackTensor, expression: str, index: Any
) -> tuple[torch.Tensor, ir.Value, Access]:
    """The tensor that `base` is or that its tensors are like, its memref, and the resolved index list."""
    if not isinstance(base, StackTensor):
        return base, kernel.tensor(base, expression), indexing.resolve(kernel, base, index, expression)
    index = index_within(base, index)
    access = indexing.resolve(kernel, base.like, index, expression, base.addresses)
    return base.like, kernel.tensor(base.like, expression), access


def load(
    kernel: KernelBuilder, base: torch.Tensor | StackTensor, expression: str, index: Any, mask: Any = None,
    eviction: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """`base[index]`."""
    builder, device = kernel.builder, kernel.device
    base, memref, access = _place(kernel, base, expression, index)
    addresses = [] if access.addresses is None else [access.addresses]
    mask_operands = masks(kernel, access, mask)
    attributes = remember(kernel, "load", base) | dims_attribute(kernel, access)
    operands = (memref, *access.operands, *addresses, *mask_operands)
    attributes["operandSegmentSizes"] = builder.segments(1, len(access.operands), len(addresses), len(mask_operands))
    if eviction is not None:
        if eviction not in _EVICTION:
            raise exc.InvalidAPIUsage(
                "hl.load was given an unknown eviction policy", expected=list(_EVICTION), found=repr(eviction)
            )
        attributes["eviction"] = builder.i32_attr(_EVICTION[eviction])
    kind = builder.type(access.shape, base.dtype)
    value = builder.value("helion.load", operands, kind, attributes)
    shape = access.shape
    for axis in access.nones:
        value, shape = builder.expand_dims(value, shape, axis, base.dtype)
    return device.tensor(value, shape, base.dtype)


def store(
    kernel: KernelBuilder, base: torch.Tensor | StackTensor, expression: str, index: Any, value: Any, mask: Any = None
) -> None:
    """`base[index] = value`, converted to the dtype of `base` and broadcast to the indexed shape."""
    builder = kernel.builder
    base, memref, access = _place(kernel, base, expression, index)
    addresses = [] if access.addresses is None else [access.addresses]
    mask_operands = masks(kernel, access, mask)
    made = stored(kernel, base, access, value)
    attributes = remember(kernel, "store", base) | dims_attribute(kernel, access)
    sizes = len(access.operands), len(addresses), len(mask_operands)
    attributes["operandSegmentSizes"] = builder.segments(1, 1, *sizes)
    builder.op("helion.store", (made, memref, *access.operands, *addresses, *mask_operands), (), attributes)


def stored(kernel: KernelBuilder, base: torch.Tensor, access: Access, value: Any) -> ir.Value:
    """`value`, a device value or a number, in the dtype of `base` and in the indexed shape.

    Raises:
        ShapeMismatch: when it does not broadcast to that shape.
        RequiresTensorInAssignment: for anything else.
    """
    builder, device = kernel.builder, kernel.device
    target = access.seen_shape
    if isinstance(value, torch.Tensor):
        text = builder.blocks.shape_text
        try:
            fits = broadcast_shapes(value.shape, target) == target
        except exc.ShapeMismatch:
            fits = False
        if not fits:
            raise exc.ShapeMismatch(
                f"a value of shape {text(value.shape)} cannot be stored into a place of shape {text(target)}",
                expected=text(target), found=text(value.shape),
                hint=broadcast_hint(builder.blocks, value.shape, target) if value.dim() < len(target) else None,
            )  # fmt: skip
        made = builder.convert(device.value(value), value.shape, value.dtype, base.dtype)
        made = builder.broadcast(made, value.shape, target, base.dtype)
    elif isinstance(value, (bool, int, float)):
        made = builder.broadcast(builder.number(value, base.dtype), (), target, base.dtype)
    else:
        raise exc.RequiresTensorInAssignment(name=type(value).__name__)
    return builder.reshape(made, target, access.shape, base.dtype)
