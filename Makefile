# Pool: `make run` and `make test` are all that a newcomer needs. Each does its own set-up and says what it does.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# Release programs are linked statically against Swift's library: they start in milliseconds and run on a machine
# without Swift. Their build folder is their own, because the setting recompiles everything.
RELEASE := --configuration release --static-swift-stdlib --scratch-path .build-release
PROFILE ?= profiles/aiohttp.toml
URL ?= http://127.0.0.1:8080/
PREFIX ?= /usr/local
# The end-to-end tests wait more than they compute, so that some run side by side; each file stays with one process.
JOBS ?= 2
RUN_TESTS := .venv/bin/python -m pytest -q --numprocesses $(JOBS) --dist loadfile

.PHONY: help run stop build test unit e2e test-deployments lint verdicts fuzz sanitize bench bench-operations install screenshots golden setup-build setup-run setup-test clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Set up, build, start four aiohttp instances behind the proxy on port 8080, open the dashboard
	@PROFILE=$(PROFILE) URL=$(URL) .make/run.sh

stop: ## Stop what `make run` started
	@.make/stop.sh

# All at once, so that the small programs are compiled beside the daemon's largest module, not after it.
build: setup-build ## Build poold, poolctl and pooltop (release) into bin/
	@.make/say "building the release programs (the first time takes some minutes)"
	@.make/swift.sh build $(RELEASE) --explicit-target-dependency-import-check error
	@mkdir -p bin
	@for program in poold poolctl pooltop; do \
	    cmp -s .build-release/release/$$program bin/.$$program.unstripped 2>/dev/null && continue; \
	    cp .build-release/release/$$program bin/.$$program.unstripped; \
	    strip -o bin/.$$program.new bin/.$$program.unstripped && mv bin/.$$program.new bin/$$program; \
	done
	@.make/say "built: bin/poold bin/poolctl bin/pooltop"

test: ## Every test: style, units, and end to end with the real programs and the real aiohttp
	@$(MAKE) --no-print-directory setup-build setup-test
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory unit
	@$(MAKE) --no-print-directory e2e

unit: setup-build ## The Swift tests
	@.make/say "running the Swift tests (the first time builds the debug programs)"
	@.make/swift.sh test --explicit-target-dependency-import-check error

e2e: build setup-test ## The black-box tests of the release programs
	@.make/say "running the end-to-end tests"
	@$(RUN_TESTS) Tests/EndToEnd $(PYTEST)

# They are part of `make e2e` too, and so of `make test`.
test-deployments: build setup-test ## Every way of the deployment page, with the real programs
	@.make/say "running the deployment tests"
	@$(RUN_TESTS) Tests/EndToEnd/test_deploy*.py Tests/EndToEnd/test_import.py $(PYTEST)

lint: ## Check the layout of the code
	@.make/say "swift format lint"
	@swift format lint --strict --parallel --recursive Sources Tests Package.swift

golden: setup-build ## Record golden files anew: the diff is the review
	@RECORD_GOLDENS=1 .make/swift.sh test || true
	@git --no-pager diff --stat

verdicts: build setup-test ## Measure the table of docs/CONFORMANCE.md anew, with nginx and HAProxy beside Pool
	@RECORD_GOLDENS=1 .venv/bin/python -m pytest -q Tests/EndToEnd/test_verdicts.py || true
	@git --no-pager diff --stat

fuzz: setup-build ## Run the fuzz targets for FUZZ_SECONDS (60) each
	@.make/fuzz.sh

sanitize: setup-build setup-test ## Put the proxy under load with the thread and the address sanitizer
	@.make/sanitize.sh

bench: build setup-test ## Measure against nginx, HAProxy and supervisord; one line per figure
	@.venv/bin/python Tests/Bench/bench.py $(BENCH)

bench-operations: build setup-test ## Failed requests during restarts, kills and reloads: Pool and what it stands in for
	@.venv/bin/python Tests/Bench/bench.py operations

install: build ## Put the programs, the scripts and the manual below PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/pool $(DESTDIR)$(PREFIX)/share/man/man1
	install bin/poold bin/poolctl bin/pooltop $(DESTDIR)$(PREFIX)/bin
	install docs/ops/*.sh $(DESTDIR)$(PREFIX)/lib/pool
	install -m 644 docs/man/poolctl.1 $(DESTDIR)$(PREFIX)/share/man/man1

screenshots: build setup-test ## Make the pictures in docs/ from the real programs
	@.venv/bin/python Tests/EndToEnd/screenshots.py

setup-build:
	@.make/setup.sh build

setup-run:
	@.make/setup.sh run

setup-test:
	@.make/setup.sh test

clean: ## Stop what runs, remove everything that was built; set-up (.venv) stays
	@[ ! -x bin/poolctl ] || .make/stop.sh
	rm -rf .build .build-* bin
