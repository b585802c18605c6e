# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Atomic operations through tensor descriptors: right results, and instructions of the tensor memory unit."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from helion.autotuner.config_space import ConfigSpace
from helion.backends.triton import Target
from helion.testing import check

CONFIG: dict[str, Any] = {"block_sizes": [16, 32], "atomic_indexing": "tensor_descriptor"}


@helion.kernel(autotune_effort="none")
def split_sum(x: torch.Tensor, parts: hl.constexpr) -> torch.Tensor:
    """The rows of x [parts * m, n] in `parts` groups, added up: [m, n]."""
    m, n = x.size(0) // parts, x.size(1)
    out = torch.zeros([m, n], dtype=x.dtype, device=x.device)
    for part, tile_m, tile_n in hl.tile([parts, m, n], block_size=[1, None, None]):
        rows = tile_m.index + part.begin * m
        hl.atomic_add(out, [tile_m, tile_n], x[rows, tile_n])
    return out


def _reduction(combine: Any) -> Any:
    @helion.kernel(autotune_effort="none")
    def reduction(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        for tile_m, tile_n in hl.tile(x.size()):
            combine(out, [tile_m, tile_n], x[tile_m, tile_n])
        return out

    return reduction


KINDS = {
    "add": (hl.atomic_add, torch.add),
    "min": (hl.atomic_min, torch.minimum),
    "max": (hl.atomic_max, torch.maximum),
    "and": (hl.atomic_and, torch.bitwise_and),
    "or": (hl.atomic_or, torch.bitwise_or),
    "xor": (hl.atomic_xor, torch.bitwise_xor),
}


def _numbers(dtype: torch.dtype) -> tuple[torch.Tensor, torch.Tensor]:
    if dtype.is_floating_point:
        return torch.randn(40, 48).to(dtype), torch.randn(40, 48).to(dtype)
    # Negative numbers are the greatest of unsigned ones.
    signed = getattr(torch, str(dtype).removeprefix("torch.").removeprefix("u"))
    return tuple(torch.randint(-1000, 1000, (40, 48), dtype=signed).view(dtype) for _ in range(2))  # type: ignore[return-value]


def _expected(kind: str, x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    if x.dtype.is_floating_point:
        return out + x
    # PyTorch has no arithmetic of unsigned integers as wide.
    shift = 0 if x.dtype.is_signed else -(1 << 8 * x.dtype.itemsize - 1)
    signed = getattr(torch, f"int{8 * x.dtype.itemsize}")
    if kind in ("min", "max"):
        return (KINDS[kind][1](x.view(signed) + shift, out.view(signed) + shift) - shift).view(x.dtype)
    return KINDS[kind][1](x.view(signed), out.view(signed)).view(x.dtype)


BITWISE = ("and", "or", "xor")
CASES = [
    *((kind, dtype) for kind in KINDS for dtype in (torch.int32, torch.uint32)),
    *((kind, dtype) for kind in ("add", "min", "max") for dtype in (torch.int64, torch.uint64)),
    *(("add", dtype) for dtype in (torch.float32, torch.float16, torch.bfloat16)),
]


@pytest.mark.parametrize(("kind", "dtype"), CASES, ids=lambda each: str(each).removeprefix("torch."))
def test_kinds_and_types(kind: str, dtype: torch.dtype, device: str) -> None:
    kernel, (x, out) = _reduction(KINDS[kind][0]), _numbers(dtype)
    lowered = kernel.bind((x, out))
    ttir = lowered.to_mlir(helion.Config(**CONFIG), stage="ttir")
    assert f"tt.descriptor_reduce {kind}," in ttir and "tt.atomic_rmw" not in ttir
    check(kernel, (x, out), lambda x, out: out.copy_(_expected(kind, x, out)), device=device, config=CONFIG)


@pytest.mark.parametrize("kind", BITWISE)
def test_bitwise_operations_of_64_bits_go_by_pointers(kind: str, device: str) -> None:
    # An H100 takes the instruction for an illegal one.
    kernel, (x, out) = _reduction(KINDS[kind][0]), _numbers(torch.int64)
    bound = kernel.bind((x, out))
    assert "tt.descriptor_reduce" not in bound.to_mlir(helion.Config(**CONFIG), stage="ttir")
    check(kernel, (x, out), lambda x, out: out.copy_(_expected(kind, x, out)), device=device, config=CONFIG)


@pytest.mark.parametrize("shape", [(3 * 40, 48), (3 * 17, 36), (3 * 5, 8)])
@pytest.mark.parametrize("pid_type", ["flat", "persistent_interleaved"])
def test_ragged_tiles_of_several_programs(shape: tuple[int, int], pid_type: str, device: str) -> None:
    x = torch.randint(-8, 8, shape).float()
    check(
        split_sum, (x, 3), lambda x, parts: x.view(parts, -1, x.size(1)).sum(0),
        device=device, config={**CONFIG, "pid_type": pid_type},
    )  # fmt: skip


@pytest.mark.evidence("atomic_indexing")
@pytest.mark.parametrize(("kind", "dtype"), CASES, ids=lambda each: str(each).removeprefix("torch."))
def test_instructions(kind: str, dtype: torch.dtype) -> None:
    bound = _reduction(KINDS[kind][0]).bind(_numbers(dtype))
    asm = bound.compile(helion.Config(**CONFIG), target="sm_90").asm
    assert f"cp.reduce.async.bulk.tensor.2d.global.shared::cta.{kind}" in asm["ptx"]
    assert "tt.atomic_rmw" not in asm["ttgir"]
    pointers = bound.compile(helion.Config(block_sizes=[16, 32]), target="sm_90").asm
    assert "cp.reduce.async.bulk" not in pointers["ptx"] and "atom.global" in pointers["ptx"]


def test_instructions_on_blackwell() -> None:
    asm = split_sum.bind((torch.empty(96, 64), 3)).compile(helion.Config(**CONFIG), target="sm_100").asm
    assert "cp.reduce.async.bulk.tensor.2d.global.shared::cta.add" in asm["ptx"]


@pytest.mark.parametrize("target", ["gfx942", "gfx950", "sm_80"])
def test_targets_without_tensor_memory_units(target: str) -> None:
    bound = split_sum.bind((torch.empty(96, 64), 3))
    lowered = bound.compilation.lower(bound.config_spec.normalize(CONFIG), Target.parse(target))
    assert "tt.atomic_rmw" in lowered.ttir and "tt.descriptor" not in lowered.ttir
    assert any("the target has no tensor memory unit" in str(each) for each in lowered.remarks)
    assert bound.compile(helion.Config(**CONFIG), target=target).asm["ttgir"]


@helion.kernel(autotune_effort="none")
def several(x: torch.Tensor, out: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
    old = torch.empty_like(x)
    for tile_m, tile_n in hl.tile(x.size()):
        value = x[tile_m, tile_n]
        hl.atomic_add(out, [tile_m, tile_n], value)
        old[tile_m, tile_n] = hl.atomic_add(counts, [tile_m, tile_n], value)
        hl.atomic_max(out, [tile_m, tile_n], value, sem="release")
    return old


def test_each_has_an_entry_of_its_own(device: str) -> None:
    args = tuple(torch.randint(-8, 8, (40, 48)).to(torch.int32) for _ in range(3))
    bound = several.bind(args)

    def lowered(*entries: str) -> Any:
        config = {"block_sizes": [16, 32], "atomic_indexing": list(entries)}
        return bound.compilation.lower(bound.config_spec.normalize(config), Target.parse("sm_90"))

    pointers, all_of_them = lowered("pointer", "pointer", "pointer"), lowered(*["tensor_descriptor"] * 3)
    assert "tt.descriptor" not in pointers.ttir and not pointers.remarks
    assert all_of_them.ttir.count("tt.descriptor_reduce") == 1
    reasons = [str(each) for each in all_of_them.remarks]
    assert any("what stood in memory before is used" in each for each in reasons)
    assert any("its semantics are release, not relaxed" in each for each in reasons)

    def reference(x: torch.Tensor, out: torch.Tensor, counts: torch.Tensor) -> torch.Tensor:
        old = counts.clone()
        counts += x
        out.copy_(torch.maximum(out + x, x))
        return old

    check(several, args, reference, device=device, config={**CONFIG, "atomic_indexing": ["tensor_descriptor"]})


def test_searches_try_it() -> None:
    spec = split_sum.bind((torch.empty(96, 64), 3)).config_spec
    assert "atomic_indexing" in ConfigSpace(spec, Target.parse("sm_90")).lists
    assert "atomic_indexing" not in ConfigSpace(spec, Target.parse("sm_80")).lists
    assert "atomic_indexing" not in ConfigSpace(spec, Target.parse("gfx942")).lists
