# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `kernels.py` measures, by name."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from benchmarks.products import attention_case, matmul_case, naive_attention_case
from benchmarks.rows import add_case, layer_norm_case, rms_norm_case, softmax_case, three_loop_softmax_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.case import Case

_LONG = {"rows": 8192, "columns": 65536}

CASES: dict[str, Callable[[], Case]] = {
    "attention": attention_case,
    "attention_short_heads": partial(attention_case, head_dim=64),
    "causal_attention": partial(attention_case, causal=True),
    "causal_attention_bounded": partial(attention_case, causal=True, bounded=True),
    "causal_attention_short_heads": partial(attention_case, head_dim=64, causal=True),
    "naive_attention": naive_attention_case,
    "matmul": matmul_case,
    "add": add_case,
    "softmax": softmax_case,
    "softmax_long_rows": partial(softmax_case, **_LONG),
    "three_loop_softmax": three_loop_softmax_case,
    "layer_norm": layer_norm_case,
    "layer_norm_long_rows": partial(layer_norm_case, **_LONG),
    "rms_norm": rms_norm_case,
    "rms_norm_long_rows": partial(rms_norm_case, **_LONG),
}
