# `make demo` and `make test` do all set-up themselves: Linux, Python 3.11 or newer, no root, no Docker.
# Another Python: make demo PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet

# Variables of another project's tools must not leak into this one. The third would have each of hundreds of processes compile
# everything anew.
unexport PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE

.PHONY: demo test check bench soak format constraints clean
.DEFAULT_GOAL := demo

demo: $(VENV)/.runtime
	@$(BIN)/ews demo $(DEMO)

# Two at a time, long ones first; then, one after the other, those that measure how long the whole system takes.
# One thread of linear algebra a process, as `ews` itself runs. A part of them: make test TEST=tests/unit/rules
test: export OPENBLAS_NUM_THREADS := 1
test: $(VENV)/.test
ifdef TEST
	@$(BIN)/python -m pytest $(TEST)
else
	@$(BIN)/python -m pytest -m "not alone" --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder; \
	  together=$$?; $(BIN)/python -m pytest -m alone $$(grep -rl --include='*.py' pytest.mark.alone tests) && exit $$together
endif

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.test
	@for file in benchmarks/bench_*.py; do $(BIN)/python "$$file" || exit 1; done

# The fault tests at full length, hours: a million messages with twenty random points each, half an hour of memory, a day at half of
# what the system takes (120 bytes a reading: 7 GB at 665 readings a second, as on a busy machine of two cores), then
# a million payloads through the decoders. Needs EWS_TEST_MOSQUITTO (.ci/services.sh). Shorter: EWS_TEST_SOAK_MESSAGES,
# EWS_TEST_SOAK_POINTS, EWS_TEST_SOAK_SECONDS (of memory), EWS_TEST_SOAK_LOAD_SECONDS; make soak PAYLOADS=100000.
PAYLOADS ?= 1000000
soak: $(VENV)/.test
	@$(PIP) install --constraint constraints.txt --editable '.[fuzz]'
	EWS_TEST_SOAK=1 $(BIN)/python -m pytest tests/acceptance/test_ingest_faults.py tests/acceptance/test_ingest_workers.py tests/acceptance/test_load_soak.py $(TEST)
	$(BIN)/python -m tests.unit.ingest.formats.fuzz_decoders -runs=$(PAYLOADS)

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The versions that are tested together. Run it after changing the dependencies in pyproject.toml, in a fresh environment.
constraints: $(VENV)/.test
	$(BIN)/pip --disable-pip-version-check freeze --exclude-editable >constraints.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# Stamps: a second run installs nothing. The test environment holds the runtime's too.
$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "$(PYTHON) is not installed: install Python 3.11 or newer"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "$$($(PYTHON) --version) is too old: 3.11 or newer is needed (choose one: make PYTHON=python3.12)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) has no venv: install it (Debian, Ubuntu: apt-get install python3-venv)"; exit 1; }
	@echo "making the Python environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.runtime: $(VENV)/.python pyproject.toml constraints.txt
	@echo "installing packages (a few minutes the first time)"
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.python pyproject.toml constraints.txt
	@echo "installing packages, those for tests too (a few minutes the first time)"
	@$(PIP) install --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/.runtime
