# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Operations with a combine function: its body, on two scalars per input, becomes a region."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import torch

    from helion._mlir import ir
    from helion.frontend.device import Device


def combining(
    device: Device, name: str, inputs: Sequence[torch.Tensor], shape: Sequence[int],
    attributes: dict[str, ir.Attribute], body: Callable[[list[torch.Tensor]], Sequence[torch.Tensor]],
) -> list[torch.Tensor]:  # fmt: skip
    """Emits the operation `name` on `inputs`; the results have `shape` and the dtypes of the inputs.

    `body` gets the elements of the left side, then those of the right one, and gives one value per input.
    """
    builder = device.builder
    results = [builder.type(shape, each.dtype) for each in inputs]
    operation = builder.op(name, [device.value(each) for each in inputs], results, attributes, regions=1)
    kinds = [builder.element(each.dtype) for each in inputs] * 2
    block = operation.regions[0].blocks.append(*kinds, arg_locs=[builder.location()] * len(kinds))
    arguments = [device.scalar(value, each.dtype) for value, each in zip(block.arguments, [*inputs, *inputs])]
    with builder.inside(block):
        yielded = [
            builder.convert(device.value(made), (), made.dtype, model.dtype)
            for made, model in zip(body(arguments), inputs)
        ]
        builder.op("helion.yield", yielded)
    return [device.tensor(value, shape, each.dtype) for value, each in zip(operation.results, inputs)]
