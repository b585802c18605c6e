# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in device loops and with tiles."""

from __future__ import annotations

from helion.exc.base import BaseError


class LoopFunctionNotInFor(BaseError):
    """A loop function such as `hl.tile` was called outside a `for` statement."""

    template = "{name} must be the iterator of a for statement"
    default_hint = "write `for tile in {name}(…):`"


class NestedDeviceLoopsConflict(BaseError):
    """A nested loop conflicts with the loop around it."""

    template = "this device loop conflicts with the loop around it"


class DeviceLoopElseBlock(BaseError):
    """A device loop has an `else` block."""

    template = "a device loop cannot have an else block"
    default_hint = "move the statements after the loop"


class LoopDependencyError(BaseError):
    """A top-level loop reads what an earlier one wrote."""

    template = "this loop reads {name}, which an earlier top-level loop writes"
    default_hint = "put hl.barrier() between the two loops"


class TopLevelStatementBetweenLoops(BaseError):
    """A statement stands between two top-level device loops."""

    template = "only hl.barrier() may stand between two top-level device loops"
    default_hint = "move the statement before the first loop or after the last"


class BarrierOnlyAllowedAtTopLevel(BaseError):
    """`hl.barrier` stands elsewhere than between two top-level loops."""

    template = "hl.barrier() may only stand between two top-level device loops"


class BarrierRequiresPersistent(BaseError):
    """`hl.barrier` needs all programs resident at once."""

    template = "hl.barrier() needs a persistent pid_type, but the configuration has {name}"
    default_hint = "use pid_type='persistent_blocked'"


class NestedGridLoop(BaseError):
    """A grid loop stands inside another loop: not raised, `hl.grid` nests as `range` does."""

    template = "this loop cannot be nested in another one"


class InvalidDeviceForLoop(BaseError):
    """A `for` statement on the device iterates over something that is no loop."""

    template = "a for statement on the device cannot iterate over {name}"
    default_hint = "iterate over hl.tile, hl.grid, hl.static_range, range, or a tuple of known length"


class IncorrectTileUsage(BaseError):
    """A tile was used as a value."""

    template = "a tile may only be an index, a size, or be read through its attributes"
    default_hint = "use tile.index for its indices as a tensor"


class InvalidJaggedTileUsage(BaseError):
    """A jagged tile was used without its parent tiles."""

    template = "a jagged tile must be used together with its parent tiles"


class TileOfTile(BaseError):
    """A tile was given as the size of another tile."""

    template = "a tile cannot be the size of another tile"
    default_hint = "give the extent, as in hl.tile(tile.begin, tile.end)"


class FailedToUnpackTile(BaseError):
    """A single tile was unpacked."""

    template = "a single tile cannot be unpacked into several names"
    default_hint = "pass a list of sizes, as in `for a, b in hl.tile([m, n])`"


class OverpackedTile(BaseError):
    """A one-element list of tiles stands where a tile should."""

    template = "a list of tiles stands where one tile is expected"
    default_hint = "for one name write hl.tile(n) rather than hl.tile([n])"


class InvalidTileRange(BaseError):
    """A tile range ends before it begins."""

    template = "the range of the loop ends before it begins: {begin} > {end}"


class InvalidLoopBound(BaseError):
    """A loop bound is no size."""

    template = "a loop bound must be an integer or a scalar integer tensor"
    default_hint = "pass a size such as x.size(0)"
