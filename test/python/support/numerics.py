# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Inputs of every dtype that show what arithmetic does at its edges, and how near results must come."""

from __future__ import annotations

import math
from typing import Any

import torch

FLOATS = (torch.float32, torch.bfloat16, torch.float16, torch.float64)
SIGNED = (torch.int64, torch.int32, torch.int16, torch.int8)
UNSIGNED = (torch.uint64, torch.uint32, torch.uint16, torch.uint8)
INTEGERS = (*SIGNED, *UNSIGNED)
DTYPES = (*FLOATS, *INTEGERS, torch.bool)

_TOLERANCES = {torch.float64: 1e-9, torch.float32: 2e-5, torch.float16: 2e-3, torch.bfloat16: 1.6e-2}


def name_of(value: Any) -> str | None:
    """The id of a parameter that is a dtype."""
    return str(value).removeprefix("torch.") if isinstance(value, torch.dtype) else None


def tolerance(dtype: torch.dtype, factor: float = 1) -> dict[str, Any]:
    """The tolerances of `torch.testing.assert_close` for results of `dtype`; NaN equals NaN."""
    size = _TOLERANCES.get(dtype, 0) * factor
    return {"rtol": size, "atol": size}


def floats(dtype: torch.dtype, seed: int = 0) -> torch.Tensor:
    """37 numbers: zeros of both signs, halves, large ones, infinities, NaN, and random ones."""
    special = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5, 3.0, 12.25, -12.25, 60.0, -60.0]
    special += [math.inf, -math.inf, math.nan]
    generator = torch.Generator().manual_seed(seed)
    return torch.cat([torch.tensor(special), torch.randn(20, generator=generator) * 2]).to(dtype)


def integers(dtype: torch.dtype, seed: int = 0) -> torch.Tensor:
    """37 numbers: small ones of both signs, the ends of the range, and random ones over all of it."""
    if dtype == torch.bool:
        return torch.tensor([True, False, True, True, False] * 8)[:37]
    low, high = torch.iinfo(dtype).min, torch.iinfo(dtype).max
    generator = torch.Generator().manual_seed(seed)
    bits = torch.randint(-(2**63), 2**63 - 1, (20,), generator=generator)
    small = torch.tensor([0, 1, 2, 3, 5, 7, 10, 100, -1, -2, -3, -7, -100])
    ends = torch.tensor([low, low + 1, high if high < 2**63 else -1, high - 1 if high < 2**63 else -2])
    return torch.cat([small, ends, bits]).to(dtype)
