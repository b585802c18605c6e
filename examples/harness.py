# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Checks the kernels of the examples against PyTorch, and times both where there is a GPU."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from importlib import metadata
from typing import TYPE_CHECKING, Any

import torch

import helion
from helion.testing import default_device

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True)
class Example:
    """A kernel with what it takes to check and to time it.

    Attributes:
        kernel: the kernel; its configuration is one for an H100.
        reference: the same in plain PyTorch.
        arguments: makes the arguments of both on a device; small ones are for Triton's interpreter on the CPU.
        flops: floating-point operations of a run on these arguments; None where memory is the limit.
        moved: bytes that a run has to move; by default each tensor among arguments and results once.
        baseline: what is timed beside the kernel, where that is not the reference: PyTorch at its best.
        tolerance: how far a result x may lie from the wanted y, relative to 1 + |y|.
        name: of the example; by default that of the kernel.
    """

    kernel: helion.Kernel[Any]
    reference: Callable[..., Any]
    arguments: Callable[[torch.device, bool], tuple[Any, ...]]
    flops: Callable[..., float] | None = None
    moved: Callable[..., float] | None = None
    baseline: Callable[..., Any] | None = None
    tolerance: float = 1e-2
    name: str = ""

    @property
    def title(self) -> str:
        return self.name or self.kernel.name

    def variant(self, **settings: Any) -> helion.Kernel[Any]:
        """The kernel with its configuration under other settings, bound and compiled anew."""
        return helion.kernel(self.kernel.fn, configs=self.kernel.configs, **settings)

    def error(self, args: Sequence[Any], kernel: helion.Kernel[Any] | None = None) -> float:
        """How far the kernel's results lie from the reference's, in the measure of `tolerance`.

        Raises:
            AssertionError: when the results differ in number, shape or dtype.
        """
        got = _tensors((kernel or self.kernel)(*args))
        wanted = _tensors(self.reference(*args))
        assert len(got) == len(wanted), f"{self.title}: {len(got)} results instead of {len(wanted)}"
        return max(_distance(ours, theirs) for ours, theirs in zip(got, wanted))

    def rate(self, args: Sequence[Any], results: Any, milliseconds: float) -> str:
        """What a run of this length comes to: TFLOP/s, or GB/s."""
        if self.flops is not None:
            return f"{self.flops(*args) / milliseconds * 1e-9:.0f} TFLOP/s"
        moved = self.moved(*args) if self.moved else sum(_bytes(each) for each in _tensors((args, results)))
        return f"{moved / milliseconds * 1e-6:.0f} GB/s"


@dataclass
class Row:
    """What came out for one example; times in milliseconds, None without a GPU."""

    title: str
    error: float = math.nan
    milliseconds: float | None = None
    baseline_milliseconds: float | None = None
    rate: str = ""
    bind_milliseconds: float = math.nan
    failure: str = ""


def measure(example: Example, device: torch.device, seed: int = 0) -> Row:
    """Binds, checks and, on a GPU, times an example. A failure is part of the row."""
    row = Row(example.title)
    try:
        torch.manual_seed(seed)
        args = example.arguments(device, device.type != "cuda")
        kernel = example.variant(static_shapes=example.kernel.settings.static_shapes)
        start = time.perf_counter()
        kernel.bind(args)
        row.bind_milliseconds = 1e3 * (time.perf_counter() - start)
        row.error = example.error(args, kernel)
        if not row.error <= example.tolerance:
            row.failure = f"wrong: at most {example.tolerance:g} is allowed"
        elif device.type == "cuda":
            from triton.testing import do_bench

            row.milliseconds = do_bench(lambda: kernel(*args), return_mode="median")
            baseline = example.baseline or example.reference
            row.baseline_milliseconds = do_bench(lambda: baseline(*args), return_mode="median")
            row.rate = example.rate(args, kernel(*args), row.milliseconds)
    except Exception as error:
        text = str(error).strip()
        row.failure = f"{type(error).__name__}: {text.splitlines()[0] if text else ''}"
    return row


def machine(device: torch.device) -> str:
    """What the examples run on, in words."""
    where = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU, Triton's interpreter, small shapes"
    return f"{where}; torch {torch.__version__}, Triton {metadata.version('triton')}"


def run(examples: Sequence[Example], device: torch.device | None = None) -> int:
    """Measures examples and prints a line for each; 1 if one of them failed, else 0."""
    device = device or default_device()
    width = max(len(example.title) for example in examples)
    print(f"{'':{width}}  max error  Helion ms  PyTorch ms    ratio         speed  bind ms")
    failed = 0
    for example in examples:
        row = measure(example, device)
        failed += bool(row.failure)
        times = f"{'-':>9}  {'-':>10}  {'-':>7}  {'-':>12}"
        if row.milliseconds is not None and row.baseline_milliseconds is not None:
            ratio = row.baseline_milliseconds / row.milliseconds
            times = f"{row.milliseconds:9.4f}  {row.baseline_milliseconds:10.4f}  {ratio:5.2f} ×  {row.rate:>12}"
        line = f"{row.title:{width}}  {row.error:9.1e}  {times}  {row.bind_milliseconds:7.1f}  {row.failure}"
        print(line.rstrip(), flush=True)
    if failed:
        print(f"{failed} of {len(examples)} failed")
    return int(failed > 0)


def _tensors(values: Any) -> list[torch.Tensor]:
    if isinstance(values, torch.Tensor):
        return [values]
    if isinstance(values, (tuple, list)):
        return [tensor for value in values for tensor in _tensors(value)]
    return []


def _bytes(tensor: torch.Tensor) -> int:
    return tensor.numel() * tensor.element_size()


def _distance(got: torch.Tensor, wanted: torch.Tensor) -> float:
    assert got.shape == wanted.shape and got.dtype == wanted.dtype, (
        f"{list(got.shape)} {got.dtype} instead of {list(wanted.shape)} {wanted.dtype}"
    )
    if not got.numel():
        return 0.0
    ours, theirs = got.double(), wanted.double()
    # Equal infinities and NaNs in the same places are no difference.
    same = (ours == theirs) | (ours.isnan() & theirs.isnan())
    distance = torch.where(same, 0.0, (ours - theirs).abs() / (1 + theirs.abs()))
    return distance.nan_to_num(nan=math.inf, posinf=math.inf).max().item()
