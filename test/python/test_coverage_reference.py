# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Everything that a kernel may be written with has a test, and the page of the documentation says which."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from coverage_features import NOT_YET, keys, sections
from coverage_pages import coverage_page, evidence
from coverage_tests import collect

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = evidence(ROOT)


@pytest.mark.parametrize("heading", sections())
def test_everything_has_a_test(heading):
    missing = [key for key in keys(sections()[heading]) if not EVIDENCE[key] and key not in NOT_YET]
    assert not missing, "write a test, or name them in its @pytest.mark.covers(…)"


def test_nothing_that_has_a_test_is_listed_as_missing():
    done = sorted(key for key in NOT_YET if EVIDENCE.get(key, ["no such feature"]))
    assert not done, "take them out of NOT_YET in docs/_ext/coverage_features.py"


def test_marks_name_features():
    known = {key for features in sections().values() for key in keys(features)}
    for path in (ROOT / "test" / "python").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "covers":
                for arg in node.args:
                    assert isinstance(arg, ast.Constant), "the coverage page reads literals only"
                    assert arg.value in known, f"{path}:{node.lineno}"


def test_the_page_is_current():
    page = ROOT / "docs" / "reference" / "coverage.md"
    assert page.read_text() == coverage_page(ROOT), "python docs/_ext/coverage_pages.py writes it"


def test_only_what_the_source_of_a_test_shows_counts(tmp_path):
    folder = tmp_path / "test" / "python" / "frontend"
    folder.mkdir(parents=True)
    (folder / "test_it.py").write_text(
        "TABLE = [torch.exp]\n"
        "def helper(x):\n    return x.log2()\n"
        "def test_one():\n"
        "    def kernel(x):\n"
        "        for i in hl.tile(x.size(0)):\n"
        "            x[i + 1, :] = helper(x[i, ...]) if x.size(0) else TABLE[0](x[i])\n"
        "@pytest.mark.covers('python: break')\n"
        "def test_two():\n"
        "    with pytest.raises(Error):\n        hl.cumsum()\n"
    )
    one, two = collect(tmp_path)
    assert one.name == "frontend/test_it.py::test_one"
    assert {"torch.exp", ".log2", "hl.tile", "index: sum", "index: :", "index: ...", "python: IfExp"} <= one.covers
    assert two.covers == {"python: break"}
