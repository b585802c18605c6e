# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Which memory the top-level loops of a kernel touch: loops that depend on each other need a barrier between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from helion import exc

if TYPE_CHECKING:
    import torch

    from helion.frontend.world import World


@dataclass(frozen=True)
class Region:
    """The memory of a tensor: bytes `low` to `high` of a storage."""

    storage: torch.UntypedStorage
    low: int
    high: int

    @staticmethod
    def of(tensor: torch.Tensor, world: World) -> Region:
        """The region of a host tensor; of dynamic sizes as they are in the call that is traced."""
        sizes = [world.int_hint(size) for size in tensor.shape]
        strides = [world.int_hint(stride) for stride in tensor.stride()]
        low = world.int_hint(tensor.storage_offset()) * tensor.itemsize
        span = 0 if 0 in sizes else 1 + sum((size - 1) * stride for size, stride in zip(sizes, strides))
        return Region(tensor.untyped_storage(), low, low + span * tensor.itemsize)

    def overlaps(self, other: Region) -> bool:
        """Whether the two have a byte in common."""
        return self.storage is other.storage and self.low < other.high and other.low < self.high


@dataclass(frozen=True)
class _Access:
    region: Region
    kind: str
    loop: int


class Dependencies:
    """The accesses of the loops since the last barrier."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._loop = 0
        self._accesses: list[_Access] = []

    def next_loop(self) -> None:
        """What follows belongs to the next top-level loop."""
        self._loop += 1

    def barrier(self) -> None:
        """What came before is done when what follows runs."""
        self._accesses.clear()

    def record(self, kind: str, tensor: torch.Tensor, name: str) -> None:
        """Notes a "load", "store" or "atomic".

        Raises:
            LoopDependencyError: when an earlier loop touched the same memory, one of the two writes it, and not both do
                so atomically.
        """
        access = _Access(Region.of(tensor, self._world), kind, self._loop)
        if self._loop > 1:
            for earlier in self._accesses:
                if earlier.loop != self._loop and _conflict(earlier, access):
                    verbs = {"load": ("reads", "read"), "store": ("writes", "wrote"), "atomic": ("updates", "updated")}
                    raise exc.LoopDependencyError(
                        f"this loop {verbs[kind][0]} {name}, which an earlier top-level loop {verbs[earlier.kind][1]}"
                    )
        if access not in self._accesses:
            self._accesses.append(access)


def _conflict(earlier: _Access, later: _Access) -> bool:
    kinds = {earlier.kind, later.kind}
    return kinds not in ({"load"}, {"atomic"}) and earlier.region.overlaps(later.region)
