# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The decorator and the Kernel object, apart from compilation."""

from __future__ import annotations

import functools
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from helion import exc

EAGER = {"ref_mode": helion.RefMode.EAGER}


def double(x: torch.Tensor, scale: float = 2.0) -> torch.Tensor:
    """Scales a tensor."""
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        out[tile] = x[tile] * scale
    return out


def test_forms_of_the_decorator() -> None:
    for make in (helion.kernel, helion.kernel(), helion.jit(static_shapes=False), helion.jit):
        kernel = make(double)
        assert kernel.fn is double and kernel.name == "double" and kernel.__doc__ == "Scales a tensor."
        assert list(kernel.signature.parameters) == ["x", "scale"]
        assert kernel.configs == []
    assert helion.kernel(static_shapes=False)(double).settings.static_shapes is False
    assert helion.kernel(settings=helion.Settings(static_shapes=False))(double).settings.static_shapes is False
    again = helion.kernel(helion.kernel(double))
    assert again.fn is double


def test_configurations_in_every_form(tmp_path) -> None:
    config = helion.Config(block_sizes=[32])
    config.save(tmp_path / "best.json")
    assert helion.kernel(config=config)(double).configs == [config]
    assert helion.kernel(config={"block_sizes": [32]})(double).configs == [config]
    assert helion.kernel(config=tmp_path / "best.json")(double).configs == [config]
    assert helion.kernel(configs=[config, {"block_sizes": [64]}])(double).configs[1].block_sizes == [64]
    with pytest.raises(exc.InvalidAPIUsage):
        helion.kernel(config=config, configs=[config])


def test_signature_is_checked_at_decoration() -> None:
    def stars(x, *rest): ...
    def keywords(x, **rest): ...
    def keyword_only(x, *, flag): ...

    for function, name in ((stars, "rest"), (keywords, "rest"), (keyword_only, "flag")):
        with pytest.raises(exc.UnsupportedSignature, match=name) as caught:
            helion.kernel(function)
        assert caught.value.location is not None and caught.value.location.file == __file__


def test_only_a_plain_function_can_be_a_kernel() -> None:
    with pytest.raises(exc.InvalidAPIUsage):
        helion.kernel(3)  # pyright: ignore[reportCallIssue]

    @functools.wraps(double)
    def wrapper(*args: Any) -> Any:
        return double(*args)

    with pytest.raises(exc.DecoratorAfterHelionKernelDecorator):
        helion.kernel(wrapper)


def test_call_takes_keywords_and_defaults() -> None:
    kernel = helion.kernel(double, **EAGER)
    x = torch.randn(5)
    torch.testing.assert_close(kernel(x), x * 2)
    torch.testing.assert_close(kernel(x, 3.0), x * 3)
    torch.testing.assert_close(kernel(scale=4.0, x=x), x * 4)
    with pytest.raises(exc.IncompatibleArguments, match="double"):
        kernel()
    with pytest.raises(TypeError, match="double"):
        kernel(x, 1.0, 2.0)


def test_bind_takes_a_tuple_or_the_arguments() -> None:
    kernel = helion.kernel(double, **EAGER)
    x = torch.randn(5)
    assert kernel.bind((x, 2.0)) is kernel.bind(x, 2.0) is kernel.bind((x,)) is kernel.bind([x])
    assert kernel.bind((x,)) is not kernel.bind((torch.randn(6),))

    @helion.kernel(**EAGER)
    def first(pair: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return pair[0]

    assert first.bind(((x, x),)) is first.bind((x, x))


def test_specializations_are_shared_by_equal_keys_and_forgotten_on_reset() -> None:
    kernel = helion.kernel(double, **EAGER)
    x = torch.randn(5)
    assert kernel.specialization_key((x,)) == kernel.specialization_key((torch.randn(5), 7.0))
    bound = kernel.bind((x,))
    kernel.reset()
    assert kernel.bind((x,)) is not bound


def test_a_call_without_tensors_is_refused() -> None:
    @helion.kernel(**EAGER)
    def nothing(n: int) -> int:
        return n

    with pytest.raises(exc.NoTensorArgs, match="nothing"):
        nothing(3)


def test_kernel_as_a_method() -> None:
    class Layer:
        scale = 3.0

        @helion.kernel(**EAGER)
        def forward(self_scale, x: torch.Tensor) -> torch.Tensor:
            out = torch.empty_like(x)
            for tile in hl.tile(x.size(0)):
                out[tile] = x[tile] + 1
            return out

    x = torch.randn(3)
    torch.testing.assert_close(Layer.forward(1.0, x), x + 1)


@pytest.mark.covers("python: hl.constexpr around an argument")
def test_constexpr_arguments_reach_the_function_as_their_value() -> None:
    seen = []

    @helion.kernel(**EAGER)
    def kernel(x: torch.Tensor, n: hl.constexpr) -> torch.Tensor:
        seen.append(n)
        return x

    x = torch.randn(3)
    kernel(x, hl.constexpr(4))
    kernel(x, 5)
    assert seen == [4, 5]
    assert kernel.bind((x, 5)) is not kernel.bind((x, 6))


def test_both_interpreters_at_once_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    with pytest.raises(exc.IncompatibleInterpretModes):
        helion.kernel(double, **EAGER)(torch.ones(3))


def test_reference_mode_has_no_code_to_print() -> None:
    with pytest.raises(exc.RefEagerModeCodePrintError):
        helion.kernel(double, **EAGER).bind((torch.ones(3),)).to_triton_code()


def test_configured_block_sizes_are_reported_as_ignored_in_reference_mode() -> None:
    config = helion.Config(block_sizes=[32])
    with pytest.warns(exc.BlockSizeIgnoredInInterpretMode):
        helion.kernel(double, config=config, **EAGER)


def test_ignored_warnings_stay_silent(recwarn: pytest.WarningsRecorder) -> None:
    config = helion.Config(block_sizes=[32])
    helion.kernel(double, config=config, ignore_warnings=[exc.BlockSizeIgnoredInInterpretMode], **EAGER)
    assert not [each for each in recwarn if issubclass(each.category, exc.BaseWarning)]
