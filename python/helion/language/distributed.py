# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels over several devices, which are not supported: each name exists to say so."""

from __future__ import annotations

from typing import Any, NoReturn

from helion import exc

__all__ = ["AsyncCopyDescriptor", "ProcessGroupName", "make_async_remote_copy", "remote_barrier"]


def _unsupported(name: str) -> exc.BackendUnsupported:
    return exc.BackendUnsupported(
        name=f"hl.{name}",
        backend="Triton",
        hint="kernels run on one device: communicate with torch.distributed around them",
    )


def make_async_remote_copy(
    src: Any, src_index: Any, device_id: Any, dst: Any = None, dst_index: Any = None
) -> NoReturn:
    """A copy into the memory of another device: not supported.

    Raises:
        BackendUnsupported: always.
    """
    raise _unsupported("make_async_remote_copy")


def remote_barrier(device_ids: Any) -> NoReturn:
    """A barrier over several devices: not supported.

    Raises:
        BackendUnsupported: always.
    """
    raise _unsupported("remote_barrier")


class AsyncCopyDescriptor:
    """What `make_async_remote_copy` would give: not supported.

    Raises:
        BackendUnsupported: when one is made.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise _unsupported("AsyncCopyDescriptor")


class ProcessGroupName(str):
    """An annotation of parameters that name a process group: not supported.

    Raises:
        BackendUnsupported: when a kernel has such a parameter, or one is made.
    """

    __slots__ = ()

    def __new__(cls, *args: Any) -> ProcessGroupName:
        raise _unsupported("ProcessGroupName")
