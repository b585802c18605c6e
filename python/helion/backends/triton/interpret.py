# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs emitted Triton Python source on CPU tensors in Triton's interpreter.

Triton chooses between compiling and interpreting when it is imported and when a function is decorated. Here a module
is decorated for compiling, as usual, and its functions are wrapped for the interpreter afterwards, so neither
``TRITON_INTERPRET`` nor the order of imports matters and compiling goes on in the same process.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from helion import exc
from helion.backends.triton.emitted_module import execute_module, line_in, write_module

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
        self.path = write_module(source, name)
        with _interpreter_lock:
            self._kernel = _interpreted_function(execute_module(self.path), name)

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
                location=line_in(self.path, cause),
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
