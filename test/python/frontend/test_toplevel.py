# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Several device loops in one kernel: which go together, which wait for each other, which are refused."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check


@helion.kernel(autotune_effort="none")
def two_outputs(x: torch.Tensor, y: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    left, right = torch.empty_like(x), y.new_empty(y.size(0))
    for i in hl.tile(x.size(0)):
        left[i] = x[i] * 2
    for i, j in hl.tile(y.size(), block_size=[None, 1]):
        if j.begin == 0:
            right[i] = y[i, :].sum(-1)
    return left, right


@helion.kernel(autotune_effort="none")
def normalized(x: torch.Tensor) -> torch.Tensor:
    """Every element over the sum of all: the second loop needs all of the first."""
    partial = x.new_empty(x.size(0))
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        partial[i] = x[i, :].sum(-1)
    hl.barrier()
    for i, j in hl.tile(x.size()):
        out[i, j] = x[i, j] / partial[:].sum()
    return out


def _normalized(x):
    return x / x.sum()


FLAT, BLOCKED, INTERLEAVED = "flat", "persistent_blocked", "persistent_interleaved"


@pytest.mark.covers("loop: several top-level loops")
@pytest.mark.parametrize("pid_type", [FLAT, BLOCKED, INTERLEAVED])
def test_independent_loops_share_a_launch(device, pid_type):
    config = {"block_sizes": [16, 4], "pid_type": pid_type}
    check(two_outputs, (torch.randn(70), torch.randn(13, 5)), lambda x, y: (x * 2, y.sum(-1)), device=device,
          config=config)  # fmt: skip


def test_dynamic_sizes(device):
    kernel = helion.kernel(two_outputs.fn, static_shapes=False, autotune_effort="none")
    for rows in (70, 9):
        check(kernel, (torch.randn(rows), torch.randn(rows + 2, 5)), lambda x, y: (x * 2, y.sum(-1)), device=device)


def test_the_launch_covers_the_tiles_of_all_loops():
    bound = two_outputs.bind((torch.randn(70), torch.randn(13, 5)))
    lowered = bound.compilation.lower(bound.config_spec.normalize({"block_sizes": [16, 4]}), bound.target)
    assert lowered.grid == (5 + 4 * 5, 1, 1)
    config = bound.config_spec.normalize({"block_sizes": [16, 4], "pid_type": BLOCKED})
    assert bound.compilation.lower(config, bound.target).grid == (20, 1, 1)


@pytest.mark.covers("loop: hl.barrier between loops")
@pytest.mark.parametrize("pid_type", [None, BLOCKED, INTERLEAVED])
def test_a_barrier_between_loops(device, pid_type):
    config = {"block_sizes": [4, 4, 8]} | ({} if pid_type is None else {"pid_type": pid_type})
    check(normalized, (torch.rand(33, 20),), _normalized, device=device, config=config)


def test_a_barrier_with_its_default_configuration(device):
    for _ in range(3):
        check(normalized, (torch.rand(50, 7),), _normalized, device=device)


def test_three_phases(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x):
        a, b = torch.empty_like(x), torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            a[i] = x[i] + 1
        hl.barrier()
        for i in hl.tile(x.size(0)):
            b[i] = a[x.size(0) - 1 - i.index]
        hl.barrier()
        for i in hl.tile(x.size(0)):
            a[i] = b[x.size(0) - 1 - i.index] * 2
        return a, b

    check(kernel, (torch.randn(100),), lambda x: ((x + 1) * 2, (x + 1).flip(0)), device=device)


def test_a_barrier_takes_persistent_programs():
    bound = normalized.bind((torch.rand(8, 8),))
    with pytest.raises(exc.BarrierRequiresPersistent, match="flat"):
        bound.config_spec.normalize({"block_sizes": [4, 4, 8], "pid_type": "flat"})
    assert bound.config_spec.normalize({"block_sizes": [4, 4, 8]})["pid_type"] == BLOCKED


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_a_barrier_launches_all_programs_at_once(target):
    bound = normalized.bind((torch.rand(64, 32),))
    compiled = bound.compile({"block_sizes": [4, 8, 8]}, target)
    assert compiled.metadata.launch_cooperative_grid is True
    code = compiled.asm["ptx" if target.startswith("sm") else "amdgcn"]
    for wanted in ("bar.sync", "atom.global.gpu.release.add", "ld.global.gpu.acquire") if "ptx" in compiled.asm else (
        "s_barrier", "global_atomic_add", "s_waitcnt vmcnt(0)"
    ):  # fmt: skip
        assert wanted in code
    flat = two_outputs.bind((torch.randn(70), torch.randn(13, 5))).compile({"block_sizes": [16, 4]}, target)
    assert flat.metadata.launch_cooperative_grid is False


def test_the_readable_source_waits_as_well():
    source = normalized.bind((torch.rand(8, 8),)).to_triton_code()
    assert source.count("tl.debug_barrier()") == 2
    assert 'sem="release"' in source and "while" in source


def test_a_semaphore_is_shared_by_the_launches_of_a_stream():
    from helion.frontend import launch_values

    made = launch_values.semaphore(torch.empty(1))
    assert (made.dtype, made.shape, int(made)) == (torch.int32, (1,), 0)


def test_host_conditions_between_loops(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x, twice: bool, n: int):
        out = torch.empty_like(x)
        total = x.new_zeros(1)
        for i in hl.tile(x.size(0)):
            out[i] = x[i]
        if twice:
            hl.barrier()
            for i in hl.tile(x.size(0)):
                hl.atomic_add(total, [0], out[i].sum())
        elif n > 3:
            for i in hl.tile(x.size(0)):
                hl.atomic_add(total, [0], (x[i] * n).sum())
        return out, total

    def reference(x, twice, n):
        return x, (x.sum() if twice else (x * n).sum() if n > 3 else x.new_zeros(())).reshape(1)

    for twice, n in ((True, 1), (False, 4), (False, 2)):
        check(kernel, (torch.randn(30), twice, n), reference, device=device)


def test_the_host_part_goes_on_after_the_loops(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x):
        a, b = torch.empty_like(x), torch.empty_like(x)
        if x.size(0) == 0:
            return x
        for i in hl.tile(x.size(0)):
            a[i] = x[i] + 1
        for i in hl.tile(x.size(0)):
            b[i] = x[i] - 1
        return (a + b).view(-1, 2)

    check(kernel, (torch.randn(30),), lambda x: (2 * x).view(-1, 2), device=device)
    with pytest.raises(exc.NoDeviceLoopsInKernel):
        kernel(torch.randn(0))


def test_names_of_one_loop_are_unknown_to_the_next(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            value = x[i]
            x[i] = value
        hl.barrier()
        for i in hl.tile(x.size(0)):
            x[i] = value
        return x

    with pytest.raises(exc.UndefinedVariable, match="value"):
        trace(kernel, torch.randn(8))


def test_a_loop_that_reads_what_another_wrote_is_refused(trace):
    def kernel(x):
        scratch, out = torch.empty_like(x), torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            scratch[i] = x[i]
        for i in hl.tile(x.size(0)):
            out[i] = scratch[i]
        return out

    with pytest.raises(exc.LoopDependencyError, match="reads scratch, which an earlier top-level loop wrote"):
        trace(kernel, torch.randn(8))


@pytest.mark.parametrize("static", [True, False])
def test_a_loop_that_overwrites_is_refused(trace, static):
    def kernel(x, y):
        for i in hl.tile(x.size(0)):
            x[i] = y[i]
        for i in hl.tile(x.size(0)):
            y[i] = 0
        return x

    with pytest.raises(exc.LoopDependencyError, match="writes y, which an earlier top-level loop read"):
        trace(kernel, torch.randn(8), torch.randn(8), static_shapes=static)


def test_views_of_one_tensor(trace):
    def overlapping(x):
        tail = x[3:]
        for i in hl.tile(4):
            x[i] = 0
        for i in hl.tile(tail.size(0)):
            tail[i] = 1
        return x

    def disjoint(x):
        head, tail = x[:4], x[4:]
        for i in hl.tile(head.size(0)):
            head[i] = 0
        for i in hl.tile(tail.size(0)):
            tail[i] = 1
        return x

    with pytest.raises(exc.LoopDependencyError, match="tail"):
        trace(overlapping, torch.randn(8))
    assert trace(disjoint, torch.randn(8))["helion.grid"] == 2


def test_atomic_updates_of_two_loops_go_together(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x, y):
        total = x.new_zeros(1)
        for i in hl.tile(x.size(0)):
            hl.atomic_add(total, [0], x[i].sum())
        for i in hl.tile(y.size(0)):
            hl.atomic_add(total, [0], y[i].sum())
        return total

    check(kernel, (torch.randn(30), torch.randn(50)), lambda x, y: (x.sum() + y.sum()).reshape(1), device=device,
          rtol=1e-4, atol=1e-4)  # fmt: skip


def test_a_statement_between_loops_is_refused(trace):
    def kernel(x):
        y = torch.empty_like(x)
        for i in hl.tile(x.size(0)):
            y[i] = x[i]
        z = y + 1
        for i in hl.tile(x.size(0)):
            z[i] = y[i]
        return z

    with pytest.raises(exc.TopLevelStatementBetweenLoops) as caught:
        trace(kernel, torch.randn(8))
    assert "z = y + 1" in str(caught.value)


def test_barriers_elsewhere_are_refused(trace):
    def before(x):
        hl.barrier()
        for i in hl.tile(x.size(0)):
            x[i] = 0
        return x

    def after(x):
        for i in hl.tile(x.size(0)):
            x[i] = 0
        hl.barrier()
        return x

    def inside(x):
        for i in hl.tile(x.size(0)):
            x[i] = 0
            hl.barrier()
        return x

    for kernel in (before, after, inside):
        with pytest.raises(exc.BarrierOnlyAllowedAtTopLevel) as caught:
            trace(kernel, torch.randn(8))
        assert "hl.barrier()" in str(caught.value)


def test_entries_of_each_loop(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x, y):
        a, b = torch.empty_like(x), torch.empty_like(y)
        for i, j in hl.tile(x.size()):
            a[i, j] = x[i, j] + 1
        for i, j in hl.tile(y.size()):
            b[i, j] = y[i, j] - 1
        return a, b

    config = {"block_sizes": [8, 4, 16, 8], "loop_orders": [[1, 0], [0, 1]], "l2_groupings": [1, 2]}
    check(kernel, (torch.randn(20, 30), torch.randn(33, 17)), lambda x, y: (x + 1, y - 1), device=device, config=config)


@pytest.mark.covers("loop: a grid whose bounds depend on data")
@pytest.mark.parametrize("pid_type", [BLOCKED, INTERLEAVED])
def test_bounds_that_the_device_reads(device, pid_type):
    @helion.kernel(autotune_effort="none")
    def kernel(x, limits):
        out = torch.zeros_like(x)
        for i in hl.tile(limits[0], limits[1]):
            out[i] = x[i] + 1
        return out

    def reference(x, limits):
        out = torch.zeros_like(x)
        low, high = limits.tolist()
        out[low:high] = x[low:high] + 1
        return out

    for limits in ([0, 40], [3, 21], [5, 5]):
        check(kernel, (torch.randn(40), torch.tensor(limits, dtype=torch.int32)), reference, device=device,
              config={"block_sizes": [8], "pid_type": pid_type})  # fmt: skip


def test_a_scalar_tensor_as_bound_of_the_grid(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x, lengths):
        out = torch.zeros_like(x)
        longest = lengths.max()
        for i, j in hl.tile([x.size(0), longest]):
            out[i, j] = x[i, j]
        return out

    def reference(x, lengths):
        out = torch.zeros_like(x)
        out[:, : int(lengths.max())] = x[:, : int(lengths.max())]
        return out

    check(kernel, (torch.randn(9, 40), torch.tensor([3, 17, 11])), reference, device=device)


def test_bounds_of_the_device_take_persistent_programs():
    @helion.kernel(autotune_effort="none")
    def kernel(x, n):
        for i in hl.tile(n[0]):
            x[i] = 0
        return x

    spec = kernel.bind((torch.randn(8), torch.ones(1, dtype=torch.int32))).config_spec
    assert spec.normalize(spec.default_config())["pid_type"] == BLOCKED
    with pytest.raises(exc.InvalidConfig, match="persistent_interleaved"):
        spec.normalize({"block_sizes": [8], "pid_type": "flat"})


def test_a_number_of_blocks_as_bound(device):
    @helion.kernel(autotune_effort="none")
    def kernel(x):
        block = hl.register_block_size(x.size(0))
        out = x.new_empty(x.size(0))
        for i in hl.grid((x.size(0) + block - 1) // block):
            for j in hl.tile(i * block, x.size(0) if (i + 1) * block > x.size(0) else (i + 1) * block):
                out[j] = x[j] * 2
        return out

    bound = kernel.bind((torch.randn(70),))
    config = bound.config_spec.normalize({"block_sizes": [16, 8]})
    assert bound.compilation.lower(config, bound.target).grid == (5, 1, 1)
    check(kernel, (torch.randn(70),), lambda x: x * 2, device=device, config={"block_sizes": [16, 8]})


@helion.kernel(autotune_effort="none")
def of_data(x: torch.Tensor, n: torch.Tensor) -> torch.Tensor:
    out = torch.zeros_like(x)
    for i, j in hl.tile([x.size(0), n[0]]):
        out[i, j] = x[i, j]
    return out


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942", "gfx950"])
def test_every_target_compiles_several_loops(target):
    bound = two_outputs.bind((torch.randn(70), torch.randn(13, 5)))
    for pid_type in (FLAT, BLOCKED, INTERLEAVED):
        bound.compile({"block_sizes": [16, 4], "pid_type": pid_type}, target)
    of_data.bind((torch.randn(8, 64), torch.ones(1, dtype=torch.int32))).compile(target=target)
