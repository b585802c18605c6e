# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Warnings about the host part: work that no kernel does, and tensors that live elsewhere."""

from __future__ import annotations

import inspect
import warnings
from typing import TYPE_CHECKING, Any

import torch
from torch.overrides import TorchFunctionMode

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import FrameType

    from helion.frontend.source import FunctionSource
    from helion.settings import Settings

# What makes tensors, or only looks at them in another way.
_FACTORIES = frozenset({
    "empty", "zeros", "ones", "full", "arange", "eye", "linspace", "rand", "randn", "randint", "empty_strided",
    "tensor", "as_tensor", "scalar_tensor", "randperm",
})  # fmt: skip
_FREE = _FACTORIES | frozenset({
    "empty_like", "zeros_like", "ones_like", "full_like", "rand_like", "randn_like", "randint_like", "new_empty",
    "new_zeros", "new_ones", "new_full", "new_tensor", "new_empty_strided", "clone", "contiguous", "detach", "view",
    "view_as", "reshape", "reshape_as", "permute", "transpose", "t", "swapaxes", "swapdims", "movedim", "moveaxis",
    "expand", "expand_as", "broadcast_to", "broadcast_tensors", "squeeze", "unsqueeze", "flatten", "unflatten", "ravel",
    "select", "narrow", "chunk", "split", "tensor_split", "unbind", "as_strided", "diagonal", "unfold", "__getitem__",
    "__get__", "__set__", "__iter__", "numpy_T", "cuda", "cpu", "requires_grad_", "adjoint", "view_as_real",
    "view_as_complex", "real", "imag", "values", "indices", "zero_", "fill_", "__setitem__",
})  # fmt: skip

_seen: dict[Any, Any] = {}


def issue(warning: exc.BaseWarning, settings: Settings, place: exc.SourceLocation | None) -> None:
    """Issues a warning about `place`, once, unless `ignore_warnings` names its class."""
    if isinstance(warning, tuple(settings.ignore_warnings)):
        return
    warning.at(place)
    if place is None:
        warnings.warn(warning, stacklevel=2)
    else:
        warnings.warn_explicit(warning, type(warning), place.file, place.line, registry=_seen)


def check_devices(parameters: Iterable[str], args: Iterable[Any], device: torch.device, settings: Settings) -> None:
    """Warns about arguments that live on another device than the first tensor."""
    for name, value in zip(parameters, args):
        if isinstance(value, torch.Tensor) and value.device != device:
            warning = exc.WrongDevice(
                name=name, expected=device, found=value.device, hint="move it before the call: a launch cannot read it"
            )
            issue(warning, settings, None)


class HostOperations(TorchFunctionMode):
    """Watches the torch calls of the host part."""

    def __init__(self, source: FunctionSource, device: torch.device, settings: Settings) -> None:
        super().__init__()
        self.source = source
        self.device = device
        self.settings = settings

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        if name in _FACTORIES:
            self._check_factory(name, args, kwargs)
        made = func(*args, **kwargs)
        if name not in _FREE and isinstance(made, (torch.Tensor, tuple, list)) and _holds_tensor(made):
            self._note(name)
        return made

    def _check_factory(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if kwargs.get("device") is None and any(isinstance(each, torch.Tensor) for each in args):
            return
        found = torch.device(kwargs.get("device") or torch.get_default_device())
        if found.type != self.device.type:
            issue(
                exc.WrongDevice(
                    f"torch.{name} makes a tensor on another device than the kernel's", expected=self.device,
                    found=found, hint="pass device=x.device, or use x.new_empty and its relatives",
                ),
                self.settings, self._place()[0],
            )  # fmt: skip

    def _note(self, name: str) -> None:
        place, helper = self._place()
        if place is not None:
            issue(
                exc.TensorOperationsInHostCall(name=f"torch.{name} in {helper}")
                if helper
                else exc.TensorOperationInWrapper(found=f"torch.{name}"),
                self.settings,
                place,
            )

    def _place(self) -> tuple[exc.SourceLocation | None, str]:
        """The line of the kernel that runs, and the function that it calls there, if any."""
        helper = ""
        frame: FrameType | None = inspect.currentframe()
        while frame is not None:
            code = frame.f_code
            if code.co_filename == self.source.file and code.co_name == self.source.fn.__name__:
                return exc.SourceLocation(self.source.file, frame.f_lineno, function=code.co_name), helper
            if frame.f_globals.get("__name__", "").split(".")[0] not in ("torch", "helion"):
                helper = code.co_name
            frame = frame.f_back
        return None, helper


def _holds_tensor(made: Any) -> bool:
    return isinstance(made, torch.Tensor) or any(isinstance(each, torch.Tensor) for each in made)
