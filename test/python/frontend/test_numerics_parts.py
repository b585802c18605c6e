# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Values that are taken apart and put together compute what eager PyTorch does."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check


def _rotated(v):
    left, right = v.chunk(2, -1)
    return torch.cat([-right, left], -1)


def _swiglu(v):
    gate, up = v.split(v.size(1) // 2 if isinstance(v.size(1), int) else 4, dim=1)
    return torch.nn.functional.silu(gate) * up


PARTS = {
    "chunk": ((5, 8), lambda v: v.chunk(2, 1)[1]), "chunk_four": ((5, 8), lambda v: v.chunk(4, -1)[2]),
    "split": ((5, 8), lambda v: v.split(4, 1)[0] == v.split(4, 1)[1]), "swiglu": ((5, 8), _swiglu),
    "split_sizes": ((5, 8), lambda v: torch.split(v, [4, 2, 2], 1)[1]),
    "tensor_split": ((5, 8), lambda v: torch.tensor_split(v, 2, 1)[1]),
    "unbind": ((5, 4), lambda v: torch.stack([a * i for i, a in enumerate(v.unbind(1))], 1)),
    "unbind_three": ((5, 3), lambda v: torch.stack(v.unbind(-1)[::-1], -1)),
    "unbind_middle": ((5, 2, 3), lambda v: v.unbind(1)[0] + v.unbind(1)[1]),
    "element": ((5, 6), lambda v: v - v[:, 2][:, None]), "last": ((5, 7), lambda v: v[:, -1:] + v),
    "slice": ((5, 8), lambda v: v[:, 4:8]), "narrow": ((5, 8), lambda v: v.narrow(1, 2, 2)),
    "select": ((5, 3, 4), lambda v: v.select(1, 2)),
    "stack_last": ((5, 3), lambda v: torch.stack([v, v + 1], 2).sum(1)),
    "stack_three": ((5, 4), lambda v: torch.stack([v, 2 * v, 3 * v], 1).amax(2)),
    "cat": ((5, 4), lambda v: torch.cat([v, v == 0], 1)),
    "cat_four": ((5, 2), lambda v: torch.cat([v, -v, v + 1, v * 2], 1)),
    "cat_mixed": ((5, 8), lambda v: torch.cat([v, v[:, :4], v[:, 4:]], 1)),
    "cat_columns": ((5, 3), lambda v: torch.cat([v.sum(1, keepdim=True), v[:, 1:2], v[:, 0:1]], 1)),
    "hstack": ((5, 4), lambda v: torch.hstack([v, v])), "rotated": ((5, 8), _rotated),
    "flatten": ((5, 2, 4), lambda v: v.flatten(1)), "unflatten": ((5, 8), lambda v: v.unflatten(1, (2, 4)).sum(1)),
    "view_of_size": ((5, 8), lambda v: v.view(v.size(0), 2, -1).amax(1)), "swapped": ((5, 3, 4), lambda v: v.mT.sum(2)),
    "movedim": ((5, 3, 4), lambda v: v.movedim(2, 1).sum(2)), "repeat": ((5, 4), lambda v: v.repeat(1, 2)),
    "repeat_interleave": ((5, 4), lambda v: v.repeat_interleave(2, 1)),
}  # fmt: skip


NARROW = [(name, dtype) for name in ("split", "select", "cat") for dtype in (torch.float16, torch.int32, torch.bool)]


@pytest.mark.parametrize(("name", "dtype"), [*((name, torch.float32) for name in PARTS), *NARROW])
def test_parts(name, dtype, device):
    shape, function = PARTS[name]

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i, :] = function(x[i, ...])
        return out

    torch.manual_seed(0)
    x = (torch.randn(shape) * 10).to(dtype)
    check(kernel, (x, function(x)), lambda x, like: function(x), device=device, rtol=1e-2, atol=1e-2)


def test_rotary_embedding_of_interleaved_pairs(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, cos, sin):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            even, odd = x[i, :].unflatten(-1, (-1, 2)).unbind(-1)
            c, s = cos[i, :], sin[i, :]
            out[i, :] = torch.stack([even * c - odd * s, even * s + odd * c], -1).flatten(-2)
        return out

    def reference(x, cos, sin):
        even, odd = x[:, ::2], x[:, 1::2]
        return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2)

    args = (torch.randn(6, 8), torch.randn(6, 4), torch.randn(6, 4))
    check(kernel, args, reference, device=device)


REFUSED = {
    "a tile": (lambda v: v.chunk(2, 0)[0], "tile apart"),
    "an odd extent": (lambda v: v.chunk(2, 1)[0], "powers of two"),
    "unaligned": (lambda v: v[:, 1:3], "powers of two"), "cat": (lambda v: torch.cat([v, v], 1), "torch.cat"),
    "tiles in cat": (lambda v: torch.cat([v, v], 0), "tile apart"), "unbound tile": (lambda v: v.unbind(0), "tile"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_taken_apart(trace, name):
    function, message = REFUSED[name]

    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = function(x[i, :])
        return x

    with pytest.raises(exc.UnsupportedSplitOperation, match=message) as caught:
        trace(kernel, torch.randn(8, 6))
    assert caught.value.location is not None


def test_an_element_outside(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = x[i, :][:, 6]
        return x

    with pytest.raises(exc.BaseError, match="6"):
        trace(kernel, torch.randn(8, 6))


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize(("block", "columns"), [(4, 10), (8, 16), (16, 10)])
def test_dimensions_merge_into_multiples_of_a_block(block, columns, static, device):
    @helion.kernel(config=helion.Config(block_sizes=[4, block]), static_shapes=static)
    def kernel(x):
        out = x.new_empty([x.size(0), 3])
        for rows in hl.tile(x.size(0)):
            top = hl.full([rows], float("-inf"))
            total = hl.zeros([rows])
            last = hl.full([rows], float("-inf"))
            for columns in hl.tile(x.size(1)):
                pairs = x[rows, columns, :]
                merged = pairs.reshape(rows.block_size, columns.block_size * 2) - 100
                top = torch.maximum(top, merged.amax(-1))
                total += merged.sum(-1)
                again = torch.stack([merged, merged - 1], -1).reshape([rows, columns.block_size, 4])
                last = torch.maximum(last, again[:, :, 3].amax(-1))
            out[rows, 0] = top
            out[rows, 1] = total
            out[rows, 2] = last
        return out

    def reference(x):
        merged = x.flatten(1) - 100
        return torch.stack([merged.amax(1), merged.sum(1), merged[:, 1::2].amax(1) - 1], 1)

    check(kernel, (torch.randn(6, columns, 2),), reference, rtol=1e-4, atol=1e-3, device=device)


@pytest.mark.parametrize("half", [32, 40])
def test_interleaved_halves_of_bytes_feed_a_product(half, device):
    @helion.kernel(config=helion.Config(block_sizes=[16, 16, 16]), dot_precision="ieee")
    def kernel(x, packed):
        m, n = x.size(0), packed.size(1)
        pairs = x.view(m, -1, 2)
        out = x.new_empty([m, n])
        block_k = hl.register_block_size(packed.size(0))
        twice = block_k * 2
        for tile_m, tile_n in hl.tile([m, n]):
            acc = hl.zeros([tile_m, tile_n])
            for tile_k in hl.tile(packed.size(0), block_size=block_k):
                both = packed[tile_k, tile_n]
                halves = torch.stack([(both << 4) >> 4, both >> 4], dim=1)
                left = pairs[tile_m, tile_k, :].reshape([tile_m, twice])
                acc = torch.addmm(acc, left, halves.reshape(twice, tile_n.block_size).to(x.dtype))
            out[tile_m, tile_n] = acc
        return out

    def reference(x, packed):
        return x @ torch.stack([(packed << 4) >> 4, packed >> 4], dim=1).flatten(0, 1).to(x.dtype)

    packed = torch.randint(-128, 128, (half, 20), dtype=torch.int8)
    check(kernel, (torch.randn(18, 2 * half), packed), reference, rtol=1e-3, atol=1e-2, device=device)


def test_two_blocks_merge(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(x):
        out = x.new_empty([2, x.size(1) // 8])
        for rows, columns in hl.tile(x.size()):
            flat = x[rows, columns].reshape(-1)
            assert flat.size(0) == rows.block_size * columns.block_size
            out[rows.id, columns.id] = flat.sum() + (hl.arange(rows.block_size * columns.block_size) * 0).sum()
        return out

    def reference(x):
        return x.view(2, 4, -1, 8).sum((1, 3))

    check(kernel, (torch.randn(8, 24),), reference, rtol=1e-4, atol=1e-4, device=device)
