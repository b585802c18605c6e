# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Root mean square norm, for rows that a program holds whole and for rows that it reads in pieces.

python -m examples.rms_norm
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from examples.harness import Example, run

EPSILON = 1e-6


@helion.kernel(config=helion.Config(block_sizes=[1], num_warps=8))
def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """Each row of x [m, n] divided by the root of the mean of its squares, times weight [n]; in the dtype of x."""
    out = torch.empty_like(x)
    for rows in hl.tile(x.size(0)):
        values = x[rows, :].to(torch.float32)
        scale = torch.rsqrt(torch.mean(values * values, dim=-1, keepdim=True) + eps)
        out[rows, :] = values * scale * weight[:]
    return out


@helion.kernel(config=helion.Config(block_sizes=[1, 8192, 8192], num_warps=8))
def rms_norm_long(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """The same in two passes over the row."""
    m, n = x.size()
    out = torch.empty_like(x)
    for rows in hl.tile(m):
        squares = hl.zeros([rows], dtype=torch.float32)
        for columns in hl.tile(n):
            squares += x[rows, columns].to(torch.float32).square().sum(dim=-1)
        scale = torch.rsqrt(squares / n + eps)
        for columns in hl.tile(n):
            out[rows, columns] = x[rows, columns].to(torch.float32) * scale[:, None] * weight[columns]
    return out


def reference(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    return F.rms_norm(x, [x.size(1)], weight, eps)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, float]:
    m, n = (9, 100) if small else (16384, 8192)
    dtype = torch.float32 if small else torch.bfloat16
    return torch.randn(m, n, dtype=dtype, device=device), torch.randn(n, dtype=dtype, device=device), EPSILON


def long_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, float]:
    m, n = (3, 9000) if small else (8192, 65536)
    dtype = torch.float32 if small else torch.bfloat16
    return torch.randn(m, n, dtype=dtype, device=device), torch.randn(n, dtype=dtype, device=device), EPSILON


EXAMPLES = [
    Example(rms_norm, reference, arguments, tolerance=2e-2),
    Example(rms_norm_long, reference, long_arguments, tolerance=2e-2),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
