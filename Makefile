# Each target is complete on a fresh machine: it makes .venv first, with uv if there is one, else with venv and pip.
PYTHON ?= python3
DATASET ?= breast_cancer
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)

.PHONY: demo test check bench docs clean

demo: .venv/.demo            ## run the main job on a real table, then serve it (ONCE=1: answer the examples and stop)
	$(BIN)/ratchet demo --dataset $(DATASET) $(if $(ONCE),--once)

test: check                  ## everything CI runs
	$(BIN)/pytest -n 2 --dist worksteal
	ONCE=1 $(MAKE) --no-print-directory demo

check: .venv/.dev            ## format, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/.dev            ## the figures of docs/benchmarks.md (RATCHET_DATA: the folder of the data sets)
	$(BIN)/python -m bench.figures

docs: .venv/.dev             ## the parts of docs/ that are made by a command
	$(BIN)/python -m docs.make

clean:
	rm -rf .venv .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

.venv/bin/python:
ifdef UV
	uv venv --quiet --python '>=3.11' .venv
else
	$(PYTHON) -c 'import sys; sys.exit("Ratchet needs Python 3.11 or later: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
endif

.venv/.demo: .venv/bin/python pyproject.toml
	$(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet) -e '.[mlflow]'
	touch $@

.venv/.dev: .venv/bin/python pyproject.toml
	$(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet) -e . --group dev
	touch $@ .venv/.demo
