# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the statements of device code, once, to emit them."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion.frontend import branches, loops, memory, while_loops
from helion.frontend.blocks import BlockSize
from helion.frontend.calls import Calls
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described, explained, in_words
from helion.frontend.expressions import DeviceFunction
from helion.frontend.host_warnings import issue
from helion.frontend.jumps import without_jumps, without_returns
from helion.frontend.liveness import changed_in_place, is_in_place, live_after_each, live_before
from helion.frontend.loop_ranges import loop_range
from helion.frontend.operands import is_device, is_host_tensor
from helion.frontend.scope import Broken, Continued, Gone, Jump, Returned
from helion.frontend.stack_tensors import StackTensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion._mlir import ir
    from helion.frontend.kernel import KernelBuilder
    from helion.frontend.scope import Frame
    from helion.frontend.source import FunctionSource

_LOOP_FUNCTIONS = (hl.tile, hl.grid, hl.jagged_tile, range)


class Interpreter(Calls):
    """The statement half; see `Expressions` and `Calls` for the others."""

    def __init__(self, kernel: KernelBuilder, frame: Frame, paths: dict[int, str]) -> None:
        self.kernel = kernel
        self.frame = frame
        self.paths = paths
        self.depth = 0

    # ---- statements

    def run(self, statements: Sequence[ast.stmt], live: set[str]) -> None:
        """Runs `statements`; the names in `live` may be read afterwards."""
        for statement, after in zip(statements, live_after_each(statements, live)):
            place = self.frame.source.location(statement)
            handler = getattr(self, f"_run_{type(statement).__name__}", None)
            if handler is None:
                raise exc.StatementNotSupported(name=_described(statement), location=place)
            try:
                with self.kernel.builder.at(place):
                    handler(statement, after)
            except exc.Base as error:
                raise in_words(self.kernel, error).at(place) from error.__cause__
            except Jump as jump:
                jump.place = jump.place or place
                raise
            except Exception as error:
                raise explained(self.kernel, error, place) from error

    def _run_Pass(self, node: ast.Pass, live: set[str]) -> None:
        return

    def _run_Expr(self, node: ast.Expr, live: set[str]) -> None:
        if isinstance(node.value, ast.Constant):
            return
        made = self.evaluate(node.value)
        if is_in_place(node.value) and changed_in_place(node.value) is None and isinstance(made, torch.Tensor):
            raise exc.InvalidAssignment(
                "an in-place method of a value without a name changes nothing that could be read",
                found=ast.unparse(node.value),
                hint="assign the result, as in x[tile] = x[tile] + 1 or v = v.T.mul(2).T",
            )  # fmt: skip

    def _run_Assert(self, node: ast.Assert, live: set[str]) -> None:
        condition = self.evaluate(node.test)
        if isinstance(condition, torch.Tensor):
            raise exc.StatementNotSupported("an assertion about device values is not supported in a kernel")
        if not condition:
            message = "" if node.msg is None else f": {self.evaluate(node.msg)}"
            raise exc.InvalidAPIUsage(f"an assertion in device code does not hold{message}")

    def _run_Return(self, node: ast.Return, live: set[str]) -> None:
        raise Returned(None if node.value is None else self.evaluate(node.value))

    def _run_Continue(self, node: ast.Continue, live: set[str]) -> None:
        raise Continued

    def _run_Break(self, node: ast.Break, live: set[str]) -> None:
        raise Broken

    # ---- assignments

    def _run_Assign(self, node: ast.Assign, live: set[str]) -> None:
        value = self.evaluate(node.value)
        for target in node.targets:
            self.assign(target, value)

    def _run_Delete(self, node: ast.Delete, live: set[str]) -> None:
        for target in node.targets:
            if not isinstance(target, ast.Name):
                raise exc.InvalidAssignment("only names can be deleted in a kernel")
            self.frame.read(target.id)
            self.frame.write(target.id, Gone(f"it is deleted at line {node.lineno}"))

    def _run_AnnAssign(self, node: ast.AnnAssign, live: set[str]) -> None:
        if node.value is not None:
            self.assign(node.target, self.evaluate(node.value))

    def assign(self, target: ast.expr, value: Any) -> None:
        """Assigns to a name, a tuple of names, or an element of a host tensor."""
        place = self.frame.source.location(target)
        try:
            self.bind(target, value)
        except exc.Base as error:
            raise error.at(place) from error.__cause__

    def bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            if is_device(value) and isinstance(value, torch.Tensor):
                found = value._helion_value  # type: ignore[attr-defined]
                if hasattr(found, "owner"):
                    self.kernel.builder.name(found, target.id)
            self.frame.write(target.id, value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            if isinstance(value, torch.Tensor) and not self.has_known_length(value):
                raise exc.FailedToUnpackTupleAssign(
                    "a value cannot be unpacked along a tile", found=described(self.kernel, value),
                    hint="index it, or use torch.unbind, torch.split or hl.split",
                )  # fmt: skip
            self._bind_several(target.elts, self.unpacked(value))
        elif isinstance(target, ast.Subscript):
            self._store(target, value)
        else:
            raise exc.InvalidAssignment()

    def _bind_several(self, targets: list[ast.expr], values: list[Any]) -> None:
        starred = [at for at, each in enumerate(targets) if isinstance(each, ast.Starred)]
        if starred:
            at, rest = starred[0], len(targets) - starred[0] - 1
            middle = values[at : len(values) - rest]
            values = [*values[:at], middle, *values[len(values) - rest :]]
        if len(values) != len(targets):
            raise exc.FailedToUnpackTupleAssign(found_count=len(values), wanted_count=len(targets))
        for target, value in zip(targets, values):
            self.bind(target.value if isinstance(target, ast.Starred) else target, value)

    def _store(self, target: ast.Subscript, value: Any) -> None:
        base = self.evaluate(target.value)
        if is_device(base):
            raise exc.DeviceTensorSubscriptAssignmentNotAllowed(name=ast.unparse(target.value))
        if isinstance(base, (dict, list)):
            base[self.evaluate(target.slice)] = value
            return
        if not isinstance(base, (torch.Tensor, StackTensor)):
            raise exc.NonTensorSubscriptAssign(name=type(base).__name__)
        index = self.index(self.evaluate(target.slice))
        memory.store(self.kernel, base, self._path_of_base(base, target.value), index, self._storable(value))

    def _path_of_base(self, base: torch.Tensor | StackTensor, node: ast.expr) -> str:
        return self.path_of(base.like) if isinstance(base, StackTensor) else self.path_of(base, node)

    def _storable(self, value: Any) -> Any:
        if is_host_tensor(value) or isinstance(value, (DeviceTile, ShiftedTile, BlockSize)):
            return self.operand(value)
        return self.kernel.scalar(value) if self.kernel.world.is_symbolic(value) else value

    def _run_AugAssign(self, node: ast.AugAssign, live: set[str]) -> None:
        op = type(node.op)
        if isinstance(node.target, ast.Subscript):
            base = self.evaluate(node.target.value)
            if isinstance(base, (list, dict)):
                index = self.evaluate(node.target.slice)
                base[index] = self._augmented(op, base[index], self.evaluate(node.value))
                return
            if is_host_tensor(base) or isinstance(base, StackTensor):
                index = self.index(self.evaluate(node.target.slice))
                name = self._path_of_base(base, node.target.value)
                made = self.binary(op, memory.load(self.kernel, base, name, index), self.evaluate(node.value))
                memory.store(self.kernel, base, name, index, self._storable(made))
                return
            if not is_device(base):
                raise exc.NonTensorSubscriptAssign(name=type(base).__name__)
        if not isinstance(node.target, ast.Name):
            raise exc.InvalidAssignment()
        before = self.evaluate(ast.copy_location(ast.Name(node.target.id, ast.Load()), node.target))
        right = self.evaluate(node.value)
        if op is ast.Add and getattr(right, "_helion_rounded", False):
            place = self.frame.source.location(node)
            issue(exc.TiledKMatmulAccumulationWarning(found=ast.unparse(node)), self.kernel.builder.settings, place)
        self.assign(node.target, self._augmented(op, before, right))

    def _augmented(self, op: type[ast.operator], before: Any, right: Any) -> Any:
        made = self.binary(op, before, right)
        return self.in_place(made, before) if is_device(before) and isinstance(before, torch.Tensor) else made

    def in_place(self, made: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """The result of an in-place operation, which keeps the dtype and shape of its left side.

        Raises:
            TorchOpTracingError, ShapeMismatch: where torch refuses.
        """
        if getattr(before, "_helion_number", False):
            return made
        if tuple(made.shape) != tuple(before.shape):
            text = self.kernel.blocks.shape_text
            raise exc.ShapeMismatch(
                "an in-place operation cannot change the shape of its left side",
                expected=text(before.shape), found=text(made.shape), hint="write x = x + y instead of x += y",
            )  # fmt: skip
        if made.dtype == before.dtype:
            return made
        if not torch.can_cast(made.dtype, before.dtype):
            raise exc.TorchOpTracingError(
                "the result of an in-place operation does not fit the dtype of its left side",
                expected=before.dtype, found=made.dtype,
            )  # fmt: skip
        value = self.kernel.builder.convert(self.kernel.device.value(made), made.shape, made.dtype, before.dtype)
        return self.kernel.device.tensor(value, made.shape, before.dtype)

    # ---- control flow

    def _run_If(self, node: ast.If, live: set[str]) -> None:
        condition = self.truth(self.evaluate(node.test))
        if isinstance(condition, torch.Tensor):
            branches.run_if(self, node, condition, live)
        else:
            self.run(node.body if condition else node.orelse, live)

    def _run_For(self, node: ast.For, live: set[str]) -> None:
        if node.orelse:
            raise exc.DeviceLoopElseBlock(location=self.frame.source.location(node.orelse[0]))
        if isinstance(node.iter, ast.Call):
            function = self.frame_function(node.iter.func)
            if function in _LOOP_FUNCTIONS:
                place = self.frame.source.location(node.iter)
                try:
                    with self.kernel.builder.at(place):
                        loop = loop_range(self, node.iter, function)
                except exc.Base as error:
                    raise error.at(place) from error.__cause__
                loops.tile_for(self, node, loop, live)
                return
        items = self.evaluate(node.iter)
        if isinstance(items, (torch.Tensor, DeviceTile, ShiftedTile)) or not hasattr(items, "__iter__"):
            raise exc.InvalidDeviceForLoop(
                name=described(self.kernel, items), location=self.frame.source.location(node.iter)
            )
        self._unroll(node, list(items), live)

    def _unroll(self, node: ast.For, items: list[Any], live: set[str]) -> None:
        loop = without_jumps(node)
        if loop.done:
            self.frame.values[loop.done] = False
        for item in items:
            if loop.done and self.frame.values[loop.done] is True:
                break
            self.bind(node.target, item)
            self.run(loop.node.body, live | live_before([loop.node], live))

    def _run_While(self, node: ast.While, live: set[str]) -> None:
        while_loops.run_while(self, node, live)

    def _run_FunctionDef(self, node: ast.FunctionDef, live: set[str]) -> None:
        self.frame.write(node.name, DeviceFunction(node, self.frame))

    def body_of(self, function: DeviceFunction, values: dict[str, Any]) -> Any:
        outer, self.frame = self.frame, function.frame.extended(values)
        try:
            return self._returned(function.node)
        finally:
            self.frame = outer

    def _returned(self, node: ast.FunctionDef) -> Any:
        """Runs the body of a function in the current frame and gives what it returns."""
        body = without_returns(node)
        try:
            self.run(body.statements, {body.result} if body.result else set())
        except Returned as returned:
            return returned.value
        value = None if body.result is None else self.frame.values.get(body.result)
        if isinstance(value, Gone):
            raise exc.StatementNotSupported(f"{node.name} returns a value in one branch on device values only")
        return value

    def frame_function(self, node: ast.expr) -> Any:
        """The object behind the name of a called function, or None where only evaluation can tell."""
        if isinstance(node, ast.Name):
            try:
                return self.frame.read(node.id)
            except exc.UndefinedVariable:
                return None
        if isinstance(node, ast.Attribute):
            owner = self.frame_function(node.value)
            return None if owner is None or isinstance(owner, torch.Tensor) else getattr(owner, node.attr, None)
        return None

    # ---- values that control flow carries

    def as_value(self, value: Any, name: str) -> torch.Tensor:
        """What control flow carries for the variable `name`: Python's numbers become scalars.

        Raises:
            CantCombineTypesInControlFlow: for values that are none.
        """
        kernel = self.kernel
        if isinstance(value, torch.Tensor) and is_device(value):
            return value
        if isinstance(value, (DeviceTile, ShiftedTile, BlockSize)) or kernel.world.is_symbolic(value):
            return self.operand(value)
        if isinstance(value, (bool, int, float)):
            dtype = torch.bool if isinstance(value, bool) else torch.float32
            dtype = kernel.builder.index_dtype if type(value) is int else dtype
            made = kernel.device.constant(value, dtype)
            made._helion_number = True  # type: ignore[attr-defined]
            return made
        raise exc.CantCombineTypesInControlFlow(
            f"the variable {name} cannot be carried by a loop or branch", found=described(kernel, value),
            expected="a device value or a number on every path",
            hint="start with a value of the final shape and dtype, such as hl.zeros",
        )  # fmt: skip

    def like(self, model: torch.Tensor, value: ir.Value) -> torch.Tensor:
        """A device value of the shape and dtype of `model`."""
        made = self.kernel.device.tensor(value, model.shape, model.dtype)
        if getattr(model, "_helion_number", False):
            made._helion_number = True  # type: ignore[attr-defined]
        return made

    def inlined(self, source: FunctionSource, frame: Frame) -> Any:
        """Runs the body of a helper function and gives what it returns."""
        outer, self.frame = self.frame, frame
        self.depth += 1
        try:
            return self._returned(source.tree)
        finally:
            self.frame = outer
            self.depth -= 1


def _described(statement: ast.stmt) -> str:
    names: dict[type[ast.stmt], str] = {
        ast.With: "with", ast.Try: "try", ast.Raise: "raise", ast.Delete: "del",
        ast.Global: "global", ast.Nonlocal: "nonlocal", ast.ClassDef: "class",
        ast.Import: "import",
        ast.ImportFrom: "import", ast.AsyncFor: "async for", ast.AsyncWith: "async with", ast.Match: "match",
    }  # fmt: skip
    return f"the statement `{names.get(type(statement), type(statement).__name__)}`"
