# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Device values: meta tensors that carry an SSA value, tiles, and the modes that see each torch call on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

from helion import exc
from helion.frontend.lowering.registry import FUNCTIONS, RULES, operation_of
from helion.frontend.lowering.registry import load as load_rules

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion._mlir import ir
    from helion.frontend.blocks import Block
    from helion.frontend.builder import Builder
    from helion.frontend.traced import ReductionFact


@dataclass(frozen=True, eq=False)
class DeviceTile:
    """A tile of a device loop: `value` has the type `!helion.tile`, the bounds are device values.

    `ends` is set for jagged tiles: where each lane of the parents ends, of the index dtype. `shared` says that an
    enclosing tile has the same block size.
    """

    value: ir.Value
    block: Block
    lower: torch.Tensor
    upper: torch.Tensor
    ends: torch.Tensor | None = None
    shared: bool = False


@dataclass(frozen=True, eq=False)
class ShiftedTile:
    """A tile moved by an integer or a scalar device value."""

    tile: DeviceTile
    offset: Any


@dataclass(frozen=True, eq=False)
class Pending:
    """A reshape to a product with a block size; a further reshape often makes it one that needs no product."""

    source: torch.Tensor


class Device:
    """Makes device values and runs torch functions on them."""

    def __init__(self, builder: Builder) -> None:
        load_rules()
        self.builder = builder
        self.reductions: list[ReductionFact] = []
        self.num_dots = 0
        self.tiles: dict[str, DeviceTile] = {}
        """Block name → the tile of that block whose loop is running."""
        self.raw = False
        """Set while a rule runs: its own torch calls only compute shapes."""
        self.depth = 0
        self.calls = 0
        """How many torch functions have been called from outside of others."""
        self.dispatch_mode = _DispatchMode(self)
        self.function_mode = _FunctionMode(self)

    # ---- values

    def tensor(self, value: ir.Value, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
        """A device value. Only call this outside the modes, as rules do."""
        made = torch.empty(tuple(shape), dtype=dtype, device="meta")
        made._helion_value = value  # type: ignore[attr-defined]
        made._helion_call = self.calls  # type: ignore[attr-defined]
        return made

    def scalar(self, value: ir.Value, dtype: torch.dtype) -> torch.Tensor:
        """A device value of rank 0."""
        return self.tensor(value, (), dtype)

    def constant(self, number: float, dtype: torch.dtype) -> torch.Tensor:
        """A device value of rank 0 that holds exactly `number`, even where that looks like a block size."""
        return self.scalar(self.builder.constant(number, dtype), dtype)

    def value(self, tensor: torch.Tensor) -> ir.Value:
        """The SSA value of a device value."""
        found = getattr(tensor, "_helion_value", None)
        if found is None:
            raise exc.HostTensorDirectUsage(
                "a host tensor is used directly in a device loop", found=f"shape {list(tensor.shape)}",
                hint="pass it to the kernel and load from it",
            )  # fmt: skip
        if isinstance(found, Pending):
            source = found.source
            return self.builder.reshape(self.value(source), source.shape, tensor.shape, tensor.dtype)
        return found

    def block_size(self, block: Block) -> torch.Tensor:
        """The number behind a block size, as a device value."""
        builder = self.builder
        value = builder.value("helion.block_size", (), builder.index_type, {"block": builder.block_ref(block)})
        return self.scalar(value, builder.index_dtype)

    def tile_index(self, tile: DeviceTile) -> torch.Tensor:
        """The indices of a tile."""
        builder = self.builder
        shape = (tile.block.witness,)
        value = builder.value("helion.tile_index", (tile.value,), builder.type(shape, builder.index_dtype))
        made = self.tensor(value, shape, builder.index_dtype)
        made._helion_tile = tile  # type: ignore[attr-defined]
        return made

    def tile_number(self, tile: DeviceTile, op: str) -> torch.Tensor:
        """One of the scalar attributes of a tile: `helion.tile_begin`, `tile_end` or `tile_id`."""
        builder = self.builder
        if tile.ends is not None and op == "helion.tile_end":
            ends = self.tile_number(tile, "helion.tile_begin"), self.block_size(tile.block)
            full = builder.value("arith.addi", [self.value(each) for each in ends], builder.index_type)
            value = builder.value("arith.minsi", (full, self.value(tile.upper)), builder.index_type)
        else:
            value = builder.value(op, (tile.value,), builder.index_type)
        return self.scalar(value, builder.index_dtype)

    # ---- torch calls

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls `function`, lowering each torch operation on device values that it runs."""
        before, self.raw = self.raw, False
        self.calls += self.depth == 0
        self.depth += 1
        try:
            with self.function_mode, self.dispatch_mode:
                return function(*args, **kwargs)
        finally:
            self.raw = before
            self.depth -= 1

    def dispatch(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Lowers one ATen operation."""
        if self.raw:
            return func(*args, **kwargs)
        rule = RULES.get(func) or RULES.get(func.overloadpacket)
        if rule is None:
            return self._decomposed(func, args, kwargs)
        try:
            made = rule(self, func, *args, **_without_place(kwargs))
            if not func.is_view:
                return made
            # torch takes a view that is its own base for a mistake.
            made = _same(made) if args and made is args[0] else made
            for each in (args[0], made):
                if isinstance(each, torch.Tensor):
                    each._helion_shared = True  # type: ignore[attr-defined]
            return made
        except exc.TorchOperationNotSupported as error:
            if "dtype" in error.details:
                raise exc.TorchOperationNotSupported(
                    f"{_torch_name(func)} is not defined for {error.details['dtype']}",
                    hint="convert the operands first, with .to(…)",
                ) from None
            raise

    def run_rule(self, rule: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Runs a rule for a Python-level function."""
        before, self.raw = self.raw, True
        try:
            return rule(self, *args, **_without_place(kwargs))
        finally:
            self.raw = before

    def torchs_own(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a Python-level function that has a rule, from that rule, and lowers what it decomposes to."""
        before, self.raw = self.raw, False
        try:
            with self.dispatch_mode:
                return function(*args)
        finally:
            self.raw = before

    def composite(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Runs a rule that is itself written in torch operations; its casts are not the user's."""
        before, self.builder.user_casts = self.builder.user_casts, False
        try:
            return self.call(function, *args, **kwargs)
        finally:
            self.builder.user_casts = before

    def _decomposed(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        before, self.builder.user_casts = self.builder.user_casts, False
        try:
            with self.dispatch_mode:
                operation = operation_of(func)
                if operation is not None:
                    return operation(*args, **kwargs)
                if func._schema.is_mutable:
                    made = self._in_place(func, args, kwargs)
                    if made is not None:
                        return made
                made = func.decompose(*args, **kwargs)
                if made is not NotImplemented:
                    return made
                decomposition = _decompositions().get(func)
                if decomposition is not None:
                    return decomposition(*args, **kwargs)
        except exc.TorchOperationNotSupported as error:
            # What the user wrote, rather than a part of what it decomposes to.
            if "name" in error.details:
                error = exc.TorchOperationNotSupported(name=_torch_name(func))
            raise error from None
        finally:
            self.builder.user_casts = before
        if func is torch.ops.aten._local_scalar_dense.default:
            raise exc.NotAllowedOnDevice(
                name="a device value as a number of Python", hint="compute with it on the device, or store it"
            )
        if torch.Tag.dynamic_output_shape in func.tags or torch.Tag.data_dependent_output in func.tags:
            raise exc.DataDependentOutputShapeNotSupported(name=_torch_name(func))
        raise exc.TorchOperationNotSupported(name=_torch_name(func))

    def _in_place(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> torch.Tensor | None:
        """Changes a value that no one but the running torch function knows, as functions that are composed of others
        do; None for any other value."""
        target, name = args[0], func.overloadpacket.__name__
        functional = f"__{name[3:]}" if name.startswith("__i") else name.removesuffix("_")
        operation = getattr(torch.ops.aten, functional, None)
        ours = getattr(target, "_helion_call", None) == self.calls and not hasattr(target, "_helion_shared")
        if not ours or operation is None or functional == name:
            return None
        made = operation(*args, **kwargs)
        value = self.builder.convert(self.value(made), made.shape, made.dtype, target.dtype)
        target._helion_value = self.builder.broadcast(value, made.shape, target.shape, target.dtype)
        return target


def _same(tensor: torch.Tensor) -> torch.Tensor:
    """Another tensor for the same value."""
    made = torch.empty(tuple(tensor.shape), dtype=tensor.dtype, device="meta")
    vars(made).update(vars(tensor))
    return made


def _torch_name(func: Any) -> str:
    return f"torch.{func.overloadpacket.__name__.strip('_')}"


def _without_place(kwargs: dict[str, Any]) -> dict[str, Any]:
    """Without what says where a value lives: all live in registers."""
    if not kwargs:
        return kwargs
    places = ("device", "layout", "pin_memory", "memory_format", "non_blocking", "out")
    return {key: value for key, value in kwargs.items() if key not in places}


_tables: list[dict[Any, Callable[..., Any]]] = []


def _decompositions() -> dict[Any, Callable[..., Any]]:
    # Reading the table costs a second: only operations that no rule knows pay for it.
    if not _tables:
        from torch._decomp import decomposition_table

        _tables.append(cast("dict[Any, Callable[..., Any]]", decomposition_table))
    return _tables[0]


class _DispatchMode(TorchDispatchMode):
    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        # torch wraps modes so that its compiler leaves them alone, for which it imports that compiler: 1 to 2 seconds.
        return False

    def __init__(self, device: Device) -> None:
        super().__init__()
        self.device = device

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return self.device.dispatch(func, args, kwargs or {})


class _FunctionMode(TorchFunctionMode):
    """Sees functions before they fall apart into operations that cannot express what was meant."""

    def __init__(self, device: Device) -> None:
        super().__init__()
        self.device = device

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        rule = None if self.device.raw else FUNCTIONS.get(func)
        if rule is not None:
            return self.device.run_rule(rule, args, kwargs)
        if kwargs.get("device") is not None:
            kwargs = {**kwargs, "device": "meta"}
        return func(*args, **kwargs)
