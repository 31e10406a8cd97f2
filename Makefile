# Everything a newcomer needs: `make demo` and `make test` set up their own environment first.
PYTHON ?= $(shell command -v python3.12 || command -v python3.13 || command -v python3.14 || command -v python3)
VENV ?= .venv
# Processes of tests: one more than there are cores, as many tests wait for processes that they have started
JOBS ?= $(shell cores=$$(nproc 2>/dev/null || echo 2); echo $$((cores < 7 ? cores + 1 : 8)))
CONSTRAINTS ?= constraints.txt
BIN := $(VENV)/bin
STAMP := $(VENV)/.g2fit-installed
BENCH := $(VENV)/.g2fit-bench-installed

# Tests of what is closest to Python and to the libraries, for the lowest and for other versions of them
SMALL := $(wildcard tests/core/test_*.py) tests/card tests/data tests/likelihoods tests/posterior tests/results \
	tests/output/export

# Compiled sources are kept, whatever the environment says: tests start many processes, each of which would compile them
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test small lowest lint bench reproduce validate docs dist clean

demo: $(STAMP)
	$(BIN)/g2fit run analysis/vll-2026.yaml
	$(BIN)/g2fit summary chains/vll-2026
	$(BIN)/g2fit plot chains/vll-2026

test: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/nbstripout --verify docs/*.ipynb

bench: $(STAMP)
	$(BIN)/python -m benchmarks

reproduce: $(STAMP)
	$(BIN)/python -m analysis.reproduction

small: $(STAMP)
	$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(WARNINGS) $(SMALL)

# The lowest versions that pyproject.toml allows, all together; they find newer ones of their own requirements beside them
lowest:
	$(MAKE) small VENV=.venv-lowest CONSTRAINTS=constraints-lowest.txt WARNINGS='-W ignore::DeprecationWarning'
	rm -rf .venv-lowest/study
	.venv-lowest/bin/g2fit init .venv-lowest/study
	cd .venv-lowest/study && ../bin/g2fit run analysis/vll-2021.yaml --quiet && ../bin/g2fit summary chains/vll-2021
	cd .venv-lowest/study && ../bin/g2fit plot chains/vll-2021 && ../bin/g2fit report chains/vll-2021
	cd .venv-lowest/study && ../bin/g2fit scan analysis/vll-2021.yaml --x m_L --y m_S --nx 4 --ny 4

docs: $(STAMP)
	$(BIN)/mkdocs build --strict

dist: $(STAMP)
	$(BIN)/python -m hatchling build

validate: $(BENCH)
	$(BIN)/python -m analysis.validation

$(STAMP): pyproject.toml $(CONSTRAINTS)
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(0 if v >= (3, 12) else f"g2fit needs Python 3.12 or later, found {v[0]}.{v[1]}: set PYTHON=/path/to/python3.12")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[dev,parquet]'
	touch $@

# The samplers that others have written, some gigabytes
$(BENCH): $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(CONSTRAINTS) -e '.[dev,parquet,bench]'
	touch $@

clean:
	rm -rf $(VENV) .venv-* .pytest_cache .mypy_cache .ruff_cache dist site
