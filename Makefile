# The entry point for people and CI. Each target sets up what it needs on a machine with Python 3.11 to 3.13, git and make.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(shell for p in python3.12 python3.11 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)
WORKERS ?= 2
# Container images often set PYTHONDONTWRITEBYTECODE. Without compiled bytecode every process then compiles its imports again: those of the packages and our own.
export UV_COMPILE_BYTECODE := 1
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup demo test test-airflow test-emulators test-live test-install test-docs lint airflow bench bench-full simulate-faults simulate-plants simulate-paging \
	chaos chaos-airflow soak fuzz fuzz-reader docs lock report clean

$(BIN)/uv:
	@test -n "$(PYTHON)" || { echo "aviastack needs Python 3.11, 3.12 or 3.13. Name one: make PYTHON=/path/to/python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv

# One environment in two steps: first what the demo needs (seconds), then everything else (Airflow, Snowflake, dbt, test tools).
$(VENV)/.demo: requirements/demo.txt pyproject.toml hatch_build.py aviastack/records/read_pages.c | $(BIN)/uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/demo.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

$(VENV)/.setup: requirements/all.txt $(VENV)/.demo
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements/all.txt
	@touch $@

$(VENV)/.bench: requirements/bench.txt requirements/bench-pandas.txt $(VENV)/.setup
	$(BIN)/uv venv --quiet --python $(BIN)/python --allow-existing $(VENV)/bench
	$(BIN)/uv pip install --quiet --python $(VENV)/bench/bin/python --require-hashes -r requirements/bench.txt
	$(BIN)/uv pip install --quiet --python $(VENV)/bench/bin/python --no-deps --editable .
	$(BIN)/uv venv --quiet --python $(BIN)/python --allow-existing $(VENV)/bench-pandas
	$(BIN)/uv pip install --quiet --python $(VENV)/bench-pandas/bin/python --require-hashes -r requirements/bench-pandas.txt
	@touch $@

# What .setup has, and Celery and the drivers of Postgres for Airflow.
$(VENV)/.celery: requirements/celery.txt $(VENV)/.setup
	$(BIN)/uv venv --quiet --python $(BIN)/python --allow-existing $(VENV)/celery
	$(BIN)/uv pip install --quiet --python $(VENV)/celery/bin/python --require-hashes -r requirements/all.txt -r requirements/celery.txt
	$(BIN)/uv pip install --quiet --python $(VENV)/celery/bin/python --no-deps --editable .
	@touch $@

setup: $(VENV)/.setup

demo: $(VENV)/.demo
	$(BIN)/aviastack demo

test: $(VENV)/.setup
	$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# A running Airflow: scheduler, LocalExecutor's processes, triggerer and server, driven through REST. About four minutes.
test-airflow: $(VENV)/.setup
	AVIASTACK_TEST_AIRFLOW=1 $(BIN)/python -m pytest tests/airflow -m running_airflow $(ARGS)

test-emulators: $(VENV)/.setup
	$(BIN)/python -m pytest -m emulators $(ARGS)

test-live: $(VENV)/.setup
	AVIASTACK_LIVE=1 $(BIN)/python -m pytest tests/live -m live $(ARGS)

# The built wheel in new environments: without extras, with the oldest versions that pyproject.toml allows, beside Airflow.
test-install: $(VENV)/.setup
	AVIASTACK_TEST_INSTALL=1 $(BIN)/python -m pytest tests/install $(ARGS)

# Every command and every snippet of the README and docs/, as printed.
test-docs: $(VENV)/.setup
	AVIASTACK_TEST_DOCS=1 $(BIN)/python -m pytest tests/test_docs.py tests/docs tests/test_notebook.py $(ARGS)

lint: $(VENV)/.setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/hadolint Dockerfile
	cd dbt && ../$(BIN)/sqlfluff lint --disable-progress-bar models tests

airflow: $(VENV)/.setup
	$(BIN)/python -m aviastack.airflow.standalone

bench: $(VENV)/.bench
	$(VENV)/bench/bin/python -m benchmarks --quick

# BEFORE=FOLDER is a checkout of an earlier version, whose replay is measured in the same run.
bench-full: $(VENV)/.bench
	$(VENV)/bench/bin/python -m benchmarks $(if $(BEFORE),--before $(BEFORE))

# Simulations over many seeds. They take longer than tests, so they have their own targets.
SEEDS ?= 500
START ?= 0
simulate-faults: $(VENV)/.setup
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --start $(START)

# Every planted bug, and how many seeds it takes to find it.
simulate-plants: $(VENV)/.setup
	$(BIN)/python -m tests.simulation --plants --seeds 1000 --start 1

simulate-paging: $(VENV)/.setup
	$(BIN)/python tests/simulation/paging.py --seeds $(SEEDS) --start $(START)

# A million damaged pages to the native reader: compared with the other readers, then under gcc's sanitizers.
PAGES ?= 1000000
fuzz-reader: $(VENV)/.setup
	$(BIN)/python tests/simulation/fuzz_reader.py --pages $(PAGES)
	$(BIN)/python tests/simulation/fuzz_reader.py --pages $(PAGES) --sanitize

# Real commands killed at random moments: what is lost, doubled and paid twice. About 20 minutes; needs Redis.
KILLS ?= 200
chaos: $(VENV)/.setup
	$(BIN)/python -m tests.chaos --kills $(KILLS)
	@echo "make chaos-airflow does the same to Airflow's scheduler, triggerer, workers and servers."

# Airflow's parts killed and broken, under LocalExecutor and two Celery workers. Needs Postgres and Redis. A part of it:
# make chaos-airflow ARGS="--executor celery --only broker".
chaos-airflow: $(VENV)/.celery
	$(VENV)/celery/bin/python -m tests.chaos.airflow $(ARGS)

# Commands under faults for an hour in one process: memory, sockets, threads and files must stay flat.
MINUTES ?= 60
soak: $(VENV)/.setup
	$(BIN)/python -X dev -W error::ResourceWarning -m tests.soak --minutes $(MINUTES)

# A million structured bodies to both parsers, settings and command lines, damaged staged files and manifests.
# On all cores, behind whatever else runs: half an hour of CPU.
BODIES ?= 1000000
fuzz: $(VENV)/.setup
	nice -n 19 $(BIN)/python -m tests.fuzz --bodies $(BODIES)

# The generated reference pages, then the site in site/. Neither needs a network.
docs: $(VENV)/.setup
	$(BIN)/python docs/generate.py
	$(BIN)/python docs/generate_methods.py
	$(BIN)/mkdocs build --strict --quiet --site-dir site

report: $(VENV)/.demo
	$(BIN)/aviastack report

# With hashes and without index addresses, so that each machine installs from its own index.
lock: $(BIN)/uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --all-extras \
		--group test --group lint --group docs pyproject.toml --output-file requirements/all.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--extra dbt-duckdb --extra report --constraint requirements/all.txt pyproject.toml --output-file requirements/demo.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group celery --constraint requirements/all.txt pyproject.toml --output-file requirements/celery.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group bench pyproject.toml --output-file requirements/bench.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group bench-pandas --output-file requirements/bench-pandas.txt

clean:
	rm -rf $(VENV) data site dbt/target dbt/logs .airflow
