#!/usr/bin/env bash
# Judges series of the corpus with the real program and compares the exit code with their
# expect.json. Usage: run-corpus.sh SGPROOF [--all]. Without --all: broken input of every kind, a tree
# that passes, and violations on two architectures, confirmed on booted kernels. With it: everything.
# Last line: N passed, N failed.
set -uo pipefail

sgproof=$1
all=${2:-}
here=$(cd "$(dirname "$0")/.." && pwd)
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
passed=0
failed=0

# judge NAME EXPECTED OPTION...: one run of the gate and its exit code
judge() {
  local name=$1 expected=$2 code problem=
  shift 2
  "$sgproof" gate --kernel debian:6.1 --out "$out/$name" "$@" >"$out/$name.log" 2>&1
  code=$?
  [ "$code" = "$expected" ] || problem="exit code $code, expected $expected"
  [ -s "$out/$name/result.json" ] || problem="$problem; no result.json"
  if [ -z "$problem" ]; then
    echo "ok   $name $* (exit code $code)"
    passed=$((passed + 1))
  else
    echo "FAIL $name $*: $problem"
    tail -n 40 "$out/$name.log"
    failed=$((failed + 1))
  fi
}

# check SERIES OPTION...: the exit code that expect.json names
check() {
  local name=$1 series=$here/corpus/series/$1 expected
  shift
  # a single mbox stands for itself, a directory is a quilt series
  [ -f "$series/series.mbox" ] && series=$series/series.mbox
  expected=$(sed -n 's/.*"exit_code": *\([0-9]*\).*/\1/p' "$here/corpus/series/$name/expect.json")
  judge "$name" "$expected" --series "$series" "$@"
}

# unpatched OPTION...: the tree itself passes
unpatched() { judge unpatched 0 "$@"; }

# confirmed NAME INVARIANT...: findings of these invariants that the booted kernel confirmed
confirmed() {
  local name=$1 invariant
  shift
  for invariant in "$@"; do
    if awk -v want="\"invariant\": \"$invariant\"" '
         /"clause":/ { confirmed = 0; matches = 0 }
         index($0, want) { matches = 1 }
         /"replay": "confirmed"/ { confirmed = 1 }
         matches && confirmed { found = 1 }
         END { exit !found }' "$out/$name/result.json"; then
      echo "ok   $name: $invariant confirmed on the booted kernel"
      passed=$((passed + 1))
    else
      echo "FAIL $name: no finding of $invariant that the booted kernel confirmed"
      failed=$((failed + 1))
    fi
  done
}

for name in bad-does-not-apply bad-does-not-compile bad-missing-patch bad-path-escape \
  bad-symlink-escape bad-truncated-mbox; do
  check "$name" --config x86_64 --no-replay
done
unpatched --config i386 --no-replay
# a violation fails at any scope, and one entry is enough to show these
check rfc-v2 --config x86_64 --max-nents 1
confirmed rfc-v2 MAP-1 MAP-3 ENC-5
check rfc-v2-no-64bit --config i386
confirmed rfc-v2-no-64bit ENC-1 ENC-3

if [ "$all" = --all ]; then
  unpatched
  check map-einval --config x86_64 --no-replay --max-nents 1
  check rfc-v2 --config x86_64
  for dir in "$here"/corpus/series/*/; do
    name=$(basename "$dir")
    case $name in bad-* | rfc-v2 | rfc-v2-no-64bit | map-einval) continue ;; esac
    check "$name" --config x86_64 --no-replay
  done
fi

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
