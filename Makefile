# Two commands matter: `make run` serves, `make test` runs every test. Both install what is missing first.
SHELL := /bin/bash
.DEFAULT_GOAL := help

.PHONY: help setup build run test test-long format lint coverage tsan fuzz clean

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

setup:  ## install Debian packages, fetch OpenVINO and the models (each pinned by SHA-256)
	@scripts/setup

build: setup  ## build/visavis
	@scripts/build release visavis

run: build  ## build, then serve on 127.0.0.1:8080 with ./data
	@exec build/visavis serve --listen 127.0.0.1:8080 --data data

test: setup  ## every test; ends with "N passed, N failed, N skipped"
	@scripts/test

test-long: setup  ## what takes long as well
	@VISAVIS_TEST_LONG=1 scripts/test; tests=$$?; scripts/test-neon && exit $$tests

format:  ## rewrite the sources in the project's style
	@git ls-files '*.h' '*.cpp' | xargs clang-format-19 -i

lint: setup  ## clang-format, the layers and clang-tidy (what was clean before is skipped)
	@scripts/lint

coverage: setup  ## which lines the unit tests and the fuzz targets run, by layer
	@scripts/coverage

tsan: setup  ## the tests of what runs on several threads under ThreadSanitizer
	@scripts/tsan

fuzz: setup  ## each parser of bytes from outside under libFuzzer, two minutes each (needs clang-19)
	@scripts/fuzz

clean:  ## remove what was built (downloads stay in the cache)
	@rm -rf build build-*
