# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.dot` for all dtypes, accumulators and extents, against products in fp64."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion.testing import check, copied

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")
E4M3, E5M2 = torch.float8_e4m3fn, torch.float8_e5m2
_TOLERANCE = {torch.float16: 2e-3, torch.bfloat16: 2e-2, torch.float32: 2e-3, torch.int32: 0.0}


@helion.kernel(config=helion.Config(block_sizes=[16, 32, 32]))
def product(x: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    m, k = x.size()
    n = y.size(1)
    for rows, columns in hl.tile([m, n]):
        acc = hl.zeros([rows, columns], dtype=out.dtype)
        for depth in hl.tile(k):
            acc = hl.dot(x[rows, depth], y[depth, columns], acc=acc)
        out[rows, columns] = acc
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 32]))
def whole_depth(x: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    for rows, columns in hl.tile([x.size(0), y.size(1)]):
        out[rows, columns] = hl.dot(x[rows, :], y[:, columns], out_dtype=out.dtype)
    return out


@helion.kernel(config=helion.Config(block_sizes=[2, 16, 32, 32]))
def batched(x: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    b, m, k = x.size()
    n = y.size(2)
    for batch, rows, columns in hl.tile([b, m, n]):
        acc = hl.zeros([batch, rows, columns], dtype=out.dtype)
        for depth in hl.tile(k):
            acc = hl.dot(x[batch, rows, depth], y[batch, depth, columns], acc=acc)
        out[batch, rows, columns] = acc
    return out


def _matrix(shape: tuple[int, ...], dtype: torch.dtype) -> torch.Tensor:
    if dtype == torch.int8:
        return torch.randint(-128, 128, shape, dtype=dtype)
    return (torch.randn(shape) / 2).to(dtype)


def _args(m: int, n: int, k: int, left: torch.dtype, right: torch.dtype, out: torch.dtype, batch=()) -> tuple:
    torch.manual_seed(0)
    shapes = ((*batch, m, k), (*batch, k, n), (*batch, m, n))
    return _matrix(shapes[0], left), _matrix(shapes[1], right), torch.empty(shapes[2], dtype=out)


def _close(kernel, args, device: str, config=None) -> None:
    x, y, out = args
    ours = copied(args, device)
    bound = kernel.bind(tuple(ours))
    found = (bound if config is None else bound.compile_config(helion.Config(config)))(*ours)
    expected = (x.double() @ y.double()).to(out.dtype)
    tolerance = _TOLERANCE[out.dtype]
    torch.testing.assert_close(found.to("cpu"), expected, rtol=tolerance, atol=8 * tolerance)


_DTYPES = [
    (torch.float16, torch.float16), (torch.bfloat16, torch.bfloat16), (torch.float32, torch.float32),
    (E4M3, E4M3), (E5M2, E5M2), (E4M3, E5M2), (E5M2, E4M3),
]  # fmt: skip
_CASES = [(left, right, out) for left, right in _DTYPES for out in (torch.float32, torch.float16, torch.bfloat16)]
_CASES.append((torch.int8, torch.int8, torch.int32))


@pytest.mark.parametrize(("left", "right", "out"), _CASES)
@pytest.mark.parametrize("kernel", [product, whole_depth], ids=["product", "whole_depth"])
def test_dtypes(kernel, left: torch.dtype, right: torch.dtype, out: torch.dtype, device: str) -> None:
    _close(kernel, _args(20, 40, 48, left, right, out), device)


@pytest.mark.parametrize(("m", "n", "k"), [(1, 1, 1), (1, 8, 16), (5, 7, 9), (16, 16, 8), (3, 70, 33), (40, 5, 100)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.int8, E4M3])
@pytest.mark.parametrize("kernel", [product, whole_depth], ids=["product", "whole_depth"])
def test_small_and_odd_extents(kernel, m: int, n: int, k: int, dtype: torch.dtype, device: str) -> None:
    out = torch.int32 if dtype == torch.int8 else torch.float32
    _close(kernel, _args(m, n, k, dtype, dtype, out), device)


@pytest.mark.parametrize("blocks", [[1, 16, 16, 32], [2, 32, 16, 32], [4, 16, 32, 64]])
@pytest.mark.parametrize("dtype", [torch.float16, torch.int8, E5M2])
def test_batches(blocks: list[int], dtype: torch.dtype, device: str) -> None:
    out = torch.int32 if dtype == torch.int8 else torch.float32
    _close(batched, _args(20, 24, 40, dtype, dtype, out, batch=(3,)), device, {"block_sizes": blocks})


@pytest.mark.parametrize("static", [True, False])
def test_dynamic_shapes(static: bool, device: str) -> None:
    kernel = helion.kernel(product.fn, config=product.configs[0], static_shapes=static)
    for extents in ((20, 40, 48), (7, 9, 11)):
        _close(kernel, _args(*extents, torch.float16, torch.float16, torch.float16), device)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("left", "right", "out"), [*_CASES[::3], _CASES[-1]])
def test_compiles(left: torch.dtype, right: torch.dtype, out: torch.dtype, target: str) -> None:
    product.bind(_args(128, 128, 128, left, right, out)).compile({"block_sizes": [64, 64, 32]}, target=target)
    batched.bind(_args(64, 64, 64, left, right, out, batch=(3,))).compile(
        {"block_sizes": [2, 32, 32, 32]}, target=target
    )


def test_eight_bit_floats_use_the_matrix_unit_of_hopper() -> None:
    x, y = torch.empty(256, 256, dtype=E4M3), torch.empty(256, 256, dtype=E4M3).t()
    bound = product.bind((x, y, torch.empty(256, 256)))
    ttgir = bound.compile({"block_sizes": [64, 64, 64]}, target="sm_90").asm["ttgir"]
    assert "ttng.warp_group_dot" in ttgir and "tt.fp_to_fp" not in ttgir


@helion.kernel(config=helion.Config(block_sizes=[16, 32, 16], num_warps=1))
def half_by_bytes(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], device=x.device)
    for rows, columns in hl.tile([x.size(0), y.size(1)]):
        acc = hl.zeros([rows, columns])
        for depth in hl.tile(x.size(1)):
            acc = torch.addmm(acc, x[rows, depth], y[depth, columns].to(x.dtype))
        out[rows, columns] = acc
    return out


def test_widened_bytes_along_a_short_k(device: str) -> None:
    args = torch.randn(16, 64).half(), torch.randint(-128, 128, (64, 32), dtype=torch.int8)
    check(half_by_bytes, args, lambda x, y: x.float() @ y.float(), device=device, rtol=1e-2, atol=1e-1)
    # Four elements for each of eight threads would be 32 along K, twice as many as there are.
    bound = half_by_bytes.bind(args)
    ttgir = bound.compile(target="sm_90").asm["ttgir"]
    assert "kWidth = 2" in ttgir and "kWidth = 4" not in ttgir
    assert "kWidth = 4" in bound.compile({"block_sizes": [16, 32, 32], "num_warps": 1}, target="sm_90").asm["ttgir"]
