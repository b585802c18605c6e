# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sequences of different lengths, stored one behind the other: sum, softmax and layer norm of each.

    python -m examples.jagged

Sequence i of a batch is the rows from offsets[i] to offsets[i + 1] of one matrix. A program takes some sequences at a
time and walks as far as the longest of them, with `hl.jagged_tile`: what lies behind the end of a shorter one is
neither read nor written, and no reduction sees it.
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run

EPSILON = 1e-5


@helion.kernel(config=helion.Config(block_sizes=[1, 256, 32], num_warps=4))
def jagged_sum(x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """The sum of the rows of each sequence.

    Args:
        x: [total, d].
        offsets: [batch + 1], int64, from 0 to total.

    Returns:
        [batch, d], fp32.
    """
    batch, d = offsets.size(0) - 1, x.size(1)
    out = torch.empty([batch, d], dtype=torch.float32, device=x.device)
    for tile_b, tile_d in hl.tile([batch, d]):
        start = offsets[tile_b]
        length = offsets[tile_b + 1] - start
        acc = hl.zeros([tile_b, tile_d], dtype=torch.float32)
        for steps in hl.jagged_tile(length):
            rows = start[:, None] + steps.index[None, :]
            acc += x[rows, tile_d].to(torch.float32).sum(dim=1)
        out[tile_b, tile_d] = acc
    return out


@helion.kernel(config=helion.Config(block_sizes=[1, 256, 32, 32], num_warps=4))
def jagged_softmax(x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """The softmax over each sequence, column by column; x [total, d], offsets [batch + 1], the result as x."""
    batch, d = offsets.size(0) - 1, x.size(1)
    out = torch.empty_like(x)
    for tile_b, tile_d in hl.tile([batch, d]):
        start = offsets[tile_b]
        length = offsets[tile_b + 1] - start
        # Finite: a short sequence has no row in the last steps, and -inf - -inf is no number.
        top = hl.full([tile_b, tile_d], -1e30, dtype=torch.float32)
        total = hl.zeros([tile_b, tile_d], dtype=torch.float32)
        for steps in hl.jagged_tile(length):
            rows = start[:, None] + steps.index[None, :]
            values = x[rows, tile_d].to(torch.float32)
            new_top = torch.maximum(top, values.amax(dim=1))
            total = total * torch.exp(top - new_top) + torch.exp(values - new_top[:, None, :]).sum(dim=1)
            top = new_top
        for steps in hl.jagged_tile(length):
            rows = start[:, None] + steps.index[None, :]
            values = x[rows, tile_d].to(torch.float32)
            out[rows, tile_d] = torch.exp(values - top[:, None, :]) / total[:, None, :]
    return out


@helion.kernel(config=helion.Config(block_sizes=[1, 32, 32], num_warps=4))
def jagged_layer_norm(x: torch.Tensor, offsets: torch.Tensor, eps: float) -> torch.Tensor:
    """Normalizes each sequence over all of its elements; x [total, d], offsets [batch + 1], the result as x."""
    batch, d = offsets.size(0) - 1, x.size(1)
    out = torch.empty_like(x)
    for tile_b in hl.tile(batch):
        start = offsets[tile_b]
        length = offsets[tile_b + 1] - start
        count = torch.clamp(length, min=1).to(torch.float32) * d
        total = hl.zeros([tile_b], dtype=torch.float32)
        squares = hl.zeros([tile_b], dtype=torch.float32)
        for steps in hl.jagged_tile(length):
            rows = start[:, None] + steps.index[None, :]
            values = x[rows, :].to(torch.float32)
            total += values.sum(dim=[1, 2])
            squares += values.square().sum(dim=[1, 2])
        mean = total / count
        scale = torch.rsqrt(squares / count - mean * mean + eps)
        for steps in hl.jagged_tile(length):
            rows = start[:, None] + steps.index[None, :]
            values = x[rows, :].to(torch.float32)
            out[rows, :] = (values - mean[:, None, None]) * scale[:, None, None]
    return out


def parts(x: torch.Tensor, offsets: torch.Tensor) -> list[torch.Tensor]:
    """The sequences, fp32."""
    return list(x.float().split((offsets[1:] - offsets[:-1]).tolist()))


def sum_reference(x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    return torch.stack([part.sum(dim=0) for part in parts(x, offsets)])


def softmax_reference(x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    return torch.cat([torch.softmax(part, dim=0) for part in parts(x, offsets)]).to(x.dtype)


def layer_norm_reference(x: torch.Tensor, offsets: torch.Tensor, eps: float) -> torch.Tensor:
    def normalized(part: torch.Tensor) -> torch.Tensor:
        return (part - part.mean()) * torch.rsqrt(part.var(correction=0) + eps) if part.numel() else part

    return torch.cat([normalized(part) for part in parts(x, offsets)]).to(x.dtype)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    batch, longest, d = (5, 50, 40) if small else (512, 1024, 256)
    lengths = torch.randint(1, longest + 1, [batch], device=device)
    lengths[batch // 2] = 0
    offsets = torch.nn.functional.pad(lengths.cumsum(0), (1, 0))
    # Sequences that come from elsewhere need not fill their storage.
    total = longest * batch if device.type == "meta" else int(offsets[-1])
    return torch.randn(total, d, dtype=torch.bfloat16, device=device), offsets


def layer_norm_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, float]:
    return *arguments(device, small), EPSILON


EXAMPLES = [
    Example(jagged_sum, sum_reference, arguments, tolerance=1e-4),
    Example(jagged_softmax, softmax_reference, arguments),
    Example(jagged_layer_norm, layer_norm_reference, layer_norm_arguments, tolerance=2e-2),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
