# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The specialization key: calls with equal keys run the same bound kernel.

The key is computed on every call. For tensors, numbers and the like it is made by a function that is generated for
their types and does nothing but read the tensors; nested arguments go through a walk.
"""

from __future__ import annotations

import dataclasses
import enum
import functools
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import torch

from helion import exc
from helion.language import constexpr

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    Extractor = Callable[[Any], Hashable]

_INT32_ELEMENTS = 2**31 - 1
_BY_TYPE = (bool, int, float, torch.SymInt, torch.SymFloat, torch.SymBool)
_BY_VALUE = (str, bytes, torch.dtype, torch.device, type(None), complex, torch.layout, torch.memory_format)


def static_tensor_key(tensor: torch.Tensor) -> Hashable:
    """Sizes and strides are compile-time constants."""
    return tensor.dtype, tensor.shape, tensor.stride(), tensor.device


def dynamic_tensor_key(tensor: torch.Tensor) -> Hashable:
    """One kernel for all sizes of a rank: what layout class the tensor has, and whether offsets need 64 bits."""
    marked = getattr(tensor, "_dynamo_static_indices", None)
    fixed = None if marked is None else tuple([(index, tensor.shape[index]) for index in sorted(marked)])
    if tensor.is_contiguous():
        return tensor.dtype, tensor.dim(), tensor.numel() > _INT32_ELEMENTS, tensor.device, fixed
    strides = tensor.stride()
    last = sum([(size - 1) * stride for size, stride in zip(tensor.shape, strides)])
    return tensor.dtype, tuple([stride == 1 for stride in strides]), last >= _INT32_ELEMENTS, tensor.device, fixed


class KeyExtractor:
    """Computes the specialization key of the arguments of one kernel.

    Args:
        static_shapes: whether sizes and strides of tensors enter the key.
        by_value: for each parameter whether it was annotated `hl.constexpr`, so that its value enters the key.
        user_key: the `key=` function of the decorator.
    """

    def __init__(
        self, static_shapes: bool, by_value: tuple[bool, ...], user_key: Callable[..., Hashable] | None = None
    ) -> None:
        tensor_key = static_tensor_key if static_shapes else dynamic_tensor_key
        self.tensor_key: Extractor = tensor_key
        self.by_value = by_value
        self.any_by_value = any(by_value)
        self.user_key = user_key
        self._static = static_shapes
        self._generated: dict[tuple[type, ...], Callable[..., Hashable] | None] = {}
        self.extractors: dict[type, Extractor] = {torch.Tensor: tensor_key, torch.nn.Parameter: tensor_key}
        self.extractors.update((kind, self._type_key(kind)) for kind in _BY_TYPE)
        self.extractors.update((kind, _value_key) for kind in _BY_VALUE)
        self.extractors[list] = self.extractors[tuple] = self.extractors[torch.Size] = self._sequence_key
        self.extractors[dict] = self._mapping_key
        self.extractors[types.FunctionType] = self.extractors[types.BuiltinFunctionType] = self._function_key
        self.extractors[constexpr] = lambda value: (constexpr, _hashable(value.value))

    def __call__(self, args: tuple[Any, ...]) -> Hashable:
        """The key; `UnsupportedPythonType` when an argument has a type that kernels do not take."""
        types = tuple(map(type, args))
        try:
            generated = self._generated[types]
        except KeyError:
            generated = self._generated[types] = self._generate(types)
        key: Hashable
        key = tuple([self._key(arg) for arg in args]) if generated is None else (types, generated(*args))
        if self.any_by_value:
            key = key, tuple([_hashable(arg) for arg, wanted in zip(args, self.by_value) if wanted])
        if self.user_key is not None:
            key = key, self.user_key(*args)
        return key

    def _generate(self, types: tuple[type, ...]) -> Callable[..., Hashable] | None:
        """A function that makes the key of arguments of these types, or None when one of them needs a walk."""
        parts: list[str] = []
        for index, kind in enumerate(types):
            if kind in (torch.Tensor, torch.nn.Parameter):
                name = f"a{index}"
                parts += (
                    [f"{name}.dtype", f"{name}.shape", f"{name}.stride()", f"{name}.device"]
                    if self._static
                    else [f"tensor_key({name})"]
                )
            elif kind in _BY_VALUE:
                parts.append(f"a{index}")
            elif kind not in _BY_TYPE:
                return None
        names = ", ".join(f"a{index}" for index in range(len(types)))
        body = "".join(f"{part}, " for part in parts)
        return eval(f"lambda {names}: ({body})", {"tensor_key": self.tensor_key})

    def _key(self, value: Any) -> Hashable:
        kind = type(cast(object, value))
        extractor = self.extractors.get(kind)
        if extractor is None:
            extractor = self.extractors[kind] = self._extractor(kind)
        return extractor(value)

    def _extractor(self, kind: type) -> Extractor:
        if issubclass(kind, torch.Tensor):
            return self.tensor_key
        for base in _BY_TYPE:
            if issubclass(kind, base):
                return self._type_key(base)
        if issubclass(kind, (tuple, list)):
            return self._sequence_key
        if dataclasses.is_dataclass(kind):
            return self._dataclass_key
        if issubclass(kind, Mapping):
            return self._mapping_key
        if issubclass(kind, types.MethodType):
            return lambda method: (self._function_key(method.__func__), id(method.__self__))
        if issubclass(kind, torch.nn.Module):
            return id
        if issubclass(kind, enum.Enum):
            return _value_key
        if issubclass(kind, functools.partial):
            return lambda part: (self._key(part.func), self._key(part.args), self._key(part.keywords))
        raise exc.UnsupportedPythonType(name=f"{kind.__module__}.{kind.__qualname__}")

    @staticmethod
    def _type_key(kind: type) -> Extractor:
        return lambda _: kind

    def _sequence_key(self, values: Any) -> Hashable:
        return type(cast(object, values)), tuple([self._key(value) for value in values])

    def _mapping_key(self, values: Mapping[Any, Any]) -> Hashable:
        return type(values), tuple([(key, self._key(value)) for key, value in values.items()])

    def _dataclass_key(self, value: Any) -> Hashable:
        return type(value), tuple([self._key(getattr(value, field.name)) for field in dataclasses.fields(value)])

    def _function_key(self, function: Any) -> Hashable:
        code = getattr(function, "__code__", None)
        if code is None:
            return function
        cells = getattr(function, "__closure__", None) or ()
        return code, tuple([self._key(cell.cell_contents) for cell in cells])


def _value_key(value: Any) -> Hashable:
    return value


def _hashable(value: Any) -> Hashable:
    """A value as a key: 1, 1.0 and True stay apart."""
    if isinstance(value, (list, tuple)):
        return tuple(_hashable(each) for each in cast("list[Any]", value))
    if isinstance(value, constexpr):
        return _hashable(value.value)
    return type(value), value


def first_device(value: Any) -> torch.device | None:
    """The device of the first tensor in an argument, however deeply nested; None when there is none."""
    if isinstance(value, torch.Tensor):
        return value.device
    parts: list[Any] = []
    if isinstance(value, (list, tuple)):
        parts = list(cast("list[Any]", value))
    elif isinstance(value, Mapping):
        parts = list(cast("Mapping[Any, Any]", value).values())
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
    for part in parts:
        device = first_device(part)
        if device is not None:
            return device
    return None
