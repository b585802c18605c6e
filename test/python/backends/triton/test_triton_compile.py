# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

import pickle
import re
import subprocess
import sys
import textwrap
from concurrent.futures import ThreadPoolExecutor

import pytest

from helion import exc
from helion.backends.triton import Target, compile_ttir

TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")

UNARY = """module {
  tt.func public @k(%p: !tt.ptr<f32>) {
    %r = tt.make_range {end = 64 : i32, start = 0 : i32} : tensor<64xi32>
    %s = tt.splat %p : !tt.ptr<f32> -> tensor<64x!tt.ptr<f32>>
    %q = tt.addptr %s, %r : tensor<64x!tt.ptr<f32>>, tensor<64xi32>
    %x = tt.load %q : tensor<64x!tt.ptr<f32>>
    %y = OPERATION LOCATION
    tt.store %q, %y : tensor<64x!tt.ptr<f32>>
    tt.return
  }
}
"""
SIN = "math.sin %x : tensor<64xf32>"
TAN = "math.tan %x : tensor<64xf32>"


def unary(operation, location=""):
    return UNARY.replace("OPERATION", operation).replace("LOCATION", location)


def compile_unary(text, target="sm_90", **options):
    return compile_ttir(text, name="k", signature=["*fp32"], target=Target.parse(target), options=options)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("kernel", ["vector_add", "matmul", "descriptor_copy"])
def test_samples_compile_for_every_target_without_a_gpu(kernel, target, request):
    compiled = request.getfixturevalue(kernel).compile(target)
    stages = {"ttir", "ttgir", "llir"} | ({"ptx", "cubin"} if target.startswith("sm") else {"amdgcn", "hsaco"})
    assert stages <= compiled.asm.keys()
    assert compiled.asm["cubin" if target.startswith("sm") else "hsaco"][:4] == b"\x7fELF"
    assert compiled.metadata.name == kernel
    assert compiled.metadata.num_warps == 4


def test_the_ptx_is_for_the_target_and_uses_its_tensor_cores(matmul):
    ptx = matmul.compile("sm_90").asm["ptx"]
    assert ".target sm_90a" in ptx
    assert "wgmma.mma_async" in ptx


def test_options_reach_the_binary(matmul):
    compiled = matmul.compile("sm_90", num_warps=8, maxnreg=64)
    assert compiled.metadata.num_warps == 8
    assert ".reqntid 256" in compiled.asm["ptx"]
    assert ".maxnreg 64" in compiled.asm["ptx"]


def test_the_ttir_stage_runs():
    """Triton's own way for IR files skips it, and calls of helper functions then fail."""
    text = """module {
      tt.func private @twice(%a: i32) -> i32 { %b = arith.addi %a, %a : i32  tt.return %b : i32 }
      tt.func public @k(%p: !tt.ptr<i32>, %n: i32) {
        %m = tt.call @twice(%n) : (i32) -> i32
        tt.store %p, %m : !tt.ptr<i32>
        tt.return
      }
    }"""
    compiled = compile_ttir(text, name="k", signature=["*i32", "i32"], target=Target.parse("sm_90"))
    assert "tt.call" not in compiled.asm["ttir"]


def test_equal_text_is_compiled_once_and_different_text_is_not(vector_add, monkeypatch):
    from triton import knobs

    hits = []
    monkeypatch.setattr(knobs.compilation, "listener", lambda **info: hits.append(info["cache_hit"]))
    vector_add.compile("sm_90")
    vector_add.compile("sm_90")
    vector_add.compile("sm_90", num_warps=8)
    subtraction = vector_add.text.replace("arith.addf", "arith.subf")
    compiled = compile_ttir(
        subtraction, name=vector_add.name, signature=vector_add.signature, target=Target.parse("sm_90")
    )
    assert hits == [False, True, False, False]
    assert "sub" in compiled.asm["ptx"]


def test_threads_compile_what_one_thread_does(vector_add, matmul, tmp_path, monkeypatch):
    work = [(sample, target) for sample in (vector_add, matmul) for target in TARGETS]
    expected = [sample.compile(target).asm["llir"] for sample, target in work]
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path / "second-cache"))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda item: item[0].compile(item[1]).asm["llir"], work))
    # The text is read through a descriptor whose number shows in debug information.
    assert [_without_debug_info(text) for text in found] == [_without_debug_info(text) for text in expected]


def _without_debug_info(llir):
    return re.sub(r"(?m)^!.*$|, !dbg !\d+| !dbg !\d+|^source_filename.*$", "", llir)


def test_a_parse_error_shows_the_line_of_the_text(capfd):
    with pytest.raises(exc.TritonError) as caught:
        compile_unary(unary("math.sinus %x : tensor<64xf32>"))
    assert "'math.sinus'" in caught.value.message
    assert "TTIR line 7: %y = math.sinus" in str(caught.value)
    assert "PassManager" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("target", ["sm_90", "gfx942"])
def test_an_illegal_operation_shows_the_users_line(target, tmp_path, capfd):
    source = tmp_path / "user.py"
    source.write_text("def kernel(x):\n    y = x.tan()\n")
    with pytest.raises(exc.TritonError) as caught:
        compile_unary(unary(TAN, f'loc("{source}":2:9)'), target)
    error = caught.value
    assert "failed to legalize operation 'math.tan'" in error.message
    assert "ConvertTritonToTritonGPU" in error.message
    assert error.location == exc.SourceLocation(str(source), 2, 8)
    assert "y = x.tan()" in str(error)
    assert "mlir_reproducer" not in str(error)
    assert "mlir_reproducer" in error.details["triton_output"]
    assert capfd.readouterr() == ("", "")


def test_an_error_survives_pickling():
    with pytest.raises(exc.TritonError) as caught:
        compile_unary(unary(TAN))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_each_of_several_failing_threads_gets_its_own_message(capfd):
    names = ["tan", "tanh", "sinh", "cosh", "atan", "asin"]

    def message(name):
        with pytest.raises(exc.TritonError) as caught:
            compile_unary(unary(f"math.{name} %x : tensor<64xf32>"))
        return caught.value.message

    with ThreadPoolExecutor(4) as pool:
        messages = list(pool.map(message, names))
    assert all(f"'math.{name}'" in text for name, text in zip(names, messages, strict=True))
    assert capfd.readouterr().err == ""


def test_what_ptxas_refuses_is_said_without_the_ptx(capfd):
    properties = 'constraints = "=r,r", packed_element = 1 : i32, pure = true'
    assembly = f'tt.elementwise_inline_asm "bogus.op $0, $1;" {{{properties}}}'
    with pytest.raises(exc.TritonError) as caught:
        compile_unary(unary(assembly + " %x : tensor<64xf32> -> tensor<64xf32>"))
    assert "stage cubin" in caught.value.message
    assert "'bogus'" in caught.value.message
    assert capfd.readouterr() == ("", "")


def test_an_assertion_of_triton_becomes_an_error():
    with pytest.raises(exc.TritonError, match="num_warps must be a power of 2"):
        compile_unary(unary(SIN), num_warps=3)


@pytest.mark.parametrize(
    ("option", "target"), [("num_wraps", "sm_90"), ("waves_per_eu", "sm_90"), ("maxnreg", "gfx942")]
)
def test_an_option_that_triton_would_ignore_is_refused(option, target):
    with pytest.raises(exc.TritonError, match=f"has no option '{option}'"):
        compile_unary(unary(SIN), target, **{option: 4})


def test_a_module_without_the_kernel_is_refused_before_triton_dies_of_it():
    with pytest.raises(exc.TritonError, match="no function 'k'"):
        compile_unary("module {}")


def test_a_signature_of_the_wrong_length_is_refused(vector_add):
    with pytest.raises(exc.TritonError, match="has 4 arguments"):
        compile_ttir(vector_add.text, name="vector_add", signature=["*fp32"] * 3, target=Target.parse("sm_90"))


# No more stages than it takes: LLVM's time for AMD grows fast with them.
@pytest.mark.parametrize(
    ("target", "stages", "limit"), [("sm_90", 18, 227 * 1024), ("sm_120", 10, 99 * 1024), ("gfx942", 7, 64 * 1024)]
)
def test_too_much_shared_memory_is_said_at_compile_time(matmul, target, stages, limit):
    text = matmul.text.replace("tt.num_stages = 3", f"tt.num_stages = {stages}")
    with pytest.raises(exc.OutOfResources) as caught:
        compile_ttir(
            text, name="matmul", signature=matmul.signature, target=Target.parse(target), options={"num_stages": stages}
        )
    assert f"at most {limit} bytes" in str(caught.value)


def test_a_crash_of_triton_shows_where_it_happened():
    """No entry function: an assertion in Triton ends the process."""
    code = textwrap.dedent("""
        import helion.backends.triton.compile as c
        from helion.backends.triton import Target
        c._check_entry = lambda *_: None
        c._check_signature = lambda *_: None
        c.compile_ttir("module {}", name="k", signature=[], target=Target.parse("sm_90"))
    """)
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert child.returncode < 0
    assert "_run_triton" in child.stderr
