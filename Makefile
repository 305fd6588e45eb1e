# Two commands matter: make run, make test. Both may be repeated.
PORT ?= 5050
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test install bench pictures lock

run: install
	$(BIN)/consumption-room demo --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest

install: $(VENV)/.run

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

pictures: $(VENV)/.test
	$(BIN)/python -m tests.pictures

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.test: $(VENV)/.run tests/requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	touch $@

# Locks hold names, versions and hashes only.
lock:
	uv lock --quiet
	uv export --quiet --no-emit-project --no-header --no-annotate --no-default-groups --all-extras -o requirements.lock
	uv export --quiet --no-emit-project --no-header --no-annotate --all-extras --group test -o tests/requirements.lock
