# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Links functions that are written in Triton's language into a kernel's TTIR.

The compiler declares each function with the types of its calls. Triton's own frontend compiles a small program that
calls it with arguments of these types; its functions then take the place of the declaration.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helion import exc
from helion.backends.triton.emitted_module import execute_module, write_module

if TYPE_CHECKING:
    from collections.abc import Mapping

    from helion.backends.triton.targets import Target
    from helion.frontend.foreign_source import ForeignSource

_SYMBOL = r'"(?:[^"\\]|\\.)*"|[\w$.-]+'
_DECLARATION = re.compile(
    rf"^[ ]*tt\.func private @(?P<symbol>{_SYMBOL})\((?P<inputs>[^)]*)\)(?: -> (?P<results>.*?))?"
    r' attributes \{helion\.function = "(?P<function>\w+)"\}.*$',
    re.MULTILINE,
)
_DEFINITION = re.compile(
    rf"^  tt\.func (?P<visibility>public|private) @(?P<symbol>{_SYMBOL})\(.*?\)(?: -> (?P<results>.*?))?"
    r" attributes \{[^}]*\} \{\n.*?^  \}$",
    re.MULTILINE | re.DOTALL,
)
_HEADER = "import triton\nimport triton.language as tl\n"
_ENTRY = "helion_linked_entry"

# Element type → its name in a signature, and in Triton's language.
_ELEMENTS = {
    "i1": ("i1", "int1"), "i8": ("i8", "int8"), "i16": ("i16", "int16"), "i32": ("i32", "int32"),
    "i64": ("i64", "int64"), "f16": ("fp16", "float16"), "bf16": ("bf16", "bfloat16"), "f32": ("fp32", "float32"),
    "f64": ("fp64", "float64"), "f8E5M2": ("fp8e5", "float8e5"), "f8E4M3FN": ("fp8e4nv", "float8e4nv"),
    "f8E4M3FNUZ": ("fp8e4b8", "float8e4b8"), "f8E5M2FNUZ": ("fp8e5b16", "float8e5b16"),
}  # fmt: skip


@dataclass(frozen=True)
class _Linked:
    """The functions of a module as TTIR text, the symbol of the one that was called, and the types of its results."""

    module: str
    text: str
    symbol: str
    results: tuple[str, ...]


def link(ttir: str, foreign: ForeignSource | None, sizes: Mapping[str, int], target: Target) -> str:
    """TTIR with a definition for each function that it only declares.

    Args:
        ttir: a kernel as the compiler leaves it.
        foreign: what the kernel calls.
        sizes: sizes of blocks by name.
        target: what it is compiled for.

    Raises:
        helion.exc.TritonFunctionError: when Triton refuses a function, or it gives other types than the kernel says.
        helion.exc.BreakpointInDeviceLoopRequiresInterpret: for a breakpoint.
    """

    def definition(match: re.Match[str]) -> str:
        if foreign is None or match["function"] not in foreign.calls:
            raise exc.BreakpointInDeviceLoopRequiresInterpret()
        return _definition(match, foreign, sizes, target)

    return _DECLARATION.sub(definition, ttir)


def with_definitions(source: str, foreign: ForeignSource | None, sizes: Mapping[str, int]) -> str:
    """A kernel's emitted source with what it calls above it."""
    if foreign is None:
        return source
    assert source.startswith(_HEADER)
    # Two blank lines end the imports.
    imports, _, rest = source[len(_HEADER) :].partition("\n\n")
    return f"{_HEADER}{imports}{foreign.text(sizes)}\n\n{rest}"


def _definition(match: re.Match[str], foreign: ForeignSource, sizes: Mapping[str, int], target: Target) -> str:
    function = match["function"]
    call = foreign.calls[function]
    inputs = _types(match["inputs"])
    try:
        linked = _compiled(foreign.text(sizes), function, inputs, target)
    except exc.Base:
        raise
    except Exception as error:
        raise _refusal(error, function, foreign) from error
    declared = _types(match["results"] or "")
    if linked.results != declared:
        raise exc.TritonFunctionError(
            f"the Triton function {function} does not give what output_like says",
            expected=_readable(declared), found=_readable(linked.results), location=call.place,
            hint="output_like has the shapes and dtypes of what the function returns",
        )  # fmt: skip
    # Each function brings what it calls under names of its own.
    symbol = match["symbol"]
    return _with_symbols(linked, symbol if symbol.startswith('"') else f'"{symbol}"')


def _with_symbols(linked: _Linked, symbol: str) -> str:
    renames = {}
    for each in _definitions(linked.text):
        # Triton puts the module in front, whose name is of no use here.
        name = each["symbol"].strip('"').removeprefix(linked.module + ".")
        renames[each["symbol"]] = symbol if each["symbol"] == linked.symbol else f'{symbol[:-1]}.{name}"'
    return re.sub(rf"@({_SYMBOL})", lambda match: "@" + renames.get(match[1], match[1]), linked.text)


def _definitions(text: str) -> list[re.Match[str]]:
    return list(_DEFINITION.finditer(text))


def _types(text: str) -> tuple[str, ...]:
    """A list of types, taken apart."""
    found = [""]
    depth = 0
    for character in text.strip("()"):
        depth += (character == "<") - (character == ">")
        if character == "," and depth == 0:
            found.append("")
        else:
            found[-1] += character
    return tuple(each.strip() for each in found if each.strip())


def _readable(types: tuple[str, ...]) -> str:
    def one(text: str) -> str:
        match = re.fullmatch(r"tensor<((?:\d+x)*)(.*)>", text)
        if match is None:
            return _ELEMENTS.get(text, (text, text))[1]
        return f"{_ELEMENTS.get(match[2], (match[2], match[2]))[1]}[{match[1].rstrip('x').replace('x', ', ')}]"

    return ", ".join(map(one, types)) or "nothing"


@functools.lru_cache(maxsize=256)
def _compiled(source: str, function: str, inputs: tuple[str, ...], target: Target) -> _Linked:
    from triton._C.libtriton import ir  # pyright: ignore[reportMissingModuleSource, reportUnknownVariableType]
    from triton.compiler.compiler import ASTSource, make_backend

    entry, signature = _entry(function, inputs)
    path = write_module(f"{_HEADER}{source}\n\n{entry}", function)
    loaded = execute_module(path)
    jitted = _jitted(loaded)
    ir_module: Any = ir
    gpu = target.gpu_target()
    backend: Any = make_backend(gpu)
    options: Any = backend.parse_options({"sanitize_overflow": False})
    context = ir_module.context()
    ir_module.load_dialects(context)
    backend.load_dialects(context)
    program: Any = ASTSource(jitted, signature, constexprs={})
    module: Any = program.make_ir(
        gpu, options, backend.get_codegen_implementation(options), backend.get_module_map(), context
    )
    found = _definitions(module.str_nodebug())
    main = next(each for each in found if each["visibility"] == "public")
    called = re.search(rf"tt\.call @({_SYMBOL})", main[0])
    assert called is not None
    kept = [each for each in found if each is not main]
    results = next(each["results"] for each in kept if each["symbol"] == called[1])
    return _Linked(loaded.__name__, "\n".join(each[0] for each in kept), called[1], _types(results or ""))


def _entry(function: str, inputs: tuple[str, ...]) -> tuple[str, dict[str, str]]:
    """A kernel that calls `function` with arguments of these types, and its signature."""
    arguments: list[str] = []
    signature: dict[str, str] = {}
    for position, kind in enumerate(inputs):
        name = f"a{position}"
        match = re.fullmatch(r"(tensor<((?:\d+x)+)|!tt\.ptr<)?(\w+)>?", kind)
        assert match is not None
        short, long = _ELEMENTS[match[3]]
        signature[name] = f"*{short}" if kind.startswith("!tt.ptr") else short
        shape = match[2].rstrip("x").replace("x", ", ") if match[2] else ""
        arguments.append(f"tl.full([{shape}], {name}, tl.{long})" if shape else name)
    call = f"{function}({', '.join(arguments)})"
    return f"@triton.jit\ndef {_ENTRY}({', '.join(signature)}):\n    {call}\n", signature


def _jitted(module: Any) -> Any:
    """The entry of a module, to be compiled even where `TRITON_INTERPRET` decorated it for the interpreter."""
    from triton.runtime.interpreter import InterpretedFunction
    from triton.runtime.jit import JITFunction

    for name, value in list(vars(module).items()):
        if isinstance(value, InterpretedFunction):
            setattr(module, name, JITFunction(value.fn))
    return getattr(module, _ENTRY)


def _refusal(error: Exception, function: str, foreign: ForeignSource) -> exc.TritonFunctionError:
    """Triton's complaint, at the line of the user's that it is about."""
    line, place, message = "", None, ""
    cause: BaseException | None = error
    while cause is not None:
        source: str | None = getattr(cause, "src", None)
        number: int | None = getattr(getattr(cause, "node", None), "lineno", None)
        message = getattr(cause, "error_message", None) or ("" if source else str(cause)) or message
        name = re.match(r"\s*def (\w+)", source or "")
        if source and number and name and name[1] != _ENTRY:
            line = source.split("\n")[number - 1].strip()
            known = foreign.places.get(name[1])
            place = exc.SourceLocation(known[0], known[1] + number - 1) if known else None
        cause = cause.__cause__
    return exc.TritonFunctionError(
        f"Triton refuses the function {function}: {' '.join(message.split())}",
        found=line or None, location=place or foreign.calls[function].place,
    )  # fmt: skip
