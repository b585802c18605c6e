# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels to read and to start from; `python examples/demo.py` runs the first of them."""

from __future__ import annotations
