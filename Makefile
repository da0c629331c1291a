# Thin names for the usual steps; the work is in CMakePresets.json and tools/.
PRESET ?= release
JOBS ?= $(shell tools/jobs)
PREFIX ?= /usr/local
ARGS ?=
DATA ?= mnist
FUZZ_SECONDS ?= 60

build_dir := build/$(PRESET)
pretrained := apps/digits/pretrained/digits
compile = cmake --build --preset $(PRESET) -j $(JOBS)

.DEFAULT_GOAL := help
.PHONY: help run pretrained test test-long build bench bench-operators bench-numpy bench-peers bench-serving docs fuzz wheel test-python format check install clean setup setup-check

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile
	@echo 'Variables: PRESET (release, debug, asan, tsan, coverage), JOBS, ARGS, FUZZ_SECONDS, PREFIX, DESTDIR'

run: $(build_dir)/build.ninja  ## train LeNet on MNIST and print its accuracy (ARGS='...' adds options)
	@$(compile) --target product
	$(build_dir)/bin/digits train --net lenet $(ARGS)
	@echo 'Draw a digit: $(build_dir)/bin/digits serve, then open http://127.0.0.1:8080'

pretrained: $(build_dir)/build.ninja  ## train the model that is part of digits anew, a quarter of an hour (DATA=folder of MNIST)
	@$(compile) --target digits
	$(build_dir)/bin/digits train --recipe best --data $(DATA) --save $(pretrained) $(ARGS) > $(pretrained).log
	@tail -n 1 $(pretrained).log

test: build  ## run all tests but the longer ones, in a few minutes
	@ctest --preset $(PRESET) -j $(JOBS) $(ARGS)

test-long: build  ## run those: the tutorials on the whole of MNIST, killed processes, the page's speed
	@ctest --preset $(PRESET)-long -j $(JOBS) $(ARGS)

build: $(build_dir)/build.ninja  ## compile everything
	@$(compile)

bench: $(build_dir)/build.ninja  ## measure the speed, beside libtorch where it is installed
	@$(compile) --target bench

bench-operators: $(build_dir)/build.ninja  ## measure every operator, and what an eager call costs
	@$(compile) --target bench_operators

bench-peers: wheel  ## beside PyTorch, JAX and MXNet 1.9.1, in environments of their own (ARGS='--only LSTM --rounds 3')
	@python3 benchmarks/peers/run.py --output build/peers/table.md $(ARGS)

bench-numpy: wheel  ## mx.np beside NumPy, 400 expressions on 10^6 elements (ARGS='--only reduction')
	@python3 benchmarks/peers/beside_numpy.py --output build/peers/numpy.md $(ARGS)

bench-serving: $(build_dir)/build.ninja  ## the server under load, for two minutes
	@$(compile) --target bench_serving

fuzz:  ## broken files for their readers and random programs, by clang's libFuzzer (FUZZ_SECONDS=60 each)
	@tools/setup build fuzz
	@cmake --preset fuzz
	@cmake --build --preset fuzz -j $(JOBS) --target fuzzers
	@SECONDS_EACH=$(FUZZ_SECONDS) tools/fuzz

docs: $(build_dir)/build.ninja  ## the pages of the interface and the reference, by Doxygen, in build/docs/html
	@tools/setup docs
	@$(compile) --target reference
	@$(build_dir)/bin/reference pages build/docs/reference
	@doxygen docs/Doxyfile
	@echo 'docs: build/docs/html/index.html'

wheel:  ## the Python package's wheels in dist/ (PYTHON=python3, GLUINO_PREBUILT=a build's folder)
	@tools/setup build python
	@tools/wheel

test-python:  ## install the wheels of dist/ into an environment of their own and run the Python tests
	@tools/test_python $(ARGS)

format: setup-check  ## bring all sources into the one format
	@tools/check_format --fix

check: setup-check $(build_dir)/build.ninja  ## format, floors, self-contained headers, clang-tidy
	tools/check_format
	tools/check_floors
	@$(compile) --target gluino_fast gluino_loops gluino_small header_check
	PRESET=$(PRESET) tools/check_tidy

install: $(build_dir)/build.ninja  ## install library and programs (PREFIX=/usr/local, DESTDIR)
	@$(compile) --target product
	@cmake --install $(build_dir) --prefix $(PREFIX)
	@if [ -z "$(DESTDIR)" ] && [ "$$(id -u)" -eq 0 ]; then ldconfig || true; fi

clean:  ## remove everything that was built
	rm -rf build

setup:
	@tools/setup build

setup-check:
	@tools/setup build check

# Later changes of the CMake files are noticed by the build itself. (touch: CMake leaves the file as
# it is when nothing changed.)
$(build_dir)/build.ninja: CMakePresets.json | setup
	@cmake --preset $(PRESET) && touch $@
