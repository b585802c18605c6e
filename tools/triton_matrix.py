#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiles a corpus of TTIR with every supported Triton release, for every target, without a GPU.

One virtual environment per release, with Triton alone in it, lives in a cache directory and is built on first use.
Every file and target is compiled in a child process, by the same code that the package uses: a crash of Triton is a
result, not the end.

The corpus is a directory of ``NAME.ttir`` files, each with a sidecar ``NAME.json``::

    {"name": "kernel_symbol", "signature": ["*fp32", "i32"], "options": {"num_warps": 4}, "targets": ["sm_90"]}

``options`` and ``targets`` may be missing; ``options`` may also be keyed by backend (``{"cuda": {...}, "hip":
{...}}``). Where the spelling of the text depends on the release, the file lies in a directory named after the dialect
flavour that it is written in: ``tensor-desc`` (up to 3.7), ``bare-desc`` (3.8) or ``cache-policy`` (from 3.9). Files
outside of those go to every release.

Examples::

    tools/triton_matrix.py --corpus build/corpus
    tools/triton_matrix.py --corpus build/corpus --triton 3.6.0 --target sm_90 --json report.json
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
import venv
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

RELEASES = ("3.5.1", "3.6.0", "3.7.1", "3.8.0", "3.9.0")
TARGETS = ("sm_90", "sm_100", "gfx942", "gfx950")
FLAVOURS = ("tensor-desc", "bare-desc", "cache-policy")
PACKAGE = Path(__file__).resolve().parent.parent / "python" / "helion"

# Runs in an environment without torch: only the parts of the package that need none are reachable.
_WORKER = """
import json, sys, types
package = types.ModuleType("helion")
package.__path__ = [sys.argv[1]]
sys.modules["helion"] = package
from helion.backends.triton import Target, compile_ttir
job = json.load(sys.stdin)
compiled = compile_ttir(job["text"], name=job["name"], signature=job["signature"],
                        target=Target.parse(job["target"]), options=job["options"])
facts = {"num_warps": compiled.metadata.num_warps, "shared_bytes": compiled.metadata.shared}
print("RESULT " + json.dumps(facts | {"stages": list(compiled.asm)}))
"""


@dataclass(frozen=True)
class Case:
    """One file of the corpus; ``flavour`` is None when every release can read it."""

    path: Path
    title: str
    name: str
    signature: tuple[str, ...]
    options: dict[str, object]
    targets: tuple[str, ...]
    flavour: str | None

    def options_for(self, target: str) -> dict[str, object]:
        backend = "hip" if target.startswith("gfx") else "cuda"
        if not self.options.keys() & {"cuda", "hip"}:
            return self.options
        chosen = self.options.get(backend, {})
        assert isinstance(chosen, dict)
        return chosen


@dataclass(frozen=True)
class Outcome:
    """What became of one case for one release and target; ``status`` is ``ok``, ``refused``, ``crashed`` or
    ``timeout``."""

    release: str
    target: str
    case: str
    status: str
    seconds: float
    detail: str = ""
    metadata: dict[str, object] = field(default_factory=dict)


def flavour_of(release: str) -> str:
    """The dialect flavour that a release reads."""
    version = tuple(int(part) for part in release.split(".")[:2])
    return FLAVOURS[0] if version < (3, 8) else FLAVOURS[1] if version < (3, 9) else FLAVOURS[2]


def load_corpus(directory: Path) -> list[Case]:
    """Every ``.ttir`` file below ``directory`` with its sidecar.

    Raises:
        SystemExit: when there is none, or a file has no sidecar.
    """
    cases: list[Case] = []
    for path in sorted(directory.rglob("*.ttir")):
        sidecar = path.with_suffix(".json")
        if not sidecar.exists():
            raise SystemExit(f"{path} has no sidecar {sidecar.name}")
        described = json.loads(sidecar.read_text())
        relative = path.relative_to(directory)
        flavour = next((part for part in relative.parts[:-1] if part in FLAVOURS), None)
        cases.append(
            Case(
                path,
                str(relative.with_suffix("")),
                described["name"],
                tuple(described["signature"]),
                dict(described.get("options", {})),
                tuple(described.get("targets", TARGETS)),
                flavour,
            )
        )
    if not cases:
        raise SystemExit(f"no .ttir files in {directory}")
    return cases


def environment(release: str, cache: Path) -> Path:
    """The Python of the release's environment, built when missing."""
    root = cache / release
    python = root / "bin" / "python"
    done = root / ".complete"
    if done.exists():
        return python
    print(f"building an environment for Triton {release} in {root}", file=sys.stderr)
    venv.create(root, with_pip=True, clear=True)
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--no-cache-dir", f"triton=={release}"], check=True)
    done.touch()
    return python


def compile_case(python: Path, release: str, case: Case, target: str, *, cache: Path, timeout: float) -> Outcome:
    """Compiles one case in a child process."""
    job = {
        "text": case.path.read_text(),
        "name": case.name,
        "signature": case.signature,
        "options": case.options_for(target),
        "target": target,
    }
    # An own cache: a result of a damaged run must not hide behind the user's.
    environ = os.environ | {"TRITON_CACHE_DIR": str(cache / "compiled" / release), "HELION_TRITON_STDERR": "0"}
    started = time.perf_counter()
    try:
        child = subprocess.run(
            [python, "-c", _WORKER, str(PACKAGE)],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            timeout=timeout,
            env=environ,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(release, target, case.title, "timeout", timeout)
    seconds = round(time.perf_counter() - started, 3)
    answer = next((line for line in child.stdout.splitlines() if line.startswith("RESULT ")), None)
    if child.returncode == 0 and answer is not None:
        metadata = json.loads(answer.removeprefix("RESULT "))
        return Outcome(release, target, case.title, "ok", seconds, metadata=metadata)
    if child.returncode == 1:
        return Outcome(release, target, case.title, "refused", seconds, _last_exception(child.stderr))
    return Outcome(
        release, target, case.title, "crashed", seconds, f"exit status {child.returncode}: {child.stderr[-400:]}"
    )


def _last_exception(stderr: str) -> str:
    """The message of the exception that ended the child, without its traceback."""
    lines = stderr.strip().splitlines()
    start = max((index for index, line in enumerate(lines) if line.startswith("helion.exc.")), default=len(lines) - 1)
    return "\n".join(lines[start:]) if lines else "no message"


def run_matrix(
    cases: list[Case], releases: list[str], targets: list[str], *, cache: Path, jobs: int, timeout: float
) -> list[Outcome]:
    """Every case that a release can read, for every target that the case names."""
    pythons = {release: environment(release, cache) for release in releases}
    work = [
        (release, case, target)
        for release in releases
        for case in cases
        for target in targets
        if target in case.targets and case.flavour in (None, flavour_of(release))
    ]

    def compile_one(item: tuple[str, Case, str]) -> Outcome:
        release, case, target = item
        return compile_case(pythons[release], release, case, target, cache=cache, timeout=timeout)

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(compile_one, work))


def print_table(outcomes: list[Outcome], releases: list[str], targets: list[str]) -> None:
    """One row per target, one column per release: compiled of tried; then every failure."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("target", *releases, title="TTIR through Triton")
    for target in targets:
        cells: list[str] = []
        for release in releases:
            mine = [outcome for outcome in outcomes if (outcome.release, outcome.target) == (release, target)]
            passed = sum(outcome.status == "ok" for outcome in mine)
            colour = "green" if passed == len(mine) else "red"
            cells.append(f"[{colour}]{passed}/{len(mine)}[/]" if mine else "–")
        table.add_row(target, *cells)
    console.print(table)
    for outcome in outcomes:
        if outcome.status != "ok":
            what = f"{outcome.case}, Triton {outcome.release}, {outcome.target}"
            console.print(f"[red]{outcome.status}[/] {what}", highlight=False)
            console.print(outcome.detail, markup=False, highlight=False)


def main(arguments: list[str] | None = None) -> int:
    cache_home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--corpus", type=Path, required=True, help="directory of .ttir files with .json sidecars")
    parser.add_argument("--triton", action="append", metavar="VERSION", help=f"default: {', '.join(RELEASES)}")
    parser.add_argument("--target", action="append", metavar="NAME", help=f"default: {', '.join(TARGETS)}")
    parser.add_argument("--cache", type=Path, default=cache_home / "helion/triton-matrix", help="of environments")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="child processes at a time")
    parser.add_argument("--timeout", type=float, default=300, help="seconds for one compilation")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all outcomes ('-': to standard output)")
    options = parser.parse_args(arguments)
    releases: list[str] = options.triton or list(RELEASES)
    targets: list[str] = options.target or list(TARGETS)
    outcomes = run_matrix(
        load_corpus(options.corpus), releases, targets, cache=options.cache, jobs=options.jobs, timeout=options.timeout
    )
    report = json.dumps([asdict(outcome) for outcome in outcomes], indent=2)
    if options.json == Path("-"):
        print(report)
    else:
        if options.json is not None:
            options.json.write_text(report + "\n")
        print_table(outcomes, releases, targets)
    return 0 if outcomes and all(outcome.status == "ok" for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
