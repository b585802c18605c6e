# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The sum of two tensors: the smallest kernel, and as fast as memory is.

python -m examples.add
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[1, 2048], num_warps=4))
def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x + y, for matrices that broadcast to one shape; the dtype is the one that PyTorch promotes to."""
    x, y = torch.broadcast_tensors(x, y)
    out = torch.empty(x.shape, dtype=torch.promote_types(x.dtype, y.dtype), device=x.device)
    for tile in hl.tile(out.size()):
        out[tile] = x[tile] + y[tile]
    return out


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    shape = (33, 65) if small else (16384, 16384)
    return torch.randn(shape, dtype=torch.bfloat16, device=device), torch.randn(
        shape, dtype=torch.bfloat16, device=device
    )


def broadcast_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    m, n = (33, 65) if small else (16384, 16384)
    return torch.randn(m, n, dtype=torch.bfloat16, device=device), torch.randn(1, n, device=device)


EXAMPLES = [
    Example(add, torch.add, arguments),
    Example(add, torch.add, broadcast_arguments, name="add, a row in fp32"),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
