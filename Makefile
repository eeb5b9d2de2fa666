# Everything runs in .venv, which `make setup` builds once from the hashed lock files. What not everybody needs lies over
# it in layers: requirements-NAME.txt is added by what needs it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install --no-deps --no-build-isolation
LOCKED := $(INSTALL) --require-hashes

SOURCE ?= data/reports
DATASET ?= build/dataset

.PHONY: help setup run pkuseg charts ray dev browser check quick-extractors quick-others lint test model bench docs notebooks picture server lock clean
.DEFAULT_GOAL := help

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready  ## build .venv with the exact versions of the lock files

$(VENV)/.ready: requirements-build.txt requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null || { \
		echo "There is no $(PYTHON) here. Install Python 3.11, 3.12 or 3.13, or name it: make setup PYTHON=python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Jixiao needs Python 3.11 or newer and $(PYTHON) is %d.%d: make setup PYTHON=python3.11" % sys.version_info[:2])'
	@echo "Setting up $(VENV): once, a minute or two."
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV) || { \
		echo "$(PYTHON) makes no virtual environments: install its venv module (Debian, Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@$(LOCKED) --only-binary :all: -r requirements-build.txt && $(LOCKED) -r requirements.txt && $(INSTALL) --editable . \
		|| { $(NO_PACKAGES); }
	@echo "Left out, as few need it: the segmenter pkuseg, which is built from source (make pkuseg), charts and notebooks (make charts), Ray (make ray)."
	@touch $@

$(VENV)/.%: requirements-%.txt $(VENV)/.ready
	@echo "Adding $* to $(VENV)."
	@$(LOCKED) -r $< || { $(NO_PACKAGES); }
	@touch $@

$(VENV)/.pkuseg: requirements-pkuseg.txt requirements-pkuseg-build.txt $(VENV)/.ready
	@echo "Adding pkuseg to $(VENV): it is compiled, which takes a minute or two."
	@$(LOCKED) --only-binary :all: -r requirements-pkuseg-build.txt || { $(NO_PACKAGES); }
	@$(LOCKED) -r $< >$(VENV)/pkuseg.log 2>&1 || { \
		grep -E -m 1 'error: [Cc]ommand|fatal error:|^ERROR: ' $(VENV)/pkuseg.log; \
		echo "The segmenter pkuseg is left out: it could not be built (the whole log: $(VENV)/pkuseg.log). It needs a C++ compiler and"; \
		echo "Python's headers (Debian, Ubuntu: apt-get install g++ python3-dev), then: make pkuseg. Everything else works, with jieba."; \
		exit 1; } >&2
	@touch $@

NO_PACKAGES := echo "Packages could not be installed, see above. A package index is needed; PIP_INDEX_URL names another than the usual." >&2; exit 1

pkuseg: $(VENV)/.pkuseg  ## add the segmenter pkuseg, given a C++ compiler and Python's headers

charts: $(VENV)/.charts  ## add matplotlib, pandas and what runs notebooks

ray: $(VENV)/.ray  ## add Ray, for runs over many machines

dev: $(VENV)/.dev  ## add what checks, tests, trains and measures

run: setup  ## ingest the sample reports and show what came of it (SOURCE=… DATASET=… for your own)
	@$(BIN)/jixiao ingest $(SOURCE) $(DATASET)
	@$(BIN)/jixiao show $(DATASET)

lint: dev  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/mypy

check: dev  ## check style and types and run the quick tests, side by side: a minute or so
	@$(MAKE) --no-print-directory --jobs --output-sync lint quick-extractors quick-others

QUICK := $(BIN)/pytest --quiet -rfE -m "not slow"

quick-extractors: dev
	$(QUICK) tests/extractors extractors

quick-others: dev
	$(QUICK) tests --ignore tests/extractors

browser:  ## install Debian's Chromium, in which the review page is tested, if it is missing and root asks
	@command -v chromium >/dev/null && command -v chromedriver >/dev/null || { \
		test "$$(id -u)" = 0 && command -v apt-get >/dev/null && apt-get update -qq && \
		apt-get install -y -qq --no-install-recommends chromium chromium-driver >/dev/null; \
	} || echo "No Chromium: the review page's tests are skipped."

test: dev ray browser lint  ## set up, then check style and types and run the whole test suite
	@$(MAKE) --no-print-directory pkuseg || test -z "$$CI"
	$(BIN)/pytest

model: dev  ## train the models anew from data/training
	$(BIN)/python -m flows.train

bench: dev  ## measure speed, memory and size over 10,000 generated reports
	$(BIN)/python -m benchmarks

docs: setup  ## write the data dictionary anew from the schemas
	$(BIN)/python -m flows.dictionary

notebooks: run charts  ## run the notebooks over the dataset; their charts go to build/notebooks
	$(BIN)/python -m notebooks $(DATASET)

picture: dev run browser  ## take the README's picture of the review page anew
	$(BIN)/python -m tests.flows.picture $(DATASET)

server: setup  ## start the Prefect UI and a served deployment of the ingestion
	$(BIN)/jixiao serve $(SOURCE) $(DATASET)

lock:  ## resolve the dependencies into the lock files (UPGRADE=--upgrade for the newest)
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip --quiet install uv
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) requirements-build.in -o requirements-build.txt
	$(COMPILE) requirements-pkuseg-build.in -o requirements-pkuseg-build.txt
	$(COMPILE_LAYER) --no-emit-package cython --extra pkuseg -o requirements-pkuseg.txt
	$(COMPILE_LAYER) --extra charts --group notebooks -o requirements-charts.txt
	$(COMPILE_LAYER) --extra ray -o requirements-ray.txt
	$(COMPILE_LAYER) --extra charts --extra train --group dev -o requirements-dev.txt
	@sed -i '/^$$/d;/^#/d' requirements-*.txt

COMPILE := build/lock/bin/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-strip-extras \
	--no-emit-index-url --no-header --no-annotate $(UPGRADE)
# A layer holds what it adds to requirements.txt.
COMPILE_LAYER = $(COMPILE) pyproject.toml -c requirements.txt \
	$$(sed -nE 's/^([a-z0-9._-]+).*==.*/--no-emit-package \1/p' requirements.txt)

clean:  ## remove .venv and everything that was built
	rm -rf $(VENV) .prefect build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
