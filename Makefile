# `make demo` and `make test` do all the set-up on a machine with Python 3.11 and make.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
RUN ?= runs/demo
MODEL ?= runs/ready
SEARCH ?= runs/demo-search
PORT ?= 8000
WORKERS ?= 2
INSTALLED := $(VENV)/installed
MILVUS_VENV := .venv-milvus
MILVUS_INSTALLED := $(MILVUS_VENV)/installed

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help venv demo demo-search test test-slow test-milvus lint clean
help:
	@echo "make demo       install, draw fabrics, train, export, evaluate (about 7 minutes on two cores)"
	@echo "make demo-search  a search page over drawn fabrics, at http://127.0.0.1:8000/ (PORT=8000)"
	@echo "make test       install and run the tests, in WORKERS=2 processes"
	@echo "make test-slow  the longer checks"
	@echo "make test-milvus  installs a Milvus server (not into the virtual environment) and asks it"
	@echo "make lint       ruff"
	@echo "make venv       only the virtual environment, in $(VENV)"
	@echo "make clean      remove the virtual environment, the demo run and caches"

venv: $(INSTALLED)

$(INSTALLED): setup.py pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=23,<27"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable ".[dev,pretrained,search,serve]"
	touch $@

demo: venv
	$(BIN)/python train.py --flagfile=configs/demo.flags --run_dir=$(RUN)
	$(BIN)/python eval.py --run_dir=$(RUN)

demo-search: venv $(MODEL)/saved_model/saved_model.pb
	$(BIN)/python -m fabric_retrieval.search.demo --run_dir=$(MODEL) --out=$(SEARCH)
	test -e $(SEARCH)/index/manifest.json || $(BIN)/fabric-index create --index=$(SEARCH)/index --run_dir=$(MODEL)
	$(BIN)/fabric-index add --index=$(SEARCH)/index $(SEARCH)/catalogue
	$(BIN)/fabric-serve --run_dir=$(MODEL) --index=$(SEARCH)/index --port=$(PORT)

$(MODEL)/saved_model/saved_model.pb: | venv
	$(BIN)/python train.py --flagfile=configs/ready.flags --run_dir=$(MODEL)

test: venv
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

test-slow: venv
	$(BIN)/python -m pytest -m slow

$(MILVUS_INSTALLED):
	$(PYTHON) -m venv $(MILVUS_VENV)
	$(MILVUS_VENV)/bin/python -m pip install --quiet --disable-pip-version-check "milvus==2.3.5" "setuptools<82"
	touch $@

test-milvus: venv $(MILVUS_INSTALLED)
	$(MILVUS_VENV)/bin/python tests/search/milvus_server.py $(BIN)/python -m pytest tests/search/test_milvus.py

lint: venv
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

clean:
	rm -rf $(VENV) $(MILVUS_VENV) runs/demo runs/ready runs/demo-search build dist *.egg-info .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
