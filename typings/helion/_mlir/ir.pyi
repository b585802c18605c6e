"""The part of MLIR's Python bindings that Helion uses; the bindings themselves carry no types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, overload

class Context:
    allow_unregistered_dialects: bool
    def __init__(self) -> None: ...
    def __enter__(self) -> Context: ...
    def __exit__(self, *_: object) -> None: ...
    def load_all_available_dialects(self) -> None: ...
    def enable_multithreading(self, enable: bool) -> None: ...

class Location:
    child_loc: Location
    name_str: str
    filename: str
    start_line: int
    start_col: int
    @staticmethod
    def unknown(context: Context | None = None) -> Location: ...
    @staticmethod
    def file(filename: str, line: int, col: int, context: Context | None = None) -> Location: ...
    @staticmethod
    def name(name: str, childLoc: Location | None = None, context: Context | None = None) -> Location: ...
    def is_a_name(self) -> bool: ...
    def is_a_file(self) -> bool: ...
    def __enter__(self) -> Location: ...
    def __exit__(self, *_: object) -> None: ...

class Type:
    context: Context
    def __init__(self, type_: Type) -> None: ...
    @staticmethod
    def parse(asm: str, context: Context | None = None) -> Type: ...
    @classmethod
    def isinstance(cls, other: Type) -> bool: ...

class ShapedType(Type):
    element_type: Type
    shape: list[int]
    rank: int

class MemRefType(ShapedType): ...
class RankedTensorType(ShapedType): ...

class IntegerType(Type):
    width: int
    @staticmethod
    def get_signless(width: int, context: Context | None = None) -> IntegerType: ...

class FunctionType(Type):
    inputs: list[Type]
    results: list[Type]
    @staticmethod
    def get(inputs: Sequence[Type], results: Sequence[Type], context: Context | None = None) -> FunctionType: ...

class Attribute:
    context: Context
    def __init__(self, attribute: Attribute) -> None: ...
    @staticmethod
    def parse(asm: str, context: Context | None = None) -> Attribute: ...

class StringAttr(Attribute):
    value: str
    @staticmethod
    def get(value: str, context: Context | None = None) -> StringAttr: ...

class FlatSymbolRefAttr(Attribute):
    value: str
    @staticmethod
    def get(value: str, context: Context | None = None) -> FlatSymbolRefAttr: ...

class IntegerAttr(Attribute):
    value: int
    @staticmethod
    def get(type: Type, value: int) -> IntegerAttr: ...

class FloatAttr(Attribute):
    value: float
    @staticmethod
    def get(type: Type, value: float, loc: Location | None = None) -> FloatAttr: ...

class TypeAttr(Attribute):
    value: Type
    @staticmethod
    def get(value: Type, context: Context | None = None) -> TypeAttr: ...

class UnitAttr(Attribute):
    @staticmethod
    def get(context: Context | None = None) -> UnitAttr: ...

class ArrayAttr(Attribute):
    @staticmethod
    def get(attributes: Sequence[Attribute], context: Context | None = None) -> ArrayAttr: ...
    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Attribute]: ...
    def __getitem__(self, index: int) -> Attribute: ...

class DictAttr(Attribute):
    @staticmethod
    def get(value: Mapping[str, Attribute], context: Context | None = None) -> DictAttr: ...
    def __contains__(self, name: str) -> bool: ...
    def __getitem__(self, name: str) -> Attribute: ...

class DenseI32ArrayAttr(Attribute):
    @staticmethod
    def get(values: Sequence[int], context: Context | None = None) -> DenseI32ArrayAttr: ...

class DenseBoolArrayAttr(Attribute):
    @staticmethod
    def get(values: Sequence[bool], context: Context | None = None) -> DenseBoolArrayAttr: ...

class DenseI64ArrayAttr(Attribute):
    @staticmethod
    def get(values: Sequence[int], context: Context | None = None) -> DenseI64ArrayAttr: ...

class Value:
    type: Type
    owner: Operation | Block

class OpResult(Value): ...

class BlockArgument(Value):
    arg_number: int

class OpView:
    operation: Operation
    name: str
    attributes: OpAttributeMap
    operands: Sequence[Value]
    results: Sequence[OpResult]
    regions: Sequence[Region]

class Block:
    arguments: Sequence[BlockArgument]
    operations: Sequence[OpView]
    owner: OpView
    def append(self, operation: Operation) -> None: ...
    def append_to(self, region: Region) -> None: ...
    def add_argument(self, type: Type, loc: Location) -> BlockArgument: ...

class BlockList:
    def append(self, *args: Type, arg_locs: Sequence[Location] | None = None) -> Block: ...
    def __getitem__(self, index: int) -> Block: ...
    def __iter__(self) -> Iterator[Block]: ...
    def __len__(self) -> int: ...

class Region:
    blocks: BlockList

class OpAttributeMap:
    def __contains__(self, name: str) -> bool: ...
    def __getitem__(self, name: str) -> Attribute: ...
    def __setitem__(self, name: str, attribute: Attribute) -> None: ...
    def __delitem__(self, name: str) -> None: ...
    def __iter__(self) -> Iterator[Any]: ...

class Operation:
    name: str
    attributes: OpAttributeMap
    operands: Sequence[Value]
    results: Sequence[OpResult]
    regions: Sequence[Region]
    location: Location
    operation: Operation
    @staticmethod
    def create(
        name: str,
        results: Sequence[Type] | None = None,
        operands: Sequence[Value] | None = None,
        attributes: Mapping[str, Attribute] | None = None,
        successors: Sequence[Block] | None = None,
        regions: int = 0,
        loc: Location | None = None,
        ip: InsertionPoint | None = None,
    ) -> Operation: ...
    def erase(self) -> None: ...
    def verify(self) -> bool: ...
    def move_before(self, other: Operation) -> None: ...
    def get_asm(self, *, enable_debug_info: bool = False, **kwargs: Any) -> str: ...

class InsertionPoint:
    @overload
    def __init__(self, beforeOperation: Operation) -> None: ...
    @overload
    def __init__(self, block: Block) -> None: ...
    def __enter__(self) -> InsertionPoint: ...
    def __exit__(self, *_: object) -> None: ...

class Module:
    body: Block
    operation: Operation
    context: Context
    @staticmethod
    def create(loc: Location | None = None) -> Module: ...
    @staticmethod
    def parse(asm: str, context: Context | None = None) -> Module: ...

class DiagnosticInfo:
    message: str
    location: Location

class MLIRError(Exception):
    message: str
    error_diagnostics: list[DiagnosticInfo]

