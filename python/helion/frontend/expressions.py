# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Evaluates expressions of device code.

What is known while tracing is computed by Python itself; what touches a device value becomes operations. The values in
between are Python objects, host tensors (usable through indexing and their sizes only), device values, tiles, block
sizes, and symbolic numbers of the host part.
"""

from __future__ import annotations

import ast
import math
import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion.frontend import branches, indexing, memory, value_indexing
from helion.frontend.blocks import BlockSize, Unknown
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described, explained, in_words
from helion.frontend.operands import Operands, is_device, is_host_tensor
from helion.frontend.scope import Jump
from helion.frontend.stack_tensors import StackTensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from helion.frontend.scope import Frame

BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv, ast.Mod: operator.mod, ast.Pow: operator.pow, ast.LShift: operator.lshift,
    ast.RShift: operator.rshift, ast.BitAnd: operator.and_, ast.BitOr: operator.or_, ast.BitXor: operator.xor,
    ast.MatMult: operator.matmul,
}  # fmt: skip

UNARY: dict[type[ast.unaryop], tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    ast.USub: (operator.neg, torch.neg), ast.UAdd: (operator.pos, torch.positive),
    ast.Invert: (operator.invert, torch.bitwise_not), ast.Not: (operator.not_, torch.logical_not),
}  # fmt: skip

COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge, ast.Is: operator.is_, ast.IsNot: operator.is_not,
    ast.In: lambda item, items: item in items, ast.NotIn: lambda item, items: item not in items,
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class DeviceLambda:
    """A lambda written in device code, with the names that it sees."""

    node: ast.Lambda
    frame: Frame


@dataclass(frozen=True, eq=False)
class DeviceFunction:
    """A function defined in device code, with the names that it sees."""

    node: ast.FunctionDef
    frame: Frame


def _may_have_effects(node: ast.expr) -> bool:
    return any(isinstance(each, (ast.Call, ast.Subscript, ast.NamedExpr)) for each in ast.walk(node))


class Expressions(Operands):
    """The expression half of the interpreter; `frame` is where names live."""

    frame: Frame

    # ---- entry

    def evaluate(self, node: ast.expr) -> Any:
        """The value of `node`; errors get its place in the source."""
        handler = getattr(self, f"_eval_{type(node).__name__}", None)
        place = self.frame.source.location(node)
        if handler is None:
            kind = "yield from" if isinstance(node, ast.YieldFrom) else type(node).__name__.lower()
            raise exc.StatementNotSupported(name=f"the expression `{kind}`", location=place)
        builder = self.kernel.builder
        before, builder.place = builder.place, place
        try:
            return handler(node)
        except exc.Base as error:
            raise in_words(self.kernel, error).at(place) from error.__cause__
        except Jump:
            raise
        except Exception as error:
            raise explained(self.kernel, error, place) from error
        finally:
            builder.place = before

    # ---- leaves

    def _eval_Constant(self, node: ast.Constant) -> Any:
        return node.value

    def _eval_Name(self, node: ast.Name) -> Any:
        return self.frame.read(node.id)

    def _eval_Tuple(self, node: ast.Tuple) -> Any:
        return tuple(self._items(node.elts))

    def _eval_List(self, node: ast.List) -> Any:
        return self._items(node.elts)

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        items: list[Any] = []
        for each in nodes:
            if isinstance(each, ast.Starred):
                items += self.unpacked(self.evaluate(each.value))
            else:
                items.append(self.evaluate(each))
        return items

    def unpacked(self, value: Any) -> list[Any]:
        """The items of something that can be unpacked while tracing."""
        if isinstance(value, (DeviceTile, ShiftedTile)):
            raise exc.FailedToUnpackTile()
        if isinstance(value, torch.Tensor):
            if not self.has_known_length(value):
                raise exc.StarredArgsNotSupportedOnDevice(found=described(self.kernel, value))
            return list(self.call(torch.unbind, value))
        if not hasattr(value, "__iter__"):
            raise exc.TypeInferenceError(f"{described(self.kernel, value)} cannot be unpacked")
        return list(value)

    def has_known_length(self, value: torch.Tensor) -> bool:
        """Whether it is known while compiling how many parts a tensor has along its first dimension."""
        return is_device(value) and value.dim() > 0 and isinstance(self.seen_extent(value.shape[0]), int)

    def _eval_Set(self, node: ast.Set) -> Any:
        items = self._items(node.elts)
        for each in items:
            if self.touches_device(each):
                raise exc.StatementNotSupported(
                    name="a set of device values", found=described(self.kernel, each), hint="use a tuple"
                )
        return set(items)

    def _eval_Dict(self, node: ast.Dict) -> Any:
        made: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                made |= self.evaluate(value)
            else:
                made[self.evaluate(key)] = self.evaluate(value)
        return made

    def _eval_Slice(self, node: ast.Slice) -> Any:
        return slice(*(None if each is None else self.evaluate(each) for each in (node.lower, node.upper, node.step)))

    def _eval_JoinedStr(self, node: ast.JoinedStr) -> Any:
        return "".join(
            str(each.value) if isinstance(each, ast.Constant) else self._formatted(each.value)
            for each in node.values
            if isinstance(each, (ast.Constant, ast.FormattedValue))
        )

    def _formatted(self, node: ast.expr) -> str:
        value = self.evaluate(node)
        if self.touches_device(value):
            raise exc.NotAllowedOnDevice(
                name=f"text of {ast.unparse(node)}", found=described(self.kernel, value),
                hint="device values have no text while a kernel is compiled; hl.device_print shows them",
            )  # fmt: skip
        return format(value)

    # ---- operators

    def _eval_BinOp(self, node: ast.BinOp) -> Any:
        return self.binary(type(node.op), self.evaluate(node.left), self.evaluate(node.right))

    def binary(self, op: type[ast.operator], left: Any, right: Any) -> Any:
        """`left op right`."""
        function = BINARY[op]
        if not (self.touches_device(left) or self.touches_device(right)):
            return function(left, right)
        for tile, offset, allowed in ((left, right, (ast.Add, ast.Sub)), (right, left, (ast.Add,))):
            if isinstance(tile, (DeviceTile, ShiftedTile)) and op in allowed and self._is_index_scalar(offset):
                return indexing.shifted(self.kernel, tile, offset, 1 if op is ast.Add else -1)
        for each in (left, right):
            if each is None or isinstance(each, (str, bytes, complex, list, tuple, dict, set, range)):
                raise exc.CantReadOnDevice(
                    f"{described(self.kernel, each)} cannot be an operand of device code",
                    expected="a device value or a number",
                )
        made = self.call(function, left, right)
        self._remember_sum(op, left, right, made)
        if op is ast.Mult:
            factors = [factor for factor in (_extent_of(left), _extent_of(right)) if factor is not None]
            if len(factors) == 2:
                made._helion_extent = math.prod(factors)
        return made

    def _is_index_scalar(self, value: Any) -> bool:
        if isinstance(value, torch.Tensor):
            return is_device(value) and value.dim() == 0 and not value.dtype.is_floating_point
        if self.kernel.world.is_symbolic(value):
            return not self.kernel.world.is_float(value)
        return isinstance(value, BlockSize) or (isinstance(value, int) and not isinstance(value, bool))

    def _remember_sum(self, op: type[ast.operator], left: Any, right: Any, made: Any) -> None:
        """Keeps what indexing wants to know: `i + 4` starts where `i` does, `tile.index + 4` is a shifted tile."""
        if op not in (ast.Add, ast.Sub) or not isinstance(made, torch.Tensor):
            return
        sign = 1 if op is ast.Add else -1
        for base, offset in ((left, right), (right, left)):
            if base is right and sign < 0:
                continue
            tile = getattr(base, "_helion_tile", None)
            if tile is not None and self._is_index_scalar(offset):
                made._helion_tile = indexing.shifted(self.kernel, tile, offset, sign)  # type: ignore[attr-defined]
            if isinstance(base, torch.Tensor) and base.dim() == 0 and isinstance(offset, int):
                origin, known = getattr(base, "_helion_sum", (base, 0))
                made._helion_sum = (origin, known + sign * offset)  # type: ignore[attr-defined]

    def _eval_UnaryOp(self, node: ast.UnaryOp) -> Any:
        value = self.evaluate(node.operand)
        on_host, on_device = UNARY[type(node.op)]
        if isinstance(node.op, ast.Not):
            value = self.truth(value)
        return self.call(on_device, value) if self.touches_device(value) else on_host(value)

    def truth(self, value: Any) -> Any:
        """`value` as a condition: a scalar of the device, or something that Python decides while tracing.

        Raises:
            IncorrectTileUsage, HostTensorDirectUsage, InvalidAPIUsage: for what has no truth value.
        """
        if isinstance(value, hl.constexpr):
            return value.value
        if isinstance(value, (DeviceTile, ShiftedTile)):
            raise exc.IncorrectTileUsage("a tile has no truth value")
        if isinstance(value, BlockSize):
            raise exc.InvalidAPIUsage("a block size has no truth value", hint="compare it with a number")
        return self.operand(value) if isinstance(value, torch.Tensor) else value

    def _eval_Compare(self, node: ast.Compare) -> Any:
        left, result = self.evaluate(node.left), None
        for op, each in zip(node.ops, node.comparators):
            right = self.evaluate(each)
            truth = self._compared(type(op), left, right)
            result = truth if result is None else self._both(result, truth)
            if result is False:
                return False
            left = right
        return result

    def _compared(self, op: type[ast.cmpop], left: Any, right: Any) -> Any:
        function = COMPARE[op]
        if op in (ast.In, ast.NotIn) and self.touches_device(left):
            found: Any = False
            for each in self.unpacked(right):
                found = self.logical(torch.logical_or, found, self._compared(ast.Eq, left, each))
            return found if op is ast.In else self.logical(torch.logical_xor, found, True)
        if op in (ast.Is, ast.IsNot, ast.In, ast.NotIn):
            return function(left, right)
        extent = _extent_of(left)
        if extent is not None and extent == _extent_of(right):
            return op in (ast.Eq, ast.LtE, ast.GtE)
        if self.touches_device(left) or self.touches_device(right):
            if left is None or right is None or isinstance(left, str) or isinstance(right, str):
                return function(id(left), id(right))
            return self.call(function, left, right)
        return function(left, right)

    def _both(self, left: Any, right: Any) -> Any:
        return self.logical(torch.logical_and, left, right)

    def logical(self, function: Callable[..., Any], left: Any, right: Any) -> Any:
        """`function`, `torch.logical_and` or a relative, of two conditions; what Python knows it decides by itself."""
        if is_device(left) or is_device(right):
            return self.call(function, *self._tensors(left, right))
        return {torch.logical_and: operator.and_, torch.logical_or: operator.or_, torch.logical_xor: operator.xor}[
            function
        ](bool(left), bool(right))

    def _tensors(self, *values: Any) -> list[Any]:
        return [each if is_device(each) else self.kernel.device.constant(bool(each), torch.bool) for each in values]

    def _eval_BoolOp(self, node: ast.BoolOp) -> Any:
        conjunction = isinstance(node.op, ast.And)
        result: Any = None
        for at, each in enumerate(node.values):
            if at and _may_have_effects(each) and isinstance(result, torch.Tensor) and not result.dim():
                result = self._short_circuit(result, each, conjunction)
                continue
            value = self.truth(self.evaluate(each))
            if at == 0:
                result = value
            elif is_device(result) or is_device(value):
                function = torch.logical_and if conjunction else torch.logical_or
                result = self.call(function, *self._tensors(result, value))
            else:
                result = value
            if not is_device(result) and bool(result) != conjunction:
                return result
        return result

    def _short_circuit(self, left: torch.Tensor, right: ast.expr, conjunction: bool) -> Any:
        """`left and right` or `left or right`: the right side runs only where the left one leaves it open."""

        def evaluated() -> Any:
            value = self._tensors(self.evaluate(right))[0]
            return value if value.dtype == torch.bool else self.call(torch.Tensor.to, value, torch.bool)

        def known() -> Any:
            return self._tensors(not conjunction)[0]

        sides = (evaluated, known) if conjunction else (known, evaluated)
        return branches.choose(self, left, *sides)

    def _choosable(self, node: ast.expr) -> Any:
        value = self.evaluate(node)
        if self.touches_device(value) or isinstance(value, (bool, int, float)) or self.kernel.world.is_symbolic(value):
            return value
        raise exc.CantCombineTypesInControlFlow(
            "the device can only choose between numbers and device values", found=described(self.kernel, value)
        )

    def _eval_IfExp(self, node: ast.IfExp) -> Any:
        condition = self.truth(self.evaluate(node.test))
        if isinstance(condition, torch.Tensor):
            sides = (lambda: self._choosable(node.body)), (lambda: self._choosable(node.orelse))
            return branches.choose(self, condition, *sides)
        return self.evaluate(node.body if condition else node.orelse)

    def _eval_Lambda(self, node: ast.Lambda) -> Any:
        return DeviceLambda(node, self.frame)

    def _eval_NamedExpr(self, node: ast.NamedExpr) -> Any:
        value = self.evaluate(node.value)
        self.frame.write(node.target.id, value)
        return value

    # ---- comprehensions

    def _eval_ListComp(self, node: ast.ListComp | ast.GeneratorExp) -> Any:
        return [self.evaluate(node.elt) for _ in self._generated(node.generators)]

    _eval_GeneratorExp = _eval_ListComp

    def _eval_DictComp(self, node: ast.DictComp) -> Any:
        return {self.evaluate(node.key): self.evaluate(node.value) for _ in self._generated(node.generators)}

    def _generated(self, generators: list[ast.comprehension]) -> Any:
        first, rest = generators[0], generators[1:]
        with self.frame.nested():
            for item in self.unpacked(self.evaluate(first.iter)):
                self.bind(first.target, item)
                if all(self.evaluate(each) for each in first.ifs):
                    if rest:
                        yield from self._generated(rest)
                    else:
                        yield None

    def bind(self, target: ast.expr, value: Any) -> None:
        """Assigns `value` to a name or to a tuple of names."""
        raise NotImplementedError

    def as_tensor(self, value: Any) -> Any:
        """`value` as a device value; numbers become scalars."""
        raise NotImplementedError

    # ---- attributes and subscripts

    def _eval_Attribute(self, node: ast.Attribute) -> Any:
        return self.attribute(self.evaluate(node.value), node.attr, node)

    def _eval_Subscript(self, node: ast.Subscript) -> Any:
        owner = self.evaluate(node.value)
        index = self.evaluate(node.slice)
        if isinstance(owner, StackTensor):
            return memory.load(self.kernel, owner, self.path_of(owner.like), self.index(index))
        if isinstance(owner, torch.Tensor):
            if is_host_tensor(owner):
                return memory.load(self.kernel, owner, self.path_of(owner, node.value), self.index(index))
            return value_indexing.subscript(self, owner, index)
        if isinstance(owner, (DeviceTile, ShiftedTile)):
            raise exc.IncorrectTileUsage("a tile cannot be indexed")
        if self.touches_device(index):
            raise exc.InvalidSequenceSubscription(found=described(self.kernel, index))
        return owner[index]


def _extent_of(value: Any) -> int | None:
    """What stands for `value` in shapes, if it can be part of one: a number, a block size or a product of these."""
    if isinstance(value, Unknown):
        return value.extent
    return value if type(value) is int else getattr(value, "_helion_extent", None)
