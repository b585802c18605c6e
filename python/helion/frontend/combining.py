# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.reduce` and `hl.associative_scan`, whose combine functions the kernel's author writes, and the named scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion._mlir import ir
from helion.frontend.expressions import DeviceLambda
from helion.frontend.lowering.lanes import neutralized
from helion.frontend.lowering.reduction import dims_of, kept
from helion.frontend.lowering.regions import combining
from helion.frontend.lowering.scan import running, scan_with
from helion.frontend.traced import ReductionFact
from helion.language.reductions import takes_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from helion.frontend.calls import Calls


def _reduce(interp: Calls, combine_fn: Any, input_tensor: Any, dim: int | None, other: Any, keep_dims: bool) -> Any:
    several = isinstance(input_tensor, (tuple, list))
    inputs = _inputs(interp, input_tensor, "hl.reduce")
    dims = dims_of(inputs[0], dim)
    neutral = list(other) if isinstance(other, (tuple, list)) else [other] * len(inputs)
    if len(neutral) != len(inputs):
        raise exc.InvalidAPIUsage(
            "hl.reduce was given a wrong number of neutral elements", expected=len(inputs), found=len(neutral)
        )
    results = _emitted(interp, combine_fn, inputs, dims, neutral) if dims else inputs
    if keep_dims:
        results = [kept(interp.kernel.device, each, dims) for each in results]
    return tuple(results) if several else results[0]


def _scan(interp: Calls, combine_fn: Any, input_tensor: Any, dim: int, reverse: bool) -> Any:
    inputs = _inputs(interp, input_tensor, "hl.associative_scan")
    results = inputs
    for axis in dims_of(inputs[0], dim):
        results = scan_with(
            interp.kernel.device, inputs, axis, bool(reverse), lambda scalars: _combined(interp, combine_fn, scalars)
        )
    return tuple(results) if isinstance(input_tensor, (tuple, list)) else results[0]


def _named_scan(function: Any, kind: str) -> None:
    def rule(interp: Calls, input_tensor: Any, dim: int, reverse: bool) -> torch.Tensor:
        (value,) = _inputs(interp, input_tensor, f"hl.{function.__name__}")
        return running(interp.kernel.device, value, dim, kind, reverse=bool(reverse))

    RULES[function] = rule


def _inputs(interp: Calls, given: Any, name: str) -> list[torch.Tensor]:
    inputs = [interp.operand(each) for each in (given if isinstance(given, (tuple, list)) else [given])]
    for each in inputs:
        if not isinstance(each, torch.Tensor):
            raise exc.InvalidAPIUsage(f"{name} takes device values", found=type(each).__name__)
        if tuple(each.shape) != tuple(inputs[0].shape):
            text = interp.kernel.blocks.shape_text
            raise exc.ShapeMismatch(left=text(inputs[0].shape), right=text(each.shape))
    if not inputs:
        raise exc.InvalidAPIUsage(f"{name} takes at least one device value")
    return inputs


def _emitted(
    interp: Calls, function: Any, inputs: Sequence[torch.Tensor], dims: Sequence[int], neutral: Sequence[Any]
) -> list[torch.Tensor]:
    device, builder = interp.kernel.device, interp.kernel.builder
    shape = tuple(extent for axis, extent in enumerate(inputs[0].shape) if axis not in dims)
    constants = [_neutral(interp, number, each.dtype) for number, each in zip(neutral, inputs)]
    live = [neutralized(device, each, dims, number) for each, number in zip(inputs, neutral)]
    attributes = {"dims": builder.i64_array(dims), "neutral": ir.ArrayAttr.get(constants, builder.context)}
    results = combining(
        device, "helion.reduce", live, shape, attributes, lambda scalars: _combined(interp, function, scalars)
    )
    extents = (builder.blocks.extent(int(inputs[0].shape[axis])) for axis in dims)
    device.reductions.append(
        ReductionFact("combine", tuple(each if isinstance(each, int) else each.name for each in extents))
    )
    return results


def _neutral(interp: Calls, number: Any, dtype: torch.dtype) -> ir.Attribute:
    if not isinstance(number, (bool, int, float)):
        raise exc.InvalidAPIUsage(
            "the neutral element of hl.reduce must be a number that is known at compile time",
            found=type(number).__name__,
        )
    if not dtype.is_floating_point and number != int(number):
        raise exc.InvalidAPIUsage(f"the neutral element of hl.reduce does not fit {dtype}", found=number)
    return interp.kernel.builder.number_attribute(number, dtype)


def _combined(interp: Calls, function: Any, arguments: list[torch.Tensor]) -> list[torch.Tensor]:
    """The values that the combine function makes of scalars: those of the left element, then of the right one."""
    count = len(arguments) // 2
    plain = getattr(function, "fn", function)  # decorators like triton.jit keep the function there
    pairs = [tuple(arguments[:count]), tuple(arguments[count:])]
    result = interp.call_function(plain, pairs if _pairwise(plain, count) else arguments, {})
    made = list(result) if isinstance(result, (tuple, list)) else [result]
    if len(made) != count:
        raise exc.InvalidAPIUsage(
            "the combine function gives a wrong number of values", expected=count, found=len(made)
        )
    values = [interp.as_tensor(each) for each in made]
    for each in values:
        if each.dim():
            raise exc.InvalidAPIUsage("the combine function must combine single elements", found="a tensor")
    return values


def _pairwise(function: Any, count: int) -> bool:
    if isinstance(function, DeviceLambda):
        return count > 1 and len(function.node.args.args) == 2
    return takes_pairs(function, count)


RULES: dict[Any, Callable[..., Any]] = {hl.reduce: _reduce, hl.associative_scan: _scan}
_named_scan(hl.cumsum, "sum")
_named_scan(hl.cumprod, "prod")
