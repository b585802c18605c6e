# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The exponential of each element and its gradient, for tensors of any rank.

python -m examples.exp
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[2048], num_warps=4))
def exp(x: torch.Tensor) -> torch.Tensor:
    """exp(x); x of any shape."""
    flat = x.reshape(-1)
    out = torch.empty_like(flat)
    for tile in hl.tile(flat.size(0)):
        out[tile] = torch.exp(flat[tile])
    return out.view(x.shape)


@helion.kernel(config=helion.Config(block_sizes=[2048], num_warps=4))
def exp_backward(grad: torch.Tensor, result: torch.Tensor) -> torch.Tensor:
    """The gradient of x from that of exp(x), and exp(x) itself."""
    grad_flat, result_flat = grad.reshape(-1), result.reshape(-1)
    out = torch.empty_like(result_flat)
    for tile in hl.tile(result_flat.size(0)):
        out[tile] = grad_flat[tile] * result_flat[tile]
    return out.view(result.shape)


class Exp(torch.autograd.Function):
    """Both kernels as one differentiable function: `Exp.apply(x)`."""

    @staticmethod
    def forward(ctx: torch.autograd.function.FunctionCtx, x: torch.Tensor) -> torch.Tensor:
        result = exp(x)
        ctx.save_for_backward(result)
        return result

    @staticmethod
    def backward(ctx: torch.autograd.function.FunctionCtx, grad: torch.Tensor) -> torch.Tensor:
        (result,) = ctx.saved_tensors
        return exp_backward(grad, result)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor]:
    shape = (3, 7, 50) if small else (64, 1024, 4096)
    return (torch.randn(shape, dtype=torch.bfloat16, device=device),)


def backward_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    (x,) = arguments(device, small)
    return torch.randn_like(x), torch.exp(x)


EXAMPLES = [
    Example(exp, torch.exp, arguments),
    Example(exp_backward, torch.mul, backward_arguments),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
