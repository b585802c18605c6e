# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Atomic read-modify-write operations on host tensors. Each returns the value from before.

`sem` is the memory order: relaxed, acquire, release or acq_rel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion.language import indexing
from helion.language.context import plain_torch, reference

if TYPE_CHECKING:
    from collections.abc import Callable

MEMORY_ORDERS = ("relaxed", "acquire", "release", "acq_rel")


def atomic_add(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] += value`, atomically; lanes with the same index all count."""
    return _update("atomic_add", target, index, value, sem, torch.add)


def atomic_and(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] &= value`, atomically."""
    return _update("atomic_and", target, index, value, sem, torch.bitwise_and)


def atomic_or(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] |= value`, atomically."""
    return _update("atomic_or", target, index, value, sem, torch.bitwise_or)


def atomic_xor(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] ^= value`, atomically."""
    return _update("atomic_xor", target, index, value, sem, torch.bitwise_xor)


def atomic_max(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] = max(target[index], value)`, atomically."""
    return _update("atomic_max", target, index, value, sem, torch.maximum)


def atomic_min(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] = min(target[index], value)`, atomically."""
    return _update("atomic_min", target, index, value, sem, torch.minimum)


def atomic_xchg(target: torch.Tensor, index: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """`target[index] = value`, atomically."""
    return _update("atomic_xchg", target, index, value, sem, lambda _, new: new)


def atomic_cas(target: torch.Tensor, index: Any, expected: Any, value: Any, sem: str = "relaxed") -> torch.Tensor:
    """Writes `value` where `target[index]` equals `expected`, atomically."""
    wanted = torch.as_tensor(expected, device=target.device).to(target.dtype)
    return _update(
        "atomic_cas", target, index, value, sem, lambda old, new, want: torch.where(old == want, new, old), wanted
    )


@plain_torch()
def _update(
    name: str,
    target: torch.Tensor,
    index: Any,
    value: Any,
    sem: str,
    combine: Callable[..., torch.Tensor],
    *more: torch.Tensor,
) -> torch.Tensor:
    reference(name)
    if sem not in MEMORY_ORDERS:
        raise exc.InvalidAPIUsage(f"hl.{name} was given an unknown memory order", expected=MEMORY_ORDERS, found=sem)
    resolved = indexing.resolve(target, indexing.expanded(target, indexing.as_tuple(index)))
    operands = [
        torch.as_tensor(each, device=target.device).to(target.dtype).expand(resolved.shape) for each in (value, *more)
    ]
    chosen = [values.expand(resolved.shape) for values in resolved.indices]
    previous = target.new_zeros(resolved.shape)
    live = torch.ones(resolved.shape, dtype=torch.bool, device=target.device)
    if resolved.mask is not None:
        live = resolved.mask.expand(resolved.shape)
    positions = indexing.linear(target, resolved)[live]
    if positions.unique().numel() == positions.numel():
        where = tuple(values[live] for values in chosen)
        previous[live] = target[where]
        target[where] = combine(target[where], *(each[live] for each in operands))
        return previous
    # Lanes that share an element take turns.
    for lane in live.nonzero().tolist():
        at = tuple(lane)
        where = tuple(values[at] for values in chosen)
        previous[at] = target[where]
        target[where] = combine(target[where], *(each[at] for each in operands))
    return previous
