# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

import importlib.metadata

import pytest

from helion import exc
from helion.backends.triton import triton_version, ttir_dialect, version


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("3.6.0", (3, 6, 0)), ("3.7.1+git1a2b", (3, 7, 1)), ("3.10", (3, 10, 0)), ("4.0.0rc1", (4, 0, 0))],
)
def test_versions_parse(text, parsed):
    assert version.parse_version(text) == parsed


def test_text_that_is_no_version_is_refused():
    with pytest.raises(ValueError, match="nightly"):
        version.parse_version("nightly")


@pytest.mark.parametrize(
    ("release", "bare", "policy", "block_pointers", "bf16x3"),
    [
        ((3, 5, 1), False, False, True, False),
        ((3, 6, 0), False, False, True, True),
        ((3, 7, 1), False, False, True, True),
        ((3, 8, 0), True, False, False, True),
        ((3, 9, 0), True, True, False, True),
        ((3, 10, 0), True, True, False, True),
    ],
)
def test_the_dialect_follows_the_release(release, bare, policy, block_pointers, bf16x3):
    dialect = ttir_dialect(release)
    assert dialect.bare_tensordesc is bare
    assert dialect.cache_policy_attr is policy
    assert dialect.has_block_pointers is block_pointers
    assert dialect.supports_bf16x3 is bf16x3


def test_cuda_and_hip_share_threads_only_from_3_9():
    assert [version.backends_share_threads(v) for v in [(3, 6, 0), (3, 8, 9), (3, 9, 0)]] == [False, False, True]


@pytest.fixture
def fresh_version():
    triton_version.cache_clear()
    yield
    triton_version.cache_clear()


@pytest.mark.usefixtures("fresh_version")
def test_an_old_triton_is_refused(monkeypatch):
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "3.4.0")
    with pytest.raises(exc.TritonError, match=r"3\.4\.0 is too old"):
        triton_version()


@pytest.mark.usefixtures("fresh_version")
def test_the_installed_version_is_the_imported_one():
    import triton

    assert triton_version() == version.parse_version(triton.__version__)
