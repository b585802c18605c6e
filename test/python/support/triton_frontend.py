# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Triton's own way from source or text to canonical TTIR, without a GPU and without the later stages."""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from triton._C.libtriton import ir, passes
from triton.backends.compiler import GPUTarget
from triton.compiler.compiler import ASTSource, make_backend
from ttir_text import tool

if TYPE_CHECKING:
    from types import ModuleType

_NAMES = {
    "i1": "i1", "i8": "i8", "i16": "i16", "i32": "i32", "i64": "i64", "f16": "fp16", "bf16": "bf16", "f32": "fp32",
    "f64": "fp64", "f8E5M2": "fp8e5", "f8E4M3FN": "fp8e4nv", "f8E4M3FNUZ": "fp8e4b8", "f8E5M2FNUZ": "fp8e5b16",
}  # fmt: skip
TARGET = GPUTarget("cuda", 90, 32)


def to_python(ttir: str, *options: str) -> str:
    """The Triton Python source that `helion-translate` makes of TTIR; raises ValueError with its message."""
    command = [tool("helion-translate"), "--ttir-to-triton-python", *options, "-"]
    done = subprocess.run(command, input=ttir, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(done.stderr)
    return done.stdout


@functools.cache
def _folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="helion-triton-source-")


def load(source: str) -> ModuleType:
    """Imports source from a file of its own: Triton reads functions back from the file that defines them."""
    stem = "kernel_" + hashlib.sha256(source.encode()).hexdigest()[:16]
    path = Path(_folder().name) / f"{stem}.py"
    path.write_text(source)
    spec = importlib.util.spec_from_file_location(stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module
    spec.loader.exec_module(module)
    return module


def signature_of(ttir: str) -> list[str]:
    """Triton's names of the argument types of the public function, as Python passes them."""
    entry = re.search(r"tt\.func (?:public )?@\w+\((.*?)\)(?: ->.*?)? (?:attributes )?\{", ttir, re.DOTALL)
    if entry is None:
        raise ValueError("expects a public tt.func")
    types = re.findall(r"%\w+: (!tt\.ptr<(?:[^<>])+>|!tt\.tensordesc<(?:[^<>]|<[^<>]*>)+>|\w+)", entry[1])
    names: list[str] = []
    skip = 0
    for kind in types:
        if skip:
            skip -= 1
            continue
        if block := re.match(r"!tt\.tensordesc<(?:tensor<)?((?:\d+x)+)s?(\w+)>", kind):
            shape = block[1].rstrip("x").split("x")
            names.append(f"tensordesc<{_NAMES[block[2]]}[{', '.join(shape)}]>")
            skip = 2 * len(shape)
        elif pointer := re.match(r"!tt\.ptr<(\w+)", kind):
            names.append("*" + _NAMES[pointer[1]])
        else:
            names.append(_NAMES[kind])
    return names


def _environment(target: GPUTarget, debug: bool) -> tuple[Any, Any, Any]:
    backend = make_backend(target)
    options = backend.parse_options({"debug": debug, "sanitize_overflow": False})
    context = ir.context()
    ir.load_dialects(context)
    backend.load_dialects(context)
    return backend, options, context


def parsed_by_triton(ttir: str, target: GPUTarget = TARGET) -> str:
    """What Triton prints of the TTIR that it has read; raises what its parser raises."""
    _, _, context = _environment(target, debug=False)
    return str(_parsed(ttir, context))


def canonical(ttir: str, target: GPUTarget = TARGET) -> str:
    """TTIR after Triton's inliner, canonicalizer and CSE."""
    _, _, context = _environment(target, debug=False)
    return _canonicalized(_parsed(ttir, context))


def from_source(source: str, name: str, signature: list[str], target: GPUTarget = TARGET, debug: bool = False) -> str:
    """What Triton's frontend makes of a kernel, canonical as `canonical` makes it."""
    function = getattr(load(source), name)
    backend, options, context = _environment(target, debug)
    ast = ASTSource(function, dict(zip(function.arg_names, signature, strict=True)), constexprs={})
    functions = backend.get_codegen_implementation(options)
    module = ast.make_ir(target, options, functions, backend.get_module_map(), context)
    return _canonicalized(module)


def _parsed(text: str, context: Any) -> Any:
    descriptor = os.memfd_create("ttir")
    try:
        os.write(descriptor, text.encode())
        module = ir.parse_mlir_module(f"/proc/self/fd/{descriptor}", context)
    finally:
        os.close(descriptor)
    module.context = context
    return module


def _canonicalized(module: Any) -> str:
    manager = ir.pass_manager(module.context)
    passes.common.add_inliner(manager)
    passes.common.add_canonicalizer(manager)
    passes.ttir.add_combine(manager)
    passes.ttir.add_reorder_broadcast(manager)
    passes.common.add_cse(manager)
    passes.common.add_canonicalizer(manager)
    passes.common.add_symbol_dce(manager)
    try:
        manager.run(module, "canonical")
    except TypeError:  # Triton before 3.6
        manager.run(module)
    return str(module)
