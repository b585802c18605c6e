# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every form of an index list, with static and with dynamic shapes: what it loads, and where it stores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import torch

import helion
import helion.language as hl
from helion.testing import check

if TYPE_CHECKING:
    from collections.abc import Callable

CASES: dict[str, tuple[Callable[..., Any], list[int], Callable[[], tuple[Any, ...]], Callable[..., Any]]] = {}


def case(*blocks: int, args: Callable[[], tuple[Any, ...]], same: Callable[..., Any]):
    """Adds a kernel: its block sizes, its arguments, and the same in PyTorch."""

    def add(function: Callable[..., Any]) -> Callable[..., Any]:
        CASES[function.__name__] = function, list(blocks), args, same
        return function

    return add


def matrix() -> tuple[torch.Tensor]:
    return (torch.randn(20, 30),)


def picked(*numbers: Any) -> torch.Tensor:
    return torch.tensor(numbers)


# ---- slices


@case(8, args=matrix, same=lambda x: x[:, 2:18:3] + x[:, :18:3] + x[:, -18::3])
def strided_slices(x):
    out = x.new_empty([x.size(0), 6])
    for i in hl.tile(x.size(0)):
        out[i, :] = x[i, 2:18:3] + x[i, :18:3] + x[i, -18::3]
    return out


@case(args=matrix, same=lambda x: torch.stack([x[i, i : i + 4] + x[i, i : i + 8 : 2] for i in range(20)]))
def dynamic_slices(x):
    out = x.new_empty([x.size(0), 4])
    for i in hl.grid(x.size(0)):
        out[i, :] = x[i, i : i + 4] + x[i, i : i + 8 : 2]
    return out


@case(8, 8, args=matrix, same=lambda x: x * 2)
def slices_from_begin_to_end_of_a_tile(x):
    out = torch.empty_like(x)
    for i, j in hl.tile(x.size()):
        out[i, j.begin : j.end] = x[i.begin : i.end, j] * 2
    return out


@case(8, args=matrix, same=lambda x: x[:, -5:] + x[:, :5] + x[:, -10:-5])
def slices_with_negative_ends(x):
    out = x.new_empty([x.size(0), 5])
    for i in hl.tile(x.size(0)):
        out[i, :] = x[i, -5:] + x[i, :5] + x[i, -10:-5]
    return out


@case(
    4, args=lambda: (torch.randn(8, 12),), same=lambda x: torch.cat([torch.stack([x, x + 1], 2).reshape(8, 24), x], 1)
)
def stores_into_slices(x):
    out = x.new_empty([8, 36])
    for i in hl.tile(8):
        out[i, :24:2] = x[i, :]
        out[i, 1:24:2] = x[i, :] + 1
        out[i, -12:] = x[i, :]
    return out


# ---- integers, None, ellipsis


@case(8, args=matrix, same=lambda x: x[:, -1] + x[-3, :20])
def negative_integers(x):
    out = x.new_empty([x.size(0)])
    for i in hl.tile(x.size(0)):
        out[i] = x[i, -1] + x[-3, i]
    return out


@case(8, args=matrix, same=lambda x: x[:, None, :5].expand(20, 2, 5).clone())
def new_dimensions(x):
    out = x.new_empty([20, 2, 5])
    for i in hl.tile(20):
        out[i, :, :] = x[i, None, :5] + hl.zeros([i, 2, 5])
    return out


@case(2, 2, args=lambda: (torch.randn(4, 5, 6, 7),), same=lambda x: x[..., 3] + x[:, :, :, 1])
def ellipses_and_left_out_dimensions(x):
    out = x.new_empty([4, 5, 6])
    for i, j in hl.tile([4, 5]):
        out[i, j] = x[i, j, ..., 3] + x[i, j, :, 1]
    return out


@case(
    8, args=lambda: (torch.randn(20, 30), torch.tensor(7), torch.tensor(2.0), picked(7, 3)),
    same=lambda x, place, scale, places: x[:, 7] * 2 + x[:, 3] + x[:, 8],
)  # fmt: skip
def scalar_tensors(x, place, scale, places):
    out = x.new_empty([20])
    for i in hl.tile(20):
        out[i] = x[i, place] * scale + x[i, places[1]] + x[i, place + 1]
    return out


# ---- gathers


@case(2, args=lambda: (torch.randn(5, 6, 7), picked(1, 3, 2)), same=lambda x, i: x[i] + x[2, i, :][:, None])
def a_vector_of_indices(x, index):
    out = x.new_empty([index.size(0), 6, 7])
    for i in hl.tile(index.size(0)):
        out[i] = x[index[i]] + x[2, index[i], :][:, None, :]
    return out


@case(
    2, 2, args=lambda: (torch.randn(5, 6, 7), torch.tensor([[1, 3, 2], [0, 4, 2]]), picked(5, 0, 1)),
    same=lambda x, i, j: x[i, j].clone(),
)  # fmt: skip
def indices_that_broadcast(x, rows, columns):
    out = x.new_empty([2, 3, 7])
    for i, j in hl.tile([2, 3]):
        out[i, j, :] = x[rows[i, j], columns[j], :]
    return out


@case(
    2, 2, args=lambda: (torch.randn(5, 6, 7), picked(1, 3, 2), picked(5, 0, 1, 3)),
    same=lambda x, i, j: x[i][:, j].clone(),
)  # fmt: skip
def every_pair_of_two_vectors(x, rows, columns):
    out = x.new_empty([3, 4, 7])
    for i, j in hl.tile([3, 4]):
        out[i, j, :] = x[rows[i], columns[j], :]
    return out


@case(2, 2, args=lambda: (torch.randn(5, 6, 7), picked(1, 3, 2, 0)), same=lambda x, i: x[:, :, i].clone())
def a_vector_behind_a_tile_and_a_slice(x, index):
    out = x.new_empty([5, 6, 4])
    for i, j in hl.tile([5, 4]):
        out[i, :, j] = x[i, :, index[j]]
    return out


@case(2, 4, args=lambda: (torch.randn(8, 12), torch.randint(0, 8, (3, 5))), same=lambda x, i: x[i].clone())
def a_matrix_of_indices(x, index):
    out = x.new_empty([3, 5, 12])
    for i, j in hl.tile([3, 12]):
        out[i, :, j] = x[index[i, :], j]
    return out


@case(
    4, args=lambda: (torch.randn(8, 12), torch.randint(0, 8, (12,))),
    same=lambda x, i: x[i, torch.arange(12)].clone(),
)  # fmt: skip
def an_index_of_the_tile_itself_goes_element_by_element(x, index):
    out = x.new_empty([12])
    for i in hl.tile(12):
        out[i] = x[index[i], i.index]
    return out


# ---- ranges, arithmetic on indices


@case(8, args=matrix, same=lambda x: x[:16] * 2)
def ranges(x):
    out = x.new_empty([16, 30])
    for j in hl.tile(30):
        rows = hl.arange(16)
        out[rows, j] = x[rows, j] + x[hl.arange(0, 16), j]
    return out


@case(8, args=matrix, same=lambda x: x[::2, 3:9] + x[1::2, 3:9])
def multiples_of_indices(x):
    out = x.new_empty([10, 6])
    for i in hl.tile(10):
        out[i, :] = x[i.index * 2, hl.arange(3, 9)] + x[i.index * 2 + 1, hl.arange(3, 9)]
    return out


@case(8, 8, args=matrix, same=lambda x: x[:, 5:25] + x[:, 4:24])
def shifted_tiles(x):
    out = x.new_empty([20, 20])
    for i, j in hl.tile([20, 20]):
        out[i, j] = x[i, j + 5] + x[i, 3 + j.index + 1]
    return out


@case(8, 8, args=matrix, same=lambda x: x.flip(0).clone())
def indices_that_run_backwards(x):
    out = x.new_empty([20, 30])
    for i, j in hl.tile([20, 30]):
        out[i, j] = x[19 - i.index, j]
    return out


# ---- stores


@case(8, 8, args=matrix, same=lambda x: x[0] + x[:, :1] + 1)
def stores_of_smaller_values(x):
    out = x.new_empty([20, 30])
    for i, j in hl.tile([20, 30]):
        out[i, j] = x[0, j]
        out[i, j] += x[i, :1]
        out[i, j] += 1
    return out


@case(4, args=lambda: (torch.randn(8), torch.randperm(9)[:8]), same=lambda x, i: torch.zeros(9, 9).index_put((i, i), x))
def scatters(x, index):
    out = x.new_zeros([9, 9])
    for i in hl.tile(8):
        out[index[i], index[i]] = x[i]
    return out


# ---- shapes


@case(
    4, 8, args=lambda: (torch.randn(6, 1).expand(6, 13), torch.randn(13).expand(6, 13), torch.randn(20, 6).t(),
                        torch.randn(40, 40)[3::5, 1::3]),
    same=lambda x, y, z, w: x + y + z[:, :13] + w[:6, :13],
)  # fmt: skip
def expanded_transposed_and_strided_tensors(x, y, z, w):
    out = torch.empty([6, 13], device=x.device)
    for i, j in hl.tile([6, 13]):
        out[i, j] = x[i, j] + y[i, j] + z[i, j] + w[i, j]
    return out


@case(
    4, args=lambda: (lambda base: (base[5:15], base[10:20], base))(torch.randn(30)), same=lambda x, y, z: x + y + z[:10]
)
def tensors_that_share_memory(x, y, z):
    out = torch.empty([10], device=x.device)
    for i in hl.tile(10):
        out[i] = x[i] + y[i] + z[i]
    return out


@case(2, 2, 2, 2, 2, args=lambda: (torch.randn(2, 3, 4, 3, 5),), same=lambda x: x * 2)
def five_dimensions(x):
    out = torch.empty_like(x)
    for i, j, k, m, n in hl.tile(x.size()):
        out[i, j, k, m, n] = x[i, j, k, m, n] * 2
    return out


def _stored(scalar: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return scalar.fill_(2 * x.sum())


@case(16, args=lambda: (torch.tensor(3.0), torch.randn(10)), same=_stored)
def stores_and_atomics_of_a_scalar_tensor(scalar, x):
    for i in hl.tile(x.size(0)):
        scalar[()] = x[i].sum()
        hl.atomic_add(scalar, [], x[i].sum())
    return scalar


# ---- nothing at all


@case(8, 8, args=lambda: (torch.randn(0, 30), torch.randn(7, 0)), same=lambda x, y: (x + 1, y + 1))
def tiles_over_nothing(x, y):
    out, other = torch.empty_like(x), torch.empty_like(y)
    for i, j in hl.tile([x.size(0), 30]):
        out[i, j] = x[i, j] + 1
    return out, other


def _empty_reductions(x):
    return torch.stack([x.sum(1), x.mean(1), x.prod(1), torch.logsumexp(x, 1), x.sum(1) + 3], 1)


@case(4, args=lambda: (torch.randn(7, 0), torch.randn(7, 5)), same=lambda x, y: (_empty_reductions(x), x.clone()))
def reductions_over_nothing(x, y):
    out, copy = x.new_empty([7, 5]), torch.empty_like(x)
    for i in hl.tile(7):
        value = x[i, :]
        out[i, 0] = value.sum(1)
        out[i, 1] = value.mean(1)
        out[i, 2] = value.prod(1)
        out[i, 3] = torch.logsumexp(value, 1)
        out[i, 4] = y[i, 3:3].sum(1) + 3
        copy[i, :] = value * 2
    return out, copy


@case(16, 16, 16, args=lambda: (torch.randn(7, 0), torch.randn(0, 9)), same=lambda x, y: (x @ y, x @ y))
def products_over_nothing(x, y):
    out, other = x.new_empty([7, 9]), x.new_empty([7, 9])
    for i, j in hl.tile([7, 9]):
        acc = hl.zeros([i, j])
        for k in hl.tile(x.size(1)):
            acc = torch.addmm(acc, x[i, k], y[k, j])
        out[i, j] = acc
        other[i, j] = x[i, :] @ y[:, j]
    return out, other


@pytest.mark.covers(
    "index: a scalar tensor",
    "shape: 0-d tensors",
    "index: a value smaller than its place",
    "shape: expanded inputs",
    "shape: transposed inputs",
    "shape: aliasing inputs",
    "shape: zero-size tensors",
    "index: hl.arange",
    "index: two index tensors, broadcast",
    "index: two vectors of indices, every pair",
    "index: a tensor of indices, to store",
    "index: index tensors of several dimensions",
)
@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
@pytest.mark.parametrize("name", CASES)
def test_an_index_form(name, static, device):
    function, blocks, args, same = CASES[name]
    kernel = helion.kernel(function, config=helion.Config(block_sizes=blocks), static_shapes=static)
    torch.manual_seed(0)
    made = args()
    if name == "reductions_over_nothing":
        # The mean of nothing is no number.
        copies = [each.to(device) for each in made]
        for ours, theirs in zip(kernel(*copies), same(*made)):
            torch.testing.assert_close(ours.cpu(), theirs, equal_nan=True)
        return
    check(kernel, made, same, device=device, rtol=1e-4, atol=1e-4)


# ---- offsets of 64 bits


def _doubled(x):
    out = torch.empty_like(x)
    for i, j in hl.tile(x.size()):
        out[i, j] = x[i, j] * 2
    return out


@pytest.mark.covers("index: offsets of 64 bits")
@pytest.mark.parametrize("static", [True, False], ids=["static", "dynamic"])
@pytest.mark.parametrize(("shape", "wide"), [((2**20, 2**12), True), ((2**16, 2**15 - 1), False)])
def test_offsets_have_as_many_bits_as_they_need(shape, wide, static):
    bound = helion.kernel(_doubled, static_shapes=static).bind((torch.empty(shape, device="meta"),))
    ttir = bound.to_mlir(bound.config_spec.default_config(), stage="ttir")
    offsets = {line.split(", ")[-1].strip() for line in ttir.splitlines() if "tt.addptr" in line}
    assert all(("i64" in each) == wide for each in offsets), offsets
