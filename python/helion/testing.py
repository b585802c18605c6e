# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""For tests of kernels: run one against PyTorch, on whatever the machine has."""

from __future__ import annotations

import dataclasses
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
    device: torch.device | str | None = None,
    config: Mapping[str, Any] | None = None,
    rtol: float | None = None,
    atol: float | None = None,
) -> Any:
    """Runs a kernel and a reference on copies of the same arguments and compares results and changed arguments;
    NaN equals NaN.

    Args:
        kernel: the kernel.
        args: its arguments.
        reference: computes the same, including what the kernel writes into its arguments. It runs where `args` are.
        device: where the kernel runs; by default where `args` are.
        config: the configuration to use; by default what a call would use.
        rtol: relative tolerance, as for `torch.testing.assert_close`.
        atol: absolute tolerance; give both or neither.

    Returns:
        The kernel's result, where the reference's is.

    Raises:
        AssertionError: when the two differ.
    """
    ours, theirs = copied(args, device), copied(args)
    bound = kernel.bind(tuple(ours))
    result = bound(*ours) if config is None else bound.compile_config(Config.from_dict(config))(*ours)
    expected = reference(*theirs)
    if device is not None:
        result = _beside(result, expected)
    torch.testing.assert_close(result, expected, rtol=rtol, atol=atol, equal_nan=True)
    for left, right in zip(ours, theirs):
        if isinstance(left, torch.Tensor):
            torch.testing.assert_close(left.to(right.device), right, rtol=rtol, atol=atol, equal_nan=True)
    return result


def copied(args: Sequence[Any], device: torch.device | str | None = None) -> list[Any]:
    """Copies of the arguments, on `device` if one is given.

    Tensors keep their strides, and those that share memory go on sharing it; so do those inside containers.
    """
    storages: dict[int, torch.UntypedStorage] = {}
    return [_copied(arg, device, storages) for arg in args]


def _copied(value: Any, device: torch.device | str | None, storages: dict[int, torch.UntypedStorage]) -> Any:
    def again(each: Any) -> Any:
        return _copied(each, device, storages)

    if isinstance(value, torch.Tensor):
        storage = value.untyped_storage()
        target = value.device if device is None else torch.device(device)
        if storage.data_ptr() not in storages:
            storages[storage.data_ptr()] = torch.UntypedStorage(storage.nbytes(), device=target).copy_(storage)
        made = torch.empty(0, dtype=value.dtype, device=target)
        return made.set_(storages[storage.data_ptr()], value.storage_offset(), value.size(), value.stride())
    if isinstance(value, tuple):
        made = [again(each) for each in value]
        return type(value)(*made) if hasattr(value, "_fields") else tuple(made)
    if isinstance(value, list):
        return [again(each) for each in value]
    if isinstance(value, dict):
        return {key: again(each) for key, each in value.items()}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = dataclasses.fields(value)
        return dataclasses.replace(value, **{field.name: again(getattr(value, field.name)) for field in fields})
    return value


def _beside(result: Any, expected: Any) -> Any:
    """`result` with each tensor where its counterpart in `expected` is."""
    if isinstance(result, torch.Tensor) and isinstance(expected, torch.Tensor):
        return result.to(expected.device)
    if isinstance(result, (tuple, list)) and isinstance(expected, (tuple, list)):
        return type(expected)(_beside(ours, theirs) for ours, theirs in zip(result, expected, strict=True))
    return result
