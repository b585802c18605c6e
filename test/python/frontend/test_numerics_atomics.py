# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Atomic operations: every kind on every dtype that has it, what they give back, dead lanes, and spin loops."""

from __future__ import annotations

import math

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

FLOATS = (torch.float32, torch.float64)
INTEGERS = (torch.int32, torch.int64, torch.uint32, torch.uint64)
SUPPORTED = {
    "add": (torch.float16, torch.bfloat16, *FLOATS, *INTEGERS), "and": INTEGERS, "or": INTEGERS, "xor": INTEGERS,
    "max": (*FLOATS, *INTEGERS), "min": (*FLOATS, *INTEGERS), "xchg": (*FLOATS, *INTEGERS),
    "cas": (*FLOATS, *INTEGERS),
}  # fmt: skip
COMBINE = {
    "add": lambda old, new: old + new, "and": lambda old, new: old & new, "or": lambda old, new: old | new,
    "xor": lambda old, new: old ^ new, "max": max, "min": min, "xchg": lambda old, new: new,
}  # fmt: skip


def some(count: int, dtype: torch.dtype) -> torch.Tensor:
    # Numbers that every one of the dtypes holds exactly, and their sums too.
    numbers = torch.randint(-50 if dtype.is_signed else 0, 100, (count,))
    if not dtype.is_signed:
        # The upper half counts as negative where signs are taken for what they are not.
        numbers[::3] += 1 << 31
    return numbers.to(dtype)


def in_turns(target: torch.Tensor, index: torch.Tensor, value: torch.Tensor, combine) -> torch.Tensor:
    """What stood in memory before each lane's turn; `target` changes."""
    memory, old = target.tolist(), []
    for place, new in zip(index.tolist(), value.tolist()):
        old.append(memory[place])
        after = combine(memory[place], new)
        memory[place] = after if target.dtype.is_signed else after % (1 << 8 * target.dtype.itemsize)
    target.copy_(torch.tensor(memory, dtype=target.dtype))
    return torch.tensor(old, dtype=value.dtype)


@pytest.mark.parametrize(
    ("kind", "dtype"), [(kind, dtype) for kind, dtypes in SUPPORTED.items() for dtype in dtypes if kind != "cas"]
)
def test_every_kind_on_every_dtype(kind, dtype, device):
    operation = getattr(hl, f"atomic_{kind}")

    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(target, index, value):
        old = torch.empty_like(value)
        for tile in hl.tile(value.size(0)):
            old[tile] = operation(target, [index[tile]], value[tile])
        return old

    torch.manual_seed(0)
    args = some(30, dtype), torch.randperm(30)[:13], some(13, dtype)

    def reference(target, index, value):
        return in_turns(target, index, value, COMBINE[kind])

    check(kernel, args, reference, device=device, rtol=0, atol=0)


@pytest.mark.parametrize("kind", ["add", "max", "min"])
def test_lanes_that_share_an_element_all_count(kind, device):
    operation = getattr(hl, f"atomic_{kind}")

    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(target, index, value):
        for tile in hl.tile(value.size(0)):
            operation(target, [index[tile]], value[tile])

    def reference(target, index, value):
        in_turns(target, index, value, COMBINE[kind])

    torch.manual_seed(0)
    args = some(4, torch.float32), torch.randint(0, 4, (29,)), some(29, torch.float32)
    check(kernel, args, reference, device=device)


@pytest.mark.parametrize("sem", ["relaxed", "acquire", "release", "acq_rel"])
def test_memory_orders_scalars_and_numbers(sem, device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, counts, sem: hl.constexpr):
        for tile in hl.tile(x.size(0)):
            hl.atomic_add(counts, [0], 1, sem=sem)
            hl.atomic_max(counts, [1], tile.id, sem=sem)
            hl.atomic_add(counts, [tile.begin % 3 + 2], x[tile].sum(), sem=sem)

    def reference(x, counts, sem):
        counts[0] += 3
        counts[1] = max(counts[1], 2)
        for begin in (0, 4, 8):
            counts[begin % 3 + 2] += x[begin : begin + 4].sum().to(torch.int32)

    check(kernel, (torch.arange(10), torch.zeros(5, dtype=torch.int32), sem), reference, device=device)


def test_two_dimensions_with_ragged_ends_and_broadcast_values(device):
    @helion.kernel(config=helion.Config(block_sizes=[4, 8]))
    def kernel(out, row):
        for i, j in hl.tile(out.size()):
            hl.atomic_add(out, [i, j], row[j])
            hl.atomic_add(out, [i, j], 0.5)
        return out

    check(kernel, (torch.randn(5, 11), torch.randn(11)), lambda out, row: out.add_(row + 0.5), device=device)


def test_the_sum_of_previous_values_leaves_dead_lanes_out(device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x):
        before = x.new_zeros([1])
        for tile in hl.tile(x.size(0)):
            hl.atomic_add(before, [0], hl.atomic_xchg(x, [tile], 1).sum())
        return before

    check(kernel, (torch.randn(11),), lambda x: (x.sum().reshape(1), x.fill_(1))[0], device=device)


def test_extrema_of_zeros_infinities_and_nan(device):
    @helion.kernel(config=helion.Config(block_sizes=[16]))
    def kernel(high, low, value):
        for tile in hl.tile(value.size(0)):
            hl.atomic_max(high, [tile], value[tile])
            hl.atomic_min(low, [tile], value[tile])

    numbers = [0.0, -0.0, 1.0, -1.0, math.inf, -math.inf, math.nan, -math.nan]
    pairs = torch.tensor([(a, b) for a in numbers[:6] for b in numbers])

    start, value = pairs[:, 0].contiguous(), pairs[:, 1].contiguous()
    high, low = start.clone().to(device), start.clone().to(device)
    kernel(high, low, value.to(device))
    for ours, combine in (high, torch.maximum), (low, torch.minimum):
        torch.testing.assert_close(ours.cpu(), combine(start, value), equal_nan=True, rtol=0, atol=0)


@pytest.mark.parametrize("dtype", SUPPORTED["cas"])
def test_compare_and_swap(dtype, device):
    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(target, index, expected, value):
        old = torch.empty_like(value)
        for tile in hl.tile(value.size(0)):
            old[tile] = hl.atomic_cas(target, [index[tile]], expected[tile], value[tile], sem="acq_rel")
        return old

    def reference(target, index, expected, value):
        pairs = iter(expected.tolist())
        return in_turns(target, index, value, lambda old, new: new if old == next(pairs) else old)

    torch.manual_seed(0)
    target, index = some(20, dtype), torch.randperm(20)[:13]
    expected = torch.tensor([target[place].item() for place in index], dtype=dtype)
    expected[::2] = 7
    check(kernel, (target, index, expected, some(13, dtype)), reference, device=device)


def test_dead_lanes_of_a_swap_change_nothing(device):
    @helion.kernel(config=helion.Config(block_sizes=[16]))
    def kernel(target, first):
        for tile in hl.tile(first, first + 3):
            hl.atomic_cas(target, [tile], 0, 5)
        return target

    def reference(target, first):
        target[first : first + 3] = 5
        return target

    check(kernel, (torch.zeros(40, dtype=torch.int32), 20), reference, device=device)


def test_a_swap_compares_bits(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(target, expected):
        for tile in hl.tile(target.size(0)):
            hl.atomic_cas(target, [tile], expected[tile], 1.0)
        return target

    def reference(target, expected):
        same = target.view(torch.int32) == expected.view(torch.int32)
        return target.copy_(torch.where(same, 1.0, target))

    target = torch.tensor([0.0, -0.0, math.nan, 2.0])
    bound = torch.tensor([-0.0, -0.0, math.nan, 2.0])
    ours = kernel(target.clone().to(device), bound.to(device)).cpu()
    torch.testing.assert_close(ours, reference(target, bound), equal_nan=True, rtol=0, atol=0)
    assert ours[2] == 1.0


def test_a_lock_is_taken_in_a_spin_loop(device):
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x, lock, total):
        for tile in hl.tile(x.size(0)):
            while hl.atomic_cas(lock, [0], 0, 1, sem="acquire") == 1:
                pass
            total[0] = total[0] + x[tile].sum()
            hl.atomic_xchg(lock, [0], 0, sem="release")
        return total

    args = torch.arange(30.0), torch.zeros(1, dtype=torch.int32), torch.zeros(1)
    check(kernel, args, lambda x, lock, total: total.add_(x.sum()), device=device)


@pytest.mark.parametrize(
    ("kind", "dtype"),
    [("max", torch.float16), ("xchg", torch.bfloat16), ("and", torch.float32), ("add", torch.int8),
     ("or", torch.bool), ("cas", torch.int16), ("add", torch.float8_e5m2)],
)  # fmt: skip
def test_dtypes_without_hardware_atomics_are_refused(kind, dtype):
    operation = getattr(hl, f"atomic_{kind}")

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        for tile in hl.tile(x.size(0)):
            operation(x, [tile], *([0] if kind == "cas" else []), 1)

    with pytest.raises(exc.BackendUnsupported, match=rf"hl.atomic_{kind} on {dtype}") as caught:
        kernel(torch.zeros(4).to(dtype))
    assert "int32" in str(caught.value)


def test_an_unknown_memory_order_is_refused():
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        for tile in hl.tile(x.size(0)):
            hl.atomic_add(x, [tile], 1, sem="seq_cst")

    with pytest.raises(exc.InvalidAPIUsage, match="memory ordering"):
        kernel(torch.zeros(4))


@pytest.mark.parametrize("kind", ["add", "cas"])
def test_the_target_must_be_a_host_tensor(kind):
    operation = getattr(hl, f"atomic_{kind}")

    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x):
        for tile in hl.tile(x.size(0)):
            value = x[tile]
            operation(value, [tile], *([0] if kind == "cas" else []), 1)

    with pytest.raises(exc.AtomicOnDeviceTensor, match=f"hl.atomic_{kind}"):
        kernel(torch.zeros(4))
