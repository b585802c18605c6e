# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The helper for tests of kernels notices wrong results and wrong side effects."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import testing


@helion.kernel(ref_mode=helion.RefMode.EAGER)
def double_in_place(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile] = x[tile] + 1
        x[tile] = x[tile] * 2
    return out


def reference(x: torch.Tensor) -> torch.Tensor:
    out = x + 1
    x *= 2
    return out


def test_a_right_kernel_passes_and_leaves_the_arguments_alone() -> None:
    x = torch.randn(7)
    before = x.clone()
    torch.testing.assert_close(testing.check(double_in_place, (x,), reference), x + 1)
    assert torch.equal(x, before)


def test_wrong_results_and_wrong_side_effects_are_noticed() -> None:
    with pytest.raises(AssertionError):
        testing.check(double_in_place, (torch.randn(7),), lambda x: x + 2)
    with pytest.raises(AssertionError):
        testing.check(double_in_place, (torch.randn(7),), lambda x: x + 1)
