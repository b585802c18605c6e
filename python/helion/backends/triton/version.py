# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The one module that knows how Triton's releases differ."""

from __future__ import annotations

import functools
import importlib.metadata
import re
from dataclasses import dataclass

from helion import exc

Version = tuple[int, int, int]

OLDEST_SUPPORTED: Version = (3, 5, 0)


@dataclass(frozen=True)
class TTIRDialect:
    """How TTIR text must be spelled for one Triton release, and what that release understands.

    A wrong spelling is either a parse error or, worse, silently ignored by Triton.

    Attributes:
        bare_tensordesc: ``!tt.tensordesc<64x64xf16>`` instead of ``!tt.tensordesc<tensor<64x64xf16>>``.
        cache_policy_attr: load and store hints are one ``#tt.cache_policy`` attribute instead of ``cacheModifier``
            and ``evictionPolicy``.
        has_block_pointers: ``tt.make_tensor_ptr``, ``tt.advance`` and ``boundaryCheck`` exist.
        supports_bf16x3: ``tt.dot`` takes ``inputPrecision = bf16x3`` and ``bf16x6``.
        negf_legal: ``arith.negf`` can be lowered.
        grid_dependency_ops: ``tt.grid_dependency_wait`` and ``…_launch_dependents`` exist.
        hip_pointer_range: ``tt.pointer_range`` is honoured on AMD (buffer loads).
        hopper_warp_specialization: ``tt.warp_specialize`` works on sm_90; later releases fail to verify it with
            tensor descriptors.
    """

    bare_tensordesc: bool
    cache_policy_attr: bool
    has_block_pointers: bool
    supports_bf16x3: bool
    negf_legal: bool
    grid_dependency_ops: bool
    hip_pointer_range: bool
    hopper_warp_specialization: bool


def parse_version(text: str) -> Version:
    """``"3.6.0+git1234"`` to ``(3, 6, 0)``.

    Raises:
        ValueError: when the text does not begin with ``major.minor``.
    """
    match = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if match is None:
        raise ValueError(f"not a Triton version: {text!r}")
    return int(match[1]), int(match[2]), int(match[3] or 0)


@functools.cache
def triton_version() -> Version:
    """The installed Triton's version; does not import Triton where its distribution metadata answers.

    Raises:
        helion.exc.TritonError: when Triton is missing or older than 3.5.
    """
    version = parse_version(_installed_version())
    if version < OLDEST_SUPPORTED:
        raise exc.TritonError(
            f"Triton {'.'.join(map(str, version))} is too old",
            expected="Triton 3.5 or newer",
            hint="pip install --upgrade triton",
        )
    return version


def _installed_version() -> str:
    try:
        return importlib.metadata.version("triton")
    except importlib.metadata.PackageNotFoundError:
        pass
    # ROCm builds and source builds are distributed under other names.
    try:
        import triton
    except ImportError as error:
        raise exc.TritonError(
            "Triton is not installed", hint="pip install triton (3.5 or newer); it takes the compiled kernel to the GPU"
        ) from error
    return str(triton.__version__)


def ttir_dialect(version: Version | None = None) -> TTIRDialect:
    """The dialect of ``version``, or of the installed Triton."""
    version = triton_version() if version is None else version
    return TTIRDialect(
        bare_tensordesc=version >= (3, 8, 0),
        cache_policy_attr=version >= (3, 9, 0),
        has_block_pointers=version < (3, 8, 0),
        supports_bf16x3=version >= (3, 6, 0),
        negf_legal=version >= (3, 8, 0),
        grid_dependency_ops=version >= (3, 9, 0),
        hip_pointer_range=version >= (3, 6, 0),
        hopper_warp_specialization=version < (3, 7, 0),
    )


def backends_share_threads(version: Version | None = None) -> bool:
    """Whether CUDA and AMD compilations may run at the same time in threads of one process.

    Up to 3.8 they share LLVM's global options, and the result is wrong code.
    """
    return (triton_version() if version is None else version) >= (3, 9, 0)
