.DEFAULT_GOAL := help
PYTHON ?= python3
RUN := .venv/bin/

.PHONY: help setup demo test check bench chaos fmt docs clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@$(PYTHON) scripts/bootstrap.py

demo: setup ## Import the history, run real game days and grade them (PROPCAST_HISTORY, default ../shared/data)
	@bash scripts/demo.sh

test: setup ## Run every test (those that need history or an emulator skip with a message)
	@$(RUN)pytest -n auto -rs

check: setup ## Format, lint, types, room boundaries and the tests of the pure rooms
	@$(RUN)ruff format --check .
	@$(RUN)ruff check .
	@$(RUN)mypy
	@$(RUN)lint-imports
	@$(RUN)pytest -n auto -m "not history" tests/core tests/tables tests/analytics tests/precompute tests/sources

bench: setup ## Measure the budgets of the design on the real history and print them beside it
	@env -u PYTHONDONTWRITEBYTECODE $(RUN)python -m benchmarks.run

chaos: setup ## Make 100 slates while processes are killed, messages lost and disks full, then poison and storms; print the counts
	@PROPCAST_CHAOS_SLATES=$${PROPCAST_CHAOS_SLATES:-100} PROPCAST_CHAOS_MESSAGES=10000 \
	PROPCAST_CHAOS_REDELIVERIES=1000000 $(RUN)pytest -n0 -m chaos -rs tests/chaos tests/pipeline/batch/test_storm.py

fmt: setup ## Format the code and apply safe fixes
	@$(RUN)ruff format .
	@$(RUN)ruff check --fix .

docs: setup ## Write docs/reference/ (tables, features) from the declarations
	@$(RUN)python scripts/write_docs.py

clean: ## Remove the environment, caches and the demo's home
	rm -rf .venv .tools .propcast .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
