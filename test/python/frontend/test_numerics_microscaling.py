# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.dot_scaled` and packed formats, against products of dequantized fp32 operands."""

from __future__ import annotations

import math

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.backends.triton import InterpretedKernel, Target
from helion.testing import check, copied

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")
FORMATS = ("e2m1", "e4m3", "e5m2", "bf16", "fp16")
_DTYPES = {"e4m3": torch.float8_e4m3fn, "e5m2": torch.float8_e5m2, "bf16": torch.bfloat16, "fp16": torch.float16}
_FLOAT4 = torch.tensor([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6])


def _float4(packed: torch.Tensor, dim: int) -> torch.Tensor:
    """Numbers in place of bytes, two for each along `dim`."""
    codes = packed.long()
    return torch.stack([_FLOAT4[codes & 15], _FLOAT4[codes >> 4]], dim + 1).flatten(dim, dim + 1)


def _operand(rows: int, depth: int, name: str, *, transposed: bool = False) -> torch.Tensor:
    if name == "e2m1":
        made = torch.randint(0, 256, (rows, depth // 2), dtype=torch.uint8)
    else:
        made = torch.randn(rows, depth).to(_DTYPES[name])
    return (
        made.view(torch.uint8).T.contiguous().view(made.dtype)
        if transposed and made.itemsize == 1
        else (made.T.contiguous() if transposed else made)
    )


def _numbers(operand: torch.Tensor, name: str, dim: int) -> torch.Tensor:
    return _float4(operand, dim) if name == "e2m1" else operand.float()


def _factors(scale: torch.Tensor) -> torch.Tensor:
    return torch.exp2(scale.float() - 127).repeat_interleave(32, 1)


def _scales(rows: int, depth: int) -> torch.Tensor:
    return torch.randint(124, 131, (rows, depth // 32), dtype=torch.uint8)


def _product(x, sx, y, sy, left: str, right: str) -> torch.Tensor:
    return (_numbers(x, left, 1) * _factors(sx)) @ (_numbers(y, right, 0).T * _factors(sy)).T


@helion.kernel(config=helion.Config(block_sizes=[32, 16]))
def scaled_product(
    x: torch.Tensor, sx: torch.Tensor, y: torch.Tensor, sy: torch.Tensor, left: hl.constexpr, right: hl.constexpr
) -> torch.Tensor:
    m, n = x.size(0), y.size(1)
    out = torch.empty([m, n], dtype=torch.float32, device=x.device)
    for rows, columns in hl.tile([m, n]):
        out[rows, columns] = hl.dot_scaled(x[rows, :], sx[rows, :], left, y[:, columns], sy[columns, :], right)
    return out


def _args(m: int, n: int, k: int, left: str, right: str) -> tuple:
    torch.manual_seed(0)
    x, y = _operand(m, k, left), _operand(n, k, right, transposed=True)
    return x, _scales(m, k), y, _scales(n, k), left, right


def _close(kernel, args, reference, device: str) -> None:
    # The matrix units of some GPUs multiply in tf32 or round the operands to bf16, which their numbers fit.
    found = kernel(*copied(args, device)).to("cpu")
    torch.testing.assert_close(found, reference(*args), rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize("right", FORMATS)
@pytest.mark.parametrize("left", FORMATS)
def test_all_pairs_of_formats(left: str, right: str, device: str) -> None:
    _close(scaled_product, _args(32, 16, 64, left, right), _product, device)


@pytest.mark.parametrize("depth", [32, 96, 160])
@pytest.mark.parametrize(("left", "right"), [("e2m1", "e2m1"), ("e4m3", "bf16"), ("e5m2", "e2m1")])
def test_ragged_extents(left: str, right: str, depth: int, device: str) -> None:
    _close(scaled_product, _args(40, 24, depth, left, right), _product, device)


@helion.kernel(config=helion.Config(block_sizes=[16, 16]))
def scaled_loop(x: torch.Tensor, sx: torch.Tensor, y: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
    # The right side has no scale; groups of K are gathered by their number.
    m, k = x.size()
    n = y.size(1)
    for rows, columns in hl.tile([m, n]):
        acc = hl.zeros([rows, columns], dtype=torch.float32)
        for depth in hl.tile(k, block_size=64):
            groups = depth.begin // 32 + hl.arange(2)
            scale = hl.load(sx, [rows, groups], extra_mask=(groups < sx.size(1))[None, :])
            acc = hl.dot_scaled(x[rows, depth], scale, "e4m3", y[depth, columns], None, "bf16", acc=acc)
        out[rows, columns] = acc.to(out.dtype)
    return out


@pytest.mark.parametrize("depth", [64, 96, 160])
def test_accumulates_over_k(depth: int, device: str) -> None:
    torch.manual_seed(0)
    x, y = _operand(20, depth, "e4m3"), _operand(24, depth, "bf16", transposed=True)

    def reference(x, sx, y, out):
        return out.copy_((x.float() * _factors(sx)) @ y.float())

    args = (x, _scales(20, depth), y, torch.empty(20, 24, dtype=torch.float16))
    _close(scaled_loop, args, reference, device)


@helion.kernel(config=helion.Config(block_sizes=[16, 16]))
def from_bytes(x: torch.Tensor, sx: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty([x.size(0), y.size(1)], dtype=torch.bfloat16, device=x.device)
    for rows, columns in hl.tile(out.size()):
        out[rows, columns] = hl.dot_scaled(
            x[rows, :], sx[rows, :], "e4m3", y[:, columns], None, "e5m2", out_dtype=torch.bfloat16
        )
    return out


def test_bytes_stand_for_numbers_of_their_format(device: str) -> None:
    torch.manual_seed(0)
    x, y = _operand(16, 64, "e4m3"), _operand(16, 64, "e5m2", transposed=True)

    def reference(x, sx, y):
        left = x.view(torch.float8_e4m3fn).float() * _factors(sx)
        return (left @ y.view(torch.float8_e5m2).float()).bfloat16()

    args = (x.view(torch.uint8), _scales(16, 64), y.view(torch.uint8))
    _close(from_bytes, args, reference, device)


def test_reference_mode() -> None:
    eager = helion.kernel(scaled_product.fn, ref_mode=helion.RefMode.EAGER)
    for left in FORMATS:
        for right in FORMATS:
            args = _args(32, 16, 64, left, right)
            torch.testing.assert_close(eager(*args), _product(*args), rtol=1e-5, atol=1e-4)


_SMALL_FORMATS = ("e2m1", "e4m3", "e5m2")


def _is_native(left: str, right: str, target: str) -> bool:
    """Whether Triton's own operation is used; elsewhere numbers are multiplied with their scales first."""
    if target == "gfx942" or "fp16" in (left, right):
        return False
    return target != "sm_100" or (left in _SMALL_FORMATS and right in _SMALL_FORMATS)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("left", "right"), [("e2m1", "e2m1"), ("e4m3", "e2m1"), ("bf16", "e4m3"), ("fp16", "e5m2")])
def test_compiles(left: str, right: str, target: str) -> None:
    bound = scaled_product.bind(_args(128, 128, 128, left, right))
    compiled = bound.compile(helion.Config(block_sizes=[128, 128]), target=target)
    assert ("tt.dot_scaled" in compiled.asm["ttir"]) == _is_native(left, right, target)
    small = scaled_product.bind(_args(40, 24, 96, left, right))
    small.compile(helion.Config(block_sizes=[16, 32]), target=target)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(("left", "right"), [(left, right) for left in FORMATS for right in FORMATS])
def test_all_pairs_compile(left: str, right: str, target: str) -> None:
    bound = scaled_product.bind(_args(128, 128, 128, left, right))
    compiled = bound.compile(helion.Config(block_sizes=[128, 128]), target=target)
    assert ("tt.dot_scaled" in compiled.asm["ttir"]) == _is_native(left, right, target)


@pytest.mark.parametrize("target", TARGETS)
def test_operands_without_scales_compile(target: str) -> None:
    args = (torch.empty(64, 64, dtype=torch.uint8), torch.empty(64, 2, dtype=torch.uint8))
    from_bytes.bind((*args, args[0])).compile(helion.Config(block_sizes=[64, 64]), target=target)


@pytest.mark.parametrize("right", FORMATS)
@pytest.mark.parametrize("left", FORMATS)
def test_numbers_times_scales(left: str, right: str) -> None:
    # What is emitted for a GPU without the operation, in Triton's interpreter.
    args = _args(32, 16, 64, left, right)
    bound = scaled_product.bind(args)
    config = bound.config_spec.normalize(scaled_product.configs[0])
    compilation, target = bound.compilation, Target.parse("gfx942")
    source = compilation.triton_source(config, target)
    assert "tl.dot_scaled" not in source
    kernel = InterpretedKernel(source, compilation.lower(config, target).name)
    out = torch.empty(32, 16)
    values = dict(zip(("x", "sx", "y", "sy"), args), out=out)
    kernel.run((1, 1, 1), *(values[arg.name] for arg in compilation.traced.args))
    torch.testing.assert_close(out, _product(*args), rtol=2e-2, atol=2e-2)


def test_extreme_scales() -> None:
    # 2^-127 is no zero, 255 is NaN.
    x = torch.full((16, 32), 2.0).to(torch.float8_e4m3fn)
    y = torch.full((32, 16), 2.0**100).bfloat16()
    scales = torch.tensor([0, 1, 127, 255] * 4, dtype=torch.uint8)[:, None]
    args = (x, scales, y, torch.full((16, 1), 127, dtype=torch.uint8), "e4m3", "bf16")
    expected = torch.tensor([2.0**-127, 2.0**-126, 1, math.nan] * 4)[:, None] * 2.0**106
    torch.testing.assert_close(scaled_product(*args), expected.expand(16, 16), equal_nan=True)
    eager = helion.kernel(scaled_product.fn, ref_mode=helion.RefMode.EAGER)
    torch.testing.assert_close(eager(*args), expected.expand(16, 16), equal_nan=True)


# ---- packed formats


@helion.kernel(config=helion.Config(block_sizes=[8, 16]))
def unpack(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    low = torch.empty_like(x, dtype=torch.float32)
    high = torch.empty_like(low)
    for tile in hl.tile(x.size()):
        low[tile], high[tile] = hl.float4_e2m1fn_x2_to_float32(x[tile])
    return low, high


@pytest.mark.covers("float4 e2m1, two in a byte")
@pytest.mark.parametrize("dtype", [torch.uint8, torch.int8])
def test_float4_pairs(dtype: torch.dtype, device: str) -> None:
    x = torch.arange(256, dtype=torch.int32).to(torch.uint8).view(dtype).reshape(16, 16)

    def reference(x):
        codes = x.view(torch.uint8).long()
        return _FLOAT4[codes & 15], _FLOAT4[codes >> 4]

    check(unpack, (x,), reference, device=device, rtol=0, atol=0)
    check(helion.kernel(unpack.fn, ref_mode=helion.RefMode.EAGER), (x,), reference, rtol=0, atol=0)


@helion.kernel(config=helion.Config(block_sizes=[4, 8]))
def float4_rows(packed: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    # One row of 4-bit numbers times the same row of x.
    rows, depth = x.size()
    groups = depth // 16
    storage = packed.view(-1)
    parts = x.view(rows, groups, 16)
    out = torch.zeros([rows], dtype=torch.float32, device=x.device)
    for row in hl.tile(rows):
        acc = hl.zeros([row])
        for group in hl.tile(groups):
            numbers = row.index[:, None] * groups + group.index[None, :]
            live = (row.index < rows)[:, None] & (group.index < groups)[None, :]
            loaded = hl.load_float4_e2m1fn_x16_to_float16(storage, numbers, extra_mask=live)
            for position in hl.static_range(16):
                acc += (loaded[position] * parts[row, group, position]).sum(1)
        out[row] = acc
    return out


@helion.kernel(config=helion.Config(block_sizes=[4, 8]))
def bfloat16_rows(packed: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    rows, depth = x.size()
    groups = depth // 16
    storage = packed.view(-1)
    parts = x.view(rows, groups, 16)
    out = torch.zeros([rows], dtype=torch.float32, device=x.device)
    for row in hl.tile(rows):
        acc = hl.zeros([row])
        for group in hl.tile(groups):
            numbers = row.index[:, None] * groups + group.index[None, :]
            loaded = hl.load_bfloat16_x16_to_float16(storage, numbers)
            for position in hl.static_range(16):
                acc += (loaded[position] * parts[row, group, position]).sum(1)
        out[row] = acc
    return out


@pytest.mark.parametrize("rows", [4, 6])
@pytest.mark.parametrize("depth", [128, 80])
def test_groups_of_float4(rows: int, depth: int, device: str) -> None:
    torch.manual_seed(0)
    packed = torch.randint(0, 256, (rows, depth // 2), dtype=torch.uint8)

    def reference(packed, x):
        return (_float4(packed, 1) * x).sum(1)

    args = (packed, torch.randn(rows, depth))
    check(float4_rows, args, reference, device=device, rtol=1e-4, atol=1e-4)
    check(helion.kernel(float4_rows.fn, ref_mode=helion.RefMode.EAGER), args, reference, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("rows", [4, 6])
@pytest.mark.parametrize("depth", [128, 80])
def test_groups_of_bfloat16(rows: int, depth: int, device: str) -> None:
    torch.manual_seed(0)
    args = (torch.randn(rows, depth).bfloat16(), torch.randn(rows, depth))

    def reference(packed, x):
        return (packed.half() * x).sum(1)

    check(bfloat16_rows, args, reference, device=device, rtol=1e-4, atol=1e-4)
    check(helion.kernel(bfloat16_rows.fn, ref_mode=helion.RefMode.EAGER), args, reference, rtol=1e-4, atol=1e-4)


@helion.kernel(config=helion.Config(block_sizes=[16, 16]))
def int4_joined(x: torch.Tensor, packed: torch.Tensor) -> torch.Tensor:
    # Two signed numbers of 4 bits in each byte, along K.
    m, k = x.size()
    n = packed.size(1)
    out = torch.empty([m, n], dtype=torch.float32, device=x.device)
    for rows, columns in hl.tile([m, n]):
        both = packed[:, columns]
        low, high = (both << 4) >> 4, both >> 4
        numbers = hl.join(low.to(torch.bfloat16), high.to(torch.bfloat16))
        numbers = numbers.permute(0, 2, 1).reshape(k, columns.block_size)
        out[rows, columns] = hl.dot(x[rows, :], numbers)
    return out


@helion.kernel(config=helion.Config(block_sizes=[16, 16]))
def int4_stacked(x: torch.Tensor, packed: torch.Tensor) -> torch.Tensor:
    m, k = x.size()
    n = packed.size(1)
    out = torch.empty([m, n], dtype=torch.float32, device=x.device)
    pairs = packed.view(k // 16, 8, n)
    wide = x.view(m, k // 16, 16)
    for rows, columns in hl.tile([m, n]):
        acc = hl.zeros([rows, columns])
        for group in hl.grid(k // 16):
            both = pairs[group, :, columns]
            low, high = ((both << 4) >> 4).to(torch.bfloat16), (both >> 4).to(torch.bfloat16)
            numbers = torch.stack([low, high], dim=1).reshape(16, columns.block_size)
            acc = torch.addmm(acc, wide[rows, group, :], numbers)
        out[rows, columns] = acc
    return out


@pytest.mark.covers("int4, two in a byte")
@pytest.mark.parametrize("kernel", [int4_joined, int4_stacked], ids=["join", "stack"])
def test_int4_numbers(kernel, device: str) -> None:
    torch.manual_seed(0)
    packed = torch.randint(-128, 128, (32, 24), dtype=torch.int8)

    def reference(x, packed):
        wide = packed.int()
        low = ((wide & 15) ^ 8) - 8
        return x.float() @ torch.stack([low, wide >> 4], 1).flatten(0, 1).float()

    check(kernel, (torch.randn(20, 64).bfloat16(), packed), reference, device=device, rtol=1e-2, atol=1e-1)


@pytest.mark.parametrize("target", TARGETS)
def test_packed_formats_compile(target: str) -> None:
    packed, x = torch.empty(64, 64, dtype=torch.uint8), torch.empty(64, 128)
    for kernel, args in (
        (unpack, (packed,)), (float4_rows, (packed, x)), (bfloat16_rows, (x.bfloat16(), x)),
        (int4_joined, (x.bfloat16(), packed.view(torch.int8))), (int4_stacked, (x.bfloat16(), packed.view(torch.int8))),
    ):  # fmt: skip
        compiled = kernel.bind(args).compile(target=target)
        if kernel is float4_rows and target == "sm_90":
            # Groups are read as words, not as bytes.
            assert "ld.global.b8" not in compiled.asm["ptx"] and "ld.global.u8" not in compiled.asm["ptx"]


# ---- mistakes


def _refused(body, args) -> exc.Base:
    @helion.kernel(config=helion.Config(block_sizes=[16]))
    def kernel(x: torch.Tensor, s: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        out = torch.empty([x.size(0), y.size(1)], dtype=torch.float32)
        for rows in hl.tile(x.size(0)):
            out[rows, :] = body(x[rows, :], s[rows, :], y[:, :], y)
        return out

    with pytest.raises(exc.Base) as caught:
        kernel.bind(args)
    assert caught.value.location.file == __file__
    return caught.value


_SMALL = (torch.empty(32, 64, dtype=torch.uint8), torch.empty(32, 2, dtype=torch.uint8), torch.empty(64, 16).bfloat16())


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        (lambda x, s, y, _: hl.dot_scaled(x, s, "e3m4", y, None, "bf16"), exc.InvalidAPIUsage, "unknown format"),
        (lambda x, s, y, _: hl.dot_scaled(x, s, "bf16", y, None, "bf16"), exc.InvalidAPIUsage, "does not hold bf16"),
        (lambda x, s, y, _: hl.dot_scaled(x, s, "e2m1", y, None, "bf16"), exc.ShapeMismatch, "inner dimensions"),
        (lambda x, s, y, _: hl.dot_scaled(x, s.float(), "e4m3", y, None, "bf16"), exc.InvalidAPIUsage, "exponents"),
        (lambda x, s, y, _: hl.dot_scaled(x, x, "e4m3", y, None, "bf16"), exc.ShapeMismatch, "another shape"),
        (lambda x, s, y, _: hl.dot_scaled(x, y, "e4m3", y, None, "bf16"), exc.InvalidAPIUsage, "exponents"),
        (lambda x, s, y, h: hl.dot_scaled(x, s, "e4m3", h, None, "bf16"), exc.HostTensorDirectUsage, "y"),
        (lambda x, s, y, _: hl.dot_scaled(x, s, "e4m3", 3, None, "bf16"), exc.InvalidAPIUsage, "no device value"),
        (lambda x, s, y, _: hl.float4_e2m1fn_x2_to_float32(y)[0], exc.InvalidAPIUsage, "4-bit floats in pairs"),
        (
            lambda x, s, y, h: hl.load_bfloat16_x16_to_float16(h, hl.arange(4))[0],
            exc.InvalidAPIUsage,
            "of rank 1",
        ),
        (
            lambda x, s, y, _: hl.load_bfloat16_x16_to_float16(y, hl.arange(4))[0],
            exc.InvalidAPIUsage,
            "host tensor",
        ),
    ],
)
def test_mistakes(body, error: type[exc.Base], message: str) -> None:
    found = _refused(body, _SMALL)
    assert isinstance(found, error)
    assert message in found.message


def test_a_k_without_a_whole_group() -> None:
    args = (torch.empty(32, 48, dtype=torch.uint8), _SMALL[1], torch.empty(48, 16).bfloat16())
    found = _refused(lambda x, s, y, _: hl.dot_scaled(x, s, "e4m3", y, None, "bf16"), args)
    assert isinstance(found, exc.ShapeMismatch) and found.found == "48"
