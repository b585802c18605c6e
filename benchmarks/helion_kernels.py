# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The Helion kernels that are measured; attention stands in examples/attention.py."""

from __future__ import annotations

import torch

import helion
import helion.language as hl


@helion.kernel(static_shapes=True)
def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x + y, both [m, n] of one dtype."""
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        out[tile] = x[tile] + y[tile]
    return out


@helion.kernel(static_shapes=True)
def matmul(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x [m, k] times y [k, n], accumulated in fp32, in the dtype of x."""
    m, k = x.size()
    n = y.size(1)
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(k):
            acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
        out[tile_m, tile_n] = acc.to(x.dtype)
    return out


@helion.kernel(static_shapes=True)
def softmax(x: torch.Tensor) -> torch.Tensor:
    """The softmax of each row of x [m, n], computed in fp32, in the dtype of x; a program holds whole rows."""
    m, _ = x.size()
    out = torch.empty_like(x)
    for tile_m in hl.tile(m):
        row = x[tile_m, :].to(torch.float32)
        exponentials = torch.exp(row - torch.amax(row, -1)[:, None])
        out[tile_m, :] = (exponentials / torch.sum(exponentials, -1)[:, None]).to(x.dtype)
    return out
