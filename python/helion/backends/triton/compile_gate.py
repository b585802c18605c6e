# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Who may compile at the same time in one process."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable


class CompileGate:
    """Lets threads with equal keys in together and keeps different keys apart, first come first served.

    Triton up to 3.8 keeps LLVM's code generation options in globals: CUDA and AMD kernels compiled at the same time
    come out wrong.
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets everybody inside and waiting."""
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()
        self._key: Hashable = None
        self._inside = 0

    @contextlib.contextmanager
    def hold(self, key: Hashable) -> Generator[None, None, None]:
        """Waits until only holders of ``key`` are inside."""
        ticket = object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._waiting[0] is ticket and (not self._inside or self._key == key))
            self._waiting.popleft()
            self._key = key
            self._inside += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextlib.contextmanager
    def alone(self) -> Generator[None, None, None]:
        """Waits until nobody else is inside and keeps everybody out."""
        with self.hold(object()):
            yield


gate = CompileGate()
# A worker forked while another thread compiles inherits a gate that nobody will ever open.
os.register_at_fork(after_in_child=gate.reset)
