# Everything is done by CMake and Ninja; this names what people do often. `make help` lists it.

BUILD := build
BUILD_ASAN := build-asan
OUT := sgproof-out
JOBS ?= $(shell nproc)
export JOBS

CONFIGURE = cmake -S . -G Ninja -Wno-dev

.PHONY: all build program build-asan deps demo check check-all check-asan bench score clean format tidy help
.DEFAULT_GOAL := all

## all: build/sgproof and the tests
all: build

build: $(BUILD)/build.ninja
	ninja -C $(BUILD) -j $(JOBS)

program: $(BUILD)/build.ninja
	ninja -C $(BUILD) -j $(JOBS) sgproof

$(BUILD)/build.ninja:
	@command -v cmake ninja >/dev/null || { echo "cmake or ninja is missing: make deps" >&2; exit 1; }
	$(CONFIGURE) -B $(BUILD)

build-asan: $(BUILD_ASAN)/build.ninja
	ninja -C $(BUILD_ASAN) -j $(JOBS)

$(BUILD_ASAN)/build.ninja:
	$(CONFIGURE) -B $(BUILD_ASAN) -DSGPROOF_SANITIZE=ON

## deps: install the Debian packages that are missing (root or sudo)
deps:
	@tools/install-deps.sh

## demo: judge the series as posted; it must be rejected (exit code 1)
demo: deps
	@$(MAKE) --no-print-directory program
	@mkdir -p $(OUT); \
	$(BUILD)/sgproof gate --kernel debian:6.1 --series corpus/series/rfc-v2 --config x86_64 --out $(OUT)/demo; \
	code=$$?; \
	if [ $$code -ne 1 ]; then \
	  echo "demo: exit code $$code, but the series must be rejected with 1" >&2; exit 1; \
	fi; \
	echo "demo: rejected as it must be; see $(OUT)/demo/report.html"

## check: dependencies, build, unit tests, broken input, violations confirmed on booted kernels
check: deps
	@$(MAKE) --no-print-directory build
	@tools/check.sh $(BUILD) unit

## check-all: also the whole corpus and the format
check-all: deps
	@$(MAKE) --no-print-directory build
	@tools/check.sh $(BUILD) all

## check-asan: unit tests with AddressSanitizer and UndefinedBehaviorSanitizer
check-asan: deps
	@$(MAKE) --no-print-directory build-asan
	ctest --test-dir $(BUILD_ASAN) -L unit --output-on-failure --no-tests=error -j $(JOBS)

## bench: the benchmarks
bench: deps
	@$(MAKE) --no-print-directory build
	@found=0; for bench in $$(find $(BUILD) -type f -executable -name '*_bench' | sort); do \
	  found=1; echo "== $$bench"; $$bench || exit 1; \
	done; \
	[ $$found -eq 1 ] || { echo "there are no benchmarks in $(BUILD)" >&2; exit 1; }

## score: change the kernel's code in many small ways; what does nothing notice?
score: deps
	@$(MAKE) --no-print-directory program
	$(BUILD)/sgproof score --kernel debian:6.1 --jobs $(JOBS) --out $(OUT)/score

## format: format all C++ with clang-format-19
format:
	tools/check-format.sh --fix

## tidy: clang-tidy over all C++ (half an hour on two cores)
tidy: deps
	@$(MAKE) --no-print-directory build
	tools/check-tidy.sh $(BUILD)

## clean: remove build directories and results (not the cache)
clean:
	rm -rf $(BUILD) $(BUILD_ASAN) $(OUT)

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)
