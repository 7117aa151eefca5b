# make report   set up what is missing, run the homework, write out/HW1-DL.pdf;  make report ARGS="--seeds 1"
# make test     set up what is missing, run the checks and the tests;          make test ARGS="-m slow"

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: report test setup system browser clean

report: setup
	$(BIN)/python build.py $(ARGS)

test: setup browser
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest $(ARGS)

setup: system $(VENV)/installed

# Pango and harfbuzz-subset for WeasyPrint, poppler for the tests that read a PDF back.
system:
	@PYTHON="$(PYTHON)" sh tools/install_system_packages.sh

# Chromium, which the tests of the HTML edition drive; a report needs none.
browser:
	@PYTHON="$(PYTHON)" sh tools/install_system_packages.sh browser

# A failed installation leaves no mark, and is tried again.
$(VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is $$($(PYTHON) --version 2>&1); try: make PYTHON=python3.12"; exit 1; }
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -q -e '.[train,dev]'
	@touch $@

# Trained results, downloaded data and reports are not touched.
clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .mypy_cache *.egg-info
