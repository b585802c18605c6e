# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory beyond plain loads and stores: atomics, locks."""

from __future__ import annotations

import torch

import helion.language as hl

from .entry import entry


def _integers(count: int, bound: int, dtype: torch.dtype = torch.int32) -> torch.Tensor:
    return torch.randint(0, bound, (count,)).to(dtype)


def _bits(counts: torch.Tensor, index: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    for place, number in zip(index.tolist(), value.tolist()):
        counts[0, place] += number
        counts[1, place] &= number
        counts[2, place] |= number
        counts[3, place] ^= number
        counts[4, place] = max(int(counts[4, place]), number)
        counts[5, place] = min(int(counts[5, place]), number)
    return counts


@entry(
    "atomic_integers", lambda: (torch.randint(0, 99, (6, 9)).int(), _integers(50, 9), _integers(50, 99)), _bits,
    {"block_sizes": [16]},
)  # fmt: skip
@entry(
    "atomic_wide_integers", lambda: (torch.randint(0, 99, (6, 9)), _integers(50, 9), _integers(50, 99, torch.int64)),
    _bits, {"block_sizes": [16]},
)  # fmt: skip
def atomic_integers(counts: torch.Tensor, index: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    for tile in hl.tile(value.size(0)):
        hl.atomic_add(counts, [0, index[tile]], value[tile])
        hl.atomic_and(counts, [1, index[tile]], value[tile], sem="acquire")
        hl.atomic_or(counts, [2, index[tile]], value[tile], sem="release")
        hl.atomic_xor(counts, [3, index[tile]], value[tile], sem="acq_rel")
        hl.atomic_max(counts, [4, index[tile]], value[tile])
        hl.atomic_min(counts, [5, index[tile]], value[tile])
    return counts


def _ranges(high: torch.Tensor, low: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    before = high.clone()
    high.copy_(torch.maximum(high, value))
    low.copy_(torch.minimum(low, value))
    return before


@entry("atomic_floats", lambda: (torch.randn(50), torch.randn(50), torch.randn(50)), _ranges, {"block_sizes": [16]})
@entry(
    "atomic_doubles", lambda: tuple(torch.randn(50, dtype=torch.float64) for _ in range(3)), _ranges,
    {"block_sizes": [16]},
)  # fmt: skip
def atomic_floats(high: torch.Tensor, low: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    before = torch.empty_like(high)
    for tile in hl.tile(value.size(0)):
        before[tile] = hl.atomic_max(high, [tile], value[tile])
        hl.atomic_min(low, [tile], value[tile])
    return before


@entry(
    "atomic_halves", lambda: (torch.zeros(9, dtype=torch.float16), _integers(50, 9), torch.ones(50).half()),
    lambda out, index, value: out.index_add(0, index, value), {"block_sizes": [16]},
)  # fmt: skip
@entry(
    "atomic_bfloats", lambda: (torch.zeros(9, dtype=torch.bfloat16), _integers(50, 9), torch.ones(50).bfloat16()),
    lambda out, index, value: out.index_add(0, index, value), {"block_sizes": [16]},
)  # fmt: skip
def atomic_halves(out: torch.Tensor, index: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    for tile in hl.tile(value.size(0)):
        hl.atomic_add(out, [index[tile]], value[tile])
    return out


def _swapped(x: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
    before = x.clone()
    x.copy_(torch.where(x == old, 2.0, x))
    return before


@entry("atomic_swap", lambda: (torch.tensor([0.0, 1.0] * 25), torch.ones(50)), _swapped, {"block_sizes": [16]})
def atomic_swap(x: torch.Tensor, old: torch.Tensor) -> torch.Tensor:
    before = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        before[tile] = hl.atomic_cas(x, [tile], old[tile], 2.0, sem="acq_rel")
    return before


@entry(
    "lock", lambda: (torch.arange(30.0), torch.zeros(1, dtype=torch.int32), torch.zeros(1)),
    lambda x, lock, total: total + x.sum(), {"block_sizes": [8]},
)  # fmt: skip
def lock(x: torch.Tensor, lock: torch.Tensor, total: torch.Tensor) -> torch.Tensor:
    for tile in hl.tile(x.size(0)):
        while hl.atomic_cas(lock, [0], 0, 1, sem="acquire") == 1:
            pass
        total[0] = total[0] + x[tile].sum()
        hl.atomic_xchg(lock, [0], 0, sem="release")
    return total
