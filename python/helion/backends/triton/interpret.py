# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs emitted Triton Python source on CPU tensors in Triton's interpreter.

Triton chooses between compiling and interpreting when it is imported and when a function is decorated. Here a module
is decorated for compiling, as usual, and its functions are wrapped for the interpreter afterwards, so neither
``TRITON_INTERPRET`` nor the order of imports matters and compiling goes on in the same process.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import importlib.util
import shutil
import sys
import tempfile
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helion import exc

if TYPE_CHECKING:
    from types import ModuleType

# The interpreter keeps the program id in a global and patches `triton.language` while it runs.
_interpreter_lock = threading.RLock()


class InterpretedKernel:
    """A ``@triton.jit`` function of emitted source that runs on the CPU.

    Args:
        source: a Python module that imports ``triton`` and ``triton.language as tl`` and holds the kernel and its
            helpers.
        name: the kernel's name in it.

    Raises:
        helion.exc.TritonError: when the source does not execute or has no such kernel.
    """

    def __init__(self, source: str, name: str) -> None:
        self.name = name
        self.source = source
        self.path = _write_module(source, name)
        with _interpreter_lock:
            self._kernel = _interpreted_function(_execute_module(self.path), name)

    def run(self, grid: tuple[int, ...], *args: object) -> None:
        """Runs all programs of ``grid`` one after the other.

        Args:
            grid: one to three extents; nothing runs when one of them is 0.
            args: the kernel's arguments in order: tensors, whose storage is written in place, and numbers.

        Raises:
            helion.exc.TritonError: when the interpreter fails, with the line of the emitted source.
        """
        from triton.runtime.errors import InterpreterError

        # NumPy is needed for this alone.
        from helion.backends.triton.interpreter_fixes import interpreter_session

        try:
            with _interpreter_lock, interpreter_session():
                self._kernel.run(*map(_signed, args), grid=tuple(grid), warmup=False)
        except InterpreterError as error:
            cause = error.__cause__ or error
            raise exc.TritonError(
                f"Triton's interpreter cannot run kernel '{self.name}': {type(cause).__name__}: {cause}",
                location=_line_in(self.path, cause),
            ) from error


def _signed(value: object) -> object:
    """Emitted source takes all integers for signed, as TTIR does, and says where an operation is not."""
    import torch

    if not isinstance(value, torch.Tensor) or value.dtype not in (
        torch.uint8,
        torch.uint16,
        torch.uint32,
        torch.uint64,
    ):
        return value
    return value.view(getattr(torch, f"int{value.dtype.itemsize * 8}"))


@functools.cache
def _module_directory() -> Path:
    directory = Path(tempfile.mkdtemp(prefix="helion-interpret-"))
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def _write_module(source: str, name: str) -> Path:
    # A real file: Triton reads the functions' text with `inspect`.
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    path = _module_directory() / f"{name}_{digest}.py"
    if not path.exists():
        path.write_text(source)
    return path


def _execute_module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"helion_interpreted_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module.__name__] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[module.__name__]
        raise exc.TritonError(
            f"the emitted Triton source does not execute: {type(error).__name__}: {error}",
            location=_line_in(path, error),
        ) from error
    return module


def _interpreted_function(module: ModuleType, name: str) -> Any:
    """Wraps every jitted function of the module for the interpreter and returns the one called ``name``."""
    from triton.runtime.interpreter import InterpretedFunction
    from triton.runtime.jit import JITFunction

    interpreted: Any = InterpretedFunction
    for key, value in list(vars(module).items()):
        if isinstance(value, JITFunction):
            setattr(module, key, interpreted(value.fn))
    kernel = getattr(module, name, None)
    if not isinstance(kernel, InterpretedFunction):
        raise exc.TritonError(f"the emitted Triton source has no kernel '{name}'", found=", ".join(vars(module)))
    return kernel


def _line_in(path: Path, error: BaseException) -> exc.SourceLocation | None:
    """The innermost line of the emitted source that ``error`` or what caused it went through."""
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
