# Two commands matter: `make run` and `make test`. Both install what they need by themselves.
SHELL := /bin/sh
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
LOG ?=
ARGS ?=
RUNNERS ?= 2
ROWS ?= 2e7
BENCH_DIR ?=
JOBS ?= 10000
ROUNDS ?= 20
CASES ?= 6000
SEED ?=

.PHONY: help run test thorough hostile faults check bench load docs proto doctor clean requirements environment environment-dev

help:
	@echo "make run [LOG=FILE]   install what is needed, start everything, stay until Ctrl-C"
	@echo "make test [ARGS=… RUNNERS=2]  install what is needed, run every test, or those that ARGS name"
	@echo "make thorough         many more invented questions and histories, of both engines"
	@echo "make hostile [CASES=6000]  that many generated requests, held against the OpenAPI document"
	@echo "make faults [ROUNDS=20 SEED=…]  every fault, struck so often at real processes"
	@echo "make check            lint, types, import rules, migrations"
	@echo "make bench [ROWS=2e7] benchmarks, as ratios measured in one run"
	@echo "make load [JOBS=10000] that many jobs of one organization waiting, and another's"
	@echo "make docs             write the pages that are made from code"
	@echo "make proto            write the Python that is made from proto/"
	@echo "make doctor           look at every part and say what to do"
	@echo "make requirements     compile the pinned requirements anew"
	@echo "make clean            remove what make made, not the data in var/"

run: environment
	@exec $(BIN)/python -m warehouse.supervisor $(if $(LOG),--log "$(LOG)")

# Two phases: what starts processes of the product (tests/phases.py) would time out beside the rest.
test: environment-dev
ifeq ($(ARGS),)
	@$(PYTEST) -m "not live" -n $(RUNNERS) --dist loadfile; others=$$?; \
	    $(PYTEST) -m live -n $(RUNNERS) --dist loadfile; exit $$((others || $$?))
else
	@$(PYTEST) $(ARGS)
endif

thorough: environment-dev
	@THOROUGH=1 $(PYTEST) -n $(RUNNERS) --dist loadfile $(or $(ARGS),tests/warehouse)

hostile: environment-dev
	@HOSTILE_CASES=$(CASES) $(PYTEST) tests/hostile -rP --show-capture=stdout $(ARGS)

faults: environment-dev
	@FAULT_ROUNDS=$(ROUNDS) FAULT_SEED=$(SEED) $(PYTEST) tests/faults $(ARGS)

check: environment-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run

bench: environment-dev
	@$(BIN)/python -m tests.benchmarks --rows $(ROWS) --folder "$(BENCH_DIR)" $(ARGS)

load: environment-dev
	@$(BIN)/python -m tests.load --jobs $(JOBS)

docs: environment
	@$(BIN)/python manage.py catalog --write

proto: environment-dev
	@$(BIN)/python -m grpc_tools.protoc -Iwarehouse/tenancy/warden=proto \
	    --python_out=. --pyi_out=. --grpc_python_out=. proto/warden.proto

doctor: environment
	@$(BIN)/python manage.py doctor

requirements: environment-dev
	@for name in requirements requirements-dev; do \
	    CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet --upgrade \
	        --strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	        --output-file $$name.txt $$name.in || exit 1; \
	done

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "The data in var/ stays; remove that folder yourself to start from nothing."

# Installs only when the pinned list differs from the one installed last.
environment:
	@.ci/environment requirements.txt

environment-dev:
	@.ci/environment requirements-dev.txt
