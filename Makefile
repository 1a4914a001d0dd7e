# Germline's commands. Everything they need is installed into .venv; as root, missing Debian
# packages are installed too.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
WORLD ?=
SEED ?= 0
STORY ?= network
ALLELE ?=
SECONDS_TO_FUZZ ?= 600
EVENTS ?= 1000000
SEEDS ?= 1000
HOSTS ?= 32
PART ?=


.PHONY: help hosts setup system twin booted man demo test check format bench crash simulate fuzz clean

help:
	@echo "make demo    break a network on purpose and watch it being healed"
	@echo "             WORLD=simulated|netns SEED=n ALLELE=file.py"
	@echo "             STORY=crm: a month of a sales office, SEED=n"
	@echo "make twin    build a Linux that runs as a process in virtual time, once, some five minutes;"
	@echo "             into GERMLINE_TWIN=directory, or the user's cache"
	@echo "make booted  make the root of the hosts that the suite boots with systemd, once, as root;"
	@echo "             into GERMLINE_BOOTED=directory, or the user's cache"
	@echo "make man     write the manual pages into build/man, from where a wheel takes them"
	@echo "make test    every check and every test"
	@echo "make check   format, lint, types, layers"
	@echo "make bench   measure; prints a table and writes bench.json; PART=sandbox EVENTS=1000000"
	@echo "             OPERATIONS=10000 HOSTS=32"
	@echo "make crash   kill writers, fail every disk call, lose power at each, kill transactions at every moment"
	@echo "make simulate  whole lives of a controller, with faults at every port; SEEDS=1000"
	@echo "             SEED=n tells one life; by default as many as SEEDS, from 0 on"
	@echo "make fuzz    throw bytes at the languages; SECONDS_TO_FUZZ=600"

setup: system $(VENV)/.installed

# `ip` and `ping` make and look at real networks; `ensurepip` makes the virtual environment.
system:
	@missing=""; \
	command -v ip >/dev/null || missing="$$missing iproute2"; \
	command -v ping >/dev/null || missing="$$missing iputils-ping"; \
	command -v git >/dev/null || missing="$$missing git"; \
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || missing="$$missing python3-venv"; \
	ldconfig -p 2>/dev/null | grep -q libseccomp.so.2 || [ -e /usr/lib/$$(uname -m)-linux-gnu/libseccomp.so.2 ] || missing="$$missing libseccomp2"; \
	if [ -n "$$missing" ]; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing Debian packages:$$missing"; \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null; \
	  else \
	    echo "Missing Debian packages:$$missing (as root: apt-get install$$missing)"; \
	  fi; \
	fi

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Error: Germline needs Python 3.11 or newer; Hint: make PYTHON=python3.11"; exit 1; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Error: no virtual environment could be made; Hint: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

twin:
	@sh controller/adapters/twin/recipe/build.sh "$${GERMLINE_TWIN:-$${XDG_CACHE_HOME:-$$HOME/.cache}/germline/twin}"

booted:
	@sh tests/booted/root.sh "$${GERMLINE_BOOTED:-$${XDG_CACHE_HOME:-$$HOME/.cache}/germline/booted}"

man: setup
	@$(BIN)/python -m controller.cli.manual build/man

demo: setup
	@$(BIN)/germline demo --story $(STORY) $(if $(WORLD),--world $(WORLD)) --seed $(SEED) $(if $(ALLELE),--allele $(ALLELE))

# Hosts of the suite are namespaces with an sshd each. Where CI has none it is installed, and not
# started; elsewhere those tests say that they need it. So is what reads manual pages.
hosts:
	@if [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && [ ! -x /usr/sbin/sshd ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian packages: openssh-server openssh-client"; \
	  apt-get update -qq && RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssh-server openssh-client >/dev/null; \
	fi

	@if [ "$$CI" = true ] && [ "$$(id -u)" = 0 ] && ! command -v lexgrog >/dev/null && command -v apt-get >/dev/null; then \
	  echo "Installing Debian packages: man-db groff-base"; \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends man-db groff-base >/dev/null; \
	fi

test: check hosts
	$(BIN)/pytest --numprocesses=auto --dist=worksteal

check: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[bench]'
	EVENTS=$(EVENTS) HOSTS=$(HOSTS) $(BIN)/python -m tests.bench $(PART)

crash: setup
	$(BIN)/pytest tests/crash tests/transactions/test_deaths.py --thorough --timeout=1800 --durations=0

# A SEED that somebody gave is one life; the one above is the demonstration's.
simulate: setup
	@$(BIN)/python -m tests.simulation $(if $(filter-out file,$(origin SEED)),--seed $(SEED),--seeds $(SEEDS))

fuzz: setup
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[fuzz]'
	$(BIN)/python -m tests.fuzz $(SECONDS_TO_FUZZ) build/fuzz-corpus

clean:
	rm -rf $(VENV) bench.json .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
