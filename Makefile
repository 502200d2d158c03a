# Everything runs in .venv, which the first command makes from plain python3 and pip.
# The lock files name each package by version and hash.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUNTIME := $(VENV)/.runtime
DEV := $(VENV)/.dev

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench lock clean

help: ## say what each command does
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

# Refuses before anything is written. venv installs pip last: without it the environment is half
# made, and is made again from the start.
$(BIN)/pip:
	@command -v $(PYTHON) >/dev/null \
		|| { echo "make: there is no '$(PYTHON)' here. Install Python 3.11 or newer, or set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "make: Overt needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1 | head -n 1). Set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "make: $(PYTHON) lacks venv or ensurepip. On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "make: creating $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv --clear $(VENV)

$(RUNTIME): requirements.lock pyproject.toml | $(BIN)/pip
	@echo "make: installing Overt and its locked packages into $(VENV): about 300 MB to fetch, 900 MB on disk, once"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/pip
	@echo "make: installing Overt with its development packages into $(VENV): about 450 MB to fetch, 1.2 GB on disk, once"
	@$(PIP) install --quiet --no-deps --require-hashes -r requirements-dev.lock
	@$(PIP) install --quiet --no-deps --editable .
	@touch $@ $(RUNTIME)

demo: $(RUNTIME) ## show a whole trial on the generated street
	@$(BIN)/overt demo --headless

test: $(DEV) ## run the tests
	@$(BIN)/python -m pytest

check: $(DEV) ## lint, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV) ## let ruff mend what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV) ## measure speed and accuracy; see bench/README.md
	$(BIN)/python bench/run.py

lock: ## renew the lock files from pyproject.toml (needs uv: pip install uv)
	@command -v uv >/dev/null || { echo "make: 'make lock' needs uv; install it with: pip install uv" >&2; exit 1; }
	uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
		--no-header pyproject.toml -o requirements.lock
	uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url \
		--no-header --extra dev pyproject.toml -o requirements-dev.lock

clean: ## remove the environment and the caches beside the code
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
