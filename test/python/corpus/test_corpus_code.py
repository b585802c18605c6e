# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What must show in the code of corpus kernels: in their TTIR, and in what Triton makes of it.

Triton ignores what it does not know, so that a hint took effect is looked for in TTGIR and assembly.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kernel_corpus import CORPUS, TARGETS
from kernel_corpus.entry import bind

import helion
from helion import compiler
from helion._mlir import ir
from helion.backends.triton import CompiledTTIR, Target, compile_ttir, ttir_dialect

LARGE_ATTENTION = [
    "attention_bf16_128", "attention_bf16_64", "attention_fp16_128", "attention_fp16_64", "attention_descriptor_128",
    "attention_descriptor_64",
]  # fmt: skip


class _Module:
    """The operations of a module, in program order."""

    def __init__(self, ttir: str) -> None:
        self.module = ir.Module.parse(ttir, compiler.context())
        self.all: list[Any] = []
        self._walk(self.module.operation)

    def _walk(self, op: Any) -> None:
        for region in op.regions:
            for block in region.blocks:
                for inner in block.operations:
                    self.all.append(inner.operation)
                    self._walk(inner.operation)

    def named(self, *names: str) -> list[Any]:
        return [op for op in self.all if op.name in names]


# Cached, because operations do not keep their module alive.
@cache
def _module(name: str, target: str = "sm_90") -> _Module:
    return _Module(CORPUS[name].lower(Target.parse(target)).ttir)


def _rank(value: Any) -> int:
    return ir.RankedTensorType(value.type).rank


def _is_widening(op: Any) -> bool:
    return op.name == "arith.extf" or (
        op.name == "tt.fp_to_fp" and _width(op.operands[0].type) < _width(op.results[0].type)
    )


def _is_narrowing(op: Any) -> bool:
    return op.name == "arith.truncf" or (
        op.name == "tt.fp_to_fp" and _width(op.operands[0].type) > _width(op.results[0].type)
    )


def _width(kind: Any) -> int:
    return (ir.RankedTensorType(kind).element_type if ir.RankedTensorType.isinstance(kind) else kind).width


def _round_trips(module: _Module) -> list[Any]:
    """Narrowing conversions whose result is widened again, with nothing but changes of shape between."""
    shapes = {"tt.expand_dims", "tt.broadcast", "tt.reshape", "tt.trans", "tt.splat"}

    def widened(value: Any) -> bool:
        users = [use.owner.operation for use in value.uses]
        return any(_is_widening(user) or (user.name in shapes and any(map(widened, user.results))) for user in users)

    return [op for op in module.all if _is_narrowing(op) and widened(op.results[0])]


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LARGE_ATTENTION)
def test_attention_multiplies_matrices_of_rank_two(name: str, target: str) -> None:
    dots = _module(name, target).named("tt.dot")
    assert len(dots) == 2
    assert {_rank(value) for dot in dots for value in (*dot.operands, *dot.results)} == {2}


@pytest.mark.parametrize("name", sorted(name for name in CORPUS if "attention" in name and "scalars" not in name))
def test_other_attention_multiplies_matrices_of_rank_two_as_well(name: str) -> None:
    module = _module(name)
    assert {_rank(value) for dot in module.named("tt.dot") for value in dot.operands} == {2}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LARGE_ATTENTION)
def test_attention_masks_nothing_when_sizes_divide(name: str, target: str) -> None:
    module = _module(name, target)
    pointers = module.named("tt.load", "tt.store")
    descriptors = module.named("tt.descriptor_load", "tt.descriptor_store")
    assert len(pointers) + len(descriptors) == 4
    # A load has a pointer alone, a store a pointer and a value: no mask and no value for masked lanes.
    assert all(len(op.operands) == (1 if op.name == "tt.load" else 2) for op in pointers)
    assert not module.named("arith.select", "arith.cmpi")


def test_ragged_attention_is_masked() -> None:
    module = _module("attention_ragged")
    assert any(len(op.operands) > 1 for op in module.named("tt.load"))


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LARGE_ATTENTION)
def test_attention_rounds_only_where_its_source_says_so(name: str, target: str) -> None:
    module = _module(name, target)
    assert not _round_trips(module)
    # `p.to(v.dtype)` and the result.
    assert len([op for op in module.all if _is_narrowing(op)]) == 2
    assert not [op for op in module.all if _is_widening(op)]


def test_a_round_trip_of_the_author_stays() -> None:
    assert len(_round_trips(_module("rounded_on_purpose"))) == 1


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", LARGE_ATTENTION)
def test_attention_uses_the_exponential_of_the_hardware(name: str, target: str) -> None:
    module = _module(name, target)
    assert len(module.named("math.exp2")) == 2
    assert not module.named("math.exp", "tt.extern_elementwise")


@cache
def _compiled(name: str, target: str) -> CompiledTTIR:
    lowered = CORPUS[name].lower(Target.parse(target))
    return compile_ttir(
        lowered.ttir,
        name=lowered.name,
        signature=lowered.signature,
        target=Target.parse(target),
        options=lowered.options,
    )


def test_tensor_descriptors_become_tma_copies() -> None:
    module = _module("attention_descriptor_128")
    assert len(module.named("tt.descriptor_load")) == 3
    assert not module.named("tt.load")
    compiled = _compiled("attention_descriptor_128", "sm_90")
    assert compiled.asm["ttgir"].count("async_tma_copy_global_to_local") >= 3
    assert "cp.async.bulk.tensor" in compiled.asm["ptx"]


def test_pointers_are_pipelined_by_asynchronous_copies() -> None:
    compiled = _compiled("attention_bf16_128", "sm_90")
    assert "async_copy_global_to_local" in compiled.asm["ttgir"]
    assert "cp.async.cg.shared.global" in compiled.asm["ptx"]
    # Three stages: keys and values each have as many buffers.
    assert "memdesc<3x128x64xbf16" in compiled.asm["ttgir"]
    assert "memdesc<3x64x128xbf16" in compiled.asm["ttgir"]


@pytest.mark.parametrize(
    ("target", "stage", "instruction"),
    [
        ("sm_90", "ptx", "wgmma.mma_async.sync.aligned"),
        ("sm_100", "ptx", "tcgen05.mma"),
        ("gfx942", "amdgcn", "v_mfma_f32"),
        ("gfx950", "amdgcn", "v_mfma_f32"),
    ],
)
@pytest.mark.parametrize("name", ["attention_descriptor_128", "matmul_descriptor"])
def test_matrix_units_are_used(name: str, target: str, stage: str, instruction: str) -> None:
    assert instruction in _compiled(name, target).asm[stage]


def test_amd_loads_through_buffers() -> None:
    assert "buffer_load" in _compiled("matmul_bf16", "gfx942").asm["amdgcn"]


def test_cache_hints_reach_the_assembly() -> None:
    ptx = _compiled("add_cache_hints", "sm_90").asm["ptx"]
    assert "ld.global.L1::evict_first" in ptx
    assert "ld.global.L1::evict_last" in ptx
    assert "st.global.cs" in ptx


def _matmul_ttir(**keys: Any) -> str:
    entry = CORPUS["matmul_l2_grouping"]
    config = bind(entry.name).config_spec.normalize(helion.Config(entry.config | keys))
    prepared = bind(entry.name).compilation.prepared
    return compiler.lower(prepared, config, Target.parse("sm_90"), ttir_dialect()).ttir


def test_a_grouping_for_l2_changes_the_order_of_programs() -> None:
    grouped, plain = _matmul_ttir(), _matmul_ttir(l2_groupings=[1])
    assert grouped != plain
    # The last group may have fewer rows of blocks.
    assert "arith.minsi" in grouped
    assert "arith.minsi" not in plain


def test_stages_are_annotated() -> None:
    module = _Module(_matmul_ttir(num_stages=4))
    (loop,) = module.named("scf.for")
    assert ir.IntegerAttr(loop.attributes["tt.num_stages"]).value == 4
