# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads, stores and atomics of host tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend import indexing
from helion.frontend.blocks import broadcast_shapes
from helion.frontend.builder import TRITON_TYPES
from helion.frontend.traced import MemoryFact

if TYPE_CHECKING:
    from helion._mlir import ir
    from helion.frontend.indexing import Access
    from helion.frontend.kernel import KernelBuilder

_EVICTION = {"": 0, "first": 1, "last": 2}
ATOMICS = {"add": 0, "and": 1, "or": 2, "xor": 3, "max": 4, "min": 5, "xchg": 6}
_SEMANTICS = {"relaxed": 0, "acquire": 1, "release": 2, "acq_rel": 3}


def _remember(kernel: KernelBuilder, kind: str, base: torch.Tensor) -> dict[str, ir.Attribute]:
    # Loads and stores are counted together, atomics apart: each has its list in a configuration.
    atomic = kind == "atomic"
    ordinal = sum((fact.kind == "atomic") == atomic for fact in kernel.memory)
    load = sum(fact.kind == "load" for fact in kernel.memory) if kind == "load" else None
    kernel.memory.append(MemoryFact(kind, ordinal, load, TRITON_TYPES[base.dtype], base.dim()))
    attributes: dict[str, ir.Attribute] = {"ordinal": kernel.builder.i64_attr(ordinal)}
    if load is not None:
        attributes["load_ordinal"] = kernel.builder.i64_attr(load)
    return attributes


def _dims(kernel: KernelBuilder, access: Access) -> dict[str, ir.Attribute]:
    return {} if access.dims is None else {"index_dims": kernel.builder.i64_array(access.dims)}


def _mask(kernel: KernelBuilder, access: Access, mask: Any) -> list[ir.Value]:
    if mask is None:
        return []
    if not isinstance(mask, torch.Tensor):
        raise exc.InvalidAPIUsage("extra_mask must be a boolean device value", found=type(mask).__name__)
    builder, device = kernel.builder, kernel.device
    value = builder.convert(device.value(mask), mask.shape, mask.dtype, torch.bool)
    value = builder.broadcast(value, mask.shape, access.seen_shape, torch.bool)
    return [builder.reshape(value, access.seen_shape, access.shape, torch.bool)]


def load(
    kernel: KernelBuilder, base: torch.Tensor, expression: str, index: Any, mask: Any = None,
    eviction: str | None = None,
) -> torch.Tensor:  # fmt: skip
    """`base[index]`."""
    builder, device = kernel.builder, kernel.device
    memref = kernel.tensor(base, expression)
    access = indexing.resolve(kernel, base, index, expression)
    masks = _mask(kernel, access, mask)
    attributes = _remember(kernel, "load", base) | _dims(kernel, access)
    attributes["operandSegmentSizes"] = builder.segments(1, len(access.operands), 0, len(masks))
    if eviction is not None:
        if eviction not in _EVICTION:
            raise exc.InvalidAPIUsage(
                "hl.load was given an unknown eviction policy", expected=list(_EVICTION), found=repr(eviction)
            )
        attributes["eviction"] = builder.i32_attr(_EVICTION[eviction])
    kind = builder.type(access.shape, base.dtype)
    value = builder.value("helion.load", (memref, *access.operands, *masks), kind, attributes)
    shape = access.shape
    for axis in access.nones:
        value, shape = builder.expand_dims(value, shape, axis, base.dtype)
    return device.tensor(value, shape, base.dtype)


def store(kernel: KernelBuilder, base: torch.Tensor, expression: str, index: Any, value: Any, mask: Any = None) -> None:
    """`base[index] = value`, converted to the dtype of `base` and broadcast to the indexed shape."""
    builder = kernel.builder
    memref = kernel.tensor(base, expression)
    access = indexing.resolve(kernel, base, index, expression)
    masks = _mask(kernel, access, mask)
    stored = _stored(kernel, base, access, value)
    attributes = _remember(kernel, "store", base) | _dims(kernel, access)
    attributes["operandSegmentSizes"] = builder.segments(1, 1, len(access.operands), 0, len(masks))
    builder.op("helion.store", (stored, memref, *access.operands, *masks), (), attributes)


def _stored(kernel: KernelBuilder, base: torch.Tensor, access: Access, value: Any) -> ir.Value:
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
            )  # fmt: skip
        made = builder.convert(device.value(value), value.shape, value.dtype, base.dtype)
        made = builder.broadcast(made, value.shape, target, base.dtype)
    elif isinstance(value, (bool, int, float)):
        made = builder.broadcast(builder.number(value, base.dtype), (), target, base.dtype)
    else:
        raise exc.RequiresTensorInAssignment(name=type(value).__name__)
    return builder.reshape(made, target, access.shape, base.dtype)


def atomic(
    kernel: KernelBuilder, kind: str, base: torch.Tensor, expression: str, index: Any, value: Any, semantic: str
) -> torch.Tensor:
    """`hl.atomic_*`: gives what stood in memory before."""
    builder = kernel.builder
    if semantic not in _SEMANTICS:
        raise exc.InvalidAPIUsage(
            f"hl.atomic_{kind} was given an unknown memory ordering", expected=list(_SEMANTICS), found=repr(semantic)
        )
    memref = kernel.tensor(base, expression)
    access = indexing.resolve(kernel, base, index, expression)
    stored = _stored(kernel, base, access, value)
    attributes = _remember(kernel, "atomic", base) | _dims(kernel, access)
    attributes |= {
        "operandSegmentSizes": builder.segments(1, 1, len(access.operands), 0),
        "kind": builder.i32_attr(ATOMICS[kind]), "semantic": builder.i32_attr(_SEMANTICS[semantic]),
    }  # fmt: skip
    made = builder.value("helion.atomic_rmw", (stored, memref, *access.operands), stored.type, attributes)
    made = builder.reshape(made, access.shape, access.seen_shape, base.dtype)
    return kernel.device.tensor(made, access.seen_shape, base.dtype)
