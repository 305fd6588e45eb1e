# Two commands matter: make run, make test. Both may be repeated.
PORT ?= 5050
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: dose-rules figures evidence faults run test install bench pictures translations lock

run: install
	$(BIN)/consumption-room demo --port $(PORT)

test: $(VENV)/.test
	$(BIN)/python -m pytest

install: $(VENV)/.run

bench: $(VENV)/.test
	$(BIN)/python -m tests.bench

# Measure everything that the README quotes, the long way, and write it down.
evidence: $(VENV)/.test
	ROOM_EVIDENCE=1 ROOM_INTAKES=400 ROOM_INTAKES_POSTGRESQL=100 \
	$(BIN)/python -m pytest -n 0 tests/test_races.py tests/test_busy_day.py
	ROOM_EVIDENCE=1 $(BIN)/python -m tests.bench
	$(MAKE) faults

# Injure the room the long way, hold it to its promises to the second, and write the figures down; needs an idle machine.
ROOM_KILLS ?= 100
ROOM_POWER_CUTS ?= 5000
ROOM_FIGHTS ?= 340
ROOM_LOCKED_S ?= 10
ROOM_CUT_SESSIONS_S ?= 60
ROOM_HERD ?= 100
ROOM_STORM_S ?= 300
ROOM_STORM_DISPLAYS ?= 100
ROOM_PRESSES ?= 200
ROOM_PAST_VISITS ?= 500000
ROOM_SERVER_FIGHTS ?= 200
faults: $(VENV)/.test
	ROOM_EVIDENCE=1 ROOM_KILLS=$(ROOM_KILLS) ROOM_POWER_CUTS=$(ROOM_POWER_CUTS) ROOM_FIGHTS=$(ROOM_FIGHTS) \
	ROOM_LOCKED_S=$(ROOM_LOCKED_S) ROOM_CUT_SESSIONS_S=$(ROOM_CUT_SESSIONS_S) ROOM_HERD=$(ROOM_HERD) \
	ROOM_STORM_S=$(ROOM_STORM_S) ROOM_STORM_DISPLAYS=$(ROOM_STORM_DISPLAYS) ROOM_PRESSES=$(ROOM_PRESSES) \
	ROOM_PAST_VISITS=$(ROOM_PAST_VISITS) ROOM_SERVER_FIGHTS=$(ROOM_SERVER_FIGHTS) \
	$(BIN)/python -m pytest -n 0 tests/faults
	$(BIN)/python -m tests.figures

figures: $(VENV)/.test
	$(BIN)/python -m tests.figures

pictures: $(VENV)/.test
	$(BIN)/python -m tests.pictures

# The truth table of the pre-check, for a doctor to read.
dose-rules: $(VENV)/.test
	$(BIN)/python -m tests.dose_rules

# What templates, code and lists say, brought into the catalogues; new words stand there untranslated.
translations: install
	$(BIN)/pybabel -q extract --mapping-file config/babel.cfg --add-location file --sort-by-file --no-wrap --output-file $(VENV)/messages.pot .
	$(BIN)/pybabel -q update --input-file $(VENV)/messages.pot --output-dir config/translations --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap
	$(BIN)/pybabel -q compile --directory config/translations

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
