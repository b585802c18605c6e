# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""BoundKernel above the layers that it drives: frontend and compiler are stand-ins that record what they get."""

from __future__ import annotations

import logging
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.language import context as contexts

MODULE = """
helion.kernel @k(%x: memref<?xf32>, %out: memref<?xf32>, %n: i32) {
  helion.block @b0 {ordinal = 0 : i64, min = 1 : i64, max = 128 : i64}
  helion.grid (%t) = (%c0) to (%n) blocks [@b0] : i32 {
    %v = helion.load %x[%t] {ordinal = 0 : i64} : memref<?xf32>, !helion.tile<@b0> -> tensor<?xf32, #helion.dims<[@b0]>>
    helion.store %v, %out[%t] {ordinal = 1 : i64} : tensor<?xf32, #helion.dims<[@b0]>>, memref<?xf32>, !helion.tile<@b0>
  }
}
"""

SPACE = {
    "blocks": [{"name": "b0", "ordinal": 0, "min": 1, "max": 128}],
    "loops": [{"blocks": ["b0"], "grid": True}],
    "values": [{"extents": ["b0"], "bits": 32}],
    "dots": [], "reductions": [], "reduces": False, "loads": 1, "stores": 1, "stored_bits": 32, "atomics": 0,
    "barriers": 0,
}  # fmt: skip

SOURCE = """
import triton
import triton.language as tl


@triton.jit
def k(x, out, n):
    offsets = tl.program_id(0) * {block} + tl.arange(0, {block})
    tl.store(out + offsets, tl.load(x + offsets, offsets < n) + 1, offsets < n)
"""


class Layers:
    """Stand-ins for `helion.frontend` and `helion.compiler`."""

    def __init__(self) -> None:
        self.traced: list[tuple[Any, ...]] = []
        self.configs: list[dict[str, Any]] = []
        self.guards: tuple[Any, ...] = ()
        self.registered: tuple[str, ...] = ()
        self.host_sees: list[Any] = []

    def trace(self, fn: Any, args: tuple[Any, ...], settings: Any, *, kernel_name: str, **options: Any) -> Any:
        self.traced.append(args)
        return SimpleNamespace(
            module=MODULE,
            guards=self.guards,
            blocks=[SimpleNamespace(name=name, size_hint=None) for name in self.registered],
            host_blocks={},
            tunables={},
            args=[SimpleNamespace(kind=kind) for kind in ("tensor", "tensor", "scalar")],
            foreign=None,
            barriers=0,
            computed_bounds=False,
            host_source="def host(x): ...",
            make_host_function=self.make_host_function,
        )

    def make_host_function(self, launch: Any) -> Any:
        def host(x: torch.Tensor) -> torch.Tensor:
            self.host_sees.append(contexts.current())
            out = torch.empty_like(x)
            launch(x, out, x.numel())
            return out

        return host

    def prepare(self, module: Any, settings: Any) -> Any:
        return SimpleNamespace(module=f"prepared {module}", space=SPACE, aligned=())

    def schedule(self, prepared: str, config: dict[str, Any], target: Any) -> str:
        return f"scheduled for {target}"

    def ttir(self, prepared: str, config: dict[str, Any], target: Any, dialect: Any) -> str:
        return f"ttir for {target}"

    def lower(self, prepared: str, config: dict[str, Any], target: Any, dialect: Any, misaligned: Any) -> Any:
        self.configs.append(dict(config))
        block = config["block_sizes"][0]
        return SimpleNamespace(
            name="k", ttir=f"ttir for {target}", grid=lambda x, out, n: (-(-n // block), 1, 1), remarks=["a remark"]
        )

    def triton_source(self, prepared: str, config: dict[str, Any], target: Any, phase: int | None = None) -> str:
        return SOURCE.format(block=config["block_sizes"][0])


@pytest.fixture
def layers(monkeypatch: pytest.MonkeyPatch) -> Layers:
    fakes = Layers()
    for name, functions in (
        ("frontend", ["trace"]),
        ("compiler", ["prepare", "schedule", "ttir", "lower", "triton_source"]),
    ):
        module = ModuleType(f"helion.{name}")
        for function in functions:
            setattr(module, function, getattr(fakes, function))
        monkeypatch.setitem(sys.modules, f"helion.{name}", module)
        monkeypatch.setattr(helion, name, module, raising=False)
    monkeypatch.delenv("HELION_AUTOTUNE_EFFORT", raising=False)
    return fakes


def increment(x: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile] = x[tile] + 1
    return out


def test_cpu_tensors_run_in_tritons_interpreter(layers: Layers) -> None:
    kernel = helion.kernel(increment, config=helion.Config(block_sizes=[32]))
    x = torch.randn(100)
    torch.testing.assert_close(kernel(x), x + 1)
    torch.testing.assert_close(kernel(x * 2), x * 2 + 1)
    assert len(layers.traced) == 1 and len(layers.configs) == 1
    assert layers.configs[0]["block_sizes"] == [32]


def test_default_configuration_is_announced_once(layers: Layers, caplog: pytest.LogCaptureFixture) -> None:
    kernel = helion.kernel(increment)
    with caplog.at_level(logging.INFO, "helion"):
        kernel(torch.randn(100))
        kernel(torch.randn(101))
    lines = [record.getMessage() for record in caplog.records if record.name == "helion"]
    assert len(lines) == 1 and "increment" in lines[0] and "block_sizes=[128]" in lines[0]


def test_effort_none_means_the_default_in_silence(layers: Layers, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "helion"):
        helion.kernel(increment, autotune_effort="none")(torch.randn(100))
    assert not caplog.records


def test_guards_lead_to_a_new_specialization(layers: Layers) -> None:
    kernel = helion.kernel(increment, config=helion.Config(block_sizes=[32]), static_shapes=False)
    layers.guards = (lambda args: args[0].size(0) == 100,)
    kernel(torch.randn(100))
    kernel(torch.randn(100))
    assert len(layers.traced) == 1
    layers.guards = (lambda args: args[0].size(0) != 100,)
    kernel(torch.randn(50))
    kernel(torch.randn(60))
    kernel(torch.randn(100))
    assert len(layers.traced) == 2


def test_host_part_sees_the_registered_block_sizes(layers: Layers) -> None:
    layers.registered = ("b0",)
    helion.kernel(increment, config=helion.Config(block_sizes=[64]))(torch.randn(100))
    (context,) = layers.host_sees
    assert isinstance(context, contexts.HostContext) and context.register_block_size(None, 100) == 64
    assert contexts.current() is None


def test_set_config_changes_what_calls_use(layers: Layers) -> None:
    bound = helion.kernel(increment).bind((torch.randn(100),))
    bound.set_config({"block_sizes": [16]})
    x = torch.randn(100)
    torch.testing.assert_close(bound(x), x + 1)
    assert "block" not in bound.to_triton_code() and "* 16" in bound.to_triton_code()
    assert bound.compile_config({"block_sizes": [16]}) is bound.run
    assert [config["block_sizes"] for config in layers.configs] == [[16]]


def test_every_stage_can_be_looked_at(layers: Layers) -> None:
    bound = helion.kernel(increment).bind((torch.randn(100),))
    assert bound.to_mlir() == MODULE
    assert bound.to_mlir(stage="prepared").startswith("prepared")
    assert bound.to_mlir({"block_sizes": [32]}, stage="scheduled") == "scheduled for sm_90"
    assert bound.to_mlir(stage="ttir") == "ttir for sm_90"
    assert bound.remarks == ["a remark"]
    assert "tl.store" in bound.to_code()
    with pytest.raises(exc.InvalidAPIUsage, match="scheduled"):
        bound.to_mlir(stage="ptx")


def test_printing_the_output_code(layers: Layers, capsys: pytest.CaptureFixture[str]) -> None:
    config = helion.Config(block_sizes=[32])
    kernel = helion.kernel(increment, config=config, print_output_code=True)
    kernel(torch.randn(10))
    kernel(torch.randn(10))
    assert capsys.readouterr().err.count("@triton.jit") == 1


def test_remarks_are_logged_on_request(layers: Layers, caplog: pytest.LogCaptureFixture) -> None:
    helion.kernel(increment, config=helion.Config(block_sizes=[32]), remarks=True)(torch.randn(10))
    assert "a remark" in caplog.text


def test_wrong_configuration_is_refused_before_compiling(layers: Layers) -> None:
    kernel = helion.kernel(increment, config=helion.Config(block_sizes=[32, 32]))
    with pytest.raises(exc.InvalidConfig, match="block_sizes has 2 values"):
        kernel(torch.randn(10))
    assert layers.configs == []


def test_unknown_target_is_refused(layers: Layers) -> None:
    bound = helion.kernel(increment).bind((torch.randn(10),))
    with pytest.raises(exc.UnknownTarget, match="sm_999"):
        bound.compile(target="sm_999")


def test_tensors_elsewhere_are_refused(layers: Layers) -> None:
    kernel = helion.kernel(increment, autotune_effort="none")
    with pytest.raises(exc.UnsupportedDevice, match="meta"):
        kernel(torch.empty(10, device="meta"))


def test_repeated_calls_go_straight_to_the_host_function(layers: Layers, monkeypatch: pytest.MonkeyPatch) -> None:
    kernel = helion.kernel(increment, config=helion.Config(block_sizes=[32]))
    x = torch.randn(10)
    kernel(x)
    for name in ("_bind_new", "normalize_args"):
        monkeypatch.setattr(helion.Kernel, name, lambda *_: pytest.fail("the slow path was taken"))
    for name in ("_chosen", "_compiled", "_configure_and_run"):
        monkeypatch.setattr(helion.BoundKernel, name, lambda *_, **__: pytest.fail("the slow path was taken"))
    kernel(x)
