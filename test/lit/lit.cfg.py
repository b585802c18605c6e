# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""lit configuration of the compiler's tests.

Environment:
  HELION_TOOLS_DIR      folder of helion-opt and helion-translate; else build/dev/bin, this environment, PATH
  HELION_LIT_OUT        folder for temporary files; else build/lit
  HELION_LIT_ROUNDTRIP  1: each helion-opt of the suite also checks that its input prints and parses back the same
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import lit.formats

_ROOT = Path(__file__).resolve().parents[2]
_TIMEOUT_S = 60


def _tool_folders() -> list[Path]:
    """Where helion's tools are looked for before PATH."""
    asked = os.environ.get("HELION_TOOLS_DIR")
    return [Path(asked)] if asked else [_ROOT / "build" / "dev" / "bin", Path(sys.executable).parent]


def _find(name: str, folders: list[Path]) -> str:
    """The path of a tool; ends the run with a message where there is none."""
    for folder in folders:
        if (folder / name).is_file():
            return str(folder / name)
    if found := shutil.which(name):
        return found
    places = ", ".join(str(folder) for folder in folders)
    lit_config.fatal(f"{name} is neither in {places} nor on PATH: build it with `make build`")
    raise SystemExit(1)


config.name = "helion"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = str(Path(__file__).resolve().parent)
config.test_exec_root = os.environ.get("HELION_LIT_OUT", str(_ROOT / "build" / "lit"))

# FileCheck comes with the environment that lit runs in.
_environment = Path(sys.executable).parent
config.environment["PATH"] = os.pathsep.join([str(_environment), os.environ.get("PATH", "")])
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input=fail"
_filecheck = _find("FileCheck", [_environment])

_roundtrip = " --verify-roundtrip" if os.environ.get("HELION_LIT_ROUNDTRIP") == "1" else ""
_folders = _tool_folders()
for _tool, _options in (("helion-opt", _roundtrip), ("helion-translate", "")):
    # A tool's name inside a path or an option is not a call.
    config.substitutions.append((rf"(?<![\w./-]){_tool}(?![\w./-])", _find(_tool, _folders) + _options))
config.substitutions.append((r"(?<![\w./-])FileCheck(?![\w./-])", _filecheck))

# lit needs psutil to end a test that hangs.
if importlib.util.find_spec("psutil"):
    config.maxIndividualTestTime = _TIMEOUT_S
