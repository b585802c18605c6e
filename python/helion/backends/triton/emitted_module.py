# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Python source as modules: Triton reads the text of functions from the files that define them."""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from helion import exc

if TYPE_CHECKING:
    from types import ModuleType


@functools.cache
def _directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="helion-triton-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def write_module(source: str, name: str) -> Path:
    """A file that holds `source`; one for each text."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    path = _directory() / f"{name}_{digest}.py"
    if not path.exists():
        path.write_text(source)
    return path


def execute_module(path: Path) -> ModuleType:
    """Imports a file that `write_module` made.

    Raises:
        helion.exc.TritonError: when it does not execute.
    """
    spec = importlib.util.spec_from_file_location(f"helion_emitted_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[module.__name__]
        raise exc.TritonError(
            f"the emitted Triton source does not execute: {type(error).__name__}: {error}",
            location=line_in(path, error),
        ) from error
    return module


def line_in(path: Path, error: BaseException) -> exc.SourceLocation | None:
    """The innermost line of the file that `error` or what caused it went through."""
    line = None
    cause: BaseException | None = error
    while cause is not None:
        traceback = cause.__traceback__
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == str(path):
                line = traceback.tb_lineno
            traceback = traceback.tb_next
        cause = cause.__cause__
    return None if line is None else exc.SourceLocation(str(path), line)
