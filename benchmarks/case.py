# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One work that `kernels.py` measures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import torch

    import helion


@dataclass(frozen=True)
class Case:
    """One work to measure.

    Attributes:
        title: with shape and dtype.
        unit: "TFLOP/s" or "TB/s".
        amount: floating-point operations, or bytes read and written, of one run.
        kernel: the Helion kernel and its arguments.
        configs: hand-written configurations for it, each one a row, an empty one for what an untuned kernel gets; one
            that a machine refuses costs nothing else.
        rivals: name to a run of the same work; the first is the reference for the results.
        tolerance: largest difference allowed, relative to the largest result.
    """

    title: str
    unit: str
    amount: float
    kernel: helion.Kernel
    arguments: tuple[Any, ...]
    configs: Sequence[Mapping[str, Any]]
    rivals: Mapping[str, Callable[[], torch.Tensor]]
    tolerance: float = 2e-2

    def figure(self, milliseconds: float) -> float:
        """Trillions of `amount` per second."""
        return self.amount / (1e9 * milliseconds)
