# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Static shapes: host tensors are meta tensors with constant sizes; argument numbers are traced symbols.

Only public parts of torch are used, and none that pulls in its compiler: the first kernel of a process is bound fast.
"""

from __future__ import annotations

import contextlib
import operator
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from helion.frontend.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence


class HostScalar:
    """A number of the host part that the launch will know: a value for now, and the expression that gives it.

    Arithmetic gives further ones. Whatever needs the number itself (a branch, a size, a call into C) gets it, and the
    assumption becomes a guard.
    """

    __slots__ = ("guards", "source", "value")

    def __init__(self, value: float, source: str, guards: dict[str, None]) -> None:
        self.value = value
        self.source = source
        self.guards = guards

    def concrete(self) -> Any:
        """The number; from here on the trace holds for this number only."""
        self.guards[f"{self.source} == {self.value!r}"] = None
        return self.value

    def __int__(self) -> int:
        return int(self.concrete())

    def __index__(self) -> int:
        return operator.index(self.concrete())

    def __float__(self) -> float:
        return float(self.concrete())

    def __bool__(self) -> bool:
        truth = bool(self.value)
        self.guards[self.source if truth else f"not {self.source}"] = None
        return truth

    def __hash__(self) -> int:
        return hash(self.concrete())

    def __repr__(self) -> str:
        return f"<{self.source} = {self.value!r}>"

    def __format__(self, spec: str) -> str:
        return format(self.concrete(), spec)

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return func(*_concrete(args), **_concrete(kwargs or {}))


def _concrete(value: Any) -> Any:
    if isinstance(value, HostScalar):
        return value.concrete()
    if isinstance(value, dict):
        return {key: _concrete(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_concrete(each) for each in value)
    return value


def _arithmetic(symbol: str, function: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    def forward(self: HostScalar, other: Any) -> Any:
        if isinstance(other, HostScalar):
            source = f"({self.source} {symbol} {other.source})"
            return HostScalar(function(self.value, other.value), source, self.guards)
        if isinstance(other, (int, float)):
            return HostScalar(function(self.value, other), f"({self.source} {symbol} {other!r})", self.guards)
        return NotImplemented

    def backward(self: HostScalar, other: Any) -> Any:
        if isinstance(other, (int, float)):
            return HostScalar(function(other, self.value), f"({other!r} {symbol} {self.source})", self.guards)
        return NotImplemented

    return forward, backward


def _comparison(symbol: str, function: Callable[[Any, Any], bool]) -> Any:
    def compare(self: HostScalar, other: Any) -> Any:
        if isinstance(other, HostScalar):
            value, text = other.value, other.source
        elif isinstance(other, (int, float)):
            value, text = other, repr(other)
        else:
            return NotImplemented
        truth = function(self.value, value)
        condition = f"{self.source} {symbol} {text}"
        self.guards[condition if truth else f"not ({condition})"] = None
        return truth

    return compare


for _name, _symbol in (
    ("add", "+"), ("sub", "-"), ("mul", "*"), ("truediv", "/"), ("floordiv", "//"), ("mod", "%"), ("pow", "**"),
    ("lshift", "<<"), ("rshift", ">>"), ("and_", "&"), ("or_", "|"), ("xor", "^"),
):  # fmt: skip
    _forward, _backward = _arithmetic(_symbol, getattr(operator, _name))
    setattr(HostScalar, f"__{_name.rstrip('_')}__", _forward)
    setattr(HostScalar, f"__r{_name.rstrip('_')}__", _backward)
for _name, _symbol in (("lt", "<"), ("le", "<="), ("gt", ">"), ("ge", ">="), ("eq", "=="), ("ne", "!=")):
    setattr(HostScalar, f"__{_name}__", _comparison(_symbol, getattr(operator, _name)))
HostScalar.__neg__ = lambda self: HostScalar(-self.value, f"(-{self.source})", self.guards)  # type: ignore[attr-defined]
HostScalar.__abs__ = lambda self: HostScalar(abs(self.value), f"abs({self.source})", self.guards)  # type: ignore[attr-defined]


class StaticWorld(World):
    """Sizes and strides are constants."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(device)
        self._guards: dict[str, None] = {}

    @contextlib.contextmanager
    def running(self) -> Generator[None]:
        with _HostMode(self.device):
            yield

    def tensor(self, tensor: torch.Tensor, path: str) -> torch.Tensor:
        return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="meta")

    def scalar(self, number: float, path: str) -> Any:
        name = f"_helion_a{len(self.prologue)}"
        self.prologue[name] = path
        return HostScalar(number, name, self._guards)

    def is_symbolic(self, value: object) -> bool:
        return isinstance(value, HostScalar)

    def is_float(self, value: Any) -> bool:
        return isinstance(value.value, float)

    def source(self, value: Any) -> str:
        return value.source

    def hint(self, value: Any) -> float:
        return value.value

    def divisible(self, value: Any, by: int) -> bool:
        return False

    def is_wide(self, value: Any) -> bool:
        return not (value >= -(2**31) and value < 2**31)

    def guards(self) -> list[str]:
        return [*self.assumed, *self._guards]


_FACTORIES = frozenset({
    torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn, torch.randint, torch.arange,
    torch.empty_strided, torch.eye, torch.linspace,
})  # fmt: skip
_LIKE = frozenset({
    torch.empty_like, torch.zeros_like, torch.ones_like, torch.full_like, torch.rand_like, torch.randn_like,
})  # fmt: skip
# torch hands the getters of attributes to function modes.
_GET_DEVICE, _GET_IS_CUDA = (getattr(torch.Tensor, name).__get__ for name in ("device", "is_cuda"))
_MOVES = frozenset({torch.Tensor.cuda, torch.Tensor.cpu})


class _HostMode(TorchFunctionMode):
    """Makes everything on the meta device, and reports the real one."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self.device = device

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = dict(kwargs or {})
        if func == _GET_DEVICE:
            return self.device if args[0].is_meta else func(*args)
        if func == _GET_IS_CUDA:
            return self.device.type == "cuda"
        if func in _MOVES:
            return args[0]
        if func in _FACTORIES or kwargs.get("device") is not None:
            kwargs["device"] = "meta"
        if func is torch.Tensor.to:
            args = tuple("meta" if isinstance(each, (torch.device, str)) else each for each in args)
        if func in _LIKE:
            return self._like(func, args, kwargs)
        return func(*args, **kwargs)

    def _like(self, func: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        # torch computes the strides in Python and imports much for it; a dense tensor's are simply kept.
        like = args[0]
        kwargs["device"] = "meta"
        if not _is_dense(like) or kwargs.get("memory_format") is not None:
            return func(*args, **kwargs)
        return torch.empty_strided(like.size(), like.stride(), dtype=kwargs.get("dtype") or like.dtype, device="meta")


def _is_dense(tensor: torch.Tensor) -> bool:
    expected = 1
    for stride, size in sorted(zip(tensor.stride(), tensor.size())):
        if size != 1:
            if stride != expected:
                return False
            expected *= size
    return True
