# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""For tests of kernels: run one against PyTorch, on whatever the machine has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion.runtime.config import Config

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helion.runtime.kernel import Kernel


def default_device() -> torch.device:
    """A GPU if torch can use one, else the CPU, where kernels run in Triton's interpreter."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def check(
    kernel: Kernel[Any],
    args: Sequence[Any],
    reference: Callable[..., Any],
    *,
    config: Mapping[str, Any] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Any:
    """Runs a kernel and a reference on copies of the same arguments and compares results and changed arguments.

    Args:
        kernel: the kernel.
        args: its arguments.
        reference: computes the same, including what the kernel writes into its arguments.
        config: the configuration to use; by default what a call would use.
        rtol: relative tolerance, as for `torch.testing.assert_close`.
        atol: absolute tolerance; give both or neither.

    Returns:
        The kernel's result.

    Raises:
        AssertionError: when the two differ.
    """
    ours, theirs = copied(args), copied(args)
    bound = kernel.bind(tuple(ours))
    result = bound(*ours) if config is None else bound.compile_config(Config.from_dict(config))(*ours)
    expected = reference(*theirs)
    torch.testing.assert_close(result, expected, rtol=rtol, atol=atol)
    for left, right in zip(ours, theirs):
        if isinstance(left, torch.Tensor):
            torch.testing.assert_close(left, right, rtol=rtol, atol=atol)
    return result


def copied(args: Sequence[Any]) -> list[Any]:
    """The arguments with each tensor cloned; strides are kept."""
    return [arg.detach().clone() if isinstance(arg, torch.Tensor) else arg for arg in args]
