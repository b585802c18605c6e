# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels on the GPU against eager PyTorch, under several configurations."""

from __future__ import annotations

import pytest
import torch

import helion
from benchmarks import helion_kernels
from examples.attention import attention

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
]


def kernel_with(kernel: helion.Kernel, **config: object) -> helion.Kernel:
    return helion.kernel(kernel.fn, config=helion.Config(**config), static_shapes=True)


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
@pytest.mark.parametrize("blocks", [[1, 64, 64], [1, 128, 64], [2, 32, 32]])
@pytest.mark.parametrize("shape", [(2, 4, 256, 64), (1, 3, 200, 64), (1, 2, 512, 128)])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_attention(dtype: torch.dtype, shape: tuple[int, ...], blocks: list[int], indexing: str) -> None:
    torch.manual_seed(0)
    q, k, v = (torch.randn(shape, device="cuda", dtype=dtype) for _ in range(3))
    got = kernel_with(attention, block_sizes=blocks, num_warps=4, num_stages=2, indexing=indexing)(q, k, v)
    wanted = torch.nn.functional.scaled_dot_product_attention(q.float(), k.float(), v.float()).to(dtype)
    torch.testing.assert_close(got, wanted, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
@pytest.mark.parametrize("groups", [1, 4])
@pytest.mark.parametrize("shape", [(256, 256, 256), (300, 200, 100), (64, 1000, 72)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_matmul(dtype: torch.dtype, shape: tuple[int, int, int], groups: int, indexing: str) -> None:
    torch.manual_seed(0)
    m, n, k = shape
    x, y = torch.randn(m, k, device="cuda", dtype=dtype), torch.randn(k, n, device="cuda", dtype=dtype)
    config = {"block_sizes": [64, 64, 32], "num_warps": 4, "num_stages": 3}
    got = kernel_with(helion_kernels.matmul, **config, l2_groupings=[groups], indexing=indexing)(x, y)
    torch.testing.assert_close(got.float(), x.float() @ y.float(), atol=5e-1, rtol=3e-2)


@pytest.mark.parametrize("columns", [17, 1000, 4096])
@pytest.mark.parametrize("block", [1, 4])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_softmax(dtype: torch.dtype, block: int, columns: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(130, columns, device="cuda", dtype=dtype)
    got = kernel_with(helion_kernels.softmax, block_sizes=[block], num_warps=4)(x)
    torch.testing.assert_close(got, torch.softmax(x, -1), atol=1e-2, rtol=1e-2)


def test_views_that_start_off_16_bytes() -> None:
    storage = torch.randn(4 * 64 + 3, device="cuda")
    x = storage[3:].view(4, 64)
    y = torch.randn(4, 64, device="cuda")
    add = kernel_with(helion_kernels.add, block_sizes=[2, 64])
    torch.testing.assert_close(add(y, y), y + y)
    torch.testing.assert_close(add(x, y), x + y)


def test_sizes_change_under_dynamic_shapes() -> None:
    add = helion.kernel(helion_kernels.add.fn, static_shapes=False, autotune_effort="none")
    for shape in ((4, 64), (100, 33), (1, 7)):
        x, y = torch.randn(shape, device="cuda"), torch.randn(shape, device="cuda")
        torch.testing.assert_close(add(x, y), x + y)


def test_launches_follow_torchs_current_stream() -> None:
    x = torch.randn(1 << 20, 4, device="cuda")
    add = kernel_with(helion_kernels.add, block_sizes=[256, 4])
    add(x, x)
    stream = torch.cuda.Stream()
    with torch.cuda.stream(stream):
        y = x.clone()
        for _ in range(20):
            y = add(y, x)
    stream.synchronize()
    torch.testing.assert_close(y, x * 21)


def test_kernels_can_be_captured_in_a_graph() -> None:
    x = torch.randn(256, 64, device="cuda")
    add = kernel_with(helion_kernels.add, block_sizes=[32, 64])
    add(x, x)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = add(x, x)
    x.fill_(3.0)
    graph.replay()
    torch.testing.assert_close(out, torch.full_like(x, 6.0))
