# Two commands: `make run` starts the studio, `make test` tests it. `make help` lists the rest.
# Nothing here is needed: the README shows the plain commands for a machine without make.

VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check
TORCH := $(shell sed -n 's/^torch==//p' requirements.txt)
CPU_INDEX := https://download.pytorch.org/whl/cpu

.DEFAULT_GOAL := help
.PHONY: help run test test-long check deploy-check lint fmt exact guard pictures install install-dev clean distclean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run: install ## everything on this machine: http://127.0.0.1:8000/ (PORT=9000 for another port)
	@exec $(PY) manage.py up

test: install-dev ## gets what the tests need, then `make check`
	@exec $(PY) tests/run.py

check: ## all checks and tests, with what is installed
	@exec $(PY) tests/run.py

test-long: ## the large sizes of tests/chaos (hours on a small machine); their results stand in docs/reliability.md
	@failed=0; for trial in storm reconnect cuts news frozen flood revocation rooms fairness fuzz-socket fuzz-images fuzz-http; do \
	  $(PY) -m tests.chaos.run $$trial || failed=1; done; \
	$(PY) -m tests.tools.postgres $(PY) -m tests.chaos.run storm || failed=1; exit $$failed

deploy-check: ## production on this machine (nginx, PostgreSQL, two Redis, no containers), and tests through it
	@exec $(PY) tests/run.py deploy

lint: ## only the checks that run nothing
	@exec $(PY) tests/run.py lint

fmt: ## puts the code in its form
	@$(VENV)/bin/ruff check --fix --quiet . ; $(VENV)/bin/ruff format .

exact: install-dev ## compares every tool and sampler in company with the stock pipeline; writes docs/exact.md
	@exec $(PY) -m benchmarks.exact

guard: install-dev ## measures again what benchmarks/ratios.json holds, and says what got better or worse (minutes; on a quiet machine)
	@exec $(PY) -m benchmarks.guard

pictures: install-dev ## takes the pictures of docs/guide.md and of the README anew, of a real studio (minutes)
	@exec $(PY) -m tests.pictures

install: $(VENV)/installed-run ## the virtual environment with everything `make run` needs

install-dev: $(VENV)/installed-dev ## the same, with what the tests need

# The stamp is older than a requirements file exactly when that file changed after the last installation.
$(VENV)/installed-run: requirements.txt requirements-web.txt | $(PY)
	@$(call torch_for_cpu)
	$(PIP) install -r requirements.txt
	@touch $@

$(VENV)/installed-dev: requirements-dev.txt $(VENV)/installed-run
	$(PIP) install -r requirements-dev.txt
	@touch $@

# Without an NVIDIA device the CPU build of PyTorch does, a tenth of the download. Its index is asked briefly: where it
# cannot be reached, the next step takes the build that the usual index has.
define torch_for_cpu
	if $(PY) -c 'import importlib.metadata as m, sys; sys.exit(m.version("torch").split("+")[0] != "$(TORCH)")' 2>/dev/null; then :; \
	elif command -v nvidia-smi >/dev/null 2>&1 || [ -e /dev/nvidia0 ] || [ "$$(uname -s)" != Linux ]; then :; \
	else echo "No NVIDIA device here: taking the CPU build of PyTorch."; \
	  $(PIP) install --retries 1 --timeout 15 --extra-index-url $(CPU_INDEX) "torch==$(TORCH)" || true; fi
endef

$(PY):
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; done; \
	if [ -z "$$found" ]; then echo "Brushwire needs Python 3.11 or newer, and there is none on the PATH." \
	  "Install one, or say where it is: make run PYTHON=/path/to/python3" >&2; exit 1; fi; \
	if ! "$$found" -c 'import ensurepip, venv' >/dev/null 2>&1; then echo "$$found has no venv module." \
	  "On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; fi; \
	echo "Making the virtual environment with $$("$$found" --version)"; "$$found" -m venv $(VENV)

clean: ## removes caches; keeps .venv, .env and var/
	rm -rf .cache .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean ## removes the virtual environment too; keeps .env and var/ (your pictures)
	rm -rf $(VENV)
