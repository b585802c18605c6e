# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Kernel arguments that the user's code knows nothing of: the host function makes them at each launch."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

SEED, SEMAPHORE = "_helion_seed", "_helion_semaphore"

_semaphores: dict[tuple[int, int], torch.Tensor] = {}
_lock = threading.Lock()


def drawn_seed() -> int:
    """A seed for the random numbers of one launch; `torch.manual_seed` makes it repeat."""
    return int(torch.randint(0, 2**62, ()))


def semaphore(like: torch.Tensor) -> torch.Tensor:
    """The int32 word, of shape [1], at which the programs of a launch meet; on the device of `like`.

    A barrier leaves the word ready for the next one, so that all launches of a stream, which run one after the other,
    share it. A graph that is being captured gets one of its own, which it clears at each replay.
    """
    device = like.device
    if device.type != "cuda" or torch.cuda.is_current_stream_capturing():
        return torch.zeros(1, dtype=torch.int32, device=device)
    stream = torch.cuda.current_stream(device)
    key = device.index or 0, stream.cuda_stream
    found = _semaphores.get(key)
    if found is None:
        with _lock:
            found = _semaphores.get(key)
            if found is None:
                found = _semaphores[key] = torch.zeros(1, dtype=torch.int32, device=device)
    return found


LAUNCH_VALUES: dict[str, Callable[..., Any]] = {SEED: drawn_seed, SEMAPHORE: semaphore}
"""Name in the host function → what makes the value."""
