# Every target does its own set-up. Needs Python 3.11 or 3.12, git and make; no Docker, no Java.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test fast slow-tests coverage lint bench bench-worker chaos soak hashes models study browser clean

BIN := .venv/bin
# Records to fit on: those beside the checkout, else downloaded ones.
RECORDS := $(or $(wildcard ../shared/data),out/records)
RHYTHMS := vfdb challenge-2015 challenge-2017
INSTALLED_WITH := pyproject.toml requirements/install.sh
# Slow tests mostly wait for servers, so two processes share a core. Each may start a broker: six at most.
CORES := $(shell nproc)
SIDE_BY_SIDE := $(shell echo $$((2 * $(CORES) < 6 ? 2 * $(CORES) : 6)))
ONE_MODULE_A_PROCESS := --dist loadgroup --no-loadscope-reorder

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

setup: .venv/.runtime ## fill .venv with what serving needs
setup-dev: .venv/.dev ## fill .venv with the test tools and TensorFlow as well

.venv/.runtime: requirements/runtime.lock $(INSTALLED_WITH)
	@requirements/install.sh runtime
	@touch $@

.venv/.dev: requirements/dev.lock $(INSTALLED_WITH)
	@requirements/install.sh dev
	@touch .venv/.runtime $@ # the dev lock holds everything of the runtime lock

demo: setup ## a whole ward on this machine: make demo ARGS="--patients 8 --duration 120"
	@exec $(BIN)/wardbeat demo $(ARGS)

test: setup-dev browser ## every test but those that need minutes
	@$(BIN)/python -m pytest -n $(SIDE_BY_SIDE) $(ONE_MODULE_A_PROCESS) $(ARGS)

fast: setup-dev ## the tests that start no server and no browser
	@$(BIN)/python -m pytest -n $(CORES) $(ONE_MODULE_A_PROCESS) -m "not slow" $(ARGS)

slow-tests: setup-dev browser ## the tests that need minutes, and limits in wall time; leave the machine alone meanwhile
	@QUIET_MACHINE=1 $(BIN)/python -m pytest -m "minutes or in_time" $(ARGS)

coverage: setup-dev ## the fast tests, and the share of lines that they run; fails below the floor in pyproject.toml
	@$(BIN)/python -m pytest -n $(CORES) $(ONE_MODULE_A_PROCESS) -m "not slow" --cov --cov-report=term:skip-covered $(ARGS)

browser:
	@command -v chromium >/dev/null || .ci/apt-install chromium

lint: setup-dev ## style, format, spelling, types, import rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/codespell
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## how fast the monitor is, stage by stage: make bench ARGS="--patients 8 --json"
	@exec $(BIN)/python -m benchmarks.monitor $(ARGS)

bench-worker: setup ## how many patients one worker keeps up with: make bench-worker ARGS="--patients 100 --json"
	@exec $(BIN)/python -m benchmarks.worker $(ARGS)

chaos: setup ## strike a whole ward with faults and compare its findings: make chaos ARGS="--patients 60 --duration 600 --json"
	@exec $(BIN)/python -m benchmarks.chaos $(ARGS)

soak: setup ## let a whole ward run, watch memory and lag: make soak ARGS="--minutes 20 --patients 100 --json"
	@exec $(BIN)/python -m benchmarks.soak $(ARGS)

hashes: setup ## hash every output of the monitor, to compare two versions: make hashes ARGS="--help"
	@exec $(BIN)/python -m benchmarks.output_hashes $(ARGS)

models: setup-dev ## fit every network of the shipped bundle again, under an hour on two cores: make models ARGS=beat
	@for set in mitdb svdb nstdb $(RHYTHMS); do [ -d $(RECORDS)/$$set ] || $(BIN)/wardbeat records download $$set --to $(RECORDS)/$$set; done
	@exec $(BIN)/wardbeat train --records $(RECORDS)/mitdb --records $(RECORDS)/svdb --noise $(RECORDS)/nstdb \
	  $(foreach set,$(RHYTHMS),--rhythms $(RECORDS)/$(set)) \
	  --work out/models --out models/bundles/default $(ARGS)

study: setup-dev ## fit and compare every model of the study, under 2.5 hours on two cores: make study ARGS="--task rhythm"
	@for set in mitdb svdb vfdb challenge-2017; do [ -d $(RECORDS)/$$set ] || $(BIN)/wardbeat records download $$set --to $(RECORDS)/$$set; done
	@exec $(BIN)/wardbeat compare --data $(RECORDS) --work out/study-work --out out/study --docs docs --bundles models/bundles $(ARGS)

clean: ## remove caches; .venv and out/ stay
	@rm -rf .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
