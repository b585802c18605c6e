# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Block sizes as extents: each is a prime in the shapes of meta tensors, so that torch's own shape rules apply to it.

A device value is a meta tensor. Where its extent is a block size, the shape shows that block's *witness*: a prime that
is no size of the kernel. Equal extents are equal numbers, different ones differ, and a result's shape reads back by
looking the numbers up.
"""

from __future__ import annotations

import math
import operator
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helion import exc
from helion.arithmetic import next_power_of_2

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

MAX_BLOCK = 1 << 20
_UNCHOSEN = 32  # a block size before there is a configuration


@dataclass(eq=False)
class Block:
    """One `helion.block` under construction; see `helion.frontend.traced.BlockFact` for the fields."""

    name: str
    witness: int
    ordinal: int | None
    min: int
    max: int
    size: int | None
    size_hint: int | None
    dot_roles: set[str] = field(default_factory=set[str])
    loop: int | None = None
    dot_minimum: int = 1
    number: int = 1
    """The size under the configuration that the host part is traced for."""
    number_used: bool = False
    """Whether the trace depends on `number`."""
    factor: int = 1
    of: tuple[Block, ...] = ()
    """Of a product, the extent that a reshape makes of several: the blocks that `factor` is multiplied by."""

    def bounds(self) -> tuple[int, int]:
        """Least and greatest value; what feeds a matrix product is at least as large as the hardware asks for."""
        if self.size is not None:
            return self.size, self.size
        low = max(self.min, self.dot_minimum)
        return low, max(self.max, low)

    def raise_minimum(self, number: int) -> None:
        """No tile of this block has room for fewer elements than `number`."""
        self.min = max(self.min, next_power_of_2(number))


class BlockTable:
    """All block sizes of one kernel."""

    def __init__(self, avoid: Iterable[int], sizes: Sequence[int] | None = None, rank: int = 1) -> None:
        """`avoid` are numbers of the kernel that no witness may divide, `sizes` the block sizes of a configuration,
        `rank` is how many extents torch will multiply."""
        self._sizes = sizes or ()
        self._avoid = {number for number in avoid if number > 1}
        # torch counts the bytes of a meta tensor in 63 bits. Few numbers are multiples of a great prime by chance.
        self._last = min(10_001, int(2 ** (58 / max(rank, 1)) / 2) | 1)
        self.blocks: list[Block] = []
        self.by_witness: dict[int, Block] = {}
        self.products: dict[int, Block] = {}

    def new(self, minimum: int = 1, maximum: int | None = None, size: int | None = None) -> Block:
        """Declares a block: fixed when `size` is given, tunable otherwise."""
        hint = maximum
        bound = MAX_BLOCK if maximum is None else min(next_power_of_2(maximum), MAX_BLOCK)
        ordinal = None if size is not None else sum(block.ordinal is not None for block in self.blocks)
        block = Block(
            f"b{len(self.blocks)}", self._next_prime(), ordinal, next_power_of_2(minimum), bound, size, hint
        )  # fmt: skip
        block.max = max(block.max, block.min)
        if size is not None:
            block.min = block.max = size
        given = None if ordinal is None or ordinal >= len(self._sizes) else self._sizes[ordinal]
        block.number = given or size or max(block.min, min(block.max, _UNCHOSEN))
        self.blocks.append(block)
        self.by_witness[block.witness] = block
        return block

    def _next_prime(self) -> int:
        candidate = self._last + 2
        while not _is_prime(candidate) or any(number % candidate == 0 for number in self._avoid):
            candidate += 2
        self._last = candidate
        return candidate

    def extent(self, number: int) -> Block | int:
        """What `number` in a shape stands for; a multiple of witnesses is declared as a product of their blocks."""
        block = self.by_witness.get(number) or self.products.get(number)
        if block is not None:
            return block
        rest, found = self.factors(number)
        if not found:
            return number
        name = "x".join([*(block.name for block in found), *([str(rest)] if rest != 1 else [])])
        size = math.prod((rest, *(block.number for block in found)))
        block = Block(name, number, None, size, size, None, None, number=size, factor=rest, of=tuple(found))
        self.products[number] = block
        return block

    def is_product(self, number: int) -> bool:
        """Whether `number` is a multiple of a witness, and more than that witness."""
        return number not in self.by_witness and bool(self.factors(number)[1])

    def factors(self, number: int) -> tuple[int, list[Block]]:
        """`number` as a plain factor and the blocks it is a multiple of."""
        found: list[Block] = []
        if number == 0:
            return 0, found
        for witness, block in self.by_witness.items():
            while number % witness == 0:
                number //= witness
                found.append(block)
        return number, found

    def text(self, number: int) -> str:
        """`number` for people: block sizes by name."""
        rest, found = self.factors(number)
        if not found:
            return str(number)
        names = [f"block size {block.name}" if len(found) == 1 and rest == 1 else block.name for block in found]
        return " * ".join(([str(rest)] if rest != 1 else []) + names)

    def shape_text(self, shape: Iterable[int]) -> str:
        """A shape for people."""
        return "[" + ", ".join(self.text(int(extent)) for extent in shape) + "]"

    def readable(self, message: str) -> str:
        """A message of torch with the witnesses replaced by the names of their blocks."""
        return re.sub(r"\d{3,}", lambda match: self.text(int(match.group())), message)


def _is_prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))


class NoBroadcast(exc.ShapeMismatch):
    """Shapes that do not broadcast, as numbers; it is reported with the names of the block sizes."""


def broadcast_shapes(*shapes: Sequence[int]) -> tuple[int, ...]:
    """The shape that `shapes` broadcast to; as `torch.broadcast_shapes`, which imports much the first time.

    Raises:
        ShapeMismatch: when they do not broadcast.
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result = [1] * rank
    for shape in shapes:
        for at, extent in enumerate(shape, rank - len(shape)):
            if extent != 1 and result[at] not in (1, extent):
                other = next(each for each in shapes if len(each) >= rank - at and each[at - rank] == result[at])
                raise NoBroadcast(left=list(other), right=list(shape))
            if extent != 1:
                result[at] = int(extent)
    return tuple(result)


class Extent(int):
    """A witness on its way into a shape: it must not be taken for a number that happens to look like one."""


class Unknown:
    """A number of the host part that depends on block sizes.

    It is computed along with the trace for one configuration. Whatever needs the number itself (a size, a branch) gets
    it, and from there on the trace holds for configurations with these block sizes only.
    """

    def __init__(self, number: Any, blocks: frozenset[Block], extent: int | None = None) -> None:
        self.number = number
        self.blocks = blocks
        self.extent = extent
        """The witness of a block size, or of a product with one: what stands for it in shapes of device values."""

    def concrete(self) -> Any:
        """The number, which from now on the trace depends on."""
        for block in self.blocks:
            block.number_used = True
        return self.number

    def __bool__(self) -> bool:
        return bool(self.concrete())

    def __int__(self) -> int:
        return int(self.concrete())

    def __index__(self) -> int:
        return operator.index(self.concrete())

    def __float__(self) -> float:
        return float(self.concrete())

    def __neg__(self) -> Unknown:
        return Unknown(-self.number, self.blocks)

    __hash__ = object.__hash__

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        return func(*_concrete(args), **_concrete(kwargs or {}))


def _concrete(value: Any) -> Any:
    if isinstance(value, Unknown):
        return value.concrete()
    if isinstance(value, dict):
        return {key: _concrete(each) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)(_concrete(each) for each in value)
    return value


def _combining(function: Callable[[Any, Any], Any], swapped: bool) -> Callable[[Unknown, Any], Any]:
    def combine(self: Unknown, other: Any) -> Any:
        if isinstance(other, Unknown):
            numbers, blocks = (self.number, other.number), self.blocks | other.blocks
        elif type(other) in (int, float, bool):
            numbers, blocks = (self.number, other), self.blocks
        else:
            return function(other, self.concrete()) if swapped else function(self.concrete(), other)
        extent = None
        if function is operator.mul and self.extent is not None:
            factor = other.extent if isinstance(other, Unknown) else other
            extent = self.extent * factor if type(factor) is int else None
        return Unknown(function(*(reversed(numbers) if swapped else numbers)), blocks, extent)

    return combine


for _name in ("add", "sub", "mul", "mod", "floordiv", "truediv"):
    setattr(Unknown, f"__{_name}__", _combining(getattr(operator, _name), swapped=False))
    setattr(Unknown, f"__r{_name}__", _combining(getattr(operator, _name), swapped=True))
for _name in ("lt", "le", "gt", "ge", "eq", "ne"):
    setattr(Unknown, f"__{_name}__", _combining(getattr(operator, _name), swapped=False))


class BlockSize(Unknown):
    """A block size as users see it: an extent, and a number whose arithmetic is done on the device."""

    def __init__(self, block: Block) -> None:
        super().__init__(block.number, frozenset([block]), block.witness)
        self.block = block

    def __eq__(self, other: object) -> Any:
        return True if isinstance(other, BlockSize) and other.block is self.block else super().__eq__(other)

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<block size {self.block.name}>"


def holds(condition: Any) -> bool:
    """The truth of an assertion in the host part; one about block sizes is left to the launch."""
    return True if isinstance(condition, Unknown) else bool(condition)
