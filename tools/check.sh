#!/usr/bin/env bash
# Runs the tests of a build and ends with one line: N passed, N failed.
#
#   tools/check.sh BUILD_DIR unit   unit tests, tables of errors, and of the corpus broken input, a
#                                   tree that passes, violations confirmed on booted kernels, the
#                                   contracts of two configurations, and a sample of the mutation
#                                   score
#   tools/check.sh BUILD_DIR all    also all of the corpus and the format of the code
#
# tests/run-corpus.sh judges the corpus, tests/run-planted.sh defects of our own, tests/run-robust.sh
# broken machines and disks, tests/run-score.sh mutants; their last line must be "N passed, N failed"
# as well.
#
# Exit code: 0 something passed and nothing failed, 1 otherwise.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=$(realpath "${1:?build directory}")
scope=${2:?unit or all}
jobs=${JOBS:-$(nproc)}
passed=0
failed=0

# Says how long a part took, and begins the next.
took() {
  echo "$1: $SECONDS s"
  SECONDS=0
}

# count NAME COMMAND…: one check.
count() {
  local name=$1
  shift
  if "$@"; then
    echo "passed: $name"
    passed=$((passed + 1))
  else
    echo "FAILED: $name"
    failed=$((failed + 1))
  fi
}

# attribute NAME FILE: a number of the first testsuite of a JUnit file.
attribute() {
  tr '\n\t' '  ' <"$2" | grep -oE '<testsuite [^>]*>' | sed -nE "1s/.* $1=\"([0-9]+)\".*/\1/p"
}

ctest_run() {
  local xml=$build/ctest.xml tests failures skipped disabled code=0
  rm -f "$xml"
  ctest --test-dir "$build" --output-on-failure --no-tests=error -j "$jobs" \
    --output-junit "$xml" "$@" || code=$?
  if [[ ! -s $xml ]]; then
    echo "FAILED: ctest wrote no result"
    failed=$((failed + 1))
    return
  fi
  tests=$(attribute tests "$xml")
  failures=$(attribute failures "$xml")
  skipped=$(attribute skipped "$xml")
  disabled=$(attribute disabled "$xml")
  if (( code != 0 && failures == 0 )); then
    echo "FAILED: ctest ended with exit code $code"
    failures=1
    tests=$((tests + 1))
  fi
  if (( skipped + disabled > 0 )); then
    echo "$((skipped + disabled)) tests were skipped"
  fi
  passed=$((passed + tests - failures - skipped - disabled))
  failed=$((failed + failures))
}

# counted SCRIPT ARGUMENT…: a script whose last line counts.
counted() {
  local script=$1 log=$build/${1##*/}.log last code=0
  shift
  "$script" "$build/sgproof" "$@" | tee "$log" || code=$?
  last=$(tail -n 1 "$log")
  if [[ ! $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed ]]; then
    echo "FAILED: $script ended (exit code $code) without counting"
    failed=$((failed + 1))
    return
  fi
  passed=$((passed + BASH_REMATCH[1]))
  failed=$((failed + BASH_REMATCH[2]))
  if (( code != 0 && BASH_REMATCH[2] == 0 )); then
    echo "FAILED: $script ended with exit code $code"
    failed=$((failed + 1))
  fi
}

count "error identifiers" tools/check-error-ids.sh
count "installation of the packages" tools/test-install-deps.sh
case $scope in
  unit) ctest_run -L unit ;;
  all)
    count "format" tools/check-format.sh
    export SGPROOF_EXECUTOR_RUNS=10000  # about 100,000 calls for each configuration
    ctest_run
    ;;
  *)
    echo "$0: unknown scope $scope" >&2
    exit 1
    ;;
esac
took "unit tests"
everything=()
if [[ $scope == all ]]; then everything=(--all); fi
counted tests/run-corpus.sh "${everything[@]}"
took "corpus"
# What these need of the kernels is in the cache now.
if [[ $scope == unit ]]; then
  ctest_run -R '^(ContractUseTest\.|Contracts/OfEveryConfiguration\..*/(x86_64|i386)( |$))'
fi
took "contracts"
counted tests/run-planted.sh "${everything[@]}"
took "planted defects"
counted tests/run-robust.sh "${everything[@]}"
took "broken machines and disks"
counted tests/run-score.sh "${everything[@]}"
took "mutation score"

echo "$passed passed, $failed failed"
(( passed > 0 && failed == 0 ))
