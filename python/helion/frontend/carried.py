# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Variables that loops and branches carry: tuples, lists, dicts and dataclasses of values are carried leaf by leaf."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any, cast

from helion import exc
from helion.frontend.liveness import stored_into

if TYPE_CHECKING:
    import ast
    from collections.abc import Mapping, Sequence

    import torch

    from helion._mlir import ir
    from helion.frontend.interpreter import Interpreter


def parts_of(value: Any, path: str) -> list[tuple[str, Any]] | None:
    """What a container holds, with the expression for each part; None for anything else."""
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return [(f"{path}.{name}", each) for name, each in zip(cast("Any", value)._fields, value)]
    if isinstance(value, (tuple, list)):
        return [(f"{path}[{at}]", each) for at, each in enumerate(cast("Sequence[Any]", value))]
    if isinstance(value, dict):
        return [(f"{path}[{key!r}]", each) for key, each in cast("dict[Any, Any]", value).items()]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return [(f"{path}.{name}", getattr(value, name)) for name in names]
    return None


def changed_containers(statements: Sequence[ast.stmt], variables: Mapping[str, Any]) -> set[str]:
    """The variables that are containers whose elements `statements` may assign."""
    return {name for name in stored_into(statements) if parts_of(variables.get(name), name) is not None}


def copied(value: Any) -> Any:
    """A container with copies of the containers in it; anything else as it is."""
    parts = parts_of(value, "")
    return value if parts is None else _rebuilt(value, [copied(each) for _, each in parts])


def _rebuilt(model: Any, parts: Sequence[Any]) -> Any:
    if isinstance(model, tuple) and hasattr(model, "_fields"):
        return type(model)(*parts)
    if isinstance(model, (tuple, list)):
        return type(cast("Any", model))(parts)
    if isinstance(model, dict):
        return dict(zip(cast("dict[Any, Any]", model), parts))
    fields = [field.name for field in dataclasses.fields(model)]
    return dataclasses.replace(model, **dict(zip(fields, parts)))


def values_of(interp: Interpreter, names: Sequence[str], variables: Mapping[str, Any]) -> dict[str, torch.Tensor]:
    """The values that `names` hold, by the expression for each: `state[0]` for the first part of a tuple `state`.

    Raises:
        CantCombineTypesInControlFlow: for what is neither a value nor a container of values.
    """
    found: dict[str, torch.Tensor] = {}

    def walk(value: Any, path: str) -> None:
        parts = parts_of(value, path)
        if parts is None:
            found[path] = interp.as_value(value, path)
            return
        for inner, each in parts:
            walk(each, inner)

    for name in names:
        walk(variables[name], name)
    return found


def with_values(
    interp: Interpreter, names: Sequence[str], variables: Mapping[str, Any], models: Mapping[str, torch.Tensor],
    values: Sequence[ir.Value],
) -> dict[str, Any]:  # fmt: skip
    """What `names` hold when their parts have become `values`, each of the kind of its model in `models`."""
    made = dict(zip(models, (interp.like(model, value) for model, value in zip(models.values(), values))))

    def walk(value: Any, path: str) -> Any:
        parts = parts_of(value, path)
        return made[path] if parts is None else _rebuilt(value, [walk(each, inner) for inner, each in parts])

    return {name: walk(variables[name], name) for name in names}


def same_parts(left: Mapping[str, Any], right: Mapping[str, Any], place: exc.SourceLocation) -> None:
    """Checks that two states of the same variables have the same parts.

    Raises:
        ControlFlowTensorMismatch: when they do not.
    """
    if left.keys() == right.keys():
        return
    path = next(iter([*(left.keys() - right.keys()), *(right.keys() - left.keys())]))
    name = path.split("[")[0].split(".")[0]

    def listed(parts: Mapping[str, Any]) -> str:
        return ", ".join(each for each in parts if each.split("[")[0].split(".")[0] == name)

    raise exc.ControlFlowTensorMismatch(
        f"the variable {name} changes its structure in a loop or branch",
        expected=listed(left), found=listed(right), location=place,
    )  # fmt: skip
