# Everything runs in .venv, which `make setup` builds once from the hashed lock files.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

SOURCE ?= data/reports
DATASET ?= build/dataset

.PHONY: help setup run browser test lint model bench docs notebooks picture server ray lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready  ## build .venv with the exact versions of the lock files

$(VENV)/.ready: requirements-build.txt requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jixiao needs Python 3.11 or newer: make setup PYTHON=python3.11")'
	@echo "Setting up $(VENV): once, a minute or two."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes --only-binary :all: -r requirements-build.txt
	@$(PIP) install --require-hashes --no-deps --no-build-isolation -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

ray: $(VENV)/.ray  ## add Ray to .venv, for runs over many machines

$(VENV)/.ray: $(VENV)/.ready requirements-ray.txt
	@$(PIP) install --require-hashes --no-deps --no-build-isolation -r requirements-ray.txt
	@touch $@

run: setup  ## ingest the sample reports and show what came of it (SOURCE=… DATASET=… for your own)
	@$(BIN)/jixiao ingest $(SOURCE) $(DATASET)
	@$(BIN)/jixiao show $(DATASET)

lint: setup  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

browser:  ## install Debian's Chromium, in which the review page is tested, if it is missing and root asks
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null; \
	} || echo "No Chromium: the review page's tests are skipped."

test: setup ray browser lint  ## set up, then check style and types and run the whole test suite
	$(BIN)/pytest

model: setup  ## train the models anew from data/training
	$(BIN)/python -m flows.train

bench: setup  ## measure speed, memory and size over 10,000 generated reports
	$(BIN)/python -m benchmarks

docs: setup  ## write the data dictionary anew from the schemas
	$(BIN)/python -m flows.dictionary

notebooks: run  ## run the notebooks over the dataset; their charts go to build/notebooks
	$(BIN)/python -m notebooks $(DATASET)

picture: run browser  ## take the README's picture of the review page anew
	$(BIN)/python -m tests.flows.picture $(DATASET)

server: setup  ## start the Prefect UI and a served deployment of the ingestion
	$(BIN)/jixiao serve $(SOURCE) $(DATASET)

lock:  ## resolve the dependencies into the lock files (UPGRADE=--upgrade for the newest)
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip --quiet install uv
	build/lock/bin/uv pip compile $(LOCK) pyproject.toml --group dev -o requirements.txt
	build/lock/bin/uv pip compile $(LOCK) requirements-build.in -o requirements-build.txt
	build/lock/bin/uv pip compile $(LOCK) pyproject.toml --group dev --extra ray -c requirements.txt -o requirements-ray.txt

LOCK := --quiet --python-version 3.11 --universal --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-header --no-annotate $(UPGRADE)

clean:  ## remove .venv and everything that was built
	rm -rf $(VENV) .prefect build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
