# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Schedules by what they do: Triton drops what it does not know, so TTGIR, PTX and results are looked at."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from benchmarks import helion_kernels
from helion import exc

matmul = helion.kernel(helion_kernels.matmul.fn, autotune_effort="none")


@helion.kernel(autotune_effort="none")
def cube(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile_a, tile_b, tile_c in hl.tile(x.size()):
        out[tile_a, tile_b, tile_c] = x[tile_a, tile_b, tile_c] * 3
    return out


@helion.kernel(autotune_effort="none")
def row_sums(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0)], dtype=x.dtype, device=x.device)
    for tile_m in hl.tile(x.size(0)):
        total = hl.zeros([tile_m], dtype=torch.float32)
        for tile_n in hl.tile(x.size(1)):
            total = total + x[tile_m, tile_n].sum(-1)
        out[tile_m] = total
    return out


@helion.kernel(autotune_effort="none")
def column_sums(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(1)], dtype=x.dtype, device=x.device)
    for tile_n in hl.tile(x.size(1)):
        total = hl.zeros([tile_n], dtype=torch.float32)
        for row in hl.grid(x.size(0)):
            total = total + x[row, tile_n]
        out[tile_n] = total
    return out


def _halves(*shape: int) -> torch.Tensor:
    return torch.randn(shape).to(torch.float16)


def _compiled(target: str, **config: Any) -> Any:
    """The matmul of 1024 rows in blocks of 128 by 128 by 64."""
    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    full = {"block_sizes": [128, 128, 64], "num_warps": 4, "num_stages": 2, **config}
    return matmul.bind((x, x)).compile(helion.Config(**full), target=target)


def _lowered(kernel: Any, args: tuple[Any, ...], target: str = "sm_90", **config: Any) -> Any:
    from helion.backends.triton import Target

    bound = kernel.bind(args)
    return bound.compilation.lower(bound.config_spec.normalize(helion.Config(**config)), Target.parse(target))


@pytest.mark.evidence("pid_type", "loop_orders")
@pytest.mark.parametrize("pid_type", ["flat", "xyz", "persistent_blocked", "persistent_interleaved"])
@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
def test_every_mapping_covers_every_tile(pid_type: str, order: list[int]) -> None:
    x = torch.randn(5, 20, 33)
    config = helion.Config(block_sizes=[1, 16, 16], pid_type=pid_type, loop_orders=[order])
    torch.testing.assert_close(cube.bind((x,)).compile_config(config)(x), x * 3)


@pytest.mark.evidence("num_sm_multiplier")
@pytest.mark.parametrize("pid_type", ["persistent_blocked", "persistent_interleaved"])
def test_more_tiles_than_persistent_programs(pid_type: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELION_PERSISTENT_RESERVED_SMS", "127")
    kernel = helion.kernel(matmul.fn, autotune_effort="none", persistent_reserved_sms=127)
    x, y = _halves(70, 40), _halves(40, 90)
    config = {"block_sizes": [16, 16, 16], "pid_type": pid_type, "l2_groupings": [2]}
    # 132 multiprocessors less 127 are 5 programs for 5 by 6 tiles.
    assert _lowered(kernel, (x, y), **config).grid == (5, 1, 1)
    assert _lowered(kernel, (x, y), num_sm_multiplier=4, **config).grid == (20, 1, 1)
    assert _lowered(kernel, (x, y), num_sm_multiplier=8, **config).grid == (30, 1, 1)
    result = kernel.bind((x, y)).compile_config(helion.Config(**config))(x, y)
    torch.testing.assert_close(result, (x.float() @ y.float()).half(), atol=1e-2, rtol=1e-2)


@pytest.mark.evidence("pid_type", "loop_orders")
def test_launch_grids() -> None:
    x = torch.randn(5, 20, 33)
    config: dict[str, Any] = {"block_sizes": [1, 16, 8]}
    assert _lowered(cube, (x,), **config).grid == (50, 1, 1)
    # The last dimension is the fastest, which is x.
    assert _lowered(cube, (x,), pid_type="xyz", **config).grid == (5, 2, 5)
    assert _lowered(cube, (x,), pid_type="xyz", loop_orders=[[2, 0, 1]], **config).grid == (2, 5, 5)
    assert _lowered(cube, (torch.randn(64, 64, 64),), pid_type="persistent_blocked", **config).grid == (132, 1, 1)
    big = torch.randn(64, 64, 64)
    assert _lowered(cube, (big,), "sm_100", pid_type="persistent_blocked", **config).grid == (148, 1, 1)


@pytest.mark.parametrize("pid_type, expected", [("xyz", (3, 2, 4)), ("persistent_interleaved", (24, 1, 1))])
def test_launch_grids_of_dynamic_shapes(pid_type: str, expected: tuple[int, int, int]) -> None:
    kernel = helion.kernel(cube.fn, static_shapes=False, autotune_effort="none")
    x = torch.randn(4, 20, 33)
    bound = kernel.bind((x,))
    config = helion.Config(block_sizes=[1, 16, 16], pid_type=pid_type)
    grids: list[Any] = []
    from helion.backends.triton import InterpretedKernel

    plain = InterpretedKernel.run

    def run(self: Any, grid: Any, *args: Any) -> None:
        grids.append(tuple(grid))
        plain(self, grid, *args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(InterpretedKernel, "run", run)
        torch.testing.assert_close(bound.compile_config(config)(x), x * 3)
    assert grids == [expected]


@pytest.mark.evidence("pid_type")
def test_axes_in_ptx() -> None:
    x = torch.empty(64, 64, 64)
    bound = cube.bind((x,))
    axes = {
        pid_type: set(
            re.findall(
                r"%ctaid\.([xyz])",
                bound.compile(helion.Config(block_sizes=[1, 16, 16], pid_type=pid_type), target="sm_90").asm["ptx"],
            )
        )
        for pid_type in ("flat", "xyz", "persistent_blocked")
    }
    assert axes == {"flat": {"x"}, "xyz": {"x", "y", "z"}, "persistent_blocked": {"x"}}


@pytest.mark.evidence("maxnreg")
def test_registers_are_limited() -> None:
    ptx = _compiled("sm_90", pid_type="persistent_interleaved", maxnreg=128).asm["ptx"]
    assert ".maxnreg 128" in ptx
    with pytest.raises(exc.InvalidConfig, match="maxnreg"):
        _compiled("sm_90", maxnreg=128)


@pytest.mark.evidence("range_warp_specializes")
@pytest.mark.parametrize("target, instruction", [("sm_90", "wgmma.mma_async"), ("sm_100", "tcgen05.mma")])
def test_specialized_warps(target: str, instruction: str) -> None:
    config: dict[str, Any] = {"indexing": "tensor_descriptor"}
    plain = _compiled(target, **config)
    inner = _compiled(target, range_warp_specializes=[None, True], **config)
    outer = _compiled(target, range_warp_specializes=[True], pid_type="persistent_interleaved", **config)
    assert "ttg.warp_specialize" not in plain.asm["ttgir"]
    for special in (inner, outer):
        assert "ttg.warp_specialize" in special.asm["ttgir"]
        assert instruction in special.asm["ptx"]
        # The roles have warps of their own beside those of the configuration.
        assert special.metadata.num_warps > plain.metadata.num_warps


def test_warps_that_cannot_be_specialized() -> None:
    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    base: dict[str, Any] = {"block_sizes": [128, 128, 64], "range_warp_specializes": [None, True], "num_stages": 2}
    for target, config, reason in (
        ("sm_90", {"num_warps": 8, "indexing": "tensor_descriptor"}, "num_warps must be 4, not 8"),
        ("sm_90", {"indexing": "pointer"}, "tensor descriptors"),
        ("sm_100", {"num_warps": 2}, "4 or more"),
        ("sm_80", {}, "NVIDIA GPU of compute capability"),
        ("gfx942", {}, "NVIDIA GPU of compute capability"),
    ):
        lowered = _lowered(matmul, (x, x), target, **base, **config)
        assert "tt.warp_specialize" not in lowered.ttir
        assert any(reason in str(each) and "\n" not in str(each) for each in lowered.remarks), (target, lowered.remarks)


def test_warp_specialization_can_be_forbidden() -> None:
    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    kernel = helion.kernel(matmul.fn, autotune_effort="none", allow_warp_specialize=False)
    config: dict[str, Any] = {"block_sizes": [128, 128, 64], "range_warp_specializes": [None, True]}
    assert "tt.warp_specialize" in _lowered(matmul, (x, x), "sm_100", **config).ttir
    assert "tt.warp_specialize" not in _lowered(kernel, (x, x), "sm_100", **config).ttir


def _loads(ttgir: str) -> Counter[str]:
    return Counter(re.findall(r"(ttg\.async_copy_global_to_local|scf\.for|tt\.load)\b", ttgir))


@pytest.mark.evidence("range_num_stages", "static_ranges", "range_flattens")
def test_loops_in_ttgir() -> None:
    x = torch.empty(1024, 1024)
    bound = row_sums.bind((x,))

    def ttgir(**config: Any) -> str:
        full = {"block_sizes": [16, 128], **config}
        return bound.compile(helion.Config(**full), target="sm_90").asm["ttgir"]

    assert _loads(ttgir()) == {"scf.for": 1, "tt.load": 1}
    # A pipeline of three stages has two loads in flight before the loop and one in it.
    assert _loads(ttgir(range_num_stages=[0, 3])) == {"scf.for": 1, "ttg.async_copy_global_to_local": 3}
    # All of 8 trips.
    assert _loads(ttgir(static_ranges=[False, True])) == {"tt.load": 8}
    assert _loads(ttgir(pid_type="persistent_blocked")) == {"scf.for": 2, "tt.load": 1}
    assert _loads(ttgir(pid_type="persistent_blocked", range_flattens=[True])) == {"scf.for": 1, "tt.load": 1}
    assert _loads(ttgir(pid_type="persistent_blocked", static_ranges=[False, True], range_num_stages=[3])) == {
        "scf.for": 1, "ttg.async_copy_global_to_local": 24
    }  # fmt: skip


@pytest.mark.evidence("range_unroll_factors")
def test_unrolled_loops_in_ttgir() -> None:
    x = torch.empty(1024, 1024)

    def ttgir(kernel: Any, *block_sizes: int) -> str:
        config = helion.Config(block_sizes=list(block_sizes), range_unroll_factors=[0, 2])
        return kernel.bind((x,)).compile(config, target="sm_90").asm["ttgir"]

    assert _loads(ttgir(column_sums, 1024)) == {"scf.for": 1, "tt.load": 2}
    assert _loads(ttgir(row_sums, 16, 128)) == {"scf.for": 1, "tt.load": 1}
    lowered = _lowered(row_sums, (x,), block_sizes=[16, 128], range_unroll_factors=[0, 2])
    assert any("sums up reductions" in str(each) for each in lowered.remarks)


def test_static_ranges_give_the_same_result() -> None:
    x = torch.randn(40, 100)
    for ranges in ([False, False], [False, True]):
        config = helion.Config(block_sizes=[16, 32], static_ranges=ranges)
        torch.testing.assert_close(row_sums.bind((x,)).compile_config(config)(x), x.sum(-1))


@pytest.mark.evidence("indexing")
def test_descriptors_of_ragged_tiles() -> None:
    x, y = _halves(70, 40), _halves(40, 88)
    config = helion.Config(block_sizes=[32, 32, 16], indexing="tensor_descriptor")
    bound = matmul.bind((x, y))
    ttgir = bound.compile(config, target="sm_90").asm["ttgir"]
    assert ttgir.count("ttng.async_tma_copy_global_to_local") >= 2
    assert "tt.load" not in ttgir and "tt.store" not in ttgir
    result = bound.compile_config(config)(x, y)
    torch.testing.assert_close(result, (x.float() @ y.float()).half(), atol=1e-2, rtol=1e-2)
