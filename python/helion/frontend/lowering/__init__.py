# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""How torch operations become operations of the dialect: one table per family."""

from __future__ import annotations
