# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.rand`, `hl.rand4x`, `hl.randint`: Philox 4x32-10, keyed by the place of each element in the iteration space.

Words are uint32 values whose bits live in i32; products of two of them are taken in 64 bits. The results equal those of
`helion.language.philox` and of Triton's generator bit by bit.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.lowering.pointwise import compare, operand, plain, pointwise, select
from helion.language import philox

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion.frontend.calls import Calls
    from helion.frontend.device import Device

_WORD, _WIDE = torch.uint32, torch.uint64


def _convert(device: Device, value: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    made = device.builder.convert(device.value(value), value.shape, value.dtype, dtype)
    return device.tensor(made, value.shape, dtype)


def _word(device: Device, op: str, *values: Any) -> torch.Tensor:
    return pointwise(device, values, plain(None, op), _WORD, _WORD)


def _product(device: Device, constant: int, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """High and low 32 bits of a product."""
    wide = pointwise(device, (value, constant), plain(None, "arith.muli"), _WIDE, _WIDE)
    return _high(device, wide), _convert(device, wide, _WORD)


def _high(device: Device, wide: torch.Tensor) -> torch.Tensor:
    moved = pointwise(device, (wide, 32), plain(None, "arith.shrui"), _WIDE, _WIDE)
    return _convert(device, moved, _WORD)


def _philox(device: Device, seed: torch.Tensor, offsets: torch.Tensor) -> list[torch.Tensor]:
    """Four words per offset; the counter is (offset, 0, 0, 0)."""
    wide_seed = _convert(device, seed, _WIDE)
    key_a, key_b = _convert(device, wide_seed, _WORD), _high(device, wide_seed)
    zero = device.constant(0, _WORD)
    c0, c1, c2, c3 = _convert(device, offsets, _WORD), zero, zero, zero
    for _ in range(philox.ROUNDS):
        high_a, low_a = _product(device, philox.ROUND_A, c0)
        high_b, low_b = _product(device, philox.ROUND_B, c2)
        c0 = _word(device, "arith.xori", _word(device, "arith.xori", high_b, c1), key_a)
        c2 = _word(device, "arith.xori", _word(device, "arith.xori", high_a, c3), key_b)
        c1, c3 = low_b, low_a
        key_a = _word(device, "arith.addi", key_a, philox.KEY_A)
        key_b = _word(device, "arith.addi", key_b, philox.KEY_B)
    shape = tuple(offsets.shape)
    return [device.tensor(operand(device, each, shape, _WORD), shape, _WORD) for each in (c0, c1, c2, c3)]


def _uniform(device: Device, bits: torch.Tensor) -> torch.Tensor:
    """float32 in [0, 1)."""
    signed = _convert(device, bits, torch.int32)
    negative = pointwise(device, (signed, 0), compare(4, 2, 6), torch.int32, torch.bool, torch.bool)
    flipped = pointwise(device, (signed, -1), plain(None, "arith.xori"), torch.int32, torch.int32)  # -x - 1
    shape = tuple(bits.shape)
    chosen = select(device.builder, device.value(negative), device.value(flipped), device.value(signed))
    value = device.tensor(chosen, shape, torch.int32)
    return pointwise(device, (value, philox.TO_UNIT), plain("arith.mulf"), torch.float32, torch.float32)


# ---- arguments


def _seed(interp: Calls, given: Any, name: str) -> torch.Tensor:
    if isinstance(given, float):
        raise exc.InvalidAPIUsage(f"{name} takes an integer seed", found=repr(given))
    if type(given) is int:
        return interp.kernel.device.constant(given, torch.int64)
    seed = interp.as_tensor(given)
    if seed.dtype.is_floating_point or (seed.dim() and math.prod(seed.shape) != 1):
        raise exc.InvalidAPIUsage(
            f"{name} takes an integer seed, or an integer tensor of one element",
            found=f"{interp.kernel.blocks.shape_text(seed.shape)} {seed.dtype}",
        )
    return interp.call(torch.reshape, seed, ()) if seed.dim() else seed


def _positions(interp: Calls, shape: Any) -> torch.Tensor:
    """The row-major position of each element in the iteration space that the tiles of `shape` are parts of."""
    device, dtype = interp.kernel.device, torch.int64
    entries: Sequence[Any] = shape if isinstance(shape, (list, tuple)) else [shape]
    position: Any = device.constant(0, dtype)
    for axis, entry in enumerate(entries):
        values, size = _axis(interp, entry)
        values = _convert(device, values, dtype)
        extents = (*values.shape, *[1] * (len(entries) - axis - 1))
        moved = device.builder.reshape(device.value(values), values.shape, extents, dtype)
        values = device.tensor(moved, extents, dtype)
        if axis:
            position = pointwise(device, (position, size), plain(None, "arith.muli"), dtype, dtype)
        position = pointwise(device, (position, values), plain(None, "arith.addi"), dtype, dtype)
    return position


def _axis(interp: Calls, entry: Any) -> tuple[torch.Tensor, Any]:
    """The indices along one axis, and the size of the axis."""
    device, builder = interp.kernel.device, interp.kernel.builder
    if isinstance(entry, ShiftedTile):
        return interp.operand(entry), entry.tile.upper
    if isinstance(entry, DeviceTile):
        return device.tile_index(entry), entry.upper
    extent = int(interp.extent(entry))
    block = builder.blocks.by_witness.get(extent)
    tile = None if block is None else device.tiles.get(block.name)
    if tile is not None:
        return device.tile_index(tile), tile.upper
    size = extent if block is None else device.block_size(block)
    made = builder.value("helion.arange", (), builder.type((extent,), builder.index_dtype))
    return device.tensor(made, (extent,), builder.index_dtype), size


# ---- rules


def _rand(interp: Calls, shape: Any, seed: Any, device: Any, offsets: Any) -> torch.Tensor:
    counters = _positions(interp, shape) if offsets is None else _offsets(interp, offsets, "hl.rand")
    found = interp.kernel.device
    return _uniform(found, _philox(found, _seed(interp, seed, "hl.rand"), counters)[0])


def _offsets(interp: Calls, given: Any, name: str) -> torch.Tensor:
    offsets = interp.as_tensor(given)
    if offsets.dtype.is_floating_point or offsets.dtype == torch.bool:
        raise exc.InvalidAPIUsage(f"{name} takes integer offsets", found=offsets.dtype)
    return offsets


def _rand4x(interp: Calls, seed: Any, offsets: Any, device: Any) -> tuple[torch.Tensor, ...]:
    found = interp.kernel.device
    words = _philox(found, _seed(interp, seed, "hl.rand4x"), _offsets(interp, offsets, "hl.rand4x"))
    return tuple(_uniform(found, each) for each in words)


def _randint(interp: Calls, shape: Any, low: Any, high: Any, seed: Any, device: Any) -> torch.Tensor:
    if type(low) is not int or type(high) is not int:
        raise exc.InvalidAPIUsage("hl.randint takes bounds that are known while compiling")
    if high <= low:
        raise exc.InvalidAPIUsage("hl.randint needs low < high", found=f"low={low}, high={high}")
    found = interp.kernel.device
    bits = _philox(found, _seed(interp, seed, "hl.randint"), _positions(interp, shape))[0]
    wide = _convert(found, bits, torch.int64)
    rest = pointwise(found, (wide, high - low), plain(None, "arith.remsi"), torch.int64, torch.int64)
    return pointwise(found, (rest, low), plain(None, "arith.addi"), torch.int64, torch.int32)


# ---- torch's own functions: a seed per call site, drawn by the host for each launch


def _site_uniform(interp: Calls, shape: Sequence[Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """Two independent uniform values per element."""
    found = interp.kernel.device
    words = _philox(found, interp.kernel.drawn_seed(), _positions(interp, shape))
    return _uniform(found, words[0]), _uniform(found, words[1])


def _shape(sizes: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
    given = named.get("size", sizes)
    return list(given[0]) if len(given) == 1 and isinstance(given[0], (list, tuple)) else list(given)


def _floating(dtype: torch.dtype | None) -> torch.dtype:
    result = dtype or torch.get_default_dtype()
    if not result.is_floating_point:
        raise exc.TorchOpTracingError(f"random values of {result} cannot be drawn", hint="use hl.randint for integers")
    return result


def _normal(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    radius = torch.sqrt(-2.0 * torch.log(torch.clamp(first, min=1e-7)))
    return radius * torch.cos(second * (2 * math.pi))


def _torch_random(normal: bool, like: bool) -> Callable[..., Any]:
    def rule(interp: Calls, *sizes: Any, dtype: torch.dtype | None = None, **named: Any) -> torch.Tensor:
        model = interp.operand(sizes[0]) if like else None
        result = _floating(dtype or (None if model is None else model.dtype))
        shape = _shape(sizes, named) if model is None else [interp.seen_extent(each) for each in model.shape]
        pair = _site_uniform(interp, shape)
        made = interp.kernel.device.composite(_normal, *pair) if normal else pair[0]
        return _convert(interp.kernel.device, made, result)

    return rule


def _dropout(interp: Calls, input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> torch.Tensor:
    value = interp.operand(input)
    if not training or p == 0:
        return value
    kept = _site_uniform(interp, [interp.seen_extent(each) for each in value.shape])[0]

    def chosen(value: torch.Tensor, kept: torch.Tensor) -> torch.Tensor:
        return torch.where(kept >= p, value * (1.0 / (1.0 - p) if p < 1 else 0.0), 0.0)

    return interp.kernel.device.composite(chosen, value, kept)


RULES: dict[Any, Callable[..., Any]] = {hl.rand: _rand, hl.rand4x: _rand4x, hl.randint: _randint}
TORCH_RULES: dict[Any, Callable[..., Any]] = {
    torch.rand: _torch_random(False, False), torch.randn: _torch_random(True, False),
    torch.rand_like: _torch_random(False, True), torch.randn_like: _torch_random(True, True),
    torch.nn.functional.dropout: _dropout,
}  # fmt: skip
