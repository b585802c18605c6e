# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a call costs the host: Helion beside `triton.jit` and `torch.add`, the same small sum, in microseconds.

    python benchmarks/launch.py [--json results.json]

All allocate their output. Calls are timed in batches shorter than the queue of the GPU, the waiting left out; the
median and the fastest tenth of the batches are printed.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import helion
from benchmarks import helion_kernels, triton_kernels

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLS = 100
_BATCHES = 200
_SIZE = 64


def host_microseconds(runs: dict[str, Callable[[], object]]) -> dict[str, tuple[float, float]]:
    """Median and tenth percentile of the time per call, the runs taking turns by batch."""
    for run in runs.values():
        for _ in range(_CALLS):
            run()
    samples: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(_BATCHES):
        for name, run in runs.items():
            torch.cuda.synchronize()
            start = time.perf_counter()
            for _ in range(_CALLS):
                run()
            samples[name].append(1e6 * (time.perf_counter() - start) / _CALLS)
    return {name: (statistics.median(times), statistics.quantiles(times, n=10)[0]) for name, times in samples.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no GPU: nothing is measured", file=sys.stderr)
        return 1
    x, y = (torch.randn(_SIZE, _SIZE, device="cuda") for _ in range(2))
    config = helion.Config(block_sizes=[16, 64], num_warps=4)
    fixed = helion.kernel(helion_kernels.add.fn, config=config, static_shapes=True)
    dynamic = helion.kernel(helion_kernels.add.fn, config=config, static_shapes=False)
    bound = fixed.bind((x, y))
    compiled = torch.compile(torch.add)
    figures = host_microseconds(
        {
            "torch.add": lambda: torch.add(x, y),
            "triton.jit": lambda: triton_kernels.add(x, y),
            "torch.compile": lambda: compiled(x, y),
            "Helion": lambda: fixed(x, y),
            "Helion, dynamic shapes": lambda: dynamic(x, y),
            "Helion, bound kernel": lambda: bound(x, y),
        }
    )
    print(f"host time per call, {torch.cuda.get_device_name()}, torch {torch.__version__}")
    print(f"  {'':24}  median µs  fastest tenth")
    for name, (median, tenth) in figures.items():
        print(f"  {name:24}  {median:9.1f}  {tenth:13.1f}")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
