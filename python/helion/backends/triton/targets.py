# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The GPUs that a kernel can be compiled for, with or without one in the machine."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from helion import exc

if TYPE_CHECKING:
    import torch

# Largest dynamic shared memory (LDS) of one program instance, in bytes: CUDA C Programming Guide, table of
# technical specifications per compute capability; AMD CDNA3 and CDNA4 ISA guides.
_CUDA_SHARED_BYTES = {
    80: 163 * 1024,
    86: 99 * 1024,
    89: 99 * 1024,
    90: 227 * 1024,
    100: 227 * 1024,
    103: 227 * 1024,
    120: 99 * 1024,
    121: 99 * 1024,
}
_HIP_SHARED_BYTES = {"gfx90a": 64 * 1024, "gfx942": 64 * 1024, "gfx950": 160 * 1024}

# Multiprocessors (compute units) of a full-size data-centre or workstation part, for code that is compiled on a machine
# without the GPU; on the GPU itself it is asked. Vendors' data sheets: A100, A10, L40S, H100 SXM, B200, B300, RTX Pro
# 6000, GB10; MI250X (one die), MI300X, MI355X.
_MULTIPROCESSORS = {
    "sm_80": 108,
    "sm_86": 72,
    "sm_89": 142,
    "sm_90": 132,
    "sm_100": 148,
    "sm_103": 148,
    "sm_120": 188,
    "sm_121": 48,
    "gfx90a": 110,
    "gfx942": 304,
    "gfx950": 256,
}

# Compute dies (XCDs) of a part, which take programs in turn and have an L2 cache each: AMD's white papers of CDNA3 and
# CDNA4.
_XCDS = {"gfx942": 8, "gfx950": 8}


@dataclass(frozen=True)
class Target:
    """One GPU architecture, as the compiler and Triton see it.

    Attributes:
        backend: Triton's name of the backend.
        name: canonical name, ``"sm_90"`` or ``"gfx942"``.
        warp_size: threads per warp (wavefront).
        capability: compute capability as an integer (90 for sm_90); 0 on AMD.
        max_shared_bytes: shared memory that one program instance can have.
        num_sms: multiprocessors (compute units), which persistent kernels are sized by.
    """

    backend: Literal["cuda", "hip"]
    name: str
    warp_size: int
    capability: int
    max_shared_bytes: int
    num_sms: int

    @property
    def num_xcds(self) -> int:
        """Dies that programs go to in turn, each with an L2 cache of its own; 1 where all share one."""
        return _XCDS.get(self.name, 1)

    @staticmethod
    def parse(name: str | Target) -> Target:
        """The target called ``name``: ``sm_80``, ``sm_90``, ``sm_100``, ``sm_120``, ``gfx942``, ``gfx950``, …

        Feature suffixes of CUDA names (``sm_90a``) and of AMD names (``gfx942:sramecc+``) are accepted and dropped,
        since Triton adds what it needs.

        Raises:
            helion.exc.UnknownTarget: for any other name.
        """
        if isinstance(name, Target):
            return name
        if match := re.fullmatch(r"sm_?(\d+)[af]?", name):
            capability = int(match[1])
            if capability in _CUDA_SHARED_BYTES:
                return _cuda_target(capability, _CUDA_SHARED_BYTES[capability])
        gfx = name.split(":", 1)[0]
        if gfx in _HIP_SHARED_BYTES:
            return _hip_target(gfx, 64, _HIP_SHARED_BYTES[gfx])
        raise exc.UnknownTarget(
            f"unknown target {name!r}",
            expected="one of " + ", ".join(known_targets()),
            found=repr(name),
        )

    @property
    def arch(self) -> int | str:
        """What Triton's ``GPUTarget`` calls the architecture: 90 or ``"gfx942"``."""
        return self.capability if self.backend == "cuda" else self.name

    def gpu_target(self) -> Any:
        """The same target as a ``triton.backends.compiler.GPUTarget``; imports Triton."""
        from triton.backends.compiler import GPUTarget

        return GPUTarget(self.backend, self.arch, self.warp_size)

    def __str__(self) -> str:
        return self.name


def _cuda_target(capability: int, shared_bytes: int, num_sms: int | None = None) -> Target:
    name = f"sm_{capability}"
    return Target("cuda", name, 32, capability, shared_bytes, num_sms or _MULTIPROCESSORS[name])


def _hip_target(gfx: str, warp_size: int, shared_bytes: int, num_sms: int | None = None) -> Target:
    return Target("hip", gfx, warp_size, 0, shared_bytes, num_sms or _MULTIPROCESSORS[gfx])


def known_targets() -> tuple[str, ...]:
    """Names that :meth:`Target.parse` accepts, in their canonical spelling."""
    return (*(f"sm_{capability}" for capability in _CUDA_SHARED_BYTES), *_HIP_SHARED_BYTES)


def current_target(device: torch.device | int | None = None) -> Target:
    """The target of a GPU of this machine; ``device`` is torch's current device unless given.

    Raises:
        helion.exc.UnknownTarget: when there is no GPU that torch can use.
    """
    import torch

    if not torch.cuda.is_available():
        raise exc.UnknownTarget(
            "no GPU is available to take the target from",
            hint="name the target (for example target='sm_90'): compiling needs no GPU",
        )
    index = device if isinstance(device, int) else device.index if device is not None else None
    return _device_target(torch.cuda.current_device() if index is None else index)


@functools.cache
def _device_target(index: int) -> Target:
    import torch

    properties: Any = torch.cuda.get_device_properties(index)
    num_sms = int(properties.multi_processor_count)
    if torch.version.hip is not None:
        gfx = str(properties.gcnArchName).split(":", 1)[0]
        shared = _HIP_SHARED_BYTES.get(gfx, int(properties.shared_memory_per_block))
        return _hip_target(gfx, int(properties.warp_size), shared, num_sms)
    major, minor = torch.cuda.get_device_capability(index)
    return _cuda_target(major * 10 + minor, int(properties.shared_memory_per_block_optin), num_sms)
