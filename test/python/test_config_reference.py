# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One thing carries out each configuration key and tests show that it does: the documentation's table has no gaps."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from evidence_pages import TRITON, evidence, evidence_page, files_without_pass, keys, named_keys, passes

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = evidence(ROOT)


@pytest.mark.parametrize("each", passes(ROOT), ids=lambda each: each.name)
def test_a_pass_says_which_keys_it_names(each) -> None:
    said = each.reads | each.looks_at
    assert each.named == said & frozenset(keys()), "the description in Passes.td: Reads `key`, or Looks at `key`"
    assert not each.reads & each.looks_at
    assert said <= frozenset(keys())


def test_passes_alone_name_keys() -> None:
    # What several passes share takes the value; so each pass shows what it depends on.
    assert not {path.name: found for path in files_without_pass(ROOT) if (found := named_keys(path.read_text()))}


@pytest.mark.parametrize("key", keys())
def test_one_thing_carries_out_a_key(key: str) -> None:
    row = EVIDENCE[key]
    assert len(row.carriers) == 1, "one pass reads it, or it is an option of Triton's compiler"
    assert row.tests, f'a test shows what it does, with @pytest.mark.evidence("{key}")'
    if row.carriers[0].startswith("helion-"):
        assert row.lit_tests, f"a lit test runs {row.carriers[0]} on a kernel whose #helion.config has {key}"


def test_known_keys() -> None:
    assert EVIDENCE["block_sizes"].carriers == ("helion-bind-blocks",)
    assert EVIDENCE["num_warps"].carriers == (TRITON,)
    assert "helion-insert-barriers" in EVIDENCE["num_warps"].looked_at_by
    assert "HelionDialect/Transforms/select-access.mlir" in EVIDENCE["indexing"].lit_tests


def test_marks_name_keys() -> None:
    for path in (ROOT / "test" / "python").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "evidence":
                for arg in node.args:
                    assert isinstance(arg, ast.Constant), "the page reads literals only"
                    assert arg.value in EVIDENCE, f"{path}:{node.lineno}"


def test_the_page_is_current() -> None:
    page = ROOT / "docs" / "reference" / "config-evidence.md"
    assert page.read_text() == evidence_page(ROOT), "python docs/_ext/evidence_pages.py writes it"
