# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The native compiler: traced modules to prepared ones, prepared ones with a configuration to TTIR."""

from __future__ import annotations

from helion.compiler.context import context
from helion.compiler.diagnostics import Remark
from helion.compiler.pipeline import Lowered, Prepared, configured, lower, prepare, schedule, triton_source, ttir

__all__ = [
    "Lowered",
    "Prepared",
    "Remark",
    "configured",
    "context",
    "lower",
    "prepare",
    "schedule",
    "triton_source",
    "ttir",
]
