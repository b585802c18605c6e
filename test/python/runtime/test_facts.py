# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Facts come from the prepared module: blocks, loops, memory operations, dots, as far as a result depends on them."""

from __future__ import annotations

from typing import Any

import torch

import helion
import helion.language as hl
from helion.runtime.facts import BlockFacts, KernelFacts, LoopFacts, ReductionFacts, ValueFacts


@helion.kernel(autotune_effort="none")
def scored(x: torch.Tensor, y: torch.Tensor, hits: torch.Tensor) -> torch.Tensor:
    m, k = x.size()
    n = y.size(1)
    out = torch.empty([m, n], dtype=torch.bfloat16, device=x.device)
    block = hl.register_block_size(16, 64)
    for tile_m, tile_n in hl.tile([m, n], block_size=[None, 32]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(k, block_size=block):
            acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
        hl.atomic_add(hits, [0], 1)
        out[tile_m, tile_n] = acc.to(torch.bfloat16)
    return out


@helion.kernel(autotune_effort="none")
def row_max(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0)], dtype=x.dtype, device=x.device)
    for tile in hl.tile(x.size(0)):
        out[tile] = x[tile, :].amax(-1)
    return out


@helion.kernel(autotune_effort="none")
def mostly_unused(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0)], dtype=x.dtype, device=x.device)
    for tile_m in hl.tile(x.size(0)):
        unused = y[tile_m]
        for tile_n, tile_k in hl.tile([x.size(1), x.size(1)]):
            unused = unused + x[tile_m, tile_n].sum(-1) + x[tile_m, tile_k].sum(-1)
        total = hl.zeros([tile_m], dtype=torch.float32)
        for tile_n in hl.tile(x.size(1)):
            total = total + x[tile_m, tile_n].sum(-1)
        out[tile_m] = total
    return out


@helion.kernel(autotune_effort="none")
def unpacked(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile(out.size()):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(x.size(1)):
            pair = hl.join(x[tile_m, tile_k], x[tile_m, tile_k])
            acc = hl.dot(
                pair.reshape(tile_m, tile_k.block_size * 2),
                y[tile_k.begin * 2 + hl.arange(tile_k.block_size * 2), tile_n],
                acc=acc,
            )
        out[tile_m, tile_n] = acc.to(x.dtype)
    return out


def _facts(kernel: Any, *args: torch.Tensor) -> KernelFacts:
    return kernel.bind(args).compilation.facts


def test_facts_of_a_product() -> None:
    x, y = torch.empty(96, 64, dtype=torch.float16), torch.empty(64, 80, dtype=torch.float16)
    facts = _facts(scored, x, y, torch.zeros(1, dtype=torch.int32))
    walked, rows = facts.blocks
    assert (walked.min, walked.max, walked.ordinal) == (16, 64, 0)
    assert rows == BlockFacts(rows.name, 1, 16, 128, 96)
    ((columns, size),) = facts.fixed
    assert size == 32
    assert facts.loops == (LoopFacts((rows.name, columns), True), LoopFacts((walked.name,), False))
    assert (facts.loads, facts.stores, facts.atomics, facts.stored_bits) == (2, 1, 1, 16)
    assert (facts.reductions, facts.reduces, facts.barriers) == ((), False, 0)
    assert facts.dots == ((ValueFacts((rows.name, walked.name), 16), ValueFacts((walked.name, columns), 16)),)
    assert ValueFacts((rows.name, columns), 32) in facts.values


def test_reductions_that_loops_could_walk() -> None:
    facts = _facts(row_max, torch.empty(8, 1000))
    assert facts.reductions == (ReductionFacts(1000),)
    assert facts.reduces and (facts.loads, facts.stores, facts.stored_bits) == (1, 1, 32)
    assert facts.values.count(ValueFacts((facts.blocks[0].name, 1000), 32)) == 1


def test_what_no_result_depends_on_takes_no_place_in_lists() -> None:
    x, y = torch.randn(64, 1024), torch.empty(64)
    bound = mostly_unused.bind((x, y))
    facts = bound.compilation.facts
    assert [loop.grid for loop in facts.loops] == [True, False]
    assert (facts.loads, facts.stores) == (1, 1)
    sizes = [16] * len(facts.blocks)
    config = helion.Config(
        block_sizes=[*sizes[:-1], 128], range_num_stages=[0, 3], load_cache_modifiers=[".cg"], indexing=["pointer"] * 2
    )
    ttir = bound.compilation.lower(bound.config_spec.normalize(config), _target()).ttir
    # The entries are those of the one loop and the one load that are left.
    assert ttir.count("tt.load") == ttir.count("cacheModifier = cg") == 1
    assert ttir.count("scf.for") == ttir.count("tt.num_stages = 3") == 1
    torch.testing.assert_close(bound.compile_config(config)(x, y), x.sum(-1))


def _target() -> Any:
    from helion.backends.triton import Target

    return Target.parse("sm_90")


def test_useful_bound_of_a_block_is_the_next_power_of_two_of_its_extent() -> None:
    assert BlockFacts("b", 0, 1, 4096, 100).bound == 128
    assert BlockFacts("b", 0, 1, 64, 100).bound == 64
    assert BlockFacts("b", 0).bound is None


def test_products_of_blocks_count_by_their_factors() -> None:
    facts = _facts(unpacked, torch.empty(64, 32, dtype=torch.float16), torch.empty(64, 48, dtype=torch.float16))
    walked = next(loop.blocks[0] for loop in facts.loops if not loop.grid)
    rows, columns = next(loop.blocks for loop in facts.loops if loop.grid)
    assert {block.name for block in facts.blocks} == {rows, columns, walked}
    assert ValueFacts((rows, walked, 2), 16) in facts.values
    assert facts.dots == ((ValueFacts((rows, walked), 16), ValueFacts((walked, columns), 16)),)
