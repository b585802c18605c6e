# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Gated linear units of a transformer's feed-forward part: an activation of one half, times the other half.

python -m examples.glu
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[1, 2048], num_warps=4))
def geglu(gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
    """gelu(gate) up, both [n, d], gelu by tanh as language models have it; computed in fp32."""
    out = torch.empty_like(gate)
    for tile in hl.tile(gate.size()):
        activated = F.gelu(gate[tile].to(torch.float32), approximate="tanh")
        out[tile] = activated * up[tile]
    return out


@helion.kernel(config=helion.Config(block_sizes=[1, 2048], num_warps=4))
def swiglu(both: torch.Tensor) -> torch.Tensor:
    """silu(gate) up for `both` [n, 2 d] = gate and up side by side, as one projection makes them."""
    n, width = both.size()
    d = width // 2
    out = torch.empty([n, d], dtype=both.dtype, device=both.device)
    for rows, columns in hl.tile([n, d]):
        gate = both[rows, columns].to(torch.float32)
        out[rows, columns] = F.silu(gate) * both[rows, columns + d]
    return out


@helion.kernel(config=helion.Config(block_sizes=[1, 2048], num_warps=4))
def swiglu_backward(grad: torch.Tensor, both: torch.Tensor) -> torch.Tensor:
    """The gradient of `both` from that of the result of `swiglu`."""
    n, d = grad.size()
    out = torch.empty_like(both)
    for rows, columns in hl.tile([n, d]):
        gate = both[rows, columns].to(torch.float32)
        up = both[rows, columns + d].to(torch.float32)
        dy = grad[rows, columns].to(torch.float32)
        sigmoid = torch.sigmoid(gate)
        out[rows, columns] = dy * up * sigmoid * (1 + gate * (1 - sigmoid))
        out[rows, columns + d] = dy * gate * sigmoid
    return out


def geglu_reference(gate: torch.Tensor, up: torch.Tensor) -> torch.Tensor:
    return F.gelu(gate, approximate="tanh") * up


def swiglu_reference(both: torch.Tensor) -> torch.Tensor:
    gate, up = both.chunk(2, dim=1)
    return F.silu(gate) * up


def swiglu_backward_reference(grad: torch.Tensor, both: torch.Tensor) -> torch.Tensor:
    gate, up = both.chunk(2, dim=1)
    return torch.cat([torch.ops.aten.silu_backward(grad * up, gate), grad * F.silu(gate)], dim=1)


def geglu_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    shape = (9, 100) if small else (8192, 14336)
    return tuple(torch.randn(shape, dtype=torch.bfloat16, device=device) for _ in range(2))


def swiglu_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor]:
    n, d = (9, 100) if small else (8192, 14336)
    return (torch.randn(n, 2 * d, dtype=torch.bfloat16, device=device),)


def backward_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    (both,) = swiglu_arguments(device, small)
    return torch.randn(both.size(0), both.size(1) // 2, dtype=both.dtype, device=device), both


EXAMPLES = [
    Example(geglu, geglu_reference, geglu_arguments, tolerance=2e-2),
    Example(swiglu, swiglu_reference, swiglu_arguments, tolerance=2e-2),
    Example(swiglu_backward, swiglu_backward_reference, backward_arguments, tolerance=3e-2),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
