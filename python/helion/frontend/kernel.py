# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One `helion.kernel` under construction: its arguments, block sizes and facts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion._mlir import ir
from helion.frontend.builder import TRITON_TYPES, Builder
from helion.frontend.device import Device
from helion.frontend.launch_values import SEED, SEMAPHORE
from helion.frontend.traced import BlockFact, KernelArg, LoopFact, MemoryFact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from helion.frontend.blocks import BlockTable
    from helion.frontend.dependencies import Dependencies
    from helion.frontend.foreign_source import ForeignSource
    from helion.frontend.world import World
    from helion.settings import Settings


DRAWN_SEED = f"{SEED}()"

# What a launch is for, apart from stores and atomics.
_EFFECTS = frozenset({"helion.print", "helion.call", "helion.inline_asm", "helion.inline_triton", "helion.barrier"})


class KernelBuilder:
    """Builds the module of one kernel; arguments are added as device code asks for them."""

    def __init__(self, context: ir.Context, name: str, blocks: BlockTable, world: World, settings: Settings,
                 index_dtype: torch.dtype) -> None:  # fmt: skip
        self.world = world
        self.name = name
        self.blocks = blocks
        self.builder = Builder(context, blocks, settings, index_dtype)
        self.device = Device(self.builder)
        self.args: list[KernelArg] = []
        self.loops: list[LoopFact] = []
        self.memory: list[MemoryFact] = []
        self.next_loop = 0
        self.foreign: ForeignSource | None = None
        """What the kernel calls in Triton's language."""
        self._tensors: dict[int, tuple[torch.Tensor, ir.Value]] = {}
        self._positions: dict[int, tuple[int, str]] = {}
        self._scalars: dict[str, torch.Tensor] = {}
        self._sites: dict[Any, Any] = {}
        unknown = ir.Location.unknown(context)
        self.module = ir.Module.create(unknown)
        with ir.InsertionPoint(self.module.body):
            self.kernel = ir.Operation.create(
                "helion.kernel", regions=1, loc=unknown,
                attributes={
                    "sym_name": ir.StringAttr.get(name, context),
                    "function_type": ir.TypeAttr.get(ir.FunctionType.get([], [], context), context),
                },
            )  # fmt: skip
        self.entry = self.kernel.regions[0].blocks.append()
        self.grid: ir.Operation | None = None
        """The first grid; what the whole kernel shares is emitted before it."""
        self.dependencies: Dependencies | None = None
        """Set where several grids share the launch."""
        self.computed_bounds = False
        """Whether the device computes the bounds of a grid."""
        self._attributes: dict[int, dict[str, ir.Attribute]] = {}
        """Position of an argument → its attributes, but for the name."""

    # ---- several grids

    def next_grid(self) -> None:
        """What follows belongs to another grid."""
        self.device.tiles.clear()
        if self.dependencies is not None:
            self.dependencies.next_loop()

    def barrier(self) -> None:
        """All programs wait for each other between two grids."""
        if self.dependencies is not None:
            self.dependencies.barrier()
        self.builder.op("helion.barrier")
        if SEMAPHORE not in self._sites:
            # The launch takes the device from a tensor of the kernel.
            tensor = next(arg.expression for arg in self.args if arg.kind == "tensor")
            arg = KernelArg("tensor", "*i32", self._unique("semaphore", ""), f"{SEMAPHORE}({tensor})")
            self._attributes[len(self.args)] = {"helion.semaphore": self.builder.unit}
            self._sites[SEMAPHORE] = self._argument(self.builder.parse_type("memref<1xi32>"), arg)

    def touched(self, kind: str, tensor: torch.Tensor) -> None:
        """Notes a "load", "store" or "atomic" of a host tensor.

        Raises:
            LoopDependencyError: when it depends on an earlier grid without a barrier in between.
        """
        if self.dependencies is not None:
            self.dependencies.record(kind, tensor, self._positions.get(id(tensor), (0, "a tensor"))[1])

    # ---- tracing a piece of code again

    def mark(self) -> tuple[int, ...]:
        """How far the lists of facts have grown."""
        device = self.device
        return len(self.memory), len(self.loops), len(device.reductions), self.next_loop, device.num_dots

    def rewind(self, mark: tuple[int, ...]) -> None:
        """Forgets the facts since `mark`: what they describe has been erased."""
        del self.memory[mark[0] :], self.loops[mark[1] :], self.device.reductions[mark[2] :]
        self.next_loop, self.device.num_dots = mark[3:]

    # ---- arguments

    def _argument(self, type_: ir.Type, arg: KernelArg) -> ir.Value:
        self.args.append(arg)
        return self.entry.add_argument(type_, self.builder.location())

    def _unique(self, text: str, fallback: str) -> str:
        name = text if re.fullmatch(r"[A-Za-z]\w*", text) else fallback
        taken = {arg.name for arg in self.args}
        candidate, number = name, 1
        while candidate in taken:
            candidate, number = f"{name}_{number}", number + 1
        return candidate

    def tensor(self, tensor: torch.Tensor, expression: str) -> ir.Value:
        """The memref of a host tensor that the host part knows as `expression`."""
        known = self._tensors.get(id(tensor))
        if known is None:
            # The tensor is kept: its id must not be used again.
            known = self._tensors[id(tensor)] = (tensor, self._new_tensor(tensor, expression))
        return known[1]

    def _new_tensor(self, tensor: torch.Tensor, expression: str) -> ir.Value:
        name = self._unique(expression, f"tensor{len(self._tensors)}")
        element = self.builder.element(tensor.dtype)
        sizes = [self._constant_or_none(size) for size in tensor.size()]
        strides = [self._constant_or_none(stride) for stride in tensor.stride()]
        shape = "".join("?x" if size is None else f"{size}x" for size in sizes)
        layout = ""
        if None in sizes or None in strides or not _row_major(sizes, strides):
            shown = ", ".join("?" if stride is None else str(stride) for stride in strides)
            layout = f", strided<[{shown}]>"
        type_ = self.builder.parse_type(f"memref<{shape}{element}{layout}>")
        self._positions[id(tensor)] = len(self.args), name
        value = self._argument(type_, KernelArg("tensor", f"*{TRITON_TYPES[tensor.dtype]}", name, expression))
        dynamic = [
            [(each, f"{name}_{what}_{dim}") for dim, each in enumerate(every) if self._constant_or_none(each) is None]
            for what, every in (("size", tensor.size()), ("stride", tensor.stride()))
        ]
        if not any(dynamic):
            return value
        operands = [[self.device.value(self.scalar(each, name)) for each, name in group] for group in dynamic]
        segments = {"operandSegmentSizes": self.builder.segments(1, *map(len, operands))}
        with self.builder.inside(self.entry):
            view = self.builder.op(
                "helion.view", [value, *operands[0], *operands[1]], [type_], segments, before=self.grid
            )
        return view.results[0]

    def _constant_or_none(self, size: Any) -> int | None:
        return None if self.world.is_symbolic(size) else int(size)

    def scalar(self, value: Any, name: str = "") -> torch.Tensor:
        """A symbolic number of the host part as a device value, an argument of the kernel."""
        source = self.world.source(value)
        known = self._scalars.get(source)
        if known is None:
            known = self._scalars[source] = self._new_scalar(value, source, name)
        return known

    def name_scalars(self, values: dict[str, Any]) -> None:
        """Remembers what the host part calls its symbolic numbers."""
        for name, value in values.items():
            if self.world.is_symbolic(value):
                self._sites.setdefault(self.world.source(value), name)

    def _new_scalar(self, value: Any, source: str, name: str) -> torch.Tensor:
        dtype = torch.float32 if self.world.is_float(value) else self.builder.index_dtype
        if dtype == torch.int32 and self.world.is_wide(value):
            dtype = torch.int64
        local = self._sites.get(source)
        arg = KernelArg(
            "scalar", TRITON_TYPES[dtype], self._unique(local or name, f"scalar{len(self._scalars)}"), local or source,
            not dtype.is_floating_point and self.world.divisible(value, 16),
        )  # fmt: skip
        return self.device.scalar(self._argument(self.builder.element(dtype), arg), dtype)

    def drawn_seed(self) -> torch.Tensor:
        """A seed, int64 of rank 0, that the host draws for each launch; each place in the source has its own."""
        place = self.builder.place
        known = self._sites.get(("seed", place)) if place is not None else None
        if known is None:
            name = self._unique(f"seed{sum(arg.expression == DRAWN_SEED for arg in self.args)}", "seed")
            arg = KernelArg("scalar", "i64", name, DRAWN_SEED)
            known = self.device.scalar(self._argument(self.builder.element(torch.int64), arg), torch.int64)
            self._sites["seed", place] = known
        return known

    # ---- blocks

    def block_at(self, site: Any, minimum: int = 1, maximum: int | None = None, size: int | None = None) -> Any:
        """The block size that belongs to a place in the source; a loop that is traced twice keeps its own."""
        found = self._sites.get(site)
        if found is None:
            found = self._sites[site] = self.blocks.new(minimum, maximum, size)
        return found

    # ---- the end

    def finish(self) -> None:
        """Completes the kernel: block declarations, argument names, its type.

        Raises:
            EmptyDeviceLoopAfterDCE: when the kernel does nothing.
            UndefinedVariable: when a value is used outside of the loop or branch that makes it.
        """
        if not self._has_effects():
            raise exc.EmptyDeviceLoopAfterDCE()
        builder, context = self.builder, self.builder.context
        first = self.entry.operations[0] if len(self.entry.operations) else None
        for block in (*self.blocks.blocks, *self.blocks.products.values()):
            attributes: dict[str, ir.Attribute] = {"sym_name": ir.StringAttr.get(block.name, context)}
            if block.of:
                attributes["factor"] = builder.i64_attr(block.factor)
                attributes["of"] = ir.ArrayAttr.get([builder.block_ref(each) for each in block.of], context)
            elif block.size is not None:
                attributes["size"] = builder.i64_attr(block.size)
            else:
                low, high = block.bounds()
                attributes |= {
                    "ordinal": builder.i64_attr(block.ordinal or 0), "min": builder.i64_attr(low),
                    "max": builder.i64_attr(high),
                }  # fmt: skip
            builder.op("helion.block", (), (), attributes, before=first.operation if first is not None else None)
        with builder.inside(self.entry):
            builder.op("helion.return")
        types = [argument.type for argument in self.entry.arguments]
        self.kernel.attributes["function_type"] = ir.TypeAttr.get(ir.FunctionType.get(types, [], context), context)
        self._mark_shared_memory()
        self.kernel.attributes["arg_attrs"] = ir.ArrayAttr.get(
            [
                ir.DictAttr.get(
                    {"helion.name": ir.StringAttr.get(arg.name, context), **self._attributes.get(position, {})}, context
                )
                for position, arg in enumerate(self.args)
            ],
            context,
        )
        try:
            self.module.operation.verify()
        except ir.MLIRError as error:
            raise _invalid(error) from error

    def _has_effects(self) -> bool:
        """Whether a launch of the kernel does anything."""
        return any(fact.kind != "load" for fact in self.memory) or any(
            operation.name in _EFFECTS for operation in _nested(self.kernel)
        )

    def _mark_shared_memory(self) -> None:
        """Says of each tensor that lies in the memory of an earlier one which that is."""
        if len(self._tensors) < 2:
            return
        first: dict[int, tuple[int, torch.UntypedStorage]] = {}
        for key, (tensor, _) in self._tensors.items():
            position = self._positions[key][0]
            storage = tensor.untyped_storage()
            # Kept alive, for its id must not be used again.
            owner, _ = first.setdefault(id(storage), (position, storage))
            if owner != position:
                self._attributes.setdefault(position, {})["helion.storage"] = self.builder.i64_attr(owner)

    def block_facts(self) -> tuple[BlockFact, ...]:
        """The facts about all block sizes."""
        facts: list[BlockFact] = []
        for block in self.blocks.blocks:
            low, high = block.bounds()
            facts.append(
                BlockFact(
                    block.name, block.ordinal, low, high, block.size, block.size_hint, frozenset(block.dot_roles),
                    block.loop,
                )
            )  # fmt: skip
        return tuple(facts)


def _nested(operation: ir.Operation) -> Iterator[ir.Operation]:
    for region in operation.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation
                yield from _nested(inner.operation)


def _invalid(error: ir.MLIRError) -> exc.Base:
    """What the verifier says about a traced kernel."""
    first = error.error_diagnostics[0]
    location = first.location
    while location.is_a_name():
        location = location.child_loc
    place = None
    if location.is_a_file():
        place = exc.SourceLocation(location.filename, location.start_line, location.start_col - 1)
    if "does not dominate this use" in first.message:
        return exc.UndefinedVariable(
            "a value is used outside of the loop or branch that computes it", location=place,
            hint="assign it to a variable that exists before the loop: a list or dict cannot carry it out",
        )  # fmt: skip
    text = "; ".join(str(each.message) for each in error.error_diagnostics)
    return exc.InternalError(name=f"the traced kernel is not valid: {text}", location=place)


def _row_major(sizes: Sequence[int | None], strides: Sequence[int | None]) -> bool:
    expected = 1
    for size, stride in zip(reversed(sizes), reversed(strides)):
        if stride != expected:
            return False
        expected *= size or 0
    return True
