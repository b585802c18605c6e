# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Dynamic shapes: host tensors are fake tensors with symbolic sizes.

The one module that touches parts of torch that are not quite public (the shape environment and fake tensors). Importing
them costs about a second, once per process, so that only kernels with dynamic shapes pay for it.
"""

from __future__ import annotations

import contextlib
import dataclasses
from typing import TYPE_CHECKING, Any

import sympy
import torch
from torch._guards import GuardSource, Source
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx.experimental.symbolic_shapes import DimDynamic, ShapeEnv
from torch.utils._sympy.printers import PythonPrinter

from helion.frontend.world import World

if TYPE_CHECKING:
    from collections.abc import Generator


@dataclasses.dataclass(frozen=True)
class _Path(Source):
    text: str

    @property
    def name(self) -> str:  # type: ignore[override]
        return self.text

    @property
    def guard_source(self) -> GuardSource:  # pyright: ignore[reportIncompatibleVariableOverride]
        return GuardSource.LOCAL


class DynamicWorld(World):
    """Sizes, and strides that do not follow from them, are symbols."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._env = ShapeEnv(duck_shape=False, specialize_zero_one=False)
        self._mode = FakeTensorMode(shape_env=self._env, allow_non_fake_inputs=True)
        self._names: dict[sympy.Symbol, sympy.Symbol] = {}
        self._ranges: dict[str, None] = {}

    @contextlib.contextmanager
    def running(self) -> Generator[None]:
        with self._mode:
            yield

    def _named(self, symbol: Any, path: str, letter: str) -> None:
        name = f"_helion_{letter}{len(self.prologue)}"
        self.prologue[name] = path
        self._names[symbol] = sympy.Symbol(name)

    def _size(self, value: int, path: str) -> Any:
        symbol = self._env.create_symbol(value, _Path(path), dynamic_dim=DimDynamic.DYNAMIC)
        if not isinstance(symbol, sympy.Symbol):
            return value
        self._named(symbol, path, "s")
        return self._env.create_symintnode(symbol, hint=value, source=_Path(path))

    def tensor(self, tensor: torch.Tensor, path: str) -> torch.Tensor:
        # What `torch._dynamo.mark_static` says; the specialization key has these sizes.
        fixed: set[int] = getattr(tensor, "_dynamo_static_indices", set[int]())
        sizes = [
            size if dim in fixed else self._size(size, f"{path}.size({dim})") for dim, size in enumerate(tensor.size())
        ]
        strides: list[Any] = []
        if tensor.is_contiguous():
            expected: Any = 1
            for size in reversed(sizes):
                strides.insert(0, expected)
                expected = expected * size
        else:
            for dim, stride in enumerate(tensor.stride()):
                strides.append(stride if stride == 1 else self._size(stride, f"{path}.stride({dim})"))
        with self._mode:
            return torch.empty_strided(sizes, strides, dtype=tensor.dtype, device=tensor.device)

    def scalar(self, number: float, path: str) -> Any:
        symbol = self._env.create_unspecified_symbol(number, _Path(path), dynamic_dim=DimDynamic.DYNAMIC)
        self._named(symbol, path, "a")
        if isinstance(number, float):
            return self._env.create_symfloatnode(symbol, hint=number, source=_Path(path))
        return self._env.create_symintnode(symbol, hint=number, source=_Path(path))

    def is_symbolic(self, value: object) -> bool:
        return isinstance(value, (torch.SymInt, torch.SymFloat)) and not self._expression(value).is_number

    def is_float(self, value: Any) -> bool:
        return isinstance(value, torch.SymFloat)

    def _expression(self, value: Any) -> Any:
        return self._env.simplify(value.node.expr)

    def source(self, value: Any) -> str:
        return self._text(self._expression(value))

    def _text(self, expression: Any) -> str:
        return PythonPrinter().doprint(expression.xreplace(self._names))

    def hint(self, value: Any) -> float:
        return value.node.hint

    def divisible(self, value: Any, by: int) -> bool:
        return bool(sympy.Mod(self._expression(value), by) == 0)

    def is_wide(self, value: Any) -> bool:
        wide = not -(2**31) <= self.hint(value) < 2**31
        source = self.source(value)
        # Sizes are guarded by what indexes need; an argument can be anything.
        if any(name.startswith("_helion_a") and name in source for name in self.prologue):
            narrow = f"{-(2**31)} <= {source} < {2**31}"
            self._ranges[f"not {narrow}" if wide else narrow] = None
        return wide

    def guards(self) -> list[str]:
        assumed = dict.fromkeys(self._text(guard.expr) for guard in self._env.guards)
        return [*self.assumed, *self._ranges, *assumed]
