# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`hl.triton_kernel`, `hl.inline_triton`, `hl.device_print`, `hl.breakpoint`: what goes to Triton as it is."""

from __future__ import annotations

import ast
import inspect
import string
import textwrap
from typing import TYPE_CHECKING, Any

import torch

from helion import exc
from helion import language as hl
from helion._mlir import ir
from helion.frontend.blocks import Block, BlockSize
from helion.frontend.foreign_source import (
    MISSING,
    NAME,
    ForeignCall,
    ForeignSource,
    block_text,
    is_function,
    parsed,
    python_function,
)
from helion.frontend.operands import is_device, is_host_tensor
from helion.settings import environment_flag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helion.frontend.calls import Calls

_SIGNED = {torch.uint8: "int8", torch.uint16: "int16", torch.uint32: "int32", torch.uint64: "int64"}


class _Arguments:
    """The arguments of a call: operands, and how the source of the call spells each argument.

    Python's numbers and the like are known at compile time: they are part of the source, as block sizes are.
    """

    def __init__(self, interp: Calls, given: Sequence[Any] | Mapping[str, Any], names: Sequence[str]) -> None:
        self.operands: list[torch.Tensor] = []
        self.values: list[ir.Value] = []
        self.parameters: list[str] = []
        self.texts: dict[str | int, str] = {}
        self.is_plain = True
        """Whether the arguments are the operands, in order, as they are."""
        items = given.items() if isinstance(given, dict) else enumerate(given)
        for position, (key, value) in enumerate(items):
            name = key if isinstance(key, str) else names[position] if position < len(names) else f"_{position}"
            self.texts[key] = self._text(interp, value, name)
            self.is_plain &= self.texts[key] == name and not isinstance(key, str)

    def _text(self, interp: Calls, value: Any, name: str) -> str:
        if isinstance(value, BlockSize):
            return block_text(value.block.name)
        if is_host_tensor(value) and value.dim():
            operand, made = value, interp.kernel.tensor(value, interp.path_of(value))
        elif interp.touches_device(value) or interp.kernel.world.is_symbolic(value):
            operand = interp.operand(value)
            made = interp.kernel.device.value(operand)
        else:
            return _foreign(interp).literal(value)
        self.operands.append(operand)
        self.values.append(made)
        self.parameters.append(name)
        if operand.dtype not in _SIGNED:
            return name
        # The compiler takes all integers for signed ones.
        kind = f"tl.{str(operand.dtype).removeprefix('torch.')}"
        return f"{name}.to({kind if is_device(operand) else f'tl.pointer_type({kind})'}, bitcast=True)"


def _foreign(interp: Calls) -> ForeignSource:
    kernel = interp.kernel
    if kernel.foreign is None:
        kernel.foreign = ForeignSource(kernel.name)
    return kernel.foreign


def _given(args: Any, api: str) -> Any:
    if not isinstance(args, (list, tuple, dict)):
        raise exc.InvalidAPIUsage(f"{api} takes its arguments as a sequence or a mapping", found=type(args).__name__)
    return args


# ---- hl.triton_kernel


def _triton_kernel(interp: Calls, source: Any, args: Any, output_like: Any) -> Any:
    outputs = _outputs(interp, output_like, "hl.triton_kernel")
    foreign = _foreign(interp)
    if isinstance(source, str) and source.strip().isidentifier():
        source = _global(interp, source.strip())
    if isinstance(source, str):
        callee, names = foreign.block(source, _lookup(interp)), ()
    elif is_function(source):
        callee = foreign.function(source)
        names = tuple(inspect.signature(python_function(source)).parameters)
    else:
        raise exc.InvalidAPIUsage(
            "hl.triton_kernel takes a Triton function, its source, or the name of a global that holds one of them",
            found=type(source).__name__,
        )
    arguments = _Arguments(interp, _given(args, "hl.triton_kernel"), names)
    if not arguments.is_plain or any(each.dtype in _SIGNED for each in outputs):
        spelled = [text if isinstance(key, int) else f"{key}={text}" for key, text in arguments.texts.items()]
        body = _returned(f"{callee}({', '.join(spelled)})", outputs)
        callee = foreign.define(f"{callee}_call", _definition(arguments.parameters, body))
    return _called(interp, callee, arguments, outputs, output_like)


def _global(interp: Calls, name: str) -> Any:
    try:
        return interp.frame.read(name)
    except exc.UndefinedVariable:
        raise exc.UndefinedVariable(
            f"hl.triton_kernel was given the name {name}, which is not defined",
            hint="pass the function, its source, or the name of a global",
        ) from None


def _lookup(interp: Calls) -> Callable[[str], Any]:
    return lambda name: interp.frame.source.lookup(name, MISSING) if not _is_builtin(interp, name) else MISSING


def _is_builtin(interp: Calls, name: str) -> bool:
    function = interp.frame.source.fn
    return name not in function.__globals__ and name not in function.__code__.co_freevars


# ---- hl.inline_triton


def _inline_triton(interp: Calls, source: Any, args: Any, output_like: Any) -> Any:
    api = "hl.inline_triton"
    if not isinstance(source, str):
        raise exc.InvalidAPIUsage(f"{api} takes its source as a string", found=type(source).__name__)
    outputs = _outputs(interp, output_like, api)
    arguments = _Arguments(interp, _given(args, api), ())
    text = _filled(textwrap.dedent(source).strip(), arguments.texts)
    statements = parsed(text, api).body
    last = statements[-1] if statements else None
    if outputs:
        if not isinstance(last, ast.Expr):
            raise exc.InvalidAPIUsage(
                f"the source of {api} ends without a value", expected="an expression as its last statement",
                found="nothing" if last is None else ast.unparse(last).split("\n")[0],
            )  # fmt: skip
        lines = text.split("\n")
        head, tail = lines[: last.lineno - 1], "\n".join(lines[last.lineno - 1 :])
        # What stands before it in its line, after a semicolon.
        before = tail.encode()[: last.col_offset].decode().rstrip().rstrip(";")
        value = ast.get_source_segment(text, last.value) or ""
        body = "\n".join([*head, *([before] if before else []), _returned(value, outputs)])
    else:
        body = text or "pass"
    definition = _foreign(interp).resolve(_definition(arguments.parameters, body), _lookup(interp), api)
    callee = _foreign(interp).define("inline_triton", definition)
    return _called(interp, callee, arguments, outputs, output_like)


def _filled(source: str, texts: Mapping[str | int, str]) -> str:
    """`source` with its placeholders replaced, as `str.format` does it."""
    parts: list[str] = []
    try:
        for text, name, _, _ in string.Formatter().parse(source):
            parts.append(text)
            if name is not None:
                parts.append(texts[int(name) if name.isdecimal() else name])
    except (KeyError, ValueError) as error:
        known = ", ".join(f"{{{each}}}" for each in texts)
        raise exc.InvalidAPIUsage(
            "the source of hl.inline_triton has a placeholder that no argument fills",
            expected=known or "no placeholder", found=str(error), hint="write {{ and }} for braces of the source",
        ) from None  # fmt: skip
    return "".join(parts)


# ---- calls


def _definition(parameters: Sequence[str], body: str) -> str:
    return f"@triton.jit\ndef {NAME}({', '.join(parameters)}):\n{textwrap.indent(body, '    ')}\n"


def _returned(value: str, outputs: Sequence[torch.Tensor]) -> str:
    """Statements that return `value`; the compiler takes all integers for signed ones."""
    if not outputs:
        return value
    if not any(each.dtype in _SIGNED for each in outputs):
        return f"return {value}"
    names = [f"_result_{at}" for at in range(len(outputs))]
    casts = [
        f"{name}.to(tl.{_SIGNED[each.dtype]}, bitcast=True)" if each.dtype in _SIGNED else name
        for name, each in zip(names, outputs)
    ]
    return f"{', '.join(names)} = {value}\nreturn {', '.join(casts)}"


def _outputs(interp: Calls, like: Any, api: str) -> list[torch.Tensor]:
    if like is None:
        return []
    outputs = [interp.operand(each) for each in (like if isinstance(like, (list, tuple)) else [like])]
    for each in outputs:
        if not is_device(each):
            raise exc.InvalidAPIUsage(
                f"{api} takes device values as output_like", expected="a device value, a tuple of them, or None",
                found=type(each).__name__,
            )  # fmt: skip
    return outputs


def _called(interp: Calls, callee: str, arguments: _Arguments, outputs: Sequence[torch.Tensor], like: Any) -> Any:
    kernel = interp.kernel
    builder, device = kernel.builder, kernel.device
    _foreign(interp).calls.setdefault(callee, ForeignCall(builder.place))
    dims = [builder.i64_array(_ends(interp, each.shape, arguments)) for each in outputs]
    attributes: dict[str, ir.Attribute] = {
        "callee": ir.StringAttr.get(callee, builder.context), "operand_dims": ir.ArrayAttr.get(dims, builder.context),
    }  # fmt: skip
    if outputs and all(map(is_device, arguments.operands)):
        attributes["pure"] = builder.unit
    kinds = [builder.type(each.shape, each.dtype) for each in outputs]
    results = builder.op("helion.call", arguments.values, kinds, attributes).results
    made = tuple(device.tensor(value, each.shape, each.dtype) for value, each in zip(results, outputs))
    if not made:
        return None
    return made if isinstance(like, (list, tuple)) else made[0]


def _ends(interp: Calls, shape: Sequence[int], arguments: _Arguments) -> list[int]:
    """For each dimension the operand and its dimension of the same block size, -1 where there is none."""
    blocks = interp.kernel.blocks
    found: list[int] = []
    for extent in shape:
        block = blocks.extent(int(extent))
        places = [
            (position, dim)
            for position, operand in enumerate(arguments.operands)
            for dim, other in enumerate(operand.shape if is_device(operand) else ())
            if isinstance(block, Block) and blocks.extent(int(other)) is block
        ]
        found += places[0] if places else (-1, -1)
    return found


# ---- debugging


def device_print(interp: Calls, prefix: Any, *values: Any) -> None:
    """`hl.device_print` and `print`."""
    builder, device = interp.kernel.builder, interp.kernel.device
    if not isinstance(prefix, str):
        raise exc.InvalidAPIUsage(
            "printing in device code begins with a literal string", found=type(prefix).__name__,
            hint='write hl.device_print("x", x)',
        )  # fmt: skip
    if not prefix.isascii():
        raise exc.InvalidAPIUsage("the prefix of hl.device_print has characters beyond ASCII", found=repr(prefix))
    shown = [interp.operand(each) for each in values]
    for value in shown:
        if not isinstance(value, torch.Tensor):
            raise exc.InvalidAPIUsage(
                "hl.device_print prints device values", found=f"{value!r}, known at compile time",
                hint="put it into the prefix",
            )  # fmt: skip
    attributes: dict[str, ir.Attribute] = {"prefix": ir.StringAttr.get(prefix, builder.context)}
    if shown:
        flags = [each.dtype in _SIGNED for each in shown]
        attributes["unsigned_values"] = ir.DenseBoolArrayAttr.get(flags, builder.context)
    builder.op("helion.print", [device.value(each) for each in shown], (), attributes)


def breakpoint_(interp: Calls) -> None:
    """`hl.breakpoint` and `breakpoint`: emitted source calls Python's own, which Triton's interpreter runs."""
    if not environment_flag("TRITON_INTERPRET"):
        raise exc.BreakpointInDeviceLoopRequiresInterpret()
    builder = interp.kernel.builder
    builder.op("helion.call", (), (), {"callee": ir.StringAttr.get("breakpoint", builder.context)})


RULES: dict[Any, Callable[..., Any]] = {
    hl.triton_kernel: _triton_kernel, hl.inline_triton: _inline_triton,
    hl.device_print: device_print, hl.breakpoint: breakpoint_,
}  # fmt: skip
