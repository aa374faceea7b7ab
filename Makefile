# Each target sets up what it needs; `make up` and `make test` work on a bare machine with Python 3.11+ and git.

# The first of these that is new enough; another one by `make PYTHON=/opt/python3.12/bin/python3`.
PYTHON ?= $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
DEV_STAMP := $(VENV)/.stamp-dev
BENCH_STAMP := $(VENV)/.stamp-bench
# What is never loaded need not be compiled; Python compiles the rest when it loads it first.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -c constraints.txt

# Where this is set, each of the processes that `up` and the tests start would compile all of Nightboard anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup up test lint fuzz bench chaos screenshots clean

setup: $(STAMP)

# Debian splits ensurepip off into python3-venv; a pip outside serves as well.
$(BIN)/pip:
	@$(or $(PYTHON),false) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Nightboard needs Python 3.11 or newer, but $(or $(PYTHON),python3) is missing or older:" \
			"install it, or name one with make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) >/dev/null 2>&1 \
		|| { $(PYTHON) -m venv --clear --without-pip $(VENV) \
			&& $(PYTHON) -m pip --python $(BIN)/python install --quiet pip 2>/dev/null; } \
		|| { rm -rf $(VENV); echo "Python's venv module is not complete here: install it" \
			"(Debian and Ubuntu: apt install python3-venv) and try again." >&2; exit 1; }

$(STAMP): $(BIN)/pip pyproject.toml constraints.txt
	@echo "Installing Nightboard's packages into $(VENV), about a minute the first time"
	@$(PIP_INSTALL) -e .
	@touch $@

$(DEV_STAMP): $(STAMP)
	@echo "Installing what the tests and checks need"
	@$(PIP_INSTALL) -e '.[dev,postgres]'
	@touch $@

$(BENCH_STAMP): $(DEV_STAMP)
	@echo "Installing the queues and boards that are measured beside Nightboard"
	@$(PIP_INSTALL) -e '.[bench]'
	@touch $@

up: $(STAMP)
	$(BIN)/nightboard up $(ARGS)

# The tests wait for real processes, with patience that a machine with much else to do can use up; so what failed has
# a second try with nothing beside it, and the run says so.
test: $(DEV_STAMP)
	@sh scripts/browser.sh
	$(BIN)/python -m pytest -n 3 --no-loadscope-reorder $(ARGS) || { \
		echo "What failed is tried once more, alone:"; $(BIN)/python -m pytest --last-failed --last-failed-no-failures none $(ARGS); }

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(BENCH_STAMP)
	@sh scripts/browser.sh
	$(BIN)/python -m tests.bench $(ARGS)

fuzz: $(DEV_STAMP)
	NIGHTBOARD_FUZZ=20000 $(BIN)/python -m pytest tests/api/fuzz $(ARGS)

# So many rounds on each database, over all faults in rotation: make chaos N=1000
chaos: $(DEV_STAMP)
	$(BIN)/python -m pytest -n 2 --no-loadscope-reorder tests/chaos $(if $(N),--chaos-rounds $(N)) $(ARGS)

screenshots: $(DEV_STAMP)
	@sh scripts/browser.sh
	$(BIN)/python scripts/screenshots.py $(ARGS)

clean:
	rm -rf $(VENV) *.egg-info
