# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The host part of a kernel: its own Python, with each device loop replaced by a call."""

from __future__ import annotations

import ast
import copy
import types
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helion import exc
from helion import language as hl
from helion.frontend.blocks import holds
from helion.frontend.checks import check_loops
from helion.frontend.launch_values import LAUNCH_VALUES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion.frontend.source import FunctionSource

DEVICE_LOOPS = (hl.tile, hl.grid, hl.jagged_tile)

_LAUNCH, _HOOK, _HOLDS = "_helion_launch", "_helion_hook", "_helion_holds"


class LoopReached(Exception):
    """Ends the traced run of the host part at its device loop."""

    def __init__(self, site: int, values: dict[str, Any]) -> None:
        self.site = site
        self.values = values
        super().__init__()


@dataclass(frozen=True)
class HostProgram:
    """The host function: one launch in the place of the first of its device loops."""

    fn: Any  # a FunctionType, which type checkers would take for a method here
    source: str
    tree: ast.FunctionDef
    file: str

    def make(self, launch: Callable[..., Any]) -> Callable[..., Any]:
        """A function with the signature of the kernel that runs its host part and launches through `launch`."""
        return _function(self.fn, self.tree, self.file, {_LAUNCH: launch, **LAUNCH_VALUES})


def device_loops(source: FunctionSource) -> list[ast.For]:
    """The outermost device loops, in source order.

    Raises:
        NoDeviceLoopsInKernel: when there is none.
        DeviceLoopElseBlock: when one has an `else` block.
        LoopFunctionNotInFor, NestedDeviceLoopsConflict: for loop functions in other places.
    """
    found: list[ast.For] = []
    _collect(source, source.tree.body, found)
    check_loops(source, found, lambda function: function in DEVICE_LOOPS)
    if not found:
        raise exc.NoDeviceLoopsInKernel(name=source.fn.__name__, location=source.location(source.tree))
    for loop in found:
        if loop.orelse:
            raise exc.DeviceLoopElseBlock(location=source.location(loop.orelse[0]))
    return found


def _collect(source: FunctionSource, statements: Sequence[ast.stmt], found: list[ast.For]) -> None:
    for statement in statements:
        if isinstance(statement, ast.For) and is_device_loop(source, statement):
            found.append(statement)
            continue
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(statement, field, None)
            if isinstance(inner, list) and not isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
                _collect(source, inner, found)


def is_device_loop(source: FunctionSource, loop: ast.For) -> bool:
    """Whether `loop` iterates over `hl.tile` or one of its relatives."""
    call = loop.iter
    return isinstance(call, ast.Call) and source.resolve(call.func) in DEVICE_LOOPS


class _Asserts(ast.NodeTransformer):
    """Leaves assertions about block sizes to the launch."""

    def visit_Assert(self, node: ast.Assert) -> ast.AST:
        node.test = ast.Call(ast.Name(_HOLDS, ast.Load()), [node.test], [])
        return node


def _rewritten(
    source: FunctionSource, loops: Sequence[ast.For], make: Callable[[int], ast.stmt], prologue: Sequence[ast.stmt],
    asserts: bool,
) -> ast.FunctionDef:  # fmt: skip
    # The loops are by far the largest part: they are replaced in the copy, never copied.
    replaced = {id(loop): ast.copy_location(make(site), loop) for site, loop in enumerate(loops)}
    tree = copy.deepcopy(source.tree, dict(replaced))
    tree.returns = None
    # The defaults are values of the original function; their expressions must not run again.
    tree.args.defaults = [ast.Constant(None) for _ in tree.args.defaults]
    for argument in [*tree.args.posonlyargs, *tree.args.args]:
        argument.annotation = None
    if asserts:
        tree.body = [_Asserts().visit(each) for each in tree.body]
    start = 1 if isinstance(tree.body[0], ast.Expr) and isinstance(tree.body[0].value, ast.Constant) else 0
    for each in prologue:
        ast.copy_location(each, tree.body[0])
    tree.body[start:start] = prologue
    return ast.fix_missing_locations(tree)


def _function(fn: types.FunctionType, tree: ast.FunctionDef, file: str, extra: dict[str, Any]) -> types.FunctionType:
    """`tree` as a function with the globals, closure and defaults of `fn`; `extra` are further captured names."""
    free = fn.__code__.co_freevars
    outer = ast.FunctionDef(
        name="_helion_outer",
        args=ast.arguments(
            posonlyargs=[], args=[ast.arg(name) for name in (*free, *extra)], kwonlyargs=[], kw_defaults=[], defaults=[]
        ),
        body=[tree, ast.Return(ast.Name(tree.name, ast.Load()))],
        decorator_list=[],
    )
    if "type_params" in outer._fields:
        setattr(outer, "type_params", [])  # noqa: B010  # Python 3.12 and later
    module = ast.Module([ast.copy_location(outer, tree)], [])
    code = compile(ast.fix_missing_locations(module), file, "exec")
    outer_code = next(each for each in code.co_consts if isinstance(each, types.CodeType))
    inner = next(
        each for each in outer_code.co_consts if isinstance(each, types.CodeType) and each.co_name == tree.name
    )
    cells = dict(zip(free, fn.__closure__ or (), strict=True))
    cells |= {name: types.CellType(value) for name, value in extra.items()}
    closure = tuple(cells[name] for name in inner.co_freevars)
    return types.FunctionType(inner, fn.__globals__, fn.__name__, fn.__defaults__, closure)


def tracing_function(source: FunctionSource, loops: Sequence[ast.For]) -> Callable[..., Any]:
    """The host part, which raises `LoopReached` with its local variables where a device loop stands."""

    def hook(site: int, values: dict[str, Any]) -> None:
        raise LoopReached(site, values)

    def make(site: int) -> ast.stmt:
        values = ast.Call(ast.Name("_helion_locals", ast.Load()), [], [])
        return ast.Expr(ast.Call(ast.Name(_HOOK, ast.Load()), [ast.Constant(site), values], []))

    tree = _rewritten(source, loops, make, [], asserts=True)
    # Device code may read captured variables that the host part itself never names.
    return _function(source.fn, tree, source.file, {_HOOK: hook, _HOLDS: holds, "_helion_locals": locals})


def host_program(
    source: FunctionSource, loops: Sequence[ast.For], launched: Sequence[ast.For], arguments: Sequence[str],
    prologue: dict[str, str],
) -> HostProgram:  # fmt: skip
    """The host function that launches the loops `launched`, some of `loops`, at once and with `arguments`, after the
    assignments of `prologue`."""
    launch = ast.parse(f"{_LAUNCH}({', '.join(arguments)})").body[0]

    def make(number: int) -> ast.stmt:
        if loops[number] is launched[0]:
            return copy.deepcopy(launch)
        if any(loops[number] is each for each in launched):
            return ast.Pass()
        return ast.parse("raise AssertionError('a device loop that this specialization does not reach')").body[0]

    # Only what the arguments read, directly or through each other.
    used = " ".join(arguments)
    needed = {name: text for name, text in prologue.items() if name in used}
    assignments = [ast.parse(f"{name} = {text}").body[0] for name, text in needed.items()]
    tree = _rewritten(source, loops, make, assignments, asserts=False)
    return HostProgram(source.fn, ast.unparse(tree), tree, source.file)
