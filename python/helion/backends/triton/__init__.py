# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Everything that knows Triton: TTIR text to binaries, launching, the interpreter, version differences.

Importing this package does not import Triton; the first compilation does.
"""

from __future__ import annotations

from helion.backends.triton.compile import CompiledTTIR, compile_ttir
from helion.backends.triton.interpret import InterpretedKernel
from helion.backends.triton.launch import Launcher
from helion.backends.triton.targets import Target, current_target
from helion.backends.triton.version import TTIRDialect, triton_version, ttir_dialect

__all__ = [
    "CompiledTTIR",
    "InterpretedKernel",
    "Launcher",
    "TTIRDialect",
    "Target",
    "compile_ttir",
    "current_target",
    "triton_version",
    "ttir_dialect",
]
