# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Config: a hashable mapping that goes to JSON, files and pickles and comes back the same."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest

import helion
from helion import exc

if TYPE_CHECKING:
    from pathlib import Path

CONFIG = helion.Config(block_sizes=[64, 32], num_warps=8, indexing=["pointer", "tensor_descriptor"], my_tunable=3)


def test_is_a_mapping_with_attributes_for_known_keys() -> None:
    assert CONFIG["num_warps"] == CONFIG.num_warps == 8
    assert CONFIG["my_tunable"] == 3
    assert list(CONFIG) == ["block_sizes", "num_warps", "indexing", "my_tunable"]
    assert CONFIG.num_stages == 1 and CONFIG.pid_type == "flat"
    assert dict(CONFIG) == CONFIG.config


@pytest.mark.parametrize(
    "there_and_back",
    [
        lambda config: helion.Config.from_json(config.to_json()),
        lambda config: pickle.loads(pickle.dumps(config)),
        lambda config: helion.Config.from_dict(dict(config)),
        lambda config: eval(repr(config), {"helion": helion}),
    ],
    ids=["json", "pickle", "dict", "repr"],
)
def test_round_trip(there_and_back) -> None:
    copy = there_and_back(CONFIG)
    assert copy == CONFIG and hash(copy) == hash(CONFIG)


def test_save_and_load(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "best.json"
    CONFIG.save(path)
    assert helion.Config.load(path) == CONFIG


def test_different_configurations_differ() -> None:
    assert helion.Config(num_warps=4) != helion.Config(num_warps=8)
    assert len({CONFIG, helion.Config(CONFIG), helion.Config(block_sizes=[64])}) == 2


def test_text_that_is_no_configuration_is_refused() -> None:
    with pytest.raises(exc.InvalidConfig, match="JSON"):
        helion.Config.from_json("{")
    with pytest.raises(exc.InvalidConfig, match="object"):
        helion.Config.from_json("[1]")
