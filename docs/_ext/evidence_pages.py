# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The page that says what carries out each configuration key, and which tests show that it does.

All of it comes from the sources: from the descriptions of the passes ("Reads `key`", "Looks at `key`"), from the names
of keys in their C++, from the options that the compiler hands to Triton, from the lit tests, and from
`@pytest.mark.evidence("key")` on Python tests.
"""

from __future__ import annotations

import functools
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import coverage_tests
from page_files import write

if TYPE_CHECKING:
    from collections.abc import Iterable

# Keys that a kernel has by its own will.
_REGISTERED = (
    "_triton_range_value_data_partition_factor", "_triton_range_id_data_partition_factor", "_triton_config_*",
    "hl.register_tunable",
)  # fmt: skip
_PASS_FILES = [Path("HelionDialect", "Transforms"), Path("Conversion", "HelionToTriton")]
TRITON = "an option of Triton's compiler"
_SHOWN = 3  # tests that the page names for one key
_HEAD = """\
# Evidence for configurations

What carries out each key of a configuration, and the tests that show that it does: a lit test of the pass, and a
Python test that looks at what Triton made of it, in TTGIR, PTX or AMD assembly, or at a result, since Triton drops what
it does not know. One pass, or Triton itself, carries out a key; other passes may look at it. This page is generated
from the sources: `python docs/_ext/evidence_pages.py` writes it, as each build of the documentation does. A test of it
fails where something is missing.

What [the keys](config.md) mean is on another page.

| key | carried out by | looked at by | lit tests | shown by |
| --- | --- | --- | --- | --- |
"""


@dataclass(frozen=True)
class PassKeys:
    """What one pass says about keys (`reads`, `looks_at`), and the keys that its source names."""

    name: str
    reads: frozenset[str]
    looks_at: frozenset[str]
    named: frozenset[str]


@dataclass(frozen=True)
class Evidence:
    """One row of the page: `carriers` are names of passes, or `TRITON`."""

    carriers: tuple[str, ...]
    looked_at_by: tuple[str, ...]
    lit_tests: tuple[str, ...]
    tests: tuple[str, ...]


def keys() -> list[str]:
    """All keys that the page has, those of `hl.register_tunable` last."""
    from helion.runtime.config_keys import KEYS

    return [*KEYS, *_REGISTERED]


@functools.cache
def passes(root: Path) -> list[PassKeys]:
    """All passes of the compiler."""
    found: list[PassKeys] = []
    for folder in _PASS_FILES:
        table = (root / "mlir" / "include" / "helion" / folder / "Passes.td").read_text()
        sources = {_defined_pass(path.read_text()): path for path in (root / "mlir" / "lib" / folder).glob("*.cpp")}
        for match in re.finditer(r'^def (\w+)\s*:\s*Pass<"([\w-]+)".*?\n}$', table, re.M | re.S):
            source = sources[match[1].upper()].read_text()
            found.append(
                PassKeys(match[2], _after("Reads", match[0]), _after("Looks at", match[0]), named_keys(source))
            )
    return found


def named_keys(source: str) -> frozenset[str]:
    """The keys that C++ names as string literals."""
    return frozenset(re.findall(r'"(\w+)"', source)) & frozenset(keys())


def files_without_pass(root: Path) -> list[Path]:
    """C++ files of the passes' folders that define none."""
    return [
        path
        for folder in _PASS_FILES
        for path in sorted((root / "mlir" / "lib" / folder).iterdir())
        if path.suffix in (".cpp", ".h") and not _defined_pass(path.read_text())
    ]


def _defined_pass(source: str) -> str:
    defined = re.search(r"#define GEN_PASS_DEF_(\w+)", source)
    return defined[1] if defined else ""


def _after(verb: str, description: str) -> frozenset[str]:
    sentences = re.findall(rf"\b{verb} ([^.:]*)[.:]", " ".join(description.split()))
    return frozenset(key for sentence in sentences for key in re.findall(r"`(\w+)`", sentence))


@functools.cache
def triton_options() -> frozenset[str]:
    """The keys that become options of Triton's compiler: those that are looked up to make them."""
    from helion.backends.triton import Target
    from helion.compiler.pipeline import _options

    asked: set[str] = set()

    class Asked(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return default

    for target in ("sm_90", "gfx942"):
        _options(Asked(), Target.parse(target))
    if _options({"_triton_config_num_ctas": 2}, Target.parse("sm_90"))[0] == {"num_ctas": 2}:
        asked.add("_triton_config_*")
    return frozenset(asked)


def lit_tests(root: Path, key: str, reader: str) -> list[str]:
    """The lit files that run a pass alone on kernels whose configuration has a key, as paths from test/lit."""
    folder = root / "test" / "lit"
    found: list[str] = []
    for path in sorted(folder.rglob("*.mlir")):
        text = path.read_text()
        runs = re.findall(r"^// RUN: .*", text, re.M)
        configs = re.findall(r"#helion\.config<\{(.*?)\}>", text, re.S)
        if any(re.search(rf"\b{reader}(?![\w-])", run) for run in runs) and any(
            re.search(rf"\b{key} =", config) for config in configs
        ):
            found.append(path.relative_to(folder).as_posix())
    return found


@functools.cache
def evidence(root: Path) -> dict[str, Evidence]:
    """What there is for each key."""
    tests = coverage_tests.collect(root)
    rows: dict[str, Evidence] = {}
    for key in keys():
        carriers = [each.name for each in passes(root) if key in each.named & each.reads]
        if key == "hl.register_tunable":
            carriers = ["the frontend"]
        rows[key] = Evidence(
            carriers=(*carriers, *([TRITON] if key in triton_options() else [])),
            looked_at_by=tuple(each.name for each in passes(root) if key in each.named - each.reads),
            lit_tests=tuple(test for reader in carriers for test in lit_tests(root, key, reader)),
            tests=tuple(test.name for test in tests if key in test.evidence),
        )
    return rows


def evidence_page(root: Path) -> str:
    """The text of the page."""
    return _HEAD + "".join(_row(key, row) for key, row in evidence(root).items())


def linked(names: Iterable[str]) -> str:
    """Names with passes linked to their pages."""
    return ", ".join(
        f"[`{name}`](generated/passes/{name}.md)" if name.startswith("helion-") else name for name in names
    )


def _row(key: str, row: Evidence) -> str:
    lit = ", ".join(f"`{Path(test).name}`" for test in row.lit_tests)
    tests = ", ".join(f"`{test}`" for test in row.tests[:_SHOWN])
    return f"| `{key}` | {linked(row.carriers)} | {linked(row.looked_at_by)} | {lit} | {tests} |\n"


def generate(root: Path) -> None:
    """Writes docs/reference/config-evidence.md."""
    sys.path.insert(0, str(root / "python"))
    write(root / "docs" / "reference" / "config-evidence.md", evidence_page(root))


if __name__ == "__main__":
    generate(Path(__file__).resolve().parents[2])
