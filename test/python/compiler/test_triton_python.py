# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The way back: TTIR to Triton Python and through Triton's frontend to the same TTIR; the mirror of its operations."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import triton_kernels
from triton_frontend import canonical, from_source, parsed_by_triton, signature_of, to_python
from ttir_graph import ACCEPTED, compare
from ttir_text import tool

_LIT = Path(__file__).parents[2] / "lit"


def _ttir(name: str) -> str:
    source = Path(triton_kernels.__file__).read_text()
    return from_source(source, name, triton_kernels.CORPUS[name], debug=False)


def _same(ttir: str, signature: list[str] | None = None):
    name = re.search(r"tt\.func public @(\w+)", ttir)
    assert name is not None
    back = from_source(to_python(ttir), name[1], signature or signature_of(ttir))
    return compare(canonical(ttir), back)


@pytest.mark.parametrize("name", sorted(triton_kernels.CORPUS))
def test_source_gives_the_same_program_again(name):
    result = _same(_ttir(name), triton_kernels.CORPUS[name])
    assert result.equal, result.mismatch
    assert result.accepted <= ACCEPTED.keys()


def _lowered_kernels() -> list[tuple[str, str]]:
    """The kernels of the conversion's own tests, through the pipeline to TTIR."""
    found: list[tuple[str, str]] = []
    paths = [*(_LIT / "Conversion" / "HelionToTriton").glob("*.mlir"), *(_LIT / "Pipelines").glob("*.mlir")]
    for path in sorted(path for path in paths if path.stem != "invalid"):
        schedule = ["--helion-schedule"] if path.parent.name == "Pipelines" else []
        command = [tool("helion-opt"), "--split-input-file", *schedule, "--helion-to-ttir", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        for module in done.stdout.split("// -----"):
            for function in re.split(r"(?m)^(?=  tt\.func public)", module)[1:]:
                # What a called function holds is not in the module.
                if "tt.call" in function:
                    continue
                text = "module {\n" + re.sub(r"\n}\s*$", "\n", function) + "}\n"
                name = re.search(r"@(\w+)", text)
                assert name is not None
                found.append((f"{path.stem}-{name[1]}", text))
    return found


def test_lowered_kernels_give_the_same_program_again():
    kernels = _lowered_kernels()
    assert len(kernels) > 20
    different = {name: result.mismatch for name, text in kernels if not (result := _same(text)).equal}
    assert not different


_PROGRAM = """
module {
  tt.func public @k(%x: !tt.ptr<f32>, %n: i32) {
    %c0 = arith.constant 0 : i32
    %c1 = arith.constant 1 : i32
    %z = arith.constant 0.000000e+00 : f32
    %o = arith.constant 1.000000e+00 : f32
    %a = tt.load %x : !tt.ptr<f32>
    %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%p = %z, %q = %o) -> (f32, f32) : i32 {
      %s = arith.addf %p, %a : f32
      %t = arith.subf %q, %s : f32
      scf.yield %s, %t : f32, f32
    } {tt.num_stages = 3 : i32}
    tt.store %x, %r#0 : !tt.ptr<f32>
    tt.store %x, %r#1 : !tt.ptr<f32>
    tt.return
  }
}
"""


def test_programs_that_differ_in_what_does_not_count_are_the_same():
    other = _PROGRAM.replace("iter_args(%p = %z, %q = %o)", "iter_args(%q = %o, %p = %z)")
    other = other.replace("addf %p, %a", "addf %a, %p").replace("scf.yield %s, %t", "scf.yield %t, %s")
    other = other.replace("%r#0", "%r#9").replace("%r#1", "%r#0").replace("%r#9", "%r#1")
    assert compare(_PROGRAM, other).equal


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("subf %q, %s", "subf %s, %q"),
        ("subf %q, %s", "subf %q, %p"),
        ("addf %p, %a", "mulf %p, %a"),
        ("%p = %z, %q = %o", "%p = %o, %q = %o"),
        ("num_stages = 3", "num_stages = 2"),
        ("scf.yield %s, %t", "scf.yield %t, %s"),
        ("tt.store %x, %r#1 : !tt.ptr<f32>", ""),
        ("%x, %r#0", "%x, %r#1"),
        ("%c0 to %n", "%c1 to %n"),
        ("    tt.return", "    %b = tt.load %x : !tt.ptr<f32>\n    tt.store %x, %b : !tt.ptr<f32>\n    tt.return"),
        ("store %x, %r#0 : !tt.ptr<f32>", "store %x, %r#0 cacheModifier = cg : !tt.ptr<f32>"),
        ("tt.load %x :", "tt.load %x {isVolatile = true} :"),
    ],
)
def test_programs_that_differ_are_told_apart(old, new):
    assert old in _PROGRAM
    result = compare(_PROGRAM, _PROGRAM.replace(old, new))
    assert not result.equal
    assert result.mismatch


def test_a_load_behind_a_store_is_another_load():
    load = "    %a = tt.load %x : !tt.ptr<f32>\n"
    first = _PROGRAM.replace(load, load + "    tt.store %x, %o : !tt.ptr<f32>\n")
    second = _PROGRAM.replace(load, "    tt.store %x, %o : !tt.ptr<f32>\n" + load)
    assert not compare(first, second).equal


@pytest.mark.parametrize("name", sorted(triton_kernels.CORPUS))
def test_the_mirror_prints_what_triton_prints(name):
    ttir = _ttir(name)
    printed = subprocess.run([tool("helion-opt"), "-"], input=ttir, capture_output=True, text=True, check=True).stdout
    assert _without_locations(parsed_by_triton(printed)) == _without_locations(printed)


def _without_locations(text: str) -> list[str]:
    location = re.compile(r" loc\((?:[^()]|\([^()]*\))*\)")
    lines = [location.sub("", line).rstrip() for line in text.splitlines() if not line.startswith("#")]
    return [line for line in lines if line]


def test_the_source_runs_in_tritons_interpreter():
    torch = pytest.importorskip("torch")
    from helion.backends.triton.interpret import InterpretedKernel

    x = torch.randn(4, 700)
    out = torch.empty_like(x)
    source = to_python(_SOFTMAX)
    InterpretedKernel(source, "row_softmax").run((4, 1, 1), x, out, 700)
    torch.testing.assert_close(out, torch.softmax(x, 1))


_SOFTMAX = """
module {
  tt.func public @row_softmax(%x: !tt.ptr<f32> loc("x_ptr"), %out: !tt.ptr<f32> loc("out_ptr"), %n: i32 loc("n")) {
    %c0 = arith.constant 0 : i32
    %c256 = arith.constant 256 : i32
    %zero = arith.constant dense<0.0> : tensor<256xf32>
    %low = arith.constant dense<-3.0e38> : tensor<256xf32>
    %pid = tt.get_program_id x : i32
    %row = arith.muli %pid, %n : i32
    %px = tt.addptr %x, %row : !tt.ptr<f32>, i32
    %po = tt.addptr %out, %row : !tt.ptr<f32>, i32
    %pxs = tt.splat %px : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
    %pos = tt.splat %po : !tt.ptr<f32> -> tensor<256x!tt.ptr<f32>>
    %r = tt.make_range {end = 256 : i32, start = 0 : i32} : tensor<256xi32>
    %ns = tt.splat %n : i32 -> tensor<256xi32>
    %ml:2 = scf.for %i = %c0 to %n step %c256 iter_args(%m = %low, %l = %zero)
        -> (tensor<256xf32>, tensor<256xf32>) : i32 {
      %is = tt.splat %i : i32 -> tensor<256xi32>
      %o = arith.addi %is, %r : tensor<256xi32>
      %k = arith.cmpi slt, %o, %ns : tensor<256xi32>
      %p = tt.addptr %pxs, %o : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
      %v = tt.load %p, %k, %low : tensor<256x!tt.ptr<f32>>
      %new = arith.maximumf %m, %v : tensor<256xf32>
      %d = arith.subf %m, %new : tensor<256xf32>
      %e = math.exp %d : tensor<256xf32>
      %f = arith.subf %v, %new : tensor<256xf32>
      %g = math.exp %f : tensor<256xf32>
      %h = arith.mulf %l, %e : tensor<256xf32>
      %s = arith.addf %h, %g : tensor<256xf32>
      scf.yield %new, %s : tensor<256xf32>, tensor<256xf32>
    }
    %top = "tt.reduce"(%ml#0) <{axis = 0 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %c = arith.maximumf %a, %b : f32
      tt.reduce.return %c : f32
    }) : (tensor<256xf32>) -> f32
    %tops = tt.splat %top : f32 -> tensor<256xf32>
    %d = arith.subf %ml#0, %tops : tensor<256xf32>
    %e = math.exp %d : tensor<256xf32>
    %w = arith.mulf %ml#1, %e : tensor<256xf32>
    %sum = "tt.reduce"(%w) <{axis = 0 : i32}> ({
    ^bb0(%a: f32, %b: f32):
      %c = arith.addf %a, %b : f32
      tt.reduce.return %c : f32
    }) : (tensor<256xf32>) -> f32
    %sums = tt.splat %sum : f32 -> tensor<256xf32>
    scf.for %i = %c0 to %n step %c256 : i32 {
      %is = tt.splat %i : i32 -> tensor<256xi32>
      %o = arith.addi %is, %r : tensor<256xi32>
      %k = arith.cmpi slt, %o, %ns : tensor<256xi32>
      %p = tt.addptr %pxs, %o : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
      %v = tt.load %p, %k, %low : tensor<256x!tt.ptr<f32>>
      %f = arith.subf %v, %tops : tensor<256xf32>
      %g = math.exp %f : tensor<256xf32>
      %y = arith.divf %g, %sums : tensor<256xf32>
      %q = tt.addptr %pos, %o : tensor<256x!tt.ptr<f32>>, tensor<256xi32>
      tt.store %q, %y, %k : tensor<256x!tt.ptr<f32>>
    }
    tt.return
  }
}
"""


def test_what_has_no_spelling_is_an_error_that_names_the_operation():
    bad = _PROGRAM.replace("arith.subf %q, %s : f32", "math.tan %s : f32")
    with pytest.raises(ValueError, match=r"'math\.tan' op has no spelling in Triton's language"):
        to_python(bad)
