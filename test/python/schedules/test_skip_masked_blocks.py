# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loops over masked blocks: right results, no work where nothing is seen, and what Triton makes of them."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from benchmarks.helion_kernels import causal_attention
from helion.backends.triton import Target

SKIPPED = "wholly masked blocks are not skipped"


@helion.kernel(autotune_effort="none")
def masked_attention(
    q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, start: hl.constexpr, ahead: hl.constexpr, window: hl.constexpr
) -> torch.Tensor:
    """Row i of q [m, d] sees keys from i + ahead - window + 1 (0: from the first) to i + ahead, of all n.

    `start` is what the largest score starts from: "lowest", -inf; "guarded", -inf that no exponential sees; "finite".
    """
    m, n, d = q.size(0), k.size(0), hl.specialize(q.size(1))
    out = torch.empty_like(q)
    for tile_m in hl.tile(m):
        top = hl.full([tile_m], -1e30 if start == "finite" else float("-inf"), dtype=torch.float32)
        total = hl.zeros([tile_m], dtype=torch.float32)
        acc = hl.zeros([tile_m, d], dtype=torch.float32)
        for tile_n in hl.tile(n):
            scores = q[tile_m, :] @ k[tile_n, :].T / math.sqrt(d)
            place = tile_m.index[:, None] + ahead
            seen = tile_n.index[None, :] <= place
            if window:
                seen = seen & (tile_n.index[None, :] > place - window)
            scores = torch.where(seen, scores, float("-inf"))
            new_top = torch.maximum(top, torch.amax(scores, -1))
            origin = torch.where(new_top == float("-inf"), 0.0, new_top) if start == "guarded" else new_top
            p = torch.exp(scores - origin[:, None])
            shrink = torch.exp(top - origin)
            total = total * shrink + p.sum(-1)
            acc = torch.addmm(acc * shrink[:, None], p.to(v.dtype), v[tile_n, :])
            top = new_top
        out[tile_m, :] = acc / total[:, None]
    return out


@helion.kernel(autotune_effort="none")
def linear_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
    """(q kᵀ masked) v for each batch: no softmax, and no key behind the length."""
    batch, m, _ = q.size()
    out = torch.empty_like(q)
    for tile_b, tile_m in hl.tile([batch, m], block_size=[1, None]):
        acc = hl.zeros([tile_m, v.size(-1)], dtype=torch.float32)
        length = lengths[tile_b.begin]
        for tile_n in hl.tile(k.size(1)):
            weights = q[tile_b.begin, tile_m, :] @ k[tile_b.begin, tile_n, :].T
            seen = (tile_m.index[:, None] >= tile_n.index[None, :]) & (tile_n.index < length)[None, :]
            weights = torch.where(seen, weights, 0.0)
            acc = acc + weights.to(v.dtype) @ v[tile_b.begin, tile_n, :]
        out[tile_b.begin, tile_m, :] = acc
    return out


@helion.kernel(autotune_effort="none")
def row_sums(x: torch.Tensor) -> torch.Tensor:
    """The sums of the elements of x [m, n] in front of the diagonal."""
    out = torch.empty([x.size(0)], dtype=torch.float32, device=x.device)
    for tile_m in hl.tile(x.size(0)):
        acc = hl.zeros([tile_m], dtype=torch.float32)
        for tile_n in hl.tile(x.size(1)):
            below = tile_n.index[None, :] < tile_m.index[:, None]
            acc = acc + torch.where(below, x[tile_m, tile_n], 0.0).sum(-1)
        out[tile_m] = acc
    return out


def _reference(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, ahead: int, window: int) -> torch.Tensor:
    place = torch.arange(q.size(-2))[:, None] + ahead
    keys = torch.arange(k.size(-2))[None, :]
    seen = (keys <= place) & (keys > place - window) if window else keys <= place
    scores = (q.float() @ k.float().transpose(-1, -2) / math.sqrt(q.size(-1))).masked_fill(~seen, float("-inf"))
    return (torch.softmax(scores, -1) @ v.float()).to(q.dtype)


def _halves(*shape: int) -> torch.Tensor:
    return torch.randn(shape, dtype=torch.float16)


def _lowered(kernel: Any, args: tuple[Any, ...], target: str = "sm_90", **config: Any) -> Any:
    bound = kernel.bind(args)
    return bound.compilation.lower(bound.config_spec.normalize(helion.Config(**config)), Target.parse(target))


def _run(kernel: Any, args: tuple[Any, ...], **config: Any) -> tuple[torch.Tensor, list[str]]:
    """The result in the interpreter, and the remarks on blocks that are not skipped."""
    remarks = [str(each) for each in _lowered(kernel, args, **config).remarks]
    return kernel.bind(args).compile_config(helion.Config(**config))(*args), [r for r in remarks if SKIPPED in r]


@pytest.mark.parametrize("start", ["lowest", "guarded", "finite"])
@pytest.mark.parametrize(
    ("m", "n", "blocks"),
    [(128, 128, [32, 16]), (100, 70, [16, 32]), (70, 100, [32, 32]), (33, 200, [64, 16]), (16, 16, [16, 32])],
)
def test_causal(m: int, n: int, blocks: list[int], start: str) -> None:
    q, k, v = _halves(m, 32), _halves(n, 32), _halves(n, 32)
    result, remarks = _run(masked_attention, (q, k, v, start, 0, 0), block_sizes=blocks)
    torch.testing.assert_close(result, _reference(q, k, v, 0, 0), atol=5e-3, rtol=5e-3)
    assert not remarks


@pytest.mark.parametrize("start", ["lowest", "guarded", "finite"])
@pytest.mark.parametrize(("m", "n"), [(64, 100), (100, 64)])
def test_bottom_right(m: int, n: int, start: str) -> None:
    q, k, v = _halves(m, 32), _halves(n, 32), _halves(n, 32)
    result, _ = _run(masked_attention, (q, k, v, start, n - m, 0), block_sizes=[32, 16])
    wanted = _reference(q, k, v, n - m, 0)
    # Rows that see no key are NaN, as in PyTorch, unless masked scores never are the greatest.
    rows = slice(max(m - n, 0), None) if start == "finite" else slice(None)
    torch.testing.assert_close(result[rows], wanted[rows], atol=5e-3, rtol=5e-3, equal_nan=True)


@pytest.mark.parametrize("start", ["guarded", "finite"])
@pytest.mark.parametrize(("m", "n", "window"), [(128, 128, 32), (100, 130, 5), (70, 70, 50)])
def test_windows(m: int, n: int, window: int, start: str) -> None:
    q, k, v = _halves(m, 32), _halves(n, 32), _halves(n, 32)
    result, remarks = _run(masked_attention, (q, k, v, start, n - m, window), block_sizes=[32, 16])
    torch.testing.assert_close(result, _reference(q, k, v, n - m, window), atol=5e-3, rtol=5e-3)
    assert not remarks


def test_a_window_that_makes_rows_nan_keeps_the_blocks_in_front_of_it() -> None:
    q = _halves(128, 32)
    result, remarks = _run(masked_attention, (q, q, q, "lowest", 0, 32), block_sizes=[32, 16])
    # The first block leaves -inf - -inf in the rows that are too far away.
    assert result[47:].isnan().all() and not result[:32].isnan().any()
    assert remarks and "rows that have seen nothing yet" in remarks[0]


@pytest.mark.parametrize("start", ["lowest", "guarded", "finite"])
def test_blocks_that_no_row_sees_are_not_read(start: str) -> None:
    q, k, v = _halves(48, 32), _halves(256, 32), _halves(256, 32)
    v[64:] = math.nan
    result, _ = _run(masked_attention, (q, k, v, start, 0, 0), block_sizes=[32, 16])
    torch.testing.assert_close(result, _reference(q, k[:64], v[:64], 0, 0), atol=5e-3, rtol=5e-3)
    if start != "lowest":
        v[:16] = math.nan
        result, _ = _run(masked_attention, (q[32:], k, v, start, 32, 8), block_sizes=[16, 16])
        torch.testing.assert_close(result, _reference(q[32:], k[:64], v[:64].nan_to_num(), 32, 8), atol=5e-3, rtol=5e-3)


@pytest.mark.parametrize("bounded", [False, True])
@pytest.mark.parametrize(("m", "blocks"), [(256, [1, 64, 32]), (200, [1, 64, 32]), (90, [2, 32, 64])])
def test_the_loop_may_be_bounded_by_the_source(m: int, blocks: list[int], bounded: bool) -> None:
    q, k, v = (_halves(2, m, 32) for _ in range(3))
    result, remarks = _run(causal_attention, (q, k, v, bounded), block_sizes=blocks, indexing="tensor_descriptor")
    torch.testing.assert_close(result, _reference(q, k, v, 0, 0), atol=5e-3, rtol=5e-3)
    assert not remarks


def test_lengths_and_sums_without_a_maximum() -> None:
    q, k, v = (_halves(3, 70, 32) for _ in range(3))
    lengths = torch.tensor([70, 20, 0], dtype=torch.int32)
    result, remarks = _run(linear_attention, (q, k, v, lengths), block_sizes=[32, 16])
    seen = torch.tril(torch.ones(70, 70, dtype=torch.bool)) & (torch.arange(70) < lengths[:, None])[:, None, :]
    wanted = ((q.float() @ k.float().transpose(1, 2)).masked_fill(~seen, 0.0)).half().float() @ v.float()
    torch.testing.assert_close(result.float(), wanted, atol=2e-1, rtol=2e-2)
    assert not remarks


def test_loops_without_products_end_at_the_diagonal() -> None:
    x = torch.randn(50, 80)
    x[:, 64:] = math.nan
    x = x.nan_to_num(nan=math.inf)
    result, _ = _run(row_sums, (x,), block_sizes=[16, 16])
    torch.testing.assert_close(result, torch.tril(x[:, :64], -1).sum(-1))
    assert _lowered(row_sums, (x,), block_sizes=[16, 16]).ttir.count("scf.for") == 1


def _tensors() -> tuple[Any, ...]:
    q = torch.empty(2, 4, 1024, 128, dtype=torch.bfloat16)
    return q, q, q, False


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_both_loops_compile(target: str) -> None:
    config = helion.Config(block_sizes=[1, 128, 64], num_warps=4, num_stages=2, indexing="tensor_descriptor")
    compiled = causal_attention.bind(_tensors()).compile(config, target=target)
    # Both loops have both products.
    assert compiled.asm["ttir"].count("tt.dot ") == 4


def test_chains_run_through_both_loops() -> None:
    config: dict[str, Any] = {"block_sizes": [1, 128, 64], "num_stages": 2, "data_partition_factors": [1, 2]}
    lowered = _lowered(causal_attention, _tensors(), indexing="tensor_descriptor", **config)
    assert lowered.ttir.count("tt.dot ") == 8 and not lowered.remarks
    compiled = causal_attention.bind(_tensors()).compile(
        helion.Config(num_warps=4, indexing="tensor_descriptor", **config), target="sm_90"
    )
    assert compiled.asm["ttgir"].count("ttng.warp_group_dot ") == 8


_SPECIALIZED = helion.Config(
    block_sizes=[1, 256, 64], num_warps=4, num_stages=2, indexing="tensor_descriptor",
    data_partition_factors=[1, 2], range_warp_specializes=[None, True], range_multi_buffers=[None, False],
)  # fmt: skip


def test_specialized_warps_keep_one_loop() -> None:
    bound = causal_attention.bind(_tensors())
    lowered = bound.compilation.lower(bound.config_spec.normalize(_SPECIALIZED), Target.parse("sm_100"))
    assert lowered.ttir.count("scf.for") == 1 and lowered.ttir.count("tt.warp_specialize") == 1
    assert any("Triton specializes the warps of one loop" in str(each) for each in lowered.remarks)
    assert "ttg.warp_specialize" in bound.compile(_SPECIALIZED, target="sm_100").asm["ttgir"]


def test_hopper_specializes_no_loop_with_a_mask() -> None:
    # Triton 3.6 gave wrong results for it on an H100.
    bound = causal_attention.bind(_tensors())
    lowered = bound.compilation.lower(bound.config_spec.normalize(_SPECIALIZED), Target.parse("sm_90"))
    assert lowered.ttir.count("scf.for") == 2 and "tt.warp_specialize" not in lowered.ttir
    assert any("wrong results for loops with masks" in str(each) for each in lowered.remarks)
