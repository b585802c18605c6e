# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that reduce: over whole rows, over loops, and with several passes over the data."""

from __future__ import annotations

import torch
import torch.nn.functional as F

import helion.language as hl

from .entry import entry


@entry("row_sum", lambda: (torch.randn(5, 200),), lambda x: x.sum(1), {"block_sizes": [2, 64]})
@entry(
    "row_sum_narrow",
    lambda: (torch.randn(16, 256).bfloat16(),),
    lambda x: x.sum(1),
    {"block_sizes": [4, 64]},
    tolerance=2e-2,
)
@entry(
    "row_sum_dynamic",
    lambda: (torch.randn(5, 200),),
    lambda x: x.sum(1),
    {"block_sizes": [2, 64]},
    static_shapes=False,
)
def row_sum(x: torch.Tensor) -> torch.Tensor:
    m, n = x.size()
    out = torch.empty(m, dtype=x.dtype, device=x.device)
    for rows in hl.tile(m):
        total = torch.zeros_like(rows, dtype=torch.float32)
        for columns in hl.tile(n):
            total += torch.sum(x[rows, columns], dim=1)
        out[rows] = total
    return out


@entry("column_mean", lambda: (torch.randn(60, 30),), lambda x: x.mean(0), {"block_sizes": [16]})
def column_mean(x: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([x.size(1)])
    for columns in hl.tile(x.size(1)):
        out[columns] = x[:, columns].mean(0)
    return out


@entry(
    "softmax_three_loops",
    lambda: (torch.randn(5, 200),),
    lambda x: torch.softmax(x, 1),
    {"block_sizes": [2, 64, 64, 64]},
)
def softmax_three_loops(x: torch.Tensor) -> torch.Tensor:
    m, n = x.size()
    out = torch.empty_like(x)
    for rows in hl.tile(m):
        top = torch.full_like(rows, float("-inf"), dtype=torch.float32)
        for columns in hl.tile(n):
            top = torch.maximum(top, torch.max(x[rows, columns], dim=1)[0])
        total = torch.zeros_like(rows, dtype=torch.float32)
        for columns in hl.tile(n):
            total += torch.sum(torch.exp(x[rows, columns] - top[:, None]), dim=1)
        for columns in hl.tile(n):
            out[rows, columns] = torch.exp(x[rows, columns] - top[:, None]) / total[:, None]
    return out


@entry("softmax_rows", lambda: (torch.randn(9, 100),), lambda x: torch.softmax(x, 1), {"block_sizes": [4]})
@entry(
    "softmax_rows_narrow",
    lambda: (torch.randn(9, 128).bfloat16(),),
    lambda x: torch.softmax(x.float(), 1).bfloat16(),
    {"block_sizes": [1], "num_warps": 8},
    tolerance=1e-2,
    large=lambda: (torch.empty(16384, 8192, dtype=torch.bfloat16),),
)
@entry(
    "softmax_rows_dynamic",
    lambda: (torch.randn(9, 100),),
    lambda x: torch.softmax(x, 1),
    {"block_sizes": [4]},
    static_shapes=False,
)
def softmax_rows(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows in hl.tile(x.size(0)):
        out[rows, :] = torch.softmax(x[rows, :], dim=1)
    return out


@entry(
    "layer_norm",
    lambda: (torch.randn(9, 100), torch.randn(100), torch.randn(100), 1e-5),
    lambda x, w, b, eps: F.layer_norm(x, [100], w, b, eps),
    {"block_sizes": [4]},
    tolerance=1e-4,
)
@entry(
    "layer_norm_narrow",
    lambda: (torch.randn(9, 128).half(), torch.randn(128).half(), torch.randn(128).half(), 1e-5),
    lambda x, w, b, eps: F.layer_norm(x, [128], w, b, eps),
    {"block_sizes": [2]},
    tolerance=1e-2,
)
def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float) -> torch.Tensor:
    m, n = x.size()
    out = torch.empty_like(x)
    for rows in hl.tile(m):
        values = x[rows, :].to(torch.float32)
        mean = values.sum(-1) / n
        centred = values - mean[:, None]
        variance = (centred * centred).sum(-1) / n
        scaled = centred * torch.rsqrt(variance + eps)[:, None]
        out[rows, :] = (scaled * weight[:].to(torch.float32) + bias[:].to(torch.float32)).to(x.dtype)
    return out


def _rms_norm(x, weight):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) * weight


@entry("rms_norm", lambda: (torch.randn(9, 100), torch.randn(100)), _rms_norm, {"block_sizes": [2]}, tolerance=1e-4)
def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows in hl.tile(x.size(0)):
        out[rows, :] = _rms_norm(x[rows, :], weight[:])
    return out


def _extrema(x):
    top, where = x.max(1)
    return top, where, x.argmin(1)


@entry("extrema", lambda: (torch.randn(9, 100),), _extrema, {"block_sizes": [4]})
def extrema(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    top = x.new_empty([x.size(0)])
    where_top = torch.empty([x.size(0)], dtype=torch.int64, device=x.device)
    where_low = torch.empty([x.size(0)], dtype=torch.int64, device=x.device)
    for rows in hl.tile(x.size(0)):
        best, index = torch.max(x[rows, :], dim=1)
        top[rows] = best
        where_top[rows] = index
        where_low[rows] = torch.argmin(x[rows, :], dim=1)
    return top, where_top, where_low


@entry("any_all", lambda: (torch.randn(9, 20),), lambda x: (x > 2).any(1) | (x < 1).all(1), {"block_sizes": [4]})
def any_all(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0)], dtype=torch.bool, device=x.device)
    for rows in hl.tile(x.size(0)):
        out[rows] = (x[rows, :] > 2).any(-1) | (x[rows, :] < 1).all(-1)
    return out


@entry("sum_by_atomics", lambda: (torch.randn(12, 70),), lambda x: x.sum(1), {"block_sizes": [4, 32]}, tolerance=1e-4)
def sum_by_atomics(x: torch.Tensor) -> torch.Tensor:
    out = x.new_zeros([x.size(0)])
    for i, j in hl.tile(x.size()):
        hl.atomic_add(out, [i], x[i, j].sum(-1))
    return out
