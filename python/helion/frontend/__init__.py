# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""From a Python function to a module in the helion dialect.

The host part runs once, for real, on tensors without data; the device loop is interpreted statement by statement and
leaves as operations of the dialect. See `helion.frontend.tracer`.
"""

from __future__ import annotations

from helion.frontend.traced import BlockFact, KernelArg, LoopFact, MemoryFact, ReductionFact, Traced
from helion.frontend.tracer import trace

__all__ = ["BlockFact", "KernelArg", "LoopFact", "MemoryFact", "ReductionFact", "Traced", "trace"]
