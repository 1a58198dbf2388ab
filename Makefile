# make serve   builds the graph if needed and answers SPARQL on http://127.0.0.1:8000/sparql
# make test    style, types and tests; no network but the package index for set-up
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PORT ?= 8000
# A process for each core; a module stays in one, as its tests share servers.
PARALLEL ?= -n auto --dist loadfile
export ANLOKG_RELEASES ?= $(CURDIR)/build/releases

.PHONY: serve build test test-all check format clean setup setup-dev bench

serve: setup
	$(BIN)/anlokg build
	$(BIN)/anlokg serve --port $(PORT)

build: setup
	$(BIN)/anlokg build

test: setup-dev check
	$(BIN)/python -m pytest -m "not slow" $(PARALLEL)

test-all: setup-dev check
	$(BIN)/python -m pytest $(PARALLEL)

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup-dev
	$(BIN)/python -m benchmarks

setup: $(VENV)/.runtime

setup-dev: $(VENV)/.development

$(VENV)/.runtime: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "anlokg needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable . --constraint constraints.txt
	touch $@

$(VENV)/.development: $(VENV)/.runtime
	$(BIN)/python -m pip install --quiet --group dev --constraint constraints.txt
	touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
