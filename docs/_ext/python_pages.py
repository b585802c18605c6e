# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reference pages made from the Python sources: settings, and configuration keys with the pass that reads each."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

# Options of Triton's compiler, which no pass of ours has to read.
_TRITON_OPTIONS = ("num_warps", "num_stages", "maxnreg")

_SLOTS = {
    "one": "one",
    "blocks": "block size",
    "orders": "tile loop",
    "grids": "grid",
    "reductions": "rolled reduction",
    "ranges": "device loop",
    "memory": "load and store",
    "atomics": "atomic",
    "loads": "load",
    "stores": "store",
}


def _code(value: Any) -> str:
    return f"`{value!r}`"


def _variable(name: str | None) -> str:
    return f"`{name}`" if name else "none"


def readers(root: Path, keys: Iterable[str]) -> dict[str, list[str]]:
    """The passes that read each key: those whose source names it."""
    found: dict[str, list[str]] = {key: [] for key in keys}
    for source in sorted((root / "mlir" / "lib" / "HelionDialect" / "Transforms").glob("*.cpp")):
        text = source.read_text()
        stem = re.sub(r"(?<!^)(?=[A-Z])", "-", source.stem).lower()
        for key, passes in found.items():
            if f'"{key}"' in text:
                passes.append(f"helion-{stem}")
    return found


def lit_tests(root: Path, key: str, reader: str) -> list[str]:
    """The lit files of a pass that use a key, as paths from test/lit."""
    folder = root / "test" / "lit"
    stem = reader.removeprefix("helion-")
    files = sorted((folder / "HelionDialect" / "Transforms").glob(f"{stem}*.mlir"))
    return [str(path.relative_to(folder)) for path in files if re.search(rf"\b{key}\b", path.read_text())]


def config_page(root: Path) -> str:
    """The table of configuration keys."""
    from helion.runtime.config_keys import KEYS

    by_key = readers(root, KEYS)
    rows: list[str] = []
    for name, spec in KEYS.items():
        read_by = [f"[`{reader}`](generated/passes/{reader}.md)" for reader in by_key[name]]
        tests = [f"`{Path(test).name}`" for reader in by_key[name] for test in lit_tests(root, name, reader)]
        if name in _TRITON_OPTIONS:
            read_by.append("Triton")
        alias = f" (`{spec.alias}`)" if spec.alias else ""
        default = "required" if spec.required else _code(spec.default)
        reader = ", ".join(read_by) or "nothing yet: accepted without effect"
        allowed = spec.allowed.replace("|", "\\|")
        rows.append(
            f"| `{name}`{alias} | {_SLOTS[spec.slots]} | {allowed} | {default} | {reader} | {', '.join(tests)} |\n"
        )
    return (
        "| key | one entry per | value | default | read by | lit test |\n"
        "| --- | --- | --- | --- | --- | --- |\n" + "".join(rows)
    )  # fmt: skip


def settings_page() -> str:
    """The table of settings, those of the autotuner apart."""
    from helion.settings import Settings

    def table(tuning: bool) -> str:
        rows = [
            f"| `{name}` | {_variable(setting.env)} | {_code(setting.default)} | {setting.__doc__} |"
            for name, setting in Settings.registry.items()
            if ("autotun" in name) is tuning
        ]
        return "\n".join(["| setting | variable | default | meaning |", "| --- | --- | --- | --- |", *rows])

    return (
        "# Settings\n\n"
        "A keyword of `@helion.kernel` wins over the environment variable, the variable over the default. Flags take "
        "1, 0, true, false, yes, no, on and off.\n\n"
        f"{table(False)}\n\n## Tuning\n\n"
        "The autotuner is not there yet: `autotune_effort` decides whether the choice of a default configuration is "
        f"logged; the others are accepted.\n\n{table(True)}\n"
    )


def generate(root: Path, target: Path) -> None:
    """Writes `settings.md` and `config-keys.txt` below `target`."""
    sys.path.insert(0, str(root / "python"))
    for name, text in (("settings.md", settings_page()), ("config-keys.txt", config_page(root))):
        path = target / name
        if not path.is_file() or path.read_text() != text:
            path.write_text(text)
