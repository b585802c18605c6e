# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The product of each pair of matrices of two batches.

python -m examples.batched_matmul
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(
    config=helion.Config(block_sizes=[1, 128, 256, 64], num_warps=8, num_stages=3, indexing="tensor_descriptor")
)
def batched_matmul(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x [b, m, k] times y [b, k, n], accumulated in fp32, in the dtype that PyTorch promotes to."""
    b, m, k = x.size()
    b2, k2, n = y.size()
    assert b == b2 and k == k2, f"sizes do not fit: {list(x.shape)} and {list(y.shape)}"
    out = torch.empty([b, m, n], dtype=torch.promote_types(x.dtype, y.dtype), device=x.device)
    for tile_b, tile_m, tile_n in hl.tile([b, m, n]):
        acc = hl.zeros([tile_b, tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(k):
            acc = torch.baddbmm(acc, x[tile_b, tile_m, tile_k], y[tile_b, tile_k, tile_n])
        out[tile_b, tile_m, tile_n] = acc
    return out


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    b, m, n, k = (3, 40, 50, 100) if small else (64, 1024, 1024, 1024)
    x = torch.randn(b, m, k, dtype=torch.bfloat16, device=device)
    return x, torch.randn(b, k, n, dtype=torch.bfloat16, device=device)


def flops(x: torch.Tensor, y: torch.Tensor) -> float:
    return 2.0 * x.numel() * y.size(2)


EXAMPLES = [Example(batched_matmul, torch.bmm, arguments, flops)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
