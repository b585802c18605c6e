# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The search space: every configuration from it is legal, and legal ones compute the same."""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "schedules"))

import test_rolled_reductions as rolled

import helion
from benchmarks import helion_kernels
from examples.attention import attention
from helion import exc
from helion.autotuner.config_space import ConfigSpace
from helion.backends.triton import Target


def _arguments(name: str, device: str) -> tuple[Any, ...]:
    def halves(*shape: int) -> torch.Tensor:
        return torch.randn(shape, dtype=torch.float32).to(torch.float16).to(device)

    return {
        "add": lambda: (halves(37, 65), halves(37, 65)),
        "matmul": lambda: (halves(48, 80), halves(80, 40)),
        "softmax_rows": lambda: (halves(9, 200),),
        "softmax": lambda: (halves(9, 200).float(),),
        "log_softmax": lambda: (halves(9, 200).float(),),
        "logsumexp": lambda: (halves(9, 200),),
        "layer_norm": lambda: (halves(6, 150).float(), halves(150).float(), halves(150).float()),
        "three_loops": lambda: (halves(6, 150).float(),),
        "attention": lambda: tuple(halves(2, 70, 32) for _ in range(3)),
        "naive_attention": lambda: (*(halves(2, 70, 32) for _ in range(3)), 0.2),
    }[name]()


KERNELS: dict[str, tuple[Any, Any]] = {
    "add": (helion_kernels.add, lambda x, y: x + y),
    "matmul": (helion_kernels.matmul, lambda x, y: (x.float() @ y.float()).half()),
    "softmax_rows": (helion_kernels.softmax, lambda x: torch.softmax(x.float(), -1).half()),
    "softmax": (rolled.softmax, lambda x: torch.softmax(x, -1)),
    "log_softmax": (rolled.log_softmax, lambda x: torch.log_softmax(x, -1)),
    "logsumexp": (rolled.logsumexp, lambda x: torch.logsumexp(x.float(), -1)),
    "layer_norm": (rolled.layer_norm, lambda x, w, b: torch.nn.functional.layer_norm(x, x.shape[-1:], w, b)),
    "three_loops": (rolled.three_loops, lambda x: torch.softmax(x, -1)),
    "attention": (
        attention,
        lambda q, k, v: torch.nn.functional.scaled_dot_product_attention(q.float(), k.float(), v.float()).half(),
    ),
    "naive_attention": (
        rolled.naive_attention,
        lambda q, k, v, scale: torch.nn.functional.scaled_dot_product_attention(
            q.float(), k.float(), v.float(), scale=scale
        ).half(),
    ),
}


def _space(name: str, target: str = "sm_90") -> tuple[Any, ConfigSpace]:
    kernel = helion.kernel(KERNELS[name][0].fn, autotune_effort="none")
    bound = kernel.bind(_arguments(name, "cpu"))
    return bound, ConfigSpace(bound.config_spec, Target.parse(target))


@pytest.mark.parametrize("target", ["sm_90", "sm_100", "gfx942"])
@pytest.mark.parametrize("name", KERNELS)
def test_random_configurations_and_their_neighbours_are_legal(name: str, target: str) -> None:
    bound, space = _space(name, target)
    rng = random.Random(0)
    for _ in range(5):
        config = space.random(rng)
        normal = bound.config_spec.normalize(config)
        neighbours = space.neighbours(config)
        assert config not in neighbours
        assert len(set(neighbours)) == len(neighbours) > 3
        for each in neighbours:
            assert bound.config_spec.normalize(each) != normal


@pytest.mark.parametrize("name", KERNELS)
def test_random_configurations_lower(name: str) -> None:
    bound, space = _space(name)
    rng = random.Random(1)
    for _ in range(20):
        config = space.random(rng)
        assert "tt.func public" in bound.to_mlir(config, stage="ttir")


@pytest.mark.parametrize("target", ["sm_90", "gfx942", "gfx950"])
def test_each_gpu_has_what_it_can_do(target: str) -> None:
    bound, space = _space("matmul", target)
    rng = random.Random(3)
    drawn: dict[str, set[Any]] = {}
    for _ in range(40):
        config = bound.config_spec.normalize(space.random(rng))
        # What the GPU does not have is refused here.
        options = bound.compilation.lower(config, Target.parse(target)).options
        for key in ("maxnreg", "waves_per_eu", "matrix_instr_nonkdim", "num_warps"):
            drawn.setdefault(key, set()).add(options.get(key))
        drawn.setdefault("cache", set()).update(config["load_cache_modifiers"], config["store_cache_modifiers"])
    amd = target.startswith("gfx")
    assert drawn["matrix_instr_nonkdim"] == ({None, 16, 32} if amd else {None})
    assert drawn["waves_per_eu"] == ({None, 1, 2, 4} if amd else {None})
    assert drawn["cache"] == ({"", ".cg", ".cs", ".wt"} if amd else {""})
    assert max(drawn["num_warps"]) == (16 if amd else 32)
    assert (drawn["maxnreg"] == {None}) is amd


def _agrees(name: str, device: str, count: int, seed: int = 2) -> int:
    """Runs random configurations, all to the same result; how many Triton could compile."""
    torch.manual_seed(0)
    kernel = helion.kernel(KERNELS[name][0].fn, autotune_effort="none")
    args = _arguments(name, device)
    wanted = KERNELS[name][1](*args)
    bound = kernel.bind(args)
    space = ConfigSpace(bound.config_spec, bound.target)
    rng = random.Random(seed)
    ran = 0
    for _ in range(count):
        config = space.random(rng)
        try:
            result = bound.compile_config(config)(*args)
        except exc.Base:
            # More shared memory, registers or tensor memory than there is; never anything but an error of ours.
            continue
        ran += 1
        torch.testing.assert_close(
            result, wanted, rtol=2e-2, atol=2e-2, msg=lambda text, config=config: f"{config}: {text}"
        )
    return ran


@pytest.mark.parametrize("name", KERNELS)
def test_random_configurations_compute_the_same(name: str) -> None:
    assert _agrees(name, "cpu", 2) == 2


# 300 configurations in all, in parts that several processes can share.
@pytest.mark.gpu
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", KERNELS)
def test_random_configurations_compute_the_same_on_the_gpu(name: str, seed: int) -> None:
    assert _agrees(name, "cuda", 10, seed) >= 6
