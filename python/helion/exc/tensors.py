# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes with indices, shapes, reductions and specialization."""

from __future__ import annotations

from helion.exc.base import BaseError


class RankMismatch(BaseError):
    """The number of indices, or the rank of a value, is wrong."""

    template = "{name} has {rank} dimensions, but {given} indices were given"
    default_hint = "use `:` for dimensions that are taken whole and None to add one"


class InvalidIndexingType(BaseError):
    """Something that is no index stands in an index list."""

    template = "an index of type {name} is not supported"
    default_hint = "index with tiles, integers, slices, None or integer tensors"


class InvalidSequenceSubscription(BaseError):
    """A list or tuple was indexed by a value that is not known at compile time."""

    template = "a sequence can only be indexed by a compile-time integer"
    default_hint = "iterate over it, or use hl.static_range for the index"


class ShapeMismatch(BaseError):
    """Two shapes do not fit together."""

    template = "the shapes {left} and {right} do not match"


class DotBatchDimensionMismatch(BaseError):
    """The batch extents of a matrix product differ."""

    template = "the batch dimensions of a dot differ: {left} and {right}"


class IndexOffsetOutOfRangeForInt32(BaseError):
    """An offset does not fit the 32-bit index type that was asked for."""

    template = "an offset into {name} does not fit index_dtype int32"
    default_hint = "leave index_dtype at auto or set it to int64"


class InputTensorNumelExceedsIndexType(BaseError):
    """A tensor has more elements than the index type that was asked for can count."""

    template = "tensor {name} has more elements than index_dtype int32 can count"
    default_hint = "leave index_dtype at auto or set it to int64"


class DataDependentOutputShapeNotSupported(BaseError):
    """The shape of a result depends on data."""

    template = "the result of {name} has a shape that depends on data"
    default_hint = "use torch.where with a mask of fixed shape"


class UnsupportedSplitOperation(BaseError):
    """A splitting operation cannot be lowered."""

    template = "{name} cannot be lowered here"
    default_hint = "use hl.split on a last dimension of 2"


class DuplicateStoreIndicesError(BaseError):
    """A store writes one element more than once."""

    template = "a store writes some elements more than once"
    default_hint = "use an atomic operation"


class NonTensorSubscriptAssign(BaseError):
    """The target of a subscript assignment is no tensor."""

    template = "only tensors can be assigned to by subscript, not {name}"


class RequiresTensorInAssignment(BaseError):
    """The value of a subscript assignment is no tensor or number."""

    template = "only a tensor or a number can be stored, not {name}"


class DeviceTensorSubscriptAssignmentNotAllowed(BaseError):
    """A device value was assigned to by subscript."""

    template = "{name} is a device value; its elements cannot be assigned"
    default_hint = "build a new value with torch.where, or store into a host tensor"


class AtomicOnDeviceTensor(BaseError):
    """The target of an atomic operation is a device value."""

    template = "the target of {name} must be a host tensor"


class ReductionOnNonTile(BaseError):
    """A reduction over a dimension that is no tile: not raised, this compiler reduces every dimension."""

    template = "{name} cannot be reduced over"


class InvalidReductionDim(BaseError):
    """A reduction names a dimension in a form that is not supported."""

    template = "{name} does not name a dimension to reduce"
    default_hint = "give the position of the dimension, as in value.sum(-1)"


class MultipleReductionDims(BaseError):
    """Several dimensions were reduced where only one is supported: not raised, this compiler reduces any number."""

    template = "only one dimension can be reduced at once here"


class ReductionDimInvalidForShape(BaseError):
    """A reduction names a dimension that the value does not have."""

    template = "dimension {dim} does not exist in a value of shape {shape}"


class ShapeSpecializingCall(BaseError):
    """A call would fix a size that is not specialized."""

    template = "this call needs the value of a size that is not a compile-time constant"
    default_hint = "use hl.specialize on the size, in the host part"


class ShapeSpecializingAllocation(BaseError):
    """A device value has an extent that is no compile-time constant."""

    template = "the extent of a device value must be a tile, a block size or a compile-time constant"
    default_hint = "use hl.specialize on the size, in the host part"


class SpecializeOnDevice(BaseError):
    """`hl.specialize` was called on the device."""

    template = "hl.specialize may only be called in the host part of a kernel"
    default_hint = "call it before the device loop"


class SpecializeArgType(BaseError):
    """`hl.specialize` was given something that is no size."""

    template = "hl.specialize takes a size, a stride or a sequence of them"


class ConfigSpecFragmentWithSymInt(BaseError):
    """A tunable has a bound that is no constant."""

    template = "the bounds of a tunable must be constants"


class StackTensorcOnHost(BaseError):
    """A stack tensor was used in the host part."""

    template = "a stack tensor can only be used inside a device loop"


class StackTensorDevPtrOnHost(BaseError):
    """The addresses of a stack tensor were not loaded on the device."""

    template = "the addresses of a stack tensor must be loaded in the device loop"


class StackTensorDevPtrDtype(BaseError):
    """The addresses of a stack tensor have a wrong dtype."""

    template = "the addresses of a stack tensor must be int64 or uint64"


class StackTensorExampleOnDevice(BaseError):
    """The example of a stack tensor is a device value."""

    template = "the example of a stack tensor must be a host tensor"
