# Everything a user or a developer runs. It needs make and a Python from 3.11 to 3.14, nothing else.

PORT  ?= 8501
TORCH ?=
ARGS  ?=
# The names to try, in order; or one of your own: make run PYTHON=/path/to/python
PYTHON ?= python3 python3.14 python3.13 python3.12 python3.11

UV_VERSION := 0.13.8
AUDIT_VERSION := 2.10.1
VENV       := .venv
BIN        := $(VENV)/bin
UV         := $(BIN)/uv
APP        := $(VENV)/.installed
TESTS      := $(VENV)/.installed-test
INSTALL    := $(UV) pip install --python $(BIN)/python $(if $(TORCH),--torch-backend $(TORCH))
COMPILE    := $(UV) pip compile --quiet --universal --fork-strategy fewest --python-version 3.11 --custom-compile-command "make lock"

PYTEST     := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
# Browser tests that every check includes: the ways through the app, its policy, and what is accessible.
ACROSS     := $(addprefix tests/e2e/test_,sessions.py security.py accessibility.py)
PAGES      := $(filter-out $(ACROSS),$(wildcard tests/e2e/test_*.py))

.PHONY: help run test slow pages walk load faults audit lint format types docs wheel screenshots lock browser clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  PORT=8501          where the app listens"
	@echo "  TORCH=cpu          install PyTorch without CUDA: a smaller download, for machines without an NVIDIA GPU"
	@echo "                     (any value of uv's --torch-backend will do; it counts when packages are installed)"
	@echo "  PYTHON=python3.12  the Python to build on"
	@echo "  ARGS='-k style'    more arguments for pytest; ARGS=--upgrade for make lock"

run: $(APP) ## Install what is missing, start the app and print its address
	$(BIN)/zoo serve --port $(PORT)

test: $(TESTS) browser lint types ## Every check: lint, format, types, tests; of the browser tests those across pages
	$(PYTEST) -m "not slow" $(addprefix --ignore=,$(PAGES)) $(ARGS)

slow: $(TESTS) ## The heavy tests of what changes rarely: bundled weights, architectures, long runs
	$(PYTEST) -m slow --ignore=tests/e2e $(ARGS)

pages: $(TESTS) browser ## The browser tests of each page: ten minutes more
	$(PYTEST) $(PAGES) $(ARGS)
	$(PYTEST) -m slow tests/e2e/test_accessibility.py $(ARGS)

load: $(TESTS) ## Visitors and clients for LOAD_SECONDS (300) on a server of its own; writes docs/load.md
	$(BIN)/python -m tests.load

walk: $(TESTS) browser ## Operate every control of every page in a browser
	$(BIN)/python -m pytest tests/e2e/walk.py -x $(ARGS)

faults: $(TESTS) ## Full disks, no network, damaged files, kills, each done to a real server; writes docs/faults.md
	$(BIN)/python -m benchmarks.faults $(ARGS)

audit: $(UV) ## Known vulnerabilities of the pinned packages, by pip-audit: it needs the network
	$(UV) tool run pip-audit==$(AUDIT_VERSION) --strict --no-deps --disable-pip --requirement requirements.txt

lint: $(TESTS) ## Ruff: mistakes and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(TESTS) ## Rewrite the code as ruff wants it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(TESTS) ## Mypy, strict, on the library
	$(BIN)/python -m mypy

docs: $(TESTS) ## Build the documentation into site/
	$(BIN)/python -m docs.build

wheel: $(APP) ## Build the wheel, and try it in an empty environment outside of the checkout
	$(BIN)/python -m tests.wheel

screenshots: $(TESTS) browser ## Draw the documentation's pictures from the running app
	$(BIN)/python -m tests.e2e.screenshots

lock: $(UV) ## Pin every package anew, from pyproject.toml
	$(COMPILE) $(ARGS) --extra app --extra api --extra train pyproject.toml --output-file requirements.txt
	$(COMPILE) $(ARGS) --group test --constraint requirements.txt --output-file requirements-test.txt

clean: ## Remove the virtual environment and the caches of the tools
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis site dist

# The stamp files make a second run quick: packages are installed again only when their list has changed.
$(APP): requirements.txt pyproject.toml | $(UV)
	$(INSTALL) -r requirements.txt
	$(INSTALL) --no-deps --editable .
	@touch $@

$(TESTS): requirements-test.txt $(APP)
	$(INSTALL) -r requirements-test.txt
	@touch $@

$(UV): | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

$(BIN)/python:
	@for name in $(PYTHON); do \
	  if $$name -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then python=$$name; break; fi; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "Menagerie needs Python 3.11, 3.12, 3.13 or 3.14, and none of these is one: $(PYTHON)."; \
	  echo "Install one, or say where it is: make run PYTHON=/path/to/python3.12"; exit 1; \
	fi; \
	if ! $$python -c 'import ensurepip, venv' 2>/dev/null; then \
	  echo "$$python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv"; exit 1; \
	fi; \
	echo "Making a virtual environment in $(VENV) with $$python"; \
	$$python -m venv $(VENV)

# The browser tests drive Chromium; where it is missing and may be installed, it is, and else they skip.
browser:
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	[ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	apt() { $$sudo env DEBIAN_FRONTEND=noninteractive apt-get -qqy "$$@"; }; \
	if command -v apt-get >/dev/null && { apt update && apt install --no-install-recommends chromium; } >/dev/null 2>&1; \
	then echo "Installed Chromium for the browser tests."; \
	else echo "No Chromium here, and none could be installed: the browser tests will be skipped."; fi
