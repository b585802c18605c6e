# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What `to_code` writes, the decorator of a configuration, and a script that repeats a call."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

import helion
import helion.language as hl
from helion import exc
from helion.runtime.output_code import example_of


@helion.kernel(config=helion.Config(block_sizes=[4], num_warps=2), fast_math=True)
def scaled(x, factors, scale: float):
    out = torch.empty_like(x)
    for i in hl.tile(x.size(0)):
        out[i] = x[i] * factors[0][i] * scale
    return out


@pytest.fixture(scope="module")
def bound():
    return scaled.bind((torch.ones(10), [torch.ones(10)], 2.0))


def test_comments_say_where_statements_come_from(bound):
    assert "# src[test_output_code.py:" in bound.to_code()
    plain = bound.to_code(output_origin_lines=False)
    assert "# src[" not in plain
    assert plain.count("tl.load") == bound.to_triton_code().count("tl.load") == 2


def test_the_setting_is_the_default():
    kernel = helion.kernel(scaled.fn, config={"block_sizes": [4]}, output_origin_lines=False)
    assert "# src[" not in kernel.bind((torch.ones(10), [torch.ones(10)], 2.0)).to_code()


def test_options(bound):
    assert "helion" not in bound.to_code(options=helion.OutputCodeOptions()).replace("_helion_", "")
    with pytest.raises(exc.BackendUnsupported, match="JAX"):
        helion.OutputCodeOptions(jax_fn=True)
    with pytest.raises(exc.BackendUnsupported, match="JAX"):
        _ = scaled.jax_fn


def test_the_decorator_of_a_configuration(monkeypatch):
    # The decorator repeats settings that come from the environment too.
    monkeypatch.delenv("HELION_AUTOTUNE_EFFORT", raising=False)
    bound = helion.kernel(scaled.fn, fast_math=True).bind((torch.ones(10), [torch.ones(10)], 2.0))
    text = bound.format_kernel_decorator({"block_sizes": [8]})
    assert text == "@helion.kernel(config=helion.Config(block_sizes=[8]), fast_math=True)"
    made = eval(text.removeprefix("@"), {"helion": helion})(scaled.fn)
    assert made.configs == [helion.Config(block_sizes=[8])]
    assert made.settings.fast_math


def test_a_script_runs_by_itself(bound, tmp_path):
    path = tmp_path / "repro.py"
    path.write_text(bound.repro())
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "# def scaled(x, factors, scale: float):" in bound.to_code(emit_repro_caller=True)


def test_scripts_are_printed_on_request(capsys):
    kernel = helion.kernel(scaled.fn, config={"block_sizes": [4]}, print_repro=True)
    kernel(torch.ones(10), [torch.ones(10)], 2.0)
    assert "tensor([10], [1], torch.float32, 'cpu')" in capsys.readouterr().err


def test_examples_of_arguments():
    x = torch.ones(2, 3).T
    shown = "tensor([3, 2], [1, 3], torch.float32, 'cpu')"
    assert example_of(x) == shown
    assert example_of((x,)) == f"({shown},)"
    assert example_of({"k": [x, 1, None, "s"]}) == "{'k': [" + shown + ", 1, None, 's']}"
    assert example_of(torch.exp) == "exp"


def test_kernels_have_the_names_that_users_know(bound):
    kernel = "bind call fn configs settings name signature key kernel_source normalize_args reset specialization_key"
    specialization = (
        "set_config compile_config to_code to_triton_code config_spec configs settings env host_function run_ref "
        "ensure_config_exists maybe_log_repro format_kernel_decorator kernel"
    )
    assert not [name for name in kernel.replace("call", "__call__").split() if not hasattr(scaled, name)]
    assert not [name for name in specialization.split() if not hasattr(bound, name)]


def test_what_was_traced_can_be_looked_at(bound):
    assert bound.env is bound.compilation
    assert "torch.empty_like(x)" in bound.host_function.source
