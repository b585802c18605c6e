# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Importing the package is cheap, and two distributions that claim its name are noticed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import helion
from helion import _distribution

PACKAGE_ROOT = str(Path(helion.__file__).resolve().parent.parent)
IMPORT_BUDGET_MS = 60

PROBE = """
import json, sys, time
import torch
before = set(sys.modules)
start = time.process_time()
import helion
elapsed = (time.process_time() - start) * 1e3
print(json.dumps({"ms": elapsed, "modules": sorted(set(sys.modules) - before)}))
"""


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> list[dict]:
    env = {**os.environ, "PYTHONPATH": PACKAGE_ROOT, "PYTHONPYCACHEPREFIX": str(tmp_path_factory.mktemp("pyc"))}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    # The first run writes bytecode, as installing a wheel does.
    return [json.loads(subprocess.check_output([sys.executable, "-c", PROBE], env=env)) for _ in range(4)][1:]


def test_import_adds_little_to_torch(probes: list[dict]) -> None:
    assert min(probe["ms"] for probe in probes) < IMPORT_BUDGET_MS


def test_import_loads_neither_triton_nor_the_compiler(probes: list[dict]) -> None:
    heavy = ("triton", "helion._mlir", "helion.frontend", "helion.compiler", "helion.backends")
    assert [name for name in probes[0]["modules"] if name.startswith(heavy)] == []


def test_public_names() -> None:
    for name in ("kernel", "jit", "Config", "Settings", "exc", "language", "__version__"):
        assert hasattr(helion, name)


def test_a_second_distribution_is_reported(tmp_path: Path) -> None:
    (tmp_path / "helion_mlir-0.1.0.dist-info").mkdir()
    assert _distribution.conflicting_distribution(tmp_path) is None
    assert _distribution.installed_version(tmp_path) == "0.1.0"
    (tmp_path / "helion-1.5.1.dist-info").mkdir()
    with pytest.warns(RuntimeWarning, match=r"(?s)helion-1\.5\.1.*pip uninstall"):
        _distribution.check_single_distribution(tmp_path)
