# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What this compiler does not have: other code generators, several devices, operations without a lowering."""

from __future__ import annotations

import pytest
import torch

import helion
import helion.language as hl
from helion import exc

X = torch.ones(16, 32)
OTHERS = {
    "cute": exc.CuteBackendUnavailable, "tileir": exc.MissingEnableTile, "pallas": exc.BackendUnsupported,
    "metal": exc.BackendUnsupported,
}  # fmt: skip


@pytest.mark.parametrize("backend", OTHERS)
def test_another_backend(backend, monkeypatch):
    with pytest.raises(exc.BackendUnsupported, match=backend) as caught:
        helion.kernel(backend=backend)
    assert type(caught.value) is OTHERS[backend]
    monkeypatch.setenv("HELION_BACKEND", backend)
    with pytest.raises(exc.BackendUnsupported, match=backend):
        helion.Settings()


def test_a_backend_that_nobody_has():
    with pytest.raises(exc.InvalidSetting, match="'triton2'"):
        helion.kernel(backend="triton2")


@pytest.mark.covers("hl.make_async_remote_copy", "hl.remote_barrier", "hl.AsyncCopyDescriptor")
def test_functions_for_several_devices(raised):
    def copy(x):
        for i in hl.tile(x.size(0)):
            hl.make_async_remote_copy(x, [i], 1)  # here
            x[i, 0] = 0
        return x

    def barrier(x):
        for i in hl.tile(x.size(0)):
            hl.remote_barrier([0, 1])  # here
            x[i, 0] = 0
        return x

    def on_host(x):
        hl.remote_barrier([0, 1])  # here
        for i in hl.tile(x.size(0)):
            x[i, 0] = 0
        return x

    raised(copy, exc.BackendUnsupported, under="hl.make_async_remote_copy(x, [i], 1)", says="make_async_remote_copy")
    raised(barrier, exc.BackendUnsupported, says="remote_barrier")
    raised(on_host, exc.BackendUnsupported, says="remote_barrier")
    with pytest.raises(exc.BackendUnsupported, match="AsyncCopyDescriptor"):
        hl.AsyncCopyDescriptor()


@pytest.mark.covers("hl.ProcessGroupName")
def test_process_groups():
    def kernel(x, group: hl.ProcessGroupName):
        return x

    with pytest.raises(exc.BackendUnsupported, match="group"):
        helion.kernel(kernel)
    with pytest.raises(exc.BackendUnsupported, match="ProcessGroupName"):
        hl.ProcessGroupName("world")
    with pytest.raises(exc.BackendUnsupported, match="several devices"):
        helion.kernel(distributed=True)


def test_the_name_of_an_operation_without_lowering(raised):
    def inverse(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.linalg.inv(x[i, j])  # here
        return x

    def convolution(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = torch.nn.functional.conv1d(x[i, j], x[i, j])  # here
        return x

    raised(inverse, exc.TorchOperationNotSupported, under="torch.linalg.inv(x[i, j])", says="linalg_inv")
    raised(convolution, exc.TorchOperationNotSupported, says="conv1d")
    assert issubclass(exc.TorchOperationNotSupported, exc.InductorLoweringError)


def test_an_operation_that_is_not_defined_for_a_dtype(raised):
    def conjunction(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = x[i, j] & 1  # here
        return x

    def inversion(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = ~x[i, j]  # here
        return x

    def difference(x):
        for i, j in hl.tile(x.size()):
            x[i, j] = (x[i, j] > 0) - (x[i, j] < 0)  # here
        return x

    raised(difference, exc.TorchOperationNotSupported, says="sub is not defined for torch.bool")
    raised(conjunction, exc.TorchOperationNotSupported, under="x[i, j] & 1", says="bitwise_and is not defined for")
    raised(inversion, exc.TorchOperationNotSupported, under="~x[i, j]", says="bitwise_not is not defined for")
