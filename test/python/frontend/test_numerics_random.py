# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random numbers have the bits of the eager generator (and so of Triton's), whatever the block sizes are."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from helion import exc
from helion.language.philox import philox, signed, uniform


@pytest.mark.parametrize("blocks", [[4, 8], [16, 2]])
@pytest.mark.parametrize("seed", [0, 42, 2**40 + 7, -3])
def test_uniform_values(blocks, seed, device):
    @helion.kernel(config=helion.Config(block_sizes=blocks))
    def kernel(x, seed: int):
        out = torch.empty_like(x)
        for i, j in hl.tile(x.size()):
            out[i, j] = hl.rand([i, j], seed=seed)
        return out

    x = torch.empty(9, 7, device=device)
    expected = uniform(philox(seed, torch.arange(63, device=device).view(9, 7))[0])
    assert torch.equal(kernel(x, seed), expected)


def test_literal_seeds_offsets_and_four_at_once(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x):
        out = x.new_empty([6, x.size(0)])
        for i in hl.tile(x.size(0)):
            for k, value in enumerate(hl.rand4x(2**35 + 1, i.index * 3)):
                out[k, i] = value
            out[4, i] = hl.rand([i], 7, offsets=i.index + 5)
            out[5, i] = hl.rand(x[i].shape, 7)
        return out

    place = torch.arange(21, device=device)
    expected = [uniform(word) for word in philox(2**35 + 1, place * 3)]
    expected += [uniform(philox(7, place + 5)[0]), uniform(philox(7, place)[0])]
    assert torch.equal(kernel(torch.empty(21, device=device)), torch.stack(expected))


def test_integers_and_whole_dimensions(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, seed):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i, :] = hl.randint([i, 6], -5, 90, seed[0])
        return out

    x = torch.empty(7, 6, dtype=torch.int32, device=device)
    bits = signed(philox(99, torch.arange(42, device=device).view(7, 6))[0])
    expected = (-5 + (bits & 0xFFFFFFFF) % 95).int()
    assert torch.equal(kernel(x, torch.tensor([99], device=device)), expected)


def test_dropout_is_the_same_forward_and_backward(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def dropout(x, p: float, seed: int):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            out[i] = torch.where(hl.rand([i], seed) > p, x[i] / (1 - p), 0.0)
        return out

    x = torch.randn(50, device=device).abs() + 1
    forward, backward = dropout(x, 0.25, 5), dropout(torch.ones_like(x), 0.25, 5)
    torch.testing.assert_close(forward, backward * x)
    assert 0 < (forward == 0).sum() < 30


def test_torch_functions_draw_a_seed_per_call(device):
    @helion.kernel(config=helion.Config(block_sizes=[64]))
    def kernel(x):
        out = x.new_empty([5, x.size(0)])
        for i in hl.tile(x.size(0)):
            out[0, i] = torch.rand_like(x[i])
            out[1, i] = torch.rand([i])
            out[2, i] = torch.randn_like(x[i])
            out[3, i] = torch.randn([i], dtype=torch.float32)
            out[4, i] = F.dropout(x[i], 0.25)
        return out

    x = torch.ones(1000, device=device)
    torch.manual_seed(3)
    first, second = kernel(x), kernel(x)
    torch.manual_seed(3)
    assert torch.equal(first, kernel(x))
    assert not torch.equal(first, second)
    assert not torch.equal(first[0], first[1])
    assert abs(first[:2].mean() - 0.5) < 0.05
    assert abs(first[2:4].mean()) < 0.1
    assert abs(first[2:4].std() - 1) < 0.1
    kept = first[4] != 0
    assert abs(kept.float().mean() - 0.75) < 0.06
    torch.testing.assert_close(first[4][kept], torch.full_like(first[4][kept], 1 / 0.75))


def float_seed(tile):
    return hl.rand([tile], 0.5)


def empty_range(tile):
    return hl.randint([tile], 5, 5, 0)


def float_offsets(tile):
    return hl.rand([tile], 0, offsets=hl.zeros([tile]))


def integer_dtype(tile):
    return torch.rand([tile], dtype=torch.int32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (float_seed, "integer seed"), (empty_range, "low < high"), (float_offsets, "integer offsets"),
        (integer_dtype, "int32"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused(trace, call, message):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i] = call(i)
        return x

    with pytest.raises(exc.BaseError, match=message) as caught:
        trace(kernel, torch.randn(8))
    assert caught.value.location is not None
