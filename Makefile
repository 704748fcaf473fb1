# acdcore: `make` shows what there is. Every target sets up what it needs in .venv; second runs do not reinstall.

PYTHON ?= python3
CENTER ?=
HOURS ?= 1
STEPS ?= 1000000
SEED ?=
TIMES ?= 100
SHAPE ?= steady
USERS ?= 200
DURATION ?= 60s
WORKERS ?= 0
VENV := .venv
comma := ,
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install -qq --disable-pip-version-check
PYTEST := $(BIN)/python -m pytest
SPREAD := -n auto --dist loadfile
COMPILED := $(shell find router sim bench -name '*.pyx' -o -name '*.pxd')
DEBUG_LIB := $(CURDIR)/build/debug/lib
# The compiler's address sanitizer, where it has one: Python itself is not built with it, so it is preloaded, and
# with it what throws in C++, which the sanitizer looks for as it begins (matplotlib throws while it is imported).
ASAN := $(realpath $(shell $(CC) -print-file-name=libasan.so 2>/dev/null))
STDCXX := $(realpath $(shell $(CC) -print-file-name=libstdc++.so.6 2>/dev/null))

# Prints the packages of every extra, so that they are installed before anything is compiled.
define WANTED
import tomllib
with open('pyproject.toml', 'rb') as file:
    extras = tomllib.load(file)['project']['optional-dependencies']
wanted = {line for lines in extras.values() for line in lines if not line.startswith('acdcore[')}
print(*sorted(wanted), sep='\n')
endef
export WANTED

.DEFAULT_GOAL := help
.PHONY: help demo test serve lint bench load bench-check soak fuzz kill debug proto dashboards build clean
.DELETE_ON_ERROR:

help: ## show this help
	@echo "acdcore, the routing core of a contact center. Targets:"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1~\2/p' $(firstword $(MAKEFILE_LIST)) | \
		awk -F '~' '{ printf "%-18s %s\n", $$1, $$2 }'
	@echo "The first of them sets up .venv, once: one to four minutes, by network and load."
	@echo "Times are those of two cores that have little else to do."
	@echo "Variables: PYTHON (interpreter for .venv), CENTER (its YAML, for serve, load),"
	@echo "HOURS (for soak), SEED, STEPS (for fuzz), TIMES (for kill),"
	@echo "SHAPE, USERS, DURATION, WORKERS, PLAN (load: docs/load.md)"

demo: build ## a sample bank's busy day through a real server: 45 s
	@echo "Demo: a bank's busy day at 1,500 times real time, 45 s ..."
	@$(BIN)/acdcore demo

test: build ## the whole test suite on the release build: 5 minutes
	@echo "Tests: the whole suite, about 5 minutes on two cores ..."
	@$(PYTEST) $(SPREAD)

serve: build ## a server on loopback; CENTER=my.yaml for a center of your own
	@$(BIN)/acdcore serve $(CENTER)

bench: build ## benchmarks of the core, with a hash of every result
	@$(PYTEST) bench --benchmark-only -s

load: build ## a server under load, with thresholds and a report: 1 minute
	@echo "Load: $(USERS) users, $(DURATION), then a report in build/load.html ..."
	@$(BIN)/python -m acdcore.bench.load --shape $(SHAPE) --users $(USERS) --duration $(DURATION) --workers $(WORKERS) \
		$(if $(CENTER),--center $(CENTER)) $(if $(PLAN),--plan $(PLAN))

bench-check: build ## a guard against slowness: count instructions: 1 to 2 minutes
	@$(BIN)/python -m acdcore.bench.instructions

soak: build ## HOURS=1 of days with a server, looked at, and a verdict
	@echo "Soak: $(HOURS) h; looks go to build/soak/samples.csv, Ctrl-C ends it with a verdict ..."
	@$(BIN)/python -m acdcore.bench.soak --hours $(HOURS)

fuzz: build ## the server under simulated faults; SEED=..., STEPS=1000000
	@cd tests && $(CURDIR)/$(BIN)/python -m faults.run --steps $(STEPS) $(if $(SEED),--seed $(SEED))

kill: build ## a server killed TIMES=100 times under load: 4 minutes
	@cd tests && $(CURDIR)/$(BIN)/python -m faults.killing --times $(TIMES)

lint: build ## style, types and Cython style
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@rm -rf build/tree && mkdir -p build/tree/acdcore
	@for part in bindings/* router sim bench; do \
		if [ -e "$$part" ]; then ln -s "$(CURDIR)/$$part" build/tree/acdcore/; fi; \
	done
	@$(BIN)/mypy build/tree/acdcore tests docs/draw setup.py proto/generate.py
	@$(if $(COMPILED),PATH="$(CURDIR)/$(BIN):$$PATH" cython-lint $(COMPILED))

proto: build ## make the wire contract's modules, after a change in proto/
	@$(BIN)/python proto/generate.py

dashboards: build ## make Grafana's dashboards, after a change in bindings/ops
	@$(BIN)/python -m acdcore.ops.dashboards

debug: build ## the suite again with every check on, every memory access too
	@mkdir -p $(DEBUG_LIB) && find $(DEBUG_LIB) -name '*.py' -delete
	@echo "Building for debugging$(if $(ASAN),: with the address and undefined-behavior sanitizers) ..."
	@ACDCORE_DEBUG=1 $(if $(ASAN),ACDCORE_SANITIZE=address$(comma)undefined) \
		$(BIN)/python setup.py -q build --build-lib $(DEBUG_LIB)
	@$(if $(ASAN),LD_PRELOAD="$(strip $(ASAN) $(STDCXX))" ASAN_OPTIONS=detect_leaks=0) \
		PYTHONPATH=$(DEBUG_LIB) ACDCORE_TEST_BUILD=$(DEBUG_LIB) \
		$(PYTEST) $(SPREAD) -m "not packaging and not plain"

build: $(VENV)/built ## set up .venv and compile the router, when anything changed
	@:

clean: ## remove .venv and everything built
	rm -rf $(VENV) build dist *.egg-info .hypothesis .pytest_cache .ruff_cache .benchmarks
	find router bindings sim bench tests \( -name '*.so' -o -name '__pycache__' \) -prune -exec rm -rf {} +

# The first install compiles; later changes of the router compile again, and no more than that.
$(VENV)/installed: pyproject.toml setup.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "acdcore needs Python 3.11 or later: apt-get install python3, or make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) cannot make a virtual environment: apt-get install python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig; \
		sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || \
		{ echo "Python's C headers are missing: apt-get install python3-dev" >&2; exit 1; }
	@command -v $(firstword $(CC)) >/dev/null || \
		{ echo "a C compiler is needed: apt-get install gcc libc6-dev" >&2; exit 1; }
	@echo "Setting up, once: one to four minutes on two cores, by network and load."
	@echo "1/3 Making $(VENV) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "2/3 Installing packages into it: half a minute to three ..."
	@$(BIN)/python -c "$$WANTED" > $(VENV)/packages.txt
	@$(PIP) -r $(VENV)/packages.txt
	@echo "3/3 Compiling the router: about a minute ..."
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $(VENV)/fresh $@

$(VENV)/built: $(VENV)/installed $(COMPILED)
	@if [ -e $(VENV)/fresh ]; then rm $(VENV)/fresh; else \
		echo "Compiling the router: up to a minute ..."; $(BIN)/python setup.py -q build_ext --inplace; fi
	@touch $@
