# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What follows a matrix product, part by part: right results, and what Triton makes of it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from benchmarks import helion_kernels
from helion.autotuner.config_space import ConfigSpace
from helion.backends.triton import Target
from helion.testing import check

matmul = helion.kernel(helion_kernels.matmul.fn, autotune_effort="none")


@helion.kernel(autotune_effort="none")
def fused(
    x: torch.Tensor, y: torch.Tensor, bias: torch.Tensor, residual: torch.Tensor, out: torch.Tensor
) -> torch.Tensor:
    """relu(x @ y + bias) * residual, added to out, with row sums of the residual; x [m, k], y [k, n]."""
    sums = torch.empty([x.size(0)], dtype=torch.float32, device=x.device)
    for tile_m in hl.tile(x.size(0)):
        total = hl.zeros([tile_m], dtype=torch.float32)
        for tile_n in hl.tile(y.size(1)):
            acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
            other = residual[tile_m, tile_n].float()
            for tile_k in hl.tile(x.size(1)):
                acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
            acc = torch.relu(acc + bias[tile_n][None, :]) * other
            kept = (tile_n.index[None, :] + tile_m.index[:, None]) % 3 != 0
            out[tile_m, tile_n] += torch.where(kept, acc, 0.0).to(out.dtype)
            total = total + other.sum(-1)
        sums[tile_m] = total
    return sums


def _fused_reference(
    x: torch.Tensor, y: torch.Tensor, bias: torch.Tensor, residual: torch.Tensor, out: torch.Tensor
) -> torch.Tensor:
    value = torch.relu(x.float() @ y.float() + bias.float()) * residual.float()
    kept = (torch.arange(value.size(0))[:, None] + torch.arange(value.size(1))) % 3 != 0
    out += torch.where(kept, value, 0.0).to(out.dtype)
    return residual.float().sum(-1)


@helion.kernel(autotune_effort="none")
def gated(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """silu(x @ y) * (x @ z), batched, with a branch."""
    b, m, _ = x.size()
    out = torch.empty([b, m, y.size(1)], dtype=x.dtype, device=x.device)
    for tile_b, tile_m, tile_n in hl.tile([b, m, y.size(1)], block_size=[1, None, None]):
        left = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        right = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(x.size(2)):
            rows = x[tile_b.begin, tile_m, tile_k]
            left = torch.addmm(left, rows, y[tile_k, tile_n])
            right = torch.addmm(right, rows, z[tile_k, tile_n])
        value = left * torch.sigmoid(left) * right
        if tile_b.begin == 1:
            value = value * 2
        out[tile_b.begin, tile_m, tile_n] = value.to(x.dtype)
    return out


def _gated_reference(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    value = torch.nn.functional.silu(x.float() @ y.float()) * (x.float() @ z.float())
    value[1] *= 2
    return value.to(x.dtype)


@helion.kernel(autotune_effort="none")
def split_k(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """x @ y, the products in groups of 32 that are added up in memory."""
    out = torch.zeros([x.size(0), y.size(1)], dtype=torch.float32, device=x.device)
    for tile_m, tile_n, outer in hl.tile([x.size(0), y.size(1), x.size(1)], block_size=[None, None, 32]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        for tile_k in hl.tile(outer.begin, outer.end):
            acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
        hl.atomic_add(out, [tile_m, tile_n], acc)
    return out


@helion.kernel(autotune_effort="none")
def columns_in_a_loop(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """relu(x @ y); each program stores a product in each trip of its loop."""
    out = torch.empty([x.size(0), y.size(1)], dtype=x.dtype, device=x.device)
    for tile_m in hl.tile(x.size(0)):
        rows = x[tile_m, :]
        for tile_n in hl.tile(y.size(1)):
            out[tile_m, tile_n] = torch.relu(rows @ y[:, tile_n])
    return out


def _halves(*shape: int) -> torch.Tensor:
    return torch.randn(shape).to(torch.float16)


def _lowered(kernel: Any, args: tuple[Any, ...], target: str = "sm_90", **config: Any) -> Any:
    bound = kernel.bind(args)
    return bound.compilation.lower(bound.config_spec.normalize(helion.Config(**config)), Target.parse(target))


def _check(kernel: Any, args: tuple[Any, ...], reference: Any, device: str, **config: Any) -> None:
    """The right result, of a kernel that was split without remark."""
    parts = config["epilogue_subtile"]
    lowered = _lowered(kernel, args, **config)
    assert not any("not split" in str(each) for each in lowered.remarks), lowered.remarks
    assert lowered.ttir.count("tt.split") >= parts - 1
    check(kernel, args, reference, device=device, config=config, atol=2e-2, rtol=2e-2)


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
@pytest.mark.parametrize("parts", [2, 4])
@pytest.mark.parametrize(("m", "n", "k"), [(64, 128, 64), (70, 88, 40), (33, 200, 24)])
def test_matmul(m: int, n: int, k: int, parts: int, indexing: str, device: str) -> None:
    _check(
        matmul, (_halves(m, k), _halves(k, n)), lambda x, y: (x.float() @ y.float()).half(), device,
        block_sizes=[32, 64, 16], indexing=indexing, epilogue_subtile=parts,
    )  # fmt: skip


@pytest.mark.parametrize("pid_type", ["flat", "persistent_interleaved"])
@pytest.mark.parametrize(("m", "n", "k"), [(64, 128, 32), (70, 90, 40)])
@pytest.mark.parametrize("parts", [2, 4])
def test_biases_masks_and_updates_in_place(m: int, n: int, k: int, parts: int, pid_type: str, device: str) -> None:
    args = (_halves(m, k), _halves(k, n), _halves(n), _halves(m, n), _halves(m, n))
    _check(fused, args, _fused_reference, device, block_sizes=[32, 64, 16], pid_type=pid_type, epilogue_subtile=parts)


@pytest.mark.parametrize("parts", [2, 4])
def test_two_sums_that_meet(parts: int, device: str) -> None:
    args = (_halves(2, 40, 48) / 4, _halves(48, 72) / 4, _halves(48, 72) / 4)
    _check(gated, args, _gated_reference, device, block_sizes=[16, 64, 16], epilogue_subtile=parts)


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
def test_products_in_a_loop(indexing: str, device: str) -> None:
    _check(
        columns_in_a_loop, (_halves(40, 48), _halves(48, 200)), lambda x, y: torch.relu(x.float() @ y.float()).half(),
        device, block_sizes=[16, 64], indexing=indexing, epilogue_subtile=4,
    )  # fmt: skip


@pytest.mark.parametrize("atomic_indexing", ["pointer", "tensor_descriptor"])
def test_atomic_epilogue(atomic_indexing: str, device: str) -> None:
    args = (_halves(40, 80) / 4, _halves(80, 72) / 4)
    config: dict[str, Any] = {"block_sizes": [16, 64, 16], "atomic_indexing": atomic_indexing, "epilogue_subtile": 2}
    _check(split_k, args, lambda x, y: x.float() @ y.float(), device, **config)
    count = "tt.descriptor_reduce" if atomic_indexing == "tensor_descriptor" else "tt.atomic_rmw"
    assert _lowered(split_k, args, **config).ttir.count(count) == 2


@pytest.mark.parametrize("rows", [1, 2])
def test_with_rows_split_as_well(rows: int, device: str) -> None:
    _check(
        matmul, (_halves(200, 40), _halves(40, 90)), lambda x, y: (x.float() @ y.float()).half(), device,
        block_sizes=[128, 32, 16], data_partition_factors=[1, rows], epilogue_subtile=2,
    )  # fmt: skip


def _compiled(target: str, kernel: Any = matmul, **config: Any) -> Any:
    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    full = {"block_sizes": [128, 128, 64], "num_warps": 4, "num_stages": 2, "indexing": "tensor_descriptor", **config}
    return kernel.bind((x, x)).compile(helion.Config(**full), target=target)


@pytest.mark.evidence("epilogue_subtile")
@pytest.mark.parametrize("parts", [2, 4])
@pytest.mark.parametrize("target", ["sm_90", "sm_100"])
def test_stores_of_parts(target: str, parts: int) -> None:
    whole, split = _compiled(target).asm["ttgir"], _compiled(target, epilogue_subtile=parts).asm["ttgir"]
    stores = re.findall(
        r"ttng\.async_tma_copy_local_to_global .*-> ?!?.*|ttng\.async_tma_copy_local_to_global .*", split
    )
    assert len(stores) == parts
    assert all(f"128x{128 // parts}xbf16" in each for each in stores)
    # The sum stays in registers, or tensor memory, until its part is converted; the store's room shrinks.
    assert "ttg.convert_layout" not in split or split.count("ttg.convert_layout") <= whole.count("ttg.convert_layout")
    assert f"tensor<128x{128 // parts}xf32" in split
    assert re.search(r"truncf .*128x128xf32", whole) and not re.search(r"truncf .*128x128xf32", split)
    if target == "sm_100":
        assert len(re.findall(rf"ttng\.tmem_load .*tensor<128x{128 // parts}xf32", split)) == parts
        assert not re.search(r"ttng\.tmem_load .*tensor<128x128xf32", split)


@pytest.mark.parametrize("target", ["sm_90", "sm_100"])
def test_less_shared_memory(target: str) -> None:
    # The room for the store is more than that for the operands of a single stage.
    config: dict[str, Any] = {"block_sizes": [128, 256, 16], "num_stages": 1, "num_warps": 8}
    sizes = [_compiled(target, **config, epilogue_subtile=parts).metadata.shared for parts in (None, 2, 4)]
    assert sizes[0] > sizes[1] > sizes[2]


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
@pytest.mark.parametrize("parts", [2, 4])
def test_every_target_compiles_it(target: str, parts: int) -> None:
    indexing = "pointer" if target.startswith("gfx") else "tensor_descriptor"
    for kernel, args in (
        (fused, (_halves(70, 40), _halves(40, 96), _halves(96), _halves(70, 96), _halves(70, 96))),
        (gated, (_halves(2, 40, 48), _halves(48, 72), _halves(48, 72))),
    ):
        config = helion.Config(block_sizes=[32, 64, 16], indexing=indexing, epilogue_subtile=parts)
        assert kernel.bind(args).compile(config, target=target).asm["ttgir"]


def test_beside_specialized_warps() -> None:
    config: dict[str, Any] = {
        "block_sizes": [128, 128, 64], "num_warps": 4, "num_stages": 2, "indexing": "tensor_descriptor",
        "range_warp_specializes": [None, True], "epilogue_subtile": 2,
    }  # fmt: skip
    for pid_type in ("flat", "persistent_interleaved"):
        ttgir = _compiled("sm_100", pid_type=pid_type, **config).asm["ttgir"]
        assert "ttg.warp_specialize" in ttgir
        assert len(re.findall(r"ttng\.async_tma_copy_local_to_global ", ttgir)) == 2
    # Triton 3.6 gives up with an assertion on Hopper, so that the author is told that it is one or the other.
    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    lowered = _lowered(matmul, (x, x), **config)
    assert "tt.warp_specialize" not in lowered.ttir and "tt.split" in lowered.ttir
    assert len(lowered.remarks) == 1


def test_reasons_against_it() -> None:
    @helion.kernel(autotune_effort="none")
    def row_maxima(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        out = torch.empty([x.size(0)], dtype=torch.float32, device=x.device)
        for tile in hl.tile(x.size(0)):
            out[tile] = (x[tile, :] @ y[:, :]).float().amax(-1)
        return out

    x = torch.empty(128, 128, dtype=torch.bfloat16)
    persistent: dict[str, Any] = {"pid_type": "persistent_blocked", "block_sizes": [64, 64, 32]}
    for kernel, config, reason in (
        (row_maxima, {"block_sizes": [64]}, "helion.reduce needs all columns at once"),
        (matmul, {"block_sizes": [64, 16, 32]}, "8 columns are less than the 16"),
        (matmul, {**persistent, "range_flattens": [True]}, "range_flattens makes one loop"),
        (helion.kernel(helion_kernels.add.fn), {"block_sizes": [16, 16]}, "there is nothing, or no product"),
    ):
        lowered = _lowered(kernel, (x, x), epilogue_subtile=2, **config)
        assert "tt.split" not in lowered.ttir
        assert any(reason in str(each) for each in lowered.remarks), (reason, lowered.remarks)


def test_searches_try_it_for_long_products() -> None:
    def choices(k: int, target: str) -> tuple[Any, ...]:
        x = torch.empty(64, k, dtype=torch.bfloat16)
        space = ConfigSpace(matmul.bind((x, x.T)).config_spec, Target.parse(target))
        fragment = space.singles.get("epilogue_subtile")
        return () if fragment is None else tuple(fragment.choices)  # type: ignore[attr-defined]

    assert choices(512, "sm_90") == choices(4096, "sm_80") == choices(4096, "gfx950") == ()
    assert choices(1024, "sm_90") == choices(1024, "sm_100") == (None, 2)
    assert choices(1 << 14, "sm_100") == (None, 2, 4)
    x = torch.empty(64, 2048, dtype=torch.bfloat16)
    space = ConfigSpace(matmul.bind((x, x.T)).config_spec, Target.parse("sm_100"))
    assert "epilogue_subtile" not in space.repaired({"epilogue_subtile": 2, "range_flattens": [True, None]})
    assert space.repaired({"epilogue_subtile": 2, "range_flattens": [None, None]})["epilogue_subtile"] == 2
