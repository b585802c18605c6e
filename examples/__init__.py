# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels to read and to start from, one topic a file.

python -m examples            # check all on this machine, and time them where there is a GPU
python -m examples.softmax    # one topic
python examples/demo.py       # flash attention, checked and compiled for four GPUs
"""

from __future__ import annotations

TOPICS = (
    "add",
    "exp",
    "softmax",
    "layer_norm",
    "rms_norm",
    "welford",
    "cross_entropy",
    "dropout",
    "glu",
    "rope",
    "embedding",
    "segment_reduction",
    "jagged",
    "matmul",
    "batched_matmul",
    "fp8_gemm",
    "int4_gemm",
    "grouped_gemm",
    "attention",
    "mamba2_chunk_scan",
)
"""The modules of this package that have a list `EXAMPLES`."""
