# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The kernels that every layer is proven over: one list, shared by tests and by `tools/write_corpus.py`.

Each entry is a kernel as its users would write it, with one configuration, arguments and a reference in PyTorch. The
same function may stand under several names with different arguments or configurations.
"""

from __future__ import annotations

from . import attention, contractions, memory, order, pointwise, reductions
from .entry import CORPUS, TARGETS, Entry

__all__ = ["CORPUS", "TARGETS", "Entry", "attention", "contractions", "memory", "order", "pointwise", "reductions"]
