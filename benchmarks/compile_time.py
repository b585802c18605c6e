# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the compiler costs: import, bind, configuration → TTIR, memory. Needs no GPU.

    python benchmarks/compile_time.py [--check] [--json results.json]

`--check` exits with 1 if a figure exceeds its limit. Figures that depend on what a process did before (import, the
first kernel, memory) are taken in processes of their own.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT))
_PROCESSES = 5
_BINDS = 7
_CONFIGS = 200
_TARGET = "sm_90"


@dataclass(frozen=True)
class Figure:
    """One measurement. `limit` is what the project promises, None where it promises nothing."""

    name: str
    value: float
    unit: str
    limit: float | None = None

    @property
    def kept(self) -> bool:
        return self.limit is None or self.value <= self.limit


def _timed_ms(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1e3 * (time.perf_counter() - start)


def _resident_mib() -> float:
    """Memory of this process that is in use now, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmRSS in /proc/self/status")


def _works() -> dict[str, tuple[Any, Callable[[int], tuple[Any, ...]]]]:
    """Kernel and arguments of the i-th specialization, by name."""
    import torch

    from benchmarks import helion_kernels
    from examples.attention import attention

    def tensors(count: int, *shape: int) -> tuple[torch.Tensor, ...]:
        return tuple(torch.empty(shape, dtype=torch.bfloat16) for _ in range(count))

    return {
        "attention": (attention, lambda i: tensors(3, 2, 4 + i, 1024, 128)),
        "naive attention": (helion_kernels.naive_attention, lambda i: tensors(3, 8 + i, 1024, 128)),
        "matmul": (helion_kernels.matmul, lambda i: tensors(2, 1024 + 128 * i, 1024 + 128 * i)),
        "softmax": (helion_kernels.softmax, lambda i: tensors(1, 1024, 1024 + 128 * i)),
        "add": (helion_kernels.add, lambda i: tensors(2, 1024, 1024 + 128 * i)),
    }


# ---- in processes of their own


def _first_bind(name: str) -> dict[str, float]:
    """Time and memory of the first kernel of a process: bind it, lower one configuration."""
    kernel, arguments = _works()[name]
    args = arguments(0)
    before = _resident_mib()
    start = time.perf_counter()
    bound = kernel.bind(args)
    bind_ms = 1e3 * (time.perf_counter() - start)
    bound.to_mlir(bound.config_spec.default_config(), stage="ttir")
    return {"bind_ms": bind_ms, "memory_mib": _resident_mib() - before}


def _import_cost(_: str) -> dict[str, float]:
    """Time and memory that `import helion` adds to `import torch`."""
    import torch  # noqa: F401 - the base line

    before = _resident_mib()
    start = time.perf_counter()
    import helion  # noqa: F401

    return {
        "import_ms": 1e3 * (time.perf_counter() - start),
        "memory_mib": _resident_mib() - before,
        "drags_triton_in": float("triton" in sys.modules),
    }


_PROBES = {"first-bind": _first_bind, "import": _import_cost}


def _probe(what: str, argument: str = "") -> dict[str, float]:
    """Medians of a probe, each taken in a fresh process."""
    samples: list[dict[str, float]] = []
    for _ in range(_PROCESSES):
        command = [sys.executable, __file__, "--probe", what, argument]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        samples.append(json.loads(done.stdout.splitlines()[-1]))
    return {key: statistics.median(sample[key] for sample in samples) for key in samples[0]}


# ---- in this process


def _warm(name: str) -> list[Figure]:
    """Bind of further specializations, and configuration → TTIR and → Triton source for one of them."""
    from helion.autotuner.config_space import ConfigSpace
    from helion.backends.triton import Target

    kernel, arguments = _works()[name]
    bound = kernel.bind(arguments(0))
    binds = [_timed_ms(lambda i=i: kernel.bind(arguments(i))) for i in range(1, _BINDS + 1)]
    space, rng = ConfigSpace(bound.config_spec, Target.parse(_TARGET)), random.Random(0)
    lowered: list[float] = []
    printed: list[float] = []
    for config in [space.random(rng) for _ in range(_CONFIGS)]:
        lowered.append(_timed_ms(lambda config=config: bound.to_mlir(config, stage="ttir")))
        printed.append(_timed_ms(lambda config=config: bound.to_triton_code(config)))
    count = f"{len(lowered)} random configurations"
    return [
        Figure(f"{name}: bind, a further shape", statistics.median(binds), "ms", 200 if name == "attention" else None),
        Figure(f"{name}: configuration → TTIR, median of {count}", statistics.median(lowered), "ms", 3),
        Figure(f"{name}: configuration → TTIR, slowest of {count}", max(lowered), "ms"),
        Figure(f"{name}: configuration → Triton source, median", statistics.median(printed), "ms"),
    ]


def measure() -> list[Figure]:
    """All figures, in the order in which they are printed."""
    imported = _probe("import")
    figures = [
        Figure("import helion, after torch", imported["import_ms"], "ms", 60),
        Figure("import helion, memory", imported["memory_mib"], "MiB"),
        Figure("import helion brings Triton in", imported["drags_triton_in"], "", 0),
    ]
    first = _probe("first-bind", "attention")
    figures += [
        Figure("attention: bind, first kernel of a process", first["bind_ms"], "ms", 800),
        Figure("attention: bind and lower, memory", first["memory_mib"], "MiB", 150),
    ]
    for name in _works():
        figures += _warm(name)
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="exit with 1 if a figure exceeds its limit")
    parser.add_argument("--json", type=Path, help="write the figures there as well")
    parser.add_argument("--probe", nargs=2, metavar=("WHAT", "ARGUMENT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.probe:
        what, argument = options.probe
        print(json.dumps(_PROBES[what](argument)))
        return 0
    figures = measure()
    width = max(len(figure.name) for figure in figures)
    for figure in figures:
        limit = "" if figure.limit is None else f"  limit {figure.limit:g}{'' if figure.kept else '  EXCEEDED'}"
        print(f"{figure.name:{width}}  {figure.value:8.2f} {figure.unit:3}{limit}")
    if options.json:
        options.json.write_text(json.dumps([asdict(figure) for figure in figures], indent=2) + "\n")
    return int(options.check and not all(figure.kept for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
