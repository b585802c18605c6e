# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions in chunks, and loops of a softmax that become one: what shows in the IR, and the results."""

from __future__ import annotations

from typing import Any

import pytest
import torch

import helion
import helion.language as hl


@helion.kernel(autotune_effort="none")
def softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile, :] = torch.softmax(x[tile, :], -1)
    return out


@helion.kernel(autotune_effort="none")
def log_softmax(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile, :] = torch.log_softmax(x[tile, :], -1)
    return out


@helion.kernel(autotune_effort="none")
def logsumexp(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0)], dtype=torch.float32, device=x.device)
    for tile in hl.tile(x.size(0)):
        out[tile] = torch.logsumexp(x[tile, :].to(torch.float32), -1)
    return out


@helion.kernel(autotune_effort="none")
def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    rows, columns = logits.size()
    out = torch.empty([rows], dtype=torch.float32, device=logits.device)
    flat = logits.view(-1)
    for tile in hl.tile(rows):
        chosen = hl.load(flat, [tile.index * columns + labels[tile]])
        row = logits[tile, :]
        top = torch.amax(row, -1)
        out[tile] = top + torch.log(torch.sum(torch.exp(row - top[:, None]), -1)) - chosen
    return out


@helion.kernel(autotune_effort="none")
def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        row = x[tile, :].to(torch.float32)
        variance, mean = torch.var_mean(row, -1, correction=0)
        normal = (row - mean[:, None]) * torch.rsqrt(variance + 1e-5)[:, None]
        out[tile, :] = normal * weight[:] + bias[:]
    return out


@helion.kernel(autotune_effort="none")
def in_place(x: torch.Tensor) -> torch.Tensor:
    for tile in hl.tile(x.size(0)):
        x[tile, :] = x[tile, :] / torch.amax(x[tile, :], -1)[:, None]
    return x


@helion.kernel(autotune_effort="none")
def long_product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], dtype=torch.float32, device=x.device)
    for tile_m, tile_n in hl.tile(out.size()):
        out[tile_m, tile_n] = hl.dot(x[tile_m, :], y[:, tile_n])
    return out


@helion.kernel(autotune_effort="none")
def naive_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, scale: float) -> torch.Tensor:
    out = torch.empty_like(q)
    for tile_b, tile_m in hl.tile([q.size(0), q.size(1)]):
        scores = torch.bmm(q[tile_b, tile_m, :], k[tile_b, :, :].transpose(1, 2)) * scale
        out[tile_b, tile_m, :] = torch.bmm(torch.softmax(scores, -1).to(v.dtype), v[tile_b, :, :])
    return out


@helion.kernel(autotune_effort="none")
def naive_causal_attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(q)
    for tile_b, tile_m in hl.tile([q.size(0), q.size(1)]):
        scores = torch.bmm(q[tile_b, tile_m, :], k[tile_b, :, :].transpose(1, 2)) * 0.25
        keys = hl.arange(k.size(1))
        scores = torch.where(tile_m.index[None, :, None] >= keys[None, None, :], scores, float("-inf"))
        out[tile_b, tile_m, :] = torch.bmm(torch.softmax(scores, -1).to(v.dtype), v[tile_b, :, :])
    return out


@helion.kernel(autotune_effort="none")
def three_loops(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    m, n = x.size()
    block = hl.register_block_size(n)
    for tile_m in hl.tile(m):
        top = hl.full([tile_m], float("-inf"), dtype=torch.float32)
        for tile_n in hl.tile(n, block_size=block):
            top = torch.maximum(top, torch.amax(x[tile_m, tile_n], 1))
        total = hl.zeros([tile_m], dtype=torch.float32)
        for tile_n in hl.tile(n, block_size=block):
            total = total + torch.exp(x[tile_m, tile_n] - top[:, None]).sum(1)
        for tile_n in hl.tile(n, block_size=block):
            out[tile_m, tile_n] = torch.exp(x[tile_m, tile_n] - top[:, None]) / total[:, None]
    return out


def _scheduled(kernel: Any, args: tuple[Any, ...], **config: Any) -> str:
    return kernel.bind(args).to_mlir(helion.Config(**config), stage="scheduled")


def _run(kernel: Any, args: tuple[Any, ...], **config: Any) -> Any:
    return kernel.bind(args).compile_config(helion.Config(**config))(*args)


def _loops(text: str) -> int:
    return text.count("scf.for")


@pytest.mark.parametrize(("columns", "chunk"), [(1024, 128), (1000, 128), (77, 16)])
@pytest.mark.parametrize("kernel", [softmax, log_softmax], ids=["softmax", "log_softmax"])
def test_softmax_in_chunks_reads_a_row_twice(kernel: Any, columns: int, chunk: int) -> None:
    x = torch.randn(5, columns) * 10
    config = {"block_sizes": [2], "reduction_loops": [chunk]}
    assert _loops(_scheduled(kernel, (x,), **config)) == 2
    reference = torch.softmax if kernel is softmax else torch.log_softmax
    torch.testing.assert_close(_run(kernel, (x,), **config), reference(x, -1))


def test_whole_rows_need_no_loop() -> None:
    x = torch.randn(4, 256)
    for chunk in (None, 256, 512):
        assert _loops(_scheduled(softmax, (x,), block_sizes=[2], reduction_loops=[chunk])) == 0


@pytest.mark.parametrize("columns", [512, 700])
def test_logsumexp_and_cross_entropy_read_a_row_once(columns: int) -> None:
    x = torch.randn(6, columns) * 20
    labels = torch.randint(0, columns, (6,))
    config = {"block_sizes": [2], "reduction_loops": [64]}
    assert _loops(_scheduled(logsumexp, (x,), **config)) == 1
    torch.testing.assert_close(_run(logsumexp, (x,), **config), torch.logsumexp(x, -1))
    assert _loops(_scheduled(cross_entropy, (x, labels), **config)) == 1
    wanted = torch.nn.functional.cross_entropy(x, labels, reduction="none")
    torch.testing.assert_close(_run(cross_entropy, (x, labels), **config), wanted)


@pytest.mark.parametrize("columns", [512, 300])
def test_layer_norm_in_chunks(columns: int) -> None:
    args = (torch.randn(4, columns), torch.randn(columns), torch.randn(columns))
    config = {"block_sizes": [2], "reduction_loops": [64]}
    assert _loops(_scheduled(layer_norm, args, **config)) >= 2
    wanted = torch.nn.functional.layer_norm(args[0], (columns,), args[1], args[2])
    torch.testing.assert_close(_run(layer_norm, args, **config), wanted, rtol=1e-4, atol=1e-4)


def test_a_row_is_replaced_by_what_comes_of_it() -> None:
    x = torch.rand(4, 300) + 1
    wanted = x / x.amax(-1, keepdim=True)
    torch.testing.assert_close(_run(in_place, (x.clone(),), block_sizes=[1], reduction_loops=[64]), wanted)


def test_a_long_contraction_is_summed_up_in_the_accumulator() -> None:
    x, y = torch.randn(32, 1000, dtype=torch.float16), torch.randn(1000, 48, dtype=torch.float16)
    config = {"block_sizes": [16, 16], "reduction_loops": [64]}
    assert _loops(_scheduled(long_product, (x, y), **config)) == 1
    torch.testing.assert_close(_run(long_product, (x, y), **config), x.float() @ y.float(), rtol=1e-2, atol=1e-1)


@pytest.mark.parametrize(("keys", "chunk"), [(128, 32), (100, 32)])
def test_naive_attention_becomes_one_loop(keys: int, chunk: int) -> None:
    q = torch.randn(2, 64, 32, dtype=torch.float16)
    k, v = (torch.randn(2, keys, 32, dtype=torch.float16) for _ in range(2))
    config = {"block_sizes": [1, 32], "reduction_loops": [chunk]}
    text = _scheduled(naive_attention, (q, k, v, 0.25), **config)
    assert (_loops(text), text.count("helion.dot ")) == (1, 2)
    wanted = torch.nn.functional.scaled_dot_product_attention(q.float(), k.float(), v.float(), scale=0.25)
    torch.testing.assert_close(_run(naive_attention, (q, k, v, 0.25), **config).float(), wanted, rtol=1e-2, atol=1e-2)


def test_naive_causal_attention_becomes_a_loop_with_the_mask_and_one_without() -> None:
    q, k, v = (torch.randn(2, 96, 32, dtype=torch.float16) for _ in range(3))
    config = {"block_sizes": [1, 32], "reduction_loops": [32]}
    text = _scheduled(naive_causal_attention, (q, k, v), **config)
    assert (_loops(text), text.count("helion.dot ")) == (2, 4)
    wanted = torch.nn.functional.scaled_dot_product_attention(
        q.float(), k.float(), v.float(), scale=0.25, is_causal=True
    )
    torch.testing.assert_close(_run(naive_causal_attention, (q, k, v), **config).float(), wanted, rtol=1e-2, atol=1e-2)


def test_loops_of_the_author_are_fused() -> None:
    x = torch.randn(6, 500) * 30
    config = {"block_sizes": [64, 2]}
    assert _loops(_scheduled(three_loops, (x,), **config)) == 2
    torch.testing.assert_close(_run(three_loops, (x,), **config), torch.softmax(x, -1))


def test_fusion_can_be_turned_off() -> None:
    x = torch.randn(6, 500)
    kernel = helion.kernel(three_loops.fn, autotune_effort="none", online_softmax_fusion=False)
    assert _loops(_scheduled(kernel, (x,), block_sizes=[64, 2])) == 3


@pytest.mark.parametrize("kernel", [softmax, three_loops], ids=["rolled", "written"])
def test_infinite_and_missing_values_come_out_as_in_pytorch(kernel: Any) -> None:
    x = torch.randn(6, 256).double()
    x[0, :100] = float("-inf")
    x[1, 3] = float("nan")
    x[2, :] = float("-inf")
    x[3, 7] = float("inf")
    x[4] *= 1e4
    x[5, 200:] = float("-inf")
    blocks = [2] if kernel is softmax else [64, 2]
    config = {"block_sizes": blocks, **({"reduction_loops": [64]} if kernel is softmax else {})}
    found = _run(kernel, (x.float(),), **config)
    torch.testing.assert_close(found.double(), torch.softmax(x, -1), equal_nan=True, rtol=1e-5, atol=1e-6)


def test_a_loop_over_other_values_is_not_fused() -> None:
    @helion.kernel(autotune_effort="none")
    def other_values(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        out = torch.empty([x.size(0)], dtype=torch.float32, device=x.device)
        block = hl.register_block_size(x.size(1))
        for tile_m in hl.tile(x.size(0)):
            top = hl.full([tile_m], float("-inf"), dtype=torch.float32)
            for tile_n in hl.tile(x.size(1), block_size=block):
                top = torch.maximum(top, torch.amax(x[tile_m, tile_n], 1))
            total = hl.zeros([tile_m], dtype=torch.float32)
            for tile_n in hl.tile(x.size(1), block_size=block):
                total = total + torch.exp(y[tile_m, tile_n] - top[:, None]).sum(1)
            out[tile_m] = total
        return out

    x, y = torch.randn(4, 128), torch.randn(4, 128)
    bound = other_values.bind((x, y))
    config = helion.Config(block_sizes=[32, 2])
    assert _loops(bound.to_mlir(config, stage="scheduled")) == 2
    bound.set_config(config)
    assert any("other values" in remark for remark in bound.remarks)


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_fused_attention_compiles(target: str) -> None:
    q, k, v = (torch.randn(2, 256, 64, dtype=torch.float16) for _ in range(3))
    config = helion.Config(block_sizes=[1, 64], reduction_loops=[64], num_warps=4, num_stages=2)
    compiled = naive_attention.bind((q, k, v, 0.125)).compile(config, target=target)
    assert compiled.asm["ttgir"].count("scf.for") == 1
