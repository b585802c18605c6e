# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Rows of a table by number, and the gradient of the table.

python -m examples.embedding
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[4, 1024], num_warps=4))
def embedding(tokens: torch.Tensor, table: torch.Tensor) -> torch.Tensor:
    """table[tokens]: tokens of any shape and integers in [0, vocabulary), table [vocabulary, d]."""
    flat = tokens.reshape(-1)
    n, d = flat.size(0), table.size(1)
    out = torch.empty([n, d], dtype=table.dtype, device=table.device)
    for tile_n, tile_d in hl.tile([n, d]):
        out[tile_n, tile_d] = table[flat[tile_n], tile_d]
    return out.view(*tokens.size(), d)


@helion.kernel(config=helion.Config(block_sizes=[4, 1024], num_warps=4))
def embedding_backward(grad: torch.Tensor, tokens: torch.Tensor, vocabulary: int) -> torch.Tensor:
    """The gradient of the table, fp32: the rows of grad [n, d] added up by their token [n]."""
    n, d = grad.size()
    out = torch.zeros([vocabulary, d], dtype=torch.float32, device=grad.device)
    for tile_n, tile_d in hl.tile([n, d]):
        hl.atomic_add(out, [tokens[tile_n], tile_d], grad[tile_n, tile_d].to(torch.float32))
    return out


def backward_reference(grad: torch.Tensor, tokens: torch.Tensor, vocabulary: int) -> torch.Tensor:
    out = torch.zeros([vocabulary, grad.size(1)], dtype=torch.float32, device=grad.device)
    return out.index_add_(0, tokens, grad.float())


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    shape, vocabulary, d = ((3, 7), 50, 100) if small else ((16, 4096), 128256, 4096)
    tokens = torch.randint(0, vocabulary, shape, device=device)
    return tokens, torch.randn(vocabulary, d, dtype=torch.bfloat16, device=device)


def backward_arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, int]:
    n, vocabulary, d = (21, 10, 100) if small else (65536, 32768, 4096)
    grad = torch.randn(n, d, dtype=torch.bfloat16, device=device)
    return grad, torch.randint(0, vocabulary, [n], device=device), vocabulary


def moved(tokens: torch.Tensor, table: torch.Tensor) -> float:
    """Each wanted row is read and written; the rest of the table is not touched."""
    return tokens.numel() * (8 + 2 * table.size(1) * table.element_size())


EXAMPLES = [
    Example(embedding, F.embedding, arguments, moved=moved),
    Example(embedding_backward, backward_reference, backward_arguments, tolerance=1e-4),
]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
