# One line of help per target: `make help`. Every target sets up what it needs from a fresh clone.
#
#   PYTHON  the interpreter for the environment, CPython >= 3.10 (default python3)
#   VENV    the environment (default .venv); an existing one is used as it is, its torch included
#   SLOW=1  `make test` runs the slow tests as well

PYTHON ?= python3
VENV ?= .venv
BUILD ?= build/dev
JOBS ?= $(shell nproc)

BIN := $(abspath $(VENV))/bin
export PATH := $(BIN):$(PATH)
# The environment's interpreter must not see what the caller's environment happens to hold.
unexport PYTHONPATH PYTHONHOME
# A file compiles to the same object wherever the clone lies: paths below it are relative in the cache.
export CCACHE_BASEDIR := $(CURDIR)
export CCACHE_NOHASHDIR := 1
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)

ENVIRONMENT := $(VENV)/.helion-environment
INSTALLED := $(VENV)/.helion-installed
DOCS_INSTALLED := $(VENV)/.helion-docs
CXX_FILES = $(shell find mlir -name '*.cpp' -o -name '*.h')
PY_TREES := python test examples benchmarks tools docs
MARKERS := not gpu$(if $(SLOW),, and not slow)

.DEFAULT_GOAL := help
.PHONY: help demo test lint lit pytest gpu-test dev build format docs bench wheel clean distclean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: build ## flash attention on the GPU, or checked on the CPU and compiled for four GPUs
	python examples/demo.py

test: lint lit pytest ## lint, lit and pytest; the GPU tests too where there is a GPU
	@if python -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then $(MAKE) gpu-test; fi

lint: build ## ruff, pyright (strict) and clang-format
	ruff check $(PY_TREES)
	ruff format --check $(PY_TREES)
	pyright --pythonpath $(BIN)/python
	@clang-format --dry-run -Werror $(CXX_FILES)

lit: build ## the compiler's own tests
	HELION_TOOLS_DIR=$(abspath $(BUILD))/bin lit -v -j $(JOBS) test/lit

pytest: build ## the Python tests that need no GPU
	python -m pytest -n $(JOBS) -m '$(MARKERS)'

gpu-test: build ## the Python tests that need a GPU
	python -m pytest -n 8 -m gpu

dev: build ## environment with an editable install; `make build` takes changes in C++ in

build: $(INSTALLED) ## rebuild what changed in the compiler
	@[ -f $(BUILD)/build.ninja ] || tools/editable_install.sh $(VENV) $(BUILD)
	@cmake --build $(BUILD)

format: $(INSTALLED) ## rewrite the sources in the project's format
	ruff check --fix $(PY_TREES)
	ruff format $(PY_TREES)
	clang-format -i $(CXX_FILES)

docs: build $(DOCS_INSTALLED) ## the documentation, warnings are errors: docs/_build/html
	python -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo 'open docs/_build/html/index.html'

bench: build ## compile-time figures; kernels and launches too where there is a GPU
	python benchmarks/compile_time.py
	@if python -c 'import sys, torch; sys.exit(not torch.cuda.is_available())'; then \
	  python benchmarks/launch.py && python benchmarks/kernels.py; \
	else echo 'no GPU: kernels.py and launch.py left out'; fi

wheel: ## a wheel for PYTHON in dist/
	tools/build_wheel.sh $(PYTHON)

clean: ## remove what was built; the environment stays
	rm -rf build dist docs/_build docs/reference/generated .pytest_cache .ruff_cache .hypothesis $(INSTALLED)
	rm -f python/helion/_mlir
	find python test examples benchmarks tools docs -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove the environment as well
	rm -rf .venv

$(ENVIRONMENT): constraints.txt tools/make_environment.sh
	tools/make_environment.sh $(VENV) $(PYTHON)
	@touch $@

# CMakeLists.txt files and sources are the build's own business: `make build` follows them.
$(INSTALLED): $(ENVIRONMENT) pyproject.toml
	tools/editable_install.sh $(VENV) $(BUILD)
	@touch $@

$(DOCS_INSTALLED): $(ENVIRONMENT)
	pip install -q -c constraints.txt furo myst-parser sphinx
	@touch $@
