# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.device_print`, `print` and breakpoints in device code."""

from __future__ import annotations

import sys

import pytest
import torch

import helion
import helion.language as hl
from helion import exc

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")


@helion.kernel(config=helion.Config(block_sizes=[4]))
def printing(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        value = x[tile]
        hl.device_print("value", value, tile.begin)
        print("sum", value.sum())
        print("indices", tile)
        print("here")
        out[tile] = value + 1
    return out


def test_values_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    printing(torch.arange(6.0))
    text = capsys.readouterr().out
    lines = [line.split() for line in text.replace("(0, 0, 0)", "first").replace("(1, 0, 0)", "second").splitlines()]
    assert ["first", "value:", "[0.", "1.", "2.", "3.]"] in lines and ["second", "value:", "[4]"] in lines
    assert ["second", "sum:", "[9.]"] in lines and ["first", "indices:", "[0", "1", "2", "3]"] in lines
    assert ["first", "here"] in lines


@pytest.mark.parametrize("target", TARGETS)
def test_prints_reach_the_code(target: str) -> None:
    compiled = printing.bind((torch.empty(6),)).compile(target=target)
    assert compiled.asm["ttir"].count("tt.print") == 4
    assert 'tt.print " value: "' in compiled.asm["ttir"] and 'tt.print " here"' in compiled.asm["ttir"]


@helion.kernel(config=helion.Config(block_sizes=[4]))
def printing_only(x: torch.Tensor) -> None:
    for tile in hl.tile(x.size(0)):
        hl.device_print("byte", x[tile])


def test_unsigned_values_are_printed_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    printing_only(torch.tensor([1, 200], dtype=torch.uint8))
    assert "200" in capsys.readouterr().out
    text = printing_only.bind((torch.empty(2, dtype=torch.uint8),)).to_mlir(stage="ttir")
    assert "isSigned = array<i32: 0>" in text


def _refused(body) -> exc.Base:
    @helion.kernel(config=helion.Config(block_sizes=[4]))
    def kernel(x: torch.Tensor) -> torch.Tensor:
        for tile in hl.tile(x.size(0)):
            body(x[tile], tile, x)
            x[tile] = x[tile] + 1
        return x

    with pytest.raises(exc.Base) as caught:
        kernel.bind((torch.empty(8),))
    assert caught.value.location.file == __file__
    return caught.value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (lambda v, tile, x: hl.device_print(v), "literal string"),
        (lambda v, tile, x: print(v), "literal string"),
        (lambda v, tile, x: hl.device_print(3, v), "literal string"),
        (lambda v, tile, x: hl.device_print("größe", v), "ASCII"),
        (lambda v, tile, x: hl.device_print("x", 3), "prints device values"),
        (lambda v, tile, x: print("x", "y"), "prints device values"),
        (lambda v, tile, x: print("x", v, sep=""), "values only"),
    ],
)
def test_what_cannot_be_printed(body, message: str) -> None:
    error = _refused(body)
    assert isinstance(error, exc.InvalidAPIUsage)
    assert message in error.message


def test_host_tensors_cannot_be_printed() -> None:
    assert isinstance(_refused(lambda v, tile, x: print("x", x)), exc.HostTensorDirectUsage)


# ---- breakpoints


def _stopping(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        value = x[tile] + 1
        breakpoint()
        hl.breakpoint()
        out[tile] = value
    return out


def test_breakpoints_need_an_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    with pytest.raises(exc.BreakpointInDeviceLoopRequiresInterpret) as caught:
        helion.kernel(_stopping, config=helion.Config(block_sizes=[4]))(torch.ones(8))
    assert caught.value.location.file == __file__


def test_breakpoints_in_tritons_interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    hits: list[int] = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: hits.append(1))
    kernel = helion.kernel(_stopping, config=helion.Config(block_sizes=[4]))
    torch.testing.assert_close(kernel(torch.ones(8)), torch.full((8,), 2.0))
    assert len(hits) == 4
    # A GPU has no debugger to stop in.
    with pytest.raises(exc.BreakpointInDeviceLoopRequiresInterpret):
        kernel.bind((torch.ones(8),)).compile(target="sm_90")


def test_breakpoints_in_reference_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    hits: list[int] = []
    monkeypatch.setattr(sys, "breakpointhook", lambda: hits.append(1))
    kernel = helion.kernel(_stopping, ref_mode=helion.RefMode.EAGER)
    torch.testing.assert_close(kernel(torch.ones(8)), torch.full((8,), 2.0))
    assert len(hits) == 2
