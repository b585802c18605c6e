# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Calls in device code: `hl.*` by identity, torch, Python's builtins, and the user's own helpers, which are inlined."""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import math
import types
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion.frontend import combining, foreign_calls, microscaling_calls, random_calls
from helion.frontend.blocks import BlockSize
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described
from helion.frontend.expressions import DeviceFunction, DeviceLambda, Expressions
from helion.frontend.language_calls import LANGUAGE
from helion.frontend.liveness import changed_in_place
from helion.frontend.operands import is_device
from helion.frontend.scope import Frame
from helion.frontend.source import FunctionSource, source_of

if TYPE_CHECKING:
    from collections.abc import Callable

_SHAPE_FUNCTIONS = frozenset({torch.zeros, torch.ones, torch.empty, torch.full})
_MAX_DEPTH = 64
_LANGUAGE = {
    **LANGUAGE, **combining.RULES, **random_calls.RULES, **foreign_calls.RULES, **microscaling_calls.RULES,
}  # fmt: skip

_TORCH_OF_MATH: dict[Any, Any] = {
    math.exp: torch.exp, math.log: torch.log, math.log2: torch.log2, math.sqrt: torch.sqrt, math.sin: torch.sin,
    math.cos: torch.cos, math.tanh: torch.tanh, math.floor: torch.floor, math.ceil: torch.ceil, math.fabs: torch.abs,
    math.pow: torch.pow, math.log10: torch.log10, math.log1p: torch.log1p, math.erf: torch.erf,
    builtins.abs: torch.abs, builtins.pow: torch.pow, builtins.round: torch.round,
}  # fmt: skip


class Calls(Expressions):
    """The half of the interpreter that calls functions."""

    depth: int

    def inlined(self, source: FunctionSource, frame: Frame) -> Any:
        """Runs the body of a helper function."""
        raise NotImplementedError

    def _eval_Call(self, node: ast.Call) -> Any:
        if isinstance(node.func, ast.Attribute):
            owner = self.evaluate(node.func.value)
            if isinstance(owner, torch.Tensor):
                args, kwargs = self._arguments(node)
                made = self.tensor_method(owner, node.func.attr, args, kwargs)
                name = changed_in_place(node)
                if name is not None and is_device(owner):
                    self.frame.write(name, made)
                return made
            function = self.attribute(owner, node.func.attr, node.func)
        else:
            function = self.evaluate(node.func)
        args, kwargs = self._arguments(node)
        return self.call_function(function, args, kwargs)

    def _arguments(self, node: ast.Call) -> tuple[list[Any], dict[str, Any]]:
        args = self._items(node.args)
        kwargs: dict[str, Any] = {}
        for each in node.keywords:
            if each.arg is None:
                kwargs |= self.evaluate(each.value)
            else:
                kwargs[each.arg] = self.evaluate(each.value)
        return args, kwargs

    def call_function(self, function: Any, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """`function(*args, **kwargs)`."""
        rule = _LANGUAGE.get(function) if getattr(function, "__hash__", None) else None
        if rule is not None:
            return _checked(rule, function)(self, *args, **kwargs)
        rule = random_calls.TORCH_RULES.get(function) if getattr(function, "__hash__", None) else None
        if rule is not None:
            return rule(self, *args, **kwargs)
        if isinstance(getattr(function, "__self__", None), torch.Tensor):
            return self.tensor_method(function.__self__, function.__name__, args, kwargs)
        if isinstance(function, functools.partial):
            return self.call_function(function.func, [*function.args, *args], {**function.keywords, **kwargs})
        if isinstance(function, (DeviceLambda, DeviceFunction)):
            return self._apply(function, args, kwargs)
        own = getattr(self, f"_builtin_{getattr(function, '__name__', '')}", None)
        if isinstance(function, (DeviceTile, ShiftedTile, BlockSize)) or not callable(function):
            raise exc.TypeInferenceError(
                f"{described(self.kernel, function)} cannot be called", expected="a function"
            )  # fmt: skip
        if own is not None and getattr(builtins, function.__name__, None) is function:
            return own(*args, **kwargs)
        if self._is_kernel(function):
            raise exc.NestedKernelCallsNotSupported(name=getattr(function, "name", "it"))
        if isinstance(function, types.MethodType) and self._is_user_code(function.__func__):
            return self._inline(function.__func__, [function.__self__, *args], kwargs)
        if isinstance(function, types.FunctionType) and self._is_user_code(function):
            return self._inline(function, args, kwargs)
        return self._native(function, args, kwargs)

    def _is_kernel(self, function: Any) -> bool:
        return type(function).__module__.startswith("helion.runtime")

    def _is_user_code(self, function: Any) -> bool:
        module = getattr(function, "__module__", "") or ""
        foreign = module.split(".")[0] in ("torch", "helion", "math", "operator", "functools")
        return isinstance(function, types.FunctionType) and not foreign

    def _native(self, function: Callable[..., Any], args: list[Any], kwargs: dict[str, Any]) -> Any:
        if _is_torch_scan(function):
            kwargs.pop("combine_mode", None)
            return self.call_function(hl.associative_scan, args, kwargs)
        everything = [*args, *kwargs.values()]
        touched = any(self.touches_device(each) for each in _flat(everything))
        if not touched and not _is_torch(function):
            return function(*args, **kwargs)
        if isinstance(function, torch.nn.Module):
            check_graph(function)
        if touched:
            refuse_in_place(function, kwargs)
            self._refuse_foreign(function, everything)
        if touched and function in _TORCH_OF_MATH:
            function = _TORCH_OF_MATH[function]
        if function in _SHAPE_FUNCTIONS:
            sizes = 1 if function is torch.full else len(args)
            args = [*(self.extent(each) for each in args[:sizes]), *args[sizes:]]
        return self.call(function, *args, **kwargs)

    def _refuse_foreign(self, function: Callable[..., Any], values: list[Any]) -> None:
        """Refuses what would take device values for arrays of another library, and the other way round."""
        if function in _TORCH_OF_MATH:
            return
        module = (getattr(function, "__module__", None) or type(function).__module__).split(".")[0]
        name = getattr(function, "__name__", type(function).__name__)
        if module == "numpy":
            raise exc.NotAllowedOnDevice(name=f"numpy.{name}", hint=f"use torch.{name} or what comes closest to it")
        if module == "math":
            raise exc.NotAllowedOnDevice(name=f"math.{name}", hint="use a function of torch")
        if getattr(builtins, name, None) is function:
            raise exc.NotAllowedOnDevice(name=f"{name}() of a device value", hint="use a function of torch")
        for each in values:
            if type(each).__module__.split(".")[0] == "numpy" and not isinstance(each, (int, float)):
                raise exc.TracedArgNotSupported(name=type(each).__name__, hint="pass a tensor to the kernel instead")
            if isinstance(each, (set, frozenset, bytes)):
                raise exc.TracedArgNotSupported(name=type(each).__name__)

    def _inline(self, function: types.FunctionType, args: list[Any], kwargs: dict[str, Any]) -> Any:
        try:
            source = source_of(function)
        except exc.InvalidAPIUsage:
            return self._native(function, args, kwargs)
        if self.depth > _MAX_DEPTH:
            raise exc.StatementNotSupported("recursion is not supported in a kernel")
        try:
            bound = inspect.signature(function).bind(*args, **kwargs)
        except TypeError as error:
            raise exc.InvalidAPIUsage(
                f"{function.__name__} is called with wrong arguments: {error}",
                expected=f"{function.__name__}{inspect.signature(function)}",
            ) from None
        bound.apply_defaults()
        return self.inlined(source, Frame(source, values=dict(bound.arguments)))

    def body_of(self, function: DeviceFunction, values: dict[str, Any]) -> Any:
        """Runs a function that device code defines."""
        raise NotImplementedError

    def _apply(self, function: DeviceLambda | DeviceFunction, args: list[Any], kwargs: dict[str, Any]) -> Any:
        parameters = function.node.args
        names = [each.arg for each in (*parameters.posonlyargs, *parameters.args)]
        defaults = dict(zip(reversed(names), (self.evaluate(each) for each in reversed(parameters.defaults))))
        for each, default in zip(parameters.kwonlyargs, parameters.kw_defaults):
            if default is not None:
                defaults[each.arg] = self.evaluate(default)
        given = {**defaults, **dict(zip(names, args)), **kwargs}
        wanted = {*names, *(each.arg for each in parameters.kwonlyargs)}
        if len(args) > len(names) or set(given) != wanted or parameters.vararg or parameters.kwarg:
            name = getattr(function.node, "name", "a lambda")
            raise exc.InvalidAPIUsage(
                f"{name} is called with wrong arguments", expected=f"({ast.unparse(parameters)})",
                found=f"{len(args)} arguments" + (f" and {', '.join(kwargs)}" if kwargs else ""),
            )  # fmt: skip
        if isinstance(function, DeviceFunction):
            return self.body_of(function, given)
        outer, self.frame = self.frame, function.frame.extended(given)
        try:
            return self.evaluate(function.node.body)
        finally:
            self.frame = outer

    # ---- Python's builtins

    def _builtin_len(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self.tensor_method(value, "size", [0], {})
        return len(value)

    def _extremum(self, kind: str, values: tuple[Any, ...]) -> Any:
        items = list(values[0]) if len(values) == 1 else list(values)
        function = torch.maximum if kind == "max" else torch.minimum
        python = max if kind == "max" else min
        result = items[0]
        for each in items[1:]:
            if self.touches_device(result) or self.touches_device(each):
                left, right = (self.as_tensor(value) for value in (result, each))
                result = self.call(function, left, right)
            else:
                result = python(result, each)
        return result

    def as_tensor(self, value: Any) -> Any:
        """`value` as a device value; numbers become scalars."""
        value = self.operand(value)
        if isinstance(value, torch.Tensor):
            return value
        dtype = torch.float32 if isinstance(value, float) else self.kernel.builder.index_dtype
        return self.kernel.device.constant(value, dtype)

    def _builtin_max(self, *values: Any, **kwargs: Any) -> Any:
        return max(*values, **kwargs) if kwargs else self._extremum("max", values)

    def _builtin_min(self, *values: Any, **kwargs: Any) -> Any:
        return min(*values, **kwargs) if kwargs else self._extremum("min", values)

    def _folded(self, values: Any, function: Callable[..., Any], start: bool) -> Any:
        result: Any = start
        for each in self.unpacked(values):
            result = self.logical(function, result, self.truth(each))
        return result

    def _builtin_any(self, values: Any) -> Any:
        return self._folded(values, torch.logical_or, False)

    def _builtin_all(self, values: Any) -> Any:
        return self._folded(values, torch.logical_and, True)

    def _builtin_divmod(self, left: Any, right: Any) -> Any:
        return self.binary(ast.FloorDiv, left, right), self.binary(ast.Mod, left, right)

    def _builtin_round(self, value: Any, digits: int | None = None) -> Any:
        if not self.touches_device(value):
            return round(value, digits)
        return self.call(torch.round, value) if digits is None else self.call(torch.round, value, decimals=digits)

    def _builtin_sum(self, values: Any, start: Any = 0) -> Any:
        if isinstance(values, torch.Tensor):
            raise exc.TorchOperationNotSupported("sum of a tensor is not supported", hint="use torch.sum")
        for each in values:
            start = each if isinstance(start, int) and start == 0 else self.binary(ast.Add, start, each)
        return start

    def _number(self, value: Any, python: Any, dtype: torch.dtype) -> Any:
        if isinstance(value, BlockSize) and python is int:
            return value
        if is_device(value) or isinstance(value, BlockSize):
            return self.call(torch.Tensor.to, value, dtype)
        return python(value)

    def _builtin_int(self, value: Any = 0) -> Any:
        if self.kernel.world.is_symbolic(value):
            return value
        return self._number(value, int, self.kernel.builder.index_dtype)

    def _builtin_float(self, value: Any = 0.0) -> Any:
        return self._number(value, float, torch.float32)

    def _builtin_bool(self, value: Any = False) -> Any:
        return self._number(value, bool, torch.bool)

    def _builtin_isinstance(self, value: Any, kinds: Any) -> bool:
        return isinstance(value, kinds)

    def _builtin_zip(self, *values: Any, strict: bool = False) -> Any:
        return list(zip(*(self.unpacked(each) for each in values), strict=strict))

    def _builtin_enumerate(self, values: Any, start: int = 0) -> Any:
        return list(enumerate(self.unpacked(values), start))

    def _builtin_print(self, prefix: Any = "", *values: Any, **kwargs: Any) -> None:
        if kwargs:
            raise exc.InvalidAPIUsage("print in device code takes values only", found=", ".join(kwargs))
        foreign_calls.device_print(self, prefix, *values)

    def _builtin_breakpoint(self) -> None:
        foreign_calls.breakpoint_(self)

    def _builtin_getattr(self, owner: Any, name: str, *default: Any) -> Any:
        if isinstance(owner, (torch.Tensor, DeviceTile, ShiftedTile)):
            return self.attribute(owner, name, ast.Constant(None))
        return getattr(owner, name, *default)

    def _builtin_slice(self, *values: Any) -> slice:
        return slice(*values)

    def _builtin_tuple(self, values: Any = ()) -> tuple[Any, ...]:
        return tuple(self.unpacked(values))

    def _builtin_list(self, values: Any = ()) -> list[Any]:
        return self.unpacked(values)


def check_graph(module: torch.nn.Module) -> None:
    """Refuses graph modules that hold more than calls of functions and methods.

    Raises:
        GraphModuleUnsupportedOps: names the node.
    """
    graph = getattr(module, "graph", None)
    for node in () if graph is None else graph.nodes:
        if node.op in ("call_module", "get_attr"):
            raise exc.GraphModuleUnsupportedOps(
                name=f"{node.name} ({node.op})", hint="pass its tensors to the kernel, and a graph of functions alone"
            )


def refuse_in_place(function: Callable[..., Any], kwargs: dict[str, Any]) -> None:
    """Refuses functions that change an argument: device values have no storage that others could share.

    Raises:
        NotAllowedOnDevice: names the form that gives a result instead.
    """
    name = getattr(function, "__name__", "")
    if kwargs.get("out") is not None:
        raise exc.NotAllowedOnDevice(name="the argument out=", hint=f"assign the result: x = torch.{name}(…)")
    if kwargs.get("inplace"):
        raise exc.NotAllowedOnDevice(name="inplace=True", hint=f"assign the result: x = {name}(x)")
    if name.endswith("_") and not name.startswith("_") and _is_torch(function):
        raise exc.NotAllowedOnDevice(name=f"torch.{name}", hint=f"assign the result: x = torch.{name[:-1]}(x)")


def _flat(values: Any) -> Any:
    for each in values:
        if isinstance(each, (list, tuple)):
            yield from _flat(each)
        elif isinstance(each, dict):
            yield from _flat(each.values())
        else:
            yield each


def _is_torch(function: Any) -> bool:
    module = getattr(function, "__module__", None) or ""
    return module.split(".")[0] == "torch" and not isinstance(function, type)


def _is_torch_scan(function: Any) -> bool:
    # By name: importing it costs half a second, and who calls it has done so.
    module = getattr(function, "__module__", None) or ""
    return module.startswith("torch._higher_order_ops") and getattr(function, "__name__", "") == "associative_scan"


def _checked(rule: Callable[..., Any], function: Any) -> Callable[..., Any]:
    """`rule`, with a wrong call reported in terms of `function`."""

    def called(interp: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            bound = inspect.signature(function).bind(*args, **kwargs)
        except TypeError as error:
            raise exc.InvalidAPIUsage(f"hl.{function.__name__}: {error}") from None
        bound.apply_defaults()
        return rule(interp, *bound.args, **bound.kwargs)

    return called
