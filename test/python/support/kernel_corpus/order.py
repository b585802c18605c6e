# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that scan, sort, and pick elements by their positions."""

from __future__ import annotations

import torch

import helion.language as hl

from .entry import entry


def _running(x):
    sums = x.cumsum(1)
    from_end = x.flip(1).cumsum(1).flip(1)
    return torch.stack([sums, from_end, x.cummax(1)[0], torch.logcumsumexp(x, 1)])


@entry("running", lambda: (torch.randn(5, 100),), _running, {"block_sizes": [4]}, tolerance=1e-4)
@entry("running_narrow", lambda: (torch.randn(5, 64).bfloat16(),), _running, {"block_sizes": [2]}, tolerance=5e-2)
def running(x: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([4, *x.size()])
    for rows in hl.tile(x.size(0)):
        out[0, rows, :] = x[rows, :].cumsum(1)
        out[1, rows, :] = hl.cumsum(x[rows, :], 1, reverse=True)
        out[2, rows, :] = torch.cummax(x[rows, :], 1)[0]
        out[3, rows, :] = torch.logcumsumexp(x[rows, :], 1)
    return out


@entry("running_places", lambda: (torch.randn(5, 100),), lambda x: x.cummin(1)[1], {"block_sizes": [4]})
def running_places(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty(x.size(), dtype=torch.int64, device=x.device)
    for rows in hl.tile(x.size(0)):
        out[rows, :] = x[rows, :].cummin(1)[1]
    return out


def _combine(value, started, other, starts):
    return torch.where(starts, other, value + other), started | starts


def _segment_sums(x, starts):
    total, sums = torch.zeros_like(x[:, 0]), []
    for at in reversed(range(x.size(1))):
        total = torch.where(starts[:, at], x[:, at], total + x[:, at])
        sums.insert(0, total)
    return torch.stack(sums, 1)


@entry(
    "segment_sums",
    lambda: (torch.randn(5, 50), torch.rand(5, 50) > 0.8),
    _segment_sums,
    {"block_sizes": [2, 64]},
    tolerance=1e-4,
)
@entry(
    "segment_sums_dynamic",
    lambda: (torch.randn(5, 50), torch.rand(5, 50) > 0.8),
    _segment_sums,
    {"block_sizes": [2, 64]},
    tolerance=1e-4,
    static_shapes=False,
)
def segment_sums(x: torch.Tensor, starts: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows in hl.tile(x.size(0)):
        for columns in hl.tile(x.size(1)):
            values = (x[rows, columns], starts[rows, columns])
            out[rows, columns] = hl.associative_scan(_combine, values, 1, reverse=True)[0]
    return out


def _in_order(x):
    return x.sort(dim=1, descending=True, stable=True)


@entry("sort", lambda: (torch.randn(5, 50),), _in_order, {"block_sizes": [2]})
@entry("sort_narrow", lambda: (torch.randn(5, 64).half(),), _in_order, {"block_sizes": [1]})
@entry("sort_wide", lambda: (torch.randint(-9, 9, (5, 20)),), _in_order, {"block_sizes": [4]})
def sort(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    values = torch.empty_like(x)
    places = torch.empty(x.size(), dtype=torch.int64, device=x.device)
    for rows in hl.tile(x.size(0)):
        values[rows, :], places[rows, :] = torch.sort(x[rows, :], dim=1, descending=True, stable=True)
    return values, places


@entry("top_values", lambda: (torch.randn(5, 200),), lambda x: x.topk(5)[0], {"block_sizes": [2]})
@entry("top_values_bytes", lambda: (torch.arange(200).reshape(5, 40).to(torch.uint8),), lambda x: x.topk(5)[0],
       {"block_sizes": [2]})  # fmt: skip
def top_values(x: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([x.size(0), 5])
    for rows in hl.tile(x.size(0)):
        out[rows, :] = torch.topk(x[rows, :], 5, dim=1)[0]
    return out


def _router(logits):
    values, experts = logits.softmax(1).topk(2)
    return values / values.sum(1, keepdim=True), experts


@entry("router", lambda: (torch.randn(9, 60),), _router, {"block_sizes": [4]}, tolerance=1e-4)
def router(logits: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    weights = logits.new_empty([logits.size(0), 2])
    chosen = torch.empty([logits.size(0), 2], dtype=torch.int64, device=logits.device)
    for rows in hl.tile(logits.size(0)):
        values, experts = torch.softmax(logits[rows, :], 1).topk(2, dim=1)
        weights[rows, :] = values / values.sum(1, keepdim=True)
        chosen[rows, :] = experts
    return weights, chosen


def _rearranged(x, n):
    return torch.stack([x.gather(1, n), x.flip(1), x.roll(3, 1)])


@entry("rearranged", lambda: (torch.randn(5, 20), torch.randint(0, 20, (5, 20))), _rearranged, {"block_sizes": [4, 32]})
@entry(
    "rearranged_narrow",
    lambda: (torch.randn(8, 32).bfloat16(), torch.randint(0, 32, (8, 32))),
    _rearranged,
    {"block_sizes": [1, 32]},
)
@entry(
    "rearranged_bools", lambda: (torch.randn(8, 32) > 0, torch.randint(0, 32, (8, 32))), _rearranged,
    {"block_sizes": [2, 32]},
)  # fmt: skip
def rearranged(x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    out = x.new_empty([3, *x.size()])
    for rows in hl.tile(x.size(0)):
        for columns in hl.tile(x.size(1)):
            values = x[rows, columns]
            out[0, rows, columns] = values.gather(1, n[rows, columns])
            out[1, rows, columns] = values.flip(1)
            out[2, rows, columns] = values.roll(3, 1)
    return out


def _decoded(codes, table):
    return table[codes]


@entry("decoded", lambda: (torch.randint(0, 16, (9, 30)), torch.randn(16)), _decoded, {"block_sizes": [4, 16]})
@entry(
    "decoded_one_row", lambda: (torch.randint(0, 16, (9, 30)), torch.randn(16)), _decoded, {"block_sizes": [1, 16]}
)  # fmt: skip
def decoded(codes: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    out = table.new_empty(codes.size())
    for rows, columns in hl.tile(codes.size()):
        out[rows, columns] = table[:][codes[rows, columns]]
    return out
