# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the families register their rules."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

RULES: dict[Any, Callable[..., Any]] = {}
"""ATen operation (an overload, or a packet for all overloads) → `rule(device, func, *args, **kwargs)`."""

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""Python-level torch function → `rule(device, *args, **kwargs)`, for functions that must not fall apart first."""

_FAMILIES = (
    "pointwise", "elementwise", "composite", "special", "reduction", "averages", "scan", "matmul", "einsum", "view",
    "parts", "creation", "gather", "sorting", "movement",
)  # fmt: skip


def lower(*ops: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a rule for ATen operations."""

    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        for op in ops:
            RULES[op] = rule
        return rule

    return register


def function(*functions: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Registers a rule for Python-level torch functions."""

    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        for each in functions:
            FUNCTIONS[each] = rule
        return rule

    return register


def load() -> None:
    """Imports all families."""
    for family in _FAMILIES:
        importlib.import_module(f"helion.frontend.lowering.{family}")


# Where a primitive of PyTorch's decompositions has another name than the operation that it stands for.
_PRIMS: dict[str, str] = {
    "bessel_i0": "i0", "bessel_i1": "special_i1", "bessel_j0": "special_bessel_j0", "bessel_j1": "special_bessel_j1",
    "erf_inv": "erfinv", "erfcx": "special_erfcx", "ndtri": "special_ndtri", "shift_left": "bitwise_left_shift",
    "shift_right_arithmetic": "bitwise_right_shift", "shift_right_logical": "bitwise_right_shift",
}  # fmt: skip


def operation_of(func: Any) -> Any | None:
    """The ATen operation with a rule that the primitive `func` stands for, if there is one."""
    aten = torch.ops.aten
    name = str(func.overloadpacket).split(".")[-1]
    packet: Any = getattr(aten, _PRIMS.get(name) or name, None)
    if func.namespace != "prims" or packet is None:
        return None
    known = packet in RULES or any(getattr(packet, overload) in RULES for overload in packet.overloads())
    return packet if known else None
