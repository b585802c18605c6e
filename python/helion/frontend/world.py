# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the host part runs on while it is traced: arguments without data, numbers that know where they are from."""

from __future__ import annotations

import dataclasses
import functools
import types
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.language import constexpr

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class World(ABC):
    """Makes stand-ins for the arguments of a kernel, and collects what tracing assumed about them."""

    def __init__(self, device: torch.device) -> None:
        self.device = device
        self.assumed: dict[str, None] = {}
        """Guards on arguments that are constants of the trace."""
        self.prologue: dict[str, str] = {}
        """Names that sources and guards use → expressions over the parameters."""
        self._closing: list[types.FunctionType] = []
        """Functions whose closures are being walked: one may hold itself."""

    @abstractmethod
    def running(self) -> AbstractContextManager[None]:
        """A context in which host code may run on the stand-ins."""

    @abstractmethod
    def tensor(self, tensor: torch.Tensor, path: str) -> torch.Tensor:
        """A stand-in for an argument tensor; `path` is its expression over the parameters."""

    @abstractmethod
    def scalar(self, number: float, path: str) -> Any:
        """A stand-in for an argument number."""

    @abstractmethod
    def is_symbolic(self, value: object) -> bool:
        """Whether `value` is a number that differs from launch to launch."""

    @abstractmethod
    def is_float(self, value: Any) -> bool:
        """Whether the symbolic number `value` is a float."""

    @abstractmethod
    def source(self, value: Any) -> str:
        """The symbolic number `value` as an expression over the prologue's names; equal numbers give equal text."""

    @abstractmethod
    def hint(self, value: Any) -> float:
        """The value in the call that is being traced; assumes nothing."""

    @abstractmethod
    def divisible(self, value: Any, by: int) -> bool:
        """Whether the symbolic integer `value` is a multiple of `by` for every launch."""

    @abstractmethod
    def is_wide(self, value: Any) -> bool:
        """Whether the symbolic integer `value` needs 64 bits; for arguments the answer becomes a guard."""

    @abstractmethod
    def guards(self) -> list[str]:
        """What was assumed, as conditions over the prologue's names."""

    def int_hint(self, value: Any) -> int:
        """`hint` of a size, symbolic or not."""
        return int(self.hint(value)) if self.is_symbolic(value) else int(value)

    # ---- arguments

    def argument(self, value: Any, path: str) -> Any:
        """A stand-in for an argument: containers are rebuilt, constants stay."""
        if isinstance(value, torch.Tensor):
            _check_layout(value, path)
            return self.tensor(value, path)
        if isinstance(value, constexpr):
            return value.value
        if isinstance(value, bool):
            self.assumed[f"{path} is {value}"] = None
            return value
        if isinstance(value, str) or value is None:
            return value
        if isinstance(value, (int, float)):
            return self.scalar(value, path)
        if isinstance(value, tuple) and hasattr(value, "_fields"):
            return type(value)(*(self.argument(each, f"{path}[{at}]") for at, each in enumerate(value)))
        if isinstance(value, (list, tuple)):
            made = [self.argument(each, f"{path}[{at}]") for at, each in enumerate(value)]
            return made if isinstance(value, list) else tuple(made)
        if isinstance(value, dict):
            return {key: self.argument(each, f"{path}[{key!r}]") for key, each in value.items()}
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = [field.name for field in dataclasses.fields(value) if field.init]
            return dataclasses.replace(
                value, **{name: self.argument(getattr(value, name), f"{path}.{name}") for name in fields}
            )
        if isinstance(value, functools.partial):
            args = [self.argument(each, f"{path}.args[{at}]") for at, each in enumerate(value.args)]
            named = {key: self.argument(each, f"{path}.keywords[{key!r}]") for key, each in value.keywords.items()}
            return functools.partial(self.argument(value.func, f"{path}.func"), *args, **named)
        return self._function(value, path) if isinstance(value, types.FunctionType) else value

    def _function(self, function: types.FunctionType, path: str) -> types.FunctionType:
        """`function`, with stand-ins for what it closes over."""
        if not function.__closure__ or function in self._closing:
            return function
        self._closing.append(function)
        cells = list(function.__closure__)
        for at, held in closed_over(function):
            made = self.argument(held, f"{path}.__closure__[{at}].cell_contents")
            if made is not held:
                cells[at] = types.CellType(made)
        self._closing.pop()
        # A function that needs no stand-ins stays the object that it is, since some are known by identity.
        if all(cell is kept for cell, kept in zip(cells, function.__closure__)):
            return function
        made = types.FunctionType(
            function.__code__, function.__globals__, function.__name__, function.__defaults__, tuple(cells)
        )
        made.__kwdefaults__, made.__module__ = function.__kwdefaults__, function.__module__
        return made


def closed_over(function: types.FunctionType) -> list[tuple[int, Any]]:
    """The values that a function closes over, each with the number of its cell."""
    found: list[tuple[int, Any]] = []
    for at, cell in enumerate(function.__closure__ or ()):
        try:
            found.append((at, cell.cell_contents))
        except ValueError:  # not assigned yet
            continue
    return found


def _check_layout(tensor: torch.Tensor, path: str) -> None:
    if tensor.layout is not torch.strided or tensor.is_quantized:
        kind = "quantized" if tensor.is_quantized else str(tensor.layout).removeprefix("torch.")
        raise exc.UnsupportedPythonType(
            f"the tensor {path} is not a plain one", expected="a tensor with sizes and strides", found=kind,
            hint="pass the tensors that it consists of, such as values() and indices()",
        )  # fmt: skip


def guard_function(parameters: list[str], prologue: dict[str, str], guards: list[str]) -> Callable[..., bool]:
    """One predicate on a tuple of arguments that checks all `guards`."""
    lines = ["def guard(_helion_args):"]
    if parameters:
        lines.append(f"    ({', '.join(parameters)},) = _helion_args")
    lines += [f"    {name} = {expression}" for name, expression in prologue.items()]
    lines.append(f"    return bool({' and '.join(f'({each})' for each in guards) or 'True'})")
    namespace: dict[str, Any] = {"math": __import__("math"), "torch": torch}
    exec(compile("\n".join(lines), "<helion guards>", "exec"), namespace)
    return namespace["guard"]
