# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Measurements: kernels beside their rivals, compile time, and the host's cost of a launch."""

from __future__ import annotations
