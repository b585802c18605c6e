# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The output of a Mamba 2 layer, chunk by chunk, from the state before each chunk.

    python -m examples.mamba2_chunk_scan

A state space model reads h[t] = a[t] h[t-1] + dt[t] b[t] x[t] and writes c[t] h[t] + d x[t]. In chunks of a few hundred
positions this is a small attention inside each chunk, plus what the state before the chunk contributes.
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[128, 64, 64], num_warps=4, num_stages=3))
def chunk_scan(
    cb: torch.Tensor,
    x: torch.Tensor,
    dt: torch.Tensor,
    decay: torch.Tensor,
    c: torch.Tensor,
    states: torch.Tensor,
    d: torch.Tensor,
) -> torch.Tensor:
    """The output of all positions.

    Args:
        cb: c times b within each chunk, [batch, chunks, groups, length, length].
        x: [batch, chunks * length, heads, width].
        dt: step sizes, [batch, heads, chunks, length].
        decay: sum over the chunk, up to each position, of log a; fp32 [batch, heads, chunks, length].
        c: [batch, chunks * length, groups, n].
        states: the state before each chunk, [batch, chunks, heads, width, n].
        d: [heads].

    Returns:
        As x.
    """
    batch, chunks, groups, length, _ = cb.size()
    _, _, heads, width = x.size()
    hl.specialize(c.size(3))
    per_group = heads // groups
    out = torch.empty_like(x)
    for tile_b, tile_c, tile_h, tile_m, tile_p in hl.tile(
        [batch, chunks, heads, length, width], block_size=[1, 1, 1, None, None]
    ):
        b, chunk, h = tile_b.begin, tile_c.begin, tile_h.begin
        g = h // per_group
        start = chunk * length
        decay_m = decay[b, h, chunk, tile_m].to(torch.float32)
        before = states[b, chunk, h, tile_p, :].to(x.dtype)
        acc = hl.dot(c[b, tile_m + start, g, :], before.T) * torch.exp(decay_m)[:, None]
        for tile_k in hl.tile(tile_m.end):
            decay_k = decay[b, h, chunk, tile_k].to(torch.float32)
            weight = cb[b, chunk, g, tile_m, tile_k].to(torch.float32)
            weight = weight * torch.exp(decay_m[:, None] - decay_k[None, :]) * dt[b, h, chunk, tile_k][None, :]
            weight = torch.where(tile_m.index[:, None] >= tile_k.index[None, :], weight, 0.0)
            acc = hl.dot(weight.to(x.dtype), x[b, tile_k + start, h, tile_p], acc=acc)
        skip = x[b, tile_m + start, h, tile_p].to(torch.float32) * d[h].to(torch.float32)
        out[b, tile_m + start, h, tile_p] = acc + skip
    return out


def reference(
    cb: torch.Tensor,
    x: torch.Tensor,
    dt: torch.Tensor,
    decay: torch.Tensor,
    c: torch.Tensor,
    states: torch.Tensor,
    d: torch.Tensor,
) -> torch.Tensor:
    """In fp32, one head at a time: all heads together would need a matrix of length squared for each."""
    _, chunks, groups, length, _ = cb.size()
    heads = x.size(2)
    chunked = x.float().unflatten(1, (chunks, length))
    queries = c.float().unflatten(1, (chunks, length))
    outputs: list[torch.Tensor] = []
    for h in range(heads):
        g = h // (heads // groups)
        steps, sums = dt[:, h].float(), decay[:, h].float()
        ratios = torch.exp((sums[..., :, None] - sums[..., None, :]).tril()).tril()
        inside = (cb[:, :, g].float() * ratios * steps[..., None, :]) @ chunked[:, :, :, h]
        before = queries[:, :, :, g] @ states[:, :, h].float().transpose(-1, -2) * torch.exp(sums)[..., None]
        outputs.append(inside + before + chunked[:, :, :, h] * d[h].float())
    return torch.stack(outputs, dim=3).flatten(1, 2).to(x.dtype)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, ...]:
    batch, chunks, length, groups, heads, width, n = (1, 2, 40, 1, 2, 24, 16) if small else (8, 16, 256, 1, 80, 64, 128)

    def random(*shape: int, dtype: torch.dtype = torch.bfloat16) -> torch.Tensor:
        return torch.randn(shape, dtype=dtype, device=device)

    steps = torch.rand(batch, heads, chunks, length, device=device) / 10
    return (
        random(batch, chunks, groups, length, length),
        random(batch, chunks * length, heads, width),
        steps.bfloat16(),
        -steps.cumsum(-1),
        random(batch, chunks * length, groups, n),
        random(batch, chunks, heads, width, n),
        random(heads, dtype=torch.float32),
    )


def flops(
    cb: torch.Tensor, x: torch.Tensor, dt: torch.Tensor, decay: torch.Tensor, c: torch.Tensor, *_: torch.Tensor
) -> float:
    """The half of each chunk's square that counts, and the product with the state."""
    return x.numel() * (cb.size(-1) + 2.0 * c.size(-1))


EXAMPLES = [Example(chunk_scan, reference, arguments, flops, tolerance=3e-2)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
