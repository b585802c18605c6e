# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Timing on the GPU: medians of CUDA events, rivals taking turns, the second-level cache emptied before each run."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Writing this much takes the GPU longer than any launch below takes the host: the events then enclose no idle time.
_FLUSH_BYTES = 512 << 20


def gpu_medians(runs: Mapping[str, Callable[[], object]], *, rounds: int = 30, warmup: int = 3) -> dict[str, float]:
    """Median time of each run in milliseconds.

    The runs take turns, so that all see the same clocks and the same heat. Before each one a buffer larger than the
    second-level cache is written.

    Args:
        runs: name to a callable without arguments which starts work on the current stream.
        rounds: how often each is timed.
        warmup: how often each runs before that; compilation belongs here.
    """
    flush = torch.empty(_FLUSH_BYTES, dtype=torch.int8, device="cuda")
    for run in runs.values():
        for _ in range(warmup):
            run()
    torch.cuda.synchronize()
    events: dict[str, list[tuple[torch.cuda.Event, torch.cuda.Event]]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            flush.zero_()
            start.record()
            run()
            end.record()
            events[name].append((start, end))
        # Bounded queues: the host never runs far ahead of the device.
        torch.cuda.synchronize()
    return {name: statistics.median(s.elapsed_time(e) for s, e in pairs) for name, pairs in events.items()}


def copy_bandwidth() -> float:
    """What this GPU reaches when it copies 2 GiB, in bytes per second (read and written)."""
    source = torch.empty(2 << 30, dtype=torch.int8, device="cuda")
    target = torch.empty_like(source)
    milliseconds = gpu_medians({"copy": lambda: target.copy_(source)})["copy"]
    return 2 * source.numel() / (1e-3 * milliseconds)
