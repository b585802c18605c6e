# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every kernel of the corpus computes what its reference does: interpreted, and on the GPU."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kernel_corpus import CORPUS

from helion.testing import copied

_FP8 = (torch.float8_e4m3fn, torch.float8_e5m2)


def _comparable(value: Any) -> Any:
    """Tensors on the CPU, of types that can be compared with a tolerance."""
    if isinstance(value, (tuple, list)):
        return tuple(map(_comparable, value))
    return value.cpu().float() if value.dtype in _FP8 else value.cpu()


@pytest.mark.parametrize("name", CORPUS)
def test_kernel_agrees_with_pytorch(name: str, device: str) -> None:
    entry = CORPUS[name]
    if entry.not_exported and device == "cpu":
        pytest.skip(entry.not_exported)
    result = entry.kernel(*copied(entry.args(), device))
    expected = entry.reference(*entry.args())
    torch.testing.assert_close(_comparable(result), _comparable(expected), rtol=entry.tolerance, atol=entry.tolerance)
