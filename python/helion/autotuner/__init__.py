# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a search over configurations is made of: the values that each key takes, as fragments."""

from __future__ import annotations

from helion.autotuner.config_fragment import (
    BlockSizeFragment,
    BooleanFragment,
    ConfigSpecFragment,
    EnumFragment,
    IntegerFragment,
    ListOf,
    NumWarpsFragment,
    PermutationFragment,
    PowerOfTwoFragment,
)

__all__ = [
    "BlockSizeFragment",
    "BooleanFragment",
    "ConfigSpecFragment",
    "EnumFragment",
    "IntegerFragment",
    "ListOf",
    "NumWarpsFragment",
    "PermutationFragment",
    "PowerOfTwoFragment",
]
