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
