"""The native compiler's own extension module."""

from __future__ import annotations

from helion._mlir.ir import Operation

def compile(
    module: Operation,
    pipeline: str,
    config: str = "",
    *,
    triton_python: bool = False,
    debug_info: bool = False,
    verify: bool = False,
) -> tuple[bool, str, str, list[str]]: ...
