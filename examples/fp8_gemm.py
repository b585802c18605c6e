# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A matrix product of 8-bit floats, with a scale for each row of the left and each column of the right matrix.

python -m examples.fp8_gemm
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(
    config=helion.Config(
        block_sizes=[128, 256, 128], l2_groupings=[8], num_warps=8, num_stages=3, indexing="tensor_descriptor"
    )
)
def fp8_gemm(x: torch.Tensor, y: torch.Tensor, scale_x: torch.Tensor, scale_y: torch.Tensor) -> torch.Tensor:
    """(scale_x x) (scale_y y) in bf16, accumulated in fp32.

    Args:
        x: [m, k], float8_e4m3fn.
        y: [k, n], float8_e4m3fn; stored column by column, which is what the matrix unit reads.
        scale_x: [m, 1], fp32.
        scale_y: [1, n], fp32.
    """
    m, k = x.size()
    n = y.size(1)
    out = torch.empty([m, n], dtype=torch.bfloat16, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(k):
            acc = hl.dot(x[tile_m, tile_k], y[tile_k, tile_n], acc=acc)
        out[tile_m, tile_n] = acc * scale_x[tile_m, :] * scale_y[:, tile_n]
    return out


def reference(x: torch.Tensor, y: torch.Tensor, scale_x: torch.Tensor, scale_y: torch.Tensor) -> torch.Tensor:
    if x.is_cuda:
        return torch._scaled_mm(x, y, scale_x, scale_y, out_dtype=torch.bfloat16, use_fast_accum=True)
    return ((x.float() @ y.float()) * scale_x * scale_y).bfloat16()


def quantized(values: torch.Tensor, dim: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Values as 8-bit floats, and the scales along `dim` that give the values back."""
    scale = values.abs().amax(dim, keepdim=True) / torch.finfo(torch.float8_e4m3fn).max
    return (values / scale).to(torch.float8_e4m3fn), scale


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, ...]:
    m, n, k = (40, 48, 160) if small else (8192, 8192, 8192)
    # No sum is near zero: what is off is off by a share of it.
    x, scale_x = quantized(torch.rand(m, k, device=device), 1)
    y, scale_y = quantized(torch.rand(n, k, device=device), 1)
    return x, y.t(), scale_x, scale_y.t()


def flops(x: torch.Tensor, y: torch.Tensor, *_: object) -> float:
    return 2.0 * x.numel() * y.size(1)


# Hopper's matrix unit sums products of 8-bit floats up with fewer bits than fp32 has, which adds up over 8192 terms;
# `dot_precision="ieee"` has the kernel sum in fp32, at a third of the speed.
EXAMPLES = [Example(fp8_gemm, reference, arguments, flops, tolerance=5e-2)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
