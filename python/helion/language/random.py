# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Counter-based random numbers, keyed by the position of each element: independent of block sizes, reproducible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.language.context import ReferenceContext, reference
from helion.language.philox import philox, signed, uniform
from helion.language.tiles import Tile

if TYPE_CHECKING:
    from collections.abc import Sequence


def rand(
    shape: Sequence[Any], seed: Any, device: torch.device | None = None, offsets: torch.Tensor | None = None
) -> torch.Tensor:
    """Uniform float32 values in [0, 1).

    Args:
        shape: list of tiles and integers.
        seed: integer, or integer tensor of one element.
        device: ignored: the value lives where the kernel runs.
        offsets: the counter of each element; by default its row-major position in the whole iteration space.
    """
    context = reference("rand")
    return uniform(philox(seed, _positions(context, shape) if offsets is None else offsets)[0])


def rand4x(
    seed: Any, offsets: torch.Tensor, device: torch.device | None = None
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    """Four uniform float32 values in [0, 1) for each offset, at the cost of one.

    Args:
        seed: integer, or integer tensor of one element.
        offsets: integer tensor.
        device: ignored: the values live where the kernel runs.
    """
    reference("rand4x")
    a, b, c, d = (uniform(bits) for bits in philox(seed, offsets))
    return a, b, c, d


def randint(shape: Sequence[Any], low: int, high: int, seed: Any, device: torch.device | None = None) -> torch.Tensor:
    """int32 values in [low, high).

    Args:
        shape: list of tiles and integers.
        low: least value.
        high: one past the greatest value.
        seed: integer, or integer tensor of one element.
        device: ignored: the value lives where the kernel runs.
    """
    context = reference("randint")
    if high <= low:
        raise exc.InvalidAPIUsage("hl.randint needs low < high", found=f"low={low}, high={high}")
    bits = signed(philox(seed, _positions(context, shape))[0])
    return (low + (bits & 0xFFFFFFFF) % (high - low)).to(torch.int32)


def _positions(context: ReferenceContext, shape: Sequence[Any]) -> torch.Tensor:
    """The row-major position of each element in the iteration space that the tiles of `shape` are parts of."""
    position = torch.zeros((), dtype=torch.int64, device=context.device)
    rank = len(shape)
    for axis, entry in enumerate(shape):
        if isinstance(entry, Tile):
            values, size = torch.arange(entry.begin, entry.end, device=context.device), entry.loop_end
        else:
            values, size = torch.arange(int(entry), device=context.device), int(entry)
        position = position * size + values.reshape([-1] + [1] * (rank - axis - 1))
    return position
