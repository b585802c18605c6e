# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""ConfigSpec: aliases, nested lists, broadcasting, and errors that name key, value and what is allowed."""

from __future__ import annotations

import pytest

import helion
from helion import exc
from helion.runtime.config_spec import ConfigSpec
from helion.runtime.facts import BlockFacts, KernelFacts, LoopFacts, ValueFacts

MATMUL = KernelFacts(
    blocks=(
        BlockFacts("b0", 0, 16, 8192, 8192),
        BlockFacts("b1", 1, 16, 8192, 8192),
        BlockFacts("b2", 2, 16, 8192, 8192),
    ),
    loops=(LoopFacts(("b0", "b1"), grid=True), LoopFacts(("b2",), grid=False)),
    values=(ValueFacts(("b0", "b2"), 16), ValueFacts(("b2", "b1"), 16), ValueFacts(("b0", "b1"), 32)),
    dots=((ValueFacts(("b0", "b2"), 16), ValueFacts(("b2", "b1"), 16)),),
    loads=2,
    stores=1,
    tunables=(("my_tunable", 7),),
)


@pytest.fixture
def spec() -> ConfigSpec:
    return ConfigSpec(MATMUL)


def test_missing_keys_get_defaults(spec: ConfigSpec) -> None:
    normal = spec.normalize({"block_sizes": [64, 64, 32]})
    assert normal["num_warps"] == 4 and normal["num_stages"] == 1
    assert normal["loop_orders"] == [[0, 1]]
    assert normal["l2_groupings"] == [1]
    assert normal["indexing"] == ["pointer"] * 3
    assert normal["load_eviction_policies"] == ["", ""]
    assert normal["range_warp_specializes"] == [None, None]
    assert normal["my_tunable"] == 7
    assert "reduction_loops" not in normal


def test_the_form_of_old_kernels_is_understood(spec: ConfigSpec) -> None:
    config = helion.Config(
        block_sizes=[[32, 64], [16]],
        loop_orders=[[1, 0]],
        num_warps=4,
        num_stages=3,
        indexing="block_ptr",
        l2_grouping=32,
    )
    normal = spec.normalize(config)
    assert normal["block_sizes"] == [32, 64, 16]
    assert normal["loop_orders"] == [[1, 0]]
    assert normal["l2_groupings"] == [32]
    assert normal["indexing"] == ["block_ptr"] * 3
    assert config["block_sizes"] == [[32, 64], [16]]


def test_short_names_and_single_values(spec: ConfigSpec) -> None:
    normal = spec.normalize({"block_sizes": [64, 64, 32], "loop_order": [1, 0], "range_num_stage": 2, "my_tunable": 1})
    assert normal["loop_orders"] == [[1, 0]]
    assert normal["range_num_stages"] == [2, 0]
    assert normal["my_tunable"] == 1


def test_a_list_that_is_too_short_is_filled_up(spec: ConfigSpec) -> None:
    normal = spec.normalize({"block_sizes": [64, 64, 32], "indexing": ["tensor_descriptor"]})
    assert normal["indexing"] == ["tensor_descriptor", "pointer", "pointer"]


def test_normalizing_twice_changes_nothing(spec: ConfigSpec) -> None:
    normal = spec.normalize({"block_sizes": [64, 64, 32], "l2_grouping": 4})
    assert spec.normalize(normal) == normal


@pytest.mark.parametrize(
    "config, culprits",
    [
        ({"block_sizes": [64, 64]}, ["block_sizes has 2 values", "3 values", "b0", "[64, 64]"]),
        ({"block_sizes": [64, 64, 32, 1]}, ["block_sizes has 4 values"]),
        ({}, ["no block_sizes", "3 values"]),
        ({"block_sizes": [64, 64, 33]}, ["block_sizes", "power of two", "33"]),
        ({"block_sizes": [64, 64, True]}, ["block_sizes", "power of two", "True"]),
        ({"block_sizes": [64, 64, 8]}, ["entry 2 of block_sizes", "at least 16", "8"]),
        ({"block_sizes": [8192, 8192, 16]}, ["too many elements"]),
        ({"block_size": 64, "block_sizes": [64, 64, 16]}, ["both block_sizes and", "block_size"]),
        ({"num_warps": 3}, ["num_warps", "power of two", "3"]),
        ({"num_warps": "8"}, ["num_warps", "'8'"]),
        ({"pid_type": "diagonal"}, ["pid_type", "persistent_blocked", "'diagonal'"]),
        ({"indexing": ["pointer"] * 4}, ["indexing has 4 values", "at most 3"]),
        ({"indexing": "descriptor"}, ["indexing", "tensor_descriptor", "'descriptor'"]),
        ({"loop_orders": [[0, 0]]}, ["entry 0 of loop_orders", "permutation"]),
        ({"num_warp": 4}, ["unknown key", "num_warp", "did you mean num_warps"]),
        ({"num_threads": 4}, ["num_threads", "another code generator"]),
        ({"num_sm_multiplier": 2}, ["num_sm_multiplier", "persistent"]),
        ({"maxnreg": 128}, ["maxnreg", "persistent"]),
    ],
)
def test_mistakes_name_key_value_and_what_is_allowed(spec: ConfigSpec, config: dict, culprits: list[str]) -> None:
    base = {} if "block_sizes" in config or not config else {"block_sizes": [64, 64, 32]}
    with pytest.raises(exc.InvalidConfig) as caught:
        spec.normalize({**base, **config})
    for culprit in culprits:
        assert culprit in str(caught.value)


def test_keys_without_a_place_in_the_kernel_are_dropped() -> None:
    spec = ConfigSpec(KernelFacts(blocks=(BlockFacts("b0", 0, 1, 1024, 1000),), loops=(LoopFacts(("b0",), True),)))
    normal = spec.normalize({"block_sizes": 32, "l2_groupings": [4], "load_eviction_policies": ["first"]})
    assert normal["block_sizes"] == [32]
    assert "l2_groupings" not in normal and "load_eviction_policies" not in normal


def test_minimize_keeps_what_differs(spec: ConfigSpec) -> None:
    config = helion.Config(block_sizes=[64, 64, 32], num_warps=4, num_stages=3, l2_groupings=[1], indexing="pointer")
    small = config.minimize(spec)
    assert dict(small) == {"block_sizes": [64, 64, 32], "num_stages": 3}
    assert spec.normalize(small) == spec.normalize(config)
