# Everything a developer does here. `make run` and `make test` install what is missing first.
SHELL := /bin/bash
BIN := .venv/bin
# More arguments for pytest, or for `kiosk up`: make test ARGS="-k receipts"
ARGS ?=
SEEDS ?= 1-1000
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check selftest bench simulate demo-year soak translations lock clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: ## start hall, terminal, its worker and Redis; Ctrl-C stops them
	@deploy/setup.sh run
	@exec $(BIN)/kiosk up $(ARGS)

test: ## all checks and all tests but the long ones
	@deploy/setup.sh test
	@$(MAKE) --no-print-directory check
	# Three on two cores: many tests wait, for processes to start and for the line.
	$(BIN)/pytest -n 3 --dist worksteal $(ARGS)

check: ## lint, format, types and import contracts
	@deploy/setup.sh check
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

selftest: ## one real case from a terminal to a hall and back, in a temporary folder
	@deploy/setup.sh run
	@$(BIN)/kiosk selftest

bench: ## figures as JSON lines; one of them with ONLY=name
	@deploy/setup.sh test
	@$(BIN)/python -m tests.bench $(ONLY)

simulate: ## 1,000 stories of terminals and a hall with everything that goes wrong; SEEDS=A-B
	@deploy/setup.sh run
	@$(BIN)/kiosk simulate --seeds $(SEEDS)

demo-year: ## a year of made-up work in the folder var-year; then make run ARGS="--data var-year"
	@deploy/setup.sh run
	@$(BIN)/kiosk demo-year $(ARGS)

soak: ## the tests that run for a long time; SOAK_MINUTES and SOAK_SEED for the one with faults
	@deploy/setup.sh test
	$(BIN)/pytest -m soak --timeout 0 -s $(ARGS)

translations: ## take new texts from the sources into the message catalogues
	@deploy/setup.sh check
	$(BIN)/pybabel extract -F kiosk/translations/babel.cfg -k _l --omit-header --no-location --sort-output --no-wrap -o kiosk/translations/messages.pot .
	$(BIN)/pybabel update -i kiosk/translations/messages.pot -d kiosk/translations -N --no-wrap --ignore-obsolete --ignore-pot-creation-date
	@rm kiosk/translations/messages.pot

lock: ## renew the lock files from setup.cfg and package.json
	@deploy/setup.sh check
	@deploy/lock.sh $(ARGS)

clean: ## remove everything that was made here, but not the data in var/
	rm -rf .venv node_modules static/build build dist *.egg-info
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .pytest_cache .hypothesis .schemathesis
	rm -rf forms/releases
	find kiosk sync forms tests -name __pycache__ -prune -exec rm -rf {} +
	find kiosk -name '*.mo' -delete
