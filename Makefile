# make run: build, install and teach a network to add.   make test: everything that CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The build tools live in the environment, so that builds are incremental (an isolated build starts from nothing).
TOOLS := "scikit-build-core>=0.10" "nanobind>=2.4" "cmake>=3.20" ninja "ziglang>=0.15"
INSTALL := $(BIN)/pip install --disable-pip-version-check --quiet
BUILD := --no-build-isolation -C cmake.define.ELMAN_STRICT=ON
SOURCES := $(wildcard engine/*.h engine/*.cc engine/cells/*.h engine/wasm/*.h engine/wasm/*.cc)

.PHONY: run test lint format sanitize bench docs links audit clean

run: $(VENV)/ready
	$(INSTALL) $(BUILD) -e .
	$(BIN)/elman train add
	@echo "$(BIN)/elman look: a page on which a network learns this before your eyes"

# A file of tests is run by one process (its fixtures are made once); conftest.py says which begin first. They start elman
# some hundred times: bytecode is kept, whatever the environment says, so that its sources are compiled once.
TESTS := --numprocesses auto --dist loadfile --no-loadscope-reorder

test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/ready
	$(INSTALL) $(BUILD) -e '.[test]'
	$(MAKE) lint
	$(BIN)/pytest $(TESTS)

lint:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --num-workers auto
	$(BIN)/lint-imports
	$(BIN)/clang-format --dry-run --Werror $(SOURCES)

format:
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/clang-format -i $(SOURCES)

# The whole suite against an engine built with AddressSanitizer and UndefinedBehaviorSanitizer: a second environment,
# which sees the first one's packages but has an engine of its own. psutil is there because joblib starts `pgrep` without
# it, and a program that was not built for the sanitizers can wait for ever with them loaded. What they find is in
# build/sanitize/found.*. Two things are left out: what the pages tell to type (it trains for minutes, here for hours; each
# part has tests of its own), and the library with which metrics are compared, which frees what another allocator gave.
SANITIZED := $(VENV)-sanitize
PRELOAD := $(foreach lib,libasan.so libubsan.so libstdc++.so,$(shell $(CXX) -print-file-name=$(lib)))

sanitize: $(VENV)/ready
	$(INSTALL) $(BUILD) -e '.[test]' psutil
	$(PYTHON) -m venv --without-pip $(SANITIZED)
	$(BIN)/python -c "import site; print(site.getsitepackages()[0])" \
	  > "$$($(SANITIZED)/bin/python -c 'import site; print(site.getsitepackages()[0])')/packages.pth"
	$(BIN)/pip --python $(SANITIZED)/bin/python install --disable-pip-version-check --quiet --no-deps --force-reinstall \
	  $(BUILD) -C cmake.define.ELMAN_SANITIZE=ON -C build-dir=build/sanitize .
	LD_PRELOAD="$(PRELOAD)" ASAN_OPTIONS=detect_leaks=0:log_path=$(CURDIR)/build/sanitize/found \
	  $(SANITIZED)/bin/python -m pytest $(TESTS) --ignore tests/test_docs.py \
	  --deselect tests/test_sessions.py::test_metrics_are_those_of_ir_measures

bench: $(VENV)/ready
	$(INSTALL) $(BUILD) -e '.[bench]'
	$(BIN)/python -m benchmarks

# The site, in build/docs. A warning is an error, and so is a link within it that leads nowhere.
SITE := $(BIN)/sphinx-build --fail-on-warning --keep-going --quiet docs

docs: $(VENV)/ready
	$(INSTALL) $(BUILD) -e '.[docs]'
	$(SITE) build/docs
	@echo "build/docs/index.html"

# Whether links to other sites lead somewhere: it asks these sites.
links: docs
	$(SITE) -b linkcheck build/links

# Known vulnerabilities of what users install, and the bill of materials; in an environment of its own.
AUDITED := $(VENV)-audit

audit:
	$(PYTHON) -m venv $(AUDITED)
	$(AUDITED)/bin/pip install --disable-pip-version-check --quiet pip-audit==2.10.1 '.[data,hub,onnx,plot,serve,sklearn,tables,text]'
	mkdir -p build
	$(AUDITED)/bin/pip-audit --format cyclonedx-json --output build/sbom.json

clean:
	rm -rf $(VENV) $(AUDITED) build dist

$(VENV)/ready:
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) $(TOOLS)
	touch $@
