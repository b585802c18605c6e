# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Philox 4x32-10 on torch tensors, bit-equal to the generator that compiled kernels use."""

from __future__ import annotations

import torch

_MASK = 0xFFFFFFFF
KEY_A, KEY_B = 0x9E3779B9, 0xBB67AE85
ROUND_A, ROUND_B = 0xD2511F53, 0xCD9E8D57
ROUNDS = 10
TO_UNIT = 4.6566127342e-10  # just under 2^-31, so that the greatest value maps below 1


def _multiply(constant: int, value: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """High and low 32 bits of a 32 x 32 bit product, in halves that int64 can hold."""
    low = constant * (value & 0xFFFF)
    high = constant * (value >> 16) + (low >> 16)
    return (high >> 16) & _MASK, ((high & 0xFFFF) << 16) | (low & 0xFFFF)


def philox(seed: int | torch.Tensor, offsets: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Four uint32 values (in int64 tensors of the shape of `offsets`) per offset; the counter is (offset, 0, 0, 0)."""
    seed = torch.as_tensor(seed, dtype=torch.int64, device=offsets.device)
    key_a, key_b = seed & _MASK, (seed >> 32) & _MASK
    c0 = offsets.to(torch.int64) & _MASK
    c1 = c2 = c3 = torch.zeros_like(c0)
    for _ in range(ROUNDS):
        high_a, low_a = _multiply(ROUND_A, c0)
        high_b, low_b = _multiply(ROUND_B, c2)
        c0, c1, c2, c3 = high_b ^ c1 ^ key_a, low_b, high_a ^ c3 ^ key_b, low_a
        key_a, key_b = (key_a + KEY_A) & _MASK, (key_b + KEY_B) & _MASK
    return c0, c1, c2, c3


def signed(bits: torch.Tensor) -> torch.Tensor:
    """uint32 values in an int64 tensor, read as int32."""
    return ((bits + 0x80000000) & _MASK) - 0x80000000


def uniform(bits: torch.Tensor) -> torch.Tensor:
    """float32 in [0, 1) from uint32 values."""
    value = signed(bits)
    return torch.where(value < 0, -value - 1, value).to(torch.float32) * TO_UNIT
