# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Attention in several forms; the plain one is the example's."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import torch
import torch.nn.functional as F

import helion.language as hl

from .entry import entry

sys.path.insert(0, str(Path(__file__).resolve().parents[4]))
from examples.attention import attention as example
from examples.attention import reference


def _qkv(m: int, n: int, d: int, dtype: torch.dtype, batch: tuple[int, int] = (1, 2)):
    return lambda: tuple(torch.randn(*batch, size, d).to(dtype) for size in (m, n, n))


def _large(d: int, dtype: torch.dtype):
    return lambda: tuple(torch.empty(2, 32, 4096, d, dtype=dtype) for _ in range(3))


_BF16, _FP16 = torch.bfloat16, torch.float16
_BLOCKS = {"block_sizes": [1, 128, 64], "num_stages": 3}

for _name, _head, _dtype, _config in (
    ("attention_bf16_128", 128, _BF16, {**_BLOCKS, "num_warps": 8}),
    ("attention_bf16_64", 64, _BF16, {**_BLOCKS, "num_warps": 4}),
    ("attention_fp16_128", 128, _FP16, {**_BLOCKS, "num_warps": 8}),
    ("attention_fp16_64", 64, _FP16, {**_BLOCKS, "num_warps": 4}),
    ("attention_descriptor_128", 128, _BF16, {**_BLOCKS, "num_warps": 8, "indexing": "tensor_descriptor"}),
    ("attention_descriptor_64", 64, _FP16, {**_BLOCKS, "num_warps": 4, "indexing": "tensor_descriptor"}),
):
    entry(
        _name,
        _qkv(128, 128, _head, _dtype),
        reference,
        _config,
        large=_large(_head, _dtype),
        tolerance=1e-2,
        # 64 KiB of shared memory hold two stages of 128 columns, not three.
        amd={"num_stages": 2},
        static_shapes=True,
    )(example.fn)

entry(
    "attention_ragged",
    _qkv(50, 70, 64, _FP16),
    reference,
    {"block_sizes": [1, 32, 32]},
    tolerance=1e-2,
    static_shapes=True,
)(example.fn)
entry(
    "attention_ragged_descriptor",
    _qkv(50, 70, 64, _BF16),
    reference,
    {"block_sizes": [1, 32, 32], "indexing": "tensor_descriptor"},
    tolerance=1e-2,
    static_shapes=True,
)(example.fn)
entry(
    "attention_narrow_head",
    _qkv(40, 40, 48, _FP16),
    reference,
    {"block_sizes": [1, 16, 32]},
    tolerance=1e-2,
    static_shapes=True,
)(example.fn)
entry(
    "attention_dynamic",
    _qkv(50, 70, 64, _BF16),
    reference,
    {"block_sizes": [1, 32, 32], "num_stages": 2},
    tolerance=1e-2,
    static_shapes=False,
)(example.fn)


@entry(
    "attention_causal",
    _qkv(70, 70, 32, _FP16),
    lambda q, k, v: F.scaled_dot_product_attention(q.float(), k.float(), v.float(), is_causal=True).to(q.dtype),
    {"block_sizes": [1, 32, 16]},
    tolerance=1e-2,
)
def attention_causal(q_in: torch.Tensor, k_in: torch.Tensor, v_in: torch.Tensor) -> torch.Tensor:
    """Keys behind a query do not count for it: the loop ends with the tile of queries."""
    n = q_in.size(-2)
    d = hl.specialize(q_in.size(-1))
    q, k, v = (x.reshape([-1, n, d]) for x in (q_in, k_in, v_in))
    out = torch.empty_like(q)
    scale = 1.44269504 / math.sqrt(d)
    for batch, queries in hl.tile([q.size(0), n]):
        top = hl.full([batch, queries], float("-inf"), dtype=torch.float32)
        total = hl.zeros([batch, queries], dtype=torch.float32)
        acc = hl.zeros([batch, queries, d], dtype=torch.float32)
        for keys in hl.tile(queries.end):
            scores = torch.bmm(q[batch, queries, :], k[batch, keys, :].transpose(1, 2)) * scale
            seen = queries.index[:, None] >= keys.index[None, :]
            scores = torch.where(seen[None, :, :], scores.to(torch.float32), float("-inf"))
            new_top = torch.maximum(top, torch.amax(scores, -1))
            weights = torch.exp2(scores - new_top[:, :, None])
            shrink = torch.exp2(top - new_top)
            total = total * shrink + weights.sum(-1)
            acc = torch.baddbmm(acc * shrink[:, :, None], weights.to(v.dtype), v[batch, keys, :])
            top = new_top
        out[batch, queries, :] = (acc / total[:, :, None]).to(out.dtype)
    return out.view(q_in.size())


def _of_scalars(q, k, v):
    return torch.softmax(q[:, None] * k[None, :], 1) @ v


@entry(
    "attention_of_scalars",
    lambda: (torch.randn(90), torch.randn(90), torch.randn(90)),
    _of_scalars,
    {"block_sizes": [32, 32]},
    tolerance=1e-4,
)
def attention_of_scalars(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Queries, keys and values are numbers: the online softmax alone, without a matrix product."""
    out = torch.empty_like(q)
    for queries in hl.tile(q.size(0)):
        mine = q[queries]
        top = torch.full_like(mine, float("-inf"))
        total = torch.zeros_like(mine)
        weighted = torch.zeros_like(mine)
        for keys in hl.tile(k.size(0)):
            scores = mine[:, None] * k[keys][None, :]
            new_top = torch.maximum(top, torch.max(scores, dim=1)[0])
            shrink = torch.exp(top - new_top)
            weights = torch.exp(scores - new_top[:, None])
            total = total * shrink + torch.sum(weights, dim=1)
            weighted = weighted * shrink + torch.sum(weights * v[keys][None, :], dim=1)
            top = new_top
        out[queries] = weighted / total
    return out
