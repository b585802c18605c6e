# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Views of device values: `hl.subscript`, `hl.split`, `hl.join`."""

from __future__ import annotations

from typing import Any

import torch

from helion import exc
from helion.language import indexing
from helion.language.context import plain_torch, reference


@plain_torch()
def subscript(tensor: torch.Tensor, index: Any) -> torch.Tensor:
    """`tensor[index]` of a device value, where only None (a new dimension of 1) and `:` are allowed."""
    reference("subscript")
    entries = indexing.as_tuple(index)
    for entry in entries:
        if entry is not None and entry != slice(None):
            raise exc.InvalidIndexingType("hl.subscript takes only None and `:`", found=repr(entry))
    return tensor[entries]


@plain_torch()
def split(tensor: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The two halves of a last dimension of extent 2, each of shape `tensor.shape[:-1]`."""
    reference("split")
    if tensor.dim() == 0 or tensor.shape[-1] != 2:
        raise exc.ShapeMismatch(
            "hl.split needs a last dimension of extent 2", expected="[…, 2]", found=list(tensor.shape)
        )
    return tensor[..., 0].clone(), tensor[..., 1].clone()


def join(tensor0: torch.Tensor, tensor1: torch.Tensor) -> torch.Tensor:
    """Two values side by side in a new last dimension of extent 2; they broadcast to one shape first."""
    reference("join")
    left, right = torch.broadcast_tensors(tensor0, tensor1)
    return torch.stack([left, right], dim=-1)
