#!/usr/bin/env bash
# The mutation score in small, with the real program: a fixed sample of the mutants of Debian's 6.1,
# and what happens to the score when an invariant is ignored. With --all a caught mutant goes through
# the whole gate as well, to a booted kernel. Usage: run-score.sh SGPROOF [--all].
# Last line: N passed, N failed.
set -uo pipefail

sgproof=$1
. "$(dirname "$0")/expectations.sh"

# score NAME EXPECTED OPTION...: one run and its exit code
score() {
  local name=$1 expected=$2 code start=$SECONDS
  shift 2
  "$sgproof" score --kernel debian:6.1 --out "$out/$name" "$@" >"$out/$name.log" 2>&1
  code=$?
  says "score $*: exit code $code, expected $expected ($((SECONDS - start)) s)" \
    [ "$code" = "$expected" ] || tail -n 40 "$out/$name.log"
}

# holds NAME TEXT FILTER: the filter is true of score.json
holds() { says "$1: $2" jq -e "$3" "$out/$1/score.json"; }

score sample 0 --sample 60 --seed 1
holds sample "60 mutants and 15 harmless rewritings" '(.mutants | length) == 75'
holds sample "no false alarm" '.false_alarms == 0 and .harmless >= 10'
holds sample "at least 95 % of what is exercised and not the same is caught" '.score >= 0.95'
holds sample "most mutants are caught" '.fates.caught >= 20'
holds sample "hardly any does not compile" '(.fates."does-not-compile" // 0) <= 3'

score assign 0 --function sg_assign_page
score without 0 --function sg_assign_page --without REF-1
says "without REF-1 the score drops" \
  jq -e --slurpfile all "$out/assign/score.json" '.score < $all[0].score' "$out/without/score.json"
says "and the report names what REF-1 would catch" \
  grep -qE '^REF-1 +assign-marks +[0-9]+ missed that it would catch' "$out/without.log"

score macro 0 --function SG_END
holds macro "a mark that takes bit 2 survives where pointers leave it free, and is caught on i386" \
  '[.mutants[] | select(.after | test("0x04")) | [.fate, .config]] == [["caught", "i386"]]'

if [ "${2:-}" = --all ]; then
  score replayed 0 --function dma_direct_map_sg --sample 8 --replay 1
  holds replayed "the gate finds what the score says, and the booted kernel confirms it" \
    '[.mutants[] | select(.gate != "") | .gate] | length == 1 and
     all(test("^exit code 1, [1-9][0-9]* confirmed"))'
fi

counted
