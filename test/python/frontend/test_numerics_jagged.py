# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.jagged_tile`: lanes that end differently are masked in loads, stores, reductions and products."""

from __future__ import annotations

import itertools

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check


def config(*blocks: int) -> helion.Config:
    return helion.Config(block_sizes=list(blocks))


def ragged(lengths: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Values one after the other, and the offsets of their rows."""
    offsets = torch.cat([torch.zeros(1, dtype=torch.int64), torch.tensor(lengths).cumsum(0)])
    return torch.randn(int(offsets[-1])), offsets


@pytest.mark.parametrize("dtype", [torch.int64, torch.int32, torch.uint8])
@pytest.mark.parametrize("lengths", [[3, 0, 17, 8, 9, 1, 20], [8, 8, 8, 8], [0, 0, 0]])
def test_rows_behind_each_other(lengths, dtype, device):
    @helion.kernel(config=config(4, 8))
    def kernel(x, offsets):
        rows = offsets.size(0) - 1
        out = torch.zeros([rows], dtype=x.dtype, device=x.device)
        for row in hl.tile(rows):
            start = offsets[row]
            total = hl.zeros([row])
            for j in hl.jagged_tile(offsets[row.index + 1] - start):
                # exp makes ones of what the dead lanes of the load hold
                total += torch.exp(x[start[:, None] + j.index[None, :]]).sum(1)
            out[row] = total
        return out

    def reference(x, offsets):
        ends = offsets.tolist()
        return torch.stack([x[begin:end].exp().sum() for begin, end in itertools.pairwise(ends)])

    x, offsets = ragged(lengths)
    check(kernel, (x, offsets.to(dtype)), reference, device=device, rtol=1e-4, atol=1e-4)


def rows_of(x: torch.Tensor, lengths: torch.Tensor) -> list[torch.Tensor]:
    return [row[:length] for row, length in zip(x, lengths.tolist())]


REDUCTIONS = {
    "sum": lambda v: (v + 1).sum(-1), "mean": lambda v: (v + 1).mean(-1), "amax": lambda v: (-v * v - 1).amax(-1),
    "amin": lambda v: (v * v + 1).amin(-1), "prod": lambda v: (v * 0.1 + 1.5).prod(-1), "var": lambda v: v.var(-1),
    "std": lambda v: v.std(-1, correction=0), "argmax": lambda v: (-v * v - 1).argmax(-1).float(),
    "any": lambda v: (v < 3).any(-1).float(), "all": lambda v: (v * v > 0).all(-1).float(),
    "logsumexp": lambda v: torch.logsumexp(v, -1), "max": lambda v: torch.max(-v * v - 1, -1)[0],
    "ones": lambda v: torch.ones_like(v).sum(-1), "reduce": lambda v: (v + 1).sum(-1),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_reductions_leave_dead_lanes_out(name, device):
    function = REDUCTIONS[name]

    @helion.kernel(config=config(4, 32))
    def kernel(x, lengths):
        out = x.new_empty([x.size(0)])
        for row in hl.tile(x.size(0)):
            for j in hl.jagged_tile(lengths[row]):
                out[row] = function(x[row, j])
        return out

    @helion.kernel(config=config(4, 32))
    def combining(x, lengths):
        out = x.new_empty([x.size(0)])
        for row in hl.tile(x.size(0)):
            for j in hl.jagged_tile(lengths[row]):
                out[row] = hl.reduce(lambda left, right: left + right, x[row, j] + 1, dim=1)
        return out

    args = torch.randn(5, 20), torch.tensor([3, 5, 17, 2, 9])

    def reference(x, lengths):
        return torch.stack([function(row) for row in rows_of(x, lengths)])

    check(combining if name == "reduce" else kernel, args, reference, device=device, rtol=1e-4, atol=1e-4)


def test_stores_and_softmax(device):
    @helion.kernel(config=config(4, 32))
    def kernel(x, lengths):
        out = torch.full_like(x, -1)
        for row in hl.tile(x.size(0)):
            for j in hl.jagged_tile(lengths[row]):
                out[row, j] = torch.softmax(x[row, j], 1)
        return out

    def reference(x, lengths):
        out = torch.full_like(x, -1)
        for row, values in zip(out, rows_of(x, lengths)):
            row[: len(values)] = values.softmax(0)
        return out

    check(kernel, (torch.randn(5, 20), torch.tensor([3, 5, 0, 20, 9])), reference, device=device)


def test_ends_of_several_dimensions_and_atomics(device):
    @helion.kernel(config=config(4, 4, 8))
    def kernel(x, lengths):
        out = x.new_empty(lengths.size())
        count = x.new_zeros([1])
        for i, k in hl.tile(lengths.size()):
            total = hl.zeros([k, i])
            for j in hl.jagged_tile(lengths[i, k]):
                total += (x[i, k, j] + 1).sum(-1).t()
                hl.atomic_add(count, [0], (x[i, k, j] * 0 + 1).sum())
                hl.atomic_add(x, [i, k, j], 1.0)
            out[i, k] = total.t()
        return out, count

    def reference(x, lengths):
        live = torch.arange(x.size(2)) < lengths[..., None]
        result = ((x + 1) * live).sum(2), live.sum().float().reshape(1)
        x += live
        return result

    args = torch.randn(5, 6, 13), torch.randint(0, 14, (5, 6))
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-4)


def test_the_mean_over_rows_and_lanes_divides_by_all_that_live(device):
    @helion.kernel(config=config(4, 32))
    def kernel(x, lengths):
        out = x.new_empty([x.size(0)])
        for row in hl.tile(x.size(0)):
            for j in hl.jagged_tile(lengths[row]):
                out[row] = (x[row, j] + 1).mean([0, 1]) + 0 * lengths[row]
        return out

    def reference(x, lengths):
        rows = rows_of(x + 1, lengths)
        parts = [torch.cat(rows[at : at + 4]).mean().expand(len(rows[at : at + 4])) for at in range(0, len(rows), 4)]
        return torch.cat(parts)

    check(kernel, (torch.randn(6, 20), torch.tensor([3, 5, 0, 20, 9, 7])), reference, device=device)


def test_a_jagged_loop_in_a_jagged_loop(device):
    @helion.kernel(config=config(4, 4, 8))
    def kernel(x, outer, inner):
        out = x.new_empty([x.size(0)])
        for i in hl.tile(x.size(0)):
            total = hl.zeros([i])
            for j in hl.jagged_tile(outer[i]):
                for k in hl.jagged_tile(inner[i, j] + 1):
                    total += (x[i, j, k] + 1).sum([1, 2])
            out[i] = total
        return out

    def reference(x, outer, inner):
        live = (torch.arange(x.size(1)) < outer[:, None])[:, :, None]
        live = live & (torch.arange(x.size(2)) < inner[..., None] + 1)
        return ((x + 1) * live).sum([1, 2])

    args = torch.randn(5, 6, 10), torch.randint(0, 7, (5,)), torch.randint(0, 10, (5, 6))
    check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-4)


def test_attention_over_rows_of_different_length(device):
    @helion.kernel(config=config(4, 16), static_shapes=True)
    def kernel(q, k, v, offsets):
        out = torch.empty_like(q)
        for i in hl.tile(q.size(0)):
            start = offsets[i]
            length = offsets[i.index + 1] - start
            top, total = hl.full([i, 1], float("-inf")), hl.zeros([i, 1])
            acc = hl.zeros([i, 1, 16])
            for j in hl.jagged_tile(length):
                place = start[:, None] + j.index[None, :]
                scores = torch.bmm(q[i, None, :], k[place, :].transpose(1, 2))
                scores = torch.where((j.index[None, :] < length[:, None])[:, None, :], scores, float("-inf"))
                highest = torch.maximum(top, scores.amax(2))
                weights = torch.exp(scores - highest[:, :, None])
                scale = torch.exp(top - highest)
                total = total * scale + weights.sum(2)
                acc = acc * scale[:, :, None] + torch.bmm(weights, v[place, :])
                top = highest
            out[i, :] = (acc / total[:, :, None])[:, 0, :]
        return out

    def reference(q, k, v, offsets):
        ends = offsets.tolist()
        rows = [((row @ k[b:e].t()).softmax(0) @ v[b:e]) for row, (b, e) in zip(q, itertools.pairwise(ends))]
        return torch.stack(rows)

    _, offsets = ragged([3, 17, 1, 30, 8])
    q, k, v = torch.randn(5, 16), torch.randn(59, 16), torch.randn(59, 16)
    # The products are of tf32 numbers on a GPU.
    check(kernel, (q, k, v, offsets), reference, device=device, rtol=2e-2, atol=1e-2)


def test_attributes_and_a_scalar_end(device):
    @helion.kernel(config=config(4, 8, 8))
    def kernel(x, lengths):
        out = torch.zeros([x.size(0), 4], dtype=torch.int64, device=x.device)
        for row in hl.tile(x.size(0)):
            for j in hl.jagged_tile(lengths[row]):
                out[row, 0] = j.end
                out[row, 1] = j.begin
                out[row, 2] = j.id
            for j in hl.jagged_tile(lengths[row.begin]):
                out[row, 3] = x[row, j].sum(1)
        return out

    def reference(x, lengths):
        rows = [[13, 8, 1, int(x[at, 0 if lengths[0] <= 8 else 8 : lengths[0]].sum())] for at in range(4)]
        return torch.tensor(rows)

    args = torch.arange(64).reshape(4, 16), torch.tensor([5, 13, 0, 7])
    check(kernel, args, reference, device=device)


def test_dynamic_shapes(device):
    @helion.kernel(config=config(4, 8), static_shapes=False)
    def kernel(x, lengths):
        out = x.new_empty([x.size(0)])
        for row in hl.tile(x.size(0)):
            total = hl.zeros([row])
            for j in hl.jagged_tile(lengths[row]):
                total += (x[row, j] + 1).sum(1)
            out[row] = total
        return out

    def reference(x, lengths):
        return torch.stack([(row + 1).sum() for row in rows_of(x, lengths)])

    for rows in (3, 9):
        args = torch.randn(rows, 20), torch.randint(0, 21, (rows,))
        check(kernel, args, reference, device=device, rtol=1e-4, atol=1e-4)


# ---- mistakes


def outermost(x, lengths):
    for j in hl.jagged_tile(lengths):
        x[j] = 0


def a_host_tensor(x, lengths):
    for _ in hl.tile(x.size(0)):
        for j in hl.jagged_tile(lengths):
            x[j, 0] = 0


def float_ends(x, lengths):
    for row in hl.tile(x.size(0)):
        for j in hl.jagged_tile(x[row, 0]):
            x[row, j] = 0


def ends_along_no_tile(x, lengths):
    for _ in hl.tile(x.size(0)):
        for j in hl.jagged_tile(lengths[:]):
            x[0, j] = 0


def a_load_without_the_parent(x, lengths):
    for row in hl.tile(x.size(0)):
        for j in hl.jagged_tile(lengths[row]):
            x[row, 0] = x[row, j].sum(1) + x[0, j].sum()


def a_store_without_the_parent(x, lengths):
    for row in hl.tile(x.size(0)):
        for j in hl.jagged_tile(lengths[row]):
            x[0, j] = 0


def a_reduction_without_the_parent(x, lengths):
    for row in hl.tile(x.size(0)):
        for j in hl.jagged_tile(lengths[row]):
            x[row, 0] = j.index.sum()


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (outermost, "outermost"), (a_host_tensor, "device value"), (float_ends, "integers"),
        (ends_along_no_tile, "enclosing tile"), (a_load_without_the_parent, "parent tiles"),
        (a_store_without_the_parent, "parent tiles"), (a_reduction_without_the_parent, "parent tiles"),
    ],
)  # fmt: skip
def test_a_jagged_tile_goes_with_its_parents(function, message):
    with pytest.raises(exc.InvalidJaggedTileUsage, match=message) as caught:
        helion.kernel(function).bind((torch.randn(8, 8), torch.ones(8, dtype=torch.int64)))
    assert function.__name__ in str(caught.value.location.function)
