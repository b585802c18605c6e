# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builders of the helion dialect's operations, generated from TableGen."""
from __future__ import annotations

from ._helion_ops_gen import *  # noqa: F403
