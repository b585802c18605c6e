# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The page that says what kernels may be written with, and which test shows that it works."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import coverage_features
import coverage_tests
from page_files import write

if TYPE_CHECKING:
    from coverage_features import Feature

_SHOWN = 2  # tests that the page names for one feature
_HEAD = """\
# Coverage

What a kernel may be written with, and tests that show that it works. This page is generated from the registry of
lowerings and from the sources of the tests: `python docs/_ext/coverage_pages.py` writes it, as each build of the
documentation does. A test of it fails where something has no test.

The functions for several devices (`hl.make_async_remote_copy`, `hl.remote_barrier`, `hl.ProcessGroupName`) are not
supported; each says so in a `helion.exc.BackendUnsupported`.
"""


def evidence(root: Path) -> dict[str, list[str]]:
    """The names of the tests that cover each feature, by its key."""
    tests = coverage_tests.collect(root)
    return {
        feature.key: [test.name for test in tests if feature.tokens & test.covers]
        for features in coverage_features.sections().values()
        for feature in features
    }


def coverage_page(root: Path) -> str:
    """The text of the page."""
    covered = evidence(root)
    parts = [_HEAD]
    for heading, features in coverage_features.sections().items():
        rows = "".join(_row(feature, covered[feature.key]) for feature in features)
        parts.append(f"\n## {heading}\n\n| | status | tests |\n| --- | --- | --- |\n{rows}")
    return "".join(parts)


def _row(feature: Feature, tests: list[str]) -> str:
    name = feature.key.partition(": ")[2] or feature.key
    status = feature.status if tests else "missing"
    return f"| `{name}` | {status} | {', '.join(f'`{test}`' for test in tests[:_SHOWN])} |\n"


def generate(root: Path) -> None:
    """Writes docs/reference/coverage.md."""
    sys.path.insert(0, str(root / "python"))
    write(root / "docs" / "reference" / "coverage.md", coverage_page(root))


if __name__ == "__main__":
    generate(Path(__file__).resolve().parents[2])
