# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Default configurations fit the shapes, the chip and the operation."""

from __future__ import annotations

import math

import pytest

from helion.runtime.config_spec import ConfigSpec
from helion.runtime.facts import BlockFacts, KernelFacts, LoopFacts, ValueFacts


def block(index: int, extent: int, least: int = 1) -> BlockFacts:
    return BlockFacts(f"b{index}", index, least, None, extent)


def pointwise(m: int, n: int) -> KernelFacts:
    return KernelFacts(
        blocks=(block(0, m), block(1, n)),
        loops=(LoopFacts(("b0", "b1"), True),),
        values=(ValueFacts(("b0", "b1"), 32),),
        loads=2,
        stores=1,
    )


def matmul(m: int, n: int, k: int, bits: int = 16) -> KernelFacts:
    left, right = ValueFacts(("b0", "b2"), bits), ValueFacts(("b2", "b1"), bits)
    return KernelFacts(
        blocks=(block(0, m, 16), block(1, n, 16), block(2, k, 16)),
        loops=(LoopFacts(("b0", "b1"), True), LoopFacts(("b2",), False)),
        values=(left, right, ValueFacts(("b0", "b1"), 32)),
        dots=((left, right),),
        loads=2,
        stores=1,
    )


def attention(batch: int, m: int, n: int, head: int) -> KernelFacts:
    q, k = ValueFacts(("b0", "b1", head), 16), ValueFacts(("b0", head, "b2"), 16)
    p, v = ValueFacts(("b0", "b1", "b2"), 16), ValueFacts(("b0", "b2", head), 16)
    return KernelFacts(
        blocks=(block(0, batch), block(1, m, 16), block(2, n, 16)),
        loops=(LoopFacts(("b0", "b1"), True), LoopFacts(("b2",), False)),
        values=(q, k, p, v, ValueFacts(("b0", "b1", head), 32)),
        dots=((q, k), (p, v)),
        reduces=True,
        loads=3,
        stores=1,
    )


def softmax_rows(m: int, n: int) -> KernelFacts:
    return KernelFacts(
        blocks=(block(0, m),),
        loops=(LoopFacts(("b0",), True),),
        values=(ValueFacts(("b0", n), 32), ValueFacts(("b0",), 32)),
        reduces=True,
        loads=1,
        stores=1,
    )


def summed_in_chunks(m: int, n: int) -> KernelFacts:
    return KernelFacts(
        blocks=(block(0, m), block(1, n)),
        loops=(LoopFacts(("b0",), True), LoopFacts(("b1",), False)),
        values=(ValueFacts(("b0", "b1"), 32), ValueFacts(("b0",), 32)),
        reduces=True,
        loads=1,
        stores=1,
    )


ALL = [
    pointwise(100, 70), pointwise(16384, 16384), pointwise(8192, 3), pointwise(1, 10**6), matmul(8192, 8192, 8192),
    matmul(96, 112, 80, 32), matmul(64, 64, 64), attention(64, 4096, 4096, 128), attention(2, 96, 96, 64),
    softmax_rows(16384, 8192), softmax_rows(16, 65536), softmax_rows(10000, 16), summed_in_chunks(4, 200),
    summed_in_chunks(16384, 8192),
]  # fmt: skip


@pytest.mark.parametrize("facts", ALL)
def test_every_default_is_legal_and_no_larger_than_the_extents(facts: KernelFacts) -> None:
    spec = ConfigSpec(facts)
    config = spec.default_config()
    normal = spec.normalize(config)
    for size, fact in zip(normal["block_sizes"], facts.blocks):
        assert fact.min <= size <= max(fact.bound or size, fact.min)


@pytest.mark.parametrize("shared_bytes", [64 * 1024, 99 * 1024, 227 * 1024])
@pytest.mark.parametrize("facts", [fact for fact in ALL if fact.dots])
def test_operands_that_a_dot_reads_in_the_loop_fit_the_chip(facts: KernelFacts, shared_bytes: int) -> None:
    config = ConfigSpec(facts, shared_bytes).default_config()
    sizes = {fact.name: size for fact, size in zip(facts.blocks, config.block_sizes)}
    inner = {name for loop in facts.loops if not loop.grid for name in loop.blocks}
    right_hand = sum(
        math.prod(sizes.get(e, e) if isinstance(e, str) else e for e in right.extents) * right.bits // 8
        for _, right in facts.dots
        if inner & set(right.extents)
    )
    assert 0 < right_hand * (config.num_stages - 1) < shared_bytes


def test_large_pointwise_programs_hold_some_thousand_contiguous_elements() -> None:
    rows, columns = ConfigSpec(pointwise(16384, 16384)).default_config().block_sizes
    assert 1024 <= rows * columns <= 4096 and columns >= 256


def test_matmul_gets_large_tiles_and_l2_grouping() -> None:
    config = ConfigSpec(matmul(8192, 8192, 8192), 227 * 1024).default_config()
    assert config.block_sizes == [128, 256, 64]
    assert config.num_warps == 8 and config.num_stages == 3 and config.l2_groupings == [8]


def test_attention_keeps_the_batch_at_one_and_rows_large() -> None:
    config = ConfigSpec(attention(64, 4096, 4096, 128), 227 * 1024).default_config()
    batch, rows, columns = config.block_sizes
    assert batch == 1 and rows == 128 and columns in (32, 64, 128)
    assert config.num_stages >= 2


def test_long_rows_get_one_row_and_many_warps() -> None:
    config = ConfigSpec(softmax_rows(16384, 8192)).default_config()
    assert config.block_sizes == [1] and config.num_warps >= 8


def test_short_rows_are_taken_together() -> None:
    assert ConfigSpec(softmax_rows(10000, 16)).default_config().block_sizes[0] > 1


def test_chunked_reductions_walk_along_the_row() -> None:
    rows, chunk = ConfigSpec(summed_in_chunks(16384, 8192)).default_config().block_sizes
    assert chunk >= 1024 and rows <= 8
