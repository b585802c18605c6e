# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What NVIDIA's assembler, the last stage of Triton's compiler, is told on its command line."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helion.backends.triton.targets import Target

_APPLY_CONTROLS = "--apply-controls="


def with_controls(given: str | None, path: str, target: Target) -> str:
    """Triton's ``ptx_options`` that have ptxas apply the advanced controls in the file ``path``.

    Args:
        given: options that are set already; by default those of the environment (``PTXAS_OPTIONS``).
        path: of the file, without blanks.
        target: the GPU.

    Raises:
        helion.exc.InvalidConfig: on a GPU that ptxas makes no code for.
    """
    if target.backend != "cuda":
        raise exc.InvalidConfig(
            f"advanced_controls_file is for NVIDIA's ptxas, but {target} is compiled without it",
            expected="no advanced_controls_file, or ''",
            found=f"advanced_controls_file={path!r}",
        )
    options = [_default_options() if given is None else given, _APPLY_CONTROLS + str(Path(path).absolute())]
    return " ".join(filter(None, options))


def controls_digest(options: Mapping[str, object]) -> str:
    """A digest of the controls that ``ptx_options`` name; ``""`` without any.

    Triton's cache knows the path alone, and would give what an earlier version of the file made.
    """
    named = [each for each in str(options.get("ptx_options") or "").split(" ") if each.startswith(_APPLY_CONTROLS)]
    digest = hashlib.sha256()
    for each in named:
        path = Path(each.removeprefix(_APPLY_CONTROLS))
        # That ptxas cannot open a file is for it to say.
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest() if named else ""


def _default_options() -> str | None:
    from triton.backends.nvidia.compiler import CUDAOptions

    return getattr(CUDAOptions, "ptx_options", None)
