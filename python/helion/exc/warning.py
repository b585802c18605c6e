# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What Helion warns about."""

from __future__ import annotations

from helion.exc.base import BaseWarning


class TensorOperationInWrapper(BaseWarning):
    """A tensor operation stands in the host part, outside the device loops."""

    template = "a tensor operation outside the device loops runs as ordinary torch code"
    default_hint = "move it into a device loop to fuse it, or silence this with ignore_warnings"


class TensorOperationsInHostCall(TensorOperationInWrapper):
    """A call in the host part does tensor operations."""

    template = "a call outside the device loops runs tensor operations: {name}"
    default_hint = "move it into a device loop to fuse it, or silence this with ignore_warnings"


class WrongDevice(BaseWarning):
    """A tensor lives on another device than the kernel."""

    template = "tensor {name} lives on another device than the kernel"


class BlockSizeIgnoredInInterpretMode(BaseWarning):
    """A configured block size has no effect in eager reference mode."""

    template = "block_sizes are ignored in eager reference mode"


class TiledKMatmulAccumulationWarning(BaseWarning):
    """`acc += a @ b` rounds between steps; only with precision="strict", since products stay fp32 otherwise."""

    template = "accumulating a matrix product with += rounds it to its own dtype after each step"
    default_hint = "use hl.dot(a, b, acc=acc) or torch.addmm(acc, a, b)"


class NoAOTHeuristicWarning(BaseWarning):
    """No ahead-of-time heuristic was found for a kernel."""

    template = "no ahead-of-time heuristic was found for {name}; the default configuration is used"


class ProcessGroupNameNotFound(BaseWarning):
    """A process group named by an argument does not exist: not issued, kernels run on one device."""

    template = "the process group {name} was not found"
