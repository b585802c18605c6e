# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One matrix product for each group of rows, groups of any size: the experts of a mixture.

python -m examples.grouped_gemm
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[128, 128, 64], num_warps=8, num_stages=4))
def grouped_gemm(x: torch.Tensor, weights: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    """Rows offsets[g] to offsets[g + 1] of x times weights[g], for each group g.

    Args:
        x: [total, k].
        weights: [groups, k, n].
        offsets: [groups + 1], int32 or int64, from 0 to total; the kernel reads it, the host does not wait for it.

    Returns:
        [total, n] in the dtype of x.
    """
    total, k = x.size()
    groups, _, n = weights.size()
    out = torch.empty([total, n], dtype=x.dtype, device=x.device)
    for group, tile_n in hl.tile([groups, n], block_size=[1, None]):
        g = group.begin
        for tile_m in hl.tile(offsets[g], offsets[g + 1]):
            acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
            for tile_k in hl.tile(k):
                acc = torch.addmm(acc, x[tile_m, tile_k], weights[g, tile_k, tile_n])
            out[tile_m, tile_n] = acc
    return out


def reference(x: torch.Tensor, weights: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    lengths = (offsets[1:] - offsets[:-1]).tolist()
    return torch.cat([part @ weight for part, weight in zip(x.split(lengths), weights)])


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    lengths, k, n = ([30, 0, 50, 7], 40, 50) if small else ([512, 3072, 0, 1536, 2048, 700, 100, 224], 4096, 4096)
    offsets = torch.tensor([sum(lengths[:end]) for end in range(len(lengths) + 1)], dtype=torch.int32, device=device)
    x = torch.randn(sum(lengths), k, dtype=torch.bfloat16, device=device)
    return x, torch.randn(len(lengths), k, n, dtype=torch.bfloat16, device=device), offsets


def flops(x: torch.Tensor, weights: torch.Tensor, offsets: torch.Tensor) -> float:
    return 2.0 * x.numel() * weights.size(2)


EXAMPLES = [Example(grouped_gemm, reference, arguments, flops)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
