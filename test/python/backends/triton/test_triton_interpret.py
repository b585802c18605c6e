# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from helion import exc
from helion.backends.triton import InterpretedKernel
from helion.backends.triton.interpreter_fixes import bfloat16_to_float32, float32_to_bfloat16

pytestmark = pytest.mark.filterwarnings("error")

HEAD = """import triton
import triton.language as tl

@triton.jit
def _combine_sum(a, b):
    return a + b

@triton.jit
def _combine_max(a, b):
    return tl.maximum(a, b)

@triton.jit
def _combine_argmax(a, i, b, j):
    take = a >= b
    return tl.where(take, a, b), tl.where(take, i, j)

@triton.jit
def _combine_last(a, b):
    return b
"""

ADD = (
    HEAD
    + """
@triton.jit
def add(x_ptr, y_ptr, z_ptr, n):
    index = tl.program_id(0) * 32 + tl.arange(0, 32)
    x = tl.load(x_ptr + index, mask=index < n, other=0.0)
    y = tl.load(y_ptr + index, mask=index < n, other=0.0)
    tl.store(z_ptr + index, x + y, mask=index < n)
"""
)

SOFTMAX = (
    HEAD
    + """
@triton.jit
def softmax(x_ptr, y_ptr, n):
    row = tl.program_id(0)
    column = tl.arange(0, 128)
    x = tl.load(x_ptr + row * n + column, mask=column < n, other=float("-inf")).to(tl.float32)
    largest = tl.reduce(x, 0, _combine_max)
    e = tl.exp2((x - largest) * 1.4426950408889634)
    y = e / tl.reduce(e, 0, _combine_sum)
    tl.store(y_ptr + row * n + column, y.to(tl.bfloat16), mask=column < n)
"""
)

MATMUL = (
    HEAD
    + """
@triton.jit
def matmul(a_ptr, b_ptr, c_ptr, n, k):
    row = tl.program_id(0) * 32 + tl.arange(0, 32)
    column = tl.program_id(1) * 32 + tl.arange(0, 32)
    inner = tl.arange(0, 32)
    total = tl.full([32, 32], 0.0, tl.float32)
    for start in tl.range(0, k, 32, num_stages=3):
        a = tl.load(a_ptr + row[:, None] * k + (start + inner)[None, :])
        b = tl.load(b_ptr + (start + inner)[:, None] * n + column[None, :])
        total = tl.dot(a, b, total)
    tl.store(c_ptr + row[:, None] * n + column[None, :], total.to(tl.bfloat16))
"""
)

REDUCE = (
    HEAD
    + """
@triton.jit
def reduce(x_ptr, sum_ptr, index_ptr, scan_ptr, last_ptr, whole_ptr):
    row = tl.arange(0, 16)
    index = row[:, None] * 8 + tl.arange(0, 8)[None, :]
    x = tl.load(x_ptr + index)
    tl.store(sum_ptr + row, tl.reduce(tl.reduce(x, 1, _combine_sum, keep_dims=True), 1, _combine_sum))
    _, where = tl.reduce((x, tl.broadcast_to(tl.arange(0, 8)[None, :], [16, 8])), 1, _combine_argmax)
    tl.store(index_ptr + row, where)
    tl.store(scan_ptr + index, tl.associative_scan(x, 1, _combine_sum))
    tl.store(last_ptr + row, tl.reduce(x, 1, _combine_last))
    tl.store(whole_ptr, tl.reduce(x, None, _combine_sum))
"""
)


def test_a_ragged_elementwise_kernel_is_right():
    x, y = torch.randn(100), torch.randn(100)
    z = torch.full((128,), 7.0)
    InterpretedKernel(ADD, "add").run((4,), x, y, z, 100)
    torch.testing.assert_close(z[:100], x + y)
    assert (z[100:] == 7).all()


def test_bfloat16_arithmetic_is_done_on_values_and_not_on_bits():
    x, y = torch.randn(64).bfloat16(), torch.randn(64).bfloat16()
    z = torch.empty_like(x)
    InterpretedKernel(ADD, "add").run((2,), x, y, z, 64)
    assert torch.equal(z, x + y)


def test_softmax_with_combine_functions_is_right():
    x = torch.randn(5, 100).bfloat16()
    y = torch.empty_like(x)
    InterpretedKernel(SOFTMAX, "softmax").run((5,), x, y, 100)
    torch.testing.assert_close(y, torch.softmax(x.float(), -1).bfloat16(), rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_a_matrix_product_is_right(dtype):
    a, b = torch.randn(64, 96).to(dtype), torch.randn(96, 32).to(dtype)
    c = torch.empty(64, 32, dtype=torch.bfloat16)
    InterpretedKernel(MATMUL, "matmul").run((2, 1), a, b, c, 32, 96)
    torch.testing.assert_close(c, (a.float() @ b.float()).bfloat16(), rtol=1e-2, atol=1e-2)


def test_reductions_and_scans_follow_their_combine_function():
    x = torch.randn(16, 8)
    total, last, whole = torch.empty(16), torch.empty(16), torch.empty(1)
    where = torch.empty(16, dtype=torch.int32)
    scan = torch.empty_like(x)
    InterpretedKernel(REDUCE, "reduce").run((1,), x, total, where, scan, last, whole)
    torch.testing.assert_close(total, x.sum(1))
    assert torch.equal(where.long(), x.argmax(1))
    torch.testing.assert_close(scan, x.cumsum(1))
    assert torch.equal(last, x[:, -1])
    torch.testing.assert_close(whole[0], x.sum())


def test_an_empty_grid_runs_nothing():
    z = torch.full((4,), 7.0)
    InterpretedKernel(ADD, "add").run((0,), z, z, z, 4)
    assert (z == 7).all()


def test_non_contiguous_tensors_are_written_in_place():
    base = torch.zeros(64)
    InterpretedKernel(ADD, "add").run((1,), torch.ones(32), torch.ones(32), base[32:], 32)
    assert base[:32].sum() == 0
    assert (base[32:] == 2).all()


def test_compiling_goes_on_before_and_after_interpreting(vector_add, tmp_path):
    """Both TTIR text and Triton's own frontend, which the interpreter patches while it runs."""
    from triton import compile as triton_compile
    from triton.compiler.compiler import ASTSource

    from helion.backends.triton import Target

    path = tmp_path / "emitted.py"
    path.write_text(SOFTMAX)
    spec = importlib.util.spec_from_file_location("emitted", path)
    emitted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(emitted)
    signature = {"x_ptr": "*bf16", "y_ptr": "*bf16", "n": "i32"}
    target = Target.parse("sm_90").gpu_target()

    def compile_both(num_warps):
        text = vector_add.compile("sm_90", num_warps=num_warps)
        source = triton_compile(
            ASTSource(emitted.softmax, signature),
            target=target,
            options={"num_warps": num_warps, "enable_fp_fusion": True},
        )
        return text.metadata.num_warps, source.metadata.num_warps

    assert compile_both(1) == (1, 1)
    x = torch.randn(2, 100).bfloat16()
    InterpretedKernel(SOFTMAX, "softmax").run((2,), x, torch.empty_like(x), 100)
    assert compile_both(2) == (2, 2)


def test_interpreting_first_and_compiling_after_works_with_triton_interpret_set(tmp_path):
    code = f"""
import torch
from helion.backends.triton import InterpretedKernel, Target, compile_ttir
x = torch.ones(32)
z = torch.empty(32)
InterpretedKernel({ADD!r}, "add").run((1,), x, x, z, 32)
assert (z == 2).all()
text = "module {{ tt.func public @k(%p: !tt.ptr<i32>, %n: i32) {{ tt.store %p, %n : !tt.ptr<i32>  tt.return }} }}"
assert compile_ttir(text, name="k", signature=["*i32", "i32"], target=Target.parse("sm_90")).asm["cubin"]
"""
    environ = os.environ | {"TRITON_INTERPRET": "1", "TRITON_CACHE_DIR": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environ)


def test_a_failure_shows_the_line_of_the_emitted_source():
    kernel = InterpretedKernel(ADD.replace("x + y", "x + missing"), "add")
    x = torch.ones(32)
    with pytest.raises(exc.TritonError, match="name 'missing' is not defined") as caught:
        kernel.run((1,), x, x, x, 32)
    assert "tl.store(z_ptr + index, x + missing" in str(caught.value)


def test_a_failure_leaves_the_language_as_it_was():
    from triton import language as tl

    before = (tl.load, tl.reduce, tl.range)
    kernel = InterpretedKernel(ADD.replace("x + y", "x + missing"), "add")
    x = torch.ones(32)
    with pytest.raises(exc.TritonError):
        kernel.run((1,), x, x, x, 32)
    assert (tl.load, tl.reduce, tl.range) == before


def test_source_without_the_kernel_is_refused():
    with pytest.raises(exc.TritonError, match="no kernel 'missing'"):
        InterpretedKernel(ADD, "missing")


def test_source_that_does_not_execute_is_refused():
    with pytest.raises(exc.TritonError, match="NameError"):
        InterpretedKernel("undefined\n", "k")


def test_float32_rounds_to_bfloat16_as_torch_does():
    generator = np.random.default_rng(0)
    bits = generator.integers(0, 2**32, 100_000, dtype=np.uint32)
    special = np.array([0, 1, 0x7F7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0x3F808000, 0x3F818000], dtype=np.uint32)
    values = np.concatenate([bits, special]).view(np.float32)
    expected = torch.from_numpy(values).bfloat16()
    found = torch.from_numpy(float32_to_bfloat16(values).view(np.int16)).view(torch.bfloat16)
    assert torch.equal(found.isnan(), expected.isnan())
    assert torch.equal(found[~found.isnan()], expected[~expected.isnan()])


def test_bfloat16_widens_exactly():
    every = np.arange(2**16, dtype=np.uint16)
    expected = torch.from_numpy(every.view(np.int16)).view(torch.bfloat16).float()
    found = torch.from_numpy(bfloat16_to_float32(every))
    assert torch.equal(found.view(torch.int32), expected.view(torch.int32))
