# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sphinx configuration. The reference is generated on each build, from TableGen and from the Python sources."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

_HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(_HERE / "_ext"))

import coverage_pages
import evidence_pages
import python_pages
import tablegen_pages
from mlir_lexer import MlirLexer

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "Helion"
author = "the Helion authors"
copyright = "the Helion authors, Apache-2.0 WITH LLVM-exception"

extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext"]
html_theme = "furo"
html_title = "Helion"
# A broken link inside the documentation is an error.
nitpicky = True


def setup(app: Sphinx) -> None:
    """Generates the reference pages before Sphinx looks for sources."""
    app.add_lexer("mlir", MlirLexer)
    generated = _HERE / "reference" / "generated"
    tablegen_pages.generate(_HERE.parent, generated)
    python_pages.generate(_HERE.parent, generated)
    coverage_pages.generate(_HERE.parent)
    evidence_pages.generate(_HERE.parent)
