# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Layer norm, forward and backward.

    python -m examples.layer_norm

The gradients of weight and bias are sums over all rows. Each program of the backward kernel adds up the rows that it
walks over and writes one partial sum; PyTorch adds the partial sums, in fp32.
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run

EPSILON = 1e-5


@helion.kernel(config=helion.Config(block_sizes=[1], num_warps=8))
def layer_norm(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Normalizes each row of x [m, n], then scales and shifts by weight and bias [n].

    Returns:
        The result [m, n] in the dtype of x; the mean and the reciprocal standard deviation of each row [m], fp32.
    """
    m, _ = x.size()
    out = torch.empty_like(x)
    means = torch.empty([m], dtype=torch.float32, device=x.device)
    scales = torch.empty([m], dtype=torch.float32, device=x.device)
    for rows in hl.tile(m):
        values = x[rows, :].to(torch.float32)
        variance, mean = torch.var_mean(values, dim=-1, correction=0, keepdim=True)
        scale = torch.rsqrt(variance + eps)
        out[rows, :] = (values - mean) * scale * weight[:] + bias[:]
        means[rows] = mean[:, 0]
        scales[rows] = scale[:, 0]
    return out, means, scales


@helion.kernel(config=helion.Config(block_sizes=[32, 1], num_warps=8))
def layer_norm_backward(
    grad: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, mean: torch.Tensor, scale: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The gradients of x, weight and bias from that of the result and what `layer_norm` returned beside it."""
    m = x.size(0)
    n = hl.specialize(x.size(1))
    group = hl.register_block_size(m)
    grad_x = torch.empty_like(x)
    grad_weight = torch.empty([helion.cdiv(m, group), n], dtype=torch.float32, device=x.device)
    grad_bias = torch.empty_like(grad_weight)
    for tile in hl.tile(m, block_size=group):
        weights = weight[:].to(torch.float32)
        weight_sum = hl.zeros([n], dtype=torch.float32)
        bias_sum = hl.zeros([n], dtype=torch.float32)
        for rows in hl.tile(tile.begin, tile.end):
            dy = grad[rows, :].to(torch.float32)
            normal = (x[rows, :].to(torch.float32) - mean[rows, None]) * scale[rows, None]
            weight_sum += torch.sum(dy * normal, dim=0)
            bias_sum += torch.sum(dy, dim=0)
            scaled = dy * weights
            along = torch.mean(scaled * normal, dim=-1, keepdim=True)
            grad_x[rows, :] = (scaled - torch.mean(scaled, dim=-1, keepdim=True) - normal * along) * scale[rows, None]
        grad_weight[tile.id, :] = weight_sum
        grad_bias[tile.id, :] = bias_sum
    return grad_x, grad_weight.sum(0).to(weight.dtype), grad_bias.sum(0).to(weight.dtype)


class LayerNorm(torch.autograd.Function):
    """Both kernels as one differentiable function: `LayerNorm.apply(x, weight, bias, eps)`."""

    @staticmethod
    def forward(ctx, x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float) -> torch.Tensor:
        out, mean, scale = layer_norm(x, weight, bias, eps)
        ctx.save_for_backward(x, weight, mean, scale)
        return out

    @staticmethod
    def backward(ctx, grad: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, None]:
        return *layer_norm_backward(grad, *ctx.saved_tensors), None


def reference(
    x: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, eps: float
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    out, mean, scale = torch.native_layer_norm(x, [x.size(1)], weight, bias, eps)
    return out, mean[:, 0].float(), scale[:, 0].float()


def backward_reference(
    grad: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, mean: torch.Tensor, scale: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    # On the CPU PyTorch wants the statistics in the dtype of x.
    kept = torch.float32 if x.is_cuda else x.dtype
    mean, scale = mean[:, None].to(kept), scale[:, None].to(kept)
    shape, needed = [x.size(1)], [True, True, True]
    return torch.ops.aten.native_layer_norm_backward(grad, x, shape, mean, scale, weight, weight, needed)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, float]:
    m, n = (9, 100) if small else (16384, 8192)
    dtype = torch.float32 if small else torch.bfloat16
    x = torch.randn(m, n, dtype=dtype, device=device)
    weight, bias = (torch.randn(n, dtype=dtype, device=device) for _ in range(2))
    return x, weight, bias, EPSILON


def backward_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, ...]:
    x, weight, bias, eps = arguments(device, small)
    _, mean, scale = reference(x, weight, bias, eps)
    return torch.randn_like(x), x, weight, mean, scale


EXAMPLES = [
    Example(layer_norm, reference, arguments),
    Example(layer_norm_backward, backward_reference, backward_arguments, tolerance=3e-2),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
