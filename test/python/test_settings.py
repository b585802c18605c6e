# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Settings: keyword over environment over default; unknown names and wrong values are refused."""

from __future__ import annotations

import logging

import pytest

import helion
from helion import exc
from helion.settings import RefMode, Settings, environment_flag


def test_defaults_are_those_of_the_contract(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting in Settings.registry.values():
        if setting.env:
            monkeypatch.delenv(setting.env, raising=False)
    settings = Settings()
    assert settings.static_shapes is True
    assert settings.dot_precision == "tf32"
    assert settings.precision == "fused"
    assert settings.autotune_effort == "full"
    assert settings.ref_mode is RefMode.OFF
    assert settings.index_dtype is None
    assert settings.changed() == {}


@pytest.mark.parametrize("text, value", [("0", False), ("false", False), ("1", True), ("ON", True)])
def test_environment_gives_a_flag(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("HELION_STATIC_SHAPES", text)
    assert Settings().static_shapes is value


def test_keyword_wins_over_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELION_AUTOTUNE_EFFORT", "none")
    assert Settings().autotune_effort == "none"
    assert Settings(autotune_effort="quick").autotune_effort == "quick"


def test_empty_variable_means_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HELION_AUTOTUNE_EFFORT", "")
    assert Settings().autotune_effort == "full"


@pytest.mark.parametrize(
    "variable, text, name, value",
    [
        ("HELION_INTERPRET", "1", "ref_mode", RefMode.EAGER),
        ("TRITON_F32_DEFAULT", "ieee", "dot_precision", "ieee"),
        ("HELION_INDEX_DTYPE", "int64", "index_dtype", "int64"),
        ("HELION_AUTOTUNE_RANDOM_SEED", "42", "autotune_random_seed", 42),
        ("HELION_REBENCHMARK_THRESHOLD", "1.5", "autotune_rebenchmark_threshold", 1.5),
        ("HELION_AUTOTUNE_CONFIG_OVERRIDES", '{"num_warps": 4}', "autotune_config_overrides", {"num_warps": 4}),
        ("HELION_AUTOTUNE_LOG_LEVEL", "debug", "autotune_log_level", logging.DEBUG),
        ("HELION_IGNORE_WARNINGS", "WrongDevice", "ignore_warnings", [exc.WrongDevice]),
        ("HELION_PRECISION", "strict", "precision", "strict"),
    ],
)
def test_environment_is_parsed_by_kind(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, name: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(Settings(), name) == value


@pytest.mark.parametrize(
    "variable, text",
    [("HELION_STATIC_SHAPES", "maybe"), ("HELION_AUTOTUNE_EFFORT", "max"), ("HELION_AUTOTUNE_CONFIG_OVERRIDES", "[1]"),
     ("HELION_AUTOTUNE_BEST_OF_K", "0"), ("HELION_IGNORE_WARNINGS", "NoSuchWarning")],
)  # fmt: skip
def test_nonsense_in_the_environment_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(exc.InvalidSetting, match=variable):
        Settings()


def test_unknown_setting_suggests_the_closest() -> None:
    with pytest.raises(exc.UnknownSetting, match="did you mean static_shapes"):
        Settings(static_shape=True)


def test_unknown_keyword_of_the_decorator_is_refused() -> None:
    with pytest.raises(TypeError, match="print_output"):
        helion.kernel(print_outputs_code=True)


def test_wrong_value_says_what_is_allowed() -> None:
    with pytest.raises(exc.InvalidSetting, match="none, quick, full"):
        Settings(autotune_effort="max")
    settings = Settings()
    with pytest.raises(exc.InvalidSetting):
        settings.static_shapes = "yes"  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(exc.UnknownSetting):
        settings.static_shape = True


def test_mutable_defaults_are_not_shared() -> None:
    first, second = Settings(), Settings()
    first.ignore_warnings.append(exc.WrongDevice)
    assert second.ignore_warnings == []


def test_representation_shows_what_differs() -> None:
    assert "fast_math=True" in repr(Settings(fast_math=True))
    assert Settings(fast_math=True) == Settings().replaced({"fast_math": True})


def test_environment_flag(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert environment_flag("TRITON_INTERPRET")
    monkeypatch.setenv("TRITON_INTERPRET", "0")
    assert not environment_flag("TRITON_INTERPRET")
