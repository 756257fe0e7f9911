# One virtual environment, .venv, made from the locks in requirements/: the demo needs runtime.txt and build.txt, all else
# dev.txt, which holds the same versions and more. `make` alone lists what there is.
#
#     make PYTHON=/path/to/python3.13 test     uses that Python where .venv is not there yet, or has to be made again

BIN := .venv/bin

# The first Python that runs, is 3.11 or newer, and can make a virtual environment.
ifndef PYTHON
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { command -v "$$python"; break; }; done)
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long mutants bench lint docs site policy-tools lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: .venv/dev ## the virtual environment, with the package installed in place

demo: .venv/package ## the full cycle against a temporary sandbox
	@$(BIN)/reconciler demo

# Hundreds of processes load the package: they keep its bytecode, also where the environment asks for none.
test test-long: export PYTHONDONTWRITEBYTECODE :=
# The streams of what they start are those that users have.
test test-long: export PYTHONUNBUFFERED :=

# Two workers a core: many tests wait for a process or a time-out of their own.
test: setup ## every test, side by side; with COVERAGE=1 every branch must be run, which takes twice as long
	@$(BIN)/pytest -n "$$((2 * $$(getconf _NPROCESSORS_ONLN)))" --dist worksteal $(if $(COVERAGE),--cov,--no-cov)

# The laws that protect writes; each gets 2,000 examples in place of the 15 of `make test`.
LAWS = tests/apply tests/history tests/model tests/plan tests/policy

test-long: setup ## 2,000 examples of each law, then tens of thousands of histories; MODEL_HISTORIES and MODEL_SEED choose
	@$(BIN)/pytest -n auto -m hypothesis --hypothesis-profile nightly --timeout 1800 $(LAWS)
	@$(BIN)/pytest -n auto -m long tests/histories tests/history

mutants: setup ## small mistakes in the modules that protect writes, and which no test notices; MODULES, EACH choose
	@$(BIN)/python -m tests.mutants $(MODULES)

bench: setup ## the benchmarks; they print ratios
	@set -e; for name in startup validate grants growth history tenant page watch fleet; do echo "== $$name"; $(BIN)/python "benchmarks/$$name.py"; done

lint: setup ## formatting, lint, types, layers, workflows
	$(BIN)/ruff check --quiet --output-format concise
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	$(BIN)/lint-imports --no-logo
	$(BIN)/zizmor --offline --no-progress --quiet --pedantic .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(wildcard .github/workflows/*.yml)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions $(wildcard .github/actions/*/action.yml)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))
	@! git grep -nIiE 'pyp[i]\.org|pythonhoste[d]\.org|npmj[s]\.(org|com)|debia[n]\.org' \
		|| { echo "no file names a registry's host: each machine knows its own" >&2; exit 1; }

docs: setup ## what the documents' commands print, written into them
	@$(BIN)/python -m tests.documents
	@$(BIN)/python -m tests.terminal_picture

site: .venv/site ## the documents as a site, in build/site; a link that leads nowhere is an error
	@$(BIN)/python -m properdocs build --strict --quiet --config-file mkdocs.yml

# Universal: one lock for every supported Python and platform. The file names no index, so each machine's own is asked.
LOCKED := --no-config --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" --quiet --upgrade

policy-tools: .venv/policy-tools/installed .venv/policy-tools/npm ## checkov, pre-commit, gitlab-ci-local and others: for the tests that run them

lock: setup ## newest versions that pyproject.toml allows into requirements/
	$(BIN)/uv pip compile $(LOCKED) pyproject.toml --all-extras --group dev --output-file requirements/dev.txt
	$(BIN)/uv pip compile $(LOCKED) pyproject.toml --extra sandbox --extra watch --constraint requirements/dev.txt --output-file requirements/runtime.txt
	$(BIN)/uv pip compile $(LOCKED) --constraint requirements/dev.txt --group build --output-file requirements/build.txt
	$(BIN)/uv pip compile $(LOCKED) --constraint requirements/dev.txt --group site --output-file requirements/site.txt
	$(BIN)/uv pip compile $(LOCKED) requirements/policy-tools.in --output-file requirements/policy-tools.txt
	echo setuptools | $(BIN)/uv pip compile $(LOCKED) - --constraint requirements/policy-tools.txt --output-file requirements/policy-tools-build.txt

clean: ## everything that can be made again
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Python's own upgrade leaves a .venv whose interpreter is gone, or one that no longer finds what was installed: it is made
# again, and all that follows from it.
ifneq ($(wildcard .venv),)
ifneq ($(shell $(BIN)/python -c 'import pip, venv; print("runs")' 2>/dev/null),runs)
.PHONY: .venv/pyvenv.cfg
endif
endif

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { \
		echo "reconciler needs Python 3.11 or newer that can make virtual environments." >&2; \
		echo "On Debian and Ubuntu: apt install python3 python3-venv" >&2; \
		echo "Elsewhere, name one: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "making .venv with $(PYTHON)"
	@"$(PYTHON)" -m venv --clear .venv

# The lock alone decides: pip resolves nothing (--no-deps), so neither its version nor a newer release of anything matters.
INSTALL := $(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps

.venv/runtime: requirements/runtime.txt requirements/build.txt .venv/pyvenv.cfg
	@echo "installing what requirements/runtime.txt locks"
	@$(INSTALL) --require-hashes --requirement requirements/runtime.txt --requirement requirements/build.txt
	@touch $@

.venv/package: pyproject.toml .venv/runtime
	@$(INSTALL) --no-build-isolation --editable .
	@touch $@

.venv/dev: requirements/dev.txt .venv/runtime | .venv/package
	@echo "installing what requirements/dev.txt locks"
	@$(INSTALL) --require-hashes --requirement requirements/dev.txt
	@touch $@

# Part of the development lock too, in the same versions: this is all that the workflow of the site installs.
.venv/site: requirements/site.txt .venv/runtime | .venv/package
	@echo "installing what requirements/site.txt locks"
	@$(INSTALL) --require-hashes --requirement $<
	@touch $@

# Apart from the rest, whose versions they contradict; `make test` skips their tests where they are not installed. One of
# them (docopt) exists as source only: the locked setuptools, installed first, builds it, so pip fetches no other.
POLICY_INSTALL := .venv/policy-tools/bin/python -m pip install --disable-pip-version-check --quiet --no-deps --require-hashes

.venv/policy-tools/installed: requirements/policy-tools.txt requirements/policy-tools-build.txt .venv/pyvenv.cfg
	@echo "installing what requirements/policy-tools.txt locks"
	@$(BIN)/python -m venv --clear .venv/policy-tools
	@$(POLICY_INSTALL) --requirement requirements/policy-tools-build.txt
	@$(POLICY_INSTALL) --no-build-isolation --use-pep517 --requirement $<
	@touch $@

# Without npm, the tests that need these programs are skipped.
.venv/policy-tools/npm: requirements/npm/package-lock.json .venv/policy-tools/installed
	@if command -v npm >/dev/null; then \
		mkdir -p .venv/policy-tools/node && cp requirements/npm/*.json .venv/policy-tools/node/ \
		&& npm ci --prefix .venv/policy-tools/node --no-audit --no-fund --silent \
		&& ln -sf ../node/node_modules/.bin/gitlab-ci-local .venv/policy-tools/bin/; \
	fi
	@touch $@
