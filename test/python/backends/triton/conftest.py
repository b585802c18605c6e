# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sample kernels, and a Triton cache that no other run has filled."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from helion.backends.triton import CompiledTTIR, Target, compile_ttir, ttir_dialect

CORPUS = Path(__file__).parent / "ttir"


@dataclass(frozen=True)
class Sample:
    text: str
    name: str
    signature: tuple[str, ...]
    options: dict[str, object]

    def compile(self, target: str, **options: object) -> CompiledTTIR:
        return compile_ttir(
            self.text,
            name=self.name,
            signature=self.signature,
            target=Target.parse(target),
            options=self.options | options,
        )


def load_sample(stem: str) -> Sample:
    described = json.loads((CORPUS / f"{stem}.json").read_text())
    text = (CORPUS / f"{stem}.ttir").read_text()
    return Sample(text, described["name"], tuple(described["signature"]), described["options"])


@pytest.fixture(autouse=True)
def _private_triton_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "triton-cache"))


@pytest.fixture
def vector_add() -> Sample:
    return load_sample("vector_add")


@pytest.fixture
def matmul() -> Sample:
    return load_sample("matmul")


@pytest.fixture
def descriptor_copy() -> Sample:
    dialect = ttir_dialect()
    flavour = "cache-policy" if dialect.cache_policy_attr else "bare-desc" if dialect.bare_tensordesc else "tensor-desc"
    return load_sample(f"{flavour}/descriptor_copy")
