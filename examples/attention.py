# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Flash attention: softmax(q kᵀ / √d) v without ever holding the matrix of scores.

    python -m examples.attention

Each program owns a tile of queries and walks over the keys. It keeps, per query, the largest score so far, the sum of
the exponentials relative to it, and the weighted sum of the values; a larger score later rescales what was summed.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import torch

import helion
import helion.language as hl
from examples.harness import Example, run

if TYPE_CHECKING:
    from collections.abc import Callable

LOG2_E = 1.44269504


@helion.kernel(
    config=helion.Config(block_sizes=[1, 128, 128], num_warps=8, num_stages=2, indexing="tensor_descriptor"),
    static_shapes=True,
)
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


def attend(
    q: torch.Tensor,
    keys: torch.Tensor,
    values: torch.Tensor,
    visible: torch.Tensor | None,
    scale: float,
    state: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """One step of the walk over the keys, on tiles: device code, inlined where a kernel calls it.

    Args:
        q: [m, d].
        keys: [n, d].
        values: [n, d].
        visible: which keys a query sees, bool [m, n]; None: all.
        scale: of the scores, the change of base to 2 included.
        state: per query the largest score [m], the sum of the exponentials [m], the weighted sum of values [m, d].
    """
    top, total, acc = state
    scores = hl.dot(q, keys.T) * scale
    if visible is not None:
        scores = torch.where(visible, scores, float("-inf"))
    new_top = torch.maximum(top, torch.amax(scores, dim=-1))
    p = torch.exp2(scores - new_top[:, None])
    shrink = torch.exp2(top - new_top)
    total = total * shrink + p.sum(dim=-1)
    acc = hl.dot(p.to(values.dtype), values, acc=acc * shrink[:, None])
    return new_top, total, acc


@helion.kernel(config=helion.Config(block_sizes=[128, 128], num_warps=8, num_stages=2, indexing="tensor_descriptor"))
def grouped_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: hl.constexpr, window: hl.constexpr
) -> tuple[torch.Tensor, torch.Tensor]:
    """Attention with fewer heads of keys than of queries, causal or not, and the logarithms that a backward pass needs.

    Query i of m stands at position i + n - m among the n keys, n >= m.

    Args:
        q: queries, [batch, heads, m, d].
        k: keys, [batch, key heads, n, d]; the number of key heads divides that of heads.
        v: values, [batch, key heads, n, d].
        causal: whether a query sees no key behind its own position.
        window: how many keys, its own position the last, a query sees; 0 for all of them. Needs `causal`.

    Returns:
        [batch, heads, m, d] in the dtype of q, and the logarithm of the sum of the exponentials of the scaled scores,
        fp32 [batch, heads, m].
    """
    batch, heads, m, d = q.size()
    _, key_heads, n, _ = k.size()
    d = hl.specialize(d)
    assert n >= m and heads % key_heads == 0
    assert causal or not window
    group = heads // key_heads
    out = torch.empty_like(q)
    lse = torch.empty([batch, heads, m], dtype=torch.float32, device=q.device)
    scale = LOG2_E / math.sqrt(d)
    block_m = hl.register_block_size(m)
    block_n = hl.register_block_size(n)
    for tile_b, tile_h, tile_m in hl.tile([batch, heads, m], block_size=[1, 1, block_m]):
        b, h = tile_b.begin, tile_h.begin
        queries = q[b, h, tile_m, :]
        place = tile_m.index + (n - m)
        # Finite: a query may see no key of the first tile, and -inf - -inf is no number.
        top = hl.full([tile_m], -1e30, dtype=torch.float32)
        total = hl.zeros([tile_m], dtype=torch.float32)
        acc = hl.zeros([tile_m, d], dtype=torch.float32)
        state = (top, total, acc)
        begin = 0
        seen_by_all = n
        end = n
        if window:
            begin = max(tile_m.begin + (n - m + 1 - window), 0) // block_n * block_n
            seen_by_all = begin
        elif causal:
            seen_by_all = (tile_m.begin + (n - m + 1)) // block_n * block_n
        if causal:
            end = tile_m.end + (n - m)
        if not window:
            for tile_n in hl.tile(0, seen_by_all, block_size=block_n):
                state = attend(queries, k[b, h // group, tile_n, :], v[b, h // group, tile_n, :], None, scale, state)
        if causal:
            for tile_n in hl.tile(seen_by_all, end, block_size=block_n):
                visible = place[:, None] >= tile_n.index[None, :]
                if window:
                    visible = visible & (place[:, None] < tile_n.index[None, :] + window)
                keys, values = k[b, h // group, tile_n, :], v[b, h // group, tile_n, :]
                state = attend(queries, keys, values, visible, scale, state)
        top, total, acc = state
        out[b, h, tile_m, :] = acc / total[:, None]
        lse[b, h, tile_m] = (top + torch.log2(total)) / LOG2_E
    return out, lse


def visible_keys(m: int, n: int, causal: bool, window: int, device: torch.device) -> torch.Tensor | None:
    """Which of n keys each of m queries sees, bool [m, n]; None: all."""
    if not causal:
        return None
    place = torch.arange(m, device=device)[:, None] + (n - m)
    keys = torch.arange(n, device=device)
    visible = place >= keys
    return visible & (place < keys + window) if window else visible


def grouped_reference(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool, window: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """`grouped_attention` with all scores in memory, fp32."""
    group = q.size(1) // k.size(1)
    keys, values = (each.float().repeat_interleave(group, dim=1) for each in (k, v))
    scores = q.float() @ keys.transpose(-1, -2) / math.sqrt(q.size(-1))
    visible = visible_keys(q.size(2), k.size(2), causal, window, q.device)
    if visible is not None:
        scores = scores.masked_fill(~visible, float("-inf"))
    return (torch.softmax(scores, dim=-1) @ values).to(q.dtype), torch.logsumexp(scores, dim=-1)


def grouped_baseline(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool, window: int) -> torch.Tensor:
    square = q.size(2) == k.size(2) and not window
    mask = None if square else visible_keys(q.size(2), k.size(2), causal, window, q.device)
    sdpa = torch.nn.functional.scaled_dot_product_attention
    return sdpa(q, k, v, attn_mask=mask, is_causal=causal and square, enable_gqa=q.size(1) != k.size(1))


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    shape = (1, 2, 100, 32) if small else (2, 32, 4096, 128)
    return tuple(torch.randn(shape, dtype=torch.bfloat16, device=device) for _ in range(3))


def grouped(
    causal: bool, window: bool, key_heads: int = 0
) -> Callable[[torch.device, bool], tuple[torch.Tensor, torch.Tensor, torch.Tensor, bool, int]]:
    """Arguments of `grouped_attention` of one kind; as many key heads as heads by default."""

    def make(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, bool, int]:
        batch, heads, m, n, d = (1, 4, 70, 100, 32) if small else (2, 32, 4096, 4096, 128)
        width = 0 if not window else 33 if small else 1024
        q = torch.randn(batch, heads, m, d, dtype=torch.bfloat16, device=device)
        k, v = (torch.randn(batch, key_heads or heads, n, d, dtype=torch.bfloat16, device=device) for _ in range(2))
        return q, k, v, causal, width

    return make


def flops(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, causal: bool = False, window: int = 0) -> float:
    """Two products over the keys that a query sees, on average."""
    m, n = q.size(-2), k.size(-2)
    seen = float(min(window, n) if window else n - (m - 1) / 2 if causal else n)
    return 4.0 * q.numel() * seen


EXAMPLES = [
    Example(attention, reference, arguments, flops, baseline=torch.nn.functional.scaled_dot_product_attention),
    Example(
        grouped_attention,
        grouped_reference,
        grouped(False, False),
        flops,
        baseline=grouped_baseline,
        name="attention, lse",
    ),
    Example(
        grouped_attention,
        grouped_reference,
        grouped(True, False),
        flops,
        baseline=grouped_baseline,
        name="attention, causal",
    ),
    Example(
        grouped_attention,
        grouped_reference,
        grouped(True, False, 2),
        flops,
        baseline=grouped_baseline,
        name="attention, GQA",
    ),
    Example(
        grouped_attention,
        grouped_reference,
        grouped(True, True),
        flops,
        baseline=grouped_baseline,
        name="attention, window",
    ),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
