# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a configuration chooses and what a kernel is specialized on."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import Any, SupportsIndex, TypeVar, cast

import torch

from helion import exc
from helion.language.context import inside

T = TypeVar("T")


@dataclass(frozen=True)
class constexpr:
    """A compile-time constant: as an annotation of a kernel parameter, around an argument, or around an expression.

    An argument so marked enters the specialization key by value. `if hl.constexpr(block_m < 64):` keeps, per
    configuration, only the branch that is taken.
    """

    value: Any

    def __index__(self) -> int:
        return operator.index(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)


ConstExpr = constexpr


def specialize(value: T) -> T:
    """Makes a size, or each size of a sequence, a compile-time constant. Host part only.

    Args:
        value: a size or stride of an argument, an expression of them, or a sequence such as `x.shape`.

    Returns:
        `value`, which may now be the extent of a device value.

    Raises:
        SpecializeArgType: when `value` is no size.
    """
    context = inside("specialize")
    if isinstance(value, (tuple, list)):
        for each in cast("list[object]", value):
            _check_size(each)
    else:
        _check_size(value)
    return context.specialize(value)


def register_block_size(min_or_max: Any = None, max_or_none: Any = None, /) -> Any:
    """A block size that the configuration chooses, to be shared by loops and used as an extent. Host part only.

    Args:
        min_or_max: the greatest sensible value (usually the extent of the dimension); with two arguments the least one.
        max_or_none: the greatest sensible value.
    """
    context = inside("register_block_size")
    least, greatest = (None, min_or_max) if max_or_none is None else (min_or_max, max_or_none)
    return context.register_block_size(least, greatest)


def register_tunable(name: str, fragment: Any) -> Any:
    """A configuration key of the user's own. Host part only.

    Args:
        name: the key, as a literal.
        fragment: which values it takes (int, float or bool), as an object of `helion.autotuner`.

    Returns:
        The configured value; in reference mode the default of `fragment`.
    """
    context = inside("register_tunable")
    if not isinstance(name, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise exc.RegisterTunableArgTypes(expected="a literal name", found=repr(name))
    if not callable(getattr(fragment, "default", None)):
        raise exc.RegisterTunableArgTypes(found=repr(fragment))
    return context.register_tunable(name, fragment)


def _check_size(value: object) -> None:
    if isinstance(value, (bool, torch.Tensor)) or not isinstance(value, (SupportsIndex, float)):
        raise exc.SpecializeArgType(found=repr(value))
