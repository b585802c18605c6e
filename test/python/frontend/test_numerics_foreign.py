# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels that call Triton functions compute what the functions say, wherever they run, and compile everywhere."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch
import triton
import triton.language as tl
from triton.language.extra import libdevice

import helion
import helion.language as hl
from helion.testing import check

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from triton_frontend import canonical, from_source, signature_of
from ttir_graph import compare

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")
GAIN = 3
SHIFT = tl.constexpr(0.5)
WIDE = tl.float32


@triton.jit
def _gained(x, gain: tl.constexpr):
    return x * gain * GAIN


@triton.jit
def affine(x, y, gain: tl.constexpr = 2):
    return _gained(x, gain) + tl.exp(y) + SHIFT


@triton.jit
def bounds(x, k: tl.constexpr):
    low = tl.minimum(x, k).to(WIDE)
    return low, x > k


@triton.jit
def hyperbolic(x):
    return libdevice.tanh(x)


@triton.jit
def bits(x):
    # Logical for what is unsigned.
    return x >> 1, (x > 7).to(tl.uint8)


@triton.jit
def put_rows(out_ptr, x, begin, stride, n, ROWS: tl.constexpr):
    rows = begin + tl.arange(0, ROWS)
    tl.atomic_add(out_ptr + rows * stride, x, mask=rows < n)


@triton.jit
def read_bytes(pointer, begin, n, ROWS: tl.constexpr):
    rows = begin + tl.arange(0, ROWS)
    return (tl.load(pointer + rows, mask=rows < n, other=0) >> 1).to(tl.int32)


def undecorated(x):
    return x * x


SOURCE = """
@triton.jit
def _half(x):
    return x * 0.5

@triton.jit
def halved(x, by):
    return _half(x) / by + GAIN
"""


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def by_function(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a = x[rows, columns]
        out[rows, columns] = hl.triton_kernel(affine, (a, y[rows, columns]), a)
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def by_name_and_keywords(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a = x[rows, columns]
        out[rows, columns] = hl.triton_kernel("affine", {"y": y[rows, columns], "x": a, "gain": 5}, a)
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def by_source(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a = x[rows, columns]
        out[rows, columns] = hl.triton_kernel(SOURCE, [a, y[rows, columns]], a)
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def by_name_of_source(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a = x[rows, columns]
        plain = hl.triton_kernel(undecorated, (a,), a)
        out[rows, columns] = hl.triton_kernel("SOURCE", (plain, 4.0), a) + y[rows, columns]
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def two_types(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a, b = x[rows, columns], y[rows, :].sum(1)
        wide = hl.triton_kernel(undecorated, (a,), a)
        out[rows, columns] = wide + hl.triton_kernel(undecorated, (b,), b)[:, None]
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 16]))
def summed(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    # exp(0) is 1: the lanes behind the end must not count.
    out = x.new_empty(x.size(0))
    for rows in hl.tile(x.size(0)):
        acc = hl.zeros([rows])
        for columns in hl.tile(x.size(1)):
            a = x[rows, columns]
            acc += hl.triton_kernel(affine, (a, y[rows, columns]), a).sum(1)
        out[rows] = acc
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def spliced(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a = x[rows, columns]
        out[rows, columns] = hl.inline_triton(
            """
            scaled = {left} * {by}
            if {by} > 1:
                scaled += _gained({right}, 2)
            tl.where(scaled > 0, scaled, tl.exp(scaled) - {rows})
            """,
            {"left": a, "right": y[rows, columns], "by": 1.5, "rows": rows.block_size},
            a,
        )
    return out


def _spliced(x, y):
    scaled = x * 1.5 + y * 6
    return torch.where(scaled > 0, scaled, scaled.exp() - 16)


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def spliced_pair(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for rows, columns in hl.tile(x.size()):
        a, b = x[rows, columns], y[rows, columns]
        low, high = hl.inline_triton("tl.minimum({0}, {1}), tl.maximum({0}, {1})", (a, b), (a, b))
        same = hl.inline_triton("t = {0}; t", (low,), low)
        out[rows, columns] = high - same
    return out


_CASES = {
    "by_function": (by_function, lambda x, y: x * 6 + y.exp() + 0.5),
    "by_name_and_keywords": (by_name_and_keywords, lambda x, y: x * 15 + y.exp() + 0.5),
    "by_source": (by_source, lambda x, y: x * 0.5 / y + 3),
    "by_name_of_source": (by_name_of_source, lambda x, y: x * x * 0.5 / 4 + 3 + y),
    "two_types": (two_types, lambda x, y: x * x + y.sum(1, keepdim=True) ** 2),
    "summed": (summed, lambda x, y: (x * 6 + y.exp() + 0.5).sum(1)),
    "spliced": (spliced, _spliced),
    "spliced_pair": (spliced_pair, lambda x, y: (x - y).abs()),
}


def _args(rows: int = 20, columns: int = 50) -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(0)
    return torch.randn(rows, columns), torch.randn(rows, columns) + 2


@pytest.mark.parametrize("name", _CASES)
def test_functions(name: str, device: str) -> None:
    kernel, reference = _CASES[name]
    check(kernel, _args(), reference, device=device, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("static", [True, False])
def test_one_row_and_dynamic_shapes(device: str, static: bool) -> None:
    kernel = helion.kernel(spliced.fn, config=spliced.configs[0], static_shapes=static)
    check(kernel, _args(1, 7), _spliced, device=device, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", ["by_name_and_keywords", "two_types", "spliced", "spliced_pair"])
def test_compiles(name: str, target: str) -> None:
    bound = _CASES[name][0].bind(_args(64, 64))
    assert "tt.call" not in bound.compile(target=target).asm["ttgir"]


@pytest.mark.parametrize("name", _CASES)
def test_emitted_source_and_linked_text_are_one_program(name: str) -> None:
    bound = _CASES[name][0].bind(_args(64, 64))
    text = bound.to_mlir(stage="ttir")
    source = bound.to_triton_code()
    kernel = bound.compilation.traced.kernel_name
    result = compare(canonical(text), from_source(source, kernel, signature_of(text)))
    assert result.equal, result.mismatch


def test_source_holds_each_function_once() -> None:
    source = summed.bind(_args()).to_triton_code()
    for line in ("def affine(", "def _gained(", "GAIN = tl.constexpr(3)", "SHIFT = tl.constexpr(0.5)", "= affine("):
        assert source.count(line) == 1


# ---- types


@helion.kernel(config=helion.Config(block_sizes=[16]))
def bounded(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    low = torch.empty_like(x, dtype=torch.float32)
    over = torch.empty_like(x, dtype=torch.bool)
    for tile in hl.tile(x.size(0)):
        a = x[tile]
        low[tile], over[tile] = hl.triton_kernel(bounds, (a, 3), (a.float(), a > 0))
    return low, over


@pytest.mark.parametrize("dtype", [torch.int32, torch.float16, torch.bfloat16, torch.float32, torch.int64])
def test_results_of_other_dtypes(dtype: torch.dtype, device: str) -> None:
    def reference(x):
        return x.clamp(max=3).float(), x > 3

    check(bounded, (torch.arange(-3, 15).to(dtype),), reference, device=device)


@helion.kernel(config=helion.Config(block_sizes=[16]))
def shifted(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    out = torch.empty_like(x)
    big = torch.empty_like(x, dtype=torch.int32)
    for tile in hl.tile(x.size(0)):
        a = x[tile]
        moved, flags = hl.triton_kernel(bits, (a,), (a, a.to(torch.uint8)))
        out[tile] = moved >> 1
        big[tile] = flags.to(torch.int32) - 1
    return out, big


@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8, torch.int32])
def test_unsigned_numbers_are_so_in_the_function(dtype: torch.dtype, device: str) -> None:
    x = torch.tensor([0, 1, 7, 8, 100, 127, 200, 255], dtype=torch.uint8).to(dtype)
    check(shifted, (x,), lambda x: ((x >> 2), (x > 7).int() - 1), device=device)


@helion.kernel(config=helion.Config(block_sizes=[8]))
def tanh_of(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile] = hl.triton_kernel(hyperbolic, (x[tile],), x[tile])
    return out


def test_modules_that_a_function_uses(device: str) -> None:
    check(tanh_of, (torch.randn(20),), torch.tanh, device=device, rtol=1e-5, atol=1e-5)
    for target in TARGETS:
        tanh_of.bind((torch.randn(20),)).compile(target=target)


@helion.kernel(config=helion.Config(block_sizes=[8, 16]))
def row_sums(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    for rows, columns in hl.tile(x.size()):
        hl.triton_kernel(
            put_rows, (out, x[rows, columns].sum(1), rows.begin, out.stride(0), out.size(0), rows.block_size), None
        )
    return out


@pytest.mark.parametrize("static", [True, False])
def test_host_tensors_are_pointers(device: str, static: bool) -> None:
    kernel = helion.kernel(row_sums.fn, config=row_sums.configs[0], static_shapes=static)
    out = torch.zeros(40)[::2]
    check(kernel, (torch.randn(20, 50), out), lambda x, out: out.add_(x.sum(1)), device=device, rtol=1e-5, atol=1e-5)


@helion.kernel(config=helion.Config(block_sizes=[8]))
def halved_bytes(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x, dtype=torch.int32)
    for tile in hl.tile(x.size(0)):
        like = hl.zeros([tile], dtype=torch.int32)
        out[tile] = hl.triton_kernel(read_bytes, (x, tile.begin, x.size(0), tile.block_size), like)
    return out


def test_pointers_to_unsigned_bytes(device: str) -> None:
    x = torch.tensor([0, 1, 7, 8, 100, 127, 200, 255, 254, 3], dtype=torch.uint8)
    check(halved_bytes, (x,), lambda x: x.int() >> 1, device=device)


@helion.kernel(config=helion.Config(block_sizes=[8]))
def store_only(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    for tile in hl.tile(x.size(0)):
        hl.inline_triton("tl.store({0} + {1}, {2} + 1, mask={1} < {3})", (out, tile, x[tile], x.size(0)), None)
    return out


def test_statements_without_a_result(device: str) -> None:
    check(store_only, (torch.randn(20), torch.zeros(20)), lambda x, out: out.copy_(x + 1), device=device)


# ---- names


@triton.jit
def collide(x):
    return x + 1


def _other_affine():
    @triton.jit
    def affine(x):
        return x - 1

    return affine


other_affine = _other_affine()


@helion.kernel(config=helion.Config(block_sizes=[8]))
def named(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        affine_0 = hl.triton_kernel(affine, (x[tile], x[tile]), x[tile])
        collide = hl.triton_kernel(other_affine, (affine_0,), affine_0)
        out[tile] = collide
    return out


def test_two_functions_of_one_name(device: str) -> None:
    check(named, (torch.randn(20),), lambda x: x * 6 + x.exp() - 0.5, device=device, rtol=1e-5, atol=1e-5)
