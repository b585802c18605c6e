# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A sum of fp32 products is one of fp32 products: Triton would take it for a matrix product in tf32."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from benchmarks import helion_kernels
from helion.testing import check

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")


@helion.kernel(config=helion.Config(block_sizes=[32, 32, 16]))
def outer_sum(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    m, k = x.size()
    n = y.size(1)
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for rows, columns in hl.tile([m, n]):
        acc = hl.zeros([rows, columns], dtype=torch.float32)
        for depth in hl.tile(k):
            acc += (x[rows, depth][:, :, None] * y[depth, columns][None, :, :]).sum(1)
        out[rows, columns] = acc
    return out


_ARGS = (torch.empty(64, 64), torch.empty(64, 64))


@pytest.mark.parametrize("target", TARGETS)
def test_no_dot_in_what_triton_makes_of_it(target: str) -> None:
    assert "tt.dot" not in outer_sum.bind(_ARGS).compile(target=target).asm["ttir"]
    product = helion_kernels.matmul.bind(_ARGS)
    assert "tt.dot" in product.compile({"block_sizes": [32, 32, 16]}, target=target).asm["ttir"]


def test_numbers_keep_all_their_bits(device: str) -> None:
    # One element that tf32 would round away: 1 + 2^-20.
    x = torch.full((32, 16), 1 + 2.0**-20)
    check(outer_sum, (x, torch.eye(16, 32)), torch.matmul, device=device, rtol=0, atol=0)
