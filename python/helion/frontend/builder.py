# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Emits operations: types, constants, conversions, broadcasts, and where in the source each operation comes from."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion._mlir import ir
from helion.frontend.blocks import Block, BlockTable, NoBroadcast

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from helion.settings import Settings

ELEMENT_TYPES: dict[torch.dtype, str] = {
    torch.float64: "f64", torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16",
    torch.int64: "i64", torch.int32: "i32", torch.int16: "i16", torch.int8: "i8",
    torch.uint64: "i64", torch.uint32: "i32", torch.uint16: "i16", torch.uint8: "i8", torch.bool: "i1",
    torch.float8_e4m3fn: "f8E4M3FN", torch.float8_e5m2: "f8E5M2",
    torch.float8_e4m3fnuz: "f8E4M3FNUZ", torch.float8_e5m2fnuz: "f8E5M2FNUZ",
}  # fmt: skip

TRITON_TYPES: dict[torch.dtype, str] = {
    torch.float64: "fp64", torch.float32: "fp32", torch.float16: "fp16", torch.bfloat16: "bf16",
    torch.int64: "i64", torch.int32: "i32", torch.int16: "i16", torch.int8: "i8",
    torch.uint64: "u64", torch.uint32: "u32", torch.uint16: "u16", torch.uint8: "u8", torch.bool: "i1",
    torch.float8_e4m3fn: "fp8e4nv", torch.float8_e5m2: "fp8e5",
    torch.float8_e4m3fnuz: "fp8e4b8", torch.float8_e5m2fnuz: "fp8e5b16",
}  # fmt: skip

UNSIGNED = frozenset({torch.bool, torch.uint8, torch.uint16, torch.uint32, torch.uint64})
NARROW_FLOATS = frozenset(dtype for dtype in ELEMENT_TYPES if dtype.is_floating_point and dtype.itemsize < 4)


def compute_dtype(dtype: torch.dtype) -> torch.dtype:
    """The dtype that arithmetic on `dtype` is done in."""
    return torch.float32 if dtype in NARROW_FLOATS else dtype


class Builder:
    """Appends operations to one kernel, at the current insertion point and source location."""

    def __init__(self, context: ir.Context, blocks: BlockTable, settings: Settings, index_dtype: torch.dtype) -> None:
        self.context = context
        self.blocks = blocks
        self.settings = settings
        self.index_dtype = index_dtype
        self.block: ir.Block | None = None
        self.place: exc.SourceLocation | None = None
        self.user_casts = True
        self._types: dict[Any, ir.Type] = {}
        self._locations: dict[exc.SourceLocation | None, ir.Location] = {}
        self._unknown = ir.Location.unknown(context)
        i64 = ir.IntegerType.get_signless(64, context)
        i32 = ir.IntegerType.get_signless(32, context)
        self.i64_attr = lambda value: ir.IntegerAttr.get(i64, value)
        self.i32_attr = lambda value: ir.IntegerAttr.get(i32, value)
        self.unit = ir.UnitAttr.get(context)

    # ---- places

    @contextlib.contextmanager
    def inside(self, block: ir.Block) -> Generator[None]:
        """Emits at the end of `block`."""
        before, self.block = self.block, block
        try:
            yield
        finally:
            self.block = before

    @contextlib.contextmanager
    def at(self, place: exc.SourceLocation) -> Generator[None]:
        """Operations come from `place` of the user's source."""
        before, self.place = self.place, place
        try:
            yield
        finally:
            self.place = before

    def location(self) -> ir.Location:
        """The current place as a location of MLIR."""
        found = self._locations.get(self.place)
        if found is None:
            place = self.place
            found = (
                self._unknown
                if place is None
                else ir.Location.file(place.file, place.line, (place.column or 0) + 1, self.context)
            )
            self._locations[place] = found
        return found

    def name(self, value: ir.Value, name: str) -> None:
        """Says that `value` is what the user calls `name`; the first name stays."""
        owner = value.owner
        if isinstance(owner, ir.Block):
            return
        location = owner.location
        if not location.is_a_name():
            owner.location = ir.Location.name(name, location, self.context)

    # ---- operations

    def op(
        self,
        name: str,
        operands: Sequence[ir.Value] = (),
        results: Sequence[ir.Type] = (),
        attributes: dict[str, ir.Attribute] | None = None,
        regions: int = 0,
        before: ir.Operation | None = None,
    ) -> ir.Operation:
        """Creates an operation at the end of the current block, or before another one."""
        if before is not None:
            point = ir.InsertionPoint(before)
        else:
            assert self.block is not None
            point = ir.InsertionPoint(self.block)
        return ir.Operation.create(
            name, results=list(results), operands=list(operands), attributes=attributes or {}, regions=regions,
            loc=self.location(), ip=point,
        )  # fmt: skip

    def value(
        self, name: str, operands: Sequence[ir.Value], result: ir.Type,
        attributes: dict[str, ir.Attribute] | None = None,
    ) -> ir.Value:  # fmt: skip
        """Creates an operation with one result."""
        return self.op(name, operands, [result], attributes).results[0]

    def i64_array(self, values: Sequence[int]) -> ir.Attribute:
        """A dense array attribute."""
        return ir.DenseI64ArrayAttr.get(list(values), self.context)

    def segments(self, *sizes: int) -> ir.Attribute:
        """The `operandSegmentSizes` of an operation with optional operands."""
        return ir.DenseI32ArrayAttr.get(list(sizes), self.context)

    def block_ref(self, block: Block) -> ir.Attribute:
        """A symbol reference to `block`."""
        return ir.FlatSymbolRefAttr.get(block.name, self.context)

    # ---- types

    def parse_type(self, text: str) -> ir.Type:
        """A type from its text, cached."""
        found = self._types.get(text)
        if found is None:
            found = self._types[text] = ir.Type.parse(text, self.context)
        return found

    def element(self, dtype: torch.dtype) -> ir.Type:
        """The element type of `dtype`.

        Raises:
            InvalidAPIUsage: for dtypes that kernels cannot compute with.
        """
        name = ELEMENT_TYPES.get(dtype)
        if name is None:
            raise exc.InvalidAPIUsage(f"values of dtype {dtype} are not supported in device code")
        return self.parse_type(name)

    @property
    def index_type(self) -> ir.Type:
        """The type of indices: i32, or i64 where a tensor needs it."""
        return self.element(self.index_dtype)

    def type(self, shape: Sequence[int], dtype: torch.dtype) -> ir.Type:
        """The type of a value; a scalar for rank 0. `shape` shows blocks by their witnesses."""
        key = (*shape, dtype)
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = self._tensor_type(shape, dtype)
        return found

    def _tensor_type(self, shape: Sequence[int], dtype: torch.dtype) -> ir.Type:
        element = self.element(dtype)
        if not shape:
            return element
        extents = [self.blocks.extent(int(extent)) for extent in shape]
        sizes = "x".join("?" if isinstance(extent, Block) else str(extent) for extent in extents)
        encoding = ""
        if any(isinstance(extent, Block) for extent in extents):
            names = ", ".join(f"@{extent.name}" if isinstance(extent, Block) else str(extent) for extent in extents)
            encoding = f", #helion.dims<[{names}]>"
        return ir.Type.parse(f"tensor<{sizes}x{element}{encoding}>", self.context)

    def tile_type(self, extent: Block | int) -> ir.Type:
        """The type of a tile of `extent`."""
        name = f"@{extent.name}" if isinstance(extent, Block) else str(extent)
        return self.parse_type(f"!helion.tile<{name}>")

    # ---- constants, conversions, broadcasts

    def number(self, number: float | bool, dtype: torch.dtype) -> ir.Value:
        """A scalar that torch handed on; a multiple of a witness is computed from the block sizes."""
        if not isinstance(number, bool) and abs(number) < 2**62 and float(number).is_integer():
            rest, found = self.blocks.factors(int(number))
            if found:
                return self._product(rest, found, dtype)
        return self.constant(number, dtype)

    def number_attribute(self, number: float | bool, dtype: torch.dtype) -> Any:
        """A number as a typed attribute."""
        kind = self.element(dtype)
        if dtype.is_floating_point:
            return ir.FloatAttr.get(kind, float(number), loc=self._unknown)
        if dtype == torch.bool:
            return ir.IntegerAttr.get(kind, -1 if number else 0)
        bits = dtype.itemsize * 8
        wrapped = int(number) & ((1 << bits) - 1)
        return ir.IntegerAttr.get(kind, wrapped - (1 << bits) if wrapped >> (bits - 1) else wrapped)

    def constant(self, number: float | bool, dtype: torch.dtype, before: ir.Operation | None = None) -> ir.Value:
        """A scalar constant."""
        attribute = self.number_attribute(number, dtype)
        return self.op("arith.constant", (), [attribute.type], {"value": attribute}, before=before).results[0]

    def _product(self, rest: int, found: Sequence[Block], dtype: torch.dtype) -> ir.Value:
        value: ir.Value | None = None
        for block in found:
            size = self.value("helion.block_size", (), self.index_type, {"block": self.block_ref(block)})
            value = size if value is None else self.value("arith.muli", (value, size), self.index_type)
        assert value is not None
        if rest != 1:
            value = self.value("arith.muli", (value, self.constant(rest, self.index_dtype)), self.index_type)
        return self.convert(value, (), self.index_dtype, dtype)

    def convert(
        self, value: ir.Value, shape: Sequence[int], source: torch.dtype, target: torch.dtype, user: bool = False
    ) -> ir.Value:
        """`value` of `source` as `target`; `user` says that the author of the kernel asked for the rounding."""
        if source == target:
            return value
        if not source.is_floating_point and not target.is_floating_point and source.itemsize == target.itemsize:
            same_bits = torch.bool not in (source, target)
            if same_bits:
                return value
        attributes: dict[str, ir.Attribute] = {}
        if user and target.is_floating_point and source.is_floating_point and target.itemsize < source.itemsize:
            attributes["user"] = self.unit
        if source in UNSIGNED:
            attributes["unsigned_source"] = self.unit
        if target in UNSIGNED and target != torch.bool:
            attributes["unsigned_result"] = self.unit
        return self.value("helion.convert", (value,), self.type(shape, target), attributes)

    def broadcast(self, value: ir.Value, source: Sequence[int], target: Sequence[int], dtype: torch.dtype) -> ir.Value:
        """`value` of shape `source`, right-aligned, repeated to `target`.

        Raises:
            ShapeMismatch: when it does not fit.
        """
        if tuple(source) == tuple(target):
            return value
        if not source:
            return self.value("helion.full", (value,), self.type(target, dtype))
        pairs = zip(reversed(source), reversed(target))
        if len(source) > len(target) or any(extent not in (1, wanted) for extent, wanted in pairs):
            raise NoBroadcast(left=list(source), right=list(target))
        shape = tuple(source)
        while len(shape) < len(target):
            value, shape = self.expand_dims(value, shape, 0, dtype)
        if shape == tuple(target):
            return value
        return self.value("helion.broadcast", (value,), self.type(target, dtype))

    def expand_dims(
        self, value: ir.Value, shape: Sequence[int], axis: int, dtype: torch.dtype
    ) -> tuple[ir.Value, tuple[int, ...]]:
        """`value` with a dimension of 1 at `axis`, and its shape."""
        result = (*shape[:axis], 1, *shape[axis:])
        if not shape:
            return self.value("helion.full", (value,), self.type(result, dtype)), result
        made = self.value("helion.expand_dims", (value,), self.type(result, dtype), {"axis": self.i64_attr(axis)})
        return made, result

    def reshape(self, value: ir.Value, source: Sequence[int], target: Sequence[int], dtype: torch.dtype) -> ir.Value:
        """`value` under another shape of as many elements."""
        if tuple(source) == tuple(target):
            return value
        if not source:
            return self.value("helion.full", (value,), self.type(target, dtype))
        return self.value("helion.reshape", (value,), self.type(target, dtype))
