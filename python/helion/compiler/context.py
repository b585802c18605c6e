# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one MLIR context of the process."""

from __future__ import annotations

import functools

from helion._mlir import ir


@functools.cache
def context() -> ir.Context:
    """The context that all modules live in, with every dialect loaded.

    Dialects are loaded up front because loading one is not safe while another thread compiles.
    """
    result = ir.Context()
    result.load_all_available_dialects()
    return result
