# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Loads, stores, arithmetic and conversions of every dtype give what eager PyTorch gives."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion.testing import check

NARROW = (torch.float16, torch.bfloat16)
DTYPES = [
    torch.float64, torch.float32, *NARROW, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint64,
    torch.uint32, torch.uint16, torch.uint8, torch.bool,
]  # fmt: skip
OPERATIONS = {
    "copy": lambda a, b: a.clone(), "add": lambda a, b: a + b, "mul": lambda a, b: a * b, "less": lambda a, b: a < b,
    "where": lambda a, b: torch.where(a == b, a, b), "maximum": torch.maximum, "divide": lambda a, b: a / (b + 1),
    "floor_divide": lambda a, b: a // (b + b + 1), "remainder": lambda a, b: a % (b + b + 1),
    "shift": lambda a, b: a >> 1, "to_float": lambda a, b: a.to(torch.float32),
    "to_int": lambda a, b: a.to(torch.int64),
    "to_bool": lambda a, b: a.to(torch.bool), "number": lambda a, b: a * 1.5, "clamp": lambda a, b: a.clamp(1, 3),
}  # fmt: skip


def _inputs(dtype):
    x = torch.tensor([0, 1, 2, 3, 4, 200, 7, -1, 5, 100, 77])
    y = torch.tensor([1, 1, 0, 2, 9, 3, 250, 1, 5, -2, 77])
    return x.to(dtype), y.to(dtype)


def _cases():
    for dtype in DTYPES:
        for name, function in OPERATIONS.items():
            try:
                function(*(each.cpu() for each in _inputs(dtype)))
            except (RuntimeError, TypeError):
                continue  # PyTorch itself does not do it
            yield pytest.param(name, dtype, id=f"{name}-{str(dtype).split('.')[1]}")


@pytest.mark.parametrize(("name", "dtype"), list(_cases()))
def test_operations(name, dtype, device):
    function = OPERATIONS[name]

    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x, y, like):
        out = torch.empty_like(like)
        for i in hl.tile(x.size(0)):
            out[i] = function(x[i], y[i])
        return out

    x, y = _inputs(dtype)
    tolerance = {"rtol": 1e-2, "atol": 1e-2} if dtype in NARROW else {}
    check(kernel, (x, y, function(x, y)), lambda x, y, like: function(x, y), device=device, **tolerance)


EIGHT_BITS = [torch.float8_e4m3fn, torch.float8_e5m2, torch.float8_e4m3fnuz, torch.float8_e5m2fnuz]


@pytest.mark.parametrize("dtype", EIGHT_BITS, ids=str)
def test_eight_bit_floats(dtype, device):
    if "fnuz" in str(dtype) and device == "cuda" and torch.version.hip is None:
        pytest.skip("AMD's formats")

    @helion.kernel(config=helion.Config(block_sizes=[8]))
    def kernel(x, y):
        product = torch.empty_like(x)
        wide = torch.empty(x.shape, device=x.device)
        for i in hl.tile(x.size(0)):
            product[i] = (x[i].to(torch.float32) * y[i].to(torch.float32)).to(x.dtype)
            wide[i] = x[i].to(torch.float32)
        return product.float(), wide

    torch.manual_seed(0)
    args = ((torch.randn(11) * 3).to(dtype), torch.randn(11).to(dtype))
    check(kernel, args, lambda x, y: ((x.float() * y.float()).to(x.dtype).float(), x.float()), device=device)
