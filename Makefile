# What can be done here: `make help`. Needs Python 3.11 or later (with venv) and make; everything else it fetches,
# at the versions and hashes of the lock files.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && exit; done; echo python3)
UV ?= uv
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
HOME_NOTE := $(VENV)/made-in
RUN := $(VENV)/ready-to-run
DEV := $(VENV)/ready-to-test
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# An environment knows the folder it was made in: in a copied or moved tree, or once its Python is gone, it would
# run the old one or nothing. Then it is made again.
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(HOME_NOTE) 2>/dev/null),$(CURDIR))
.PHONY: $(HOME_NOTE)
endif

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup offline demo test test-fast format bench pictures lock chart kinds papers clean

help: ## say what can be done here
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(RUN) ## run a sample college through a year, then serve its console (ARGS="--no-serve --units 64 --json")
	@$(BIN)/kaohe demo $(ARGS)

test: $(DEV) ## lint, types, the plan of the house, and every test on SQLite and on PostgreSQL (ARGS="-k replay")
	$(BIN)/ruff check .
	$(BIN)/ruff format --check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS)

# The core, where most changes begin. It says nothing of PostgreSQL, the pages, the programs: `make test` does.
test-fast: $(DEV) ## the core's tests on SQLite, within a minute, while you write (ARGS="-k meeting")
	@$(BIN)/python -m pytest -n auto -q --fast tests/states tests/config tests/workflow tests/storage $(ARGS)

format: $(DEV) ## put the code in the house's form
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

bench: $(DEV) ## measure (benchmarks/README.md)
	@$(BIN)/python -m benchmarks $(ARGS)

pictures: $(DEV) ## take the two pictures of README.md again, in Chromium (ARGS="--all FOLDER" takes every page, for looking)
	@$(BIN)/python -m tests.console.pictures $(ARGS)

chart: $(RUN) ## draw the diagram in docs/house.md again
	@$(BIN)/kaohe rules chart --lang zh > $(VENV)/chart
	@awk 'FNR == NR { chart = chart $$0 "\n"; next } \
	  $$0 == "<!-- /chart -->" { inside = 0 } !inside { print } \
	  $$0 == "<!-- chart -->" { printf "```mermaid\n%s```\n", chart; inside = 1 }' \
	  $(VENV)/chart docs/house.md > $(VENV)/house.md && cp $(VENV)/house.md docs/house.md

papers: $(DEV) ## write the digests of the papers in tests/golden/papers.json again, after a template has changed
	@$(BIN)/python -m tests.console.golden_papers

kinds: $(RUN) ## write the fields of every kind of fact in docs/ledger-format.md and audit/bundle/verify.py again
	@$(BIN)/python -m tests.audit.shapes

COMPILE = $(UV) pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock" --quiet

offline: $(RUN) ## build the archives that install without the internet, into build/ (ARGS="--machine x86_64 --python 3.11")
	@$(BIN)/python offline/build.py $(ARGS)

lock: ## choose the versions again (maintainers; needs uv; UPGRADE=--upgrade takes the newest)
	$(COMPILE) $(UPGRADE) --output-file requirements.lock
	$(COMPILE) $(UPGRADE) --extra dev --constraints requirements.lock --output-file requirements-dev.lock

clean: ## remove the environment, caches and the demo's database
	rm -rf $(VENV) build demo-data .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis ./*.egg-info

# Compiled here, because an account that only runs the program cannot write beside it, and would compile it at every start.
setup: $(RUN) ## only set up, run nothing
	@$(BIN)/python -m compileall -q -x '/(\.venv|node_modules|tests)/' .

$(HOME_NOTE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "需要 Python 3.11 以上 / Python 3.11 or later is needed: '$(PYTHON)' is $$($(PYTHON) --version 2>&1 || true)."; \
	  echo "请指定：make PYTHON=python3.12 … / Name one: make PYTHON=python3.12 …"; exit 1; } >&2
	@echo "Setting up $(VENV) (once) …"
	@$(PYTHON) -m venv --clear "$(CURDIR)/$(VENV)" || { \
	  echo "这个 Python 缺少 venv 模块 / This Python lacks its venv module (on Debian: apt-get install python3-venv)."; \
	  exit 1; } >&2
	@printf '%s\n' "$(CURDIR)" > $@

$(RUN): $(HOME_NOTE) requirements.lock pyproject.toml
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(RUN) requirements-dev.lock
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
