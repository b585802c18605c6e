# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Integer arithmetic that kernels and their host parts need all the time."""

from __future__ import annotations

from typing import Any


def cdiv(value: Any, by: Any) -> Any:
    """`value / by` rounded up, for a positive `by`; sizes and block sizes are welcome."""
    return (value + by - 1) // by


def next_power_of_2(value: int) -> int:
    """The least power of two that is at least `value`, and at least 1."""
    return 1 << max(0, value - 1).bit_length()
