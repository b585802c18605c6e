# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Catches what Triton's C++ side writes to file descriptor 2.

MLIR's diagnostics, the only place where Triton says what it refused, go straight to the process's standard error,
together with dumps of whole modules. While at least one section is open the descriptor points to an anonymous file;
what succeeded sections wrote (dumps that the user asked Triton for) is passed on when the last one closes.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

_STDERR = 2


@dataclass
class Section:
    """One stretch of time during which standard error is caught.

    Attributes:
        text: what was written, complete once the section is closed.
        alone: no other section was open at any moment of this one, so all of ``text`` is its own.
        swallow: set it to keep the text from being passed on.
    """

    start: int = 0
    text: str = ""
    alone: bool = True
    swallow: bool = False


@dataclass
class _Capture:
    lock: threading.Lock = field(default_factory=threading.Lock)
    open_sections: list[Section] = field(default_factory=list[Section])
    saved_descriptor: int = -1
    file_descriptor: int = -1
    reports_crashes: bool = False
    swallowed: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


_capture = _Capture()


@contextlib.contextmanager
def captured_stderr() -> Generator[Section, None, None]:
    """Catches file descriptor 2 for the process until the block ends.

    ``HELION_TRITON_STDERR=1`` leaves the descriptor alone: if Triton kills the process, its last words are then visible
    (without it, only the Python stack is).
    """
    section = Section()
    if os.environ.get("HELION_TRITON_STDERR", "0") == "1" or not hasattr(os, "memfd_create"):
        yield section
        return
    _open(section)
    try:
        yield section
    finally:
        _close(section)


def _open(section: Section) -> None:
    with _capture.lock:
        if not _capture.open_sections:
            _flush_python_stderr()
            _capture.saved_descriptor = os.dup(_STDERR)
            _capture.file_descriptor = os.memfd_create("triton-stderr")
            os.dup2(_capture.file_descriptor, _STDERR)
            _report_crashes()
        for other in _capture.open_sections:
            other.alone = False
        section.alone = not _capture.open_sections
        section.start = os.lseek(_capture.file_descriptor, 0, os.SEEK_CUR)
        _capture.open_sections.append(section)


def _close(section: Section) -> None:
    with _capture.lock:
        _flush_python_stderr()
        end = os.lseek(_capture.file_descriptor, 0, os.SEEK_CUR)
        section.text = os.pread(_capture.file_descriptor, end - section.start, section.start).decode(errors="replace")
        if section.swallow:
            _capture.swallowed.append((section.start, end))
        _capture.open_sections.remove(section)
        if not _capture.open_sections:
            _restore(end)


def _report_crashes() -> None:
    # An assertion in Triton kills the process and what it wrote dies with the file: say at least where that was.
    _capture.reports_crashes = not faulthandler.is_enabled()
    if _capture.reports_crashes:
        faulthandler.enable(_capture.saved_descriptor, all_threads=False)


def _restore(end: int) -> None:
    if _capture.reports_crashes:
        faulthandler.disable()
    os.dup2(_capture.saved_descriptor, _STDERR)
    os.close(_capture.saved_descriptor)
    written = os.pread(_capture.file_descriptor, end, 0) if end else b""
    os.close(_capture.file_descriptor)
    position = 0
    for start, stop in sorted(_capture.swallowed):
        _write_all(written[position:start])
        position = max(position, stop)
    _write_all(written[position:])
    _capture.swallowed.clear()


def _write_all(data: bytes) -> None:
    # A closed standard error must not turn a compilation into a failure.
    with contextlib.suppress(OSError):
        while data:
            data = data[os.write(_STDERR, data) :]


def _flush_python_stderr() -> None:
    with contextlib.suppress(Exception):
        sys.stderr.flush()


def _after_fork_in_child() -> None:
    if _capture.open_sections:
        os.dup2(_capture.saved_descriptor, _STDERR)
    _capture.__dict__.update(_Capture().__dict__)


os.register_at_fork(after_in_child=_after_fork_in_child)
