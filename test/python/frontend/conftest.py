# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tracing for tests: a function and arguments in, a module to count operations in out."""

from __future__ import annotations

import inspect
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
import torch

from helion import exc, frontend
from helion.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable


class Ops:
    """The operations of a traced module by name, in program order."""

    def __init__(self, traced: frontend.Traced) -> None:
        self.traced = traced
        self.all: list[Any] = []
        self._walk(traced.module.operation)
        self.counts = Counter(op.name for op in self.all)

    def _walk(self, op: Any) -> None:
        for region in op.regions:
            for block in region.blocks:
                for inner in block.operations:
                    self.all.append(inner.operation)
                    self._walk(inner.operation)

    def named(self, name: str) -> list[Any]:
        return [op for op in self.all if op.name == name]

    def one(self, name: str) -> Any:
        (op,) = self.named(name)
        return op

    def __getitem__(self, name: str) -> int:
        return self.counts[name]

    def types(self, name: str) -> list[str]:
        """The result types of all operations of one name."""
        return [str(result.type) for op in self.named(name) for result in op.results]


def trace_ops(fn: Callable[..., Any], *args: Any, **settings: Any) -> Ops:
    traced = frontend.trace(fn, args, Settings(**settings))
    assert traced.module.operation.verify()
    return Ops(traced)


@pytest.fixture
def raised() -> Callable[..., exc.Base]:
    """Traces a function that must fail with an error on its line that ends in `# here`, and gives the error.

    `under` is the source that the caret must stand under, `says` what the text must hold; other keywords are settings.
    """

    def fails(
        fn: Callable[..., Any], error: type[exc.Base], *args: Any, under: str = "", says: str = "", **settings: Any
    ) -> exc.Base:
        with pytest.raises(error) as caught:
            trace_ops(fn, *(args or (torch.ones(16, 32),)), **settings)
        found = caught.value
        assert type(found) is error
        lines, first = inspect.getsourcelines(fn)
        expected = next(at for at, line in enumerate(lines) if line.rstrip().endswith("# here"))
        place = found.location
        assert place is not None
        assert (place.file, place.line) == (inspect.getsourcefile(fn), first + expected)
        assert place.column is not None and "^" in str(found)
        if under:
            assert lines[expected][place.column : place.end_column] == under
        assert says in str(found)
        return found

    return fails


@pytest.fixture
def trace() -> Callable[..., Ops]:
    """Traces a function with arguments; keywords are settings."""
    return trace_ops
