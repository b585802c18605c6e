# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mistakes in how a kernel is declared and called, and in what may be used on the host and on the device."""

from __future__ import annotations

from helion.exc.base import BaseError


class NotInsideKernel(BaseError):
    """An `hl` function was called outside a kernel."""

    template = "{name} may only be called inside a function decorated with @helion.kernel"
    default_hint = "move the call into a kernel, or decorate the function with @helion.kernel()"


class NamingConflict(BaseError):
    """A kernel uses a name that generated code needs."""

    template = "the name {name} is reserved for generated code"
    default_hint = "rename the variable"


class ClosuresNotSupported(BaseError):
    """A captured variable cannot be used by a kernel: not raised, this compiler reads captured variables."""

    template = "the kernel captures {name}, which cannot be used here"
    default_hint = "pass it as an argument"


class ClosureMutation(BaseError):
    """Device code assigns to a captured variable."""

    template = "a captured variable cannot be assigned in a kernel: {name}"
    default_hint = "write into a tensor argument instead"


class GlobalMutation(BaseError):
    """Device code assigns to a global variable."""

    template = "a global variable cannot be assigned in a kernel: {name}"
    default_hint = "write into a tensor argument instead"


class DecoratorAfterHelionKernelDecorator(BaseError):
    """Another decorator stands between `@helion.kernel` and the function."""

    template = "@helion.kernel must be the decorator closest to the function"
    default_hint = "put the other decorator above @helion.kernel"


class NoTensorArgs(BaseError):
    """A kernel was called without any tensor, so there is no device to run on."""

    template = "kernel {name} was called without a tensor argument"
    default_hint = "pass at least one tensor: it says on which device to run"


class NoDeviceLoopsInKernel(BaseError):
    """A kernel holds no device loop."""

    template = "kernel {name} has no device loop"
    default_hint = "add a `for … in hl.tile(…)` loop at the top level of the function"


class EmptyDeviceLoopAfterDCE(BaseError):
    """Nothing a device loop computes is ever stored."""

    template = "the device loop stores nothing, so nothing of it remains"
    default_hint = "store a result, as in `out[tile] = value`"


class NestedKernelCallsNotSupported(BaseError):
    """A kernel calls a kernel."""

    template = "a kernel cannot call another kernel: {name}"
    default_hint = "call the undecorated function `kernel.fn`, or launch one kernel after the other"


class NotAllowedInHelperFunction(BaseError):
    """A statement that only the kernel itself may hold stands in a helper."""

    template = "{name} is not allowed in a helper function"
    default_hint = "move it into the kernel"


class DeviceAPIOnHost(BaseError):
    """A device-only function was called in the host part."""

    template = "{name} works only inside a device loop"
    default_hint = "move it into a `for … in hl.tile(…)` loop"


class HostTensorDirectUsage(BaseError):
    """Device code uses a host tensor as a whole."""

    template = "the host tensor {name} is used directly in a device loop"
    default_hint = "load a part of it first, as in `{name}[tile]` or `{name}[:]`"


class CantReadOnDevice(BaseError):
    """A host value has no meaning on the device."""

    template = "the value {name} cannot be read on the device"


class CannotModifyHostVariableOnDevice(BaseError):
    """A device loop assigns to a variable of the host part."""

    template = "the host variable {name} cannot be assigned in a device loop"
    default_hint = "give the device value a name of its own, or store it in a tensor"


class CannotReadDeviceVariableOnHost(BaseError):
    """The host part reads a variable that only exists on the device."""

    template = "the device variable {name} cannot be read on the host"
    default_hint = "store it in a tensor inside the loop and read that"


class UndefinedVariable(BaseError):
    """A name is read before anything was assigned to it."""

    template = "the name {name} is not defined"


class InvalidAPIUsage(BaseError):
    """A Helion function was given something that it does not take."""

    template = "{name} is used in a way that it does not support"


class UnsupportedPythonType(BaseError):
    """An argument has a type that kernels do not take."""

    template = "arguments of type {name} are not supported in a kernel"
    default_hint = "pass tensors, numbers, strings, dtypes, functions, or lists, tuples, dicts and dataclasses of them"


class UnsupportedSignature(BaseError, TypeError):
    """A kernel function has `*args`, `**kwargs` or keyword-only parameters."""

    template = "the parameter {name} is of a kind that kernels do not take"
    default_hint = "give each argument a plain name, or pass a list or a dict"


class IncompatibleArguments(BaseError, TypeError):
    """The arguments of a call do not match the signature of the kernel."""

    template = "the arguments do not match the signature of kernel {name}"


class UnknownSetting(BaseError, TypeError):
    """A keyword of `@helion.kernel` or `Settings` is no setting."""

    template = "there is no setting called {name}"


class InvalidSetting(BaseError):
    """A setting, or the environment variable behind it, has a value that it does not take."""

    template = "setting {name} does not take this value"


class PackageConflict(BaseError):
    """Two distributions own the import name `helion`."""

    template = "another distribution provides the package helion as well: {name}"
    default_hint = "keep one of the two: pip uninstall helion helion-mlir, then install the one that you want"
