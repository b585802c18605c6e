#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the TTIR of every corpus kernel, for `tools/triton_matrix.py`.

    tools/write_corpus.py build/corpus
    tools/triton_matrix.py --corpus build/corpus

One file per kernel, target and spelling of TTIR: the releases of Triton read different ones, and each spelling goes
into a directory of its own. A target gets a file only where its text is not the one of another target already written.
Needs no GPU and no Triton but the installed one.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "test" / "python" / "support"), str(ROOT / "tools")]

from kernel_corpus import CORPUS, TARGETS, Entry
from triton_matrix import RELEASES, flavour_of

from helion.backends.triton import Target
from helion.backends.triton.version import parse_version, ttir_dialect

if TYPE_CHECKING:
    from helion.backends.triton import TTIRDialect


def write_entry(entry: Entry, targets: list[str], folder: Path, dialect: TTIRDialect) -> int:
    """Writes one kernel in one spelling; targets that share text and options share a file.

    Returns:
        How many files were written.
    """
    files: dict[str, dict[str, object]] = {}
    for name in targets:
        if name in entry.broken:
            continue
        lowered = entry.lower(Target.parse(name), dialect)
        sidecar: dict[str, object] = {
            "name": lowered.name,
            "signature": list(lowered.signature),
            "options": lowered.options,
        }
        same = next((known for known in files.values() if known["text"] == lowered.ttir), None)
        if same is not None and same["sidecar"] == sidecar:
            shared = same["targets"]
            assert isinstance(shared, list)
            shared.append(name)
        else:
            files[name] = {"text": lowered.ttir, "sidecar": sidecar, "targets": [name]}
    for name, file in files.items():
        stem = folder / f"{entry.name}-{name}"
        sidecar = file["sidecar"]
        assert isinstance(sidecar, dict)
        stem.with_suffix(".ttir").write_text(str(file["text"]))
        stem.with_suffix(".json").write_text(json.dumps(sidecar | {"targets": file["targets"]}, indent=2) + "\n")
    return len(files)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("directory", type=Path, help="where to; earlier files of a corpus there are removed")
    parser.add_argument("-k", dest="pattern", default="", help="a regular expression for the names of kernels")
    parser.add_argument("--target", action="append", metavar="NAME", help=f"default: {', '.join(TARGETS)}")
    options = parser.parse_args(arguments)
    chosen = [entry for name, entry in CORPUS.items() if re.search(options.pattern, name)]
    targets: list[str] = options.target or list(TARGETS)
    # The first release of a spelling stands for all that read it.
    releases = {flavour_of(release): release for release in reversed(RELEASES)}
    count = 0
    for flavour, release in releases.items():
        folder = options.directory / flavour
        folder.mkdir(parents=True, exist_ok=True)
        for stale in (*folder.glob("*.ttir"), *folder.glob("*.json")):
            stale.unlink()
        for entry in chosen:
            count += write_entry(entry, targets, folder, ttir_dialect(parse_version(release)))
    print(f"{len(chosen)} kernels, {count} files in {options.directory}")
    return 0 if chosen else 1


if __name__ == "__main__":
    sys.exit(main())
