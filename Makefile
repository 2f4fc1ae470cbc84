# Each target is complete on a fresh machine: it makes its environment first, with uv if there is one, else with pip.
PYTHON ?= python3
DATASET ?= breast_cancer
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)
PYTEST := -m pytest -n 3 --dist worksteal

.PHONY: demo test check audit coverage lowest newest lock macos bench faults house docs clean

demo: .venv/.demo            ## run the main job on a real table, then serve it (ONCE=1: answer the examples and stop)
	$(BIN)/ratchet demo --dataset $(DATASET) $(if $(ONCE),--once)

# Tests run side by side: more threads in each would only wait for one another.
test coverage lowest newest: export OMP_NUM_THREADS ?= 1

test: check                  ## everything CI runs
	$(BIN)/python $(PYTEST)
	ONCE=1 $(MAKE) --no-print-directory demo

check: .venv/.dev            ## format, lint, types, layers, security
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --configfile pyproject.toml src

audit: .venv/.dev .venv-newest/bin/uv ## ask PyPI for known holes of every release in uv.lock, extras too; needs the network
	.venv-newest/bin/uv export --quiet --locked --all-extras --no-emit-project --output-file .venv/locked.txt
	$(BIN)/pip-audit --requirement .venv/locked.txt --require-hashes --disable-pip

coverage: .venv/.dev         ## the suite once more, measured: htmlcov/, coverage.xml, and a floor
	$(BIN)/python $(PYTEST) --cov --cov-report=term:skip-covered --cov-report=html --cov-report=xml

lowest: .venv-lowest/.dev    ## the suite on the lowest releases that pyproject.toml allows
	.venv-lowest/bin/python $(PYTEST)

newest: .venv-newest/.dev    ## the suite on the newest releases that there are
	.venv-newest/bin/python $(PYTEST)

lock: .venv-newest/bin/uv    ## bring uv.lock to the newest releases
	.venv-newest/bin/uv lock --upgrade

macos:                       ## what macOS needs beside Python: LightGBM's OpenMP
	brew list libomp >/dev/null 2>&1 || brew install libomp

bench: .venv/.dev            ## the figures of docs/benchmarks.md (RATCHET_DATA: the folder of the data sets)
	$(BIN)/python -m bench.learning

faults: .venv/.dev           ## attack what is promised, for hours: the table of docs/reliability.md (ROUNDS=5: so many times each)
	$(BIN)/python -m tests.faults --write $(if $(ROUNDS),--rounds $(ROUNDS))

house: .venv/.dev            ## the measures of the code itself
	$(BIN)/python -m bench.house

docs: .venv/.dev             ## the parts of docs/ that are made by a command
	$(BIN)/python -m docs.make

clean:
	rm -rf .venv .venv-lowest .venv-newest .demo .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf .coverage .coverage.* coverage.xml htmlcov

.venv/bin/python:
ifdef UV
	uv venv --quiet --python '$(or $(UV_PYTHON),>=3.11)' .venv
else
	$(PYTHON) -c 'import sys; sys.exit("Ratchet needs Python 3.11 or later: make PYTHON=python3.11") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
endif

.venv/.demo: .venv/bin/python pyproject.toml
	$(if $(UV),uv pip install --quiet --python $(BIN)/python,$(BIN)/python -m pip install --quiet) -e '.[mlflow]'
	touch $@

# With uv the releases of uv.lock, which are known to be good; with pip the newest ones.
.venv/.dev: .venv/bin/python pyproject.toml uv.lock
	$(if $(UV),uv sync --quiet --locked --extra mlflow --python $(BIN)/python,$(BIN)/python -m pip install --quiet -e . --group dev)
	touch $@ .venv/.demo

# Only uv can choose the lowest releases, so these environments have a uv of their own.
.venv-%/bin/uv:
	$(if $(UV),uv venv --quiet --seed --python '$(or $(UV_PYTHON),>=3.11)' .venv-$*,$(PYTHON) -m venv .venv-$*)
	.venv-$*/bin/python -m pip install --quiet uv

.venv-lowest/.dev: RESOLUTION := lowest-direct
.venv-newest/.dev: RESOLUTION := highest
.venv-%/.dev: .venv-%/bin/uv pyproject.toml
	.venv-$*/bin/uv pip install --quiet --upgrade --python .venv-$*/bin/python --resolution $(RESOLUTION) -e '.[mlflow,postgres,s3]' --group dev
	touch $@

.PRECIOUS: .venv-%/bin/uv
