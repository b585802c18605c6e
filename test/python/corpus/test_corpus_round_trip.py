# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The readable Triton source of every kernel of the corpus is the same program as its TTIR.

Triton's own frontend compiles the source; both modules then go through Triton's canonicalizer and CSE, and their
dataflow graphs are compared. What may differ, and why, stands by name in `ttir_graph.ACCEPTED`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kernel_corpus import CORPUS
from triton.backends.compiler import GPUTarget
from triton_frontend import canonical, from_source
from ttir_graph import ACCEPTED, compare

from helion.backends.triton import Target

# The differences that each kernel is known to have; any other is a failure.
DIFFERENCES: dict[str, set[str]] = {
    "atomic_doubles": {"nan-test"},
    "atomic_floats": {"nan-test"},
    "booleans": {"negative-zero"},
    "compare_to_mask": {"nan-test"},
    "extrema": {"nan-test"},
    "lock": {"true-mask"},
    "smooth_functions": {"negative-zero"},
    "smooth_functions_half": {"negative-zero"},
    "sum_by_atomics": {"true-mask"},
}


@pytest.mark.parametrize(
    ("target", "gpu"),
    [("sm_90", GPUTarget("cuda", 90, 32)), ("gfx942", GPUTarget("hip", "gfx942", 64))],
    ids=["sm_90", "gfx942"],
)
@pytest.mark.parametrize("name", CORPUS)
def test_triton_source_is_the_same_program(name: str, target: str, gpu: GPUTarget) -> None:
    entry = CORPUS[name]
    if entry.not_exported:
        pytest.skip(entry.not_exported)
    lowered = entry.lower(Target.parse(target))
    source = entry.triton_source(Target.parse(target))
    # Triton's frontend takes a pointer to booleans for one to bytes when it loads from it; our TTIR does at once.
    signature = [kind.replace("*i1", "*i8") for kind in lowered.signature]
    result = compare(canonical(lowered.ttir, gpu), from_source(source, lowered.name, signature, gpu))
    assert result.equal, result.mismatch
    assert result.accepted <= ACCEPTED.keys()
    assert result.accepted == DIFFERENCES.get(name, set())
