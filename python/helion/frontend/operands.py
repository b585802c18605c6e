# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operands of device code: how values become arguments of torch functions, and what can be asked of them."""

from __future__ import annotations

import ast
import operator
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.frontend import memory
from helion.frontend.blocks import BlockSize, Extent, Unknown
from helion.frontend.device import DeviceTile, ShiftedTile
from helion.frontend.explaining import described, no_attribute
from helion.frontend.lowering import creation
from helion.frontend.stack_tensors import StackTensor

if TYPE_CHECKING:
    from collections.abc import Callable

    from helion.frontend.kernel import KernelBuilder


_HOST_METHODS = frozenset({
    "size", "dim", "stride", "numel", "nelement", "element_size", "is_floating_point", "is_contiguous", "ndimension",
    "storage_offset", "get_device",
})  # fmt: skip
_HOST_ATTRIBUTES = frozenset({"shape", "dtype", "ndim", "layout", "is_cuda", "itemsize", "nbytes"})


_REDUCING = frozenset({
    "sum", "mean", "prod", "amax", "amin", "argmax", "argmin", "any", "all", "var", "std", "var_mean", "logsumexp",
    "softmax", "log_softmax", "cumsum", "cumprod",
})  # fmt: skip
_VIEWS = frozenset({
    "T", "mT", "view", "reshape", "permute", "transpose", "t", "squeeze", "unsqueeze", "flatten", "expand", "select",
    "narrow",
})  # fmt: skip
_SCALAR_HINT = "a kernel computes with device values only: store the value in a tensor and read that after the kernel"
_OFF_DEVICE = {
    "numpy": _SCALAR_HINT, "tolist": _SCALAR_HINT,
    "backward": "kernels have no autograd: write the backward pass as a kernel",
    "share_memory_": _SCALAR_HINT, "data_ptr": "use hl.load and hl.store on the host tensor",
    "storage": _SCALAR_HINT, "untyped_storage": _SCALAR_HINT, "register_hook": "kernels have no autograd",
}  # fmt: skip

SHAPE_METHODS = frozenset({
    "view", "reshape", "expand", "permute", "repeat", "new_zeros", "new_ones", "new_empty", "broadcast_to", "unflatten",
})  # fmt: skip


def is_device(value: object) -> bool:
    """Whether `value` is a device value, a tile included."""
    if isinstance(value, torch.Tensor):
        return hasattr(value, "_helion_value")
    return isinstance(value, (DeviceTile, ShiftedTile))


def is_host_tensor(value: object) -> bool:
    """Whether `value` is a tensor of the host part."""
    return isinstance(value, torch.Tensor) and not hasattr(value, "_helion_value")


class Operands:
    """The base of the interpreter: `paths` says how the host function refers to the tensors that it holds."""

    kernel: KernelBuilder
    paths: dict[int, str]

    def touches_device(self, value: Any) -> bool:
        """Whether an operation on `value` is one of the device."""
        return isinstance(value, (torch.Tensor, DeviceTile, ShiftedTile, BlockSize, StackTensor))

    # ---- operands

    def operand(self, value: Any, what: str = "") -> Any:
        """`value` as an argument of a torch function: a device value or something that Python knows."""
        if isinstance(value, DeviceTile):
            return self.kernel.device.tile_index(value)
        if isinstance(value, ShiftedTile):
            index = self.kernel.device.tile_index(value.tile)
            made = self.kernel.device.call(operator.add, index, self.operand(value.offset))
            made._helion_tile = value
            return made
        if isinstance(value, Unknown):
            return value.concrete() if value.extent is None else self._block_number(value.extent)
        if self.kernel.world.is_symbolic(value):
            return self.kernel.scalar(value)
        if is_host_tensor(value):
            if value.dim() == 0:
                return memory.load(self.kernel, value, self.path_of(value), ())
            raise self._used_whole(value, what)
        if isinstance(value, StackTensor):
            raise exc.HostTensorDirectUsage(
                "a stack tensor is used directly in a device loop", hint="index it to load from all its tensors"
            )
        if type(value) is int and self.kernel.blocks.factors(value)[1]:
            return self.kernel.device.constant(value, torch.int64 if abs(value) >= 2**31 else torch.int32)
        if isinstance(value, list):
            return [self.extent(each) for each in value]
        if isinstance(value, tuple) and not isinstance(value, torch.Size):
            items = [self.extent(each) for each in value]
            return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
        if isinstance(value, dict):
            return {key: self.operand(each) for key, each in value.items()}
        return value

    def index(self, value: Any) -> Any:
        """An index list, or an entry of one: host tensors of rank 0 in it are loaded.

        Raises:
            HostTensorDirectUsage: for other host tensors.
        """
        if isinstance(value, (tuple, list)):
            return type(value)(self.index(each) for each in value)
        if isinstance(value, slice):
            return slice(*(self.index(each) for each in (value.start, value.stop, value.step)))
        return self.operand(value) if is_host_tensor(value) else value

    def _used_whole(self, tensor: torch.Tensor, what: str = "") -> exc.HostTensorDirectUsage:
        name = self.path_of(tensor)
        shape = f"shape {list(tensor.shape)}"
        if name and what in _VIEWS:
            hint = f"make the view in the host part, before the loop: {name}_view = {name}.{what}…"
            return exc.HostTensorDirectUsage(name=name, found=shape, hint=hint)
        if name:
            return exc.HostTensorDirectUsage(name=name, found=shape)
        return exc.HostTensorDirectUsage(
            "a host tensor is used directly in a device loop",
            found=shape,
            hint="pass it to the kernel and load from it",
        )

    def shape_extent(self, value: Any) -> Any:
        """`value` as an extent of a new device value.

        Raises:
            ShapeSpecializingAllocation: for a number that is not known while compiling.
            InvalidAPIUsage: for something that is no extent.
        """
        made = self.extent(value)
        if isinstance(made, torch.Tensor):
            raise exc.ShapeSpecializingAllocation(
                found="a device value", hint="the size of a device value cannot depend on data"
            )
        if isinstance(made, bool) or not isinstance(made, int) or made < 0:
            raise exc.InvalidAPIUsage(
                "an extent must be a tile, a block size or an integer of at least 0", found=repr(made)
            )
        return made

    def extent(self, value: Any) -> Any:
        """`value` inside a shape: tiles and block sizes are extents there."""
        if isinstance(value, DeviceTile):
            return Extent(value.block.witness)
        if isinstance(value, ShiftedTile):
            return Extent(value.tile.block.witness)
        if isinstance(value, Unknown) and value.extent is not None:
            return Extent(value.extent)
        product = getattr(value, "_helion_extent", None)
        if product is not None:
            return Extent(product)
        if self.kernel.world.is_symbolic(value):
            raise exc.ShapeSpecializingAllocation(found=self.kernel.world.source(value))
        return self.operand(value)

    def path_of(self, tensor: torch.Tensor, node: ast.expr | None = None) -> str:
        """How the host part refers to a host tensor."""
        return self.paths.get(id(tensor)) or ("" if node is None else ast.unparse(node))

    def call(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Calls a torch function on operands."""
        dim = kwargs.get("dim", args[1] if len(args) > 1 and getattr(function, "__name__", "") in _REDUCING else None)
        if isinstance(dim, (str, float, torch.Tensor, DeviceTile, ShiftedTile, BlockSize)):
            raise exc.InvalidReductionDim(name=described(self.kernel, dim))
        named = {key: self.operand(each) for key, each in kwargs.items()}
        try:
            return self.kernel.device.call(function, *(self.operand(each) for each in args), **named)
        except (exc.TorchOperationNotSupported, exc.DataDependentOutputShapeNotSupported) as error:
            # The function of the source, rather than the operation behind it.
            name = getattr(function, "__name__", "fn")
            if "name" not in error.details or name in ("fn", "<lambda>", "forward") or name.startswith("_"):
                raise
            raise type(error)(name=f"torch.{name}") from None

    # ---- attributes and methods

    def attribute(self, owner: Any, name: str, node: ast.expr) -> Any:
        """`owner.name`."""
        if isinstance(owner, DeviceTile):
            return self._tile_attribute(owner, name)
        if isinstance(owner, ShiftedTile):
            if name == "index":
                return self.operand(owner)
            if name == "block_size":
                return BlockSize(owner.tile.block)
            raise exc.IncorrectTileUsage(f"a shifted tile has no attribute {name}")
        if isinstance(owner, torch.Tensor):
            return self._tensor_attribute(owner, name)
        if isinstance(owner, StackTensor):
            return self._stack_attribute(owner, name)
        try:
            return getattr(owner, name)
        except AttributeError:
            raise no_attribute(owner, name) from None

    def _stack_attribute(self, stack: StackTensor, name: str) -> Any:
        shape = (*(self.seen_extent(each) for each in stack.addresses.shape), *stack.like.shape)
        found: dict[str, Any] = {
            "shape": shape, "ndim": len(shape), "dtype": stack.like.dtype, "device": self.kernel.world.device,
            "dim": lambda: len(shape), "size": lambda dim=None: shape if dim is None else shape[dim],
            "new_empty": lambda *size, **kwargs: self._new_empty(stack.like.dtype, *size, **kwargs),
        }  # fmt: skip
        if name not in found:
            raise exc.InvalidAPIUsage(
                f"a stack tensor has no attribute {name}", expected=[*found], hint="index it to load from its tensors"
            )
        return found[name]

    def _new_empty(self, default: torch.dtype, *size: Any, dtype: Any = None, device: Any = None) -> torch.Tensor:
        extents = size[0] if len(size) == 1 and isinstance(size[0], (list, tuple)) else size
        return creation.full(self.kernel.device, [self.shape_extent(each) for each in extents], 0, dtype or default)

    def _tile_attribute(self, tile: DeviceTile, name: str) -> Any:
        device = self.kernel.device
        if name == "index":
            return device.tile_index(tile)
        if name == "block_size":
            return BlockSize(tile.block)
        if name in ("begin", "end", "id"):
            return device.tile_number(tile, f"helion.tile_{name}")
        if name == "count":
            last = self.call(operator.sub, self.call(operator.add, tile.upper, BlockSize(tile.block)), 1)
            return self.call(operator.floordiv, self.call(operator.sub, last, tile.lower), BlockSize(tile.block))
        raise exc.IncorrectTileUsage(
            f"a tile has no attribute {name}", expected="begin, end, index, id, count or block_size"
        )

    def _tensor_attribute(self, owner: torch.Tensor, name: str) -> Any:
        if name == "device":
            return self.kernel.world.device
        if is_host_tensor(owner):
            if name in _HOST_ATTRIBUTES:
                return getattr(owner, name)
            raise self._used_whole(owner, name)
        if name == "shape":
            return tuple(self.seen_extent(each) for each in owner.shape)
        if name == "mT" or (name == "T" and owner.dim() == 2):
            return self.call(torch.transpose, owner, -2, -1)
        if name == "T":
            return self.call(torch.permute, owner, tuple(range(owner.dim()))[::-1])
        try:
            return getattr(owner, name)
        except AttributeError:
            raise no_attribute(owner, name) from None

    def seen_extent(self, number: int) -> Any:
        """An extent of a device value as the user sees it."""
        block = self.kernel.blocks.by_witness.get(int(number))
        if block is not None:
            return BlockSize(block)
        return self._block_number(int(number)) if self.kernel.blocks.is_product(int(number)) else int(number)

    def _block_number(self, extent: int) -> torch.Tensor:
        """The number behind a block size or a product with one; in shapes it stays the extent."""
        dtype = self.kernel.builder.index_dtype
        made = self.kernel.device.scalar(self.kernel.builder.number(extent, dtype), dtype)
        made._helion_extent = extent  # type: ignore[attr-defined]
        return made

    def tensor_method(self, owner: torch.Tensor, name: str, args: list[Any], kwargs: dict[str, Any]) -> Any:
        """`owner.name(*args)` for a tensor of either side."""
        if is_host_tensor(owner):
            if name in _HOST_METHODS:
                return getattr(owner, name)(*args, **kwargs)
            raise self._used_whole(owner, name)
        if name == "size":
            shape = tuple(self.seen_extent(each) for each in owner.shape)
            return shape[args[0]] if args else shape
        if name in ("dim", "ndimension", "is_floating_point", "element_size"):
            return getattr(owner, name)()
        if name == "item":
            return self._item(owner)
        if name in _OFF_DEVICE:
            raise exc.NotAllowedOnDevice(name=f"Tensor.{name}", hint=_OFF_DEVICE[name])
        if name == "to":
            args = [each for each in args if not isinstance(each, (str, torch.device))]
            kwargs = {key: each for key, each in kwargs.items() if key not in ("device", "non_blocking", "copy")}
            if not args and not kwargs:
                return owner
        if name.endswith("_") and not name.startswith("_") and name != "requires_grad_":
            return self._in_place_method(owner, name[:-1], args, kwargs)
        function = getattr(torch.Tensor, name, None)
        if function is None:
            raise no_attribute(owner, name)
        if name in SHAPE_METHODS:
            args = [self.extent(each) for each in args]
        return self.call(function, owner, *args, **kwargs)

    def _item(self, owner: torch.Tensor) -> torch.Tensor:
        if any(extent != 1 for extent in owner.shape):
            raise exc.InvalidAPIUsage(
                "item() takes a value of one element", found=f"shape {self.kernel.blocks.shape_text(owner.shape)}",
                hint="reduce it first",
            )  # fmt: skip
        return self.call(torch.reshape, owner, ()) if owner.dim() else owner

    def _in_place_method(self, owner: torch.Tensor, name: str, args: list[Any], kwargs: dict[str, Any]) -> torch.Tensor:
        """What `owner` becomes by the in-place form of the method `name`."""
        if name == "zero":
            return self.call(torch.zeros_like, owner)
        if name == "fill":
            return self.call(torch.full_like, owner, *args, **kwargs)
        if name == "copy":
            return self.call(_copied, owner, *args, **kwargs)
        function = getattr(torch.Tensor, name, None)
        if function is None:
            raise exc.TorchOperationNotSupported(f"the in-place method {name}_ is not supported on device values")
        return self.in_place(self.call(function, owner, *args, **kwargs), owner)

    def in_place(self, made: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        """The result of an in-place operation, which keeps the dtype and shape of its left side."""
        raise NotImplementedError


def _copied(target: torch.Tensor, source: Any) -> torch.Tensor:
    if not isinstance(source, torch.Tensor):
        return torch.full_like(target, source)
    return source.expand(target.shape).to(target.dtype)
