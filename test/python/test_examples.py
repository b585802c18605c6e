# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The examples do what PyTorch does, and become code for every GPU."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import torch
from filelock import FileLock

import helion
import helion.language as hl
from benchmarks import helion_kernels
from examples import TOPICS
from examples.attention import attention, reference
from examples.harness import Example

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = {
    example.title: example for topic in TOPICS for example in importlib.import_module(f"examples.{topic}").EXAMPLES
}
CPU = torch.device("cpu")
# One of each family: what the others of a file show is the same.
QUICK = {"softmax", "layer_norm_backward", "matmul", "attention, GQA"}
TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")


def _with(kernel: helion.Kernel | Callable[..., object], **config: object) -> helion.Kernel:
    return helion.kernel(getattr(kernel, "fn", kernel), config=helion.Config(**config), static_shapes=True)


@pytest.mark.parametrize("shapes", ["static", "dynamic"])
@pytest.mark.parametrize("title", EXAMPLES)
def test_example_matches_pytorch(title: str, shapes: str) -> None:
    torch.manual_seed(0)
    example = EXAMPLES[title]
    kernel = example.variant(static_shapes=shapes == "static")
    assert example.error(example.arguments(CPU, True), kernel) <= example.tolerance


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize(
    "title", [pytest.param(title, marks=[] if title in QUICK else [pytest.mark.slow]) for title in EXAMPLES]
)
def test_example_compiles_at_full_size(title: str, target: str) -> None:
    example = EXAMPLES[title]
    kernel = example.variant(static_shapes=example.kernel.settings.static_shapes)
    config = dict(kernel.configs[0])
    if target.startswith("gfx"):
        # The tiles that an H100 keeps several times fit once into the shared memory of an MI300.
        config["num_stages"] = 1
    # Meta tensors have the sizes and no data.
    asm = kernel.bind(example.arguments(torch.device("meta"), False)).compile(config, target=target).asm
    assert asm["cubin" if target.startswith("sm_") else "hsaco"].startswith(b"\x7fELF")


@pytest.mark.slow
@pytest.mark.parametrize("title", EXAMPLES)
def test_example_compiles_with_dynamic_shapes(title: str) -> None:
    example = EXAMPLES[title]
    bound = example.variant(static_shapes=False).bind(example.arguments(torch.device("meta"), False))
    assert bound.compile(target="sm_90").asm["cubin"].startswith(b"\x7fELF")


@pytest.mark.gpu
@pytest.mark.parametrize("shapes", ["static", "dynamic"])
@pytest.mark.parametrize("title", EXAMPLES)
def test_example_matches_pytorch_on_the_gpu(title: str, shapes: str) -> None:
    torch.manual_seed(0)
    example = EXAMPLES[title]
    kernel = example.variant(static_shapes=shapes == "static")
    device = torch.device("cuda")
    # Real shapes take gigabytes: one process at a time.
    with FileLock(Path(tempfile.gettempdir()) / "helion-examples-on-the-gpu.lock"):
        error = example.error(example.arguments(device, shapes == "dynamic"), kernel)
        torch.cuda.empty_cache()
    assert error <= example.tolerance


def test_an_example_that_is_wrong_fails_the_run() -> None:
    root = Path(__file__).resolve().parents[2]
    code = (
        "import torch\n"
        "from examples.add import add, arguments\n"
        "from examples.harness import Example, run\n"
        "raise SystemExit(run([Example(add, torch.sub, arguments, name='wrong'), Example(add, torch.add, arguments)],"
        " torch.device('cpu')))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, cwd=root, capture_output=True, text=True)
    assert ran.returncode == 1, ran.stderr
    assert [("wrong" in line, "at most" in line) for line in ran.stdout.splitlines()[1:3]] == [
        (True, True),
        (False, False),
    ]


def test_differences_are_measured_and_kinds_compared() -> None:
    arguments = (torch.tensor([1.0, float("inf")]), torch.tensor([9.0, 0.0]))

    def example(wanted) -> Example:
        return Example(helion_kernels.add, wanted, lambda device, small: arguments)

    def error(wanted) -> float:
        return example(wanted).error(arguments, _with(vector_add, block_sizes=[2]))

    assert error(torch.add) == 0
    assert error(lambda x, y: x + y + 1) == pytest.approx(1 / 12)
    assert error(lambda x, y: torch.nan_to_num(x + y)) == float("inf")
    with pytest.raises(AssertionError, match="float64"):
        error(lambda x, y: (x + y).double())


def vector_add(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size()):
        out[tile] = x[tile] + y[tile]
    return out


@pytest.mark.parametrize(
    ("m", "n", "d", "dtype"),
    [
        (64, 96, 64, torch.float16),
        (33, 50, 32, torch.float32),
        (1, 100, 16, torch.float32),
    ],
)
def test_attention_matches_pytorch(m: int, n: int, d: int, dtype: torch.dtype) -> None:
    torch.manual_seed(0)
    q = torch.randn(1, 2, m, d, dtype=dtype)
    k, v = (torch.randn(1, 2, n, d, dtype=dtype) for _ in range(2))
    result = _with(attention, block_sizes=[1, 32, 32])(q, k, v)
    torch.testing.assert_close(result, reference(q, k, v), rtol=1e-2, atol=1e-2)


def test_matmul_matches_pytorch() -> None:
    torch.manual_seed(0)
    x, y = torch.randn(70, 50), torch.randn(50, 33)
    result = _with(helion_kernels.matmul, block_sizes=[32, 32, 16])(x, y)
    torch.testing.assert_close(result, x @ y, rtol=1e-2, atol=1e-2)


def test_softmax_matches_pytorch() -> None:
    torch.manual_seed(0)
    x = torch.randn(37, 100, dtype=torch.bfloat16)
    result = _with(helion_kernels.softmax, block_sizes=[4])(x)
    torch.testing.assert_close(result, torch.softmax(x.float(), -1).bfloat16(), rtol=1e-2, atol=1e-2)


def test_add_matches_pytorch() -> None:
    x, y = torch.randn(33, 65), torch.randn(33, 65)
    result = _with(helion_kernels.add, block_sizes=[8, 32])(x, y)
    torch.testing.assert_close(result, x + y)
