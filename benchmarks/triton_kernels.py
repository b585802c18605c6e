# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Plain Triton beside Helion: what a careful author reaches by hand with the same algorithm.

Sizes must be multiples of the block sizes: no masks, as Helion leaves them out there too.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl


@triton.jit
def _attention_pointers(
    q_ptr, k_ptr, v_ptr, out_ptr, scale, m, n, D: tl.constexpr, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr
):
    head = tl.program_id(1).to(tl.int64)
    rows = tl.program_id(0) * BLOCK_M + tl.arange(0, BLOCK_M)
    columns = tl.arange(0, BLOCK_N)
    dims = tl.arange(0, D)
    q_tile = head * m * D + rows[:, None] * D + dims[None, :]
    q = tl.load(q_ptr + q_tile)
    k_tile = k_ptr + head * n * D + dims[:, None] + columns[None, :] * D
    v_tile = v_ptr + head * n * D + columns[:, None] * D + dims[None, :]
    top = tl.full([BLOCK_M], float("-inf"), tl.float32)
    total = tl.full([BLOCK_M], 1.0, tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for _ in range(0, n, BLOCK_N):
        scores = tl.dot(q, tl.load(k_tile))
        new_top = tl.maximum(top, tl.max(scores, 1) * scale)
        p = tl.exp2(scores * scale - new_top[:, None])
        shrink = tl.exp2(top - new_top)
        total = total * shrink + tl.sum(p, 1)
        v = tl.load(v_tile)
        acc = tl.dot(p.to(v.dtype), v, acc * shrink[:, None])
        top = new_top
        k_tile += BLOCK_N * D
        v_tile += BLOCK_N * D
    tl.store(out_ptr + q_tile, (acc / total[:, None]).to(out_ptr.dtype.element_ty))


@triton.jit
def _attention_descriptors(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    scale,
    heads,
    m,
    n,
    D: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    WARP_SPECIALIZE: tl.constexpr,
):
    q_desc = tl.make_tensor_descriptor(q_ptr, [heads * m, D], [D, 1], [BLOCK_M, D])
    k_desc = tl.make_tensor_descriptor(k_ptr, [heads * n, D], [D, 1], [BLOCK_N, D])
    v_desc = tl.make_tensor_descriptor(v_ptr, [heads * n, D], [D, 1], [BLOCK_N, D])
    out_desc = tl.make_tensor_descriptor(out_ptr, [heads * m, D], [D, 1], [BLOCK_M, D])
    head = tl.program_id(1)
    row = head * m + tl.program_id(0) * BLOCK_M
    q = q_desc.load([row, 0])
    top = tl.full([BLOCK_M], float("-inf"), tl.float32)
    total = tl.full([BLOCK_M], 1.0, tl.float32)
    acc = tl.zeros([BLOCK_M, D], tl.float32)
    for start in tl.range(0, n, BLOCK_N, warp_specialize=WARP_SPECIALIZE):
        scores = tl.dot(q, k_desc.load([head * n + start, 0]).T)
        new_top = tl.maximum(top, tl.max(scores, 1) * scale)
        p = tl.exp2(scores * scale - new_top[:, None])
        shrink = tl.exp2(top - new_top)
        total = total * shrink + tl.sum(p, 1)
        v = v_desc.load([head * n + start, 0])
        acc = tl.dot(p.to(v.dtype), v, acc * shrink[:, None])
        top = new_top
    out_desc.store([row, 0], (acc / total[:, None]).to(out_ptr.dtype.element_ty))


@triton.jit
def _matmul_tile(m, n, BLOCK_M: tl.constexpr, BLOCK_N: tl.constexpr, GROUP: tl.constexpr):
    """Row and column of this program's tile: GROUP rows of tiles are visited together and share columns of y."""
    pid = tl.program_id(0)
    columns = tl.cdiv(n, BLOCK_N)
    group = pid // (GROUP * columns)
    height = min(tl.cdiv(m, BLOCK_M) - group * GROUP, GROUP)
    within = pid % (GROUP * columns)
    return (group * GROUP + within % height) * BLOCK_M, (within // height) * BLOCK_N


@triton.jit
def _matmul_pointers(
    x_ptr,
    y_ptr,
    out_ptr,
    m,
    n,
    k,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP: tl.constexpr,
):
    row, column = _matmul_tile(m, n, BLOCK_M, BLOCK_N, GROUP)
    rows = row + tl.arange(0, BLOCK_M)
    columns = column + tl.arange(0, BLOCK_N)
    depth = tl.arange(0, BLOCK_K)
    x_tile = x_ptr + rows[:, None] * k + depth[None, :]
    y_tile = y_ptr + depth[:, None] * n + columns[None, :]
    acc = tl.zeros([BLOCK_M, BLOCK_N], tl.float32)
    for _ in range(0, k, BLOCK_K):
        acc = tl.dot(tl.load(x_tile), tl.load(y_tile), acc)
        x_tile += BLOCK_K
        y_tile += BLOCK_K * n
    tl.store(out_ptr + rows[:, None] * n + columns[None, :], acc.to(out_ptr.dtype.element_ty))


@triton.jit
def _matmul_descriptors(
    x_ptr,
    y_ptr,
    out_ptr,
    m,
    n,
    k,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_K: tl.constexpr,
    GROUP: tl.constexpr,
):
    x_desc = tl.make_tensor_descriptor(x_ptr, [m, k], [k, 1], [BLOCK_M, BLOCK_K])
    y_desc = tl.make_tensor_descriptor(y_ptr, [k, n], [n, 1], [BLOCK_K, BLOCK_N])
    out_desc = tl.make_tensor_descriptor(out_ptr, [m, n], [n, 1], [BLOCK_M, BLOCK_N])
    row, column = _matmul_tile(m, n, BLOCK_M, BLOCK_N, GROUP)
    acc = tl.zeros([BLOCK_M, BLOCK_N], tl.float32)
    for start in range(0, k, BLOCK_K):
        acc = tl.dot(x_desc.load([row, start]), y_desc.load([start, column]), acc)
    out_desc.store([row, column], acc.to(out_ptr.dtype.element_ty))


@triton.jit
def _add(x_ptr, y_ptr, out_ptr, size, BLOCK: tl.constexpr):
    index = tl.program_id(0) * BLOCK + tl.arange(0, BLOCK)
    inside = index < size
    tl.store(out_ptr + index, tl.load(x_ptr + index, inside) + tl.load(y_ptr + index, inside), inside)


def _scratch(size: int, alignment: int, stream: int | None) -> torch.Tensor:
    """Memory for the descriptors that a kernel makes; torch aligns to 512 bytes, Triton asks for at most 128."""
    return torch.empty(size, dtype=torch.int8, device="cuda")


def allow_descriptors() -> None:
    """Kernels that make descriptors on the device need an allocator before their first launch."""
    triton.set_allocator(_scratch)


def _check_multiples(**sizes: tuple[int, int]) -> None:
    for name, (size, block) in sizes.items():
        if size % block:
            raise ValueError(f"{name} = {size} is no multiple of its block {block}")


def attention(
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    *,
    block_m: int = 128,
    block_n: int = 128,
    num_warps: int = 8,
    num_stages: int = 3,
    descriptors: bool = False,
    warp_specialize: bool = False,
) -> torch.Tensor:
    """Full attention of contiguous q [..., m, d], k and v [..., n, d]; `descriptors` loads tiles with the TMA unit."""
    m, d, n = q.size(-2), q.size(-1), k.size(-2)
    _check_multiples(m=(m, block_m), n=(n, block_n))
    heads = q.numel() // (m * d)
    out = torch.empty_like(q)
    scale = 1.44269504 / math.sqrt(d)
    grid = (m // block_m, heads)
    options = {"BLOCK_M": block_m, "BLOCK_N": block_n, "num_warps": num_warps, "num_stages": num_stages}
    if descriptors:
        specialize = {"WARP_SPECIALIZE": warp_specialize}
        _attention_descriptors[grid](q, k, v, out, scale, heads, m, n, d, **specialize, **options)
    else:
        _attention_pointers[grid](q, k, v, out, scale, m, n, d, **options)
    return out


def matmul(
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    block_m: int = 128,
    block_n: int = 256,
    block_k: int = 64,
    group: int = 8,
    num_warps: int = 8,
    num_stages: int = 3,
    descriptors: bool = False,
) -> torch.Tensor:
    """x [m, k] times y [k, n], both contiguous, accumulated in fp32, in the dtype of x."""
    (m, k), n = x.size(), y.size(1)
    _check_multiples(m=(m, block_m), n=(n, block_n), k=(k, block_k))
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    grid = (m // block_m * (n // block_n),)
    kernel = _matmul_descriptors if descriptors else _matmul_pointers
    blocks = {"BLOCK_M": block_m, "BLOCK_N": block_n, "BLOCK_K": block_k, "GROUP": group}
    kernel[grid](x, y, out, m, n, k, **blocks, num_warps=num_warps, num_stages=num_stages)
    return out


def add(x: torch.Tensor, y: torch.Tensor, *, block: int = 1024) -> torch.Tensor:
    """x + y, both contiguous and of one shape."""
    out = torch.empty_like(x)
    _add[(triton.cdiv(x.numel(), block),)](x, y, out, x.numel(), BLOCK=block)
    return out
