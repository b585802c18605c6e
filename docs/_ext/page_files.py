# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How generated pages are written."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, text: str) -> None:
    """Writes only what changed: Sphinx rereads by time stamp."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_file() or path.read_text() != text:
        path.write_text(text)
