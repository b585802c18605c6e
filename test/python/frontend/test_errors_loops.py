# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in device loops and with tiles."""

from __future__ import annotations

import torch

import helion.language as hl
from helion import exc


def test_a_loop_function_outside_of_for(raised):
    def assigned(x):
        tiles = hl.tile(x.size(0))  # here
        for i in tiles:
            x[i, :] = 0
        return x

    def numbered(x):
        for n, i in enumerate(hl.tile(x.size(0))):  # here
            x[i, :] = n
        return x

    def comprehension(x):
        return [x[i, :] for i in hl.tile(x.size(0))]  # here

    def nested(x):
        for i in hl.tile(x.size(0)):
            columns = hl.tile(x.size(0))  # here
            x[i, columns] = 0
        return x

    for kernel in (assigned, numbered, comprehension, nested):
        error = raised(kernel, exc.LoopFunctionNotInFor, under="hl.tile(x.size(0))", says="hl.tile")
        assert error.hint == "write `for tile in hl.tile(…):`"


def test_a_device_loop_inside_a_loop_of_the_host(raised):
    def kernel(x):
        for step in range(3):
            for i in hl.tile(x.size(0)):  # here
                x[i, :] = x[i, :] + step
        return x

    raised(kernel, exc.NestedDeviceLoopsConflict, under="hl.tile(x.size(0))", says="host")


def test_an_else_block(raised):
    def grid(x):
        for i in hl.tile(x.size(0)):
            x[i, :] = 0
        else:
            x[0, 0] = 1  # here
        return x

    def inner(x):
        for i in hl.tile(x.size(0)):
            for j in hl.tile(x.size(1)):
                x[i, j] = 0
            else:
                x[i, 0] = 1  # here
        return x

    raised(grid, exc.DeviceLoopElseBlock)
    raised(inner, exc.DeviceLoopElseBlock)


def test_what_a_device_loop_cannot_iterate_over(raised):
    def number(x):
        for i in hl.tile(x.size(0)):
            for j in 5:  # here
                x[i, j] = 0
        return x

    def value(x):
        for i in hl.tile(x.size(0)):
            for part in x[i, :]:  # here
                x[i, 0] = part
        return x

    def tensor(x):
        for i in hl.tile(x.size(0)):
            for part in x:  # here
                x[i, 0] = part
        return x

    raised(number, exc.InvalidDeviceForLoop, under="5", says="5")
    raised(value, exc.InvalidDeviceForLoop, under="x[i, :]", says="a device value of shape [block size b0, 32]")
    raised(tensor, exc.InvalidDeviceForLoop, under="x", says="a host tensor of shape [16, 32]")


def test_a_tile_used_as_a_value(raised):
    def attribute(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = i.start  # here
        return x

    def element(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = i[0]  # here
        return x

    def condition(x):
        for i in hl.tile(x.size(0)):
            if i:  # here
                x[i, 0] = 0
        return x

    def function(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = hl.tile_begin(3)  # here
        return x

    raised(attribute, exc.IncorrectTileUsage, under="i.start", says="begin, end, index, id, count or block_size")
    raised(element, exc.IncorrectTileUsage, under="i[0]")
    raised(condition, exc.IncorrectTileUsage, says="truth value")
    raised(function, exc.IncorrectTileUsage, under="hl.tile_begin(3)", says="tile_begin")


def test_a_tile_called(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            x[i, 0] = i()  # here
        return x

    raised(kernel, exc.TypeInferenceError, under="i()", says="a tile cannot be called")


def test_a_tile_as_a_size(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j in hl.tile(i):  # here
                x[i, j] = 0
        return x

    raised(kernel, exc.TileOfTile, under="hl.tile(i)", says="tile.begin")


def test_one_tile_for_two_names(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j, _k in hl.tile(x.size(1)):  # here
                x[i, j] = 0
        return x

    raised(kernel, exc.FailedToUnpackTile)


def test_two_tiles_for_three_names(raised):
    def kernel(x):
        for i, j, _k in hl.tile(x.size()):  # here
            x[i, j] = 0
        return x

    raised(kernel, exc.FailedToUnpackTupleAssign, says="2 values into 3 names")


def test_several_tiles_as_one_index(raised):
    def kernel(x):
        for i, j in hl.tile(x.size()):
            x[[i, j], 0] = 0  # here
        return x

    raised(kernel, exc.OverpackedTile)


def test_grids_may_be_nested(trace):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            for j in hl.grid(x.size(1)):
                x[i, j] = 0
        return x

    assert trace(kernel, torch.ones(4, 4))["helion.tile_for"] == 1
    assert "not raised" in exc.NestedGridLoop.__doc__


def test_a_range_that_ends_before_it_begins(raised):
    def kernel(x):
        for i in hl.tile(x.size(0), 3):  # here
            x[i, :] = 0
        return x

    raised(kernel, exc.InvalidTileRange, under="hl.tile(x.size(0), 3)", says="16 > 3")


def test_a_bound_that_is_no_size(raised):
    def division(x):
        for i in hl.tile(x.size(0) / 2):  # here
            x[i, :] = 0
        return x

    def nothing(x):
        for i in hl.tile(None):  # here
            x[i, :] = 0
        return x

    def host(x):
        for i in hl.tile(x):  # here
            x[i, :] = 0
        return x

    def device(x):
        for i in hl.tile(x.size(0)):
            for j in range(x[i, 0]):  # here
                x[i, j] = 0
        return x

    def standing(x):
        for i in hl.tile(x.size(0)):
            for j in range(0, 8, 0):  # here
                x[i, j] = 0
        return x

    def unrolled(x):
        for i in hl.tile(x.size(0)):
            for j in hl.static_range(i.begin):  # here
                x[i, j] = 0
        return x

    raised(division, exc.InvalidLoopBound, says="8.0")
    raised(nothing, exc.InvalidLoopBound, says="None")
    raised(host, exc.InvalidLoopBound, says="a host tensor of shape [16, 32]")
    raised(device, exc.InvalidLoopBound, says="a device value of shape [block size b0] and dtype torch.float32")
    raised(standing, exc.InvalidLoopBound, says="must not be 0")
    raised(unrolled, exc.InvalidLoopBound, says="hl.static_range")


def test_a_block_size_that_is_none(raised):
    def odd(x):
        for i in hl.tile(x.size(0), block_size=24):  # here
            x[i, :] = 0
        return x

    def several(x):
        for i in hl.tile(x.size(0), block_size=[16, 16]):  # here
            x[i, :] = 0
        return x

    raised(odd, exc.InvalidAPIUsage, says="24")
    raised(several, exc.InvalidAPIUsage, says="one per axis")


def test_a_variable_that_starts_as_none(raised):
    def kernel(x):
        for i in hl.tile(x.size(0)):
            acc = None
            for j in hl.tile(x.size(1)):  # here
                acc = x[i, j].sum(-1) if acc is None else acc + x[i, j].sum(-1)
            x[i, 0] = acc
        return x

    raised(kernel, exc.CantCombineTypesInControlFlow, says="acc")


def test_a_variable_that_changes_in_a_loop(raised):
    def dtype(x):
        for i in hl.tile(x.size(0)):
            acc = hl.zeros([i], dtype=torch.int32)
            for j in hl.tile(x.size(1)):  # here
                acc = acc + x[i, j].sum(-1)
            x[i, 0] = acc
        return x

    def rank(x):
        for i in hl.tile(x.size(0)):
            acc = hl.zeros([i, 4])
            for j in hl.tile(x.size(1)):  # here
                acc = x[i, j].sum(-1)
            x[i, 0] = acc
        return x

    for kernel in (dtype, rank):
        raised(kernel, exc.ControlFlowTensorMismatch, says="acc")
