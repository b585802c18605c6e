# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Eager reference mode: kernels run as plain PyTorch, with tiles where tiles are meant."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc


def eager(fn):
    return helion.kernel(fn, ref_mode=helion.RefMode.EAGER)


def test_matmul_with_accumulator_of_its_own_dtype() -> None:
    @eager
    def matmul(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        m, k = x.size()
        _, n = y.size()
        out = torch.empty([m, n], dtype=x.dtype)
        for tile_m, tile_n in hl.tile([m, n]):
            acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
            for tile_k in hl.tile(k):
                acc = torch.addmm(acc, x[tile_m, tile_k], y[tile_k, tile_n])
            out[tile_m, tile_n] = acc
        return out

    x, y = torch.randn(33, 17).half(), torch.randn(17, 29).half()
    torch.testing.assert_close(matmul(x, y), (x.float() @ y.float()).half())


def test_explicit_block_size_gives_several_tiles() -> None:
    seen = []

    @eager
    def tiles(x: torch.Tensor) -> torch.Tensor:
        out = torch.zeros_like(x)
        for tile in hl.tile(x.size(0), block_size=16):
            seen.append((tile.begin, tile.end, tile.id, tile.count, tile.block_size))
            out[tile] = x[tile] * 2 + tile.index
        return out

    x = torch.randn(40)
    torch.testing.assert_close(tiles(x), x * 2 + torch.arange(40))
    assert seen == [(0, 16, 0, 3, 16), (16, 32, 1, 3, 16), (32, 40, 2, 3, 16)]


def test_loads_copy_on_the_device_and_views_alias_on_the_host() -> None:
    @eager
    def kernel(x: torch.Tensor) -> torch.Tensor:
        row = x[0]
        for tile in hl.tile(x.size(1)):
            value = x[1, tile]
            value += 1
            row[tile] = value
        return x

    x = torch.zeros(2, 5)
    result = kernel(x)
    assert result[1].eq(0).all() and result[0].eq(1).all()


def test_shifted_tile_reads_zero_outside() -> None:
    @eager
    def shift(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile + 2]
        return out

    assert shift(torch.arange(5.0)).tolist() == [2, 3, 4, 0, 0]


def test_tile_is_a_size_in_factories_and_reshapes() -> None:
    shapes = []

    @eager
    def kernel(x: torch.Tensor) -> torch.Tensor:
        for tile_m, tile_n in hl.tile(x.size()):
            value = x[tile_m, tile_n]
            shapes.append(torch.zeros_like(tile_m, dtype=torch.float32).shape)
            shapes.append(torch.full_like(tile_n, 1.0, dtype=torch.float32).shape)
            shapes.append(value.reshape([tile_m, 2, 3]).shape)
            shapes.append(hl.full([tile_m, 4], 1).shape)
            shapes.append(torch.empty([tile_n, tile_m]).shape)
            shapes.append(value.new_zeros([tile_m]).shape)
            shapes.append((tile_n.index < 4).shape)
        return x

    kernel(torch.randn(5, 6))
    assert [list(shape) for shape in shapes] == [[5], [6], [5, 2, 3], [5, 4], [6, 5], [5], [6]]


def test_two_index_tensors_of_different_axes_give_all_pairs() -> None:
    @eager
    def gather(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        for tile_m, tile_n in hl.tile(out.size()):
            out[tile_m, tile_n] = x[tile_m.index, tile_n.index]
        return out

    x = torch.randn(4, 4)
    assert torch.equal(gather(x, torch.empty(4, 4)), x)


def test_gather_along_one_axis() -> None:
    @eager
    def gather(x: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
        out = torch.empty(ids.size(0), x.size(1))
        for tile in hl.tile(ids.size(0)):
            out[tile, :] = x[ids[tile], :]
        return out

    x, ids = torch.randn(7, 3), torch.tensor([6, 0, 6, 2])
    assert torch.equal(gather(x, ids), x[ids])


def test_extra_mask_reads_zero_and_leaves_memory_alone() -> None:
    @eager
    def kernel(x: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        for tile in hl.tile(x.size(0)):
            even = tile.index % 2 == 0
            value = hl.load(x, [tile], extra_mask=even)
            hl.store(out, [tile], value + 10, extra_mask=even)
        return out

    assert kernel(torch.arange(4.0), torch.full((4,), -1.0)).tolist() == [10, -1, 12, -1]


def test_atomics_count_every_lane_and_return_the_value_before() -> None:
    @eager
    def histogram(ids: torch.Tensor, counts: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        for tile in hl.tile(ids.size(0)):
            before[tile] = hl.atomic_add(counts, [ids[tile]], 1)
        return counts

    ids = torch.tensor([1, 0, 1, 1])
    before = torch.empty(4, dtype=torch.int64)
    assert histogram(ids, torch.zeros(3, dtype=torch.int64), before).tolist() == [1, 3, 0]
    assert before.tolist() == [0, 0, 1, 2]


@pytest.mark.parametrize(
    "atomic, expected",
    [(hl.atomic_max, [5, 7]), (hl.atomic_min, [3, 2]), (hl.atomic_xchg, [5, 2]), (hl.atomic_and, [1, 2]),
     (hl.atomic_or, [7, 7]), (hl.atomic_xor, [6, 5])],
)  # fmt: skip
def test_each_atomic_operation(atomic, expected: list[int]) -> None:
    def body(target: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
        for tile in hl.tile(target.size(0)):
            atomic(target, [tile], value[tile])
        return target

    assert eager(body)(torch.tensor([3, 7]), torch.tensor([5, 2])).tolist() == expected


def test_compare_and_swap_writes_where_equal() -> None:
    @eager
    def kernel(target: torch.Tensor) -> torch.Tensor:
        for tile in hl.tile(target.size(0)):
            hl.atomic_cas(target, [tile], 3, 9)
        return target

    assert kernel(torch.tensor([3, 7])).tolist() == [9, 7]


def test_reduce_and_scan_with_a_function_of_the_users() -> None:
    def argmax(left, right):
        (a, i), (b, j) = left, right
        keep = a >= b
        return torch.where(keep, a, b), torch.where(keep, i, j)

    @eager
    def kernel(x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        sums, best, scans = torch.empty(x.size(0)), torch.empty(x.size(0)).long(), torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            row = x[tile, :]
            sums[tile] = hl.reduce(lambda a, b: a + b, row, dim=1)
            ids = hl.arange(x.size(1))[None, :].expand(row.shape)
            best[tile] = hl.reduce(argmax, (row, ids), dim=1)[1]
            scans[tile, :] = hl.associative_scan(torch.maximum, row, dim=1, reverse=True)
        return sums, best, scans

    x = torch.randn(3, 6)
    sums, best, scans = kernel(x)
    torch.testing.assert_close(sums, x.sum(1))
    assert torch.equal(best, x.argmax(1))
    assert torch.equal(scans, x.flip(1).cummax(1).values.flip(1))


def test_split_is_the_inverse_of_join() -> None:
    @eager
    def kernel(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            low, high = hl.split(x[tile, :])
            out[tile, :] = hl.join(high, low)
        return out

    x = torch.randn(5, 2)
    assert torch.equal(kernel(x), x.flip(1))


def test_random_numbers_do_not_depend_on_block_sizes() -> None:
    def draw(block: int | None) -> torch.Tensor:
        @eager
        def kernel(x: torch.Tensor) -> torch.Tensor:
            for tile_m, tile_n in hl.tile(x.size(), block_size=[block, block]):
                x[tile_m, tile_n] = hl.rand([tile_m, tile_n], seed=42)
            return x

        return kernel(torch.empty(20, 12))

    whole = draw(None)
    assert torch.equal(whole, draw(4))
    assert whole.min() >= 0 and whole.max() < 1 and whole.unique().numel() > 200


def test_constants_and_sizes_pass_through_in_the_host_part() -> None:
    @eager
    def kernel(x: torch.Tensor) -> torch.Tensor:
        n = hl.specialize(x.size(-1))
        block = hl.register_block_size(x.size(0))
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0), block_size=block):
            for column in hl.static_range(n):
                out[tile, column] = x[tile, column] + column
        return out

    x = torch.randn(4, 3)
    torch.testing.assert_close(kernel(x), x + torch.arange(3))


DEVICE_FUNCTIONS = [
    lambda: hl.zeros([2]), lambda: hl.full([2], 1), lambda: hl.arange(2), lambda: hl.tile(3), lambda: hl.grid(3),
    lambda: hl.static_range(3), lambda: hl.load(torch.ones(1), [0]), lambda: hl.store(torch.ones(1), [0], 1),
    lambda: hl.atomic_add(torch.ones(1), [0], 1), lambda: hl.dot(torch.ones(1, 1), torch.ones(1, 1)),
    lambda: hl.specialize(3), lambda: hl.register_block_size(3), lambda: hl.cumsum(torch.ones(1), 0),
    lambda: hl.rand([2], 0), lambda: hl.device_print("x"), hl.barrier,
    lambda: hl.inline_triton("x", [], None), lambda: hl.split(torch.ones(2)),
]  # fmt: skip


@pytest.mark.parametrize("call", DEVICE_FUNCTIONS)
def test_outside_a_kernel_every_function_refuses(call) -> None:
    with pytest.raises(exc.NotInsideKernel, match=r"hl\.\w+ may only be called inside"):
        call()


def mistake(body, *args):
    with pytest.raises(exc.Base) as caught:
        eager(body)(*args)
    return caught


def test_mistakes_are_named() -> None:
    def too_many(x):
        for tile in hl.tile(x.size(0)):
            x[tile, 0] = 1

    def tile_of_tile(x):
        for tile in hl.tile(x.size(0)):
            for _ in hl.tile(tile):
                pass

    def backwards(x):
        for _ in hl.tile(5, 2):
            pass

    def no_size(x):
        for _ in hl.tile(2.5):
            pass

    def packed(x):
        for tile in hl.tile([4]):
            x[[tile]] = 1

    def unpacked(x):
        for _, _ in hl.tile(4):
            pass

    def duplicates(x):
        for tile in hl.tile(4):
            x[tile.index // 2] = 1

    x = torch.zeros(4)
    assert mistake(too_many, x).type is exc.RankMismatch
    assert mistake(tile_of_tile, x).type is exc.TileOfTile
    assert "5 > 2" in str(mistake(backwards, x).value)
    assert mistake(no_size, x).type is exc.InvalidLoopBound
    assert mistake(packed, x).type is exc.OverpackedTile
    assert mistake(unpacked, x).type is exc.FailedToUnpackTile
    assert mistake(duplicates, x).type is exc.DuplicateStoreIndicesError


def test_nothing_stays_behind_after_an_error() -> None:
    def failing(x):
        for _ in hl.tile(x.size(0)):
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        eager(failing)(torch.ones(2))
    with pytest.raises(exc.NotInsideKernel):
        hl.zeros([2])


def test_lanes_of_a_jagged_tile_come_one_by_one() -> None:
    @eager
    def kernel(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        out = x.new_zeros([x.size(0)])
        for row in hl.tile(x.size(0)):
            total = hl.zeros([row])
            for j in hl.jagged_tile(lengths[row]):
                total += torch.exp(x[row, j]).sum(1)
            out[row] = total
        return out

    x, lengths = torch.randn(5, 20), torch.tensor([3, 0, 20, 2, 9])
    wanted = torch.stack([row[:length].exp().sum() for row, length in zip(x, lengths.tolist())])
    torch.testing.assert_close(kernel(x, lengths), wanted)


def _summed(values: torch.Tensor, lengths: torch.Tensor, row: object) -> torch.Tensor:
    total = hl.zeros([row])
    for j in hl.jagged_tile(lengths[row]):
        total += values[row, j].sum(1)
    return total


def test_a_jagged_tile_in_a_helper_says_what_to_do() -> None:
    @eager
    def kernel(x: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        out = x.new_zeros([x.size(0)])
        for row in hl.tile(x.size(0)):
            out[row] = _summed(x, lengths, row)
        return out

    with pytest.raises(exc.InvalidJaggedTileUsage, match="5 lanes"):
        kernel(torch.randn(5, 20), torch.tensor([3, 0, 20, 2, 9]))
