# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels in Triton's own language: what its frontend makes of them is the input of the export's tests."""

from __future__ import annotations

import triton
import triton.language as tl
from triton.language.extra import libdevice

CORPUS: dict[str, list[str]] = {}


def _takes(*signature: str):
    def register(function):
        CORPUS[function.__name__] = list(signature)
        return triton.jit(function)

    return register


@_takes("*fp32", "*fp32", "*fp32", "i32")
def vector_add(x_ptr, y_ptr, out_ptr, n):
    offs = tl.program_id(0) * 256 + tl.arange(0, 256)
    mask = offs < n
    x = tl.load(x_ptr + offs, mask=mask)
    y = tl.load(y_ptr + offs, mask=mask, other=0.0, cache_modifier=".cg")
    tl.store(out_ptr + offs, x + y, mask=mask, eviction_policy="evict_first")


@_takes("*bf16", "*bf16", "i64", "i32")
def softmax(x_ptr, out_ptr, stride, n):
    row = tl.program_id(0)
    cols = tl.arange(0, 1024)
    x = tl.load(x_ptr + row * stride + cols, mask=cols < n, other=float("-inf")).to(tl.float32)
    e = tl.exp(x - tl.max(x, 0))
    tl.store(out_ptr + row * stride + cols, (e / tl.sum(e, 0)).to(tl.bfloat16), mask=cols < n)


@_takes("*fp16", "*fp16", "*fp16", "i32", "i32", "i32", "i32", "i32", "i32")
def matmul(a_ptr, b_ptr, c_ptr, m, n, k, lda, ldb, ldc):
    tiles_m = (m + 63) // 64
    pid = tl.program_id(0)
    rows = pid % tiles_m * 64 + tl.arange(0, 64)
    cols = pid // tiles_m * 64 + tl.arange(0, 64)
    inner = tl.arange(0, 32)
    a = a_ptr + rows[:, None] * lda + inner[None, :]
    b = b_ptr + inner[:, None] * ldb + cols[None, :]
    acc = tl.zeros([64, 64], tl.float32)
    for i in tl.range(0, tl.cdiv(k, 32), num_stages=4):
        left = k - i * 32
        x = tl.load(a, mask=inner[None, :] < left, other=0.0)
        y = tl.load(b, mask=inner[:, None] < left, other=0.0)
        acc = tl.dot(x, y, acc)
        a += 32
        b += 32 * ldb
    mask = (rows[:, None] < m) & (cols[None, :] < n)
    tl.store(c_ptr + rows[:, None] * ldc + cols[None, :], acc.to(tl.float16), mask=mask)


@_takes("*fp16", "*fp16", "*fp16", "*fp16", "fp32", "i32")
def attention(q_ptr, k_ptr, v_ptr, o_ptr, scale, n):
    rows = tl.program_id(0) * 64 + tl.arange(0, 64)
    dims = tl.arange(0, 64)
    q = tl.load(q_ptr + rows[:, None] * 64 + dims[None, :])
    m = tl.full([64], float("-inf"), tl.float32)
    total = tl.full([64], 1.0, tl.float32)
    acc = tl.zeros([64, 64], tl.float32)
    for start in range(0, n, 64):
        cols = start + tl.arange(0, 64)
        k = tl.load(k_ptr + cols[None, :] * 64 + dims[:, None])
        qk = tl.where(rows[:, None] >= cols[None, :], tl.dot(q, k) * scale, float("-inf"))
        m_new = tl.maximum(m, tl.max(qk, 1))
        p = tl.exp2(qk - m_new[:, None])
        alpha = tl.exp2(m - m_new)
        total = total * alpha + tl.sum(p, 1)
        v = tl.load(v_ptr + cols[:, None] * 64 + dims[None, :])
        acc = tl.dot(p.to(tl.float16), v, acc * alpha[:, None])
        m = m_new
    tl.store(o_ptr + rows[:, None] * 64 + dims[None, :], (acc / total[:, None]).to(tl.float16))


@_takes("*fp32", "*fp32", "*i32", "*i64")
def reductions(x_ptr, out_ptr, index_ptr, wide_ptr):
    r = tl.arange(0, 32)
    x = tl.load(x_ptr + r[:, None] * 32 + r[None, :])
    tl.store(out_ptr + r, tl.min(x, 1))
    tl.store(out_ptr + r, tl.reduce(x, 0, _nan_max))
    tl.store(index_ptr + r, tl.argmax(x, 1))
    tl.store(index_ptr + r, tl.argmin(x, 0, tie_break_left=False))
    tl.store(wide_ptr + r, tl.sum((x > 0.0).to(tl.int64), 1))
    tl.store(out_ptr + r, tl.sum(tl.cumsum(x, 1), 0))
    tl.store(out_ptr + r, tl.sum(tl.associative_scan(x, 0, _scan_max, reverse=True), 0))
    tl.store(out_ptr, tl.sum(x))
    tl.store(index_ptr + r, tl.xor_sum(x.to(tl.int32), 1))


@triton.jit
def _nan_max(a, b):
    return tl.maximum(a, b, propagate_nan=tl.PropagateNan.ALL)


@triton.jit
def _scan_max(a, b):
    return tl.where(a > b, a, b)


@_takes("*fp32", "*fp16", "*bf16", "*fp64", "*i8", "*u8", "*i32", "*i64", "*fp8e5", "*fp8e4nv")
def casts(f32, f16, bf16, f64, i8, u8, i32, i64, e5, e4):
    r = tl.arange(0, 64)
    x = tl.load(f32 + r)
    tl.store(f16 + r, x.to(tl.float16, fp_downcast_rounding="rtz"))
    tl.store(bf16 + r, tl.maximum(x.to(tl.bfloat16), tl.load(bf16 + r)))
    tl.store(f64 + r, x.to(tl.float64) * 0.1)
    tl.store(i8 + r, x.to(tl.int8))
    tl.store(u8 + r, x.to(tl.uint8))
    tl.store(i32 + r, tl.load(u8 + r).to(tl.int32) + tl.load(i8 + r).to(tl.int32))
    tl.store(i64 + r, x.to(tl.int32, bitcast=True).to(tl.int64))
    tl.store(e5 + r, x.to(tl.float8e5))
    tl.store(e4 + r, x.to(tl.float8e4nv))
    tl.store(f32 + r, tl.load(e4 + r).to(tl.float32) + tl.load(u8 + r).to(tl.float32))
    tl.store(i64 + r, (f32 + r).to(tl.int64))
    tl.store(i8 + r, (tl.load(i8 + r) > 3).to(tl.int8))


@_takes("*i32", "*u32", "i32")
def integers(x_ptr, u_ptr, n):
    r = tl.arange(0, 64)
    x = tl.load(x_ptr + r)
    u = x.to(tl.uint32, bitcast=True)
    tl.store(x_ptr + r, (u >> 3).to(tl.int32, bitcast=True) ^ (x >> 2) & ~x | x << 1)
    tl.store(x_ptr + r, (u // 7).to(tl.int32, bitcast=True) + (u % 5).to(tl.int32, bitcast=True))
    tl.store(x_ptr + r, tl.where(u < 17, x // n, x % n))
    tl.store(x_ptr + r, tl.umulhi(u, u + 1).to(tl.int32, bitcast=True))
    tl.store(x_ptr + r, tl.abs(x) + tl.minimum(x, 3) + tl.maximum(x, n))


@_takes("*fp32", "*fp16", "fp32")
def mathematics(x_ptr, h_ptr, s):
    r = tl.arange(0, 64)
    x = tl.load(x_ptr + r)
    y = tl.exp(x) + tl.exp2(x) - tl.log(x) * tl.log2(x) / tl.sqrt(x) + tl.rsqrt(x)
    z = tl.sin(x) + tl.cos(x) + tl.erf(x) + tl.floor(x) + tl.ceil(x) + tl.abs(x)
    w = tl.fma(x, y, z) + tl.sqrt_rn(x) + tl.div_rn(x, y) + x % 3.0 + tl.clamp(x, -1.0, s)
    tl.store(x_ptr + r, w + libdevice.tanh(x) + libdevice.pow(x, y) + libdevice.rcp_rn(x))
    h = tl.load(h_ptr + r)
    tl.store(h_ptr + r, tl.where(h > h * 2.0, h, 0.5) + tl.where(x == y, 1.0, 0.0).to(tl.float16))
    tl.store(x_ptr, tl.exp2(s) * 1.0e-30 + 3.4e38)


@_takes("*i32", "*fp32", "i32")
def control_flow(x_ptr, f_ptr, n):
    total = 0
    best = 0.0
    for i in range(n):
        value = tl.load(x_ptr + i)
        if value > 7:
            total += value
            best = tl.load(f_ptr + i)
        else:
            total -= 1
        for j in tl.range(i, n, 2, loop_unroll_factor=1):
            total = total * 3 + j
    while total > n:
        total = total // 2
    while tl.atomic_cas(x_ptr, 0, 1) == 1:
        pass
    if n == 3:
        tl.store(x_ptr, total)
    tl.store(f_ptr, best)


@_takes("*i32", "*fp32", "*u32", "i32")
def atomics(x_ptr, f_ptr, u_ptr, n):
    r = tl.arange(0, 64)
    mask = r < n
    old = tl.atomic_add(x_ptr + r, 1, mask=mask, sem="relaxed")
    tl.atomic_add(f_ptr + r, old.to(tl.float32), mask=mask, scope="cta")
    tl.atomic_max(x_ptr + r, old)
    tl.atomic_min(u_ptr + r, old.to(tl.uint32, bitcast=True), mask=mask)
    tl.atomic_max(f_ptr + r, old.to(tl.float32), mask=mask)
    tl.atomic_xchg(x_ptr + r, tl.atomic_cas(x_ptr + r, old, old + 1), mask=mask)


@_takes("*fp32", "*fp32")
def shapes(x_ptr, out_ptr):
    r = tl.arange(0, 32)
    x = tl.load(x_ptr + r[:, None] * 32 + r[None, :])
    tl.store(out_ptr + r[:, None] * 32 + r[None, :], tl.trans(x))
    y = tl.permute(tl.reshape(x, [32, 2, 16]), [2, 0, 1])
    tl.store(out_ptr + tl.arange(0, 1024), tl.reshape(y, [1024]))
    left, right = tl.split(tl.join(x, x + 1.0))
    tl.store(out_ptr + r[:, None] * 32 + r[None, :], left * right)
    tl.store(out_ptr + tl.arange(0, 64), tl.cat(r, r, can_reorder=True).to(tl.float32))
    tl.store(out_ptr + r[:, None] * 32 + r[None, :], tl.gather(x, (r[:, None] + r[None, :]) % 32, 1))
    tl.store(out_ptr + r, tl.histogram(r, 32).to(tl.float32))


@_takes("*fp16", "*fp16", "i32", "i32")
def descriptors(x_ptr, out_ptr, m, n):
    x = tl.make_tensor_descriptor(x_ptr, [m, n], [n, 1], [64, 64])
    out = tl.make_tensor_descriptor(out_ptr, [m, n], [n, 1], [64, 64], padding_option="nan")
    for i in range(0, n, 64):
        block = x.load([tl.program_id(0) * 64, i])
        out.store([tl.program_id(0) * 64, i], block)
        out.atomic_add([0, i], block)


@_takes("tensordesc<fp16[64, 64]>", "tensordesc<fp16[64, 64]>", "i32")
def host_descriptors(x, out, n):
    for i in tl.range(0, n, warp_specialize=True, flatten=True):
        out.store([0, i * 64], x.load([0, i * 64]))


@_takes("*u8", "*u8", "*u8", "*u8", "*fp32")
def scaled_dot(a_ptr, b_ptr, sa_ptr, sb_ptr, out_ptr):
    r = tl.arange(0, 128)
    k = tl.arange(0, 64)
    s = tl.arange(0, 4)
    a = tl.load(a_ptr + r[:, None] * 64 + k[None, :])
    b = tl.load(b_ptr + k[:, None] * 128 + r[None, :])
    sa = tl.load(sa_ptr + r[:, None] * 4 + s[None, :])
    sb = tl.load(sb_ptr + r[:, None] * 4 + s[None, :])
    tl.store(out_ptr + r[:, None] * 128 + r[None, :], tl.dot_scaled(a, sa, "e2m1", b, sb, "e2m1"))


@_takes("*fp8e5", "*fp32", "*fp16", "*fp64", "*i8", "*i32")
def dots(x_ptr, f_ptr, h_ptr, d_ptr, i_ptr, out_ptr):
    r = tl.arange(0, 64)
    offs = r[:, None] * 64 + r[None, :]
    x = tl.load(x_ptr + offs)
    f = tl.load(f_ptr + offs)
    h = tl.load(h_ptr + offs)
    d = tl.load(d_ptr + offs)
    i = tl.load(i_ptr + offs)
    acc = tl.dot(f, f, tl.dot(x, x, max_num_imprecise_acc=32), input_precision="tf32x3")
    tl.store(f_ptr + offs, tl.dot(f, f, acc, input_precision="ieee"))
    tl.store(h_ptr + offs, tl.dot(h, h, out_dtype=tl.float16))
    tl.store(d_ptr + offs, tl.dot(d, d, out_dtype=tl.float64))
    tl.store(out_ptr + offs, tl.dot(i, i))


@_takes("*fp32", "*i32")
def assembly(x_ptr, i_ptr):
    r = tl.arange(0, 64)
    x = tl.load(x_ptr + r)
    y = tl.inline_asm_elementwise("tanh.approx.f32 $0, $1;", "=f,f", [x], dtype=tl.float32, is_pure=True, pack=1)
    tl.store(x_ptr + r, y)
    low, high = tl.inline_asm_elementwise(
        "{ mov.u32 $0, $2; add.u32 $1, $2, $3; }",
        "=r,=r,r,r",
        [r, r],
        dtype=(tl.int32, tl.int32),
        is_pure=False,
        pack=1,
    )
    tl.store(i_ptr + r, low + high)
    tl.device_print("y", y, r)
