# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layer norm of long rows by Welford's method: mean and variance in one pass, combined from parts.

python -m examples.welford
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from examples.harness import Example, run

EPSILON = 1e-5


@helion.kernel(config=helion.Config(block_sizes=[1, 4096, 4096], num_warps=8))
def welford(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float) -> torch.Tensor:
    """Layer norm over the last dimension of x [m, n]; weight and bias [n].

    A part of a row contributes its count, mean and sum of squared distances from its mean; two parts combine without
    the cancellation that a difference of sums of squares suffers.
    """
    m, n = x.size()
    out = torch.empty_like(x)
    for rows in hl.tile(m):
        count = hl.zeros([rows], dtype=torch.float32)
        mean = hl.zeros([rows], dtype=torch.float32)
        squares = hl.zeros([rows], dtype=torch.float32)
        for columns in hl.tile(n):
            values = x[rows, columns].to(torch.float32)
            length = columns.end - columns.begin
            part_mean = values.sum(dim=-1) / length
            part_squares = (values - part_mean[:, None]).square().sum(dim=-1)
            total = count + length
            delta = part_mean - mean
            mean = mean + delta * (length / total)
            squares = squares + part_squares + delta * delta * (count * length / total)
            count = total
        scale = torch.rsqrt(squares / count + eps)
        for columns in hl.tile(n):
            normal = (x[rows, columns].to(torch.float32) - mean[:, None]) * scale[:, None]
            out[rows, columns] = normal * weight[columns] + bias[columns]
    return out


def reference(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float) -> torch.Tensor:
    return F.layer_norm(x, [x.size(1)], weight, bias, eps)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    m, n = (3, 5000) if small else (8192, 65536)
    dtype = torch.float32 if small else torch.bfloat16
    # A mean far from zero, as sums of squares do not like it.
    x = torch.randn(m, n, dtype=dtype, device=device) + 30
    weight, bias = (torch.randn(n, dtype=dtype, device=device) for _ in range(2))
    return x, weight, bias, EPSILON


EXAMPLES = [Example(welford, reference, arguments, tolerance=2e-2)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
