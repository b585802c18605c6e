# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Works that matrix products make: attention and the plain product."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from benchmarks import helion_kernels, triton_kernels
from benchmarks.case import Case
from examples.attention import attention

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def attention_case(
    batch: int = 2,
    heads: int = 32,
    sequence: int = 4096,
    head_dim: int = 128,
    causal: bool = False,
    bounded: bool = False,
) -> Case:
    """Flash attention, bf16: the guide's full one, or a causal one whose source bounds the loop itself or does not."""
    shape = (batch, heads, sequence, head_dim)
    q, k, v = (torch.randn(shape, dtype=torch.bfloat16, device="cuda") for _ in range(3))

    def sdpa(backend: SDPBackend) -> Callable[[], torch.Tensor]:
        def run() -> torch.Tensor:
            with sdpa_kernel(backend):
                return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal)

        return run

    def naive(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        scores = q @ k.transpose(-1, -2) / math.sqrt(head_dim)
        if causal:
            scores = scores.masked_fill(torch.ones_like(scores, dtype=torch.bool).triu(1), float("-inf"))
        return torch.softmax(scores, -1) @ v

    compiled = torch.compile(naive)
    flex = torch.compile(flex_attention)
    mask = create_block_mask(_is_seen, None, None, sequence, sequence) if causal else None
    rivals = {
        "cuDNN": sdpa(SDPBackend.CUDNN_ATTENTION),
        "FlashAttention-2 (torch)": sdpa(SDPBackend.FLASH_ATTENTION),
        "eager SDPA": lambda: torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal),
        "torch.compile, naive source": lambda: compiled(q, k, v),
        "torch.compile, flex_attention": lambda: flex(q, k, v, block_mask=mask),
    }
    if not causal:
        triton_kernels.allow_descriptors()
        tma = {"descriptors": True}
        specialized = {"descriptors": True, "warp_specialize": True, "num_warps": 4, "num_stages": 2}
        rivals |= {
            "plain Triton, pointers": lambda: triton_kernels.attention(q, k, v),
            "plain Triton, TMA": lambda: triton_kernels.attention(q, k, v, **tma),
            "plain Triton, TMA, warp specialized": lambda: triton_kernels.attention(q, k, v, **specialized),
        }
    return Case(
        title=f"attention {shape} bf16, {'causal' if causal else 'full'}",
        unit="TFLOP/s",
        amount=4.0 * batch * heads * sequence * sequence * head_dim / (2 if causal else 1),
        kernel=helion_kernels.causal_attention if causal else attention,
        arguments=(q, k, v, bounded) if causal else (q, k, v),
        configs=_LONG_HEADS if head_dim > 64 else _SHORT_HEADS,
        rivals=rivals,
    )


def naive_attention_case() -> Case:
    """The same attention, bf16, from a source that says softmax(q @ k.T) @ v: the loop over keys is the compiler's."""
    case = attention_case()
    q, k, v = (argument.flatten(0, 1) for argument in case.arguments)
    return replace(
        case,
        title=f"{case.title}, naive source",
        kernel=helion_kernels.naive_attention,
        arguments=(q, k, v),
        configs=[_rolled(config) for config in _LONG_HEADS],
        rivals={name: lambda run=run: run().view(q.shape) for name, run in case.rivals.items()},
    )


def _rolled(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """The configuration of a source without a loop over keys that does what `config` does for one with the loop."""
    if not config:
        return config
    *blocks, keys = config["block_sizes"]
    return {**config, "block_sizes": blocks, "reduction_loops": [keys]}


def _is_seen(_batch: torch.Tensor, _head: torch.Tensor, query: torch.Tensor, key: torch.Tensor) -> torch.Tensor:
    return query >= key


_TMA = {"indexing": "tensor_descriptor"}
_CHAINS = {"num_warps": 4, "num_stages": 2, "data_partition_factors": [1, 2], **_TMA}
_ROLES = {"range_warp_specializes": [None, True]}
_LONG_HEADS: list[Mapping[str, Any]] = [
    {},
    {"block_sizes": [1, 256, 64], **_CHAINS, **_ROLES},
    {"block_sizes": [1, 128, 64], **_CHAINS},
    {"block_sizes": [1, 128, 128], **_CHAINS, "data_partition_factors": [1, 1], **_ROLES},
    {"block_sizes": [1, 128, 128], "num_warps": 8, "num_stages": 3, **_TMA},
    {"block_sizes": [1, 128, 128], "num_warps": 8, "num_stages": 3, "indexing": "pointer"},
    {
        "block_sizes": [1, 128, 128],
        "num_warps": 8,
        "num_stages": 3,
        "indexing": ["pointer", "pointer", "tensor_descriptor", "pointer"],
    },
    {"block_sizes": [1, 128, 128], "num_warps": 8, "num_stages": 2, **_TMA},
    {"block_sizes": [1, 128, 64], "num_warps": 8, "num_stages": 3, **_TMA},
]
_SHORT_HEADS: list[Mapping[str, Any]] = [
    {},
    {"block_sizes": [1, 64, 64], "num_warps": 4, "num_stages": 3},
    {"block_sizes": [1, 128, 64], **_CHAINS, "num_stages": 3},
    {"block_sizes": [1, 64, 128], "num_warps": 4, "num_stages": 2, **_TMA},
    {"block_sizes": [1, 256, 128], **_CHAINS, **_ROLES},
]


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
            {},
            {
                **blocks,
                **_TMA,
                "num_stages": 3,
                "pid_type": "persistent_interleaved",
                "range_flattens": [True],
            },
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
