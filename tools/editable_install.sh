#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# editable_install.sh VENV BUILD - installs this source tree into VENV, editable, and configures the compiler in BUILD.
#
# The package is used from python/ as it lies there. Its compiled part, python/helion/_mlir, is a link into BUILD: a
# rebuild is all that a change in C++ needs, and type checkers see the whole package in one place.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
build=$2

constraints=$venv/constraints.txt
[[ -f $constraints ]] || constraints=constraints.txt
"$venv/bin/pip" install --quiet --disable-pip-version-check -c "$constraints" --no-build-isolation \
  -Cwheel.cmake=false -Ceditable.mode=inplace -e '.[dev]'

launcher=()
if ccache=$(PATH=$(realpath -s "$venv")/bin:$PATH command -v ccache); then
  launcher=("-DCMAKE_C_COMPILER_LAUNCHER=$ccache" "-DCMAKE_CXX_COMPILER_LAUNCHER=$ccache")
fi
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release \
  "-DPython_EXECUTABLE=$(realpath -s "$venv")/bin/python" "${launcher[@]}"

ln -sfnr "$build/python_packages/helion/_mlir" python/helion/_mlir
for tool in helion-opt helion-translate helion-lsp-server; do
  ln -sfr "$build/bin/$tool" "$venv/bin/$tool"
done
