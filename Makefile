# `make help` says what there is. Needed beforehand: make, and Python 3.11 or newer
# with venv. Everything else is installed into .venv, with the versions of
# constraints.txt.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
FITS := 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
SORRY := echo "What the book needs could not be installed, for the reason above. It" \
  "takes a network and some gigabytes of room here. Then run make again."; exit 1

# What is asked of a chapter's text; two of their tests need pages that have run.
GATES := tests/tools/test_open_marks.py tests/tools/test_chapter_names.py \
  tests/tools/test_hours.py tests/tools/test_measured.py \
  tests/tools/test_visible.py tests/book/test_guesses_in_chapters.py

.DEFAULT_GOAL := help
.PHONY: help book check test serve notebooks slides pdf bundle sync lint gates \
  chapter colab matrix links dist clean

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

slides: book  ## slides of chapters 1 and 5; of another: make slides CHAPTER=03
	$(PY) -m tools.slides $(CHAPTER)

pdf: book  ## print the book into one PDF; takes Chromium or Chrome
	$(PY) -m tools.pdf

bundle: book  ## pack book, notebooks and package into one file, for anywhere
	$(PY) -m tools.bundle

sync: $(READY)  ## copy the package's text into the cells that quote it
	$(PY) -m tools.quotes

lint: $(READY)  ## check the style of the code
	$(PY) -m ruff check .

gates: $(READY)  ## what can be asked of pages that have not run: seconds
	$(PY) -m tools.notebooks --check
	$(PY) -m tools.quotes --check
	$(PY) -m pytest -q -k 'not picture and not page_shows' $(GATES)

chapter: $(READY)  ## begin a chapter: make chapter NAME=18_its_name
	$(PY) -m tools.skeleton "$(NAME)"

colab: $(READY)  ## run the notebooks in a bare environment with Colab's versions
	$(PY) -m tools.colab

matrix: $(READY)  ## try other versions of Python, torch and NumPy; gigabytes each
	$(PY) -m tools.matrix

links: book  ## ask every outside link of the pages whether it is there; a network
	$(VENV)/bin/jupyter-book build . --builder linkcheck

dist: $(READY)  ## build wheel and sdist, check both, and try each where it is alone
	$(PY) -m tools.dist

clean:  ## remove what was built; .venv stays
	rm -rf _build build dist *.egg-info .pytest_cache .ruff_cache

# An empty PYTHON would leave "-c" and "-m" as the commands, which make reads as "c" and
# "m" whose failure does not matter.
$(READY): pyproject.toml constraints.txt
	@$(if $(strip $(PYTHON)),,echo "PYTHON is empty. Name one:" \
	  "make PYTHON=python3.12 ..."; exit 1)
	@$(PYTHON) -c $(FITS) 2>/dev/null || \
	  { echo "Python 3.11 or newer with venv is needed, and '$(PYTHON)' is not (found:" \
	    "$$($(PYTHON) --version 2>&1 | head -n 1)). Name another one: make PYTHON=python3.12 ..."; \
	    exit 1; }
	@echo "== setting up $(VENV) (once; torch alone is some gigabytes)"
	@$(PYTHON) -m venv $(VENV) || { echo "$(VENV) could not be made here. Make this" \
	  "folder yours to write, or copy the book to one that is."; exit 1; }
	@$(PY) -m pip install --quiet -c constraints.txt uv || { $(SORRY); }
	@$(PY) -m uv pip install --python $(PY) -c constraints.txt -b constraints.txt \
	  -e '.[book,test]' || { $(SORRY); }
	@touch $@
