# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Code of a lower level inside a kernel. Compiled kernels only: reference mode cannot run it, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from helion import exc
from helion.language.context import reference

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch


def inline_asm_elementwise(
    asm: str,
    constraints: str,
    args: Sequence[torch.Tensor],
    dtype: torch.dtype | Sequence[torch.dtype],
    is_pure: bool,
    pack: int,
) -> Any:
    """Applies a piece of PTX or AMDGCN assembly to each element.

    Args:
        asm: the assembly; `$0`, `$1`, … are the results and operands.
        constraints: LLVM constraint string, such as "=r,r,r".
        args: operands, which broadcast to one shape.
        dtype: element type of the result, or one per result.
        is_pure: whether the assembly has no side effect.
        pack: number of elements that one instance of the assembly handles.

    Returns:
        A value of the broadcast shape, or a tuple of them when `dtype` is a sequence.
    """
    _refuse("inline_asm_elementwise")


def inline_triton(source: str, args: Sequence[Any] | Mapping[str, Any], output_like: Any) -> Any:
    """Splices Triton statements into the kernel.

    Args:
        source: Triton code whose last expression is the result; `{0}` or `{name}` stand for `args`.
        args: operands, by position or by name.
        output_like: a value, or a tuple of values, of the shape and dtype of the result; None for no result.
    """
    _refuse("inline_triton")


def triton_kernel(source: str | Callable[..., Any], args: Sequence[Any] | Mapping[str, Any], output_like: Any) -> Any:
    """Calls a `@triton.jit` function from the kernel.

    Args:
        source: the function, its source, or the name of a global that holds it.
        args: operands, by position or by name.
        output_like: a value, or a tuple of values, of the shape and dtype of the result; None for no result.
    """
    _refuse("triton_kernel")


def _refuse(name: str) -> NoReturn:
    reference(name)
    raise exc.BackendImplementationMissing(
        name=f"hl.{name}", backend="eager reference", hint="run the kernel compiled: unset HELION_INTERPRET"
    )
