# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Matrix products: plain, with an epilogue, and with the inner dimension split among programs.

python -m examples.matmul
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import torch

import helion
import helion.language as hl
from examples.harness import Example, run

if TYPE_CHECKING:
    from collections.abc import Callable

LARGE = helion.Config(
    block_sizes=[128, 256, 64], l2_groupings=[8], num_warps=8, num_stages=3, indexing="tensor_descriptor"
)


@helion.kernel(config=LARGE)
def matmul(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x [m, k] times y [k, n], accumulated in fp32, in the dtype of x."""
    m, k = x.size()
    k2, n = y.size()
    assert k == k2, f"inner sizes differ: {k} and {k2}"
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(k):
            acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
        out[tile_m, tile_n] = acc
    return out


@helion.kernel(config=LARGE)
def matmul_epilogue(
    x: torch.Tensor,
    y: torch.Tensor,
    epilogue: Callable[[torch.Tensor, tuple[torch.Tensor, ...]], torch.Tensor],
) -> torch.Tensor:
    """epilogue(x y, [tile_m, tile_n]): a function of the caller on each tile of the result, before it is rounded.

    The function gets the fp32 tile and its place, and may read other tensors there (its closure becomes arguments).
    """
    m, k = x.size()
    n = y.size(1)
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(k):
            acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
        out[tile_m, tile_n] = epilogue(acc, (tile_m, tile_n))
    return out


@helion.kernel(
    config=helion.Config(block_sizes=[64, 128, 2048, 64], num_warps=4, num_stages=4, indexing="tensor_descriptor"),
    static_shapes=True,
)
def matmul_split_k(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x [m, k] times y [k, n] for small m and n and a large k: programs share a tile of the result and add into it.

    Returns:
        fp32, since the parts are added in memory. The order of the additions changes from run to run.
    """
    m, k = x.size()
    n = y.size(1)
    out = torch.zeros([m, n], dtype=torch.float32, device=x.device)
    for tile_m, tile_n, part in hl.tile([m, n, k]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(part.begin, part.end):
            acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
        hl.atomic_add(out, [tile_m, tile_n], acc)
    return out


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    m, n, k = (70, 50, 100) if small else (8192, 8192, 8192)
    x = torch.randn(m, k, dtype=torch.bfloat16, device=device)
    return x, torch.randn(k, n, dtype=torch.bfloat16, device=device)


def epilogue_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, Callable[..., object]]:
    x, y = arguments(device, small)
    bias = torch.randn(y.size(1), dtype=torch.bfloat16, device=device)
    return x, y, lambda acc, tile: torch.relu(acc + bias[tile[1]])


def epilogue_reference(x: torch.Tensor, y: torch.Tensor, epilogue: Callable[..., torch.Tensor]) -> torch.Tensor:
    return epilogue(x @ y, (slice(None), slice(None)))


def split_k_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    m, n, k = (30, 20, 3000) if small else (256, 512, 65536)
    x = torch.randn(m, k, dtype=torch.bfloat16, device=device)
    return x, torch.randn(k, n, dtype=torch.bfloat16, device=device)


def split_k_reference(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x @ y).float()


def flops(x: torch.Tensor, y: torch.Tensor, *_: object) -> float:
    return 2.0 * x.size(0) * x.size(1) * y.size(1)


EXAMPLES = [
    Example(matmul, torch.matmul, arguments, flops),
    Example(matmul_epilogue, epilogue_reference, epilogue_arguments, flops, tolerance=2e-2),
    Example(matmul_split_k, split_k_reference, split_k_arguments, flops),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
