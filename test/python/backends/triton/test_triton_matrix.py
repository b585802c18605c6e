# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tools/triton_matrix.py, with the environment of these tests in the place of one that it builds."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest

from helion.backends.triton import triton_version

CORPUS = Path(__file__).parent / "ttir"
TOOL = Path(__file__).resolve().parents[4] / "tools" / "triton_matrix.py"
RELEASE = ".".join(map(str, triton_version()))


@pytest.fixture
def matrix(monkeypatch):
    spec = importlib.util.spec_from_file_location("triton_matrix", TOOL)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "triton_matrix", module)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "environment", lambda _release, _cache: Path(sys.executable))
    return module


def run(matrix, corpus, tmp_path, *more):
    report = tmp_path / "report.json"
    paths = ["--corpus", str(corpus), "--cache", str(tmp_path), "--json", str(report)]
    status = matrix.main([*paths, "--triton", RELEASE, "--jobs", "1", *more])
    return status, json.loads(report.read_text())


def test_every_release_reads_the_flavour_that_the_package_writes_for_it(matrix):
    assert [matrix.flavour_of(release) for release in matrix.RELEASES] == [
        "tensor-desc",
        "tensor-desc",
        "tensor-desc",
        "bare-desc",
        "cache-policy",
    ]


def test_the_corpus_is_compiled_and_tabulated(matrix, tmp_path, capsys):
    status, outcomes = run(matrix, CORPUS, tmp_path, "--target", "sm_90")
    assert status == 0
    assert {outcome["case"] for outcome in outcomes} == {
        "matmul",
        "vector_add",
        f"{matrix.flavour_of(RELEASE)}/descriptor_copy",
    }
    assert all(outcome["status"] == "ok" and outcome["metadata"]["num_warps"] == 4 for outcome in outcomes)
    assert "3/3" in capsys.readouterr().out


def test_refusals_and_crashes_are_results(matrix, tmp_path, capsys, monkeypatch):
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    sidecar = json.dumps({"name": "k", "signature": [], "targets": ["sm_90"]})
    for stem in ("refused", "crashed"):
        (corpus / f"{stem}.ttir").write_text(f"module {{ tt.func public @k() {{ tt.{stem}  tt.return }} }}")
        (corpus / f"{stem}.json").write_text(sidecar)
    # An abort in the child stands for an assertion of Triton's.
    read, aborting = "job = json.load(sys.stdin)", 'import os; "tt.crashed" in job["text"] and os.abort()'
    monkeypatch.setattr(matrix, "_WORKER", matrix._WORKER.replace(read, f"{read}\n{aborting}"))
    status, outcomes = run(matrix, corpus, tmp_path)
    assert status == 1
    statuses = {outcome["case"]: outcome["status"] for outcome in outcomes}
    assert statuses == {"refused": "refused", "crashed": "crashed"}
    assert "custom op 'tt.refused' is unknown" in capsys.readouterr().out


def test_a_file_without_a_sidecar_is_an_error(matrix, tmp_path):
    (tmp_path / "lonely.ttir").write_text("module {}")
    with pytest.raises(SystemExit, match="sidecar"):
        matrix.load_corpus(tmp_path)
