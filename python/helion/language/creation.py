# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device values made from nothing: `hl.full`, `hl.zeros`, `hl.arange`."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Any, cast

import torch

from helion.language.context import reference
from helion.language.tiles import Tile

if TYPE_CHECKING:
    from collections.abc import Sequence


def extents(shape: Any) -> list[int]:
    """The numbers behind a shape whose entries may be tiles, integers or block sizes."""
    entries = cast("Sequence[Any]", shape if isinstance(shape, (list, tuple)) else [shape])
    return [entry.extent if isinstance(entry, Tile) else operator.index(entry) for entry in entries]


def full(
    shape: Sequence[Any], value: Any, dtype: torch.dtype = torch.float32, device: torch.device | None = None
) -> torch.Tensor:
    """A device value filled with `value`.

    Args:
        shape: list of tiles, block sizes and compile-time integers.
        value: a number, which may be known at run time only.
        dtype: element type, float32 by default.
        device: ignored: the value lives where the kernel runs.
    """
    context = reference("full")
    if isinstance(value, torch.Tensor):
        return value.to(dtype).expand(extents(shape)).clone()
    return torch.full(extents(shape), value, dtype=dtype, device=context.device)


def zeros(shape: Sequence[Any], dtype: torch.dtype = torch.float32, device: torch.device | None = None) -> torch.Tensor:
    """A device value filled with 0.

    Args:
        shape: list of tiles, block sizes and compile-time integers.
        dtype: element type, float32 by default.
        device: ignored: the value lives where the kernel runs.
    """
    context = reference("zeros")
    return torch.zeros(extents(shape), dtype=dtype, device=context.device)


def arange(*args: Any, dtype: torch.dtype | None = None, device: torch.device | None = None) -> torch.Tensor:
    """A 1-D range of integers, as `torch.arange`.

    Args:
        args: end; begin and end; or begin, end and step. Compile-time integers or block sizes.
        dtype: integer type; the index type (int32 or int64) by default.
        device: ignored: the value lives where the kernel runs.
    """
    context = reference("arange")
    return torch.arange(*extents(args), dtype=dtype, device=context.device)
