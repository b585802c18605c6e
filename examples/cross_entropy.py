# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Cross entropy of logits over a large vocabulary, without a tensor of probabilities.

python -m examples.cross_entropy
"""

from __future__ import annotations

import sys

import torch
import torch.nn.functional as F

import helion
import helion.language as hl
from examples.harness import Example, run


@helion.kernel(config=helion.Config(block_sizes=[1, 8192], num_warps=8))
def cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """The mean over rows of logsumexp(logits) - logits[label].

    Args:
        logits: [n, vocabulary], any float dtype.
        labels: [n], integers in [0, vocabulary).

    Returns:
        The mean loss, fp32, without dimensions.
    """
    n, vocabulary = logits.size()
    losses = torch.empty([n], dtype=torch.float32, device=logits.device)
    for rows in hl.tile(n):
        top = hl.full([rows], float("-inf"), dtype=torch.float32)
        total = hl.zeros([rows], dtype=torch.float32)
        for words in hl.tile(vocabulary):
            values = logits[rows, words].to(torch.float32)
            new_top = torch.maximum(top, torch.amax(values, dim=-1))
            total = total * torch.exp(top - new_top) + torch.exp(values - new_top[:, None]).sum(dim=-1)
            top = new_top
        wanted = logits[rows.index, labels[rows]].to(torch.float32)
        losses[rows] = top + torch.log(total) - wanted
    return losses.mean()


def reference(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits.float(), labels)


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor]:
    n, vocabulary = (9, 10000) if small else (8192, 128256)
    logits = torch.randn(n, vocabulary, dtype=torch.bfloat16, device=device)
    return logits, torch.randint(0, vocabulary, [n], device=device)


EXAMPLES = [Example(cross_entropy, reference, arguments, tolerance=1e-4)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
