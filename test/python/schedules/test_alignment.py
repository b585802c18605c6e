# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dynamic shapes: vector and descriptor accesses where rows are multiples of 16, right results where they are not."""

from __future__ import annotations

import re

import pytest
import torch

import helion
import helion.language as hl
from helion.testing import check

TILES = {"block_sizes": [16, 32]}


@helion.kernel(static_shapes=False, autotune_effort="none")
def shifted(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for i, j in hl.tile(x.size()):
        out[i, j] = x[i, j] + 1
    return out


def _widths(compiled) -> set[str]:
    return set(re.findall(r"(?:ld|st)\.global(?:\.v\d)?\.b\d+", compiled.asm["ptx"]))


def test_rows_of_dynamic_length_are_read_in_vectors() -> None:
    bound = shifted.bind((torch.empty(64, 96),))
    assert _widths(bound.compile(TILES, target="sm_90")) == {"ld.global.v4.b32", "st.global.v4.b32"}
    config, target = bound.config_spec.normalize(TILES), bound.target
    # Nothing is known of the length of a row, then.
    (length,) = bound.compilation.prepared.aligned
    assert _widths(bound.compilation.compile(config, target, frozenset({length}))) == {"ld.global.b32", "st.global.b32"}


def test_descriptors_of_tensors_with_dynamic_shapes() -> None:
    bound = shifted.bind((torch.empty(64, 96),))
    compiled = bound.compile({**TILES, "indexing": "tensor_descriptor"}, target="sm_90")
    assert compiled.asm["ptx"].count("cp.async.bulk.tensor") == 2
    assert not bound.remarks


@pytest.mark.parametrize("indexing", ["pointer", "tensor_descriptor"])
def test_any_length_is_right(indexing: str, device: str) -> None:
    for shape in ((64, 96), (33, 80), (40, 50), (7, 7), (1, 3)):
        check(shifted, (torch.randn(shape),), lambda x: x + 1, device=device, config={**TILES, "indexing": indexing})
    x = torch.randn(40, 100)[:, 3:67]
    check(shifted, (x,), lambda x: x + 1, device=device, config={**TILES, "indexing": indexing})
