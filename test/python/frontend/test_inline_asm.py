# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.inline_asm_elementwise`: several results, packed elements, operands that broadcast. PTX runs on NVIDIA alone."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check


@helion.kernel(config=helion.Config(block_sizes=[32]))
def packed_shift(x: torch.Tensor) -> torch.Tensor:
    # Four bytes in a register: their upper halves move down.
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile] = hl.inline_asm_elementwise(
            "{ .reg .b32 t; shr.b32 t, $1, 4; and.b32 $0, t, 0x0f0f0f0f; }",
            "=r,r", [x[tile]], dtype=torch.uint8, is_pure=True, pack=4,
        )  # fmt: skip
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def sum_and_difference(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    total, difference = torch.empty_like(x), torch.empty_like(x, dtype=torch.int32)
    for rows, columns in hl.tile(x.size()):
        total[rows, columns], difference[rows, columns] = hl.inline_asm_elementwise(
            "add.f32 $0, $2, $3; sub.s32 $1, 7, $4;", "=f,=r,f,f,r",
            [x[rows, columns], y[columns], rows.index[:, None]],
            dtype=(torch.float32, torch.int32), is_pure=True, pack=1,
        )  # fmt: skip
    return total, difference


@helion.kernel(config=helion.Config(block_sizes=[32]))
def clock(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        ticks = hl.inline_asm_elementwise("mov.u32 $0, %clock;", "=r", [], dtype=torch.int32, is_pure=False, pack=1)
        out[tile] = x[tile] + (ticks == ticks).to(x.dtype)
    return out


_BYTES = torch.arange(70, dtype=torch.uint8)


def _sum_and_difference(x, y):
    return x + y, (7 - torch.arange(x.size(0))[:, None]).expand(x.shape).int()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available() or torch.version.hip is not None, reason="needs an NVIDIA GPU")
def test_results_on_the_gpu() -> None:
    check(packed_shift, (_BYTES,), lambda x: x >> 4, device="cuda")
    check(sum_and_difference, (torch.randn(20, 40), torch.randn(40)), _sum_and_difference, device="cuda")
    check(clock, (torch.randn(40),), lambda x: x + 1, device="cuda")


@pytest.mark.parametrize("target", ["sm_90", "sm_100"])
def test_assembly_reaches_the_code(target: str) -> None:
    ptx = packed_shift.bind((_BYTES,)).compile(target=target).asm["ptx"]
    assert "and.b32" in ptx and "0x0f0f0f0f" in ptx
    ptx = sum_and_difference.bind((torch.randn(20, 40), torch.randn(40))).compile(target=target).asm["ptx"]
    assert "sub.s32" in ptx
    assert "%clock" in clock.bind((torch.randn(40),)).compile(target=target).asm["ptx"]


@pytest.mark.parametrize("target", ["gfx942", "gfx950"])
def test_assembly_of_amd(target: str) -> None:
    @helion.kernel(config=helion.Config(block_sizes=[32]))
    def kernel(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = hl.inline_asm_elementwise(
                "v_add_f32 $0, $1, $1", "=v,v", [x[tile]], dtype=torch.float32, is_pure=True, pack=1
            )
        return out

    assert "v_add_f32" in kernel.bind((torch.randn(64),)).compile(target=target).asm["amdgcn"]


def test_several_results_in_the_trace() -> None:
    bound = sum_and_difference.bind((torch.randn(20, 40), torch.randn(40)))
    text = bound.to_mlir(stage="ttir")
    assert "-> tensor<16x32xf32>, tensor<16x32xi32>" in text
    assert "packed_element = 4" in packed_shift.bind((_BYTES,)).to_mlir(stage="ttir")


def test_operands_must_be_device_values() -> None:
    @helion.kernel(config=helion.Config(block_sizes=[32]))
    def kernel(x: torch.Tensor) -> torch.Tensor:
        for tile in hl.tile(x.size(0)):
            x[tile] = hl.inline_asm_elementwise("", "=f,f", [1.0], dtype=torch.float32, is_pure=True, pack=1)
        return x

    with pytest.raises(exc.InvalidAPIUsage) as caught:
        kernel.bind((torch.randn(64),))
    assert "device values" in caught.value.message
