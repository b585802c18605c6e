# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reference pages made from the Python sources: settings, and configuration keys with what carries out each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from evidence_pages import evidence, linked
from page_files import write

if TYPE_CHECKING:
    from pathlib import Path

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


def config_page(root: Path) -> str:
    """The table of configuration keys."""
    from helion.runtime.config_keys import KEYS

    carried = evidence(root)
    rows: list[str] = []
    for name, spec in KEYS.items():
        alias = f" (`{spec.alias}`)" if spec.alias else ""
        default = "required" if spec.required else _code(spec.default)
        carriers = linked(carried[name].carriers)
        allowed = spec.allowed.replace("|", "\\|")
        rows.append(f"| `{name}`{alias} | {_SLOTS[spec.slots]} | {allowed} | {default} | {carriers} |\n")
    return "| key | one entry per | value | default | carried out by |\n| --- | --- | --- | --- | --- |\n" + "".join(
        rows
    )


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
        write(target / name, text)
