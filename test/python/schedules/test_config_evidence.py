# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What configuration keys do, seen where Triton cannot have dropped it: in TTGIR, PTX, AMD assembly and results."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch

import helion
import helion.language as hl
from benchmarks import helion_kernels
from helion import exc
from helion.autotuner import EnumFragment

matmul = helion.kernel(helion_kernels.matmul.fn, autotune_effort="none")
softmax = helion.kernel(helion_kernels.softmax.fn, autotune_effort="none")


@helion.kernel(autotune_effort="none")
def scaled_sum(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    out = torch.empty_like(x)
    for tile in hl.tile(x.size(0)):
        out[tile] = x[tile] * 3 + y[tile]
    return out


def _sum(target: str, kind: str, **config: Any) -> str:
    """A stage of `scaled_sum` of 4096 floats, in blocks of 512 unless the configuration says otherwise."""
    x = torch.empty(4096)
    full = {"block_sizes": [512], "num_warps": 4, **config}
    return scaled_sum.bind((x, x)).compile(helion.Config(**full), target=target).asm[kind]


def _product(target: str, **config: Any) -> Any:
    """The product of two matrices of 1024 by 1024 halves, in blocks of 128 by 128 by 64."""
    x = torch.empty(1024, 1024, dtype=torch.float16)
    full = {"block_sizes": [128, 128, 64], "num_warps": 4, "num_stages": 2, **config}
    return matmul.bind((x, x)).compile(helion.Config(**full), target=target)


@pytest.mark.evidence("block_sizes")
@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_tiles_have_the_size_of_their_block(target: str) -> None:
    for size in (256, 1024):
        loaded = re.findall(r"tt\.load .*tensor<(\d+)x!tt\.ptr|buffer_load .*tensor<(\d+)xf32", _ttgir(target, size))
        assert [int(one or other) for one, other in loaded] == [size, size]


def _ttgir(target: str, size: int) -> str:
    return _sum(target, "ttgir", block_sizes=[size])


@pytest.mark.evidence("l2_groupings")
def test_programs_that_follow_each_other_share_columns() -> None:
    @helion.kernel(autotune_effort="none")
    def program_of_tile(x: torch.Tensor) -> torch.Tensor:
        out = torch.empty([4, 3], dtype=torch.int32, device=x.device)
        for tile_m, tile_n in hl.tile(x.size(), block_size=16):
            # Nothing here imports tl: the emitted source does.
            program = hl.inline_triton("tl.program_id(0)", args=(), output_like=hl.zeros([], dtype=torch.int32))
            out[tile_m.id, tile_n.id] = program
        return out

    x = torch.empty(64, 48)
    bound = program_of_tile.bind((x,))

    def order(grouping: int) -> list[list[int]]:
        return bound.compile_config(helion.Config(l2_groupings=[grouping]))(x).tolist()

    assert order(1) == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]
    assert order(2) == [[0, 2, 4], [1, 3, 5], [6, 8, 10], [7, 9, 11]]
    assert order(4) == [[0, 4, 8], [1, 5, 9], [2, 6, 10], [3, 7, 11]]


@pytest.mark.evidence("reduction_loops")
@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_a_long_row_is_read_in_chunks(target: str) -> None:
    bound = softmax.bind((torch.empty(64, 4096),))

    def loops_and_widest(chunk: int | None) -> tuple[int, int]:
        config = helion.Config(block_sizes=[1], reduction_loops=[chunk])
        ttgir = bound.compile(config, target=target).asm["ttgir"]
        return ttgir.count("scf.for"), max(map(int, re.findall(r"tensor<(?:1x)?(\d+)xf32", ttgir)))

    assert loops_and_widest(None) == (0, 4096)
    # One loop finds the maximum and the sum, one divides.
    assert loops_and_widest(512) == (2, 512)


@pytest.mark.evidence("num_warps")
@pytest.mark.parametrize("warps", [1, 8])
def test_threads_of_a_program(warps: int) -> None:
    assert f'"ttg.num-warps" = {warps} : i32' in _sum("sm_90", "ttgir", num_warps=warps)
    assert f".reqntid {32 * warps}" in _sum("sm_90", "ptx", num_warps=warps)
    assert f".max_flat_workgroup_size: {64 * warps}" in _sum("gfx942", "amdgcn", num_warps=warps)


@pytest.mark.evidence("num_stages")
def test_tiles_in_flight() -> None:
    for stages in (2, 3):
        # Triton holds one tile less on AMD, where loads go through registers.
        for target, tiles in (("sm_90", stages), ("gfx942", stages - 1)):
            compiled = _product(target, num_stages=stages)
            assert f"!ttg.memdesc<{tiles}x128x64xf16" in compiled.asm["ttgir"]
            assert compiled.metadata.shared == tiles * (128 * 64 + 64 * 128) * 2


@pytest.mark.evidence("range_multi_buffers")
def test_accumulators_in_tensor_memory() -> None:
    def columns(*multi: bool | None) -> int:
        compiled = _product(
            "sm_100", pid_type="persistent_interleaved", indexing="tensor_descriptor", range_flattens=[True],
            range_multi_buffers=list(multi),
        )  # fmt: skip
        return compiled.metadata.tmem_size

    # The accumulator of one tile is stored while that of the next is summed up, unless that is forbidden.
    assert columns(None) == columns(True) == 2 * 128
    assert columns(False) == 128


@pytest.mark.evidence("indexing")
def test_each_operation_is_addressed_as_it_asks() -> None:
    def accesses(*indexing: str) -> tuple[int, int, int]:
        ttgir = _product("sm_90", num_stages=1, indexing=list(indexing)).asm["ttgir"]
        names = ("tt.load", "ttng.async_tma_copy_global_to_local", "ttng.async_tma_copy_local_to_global")
        return tuple(len(re.findall(rf"{re.escape(name)}\b", ttgir)) for name in names)  # type: ignore[return-value]

    assert accesses("pointer", "pointer", "pointer") == (2, 0, 0)
    assert accesses("tensor_descriptor", "pointer", "tensor_descriptor") == (1, 1, 1)
    assert accesses("tensor_descriptor", "tensor_descriptor", "pointer") == (0, 2, 0)
    # Triton has no block pointers any more: pointers of the same structure.
    assert accesses("block_ptr", "block_ptr", "block_ptr") == (2, 0, 0)


@pytest.mark.evidence("load_eviction_policies")
def test_eviction_policies_of_loads() -> None:
    def policies(*given: str) -> list[str]:
        ptx = _sum("sm_90", "ptx", load_eviction_policies=list(given))
        return re.findall(r"ld\.global(?:\.L1::(\w+))?", ptx)

    assert policies("", "") == ["", ""]
    assert policies("first", "last") == ["evict_first", "evict_last"]
    assert policies("", "first") == ["", "evict_first"]
    plain, asked = (_sum("gfx942", "amdgcn", load_eviction_policies=list(each)) for each in ("", ("first", "last")))
    assert plain == asked, "say in docs/reference/config.md that AMD GPUs have eviction policies"


@pytest.mark.evidence("load_cache_modifiers")
def test_cache_modifiers_of_loads() -> None:
    def modifiers(target: str, *given: str) -> list[str]:
        kind, instruction = (
            ("ptx", r"ld\.global(\S*?)\.v4") if target == "sm_90" else ("amdgcn", r"buffer_load_.*offen(.*)")
        )
        return [each.strip() for each in re.findall(instruction, _sum(target, kind, load_cache_modifiers=list(given)))]

    assert modifiers("sm_90", "", "") == ["", ""]
    assert modifiers("sm_90", ".ca", ".cg") == [".ca", ".cg"]
    # .ca is what AMD GPUs do anyway; .cv is for them alone, Triton drops it for NVIDIA.
    assert modifiers("gfx942", ".ca", ".cg") == ["", "sc0 nt"]
    assert modifiers("gfx942", "", ".cv") == ["", "sc0 sc1"]
    assert modifiers("sm_90", "", ".cv") == ["", ""]


@pytest.mark.evidence("store_cache_modifiers")
@pytest.mark.parametrize(
    ("modifier", "amd"), [("", ""), (".wb", ""), (".cg", ""), (".cs", "sc0 nt"), (".wt", "sc0 sc1")]
)
def test_cache_modifiers_of_stores(modifier: str, amd: str) -> None:
    assert f"st.global{modifier}.v4" in _sum("sm_90", "ptx", store_cache_modifiers=[modifier])
    stored = re.search(r"buffer_store_.*offen(.*)", _sum("gfx942", "amdgcn", store_cache_modifiers=[modifier]))
    assert stored is not None and stored[1].strip() == amd


@pytest.mark.evidence("waves_per_eu")
@pytest.mark.parametrize(("waves", "registers"), [(1, 257), (4, 97), (8, None)])
def test_waves_share_the_registers(waves: int, registers: int | None) -> None:
    assert f'"amdgpu-waves-per-eu"="{waves}, {waves}"' in _sum("gfx942", "llir", waves_per_eu=waves)
    assembly = _sum("gfx942", "amdgcn", waves_per_eu=waves)
    assert f"; Occupancy: {waves}" in assembly
    # So many are taken that no more waves fit.
    assert registers is None or f".amdhsa_next_free_vgpr {registers}" in assembly


@pytest.mark.evidence("matrix_instr_nonkdim")
@pytest.mark.parametrize(("rows", "instruction"), [(16, "v_mfma_f32_16x16x16_f16"), (32, "v_mfma_f32_32x32x8_f16")])
def test_matrix_instructions(rows: int, instruction: str) -> None:
    assembly = _product("gfx942", matrix_instr_nonkdim=rows).asm["amdgcn"]
    assert set(re.findall(r"v_mfma_\w+", assembly)) == {instruction}


@pytest.mark.parametrize(
    ("target", "config"),
    [
        ("sm_90", {"waves_per_eu": 2}),
        ("sm_100", {"matrix_instr_nonkdim": 16}),
        ("gfx942", {"maxnreg": 64, "pid_type": "persistent_blocked"}),
        ("gfx950", {"num_warps": 32}),
    ],
)
def test_what_a_gpu_does_not_have_is_refused(target: str, config: dict[str, Any]) -> None:
    (key, *_) = config
    with pytest.raises(exc.InvalidConfig, match=rf"{key} is .*{target}"):
        _sum(target, "ttgir", **config)


@pytest.mark.evidence("hl.register_tunable")
def test_tunables_are_constants() -> None:
    @helion.kernel(autotune_effort="none")
    def shifted(x: torch.Tensor) -> torch.Tensor:
        bits = hl.register_tunable("bits", EnumFragment(choices=(3, 5)))
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile] << bits
        return out

    x = torch.arange(64, dtype=torch.int32)
    bound = shifted.bind((x,))
    for bits in (3, 5):
        config = helion.Config(block_sizes=[64], bits=bits)
        assert re.search(rf"shl\.b32 .*, {bits};", bound.compile(config, target="sm_90").asm["ptx"])
        assert torch.equal(bound.compile_config(config)(x), x << bits)


@pytest.mark.evidence("_triton_config_*")
def test_options_of_the_compiler() -> None:
    @helion.kernel(autotune_effort="none")
    def fused(x: torch.Tensor) -> torch.Tensor:
        hl.register_tunable("_triton_config_enable_fp_fusion", EnumFragment(choices=(True, False)))
        out = torch.empty_like(x)
        for tile in hl.tile(x.size(0)):
            out[tile] = x[tile] * 3 + x[tile]
        return out

    bound = fused.bind((torch.empty(1024),))
    for fusion in (True, False):
        config = helion.Config(block_sizes=[1024], _triton_config_enable_fp_fusion=fusion)
        assert ("fma.rn" in bound.compile(config, target="sm_90").asm["ptx"]) is fusion
