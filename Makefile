# Everything runs in a virtual environment of the checkout's own.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXPORT_VENV ?= .venv-export
# Two, for the slow tests need memory; stealing work keeps the tests of a file, and what they share, on one of them.
WORKERS ?= 2

.PHONY: demo test fast lint docs catalogue bench bench-modules recording compatibility survey fuzz export-python

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

$(EXPORT_VENV)/.installed: constraints.txt
	$(PYTHON) -m venv $(EXPORT_VENV)
	$(EXPORT_VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt \
	  torch pyyaml onnx onnxruntime
	touch $@

export-python: $(EXPORT_VENV)/.installed  ## a Python that can export, for the tests of `verify --check export`

demo: $(STAMP)  ## the main job on a real checkout: dry run, apply, verify, status, revert
	@PATH="$(abspath $(BIN)):$$PATH" sh demo/demo.sh

test: $(STAMP)  ## all tests; what needs another environment or a GPU is skipped with a reason
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# Left out: what needs torch, the network or a second environment; what takes long; of sweeps (layouts, forms of files),
# the cases that others stand for; whole folders that few changes touch: damage, faults, hostile recipes, lost records, processes;
# and three quarters of Hypothesis's examples. `make test` runs it all.
# An empty PYTHONDONTWRITEBYTECODE lets Python keep what it compiles, which is a tenth of the time.
fast: $(STAMP)  ## the tests to run at every save
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --hypothesis-profile fast \
	  -m 'not slow and not checkout and not torch and not complete' \
	  --ignore tests/templates --ignore tests/fuzz --ignore tests/commit/faults --ignore tests/recipe/hostile \
	  --ignore tests/runtime --ignore tests/revert/test_unrecorded.py --ignore tests/revert/test_old_checkouts.py

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

docs: $(STAMP)  ## the pages that are written from the code
	$(BIN)/python -m yolo_patcher.check.docs > docs/checks.md
	$(BIN)/python -m benchmarks.architecture

catalogue: $(STAMP)  ## docs/catalogue and recipes/measured.json, from the recipes and their classes
	$(BIN)/python -W ignore -m benchmarks.modules.record
	$(BIN)/python -W ignore -m benchmarks.catalogue

bench: $(STAMP)  ## ratios of one run, for docs/benchmarks.md
	$(BIN)/python -m benchmarks.run
	$(BIN)/python -m benchmarks.against

bench-modules: $(STAMP)  ## each module beside its plain form; MODULES="se sae", BENCH="--quick --write"
	$(BIN)/python -m benchmarks.modules $(MODULES) $(BENCH)

recording: $(STAMP)  ## the picture in the README, from a real run
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/python demo/record.py docs/apply.svg

compatibility: $(STAMP)  ## docs/compatibility.md, from real runs on many versions (about 20 minutes)
	$(BIN)/python -m benchmarks.survey.compatibility > docs/compatibility.md.new
	mv docs/compatibility.md.new docs/compatibility.md

survey: $(STAMP)  ## the same with every module of the catalogue (hours)
	$(BIN)/python -m benchmarks.survey.compatibility --modules > docs/compatibility.md.new
	mv docs/compatibility.md.new docs/compatibility.md

fuzz: $(STAMP)  ## damaged checkouts, recipes, state and arguments: 20,000 inputs; 5,000 templates; bad modules
	$(BIN)/python tests/fuzz/fuzz.py --inputs 20000 --seed 0 --workers $(WORKERS)
	$(BIN)/python tests/fuzz/fuzz_templates.py --accepted 5000 --seed 0
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/runtime/verify/test_planted.py
