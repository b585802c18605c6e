# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples do what PyTorch does, on the CPU, sizes that no block divides included."""

from __future__ import annotations

import pytest
import torch

import helion
from benchmarks import helion_kernels
from examples.attention import attention, reference


def _with(kernel: helion.Kernel, **config: object) -> helion.Kernel:
    return helion.kernel(kernel.fn, config=helion.Config(**config), static_shapes=True)


@pytest.mark.parametrize(
    ("m", "n", "d", "dtype"),
    [
        (64, 96, 64, torch.float16),
        (33, 50, 32, torch.float32),
        (1, 100, 16, torch.float32),
    ],
)
def test_attention_matches_pytorch(m: int, n: int, d: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    q = torch.randn(1, 2, m, d, dtype=dtype)
    k, v = (torch.randn(1, 2, n, d, dtype=dtype) for _ in range(2))
    result = _with(attention, block_sizes=[1, 32, 32])(q, k, v)
    torch.testing.assert_close(result, reference(q, k, v), rtol=1e-2, atol=1e-2)


def test_matmul_matches_pytorch() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(70, 50), torch.randn(50, 33)
    result = _with(helion_kernels.matmul, block_sizes=[32, 32, 16])(x, y)
    torch.testing.assert_close(result, x @ y, rtol=1e-2, atol=1e-2)


def test_softmax_matches_pytorch() -> None:
    torch.manual_seed(0)
    x = torch.randn(37, 100, dtype=torch.bfloat16)
    result = _with(helion_kernels.softmax, block_sizes=[4])(x)
    torch.testing.assert_close(result, torch.softmax(x.float(), -1).bfloat16(), rtol=1e-2, atol=1e-2)


def test_add_matches_pytorch() -> None:
    x, y = torch.randn(33, 65), torch.randn(33, 65)
    result = _with(helion_kernels.add, block_sizes=[8, 32])(x, y)
    torch.testing.assert_close(result, x + y)
