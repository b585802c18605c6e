# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whole kernels of the guide and the puzzles: what they become, as their users write them."""

from __future__ import annotations

import math
from pathlib import Path

import torch

import helion.language as hl


def my_kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    m, n = x.size()
    out = torch.empty([m, n], dtype=x.dtype, device=x.device)
    for tile_m, tile_n in hl.tile([m, n]):
        out[tile_m, tile_n] = x[tile_m, tile_n] + y[tile_m, tile_n]
    return out


def flash_attention(q_in: torch.Tensor, k_in: torch.Tensor, v_in: torch.Tensor) -> torch.Tensor:
    m_dim = q_in.size(-2)
    n_dim = k_in.size(-2)
    assert n_dim == v_in.size(-2), "K and V must have same sequence length"
    head_dim = hl.specialize(q_in.size(-1))
    assert head_dim == k_in.size(-1) == v_in.size(-1), "Head dimensions must match"
    q_view = q_in.reshape([-1, m_dim, head_dim])
    v_view = v_in.reshape([-1, n_dim, head_dim])
    k_view = k_in.reshape([-1, n_dim, head_dim]).transpose(1, 2)
    out = torch.empty_like(q_view)
    sm_scale = 1.0 / math.sqrt(head_dim)
    qk_scale = sm_scale * 1.44269504
    for tile_b, tile_m in hl.tile([q_view.size(0), m_dim]):
        m_i = hl.full([tile_b, tile_m], float("-inf"), dtype=torch.float32)
        l_i = torch.full_like(m_i, 1.0)
        acc = hl.zeros([tile_b, tile_m, head_dim], dtype=torch.float32)
        q = q_view[tile_b, tile_m, :]
        for tile_n in hl.tile(v_view.size(1)):
            k = k_view[tile_b, :, tile_n]
            qk = torch.bmm(q, k)
            m_ij = torch.maximum(m_i, torch.amax(qk, -1) * qk_scale)
            qk = qk * qk_scale - m_ij[:, :, None]
            p = torch.exp2(qk)
            l_ij = torch.sum(p, -1)
            alpha = torch.exp2(m_i - m_ij)
            l_i = l_i * alpha + l_ij
            acc = acc * alpha[:, :, None]
            v = v_view[tile_b, tile_n, :]
            p = p.to(v.dtype)
            acc = torch.baddbmm(acc, p, v)
            m_i = m_ij
        m_i += torch.log2(l_i)
        acc = acc / l_i[:, :, None]
        out[tile_b, tile_m, :] = acc.to(out.dtype)
    return out.view(q_in.size())


def sum_kernel(x: torch.Tensor) -> torch.Tensor:
    batch, seq_len = x.size()
    out = torch.empty(batch, dtype=x.dtype, device=x.device)
    for tile_batch in hl.tile(batch):
        acc = torch.zeros_like(tile_batch, dtype=torch.float32)
        for tile_seq in hl.tile(seq_len):
            chunk = x[tile_batch, tile_seq]
            acc += torch.sum(chunk, dim=1)
        out[tile_batch] = acc
    return out


def softmax_kernel(x: torch.Tensor) -> torch.Tensor:
    batch, seq_len = x.size()
    out = torch.empty_like(x)
    for tile_batch in hl.tile(batch):
        max_vals = torch.full_like(tile_batch, float("-inf"), dtype=torch.float32)
        for tile_seq in hl.tile(seq_len):
            chunk = x[tile_batch, tile_seq]
            max_vals = torch.maximum(max_vals, torch.max(chunk, dim=1)[0])
        sum_exp = torch.zeros_like(tile_batch, dtype=torch.float32)
        for tile_seq in hl.tile(seq_len):
            chunk = x[tile_batch, tile_seq]
            exp_vals = torch.exp(chunk - max_vals[:, None])
            sum_exp += torch.sum(exp_vals, dim=1)
        for tile_seq in hl.tile(seq_len):
            chunk = x[tile_batch, tile_seq]
            exp_vals = torch.exp(chunk - max_vals[:, None])
            out[tile_batch, tile_seq] = exp_vals / sum_exp[:, None]
    return out


def conv2d_kernel(x: torch.Tensor, k: torch.Tensor) -> torch.Tensor:
    batch, h, w = x.size()
    kh, kw = k.size()[1:]
    out = torch.empty_like(x)
    x_padded = torch.nn.functional.pad(x, (0, kw, 0, kh, 0, 0), value=0.0)
    for tile_batch in hl.tile(batch):
        for i in range(h):
            for j in range(w):
                patch = x_padded[tile_batch, i : i + kh, j : j + kw]
                out[tile_batch, i, j] = (k[tile_batch] * patch).sum([1, 2])
    return out


def dot_kernel(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    batch, m, k = x.size()
    _, k, n = y.size()
    out = torch.empty([batch, m, n], dtype=x.dtype, device=x.device)
    for tile_batch in hl.tile(batch):
        for tile_m, tile_n in hl.tile([m, n]):
            acc = hl.zeros([tile_m, tile_n], dtype=torch.float32)
            for tile_k in hl.tile(k):
                acc = acc + torch.matmul(x[tile_batch, tile_m, tile_k], y[tile_batch, tile_k, tile_n])
            out[tile_batch, tile_m, tile_n] = acc
    return out


def quant_dot_kernel(scale, offset, weight, activation):
    n_out, n_groups = scale.size()
    _mid, n_in = activation.size()
    out = torch.empty([n_out, n_in], dtype=scale.dtype, device=scale.device)
    for tile_out, tile_in in hl.tile([n_out, n_in]):
        acc = hl.zeros([tile_out, tile_in], dtype=torch.float32)
        offset_tile = offset[tile_out]
        for group_idx in range(n_groups):
            scale_group = scale[tile_out, group_idx]
            weight_group = weight[tile_out, group_idx]
            bits = hl.arange(8)
            weight_extracted = (weight_group[:, None] >> (bits * 4)[None, :]) & 15
            offset_group = (offset_tile >> (group_idx * 4)) & 15
            dequant = scale_group[:, None] * (weight_extracted - offset_group[:, None])
            acts = activation[group_idx * 8 + bits, tile_in]
            acc = acc + torch.sum(dequant[:, :, None] * acts[None, :, :], 1)
        out[tile_out, tile_in] = acc
    return out


def packed_multiply(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return hl.inline_asm_elementwise(
        "mul.f32x2 $0, $2, $4;", "=r,=r,r,r,r,r", [a, b], dtype=torch.float32, is_pure=True, pack=2
    )


def subtiled_attention(q_in, k_in, v_in, qk_scale: float):
    B, H, M, D = q_in.shape
    N = k_in.shape[2]
    D = hl.specialize(D)
    q, k, v = q_in.reshape(-1, D), k_in.reshape(-1, D), v_in.reshape(-1, D)
    MM = q.shape[0]
    o = q.new_empty(MM, D)
    block_m = hl.register_block_size(M)
    block_n = hl.register_block_size(N)
    assert M % block_m == 0
    assert N % block_n == 0
    qk_scale = qk_scale * 1.44269504
    for tile_m in hl.tile(MM, block_size=block_m):
        m_i = hl.zeros([tile_m]) - float("inf")
        l_i = hl.zeros([tile_m]) + 1.0
        acc = hl.zeros([tile_m, D])
        q_i = q[tile_m, :]
        start_N = tile_m.begin // M * N
        for tile_n in hl.tile(N, block_size=block_n):
            k_j = k[tile_n + start_N, :]
            v_j = v[tile_n + start_N, :]
            qk = hl.dot(q_i, k_j.T, out_dtype=torch.float32)
            m_ij = torch.maximum(m_i, torch.amax(qk, -1) * qk_scale)
            p = torch.exp2(qk * qk_scale - m_ij[:, None])
            alpha = torch.exp2(m_i - m_ij)
            acc0, acc1 = hl.split(acc.reshape([tile_m, 2, D // 2]).permute(0, 2, 1))
            acc0 = packed_multiply(acc0, alpha[:, None])
            acc1 = packed_multiply(acc1, alpha[:, None])
            acc = hl.join(acc0, acc1).permute(0, 2, 1).reshape(acc.size(0), acc.size(1))
            acc = hl.dot(p.to(v.dtype), v_j, acc=acc)
            l_i = l_i * alpha + torch.sum(p, -1)
            m_i = m_ij
        o[tile_m, :] = acc / l_i[:, None]
    return o.reshape(B, H, M, D)


def test_pointwise_kernel_is_two_loads_an_add_and_a_store(trace):
    ops = trace(my_kernel, torch.randn(100, 70), torch.randn(100, 70))
    assert (ops["helion.load"], ops["arith.addf"], ops["helion.store"], ops["helion.grid"]) == (2, 1, 1, 1)
    assert ops.types("arith.addf") == ["tensor<?x?xf32, #helion.dims<[@b0, @b1]>>"]
    assert [arg.name for arg in ops.traced.args] == ["x", "y", "out"]
    assert [(block.name, block.ordinal, block.max) for block in ops.traced.blocks] == [("b0", 0, 128), ("b1", 1, 128)]


def test_attention_carries_three_values_and_keeps_exp2(trace):
    ops = trace(flash_attention, *(torch.randn(1, 2, 96, 64, dtype=torch.float16) for _ in range(3)))
    loop = ops.one("helion.tile_for")
    assert len(loop.results) == 3
    assert ops["math.exp2"] == 2
    assert ops["math.exp"] == 0
    qk, pv = ops.named("helion.dot")
    assert len(list(qk.operands)) == 2
    assert len(list(pv.operands)) == 3, "baddbmm accumulates into its fp32 operand"
    assert str(pv.results[0].type) == "tensor<?x?x64xf32, #helion.dims<[@b0, @b1, 64]>>"
    roles = {block.name: set(block.dot_roles) for block in ops.traced.blocks}
    assert roles == {"b0": {"batch"}, "b1": {"m"}, "b2": {"k", "n"}}
    assert [block.min for block in ops.traced.blocks] == [1, 16, 16]


def test_only_conversions_of_the_author_are_marked(trace):
    ops = trace(flash_attention, *(torch.randn(1, 2, 96, 64, dtype=torch.float16) for _ in range(3)))
    marked = [op for op in ops.named("helion.convert") if "user" in op.attributes]
    places = [op.location.child_loc if op.location.is_a_name() else op.location for op in marked]
    lines = Path(__file__).read_text().splitlines()
    assert [lines[place.start_line - 1].strip() for place in places] == [
        "p = p.to(v.dtype)", "out[tile_b, tile_m, :] = acc.to(out.dtype)",
    ]  # fmt: skip


def test_sum_carries_its_accumulator(trace):
    ops = trace(sum_kernel, torch.randn(4, 200))
    assert len(ops.one("helion.tile_for").results) == 1
    assert [(fact.kind, fact.extents) for fact in ops.traced.reductions] == [("sum", ("b1",))]


def test_variables_of_one_loop_are_not_carried_by_the_next(trace):
    ops = trace(softmax_kernel, torch.randn(4, 200))
    assert [len(loop.results) for loop in ops.named("helion.tile_for")] == [1, 1, 0]
    assert [block.ordinal for block in ops.traced.blocks] == [0, 1, 2, 3]
    assert [loop.ordinal for loop in ops.traced.loops] == [None, 0, 1, 2]


def test_slices_move_with_scalar_loops(trace):
    ops = trace(conv2d_kernel, torch.randn(4, 8, 8), torch.randn(4, 4, 4))
    assert [block.size for block in ops.traced.blocks] == [None, 1, 1]
    moving = [op for op in ops.named("helion.slice") if op.operands[0].owner.name == "helion.tile_begin"]
    assert [str(op.results[0].type) for op in moving] == ["!helion.tile<4>", "!helion.tile<4>"]


def test_an_accumulator_grows_by_broadcasting(trace):
    ops = trace(dot_kernel, torch.randn(4, 32, 32), torch.randn(4, 32, 32))
    loops = ops.named("helion.tile_for")
    assert str(loops[1].results[0].type) == "tensor<?x?x?xf32, #helion.dims<[@b0, @b1, @b2]>>"
    assert ops["helion.dot"] == 1, "what was traced twice is there once"
    assert ops.traced.num_loads == 2
    assert [op.ordinal for op in ops.traced.memory_ops] == [0, 1, 2]


def test_a_gather_names_the_dimensions_of_its_tiles(trace):
    ops = trace(
        quant_dot_kernel, torch.randn(32, 8), torch.zeros(32, dtype=torch.int32), torch.zeros(32, 8, dtype=torch.int32),
        torch.randn(64, 32),
    )  # fmt: skip
    gather = next(op for op in ops.named("helion.load") if "index_dims" in op.attributes)
    assert list(gather.attributes["index_dims"]) == [-1, 1]
    assert str(gather.operands[1].type) == "tensor<8x1xi32>"
    assert ops["arith.shrsi"] == 2


def test_registered_blocks_shifted_tiles_and_runtime_floats(trace):
    args = [torch.empty(2, 4, 1024, 128, dtype=torch.bfloat16) for _ in range(3)]
    ops = trace(subtiled_attention, *args, 0.125)
    assert ops["helion.shift_tile"] == 2
    assert (ops["helion.join"], ops["helion.split"], ops["helion.inline_asm"]) == (1, 1, 2)
    assert [arg.type for arg in ops.traced.args] == ["*bf16", "*bf16", "*bf16", "fp32", "*bf16"]
    assert ops.traced.args[3].expression == "qk_scale"
    assert [(block.ordinal, block.max) for block in ops.traced.blocks] == [(0, 1024), (1, 1024)]
    assert not ops.traced.guards
