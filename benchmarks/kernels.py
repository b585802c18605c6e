# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernels on the GPU beside eager PyTorch, cuBLAS or cuDNN, torch.compile and plain Triton, all in one run.

    python benchmarks/kernels.py                        # everything
    python benchmarks/kernels.py --only attention matmul --json results.json
    python benchmarks/kernels.py --only attention --configs tries.json
    python benchmarks/kernels.py --without max-autotune --rounds 0    # runs everything once: fills the caches

where tries.json holds configurations by work: {"attention": [{"block_sizes": [1, 128, 128], "num_warps": 8}]}.

Each row is first checked against the reference: a run with a wrong result shows no speed. Times are medians of CUDA
events, the rows taking turns, the second-level cache emptied before each run; outputs are allocated inside the timed
call, by all.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import traceback
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
import triton

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import helion
from benchmarks.cases import CASES
from benchmarks.measure import copy_bandwidth, gpu_medians

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.case import Case


@dataclass
class Row:
    """One implementation of one work: its time and figure, or why it has none."""

    case: str
    name: str
    unit: str
    config: Mapping[str, Any] | None = None
    milliseconds: float | None = None
    figure: float | None = None
    failure: str | None = None


def _wrong(result: torch.Tensor, wanted: torch.Tensor, tolerance: float) -> str | None:
    """Why `result` is not `wanted`, or None; the tolerance is relative to the largest wanted value."""
    if result.shape != wanted.shape or result.dtype != wanted.dtype:
        return f"wrong: {tuple(result.shape)} {result.dtype} instead of {tuple(wanted.shape)} {wanted.dtype}"
    if not torch.isfinite(result).all():
        return "wrong: not finite"
    error = ((result.float() - wanted.float()).abs().max() / wanted.float().abs().max()).item()
    return None if error <= tolerance else f"wrong: off by {error:.1e} of the largest value"


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:120] if text else ''}"


def _short(config: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in config.items()) or "default"


def _helion_run(case: Case, config: Mapping[str, Any]) -> Callable[[], torch.Tensor]:
    chosen: dict[str, Any] = {"config": helion.Config(**config)} if config else {"autotune_effort": "none"}
    kernel = helion.kernel(case.kernel.fn, static_shapes=True, **chosen)
    return lambda: kernel(*case.arguments)


def measure(name: str, case: Case, configs: Sequence[Mapping[str, Any]], rounds: int, verbose: bool) -> list[Row]:
    """Checks and times every implementation of a case."""
    rows = [Row(name, rival, case.unit) for rival in case.rivals]
    runs = list(case.rivals.values())
    for config in configs:
        rows.append(Row(name, f"Helion {_short(config)}", case.unit, config))
        runs.append(_helion_run(case, config))
    wanted: torch.Tensor | None = None
    timed: dict[str, Callable[[], torch.Tensor]] = {}
    for row, run in zip(rows, runs):
        try:
            result = run()
            torch.cuda.synchronize()
        except Exception as error:
            row.failure = _first_line(error)
            if verbose:
                traceback.print_exc()
            continue
        if wanted is None:
            wanted = result
        row.failure = _wrong(result, wanted, case.tolerance)
        if row.failure is None:
            timed[row.name] = run
    for label, milliseconds in gpu_medians(timed, rounds=rounds).items() if rounds else ():
        row = next(row for row in rows if row.name == label)
        row.milliseconds = milliseconds
        row.figure = case.figure(milliseconds)
    return rows


def report(case: Case, rows: Sequence[Row]) -> None:
    """Prints one table: each figure, and the best Helion configuration as a ratio to it."""
    figures = [row.figure for row in rows if row.config is not None and row.figure is not None]
    best = max(figures, default=None)
    width = max(len(row.name) for row in rows)
    print(f"\n{case.title}")
    print(f"  {'':{width}}  {'ms':>9}  {case.unit:>9}  best Helion is")
    for row in rows:
        if row.figure is None or row.milliseconds is None:
            print(f"  {row.name:{width}}  {row.failure}")
            continue
        ratio = f"{best / row.figure:.2f} ×" if best is not None else ""
        print(f"  {row.name:{width}}  {row.milliseconds:9.4f}  {row.figure:9.2f}  {ratio}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=sorted(CASES), default=list(CASES), help="which works")
    parser.add_argument("--configs", type=Path, help="JSON: work to a list of configurations to try")
    parser.add_argument("--rounds", type=int, default=30, help="how often each row is timed")
    parser.add_argument("--json", type=Path, help="write the rows there as well")
    parser.add_argument("--verbose", action="store_true", help="tracebacks of what failed")
    parser.add_argument(
        "--without", nargs="+", default=[], metavar="WORD", help="leave out rivals with this in their name"
    )
    options = parser.parse_args()
    if not torch.cuda.is_available():
        print("no GPU: nothing is measured", file=sys.stderr)
        return 1
    asked = json.loads(options.configs.read_text()) if options.configs else {}
    torch.manual_seed(0)
    machine = f"{torch.cuda.get_device_name()}, torch {torch.__version__}, Triton {triton.__version__}"
    bandwidth = copy_bandwidth() if options.rounds else 0.0
    print(f"{machine}, device copy {bandwidth / 1e12:.2f} TB/s")
    rows: list[Row] = []
    for name in options.only:
        case = CASES[name]()
        rivals = {
            rival: run for rival, run in case.rivals.items() if not any(word in rival for word in options.without)
        }
        case = replace(case, rivals=rivals)
        measured = measure(name, case, asked.get(name, case.configs), options.rounds, options.verbose)
        if options.rounds:
            report(case, measured)
        rows += measured
        del case
        gc.collect()
        torch.cuda.empty_cache()
    if options.json:
        document = {"machine": machine, "copy_bytes_per_second": bandwidth, "rows": [asdict(row) for row in rows]}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    return int(bool(options.rounds) and _none_works(rows))


def _none_works(rows: Sequence[Row]) -> bool:
    """Whether some work has no Helion configuration with a right result."""
    return any(
        all(row.figure is None for row in rows if row.case == case and row.config is not None)
        for case in {row.case for row in rows}
    )


if __name__ == "__main__":
    sys.exit(main())
