# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Logging: the `helion` logger and the `HELION_LOGS` variable.

`HELION_LOGS=all` shows INFO of everything, `+all` DEBUG; `helion.frontend`, `+helion.frontend` the same of one module;
several entries are separated by commas.
"""

from __future__ import annotations

import logging
import os

logger = logging.getLogger("helion")


def configure(text: str | None = None) -> None:
    """Sets the levels that `text` (default: `HELION_LOGS`) asks for, and a handler on stderr if none is set up."""
    text = os.environ.get("HELION_LOGS", "") if text is None else text
    entries = [part.strip() for part in text.split(",") if part.strip()]
    if not entries:
        return
    if not logger.handlers:
        handler = logging.StreamHandler()
        handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
        logger.addHandler(handler)
    for entry in entries:
        name = entry.lstrip("+")
        level = logging.DEBUG if entry.startswith("+") else logging.INFO
        logging.getLogger("helion" if name == "all" else name).setLevel(level)
