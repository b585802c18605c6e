# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stack tensors: a batch of tensors of one layout at different addresses."""

from __future__ import annotations

import ctypes
from typing import Any

import torch

from helion import exc
from helion.language import indexing, memory
from helion.language.context import HostContext, ReferenceContext, current, plain_torch, reference


class StackTensor:
    """What `hl.stacktensor_like` gives: index it to load from each of its tensors, or to store into each.

    Results have the dimensions of the addresses in front.
    """

    def __init__(self, like: torch.Tensor, addresses: torch.Tensor) -> None:
        self._like = like
        self._stack = tuple(addresses.shape)
        self._tensors = [_at(address, like) for address in addresses.flatten().tolist()]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the addresses, then that of each tensor."""
        return (*self._stack, *self._like.shape)

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of each tensor."""
        return self._like.dtype

    @property
    def device(self) -> torch.device:
        """Where the tensors live."""
        return self._like.device

    def new_empty(self, *args: Any, **kwargs: Any) -> torch.Tensor:
        """An uninitialized tensor of the same dtype and device; as `torch.Tensor.new_empty`."""
        return self._like.new_empty(*args, **kwargs)

    def load(self, index: Any, extra_mask: torch.Tensor | None = None) -> torch.Tensor:
        """The elements at `index` of each tensor, where `extra_mask` holds, zeros elsewhere."""
        with plain_torch():
            parts = [memory.read(each, self._within(index)) for each in self._tensors]
            made = torch.stack(parts).reshape(*self._stack, *parts[0].shape)
            return made if extra_mask is None else torch.where(extra_mask.bool(), made, torch.zeros_like(made))

    def store(self, index: Any, value: Any, extra_mask: torch.Tensor | None = None) -> None:
        """Writes `value` to `index` of each tensor, where `extra_mask` holds."""
        with plain_torch():
            place = self._within(index)
            old = self.load(index)
            new = torch.as_tensor(value, device=self.device).to(self.dtype).expand(old.shape)
            new = new if extra_mask is None else torch.where(extra_mask.bool(), new, old)
            for tensor, part in zip(self._tensors, new.reshape(-1, *new.shape[len(self._stack) :])):
                memory.write(tensor, place, part)

    __getitem__ = load
    __setitem__ = store

    def _within(self, index: Any) -> tuple[Any, ...]:
        entries = indexing.as_tuple(index)
        given = sum(entry is not None and entry is not Ellipsis for entry in entries)
        lead = len(self._stack)
        in_front = [isinstance(entry, slice) and entry == slice(None) for entry in entries[:lead]]
        return entries[lead:] if given > self._like.dim() and all(in_front) else entries


def stacktensor_like(tensor_like: torch.Tensor, dev_ptrs: torch.Tensor) -> StackTensor:
    """A batch of equally shaped tensors at different addresses.

    Args:
        tensor_like: host tensor with the shape, strides, dtype and device of each.
        dev_ptrs: int64 or uint64 device value of addresses, loaded in the kernel.

    Returns:
        A tensor of the shape of `dev_ptrs`, then that of `tensor_like`. Index it as one would index `tensor_like`; what
        is loaded and stored has the dimensions of `dev_ptrs` in front.

    Raises:
        StackTensorcOnHost: outside a device loop.
        StackTensorExampleOnDevice: when `tensor_like` is a device value.
        StackTensorDevPtrOnHost: when `dev_ptrs` was not loaded in the kernel.
        StackTensorDevPtrDtype: when `dev_ptrs` holds no addresses.

    Example::

        for tile in hl.tile(x.size(0)):
            stack = hl.stacktensor_like(x, addresses[:])
            out[tile] = stack[tile].sum(0)
    """
    context = current()
    if isinstance(context, HostContext) and not isinstance(context, ReferenceContext):
        raise exc.StackTensorcOnHost()
    reference("stacktensor_like")
    if dev_ptrs.dtype not in (torch.int64, torch.uint64):
        raise exc.StackTensorDevPtrDtype(found=dev_ptrs.dtype)
    return StackTensor(tensor_like, dev_ptrs)


class _DeviceMemory:
    def __init__(self, address: int, size: int) -> None:
        self.__cuda_array_interface__ = {"shape": (size,), "typestr": "|u1", "data": (address, False), "version": 3}


def _at(address: int, like: torch.Tensor) -> torch.Tensor:
    """The tensor at an address, which shares the memory there."""
    if not like.numel():
        return torch.empty_like(like)
    elements = 1 + sum((size - 1) * stride for size, stride in zip(like.shape, like.stride()))
    size = elements * like.element_size()
    if like.device.type == "cpu":
        raw = torch.frombuffer((ctypes.c_uint8 * size).from_address(address), dtype=torch.uint8)
    else:
        raw = torch.as_tensor(_DeviceMemory(address, size), device=like.device)
    return raw.view(like.dtype).as_strided(like.shape, like.stride())
