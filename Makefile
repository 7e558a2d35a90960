# `make help` says what there is. Needed beforehand: make, and Python 3.11 or newer
# with venv. Everything else is installed into .venv, with the versions of
# constraints.txt.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help book check test serve notebooks sync lint colab clean

help:  ## this list
	@echo "make TARGET, where TARGET is one of"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

book: $(READY)  ## execute what changed and build the book into _build/html
	$(PY) -m tools.book

check: $(READY)  ## the package's quick tests: a minute, no book, no browser, no banks
	$(PY) -m pytest -n 2 -q -m 'not slow' tests/package

test: book  ## build the book, then run every test
	$(PY) -m pytest -n 2

serve: book  ## build the book and serve it on this machine, port 8000
	$(PY) -m http.server 8000 --bind 127.0.0.1 --directory _build/html

notebooks: $(READY)  ## write notebooks/*.ipynb from the chapters
	$(PY) -m tools.notebooks

sync: $(READY)  ## copy the package's text into the cells that quote it
	$(PY) -m tools.quotes

lint: $(READY)  ## check the style of the code
	$(PY) -m ruff check .

colab: $(READY)  ## run the notebooks in a bare environment with Colab's versions
	$(PY) -m tools.colab

clean:  ## remove what was built; .venv stays
	rm -rf _build build book/_static/vendor *.egg-info .pytest_cache .ruff_cache

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer with venv is needed, and '$(PYTHON)' is not (found:" \
	    "$$($(PYTHON) --version 2>&1)). Name another one: make PYTHON=python3.12 ..."; \
	    exit 1; }
	@echo "== setting up $(VENV) (once; torch alone is some gigabytes)"
	$(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet -c constraints.txt uv
	$(PY) -m uv pip install --python $(PY) -c constraints.txt -b constraints.txt \
	  -e '.[book,test]'
	@touch $@
