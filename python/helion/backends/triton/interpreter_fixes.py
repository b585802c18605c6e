# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Corrections to Triton's interpreter, in force only while a kernel of ours runs in it.

Triton 3.5 to 3.9 hold bfloat16 as its bits in ``uint16`` arrays and compute on those bits as if they were integers,
matrix products included, know no constants of it, and refuse to add it atomically; they truncate when narrowing to
bfloat16; they invert no unsigned integers; they combine nothing through descriptors; ``maxnum`` and ``minnum``
propagate NaN; they reduce and scan with a custom combine function element by element; and they convert one-element
arrays with ``int``, which NumPy has deprecated. Here bfloat16 is computed in float32 and rounded to nearest even,
reductions and scans combine whole slices, and NumPy's floating point warnings are off, as on a GPU. 8-bit floats and
libdevice are in `interpreter_numbers`.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from helion.backends.triton.interpreter_numbers import interpreted_libdevice, with_eight_bits
from helion.backends.triton.interpreter_scaled_dot import create_dot_scaled, with_plain_formats

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

Array = np.ndarray[Any, Any]

# Methods of Triton's InterpreterBuilder through which all elementwise float arithmetic goes.
_ARITHMETIC = ("binary_op", "unary_op", "ternary_op", "create_fma", "create_erf", "create_rsqrt")
_BFLOAT16_NAN = np.uint16(0x7FC0)


@contextlib.contextmanager
def interpreter_session() -> Generator[None, None, None]:
    """Puts the corrections in place for the duration of the block. Not reentrant; the caller holds a lock."""
    import triton.runtime.interpreter as interpreter
    from triton.language.extra import libdevice

    with contextlib.ExitStack() as stack:
        stack.enter_context(np.errstate(all="ignore"))
        builder: Any = interpreter.InterpreterBuilder
        for name in _ARITHMETIC:
            stack.enter_context(_replaced(builder, name, _in_float32(getattr(builder, name))))
        for name, function in (("create_maxnumf", np.fmax), ("create_minnumf", np.fmin)):
            stack.enter_context(_replaced(builder, name, _in_float32(_binary(function))))
        stack.enter_context(_replaced(builder, "get_all_ones_value", _all_ones))
        stack.enter_context(_replaced(builder, "create_dot", _dot_in_float32(builder.create_dot)))
        stack.enter_context(_replaced(builder, "create_atomic_rmw", _atomic_in_turns(builder.create_atomic_rmw)))
        stack.enter_context(_replaced(builder, "cast_impl", _cast(builder.cast_impl)))
        stack.enter_context(_replaced(builder, "create_fp_to_fp", _fp_to_fp(builder.create_fp_to_fp)))
        for name, method in (
            ("get_bf16", _bfloat16_constant), ("create_dot_scaled", create_dot_scaled),
            ("create_descriptor_reduce", _descriptor_reduce),
        ):  # fmt: skip
            if not hasattr(builder, name):
                setattr(builder, name, method)
                stack.callback(delattr, builder, name)
        semantic = interpreter.TritonSemantic
        stack.enter_context(_replaced(semantic, "dot_scaled", with_plain_formats(semantic.dot_scaled)))
        stack.enter_context(_replaced(builder, "create_print", _print(builder.create_print)))
        stack.enter_context(_replaced(interpreter.ReduceOps, "generic_reduce", _reduce_slices))
        stack.enter_context(_replaced(interpreter.ScanOps, "generic_scan", _scan_slices))
        convert: Any = getattr(interpreter, "_convert_float")  # noqa: B009
        stack.enter_context(_replaced(interpreter, "_convert_float", with_eight_bits(convert)))
        for name, function in interpreted_libdevice().items():
            stack.enter_context(_replaced(libdevice, name, function))
        patch_tensor: Any = getattr(interpreter, "_patch_lang_tensor")  # noqa: B009
        stack.enter_context(_replaced(interpreter, "_patch_lang_tensor", _with_scalar_index(patch_tensor)))
        patch_core: Any = getattr(interpreter, "_patch_lang_core")  # noqa: B009
        stack.enter_context(_replaced(interpreter, "_patch_lang_core", _with_amds_floats(patch_core)))
        stack.enter_context(_standard_library_interpreted())
        stack.enter_context(_language_restored())
        yield


@contextlib.contextmanager
def _standard_library_interpreted() -> Generator[None, None, None]:
    """Lets `tl.sum` and the like, which Triton decorated for compiling when it was imported, run interpreted."""
    from triton import language as tl

    library = _interpreted_library()
    with contextlib.ExitStack() as stack:
        for owner in (tl, tl.standard):
            for name, value in list(vars(owner).items()):
                if id(value) in library:
                    stack.enter_context(_replaced(owner, name, library[id(value)]))
        yield


@functools.cache
def _interpreted_library() -> dict[int, Any]:
    """Interpreted forms of the jitted functions of `triton.language.standard`, by identity."""
    from triton import language as tl
    from triton.runtime.interpreter import InterpretedFunction
    from triton.runtime.jit import JITFunction

    # Triton imports Gluon when it first looks at an argument, and Gluon insists on the library as it was.
    with contextlib.suppress(ImportError):
        importlib.import_module("triton.experimental.gluon")
    interpreted: Any = InterpretedFunction
    functions: list[Any] = [value for value in vars(tl.standard).values() if isinstance(value, JITFunction)]
    return {id(function): interpreted(function.fn) for function in functions}


@contextlib.contextmanager
def _language_restored() -> Generator[None, None, None]:
    """Undoes what Triton patches into ``triton.language``.

    Triton 3.5 never restores it; later releases forget what a call from one jitted function to another patched.
    """
    from triton import language as tl

    owners: list[Any] = [tl, tl.core, tl.math, tl.tensor, tl.dtype, tl.core.tensor_descriptor_base]
    saved = [dict(vars(owner)) for owner in owners]
    try:
        yield
    finally:
        for owner, before in zip(owners, saved, strict=True):
            for name, value in list(vars(owner).items()):
                if name not in before:
                    delattr(owner, name)
                elif before[name] is not value:
                    setattr(owner, name, before[name])


@contextlib.contextmanager
def _replaced(owner: Any, name: str, value: object) -> Generator[None, None, None]:
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


def bfloat16_to_float32(bits: Array) -> Array:
    """uint16 bit patterns to the float32 values they stand for."""
    return (bits.astype(np.uint32) << 16).view(np.float32)


def float32_to_bfloat16(values: Array) -> Array:
    """float32 values to uint16 bit patterns, rounded to nearest, ties to even."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = ((bits + np.uint32(0x7FFF) + ((bits >> 16) & np.uint32(1))) >> 16).astype(np.uint16)
    return np.where(np.isnan(values), _BFLOAT16_NAN, rounded)


def _binary(function: Any) -> Callable[..., Any]:
    def compute(self: Any, left: Any, right: Any) -> Any:
        return self.binary_op(left, right, function)

    return compute


def _all_ones(self: Any, kind: Any) -> Any:
    from triton.runtime.interpreter import TensorHandle

    data = self.get_null_value(kind.scalar).data
    return TensorHandle(np.invert(data), kind.scalar)


def _bfloat16_constant(self: Any, value: float) -> Any:
    from triton import language as tl
    from triton.runtime.interpreter import TensorHandle

    return TensorHandle(float32_to_bfloat16(np.array([value])), tl.bfloat16)


def _is_bfloat16(handle: Any) -> bool:
    return getattr(handle, "dtype", None) is not None and handle.dtype.scalar.name == "bf16"


def _widened(handle: Any) -> Any:
    from triton import language as tl
    from triton.runtime.interpreter import TensorHandle

    # Comparisons leave boolean data behind under the operands' type.
    if not _is_bfloat16(handle) or handle.data.dtype != np.uint16:
        return handle
    return TensorHandle(bfloat16_to_float32(handle.data), tl.float32)


def _narrowed(handle: Any) -> Any:
    from triton import language as tl
    from triton.runtime.interpreter import TensorHandle

    data = handle.data
    if data.dtype == np.float32:
        data = float32_to_bfloat16(data)
    return TensorHandle(data, tl.bfloat16)


def _in_float32(method: Callable[..., Any]) -> Callable[..., Any]:
    def compute(self: Any, *operands: Any) -> Any:
        if not any(map(_is_bfloat16, operands)):
            return method(self, *operands)
        result = method(self, *map(_widened, operands))
        return _narrowed(result) if result.dtype.scalar.name == "fp32" else result

    return compute


def _dot_in_float32(method: Callable[..., Any]) -> Callable[..., Any]:
    def create_dot(self: Any, a: Any, b: Any, *rest: Any) -> Any:
        return method(self, _widened(a), _widened(b), *rest)

    return create_dot


def _atomic_in_turns(method: Callable[..., Any]) -> Callable[..., Any]:
    """Atomic additions of bfloat16, lane after lane: programs do not run at once here."""

    def create_atomic_rmw(self: Any, kind: Any, pointers: Any, value: Any, mask: Any, semantic: Any, scope: Any) -> Any:
        from triton import language as tl
        from triton.runtime.interpreter import TensorHandle

        if not _is_bfloat16(value):
            return method(self, kind, pointers, value, mask, semantic, scope)
        before = np.zeros_like(value.data)
        for lane in np.argwhere(np.atleast_1d(mask.data)):
            place, addend, live = (
                TensorHandle(np.atleast_1d(each.data)[tuple(lane)].reshape(1), each.dtype)
                for each in (pointers, value, mask)
            )
            old = self.create_masked_load(place, live, None, None, None, None)
            total = _narrowed(TensorHandle(_widened(old).data + _widened(addend).data, tl.float32))
            self.create_masked_store(place, total, live, None, None)
            np.atleast_1d(before)[tuple(lane)] = old.data[0]
        return TensorHandle(before, value.dtype.scalar)

    return create_atomic_rmw


def _descriptor_reduce(self: Any, kind: Any, descriptor: Any, value: Any, indices: list[Any]) -> None:
    """Combines a block into a described tensor: an atomic operation on each of its elements."""
    from triton import language as tl
    from triton._C.libtriton import ir  # pyright: ignore[reportMissingModuleSource, reportUnknownVariableType]
    from triton.runtime.interpreter import TensorHandle

    libtriton_ir: Any = ir
    name, element = kind.name, descriptor.base.dtype.element_ty
    if name == "ADD" and element.is_floating():
        name = "FADD"
    elif name in ("MIN", "MAX") and element.is_int_unsigned():
        name = f"U{name}"
    pointers, inside = descriptor.materialize_pointers(indices)
    mask = inside if isinstance(inside, TensorHandle) else TensorHandle(inside, tl.int1)
    semantic, scope = libtriton_ir.MEM_SEMANTIC.RELAXED, libtriton_ir.MEM_SYNC_SCOPE.GPU
    self.create_atomic_rmw(getattr(libtriton_ir.ATOMIC_OP, name), pointers, value, mask, semantic, scope)


def _cast(method: Callable[..., Any]) -> Callable[..., Any]:
    def cast_impl(self: Any, source: Any, to: Any) -> Any:
        from triton import language as tl

        if to.scalar.name == "bf16" and not _is_bfloat16(source):
            return _narrowed(method(self, source, tl.float32))
        if _is_bfloat16(source) and to.scalar.name != "bf16":
            widened = _widened(source)
            return widened if to.scalar.name == "fp32" else method(self, widened, to)
        return method(self, source, to)

    return cast_impl


def _fp_to_fp(method: Callable[..., Any]) -> Callable[..., Any]:
    def create_fp_to_fp(self: Any, source: Any, to: Any, rounding: Any) -> Any:
        nearest = rounding is None or "RTNE" in str(rounding)
        if source.dtype.scalar.name == "fp32" and to.scalar.name == "bf16" and nearest:
            return _narrowed(source)
        return method(self, source, to, rounding)

    return create_fp_to_fp


def _print(method: Callable[..., Any]) -> Callable[..., Any]:
    def create_print(self: Any, prefix: str, hex: bool, values: Any, *rest: Any) -> None:
        if not values:
            print(f"({', '.join(map(str, self.grid_idx))}) {prefix}")
        widened = [_widened(value) for value in values]
        method(self, prefix, hex, widened, *rest)

    return create_print


def _combine(operation: Any, left: list[Any], right: list[Any], types: list[Any]) -> list[Array]:
    """Applies the user's combine function to whole arrays."""
    operands = [operation.to_tensor(data, dtype) for data, dtype in zip(left + right, types * 2, strict=True)]
    result = operation.combine_fn.fn(*operands)
    results = result if isinstance(result, tuple) else (result,)
    return [np.asarray(value.handle.data).reshape(np.shape(data)) for value, data in zip(results, left, strict=True)]


def _reduce_slices(self: Any, input: tuple[Any, ...]) -> list[Any]:
    """Replaces ``ReduceOps.generic_reduce``: a tree of combinations of neighbours, log2(n) calls in place of n."""
    whole = self.axis is None
    rank = len(input[0].handle.data.shape)
    input, axis = self.unravel(input, self.axis)
    axis %= len(input[0].handle.data.shape)
    types = [value.dtype for value in input]
    data = [np.moveaxis(value.handle.data, axis, 0) for value in input]
    while (count := len(data[0])) > 1:
        even = count - count % 2
        combined = _combine(self, [d[0:even:2] for d in data], [d[1:even:2] for d in data], types)
        # Neighbours stay neighbours, so a combine function need not commute.
        data = [np.concatenate([c, d[even:]]) for c, d in zip(combined, data, strict=True)]
    results: list[Any] = []
    for reduced, dtype in zip((d[0] for d in data), types, strict=True):
        value = reduced
        if self.keep_dims:
            value = np.reshape(reduced, (1,) * rank) if whole else np.expand_dims(reduced, axis)
        results.append(self.to_tensor(value if np.ndim(value) else value.item(), dtype))
    return results


def _scan_slices(self: Any, input: list[Any]) -> list[Any]:
    """Replaces ``ScanOps.generic_scan``: an inclusive scan in log2(n) steps over whole slices."""
    types = [value.dtype for value in input]
    data = [np.moveaxis(value.handle.data, self.axis, 0) for value in input]
    distance = 1
    while distance < len(data[0]):
        # Whole arrays, because Triton's types want power-of-two extents; the wrapped-around head is thrown away.
        combined = _combine(self, [np.roll(d, distance, 0) for d in data], data, types)
        data = [np.concatenate([d[:distance], c[distance:]]) for d, c in zip(data, combined, strict=True)]
        distance *= 2
    return [
        self.to_tensor(np.ascontiguousarray(np.moveaxis(d, 0, self.axis)), dtype)
        for d, dtype in zip(data, types, strict=True)
    ]


def _with_amds_floats(patch: Callable[..., None]) -> Callable[..., None]:
    """Types of AMD's 8-bit floats: the interpreter's builder has them, but its `to_ir` does not know their names."""

    def patched(lang: Any, *rest: Any) -> None:
        patch(lang, *rest)
        known = lang.dtype.to_ir

        def to_ir(self: Any, builder: Any) -> Any:
            getter = {"fp8e4b8": "get_fp8e4b8_ty", "fp8e5b16": "get_fp8e5b16_ty"}.get(self.name)
            return known(self, builder) if getter is None else getattr(builder, getter)()

        lang.dtype.to_ir = to_ir

    return patched


def _with_scalar_index(patch_tensor: Callable[..., None]) -> Callable[..., None]:
    def patch(tensor: Any, scope: Any = None, *rest: Any) -> None:
        arguments = () if scope is None else (scope, *rest)
        patch_tensor(tensor, *arguments)

        def index(self: Any) -> int:
            return int(self.handle.data.item())

        if scope is None:
            tensor.__index__ = index
        else:
            scope.set_attr(tensor, "__index__", index)

    return patch
