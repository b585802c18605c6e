# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Whether a value is tied to the tile that its extent is from: made of something that was loaded or indexed by it.

The compiler masks the lanes behind a tile's end where it can follow a value back to the tile. A constant of a tile's
extent, as `torch.ones([tile])` makes, comes from no tile: what needs its live lanes alone has to say which they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from helion._mlir import ir

if TYPE_CHECKING:
    from collections.abc import Iterable

    from helion.frontend.blocks import Block


def is_tied(value: ir.Value, block: Block) -> bool:
    """Whether the operations that make `value` show where its dimension of the extent `block` ends.

    False as well where that cannot be told, because a loop that `value` depends on is still being traced.
    """
    mention, tile = f"@{block.name}", f"!helion.tile<@{block.name}>"
    pending, seen = [value], set[ir.Value]()
    while pending:
        place = pending.pop()
        kind = str(place.type)
        if kind == tile:
            return True
        # Shapes end in `>` or go on after a comma: @b1 is not in @b10.
        if place not in seen and (f"{mention}," in kind or f"{mention}]" in kind):
            seen.add(place)
            pending += _sources(place)
    return False


def _sources(value: ir.Value) -> Iterable[ir.Value]:
    owner: Any = value.owner
    if isinstance(owner, ir.Block):
        # What a loop starts with: the block arguments behind its tiles.
        behind = len(owner.arguments) - [*owner.arguments].index(cast("Any", value))
        inputs = list(owner.owner.operands)
        return [inputs[-behind]] if behind <= len(inputs) else []
    found = list(owner.operands)
    for region in owner.regions:
        for block in region.blocks:
            if len(block.operations) and (owner.name != "scf.while" or region == owner.regions[1]):
                last: Any = block.operations[len(block.operations) - 1]
                found += last.operands if last.name.endswith(".yield") else []
    return found


def tile_of(value: ir.Value, dim: int) -> ir.Value | None:
    """The tile whose indices dimension `dim` of `value` stands for; None where that does not show."""
    owner: Any = value.owner
    if isinstance(owner, ir.Block):
        return None
    operands = list(owner.operands)
    if owner.name == "helion.tile_index":
        return operands[0]
    if owner.name == "helion.load":
        indices = operands[1 : 1 + owner.attributes["operandSegmentSizes"][1]]
        tiles = [each for each in indices if str(each.type).startswith("!helion.tile")]
        in_order = "index_dims" not in owner.attributes
        return tiles[dim] if in_order and dim < len(tiles) else None
    if owner.name == "helion.expand_dims":
        axis = owner.attributes["axis"].value
        return None if dim == axis else tile_of(operands[0], dim - (dim > axis))
    if owner.name == "helion.permute":
        return tile_of(operands[0], list(owner.attributes["order"])[dim])
    if owner.name == "helion.reduce":
        reduced = list(owner.attributes["dims"])
        kept = [axis for axis in range(len(reduced) + dim + 1) if axis not in reduced]
        return tile_of(operands[0], kept[dim])
    if owner.name.startswith(("arith.", "math.", "helion.convert", "helion.broadcast", "helion.extern")):
        found = (tile_of(each, dim) for each in operands if isinstance(each.type, ir.RankedTensorType))
        return next((each for each in found if each is not None), None)
    return None
