#!/usr/bin/env bash
# Judges series of the corpus with the real program and compares exit codes and findings with their
# expect.json. Usage: run-corpus.sh SGPROOF [--all | SERIES...].
#   neither  broken input of every kind; trees and series that pass; a harmless series that calls
#            what was never seen; unmodelled assembly; violations on two architectures, confirmed
#            on booted kernels, and on a third, executed by an emulator; a second kernel version,
#            not booted
#   --all    everything, on every kernel that expect.json names
#   SERIES   these only, on every such kernel, without booting
# The results of SERIES on a kernel other than the first of its expect.json are named SERIES@KERNEL.
# Last line: N passed, N failed.
set -uo pipefail

sgproof=$1
shift
here=$(cd "$(dirname "$0")/.." && pwd)
. "$here/tests/expectations.sh"

# judge NAME KERNEL EXPECTED OPTION...: one run of the gate and its exit code
judge() {
  local name=$1 kernel=$2 expected=$3 code start=$SECONDS
  shift 3
  "$sgproof" gate --kernel "$kernel" --out "$out/$name" "$@" >"$out/$name.log" 2>&1
  code=$?
  says "$name $*: exit code $code, expected $expected ($((SECONDS - start)) s)" \
    [ "$code" = "$expected" ] || tail -n 40 "$out/$name.log"
  says "$name: result.json agrees with the exit code" \
    jq -e --argjson code "$code" '.exit_code == $code' "$out/$name/result.json"
  says "$name: no engine contradicts another" jq -e '.soundness_alarms == []' \
    "$out/$name/result.json"
}

# kernels SERIES: the kernels that its expect.json holds for
kernels() { jq -r '.kernel[]' "$here/corpus/series/$1/expect.json"; }

# config SERIES: x86_64 where the verdict can be reached there, else the first that expect.json names
config() { jq -r '.configs | if index("x86_64") then "x86_64" else .[0] end' "$here/corpus/series/$1/expect.json"; }

# check SERIES OPTION...: on the first of its kernels
check() { check_on "$(kernels "$1" | head -n 1)" "$@"; }

# check_all SERIES OPTION...: on each of its kernels
check_all() {
  local kernel
  for kernel in $(kernels "$1"); do check_on "$kernel" "$@"; done
}

# check_on KERNEL SERIES OPTION...: the exit code that expect.json names, and one of the findings
# that it names
check_on() {
  local kernel=$1 name=$2 series=$here/corpus/series/$2 expect=$here/corpus/series/$2/expect.json
  [ "$kernel" = "$(kernels "$2" | head -n 1)" ] || name=$2@$kernel
  shift 2
  # a single mbox stands for itself, a directory is a quilt series
  [ -f "$series/series.mbox" ] && series=$series/series.mbox
  # what only a booted kernel shows is always asked of one
  if jq -e .booted "$expect" >/dev/null; then
    local option all=("$@")
    set --
    for option in "${all[@]}"; do [ "$option" = --no-replay ] || set -- "$@" "$option"; done
    jq -e '.booted == "debug"' "$expect" >/dev/null && set -- "$@" --debug-kernel
  fi
  jq -e .any_length "$expect" >/dev/null && set -- "$@" --any-length
  if jq -e .not_yet "$expect" >/dev/null; then
    # a known gap: it passes, but never unnoticed; who closes it removes the field
    judge "$name" "$kernel" 0 --series "$series" "$@"
    says "$name: not found yet ($(jq -r .not_yet "$expect")), and named as outside the scope" \
      jq -e '.coverage != [] and all(.coverage[]; .state == "outside-scope" and .reason != "")' \
      "$out/$name/result.json"
    return
  fi
  judge "$name" "$kernel" "$(jq .exit_code "$expect")" --series "$series" "$@"
  [ "$(jq -r .verdict "$expect")" = fail ] || return 0
  says "$name: a new finding of $(jq -c '[.findings[].invariant] | unique' "$expect")" \
    jq -e --slurpfile e "$expect" '[.findings[] | select(.status == "new") | .invariant]
      - ([.findings[].invariant] - [$e[0].findings[].invariant]) != []' \
    "$out/$name/result.json"
  says "$name: findings say where they are, what was expected and what was observed" \
    jq -e 'all(.findings[] | select(.reexecution == "violates"); .function != "" and .file != "" and .line > 0 and
      (.expected // "") != "" and (.observed // "") != "")' "$out/$name/result.json"
}

# confirmed NAME INVARIANT [NUMBER]: so many new findings of it that the booted kernel confirmed
confirmed() {
  says "$1: $2 confirmed on the booted kernel, findings: ${3:-1} or more" \
    jq -e --arg i "$2" --argjson n "${3:-1}" \
    '[.findings[] | select(.status == "new" and .invariant == $i and .replay == "confirmed")]
     | length >= $n' "$out/$1/result.json"
}

# reexecuted NAME INVARIANT: a new finding of it, executed again where no machine is booted
reexecuted() {
  says "$1: $2 re-executed, and no machine is booted" jq -e --arg i "$2" \
    '[.findings[] | select(.status == "new" and .invariant == $i)]
     | length > 0 and all(.[]; .reexecution == "violates" and .replay == "not-replayable")' \
    "$out/$1/result.json"
}

# named NAME TEXT: the text report names it
named() { says "$1: names $2" grep -qF -- "$2" "$out/$1.log"; }

# stale NAME CONTRACT: what depends on the contract is open, other things are not
stale() {
  check "$1" --config "$(config "$1")" --no-replay
  says "$1: only what goes through the contract $2 is open" \
    jq -e --arg c "$2: " '[.obligations[] | select(.outcome == "inconclusive")] |
      length > 0 and all(.[]; .reason == "stale-contract" and (.reason_subject | startswith($c)))' \
    "$out/$1/result.json"
  says "$1: all else is shown" \
    jq -e '[.obligations[] | select(.outcome == "proved")] | length > 100' "$out/$1/result.json"
}

broken_input() {
  local name
  for name in "$here"/corpus/series/bad-*/; do
    check "$(basename "$name")" --config x86_64 --no-replay
  done
}

rows() {
  judge unpatched debian:6.1 0
  check rfc-v2 --config x86_64
  confirmed rfc-v2 MAP-1 2
  local invariant
  for invariant in MAP-3 ENC-5 MAP-10; do confirmed rfc-v2 "$invariant"; done
  check rfc-v2-fixed --no-replay
  check rfc-v2-no-64bit --config i386
  for invariant in ENC-1 ENC-3 ENC-4; do confirmed rfc-v2-no-64bit "$invariant"; done
  check map-einval --config x86_64 --no-replay
  check asm-unmodelled --config x86_64 --no-replay
  named asm-unmodelled dma_direct_map_sg
  named asm-unmodelled kernel/dma/direct.c:
  stale contract-iova-limit iommu
  named contract-iova-limit drivers/iommu/iova.c:
  stale contract-swiotlb-reach swiotlb
  check harmless-contract-moved --config x86_64 --no-replay
  check harmless-debug-print --no-replay
  check harmless-tree-helper-used --config x86_64 --no-replay
}

# A second kernel version: marks in a word of their own, pools that the caller finds.
second_version() {
  judge unpatched@debian:6.12 debian:6.12 0 "$@"
  check break-map5-pool-end-6.12 --config x86_64 --no-replay
}

# Big-endian code, executed by an emulator.
big_endian() {
  judge unpatched-mips debian:6.1 0 --config mips
  says "unpatched-mips: no other configuration; proofs, and tests of tables" \
    jq -e '.configs == ["mips"] and any(.obligations[]; .outcome == "proved") and
      any(.obligations[]; .outcome == "tested" and .invariant == "LST-5") and
      all(.obligations[]; .outcome == "proved" or .outcome == "tested")' \
    "$out/unpatched-mips/result.json"
  says "unpatched-mips: lengths that sg_split() clears are known, and nothing else is wrong" \
    jq -e '[.findings[] | select(.status == "new")] == [] and
      any(.findings[]; .status == "waived" and (.id | endswith("split-clears-lengths")))' \
    "$out/unpatched-mips/result.json"
  check rfc-v2-no-64bit --config mips
  local invariant
  for invariant in ENC-1 ENC-3 ENC-4 SAF-3; do reexecuted rfc-v2-no-64bit "$invariant"; done
}

# Lists on a kernel that is a process.
user_mode() {
  judge unpatched-um debian:6.1 0 --config um
  says "unpatched-um: no other configuration, and nothing but proofs" \
    jq -e '.configs == ["um"] and all(.obligations[]; .outcome == "proved")' "$out/unpatched-um/result.json"
  says "unpatched-um: the booted kernel was compared" \
    jq -e '.replay_summary.boots > 0 and .replay_summary.compared > 500' "$out/unpatched-um/result.json"
  check break-enc1 --config um
  confirmed break-enc1 ENC-1
}

# Lists of every length, and a change that only long ones notice.
any_length() {
  judge any-length debian:6.1 0 --config x86_64 --no-replay --any-length
  says "any-length: everything is proved for every number of entries" jq -e \
    '[.obligations[] | select(.family | startswith("any-"))] |
     length > 100 and all(.[]; .outcome == "proved" and .nents == 4294967295)' \
    "$out/any-length/result.json"
  says "any-length: ranges of every size are mapped and unmapped in pieces" jq -e \
    '[.obligations[] | select(.family == "iommu-pieces")] |
     length > 10 and all(.[]; .outcome == "proved")' "$out/any-length/result.json"
  check any-length-iommu-large-pages --config x86_64 --no-replay
  says "any-length-iommu-large-pages: ranges lose their proof, lists do not" jq -e \
    '[.obligations[] | select(.outcome == "inconclusive")] |
     length > 0 and all(.[]; .family == "iommu-pieces")' \
    "$out/any-length-iommu-large-pages/result.json"
  check any-length-count-cut --config x86_64 --no-replay
  says "any-length-count-cut: what dma_map_sg() returns is not shown, other calls are" jq -e \
    '[.obligations[] | select(.outcome == "inconclusive")] |
     length > 0 and all(.[]; .family == "any-map-count")' \
    "$out/any-length-count-cut/result.json"
  check any-length-unmap-in-parts --config x86_64 --no-replay
  says "any-length-unmap-in-parts: no more is lost than what holds for every length" jq -e \
    '[.obligations[] | select(.outcome == "inconclusive")] |
     length > 0 and all(.[]; .family | startswith("any-"))' \
    "$out/any-length-unmap-in-parts/result.json"
}

# What takes the machine down is in no run of the gate; here it is asked for.
machine_that_stops() {
  local trace=$here/corpus/known/swiotlb-search-never-ends.trace.json log=$out/stops.log
  "$sgproof" replay --kernel debian:6.1 --config x86_64 --random 0 --out "$out/stops" "$trace" >"$log" 2>&1
  says "a search that never ends violates SAF-5" grep -q "violates SAF-5 ends of dma_map_sgtable" "$log"
  says "a search that never ends is known" \
    grep -q "a known defect of this kernel: swiotlb-search-never-ends" "$log"
}

case ${1:-} in
  '')
    broken_input
    rows
    second_version --no-replay
    big_endian
    ;;
  --all)
    broken_input
    rows
    second_version
    check_on debian:6.12 d07-p2pdma-bus-offset-sign --config x86_64
    confirmed d07-p2pdma-bus-offset-sign@debian:6.12 MAP-1
    check rfc-v2-fixed
    check rfc-v2-no-64bit
    big_endian
    user_mode
    machine_that_stops
    any_length
    stale contract-highmem-copy highmem
    judge unpatched-mips@debian:6.12 debian:6.12 0 --config mips
    for name in $(grep -l '"mips"' "$here"/corpus/series/break-*/expect.json); do
      name=$(basename "$(dirname "$name")")
      check_all "$name" --config mips
      reexecuted "$name" "$(jq -r '.findings[0].invariant' "$here/corpus/series/$name/expect.json")"
    done
    for dir in "$here"/corpus/series/*/; do
      name=$(basename "$dir")
      case $name in bad-* | rfc-v2* | map-einval | asm-unmodelled | contract-* | any-length-*) continue ;; esac
      check_all "$name" --config "$(config "$name")" --no-replay
    done
    ;;
  *) for name in "$@"; do check_all "$name" --config "$(config "$name")" --no-replay; done ;;
esac

counted
