# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The order and the number of a loop's dimensions, and the numbering of programs: results and Triton's IR."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kernel_corpus import CORPUS

import helion
import helion.language as hl
from helion.backends.triton import InterpretedKernel, Target
from helion.testing import copied

TARGETS = ["sm_90", "sm_100", "gfx942", "gfx950"]


@helion.kernel(autotune_effort="none")
def scaled(x: torch.Tensor, y: torch.Tensor, z: torch.Tensor) -> torch.Tensor:
    """Rows times y plus z, above the diagonal 0; with random numbers, which know their index."""
    out = torch.empty_like(x)
    for i, j in hl.tile(x.size()):
        value = x[i, j] * y[j] + z[i][:, None] + hl.rand([i, j], seed=3)
        out[i, j] = torch.where(i.index[:, None] >= j.index[None, :], value, 0.0)
    return out


@helion.kernel(autotune_effort="none")
def transposed(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(2), x.size(0), x.size(1)], dtype=x.dtype, device=x.device)
    for i, j, k in hl.tile(x.size()):
        out[k, i, j] = x[i, j, k].permute(2, 0, 1) + 1
    return out


@helion.kernel(autotune_effort="none")
def nested(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for batch in hl.grid(x.size(0)):
        for i, j in hl.tile([x.size(1), x.size(2)]):
            out[batch, i, j] = x[batch, i, j] * 2
    return out


@helion.kernel(autotune_effort="none")
def sums(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0)], dtype=torch.float32, device=x.device)
    for i in hl.tile(x.size(0)):
        total = hl.zeros([i])
        for j, k in hl.tile([x.size(1), x.size(2)]):
            total = total + x[i, j, k].sum(-1).sum(-1)
        out[i] = total
    return out


@helion.kernel(autotune_effort="none")
def stacked(x: torch.Tensor, first: torch.Tensor) -> torch.Tensor:
    """The sum of planes from index arrays, counted as it goes."""
    out = torch.empty([first.size(0), x.size(2)], dtype=x.dtype, device=x.device)
    for i, j in hl.tile(out.size()):
        total = hl.zeros([i, j])
        for plane in range(x.size(0)):
            total = total + x[plane, first[i], j]
        out[i, j] = total
    return out


@helion.kernel(autotune_effort="none")
def counted(x: torch.Tensor) -> torch.Tensor:
    for i, j in hl.tile(x.size()):
        hl.atomic_add(x, [i, j], 1.0)
    return x


def _lowered(kernel: Any, args: tuple[Any, ...], target: str = "sm_90", **config: Any) -> Any:
    bound = kernel.bind(args)
    return bound.compilation.lower(bound.config_spec.normalize(helion.Config(**config)), Target.parse(target))


def _run(kernel: Any, args: tuple[Any, ...], **config: Any) -> torch.Tensor:
    """The result, of a kernel whose requests were all honoured."""
    assert _lowered(kernel, args, **config).remarks == ()
    return kernel.bind(args).compile_config(helion.Config(**config))(*args)


def _inputs() -> tuple[torch.Tensor, ...]:
    torch.manual_seed(0)
    return torch.randn(13, 37), torch.randn(37), torch.randn(13)


@pytest.mark.evidence("flatten_loops")
@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("pid_type", ["flat", "persistent_blocked", "persistent_interleaved"])
@pytest.mark.parametrize("static_shapes", [True, False])
def test_flattened_grids_compute_the_same(order: list[int], pid_type: str, static_shapes: bool) -> None:
    kernel = helion.kernel(scaled.fn, autotune_effort="none", static_shapes=static_shapes)
    args = _inputs()
    expected = _run(kernel, args, block_sizes=[4, 16])
    for blocks in ([4, 8], [1, 16], [32, 64]):
        found = _run(kernel, args, block_sizes=blocks, flatten_loops=[True], loop_orders=[order], pid_type=pid_type)
        assert torch.equal(found, expected), blocks


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
@pytest.mark.parametrize("static_shapes", [True, False])
def test_flattened_transposition(order: list[int], static_shapes: bool) -> None:
    kernel = helion.kernel(transposed.fn, autotune_effort="none", static_shapes=static_shapes)
    x = torch.randn(3, 7, 5)
    found = _run(kernel, (x,), block_sizes=[2, 4, 4], flatten_loops=[True], loop_orders=[order])
    assert torch.equal(found, x.permute(2, 0, 1) + 1)


def test_flattened_device_loop() -> None:
    x = torch.randn(3, 7, 5)
    assert torch.equal(_run(nested, (x,), block_sizes=[2, 4], flatten_loops=[True], loop_orders=[[1, 0]]), x * 2)


def test_flattened_gathers_and_sums() -> None:
    x, first = torch.randn(3, 9, 10), torch.tensor([8, 0, 3, 3, 5])
    found = _run(stacked, (x, first), block_sizes=[2, 4], flatten_loops=[True])
    torch.testing.assert_close(found, x[:, first].sum(0))


def test_flattened_atomics_count_each_element_once() -> None:
    assert torch.equal(
        _run(counted, (torch.zeros(5, 11),), block_sizes=[4, 4], flatten_loops=[True]), torch.ones(5, 11)
    )


@pytest.mark.evidence("flatten_loops")
@pytest.mark.parametrize("target", TARGETS)
def test_flattened_values_have_one_dimension(target: str) -> None:
    """Rows of 37 floats: 2-D tiles load single elements, 512 lanes in a row move 16 bytes at once."""
    x, y, z = torch.empty(130, 1030), torch.empty(1030), torch.empty(130)

    def compiled(flatten: bool) -> Any:
        config = helion.Config(block_sizes=[4, 128], flatten_loops=[flatten])
        return scaled.bind((x, y, z)).compile(config, target=target)

    plain, flat = compiled(False).asm, compiled(True).asm
    assert "tensor<4x128x" in plain["ttir"]
    assert set(re.findall(r"tensor<((?:\d+x)+)", flat["ttir"])) == {"512x"}
    assert "arith.remsi" in flat["ttir"] and "tensor<512xi32" in flat["ttgir"]


@pytest.mark.evidence("flatten_loops")
def test_rows_of_any_length_are_loaded_in_vectors() -> None:
    """Each row of 2-D tiles starts at another offset from 16 bytes; in a row of all elements none does."""

    @helion.kernel(autotune_effort="none")
    def double(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        for i, j in hl.tile(x.size()):
            out[i, j] = x[i, j] * 2
        return out

    bound = double.bind((torch.empty(4096, 37),))

    def ptx(flatten: bool) -> str:
        config = helion.Config(block_sizes=[32, 64], flatten_loops=[flatten], num_warps=4)
        return bound.compile(config, target="sm_90").asm["ptx"]

    assert ".v4.b32" not in ptx(False)
    assert "ld.global.v4.b32" in ptx(True) and "st.global.v4.b32" in ptx(True)


def test_what_cannot_be_flattened_says_why_and_runs() -> None:
    x = torch.randn(4, 8, 8)
    config: dict[str, Any] = {"block_sizes": [4, 4, 4], "flatten_loops": [True]}
    (remark,) = _lowered(sums, (x,), **config).remarks
    assert "flatten_loops[0] asks for: it carries values from tile to tile" in str(remark)
    torch.testing.assert_close(sums.bind((x,)).compile_config(helion.Config(**config))(x), x.sum((1, 2)))


@pytest.mark.evidence("loop_orders")
@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
def test_order_of_a_device_loop(order: list[int]) -> None:
    x = torch.randn(5, 12, 30)
    config: dict[str, Any] = {"block_sizes": [2, 4, 8], "loop_orders": [order], "range_num_stages": [0, 2, 3]}
    torch.testing.assert_close(_run(sums, (x,), **config), x.sum((1, 2)))
    loops = re.findall(r"range\(0, (\d+), (\d+), num_stages=(\d)\)", sums.bind((x,)).to_triton_code(config))
    # Each dimension takes its own entry of the lists along.
    dimensions = [("12", "4", "2"), ("30", "8", "3")]
    assert loops == [dimensions[each] for each in order]


@pytest.mark.evidence("loop_orders")
@pytest.mark.parametrize("target", TARGETS)
def test_order_of_program_ids(target: str) -> None:
    """10 by 3 tiles: the fastest dimension is the remainder by its number of tiles."""
    bound = scaled.bind((torch.empty(160, 48), torch.empty(48), torch.empty(160)))
    for order, divisor in (([0, 1], 3), ([1, 0], 10)):
        config = helion.Config(block_sizes=[16, 16], loop_orders=[order])
        ttgir = bound.compile(config, target=target).asm["ttgir"]
        (program,) = re.findall(r"(%\w+) = tt.get_program_id x", ttgir)
        operands = re.findall(rf"arith\.(?:div|rem)[su]i {program}, (%\w+)", ttgir)
        assert operands, ttgir
        for operand in operands:
            assert re.search(rf"{operand} = arith.constant {divisor} : i32", ttgir)


@helion.kernel(autotune_effort="none")
def numbered(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = x[i] + 1 + i.id
    return out


def _source(rows: int, **config: Any) -> tuple[str, Any]:
    """The source of `numbered` for an AMD GPU, tiles having 4 elements."""
    bound = numbered.bind((torch.zeros(rows * 4, dtype=torch.int32),))
    full = bound.config_spec.normalize(helion.Config(block_sizes=[4], xcd_remap=True, **config))
    target = Target.parse("gfx942")
    lowered = bound.compilation.lower(full, target)
    assert lowered.remarks == ()
    return bound.compilation.triton_source(full, target), lowered


@pytest.mark.evidence("xcd_remap")
@pytest.mark.parametrize("rows", [1, 7, 8, 30, 33])
def test_programs_of_a_die_have_neighbouring_tiles(rows: int) -> None:
    source, lowered = _source(rows)
    # Dies take programs in turn: program 8 * n + die is number n of its die.
    by_die = [program for die in range(8) for program in range(die, rows, 8)]
    for tile, program in enumerate(by_die):
        x, out = torch.zeros(2, rows * 4, dtype=torch.int32)
        single = InterpretedKernel(source.replace("tl.program_id(0)", str(program)), lowered.name)
        single.run((1, 1, 1), x, out)
        assert out.view(rows, 4)[:, 0].nonzero().flatten().tolist() == [tile]


@pytest.mark.parametrize("rows", [1, 30, 400])
@pytest.mark.parametrize("pid_type", ["flat", "persistent_blocked", "persistent_interleaved"])
def test_renumbered_programs_take_each_tile_once(rows: int, pid_type: str) -> None:
    source, lowered = _source(rows, pid_type=pid_type)
    x, out = torch.zeros(2, rows * 4, dtype=torch.int32)
    InterpretedKernel(source, lowered.name).run(lowered.grid, x, out)
    assert out.view(rows, 4).tolist() == [[tile + 1] * 4 for tile in range(rows)]


@pytest.mark.evidence("xcd_remap")
@pytest.mark.parametrize("target", ["gfx942", "gfx950"])
def test_renumbering_in_amds_code(target: str) -> None:
    bound = scaled.bind((torch.empty(160, 48), torch.empty(48), torch.empty(160)))

    def asm(remap: bool) -> Any:
        return bound.compile(helion.Config(block_sizes=[16, 16], xcd_remap=remap), target=target).asm

    plain, remapped = asm(False), asm(True)
    # 30 programs: the first 6 dies get 4, the others 3.
    assert "arith.minsi" not in plain["ttgir"]
    assert re.search(r"arith.minsi %\w+, %c6_i32", remapped["ttgir"])
    assert "s_min_i32" not in plain["amdgcn"] and "s_min_i32" in remapped["amdgcn"]


def test_nvidia_gpus_have_one_die() -> None:
    x = torch.empty(64, 64, 64)
    assert any(
        "single die" in str(each) for each in _lowered(nested, (x,), block_sizes=[16, 16], xcd_remap=True).remarks
    )


@pytest.mark.slow
@pytest.mark.evidence("loop_orders", "flatten_loops")
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("name", CORPUS)
def test_kernels_of_the_corpus_compute_the_same(name: str, reverse: bool, device: str) -> None:
    entry = CORPUS[name]
    if entry.not_exported and device == "cpu":
        pytest.skip(entry.not_exported)
    args = copied(entry.args(), device)
    bound = entry.kernel.bind(args)
    ranks = bound.config_spec.order_ranks
    if not ranks:
        pytest.skip("no loop has several dimensions")
    config: dict[str, Any] = {**bound.config_spec.default_config(), "flatten_loops": [True] * len(ranks)}
    if reverse:
        config["loop_orders"] = [list(range(rank))[::-1] for rank in ranks]
    found = bound.compile_config(helion.Config(**config))(*args)
    expected = entry.reference(*entry.args())
    several = isinstance(expected, (tuple, list))
    for one, other in zip(*((found, expected) if several else ((found,), (expected,))), strict=True):
        torch.testing.assert_close(one.cpu().float(), other.cpu().float(), rtol=entry.tolerance, atol=entry.tolerance)
