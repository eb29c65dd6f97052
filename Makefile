# Two commands are enough on a fresh machine: `make run` and `make test`.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
LIVE ?= .venv-live
RUN_ARGS ?=
# Files whose functions Numba compiles: probes of their lines would be compiled too. The tests compare
# what they do with a naive engine, request by request, instead.
COMPILED = $(shell grep -rlE '^@(compiled|inlined)' --include='*.py' placer estimators twin | tr '\n' ',')

.PHONY: run test test-nightly lint types style imports code-simulation code-models docs live-env test-live clean

run: $(VENV)/.installed
	$(BIN)/placer $(RUN_ARGS)

# A later run reads the tests as pytest has rewritten them in an earlier one. OpenMP's threads
# wait for each other beside the other process of tests: asleep, which takes no processor time.
test: export PYTHONDONTWRITEBYTECODE =
test: export OMP_WAIT_POLICY = passive
test: $(VENV)/.installed-dev
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target code-simulation lint code-models
	CODE_IS_COMPILED=1 $(BIN)/python -m slipcover --omit $(COMPILED) --json --out .coverage.json -m pytest -n 2 --dist worksteal
	$(BIN)/python -m slipcover --merge .coverage.json --out .coverage.json --fail-under 90

# 10,000 inputs for every reader, and as many names for every writer; takes some minutes.
test-nightly: $(VENV)/.installed-dev
	MUTATED_INPUTS=10000 $(BIN)/python -m pytest -n 2 --dist worksteal --timeout=7200 tests/test_mutated_inputs.py tests/test_writers.py

lint: types style imports

types: $(VENV)/.installed-dev
	$(BIN)/mypy

style: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

imports: $(VENV)/.installed-dev
	$(BIN)/lint-imports

# What every process of the tests would compile on a fresh clone, on one core while the other lints.
code-simulation code-models: code-%: $(VENV)/.installed-dev
	$(BIN)/python -m tests.compile_code $*

# The documentation site, without a network: open build/docs/index.html.
docs: $(VENV)/.installed-dev
	$(BIN)/python -m sphinx -W --keep-going -n -q -j auto -b html -d build/doctrees docs build/docs

# vLLM's CPU build, in an environment of its own: it needs other versions than the project does.
live-env: $(LIVE)/.installed

$(LIVE)/.installed: tests/live/requirements.txt
	$(PYTHON) -m venv $(LIVE)
	$(LIVE)/bin/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(LIVE)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r tests/live/requirements.txt
	touch $@

# Measures, calibrates and validates against a real vLLM; .ci/run does so after `make test`.
test-live: $(VENV)/.installed-dev $(LIVE)/.installed
	LIVE_PYTHON=$(abspath $(LIVE)/bin/python) $(BIN)/python -m pytest tests/live/test_real_engine.py -p no:cacheprovider --timeout=900 -s

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV) $(LIVE) build dist outputs multirun .coverage.json .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
