# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Facts are read from the module's text: blocks, loops, memory operations, dots."""

from __future__ import annotations

from types import SimpleNamespace

from helion.runtime.facts import BlockFacts, LoopFacts, ValueFacts, facts_of_module

MODULE = """
#dims = #helion.dims<[@b0, 64]>
module {
  helion.kernel @k(%x: memref<96x64xf16>, %y: memref<64x80xf16>, %out: memref<96x80xf16>) {
    helion.block @b0 {max = 128 : i64, min = 16 : i64, ordinal = 0 : i64}
    helion.block @b1 {ordinal = 1 : i64, min = 16 : i64, max = 128 : i64}
    helion.block @b2 {size = 32 : i64}
    helion.grid (%m, %n) = (%c0, %c0) to (%c96, %c80) blocks [@b0, @b1] : i32 {
      %r = helion.tile_for (%t) = (%c0) to (%k) blocks [@b2] : i32 iter_args(%a = %i : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>) {
        %v = helion.load %x[%m, %s] {ordinal = 0 : i64, load_ordinal = 0 : i64} : memref<96x64xf16>, !helion.tile<@b0>, !helion.tile<64> -> tensor<?x64xf16, #dims>
        %w = helion.load %y[%s, %n] {ordinal = 1 : i64, load_ordinal = 1 : i64} : memref<64x80xf16>, !helion.tile<64>, !helion.tile<@b1> -> tensor<64x?xf16, #helion.dims<[64, @b1]>>
        %d = helion.dot %v, %w, %a : tensor<?x?xf32, #helion.dims<[@b0, @b1]>> {precision = 1 : i32} : tensor<?x64xf16, #dims>, tensor<64x?xf16, #helion.dims<[64, @b1]>> -> tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
        helion.yield %d : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>
      } {ordinal = 0 : i64}
      helion.store %r, %out[%m, %n] {ordinal = 2 : i64} : tensor<?x?xf32, #helion.dims<[@b0, @b1]>>, memref<96x80xf16>
    }
    helion.return
  }
}
"""  # noqa: E501


def test_facts_of_a_small_module() -> None:
    facts = facts_of_module(MODULE, [SimpleNamespace(name="b0", size_hint=96)])
    assert facts.blocks == (BlockFacts("b0", 0, 16, 128, 96), BlockFacts("b1", 1, 16, 128, None))
    assert facts.fixed == (("b2", 32),)
    assert facts.loops == (LoopFacts(("b0", "b1"), True), LoopFacts(("b2",), False))
    assert (facts.loads, facts.stores, facts.atomics, facts.reductions, facts.reduces) == (2, 1, 0, (), False)
    assert facts.dots == ((ValueFacts(("b0", 64), 16), ValueFacts((64, "b1"), 16)),)
    assert ValueFacts(("b0", "b1"), 32) in facts.values


def test_useful_bound_of_a_block_is_the_next_power_of_two_of_its_extent() -> None:
    assert BlockFacts("b", 0, 1, 4096, 100).bound == 128
    assert BlockFacts("b", 0, 1, 64, 100).bound == 64
    assert BlockFacts("b", 0).bound is None


def test_products_of_blocks_count_by_their_factors() -> None:
    text = MODULE.replace(
        "helion.block @b2 {size = 32 : i64}", "helion.block @b0x2 {factor = 2 : i64, of = [@b0]}"
    ).replace("tensor<64x?xf16, #helion.dims<[64, @b1]>>", "tensor<?x?xf16, #helion.dims<[@b0x2, @b1]>>")  # fmt: skip
    facts = facts_of_module(text)
    assert [block.name for block in facts.blocks] == ["b0", "b1"]
    assert facts.fixed == ()
    assert ValueFacts(("b0", 2, "b1"), 16) in facts.values
    assert facts.dots == ((ValueFacts(("b0", 64), 16), ValueFacts(("b0", "b1"), 16)),)
