# Every target sets up what it needs: the environment is rebuilt when a lock or pyproject.toml changed.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
# Without bytecode each process that a test or the demo starts would compile all that it loads.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
BENCH_VENV := .venv-bench
BENCH_BIN := $(BENCH_VENV)/bin
BENCH_STAMP := $(BENCH_VENV)/.stamp
SOURCES := gateway connectors mocks tests
WORKERS ?= 5

.PHONY: help
help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort | awk -F'\t' '{printf "  make %-16s %s\n", $$1, $$2}'

.PHONY: setup
setup: $(STAMP) ## Build the environment from the locks

$(STAMP): pyproject.toml requirements/uv.txt requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; name one with 'make PYTHON=python3.11 ...'" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
		|| { echo "This Python cannot make environments; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "setting up $(VENV)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(BIN)/uv --version 2>/dev/null | grep -qF "$$(sed -n 's/^uv==\([^ ]*\).*/uv \1/p' requirements/uv.txt)" \
		|| $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: demo
demo: $(STAMP) ## Run the main job against all doubles, print a summary, exit (ARGS=...)
	@$(BIN)/gateway demo $(ARGS)

.PHONY: run
run: $(STAMP) ## The same as demo, but stay up with the console (ARGS=...)
	@$(BIN)/gateway demo --serve $(ARGS)

.PHONY: test
test: $(STAMP) ## Run all tests; tests skip whose PostgreSQL, RabbitMQ or Chromium is away
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal $(ARGS)

CHECKS := "ruff format --check" "ruff check" "mypy" "lint-imports --no-logo" "deptry ."

.PHONY: check
check: $(STAMP) ## Check format, lint, types, import rules and dependencies; tell all that fails
	@failed=(); for step in $(CHECKS); do \
		echo "--- $$step"; $(BIN)/$$step || failed+=("$${step%% *}"); \
	done; \
	if [ $${#failed[@]} -gt 0 ]; then echo "failed: $${failed[*]}" >&2; exit 1; fi

.PHONY: format
format: $(STAMP) ## Rewrite the sources in house format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

$(BENCH_STAMP): pyproject.toml requirements/bench.txt | $(STAMP)
	@echo "setting up $(BENCH_VENV)"
	@test -x $(BENCH_BIN)/python || $(PYTHON) -m venv --without-pip $(BENCH_VENV)
	@VIRTUAL_ENV=$(BENCH_VENV) $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements/bench.txt
	@VIRTUAL_ENV=$(BENCH_VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: bench
bench: $(BENCH_STAMP) ## Measure the gateway and its peers on the same work (ARGS=...)
	@$(BENCH_BIN)/python -m benchmarks.w1.run $(ARGS)

.PHONY: bench-quick
bench-quick: $(BENCH_STAMP) ## The same in under a minute: less work, fewer peers (ARGS=...)
	@$(BENCH_BIN)/python -m benchmarks.w1.run --quick $(ARGS)

.PHONY: bench-faults
bench-faults: $(BENCH_STAMP) ## Measure the same work while things go wrong (ARGS=...)
	@$(BENCH_BIN)/python -m benchmarks.w1.legs $(ARGS)

.PHONY: bench-growth
bench-growth: $(BENCH_STAMP) ## Measure the gateway on a store that holds a million orders (ARGS=...)
	@$(BENCH_BIN)/python -m benchmarks.w1.growth $(ARGS)

.PHONY: bench-core
bench-core: $(STAMP) ## Measure what one change costs in the core (ARGS=...)
	@$(BIN)/python -m benchmarks $(ARGS)

.PHONY: bench-commerceml
bench-commerceml: $(STAMP) ## Measure reading 51 MB of CommerceML offers (ARGS=...)
	@$(BIN)/python -m benchmarks.commerceml $(ARGS)

.PHONY: bench-identity
bench-identity: $(STAMP) ## Measure normalisation, and matching on 450,000 customers of known truth (ARGS=...)
	@$(BIN)/python -m benchmarks.identity
	@$(BIN)/python -m benchmarks.people $(ARGS)

.PHONY: bench-till
bench-till: $(STAMP) ## Measure what the gateway adds to a till's call (ARGS=...)
	@$(BIN)/python -m benchmarks.till $(ARGS)

.PHONY: bench-vendors
bench-vendors: $(STAMP) ## Measure how much of each vendor's limit is used (ARGS=...)
	@$(BIN)/python -m benchmarks.vendors $(ARGS)

.PHONY: bench-doubles
bench-doubles: $(STAMP) ## Measure how many requests a second each vendor's double answers (ARGS=...)
	@$(BIN)/python -m benchmarks.vendors.doubles $(ARGS)

.PHONY: bench-console
bench-console: $(STAMP) ## Measure the console's pages on a million sentences of journal (ARGS=...)
	@$(BIN)/python -m benchmarks.console $(ARGS)

.PHONY: soak
soak: $(STAMP) ## Kill the gateway and its services 50 times under load (SOAK_KILLS=..., ARGS=...)
	@SOAK_KILLS=$${SOAK_KILLS:-50} $(BIN)/pytest tests/soak -m soak $(ARGS)

.PHONY: reference
reference: $(STAMP) ## Write the pages of docs/reference from the code
	@$(BIN)/python -m gateway.telemetry.reference docs/reference

.PHONY: services
services: ## Install and start PostgreSQL and RabbitMQ, make the tests' role, install Chromium and a JavaScript client
	@tools/services

.PHONY: lock
lock: ## Resolve the dependencies again into requirements/
	@test -x $(BIN)/uv || $(MAKE) --no-print-directory setup
	@$(LOCK) pyproject.toml --output-file requirements/runtime.txt
	@$(LOCK) pyproject.toml --group dev --output-file requirements/dev.txt
	@$(LOCK) pyproject.toml --group bench --constraints requirements/dev.txt \
		--output-file requirements/bench.txt
	@echo uv | $(LOCK) - --constraints requirements/dev.txt --output-file requirements/uv.txt

LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --upgrade

.PHONY: clean
clean: ## Remove the environment and everything generated
	@rm -rf $(VENV) $(BENCH_VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	@find $(wildcard $(SOURCES) benchmarks) -name __pycache__ -type d -prune -exec rm -rf {} +
