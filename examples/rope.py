# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rotary position embedding of queries and keys.

python -m examples.rope
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[1, 4], num_warps=8))
def rope(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    """Rotates each pair (x[i], x[i + d / 2]) of a head by the angle of its position.

    Args:
        x: [batch, sequence, heads, d], d even.
        cos: [sequence, d / 2], fp32.
        sin: [sequence, d / 2], fp32.
    """
    batch, sequence, heads, d = x.size()
    half = hl.specialize(d // 2)
    heads = hl.specialize(heads)
    out = torch.empty_like(x)
    for tile_b, tile_s in hl.tile([batch, sequence]):
        c = cos[tile_s, :][None, :, None, :]
        s = sin[tile_s, :][None, :, None, :]
        left = x[tile_b, tile_s, :, :half].to(torch.float32)
        right = x[tile_b, tile_s, :, half:].to(torch.float32)
        out[tile_b, tile_s, :, :half] = left * c - right * s
        out[tile_b, tile_s, :, half:] = right * c + left * s
    return out


def angles(sequence: int, half: int, device: torch.device, base: float = 10000.0) -> tuple[torch.Tensor, torch.Tensor]:
    """Cosine and sine of position times frequency, [sequence, half] each."""
    frequencies = base ** (-torch.arange(half, dtype=torch.float32, device=device) / half)
    phases = torch.arange(sequence, dtype=torch.float32, device=device)[:, None] * frequencies
    return phases.cos(), phases.sin()


def reference(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    left, right = x.float().chunk(2, dim=-1)
    cos, sin = cos[:, None, :], sin[:, None, :]
    return torch.cat([left * cos - right * sin, right * cos + left * sin], dim=-1).to(x.dtype)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    batch, sequence, heads, d = (2, 19, 3, 16) if small else (4, 4096, 32, 128)
    x = torch.randn(batch, sequence, heads, d, dtype=torch.bfloat16, device=device)
    return x, *angles(sequence, d // 2, device)


EXAMPLES = [Example(rope, reference, arguments)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
