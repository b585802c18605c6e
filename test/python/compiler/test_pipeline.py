# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Preparing and lowering from Python: clones, threads, diagnostics, source locations."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
import torch

import helion
from examples.attention import attention
from helion import compiler, exc
from helion.backends.triton import Target, ttir_dialect

if TYPE_CHECKING:
    from helion.runtime.bound_kernel import BoundKernel

SM_90 = Target.parse("sm_90")


@pytest.fixture(scope="module")
def bound() -> BoundKernel:
    q, k, v = (torch.empty(1, 2, 256, 64, dtype=torch.bfloat16) for _ in range(3))
    return helion.kernel(attention.fn, static_shapes=True, autotune_effort="none").bind((q, k, v))


def configurations(bound: BoundKernel) -> list[dict[str, Any]]:
    return [
        bound.config_spec.normalize(
            {"block_sizes": [b, m, n], "num_warps": warps, "num_stages": stages, "indexing": indexing}
        )
        for b, m, n, warps, stages, indexing in itertools.product(
            (1, 2), (32, 64), (32, 64), (4, 8), (2, 3), ("pointer", "tensor_descriptor")
        )
    ]


def test_threads_lower_one_prepared_module_as_one_thread_does(bound: BoundKernel) -> None:
    prepared = bound.compilation.prepared
    before = str(prepared)
    configs = configurations(bound)

    def lower(config: dict[str, Any]) -> str:
        return compiler.lower(prepared, config, SM_90, ttir_dialect()).ttir

    alone = [lower(config) for config in configs]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lower, configs * 3))
    assert together == alone * 3
    assert str(prepared) == before
    assert len(set(alone)) > len(configs) // 4


def test_remarks_stay_with_the_thread_that_caused_them(bound: BoundKernel) -> None:
    prepared = bound.compilation.prepared
    quiet = bound.config_spec.normalize({"block_sizes": [1, 64, 64], "indexing": "pointer"})
    # A block of two batches makes the descriptors illegal for nobody, a target without the unit for all.
    loud = bound.config_spec.normalize({"block_sizes": [1, 64, 64], "indexing": "tensor_descriptor"})
    gfx942 = Target.parse("gfx942")

    def remarks(config: dict[str, Any]) -> int:
        return len(compiler.lower(prepared, config, gfx942, ttir_dialect()).remarks)

    with ThreadPoolExecutor(8) as pool:
        counts = list(pool.map(remarks, [quiet, loud] * 40))
    assert set(counts[0::2]) == {0}
    assert set(counts[1::2]) == {4}


def test_text_for_triton_names_the_users_lines(bound: BoundKernel) -> None:
    config = bound.config_spec.normalize({"block_sizes": [1, 64, 64]})
    lowered = compiler.lower(bound.compilation.prepared, config, SM_90, ttir_dialect())
    assert "attention.py" in lowered.ttir
    assert "loc(" not in bound.to_mlir(config, stage="ttir")


def test_a_configuration_of_the_wrong_length_is_refused_by_name(bound: BoundKernel) -> None:
    with pytest.raises(exc.LoweringError, match="expects 3 block sizes in the configuration but got 1"):
        compiler.lower(bound.compilation.prepared, {"block_sizes": [64]}, SM_90, ttir_dialect())


def test_misaligned_arguments_lose_their_promise(bound: BoundKernel) -> None:
    config = bound.config_spec.normalize({"block_sizes": [1, 64, 64]})
    prepared = bound.compilation.prepared
    aligned = compiler.lower(prepared, config, SM_90, ttir_dialect()).ttir
    shifted = compiler.lower(prepared, config, SM_90, ttir_dialect(), misaligned=(1,)).ttir
    assert aligned.count("tt.divisibility") == 4
    assert shifted.count("tt.divisibility") == 3
