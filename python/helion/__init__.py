# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Helion: PyTorch with tiles, compiled to GPU kernels.

    @helion.kernel()
    def add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        out = torch.empty_like(x)
        for tile in hl.tile(x.size()):
            out[tile] = x[tile] + y[tile]
        return out

Importing this package loads neither Triton nor the native compiler; binding a kernel does.
"""

from __future__ import annotations

from helion import exc as exc
from helion import language as language
from helion._distribution import check_single_distribution, installed_version
from helion._logging import configure as _configure_logging
from helion.arithmetic import cdiv, next_power_of_2
from helion.runtime.bound_kernel import BoundKernel
from helion.runtime.config import Config
from helion.runtime.kernel import Kernel, jit, kernel
from helion.runtime.output_code import OutputCodeOptions
from helion.settings import RefMode, Settings

check_single_distribution()
_configure_logging()
__version__ = installed_version()

__all__ = [
    "BoundKernel",
    "Config",
    "Kernel",
    "OutputCodeOptions",
    "RefMode",
    "Settings",
    "__version__",
    "cdiv",
    "exc",
    "jit",
    "kernel",
    "language",
    "next_power_of_2",
]
