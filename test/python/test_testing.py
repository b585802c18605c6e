# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The helper for tests of kernels notices wrong results and wrong side effects."""

from __future__ import annotations

import dataclasses

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


@dataclasses.dataclass
class Scaled:
    weight: torch.Tensor
    factor: float


def test_copies_keep_strides_and_shared_memory() -> None:
    base = torch.randn(4, 6)
    views = (base, base[1:, ::2], base[0].expand(3, 6), {"in a dict": Scaled(base.t(), 2.0)})
    ours = testing.copied(views)
    assert [each.stride() for each in ours[:3]] == [each.stride() for each in views[:3]]
    ours[0].zero_()
    assert not ours[1].any() and not ours[2].any() and not ours[3]["in a dict"].weight.any()
    assert ours[3]["in a dict"].factor == 2.0
    assert base.any()


def test_a_kernel_runs_on_the_device_that_is_asked_for(device: str) -> None:
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x: torch.Tensor) -> torch.Tensor:
        assert x.device.type == device
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile] + 1
            x[tile] = x[tile] * 2
        return out

    assert testing.check(kernel, (torch.randn(7),), reference, device=device).device.type == "cpu"
