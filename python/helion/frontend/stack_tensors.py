# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stack tensors: many host tensors of one layout, each where an address says that a kernel has loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from helion import exc


@dataclass(frozen=True, eq=False)
class StackTensor:
    """Tensors like the host tensor `like`, one per element of the int64 device value `addresses`."""

    like: torch.Tensor
    addresses: torch.Tensor


def stacked(like: Any, addresses: Any) -> StackTensor:
    """`hl.stacktensor_like`.

    Raises:
        StackTensorExampleOnDevice, StackTensorDevPtrOnHost, StackTensorDevPtrDtype: for operands of a wrong kind.
    """
    if not isinstance(like, torch.Tensor):
        raise exc.InvalidAPIUsage("hl.stacktensor_like takes a host tensor as its example", found=type(like).__name__)
    if hasattr(like, "_helion_value"):
        raise exc.StackTensorExampleOnDevice()
    if not isinstance(addresses, torch.Tensor):
        raise exc.InvalidAPIUsage(
            "hl.stacktensor_like takes a device value of addresses", found=type(addresses).__name__
        )
    if not hasattr(addresses, "_helion_value"):
        raise exc.StackTensorDevPtrOnHost(hint="index the tensor of addresses, as in hl.stacktensor_like(x, ptrs[:])")
    if addresses.dtype not in (torch.int64, torch.uint64):
        raise exc.StackTensorDevPtrDtype(found=addresses.dtype)
    return StackTensor(like, addresses)


def index_within(stack: StackTensor, index: Any) -> Any:
    """`index` as that of each tensor: without the `:` that may stand for the dimensions of the stack in front."""
    lead = stack.addresses.dim()
    entries = list(index) if isinstance(index, (tuple, list)) else [index]
    given = sum(entry is not None and entry is not Ellipsis for entry in entries)
    in_front = [isinstance(entry, slice) and entry == slice(None) for entry in entries[:lead]]
    return entries[lead:] if given > stack.like.dim() and all(in_front) else index
