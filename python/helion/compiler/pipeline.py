# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the native pipelines: once per specialization (prepare) and once per configuration (the rest).

Everything here works on clones: a module handed in is never changed, and several threads may lower one prepared module
at once. The native side runs without the GIL.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helion._mlir import ir
from helion._mlir._mlir_libs import _helion
from helion.compiler.config_text import config_text
from helion.compiler.context import context
from helion.compiler.diagnostics import Diagnostic, Remark, raise_failure, remarks
from helion.compiler.launch_options import launch_options

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from helion.backends.triton import Target, TTIRDialect
    from helion.settings import Settings

    Grid = tuple[int, int, int] | Callable[..., tuple[int, int, int]]

# Verify the IR after each pass: for those who work on the compiler.
_VERIFY = os.environ.get("HELION_VERIFY_EACH") == "1"

_TRITON_NAMES = {
    "f16": "fp16",
    "bf16": "bf16",
    "f32": "fp32",
    "f64": "fp64",
    "f8E4M3FN": "fp8e4nv",
    "f8E5M2": "fp8e5",
    "f8E4M3FNUZ": "fp8e4b8",
    "f8E5M2FNUZ": "fp8e5b16",
}

_OPTION_PREFIX = "_triton_config_"


@dataclass(frozen=True)
class Prepared:
    """A kernel that is ready for configurations.

    `space` is what `helion-infer-config-space` says of it: what a configuration can choose. `aligned` are the positions
    of the integer arguments that code takes for multiples of 16 (`helion-infer-alignment`).
    """

    module: ir.Module
    name: str
    signature: tuple[str, ...]
    space: Mapping[str, Any]
    aligned: tuple[int, ...]

    def __str__(self) -> str:
        return str(self.module)


@dataclass(frozen=True)
class Lowered:
    """A kernel under one configuration, as text for Triton.

    `grid` is the number of programs along the three launch axes, or a function of the kernel's arguments that gives it.
    `signature` has one Triton type per argument, `options` are Triton's compile options.
    """

    name: str
    ttir: str
    grid: Grid
    signature: tuple[str, ...]
    options: dict[str, Any]
    remarks: tuple[Remark, ...]

    @property
    def num_warps(self) -> int:
        """Warps per program."""
        return int(self.options.get("num_warps", 4))

    @property
    def num_stages(self) -> int:
        """Pipeline stages, kernel-wide."""
        return int(self.options.get("num_stages", 1))


def prepare(module: ir.Module, settings: Settings) -> Prepared:
    """Simplifies a traced module.

    Raises:
        LoweringError: when the module cannot be compiled; located in the user's source.
    """
    strict = "true" if settings.precision == "strict" else "false"
    text, notes, _ = _run(module, f"helion-prepare{{strict={strict}}}", debug_info=True)
    prepared = ir.Module.parse(text, context())
    kernel = next(op for op in prepared.body.operations if op.operation.name == "helion.kernel")
    if not settings.online_softmax_fusion:
        kernel.attributes["helion.separate_softmax_loops"] = ir.UnitAttr.get(context())
    types = ir.FunctionType(ir.TypeAttr(kernel.attributes["function_type"]).value).inputs
    name = ir.StringAttr(kernel.attributes["sym_name"]).value
    described = map(ir.DictAttr, ir.ArrayAttr(kernel.attributes["arg_attrs"]))
    aligned = tuple([position for position, entries in enumerate(described) if "helion.aligned" in entries])
    return Prepared(prepared, name, tuple(map(_triton_type, types)), notes["helion.config_space"], aligned)


def configured(module: ir.Module, config: Mapping[str, Any]) -> str:
    """A module as text, its kernel with a configuration: what `helion-opt` can take through all pipelines."""
    return _run(module, "", config)[0]


def schedule(prepared: Prepared, config: Mapping[str, Any], target: Target) -> str:
    """The scheduled kernel as MLIR text: what `--helion-schedule` leaves."""
    return _run(prepared.module, _schedule(target), config)[0]


def lower(
    prepared: Prepared,
    config: Mapping[str, Any],
    target: Target,
    dialect: TTIRDialect,
    misaligned: Iterable[int] = (),
) -> Lowered:
    """One configuration of a kernel, down to TTIR.

    Args:
        prepared: the kernel.
        config: a normalized configuration.
        target: the GPU that the code is for.
        dialect: the spelling of the Triton release that will read the text.
        misaligned: positions of arguments that are no multiples of 16: addresses of tensors in bytes, and numbers.

    Raises:
        LoweringError: when the configuration is impossible for the kernel.
    """
    pipeline = _to_triton(target, dialect, misaligned)
    text, notes, diagnostics = _run(prepared.module, pipeline, config, debug_info=True)
    options, ignored = _options(config, target)
    launch = notes["helion.grid"]
    if "cooperative" in launch:
        # All programs run at once, or the launch fails: they wait for each other.
        options["launch_cooperative_grid"] = True
    return Lowered(
        name=prepared.name,
        ttir=text,
        grid=_launch_grid(launch),
        signature=prepared.signature,
        options=options,
        remarks=(*remarks(diagnostics), *ignored),
    )


def ttir(prepared: Prepared, config: Mapping[str, Any], target: Target, dialect: TTIRDialect) -> str:
    """One configuration of a kernel as TTIR for people to read: what `lower` gives, without source locations."""
    return _run(prepared.module, _to_triton(target, dialect), config)[0]


def triton_source(prepared: Prepared, config: Mapping[str, Any], target: Target, phase: int | None = None) -> str:
    """One configuration of a kernel as readable Triton Python; `phase` as for `Compilation.triton_source`."""
    from helion.backends.triton import ttir_dialect

    return _run(prepared.module, _to_triton(target, ttir_dialect(), phase=phase), config, triton_python=True)[0]


def _run(
    module: ir.Module,
    pipeline: str,
    config: Mapping[str, Any] | None = None,
    *,
    triton_python: bool = False,
    debug_info: bool = False,
) -> tuple[str, dict[str, Any], list[Diagnostic]]:
    """The resulting text, what passes noted on the kernel, and the diagnostics."""
    succeeded, output, notes, texts = _helion.compile(
        module.operation,
        pipeline,
        "" if config is None else config_text(config),
        triton_python=triton_python,
        debug_info=debug_info,
        verify=_VERIFY,
    )
    diagnostics = [Diagnostic.parse(text) for text in texts]
    if not succeeded:
        raise_failure(diagnostics)
    return output, json.loads(notes), diagnostics


def _schedule(target: Target, phase: int | None = None) -> str:
    from helion.backends.triton import ttir_dialect

    has_descriptors = target.backend == "cuda" and target.capability >= 90
    options = [
        f"descriptors={'true' if has_descriptors else 'false'}",
        f"target={target.backend}:{target.arch}",
        f"num-sms={target.num_sms}",
        f"num-xcds={target.num_xcds}",
        f"hopper-warp-specialization={'true' if ttir_dialect().hopper_warp_specialization else 'false'}",
    ]
    if phase is not None:
        options.append(f"phase={phase}")
    return f"helion-schedule{{{' '.join(options)}}}"


def _to_triton(target: Target, dialect: TTIRDialect, misaligned: Iterable[int] = (), phase: int | None = None) -> str:
    """The pipelines from a prepared kernel with a configuration to TTIR."""
    options = [
        f"target={target.backend}:{target.arch}",
        f"bare-tensordesc={'true' if dialect.bare_tensordesc else 'false'}",
        f"cache-policy-attr={'true' if dialect.cache_policy_attr else 'false'}",
    ]
    if positions := ",".join(map(str, sorted(misaligned))):
        options.append(f"misaligned={positions}")
    return f"{_schedule(target, phase)},helion-to-ttir{{{' '.join(options)}}}"


def _triton_type(type_: ir.Type) -> str:
    if isinstance(type_, ir.MemRefType):
        return f"*{_triton_type(type_.element_type)}"
    name = str(type_)
    return _TRITON_NAMES.get(name, name)


def _options(config: Mapping[str, Any], target: Target) -> tuple[dict[str, Any], list[Remark]]:
    """Triton's compile options, and a remark for each that the installed Triton does not have.

    Raises:
        InvalidConfig: for advanced controls of ptxas where that is not what compiles.
    """
    from helion.backends.triton import triton_version
    from helion.backends.triton.compile import known_options
    from helion.backends.triton.ptxas import with_controls

    options = launch_options(config, target)
    ignored: list[Remark] = []
    for key, value in config.items():
        if not key.startswith(_OPTION_PREFIX):
            continue
        name = key.removeprefix(_OPTION_PREFIX)
        if name in known_options(target.backend):
            options[name] = value
        else:
            release = ".".join(map(str, triton_version()))
            ignored.append(Remark(f"{key} = {value!r} has no effect: Triton {release} has no option {name}"))
    if controls := config.get("advanced_controls_file"):
        options["ptx_options"] = with_controls(options.get("ptx_options"), controls, target)
    return options, ignored


def _launch_grid(launch: Any) -> Grid:
    """The launch grid from what the compiler says: dimensions of the iteration space, and how programs share it."""
    if isinstance(launch, list):
        return _flat_grid([launch], sum, None)
    if "grids" in launch:
        return _grid_of_several(launch["grids"], launch.get("programs"))
    if "programs" in launch:
        return _flat_grid([launch["dims"]], max, launch["programs"])
    return _axes_grid(launch["dims"], launch["axes"])


def _grid_of_several(spaces: list[Any], programs: int | None) -> Grid:
    """Persistent programs take tiles of each grid, others of one. Grids that the device bounds stand as None."""
    if None in spaces:
        assert programs is not None
        return (programs, 1, 1)
    return _flat_grid(spaces, sum if programs is None else max, programs)


def _flat_grid(spaces: list[Any], combined: Callable[[Iterable[int]], int], limit: int | None) -> Grid:
    """One program per block of the iteration spaces together, but no more than `limit`."""

    def blocks(dims: list[dict[str, Any]], args: tuple[Any, ...]) -> int:
        bounds = [(_bound(dim["lower"], args), _bound(dim["upper"], args), dim["block"]) for dim in dims]
        return math.prod(_count(*each) for each in bounds)

    def grid(*args: Any) -> tuple[int, int, int]:
        programs = combined([blocks(dims, args) for dims in spaces])
        return (programs if limit is None else min(programs, limit), 1, 1)

    known = all(isinstance(dim[bound], int) for dims in spaces for dim in dims for bound in ("lower", "upper"))
    return grid() if known else grid


def _axes_grid(dims: list[dict[str, Any]], axes: list[int]) -> Grid:
    """One launch axis per dimension; `axes` has the dimension along x, y and z."""

    def extent(axis: int, args: tuple[Any, ...]) -> int:
        if axis >= len(axes):
            return 1
        dim = dims[axes[axis]]
        return _count(_bound(dim["lower"], args), _bound(dim["upper"], args), dim["block"])

    def grid(*args: Any) -> tuple[int, int, int]:
        return (extent(0, args), extent(1, args), extent(2, args))

    return grid() if all(isinstance(dim[bound], int) for dim in dims for bound in ("lower", "upper")) else grid


def _bound(bound: Any, args: tuple[Any, ...]) -> int:
    if isinstance(bound, int):
        return bound
    if "product" in bound:
        return math.prod([_bound(each, args) for each in bound["product"]])
    return args[bound["arg"]]


def _count(lower: int, upper: int, block: int) -> int:
    return max(0, -(-(upper - lower) // block))
