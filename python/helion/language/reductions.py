# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reductions and scans with a combine function of the user's: `hl.reduce`, `hl.associative_scan`, `hl.cumsum`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, cast

import torch

from helion.language.context import plain_torch, reference

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Operands = Any  # a tensor or a tuple of tensors of one shape


@plain_torch()
def reduce(
    combine_fn: Callable[..., Any],
    input_tensor: Operands,
    dim: int | None = None,
    other: Any = 0,
    keep_dims: bool = False,
) -> Operands:
    """Reduces over a dimension with an associative function.

    Args:
        combine_fn: `f(a, b)` for one tensor. For a tuple of n tensors either `f(left, right)` of two n-tuples or
            `f(a0, …, b0, …)` of 2n values; returns as many values as the tuple has.
        input_tensor: a tensor, or a tuple of tensors of one shape.
        dim: the dimension; None reduces all of them.
        other: the neutral element, which stands in masked lanes; a tuple has one per tensor.
        keep_dims: whether the reduced dimension stays with extent 1.

    Returns:
        A tensor, or a tuple of tensors, without dimension `dim`.
    """
    reference("reduce")
    operands = _operands(input_tensor)
    rank = operands[0].dim()
    function = _paired(combine_fn, len(operands), isinstance(input_tensor, (tuple, list)))
    for axis in range(rank) if dim is None else [dim % rank]:
        state = tuple(each.select(axis, 0) for each in operands)
        for position in range(1, operands[0].shape[axis]):
            state = function(state, tuple(each.select(axis, position) for each in operands))
        operands = tuple(each.unsqueeze(axis) for each in state)
    if not keep_dims:
        operands = tuple(each.reshape(()) if dim is None else each.squeeze(dim % rank) for each in operands)
    return operands if isinstance(input_tensor, (tuple, list)) else operands[0]


@plain_torch()
def associative_scan(
    combine_fn: Callable[..., Any], input_tensor: Operands, dim: int, reverse: bool = False
) -> Operands:
    """All prefixes of a reduction: element i combines elements 0 … i along `dim`.

    Args:
        combine_fn: as in `hl.reduce`.
        input_tensor: a tensor, or a tuple of tensors of one shape.
        dim: the dimension.
        reverse: whether to run from the last element to the first.
    """
    reference("associative_scan")
    operands = _operands(input_tensor)
    axis = dim % operands[0].dim()
    function = _paired(combine_fn, len(operands), isinstance(input_tensor, (tuple, list)))
    order = range(operands[0].shape[axis])
    results: list[tuple[torch.Tensor, ...]] = []
    for position in reversed(order) if reverse else order:
        element = tuple(each.select(axis, position) for each in operands)
        results.append(function(results[-1], element) if results else element)
    if reverse:
        results.reverse()
    scanned = tuple(torch.stack(list(parts), axis) for parts in zip(*results, strict=True))
    return scanned if isinstance(input_tensor, (tuple, list)) else scanned[0]


def cumsum(input_tensor: torch.Tensor, dim: int, reverse: bool = False) -> torch.Tensor:
    """Running sums along `dim`, from the end when `reverse`."""
    reference("cumsum")
    if reverse:
        return torch.flip(torch.cumsum(torch.flip(input_tensor, [dim]), dim), [dim])
    return torch.cumsum(input_tensor, dim)


def cumprod(input_tensor: torch.Tensor, dim: int, reverse: bool = False) -> torch.Tensor:
    """Running products along `dim`, from the end when `reverse`."""
    reference("cumprod")
    if reverse:
        return torch.flip(torch.cumprod(torch.flip(input_tensor, [dim]), dim), [dim])
    return torch.cumprod(input_tensor, dim)


def takes_pairs(combine_fn: Callable[..., Any], count: int) -> bool:
    """Whether `combine_fn` takes two tuples of `count` values, as opposed to 2 * `count` values."""
    if count == 1:
        return False
    plain = getattr(combine_fn, "fn", combine_fn)  # decorators like triton.jit keep the function there
    parameters = inspect.signature(cast("Callable[..., Any]", plain)).parameters
    return len(parameters) == 2


def _paired(
    combine_fn: Callable[..., Any], count: int, several: bool
) -> Callable[[tuple[torch.Tensor, ...], tuple[torch.Tensor, ...]], tuple[torch.Tensor, ...]]:
    plain = cast("Callable[..., Any]", getattr(combine_fn, "fn", combine_fn))
    pairs = takes_pairs(combine_fn, count)

    def function(left: tuple[torch.Tensor, ...], right: tuple[torch.Tensor, ...]) -> tuple[torch.Tensor, ...]:
        result = plain(left, right) if pairs else plain(*left, *right)
        return tuple(result) if several and isinstance(result, (tuple, list)) else (result,)

    return function


def _operands(value: Operands) -> tuple[torch.Tensor, ...]:
    return tuple(cast("Sequence[torch.Tensor]", value)) if isinstance(value, (tuple, list)) else (value,)
