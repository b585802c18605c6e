# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Turns what Triton says when it refuses a kernel into a :class:`helion.exc.TritonError` that says what was refused."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helion import exc
from helion.backends.triton.version import triton_version

if TYPE_CHECKING:
    from types import TracebackType

    from helion.backends.triton.targets import Target

_LINE_LIMIT = 240
_NOTE_LIMIT = 2
_LOCATED = re.compile(
    r'^(?:loc\()?"?(?P<file>[^":\n]+)"?:(?P<line>\d+):(?P<column>\d+)\)?: (?P<kind>error|note): (?P<text>.*)$'
)
_UNLOCATED = re.compile(r"^(?:loc\(.*\)|<unknown>:0|[^:\s]+)?:? ?(?P<kind>error|note): (?P<text>.*)$")
_PASS = re.compile(r"Pipeline failed while executing \[`(\w+)`")
_FATAL = re.compile(r"^(?:LLVM ERROR|fatal error|UNREACHABLE executed).*$", re.MULTILINE)
_PTXAS = re.compile(r"^ptxas[\w-]* .*?(?:fatal|error)\s*:\s*(.*)$", re.MULTILINE)
# Says only that something failed; what did is in another line.
_SUMMARY = "Failures have been detected while processing an MLIR pass pipeline"
_STAGES = {"make_ir": "parse", "make_ttir": "ttir", "make_ttgir": "ttgir", "make_llir": "llir", "make_ptx": "ptx"} | {
    "make_cubin": "cubin",
    "make_amdgcn": "amdgcn",
    "make_hsaco": "hsaco",
}


@dataclass(frozen=True)
class Diagnostic:
    """One MLIR error with its notes; ``file`` is None where the place is in the TTIR text itself or unknown."""

    text: str
    notes: tuple[str, ...] = ()
    file: str | None = None
    line: int | None = None
    column: int | None = None


def parse_diagnostics(text: str) -> list[Diagnostic]:
    """The errors in what Triton wrote to standard error, without module dumps, reproducers and repeated summaries."""
    found: list[Diagnostic] = []
    for raw in text.splitlines():
        match = _LOCATED.match(raw) or _UNLOCATED.match(raw)
        if match is None or _SUMMARY in raw:
            continue
        fields = match.groupdict()
        message = _shorten(fields["text"])
        if fields["kind"] == "note":
            if found and len(found[-1].notes) < _NOTE_LIMIT and not _PASS.search(raw):
                last = found.pop()
                found.append(Diagnostic(last.text, (*last.notes, message), last.file, last.line, last.column))
            continue
        file = fields.get("file")
        line = int(fields["line"]) if fields.get("line") else None
        column = int(fields["column"]) if fields.get("column") else None
        # The text reaches Triton as an anonymous file; its descriptor's number tells nobody anything.
        if file is not None and (file.startswith("/proc/self/fd/") or file == "-"):
            file = None
        found.append(Diagnostic(message, (), file, line, column))
    return found


def triton_error(error: BaseException, stderr: str, *, name: str, text: str, target: Target) -> exc.TritonError:
    """The error to raise for Triton's ``error``.

    Args:
        error: what Triton raised.
        stderr: what its C++ side wrote meanwhile.
        name: the kernel's name.
        text: its TTIR.
        target: what it was compiled for.

    The complete output stays available as ``error.details["triton_output"]``.
    """
    details = str(error).strip() or type(error).__name__
    diagnostics = parse_diagnostics(stderr)
    first = diagnostics[0] if diagnostics else None
    ptxas = _PTXAS.findall(details)
    fatal = _FATAL.search(stderr)
    if first is not None:
        reason = first.text
    elif ptxas:
        reason = "ptxas: " + "; ".join(_shorten(line.strip()) for line in ptxas[:3])
    elif fatal is not None:
        reason = _shorten(fatal[0])
    else:
        reason = _shorten(" ".join(details.split()))
    release = ".".join(map(str, triton_version()))
    where = _where(error, stderr)
    message = f"Triton {release} cannot compile kernel '{name}' for {target}{where}: {reason}"
    found = _offending_text(first, text)
    output = stderr.strip() or details
    return exc.TritonError(
        message, found=found, location=_location(first), hint=_hint(reason, first), triton_output=output
    )


def out_of_resources(
    name: str, target: Target, resource: str, needed: int, limit: int, unit: str
) -> exc.OutOfResources:
    """A configuration that compiles but can never be launched on ``target``."""
    return exc.OutOfResources(
        f"kernel '{name}' needs more {resource} than {target} has",
        expected=f"at most {limit} {unit}",
        found=f"{needed} {unit}",
        hint="use smaller block sizes or fewer num_stages",
    )


def _where(error: BaseException, stderr: str) -> str:
    stage = _failing_stage(error.__traceback__)
    if stage is None:
        return ""
    failing_pass = _PASS.search(stderr)
    return f" (stage {stage})" if failing_pass is None else f" (stage {stage}, pass {failing_pass[1]})"


def _failing_stage(traceback: TracebackType | None) -> str | None:
    stage = None
    while traceback is not None:
        stage = _STAGES.get(traceback.tb_frame.f_code.co_name, stage)
        traceback = traceback.tb_next
    return stage


def _location(diagnostic: Diagnostic | None) -> exc.SourceLocation | None:
    if diagnostic is None or diagnostic.file is None or diagnostic.line is None:
        return None
    # MLIR counts columns from 1, SourceLocation from 0.
    column = diagnostic.column - 1 if diagnostic.column else None
    return exc.SourceLocation(diagnostic.file, diagnostic.line, column)


def _offending_text(diagnostic: Diagnostic | None, text: str) -> str | None:
    if diagnostic is None:
        return None
    parts: list[str] = []
    lines = text.splitlines()
    if diagnostic.file is None and diagnostic.line is not None and 0 < diagnostic.line <= len(lines):
        parts.append(f"TTIR line {diagnostic.line}: {_shorten(lines[diagnostic.line - 1].strip())}")
    parts.extend(diagnostic.notes)
    return "; ".join(parts) or None


def _hint(reason: str, diagnostic: Diagnostic | None) -> str | None:
    if "out of resource" in reason or "exceeds limit" in reason:
        return "use smaller block sizes or fewer num_stages"
    if diagnostic is not None:
        return (
            "bound.to_mlir(config, stage='ttir') shows what Triton was given; "
            "HELION_TRITON_STDERR=1 shows everything that it says"
        )
    return None


def _shorten(line: str) -> str:
    return line if len(line) <= _LINE_LIMIT else line[: _LINE_LIMIT - 1] + "…"
