# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels at run time: binding, configurations, dispatch."""

from __future__ import annotations
