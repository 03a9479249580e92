#!/usr/bin/env bash
# Does clang-tidy find nothing in any C++ file? Takes about half an hour on two cores; with file
# names only these are read. The analyser is left out for tests, which are mostly macros, and for
# benchmarks, whose library keeps what is registered.
#
#   tools/check-tidy.sh BUILD_DIR [FILE]...
#
# Exit code: 0 nothing found, 1 something was (clang-tidy names file and line), 2 wrong use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

build=$(realpath "${1:?build directory}")
shift
tidy=${CLANG_TIDY:-clang-tidy-19}
if ! command -v "$tidy" >/dev/null || [[ ! -f $build/compile_commands.json ]]; then
  echo "$0: $tidy or $build/compile_commands.json is missing (make deps, make build)" >&2
  exit 2
fi
files=("$@")
(( ${#files[@]} )) || mapfile -t files < <(git ls-files '*.cpp')

one() {
  local checks=()
  [[ $3 == *_test.cpp || $3 == *_bench.cpp ]] && checks=('--checks=-clang-analyzer-*')
  # what clang-tidy says about suppressed warnings is not of interest
  "$1" -p "$2" --quiet "${checks[@]}" "$3" 2>/dev/null
}
export -f one
printf '%s\0' "${files[@]}" |
  xargs -0 -n 1 -P "${JOBS:-$(nproc)}" bash -c 'one "$@" || exit 1' one "$tidy" "$build" || exit 1
echo "${#files[@]} files, nothing found"
