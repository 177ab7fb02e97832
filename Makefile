# Everything one does with a checkout. `make` alone lists the targets; each `##` below is a line of that list.
# Nothing but Python 3.11+ and make is needed: the rest is installed into .venv from locks with hashes.
# A NAME=value on the command line reaches the service as the setting ENTAKU_NAME: make up TABLE=sqlite PORT=8001

.DEFAULT_GOAL := help
.PHONY: help setup up test check slow slow-dynamodb bench wheel format lock api-snapshot clean
.NOTPARALLEL:
.PHONY: format-check lint types imports model pytest-quick pytest-fair pytest-storm
.PHONY: pytest-dynamodb pytest-dynamodb-storm pytest-dynalite

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
STORM_TESTS := $(wildcard tests/table tests/modules)
TENANTS_APART := $(wildcard tests/scenarios/test_other_tenant.py tests/scenarios/test_versions_and_repeats.py)
# The rest meets storms on the embedded engine; all of it does on DynamoDB in slow-dynamodb.
DYNAMODB_STORM_TESTS := $(wildcard tests/table $(addprefix tests/modules/sharing/,cases test_row*.py test_whole_histories.py))
ITEMS := 2000
# With neither an endpoint nor a region of one's own, `make up TABLE=dynamodb` runs on an emulator of this machine.
EMULATED := $(and $(filter dynamodb,$(TABLE)),$(if $(DYNAMODB_ENDPOINT)$(DYNAMODB_REGION),,yes))

$(foreach name,$(filter-out PYTHON LOCK ITEMS,$(.VARIABLES)),$(if $(filter command,$(firstword $(origin $(name)))),$(eval export ENTAKU_$(name) := $(value $(name)))))

help:
	@echo "entaku: one table, and every tenant has a seat. Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

up: $(VENV)/runtime $(if $(filter dynamodb,$(TABLE)),$(VENV)/dynamodb) ## install what running needs, and start the service with demo data; also with TABLE=dynamodb
	@exec $(if $(EMULATED),$(BIN)/python tools/with_dynamodb.py) $(BIN)/entaku serve --demo

setup: $(VENV)/development ## install everything for development into .venv
	@echo "Ready: $$($(BIN)/python --version) in $(VENV), commands in $(BIN)"

test: $(VENV)/development pytest-fair pytest-storm pytest-dynamodb pytest-dynamodb-storm pytest-dynalite ## run the fast tests, in storm weather too, and on DynamoDB

check: $(VENV)/development format-check lint types imports model pytest-quick ## all that a change must pass, in about a minute

slow: $(VENV)/development ## run the tests that take seconds by nature
	@echo "Running the slow tests ..."
	@$(BIN)/python -m pytest -q -n auto -m slow -o faulthandler_timeout=1200 || [ $$? -eq 5 ]

slow-dynamodb: $(VENV)/development ## all that takes long on DynamoDB, in storm weather too: about an hour
	@$(BIN)/python -m pytest -q -n auto -m "slow or thorough" -o faulthandler_timeout=1200 --table=dynamodb $(STORM_TESTS) || [ $$? -eq 5 ]
	@$(BIN)/python -m pytest -q -n auto -m "not slow" -o faulthandler_timeout=1200 --table=dynamodb --weather=storm $(STORM_TESTS)

bench: $(VENV)/development ## run every benchmark at a small size; ITEMS=100000 for figures worth quoting
	@set -e; for file in $(wildcard benchmarks/*.py); do echo "== $$file"; $(BIN)/python $$file --items $(ITEMS); done

wheel: $(VENV)/development ## build the distribution, install it in a fresh environment and try it there
	@$(BIN)/python -u tools/try_wheel.py

format: $(VENV)/development ## rewrite the code in the house format
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lock: $(VENV)/development ## resolve the dependencies anew into requirements/; LOCK=--upgrade for the newest
	@tools/lock.sh $(BIN)/python $(LOCK)

api-snapshot: $(VENV)/development ## write docs/reference/public-api.txt from the front doors
	@$(BIN)/python tools/public_api.py

clean: ## remove what was installed and built; data of a running service stays
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests tools benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

format-check:
	@echo "Format ..." && $(BIN)/ruff format --quiet --check . || { echo "Run: make format"; exit 1; }

lint:
	@echo "Lint ..." && $(BIN)/ruff check --quiet .

types:
	@echo "Types ..." && $(BIN)/pyright --pythonpath $(BIN)/python

imports:
	@echo "Import map ..." && $(BIN)/lint-imports --no-logo

model:
	@echo "Model lock ..." && $(BIN)/entaku table check

pytest-quick:
	@echo "Tests, but for the thorough ones ..." && $(BIN)/python -m pytest -q -n auto -m "not slow and not thorough"

pytest-fair:
	@echo "Tests ..." && $(BIN)/python -m pytest -q -n auto -m "not slow"

pytest-storm:
	@echo "Tests in storm weather ..." && $(BIN)/python -m pytest -q -n auto -m "not slow" --weather=storm $(STORM_TESTS)

# What needs an engine, once more on the other one: an emulator of this machine, or what ENTAKU_DYNAMODB_ENDPOINT names.
pytest-dynamodb:
	@echo "Tests on DynamoDB ..." && $(BIN)/python -m pytest -q -n auto -m "not slow and not thorough" --table=dynamodb
	@echo "Thorough tests of the table and of tenants apart on DynamoDB ..." && $(BIN)/python -m pytest -q -n auto -m thorough --table=dynamodb $(wildcard tests/table) $(TENANTS_APART)

pytest-dynamodb-storm:
	@echo "Tests on DynamoDB in storm weather ..." && $(BIN)/python -m pytest -q -n auto -m "not slow and not thorough" --table=dynamodb --weather=storm $(DYNAMODB_STORM_TESTS)

pytest-dynalite:
	@echo "Tests of the table on another emulator of DynamoDB ..." && $(BIN)/python -m pytest -q -n auto -m "not slow and not thorough" --table=dynalite $(wildcard tests/table)

# Stamps. An environment holds absolute paths, so one that was moved or whose Python is gone is made anew.
ifneq ($(shell $(BIN)/python -c '' 2>/dev/null && cat $(VENV)/made-for 2>/dev/null),$(CURDIR))
.PHONY: $(VENV)/made-for
endif

$(VENV)/made-for: tools/find-python
	@python=$$(PYTHON="$(PYTHON)" tools/find-python) && echo "Making $(VENV) with $$python ..." \
		&& "$$python" -m venv --clear $(VENV) && pwd -P > $@

$(VENV)/runtime: $(VENV)/made-for pyproject.toml requirements/build.txt requirements/runtime.txt
	@echo "Installing what running needs (about 20 s) ..."
	@$(PIP) --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dynamodb: $(VENV)/runtime requirements/dynamodb.txt
	@echo "Installing what DynamoDB needs ..."
	@$(PIP) --require-hashes -r requirements/dynamodb.txt
	@touch $@

$(VENV)/development: $(VENV)/runtime requirements/dev.txt
	@echo "Installing the development tools (about a minute) ..."
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
