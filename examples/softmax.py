# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The softmax of each row, three ways.

    python -m examples.softmax

`softmax` leaves it to PyTorch's own function on a tile, `softmax_whole_row` writes it out for a program that holds its
rows whole, and `softmax_online` reads the row in pieces, twice: rows may then be as long as memory allows.
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[1], num_warps=8))
def softmax(x: torch.Tensor) -> torch.Tensor:
    """The softmax of each row of x [m, n]."""
    out = torch.empty_like(x)
    for rows in hl.tile(x.size(0)):
        out[rows, :] = torch.softmax(x[rows, :], dim=1)
    return out


@helion.kernel(config=helion.Config(block_sizes=[1], num_warps=8))
def softmax_whole_row(x: torch.Tensor) -> torch.Tensor:
    """The same: largest value, exponentials relative to it, their sum."""
    out = torch.empty_like(x)
    for rows in hl.tile(x.size(0)):
        values = x[rows, :].to(torch.float32)
        exponentials = torch.exp(values - torch.amax(values, dim=1, keepdim=True))
        out[rows, :] = exponentials / exponentials.sum(dim=1, keepdim=True)
    return out


@helion.kernel(config=helion.Config(block_sizes=[1, 4096, 4096], num_warps=8))
def softmax_online(x: torch.Tensor) -> torch.Tensor:
    """The same in two passes: a sum of exponentials, rescaled whenever a larger value comes, then the quotients."""
    m, n = x.size()
    out = torch.empty_like(x)
    for rows in hl.tile(m):
        top = hl.full([rows], float("-inf"), dtype=torch.float32)
        total = hl.zeros([rows], dtype=torch.float32)
        for columns in hl.tile(n):
            values = x[rows, columns]
            new_top = torch.maximum(top, torch.amax(values, dim=1))
            total = total * torch.exp(top - new_top) + torch.exp(values - new_top[:, None]).sum(dim=1)
            top = new_top
        for columns in hl.tile(n):
            out[rows, columns] = torch.exp(x[rows, columns] - top[:, None]) / total[:, None]
    return out


def reference(x: torch.Tensor) -> torch.Tensor:
    return torch.softmax(x, dim=1)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor]:
    shape = (9, 100) if small else (16384, 8192)
    return (torch.randn(shape, dtype=torch.bfloat16, device=device),)


def long_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor]:
    shape = (3, 5000) if small else (4096, 65536)
    return (torch.randn(shape, dtype=torch.bfloat16, device=device),)


EXAMPLES = [
    Example(softmax, reference, arguments),
    Example(softmax_whole_row, reference, arguments),
    Example(softmax_online, reference, long_arguments),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
