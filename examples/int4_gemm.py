# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A matrix product with 4-bit integer weights, two in a byte, unpacked in registers.

python -m examples.int4_gemm
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[64, 128, 32], num_warps=4, num_stages=3))
def int4_gemm(x: torch.Tensor, packed: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    """x [m, k] times weights [k, n] of -8 … 7, with a scale for each column, accumulated in fp32.

    Args:
        x: [m, k], fp16 or bf16.
        packed: [k // 2, n], int8; the low half of a byte of row i holds row i of the weights, the high half row
            i + k / 2. Both halves then multiply columns of x that lie side by side in memory.
        scale: [n], fp32.

    Returns:
        [m, n] in the dtype of x.
    """
    m, k = x.size()
    half, n = packed.size()
    assert k == 2 * half, f"{k} columns need {k // 2} rows of packed weights, not {half}"
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(half):
            both = packed[tile_k, tile_n]
            low, high = (both << 4) >> 4, both >> 4
            acc = torch.addmm(acc, x[tile_m, tile_k], low.to(x.dtype))
            acc = torch.addmm(acc, x[tile_m, tile_k + half], high.to(x.dtype))
        out[tile_m, tile_n] = acc * scale[tile_n]
    return out


def unpacked(packed: torch.Tensor) -> torch.Tensor:
    """The weights [k, n], int8, of packed [k // 2, n]."""
    return torch.cat([(packed << 4) >> 4, packed >> 4])


def reference(x: torch.Tensor, packed: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    return ((x @ unpacked(packed).to(x.dtype)) * scale).to(x.dtype)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    m, n, k = (40, 50, 180) if small else (64, 8192, 8192)
    x = torch.randn(m, k, dtype=torch.bfloat16, device=device)
    packed = torch.randint(-128, 128, [k // 2, n], dtype=torch.int8, device=device)
    return x, packed, torch.rand(n, device=device) / 100


def flops(x: torch.Tensor, packed: torch.Tensor, scale: torch.Tensor) -> float:
    return 2.0 * x.numel() * packed.size(1)


EXAMPLES = [Example(int4_gemm, reference, arguments, flops, tolerance=2e-2)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
