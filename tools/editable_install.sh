#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# editable_install.sh VENV BUILD - installs this source tree into VENV, editable, and builds the compiler in BUILD.
#
# Without build isolation and in a fixed folder, so that a later change rebuilds only what it touches.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
build=$2

constraints=$venv/constraints.txt
[[ -f $constraints ]] || constraints=constraints.txt
if [[ -x $venv/bin/ccache ]]; then
  ccache=$(realpath -s "$venv/bin/ccache")
else
  ccache=$(command -v ccache || true)
fi
export CMAKE_C_COMPILER_LAUNCHER=$ccache CMAKE_CXX_COMPILER_LAUNCHER=$ccache
"$venv/bin/pip" install --disable-pip-version-check -c "$constraints" --no-build-isolation \
  -Cbuild-dir="$build" -Cinstall.strip=false -e '.[dev]'
