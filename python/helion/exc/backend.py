# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Failures of the backends and of the debugging modes."""

from __future__ import annotations

from helion.exc.base import BaseError


class BackendUnsupported(BaseError):
    """The backend cannot do what was asked."""

    template = "the {backend} backend does not support {name}"


class BackendImplementationMissing(BaseError):
    """An operation has no implementation for the backend."""

    template = "{name} is not implemented for the {backend} backend"


class MissingEnableTile(BackendUnsupported):
    """The TileIR backend was asked for, which this compiler does not have."""

    template = "the backend tileir is not part of this compiler"
    default_hint = "leave the setting backend at triton"


class CuteBackendUnavailable(BackendUnsupported):
    """The CuTe backend was asked for, which this compiler does not have."""

    template = "the backend cute is not part of this compiler"
    default_hint = "leave the setting backend at triton"


class UnknownTarget(BaseError):
    """A compilation target that does not exist or is not supported."""

    template = "unknown target {name}"


class TritonError(BaseError):
    """Triton refused a kernel."""

    template = "Triton failed to compile the kernel"


class TritonFunctionError(TritonError):
    """A function in Triton's language that a kernel calls is refused, or gives other types than the kernel says."""

    template = "Triton refuses the function {name}"


class LoweringError(BaseError):
    """The compiler cannot lower a kernel, or not under this configuration."""

    template = "the kernel cannot be lowered"


class TritonUnrecoverableRuntimeError(BaseError):
    """A launch left the device unusable."""

    template = "a kernel launch failed and left the device in an unusable state"
    default_hint = "restart the process"


class OutOfResources(TritonError):
    """A configuration needs more of the chip than it has."""

    template = "the configuration needs more {name} than the device has"
    default_hint = "use smaller block_sizes or fewer num_stages"


class UnsupportedDevice(BaseError):
    """Tensors live on a device that kernels cannot run on."""

    template = "kernels cannot run on device {name}"
    default_hint = "use CUDA (or ROCm) tensors, or CPU tensors for Triton's interpreter"


class BreakpointInDeviceLoopRequiresInterpret(BaseError):
    """A breakpoint in device code that runs compiled."""

    template = "a breakpoint in a device loop needs an interpreter"
    default_hint = "set HELION_INTERPRET=1 or TRITON_INTERPRET=1"


class IncompatibleInterpretModes(BaseError):
    """Two interpreters were asked for at once."""

    template = "HELION_INTERPRET=1 and TRITON_INTERPRET=1 exclude each other"
    default_hint = "unset one of them"


class RefEagerModeCodePrintError(BaseError):
    """Generated code was asked for in eager reference mode, where there is none."""

    template = "eager reference mode generates no code to print"
    default_hint = "unset HELION_INTERPRET or print_output_code"
