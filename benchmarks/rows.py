# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Works that memory bounds: a sum of tensors, and what is computed of their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

import helion
from benchmarks import helion_kernels, triton_kernels
from benchmarks.case import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_HELD = 16384  # longer rows do not fit the registers of one program


def _row_configs(columns: int) -> Sequence[Mapping[str, Any]]:
    one: dict[str, Any] = {"block_sizes": [1], "num_stages": 1}
    if columns <= _HELD:
        return [{}, *({**one, "num_warps": warps} for warps in (4, 8, 16))]
    return [
        {},
        {**one, "num_warps": 16, "reduction_loops": [16384]},
        {**one, "num_warps": 32, "reduction_loops": [32768]},
        {**one, "num_warps": 32, "reduction_loops": [32768], "range_unroll_factors": [0, 2]},
    ]


def _row_case(
    name: str, kernel: helion.Kernel, function: Callable[..., torch.Tensor], rows: int, columns: int, vectors: int
) -> Case:
    """`function` of a bf16 matrix and of `vectors` vectors as long as its rows."""
    x = torch.randn(rows, columns, dtype=torch.bfloat16, device="cuda")
    arguments = (x, *(torch.randn(columns, dtype=torch.bfloat16, device="cuda") for _ in range(vectors)))
    compiled = torch.compile(function)
    return Case(
        title=f"{name} {rows}×{columns} bf16",
        unit="TB/s",
        amount=2.0 * x.numel() * x.element_size(),
        kernel=kernel,
        arguments=arguments,
        configs=_row_configs(columns),
        rivals={"eager": lambda: function(*arguments), "torch.compile": lambda: compiled(*arguments)},
    )


def softmax_case(rows: int = 16384, columns: int = 8192) -> Case:
    """The softmax of each row."""
    return _row_case("softmax", helion_kernels.softmax, lambda x: torch.softmax(x, -1), rows, columns, 0)


def layer_norm_case(rows: int = 16384, columns: int = 8192) -> Case:
    """Rows to mean 0 and variance 1, then times a weight plus a bias."""

    def layer_norm(x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.layer_norm(x, x.shape[-1:], weight, bias)

    return _row_case("layer norm", helion_kernels.layer_norm, layer_norm, rows, columns, 2)


def rms_norm_case(rows: int = 16384, columns: int = 8192) -> Case:
    """Rows to mean square 1, then times a weight."""

    def rms_norm(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.rms_norm(x, x.shape[-1:], weight, 1e-5)

    return _row_case("rms norm", helion_kernels.rms_norm, rms_norm, rows, columns, 1)


def three_loop_softmax_case(rows: int = 2048, columns: int = 262144) -> Case:
    """A softmax whose source walks each row three times, fused to two passes over memory, and not fused."""
    case = softmax_case(rows, columns)
    configs: list[dict[str, Any]] = [
        {"block_sizes": [block, 1], "num_warps": warps} for block, warps in ((4096, 8), (8192, 16), (16384, 32))
    ]
    unfused = {
        f"Helion, not fused, block_sizes={config['block_sizes']}": helion.kernel(
            helion_kernels.three_loop_softmax.fn, config=config, static_shapes=True, online_softmax_fusion=False
        )
        for config in configs
    }
    return Case(
        title=f"softmax in three loops {rows}×{columns} bf16",
        unit=case.unit,
        amount=case.amount,
        kernel=helion_kernels.three_loop_softmax,
        arguments=case.arguments,
        configs=[{}, *configs],
        rivals={**case.rivals, **{name: lambda run=run: run(*case.arguments) for name, run in unfused.items()}},
    )


def add_case(size: int = 16384) -> Case:
    """An elementwise sum, bf16: what memory gives."""
    x, y = (torch.randn(size, size, dtype=torch.bfloat16, device="cuda") for _ in range(2))
    compiled = torch.compile(torch.add)
    return Case(
        title=f"add {size}² bf16",
        unit="TB/s",
        amount=3.0 * x.numel() * x.element_size(),
        kernel=helion_kernels.add,
        arguments=(x, y),
        configs=[
            {},
            {"block_sizes": [1, 2048], "num_warps": 4},
            {"block_sizes": [1, 4096], "num_warps": 8},
            {"block_sizes": [1, 1024], "num_warps": 4},
        ],
        rivals={
            "eager": lambda: torch.add(x, y),
            "torch.compile": lambda: compiled(x, y),
            "plain Triton": lambda: triton_kernels.add(x, y),
        },
    )
