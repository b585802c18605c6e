# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Flash attention: softmax(q kᵀ / √d) v without ever holding the matrix of scores.

Each program owns a tile of queries and walks over the keys. It keeps, per query, the largest score so far, the sum of
the exponentials relative to it, and the weighted sum of the values; a larger score later rescales what was summed.
"""

from __future__ import annotations

import math

import torch

import helion
import helion.language as hl

LOG2_E = 1.44269504


@helion.kernel(static_shapes=True)
def attention(q_in: torch.Tensor, k_in: torch.Tensor, v_in: torch.Tensor) -> torch.Tensor:
    """Full (not causal) attention.

    Args:
        q_in: queries, [..., m, d], fp16 or bf16 or fp32.
        k_in: keys, [..., n, d], the leading sizes those of `q_in`.
        v_in: values, [..., n, d].

    Returns:
        [..., m, d], the dtype of `q_in`. Scores, sums and the output are accumulated in fp32.
    """
    m = q_in.size(-2)
    n = k_in.size(-2)
    d = hl.specialize(q_in.size(-1))
    assert n == v_in.size(-2) and d == k_in.size(-1) == v_in.size(-1)
    q_all = q_in.reshape([-1, m, d])
    k_all = k_in.reshape([-1, n, d]).transpose(1, 2)
    v_all = v_in.reshape([-1, n, d])
    out = torch.empty_like(q_all)
    # Powers of two are one instruction on a GPU: the scale takes the change of base along.
    scale = LOG2_E / math.sqrt(d)
    for tile_b, tile_m in hl.tile([q_all.size(0), m]):
        top = hl.full([tile_b, tile_m], float("-inf"), dtype=torch.float32)
        total = torch.full_like(top, 1.0)
        acc = hl.zeros([tile_b, tile_m, d], dtype=torch.float32)
        q = q_all[tile_b, tile_m, :]
        for tile_n in hl.tile(n):
            scores = torch.bmm(q, k_all[tile_b, :, tile_n])
            new_top = torch.maximum(top, torch.amax(scores, -1) * scale)
            p = torch.exp2(scores * scale - new_top[:, :, None])
            shrink = torch.exp2(top - new_top)
            total = total * shrink + torch.sum(p, -1)
            v = v_all[tile_b, tile_n, :]
            acc = torch.baddbmm(acc * shrink[:, :, None], p.to(v.dtype), v)
            top = new_top
        out[tile_b, tile_m, :] = (acc / total[:, :, None]).to(out.dtype)
    return out.view(q_in.size())


def reference(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """The same in fp32 with PyTorch's own operation; the shapes and dtypes of `attention`."""
    return torch.nn.functional.scaled_dot_product_attention(q.float(), k.float(), v.float()).to(q.dtype)
