# make report   set up what is missing, run the homework, write out/HW1-DL.pdf;  make report ARGS="--seeds 1"
# make test     set up what is missing, run the checks and the tests;          make test ARGS="-m slow"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: report test setup system browser lock clean

report: setup
	$(BIN)/python build.py $(ARGS)

test: setup browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo --no-cache
	$(BIN)/mypy
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)  # loadfile: a file's fixtures are made once

setup: system $(VENV)/installed

# Pango and harfbuzz-subset for WeasyPrint, poppler for the tests that read a PDF back.
system:
	@PYTHON="$(PYTHON)" sh tools/install_system_packages.sh

# Chromium, which the tests of the HTML edition drive; a report needs none.
browser:
	@PYTHON="$(PYTHON)" sh tools/install_system_packages.sh browser

# The versions of requirements.lock; `make NEWEST=1 …` takes the newest that pyproject.toml admits.
# A failed installation leaves no mark, and is tried again.
$(VENV)/installed: pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); try: make PYTHON=python3.12"; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
ifdef NEWEST
	$(BIN)/python -m pip install --disable-pip-version-check -q --upgrade -e '.[train,dev]'
else
	$(BIN)/python -m pip install --disable-pip-version-check -q --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps -e .
endif
	@touch $@

# Needs uv (pip install uv). A lock of all platforms and Python versions; the packages come from PyPI by their hashes.
lock:
	uv pip compile --universal --python-version 3.11 --extra train --extra dev --generate-hashes --no-header \
	  --quiet pyproject.toml -o requirements.lock

# Trained results, downloaded data and reports are not touched.
clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache *.egg-info
