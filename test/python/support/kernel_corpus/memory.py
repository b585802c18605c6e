# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Memory beyond plain loads and stores: atomics, locks, rows of different lengths."""

from __future__ import annotations

import itertools

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


def _extremes(out: torch.Tensor, least: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    out += value
    least.copy_(torch.minimum(least, value))
    return out


@entry(
    "atomic_blocks", lambda: tuple(torch.randint(-99, 99, (20, 36), dtype=torch.int64) for _ in range(3)), _extremes,
    {"block_sizes": [16, 16], "atomic_indexing": "tensor_descriptor"},
)  # fmt: skip
def atomic_blocks(out: torch.Tensor, least: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    for rows, columns in hl.tile(value.size()):
        hl.atomic_add(out, [rows, columns], value[rows, columns])
        hl.atomic_min(least, [rows, columns], value[rows, columns])
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


def _ragged() -> tuple[torch.Tensor, torch.Tensor]:
    offsets = torch.tensor([0, 3, 3, 20, 28, 37, 38, 58])
    return torch.randn(58, 12), offsets


def _means(x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    ends = offsets.tolist()
    return torch.stack([x[begin:end].exp().sum(0) for begin, end in itertools.pairwise(ends)])


@entry("jagged_sum", _ragged, _means, {"block_sizes": [4, 16, 8]}, tolerance=1e-4)
@entry("jagged_sum_dynamic", _ragged, _means, {"block_sizes": [4, 16, 8]}, tolerance=1e-4, static_shapes=False)
def jagged_sum(x: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
    rows = offsets.size(0) - 1
    out = x.new_empty([rows, x.size(1)])
    for row, column in hl.tile([rows, x.size(1)]):
        start = offsets[row]
        total = hl.zeros([row, column])
        for j in hl.jagged_tile(offsets[row.index + 1] - start):
            place = start[:, None] + j.index[None, :]
            total += torch.exp(x[place, column]).sum(1)
        out[row, column] = total
    return out


@entry(
    "jagged_statistics", lambda: (torch.randn(7, 20), torch.tensor([3, 5, 20, 2, 9, 7, 12])),
    lambda x, n: torch.stack([torch.stack([r[:k].mean(), r[:k].var(), r[:k].amax()]) for r, k in zip(x, n.tolist())]),
    {"block_sizes": [4, 32]}, tolerance=1e-4,
)  # fmt: skip
def jagged_statistics(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([x.size(0), 3])
    for row in hl.tile(x.size(0)):
        for j in hl.jagged_tile(lengths[row]):
            value = x[row, j]
            out[row, 0] = value.mean(1)
            out[row, 1] = value.var(1)
            out[row, 2] = value.amax(1)
    return out


def _turned(x: torch.Tensor) -> torch.Tensor:
    return x.reshape(-1, 3, 4).transpose(1, 2).reshape(-1, 12)


@entry("odd_reshapes", lambda: (torch.randn(7, 12),), _turned, {"block_sizes": [4]})
@entry("odd_reshapes_half", lambda: (torch.randn(7, 12).bfloat16(),), _turned, {"block_sizes": [4]})
@entry("odd_reshapes_bool", lambda: (torch.randn(7, 12) > 0,), _turned, {"block_sizes": [4]})
@entry("odd_reshapes_wide", lambda: (torch.randint(-9, 9, (7, 12)),), _turned, {"block_sizes": [8]})
def odd_reshapes(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for row in hl.tile(x.size(0)):
        out[row, :] = x[row, :].reshape(row, 3, 4).transpose(1, 2).reshape(row, 12)
    return out
