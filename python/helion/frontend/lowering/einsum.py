# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`torch.einsum` of one or two values: a matrix product where it is one, else a product and a sum.

torch would flatten dimensions of several tiles into one, which no value can have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from helion.frontend.lowering.registry import function

if TYPE_CHECKING:
    from collections.abc import Sequence

    from helion.frontend.device import Device


@function(torch.einsum)
def _einsum(device: Device, equation: Any, *operands: Any) -> torch.Tensor:
    values = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    labels = _labels(equation, values)
    if labels is None:
        return device.torchs_own(torch.einsum, equation, *operands)
    inputs, output = labels
    if len(values) == 1:
        return device.composite(_arranged, values[0], inputs[0], output)
    return device.composite(_contracted, *values, *inputs, output)


def _labels(equation: Any, values: Sequence[Any]) -> tuple[list[str], str] | None:
    """The labels of the dimensions; None for what is left to torch: ellipses, diagonals, three operands."""
    if not isinstance(equation, str) or not all(isinstance(each, torch.Tensor) for each in values):
        return None
    text = equation.replace(" ", "")
    left, arrow, output = text.partition("->")
    inputs = left.split(",")
    if not arrow:
        output = "".join(sorted(each for each in set(left) - {","} if left.count(each) == 1))
    fits = len(inputs) == len(values) and all(len(part) == value.dim() for part, value in zip(inputs, values))
    plain = "." not in text and all(len(set(part)) == len(part) for part in (*inputs, output))
    known = set(output) <= set("".join(inputs))
    return (inputs, output) if fits and plain and known and len(inputs) in (1, 2) else None


def _arranged(value: torch.Tensor, labels: str, output: str) -> torch.Tensor:
    """`value` summed over what `output` lacks, its dimensions in the order of `output`."""
    gone = [at for at, label in enumerate(labels) if label not in output]
    left = [label for label in labels if label in output]
    summed = torch.sum(value, gone).to(value.dtype) if gone else value
    return torch.permute(summed, [left.index(label) for label in output])


def _contracted(left: torch.Tensor, right: torch.Tensor, first: str, second: str, output: str) -> torch.Tensor:
    batch = [label for label in first if label in second and label in output]
    inner = [label for label in first if label in second and label not in output]
    rows = [label for label in first if label not in second and label in output]
    columns = [label for label in second if label not in first and label in output]
    whole = [*batch, *rows, *inner, *columns]
    is_product = len(batch) <= 1 and len(rows) == len(columns) == len(inner) == 1
    if is_product and set(first + second) == set(whole):
        a = _arranged(left, first, "".join([*batch, *rows, *inner]))
        b = _arranged(right, second, "".join([*batch, *inner, *columns]))
        return _arranged(torch.matmul(a, b), "".join([*batch, *rows, *columns]), output)
    order = "".join(dict.fromkeys(first + second))
    return _arranged(_spread(left, first, order) * _spread(right, second, order), order, output)


def _spread(value: torch.Tensor, labels: str, order: str) -> torch.Tensor:
    """`value` with its dimensions in the order of `order`, of extent 1 where it has none."""
    made = torch.permute(value, [labels.index(label) for label in order if label in labels])
    for at, label in enumerate(order):
        if label not in labels:
            made = torch.unsqueeze(made, at)
    return made
