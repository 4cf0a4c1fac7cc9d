# BookMyConsultation. `make` alone lists what there is.
PYTHON ?= python3
BIN := .venv/bin
UV_VERSION := 0.13.9

.DEFAULT_GOAL := help
.PHONY: help install run test stack stack-test soak check format supergraph compile compiled-test bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/installed ## Install everything into .venv, nothing outside of this folder

.venv/installed: pyproject.toml uv.lock Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "BookMyConsultation needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv \
	  || { rm -rf .venv; echo "Python's venv module is missing (on Debian: apt-get install python3-venv)"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1 $(BIN)/uv sync --quiet --frozen --all-extras --python $(BIN)/python
	@$(BIN)/python -m compileall -q bmc router shared subgraphs
	@touch $@

run: install ## Start the whole platform on embedded defaults, data under .bmc
	@exec $(BIN)/bmc up

test: install ## Run the whole test suite
	@$(BIN)/pytest -n 2 --dist loadfile

stack: install ## Start the distributed system of docker-compose.yml natively, on real servers of its own
	@$(BIN)/python -m tests.stack.up

stack-test: install ## Test against real servers: Kafka, MySQL, MongoDB, S3, SES, and every part a process
	@$(BIN)/python -m tests.stack.run

soak: install ## Load that distributed system for five minutes while its parts are killed, then count; prints figures
	@$(BIN)/python bench/soak.py

check: install ## Format, lint, types, import contracts, drift of the committed schemas
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy bmc router shared subgraphs tests bench deploy
	@$(BIN)/lint-imports
	@$(BIN)/bmc supergraph --check

format: install ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

supergraph: install ## Export the subgraphs' schemas and events, compose supergraph.graphql
	@$(BIN)/bmc supergraph

compile: install ## Compile the router's busiest modules to machine code, in a copy of it in .compiled; needs a C compiler
	@$(BIN)/python deploy/compile_router.py .compiled

compiled-test: compile ## Run the router's tests on that copy
	@PYTHONSAFEPATH=1 PYTHONPATH=$(CURDIR)/.compiled $(BIN)/pytest -n 2 --dist loadfile -o pythonpath=.compiled tests/router

bench: install ## Run the benchmarks; they print ratios
	@for script in bench/bench_*.py; do $(BIN)/python $$script || exit 1; done

clean: ## Remove what was installed, compiled and kept (.venv, .compiled, .bmc)
	rm -rf .venv .compiled .bmc
