# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Errors say what was wrong, where, and what to do, and cross process boundaries."""

from __future__ import annotations

import inspect
import pickle
import warnings

import pytest

from helion import exc

CLASSES = [each for each in vars(exc).values() if inspect.isclass(each) and issubclass(each, exc.Base)]


def here() -> exc.SourceLocation:
    frame = inspect.currentframe()
    assert frame is not None and frame.f_back is not None
    return exc.SourceLocation(__file__, frame.f_back.f_lineno, 12, 18, "here")


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_is_documented_and_has_a_message_of_its_own(cls: type[exc.Base]) -> None:
    assert cls.__doc__
    if cls in (exc.Base, exc.BaseError, exc.BaseWarning):
        return
    assert "template" in vars(cls)
    first = str(cls()).splitlines()[0]
    assert len(first) > 10 and "{" not in first


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_every_class_survives_pickling(cls: type[exc.Base]) -> None:
    error = cls("the mistake", expected="this", found="that", location=here(), culprit=3, thing=object())
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is cls
    assert str(copy) == str(error)
    assert copy.location == error.location
    assert copy.details["culprit"] == 3


def test_text_has_mistake_first_then_expectation_place_caret_and_hint() -> None:
    location = here()
    error = exc.RankMismatch(name="x", rank=2, given=3, expected="two indices", location=location, hint="drop one")
    lines = str(error).splitlines()
    assert lines[0] == "x has 2 dimensions, but 3 indices were given"
    assert "two indices" in lines[1]
    assert f"{__file__}:{location.line}" in lines[2]
    source, caret = lines[3], lines[4]
    assert "location = here()" in source
    column = caret.index("^")
    assert source[column : column + caret.count("^")] == source[source.index("| ") + 2 + 12 :][: 18 - 12]
    assert lines[-1].strip() == "hint: drop one"


def test_caret_stands_under_the_culprit_in_a_line_with_tabs(tmp_path) -> None:
    path = tmp_path / "kernel.py"
    path.write_text("if x:\n\tbad = thing\n")
    excerpt = exc.SourceLocation(str(path), 2, 7, 12).excerpt().splitlines()
    assert excerpt[0][excerpt[1].index("^") :] == "thing"
    assert excerpt[1].count("^") == 5


def test_unreadable_source_leaves_only_the_place() -> None:
    location = exc.SourceLocation("/nowhere.py", 7, 1)
    assert location.excerpt() == ""
    assert "/nowhere.py:7" in str(exc.InternalError(location=location))


def test_innermost_location_wins() -> None:
    inner, outer = exc.SourceLocation("inner.py", 1), exc.SourceLocation("outer.py", 2)
    error = exc.ShapeMismatch(left=1, right=2)
    assert error.at(inner).at(outer).location == inner


def test_missing_template_field_is_no_second_error() -> None:
    assert "…" in str(exc.UnknownTarget())


def test_warnings_can_be_issued_and_caught() -> None:
    with pytest.warns(exc.TensorOperationInWrapper, match="outside the device loops"):
        warnings.warn(exc.TensorOperationInWrapper(), stacklevel=1)


def test_wrong_calls_are_type_errors_too() -> None:
    assert issubclass(exc.UnknownSetting, TypeError)
    assert issubclass(exc.UnsupportedSignature, TypeError)
    assert issubclass(exc.IncompatibleArguments, TypeError)
