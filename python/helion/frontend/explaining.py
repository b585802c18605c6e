# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Errors in the words of the kernel's author: block sizes and arguments by name, and what Python and torch say."""

from __future__ import annotations

import difflib
import re
import types
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion._mlir import ir
from helion.frontend.blocks import BlockSize, NoBroadcast
from helion.frontend.device import Device, DeviceTile, ShiftedTile

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.blocks import BlockTable
    from helion.frontend.kernel import KernelBuilder

_EMITTING = frozenset({Device.call.__code__, Device.dispatch.__code__, Device.run_rule.__code__})


def described(kernel: KernelBuilder, value: object) -> str:
    """What `value` is."""
    if isinstance(value, (DeviceTile, ShiftedTile)):
        return "a tile"
    if isinstance(value, BlockSize):
        return f"block size {value.block.name}"
    if isinstance(value, torch.Tensor):
        side = "device value" if hasattr(value, "_helion_value") else "host tensor"
        return f"a {side} of shape {kernel.blocks.shape_text(value.shape)} and dtype {value.dtype}"
    if kernel.world.is_symbolic(value):
        return "a float" if kernel.world.is_float(value) else "an int"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    return f"a value of type {type(value).__name__}"


def in_words(kernel: KernelBuilder, error: exc.Base) -> exc.Base:
    """`error` with the names of block sizes and arguments in place of what stands for them while tracing."""
    if isinstance(error, NoBroadcast):
        left, right = (list(error.details[side]) for side in ("left", "right"))  # type: ignore[call-overload]
        text = kernel.blocks.shape_text
        hint = broadcast_hint(kernel.blocks, left, right)
        return exc.ShapeMismatch(left=text(left), right=text(right), hint=hint, location=error.location)
    error.message = _renamed(kernel, error.message)
    for field in ("expected", "found", "hint"):
        text = getattr(error, field)
        if text is not None:
            setattr(error, field, _renamed(kernel, text))
    return error


def _renamed(kernel: KernelBuilder, text: str) -> str:
    text = re.sub(
        r"\b_helion_[as]\d+\b", lambda found: kernel.world.prologue.get(found.group(), found.group()), text
    )  # fmt: skip
    return kernel.blocks.readable(text)


def broadcast_hint(blocks: BlockTable, left: Sequence[int], right: Sequence[int]) -> str:
    """What to do about two shapes that do not broadcast."""
    short, long = sorted((list(left), list(right)), key=len)
    if len(long) == len(short) + 1:
        for axis in range(len(long)):
            if long[:axis] + long[axis + 1 :] == short:
                index = ", ".join("None" if at == axis else ":" for at in range(len(long)))
                return f"keep the dimension that a reduction removes with keepdim=True, or add it back with [{index}]"
    if any(
        one != other and one in blocks.by_witness and other in blocks.by_witness
        for one, other in zip(reversed(short), reversed(long))
    ):
        return "tiles of different loops have sizes of their own: line them up with [:, None] and [None, :]"
    return "dimensions are compared from the last one on: add one of 1 with None, as in x[:, None]"


def explained(kernel: KernelBuilder, error: Exception, place: exc.SourceLocation) -> exc.Base:
    """An exception of torch or Python as an error of Helion."""
    message = _renamed(kernel, str(error)).split("\n")[0].removesuffix(", but expected one of:")
    if isinstance(error, ir.MLIRError):
        return exc.InternalError(name=message, location=place)
    if isinstance(error, NameError) and error.name:
        return exc.UndefinedVariable(name=error.name, location=place)
    traceback, codes = error.__traceback__, set[types.CodeType]()
    while traceback is not None:
        codes.add(traceback.tb_frame.f_code)
        traceback = traceback.tb_next
    kind = exc.TorchOpTracingError if codes & _EMITTING else exc.TypeInferenceError
    return kind(f"{type(error).__name__}: {message}", location=place)


def no_attribute(owner: Any, name: str) -> exc.Base:
    """The error for an attribute that does not exist, with the closest one that does."""
    what = owner.__name__ if isinstance(owner, types.ModuleType) else f"a value of type {type(owner).__name__}"
    public = [each for each in dir(owner) if not each.startswith("_")]
    close = difflib.get_close_matches(name, public, 1)
    return exc.UndefinedVariable(
        f"{what} has no attribute {name}", hint=f"did you mean {close[0]}?" if close else None
    )  # fmt: skip
