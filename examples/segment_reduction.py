# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Sums of rows that belong to one segment, the segments in order: the message passing of graph networks.

python -m examples.segment_reduction
"""

from __future__ import annotations

import sys

import torch

import helion
import helion.language as hl
from examples.harness import Example, run


def add_within_segment(
    left_sum: torch.Tensor, left_id: torch.Tensor, right_sum: torch.Tensor, right_id: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Combines the sums of two neighbouring runs of rows: the left one counts where the segment goes on."""
    return torch.where(left_id == right_id, left_sum + right_sum, right_sum), right_id


@helion.kernel(config=helion.Config(block_sizes=[64, 32], num_warps=4))
def segment_sum(x: torch.Tensor, segments: torch.Tensor, count: int) -> torch.Tensor:
    """The sum of the rows of each segment.

    A scan gives each row the sum of its segment up to it. The last row of a segment, or of its part in this tile, adds
    that to the result: one atomic addition for each such row, not for all.

    Args:
        x: [n, d].
        segments: [n], the segment of each row, ascending, integers in [0, count).
        count: number of segments.

    Returns:
        [count, d], fp32; zero where a segment has no rows.
    """
    n, d = x.size()
    out = torch.zeros([count, d], dtype=torch.float32, device=x.device)
    for rows, columns in hl.tile([n, d]):
        ids = segments[rows]
        next_ids = hl.load(segments, [rows.index + 1], extra_mask=rows.index < n - 1)
        values = x[rows, columns].to(torch.float32)
        sums, _ = hl.associative_scan(add_within_segment, (values, ids[:, None].expand_as(values)), dim=0)
        last = (ids != next_ids) | (rows.index % rows.block_size == rows.block_size - 1) | (rows.index == n - 1)
        hl.atomic_add(out, [ids, columns], torch.where(last[:, None], sums, 0.0))
    return out


def reference(x: torch.Tensor, segments: torch.Tensor, count: int) -> torch.Tensor:
    out = torch.zeros([count, x.size(1)], dtype=torch.float32, device=x.device)
    return out.index_add_(0, segments, x.float())


def arguments(device: torch.device, small: bool) -> tuple[torch.Tensor, torch.Tensor, int]:
    n, d, count = (200, 40, 12) if small else (1 << 20, 256, 50000)
    segments = torch.randint(0, count, [n], device=device).sort().values
    return torch.randn(n, d, dtype=torch.bfloat16, device=device), segments, count


EXAMPLES = [Example(segment_sum, reference, arguments, tolerance=1e-4)]

if __name__ == "__main__":
    sys.exit(run(EXAMPLES))
