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
    """The softmax of each row of x [m, n], computed in fp32, in the dtype of x."""
    out = torch.empty_like(x)
    for tile_m in hl.tile(x.size(0)):
        out[tile_m, :] = torch.softmax(x[tile_m, :].to(torch.float32), -1).to(x.dtype)
    return out


@helion.kernel(static_shapes=True)
def three_loop_softmax(x: torch.Tensor) -> torch.Tensor:
    """The softmax of each row of x [m, n], which the source reads three times: its maximum, its sum, its result."""
    m, n = x.size()
    out = torch.empty_like(x)
    block_n = hl.register_block_size(n)
    for tile_m in hl.tile(m):
        top = hl.full([tile_m], float("-inf"), dtype=torch.float32)
        for tile_n in hl.tile(n, block_size=block_n):
            top = torch.maximum(top, torch.amax(x[tile_m, tile_n], -1).to(torch.float32))
        total = hl.zeros([tile_m], dtype=torch.float32)
        for tile_n in hl.tile(n, block_size=block_n):
            total += torch.exp(x[tile_m, tile_n].to(torch.float32) - top[:, None]).sum(-1)
        for tile_n in hl.tile(n, block_size=block_n):
            exponentials = torch.exp(x[tile_m, tile_n].to(torch.float32) - top[:, None])
            out[tile_m, tile_n] = (exponentials / total[:, None]).to(x.dtype)
    return out


@helion.kernel(static_shapes=True)
def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Each row of x [m, n] with mean 0 and variance 1, times weight [n] plus bias [n]."""
    out = torch.empty_like(x)
    for tile_m in hl.tile(x.size(0)):
        row = x[tile_m, :].to(torch.float32)
        variance, mean = torch.var_mean(row, -1, correction=0)
        normal = (row - mean[:, None]) * torch.rsqrt(variance + 1e-5)[:, None]
        out[tile_m, :] = (normal * weight[:].to(torch.float32) + bias[:].to(torch.float32)).to(x.dtype)
    return out


@helion.kernel(static_shapes=True)
def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Each row of x [m, n] with mean square 1, times weight [n]."""
    out = torch.empty_like(x)
    for tile_m in hl.tile(x.size(0)):
        row = x[tile_m, :].to(torch.float32)
        scale = torch.rsqrt((row * row).mean(-1) + 1e-5)
        out[tile_m, :] = (row * scale[:, None] * weight[:].to(torch.float32)).to(x.dtype)
    return out


@helion.kernel(static_shapes=True)
def naive_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Attention as it is defined, of q, k, v [b, n, d]: in fp32 but for the products' operands."""
    out = torch.empty_like(q)
    for tile_b, tile_m in hl.tile([q.size(0), q.size(1)]):
        scores = torch.bmm(q[tile_b, tile_m, :], k[tile_b, :, :].transpose(1, 2)) / math.sqrt(q.size(-1))
        out[tile_b, tile_m, :] = torch.bmm(torch.softmax(scores, -1).to(v.dtype), v[tile_b, :, :])
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
