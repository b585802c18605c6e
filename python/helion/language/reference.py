# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Eager reference mode: a kernel's Python runs as it stands, on ordinary tensors, with one tile per full extent.

A torch function mode gives tiles their meaning in torch calls: an index in subscripts, an extent in shapes, a tensor of
indices anywhere else. Loads copy, since a device value never aliases memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch
from torch.overrides import TorchFunctionMode

from helion.language import context as contexts
from helion.language import indexing, memory
from helion.language.tiles import Tile

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_TENSOR = cast("Any", torch.Tensor)
_LIKE: frozenset[Any] = frozenset(
    {torch.zeros_like, torch.ones_like, torch.full_like, torch.empty_like, torch.rand_like, torch.randn_like}
)
_SIZED: frozenset[Any] = frozenset(
    {
        torch.zeros, torch.ones, torch.full, torch.empty, torch.rand, torch.randn, torch.arange,
        torch.reshape, torch.broadcast_to,
        _TENSOR.reshape, _TENSOR.view, _TENSOR.expand, _TENSOR.broadcast_to, _TENSOR.repeat,
        _TENSOR.new_zeros, _TENSOR.new_ones, _TENSOR.new_full, _TENSOR.new_empty,
    }
)  # fmt: skip
_MIXED: frozenset[Any] = frozenset({torch.addmm, torch.baddbmm, _TENSOR.addmm, _TENSOR.baddbmm})


class ReferenceMode(TorchFunctionMode):
    """Gives tiles their meaning in torch calls, for the kernel that runs in `context`."""

    def __init__(self, context: contexts.ReferenceContext) -> None:
        super().__init__()
        self.context = context

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if self.context.depth == 0:
            return func(*args, **(kwargs or {}))
        if func is _TENSOR.__getitem__:
            return memory.read(args[0], _subscript(args[1]))
        if func is _TENSOR.__setitem__:
            memory.write(args[0], _subscript(args[1]), _as_tensor(args[2]))
            return None
        if func in _MIXED and args[0].dtype != args[1].dtype:
            return _wide_product(func, args, dict(kwargs or {}))
        convert = _as_extent if func in _LIKE or func in _SIZED else _as_tensor
        if func in _LIKE and isinstance(args[0], Tile):
            args = (torch.empty(args[0].extent, device=self.context.device, dtype=torch.int64), *args[1:])
        positional = [_mapped(value, convert) for value in args]
        return func(*positional, **{name: _mapped(value, convert) for name, value in (kwargs or {}).items()})


def run(function: Callable[..., Any], args: tuple[Any, ...], device: torch.device) -> Any:
    """Runs `function` eagerly on `args`; `device` is where device values are made."""
    context = contexts.ReferenceContext(device, single="jagged_tile" in function.__code__.co_names)
    with contexts.entered(context), ReferenceMode(context):
        return function(*args)


def _wide_product(func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """`addmm` with an accumulator of a dtype of its own: device code accumulates in it, eager torch refuses."""
    acc = cast("torch.Tensor", args[0])
    factors = [cast("torch.Tensor", each).to(torch.float32) for each in args[1:3]]
    return func(acc.to(torch.float32), *factors, *args[3:], **kwargs).to(acc.dtype)


def _subscript(index: Any) -> tuple[Any, ...]:
    # A list is one (gather) index in `x[[0, 2]]`, and a mistake when it holds tiles, which `expanded` reports.
    if isinstance(index, list):
        entries = cast("list[Any]", index)
        return (entries,) if any(_holds_tile(entry) for entry in entries) else (torch.tensor(entries),)
    return indexing.as_tuple(index)


def _holds_tile(entry: Any) -> bool:
    if isinstance(entry, (list, tuple)):
        return any(_holds_tile(part) for part in cast("list[Any]", entry))
    return isinstance(entry, Tile)


def _as_extent(value: Any) -> Any:
    return value.extent if isinstance(value, Tile) else value


def _as_tensor(value: Any) -> Any:
    return value.index if isinstance(value, Tile) else value


def _mapped(value: Any, convert: Callable[[Any], Any]) -> Any:
    """One argument with the tiles in it replaced; inside a list or tuple a tile is always an extent."""
    if isinstance(value, (list, tuple)):
        parts = cast("list[Any]", value)
        return [_as_extent(part) for part in parts] if any(isinstance(part, Tile) for part in parts) else parts
    return convert(value)
