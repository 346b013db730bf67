# Two verbs for a fresh machine (Python 3.11 or newer and pip are enough): make demo, make test.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CAFE := examples/cafe

.PHONY: demo test check lint types imports bench clean

demo: $(VENV)/.local
	$(BIN)/frontdesk models pull
	mkdir -p out && rm -f out/cafe.sqlite
	CAFE_DB=out/cafe.sqlite $(BIN)/frontdesk call --config $(CAFE)/frontdesk.toml --out out \
		$(CAFE)/audio/01-hours.wav \
		$(CAFE)/audio/02-free.wav \
		$(CAFE)/audio/03-book.wav \
		$(CAFE)/audio/03-yes.wav \
		$(CAFE)/audio/05-menu.wav \
		$(CAFE)/audio/04-barge.wav@1.5 \
		$(CAFE)/audio/06-bye.wav

test: $(VENV)/.dev
	$(BIN)/frontdesk models pull --all
	$(BIN)/python -m pytest $(PYTEST)

check: lint types imports

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev
	$(BIN)/mypy

imports: $(VENV)/.dev
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	$(BIN)/frontdesk models pull --all
	$(BIN)/python -m tests.bench.turn_overhead
	$(BIN)/python -m tests.bench.capacity
	$(BIN)/python -m tests.bench.first_tool_call
	$(BIN)/python -m tests.bench.tool_path
	$(BIN)/python -m tests.bench.local_models
	$(BIN)/python -m tests.bench.llama_tools
	$(BIN)/python -m tests.bench.requests.bench report
	$(BIN)/python -m tests.bench.turn_taking --every 4
	$(BIN)/python -m tests.bench.offline
	$(BIN)/python -m tests.bench.core_install

# Debian's Python comes without venv; what pip brings instead must not touch the system's own packages (PEP 668).
$(VENV)/.pip:
	$(PYTHON) -m venv $(VENV) || { $(PYTHON) -m pip install --quiet --target $(VENV)/bootstrap virtualenv && \
		PYTHONPATH=$(VENV)/bootstrap $(PYTHON) -m virtualenv --quiet $(VENV); }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	touch $@

$(VENV)/.local: $(VENV)/.pip pyproject.toml
	$(BIN)/python -m pip install --quiet --editable '.[local]'
	touch $@

$(VENV)/.dev: $(VENV)/.local
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

clean:
	rm -rf $(VENV) out dist
