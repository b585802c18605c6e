# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Programs whose threads read what others wrote: where they meet, that results are right, that targets compile."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from helion.testing import check

TARGETS = ["sm_90", "sm_100", "gfx942", "gfx950"]


@helion.kernel(autotune_effort="none")
def reversed_rows(x: torch.Tensor) -> torch.Tensor:
    """The second loop reads from the other end what the first one wrote."""
    scratch, out = torch.empty_like(x), torch.empty_like(x)
    n = x.size(1)
    for row in hl.grid(x.size(0)):
        for i in hl.tile(n):
            scratch[row, i] = x[row, i] + 1
        for i in hl.tile(n):
            out[row, i] = scratch[row, n - 1 - i.index] * 2
    return out


@helion.kernel(autotune_effort="none")
def shifted_in_place(x: torch.Tensor) -> torch.Tensor:
    """Each step reads what the step before wrote."""
    for row in hl.grid(x.size(0)):
        for i in hl.tile(0, x.size(1) - 256, block_size=256):
            x[row, i.index + 256] = x[row, i.index] + x[row, i.index + 256]
    return x


@helion.kernel(autotune_effort="none")
def scaled_in_place(x: torch.Tensor) -> torch.Tensor:
    for row, i in hl.tile(x.size()):
        x[row, i] = x[row, i] * 2
    return x


@helion.kernel(autotune_effort="none")
def softmax_in_place(x: torch.Tensor) -> torch.Tensor:
    for row in hl.tile(x.size(0)):
        top = hl.full([row], float("-inf"))
        for i in hl.tile(x.size(1)):
            top = torch.maximum(top, x[row, i].amax(-1))
        total = hl.zeros([row])
        for i in hl.tile(x.size(1)):
            x[row, i] = torch.exp(x[row, i] - top[:, None])
            total += x[row, i].sum(-1)
        for i in hl.tile(x.size(1)):
            x[row, i] = x[row, i] / total[:, None]
    return x


def _shifted(x: torch.Tensor) -> torch.Tensor:
    for begin in range(0, x.size(1) - 256, 256):
        x[:, begin + 256 : begin + 512] += x[:, begin : begin + 256]
    return x


def _barriers(kernel: Any, *args: torch.Tensor, **config: Any) -> int:
    return kernel.bind(args).to_mlir(config, "ttir").count("gpu.barrier")


def test_threads_meet_where_they_read_what_others_wrote(device) -> None:
    assert _barriers(reversed_rows, torch.randn(2, 1000), block_sizes=[256, 256]) == 1
    check(reversed_rows, (torch.randn(5, 1000),), lambda x: (x.flip(1) + 1) * 2, device=device,
          config={"block_sizes": [256, 128]})  # fmt: skip


def test_threads_meet_in_each_iteration(device) -> None:
    assert _barriers(shifted_in_place, torch.randn(2, 2048)) >= 1
    check(shifted_in_place, (torch.randn(3, 2048),), _shifted, device=device)


def test_elements_that_one_thread_has_need_no_barrier(device) -> None:
    assert _barriers(scaled_in_place, torch.randn(64, 256), block_sizes=[16, 64], num_warps=4) == 0
    check(scaled_in_place, (torch.randn(33, 70),), lambda x: x.mul_(2), device=device)


def test_several_passes_over_a_row_in_place(device) -> None:
    for blocks in ([4, 256, 128, 64], [1, 32, 32, 32]):
        check(softmax_in_place, (torch.randn(9, 700),), lambda x: x.copy_(torch.softmax(x, 1)), device=device,
              config={"block_sizes": blocks}, rtol=1e-4, atol=1e-5)  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", [reversed_rows, shifted_in_place, softmax_in_place], ids=lambda each: each.name)
def test_barriers_compile(kernel: Any, target: str) -> None:
    compiled = kernel.bind((torch.randn(8, 2048),)).compile(target=target)
    code = compiled.asm["ptx" if target.startswith("sm") else "amdgcn"]
    assert ("bar.sync" if target.startswith("sm") else "s_barrier") in code


def test_what_threads_wait_for_is_addressed_by_pointers() -> None:
    @helion.kernel(autotune_effort="none")
    def kernel(x: torch.Tensor) -> torch.Tensor:
        scratch, out = torch.empty_like(x), torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                scratch[i, j] = x[i, j] + 1
            for j in hl.tile(x.size(1)):
                out[i, j] = scratch[i, j] * 2
        return out

    bound = kernel.bind((torch.randn(64, 256),))
    bound.set_config({"block_sizes": [16, 64, 64], "indexing": ["tensor_descriptor"] * 4})
    assert bound.to_mlir(stage="ttir").count("tt.descriptor_") == 2
    assert sum("a barrier keeps the reads and writes of the tensor apart" in each for each in bound.remarks) == 2
