# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The native compiler."""

from helion._mlir import ir

def compile(
    module: ir.Operation,
    pipeline: str,
    config: str = "",
    *,
    triton_python: bool = False,
    debug_info: bool = False,
    verify: bool = False,
) -> tuple[bool, str, str, list[str]]:
    """Runs a pass pipeline on a clone of a module; releases the GIL.

    Returns:
        Whether it succeeded, the resulting text, the launch grid as JSON, and the diagnostics, each as
        'severity\\nfile\\nline\\ncolumn\\nmessage'.
    """
