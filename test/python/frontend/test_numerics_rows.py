# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every reduction of torch over every choice of dimensions and dtypes, and the functions of rows that users call."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from numerics import FLOATS, floats, name_of, tolerance

import helion
import helion.language as hl
from helion.testing import check

# By what they do to [rows, 3, 6]; `d` are the dimensions, `k` whether they stay.
SEVERAL = {
    "sum": lambda x, d, k: x.sum(d, keepdim=k), "mean": lambda x, d, k: x.mean(d, keepdim=k),
    "amax": lambda x, d, k: x.amax(d, keepdim=k), "amin": lambda x, d, k: x.amin(d, keepdim=k),
    "any": lambda x, d, k: (x > 2).any(d, keepdim=k), "all": lambda x, d, k: (x > -2).all(d, keepdim=k),
    "var": lambda x, d, k: x.var(d, keepdim=k), "var_0": lambda x, d, k: torch.var(x, d, correction=0, keepdim=k),
    "std": lambda x, d, k: x.std(d, keepdim=k), "std_2": lambda x, d, k: torch.std(x, d, correction=2, keepdim=k),
    "var_mean": lambda x, d, k: sum(torch.var_mean(x, d, keepdim=k)),
    "std_mean": lambda x, d, k: sum(torch.std_mean(x, d, correction=0, keepdim=k)),
    "logsumexp": lambda x, d, k: torch.logsumexp(x, d, keepdim=k), "nansum": lambda x, d, k: x.nansum(d, keepdim=k),
    "nanmean": lambda x, d, k: x.nanmean(d, keepdim=k), "norm": lambda x, d, k: x.norm(dim=d, keepdim=k),
    "vector_norm": lambda x, d, k: torch.linalg.vector_norm(x, 2, d, keepdim=k),
    "vector_norm_1": lambda x, d, k: torch.linalg.vector_norm(x, 1, d, keepdim=k),
    "vector_norm_inf": lambda x, d, k: torch.linalg.vector_norm(x, math.inf, d, keepdim=k),
    "vector_norm_-inf": lambda x, d, k: torch.linalg.vector_norm(x, -math.inf, d, keepdim=k),
    "vector_norm_0": lambda x, d, k: torch.linalg.vector_norm(x.trunc(), 0, d, keepdim=k),
    "vector_norm_3": lambda x, d, k: torch.linalg.vector_norm(x, 3, d, keepdim=k),
    "sum_dtype": lambda x, d, k: x.sum(d, keepdim=k, dtype=torch.float64),
}  # fmt: skip
ONE = {
    "prod": lambda x, d, k: x.prod(d, keepdim=k), "argmax": lambda x, d, k: x.argmax(d, keepdim=k),
    "argmin": lambda x, d, k: x.argmin(d, keepdim=k), "max": lambda x, d, k: x.max(d, keepdim=k)[0],
    "max_index": lambda x, d, k: x.max(d, keepdim=k).indices, "min": lambda x, d, k: torch.min(x, d, keepdim=k).values,
    "aminmax": lambda x, d, k: sum(torch.aminmax(x, dim=d, keepdim=k)),
    "count_nonzero": lambda x, d, k: torch.count_nonzero(x.trunc(), d), "logsumexp": torch.logsumexp,
    "dist": lambda x, d, k: ((x - 1) ** 2).sum(d).sqrt(),
    "cosine_similarity": lambda x, d, k: F.cosine_similarity(x, x * x + 1, dim=d),
    "pairwise_distance": lambda x, d, k: F.pairwise_distance(x, x * x, keepdim=k),
}  # fmt: skip


@helion.kernel(config=helion.Config(block_sizes=[4]))
def of_blocks(x, like, function: hl.constexpr, dims: hl.constexpr, keepdim: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i, ...] = function(x[i, :, :], dims, keepdim)
    return out


def agrees(function, dims, keepdim, dtype, device):
    torch.manual_seed(0)
    x = torch.randn(6, 3, 6).to(dtype)
    like = function(x, dims, keepdim)
    args = (x, like, function, dims, keepdim)
    check(of_blocks, args, lambda x, like, *_: like, device=device, **tolerance(like.dtype, 2))


@pytest.mark.parametrize("keepdim", [False, True], ids=["dropped", "kept"])
@pytest.mark.parametrize("dims", [(1, 2), (-1,), 1], ids=str)
@pytest.mark.parametrize("name", SEVERAL)
def test_reductions_of_several_dimensions(name, dims, keepdim, device):
    agrees(SEVERAL[name], dims, keepdim, torch.float32, device)


@pytest.mark.parametrize("keepdim", [False, True], ids=["dropped", "kept"])
@pytest.mark.parametrize("dim", [1, -1])
@pytest.mark.parametrize("name", ONE)
def test_reductions_of_one_dimension(name, dim, keepdim, device):
    agrees(ONE[name], dim, keepdim, torch.float32, device)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64], ids=name_of)
@pytest.mark.parametrize("name", SEVERAL)
def test_reductions_of_floats(name, dtype, device):
    agrees(SEVERAL[name], (1, 2), False, dtype, device)


@pytest.mark.parametrize(
    "name", ["sum", "amax", "amin", "logsumexp", "mean", "argmax", "argmin", "nansum", "nanmean", "max"]
)
def test_reductions_of_infinities_and_nan(name, device):
    function = {**SEVERAL, **ONE}[name]
    x = floats(torch.float32)[:36].view(2, 3, 6)
    x = torch.cat([x, x.nan_to_num(nan=-math.inf), x.nan_to_num(nan=1, neginf=0, posinf=math.inf)])
    like = function(x, -1, False)
    check(
        of_blocks, (x, like, function, -1, False), lambda x, like, *_: like, device=device, **tolerance(torch.float32)
    )


ROWS = {
    "softmax": lambda v: F.softmax(v, -1), "softmax_dtype": lambda v: F.softmax(v, 1, dtype=torch.float32),
    "log_softmax": lambda v: F.log_softmax(v, 1), "softmin": lambda v: F.softmin(v, 1),
    "layer_norm": lambda v: F.layer_norm(v, (v.size(-1),)), "rms_norm": lambda v: F.rms_norm(v, (v.size(-1),)),
    "rms_norm_eps": lambda v: F.rms_norm(v, (v.size(-1),), eps=1e-3), "normalize": lambda v: F.normalize(v, dim=-1),
    "normalize_1": lambda v: F.normalize(v, p=1.0, dim=1), "glu": F.glu,
    "gumbel_free": lambda v: (v - v.amax(1, True)).exp(), "outer": lambda v: torch.einsum("bi,bj->bij", v, v).sum(2),
    "dot": lambda v: torch.einsum("bi,bi->b", v, v)[:, None],
    "sum_of_einsum": lambda v: torch.einsum("ij->i", v)[:, None],
    "linalg_norm": lambda v: v / v.norm(dim=1, keepdim=True),
    "standardized": lambda v: (v - v.mean(1, True)) / v.std(1, keepdim=True),
    "cross_entropy": lambda v: (torch.logsumexp(v, 1) - v.mean(1))[:, None],
    "entropy": lambda v: -(F.softmax(v, 1) * F.log_softmax(v, 1)).sum(1, True),
    "flip_sign": lambda v: v * v.sum(1, True).sign(), "dropout_eval": lambda v: F.dropout(v, 0.5, training=False),
    "alpha": lambda v: F.threshold(v, 0.1, 2.0), "clamp_": lambda v: (v + 0).clamp_(-1, 1),
    "group_norm": lambda v: F.group_norm(v, 2),
    "masked_softmax": lambda v: F.softmax(v.masked_fill(v < 0, -math.inf), 1),
    "outer_product": lambda v: (v.unsqueeze(2) * v.unsqueeze(1)).sum(1),
    "mv": lambda v: torch.addcmul(v, v, v.sum(1, True)), "batch_dot": lambda v: torch.linalg.vecdot(v, v)[:, None],
    "kl": lambda v: F.kl_div(v, v.exp(), reduction="none"),
    "tanh_gate": lambda v: v.chunk(2, 1)[0].tanh() * v.chunk(2, 1)[1].sigmoid(),
    "cdist": lambda v: (v[:, None, :] - v[:, :, None]).abs().sum(2),
}  # fmt: skip


@helion.kernel(config=helion.Config(block_sizes=[4]), dot_precision="ieee")
def of_rows(x, like, function: hl.constexpr):
    out = torch.empty_like(like)
    for i in hl.tile(x.size(0)):
        out[i, ...] = function(x[i, ...])
    return out


@pytest.mark.parametrize("dtype", FLOATS, ids=name_of)
@pytest.mark.parametrize("name", ROWS)
def test_functions_of_rows(name, dtype, device):
    function = ROWS[name]
    torch.manual_seed(0)
    x = torch.randn(7, 8).to(dtype)
    like = function(x)
    check(of_rows, (x, like, function), lambda x, like, function: like, device=device, **tolerance(like.dtype, 2))


MATRICES = {
    "one_hot": lambda v: F.one_hot(v.argmax(2), 8), "einsum_product": lambda v: torch.einsum("bij,bkj->bik", v, v),
    "einsum_transposed": lambda v: torch.einsum("bij,bkj->bki", v, v), "bmm": lambda v: torch.bmm(v, v.mT),
    "einsum_rows": lambda v: torch.einsum("bij,bij->bi", v, v),
    "einsum_all": lambda v: torch.einsum("bij,bij->b", v, v), "einsum_sum": lambda v: torch.einsum("bij->bj", v),
    "einsum_implicit": lambda v: torch.einsum("bij", v),
    "einsum_vector": lambda v: torch.einsum("bij,bj->bi", v, v[:, 0, :]), "matmul": lambda v: v.mT @ v,
    "einsum_outer": lambda v: torch.einsum("bi,bj->bij", v[:, 0, :], v[:, 1, :]),
    "matmul_vector": lambda v: torch.matmul(v, v[:, 0, :].unsqueeze(2)),
    "row_times_column": lambda v: torch.bmm(v[:, 0:1, :], v[:, 0:1, :].mT),
    "column_times_row": lambda v: torch.bmm(v[:, 0:1, :].mT, v[:, 0:1, :]),
    "baddbmm": lambda v: torch.baddbmm(v.mT @ v, v.mT, v, beta=0.5, alpha=2),
    "baddbmm_1": lambda v: torch.baddbmm(v.mT @ v, v.mT, v), "attention": lambda v: F.softmax(v @ v.mT * 0.3, -1) @ v,
    "scaled_dot": lambda v: torch.softmax(torch.einsum("bqd,bkd->bqk", v, v), -1),
    "mat_of_sums": lambda v: v.sum(1, keepdim=True).mT @ v.sum(1, keepdim=True), "triple": lambda v: v @ v.mT @ v,
    "layer_norm_2": lambda v: F.layer_norm(v, v.shape[1:]), "softmax_middle": lambda v: F.softmax(v, 1),
    "var_middle": lambda v: v.var(1, keepdim=True) + v, "amax_pairs": lambda v: v.amax((1, 2)) + v.argmax(2).sum(1),
    "group_mean": lambda v: v.view(v.size(0), 4, 2, 4).mean(3).sum(2), "normalized": lambda v: F.normalize(v, dim=1),
    "cosine": lambda v: F.cosine_similarity(v[:, None, :, :], v[:, :, None, :], dim=3),
}  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16], ids=name_of)
@pytest.mark.parametrize("name", MATRICES)
def test_functions_of_matrices(name, dtype, device):
    function = MATRICES[name]
    torch.manual_seed(0)
    x = torch.randn(5, 4, 8).to(dtype)
    like = function(x)
    check(of_rows, (x, like, function), lambda x, like, function: like, device=device, **tolerance(like.dtype, 4))
