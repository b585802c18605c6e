# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Each configuration key that a pass reads has a lit test of that pass: the table of the documentation has no gaps."""

from __future__ import annotations

from pathlib import Path

import pytest
from python_pages import lit_tests, readers

from helion.runtime.config_keys import KEYS

ROOT = Path(__file__).resolve().parents[2]
READERS = readers(ROOT, KEYS)


def test_the_compiler_reads_the_keys_that_every_kernel_has() -> None:
    assert READERS["block_sizes"] == ["helion-bind-blocks"]
    assert READERS["indexing"] == ["helion-select-access"]


@pytest.mark.parametrize(("key", "reader"), [(key, reader) for key, found in READERS.items() for reader in found])
def test_key_shows_in_a_lit_test_of_its_pass(key: str, reader: str) -> None:
    assert lit_tests(ROOT, key, reader), f"no test/lit/HelionDialect/Transforms/{reader[7:]}*.mlir uses {key}"
