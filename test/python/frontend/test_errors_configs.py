# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in configurations and tunables."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.autotuner import EnumFragment, IntegerFragment

X = torch.ones(16, 32)


@helion.kernel
def kernel(x):
    for i, j in hl.tile(x.size()):
        x[i, j] = x[i, j] + 1
    return x


WRONG = [
    ({"block_sizes": [16]}, "block_sizes", "2 values"),
    ({"block_sizes": [16, 16, 16]}, "block_sizes", "2 values"),
    ({"block_sizes": [16, 24]}, "block_sizes", "24"),
    ({"block_sizes": [16, 0]}, "block_sizes", "a power of two"),
    ({"block_sizes": [16.0, 16]}, "block_sizes", "16.0"),
    ({"block_sizes": [65536, 65536]}, "block_sizes", "elements"),
    ({"block_sizes": [16, 16], "block_size": [16, 16]}, "block_sizes", "one of the two"),
    ({"num_warps": 4}, "block_sizes", "b0 (extent 16), b1 (extent 32)"),
    ({"block_sizes": [16, 16], "num_warp": 4}, "num_warp", "did you mean num_warps?"),
    ({"block_sizes": [16, 16], "num_warps": 3}, "num_warps", "a power of two"),
    ({"block_sizes": [16, 16], "num_stages": 0}, "num_stages", "from 1"),
    ({"block_sizes": [16, 16], "pid_type": "blocked"}, "pid_type", "'persistent_blocked'"),
    ({"block_sizes": [16, 16], "indexing": "tma"}, "indexing", "'tensor_descriptor'"),
    ({"block_sizes": [16, 16], "indexing": ["pointer"] * 7}, "indexing", "at most 2 values"),
    ({"block_sizes": [16, 16], "maxnreg": 64}, "maxnreg", "persistent"),
    ({"block_sizes": [16, 16], "loop_orders": [[0, 0]]}, "loop_orders", "a permutation of [0, 1]"),
    ({"block_sizes": [16, 16], "l2_groupings": [3]}, "l2_groupings", "a power of two"),
    ({"block_sizes": [16, 16], "pallas_loop_type": "x"}, "pallas_loop_type", "another code generator"),
]


@pytest.mark.parametrize(("config", "key", "says"), WRONG, ids=lambda each: each if isinstance(each, str) else "")
def test_a_wrong_configuration(config, key, says):
    with pytest.raises(exc.InvalidConfig) as caught:
        kernel.bind((X,)).compile_config(config)
    assert key in caught.value.message
    assert says in str(caught.value)


def test_something_that_is_no_configuration():
    with pytest.raises(exc.InvalidConfig, match=r"\[16, 16\]"):
        helion.kernel(kernel.fn, config=[16, 16])


def test_arguments_of_register_tunable(raised):
    def fragment(x):
        factor = hl.register_tunable("factor", 3)  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = factor
        return x

    def name(x):
        factor = hl.register_tunable(7, IntegerFragment(1, 4, 2))  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = factor
        return x

    raised(fragment, exc.RegisterTunableArgTypes, under='hl.register_tunable("factor", 3)', says="3")
    raised(name, exc.RegisterTunableArgTypes, says="7")


def test_values_that_a_tunable_cannot_have(raised):
    def kernel(x):
        mode = hl.register_tunable("mode", EnumFragment(("fast", "exact")))  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = 1 if mode == "fast" else 2
        return x

    raised(kernel, exc.TunableTypeNotSupported, says="str")


def test_names_of_tunables_that_are_taken(raised):
    def twice(x):
        a = hl.register_tunable("factor", IntegerFragment(1, 4, 2))
        b = hl.register_tunable("factor", IntegerFragment(1, 4, 2))  # here
        for i in hl.tile(x.size(0)):
            x[i, :] = a + b
        return x

    def key(x):
        warps = hl.register_tunable("num_warps", IntegerFragment(1, 4, 2))
        for i in hl.tile(x.size(0)):
            x[i, :] = warps
        return x

    raised(twice, exc.TunableNameConflict, says="factor")
    with pytest.raises(exc.TunableNameConflict, match="num_warps"):
        _ = helion.kernel(key).bind((X,)).config_spec
