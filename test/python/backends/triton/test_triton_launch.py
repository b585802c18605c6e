# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What reaches Triton's launcher, with a stand-in for it; launches on a GPU are in test/python/gpu/backends."""

from __future__ import annotations

import pytest

from helion import exc
from helion.backends.triton.launch import check_grid, make_launch


class RecordingKernel:
    """Stands for Triton's CompiledKernel: like it, it has no function before `run` was touched."""

    packed_metadata = (4, 1, 0)

    def __init__(self):
        self.function = None
        self.launches = []

    @property
    def run(self):
        self.function = 1234
        return lambda *args: self.launches.append(args)


@pytest.fixture
def kernel():
    return RecordingKernel()


def test_a_constant_grid_is_launched_on_the_stream_of_the_moment(kernel):
    streams = iter([7, 8])
    launch = make_launch(kernel, (3, 2, 1), lambda: next(streams))
    launch("x", 5)
    launch("y", 6)
    assert kernel.launches == [
        (3, 2, 1, 7, 1234, (4, 1, 0), None, None, None, "x", 5),
        (3, 2, 1, 8, 1234, (4, 1, 0), None, None, None, "y", 6),
    ]


def test_a_grid_function_sees_the_arguments(kernel):
    launch = make_launch(kernel, lambda _x, n: ((n + 63) // 64, 1, 1), lambda: 0)
    launch("x", 65)
    assert kernel.launches[0][:3] == (2, 1, 1)
    assert kernel.launches[0][9:] == ("x", 65)


@pytest.mark.parametrize("grid", [(0, 1, 1), (4, 0, 1), lambda *_: (0, 1, 1)])
def test_an_empty_grid_launches_nothing(kernel, grid):
    make_launch(kernel, grid, lambda: 0)("x")
    assert kernel.launches == []


def test_scratch_memory_comes_from_our_allocator_and_leaves_the_users_in_place():
    import triton
    from triton.runtime import _allocation

    seen = []

    def ours(size, alignment, stream):
        raise AssertionError("only looked up, not called")

    def users(size, alignment, stream):
        raise AssertionError("only looked up, not called")

    class Kernel(RecordingKernel):
        @property
        def run(self):
            return lambda *args: seen.append((_allocation._allocator.get(), args[9:]))

    triton.set_allocator(users)
    make_launch(Kernel(), (1, 1, 1), lambda: 0, allocate=ours)("x", 1)
    assert seen == [(ours, ("x", 1))]
    assert _allocation._allocator.get() is users


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ((2**31, 1, 1), "along x"),
        ((1, 65536, 1), "along y"),
        ((1, 1, 65536), "along z"),
        ((-1, 1, 1), "along x"),
        ((2**20, 2**12, 1), "in all"),
    ],
)
def test_a_grid_beyond_the_hardware_is_refused(kernel, grid, words):
    with pytest.raises(exc.TritonError, match="cannot be launched") as caught:
        make_launch(kernel, grid, lambda: 0)
    assert words in str(caught.value)


def test_a_computed_grid_beyond_the_hardware_is_refused_at_the_launch(kernel):
    launch = make_launch(kernel, lambda n: (n, n, 1), lambda: 0)
    with pytest.raises(exc.TritonError, match="cannot be launched"):
        launch(2**16 - 1)
    assert kernel.launches == []


def test_the_largest_grids_are_accepted():
    check_grid((2**31 - 1, 1, 1))
    check_grid((1, 65535, 1))


def test_tensors_of_another_device_make_it_current_for_the_launch(monkeypatch):
    import torch

    from helion.backends.triton import launch as launch_module

    current = [0]
    seen = []

    class FakeDevice:
        def __init__(self, index):
            self.index = index

        def __enter__(self):
            self.before, current[0] = current[0], self.index

        def __exit__(self, *_):
            current[0] = self.before

    monkeypatch.setattr(torch.cuda, "current_device", lambda: current[0])
    monkeypatch.setattr(torch.cuda, "device", FakeDevice)
    launch = launch_module._on_device(lambda *args: seen.append((current[0], args)), 1)
    launch("x")
    current[0] = 1
    launch("y")
    assert seen == [(1, ("x",)), (1, ("y",))]
    assert current == [1]
