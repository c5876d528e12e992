# `make help` lists what there is.

CARGO ?= cargo
# Options of the demo: make demo ARGS="--directory ad --users 2000"
ARGS ?=
# How many filters `make soak` asks each directory and how many changes it makes behind the cache's back; and how long it loads a server
# in the end.
ROUNDS ?= 2000
SOAK_SECONDS ?= 1800
# The recorded requests that `make conformance` replays, which of them, and on what directory (openldap, ad, 389ds).
FILE ?=
LEVEL ?=
DIRECTORY ?= openldap

export SCIMFRONT_PYTHON_BIN := $(abspath $(or $(CARGO_TARGET_DIR),target))/python/bin

.PHONY: help demo test test-otel bench lint fuzz fuzz-api soak conformance package

help:
	@echo 'make demo         start a private directory and serve it as SCIM 2.0 (ARGS="--directory ad --users 2000")'
	@echo 'make test         run all tests, on real directories'
	@echo 'make test-otel    test traces, in a build with the feature otel'
	@echo 'make bench        measure against raw LDAP on the same machine (ARGS=--help lists what; --docs, --full)'
	@echo 'make lint         formatting, clippy, licences'
	@echo 'make fuzz         fuzz the parsers (SECONDS_EACH=60)'
	@echo 'make fuzz-api     ten minutes of requests made of the OpenAPI document (SECONDS_EACH=600)'
	@echo 'make soak         run the random tests, fail-over, reloads and a mixed load for long (ROUNDS=2000 SOAK_SECONDS=1800)'
	@echo 'make conformance  replay recorded identity providers against the demo (FILE=replay.py DIRECTORY=ad)'
	@echo 'make package      a Debian package in target/debian; scripts/try-package.sh tries it out in a container'

demo:
	@scripts/setup.sh demo $(ARGS)
	@echo 'demo: building scimfront and serving a private directory; the first build takes some minutes'
	@$(CARGO) run --quiet --locked --profile demo -- demo $(ARGS)

test:
	@scripts/setup.sh test
	@CARGO=$(CARGO) scripts/test.sh

test-otel:
	@scripts/setup.sh test
	$(CARGO) clippy --locked --features otel --all-targets -- -D warnings
	$(CARGO) test --locked --features otel --test it traces::

bench:
	@scripts/setup.sh bench
	$(CARGO) bench --locked --bench end_to_end -- $(ARGS)

lint:
	@scripts/setup.sh lint
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny --log-level error check bans licenses sources; \
	else echo 'lint: cargo-deny is not installed, so licences and sources were not checked'; fi

fuzz:
	@scripts/setup.sh fuzz
	@scripts/fuzz.sh

fuzz-api:
	@scripts/setup.sh test
	$(CARGO) test --locked --test it openapi::schemathesis_finds_nothing_in_ten_minutes -- --ignored --nocapture

soak:
	@scripts/setup.sh test
	EXACTNESS_ROUNDS=$(ROUNDS) PATCHING_ROUNDS=5000 ATOMICITY_OPERATIONS=2000 RELOADS=1000 COHERENCE_ROUNDS=$(ROUNDS) \
	  FAILOVER_SECONDS=300 \
	  $(CARGO) test --locked --release --test it -- --nocapture exactness patching atomicity reloading coherence failover \
	  ds389::at_once active_directory::filters
	SOAK_SECONDS=$(SOAK_SECONDS) $(CARGO) test --locked --release --test it -- --nocapture soak

conformance:
	@scripts/setup.sh test
	@DIRECTORY=$(DIRECTORY) scripts/conformance.sh "$(FILE)" $(if $(LEVEL),--level $(LEVEL))

package:
	@scripts/package.sh
