# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
from __future__ import annotations

from helion.backends.triton.diagnostics import Diagnostic, parse_diagnostics

PASS_FAILURE = """foo.py:5:7: error: failed to legalize operation 'math.tan' that was explicitly marked illegal
module {
  tt.func public @k(%arg0: !tt.ptr<f32>) {
  }
}

{-#
  external_resources: {
    mlir_reproducer: {
      pipeline: "builtin.module(convert-triton-to-tritongpu)",
    }
  }
#-}
/proc/self/fd/3:1:1: error: Failures have been detected while processing an MLIR pass pipeline
/proc/self/fd/3:1:1: note: Pipeline failed while executing [`ConvertTritonToTritonGPU` on 'builtin.module' operation]
"""


def test_only_the_reason_is_kept_of_a_pass_failure():
    assert parse_diagnostics(PASS_FAILURE) == [
        Diagnostic("failed to legalize operation 'math.tan' that was explicitly marked illegal", (), "foo.py", 5, 7)
    ]


def test_a_place_in_the_text_has_a_line_but_no_file():
    (found,) = parse_diagnostics('loc("/proc/self/fd/3":1:10): error: Dialect `func\' not found')
    assert (found.text, found.file, found.line) == ("Dialect `func' not found", None, 1)


def test_notes_belong_to_the_error_before_them():
    (found,) = parse_diagnostics("a.py:1:2: error: bad\na.py:1:2: note: see current operation: x\n")
    assert found.notes == ("see current operation: x",)


def test_an_error_without_a_place_is_found():
    (found,) = parse_diagnostics("<unknown>:0: error: lost\n")
    assert found == Diagnostic("lost")


def test_long_operations_are_cut():
    (found,) = parse_diagnostics("a.py:1:2: error: " + "x" * 1000)
    assert len(found.text) < 300


def test_what_is_no_diagnostic_is_ignored():
    assert parse_diagnostics("warning: something\nerrors were made: none\n") == []
