.DEFAULT_GOAL := help
PYTHON ?= python3
RUN := .venv/bin/
SUITES ?= tests/backends

.PHONY: help setup demo demo-history demo-rollout test test-browser test-images test-monitoring test-gcp check bench bench-judge
.PHONY: bench-cloud bench-services test-adapters chaos chaos-short fuzz
.PHONY: fmt docs clean prove-images prove-rollouts

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@$(PYTHON) scripts/bootstrap.py

demo: setup ## A simulated world through the six services, the console at http://127.0.0.1:8080; Ctrl-C ends it
	@env -u PYTHONDONTWRITEBYTECODE bash scripts/demo.sh

demo-history: setup ## Real game days in one process, from import to grade (PROPCAST_HISTORY, default ../shared/data)
	@env -u PYTHONDONTWRITEBYTECODE bash scripts/demo_history.sh

demo-rollout: setup ## A good release goes live while people ask, a bad one is caught and taken back (two minutes, HAProxy)
	@env -u PYTHONDONTWRITEBYTECODE $(RUN)python scripts/demo_rollout.py

test: setup ## Run every test but the slow suites (those that need history or an emulator skip with a message)
	@$(RUN)pytest -n auto -rs -m "not chaos and not browser and not images and not monitoring and not rollouts and not gcp"

test-browser: setup ## Read the console, and a demo made for it, in Chromium (minutes; skips with a message where there is none)
	@$(RUN)pytest -n0 -rs -m browser tests/apps/console

test-images: setup ## Make environments with planted defects and see each caught by its own proof (5 minutes)
	@$(RUN)pytest -n0 -rs -m images tests/delivery/images

test-monitoring: setup ## Watch the six services with Prometheus and Alertmanager while faults are planted (5 minutes)
	@$(RUN)pytest -n0 -rs -m monitoring tests/delivery/monitoring

test-gcp: setup ## Run the adapters on Google Cloud against emulators (each skips with a message where its emulator is missing)
	@$(PYTHON) scripts/emulators.py
	@$(RUN)pytest -n auto -rs -m gcp tests

test-adapters: setup ## The suites of the ports on every adapter, local and emulated cloud, for CI; prints port x adapter x tests (15 minutes)
	@$(PYTHON) scripts/emulators.py
	@$(RUN)pytest -n 4 -rs -m "not chaos" $(SUITES)

prove-images: setup ## Plant every defect of an image in a copy and print what catches it, before any deploy (3 minutes)
	@$(RUN)python -m benchmarks.images

prove-rollouts: setup ## Roll a good release and ten bad ones out while people ask; print what became of each (10 minutes, HAProxy)
	@$(RUN)pytest -n0 -rs -m rollouts tests/delivery/rollout
	@env -u PYTHONDONTWRITEBYTECODE timeout --kill-after=120 2700 $(RUN)python -m benchmarks.rollouts

check: setup ## Format, lint, types, room boundaries and the tests of the pure rooms
	@$(RUN)ruff format --check .
	@$(RUN)ruff check .
	@$(RUN)mypy
	@$(RUN)lint-imports
	@$(RUN)pytest -n auto -m "not history and not chaos" tests/core tests/tables tests/analytics tests/precompute tests/sources

bench: setup ## Measure the budgets of the design, in one process on the real history and through the services
	@env -u PYTHONDONTWRITEBYTECODE $(RUN)python -m benchmarks.run
	@$(MAKE) --no-print-directory bench-judge
	@$(MAKE) --no-print-directory bench-services
	@$(MAKE) --no-print-directory bench-cloud

bench-judge: setup ## Play canaries of known quality against the judge; print what it says beside the design's figures (5 minutes)
	@$(RUN)python -m benchmarks.judge

bench-services: setup ## Measure the six services on a simulated world: starts, memory, slates, load, scale (15 minutes)
	@env -u PYTHONDONTWRITEBYTECODE $(RUN)python -m benchmarks.services

bench-cloud: setup ## Count jobs, bytes, documents, messages and the price of two small slates on emulators of Google Cloud
	@$(PYTHON) scripts/emulators.py
	@$(RUN)python -m benchmarks.bigquery
	@$(RUN)python -m benchmarks.messages

chaos: setup ## Make 100 slates while processes are killed, messages lost and disks full, then poison and storms; print the counts
	@PROPCAST_CHAOS_SLATES=$${PROPCAST_CHAOS_SLATES:-100} PROPCAST_CHAOS_MESSAGES=10000 \
	PROPCAST_CHAOS_REDELIVERIES=1000000 $(RUN)pytest -n0 -m chaos -rs tests/chaos tests/pipeline/batch/test_storm.py

fuzz: setup ## Ask each of the six services 2,000 generated questions, with every credential, hostile texts, deep looks; print the counts
	@PROPCAST_FUZZ_CASES=$${PROPCAST_FUZZ_CASES:-2000} PROPCAST_DEEP_RUNS=$${PROPCAST_DEEP_RUNS:-1000} \
	$(RUN)pytest -n auto -rs tests/apps/test_fuzz.py tests/apps/test_access.py tests/apps/test_cleanliness.py \
	tests/apps/test_injection.py

chaos-short: setup ## The same with 10 slates and smaller storms, for CI; ends within 15 minutes whatever happens
	@PROPCAST_CHAOS_SLATES=10 PROPCAST_CHAOS_MESSAGES=1000 PROPCAST_CHAOS_REDELIVERIES=50000 \
	PROPCAST_CHAOS_REDELIVERIES_HTTP=300 timeout --kill-after=60 900 \
	$(RUN)pytest -n0 -m chaos -rs tests/chaos tests/pipeline/batch/test_storm.py

fmt: setup ## Format the code and apply safe fixes
	@$(RUN)ruff format .
	@$(RUN)ruff check --fix .

docs: setup ## Write docs/reference/ (tables, features) from the declarations
	@$(RUN)python scripts/write_docs.py

clean: ## Remove the environment, caches and the demo's home
	rm -rf .venv .tools .propcast .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
