# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Advanced controls: what ptxas is called with, and files and GPUs that they cannot be for."""

from __future__ import annotations

import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest
import torch

import helion
from benchmarks import helion_kernels
from helion import exc
from helion.autotuner.config_space import ConfigSpace
from helion.backends.triton import Target, compile_ttir
from helion.backends.triton.ptxas import controls_digest, with_controls

if TYPE_CHECKING:
    from pathlib import Path

TARGET = Target.parse("sm_90")

# Notes how it is called, then does what ptxas does without controls, whose format is NVIDIA's secret.
PTXAS = """#!{python}
import subprocess, sys
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
plain = [each for each in sys.argv[1:] if not each.startswith("--apply-controls=")]
sys.exit(subprocess.run([{ptxas!r}, *plain]).returncode)
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that gets a line for each call of ptxas; Triton's cache is empty."""
    from triton import knobs

    log, tool = tmp_path / "calls", tmp_path / "ptxas"
    tool.write_text(PTXAS.format(python=sys.executable, log=str(log), ptxas=knobs.nvidia.ptxas.path))
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("TRITON_PTXAS_PATH", str(tool))
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "cache"))
    return log


def _bound() -> Any:
    x = torch.empty(64, 64)
    return helion.kernel(helion_kernels.add.fn, autotune_effort="none").bind((x, x))


def _compiled(**config: Any) -> Any:
    return _bound().compile(helion.Config(block_sizes=[16, 16], **config), target="sm_90")


def _compilations(calls: Path) -> list[str]:
    return [line for line in calls.read_text().splitlines() if "--version" not in line]


@pytest.mark.evidence("advanced_controls_file")
def test_ptxas_gets_the_file(calls: Path, tmp_path: Path) -> None:
    controls = tmp_path / "fast.acf"
    controls.write_text("one")
    assert _compiled().asm["cubin"]
    assert "--apply-controls" not in _compilations(calls)[-1]
    compiled = _compiled(advanced_controls_file=str(controls))
    assert f"--apply-controls={controls}" in _compilations(calls)[-1].split(" ")
    assert compiled.metadata.ptx_options == f"--apply-controls={controls}"
    count = len(_compilations(calls))
    _compiled(advanced_controls_file=str(controls))
    assert len(_compilations(calls)) == count, "Triton's cache knows it"
    controls.write_text("two")
    _compiled(advanced_controls_file=str(controls))
    assert len(_compilations(calls)) == count + 1, "another content is another binary"


def test_ptxas_refuses_what_is_no_controls_file(tmp_path: Path) -> None:
    controls = tmp_path / "none.acf"
    controls.write_text("nothing of the kind")
    with pytest.raises(exc.TritonError, match="not in expected format"):
        _compiled(advanced_controls_file=str(controls))


@pytest.mark.parametrize("value", ["/nowhere/at_all.acf", "a blank.acf", 3])
def test_files_that_are_not_there(value: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a blank.acf").touch()
    with pytest.raises(exc.InvalidConfig, match="advanced_controls_file does not take this value") as caught:
        _bound().config_spec.normalize({"block_sizes": [16, 16], "advanced_controls_file": value})
    assert "the path of a file" in str(caught.value) and repr(value) in str(caught.value)


def test_amd_has_no_ptxas(tmp_path: Path) -> None:
    controls = tmp_path / "some.acf"
    controls.touch()
    config = helion.Config(block_sizes=[16, 16], advanced_controls_file=str(controls))
    with pytest.raises(exc.InvalidConfig, match="advanced_controls_file is for NVIDIA's ptxas, but gfx942"):
        _bound().compile(config, target="gfx942")


def test_options_add_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert with_controls("-O1", "/a.acf", TARGET) == "-O1 --apply-controls=/a.acf"
    assert with_controls("", "b.acf", TARGET) == f"--apply-controls={tmp_path}/b.acf"
    (tmp_path / "b.acf").write_text("one")
    one = controls_digest({"ptx_options": f"-O1 --apply-controls={tmp_path}/b.acf"})
    (tmp_path / "b.acf").write_text("two")
    assert one and one != controls_digest({"ptx_options": f"--apply-controls={tmp_path}/b.acf"})
    assert controls_digest({"ptx_options": "-O1"}) == controls_digest({}) == ""


def test_searches_try_the_files_that_they_are_given(tmp_path: Path) -> None:
    controls = tmp_path / "some.acf"
    controls.touch()
    spec = _bound().config_spec
    assert "advanced_controls_file" not in ConfigSpace(spec, TARGET).singles
    assert "advanced_controls_file" not in ConfigSpace(spec, Target.parse("gfx950"), [str(controls)]).singles
    space = ConfigSpace(spec, TARGET, [str(controls)])
    tried = {each.get("advanced_controls_file", "") for each in space.neighbours({"block_sizes": [16, 16]})}
    assert tried == {"", str(controls)}


def test_compile_takes_the_option_as_it_is(calls: Path) -> None:
    text = "module { tt.func public @k() attributes {noinline = false} { tt.return } }"
    compile_ttir(text, name="k", signature=(), target=TARGET, options={"ptx_options": "-O1"})
    assert " -O1 " in _compilations(calls)[-1]
