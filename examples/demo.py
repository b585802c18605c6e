# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Flash attention through the whole compiler: right results, then code for four GPUs.

    python examples/demo.py

With a GPU the kernel runs there. Without one it runs on the CPU, in Triton's interpreter; the code for NVIDIA's Hopper
and Blackwell and AMD's MI300 and MI350 is made on any machine. Exits with 1 if a result is wrong or a target fails.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from rich.console import Console
from rich.table import Table

import helion

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from examples.attention import attention, reference

# Which instruction multiplies matrices there, as it is spelled in the assembly.
TARGETS = {
    "sm_90": ("NVIDIA Hopper", "ptx", "cubin", "wgmma.mma_async"),
    "sm_100": ("NVIDIA Blackwell", "ptx", "cubin", "tcgen05.mma"),
    "gfx942": ("AMD MI300", "amdgcn", "hsaco", "v_mfma"),
    "gfx950": ("AMD MI350", "amdgcn", "hsaco", "v_mfma"),
}
LARGE = (2, 32, 4096, 128)


@dataclass(frozen=True)
class Check:
    """One comparison with PyTorch: what ran, where, and how far the results lie apart at most."""

    shape: tuple[int, ...]
    dtype: torch.dtype
    where: str
    error: float
    allowed: float

    @property
    def passed(self) -> bool:
        return self.error <= self.allowed


def check_numerics(shape: tuple[int, ...], dtype: torch.dtype, device: str, config: helion.Config) -> Check:
    """Runs the kernel on random inputs of `shape` [batch, heads, sequence, head] beside PyTorch in fp32."""
    torch.manual_seed(0)
    q, k, v = (torch.randn(shape, dtype=dtype, device=device) for _ in range(3))
    kernel = helion.kernel(attention.fn, config=config, static_shapes=True)
    error = (kernel(q, k, v).float() - reference(q, k, v).float()).abs().max().item()
    where = torch.cuda.get_device_name() if device == "cuda" else "CPU, Triton's interpreter"
    return Check(shape, dtype, where, error, allowed=1e-2)


def numerics(console: Console) -> bool:
    """Prints the comparison for this machine; True if all results are right."""
    small = helion.Config(block_sizes=[1, 32, 32])
    if torch.cuda.is_available():
        large = helion.Config(block_sizes=[1, 128, 64], num_warps=4, num_stages=3)
        checks = [
            check_numerics(LARGE, torch.bfloat16, "cuda", large),
            check_numerics((1, 2, 100, 64), torch.float16, "cuda", small),
        ]
    else:
        checks = [
            check_numerics((1, 2, 96, 64), torch.float16, "cpu", small),
            check_numerics((1, 2, 100, 64), torch.float32, "cpu", small),
        ]
    table = Table(title="flash attention beside PyTorch", title_justify="left")
    for column in ("shape", "dtype", "ran on", "largest difference", ""):
        table.add_column(column)
    for check in checks:
        verdict = "[green]right" if check.passed else f"[red]wrong, at most {check.allowed:g} is allowed"
        dtype = str(check.dtype).removeprefix("torch.")
        table.add_row(str(check.shape), dtype, check.where, f"{check.error:.1e}", verdict)
    console.print(table)
    return all(check.passed for check in checks)


def targets(console: Console) -> bool:
    """Compiles the kernel for every target and prints what came out; True if each target has assembly and a binary."""
    q, k, v = (torch.empty(LARGE, dtype=torch.bfloat16) for _ in range(3))
    start = time.perf_counter()
    bound = attention.bind((q, k, v))
    bind_ms = 1e3 * (time.perf_counter() - start)
    config = helion.Config(block_sizes=[1, 128, 64], num_warps=4, num_stages=2)
    title = f"the same kernel at {LARGE} bf16, compiled without a GPU (bound in {bind_ms:.0f} ms)"
    table = Table(title=title, title_justify="left")
    for column in ("target", "assembly", "binary", "matrix instructions", "time"):
        table.add_column(column, justify="left" if column == "target" else "right")
    good = True
    for target, (machine, assembly, binary, instruction) in TARGETS.items():
        start = time.perf_counter()
        asm = bound.compile(config, target=target).asm
        seconds = time.perf_counter() - start
        text = asm[assembly]
        count = text.count(instruction)
        good = good and count > 0 and len(asm[binary]) > 0
        table.add_row(
            f"{target} ({machine})",
            f"{assembly} {len(text) / 1024:.0f} KiB",
            f"{binary} {len(asm[binary]) / 1024:.0f} KiB",
            f"{count} {instruction}",
            f"{seconds:.1f} s",
        )
    console.print(table)
    return good


def main() -> int:
    console = Console()
    # A pipe or a log has no width of its own: the tables stay readable there.
    if not console.is_terminal:
        console = Console(width=140)
    right = numerics(console)
    compiled = targets(console)
    return 0 if right and compiled else 1


if __name__ == "__main__":
    sys.exit(main())
