# The one entry for people and CI. Every target sets up what it needs on a machine that has Python 3.11+, git and make.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
WORKERS ?= 2

.PHONY: setup demo test test-emulators test-live lint airflow bench bench-full simulate-faults docs lock report clean

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "aviastack needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

# Two steps into one environment: what the demo needs (seconds), then everything (Airflow, Snowflake, dbt, test tools).
$(VENV)/.demo: requirements/demo.txt pyproject.toml | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/demo.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.setup: requirements/all.txt $(VENV)/.demo
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/all.txt
	@touch $@

$(VENV)/.bench: requirements/bench.txt requirements/bench-pandas.txt $(VENV)/.setup
	$(BIN)/uv venv --quiet --python $(BIN)/python --allow-existing $(VENV)/bench
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV)/bench/bin/python --require-hashes -r requirements/bench.txt
	$(BIN)/uv pip install --quiet --python $(VENV)/bench/bin/python --no-deps --editable .
	$(BIN)/uv venv --quiet --python $(BIN)/python --allow-existing $(VENV)/bench-pandas
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(VENV)/bench-pandas/bin/python --require-hashes -r requirements/bench-pandas.txt
	@touch $@

setup: $(VENV)/.setup

demo: $(VENV)/.demo
	$(BIN)/aviastack demo

test: $(VENV)/.setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

test-emulators: $(VENV)/.setup
	$(BIN)/python -m pytest -m emulators $(ARGS)

test-live: $(VENV)/.setup
	AVIASTACK_LIVE=1 $(BIN)/python -m pytest tests/live -m live $(ARGS)

lint: $(VENV)/.setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

airflow: $(VENV)/.setup
	$(BIN)/python -m aviastack.airflow.standalone

bench: $(VENV)/.bench
	$(VENV)/bench/bin/python -m benchmarks --quick

bench-full: $(VENV)/.bench
	$(VENV)/bench/bin/python -m benchmarks

# Slower proofs: paging under thousands of seeds.
SEEDS ?= 500
START ?= 0
simulate-faults: $(VENV)/.setup
	$(BIN)/python tests/simulation/paging.py --seeds $(SEEDS) --start $(START)

docs: $(VENV)/.setup
	$(BIN)/python docs/generate.py

report: $(VENV)/.demo
	$(BIN)/aviastack report

# Hashed, and without the address of any index: every machine installs from the index that it is set up with.
lock: $(BIN)/uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras \
		--group test --group lint pyproject.toml --output-file requirements/all.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dbt-duckdb --extra report --constraint requirements/all.txt pyproject.toml --output-file requirements/demo.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group bench pyproject.toml --output-file requirements/bench.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group bench-pandas --output-file requirements/bench-pandas.txt

clean:
	rm -rf $(VENV) data dbt/target dbt/logs .airflow
