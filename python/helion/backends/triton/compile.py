# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""TTIR text to binaries, through all of Triton's stages and its disk cache."""

from __future__ import annotations

import builtins
import functools
import hashlib
import os
import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helion import exc
from helion.backends.triton.compile_gate import gate
from helion.backends.triton.diagnostics import out_of_resources, triton_error
from helion.backends.triton.ptxas import controls_digest
from helion.backends.triton.stderr_capture import Section, captured_stderr
from helion.backends.triton.version import backends_share_threads, triton_version

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from helion.backends.triton.targets import Target

# Columns of tensor memory on Blackwell; Triton checks it too, but only at launch.
_TENSOR_MEMORY_COLUMNS = 512


@dataclass(frozen=True)
class CompiledTTIR:
    """A kernel that Triton has compiled. Nothing of it is on a GPU until a :class:`Launcher` asks for that.

    Attributes:
        name: symbol of the kernel.
        target: what it was compiled for.
        signature: Triton's type names of the arguments.
        kernel: Triton's own ``CompiledKernel``, never launched itself (its handles belong to one device).
    """

    name: str
    target: Target
    signature: tuple[str, ...]
    kernel: Any

    @property
    def asm(self) -> Mapping[str, Any]:
        """What each stage left: ``ttir``, ``ttgir``, ``llir``, ``ptx`` and ``cubin``, or ``amdgcn`` and ``hsaco``.

        Texts are ``str``, binaries ``bytes``; ``source`` is the text that Triton was given, as it read it.
        """
        return self.kernel.asm

    @property
    def metadata(self) -> Any:
        """Triton's metadata as a named tuple: ``num_warps``, ``shared`` (bytes), ``global_scratch_size`` (bytes), …"""
        return self.kernel.metadata


def compile_ttir(
    text: str,
    *,
    name: str,
    signature: Sequence[str],
    target: Target,
    options: Mapping[str, object] | None = None,
) -> CompiledTTIR:
    """Compiles TTIR; needs no GPU. Safe to call from several threads.

    Args:
        text: a module with one public ``tt.func @name``.
        name: that function's name.
        signature: Triton's name of each argument's type: ``*bf16``, ``i32``, ``fp32``, ``tensordesc<fp16[64,64]>``, …
        target: the architecture.
        options: Triton's compile options: ``num_warps``, ``num_stages``, ``num_ctas``, ``maxnreg``, ``waves_per_eu``, …

    Raises:
        helion.exc.OutOfResources: when it compiles but needs more shared memory than the target has.
        helion.exc.TritonError: when Triton refuses it, with what it refused; or for an option that this Triton would
            ignore.
    """
    triton_version()
    chosen = {"enable_fp_fusion": True, **(options or {})}
    _check_options(chosen, target)
    _check_entry(text, name)
    source = _text_source_class()(text, name, tuple(signature), controls_digest(chosen))
    section, kernel, error = _run_triton(source, target, chosen)
    if error is not None and not section.alone:
        # Diagnostics of several threads are mixed in one file: fail once more with nobody else writing.
        section, kernel, error = _run_triton(source, target, chosen, alone=True)
    if error is not None:
        raise triton_error(error, section.text, name=name, text=text, target=target) from error
    _check_resources(name, kernel.metadata, target)
    return CompiledTTIR(name, target, tuple(signature), kernel)


def _run_triton(
    source: Any, target: Target, options: Mapping[str, object], *, alone: bool = False
) -> tuple[Section, Any, Exception | None]:
    import triton

    _quieten_ptxas_report()
    key = None if backends_share_threads() else target.backend
    with gate.alone() if alone else gate.hold(key), captured_stderr() as section:
        _quiet.active = True
        try:
            return section, triton.compile(source, target=target.gpu_target(), options=dict(options)), None
        except Exception as error:
            # Triton raises whatever it likes: RuntimeError, AssertionError, ValueError, its own classes.
            section.swallow = True
            return section, None, error
        finally:
            _quiet.active = False


@functools.cache
def _text_source_class() -> type:
    # Built on first use: importing this module must not import Triton.
    from triton._C.libtriton import ir  # pyright: ignore[reportMissingModuleSource, reportUnknownVariableType]
    from triton.compiler.compiler import ASTSource

    libtriton_ir: Any = ir

    class TextSource(ASTSource):
        """TTIR text in the place where Triton expects Python source, so that every stage runs, ``ttir`` included."""

        def __init__(self, text: str, name: str, signature: tuple[str, ...], salt: str) -> None:
            arguments = [f"arg{index}" for index in range(len(signature))]
            super().__init__(_Function(name, arguments), dict(zip(arguments, signature, strict=True)))
            self.text = text
            self.salt = salt

        def hash(self) -> str:
            key = "\0".join([self.name, *self.signature.values(), self.text, *filter(None, [self.salt])])
            return hashlib.sha256(key.encode()).hexdigest()

        def make_ir(self, target: Any, options: Any, codegen_fns: Any, module_map: Any, context: Any) -> Any:
            # The parser wants a path; an anonymous file leaves nothing behind when the process dies.
            descriptor = os.memfd_create(self.name)
            try:
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(self.text.encode())
                module = libtriton_ir.parse_mlir_module(f"/proc/self/fd/{descriptor}", context)
            finally:
                os.close(descriptor)
            module.context = context
            types = module.get_function_signature(module.get_function(self.name))
            _check_signature(types, list(self.signature.values()))
            return module

    return TextSource


class _Function:
    """What Triton wants to know of the Python function that there is not."""

    launch_metadata = None
    cache_key = ""

    def __init__(self, name: str, arg_names: list[str]) -> None:
        self.__name__ = name
        self.arg_names = arg_names


@functools.cache
def known_options(backend: str) -> frozenset[str]:
    """The option names that the installed Triton reads for ``"cuda"`` or ``"hip"``."""
    if backend == "cuda":
        from triton.backends.nvidia.compiler import CUDAOptions as Options
    else:
        from triton.backends.amd.compiler import HIPOptions as Options
    fields: Mapping[str, object] = getattr(Options, "__dataclass_fields__")  # noqa: B009
    return frozenset(fields)


def _check_options(options: Mapping[str, object], target: Target) -> None:
    unknown = sorted(options.keys() - known_options(target.backend))
    if not unknown:
        return
    raise exc.TritonError(
        f"Triton {'.'.join(map(str, triton_version()))} has no option {', '.join(map(repr, unknown))} for {target}",
        expected="one of " + ", ".join(sorted(known_options(target.backend))),
        hint="it would be ignored silently; remove it from the configuration",
    )


def _check_entry(text: str, name: str) -> None:
    # Triton dies of an assertion when the module has no entry function.
    if not re.search(rf'tt\.func (?:public )?@"?{re.escape(name)}"?\(', text):
        raise exc.TritonError(f"the TTIR has no function '{name}'", expected=f"tt.func public @{name}(...)")


def _check_signature(types: Sequence[object], signature: Sequence[str]) -> None:
    # Triton would build a launcher for the signature and pass the kernel arguments that it does not have.
    expected = sum(map(_arity, signature))
    if len(types) != expected:
        raise ValueError(
            f"the function has {len(types)} arguments, the signature {', '.join(signature)} stands for {expected}"
        )


def _arity(entry: str) -> int:
    """How many arguments an entry stands for: a descriptor comes with its shape and strides."""
    if not entry.startswith("tensordesc<"):
        return 1
    return 1 + 2 * (entry.count(",") + 1)


def _check_resources(name: str, metadata: Any, target: Target) -> None:
    shared = int(metadata.shared or 0)
    if shared > target.max_shared_bytes:
        raise out_of_resources(name, target, "shared memory", shared, target.max_shared_bytes, "bytes")
    columns = int(getattr(metadata, "tmem_size", None) or 0)
    if columns > _TENSOR_MEMORY_COLUMNS:
        raise out_of_resources(name, target, "tensor memory", columns, _TENSOR_MEMORY_COLUMNS, "columns")


class _Quiet(threading.local):
    active = False


_quiet = _Quiet()


@functools.cache
def _quieten_ptxas_report() -> None:
    """Keeps Triton from printing all of the PTX to standard output when ptxas refuses it while we compile.

    The exception that follows holds ptxas's message; the PTX is of no use to who wrote the kernel.
    """
    import triton.backends.nvidia.compiler as nvidia

    def print_unless_quiet(*values: object, **keywords: Any) -> None:
        if not (_quiet.active and values and "reproducer above" in str(values[0])):
            builtins.print(*values, **keywords)

    nvidia.print = print_unless_quiet  # type: ignore[attr-defined]
