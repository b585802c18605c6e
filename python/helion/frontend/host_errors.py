# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What goes wrong in the host part while it is traced: where, and as an error of Helion."""

from __future__ import annotations

import linecache
import types
from typing import TYPE_CHECKING

from helion import exc
from helion.frontend.explaining import no_attribute

if TYPE_CHECKING:
    from types import TracebackType

    from helion.frontend.source import FunctionSource


def raised_at(error: BaseException, source: FunctionSource) -> exc.SourceLocation | None:
    """The last line of the kernel itself on the way to `error`."""
    found: exc.SourceLocation | None = None
    traceback = error.__traceback__
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == source.file and code.co_name == source.fn.__name__:
            column, end = _columns(traceback)
            found = exc.SourceLocation(source.file, traceback.tb_lineno, column, end, source.fn.__name__)
        traceback = traceback.tb_next
    return found


def _columns(traceback: TracebackType) -> tuple[int | None, int | None]:
    """Where in its line the expression stands that `traceback` is about; not known before Python 3.11."""
    code = traceback.tb_frame.f_code
    positions = getattr(code, "co_positions", None)
    if positions is None:
        return None, None
    line, last, column, end = list(positions())[traceback.tb_lasti // 2]
    return column, end if line == last else None


def raised_on_purpose(error: BaseException) -> bool:
    """Whether a `raise` statement of the user's code made `error`."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None or traceback.tb_frame.f_globals.get("__name__", "").split(".")[0] in ("torch", "helion"):
        return False
    return linecache.getline(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno).strip().startswith("raise")


def host_error(error: Exception) -> exc.Base:
    """An exception of the host part, which runs on tensors without data, as an error of Helion."""
    if isinstance(error, NameError) and error.name:
        return exc.UndefinedVariable(name=error.name)
    if isinstance(error, AttributeError) and isinstance(error.obj, types.ModuleType):
        return no_attribute(error.obj, error.name or "")
    message = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
    if "meta" in message or "data-dependent" in message or isinstance(error, NotImplementedError):
        return exc.TorchOpTracingError(
            "the host part reads data of a tensor, which is not there while the kernel is traced", found=message,
            hint="compute it before the call and pass it as an argument, or load it in the device loop",
        )  # fmt: skip
    if isinstance(error, (TypeError, ValueError, AttributeError, LookupError, ArithmeticError)):
        return exc.TypeInferenceError(message)
    return exc.TorchOpTracingError(message)
