# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The Helion kernels that are measured; full attention stands in examples/attention.py."""

from __future__ import annotations

import math

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


@helion.kernel(static_shapes=True)
def causal_attention(q_in: torch.Tensor, k_in: torch.Tensor, v_in: torch.Tensor, bounded: hl.constexpr) -> torch.Tensor:
    """Attention in which query i of m sees the keys up to its own position.

    Args:
        q_in: queries, [..., m, d], fp16 or bf16.
        k_in: keys, [..., n, d], n >= m.
        v_in: values, [..., n, d].
        bounded: whether the source says where the keys of a tile of queries end, or leaves it to the mask alone.

    Returns:
        [..., m, d] in the dtype of `q_in`, accumulated in fp32.
    """
    m, n, d = q_in.size(-2), k_in.size(-2), hl.specialize(q_in.size(-1))
    q_all = q_in.reshape([-1, m, d])
    k_all = k_in.reshape([-1, n, d]).transpose(1, 2)
    v_all = v_in.reshape([-1, n, d])
    out = torch.empty_like(q_all)
    scale = math.log2(math.e) / math.sqrt(d)
    for tile_b, tile_m in hl.tile([q_all.size(0), m]):
        top = hl.full([tile_b, tile_m], float("-inf"), dtype=torch.float32)
        total = torch.full_like(top, 1.0)
        acc = hl.zeros([tile_b, tile_m, d], dtype=torch.float32)
        q = q_all[tile_b, tile_m, :]
        for tile_n in hl.tile(tile_m.end if bounded else n):
            scores = torch.bmm(q, k_all[tile_b, :, tile_n])
            scores = torch.where(tile_m.index[:, None] >= tile_n.index[None, :], scores, float("-inf"))
            new_top = torch.maximum(top, torch.amax(scores, -1) * scale)
            p = torch.exp2(scores * scale - new_top[:, :, None])
            shrink = torch.exp2(top - new_top)
            total = total * shrink + torch.sum(p, -1)
            v = v_all[tile_b, tile_n, :]
            acc = torch.baddbmm(acc * shrink[:, :, None], p.to(v.dtype), v)
            top = new_top
        out[tile_b, tile_m, :] = (acc / total[:, :, None]).to(out.dtype)
    return out.view(q_in.size())
