# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Index lists of device values: what torch makes of them, and scalars that are known at run time only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend.lowering.parts import select_at
from helion.frontend.operands import is_device

if TYPE_CHECKING:
    from helion.frontend.operands import Operands


def subscript(interp: Operands, value: torch.Tensor, index: Any) -> torch.Tensor:
    """`value[index]` for a device value.

    Raises:
        TorchOperationNotSupported: for an index that is neither known nor a device value.
    """
    entries = list(index) if isinstance(index, tuple) else [index]
    scalars: list[tuple[int, torch.Tensor]] = []
    given = sum(each is not None and each is not Ellipsis for each in entries)
    place = 0
    for at, each in enumerate(entries):
        if each is Ellipsis:
            place += value.dim() - given
        elif isinstance(each, torch.Tensor) and is_device(each) and each.dim() == 0 and each.dtype != torch.bool:
            scalars.append((place, each))
            entries[at] = slice(None)
            place += 1
        elif _is_known(each):
            place += each is None or isinstance(each, slice)
        elif isinstance(each, torch.Tensor) and is_device(each):
            place += each.dim()
        else:
            raise exc.TorchOperationNotSupported(
                "a device value can only be indexed by device values, and by integers, slices and None that are known "
                "while compiling",
                found=type(each).__name__, hint="index the host tensor instead",
            )  # fmt: skip
    if scalars and any(isinstance(each, torch.Tensor) for each in entries):
        raise exc.TorchOperationNotSupported(
            "a device value can be indexed by one tensor at a time", hint="index the host tensor instead"
        )
    made = interp.call(torch.Tensor.__getitem__, value, tuple(entries)) if entries != [slice(None)] else value
    for axis, position in reversed(scalars):
        made = select_at(interp.kernel.device, made, axis, position)
    return made


def _is_known(entry: Any) -> bool:
    if isinstance(entry, slice):
        return all(end is None or type(end) is int for end in (entry.start, entry.stop, entry.step))
    return entry is None or type(entry) is int
