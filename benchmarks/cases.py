# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `kernels.py` measures: for each work its inputs, its Helion kernel with configurations, and its rivals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import flex_attention

from benchmarks import helion_kernels, triton_kernels
from examples.attention import attention

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import helion


@dataclass(frozen=True)
class Case:
    """One work to measure.

    Attributes:
        title: with shape and dtype.
        unit: "TFLOP/s" or "TB/s".
        amount: floating-point operations, or bytes read and written, of one run.
        kernel: the Helion kernel and its arguments.
        configs: hand-written configurations for it, each one a row; one that a machine refuses costs nothing else.
        rivals: name to a run of the same work; the first is the reference for the results.
        tolerance: largest difference allowed, relative to the largest result.
    """

    title: str
    unit: str
    amount: float
    kernel: helion.Kernel
    arguments: tuple[torch.Tensor, ...]
    configs: Sequence[Mapping[str, Any]]
    rivals: Mapping[str, Callable[[], torch.Tensor]]
    tolerance: float = 2e-2

    def figure(self, milliseconds: float) -> float:
        """Trillions of `amount` per second."""
        return self.amount / (1e9 * milliseconds)


def attention_case(batch: int = 2, heads: int = 32, sequence: int = 4096, head_dim: int = 128) -> Case:
    """The guide's flash attention, full, bf16."""
    shape = (batch, heads, sequence, head_dim)
    q, k, v = (torch.randn(shape, dtype=torch.bfloat16, device="cuda") for _ in range(3))

    def sdpa(backend: SDPBackend) -> Callable[[], torch.Tensor]:
        def run() -> torch.Tensor:
            with sdpa_kernel(backend):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v)

        return run

    def naive(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        return torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(head_dim), -1) @ v

    compiled = torch.compile(naive)
    flex = torch.compile(flex_attention)
    triton_kernels.allow_descriptors()
    tma = {"descriptors": True}
    specialized = {"descriptors": True, "warp_specialize": True, "num_warps": 4, "num_stages": 2}
    chains = {"num_warps": 4, "num_stages": 2, "indexing": "tensor_descriptor", "data_partition_factors": [1, 2]}
    return Case(
        title=f"attention {shape} bf16, full",
        unit="TFLOP/s",
        amount=4.0 * batch * heads * sequence * sequence * head_dim,
        kernel=attention,
        arguments=(q, k, v),
        configs=[
            {"block_sizes": [1, 128, 128], "num_warps": 8, "num_stages": 3, "indexing": "tensor_descriptor"},
            {"block_sizes": [1, 128, 128], "num_warps": 8, "num_stages": 3, "indexing": "pointer"},
            {"block_sizes": [1, 128, 128], "num_warps": 8, "num_stages": 2, "indexing": "tensor_descriptor"},
            {"block_sizes": [1, 128, 64], "num_warps": 8, "num_stages": 3, "indexing": "tensor_descriptor"},
            {"block_sizes": [1, 64, 128], "num_warps": 4, "num_stages": 3, "indexing": "tensor_descriptor"},
            {"block_sizes": [1, 128, 64], "num_warps": 4, "num_stages": 3, "indexing": "tensor_descriptor"},
            {**chains, "block_sizes": [1, 256, 64], "range_warp_specializes": [None, True]},
            {**chains, "block_sizes": [1, 128, 64]},
            {
                **chains,
                "block_sizes": [1, 128, 128],
                "data_partition_factors": [1, 1],
                "range_warp_specializes": [None, True],
            },
        ],
        rivals={
            "cuDNN": sdpa(SDPBackend.CUDNN_ATTENTION),
            "FlashAttention-2 (torch)": sdpa(SDPBackend.FLASH_ATTENTION),
            "eager SDPA": lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v),
            "torch.compile, naive source": lambda: compiled(q, k, v),
            "torch.compile, flex_attention": lambda: flex(q, k, v),
            "plain Triton, pointers": lambda: triton_kernels.attention(q, k, v),
            "plain Triton, TMA": lambda: triton_kernels.attention(q, k, v, **tma),
            "plain Triton, TMA, warp specialized": lambda: triton_kernels.attention(q, k, v, **specialized),
        },
    )


def matmul_case(size: int = 8192) -> Case:
    """A square matrix product, bf16 in and out, fp32 inside."""
    x, y = (torch.randn(size, size, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    # Without max-autotune torch.compile hands a lone product to cuBLAS: its own kernels are the rival.
    compiled = torch.compile(torch.matmul, mode="max-autotune-no-cudagraphs")
    triton_kernels.allow_descriptors()
    blocks = {"block_sizes": [128, 256, 64], "num_warps": 8, "l2_groupings": [8]}
    return Case(
        title=f"matmul {size}³ bf16",
        unit="TFLOP/s",
        amount=2.0 * size**3,
        kernel=helion_kernels.matmul,
        arguments=(x, y),
        configs=[
            {**blocks, "num_stages": 3, "indexing": "tensor_descriptor"},
            {**blocks, "num_stages": 4, "indexing": "tensor_descriptor"},
            {**blocks, "num_stages": 3, "indexing": "pointer"},
            {**blocks, "block_sizes": [128, 128, 64], "num_stages": 4, "indexing": "tensor_descriptor"},
        ],
        rivals={
            "cuBLAS (torch.matmul)": lambda: torch.matmul(x, y),
            "torch.compile, max-autotune": lambda: compiled(x, y),
            "plain Triton, pointers": lambda: triton_kernels.matmul(x, y),
            "plain Triton, TMA": lambda: triton_kernels.matmul(x, y, descriptors=True),
        },
    )


def softmax_case(rows: int = 16384, columns: int = 8192) -> Case:
    """The softmax of each row, bf16 in and out."""
    x = torch.randn(rows, columns, dtype=torch.bfloat16, device="cuda")
    compiled = torch.compile(lambda x: torch.softmax(x, -1))
    return Case(
        title=f"softmax {rows}×{columns} bf16",
        unit="TB/s",
        amount=2.0 * x.numel() * x.element_size(),
        kernel=helion_kernels.softmax,
        arguments=(x,),
        configs=[{"block_sizes": [1], "num_warps": warps, "num_stages": 1} for warps in (4, 8, 16, 32)],
        rivals={
            "eager": lambda: torch.softmax(x, -1),
            "torch.compile": lambda: compiled(x),
        },
    )


def add_case(size: int = 16384) -> Case:
    """An elementwise sum, bf16: what memory gives."""
    x, y = (torch.randn(size, size, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    compiled = torch.compile(torch.add)
    return Case(
        title=f"add {size}² bf16",
        unit="TB/s",
        amount=3.0 * x.numel() * x.element_size(),
        kernel=helion_kernels.add,
        arguments=(x, y),
        configs=[
            {"block_sizes": [1, 2048], "num_warps": 4},
            {"block_sizes": [1, 4096], "num_warps": 8},
            {"block_sizes": [1, 1024], "num_warps": 4},
        ],
        rivals={
            "eager": lambda: torch.add(x, y),
            "torch.compile": lambda: compiled(x, y),
            "plain Triton": lambda: triton_kernels.add(x, y),
        },
    )


CASES: dict[str, Callable[[], Case]] = {
    "attention": attention_case,
    "matmul": matmul_case,
    "softmax": softmax_case,
    "add": add_case,
}
