# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looking into a running kernel: `hl.device_print`, `hl.breakpoint`."""

from __future__ import annotations

import builtins
from typing import Any

from helion import exc
from helion.language.context import reference


def device_print(prefix: str, *values: Any) -> None:
    """Prints values from the device; also what `print` in device code means.

    Args:
        prefix: a literal string.
        values: device values.
    """
    reference("device_print")
    if not isinstance(prefix, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise exc.InvalidAPIUsage("the prefix of hl.device_print must be a literal string", found=repr(prefix))
    print(prefix, *values)


def breakpoint() -> None:
    """Stops in the debugger. Needs eager reference mode or Triton's interpreter."""
    reference("breakpoint")
    builtins.breakpoint()
