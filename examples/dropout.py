# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dropout that stores no mask: the backward pass draws the same numbers again from the seed.

python -m examples.dropout
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from examples.harness import Example, run
from helion.language.philox import philox, uniform


@helion.kernel(config=helion.Config(block_sizes=[2048], num_warps=4))
def dropout(x: torch.Tensor, p: float, seed: int) -> torch.Tensor:
    """Zero with probability p, else x / (1 - p). The same seed drops the same elements, whatever the block size."""
    flat = x.reshape(-1)
    out = torch.empty_like(flat)
    for tile in hl.tile(flat.size(0)):
        keep = hl.rand([tile], seed=seed) > p
        out[tile] = torch.where(keep, flat[tile].to(torch.float32) / (1 - p), 0.0)
    return out.view(x.shape)


class Dropout(torch.autograd.Function):
    """`Dropout.apply(x, p, seed)`: the backward pass is the same kernel on the gradient."""

    @staticmethod
    def forward(ctx, x: torch.Tensor, p: float, seed: int) -> torch.Tensor:
        ctx.p, ctx.seed = p, seed
        return dropout(x, p, seed)

    @staticmethod
    def backward(ctx, grad: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return dropout(grad, ctx.p, ctx.seed), None, None


def reference(x: torch.Tensor, p: float, seed: int) -> torch.Tensor:
    """The numbers that `hl.rand` draws, drawn on the host."""
    keep = uniform(philox(seed, torch.arange(x.numel(), device=x.device))[0]) > p
    return torch.where(keep.view(x.shape), x.float() / (1 - p), 0.0).to(x.dtype)


def baseline(x: torch.Tensor, p: float, seed: int) -> torch.Tensor:
    """PyTorch's own, which stores a mask."""
    return F.dropout(x, p, training=True)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, float, int]:
    shape = (9, 100) if small else (16384, 8192)
    return torch.randn(shape, dtype=torch.bfloat16, device=device), 0.25, 1234


EXAMPLES = [Example(dropout, reference, arguments, baseline=baseline)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
