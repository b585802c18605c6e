# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A kernel through every layer, as a user meets it: bind, look, compile for targets that are absent, run on the CPU."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc


def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    m, n = x.size()
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        out[tile_m, tile_n] = x[tile_m, tile_n] + y[tile_m, tile_n]
    return out


def shared_block(x: torch.Tensor) -> torch.Tensor:
    block = hl.register_block_size(x.size(0))
    assert x.size(0) % block == 0
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0), block_size=block):
        out[tile] = x[tile] * 2
    return out


ADD = helion.kernel(add, autotune_effort="none")


def test_ragged_sizes_on_the_cpu() -> None:
    for shape in ((100, 70), (1, 1), (33, 129)):
        x, y = torch.randn(shape), torch.randn(shape)
        torch.testing.assert_close(ADD(x, y), x + y)


def test_one_specialization_serves_all_sizes_when_shapes_are_dynamic() -> None:
    kernel = helion.kernel(add, static_shapes=False, config=helion.Config(block_sizes=[16, 32]))
    x = torch.randn(40, 50)
    bound = kernel.bind((x, x))
    for shape in ((40, 50), (7, 90)):
        x, y = torch.randn(shape), torch.randn(shape)
        assert kernel.bind((x, y)) is bound
        torch.testing.assert_close(kernel(x, y), x + y)


@pytest.mark.covers("shape: transposed inputs")
def test_transposed_arguments_get_a_specialization_of_their_own() -> None:
    x, y = torch.randn(40, 50), torch.randn(50, 40).t()
    torch.testing.assert_close(ADD(x, y), x + y)
    assert ADD.bind((x, y)) is not ADD.bind((x, x))


@pytest.mark.parametrize(
    "target, stages",
    [("sm_90", ("ptx", "cubin")), ("sm_100", ("ptx", "cubin")), ("gfx942", ("amdgcn", "hsaco")),
     ("gfx950", ("amdgcn", "hsaco"))],
)  # fmt: skip
def test_compiles_for_every_target_without_a_gpu(target: str, stages: tuple[str, ...]) -> None:
    x = torch.randn(100, 70)
    compiled = ADD.bind((x, x)).compile(target=target)
    for stage in ("ttir", "ttgir", "llir", *stages):
        assert compiled.asm[stage]
    assert compiled.metadata.num_warps == 4


def test_every_stage_is_text() -> None:
    x = torch.randn(100, 70)
    bound = ADD.bind((x, x))
    config = helion.Config(block_sizes=[8, 32])
    assert "helion.grid" in bound.to_mlir() and "helion.block" in bound.to_mlir(stage="prepared")
    scheduled = bound.to_mlir(config, stage="scheduled")
    assert "helion.grid" not in scheduled and "8x32xf32" in scheduled
    assert "tt.load" in bound.to_mlir(config, stage="ttir")
    assert "tl.load" in bound.to_triton_code(config)


def test_host_part_knows_the_block_size_that_it_registered() -> None:
    kernel = helion.kernel(shared_block, config=helion.Config(block_sizes=[32]))
    x = torch.randn(64)
    torch.testing.assert_close(kernel(x), x * 2)
    kernel = helion.kernel(shared_block, config=helion.Config(block_sizes=[64]))
    with pytest.raises(AssertionError):
        kernel(torch.randn(96))


def test_wrong_number_of_block_sizes_is_refused() -> None:
    kernel = helion.kernel(add, config=helion.Config(block_sizes=[32]))
    with pytest.raises(exc.InvalidConfig, match="block_sizes has 1 values"):
        kernel(torch.randn(4, 4), torch.randn(4, 4))


def test_reference_mode_agrees_with_the_compiled_kernel() -> None:
    x, y = torch.randn(30, 20), torch.randn(30, 20)
    assert torch.equal(helion.kernel(add, ref_mode=helion.RefMode.EAGER)(x, y), ADD(x, y))
