# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The reference generator gives the bits of Triton's own."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import torch

from helion.language.philox import philox, uniform

if TYPE_CHECKING:
    from pathlib import Path

# In a process of its own: Triton's library functions are interpreted only if the variable was set before the import.
PROGRAM = """
import sys, torch, triton
import triton.language as tl


@triton.jit
def draw(bits, values, seed, N: tl.constexpr):
    offsets = tl.arange(0, N)
    a, b, c, d = tl.randint4x(seed, offsets)
    tl.store(bits + offsets * 4, a)
    tl.store(bits + offsets * 4 + 1, b)
    tl.store(bits + offsets * 4 + 2, c)
    tl.store(bits + offsets * 4 + 3, d)
    tl.store(values + offsets, tl.rand(seed, offsets))


bits, values = torch.empty(64, 4, dtype=torch.int32), torch.empty(64)
draw[(1,)](bits, values, 123456789, 64)
torch.save((bits, values), sys.argv[1])
"""


def test_bits_and_floats_equal_those_of_triton(tmp_path: Path) -> None:
    program, result = tmp_path / "draw.py", tmp_path / "result.pt"
    program.write_text(PROGRAM)
    subprocess.check_call([sys.executable, program, result], env={**os.environ, "TRITON_INTERPRET": "1"})
    bits, values = torch.load(result)
    ours = torch.stack(philox(123456789, torch.arange(64)), dim=1)
    assert torch.equal(ours, bits.to(torch.int64) & 0xFFFFFFFF)
    assert torch.equal(uniform(ours[:, 0]), values)
