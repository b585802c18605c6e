# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels around matrix products."""

from __future__ import annotations

import torch
import torch.nn.functional as F

import helion.language as hl

from .entry import entry


def _pair(m: int, n: int, k: int, dtype: torch.dtype = torch.float32):
    return lambda: (torch.randn(m, k).to(dtype), torch.randn(k, n).to(dtype))


def _empty(m: int, n: int, k: int, dtype: torch.dtype):
    return lambda: (torch.empty(m, k, dtype=dtype), torch.empty(k, n, dtype=dtype))


def _product(x, y):
    return (x.float() @ y.float()).to(x.dtype)


_BF16 = torch.bfloat16


@entry("matmul_fp32", _pair(96, 80, 112), _product, {"block_sizes": [32, 32, 16]}, tolerance=1e-4, dot_precision="ieee")
@entry("matmul_tf32", _pair(96, 80, 112), _product, {"block_sizes": [32, 64, 32]}, tolerance=4e-2)
@entry(
    "matmul_bf16",
    _pair(64, 64, 96, _BF16),
    _product,
    {"block_sizes": [64, 64, 32], "num_stages": 3},
    tolerance=1e-2,
    large=_empty(4096, 4096, 4096, _BF16),
)
@entry(
    "matmul_fp16_large_blocks",
    _pair(40, 72, 96, torch.float16),
    _product,
    {"block_sizes": [128, 128, 64], "num_warps": 8, "num_stages": 3},
    tolerance=1e-2,
    large=_empty(4096, 4096, 4096, torch.float16),
)
@entry(
    "matmul_descriptor",
    _pair(64, 96, 64, _BF16),
    _product,
    {"block_sizes": [64, 64, 32], "num_stages": 3, "indexing": "tensor_descriptor"},
    tolerance=1e-2,
    large=_empty(4096, 4096, 4096, _BF16),
)
@entry(
    "matmul_in_parts",
    _pair(70, 104, 64, _BF16),
    _product,
    {"block_sizes": [32, 64, 32], "num_stages": 3, "indexing": "tensor_descriptor", "epilogue_subtile": 2},
    tolerance=1e-2,
    large=_empty(4096, 4096, 4096, _BF16),
)
@entry(
    "matmul_l2_grouping",
    _pair(96, 96, 64, _BF16),
    _product,
    {"block_sizes": [32, 32, 32], "num_stages": 3, "l2_groupings": [4]},
    tolerance=1e-2,
    large=_empty(1000, 1100, 512, _BF16),
)
@entry(
    "matmul_block_pointer",
    _pair(40, 48, 56),
    _product,
    {"block_sizes": [32, 32, 16], "indexing": "block_ptr"},
    tolerance=1e-2,
)
@entry(
    "matmul_dynamic",
    _pair(50, 33, 70, torch.float16),
    _product,
    {"block_sizes": [32, 32, 32]},
    tolerance=1e-2,
    static_shapes=False,
)
@entry(
    "matmul_transposed",
    lambda: (torch.randn(48, 64).bfloat16(), torch.randn(80, 64).bfloat16().t()),
    _product,
    {"block_sizes": [32, 32, 32], "indexing": "tensor_descriptor"},
    tolerance=1e-2,
)
def matmul(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    m, k = x.size()
    n = y.size(1)
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for rows, columns in hl.tile([m, n]):
        acc = hl.zeros([rows, columns], dtype=torch.float32)
        for depth in hl.tile(k):
            acc = torch.addmm(acc, x[rows, depth], y[depth, columns])
        out[rows, columns] = acc.to(x.dtype)
    return out


@entry(
    "matmul_fp8",
    lambda: (torch.randn(64, 64).to(torch.float8_e5m2), torch.randn(64, 64).to(torch.float8_e5m2)),
    lambda x, y: x.float() @ y.float(),
    {"block_sizes": [32, 32, 32]},
    tolerance=1e-2,
)
@entry(
    "matmul_hl_dot",
    _pair(48, 40, 64, torch.float16),
    lambda x, y: x.float() @ y.float(),
    {"block_sizes": [16, 16, 32]},
    tolerance=1e-2,
)
def matmul_dot(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], dtype=torch.float32, device=x.device)
    for rows, columns in hl.tile(out.size()):
        acc = hl.zeros([rows, columns], dtype=torch.float32)
        for depth in hl.tile(x.size(1)):
            acc = hl.dot(x[rows, depth], y[depth, columns], acc=acc)
        out[rows, columns] = acc
    return out


@entry(
    "matmul_int8",
    lambda: (torch.randint(-9, 9, (48, 64)).to(torch.int8), torch.randint(-9, 9, (64, 32)).to(torch.int8)),
    lambda x, y: x.int() @ y.int(),
    {"block_sizes": [16, 16, 32]},
)
def matmul_int8(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], dtype=torch.int32, device=x.device)
    for rows, columns in hl.tile(out.size()):
        acc = hl.zeros([rows, columns], dtype=torch.int32)
        for depth in hl.tile(x.size(1)):
            acc = hl.dot(x[rows, depth], y[depth, columns], acc=acc)
        out[rows, columns] = acc
    return out


@entry(
    "matmul_bias_gelu",
    lambda: (torch.randn(40, 64).half(), torch.randn(64, 48).half(), torch.randn(48).half()),
    lambda x, y, b: F.gelu(x.float() @ y.float() + b.float()).half(),
    {"block_sizes": [32, 32, 32], "num_stages": 2},
    tolerance=1e-2,
)
@entry(
    "matmul_bias_gelu_in_parts",
    lambda: (torch.randn(40, 64).half(), torch.randn(64, 88).half(), torch.randn(88).half()),
    lambda x, y, b: F.gelu(x.float() @ y.float() + b.float()).half(),
    {"block_sizes": [32, 64, 32], "num_stages": 2, "epilogue_subtile": 4},
    tolerance=1e-2,
)
def matmul_bias_gelu(x: torch.Tensor, y: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], dtype=x.dtype, device=x.device)
    for rows, columns in hl.tile(out.size()):
        acc = hl.zeros([rows, columns], dtype=torch.float32)
        for depth in hl.tile(x.size(1)):
            acc = torch.addmm(acc, x[rows, depth], y[depth, columns])
        out[rows, columns] = F.gelu(acc + bias[columns][None, :].to(torch.float32)).to(x.dtype)
    return out


@entry(
    "bmm",
    lambda: (torch.randn(3, 40, 32).half(), torch.randn(3, 32, 24).half()),
    torch.bmm,
    {"block_sizes": [1, 32, 16, 16]},
    tolerance=1e-2,
)
@entry(
    "bmm_several_batches",
    lambda: (torch.randn(4, 40, 32).half(), torch.randn(4, 32, 24).half()),
    torch.bmm,
    {"block_sizes": [2, 32, 16, 16]},
    tolerance=1e-2,
)
def bmm(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    b, m, k = x.size()
    n = y.size(2)
    out = torch.empty([b, m, n], dtype=x.dtype, device=x.device)
    for batch, rows, columns in hl.tile([b, m, n]):
        acc = hl.zeros([batch, rows, columns], dtype=torch.float32)
        for depth in hl.tile(k):
            acc = torch.baddbmm(acc, x[batch, rows, depth], y[batch, depth, columns])
        out[batch, rows, columns] = acc.to(x.dtype)
    return out


def _unpack(weight):
    return (weight[..., None] >> (torch.arange(8) * 4)) & 15


@entry(
    "int4_product",
    lambda: (torch.randint(0, 1 << 30, (32, 4)).int(), torch.randn(32, 4), torch.randn(32, 32)),
    lambda weight, scale, x: (_unpack(weight) * scale[..., None]).reshape(32, 32) @ x,
    {"block_sizes": [16, 16]},
    tolerance=1e-3,
)
def int4_product(weight: torch.Tensor, scale: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    m, groups = weight.size()
    n = x.size(1)
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for rows, columns in hl.tile([m, n]):
        acc = hl.zeros([rows, columns], dtype=torch.float32)
        for group in range(groups):
            lanes = hl.arange(8)
            digits = (weight[rows, group][:, None] >> (lanes * 4)[None, :]) & 15
            values = digits * scale[rows, group][:, None]
            acc = acc + torch.sum(values[:, :, None] * x[group * 8 + lanes, columns][None, :, :], 1)
        out[rows, columns] = acc
    return out


def _convolved(x, kernel):
    padded = F.pad(x, (0, 4, 0, 4))
    windows = padded.unfold(1, 4, 1).unfold(2, 4, 1)[:, :8, :8]
    return (windows * kernel[:, None, None]).sum((-1, -2))


@entry("conv2d", lambda: (torch.randn(4, 8, 8), torch.randn(4, 4, 4)), _convolved, {"block_sizes": [2]}, tolerance=1e-4)
def conv2d(x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    channels, height, width = x.size()
    high, wide = kernel.size()[1:]
    out = torch.empty_like(x)
    padded = F.pad(x, (0, wide, 0, high))
    for channel in hl.tile(channels):
        for i in range(height):
            for j in range(width):
                window = padded[channel, i : i + high, j : j + wide]
                out[channel, i, j] = (kernel[channel] * window).sum([1, 2])
    return out
