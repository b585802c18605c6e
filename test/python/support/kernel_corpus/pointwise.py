# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that compute each element by itself: arithmetic, types, bits, indexing."""

from __future__ import annotations

import torch
import torch.nn.functional as F

import helion.language as hl

from .entry import entry


@entry("add_ragged", lambda: (torch.randn(100, 70), torch.randn(100, 70)), torch.add, {"block_sizes": [32, 64]})
@entry(
    "add_exact",
    lambda: (torch.randn(64, 128), torch.randn(64, 128)),
    torch.add,
    {"block_sizes": [32, 64], "num_warps": 8},
    large=lambda: (torch.empty(4096, 4096, dtype=torch.bfloat16), torch.empty(4096, 4096, dtype=torch.bfloat16)),
)
@entry(
    "add_dynamic",
    lambda: (torch.randn(33, 65), torch.randn(65, 33).t()),
    torch.add,
    {"block_sizes": [16, 32]},
    static_shapes=False,
)
@entry(
    "add_descriptor",
    lambda: (torch.randn(96, 72), torch.randn(96, 72)),
    torch.add,
    {"block_sizes": [32, 64], "indexing": "tensor_descriptor"},
)
@entry(
    "add_cache_hints",
    lambda: (torch.randn(64, 64), torch.randn(64, 64)),
    torch.add,
    {"block_sizes": [16, 64], "load_eviction_policies": ["first", "last"], "store_cache_modifiers": [".cs"]},
)
def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    m, n = x.size()
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for rows, columns in hl.tile([m, n]):
        out[rows, columns] = x[rows, columns] + y[rows, columns]
    return out


@entry("add_constant", lambda: (torch.randn(1000),), lambda x: x + 10, {"block_sizes": [128]})
def add_constant(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = x[i] + 10.0
    return out


@entry(
    "outer_sum",
    lambda: (torch.randn(114), torch.randn(51)),
    lambda x, y: x[None, :] + y[:, None],
    {"block_sizes": [32, 32]},
)
def outer_sum(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = x.new_empty(y.size(0), x.size(0))
    for i, j in hl.tile(out.size()):
        out[i, j] = y[i][:, None] + x[None, j]
    return out


@entry(
    "mul_relu",
    lambda: (torch.randn(128), torch.randn(96)),
    lambda x, y: torch.relu(x[None, :] * y[:, None]),
    {"block_sizes": [32, 32]},
)
def mul_relu(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([y.size(0), x.size(0)], dtype=x.dtype, device=x.device)
    for i, j in hl.tile(out.size()):
        out[i, j] = torch.relu(y[i][:, None] * x[j][None, :])
    return out


@entry(
    "mul_relu_backward",
    lambda: (torch.randn(64, 100), torch.randn(64), torch.randn(64, 100)),
    lambda x, y, dz: dz * (x * y[:, None] > 0) * y[:, None],
    {"block_sizes": [32, 32]},
)
def mul_relu_backward(x: torch.Tensor, y: torch.Tensor, dz: torch.Tensor) -> torch.Tensor:
    dx = torch.empty_like(x)
    for i, j in hl.tile(x.size()):
        scale = y[i][:, None]
        dx[i, j] = dz[i, j] * (x[i, j] * scale > 0) * scale
    return dx


def _integers(x, y):
    mixed = ((x << 3) ^ (y >> 2)) & 0xFFF | (x & ~y)
    return mixed // 7 + mixed % 5 - torch.minimum(x, y)


@entry(
    "integers",
    lambda: (torch.randint(0, 1000, (300,)).int(), torch.randint(-1000, 1000, (300,)).int()),
    _integers,
    {"block_sizes": [128]},
)
@entry(
    "integers_64",
    lambda: (torch.randint(-1000, 1000, (300,)), torch.randint(-1000, 1000, (300,))),
    _integers,
    {"block_sizes": [64]},
)
def integers(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = _integers(x[i], y[i])
    return out


@entry(
    "booleans",
    lambda: (torch.rand(40, 50) > 0.5, torch.rand(40, 50) > 0.5, torch.randn(40, 50)),
    lambda a, b, x: torch.where((a & ~b) | (x > 1), x, -x) * (a ^ b),
    {"block_sizes": [16, 16]},
)
def booleans(a: torch.Tensor, b: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        left, right = a[tile], b[tile]
        out[tile] = torch.where((left & ~right) | (x[tile] > 1), x[tile], -x[tile]) * (left ^ right)
    return out


@entry(
    "compare_to_mask",
    lambda: (torch.randn(200), torch.randn(200)),
    lambda x, y: (x < y) | torch.isnan(x),
    {"block_sizes": [64]},
)
def compare_to_mask(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x, dtype=torch.bool)
    for i in hl.tile(x.size(0)):
        out[i] = (x[i] < y[i]) | torch.isnan(x[i])
    return out


def _casts(x):
    return x.to(torch.bfloat16), x.to(torch.float16), (x * 10).to(torch.int32), (x > 0).to(torch.uint8)


@entry("casts", lambda: (torch.randn(500),), _casts, {"block_sizes": [128]})
def casts(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
    brain = torch.empty_like(x, dtype=torch.bfloat16)
    half = torch.empty_like(x, dtype=torch.float16)
    whole = torch.empty_like(x, dtype=torch.int32)
    sign = torch.empty_like(x, dtype=torch.uint8)
    for i in hl.tile(x.size(0)):
        value = x[i]
        brain[i] = value.to(torch.bfloat16)
        half[i] = value.to(torch.float16)
        whole[i] = (value * 10).to(torch.int32)
        sign[i] = (value > 0).to(torch.uint8)
    return brain, half, whole, sign


@entry(
    "rounded_on_purpose",
    lambda: (torch.randn(300),),
    lambda x: x.to(torch.bfloat16).to(torch.float32) * 2,
    {"block_sizes": [128]},
)
def rounded_on_purpose(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = x[i].to(torch.bfloat16).to(torch.float32) * 2
    return out


@entry(
    "fp8_quantize",
    lambda: (torch.randn(64, 96), 0.25),
    lambda x, scale: (x * scale).to(torch.float8_e4m3fn),
    {"block_sizes": [16, 32]},
)
def fp8_quantize(x: torch.Tensor, scale: float) -> torch.Tensor:
    out = torch.empty_like(x, dtype=torch.float8_e4m3fn)
    for tile in hl.tile(x.size()):
        out[tile] = (x[tile] * scale).to(torch.float8_e4m3fn)
    return out


@entry(
    "fp8_widen",
    lambda: (torch.randn(64, 96).to(torch.float8_e5m2), torch.rand(64)),
    lambda x, scale: x.to(torch.bfloat16) * scale[:, None].to(torch.bfloat16),
    {"block_sizes": [16, 32]},
    tolerance=2e-2,
)
def fp8_widen(x: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x, dtype=torch.bfloat16)
    for i, j in hl.tile(x.size()):
        out[i, j] = (x[i, j].to(torch.float32) * scale[i][:, None]).to(torch.bfloat16)
    return out


def _smooth(x):
    return torch.sin(x) * torch.cos(x) + torch.sigmoid(x) * torch.exp2(x) - torch.rsqrt(x.abs() + 1) + torch.erf(x)


@entry("smooth_functions", lambda: (torch.randn(30, 40),), _smooth, {"block_sizes": [8, 32]})
@entry(
    "smooth_functions_half",
    lambda: (torch.randn(30, 40, dtype=torch.float16),),
    _smooth,
    {"block_sizes": [8, 32]},
    tolerance=1e-2,
)
def smooth_functions(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        out[tile] = _smooth(x[tile])
    return out


@entry("gelu", lambda: (torch.randn(30, 40),), F.gelu, {"block_sizes": [8, 32]})
def gelu(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        out[tile] = F.gelu(x[tile])
    return out


def _extern(x):
    return torch.tanh(x) + torch.expm1(x * 0.1) - torch.log1p(x.abs()) + F.gelu(x, approximate="tanh")


@entry("extern_functions", lambda: (torch.randn(30, 40),), _extern, {"block_sizes": [8, 32]})
def extern_functions(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        out[tile] = _extern(x[tile])
    return out


@entry(
    "gather_rows",
    lambda: (torch.randn(50, 48), torch.randint(0, 50, (37,))),
    lambda table, i: table[i],
    {"block_sizes": [8, 16]},
)
def gather_rows(table: torch.Tensor, indices: torch.Tensor) -> torch.Tensor:
    out = table.new_empty([indices.size(0), table.size(1)])
    for i, j in hl.tile(out.size()):
        out[i, j] = table[indices[i], j]
    return out


@entry("transpose", lambda: (torch.randn(70, 40),), lambda x: x.t().contiguous(), {"block_sizes": [16, 32]})
def transpose(x: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([x.size(1), x.size(0)])
    for i, j in hl.tile(x.size()):
        out[j, i] = x[i, j].transpose(0, 1)
    return out


@entry(
    "positions",
    lambda: (torch.randn(90), 3, 0.5),
    lambda x, n, scale: torch.where(torch.arange(90) < 45, x * scale + n, torch.arange(90) * 1.0),
    {"block_sizes": [32]},
    static_shapes=False,
)
def positions(x: torch.Tensor, n: int, scale: float) -> torch.Tensor:
    out = torch.empty_like(x)
    half = x.size(0) // 2
    for i in hl.tile(x.size(0)):
        out[i] = torch.where(i.index < half, x[i] * scale + n, i.index.to(torch.float32))
    return out


@entry(
    "shifted_window", lambda: (torch.randn(104),), lambda x: x[:100] + x[1:101] * 2 + x[4:104], {"block_sizes": [32]}
)
def shifted_window(x: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([x.size(0) - 4])
    for i in hl.tile(out.size(0)):
        out[i] = x[i] + x[i + 1] * 2 + x[i + 4]
    return out
