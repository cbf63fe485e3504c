# demo: one study on a built-in data set.  test: the test suite.  check: style, types, layers, sizes.
# format: put the code into shape.  sanitize: the kernels' tests, with each memory access checked (GCC).
# bench: the figures of studies/speed.  studies: those behind the claims, an hour or two.
# audit: known faults of the pinned packages, asked of pypi.org; needs the network.
# Each makes .venv and installs what it needs when that is missing.

PYTHONS := python3.11 python3.12 python3.13 python3
NEW_ENOUGH := import sys, ensurepip; sys.exit(not sys.version_info >= (3, 11))
PYTHON ?= $(firstword $(foreach p,$(PYTHONS),$(shell $(p) -c '$(NEW_ENOUGH)' 2>/dev/null && echo $(p))))

BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

# Unlike --constraint, these reach the tools of the build: the first up to pip 25.2, the second from 25.3.
export PIP_CONSTRAINT := constraints.txt
export PIP_BUILD_CONSTRAINT := constraints.txt

KERNELS := $(wildcard actselect/_kernels/CMakeLists.txt actselect/_kernels/src/*)
SANITIZED := build/sanitized

DEMO := studies/demo/airpassengers
BUDGET ?= 2m

# An editable install remembers which modules are packages; this file changes when they do.
PACKAGES := build/packages
$(shell mkdir -p build; find actselect -name __init__.py | sort > $(PACKAGES).new; \
  cmp -s $(PACKAGES).new $(PACKAGES) || mv $(PACKAGES).new $(PACKAGES))

.PHONY: demo test check format sanitize bench studies audit

demo: $(RUN)
	@rm -rf studies/demo
	$(BIN)/actselect recommend airpassengers --task forecasting --horizon 12 \
	  --budget $(BUDGET) --out $(DEMO)
	@echo "Open it in a browser: file://$(CURDIR)/$(DEMO)/report.html"

test: $(DEV)
	$(BIN)/python -m pytest

check: $(DEV)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(BIN)/python -c "$$SIZES"

bench: $(DEV)
	$(BIN)/python -m studies.speed

studies: $(DEV)
	$(BIN)/python -m studies.calibration
	$(BIN)/python -m studies.confirmation
	$(BIN)/python -m studies.power

# --strict: a package that the database does not know is an error, not an all-clear.
audit: $(DEV)
	PIP_CONSTRAINT= $(PIP) install pip-audit
	$(BIN)/pip-audit --strict --no-deps --disable-pip --progress-spinner off \
	  --requirement constraints.txt

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

# Leaks are Python's own.  libstdc++ is loaded first as well, or exceptions go unseen.
sanitize: $(DEV)
	@echo "Compiling the kernels with sanitizers into $(SANITIZED): a few minutes ..."
	@rm -rf $(SANITIZED)
	@CXX=g++ ACTSELECT_REQUIRE_KERNELS=1 $(PIP) wheel --no-deps --wheel-dir $(SANITIZED)/wheel \
	  --config-settings=cmake.define.ACTSELECT_SANITIZE=ON --config-settings=cmake.build-type=Debug \
	  --config-settings=build-dir=$(SANITIZED) .
	@set -- $(SANITIZED)/_native.*; ACTSELECT_KERNELS="$$PWD/$$1" PYTHONMALLOC=malloc \
	  ASAN_OPTIONS=detect_leaks=0 UBSAN_OPTIONS=print_stacktrace=1 \
	  LD_PRELOAD="$$(g++ -print-file-name=libasan.so) $$(g++ -print-file-name=libstdc++.so)" \
	  $(BIN)/python -m pytest --capture=sys tests/test_kernels.py
	@echo "Clean: tests/test_kernels.py met no memory error and no undefined behaviour."

define SIZES
from pathlib import Path
from statistics import median
sizes = {p: len(p.read_text(encoding='utf8').splitlines()) for p in Path('actselect').rglob('*.py')}
largest = max(sizes, key=sizes.get)
print(f'{len(sizes)} modules; lines: median {median(sizes.values()):.0f}, largest {sizes[largest]} ({largest})')
endef
export SIZES

SAY_KERNELS = $(BIN)/python -c "from actselect._kernels import load; \
  print('Compiled kernels:', 'yes.' if load() else 'none; actselect works without them, slower.')"

$(RUN) $(DEV): pyproject.toml constraints.txt $(KERNELS) $(PACKAGES) | .venv

$(RUN):
	@echo "Installing actselect into .venv: a few minutes ..."
	$(PIP) install --editable .
	@$(SAY_KERNELS)
	@touch $@

# Without a compiler there are no kernels to test; with one, kernels that do not compile are an error.
$(DEV): export ACTSELECT_REQUIRE_KERNELS ?= $(if $(shell command -v c++ || command -v g++),1,0)
$(DEV):
	@echo "Installing actselect and its developer tools into .venv: a few minutes ..."
	$(PIP) install --editable '.[dev]'
	@$(SAY_KERNELS)
	@touch $@ $(RUN)

.venv:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv found. Say which: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
