# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

import pickle
import subprocess
import sys

import pytest

from helion import exc
from helion.backends.triton import Target, current_target
from helion.backends.triton.targets import known_targets


@pytest.mark.parametrize(
    ("name", "backend", "arch", "warp_size"),
    [
        ("sm_80", "cuda", 80, 32),
        ("sm_90", "cuda", 90, 32),
        ("sm_100", "cuda", 100, 32),
        ("sm_120", "cuda", 120, 32),
        ("gfx942", "hip", "gfx942", 64),
        ("gfx950", "hip", "gfx950", 64),
    ],
)
def test_a_known_name_gives_what_triton_wants(name, backend, arch, warp_size):
    target = Target.parse(name)
    assert (target.name, target.backend, target.arch, target.warp_size) == (name, backend, arch, warp_size)
    gpu_target = target.gpu_target()
    assert (gpu_target.backend, gpu_target.arch, gpu_target.warp_size) == (backend, arch, warp_size)


@pytest.mark.parametrize(
    ("spelling", "name"), [("sm_90a", "sm_90"), ("sm90", "sm_90"), ("gfx942:sramecc+:xnack-", "gfx942")]
)
def test_feature_suffixes_are_dropped(spelling, name):
    assert Target.parse(spelling) == Target.parse(name)


@pytest.mark.parametrize("name", ["sm_13", "gfx000", "", "cuda", "sm_", "sm_90b", "90"])
def test_an_unknown_name_is_refused_with_the_known_ones(name):
    with pytest.raises(exc.UnknownTarget) as caught:
        Target.parse(name)
    assert repr(name) in str(caught.value)
    assert all(known in str(caught.value) for known in known_targets())


def test_a_target_parses_to_itself_and_survives_pickling():
    target = Target.parse("sm_90")
    assert Target.parse(target) is target
    assert pickle.loads(pickle.dumps(target)) == target


def test_without_a_gpu_the_current_target_is_an_error_that_says_what_to_do(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(exc.UnknownTarget, match="no GPU"):
        current_target()


def test_importing_the_backend_does_not_import_triton():
    use = "import sys, helion.backends.triton as b; b.Target.parse('sm_90'); b.ttir_dialect()"
    code = f"{use}; assert 'triton' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
