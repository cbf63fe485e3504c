# demo: one study on a built-in data set.  test: the test suite.  check: style, types, layers, sizes.
# format: put the code into shape.  Each makes .venv and installs what it needs when that is missing.

PYTHONS := python3.11 python3.12 python3.13 python3
NEW_ENOUGH := import sys, ensurepip; sys.exit(not sys.version_info >= (3, 11))
PYTHON ?= $(firstword $(foreach p,$(PYTHONS),$(shell $(p) -c '$(NEW_ENOUGH)' 2>/dev/null && echo $(p))))

BIN := .venv/bin
RUN := .venv/.installed-run
DEV := .venv/.installed-dev
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

DEMO := studies/demo/airpassengers
BUDGET ?= 2m

.PHONY: demo test check format

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

format: $(DEV)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

define SIZES
from pathlib import Path
from statistics import median
sizes = {p: len(p.read_text(encoding='utf8').splitlines()) for p in Path('actselect').rglob('*.py')}
largest = max(sizes, key=sizes.get)
print(f'{len(sizes)} modules; lines: median {median(sizes.values()):.0f}, largest {sizes[largest]} ({largest})')
endef
export SIZES

$(RUN): pyproject.toml constraints.txt | .venv
	@echo "Installing actselect into .venv: a minute or two ..."
	$(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml constraints.txt | .venv
	@echo "Installing actselect and its developer tools into .venv: a minute or two ..."
	$(PIP) --editable '.[dev]'
	@touch $@ $(RUN)

.venv:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with venv found. Say which: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }
