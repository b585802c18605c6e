# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Traces a kernel: runs the host part up to its device loops, then interprets the loops."""

from __future__ import annotations

import ast
import dataclasses
import functools
import inspect
import math
import types
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.compiler.context import context as compiler_context
from helion.frontend import loops
from helion.frontend.blocks import BlockSize, BlockTable, holds
from helion.frontend.carried import parts_of
from helion.frontend.checks import check_names, check_reads_after
from helion.frontend.dependencies import Dependencies
from helion.frontend.host import LoopReached, device_loops, host_program, tracing_function
from helion.frontend.host_errors import host_error, raised_at, raised_on_purpose
from helion.frontend.host_warnings import HostOperations, check_devices
from helion.frontend.interpreter import Interpreter
from helion.frontend.kernel import KernelBuilder
from helion.frontend.loop_ranges import loop_range
from helion.frontend.scope import Frame
from helion.frontend.source import source_of
from helion.frontend.static_world import StaticWorld
from helion.frontend.toplevel import launched_together
from helion.frontend.traced import Traced
from helion.frontend.world import World, closed_over, guard_function
from helion.language.context import HostContext, entered

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from types import FunctionType

    from helion.frontend.source import FunctionSource
    from helion.frontend.toplevel import Step
    from helion.settings import Settings


class _TracingContext(HostContext):
    """What `hl.*` calls of the host part do while it is traced."""

    def __init__(self, blocks: BlockTable, world: World, tunables: Mapping[str, Any]) -> None:
        super().__init__((), tunables)
        self.table = blocks
        self.world = world
        self.fragments: dict[str, Any] = {}

    def specialize(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return tuple(self.specialize(each) for each in value)
        return (float if self.world.is_float(value) else int)(value) if self.world.is_symbolic(value) else value

    def register_block_size(self, least: Any, greatest: Any) -> Any:
        if self.world.is_symbolic(least):
            raise exc.ConfigSpecFragmentWithSymInt(
                "the least value of a block size must be a constant",
                found=f"a size, {self.world.int_hint(least)} in this call",
                hint="write a number, or use hl.specialize on the size",
            )  # fmt: skip
        for each in (least, greatest):
            if each is not None and (
                isinstance(each, (bool, float, str)) or not hasattr(each, "__index__") or each < 1
            ):
                raise exc.InvalidAPIUsage(
                    "a bound of hl.register_block_size must be an integer of at least 1", found=repr(each)
                )
        minimum = 1 if least is None else int(least)
        if greatest is not None and minimum > self.world.int_hint(greatest):
            raise exc.InvalidAPIUsage(
                "the bounds of hl.register_block_size are the wrong way round",
                expected="hl.register_block_size(least, greatest)",
                found=f"{minimum} and {self.world.int_hint(greatest)}",
            )
        return BlockSize(self.table.new(minimum, None if greatest is None else self.world.int_hint(greatest)))

    def register_tunable(self, name: str, fragment: Any) -> Any:
        if not hasattr(fragment, "default"):
            raise exc.RegisterTunableArgTypes(found=repr(fragment))
        if name in self.fragments:
            raise exc.TunableNameConflict(name=name)
        for field, bound in getattr(fragment, "__dict__", {}).items():
            if self.world.is_symbolic(bound):
                raise exc.ConfigSpecFragmentWithSymInt(
                    f"the bounds of the tunable {name} must be constants",
                    found=f"{field} is {self.world.hint(bound)} in this call only",
                    hint="write a number, or mark the argument as hl.constexpr",
                )
        value = super().register_tunable(name, fragment)
        if not isinstance(value, (int, float)):
            raise exc.TunableTypeNotSupported(name=type(value).__name__)
        self.fragments[name] = fragment
        return value

    def barrier(self) -> None:
        # The host part has not reached a loop yet, or tracing would have left it.
        raise exc.BarrierOnlyAllowedAtTopLevel("hl.barrier() stands in front of the first device loop")


def trace(
    fn: FunctionType,
    args: Sequence[Any],
    settings: Settings,
    *,
    kernel_name: str | None = None,
    tunables: Mapping[str, Any] | None = None,
    block_sizes: Sequence[int] | None = None,
) -> Traced:
    """Traces `fn` for arguments like `args`, one per parameter.

    `tunables` has values of the kernel's own configuration keys, which the trace takes for constants; the others have
    their defaults. `block_sizes` are the numbers behind block sizes where the host part needs them.

    Nothing runs on a device and no argument is read: tensors give their dtype, sizes and strides, numbers their type.

    Raises:
        helion.exc.Base: for every mistake in the kernel, with its place in the source.
    """
    source = source_of(fn)
    sites = device_loops(source)
    check_names(source, sites)
    parameters = list(inspect.signature(fn).parameters)
    world = _world(args, settings)
    blocks = BlockTable(_numbers(args, source), block_sizes, _rank(args))
    context = _TracingContext(blocks, world, tunables or {})
    fixed = {name for name, kind in fn.__annotations__.items() if _is_constexpr(kind)}
    stand_ins = [
        value if name in fixed else world.argument(value, name) for name, value in zip(parameters, args, strict=True)
    ]
    check_devices(parameters, args, world.device, settings)
    reached = _run_host(source, sites, stand_ins, world, context, settings)
    check_reads_after(source, sites, reached.values)
    steps = launched_together(source, sites[reached.site], _conditions(source, reached.values, world, context))

    mlir = compiler_context()
    with mlir:
        kernel = KernelBuilder(
            mlir, kernel_name or fn.__name__, blocks, world, settings, _index_dtype(reached.values, world, settings)
        )
        kernel.name_scalars(reached.values)
        interp = Interpreter(kernel, Frame(source, host=reached.values), _paths(reached.values))
        if len(steps) > 1:
            kernel.dependencies = Dependencies(world)
        for step in steps:
            _run_step(interp, source, step)
        try:
            kernel.finish()
        except exc.Base as error:
            raise error.at(source.location(sites[reached.site].iter)) from error.__cause__
    return _traced(source, sites, steps, kernel, world, settings, parameters, context.fragments)


def _is_constexpr(annotation: Any) -> bool:
    # Annotations are text under `from __future__ import annotations`.
    name = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", "")
    return name.split(".")[-1].split("[")[0] in ("constexpr", "ConstExpr")


def _world(args: Sequence[Any], settings: Settings) -> World:
    device = next((each.device for each in _leaves(args) if isinstance(each, torch.Tensor)), torch.device("cpu"))
    if settings.static_shapes:
        return StaticWorld(device)
    from helion.frontend.dynamic_world import DynamicWorld

    return DynamicWorld(device)


def _leaves(values: Iterable[Any]) -> Iterable[Any]:
    for each in values:
        if isinstance(each, (list, tuple)):
            yield from _leaves(each)
        elif isinstance(each, dict):
            yield from _leaves(each.values())
        elif dataclasses.is_dataclass(each) and not isinstance(each, type):
            yield from _leaves(vars(each).values())
        else:
            yield each


def _rank(args: Sequence[Any]) -> int:
    """The greatest rank that values of the kernel are likely to have: that of a tensor, and a dimension more."""
    return 1 + max((each.dim() for each in _leaves(args) if isinstance(each, torch.Tensor)), default=0)


def _numbers(args: Sequence[Any], source: FunctionSource) -> set[int]:
    """The numbers of a call and of its source, which no witness of a block size may divide."""
    found: set[int] = set()
    for each in _leaves(args):
        if isinstance(each, torch.Tensor):
            found.update(each.shape)
        elif isinstance(each, int):
            found.add(abs(each))
    found |= {
        abs(node.value) for node in ast.walk(source.tree) if isinstance(node, ast.Constant) and type(node.value) is int
    }
    return found


def _run_host(
    source: FunctionSource, sites: Sequence[ast.For], stand_ins: list[Any], world: World, context: _TracingContext,
    settings: Settings,
) -> LoopReached:  # fmt: skip
    host = tracing_function(source, sites)
    try:
        with world.running(), entered(context), HostOperations(source, world.device, settings):
            host(*stand_ins)
    except LoopReached as reached:
        reached.values = {name: value for name, value in reached.values.items() if not name.startswith("_helion_")}
        return reached
    except exc.Base as error:
        raise error.at(raised_at(error, source)) from error.__cause__
    except Exception as error:
        place = raised_at(error, source)
        # The user's own check of the arguments is theirs to read as it is.
        if place is None or isinstance(error, AssertionError) or raised_on_purpose(error):
            raise
        raise host_error(error).at(place) from error
    raise exc.NoDeviceLoopsInKernel(
        f"kernel {source.fn.__name__} reaches no device loop for these arguments", location=source.location(source.tree)
    )


def _conditions(
    source: FunctionSource, values: dict[str, Any], world: World, context: _TracingContext
) -> Callable[[ast.expr], bool]:
    """Decides conditions of the host part, as they are when it has reached its device loops."""
    fn = source.fn
    captured = {name: source.lookup(name, None) for name in fn.__code__.co_freevars}

    def decide(test: ast.expr) -> bool:
        code = compile(ast.fix_missing_locations(ast.Expression(test)), source.file, "eval")
        try:
            with world.running(), entered(context):
                return holds(eval(code, fn.__globals__, {**captured, **values}))
        except exc.Base as error:
            raise error.at(source.location(test)) from error.__cause__

    return decide


def _index_dtype(values: dict[str, Any], world: World, settings: Settings) -> torch.dtype:
    if settings.index_dtype == "int64":
        return torch.int64
    for name, each in _tensors(values):
        if each.dim():
            sizes = [world.int_hint(size) for size in each.shape]
            strides = [world.int_hint(stride) for stride in each.stride()]
            if 0 in sizes:
                continue
            if 1 + sum((size - 1) * stride for size, stride in zip(sizes, strides)) > 2**31 - 1:
                if settings.index_dtype == "int32":
                    many = math.prod(sizes) > 2**31 - 1
                    error = exc.InputTensorNumelExceedsIndexType if many else exc.IndexOffsetOutOfRangeForInt32
                    raise error(name=name, found=f"shape {sizes} and strides {strides}")
                return torch.int64
    return torch.int32


def _paths(values: dict[str, Any]) -> dict[int, str]:
    """How the host function refers to each tensor that it holds, also inside containers."""
    paths: dict[int, str] = {}
    # Plain names first: they read best.
    for name, value in sorted(_tensors(values), key=lambda item: item[0] not in values):
        paths.setdefault(id(value), name)
    return paths


def _tensors(values: dict[str, Any]) -> Iterable[tuple[str, torch.Tensor]]:
    """The tensors in variables, in what they contain and in what functions close over, each with its expression."""
    walked: set[int] = set()

    def walk(value: Any, path: str) -> Iterable[tuple[str, torch.Tensor]]:
        if isinstance(value, torch.Tensor):
            yield path, value
            return
        for inner, each in parts_of(value, path) or _parts_of_function(value, path):
            if id(each) not in walked:
                if isinstance(each, types.FunctionType):
                    walked.add(id(each))
                yield from walk(each, inner)

    for name, value in values.items():
        yield from walk(value, name)


def _parts_of_function(value: Any, path: str) -> list[tuple[str, Any]]:
    if isinstance(value, types.FunctionType):
        return [(f"{path}.__closure__[{at}].cell_contents", held) for at, held in closed_over(value)]
    if isinstance(value, functools.partial):
        args = [(f"{path}.args[{at}]", each) for at, each in enumerate(value.args)]
        named = [(f"{path}.keywords[{key!r}]", each) for key, each in value.keywords.items()]
        return [(f"{path}.func", value.func), *args, *named]
    return []


def _run_step(interp: Interpreter, source: FunctionSource, step: Step) -> None:
    call = step.iter if isinstance(step, ast.For) else step.value
    assert isinstance(call, ast.Call)
    place = source.location(call)
    with interp.kernel.builder.at(place), interp.kernel.builder.inside(interp.kernel.entry):
        if isinstance(step, ast.Expr):
            interp.kernel.barrier()
            return
        interp.kernel.next_grid()
        try:
            bounds = loop_range(interp, call, source.resolve(call.func))
            loops.grid(interp, step, bounds)
        except exc.Base as error:
            raise error.at(place) from error.__cause__
        # Names of device code do not outlive their loop.
        interp.frame.values.clear()


def _traced(
    source: FunctionSource, sites: Sequence[ast.For], steps: Sequence[Step], kernel: KernelBuilder, world: World,
    settings: Settings, parameters: list[str], tunables: dict[str, Any],
) -> Traced:  # fmt: skip
    expressions = [arg.expression for arg in kernel.args]
    guards = world.guards()
    return Traced(
        module=kernel.module,
        kernel_name=kernel.name,
        args=tuple(kernel.args),
        guards=(guard_function(parameters, world.prologue, guards),) if guards else (),
        guard_sources=tuple(guards),
        blocks=kernel.block_facts(),
        loops=tuple(kernel.loops),
        memory_ops=tuple(kernel.memory),
        reductions=tuple(kernel.device.reductions),
        num_dots=kernel.device.num_dots,
        settings=settings,
        host=host_program(
            source, sites, [each for each in steps if isinstance(each, ast.For)], expressions, world.prologue
        ),
        tunables=tunables,
        foreign=kernel.foreign,
        host_blocks={
            block.ordinal: block.number
            for block in kernel.blocks.blocks
            if block.number_used and block.ordinal is not None
        },
        barriers=sum(isinstance(each, ast.Expr) for each in steps),
        computed_bounds=kernel.computed_bounds,
    )
