# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""On compute capability 9.0 attention and large products get the forms that are fast there, others what they had."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

import helion
from benchmarks import helion_kernels
from examples.attention import attention
from helion.backends.triton import Target
from helion.runtime.config_spec import ConfigSpec
from helion.runtime.facts import BlockFacts, KernelFacts, LoopFacts, ValueFacts

SHARED_BYTES = 227 * 1024


def _attention_facts(head: int, rows: int = 4096) -> KernelFacts:
    q, k = ValueFacts(("b0", "b1", head), 16), ValueFacts(("b0", head, "b2"), 16)
    p, v = ValueFacts(("b0", "b1", "b2"), 16), ValueFacts(("b0", "b2", head), 16)
    return KernelFacts(
        blocks=tuple(BlockFacts(f"b{each}", each, 1, None, extent) for each, extent in enumerate((64, rows, 4096))),
        loops=(LoopFacts(("b0", "b1"), True), LoopFacts(("b2",), False)),
        values=(q, k, p, v), dots=((q, k), (p, v)), reduces=True, loads=3, stores=1, stored_bits=16,
    )  # fmt: skip


def _matmul_facts(size: int = 8192) -> KernelFacts:
    left, right = ValueFacts(("b0", "b2"), 16), ValueFacts(("b2", "b1"), 16)
    return KernelFacts(
        blocks=tuple(BlockFacts(f"b{number}", number, 16, None, size) for number in range(3)),
        loops=(LoopFacts(("b0", "b1"), True), LoopFacts(("b2",), False)),
        values=(left, right), dots=((left, right),), loads=2, stores=1, stored_bits=16,
    )  # fmt: skip


def _default(facts: KernelFacts, capability: int = 90) -> helion.Config:
    spec = ConfigSpec(facts, SHARED_BYTES, capability)
    config = spec.default_config()
    spec.normalize(config)
    return config


def test_attention_loads_its_values_by_descriptor() -> None:
    config = _default(_attention_facts(128))
    assert config.block_sizes == [1, 128, 128] and config.num_warps == 8
    assert config["indexing"] == ["pointer", "pointer", "tensor_descriptor", "pointer"]


def test_attention_with_more_operands_gets_two_chains() -> None:
    config = _default(replace(_attention_facts(128), loads=4))
    assert config.block_sizes == [1, 128, 64] and config.num_warps == 4
    assert config["data_partition_factors"] == [1, 2] and config["indexing"] == "tensor_descriptor"


def test_attention_without_a_loop_over_keys_gets_the_same() -> None:
    args = tuple(torch.empty((8, 1024, 128), dtype=torch.bfloat16) for _ in range(3))
    spec = helion_kernels.naive_attention.bind(args).config_spec
    config = spec.default_config(SHARED_BYTES, 90)
    assert config.block_sizes == [1, 128] and config["reduction_loops"] == [64]
    assert config["data_partition_factors"] == [1, 2] and config["indexing"] == "tensor_descriptor"
    assert "data_partition_factors" not in spec.default_config(SHARED_BYTES, 100)


def test_narrow_heads_get_small_tiles() -> None:
    config = _default(_attention_facts(64))
    assert config.block_sizes == [1, 64, 64] and config.num_warps == 4 and config.num_stages == 3


def test_large_products_walk_over_tiles() -> None:
    config = _default(_matmul_facts())
    assert config.block_sizes == [128, 256, 64] and config["range_flattens"] == [True]
    assert config["pid_type"] == "persistent_interleaved"


@pytest.mark.parametrize(
    ("facts", "capability"),
    [
        (_attention_facts(128), 100), (_attention_facts(128), 80), (_attention_facts(128), 0),
        (_attention_facts(128, rows=40), 90), (_attention_facts(256), 90), (_matmul_facts(), 100),
        (_matmul_facts(2048), 90), (replace(_matmul_facts(), stored_bits=32), 90),
        (replace(_matmul_facts(), loads=3), 90),
    ],
)  # fmt: skip
def test_others_stay_as_they_are(facts: KernelFacts, capability: int) -> None:
    assert _default(facts, capability) == _default(facts, 0)


@pytest.mark.parametrize(
    ("kernel", "shapes"),
    [
        (attention, [(2, 4, 1024, 128)] * 3),
        (attention, [(2, 4, 1024, 64)] * 3),
        (helion_kernels.naive_attention, [(8, 1024, 128)] * 3),
        (helion_kernels.matmul, [(4096, 4096)] * 2),
    ],
)
def test_they_compile_as_asked(kernel: Any, shapes: list[tuple[int, ...]]) -> None:
    args = tuple(torch.empty(shape, dtype=torch.bfloat16) for shape in shapes)
    bound = helion.kernel(kernel.fn, autotune_effort="none", static_shapes=True).bind(args)
    config = bound.config_spec.default_config(SHARED_BYTES, 90)
    lowered = bound.compilation.lower(bound.config_spec.normalize(config), Target.parse("sm_90"))
    assert not lowered.remarks
    bound.compile(config, target="sm_90")
