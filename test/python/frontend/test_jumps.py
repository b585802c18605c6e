# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`break`, `continue`, `return`, short circuits and ternaries that depend on data; assignments of all forms."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check

ONE = helion.Config(block_sizes=[1])


def kernel_of(fn, **settings):
    return helion.kernel(fn, autotune_effort="none", **settings)


def test_break_leaves_a_tile_loop(device):
    @kernel_of
    def kernel(x):
        out = x.new_zeros(x.size(0))
        seen = torch.zeros_like(out)
        for i in hl.grid(x.size(0)):
            total, steps = 0.0, 0
            for j in hl.tile(x.size(1), block_size=8):
                if total > 4.0:
                    break
                total = total + x[i, j].sum()
                steps += 1
            out[i] = total
            seen[i] = steps
        return out, seen

    def reference(x):
        sums, steps = [], []
        for row in x:
            total, count = 0.0, 0
            for part in row.split(8):
                if total > 4.0:
                    break
                total, count = total + part.sum().item(), count + 1
            sums.append(total)
            steps.append(float(count))
        return torch.tensor(sums), torch.tensor(steps)

    check(kernel, (torch.rand(7, 60),), reference, device=device)


def test_break_after_work_and_in_a_nested_branch(device):
    @kernel_of
    def kernel(x):
        out = x.new_zeros(x.size(0))
        for i in hl.grid(x.size(0)):
            total = 0.0
            for j in range(x.size(1)):
                value = x[i, j]
                if value > 0.5:
                    total = total + 1
                    if total > 2.5:
                        total = total + 100
                        break
                    total = total + 0.25
                total = total + value
            out[i] = total
        return out

    def reference(x):
        made = []
        for row in x.tolist():
            total = 0.0
            for value in row:
                if value > 0.5:
                    total += 1
                    if total > 2.5:
                        total += 100
                        break
                    total += 0.25
                total += value
            made.append(total)
        return torch.tensor(made)

    check(kernel, (torch.rand(9, 12),), reference, device=device)


def test_continue_in_a_tile_loop(device):
    @kernel_of
    def kernel(x, keep):
        out = x.new_zeros(x.size(0))
        for i in hl.grid(x.size(0)):
            total = 0.0
            for j in hl.grid(x.size(1)):
                if keep[j] == 0:
                    continue
                value = x[i, j]
                if value < 0:
                    total = total - value
                    continue
                total = total + 2 * value
            out[i] = total
        return out

    def reference(x, keep):
        return torch.where(keep != 0, torch.where(x < 0, -x, 2 * x), 0.0).sum(-1)

    check(kernel, (torch.randn(5, 11), torch.randint(0, 2, (11,))), reference, device=device)


def test_break_leaves_while_true(device):
    @kernel_of
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            value, steps = x[i], 0
            while True:
                if value < 1.0:
                    break
                value = value / 2
                steps += 1
                if steps == 3:
                    continue
                value = value - 0.125
            out[i] = value + steps
        return out

    def reference(x):
        made = []
        for value in x.tolist():
            steps = 0
            while value >= 1.0:
                value, steps = value / 2, steps + 1
                if steps != 3:
                    value -= 0.125
            made.append(value + steps)
        return torch.tensor(made)

    bound = kernel.bind((torch.rand(9) * 40,))
    assert bound.to_mlir().count("helion.load") == 1
    check(kernel, (torch.rand(9) * 40,), reference, device=device)


def test_break_in_a_while_loop_with_a_condition(device):
    @kernel_of
    def kernel(x):
        out = x.new_zeros([], dtype=torch.int64)
        for _ in hl.grid(1):
            at = 0
            while at < x.size(0):
                if x[at] > 0.9:
                    break
                at += 1
            out[()] = at
        return out

    for position in (0, 4, 10):
        x = torch.zeros(10)
        x[position : position + 1] = 1
        check(kernel, (x,), lambda x, position=position: torch.tensor(position), device=device)


def test_break_on_data_in_an_unrolled_loop(device):
    @kernel_of
    def kernel(tensors):
        out = torch.empty_like(tensors[0])
        for i in hl.grid(out.size(0)):
            total = 0.0
            for k, each in enumerate(tensors):
                if k == 1:
                    continue
                if total > 1.0:
                    break
                total = total + each[i]
            out[i] = total
        return out

    def reference(tensors):
        total = torch.zeros_like(tensors[0])
        for k, each in enumerate(tensors):
            if k != 1:
                total = torch.where(total > 1.0, total, total + each)
        return total

    check(kernel, ([torch.rand(9) for _ in range(5)],), reference, device=device)


def test_jumps_on_what_is_known_cost_nothing(trace):
    def kernel(x, skip):
        out = x.new_empty(x.size(0))
        for i in hl.tile(x.size(0)):
            acc = hl.zeros([i])
            for j in hl.tile(x.size(1)):
                if skip is None:
                    acc += x[i, j].sum(-1)
                    continue
                acc += skip[j]
            out[i] = acc
        return out

    ops = trace(kernel, torch.randn(8, 8), None)
    assert ops["scf.if"] == 0
    assert ops["helion.load"] == 1


def pick(value, low, high):
    if value < low:
        return low
    if value > high:
        return high + 0.5
    return value


def test_a_helper_that_returns_early(device):
    @kernel_of
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            out[i] = pick(x[i], -0.5, 0.5)
        return out

    def reference(x):
        return torch.where(x < -0.5, -0.5, torch.where(x > 0.5, 1.0, x))

    check(kernel, (torch.randn(20),), reference, device=device)


def test_a_helper_that_returns_on_some_paths_only(trace):
    def helper(value):
        if value > 0:
            return value
        return None

    def kernel(x):
        for i in hl.grid(x.size(0)):
            x[i] = helper(x[i])
        return x

    with pytest.raises(exc.Base):
        trace(kernel, torch.randn(8))


def test_return_in_a_device_loop_is_refused(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            if x[i].sum() > 0:
                return x
            x[i] = 0
        return x

    with pytest.raises(exc.StatementNotSupported, match="return"):
        trace(kernel, torch.randn(8))


@pytest.mark.parametrize("statement", ["for", "while"])
def test_else_of_a_loop_is_refused(trace, statement):
    def with_for(x):
        for i in hl.tile(x.size(0)):
            for j in range(4):
                x[i] = j
            else:
                x[i] = 0
        return x

    def with_while(x):
        for i in hl.grid(x.size(0)):
            while x[i] > 0:
                x[i] = 0
            else:
                x[i] = 1
        return x

    with pytest.raises(exc.DeviceLoopElseBlock):
        trace(with_for if statement == "for" else with_while, torch.randn(8))


def test_the_right_side_of_and_runs_only_where_it_matters(device):
    @kernel_of
    def kernel(x, table):
        out = torch.zeros_like(x)
        for i in hl.grid(x.size(0)):
            at = x[i]
            # Entries outside of the table must not be read.
            if at >= 0 and at < table.size(0) and table[at] > 0:
                out[i] = 1
            elif at < 0 or table[at % table.size(0)] == 0:
                out[i] = 2
        return out

    table = torch.tensor([1, 0, -3, 4])
    x = torch.tensor([0, 1, 2, 3, -5, 1 << 40, (1 << 40) + 1])
    check(kernel, (x, table), lambda x, table: torch.tensor([1, 2, 0, 1, 2, 0, 2]), device=device)


def test_a_while_loop_whose_condition_looks_before_it_reads(device):
    @kernel_of
    def kernel(x):
        out = torch.zeros([1], dtype=torch.int64, device=x.device)
        for _ in hl.grid(1):
            at = 0
            while at < x.size(0) and x[at] > 0:
                at += 1
            out[0] = at
        return out

    check(kernel, (torch.ones(6),), lambda x: torch.tensor([6]), device=device)
    check(kernel, (torch.tensor([1.0, 1, 0, 1, 1, 1]),), lambda x: torch.tensor([2]), device=device)


def test_a_call_on_the_right_side_happens_only_then(device):
    @kernel_of
    def kernel(x):
        hits = torch.zeros([1], dtype=torch.int32, device=x.device)
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            flag = x[i] > 0 or hl.atomic_add(hits, [0], 1) < 0
            out[i] = 1.0 if flag else 0.0
        return out, hits

    def reference(x):
        return (x > 0).float(), (x <= 0).sum(0, keepdim=True).int()

    check(kernel, (torch.randn(20),), reference, device=device)


def test_a_ternary_loads_what_it_chooses(device):
    @kernel_of
    def kernel(x, y):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            out[i] = y[i] if i < y.size(0) else x[i] * 2
        return out

    bound = kernel.bind((torch.randn(9), torch.randn(4).half()))
    assert "scf.if" in bound.to_mlir()
    check(kernel, (torch.randn(9), torch.randn(4).half()), lambda x, y: torch.cat([y.float(), x[4:] * 2]),
          device=device)  # fmt: skip


def test_a_ternary_of_arithmetic_selects(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            value = x[i]
            x[i] = value * 2 if value.sum() > 0 else value
        return x

    ops = trace(kernel, torch.randn(8))
    assert (ops["scf.if"], ops["arith.select"]) == (0, 1)


def test_ternaries_of_tiles_and_numbers(device):
    @kernel_of
    def kernel(x, scale: float):
        out = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            value = x[i]
            sign = 1 if value.sum() > 0 else -1
            out[i] = (value if scale > 1 else -value) * sign
        return out

    for scale in (0.5, 2.0):
        check(
            kernel, (torch.randn(8), scale), lambda x, s: (x if s > 1 else -x) * (1 if x.sum() > 0 else -1),
            device=device, config={"block_sizes": [8]},
        )  # fmt: skip


def test_assignments_of_all_forms(device):
    @kernel_of
    def kernel(x):
        out = torch.empty_like(x)
        twice = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            a = b = x[i]
            b += 1
            parts = [a, b]
            parts[0] += parts[1]
            named = {"c": a}
            named["c"] *= 2
            (first, *rest), last = (parts[0], a, b), named["c"]
            if (total := first + rest[0]).dtype == torch.float32:
                total -= rest[1]
            out[i] = twice[i] = total + last
        return out, twice

    def reference(x):
        made = x + (x + 1) + x - (x + 1) + 2 * x
        return made, made

    check(kernel, (torch.randn(20),), reference, device=device)


def test_lists_that_loops_change(device):
    @kernel_of
    def kernel(x):
        out = x.new_empty([2, x.size(0)])
        for i in hl.tile(x.size(0)):
            sums = [hl.zeros([i]), hl.zeros([i])]
            state = {"count": 0.0, "pair": (hl.zeros([i]), 1.0)}
            for j in hl.tile(x.size(1)):
                sums[0] += x[i, j].sum(-1)
                sums[1] = sums[1] + x[i, j].amax(-1)
                state["count"] += 1
                state["pair"] = (state["pair"][0] + 1, state["pair"][1] * 2)
            out[0, i] = sums[0] + state["count"]
            out[1, i] = sums[1] + state["pair"][0] * state["pair"][1]
        return out

    def reference(x):
        count = (x.size(1) + 3) // 4
        tops = sum(part.amax(-1) for part in x.split(4, -1))
        return torch.stack([x.sum(-1) + count, tops + count * 2.0**count])

    check(kernel, (torch.randn(6, 10),), reference, device=device, config={"block_sizes": [4, 4]})


def test_tuples_that_branches_choose(device):
    @kernel_of
    def kernel(x):
        out = torch.empty_like(x)
        for i in hl.grid(x.size(0)):
            pair = (x[i], 1.0)
            items = [x[i]]
            if x[i] > 0:
                pair = (pair[0] * 2, 3.0)
                items[0] = items[0] + 1
            low, high = pair
            out[i] = low + high + items[0]
        return out

    def reference(x):
        return torch.where(x > 0, 2 * x + 3 + x + 1, 2 * x + 1)

    check(kernel, (torch.randn(9),), reference, device=device)


def test_elements_of_tuples_do_not_change(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            pair = (x[i], x[i])
            pair[0] += 1
            x[i] = pair[0]
        return x

    with pytest.raises(exc.NonTensorSubscriptAssign, match="tuple"):
        trace(kernel, torch.randn(8))


@kernel_of
def searching(x: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    for i in hl.grid(x.size(0)):
        at = 0
        while at < table.size(0) and table[at] < x[i]:
            at += 1
        for j in hl.tile(at, table.size(0)):
            part = table[j].sum()
            if part < 0:
                continue
            if part > 100:
                break
            out[i] += part if at > 0 else table[at]
        out[i] = pick(out[i], 0.0, 50.0)
    return out


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_every_target_compiles_jumps(target):
    searching.bind((torch.randn(8), torch.randn(64))).compile(target=target)
