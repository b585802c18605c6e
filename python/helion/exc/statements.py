# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Python and torch that device code does not take, and failures of the compiler itself."""

from __future__ import annotations

from helion.exc.base import BaseError


class NotAllowedOnDevice(BaseError):
    """Something of Python that cannot run on the device."""

    template = "{name} is not allowed on the device"


class AssignmentMultipleTargets(NotAllowedOnDevice):
    """A chained assignment in device code: not raised, this compiler assigns to each target in turn."""

    template = "assignment to several targets at once is not allowed on the device"
    default_hint = "write one assignment per target"


class InvalidAssignment(NotAllowedOnDevice):
    """The target of an assignment has a form that device code does not take."""

    template = "this form of assignment is not allowed on the device"


class StatementNotSupported(BaseError):
    """A kind of statement or expression that kernels do not take."""

    template = "{name} is not supported in a kernel"


class StarredArgsNotSupportedOnDevice(BaseError):
    """A starred argument whose length is not known."""

    template = "a starred argument must have a length that is known at compile time"


class FailedToUnpackTupleAssign(BaseError):
    """A value cannot be unpacked into the names on the left."""

    template = "cannot unpack {found_count} values into {wanted_count} names"


class TracedArgNotSupported(BaseError):
    """A value of this type cannot be handed from the host to the device."""

    template = "a value of type {name} cannot be used in a device loop"
    default_hint = "pass tensors or numbers"


class CantCombineTypesInControlFlow(BaseError):
    """A variable has different kinds of value on two paths."""

    template = "the variable {name} has different kinds of value after the two branches"


class ControlFlowTensorMismatch(BaseError):
    """A tensor has different shapes or dtypes on two paths."""

    template = "the variable {name} has different shapes or dtypes on the two paths"
    default_hint = "bring both to one dtype with .to(…) and one shape before the paths meet"


class TypeInferenceError(BaseError):
    """Python refused an expression while the kernel was traced: wrong types, a function that is none."""

    template = "the type of this expression cannot be inferred"


class TorchOpTracingError(BaseError):
    """A torch operation refused its arguments."""

    template = "torch refused this operation"


class InductorLoweringError(BaseError):
    """A torch operation cannot be lowered: `TorchOperationNotSupported` is what is raised, Inductor is not involved."""

    template = "this operation cannot be lowered to the device"
    default_hint = "write it in terms of supported operations"


class TorchOperationNotSupported(InductorLoweringError):
    """A torch operation has no lowering."""

    template = "the torch operation {name} is not supported in device code"
    default_hint = "write it in terms of supported operations, or do it in the host part"


class InternalError(BaseError):
    """The compiler broke one of its own rules: a bug of Helion."""

    template = "internal error of the compiler: {name}"
    default_hint = "this is a bug in Helion: please report it with the kernel that shows it"


class ErrorCompilingKernel(BaseError):
    """Several errors in one kernel: not raised, tracing ends at the first."""

    template = "the kernel has {count} errors"


class GraphModuleUnsupportedOps(BaseError):
    """A graph module argument holds nodes that cannot be inlined."""

    template = "the graph module holds operations that cannot be inlined: {name}"


class AutodiffKernelNotCalled(BaseError):
    """A backward pass was asked for before the kernel was ever bound."""

    template = "kernel {name} must be called before its backward pass is derived"


class AutodiffNotSupported(BaseError):
    """An operation has no derivative rule."""

    template = "there is no derivative for {name}"
