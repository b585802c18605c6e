# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the functions of `helion.language` mean in device code. Each rule has the parameters of its function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import torch

from helion import exc
from helion import language as hl
from helion._mlir import ir
from helion.frontend import atomics, memory
from helion.frontend.blocks import BlockSize, broadcast_shapes
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described
from helion.frontend.lowering import creation, matmul, view
from helion.frontend.operands import is_device, is_host_tensor
from helion.frontend.stack_tensors import StackTensor, stacked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion.frontend.expressions import Expressions

LANGUAGE: dict[Any, Callable[..., Any]] = {}
"""`hl` function → its meaning on the device."""


def _rule(function: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def register(rule: Callable[..., Any]) -> Callable[..., Any]:
        LANGUAGE[function] = rule
        return rule

    return register


# ---- creation


@_rule(hl.full)
def _full(interp: Expressions, shape: Any, value: Any, dtype: torch.dtype, device: Any) -> torch.Tensor:
    extents = [interp.shape_extent(each) for each in (shape if isinstance(shape, (list, tuple)) else [shape])]
    value = interp.operand(value)
    if isinstance(value, torch.Tensor) and value.dim():
        raise exc.InvalidAPIUsage("hl.full takes a single number as its value")
    return creation.full(interp.kernel.device, extents, value, dtype)


@_rule(hl.zeros)
def _zeros(interp: Expressions, shape: Any, dtype: torch.dtype, device: Any) -> torch.Tensor:
    return _full(interp, shape, 0, dtype, device)


@_rule(hl.arange)
def _arange(interp: Expressions, *args: Any, dtype: torch.dtype | None, device: Any) -> torch.Tensor:
    if not 1 <= len(args) <= 3:
        raise exc.InvalidAPIUsage(
            "hl.arange takes an end, or a begin, an end and a step", found=f"{len(args)} arguments"
        )
    numbers = [interp.extent(each) for each in args]
    begin, end, step = (0, numbers[0], 1) if len(numbers) == 1 else (*numbers, 1)[:3]
    return creation.arange(interp.kernel.device, begin, end, step, dtype)


# ---- memory


def _base(interp: Expressions, tensor: Any, name: str) -> str:
    if is_device(tensor):
        raise (
            exc.AtomicOnDeviceTensor(name=name)
            if "atomic" in name
            else exc.InvalidAPIUsage(f"{name} takes a host tensor", found="a device value")
        )
    if isinstance(tensor, StackTensor):
        if "atomic" in name:
            raise exc.BackendUnsupported(name=f"{name} on a stack tensor", backend="Triton")
        return interp.path_of(tensor.like) or "tensor"
    if not is_host_tensor(tensor):
        raise exc.InvalidAPIUsage(f"{name} takes a host tensor", found=type(tensor).__name__)
    return interp.path_of(tensor) or "tensor"


@_rule(hl.load)
def _load(interp: Expressions, tensor: Any, index: Any, extra_mask: Any, eviction_policy: str | None) -> torch.Tensor:
    return memory.load(
        interp.kernel,
        tensor,
        _base(interp, tensor, "hl.load"),
        interp.index(index),
        interp.operand(extra_mask),
        eviction_policy,
    )


@_rule(hl.store)
def _store(interp: Expressions, tensor: Any, index: Any, value: Any, extra_mask: Any) -> None:
    name = _base(interp, tensor, "hl.store")
    memory.store(interp.kernel, tensor, name, interp.index(index), interp.operand(value), interp.operand(extra_mask))


@_rule(hl.stacktensor_like)
def _stacktensor_like(interp: Expressions, tensor_like: Any, dev_ptrs: Any) -> StackTensor:
    return stacked(tensor_like, dev_ptrs)


def _atomic(kind: str) -> None:
    @_rule(getattr(hl, f"atomic_{kind}"))
    def rule(interp: Expressions, target: Any, index: Any, value: Any, sem: str) -> torch.Tensor:
        name = _base(interp, target, f"hl.atomic_{kind}")
        return atomics.update(interp.kernel, kind, target, name, interp.index(index), interp.operand(value), sem)

    del rule


for _kind in atomics.KINDS:
    _atomic(_kind)


@_rule(hl.atomic_cas)
def _atomic_cas(interp: Expressions, target: Any, index: Any, expected: Any, value: Any, sem: str) -> torch.Tensor:
    name = _base(interp, target, "hl.atomic_cas")
    operands = interp.operand(expected), interp.operand(value)
    return atomics.compare_and_swap(interp.kernel, target, name, interp.index(index), *operands, sem)


# ---- matrix products and views


@_rule(hl.dot)
def _dot(interp: Expressions, mat1: Any, mat2: Any, acc: Any, out_dtype: torch.dtype | None) -> torch.Tensor:
    left, right = interp.operand(mat1), interp.operand(mat2)
    acc = interp.operand(acc)
    for name, each in {"mat1": left, "mat2": right, "acc": acc}.items():
        if not isinstance(each, torch.Tensor) and (each is not None or name != "acc"):
            raise exc.InvalidAPIUsage(f"hl.dot takes a device value as {name}", found=repr(each))
    default = torch.float32 if left.dtype.is_floating_point else torch.int32
    return matmul.dot(interp.kernel.device, left, right, acc, out_dtype or (default if acc is None else acc.dtype))


@_rule(hl.join)
def _join(interp: Expressions, tensor0: Any, tensor1: Any) -> torch.Tensor:
    return view.join(interp.kernel.device, interp.operand(tensor0), interp.operand(tensor1))


@_rule(hl.split)
def _split(interp: Expressions, tensor: Any) -> tuple[torch.Tensor, torch.Tensor]:
    return view.split(interp.kernel.device, interp.operand(tensor))


@_rule(hl.subscript)
def _subscript(interp: Expressions, tensor: Any, index: Any) -> torch.Tensor:
    index = tuple(index) if isinstance(index, (list, tuple)) else (index,)
    return interp.call(torch.Tensor.__getitem__, tensor, index)


# ---- tiles


def _tile_rule(function: Any, attribute: str) -> None:
    @_rule(function)
    def rule(interp: Expressions, tile: Any) -> Any:
        if not isinstance(tile, (DeviceTile, ShiftedTile)):
            raise exc.IncorrectTileUsage(f"hl.tile_{attribute} takes a tile", found=described(interp.kernel, tile))
        return interp.attribute(tile, attribute, None)  # type: ignore[arg-type]

    del rule


for _attribute in ("begin", "end", "index", "id", "count", "block_size"):
    _tile_rule(getattr(hl, f"tile_{_attribute}"), _attribute)


# ---- inline assembly


@_rule(hl.inline_asm_elementwise)
def _inline_asm(
    interp: Expressions, asm: str, constraints: str, args: Sequence[Any], dtype: Any, is_pure: bool, pack: int
) -> Any:
    device, builder = interp.kernel.device, interp.kernel.builder
    operands = [interp.operand(each) for each in args]
    tensors = [each for each in operands if isinstance(each, torch.Tensor)]
    if len(tensors) != len(operands):
        raise exc.InvalidAPIUsage("hl.inline_asm_elementwise takes device values as its operands")
    shape = broadcast_shapes(*(each.shape for each in tensors))
    values = [builder.broadcast(device.value(each), each.shape, shape, each.dtype) for each in tensors]
    several = isinstance(dtype, (list, tuple))
    dtypes = list(dtype) if several else [dtype]
    attributes: dict[str, ir.Attribute] = {
        "assembly": ir.StringAttr.get(asm, builder.context), "pack": builder.i64_attr(pack),
        "constraints": ir.StringAttr.get(constraints, builder.context),
    }  # fmt: skip
    if is_pure:
        attributes["pure"] = builder.unit
    kinds = [builder.type(shape, each) for each in dtypes]
    results = builder.op("helion.inline_asm", values, kinds, attributes).results
    made = tuple(device.tensor(value, shape, each) for value, each in zip(results, dtypes))
    return made if several else made[0]


# ---- compile time


@_rule(hl.constexpr)
def _constexpr(interp: Expressions, value: Any) -> Any:
    return value


@_rule(hl.static_range)
def _static_range(interp: Expressions, begin_or_end: Any, end: Any, step: Any) -> range:
    for each in (begin_or_end, end, step):
        if isinstance(each, (torch.Tensor, BlockSize)):
            raise exc.InvalidLoopBound(
                "hl.static_range needs bounds that are compile-time constants", found=described(interp.kernel, each),
                hint="use hl.grid or range for a loop of the device",
            )  # fmt: skip
        if isinstance(each, torch.SymInt):
            raise exc.ShapeSpecializingCall(found=interp.kernel.world.source(each))
    low, high = (0, begin_or_end) if end is None else (begin_or_end, end)
    return range(int(low), int(high), int(step))


@_rule(hl.specialize)
def _specialize(interp: Expressions, value: Any) -> NoReturn:
    raise exc.SpecializeOnDevice()


def _misplaced(function: Any, error: type[exc.BaseError]) -> None:
    @_rule(function)
    def rule(interp: Expressions, *args: Any, **kwargs: Any) -> NoReturn:
        raise error(name=f"hl.{function.__name__}")

    del rule


for _function in (hl.tile, hl.grid, hl.jagged_tile):
    _misplaced(_function, exc.LoopFunctionNotInFor)
for _function in (hl.register_block_size, hl.register_tunable):
    _misplaced(_function, exc.NotAllowedOnDevice)
_misplaced(hl.barrier, exc.BarrierOnlyAllowedAtTopLevel)


for _function in (hl.make_async_remote_copy, hl.remote_barrier, hl.AsyncCopyDescriptor):
    LANGUAGE[_function] = lambda interp, *args, function=_function, **kwargs: function(*args, **kwargs)
