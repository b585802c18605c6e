# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What tracing a kernel gives: the module, the host function, and the facts that configurations are made from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from helion._mlir import ir
    from helion.frontend.foreign_source import ForeignSource
    from helion.frontend.host import HostProgram
    from helion.settings import Settings


@dataclass(frozen=True)
class KernelArg:
    """One argument of the device kernel, in the order of the launch.

    `kind` is "tensor" or "scalar". `type` is spelled as in a Triton signature: `*bf16`, `i32`, `i64`, `fp32`.
    `expression` gives the value in the host function. `divisible_by_16` holds for integers whose value is known to be
    a multiple of 16 for every launch that the guards let through.
    """

    kind: str
    type: str
    name: str
    expression: str
    divisible_by_16: bool = False


@dataclass(frozen=True)
class BlockFact:
    """One block size of the kernel (`helion.block`).

    A tunable block has an `ordinal`, its position in `block_sizes`, with powers of two from `min` to `max`; a fixed one
    has a `size`. `size_hint` is the extent that it tiles, as far as that is known. `dot_roles` says which dimensions of
    matrix products it is: of "m", "n", "k", "batch". `loop` is the position of its loop in `Traced.loops`, None for a
    registered block size that no loop uses.
    """

    name: str
    ordinal: int | None
    min: int
    max: int
    size: int | None
    size_hint: int | None
    dot_roles: frozenset[str]
    loop: int | None

    @property
    def in_dot(self) -> bool:
        """Whether a row, column or inner dimension of a matrix product has this extent."""
        return bool(self.dot_roles - {"batch"})


@dataclass(frozen=True)
class LoopFact:
    """One device loop, in program order: each grid, followed by the sequential loops inside it.

    `ordinal` is that of `helion.tile_for`, None for a grid. `blocks` has the name of the block per dimension,
    `extents` the length of the range per dimension where it is known (a hint, for dynamic sizes).
    """

    kind: str
    ordinal: int | None
    blocks: tuple[str, ...]
    extents: tuple[int | None, ...]
    line: int


@dataclass(frozen=True)
class MemoryFact:
    """One load, store or atomic. `ordinal` counts all of them, `load_ordinal` the loads alone."""

    kind: str
    ordinal: int
    load_ordinal: int | None
    dtype: str
    rank: int


@dataclass(frozen=True)
class ReductionFact:
    """One reduction. `extents` has, per reduced dimension, the name of the block or the extent."""

    kind: str
    extents: tuple[str | int, ...]


@dataclass(frozen=True)
class Traced:
    """A kernel, traced for one specialization.

    `module` holds one `helion.kernel` called `kernel_name`. `guards` must all hold, on the arguments of a call, for the
    trace to be reused: they are what the host part or the device part assumed about sizes and numbers. `host_blocks`
    has the block sizes that it took for numbers, by position in `block_sizes`: it holds for configurations with these.
    `barriers` counts those between grids, `computed_bounds` says that the device computes the bounds of a grid.
    """

    module: ir.Module
    kernel_name: str
    args: tuple[KernelArg, ...]
    guards: tuple[Callable[[tuple[Any, ...]], bool], ...]
    guard_sources: tuple[str, ...]
    blocks: tuple[BlockFact, ...]
    loops: tuple[LoopFact, ...]
    memory_ops: tuple[MemoryFact, ...]
    reductions: tuple[ReductionFact, ...]
    num_dots: int
    settings: Settings
    host: HostProgram
    tunables: dict[str, Any] = field(default_factory=dict[str, Any])
    foreign: ForeignSource | None = None
    host_blocks: dict[int, int] = field(default_factory=dict[int, int])
    barriers: int = 0
    computed_bounds: bool = False

    @property
    def num_loads(self) -> int:
        """Number of loads."""
        return sum(op.kind == "load" for op in self.memory_ops)

    @property
    def num_stores(self) -> int:
        """Number of stores."""
        return sum(op.kind == "store" for op in self.memory_ops)

    @property
    def arg_kinds(self) -> tuple[tuple[str, str, str], ...]:
        """Per argument (kind, type, name); the type of a tensor is that of its elements."""
        return tuple((arg.kind, arg.type.lstrip("*"), arg.name) for arg in self.args)

    @property
    def host_source(self) -> str:
        """The host function as Python source, for people to read."""
        return self.host.source

    host_function_source = host_source

    def make_host_function(self, launch: Callable[..., Any]) -> Callable[..., Any]:
        """The host function: runs the kernel's own Python and calls `launch(*kernel_arguments)` once."""
        return self.host.make(launch)
