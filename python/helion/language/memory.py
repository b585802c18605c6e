# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads and stores: the explicit forms of `tensor[index]` and `tensor[index] = value`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.language import indexing
from helion.language.context import plain_torch, reference

if TYPE_CHECKING:
    from helion.language.stack_tensors import StackTensor

EVICTION_POLICIES = ("", "first", "last")


def load(
    tensor: torch.Tensor | StackTensor,
    index: Any,
    extra_mask: torch.Tensor | None = None,
    eviction_policy: str | None = None,
) -> torch.Tensor:
    """Reads `tensor[index]`; lanes that are masked off read as 0.

    Args:
        tensor: a host tensor or a stack tensor.
        index: list of tiles, `tile + offset`, integers, slices, None and integer tensors; trailing dimensions may be
            left out.
        extra_mask: boolean tensor that broadcasts to the result, AND-ed with the mask of the tiles.
        eviction_policy: "", "first" or "last"; wins over `load_eviction_policies` of the Config.

    Returns:
        The values, with one dimension per tile or slice, of the dtype of `tensor`.
    """
    reference("load")
    if eviction_policy is not None and eviction_policy not in EVICTION_POLICIES:
        raise exc.InvalidAPIUsage(
            "hl.load was given an unknown eviction policy", expected=EVICTION_POLICIES, found=eviction_policy
        )
    if not isinstance(tensor, torch.Tensor):
        return tensor.load(index, extra_mask)
    return read(tensor, indexing.as_tuple(index), extra_mask)


def store(tensor: torch.Tensor | StackTensor, index: Any, value: Any, extra_mask: torch.Tensor | None = None) -> None:
    """Writes `tensor[index] = value`, converting to the dtype of `tensor`; masked lanes are left alone.

    Args:
        tensor: a host tensor or a stack tensor.
        index: as in `hl.load`.
        value: a tensor that broadcasts to the indexed shape, or a number.
        extra_mask: boolean tensor that broadcasts to the indexed shape, AND-ed with the mask of the tiles.
    """
    reference("store")
    if not isinstance(tensor, torch.Tensor):
        tensor.store(index, value, extra_mask)
        return
    write(tensor, indexing.as_tuple(index), value, extra_mask)


@plain_torch()
def read(tensor: torch.Tensor, index: tuple[Any, ...], extra_mask: torch.Tensor | None = None) -> torch.Tensor:
    """The reference semantics of a load; the result never aliases `tensor`."""
    entries = indexing.expanded(tensor, index)
    plain = indexing.simple(tensor, entries) if extra_mask is None else None
    if plain is not None:
        return tensor[plain].clone()
    resolved = indexing.resolve(tensor, entries)
    mask = _combined(resolved.mask, extra_mask)
    if mask is None:
        return tensor[resolved.indices].reshape(resolved.shape)
    if not tensor.numel():
        return tensor.new_zeros(torch.broadcast_shapes(resolved.shape, mask.shape))
    values = tensor[_clamped(tensor, resolved.indices)].reshape(resolved.shape)
    return torch.where(mask, values, torch.zeros((), dtype=values.dtype, device=values.device))


@plain_torch()
def write(tensor: torch.Tensor, index: tuple[Any, ...], value: Any, extra_mask: torch.Tensor | None = None) -> None:
    """The reference semantics of a store."""
    entries = indexing.expanded(tensor, index)
    plain = indexing.simple(tensor, entries) if extra_mask is None else None
    if plain is not None:
        tensor[plain] = value
        return
    resolved = indexing.resolve(tensor, entries)
    mask = _combined(resolved.mask, extra_mask)
    value = torch.as_tensor(value, device=tensor.device).to(tensor.dtype).expand(resolved.shape)
    position = indexing.linear(tensor, resolved)
    live = position.reshape(-1) if mask is None else position[mask.expand(resolved.shape)]
    if live.unique().numel() != live.numel():
        raise exc.DuplicateStoreIndicesError(found=f"{live.numel()} lanes for {live.unique().numel()} elements")
    chosen = tuple(values.expand(resolved.shape) for values in resolved.indices)
    if mask is not None:
        mask = mask.expand(resolved.shape)
        chosen = tuple(values[mask] for values in chosen)
        value = value[mask]
    tensor[chosen] = value


def _combined(mask: torch.Tensor | None, extra_mask: torch.Tensor | None) -> torch.Tensor | None:
    if extra_mask is None:
        return mask
    extra_mask = extra_mask.to(torch.bool)
    return extra_mask if mask is None else mask & extra_mask


def _clamped(tensor: torch.Tensor, indices: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
    # A masked lane may point anywhere.
    return tuple(values.clamp(0, size - 1) for size, values in zip(tensor.shape, indices, strict=True))
