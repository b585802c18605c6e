# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the families register their rules."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

RULES: dict[Any, Callable[..., Any]] = {}
"""ATen operation (an overload, or a packet for all overloads) → `rule(device, func, *args, **kwargs)`."""

FUNCTIONS: dict[Any, Callable[..., Any]] = {}
"""Python-level torch function → `rule(device, *args, **kwargs)`, for functions that must not fall apart first."""

_FAMILIES = ("pointwise", "elementwise", "composite", "reduction", "matmul", "view", "parts", "creation")


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
