# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What all tests share: the devices that kernels run on."""

from __future__ import annotations

import pytest
import torch

_NO_GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


# Of the session, so that hypothesis can draw many examples for one device.
@pytest.fixture(scope="session", params=["cpu", pytest.param("cuda", marks=[pytest.mark.gpu, _NO_GPU])])
def device(request: pytest.FixtureRequest) -> str:
    """Where a kernel of the test runs: in Triton's interpreter, and on the GPU. Inputs and references stay on the CPU,
    so that both compute the same."""
    return request.param
