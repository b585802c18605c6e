# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text that users take away: the decorator of a configured kernel, and a script that calls it by itself."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import torch

from helion import exc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from helion.settings import Settings

_ORIGIN = "# src["

_TENSOR = """\
def tensor(size, stride, dtype, device):
    made = torch.empty_strided(size, stride, dtype=dtype, device=device)
    return made.normal_() if dtype in (torch.float64, torch.float32, torch.float16, torch.bfloat16) else made.zero_()
"""


@dataclass(frozen=True)
class OutputCodeOptions:
    """How `BoundKernel.to_code` writes a kernel.

    Attributes:
        allow_helion_deps: whether the text may import helion; it never does.
        jax_fn: a function for JAX, which this compiler does not make.
    """

    allow_helion_deps: bool = False
    jax_fn: bool = False

    def __post_init__(self) -> None:
        if self.jax_fn:
            raise exc.BackendUnsupported(name="functions for JAX", backend="Triton")


def without_origins(source: str) -> str:
    """Emitted source without the comments that say where each statement comes from."""
    return "".join(line for line in source.splitlines(keepends=True) if not line.lstrip().startswith(_ORIGIN))


def decorator_text(config: Mapping[str, Any], settings: Settings) -> str:
    """The decorator that gives a kernel this configuration and these settings."""
    changed = {name: value for name, value in settings.changed().items() if isinstance(value, (bool, int, float, str))}
    parts = [f"config=helion.Config({', '.join(f'{key}={value!r}' for key, value in config.items())})"]
    parts += [f"{name}={value!r}" for name, value in changed.items()]
    return f"@helion.kernel({', '.join(parts)})"


def example_of(value: Any) -> str:
    """An expression for an argument like `value`: tensors by size, stride, dtype and device, without their data."""
    if isinstance(value, torch.Tensor):
        size, stride = list(value.shape), list(value.stride())
        return f"tensor({size}, {stride}, {value.dtype}, {str(value.device)!r})"
    if isinstance(value, (list, tuple)) and not hasattr(value, "_fields"):
        parts = [example_of(each) for each in cast("Sequence[Any]", value)]
        text = ", ".join(parts) + ("," if isinstance(value, tuple) and len(parts) == 1 else "")
        return f"[{text}]" if isinstance(value, list) else f"({text})"
    if isinstance(value, dict):
        entries = cast("dict[Any, Any]", value).items()
        return "{" + ", ".join(f"{key!r}: {example_of(each)}" for key, each in entries) + "}"
    if callable(value):
        return getattr(value, "__name__", repr(value))
    return repr(value)


def repro_script(fn: Callable[..., Any], decorator: str, examples: Sequence[str]) -> str:
    """A script with the kernel, the imports of its module, and one call."""
    source = textwrap.dedent(inspect.getsource(fn))
    function = ast.parse(source).body[0]
    plain = "".join(source.splitlines(keepends=True)[function.lineno - 1 :])
    imports = dict.fromkeys([*_imports(fn), "import torch", "import helion"])
    arguments = "".join(f"    {example},\n" for example in examples)
    return (
        "\n".join(imports) + f"\n\n\n{decorator}\n{plain}\n\n{_TENSOR}\n\n{fn.__name__}(\n{arguments})\n"
    )  # fmt: skip


def _imports(fn: Callable[..., Any]) -> list[str]:
    lines = linecache.getlines(fn.__code__.co_filename)
    try:
        body = ast.parse("".join(lines)).body
    except SyntaxError:
        return []
    return [ast.unparse(each) for each in body if isinstance(each, (ast.Import, ast.ImportFrom))]
