# `make run` and `make test` are all that is needed; `make help` lists the rest.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.set-up

.PHONY: help setup run test test-all crash soak bench bench-ocr fuzz check format lock samples evaluation clean
.DEFAULT_GOAL := help

help:  ## what can be made
	@sed -n 's/^\([a-z-]*\):.*##  */\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(STAMP)  ## Debian packages where allowed, the virtual environment, the program in it

$(STAMP): requirements/dev.txt pyproject.toml apt.txt tools/debian-packages
	@tools/debian-packages
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "no venv: sudo apt-get install python3-venv"; exit 1; }
	@echo "installing Python packages into .venv (once, about a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

run: setup  ## load the invented samples and show the weekly summary
	@$(BIN)/intake demo

test: setup  ## the tests (minutes)
	@$(BIN)/pytest -m "not slow" -n auto

test-all: setup  ## the tests, the slow ones too
	@$(BIN)/pytest -n auto

crash: setup  ## kill the intake at 500 points of its life, and make its disk fail (minutes; needs root)
	@CRASH_POINTS=500 $(BIN)/pytest -s tests/crash

soak: setup  ## 100,000 messages through the daemon's readers: memory, descriptors, children (hours)
	@SOAK_MESSAGES=100000 $(BIN)/pytest -s tests/worker/test_soak.py

bench: setup  ## measure, as ratios to known programs
	@$(BIN)/python bench/run.py
	@$(BIN)/python bench/reports.py
	@$(BIN)/python bench/textcat.py

bench-ocr: setup  ## scans of six languages beside plain tesseract: error rates
	@$(BIN)/python -m bench.ocr

fuzz: setup  ## ten thousand mutated messages, texts and files
	@FUZZ_INPUTS=$${FUZZ_INPUTS:-10000} $(BIN)/pytest -q tests/torture/test_fuzz.py --timeout 7200

check: setup  ## style, types and the rule of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: setup  ## put the code in its usual form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

samples: setup  ## make samples/replies anew from samples/source
	@$(BIN)/python samples/make.py

evaluation: setup  ## make the evaluation set in var/evaluation
	@$(BIN)/python evaluation/make.py
	@echo "evaluate: $(BIN)/intake evaluate var/evaluation/reported --baseline (or development, traps-reported, traps-development)"

lock:  ## resolve requirements/*.txt anew from pyproject.toml (needs uv)
	uv pip compile --quiet --upgrade --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/base.txt
	uv pip compile --quiet --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -c requirements/base.txt --group dev pyproject.toml -o requirements/dev.txt

clean:  ## remove the virtual environment and all caches; var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
