# Every target has a line of help. A fresh machine needs Python 3.11+ with venv, make and a package index.
PYTHON ?= python3
BIN := .venv/bin
SHELL := /bin/sh

.DEFAULT_GOAL := help
.PHONY: help setup dev run ask test browser chaos bench check lint types imports lock replies reference train measure slow ci clean

help:  ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Guichet needs Python 3.11 or newer: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python's venv is missing. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: .venv/made requirements.txt pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

setup: .venv/run  ## Make the virtual environment with the locked dependencies

dev: .venv/dev  ## The same with the tools of development

run: setup  ## Set up and start the demo in the foreground
	@$(BIN)/guichet demo

ask: setup  ## Talk to the counter at the terminal: make ask AS=address
	@$(BIN)/guichet ask $(if $(AS),--as $(AS))

test: dev  ## Set up and run all tests that need only what pip installs
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow and not postgres and not browser"

browser: dev  ## The pages in Chromium, as people see them
	$(BIN)/pytest -m browser --timeout 600

chaos: dev  ## kill -9 in the middle of work, and relays that refuse
	$(BIN)/pytest tests/road/test_crash_and_relay.py tests/threats -m "slow or not slow" --timeout 600

bench: dev  ## Print how fast the core, the documents and the understander are (ten minutes)
	$(BIN)/python benchmarks/billing.py
	$(BIN)/python benchmarks/documents.py
	$(BIN)/python benchmarks/understanding.py

lint: dev  ## Format and lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: dev  ## Check types
	$(BIN)/mypy

imports: dev  ## Check that arrows point down
	$(BIN)/lint-imports

check: lint types imports  ## Format, lint, types and layers

replies: dev  ## Write every reply in three languages and dresses anew (then read the diff)
	UPDATE_REPLIES=1 $(BIN)/pytest tests/replies -q

reference: dev  ## Write docs/reference/intents.md from the declarations in handlers/
	$(BIN)/python -m docs.intents

slow: dev  ## The slower suites
	$(BIN)/pytest -m "slow or postgres or browser" --timeout 600

.venv-train/made: pyproject.toml requirements.txt
	$(PYTHON) -m venv .venv-train
	.venv-train/bin/pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	.venv-train/bin/pip install --quiet --disable-pip-version-check -r requirements.txt
	.venv-train/bin/pip install --quiet --disable-pip-version-check --group train
	@touch $@

train: .venv-train/made  ## Make the encoder anew from the labelled messages (an hour or more)
	.venv-train/bin/python -m training

measure: setup  ## Print how well the shipped encoder reads
	$(BIN)/python -m training.measure

lock:  ## Lock the dependencies anew
	$(PYTHON) -m venv .venv/lock && .venv/lock/bin/pip install --quiet uv
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml --group build -o requirements.txt
	.venv/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev -o requirements-dev.txt

ci:  ## Install the programs, check, and run every test; skips nothing
	sh .ci/programs
	$(MAKE) check
	$(MAKE) test
	$(MAKE) slow

clean:  ## Remove what was built here
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache
