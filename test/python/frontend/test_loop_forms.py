# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every form of `hl.tile`, `hl.grid`, `range` and `hl.static_range`, and the errors for forms that there are not."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.testing import check


def kernel_of(fn, **settings):
    return helion.kernel(fn, autotune_effort="none", **settings)


STEPS = [(0, 10, 3), (2, 11, 4), (9, 0, -1), (10, -1, -3), (5, 5, 2), (7, 3, 2), (3, 7, -2)]


@pytest.mark.parametrize("bounds", STEPS)
@pytest.mark.parametrize("function", [range, hl.grid])
def test_steps_of_inner_loops(device, bounds, function):
    low, high, step = bounds

    @kernel_of
    def kernel(x):
        out = torch.zeros_like(x)
        for r in hl.grid(x.size(0)):
            seen = 0
            for i in function(low, high, step):
                out[r, i] = x[r, i] + seen
                seen += 1  # noqa: SIM113
        return out

    def reference(x):
        out = torch.zeros_like(x)
        for seen, i in enumerate(range(low, high, step)):
            out[:, i] = x[:, i] + seen
        return out

    check(kernel, (torch.randn(2, 12),), reference, device=device)


@pytest.mark.parametrize("static", [True, False])
def test_steps_of_the_grid_with_sizes_and_numbers(device, static):
    @kernel_of
    def kernel(x, start: int):
        out = torch.zeros_like(x)
        for i, j in hl.grid([start, 1], [x.size(0), x.size(1)], step=[2, 3]):
            out[i, j] = x[i, j]
        return out

    def reference(x, start):
        out = torch.zeros_like(x)
        out[start::2, 1::3] = x[start::2, 1::3]
        return out

    kernel = helion.kernel(kernel.fn, autotune_effort="none", static_shapes=static)
    for start in (0, 1, 4):
        check(kernel, (torch.randn(9, 11), start), reference, device=device)


def test_steps_and_bounds_from_data(device):
    @kernel_of
    def kernel(x, bounds):
        out = torch.zeros_like(x)
        for r in hl.grid(x.size(0)):
            for i in range(bounds[r, 1], bounds[r, 0], -2):
                out[r, i] = x[r, i]
            for tile in hl.tile(bounds[r, 0], bounds[r, 1], block_size=4):
                out[r, tile] += x[r, tile]
        return out

    def reference(x, bounds):
        out = torch.zeros_like(x)
        for r, (low, high) in enumerate(bounds.tolist()):
            for i in range(high, low, -2):
                out[r, i] = x[r, i]
            out[r, low:high] += x[r, low:high]
        return out

    bounds = torch.tensor([[0, 9], [3, 3], [2, 11], [5, 6]])
    check(kernel, (torch.randn(4, 12), bounds), reference, device=device)


def test_lists_that_mix_block_sizes(device):
    @kernel_of
    def kernel(x):
        block = hl.register_block_size(x.size(2))
        out = torch.empty_like(x)
        for a, b, c in hl.tile([0, 1, 0], list(x.size()), block_size=[1, None, block]):
            out[a, b, c] = x[a, b, c] * 2
        hl.barrier()
        for a, c in hl.tile([x.size(0), x.size(2)], block_size=[None, 4]):
            out[a, 0, c] = x[a, 0, c] * 3
        return out

    def reference(x):
        out = x * 2
        out[:, 0] = x[:, 0] * 3
        return out

    config = {"block_sizes": [8, 4, 2]}
    check(kernel, (torch.randn(3, 9, 10),), reference, device=device, config=config)


def test_static_ranges_run_in_either_direction(device):
    @kernel_of
    def kernel(parts):
        out = torch.empty_like(parts[0])
        for i in hl.tile(out.size(0)):
            value = parts[0][i]
            for k in hl.static_range(2, 0, -1):
                value = value * 2 + parts[k][i]
            for k in hl.static_range(0, 3, 2):
                value = value - parts[k][i]
            out[i] = value
        return out

    def reference(parts):
        a, b, c = parts
        return (a * 2 + c) * 2 + b - a - c

    check(kernel, ([torch.randn(9) for _ in range(3)],), reference, device=device)


def test_one_size_in_a_list(device):
    @kernel_of
    def kernel(x):
        out = torch.empty_like(x)
        for tile in hl.tile(x.size()):
            out[tile] = x[tile] + 1
        return out

    check(kernel, (torch.randn(9),), lambda x: x + 1, device=device)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("hl.tile(5, 3)", exc.InvalidTileRange),
        ("hl.tile([4, 9], [8, 3])", exc.InvalidTileRange),
        ("hl.tile(outer)", exc.TileOfTile),
        ("hl.tile(0, outer)", exc.TileOfTile),
        ("hl.tile(8, block_size=3)", exc.InvalidAPIUsage),
        ("hl.tile([8, 8], block_size=[4])", exc.InvalidAPIUsage),
        ("hl.tile([8, 8], [4])", exc.InvalidAPIUsage),
        ("hl.grid(2.5)", exc.InvalidLoopBound),
        ("range(0, 8, 0)", exc.InvalidLoopBound),
        ("range(0, 8, x[0, 0])", exc.InvalidLoopBound),
        ("range(8, stop=9)", exc.InvalidAPIUsage),
        ("hl.static_range(x[0, 0])", exc.InvalidLoopBound),
    ],
)
def test_forms_that_there_are_not(trace, tmp_path, body, error):
    source = (
        "import torch\nimport helion.language as hl\n"
        "def kernel(x):\n"
        "    for outer in hl.tile(x.size(0)):\n"
        f"        for inner in {body}:\n"
        "            x[outer, 0] = 0\n"
        "    return x\n"
    )
    path = tmp_path / "forms.py"
    path.write_text(source)
    namespace: dict = {}
    exec(compile(source, str(path), "exec"), namespace)
    with pytest.raises(error):
        trace(namespace["kernel"], torch.randn(8, 8))


def test_names_for_what_is_no_tuple(trace):
    def single(x):
        for a, b in hl.tile(x.size(0)):
            x[a, b] = 0
        return x

    def three(x):
        for a, b, c in hl.tile(x.size()):
            x[a, b] = c
        return x

    with pytest.raises(exc.FailedToUnpackTile):
        trace(single, torch.randn(8, 8))
    with pytest.raises(exc.FailedToUnpackTupleAssign):
        trace(three, torch.randn(8, 8))
