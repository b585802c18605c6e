# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tiles whose rows are split into chains: right results, and what Triton makes of them."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from benchmarks import helion_kernels
from examples.attention import attention, reference
from helion.autotuner import EnumFragment
from helion.backends.triton import Target

matmul = helion.kernel(helion_kernels.matmul.fn, autotune_effort="none")

TENSOR_MEMORY_COLUMNS = 512


@helion.kernel(autotune_effort="none")
def causal(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    """Rows of q [m, d] see the keys that are not behind them; with a second result that all rows have a part in."""
    m, d = q.size(0), hl.specialize(q.size(1))
    out = torch.empty_like(q)
    for tile_m in hl.tile(m):
        top = hl.full([tile_m], float("-inf"), dtype=torch.float32)
        total = hl.zeros([tile_m], dtype=torch.float32)
        acc = hl.zeros([tile_m, d], dtype=torch.float32)
        for tile_n in hl.tile(0, tile_m.end):
            scores = q[tile_m, :] @ k[tile_n, :].T
            seen = tile_m.index[:, None] >= tile_n.index[None, :]
            scores = torch.where(seen, scores, float("-inf"))
            new_top = torch.maximum(top, torch.amax(scores, -1))
            p = torch.exp(scores - new_top[:, None])
            shrink = torch.exp(top - new_top)
            total = total * shrink + p.sum(-1)
            acc = torch.addmm(acc * shrink[:, None], p.to(v.dtype), v[tile_n, :])
            top = new_top
        out[tile_m, :] = acc / total[:, None]
    return out


@helion.kernel(autotune_effort="none")
def gated(x: torch.Tensor, y: torch.Tensor, rows: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    """Gathered rows of x [m, k] times y [k, n], with a bias for each row and a branch in the loop."""
    m, n = rows.size(0), y.size(1)
    out = torch.zeros([x.size(0), n], dtype=torch.float32, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
        chosen = rows[tile_m]
        for tile_k in hl.tile(x.size(1)):
            acc = torch.addmm(acc, x[chosen, tile_k], y[tile_k, tile_n])
            if tile_k.begin == 0:
                acc = acc + bias[tile_m][:, None]
        hl.atomic_add(out, [chosen, tile_n], acc)
    return out


def _halves(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float16)


def _run(kernel: Any, args: tuple[Any, ...], parts: int, **config: Any) -> torch.Tensor:
    """The result in the interpreter, of a kernel that was split without remark."""
    bound = kernel.bind(args)
    chosen = helion.Config(data_partition_factors=[1, parts], **config)
    lowered = bound.compilation.lower(bound.config_spec.normalize(chosen), Target.parse("sm_90"))
    assert not any("rows are not split" in str(each) for each in lowered.remarks), lowered.remarks
    return bound.compile_config(chosen)(*args)


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
@pytest.mark.parametrize(
    ("m", "n", "blocks", "parts"),
    [(256, 128, [1, 128, 64], 2), (200, 100, [1, 128, 32], 2), (70, 40, [1, 256, 16], 4), (40, 70, [2, 128, 32], 2)],
)
def test_attention(m: int, n: int, blocks: list[int], parts: int, indexing: str) -> None:
    q, k, v = _halves(2, m, 32), _halves(2, n, 32), _halves(2, n, 32)
    result = _run(attention, (q, k, v), parts, block_sizes=blocks, indexing=indexing)
    torch.testing.assert_close(result, reference(q, k, v), atol=5e-3, rtol=5e-3)


@pytest.mark.parametrize("m", [128, 130, 250])
def test_masks_and_bounds_that_depend_on_rows(m: int) -> None:
    q, k, v = _halves(m, 16), _halves(m, 16), _halves(m, 16)
    wanted = torch.nn.functional.scaled_dot_product_attention(q.float(), k.float(), v.float(), is_causal=True, scale=1)
    result = _run(causal, (q, k, v), 2, block_sizes=[128, 32])
    torch.testing.assert_close(result.float(), wanted, atol=1e-2, rtol=1e-2)


def test_gathers_atomics_and_branches() -> None:
    x, y, bias = _halves(300, 40), _halves(40, 32), torch.randn(150)
    rows = torch.randperm(300)[:150]
    wanted = torch.zeros(300, 32)
    wanted[rows] = x[rows].float() @ y.float() + bias[:, None]
    result = _run(gated, (x, y, rows, bias), 2, block_sizes=[128, 32, 16])
    torch.testing.assert_close(result, wanted, atol=1e-2, rtol=1e-2)


@pytest.mark.parametrize("pid_type", ["flat", "persistent_blocked"])
@pytest.mark.parametrize(("key", "value"), [("data_partition_factors", [2]), ("data_partition_factors", [1, 2])])
def test_a_plain_product(pid_type: str, key: str, value: Any) -> None:
    x, y = _halves(200, 40), _halves(40, 90)
    config = helion.Config(block_sizes=[128, 32, 16], pid_type=pid_type, **{key: value})
    bound = matmul.bind((x, y))
    torch.testing.assert_close(bound.compile_config(config)(x, y), (x.float() @ y.float()).half(), atol=1e-2, rtol=1e-2)
    ttir = bound.compilation.lower(bound.config_spec.normalize(config), Target.parse("sm_90")).ttir
    assert ttir.count("tt.dot") == 2


def _compiled(kernel: Any, args: tuple[Any, ...], target: str, **config: Any) -> Any:
    return kernel.bind(args).compile(helion.Config(indexing="tensor_descriptor", num_warps=4, **config), target=target)


@pytest.mark.evidence("data_partition_factors")
def test_two_chains_on_hopper() -> None:
    q = torch.empty(2, 4, 1024, 128, dtype=torch.bfloat16)
    base: dict[str, Any] = {"num_stages": 2, "data_partition_factors": [1, 2]}
    plain = _compiled(attention, (q, q, q), "sm_90", block_sizes=[1, 128, 64], **base).asm["ttgir"]
    # Both products of both chains run while the warps go on, and two tiles each of keys and values are in flight:
    # they, and two of queries, are all that is loaded.
    assert len(re.findall(r"ttng\.warp_group_dot .*isAsync = true.*-> tensor<64x", plain)) == 4
    assert plain.count("ttng.async_tma_copy_global_to_local") == 2 + 2 + 2
    special = _compiled(
        attention, (q, q, q), "sm_90", block_sizes=[1, 256, 64], range_warp_specializes=[None, True], **base
    )  # fmt: skip
    ttgir = special.asm["ttgir"]
    assert "ttg.warp_specialize" in ttgir
    # Triton gives the 128 rows of each chain to two groups of warps, and loads in a third.
    assert special.metadata.num_warps == 12
    assert len(re.findall(r"ttng\.warp_group_dot .*-> tensor<64x", ttgir)) == 2 * 4


@pytest.mark.evidence("data_partition_factors")
def test_two_chains_on_blackwell() -> None:
    q = torch.empty(2, 4, 1024, 128, dtype=torch.bfloat16)
    compiled = _compiled(
        attention, (q, q, q), "sm_100",
        block_sizes=[1, 256, 64], num_stages=2, data_partition_factors=[1, 2], range_warp_specializes=[None, True],
        range_multi_buffers=[None, False],
    )  # fmt: skip
    ttgir = compiled.asm["ttgir"]
    assert "ttg.warp_specialize" in ttgir
    # Each chain has scores and sums of its own in tensor memory, 128 rows high.
    assert len(re.findall(r"ttng\.tc_gen5_mma ", ttgir)) >= 4
    assert compiled.metadata.tmem_size <= TENSOR_MEMORY_COLUMNS


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_parts_share_what_has_no_rows(target: str) -> None:
    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    bound = matmul.bind((x, x))
    config = helion.Config(block_sizes=[256, 64, 64], num_warps=4, data_partition_factors=[1, 2])
    ttir = bound.compilation.lower(bound.config_spec.normalize(config), Target.parse(target)).ttir
    loop = ttir[ttir.index("scf.for") : ttir.index("scf.yield")]
    assert loop.count("tt.dot") == 2 and loop.count("tt.load") == 3
    assert bound.compile(config, target=target).asm["ttgir"]


@pytest.mark.evidence("_triton_range_value_data_partition_factor", "_triton_range_id_data_partition_factor")
def test_the_tunables_of_the_guide() -> None:
    @helion.kernel(autotune_effort="none")
    def partitioned(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        hl.register_tunable("_triton_range_id_data_partition_factor", EnumFragment(choices=(0, 1, 2)))
        hl.register_tunable("_triton_range_value_data_partition_factor", EnumFragment(choices=(2, 1)))
        hl.register_tunable("_triton_config_maxRegAutoWS", EnumFragment(choices=(152, 192)))
        out = torch.empty([x.size(0), y.size(1)], dtype=x.dtype, device=x.device)
        for tile_m, tile_n in hl.tile(out.size()):
            acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
            for tile_k in hl.tile(x.size(1)):
                acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
            out[tile_m, tile_n] = acc.to(x.dtype)
        return out

    x = torch.empty(1024, 1024, dtype=torch.bfloat16)
    bound = partitioned.bind((x, x))

    def lowered(rows: int, **config: Any) -> Any:
        chosen = helion.Config(block_sizes=[rows, 64, 64], **config)
        return bound.compilation.lower(bound.config_spec.normalize(chosen), Target.parse("sm_100"))

    assert lowered(256).ttir.count("tt.dot") == 2
    assert lowered(256, _triton_range_value_data_partition_factor=1).ttir.count("tt.dot") == 1
    for parts in (1, 2):
        chosen = helion.Config(block_sizes=[256, 64, 64], _triton_range_value_data_partition_factor=parts)
        ttgir = bound.compile(chosen, target="sm_90").asm["ttgir"]
        assert len(re.findall(rf"ttng\.warp_group_dot .*-> tensor<{256 // parts}x", ttgir)) == parts
    # The grid, the loop in it, and one that there is not.
    counts = [lowered(256, _triton_range_id_data_partition_factor=each).ttir.count("tt.dot") for each in range(3)]
    assert counts == [2, 2, 1]
    small = lowered(128)
    assert small.ttir.count("tt.dot") == 1
    assert any("64 rows are less than the 128" in str(each) for each in small.remarks)
    # An option of a compiler that is not this one.
    assert any("maxRegAutoWS" in str(each) for each in small.remarks) and "maxRegAutoWS" not in small.options
