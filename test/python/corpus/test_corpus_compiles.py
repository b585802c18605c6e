# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every kernel of the corpus goes through Triton for every target, without a GPU."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(_ROOT / "test" / "python" / "support"))

from kernel_corpus import CORPUS, TARGETS

from helion import exc
from helion.backends.triton import Target, compile_ttir

# Half a second each on some targets; what the others of the same shape show is the same.
_MORE_ATTENTION = {"attention_fp16_128", "attention_fp16_64", "attention_descriptor_64", "attention_bf16_64"}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name in _MORE_ATTENTION)) for name in CORPUS]
)
def test_kernel_compiles(name: str, target: str) -> None:
    lowered = CORPUS[name].lower(Target.parse(target))

    def compile_it():
        return compile_ttir(
            lowered.ttir,
            name=lowered.name,
            signature=lowered.signature,
            target=Target.parse(target),
            options=lowered.options,
        )

    if target in CORPUS[name].broken:
        with pytest.raises(exc.TritonError):
            compile_it()
        return
    compiled = compile_it()
    binary = "cubin" if target.startswith("sm_") else "hsaco"
    assert compiled.asm[binary].startswith(b"\x7fELF")


def test_a_corpus_is_written_for_the_matrix_of_releases(tmp_path: Path) -> None:
    command = [sys.executable, _ROOT / "tools" / "write_corpus.py", tmp_path, "-k", "add_cache_hints|matmul_descriptor"]
    subprocess.run(command, check=True, capture_output=True)
    sys.path.insert(0, str(_ROOT / "tools"))
    from triton_matrix import FLAVOURS, load_corpus

    cases = load_corpus(tmp_path)
    for kernel in ("add_cache_hints", "matmul_descriptor"):
        mine = [case for case in cases if case.path.stem.startswith(kernel)]
        for flavour in FLAVOURS:
            targets = [target for case in mine if case.flavour == flavour for target in case.targets]
            assert sorted(targets) == sorted(TARGETS)
    texts = {case.flavour: case.path.read_text() for case in cases if case.path.stem == "add_cache_hints-sm_90"}
    assert "#tt.cache_policy" in texts["cache-policy"] and "evictionPolicy" in texts["tensor-desc"]
    texts = {case.flavour: case.path.read_text() for case in cases if case.path.stem == "matmul_descriptor-sm_90"}
    assert "!tt.tensordesc<tensor<" in texts["tensor-desc"] and "!tt.tensordesc<tensor<" not in texts["bare-desc"]
